"""How documents get into a library, top to bottom: find, load, parse, chunk, embed, commit.

Incremental: a file whose bytes are already there costs a hash. Parallel: while one document is embedded, the next is read in the worker
process. Safe: a document is committed whole or not at all, and one that fails does not stop the others. Cancellable while a document is
read and between any two batches of passages.
"""

from __future__ import annotations

import concurrent.futures
import itertools
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import numpy as np

from core.errors import DocumentError
from core.settings import Settings
from core.types import Chunk, Document
from ingest.engines import Engine, LocalEngine
from ingest.events import Done, Found, IngestEvent, Reading, SourceDone, Status, Working
from ingest.formats import format_of
from ingest.loader import FoundFile, Given, LoadedFile, find_files, load_file, safe_name
from ingest.recognition import without_text
from ingest.report import Report, Seconds
from store.catalog import Known, NewSource, free_name
from store.library import Library

# Goes up when the chunker makes something else of the same pages: documents are then read again when they are next ingested.
_CHUNKER_VERSION = 2
# How often "cancelled" is looked at while a document is being read.
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that has been read: loaded and, unless it is already in the library, parsed and cut."""

    loaded: LoadedFile
    document: Document | None = None
    chunks: tuple[Chunk, ...] = ()
    seconds: Seconds = Seconds()


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a file goes: its origin, and the document whose new version it is (None: a new document)."""

    origin: str
    document: int | None


@dataclass(frozen=True, slots=True)
class _Run:
    """What one ingest is asked for, and the numbers of the documents that its files so far have become."""

    notebook: int
    upload: bool
    keep_both: bool
    cancelled: Callable[[], bool]
    taken: set[int] = field(default_factory=set)


_log = logging.getLogger(__name__)

_Pending = concurrent.futures.Future[_Read]


class IngestPipeline:
    """Reads documents into `library`. One instance may be used again and again, by one thread at a time."""

    def __init__(self, library: Library, settings: Settings, engine: Callable[[Settings], Engine] = LocalEngine) -> None:
        """`engine` makes the engine that a run reads its files with, and ends when the run ends."""
        self._library = library
        self._settings = settings
        self._engine = engine

    def run(
        self,
        paths: Sequence[Path],
        *,
        notebook: int,
        upload: bool = False,
        keep_both: bool = False,
        given: Mapping[Path, Given] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[IngestEvent]:
        """Read files and folders into a notebook, telling how it goes.

        What comes from a path again is a new version of its document. So is an uploaded file that has the name of an earlier upload,
        unless `keep_both`; two files of one name in one upload are always two documents, told apart by a number. `given` is what the person
        said of files, by their paths.

        A document that fails yields a `SourceDone` with its error. Raises LibraryError or EmbedderError, which concern all documents.
        """
        files, passed_over = find_files(paths, upload=upload)
        files = [replace(file, given=given[file.path]) if given and file.path in given else file for file in files]
        yield Found(len(files), tuple(passed_over))
        counts: Counter[Status] = Counter()
        stopped = False
        asked = _Run(notebook, upload, keep_both, cancelled)
        # The engine is left first: whoever leaves early does not wait for a document that is still being read.
        with concurrent.futures.ThreadPoolExecutor(1, "reader") as reader, self._engine(self._settings) as engine:

            def read(file: FoundFile) -> _Pending:
                return reader.submit(self._read, engine, file, notebook)

            ahead = read(files[0]) if files else None
            for number, file in enumerate(files, start=1):
                stopped = cancelled()
                if stopped:
                    break
                yield Reading(file.name, number, len(files))
                assert ahead is not None
                current, started = ahead, time.perf_counter()
                stopped = not _finished(current, cancelled)
                if stopped:
                    break
                ahead = read(files[number]) if number < len(files) else None
                done = None
                for event in self._store(file, current, read, asked):
                    if isinstance(event, SourceDone):
                        done = event = replace(event, seconds=time.perf_counter() - started)
                    yield event
                stopped = done is None
                if done is None:
                    break
                counts[done.status] += 1
                _log.info("document %d of %d %s in %.3f s%s", number, len(files), done.status, done.seconds, _code_of(done))
        yield Done(counts[Status.ADDED], counts[Status.UNCHANGED], counts[Status.UPDATED], counts[Status.FAILED], stopped)

    def _read(self, engine: Engine, file: FoundFile, notebook: int) -> _Read:
        """Load a file and, unless the library has it already, parse and cut it. Raises DocumentError."""
        begun = time.perf_counter()
        loaded = load_file(file, self._settings.max_file_mb, self._settings.read_timeout_s)
        seen = time.perf_counter()
        known = self._library.catalog.documents.find(notebook, sha256=loaded.sha256)
        if known is not None and self._is_read(known, loaded):
            return _Read(loaded)
        read = engine.read(loaded)
        if not read.chunks:  # no letter or digit on any page
            raise without_text(file.name, read.document)
        return _Read(loaded, read.document, read.chunks, Seconds(load=seen - begun, parse=time.perf_counter() - seen))

    def _reading_of(self, loaded: LoadedFile) -> str:
        """How a file is read: documents that were read in another way are worth reading again."""
        way = f"{loaded.media_type}.{format_of(loaded.media_type).version}.{_CHUNKER_VERSION}.{self._settings.chunk_width}"
        return f"{way}.{loaded.given.encoding}" if loaded.given.encoding else way

    def _is_read(self, known: Known, loaded: LoadedFile) -> bool:
        """Whether the library has these bytes as they would be read now; an encoding that was given once stays until another is."""
        if loaded.given.afresh:
            return False
        way = self._reading_of(loaded)
        return known.reading == way or (not loaded.given.encoding and known.reading.startswith(f"{way}."))

    def _store(
        self, file: FoundFile, reading: _Pending, again: Callable[[FoundFile], _Pending], asked: _Run
    ) -> Iterator[IngestEvent]:
        """Embed and commit one file. The last event is its `SourceDone`, unless it was cancelled."""
        try:
            read = reading.result()
            # Asked again: the same bytes may have been committed under another name since this file was read ahead.
            same = self._library.catalog.documents.find(asked.notebook, sha256=read.loaded.sha256)
            if same is not None and self._is_read(same, read.loaded):
                yield self._unchanged(file, same, read.loaded, asked)
                return
            if read.document is None:  # the document that had these bytes was replaced after they were looked up
                read = again(file).result()
            assert read.document is not None
            vectors: dict[bytes, np.ndarray] = {}
            begun = time.perf_counter()
            for vectors in self._library.embed_steps(read.chunks):
                if asked.cancelled():
                    return
                yield Working(file.name, len(vectors), len(read.chunks), len(read.document.pages))
            target = self._target(file, same, asked)
            name = self._free_name(asked.notebook, read, target.document)
            size, data = len(read.loaded.data), read.loaded.data if self._keeps(asked) else None
            new = NewSource(
                asked.notebook,
                target.origin,
                name,
                read.loaded.sha256,
                self._reading_of(read.loaded),
                size,
                read.document,
                read.chunks,
                report=Report.of(read.document, read.chunks, replace(read.seconds, embed=time.perf_counter() - begun)).to_json(),
            )
            document = self._library.replace(new, vectors, document=target.document, data=data)
            asked.taken.add(document)
            status = Status.ADDED if target.document is None else Status.UPDATED
            pages = len(read.document.pages)
            yield SourceDone(name, status, pages, len(read.chunks), 0.0, new.textless, file=file.name, document=document)
        except DocumentError as error:
            yield SourceDone(file.name, Status.FAILED, 0, 0, 0.0, error=error, file=file.name)

    def _keeps(self, asked: _Run) -> bool:
        """Whether the bytes are copied into the library: always for an upload, of which there is no other file."""
        return asked.upload or self._settings.keep_originals

    def _unchanged(self, file: FoundFile, same: Known, loaded: LoadedFile, asked: _Run) -> SourceDone:
        asked.taken.add(same.id)
        if self._keeps(asked) and not same.original:
            self._library.keep_original(same.id, loaded.sha256, loaded.data)
        known = self._library.catalog.documents.get(same.id)
        assert known is not None
        return SourceDone(
            known.name, Status.UNCHANGED, known.pages, known.chunks, 0.0, known.textless, file=file.name, document=known.id
        )  # fmt: skip

    def _target(self, file: FoundFile, same: Known | None, asked: _Run) -> _Target:
        """The document whose new version a file is. `same` has the same bytes, but was read in another way."""
        find = self._library.catalog.documents.find
        if not asked.upload:
            before = find(asked.notebook, origin=file.origin) or same
            return _Target(file.origin, before.id if before else None)
        if same is not None:
            return _Target(same.origin, same.id)
        # The documents of this name in the order in which they came: "upload:report.txt", "upload/2:report.txt".
        for number in itertools.count(1):
            origin = file.origin if number == 1 else file.origin.replace("upload:", f"upload/{number}:", 1)
            before = find(asked.notebook, origin=origin)
            if before is None:
                return _Target(origin, None)
            if not (asked.keep_both or file.given.another) and before.id not in asked.taken:
                return _Target(origin, before.id)
        raise AssertionError("numbers do not end")

    def _free_name(self, notebook: int, read: _Read, own: int | None) -> str:
        """The file's name, or where another document has it, one with as much of the path as tells them apart."""
        origin, name = read.loaded.origin, read.loaded.name
        taken = self._library.catalog.documents.name_taken
        # A file found in a folder has part of its path in its name already.
        above = PurePosixPath(Path(origin).as_posix()).parts[: -1 - name.count("/")]
        parents = [] if origin.startswith("upload:") else list(above)
        while taken(notebook, name, own) and parents:
            name = safe_name(f"{parents.pop()}/{name}")
        return free_name(name, lambda other: taken(notebook, other, own))


def _finished(reading: _Pending, cancelled: Callable[[], bool]) -> bool:
    """Wait until a file has been read; False where that was cancelled first."""
    while not concurrent.futures.wait([reading], timeout=_LOOK_S).done:
        if cancelled():
            return False
    return True


def _code_of(done: SourceDone) -> str:
    return f": {done.error.code}" if done.error is not None else ""
