"""Vectors of another embedder, made beside those that are searched and put in their place when they are whole.

Until the switch, which is one transaction, everything is searched by the old vectors and their own collections. What was made is kept step
by step, so that work that is killed or cancelled goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.types import PASSAGE
from store.catalog import Beside, Catalog, EmbedderRecord, searchable
from store.embedding.embedder import Embedder
from store.search.centring import LanguageMeans, means_of
from store.search.chroma import Place
from store.search.dense import DenseIndex
from store.search.levelling import Levelling

# Chunks embedded between two reports of progress, and between two looks at "cancelled".
_STEP = 64
# Two measurements of one model differ by rounding; those of two models by far more. Greatest difference of a number of the means.
_SAME_MEANS = 0.01


class ReEmbedding:
    """One catalog, the embedder that is to take over, and what it gives (`record`, with its means)."""

    def __init__(self, catalog: Catalog, place: Place, embedder: Embedder, record: EmbedderRecord) -> None:
        self._catalog = catalog
        self._place = place
        self._embedder = embedder
        current = catalog.vectors.embedder()
        self._beside: Beside | None = None
        if current is not None and _is_same(current, record):
            catalog.vectors.remove_unusable(current)
            self.record, self._key = current, current.signature
        else:
            found = catalog.vectors.beside()
            begun = found is not None and _is_same(found.record, record)
            self._beside = found if begun and found is not None else catalog.vectors.begin_beside(record)
            self.record, self._key = self._beside.record, self._beside.key

    def embed(self, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> bool:
        """Make the vectors that are missing. Returns whether all are there: false where it was cancelled."""
        missing = self._catalog.vectors.missing(self._key)
        total = self._catalog.inspection.contents()
        for at in range(0, len(missing), _STEP):
            progress(total - len(missing) + at, total)
            if cancelled():
                return False
            step = missing[at : at + _STEP]
            hits = self._catalog.chunks.hits(step)
            records = [record for record in self._catalog.chunks.records(step) if record.id in hits]
            vectors = self._embedder.embed(PASSAGE, [searchable(hits[record.id]) for record in records])
            self._catalog.vectors.store(self._key, dict(zip((record.content for record in records), vectors, strict=True)))
        progress(total, total)
        return True

    def fill(self) -> None:
        """Bring the collections of the new vectors level with the catalog; those that are searched are not touched."""
        current = self._catalog.vectors.embedder()
        if self._beside is None or (current is not None and current.tag == self.record.tag):
            return  # one name, one collection: where another model goes by it, the switch has it made anew
        means = means_of(self.record)
        assert means is not None, "they were measured with today's calibration"
        dense = DenseIndex(self._place, self.record.tag)
        try:
            levelling = Levelling(self._catalog, dense, means, self._key)
            for notebook in self._catalog.notebooks.everything():
                levelling.compare(notebook)
        finally:
            dense.close()

    def switch(self) -> None:
        """Search by the new vectors from now on. To be called while nobody changes the catalog, after `embed` and `fill` were."""
        if self._beside is not None:
            self._catalog.vectors.switch(self._beside)


def _is_same(one: EmbedderRecord, other: EmbedderRecord) -> bool:
    """Whether two records are of the same model: its name, prompts and numbers, and the means that it gives."""
    named = (one.signature, one.dimension, one.query_prompt, one.passage_prompt)
    if named != (other.signature, other.dimension, other.query_prompt, other.passage_prompt):
        return False
    first, second = means_of(one), means_of(other)
    return first is not None and second is not None and _are_near(first, second)


def _are_near(one: LanguageMeans, other: LanguageMeans) -> bool:
    if one.means.keys() != other.means.keys():
        return False
    return all(float(np.max(np.abs(mean - other.means[key]))) < _SAME_MEANS for key, mean in one.means.items())
