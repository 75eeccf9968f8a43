"""Vectors together with the embedder that made them: another may take over between making and using them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from store.embedding.embedder import Embedder


@dataclass(frozen=True, slots=True)
class QuestionVector:
    """A question ready for search: its language and its centred unit vector, float32 (dimension,)."""

    text: str
    language: str
    vector: np.ndarray
    maker: Embedder | None = None


class VectorsOf(dict[bytes, np.ndarray]):
    """Vectors of passages by content key. `maker` is None where several embedders made them: then they are of no use."""

    def __init__(self, maker: Embedder | None, vectors: Mapping[bytes, np.ndarray]) -> None:
        super().__init__(vectors)
        self.maker = maker
