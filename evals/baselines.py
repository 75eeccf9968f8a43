"""What others do with the same chunks and the same embedder: plain vectors, and these fused with BM25 by rank.

The lexical arm of `evals.retrieval` orders as BM25 does: coverage is BM25 divided by a number that is the same for all chunks of a question.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.types import QUERY
from store.library import Library

# Ranks from 1, as in the paper.
_RRF_K = 60


class PlainDense:
    """The cosine of question and chunk as the embedder gives them, not centred by language; every chunk is compared."""

    def __init__(self, library: Library, notebook: int) -> None:
        records = library.catalog.chunks.of_notebook(notebook)
        vectors = library.catalog.vectors.get(library.embedder.signature, [record.content for record in records])
        self._library = library
        self._ids = [record.id for record in records]
        self._matrix = np.stack([vectors[record.content] for record in records]) if records else np.zeros((0, 0), np.float32)

    def search(self, question: str, limit: int) -> list[int]:
        """Chunk ids, the nearest first, at most `limit`."""
        if not self._ids:
            return []
        scores = self._matrix @ self._library.embedder.embed(QUERY, [question])[0]
        return [self._ids[at] for at in np.argsort(-scores, kind="stable")[:limit]]


def reciprocal_rank_fusion(rankings: Sequence[Sequence[int]]) -> list[int]:
    """Ids of several rankings, best first, by the sum of 1 / (60 + rank); ties by id.

    Cormack, Clarke and Büttcher, Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods, 2009.
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, one in enumerate(ranking, start=1):
            scores[one] = scores.get(one, 0.0) + 1 / (_RRF_K + rank)
    return sorted(scores, key=lambda one: (-scores[one], one))
