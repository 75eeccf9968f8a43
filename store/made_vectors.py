"""Vectors together with the embedder that made them: another may take over between making and using them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from store.catalog import EmbedderRecord
from store.embedding.embedder import Embedder
from store.embedding.means import language_means
from store.search.centring import calibration_version


@dataclass(frozen=True, slots=True)
class QuestionVector:
    """A question ready for search: its language and its centred unit vector, float32 (dimension,)."""

    text: str
    language: str
    vector: np.ndarray
    maker: Embedder | None = None


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near a passage is to a question (language-centred cosine, -1..1), and how near it is to questions of any kind."""

    cosine: float
    crowding: float


class VectorsOf(dict[bytes, np.ndarray]):
    """Vectors of passages by content key. `maker` is None where several embedders made them: then they are of no use."""

    def __init__(self, maker: Embedder | None, vectors: Mapping[bytes, np.ndarray]) -> None:
        super().__init__(vectors)
        self.maker = maker


def record_of(embedder: Embedder) -> EmbedderRecord:
    """What the catalog keeps of an embedder that is loaded; its language means are measured where they are not known yet."""
    means = language_means(embedder)
    dimension = next(iter(means.means.values())).shape[0]
    return EmbedderRecord(embedder.signature, dimension, *embedder.prompts(), calibration_version().encode() + means.pack())
