"""Keeps the dense index level with the catalog: told what is pending, and given what it lacks where it still differs."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from core.errors import CatalogFault, LibraryDamaged
from core.types import PASSAGE
from store.catalog import Catalog, ChunkRecord
from store.search.centring import LanguageMeans
from store.search.dense import DenseIndex

_log = logging.getLogger(__name__)

# Chunks whose vectors are in memory at a time: 3 MB at 384 numbers each.
_STEP = 2000


class Levelling:
    """One catalog, one dense index over its vectors of the embedder `signature`, centred by `means`."""

    def __init__(self, catalog: Catalog, dense: DenseIndex, means: LanguageMeans, signature: str) -> None:
        self._catalog = catalog
        self._dense = dense
        self._means = means
        self._signature = signature

    def level(self) -> None:
        """Tell the dense index what it missed; where it still counts otherwise than the catalog, give it what it lacks.

        A word index that an earlier version made by another rule is made anew.
        Segments that were mostly of deleted vectors are made anew from the catalog.
        """
        if self._catalog.inspection.words_outdated():
            self._catalog.inspection.rebuild_words()
        self.apply_pending()
        for notebook in self._catalog.notebooks.everything():
            collection = self._catalog.notebooks.collection(notebook)
            self._dense.drop_wasteful(collection)
            if self._dense.count(collection) != self._catalog.chunks.count(notebook):
                self.compare(notebook)
        self._dense.drop_outdated()
        self._dense.give_space_back()

    def compare(self, notebook: int) -> None:
        """Compare a notebook's collection with the catalog id by id: add what it lacks, remove what is no chunk (any more)."""
        collection = self._catalog.notebooks.collection(notebook)
        wanted, there = self._catalog.chunks.ids(notebook), self._dense.ids(collection)
        self._dense.delete(collection, sorted(there.difference(wanted)))
        lacking = [chunk for chunk in wanted if chunk not in there]
        for at in range(0, len(lacking), _STEP):
            self._add(self._catalog.chunks.records(lacking[at : at + _STEP]))

    def apply_pending(self) -> None:
        """Tell the dense index what has changed since it was last told. It may be told twice: a process may die in between."""
        pending = self._catalog.chunks.pending()
        for collection in {one.collection for one in pending if one.action == "drop"}:
            self._dense.clear(collection)
        deleted = [one for one in pending if one.action == "delete"]
        for collection in {one.collection for one in deleted}:
            self._dense.delete(collection, [one.chunk for one in deleted if one.collection == collection])
        added = [one.chunk for one in pending if one.action == "add"]
        for at in range(0, len(added), _STEP):
            self._add(self._catalog.chunks.records(added[at : at + _STEP]))
        if pending:
            self._catalog.chunks.told(pending)
        if any(one.action != "add" for one in pending):
            self._dense.give_space_back()

    def centred(self, records: Sequence[ChunkRecord]) -> np.ndarray:
        """Centred vectors (n, dimension) of chunks, from the catalog. Raises LibraryDamaged where one has none."""
        stored = self._catalog.vectors.get(self._signature, [record.content for record in records])
        if any(record.content not in stored for record in records):
            raise LibraryDamaged(directory=self._catalog.directory, detail=CatalogFault.VECTOR_MISSING())
        vectors = np.stack([stored[record.content] for record in records])
        for language in {record.language for record in records}:
            mine = np.array([record.language == language for record in records])
            vectors[mine] = self._means.centre(PASSAGE, language, vectors[mine])
        return vectors

    def _add(self, records: Sequence[ChunkRecord]) -> None:
        bare = self._catalog.inspection.bare_among([record.id for record in records], self._signature)
        if bare:
            _log.warning(
                "%d passages have no vector and are found by their words alone; `python -m rag doctor` has more", len(bare)
            )
            records = [record for record in records if record.id not in bare]
        for notebook in {record.notebook for record in records}:
            mine = [record for record in records if record.notebook == notebook]
            collection = self._catalog.notebooks.collection(notebook)
            self._dense.add(collection, [one.id for one in mine], [one.document for one in mine], self.centred(mine))
