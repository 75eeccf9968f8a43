"""What was read and embedded is put into the library: in one thread, in the order of the files, while the next passages are embedded."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path, PurePosixPath

from core.errors import DocumentError
from ingest.ahead import Read, Reader
from ingest.batching import Embedding
from ingest.events import SourceDone, Status
from ingest.finding import UPLOAD
from ingest.loader import FoundFile, safe_name
from ingest.planning import Fate, Plan, Planner, origin_of
from ingest.report import Report
from store.catalog import NewSource, free_name
from store.library import Library

_STATUS = {
    Fate.NEW: Status.ADDED,
    Fate.CHANGED: Status.UPDATED,
    Fate.SAME: Status.UNCHANGED,
    Fate.COPY: Status.COPY,
    Fate.RENAMED: Status.RENAMED,
}


class Committer:
    """Puts files into one notebook of a library, one at a time. `keep` tells whether their bytes are copied into the library."""

    def __init__(self, library: Library, notebook: int, planner: Planner, reader: Reader, *, upload: bool, keep: bool) -> None:
        self._library = library
        self._notebook = notebook
        self._planner = planner
        self._reader = reader
        self._upload = upload
        self._keep = keep

    def commit(self, file: FoundFile, read: Read, embedding: Embedding | None) -> SourceDone:
        """Put a file into the library, where it is not there yet. A file that was read ahead may have become another one's copy since."""
        plan = self._plan(file, read)
        try:
            if plan.current:
                return self._settled(file, read, plan)
            if read.document is None:  # the document that had these bytes was replaced after they were looked up
                read = self._reader.parse(read)
        except DocumentError as error:
            return SourceDone(file.name, Status.FAILED, 0, 0, read.seconds.whole, error=error, file=file.name)
        return self._stored(file, read, embedding, plan)

    def _plan(self, file: FoundFile, read: Read) -> Plan:
        return self._planner.plan(file, read.loaded.sha256, self._reader.way_of(read.loaded))

    def _settled(self, file: FoundFile, read: Read, plan: Plan) -> SourceDone:
        """A file whose document is in the library as it would be read now."""
        assert plan.document is not None
        name = self._free_name(file, plan.document) if plan.fate is Fate.RENAMED else ""
        self._planner.settle(plan, file, name)
        if self._keep and not plan.kept:
            self._library.keep_original(plan.document, read.loaded.sha256, read.loaded.data)
        known = self._library.catalog.documents.get(plan.document)
        if known is None:  # deleted at this moment by somebody else
            return self._stored(file, self._reader.parse(read), None, replace(plan, fate=Fate.NEW, document=None))
        return SourceDone(
            known.name, _STATUS[plan.fate], known.pages, known.chunks, read.seconds.whole, known.textless, file=file.name, document=known.id,
            media_type=known.media_type,
        )  # fmt: skip

    def _stored(self, file: FoundFile, read: Read, embedding: Embedding | None, plan: Plan) -> SourceDone:
        """A file that is put into the library as a new document or a new version."""
        assert read.document is not None
        begun = time.perf_counter()
        vectors = self._library.embed_chunks(read.chunks) if embedding is None else embedding.vectors
        embed_s = time.perf_counter() - begun if embedding is None else embedding.seconds
        if plan.leaves is not None:
            self._library.catalog.origins.leave(plan.leaves, plan.key)
        name = self._name(file, plan)
        origin = origin_of(plan, file, upload=self._upload)
        report = Report.of(read.document, read.chunks, replace(read.seconds, embed=embed_s))
        new = NewSource(
            self._notebook, origin.key, name, read.loaded.sha256, str(self._reader.way_of(read.loaded)), len(read.loaded.data),
            read.document, read.chunks, report=report.to_json(), path=origin.path, file=origin.name,
        )  # fmt: skip
        begun = time.perf_counter()
        document = self._library.replace(new, vectors, document=plan.document, data=read.loaded.data if self._keep else None)
        report = replace(report, seconds=replace(report.seconds, store=time.perf_counter() - begun))
        self._library.catalog.documents.keep_report(document, report.to_json())
        if plan.fate in (Fate.COPY, Fate.RENAMED):
            self._planner.settle(replace(plan, document=document, leaves=None), file, name)
        self._planner.taken.add(document)
        status = Status.UPDATED if plan.fate is Fate.SAME else _STATUS[plan.fate]
        pages, chunks = len(read.document.pages), len(read.chunks)
        return SourceDone(
            name, status, pages, chunks, report.seconds.whole, new.textless, file=file.name, document=document,
            media_type=read.loaded.media_type,
        )  # fmt: skip

    def _name(self, file: FoundFile, plan: Plan) -> str:
        """What a document is called: a known one as before, unless it was renamed."""
        known = self._library.catalog.documents.get(plan.document) if plan.document is not None else None
        return known.name if known is not None and plan.fate is not Fate.RENAMED else self._free_name(file, plan.document)

    def _free_name(self, file: FoundFile, own: int | None) -> str:
        """The file's name, or where another document has it, one with as much of the path as tells them apart."""
        name = file.name
        taken = self._library.catalog.documents.name_taken
        # A file found in a folder has part of its path in its name already.
        above = PurePosixPath(Path(file.origin).as_posix()).parts[: -1 - name.count("/")]
        parents = [] if file.origin.startswith(UPLOAD) else list(above)
        while taken(self._notebook, name, own) and parents:
            name = safe_name(f"{parents.pop()}/{name}")
        return free_name(name, lambda other: taken(self._notebook, other, own))
