"""Stand-ins that tests use in the place of heavy parts. The product never imports them."""

from __future__ import annotations

import hashlib

import numpy as np

from core.text import tokens
from store.embedding.embedder import Embedder


class HashEmbedder(Embedder):
    """A bag of hashed tokens in 64 dimensions: deterministic, instant, and near for texts that share words."""

    def __init__(self, signature: str = "hash") -> None:
        self.signature = signature
        self.embedded = 0

    def load(self) -> None:
        """Nothing to load."""

    def prompts(self) -> tuple[str, str]:
        """No prompts."""
        return "", ""

    def _encode(self, texts: list[str]) -> np.ndarray:
        self.embedded += len(texts)
        vectors = np.zeros((len(texts), 64), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for token in tokens(text):
                digest = hashlib.blake2b(token.encode(), digest_size=4).digest()
                row[digest[0] % 64] += 1 if digest[1] % 2 else -1
            row[0] += 0.01  # no text is the zero vector
        return vectors
