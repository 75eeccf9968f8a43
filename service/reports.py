"""What reading the documents of a library has shown, kept at hand: what is told of a version never changes."""

from __future__ import annotations

import enum
import threading
from collections.abc import Sequence

from core.errors import OriginalMissing, UnknownSource
from core.types import Source
from ingest.report import Report
from store.library import Library


class Kept(enum.StrEnum):
    """Where the bytes are that a document was read from."""

    COPY = "copy"  # in the library
    COPY_ALONE = "copy_alone"  # in the library, and no longer where they were read
    PLACE = "place"  # where they were read, and nowhere else
    NOWHERE = "nowhere"  # not kept, and no longer where they were read, or changed there


class Reports:
    """The reports of one library; safe from several threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._guard = threading.Lock()
        self._known: dict[int, Report | None] = {}

    def kept(self, document: int) -> Kept:
        """Where a document's original is."""
        try:
            original = self._library.original(document)
        except (OriginalMissing, UnknownSource):
            return Kept.NOWHERE
        if not original.path.is_relative_to(self._library.directory):
            return Kept.PLACE
        return Kept.COPY_ALONE if original.gone else Kept.COPY

    def of(self, sources: Sequence[Source]) -> dict[int, Report]:
        """The reports of documents, by the documents' numbers; without those of which none was kept that this version can read."""
        with self._guard:
            versions = {source.version for source in sources}
            missing = [version for version in versions if version not in self._known]
            if missing:
                kept = self._library.catalog.documents.reports(missing)
                self._known.update({version: _read(kept.get(version, {})) for version in missing})
            found = {source.id: self._known[source.version] for source in sources}
        return {document: report for document, report in found.items() if report is not None}


def _read(data: dict[str, object]) -> Report | None:
    try:
        return Report.from_json(data) if data else None
    except (ValueError, TypeError):  # of another version
        return None
