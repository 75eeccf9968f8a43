"""Whether a library is in order."""

from __future__ import annotations

from dataclasses import dataclass

from store.catalog import Catalog
from store.files import Files
from store.search.dense import DenseIndex


@dataclass(frozen=True, slots=True)
class Health:
    """Counts that must agree: chunks in the catalog, in the dense index and in the lexical index.

    `stray` are chunks in the dense index of notebooks that the catalog does not know, `stray_files` originals of no document: they were
    found beside a catalog that had to be made new.
    """

    sources: int
    chunks: int
    dense: int
    lexical: int
    stray: int = 0
    stray_files: int = 0

    @property
    def level(self) -> bool:
        """Whether both indexes hold exactly the catalog's chunks."""
        return self.chunks == self.dense == self.lexical

    @property
    def lost(self) -> bool:
        """Whether an index or originals without their catalog were found."""
        return bool(self.stray or self.stray_files)


def examined(catalog: Catalog, dense: DenseIndex, files: Files) -> Health:
    """Count everything, in all notebooks."""
    collections = {catalog.notebooks.collection(notebook) for notebook in catalog.notebooks.everything()}
    return Health(
        catalog.documents.count(),
        catalog.chunks.count(),
        sum(map(dense.count, collections)),
        catalog.chunks.lexical_count(),
        dense.stray(collections),
        files.count() - len(catalog.documents.originals()) if catalog.found_without else 0,
    )
