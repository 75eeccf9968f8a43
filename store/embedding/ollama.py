"""An embedding model on an Ollama server (docs.ollama.com/api/embed)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.errors import EmbedderRefused, EmbedderUnavailable
from store.embedding.embedder import BatchLimits, Embedder, known_prompts, means_file
from store.search.centring import unit

_EMBED_TIMEOUT_S = 300.0
# Tokens and texts of one request: the server works through them in batches of its own, so that more costs no memory here.
_REQUEST = BatchLimits(32_768, 128)
# What a server says of a text that is longer than the model's window (0.24 and 0.32).
_TOO_LONG = "context length"
# A text of so few characters that is refused as too long is refused for another reason.
_SHORTEST = 16


class OllamaEmbedder(Embedder):
    """Ollama adds no prompts, so they are added here; nothing is cut in silence.

    A text that is longer than the model's window is embedded in parts, and its vector is the mean of theirs by length: the window is told in
    tokens, which only the server can count, so that it is asked whole first.
    """

    def __init__(
        self, name: str, url: str, *, connect_timeout_s: float, headers: Mapping[str, str] | None = None, models: Path | None = None
    ) -> None:
        import httpx

        self.signature = f"ollama:{name}"
        self._name = name
        self._url = url.rstrip("/")
        self._models = models
        timeout = httpx.Timeout(_EMBED_TIMEOUT_S, connect=connect_timeout_s)
        # The official client would show OLLAMA_API_KEY to any server.
        self._client = httpx.Client(timeout=timeout, trust_env=False, headers=dict(headers or {}))

    def load(self) -> None:
        """Nothing to prepare: the server loads the model with the first request."""

    def prompts(self) -> tuple[str, str]:
        """From the table of known models."""
        return known_prompts(self._name)

    def means_file(self, calibration: str) -> Path | None:
        """See `Embedder`: the server tells models apart by their digest."""
        digest = self._digest() if self._models is not None else ""
        return means_file(self._models, (self._name, digest, *self.prompts(), calibration)) if self._models and digest else None

    def _digest(self) -> str:
        """The digest of the model's content; "" where the server does not tell it."""
        import httpx

        try:
            models = self._client.get(f"{self._url}/api/tags").json()["models"]
            names = {self._name, f"{self._name}:latest"}
            return next((str(one["digest"]) for one in models if one["name"] in names and one.get("digest")), "")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError):
            return ""

    def _batch_limits(self) -> BatchLimits:
        return _REQUEST

    def _encode(self, texts: list[str]) -> np.ndarray:
        try:
            return self._asked(texts)
        except EmbedderRefused as error:
            if _TOO_LONG not in str(error.fields["detail"]):
                raise
            if len(texts) == 1:
                return self._in_parts(texts[0], error)
        middle = len(texts) // 2
        return np.concatenate([self._encode(texts[:middle]), self._encode(texts[middle:])])

    def _in_parts(self, text: str, refusal: EmbedderRefused) -> np.ndarray:
        """The vector (1, dimension) of a text that is too long for the window: the mean of its halves, which carry its prompt too."""
        prompt = next((prompt for prompt in self.prompts() if prompt and text.startswith(prompt)), "")
        words = text[len(prompt) :]
        if len(words) < _SHORTEST:
            raise refusal
        spaces = [found.end() for found in re.finditer(r"\s+", words) if len(words) // 4 < found.end() < 3 * len(words) // 4]
        cut = min(spaces, key=lambda at: abs(at - len(words) // 2), default=len(words) // 2)
        parts = unit(np.concatenate([self._encode([prompt + part]) for part in (words[:cut], words[cut:])]))
        return np.asarray(np.average(parts, axis=0, weights=[cut, len(words) - cut])[np.newaxis], np.float32)

    def _asked(self, texts: list[str]) -> np.ndarray:
        """The server's vectors of one request. Raises EmbedderUnavailable, EmbedderRefused."""
        import httpx

        body = {"model": self._name, "input": texts, "truncate": False}
        try:
            reply = self._client.post(f"{self._url}/api/embed", json=body)
            said = reply.json()
            if 400 <= reply.status_code < 500 or reply.status_code == 501:
                raise EmbedderRefused(name=self._name, url=self._url, detail=str(said["error"]))
            if reply.status_code != 200:
                raise self._unavailable(str(said["error"]))
            return np.array(said["embeddings"], np.float32)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise self._unavailable(str(error)) from error
        except (ValueError, TypeError, KeyError) as error:
            raise self._unavailable(f"status {reply.status_code}") from error

    def _unavailable(self, detail: str) -> EmbedderUnavailable:
        return EmbedderUnavailable(name=self._name, url=self._url, detail=detail)

    def close(self) -> None:
        """See `Embedder`."""
        self._client.close()
