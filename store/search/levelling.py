"""Keeps the dense index level with the catalog: told what is pending, and filled anew where it still differs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.types import PASSAGE
from store.catalog import Catalog, ChunkRecord
from store.search.centring import LanguageMeans
from store.search.dense import DenseIndex


class Levelling:
    """One catalog, one dense index over its vectors of the embedder `signature`, centred by `means`."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, means: LanguageMeans, signature: str) -> None:
        self._catalog = catalog
        self._dense = dense
        self._means = means
        self._signature = signature

    def level(self) -> None:
        """Tell the dense index what it missed; where it still differs from the catalog, fill it anew."""
        self.apply_pending()
        for notebook in self._catalog.notebooks.everything():
            collection = self._catalog.notebooks.collection(notebook)
            if self._dense.count(collection) != self._catalog.chunks.count(notebook):
                self._dense.clear(collection)
                self._add(self._catalog.chunks.of_notebook(notebook))

    def apply_pending(self) -> None:
        """Tell the dense index what has changed since it was last told. It may be told twice: a process may die in between."""
        pending = self._catalog.chunks.pending()
        for collection in {one.collection for one in pending if one.action == "drop"}:
            self._dense.clear(collection)
        deleted = [one for one in pending if one.action == "delete"]
        for collection in {one.collection for one in deleted}:
            self._dense.delete(collection, [one.chunk for one in deleted if one.collection == collection])
        self._add(self._catalog.chunks.records([one.chunk for one in pending if one.action == "add"]))
        if pending:
            self._catalog.chunks.told(pending)

    def centred(self, records: Sequence[ChunkRecord]) -> np.ndarray:
        """Centred vectors (n, dimension) of chunks, from the catalog."""
        stored = self._catalog.vectors.get(self._signature, [record.content for record in records])
        vectors = np.stack([stored[record.content] for record in records])
        for language in {record.language for record in records}:
            mine = np.array([record.language == language for record in records])
            vectors[mine] = self._means.centre(PASSAGE, language, vectors[mine])
        return vectors

    def _add(self, records: Sequence[ChunkRecord]) -> None:
        for notebook in {record.notebook for record in records}:
            mine = [record for record in records if record.notebook == notebook]
            collection = self._catalog.notebooks.collection(notebook)
            self._dense.add(collection, [one.id for one in mine], [one.document for one in mine], self.centred(mine))
