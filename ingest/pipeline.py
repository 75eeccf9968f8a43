"""How documents get into a library, top to bottom: find, read ahead (load, parse, cut), embed together, commit in order.

Incremental: a file whose bytes are already there costs a hash. Parallel: files are read in worker processes and stored in a thread of
their own while passages are embedded. Safe: a document is committed whole or not at all, and one that fails does not stop the others.
Cancellable between any two steps of embedding, which take about half a second.
"""

from __future__ import annotations

import collections
import concurrent.futures
import contextlib
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.background import Task
from core.errors import DocumentError
from core.settings import Settings
from ingest.ahead import Ahead, Read, Reader
from ingest.batching import ENOUGH, Embedding, Pool
from ingest.committing import Committer
from ingest.engines import Engine, LocalEngine
from ingest.events import Done, Found, IngestEvent, PassedOver, Reading, Removed, SourceDone, Status, Working
from ingest.finding import find_files, path_key
from ingest.loader import FoundFile, Given
from ingest.planning import Planner
from store.files import is_gone
from store.library import Library

# How often "cancelled" is looked at while nothing else happens.
_LOOK_S = 0.1

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Work:
    """A file under way: being read, then embedded, then stored."""

    file: FoundFile
    number: int
    read: Read | None = None
    embedding: Embedding | None = None
    failed: SourceDone | None = None
    stored: concurrent.futures.Future[SourceDone] | None = None

    @property
    def embedded(self) -> bool:
        """Whether it has all its vectors, or needs none."""
        return self.embedding is None or not self.embedding.missing


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
        sync: bool = False,
        names: Mapping[Path, str] | None = None,
        only: Collection[Path] | None = None,
        given: Mapping[Path, Given] | None = None,
        given_all: Given | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[IngestEvent]:
        """Read files and folders into a notebook, telling how it goes.

        What comes from a path again is a new version of its document. So is an uploaded file that has the name of an earlier upload,
        unless `keep_both`; two files of one name in one upload are always two documents, told apart by a number. With `sync`, documents
        whose files are gone from the folders are removed at the end. `given` is what the person said of files, by their paths, and `given_all`
        of all others. `names` and `only` are those of `find_files`.

        A document that fails yields a `SourceDone` with its error. Raises LibraryError or EmbedderError, which concern all documents.
        """
        limit_s = self._settings.read_timeout_s
        walked = find_files(paths, upload=upload, names=names, only=only, limit_s=limit_s, cancelled=cancelled)
        files = [replace(file, given=(given or {}).get(file.path, given_all or Given())) for file in walked.files]
        yield Found(len(files))
        yield from walked.passed_over
        planner = Planner(self._library.catalog, notebook, upload=upload, keep_both=keep_both)
        counts: Counter[Status] = Counter()
        # Left from the last to the first: whoever leaves early does not wait for a document that is still being read.
        with contextlib.ExitStack() as left:
            store = left.enter_context(concurrent.futures.ThreadPoolExecutor(1, "store"))
            engine = left.enter_context(self._engine(self._settings))
            reader = Reader(self._settings, engine, planner)
            ahead = left.enter_context(Ahead(files, reader.read, engine.lanes))
            left.callback(engine.stop)
            left.callback(store.shutdown, wait=False, cancel_futures=True)
            keep = upload or self._settings.keep_originals
            committer = Committer(self._library, notebook, planner, reader, upload=upload, keep=keep)
            run = _Run(self._library, files, ahead, store, committer, cancelled)
            for event in run.events():
                if isinstance(event, SourceDone):
                    counts[event.status] += 1
                yield event
        removed = 0
        if sync and not run.stopped:
            for event in self._sweep(walked.seen, notebook):
                removed += not event.kept
                yield event
        yield _done(counts, removed, walked.passed_over, stopped=run.stopped or walked.stopped)

    def _sweep(self, folders: Sequence[Path], notebook: int) -> Iterator[Removed]:
        """Remove what came from files in these folders that are gone; the folders themselves are there, and answer."""
        for folder in folders:
            for one in self._library.catalog.origins.below(notebook, path_key(folder).rstrip(os.sep) + os.sep):
                if not one.origin.path or not is_gone(Path(one.origin.path)):
                    continue
                known = self._library.catalog.documents.get(one.document)
                if known is None:
                    continue
                kept = self._library.catalog.origins.leave(one.document, one.origin.key)
                if not kept:
                    self._library.delete_documents([one.document])
                yield Removed(known.name, one.origin.path, one.document, kept)


class _Run:
    """The files of one run on their way through reading, embedding and storing."""

    def __init__(
        self, library: Library, files: Sequence[FoundFile], ahead: Ahead, store: concurrent.futures.Executor, committer: Committer,
        cancelled: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._files = files
        self._ahead = ahead
        self._store = store
        self._committer = committer
        self._cancelled = cancelled
        self._library = library
        self._pool = Pool(library)
        self._works: collections.deque[_Work] = collections.deque()
        self._next: _Work | None = None
        self._taken = 0
        self.stopped = False

    def events(self) -> Iterator[IngestEvent]:
        """Carry all files through, in order; ends when all are stored, or soon after it is cancelled."""
        while self._works or self._taken < len(self._files):
            self.stopped = self._cancelled()
            if self.stopped:
                break
            yield from self._take_in()
            yield from self._embed()
            self._hand_to_store()
            yield from self._stored(wait=not len(self._pool))
        if self.stopped:  # what has been handed over is finished
            while self._works and self._works[0].stored is not None:
                concurrent.futures.wait([self._works[0].stored])
                yield from self._stored(wait=False)

    def _take_in(self) -> Iterator[IngestEvent]:
        """Take files that have been read, in order, until there is enough to embed."""
        while self._taken < len(self._files) and len(self._pool) < ENOUGH:
            if self._next is None:
                file = self._files[self._taken]
                self._next = _Work(file, self._taken + 1)
                yield Reading(file.name, self._taken + 1, len(self._files))
            work, reading = self._next, self._ahead.of(self._taken)
            if reading is None or not reading.done():
                return
            self._next = None
            self._taken += 1
            self._works.append(work)
            try:
                work.read = reading.result()
            except DocumentError as error:
                work.failed = SourceDone(
                    work.file.name, Status.FAILED, 0, 0, self._ahead.took(work.number - 1), error=error, file=work.file.name
                )
                continue
            if work.read.document is not None:
                if not made_ready(self._library, self._cancelled):
                    self._works.pop()
                    self.stopped = True
                    return
                work.embedding = self._pool.add(work.read.chunks)
                yield self._progress(work)

    def _embed(self) -> Iterator[IngestEvent]:
        if not len(self._pool) or self._cancelled():
            return
        for embeddings in self._pool.steps():
            yield from [self._progress(work) for work in self._works if work.embedding in embeddings]
            self.stopped = self._cancelled()
            if self.stopped:
                return
            self._hand_to_store()
            yield from self._stored(wait=False)

    def _progress(self, work: _Work) -> Working:
        assert work.embedding is not None
        assert work.read is not None
        assert work.read.document is not None
        total = len(work.embedding.chunks) if work.embedded else len(work.embedding.vectors) + len(work.embedding.missing)
        done = total if work.embedded else work.embedding.done
        return Working(work.file.name, done, total, len(work.read.document.pages), work.number, work.read.loaded.media_type)

    def _hand_to_store(self) -> None:
        """Hand over the files that are embedded, in order."""
        for work in self._works:
            if work.stored is not None:
                continue
            if not work.embedded:
                return
            if work.failed is not None:
                work.stored = concurrent.futures.Future()
                work.stored.set_result(work.failed)
            else:
                assert work.read is not None
                work.stored = self._store.submit(self._committer.commit, work.file, work.read, work.embedding)

    def _stored(self, *, wait: bool) -> Iterator[IngestEvent]:
        """Tell of the files that are stored, in order. To `wait` is to do so, for a moment, for the next file to be read or stored."""
        if wait:
            coming = [self._works[0].stored] if self._works else []
            reading = self._ahead.of(self._taken)
            waited: list[concurrent.futures.Future[Any]] = [one for one in (*coming, reading) if one is not None]
            if waited:
                concurrent.futures.wait(waited, timeout=_LOOK_S, return_when=concurrent.futures.FIRST_COMPLETED)
        while self._works and self._works[0].stored is not None and self._works[0].stored.done():
            work = self._works.popleft()
            assert work.stored is not None
            done = replace(work.stored.result(), number=work.number)
            self._ahead.let_go(work.number - 1)
            code = f": {done.error.code}" if done.error is not None else ""
            _log.info("document %d of %d %s in %.3f s%s", work.number, len(self._files), done.status, done.seconds, code)
            yield done


def made_ready(library: Library, cancelled: Callable[[], bool]) -> bool:
    """Make embedder and indexes ready in a thread beside, which a cancelled run does not wait for; False where it was cancelled.

    Raises what `Library.warm` raises.
    """
    if library.ready:
        return True
    failures: list[BaseException | None] = []

    def warm(_: threading.Event) -> Iterator[None]:
        library.warm()
        yield None

    warming = Task(warm, each=lambda _: None, ended=failures.append, name="warming").start()
    while not warming.join(_LOOK_S):
        if cancelled():
            return False
    for failure in failures:
        if failure is not None:
            raise failure
    return True


def _done(counts: Counter[Status], removed: int, passed_over: Sequence[PassedOver], *, stopped: bool) -> Done:
    return Done(
        counts[Status.ADDED], counts[Status.UNCHANGED], counts[Status.UPDATED], counts[Status.FAILED], stopped,
        copies=counts[Status.COPY], renamed=counts[Status.RENAMED], removed=removed, passed_over=len(passed_over),
    )  # fmt: skip
