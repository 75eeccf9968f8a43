"""Long work on the library, seen by every page: reading documents and downloading models are one kind, `Job`.

A job does not hang on the page that began it: a closed tab does not end it, only `stop` does. A stopped one loses nothing: the pipeline
and the downloads go on where they were when the same is asked again.
"""

from __future__ import annotations

import enum
import itertools
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.background import Task
from core.errors import KaedamaError, UnknownModelName
from core.log import as_error
from core.settings import Settings
from ingest.events import Done, Found, IngestEvent, Reading, SourceDone, Status, Working
from rag.recommendations import FAMILY
from service.uploads import Uploads
from store.library import Library

_log = logging.getLogger(__name__)
# Jobs that are over and still listed, so that a page that is opened later sees how they ended.
_KEPT = 20
# A rate told from less time than this is a guess.
_SHORTEST_S = 2.0
# A forecast is told where the speed of the last seconds and that of all are within this factor.
_UNSTEADY = 1.6
# Shares are noted once in so many seconds, and so many of them are kept.
_MARK_S, _MARKS = 2.0, 8
# How far readings stand back behind answers, 0..19.
_NICE = 3


class Kind(enum.StrEnum):
    """What a job does."""

    READING = "reading"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a job. `done` of `total` passages are embedded; `status` is None until it has ended.

    `called` is what its document is called in the library, "" where that is the file's name.
    """

    name: str
    begun: bool = False
    done: int = 0
    total: int = 0
    pages: int = 0
    chunks: int = 0
    status: Status | None = None
    error: KaedamaError | None = None
    called: str = ""


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is; a value, so that a page draws what it holds.

    `items` are the files in order (for a download none), `current` is the number of the one being read, from 1. `done` and `total` are
    bytes of a download, files of a reading. `passed_over` names files of a kind that is not read. `begun` is monotonic seconds, 0 before
    the beginning. `pages` were read in the files that are done. `marks` are shares of the last seconds, each with its monotonic time.
    """

    id: int
    kind: Kind
    name: str
    notebook: int = 0
    samples: bool = False
    items: tuple[Item, ...] = ()
    current: int = 0
    done: int = 0
    total: int = 0
    pages: int = 0
    status: str = ""
    passed_over: tuple[str, ...] = ()
    begun: float = 0.0
    marks: tuple[tuple[float, float], ...] = ()
    stopped: bool = False
    over: bool = False
    error: KaedamaError | None = None

    @property
    def share(self) -> float:
        """How much is done, 0..1; for a reading the file at hand counts by its passages."""
        if not self.total:
            return 0.0
        part = 0.0
        if self.kind is Kind.READING and 0 < self.current <= len(self.items):
            item = self.items[self.current - 1]
            part = item.done / item.total if item.total and item.status is None else 0.0
        return min(1.0, (self.done + part) / self.total)

    @property
    def percent(self) -> int:
        """How much is done, 0..100."""
        return int(100 * self.share)

    def seconds_left(self, now: float) -> float | None:
        """Seconds until it is done at the speed so far (`now` is monotonic); None where that cannot be told.

        It cannot where the last seconds went much faster or slower than all before: files differ, and a forecast that grows is none.
        """
        spent = now - self.begun
        if self.over or not self.begun or spent < _SHORTEST_S or self.share <= 0:
            return None
        speed = self.share / spent
        if self.marks:
            since, share = self.marks[0]
            lately = (self.share - share) / (now - since) if now > since else speed
            if not speed / _UNSTEADY <= lately <= speed * _UNSTEADY:
                return None
        return (1 - self.share) / speed

    @property
    def pages_read(self) -> int:
        """Pages read so far; of the file at hand as many as its embedded passages fill."""
        if not 0 < self.current <= len(self.items):
            return self.pages
        item = self.items[self.current - 1]
        return self.pages + (item.pages * item.done // item.total if item.total and item.status is None else 0)

    def marked(self, now: float) -> JobState:
        """With its share noted."""
        if self.marks and now - self.marks[-1][0] < _MARK_S:
            return self
        return replace(self, marks=(*self.marks, (now, self.share))[-_MARKS:])

    @property
    def failed(self) -> tuple[Item, ...]:
        """Files that could not be read."""
        return tuple(item for item in self.items if item.status is Status.FAILED)


class Job:
    """One piece of work. `over` is set when nothing more will change; `stop` may be called by anyone.

    `work` yields the states that the job goes through, and looks at the event that tells it to stop.
    """

    def __init__(self, state: JobState, work: Callable[[JobState, threading.Event], Iterator[JobState]]) -> None:
        self.over = threading.Event()
        self.state = state
        self._work = work
        self._stop = threading.Event()

    def stop(self) -> None:
        """End it as soon as what is at hand is whole."""
        self._stop.set()

    def start(self) -> Task[JobState]:
        """Begin, in a thread of its own; whatever becomes of it is told in the state."""
        return Task(self._states, each=self._set, ended=self._end, name="job").start()

    def _states(self, _: threading.Event) -> Iterator[JobState]:
        yield replace(self.state, begun=time.monotonic())
        if not self._stop.is_set():
            yield from self._work(self.state, self._stop)

    def _set(self, state: JobState) -> None:
        self.state = replace(state, marks=self.state.marks).marked(time.monotonic())

    def _end(self, error: BaseException | None) -> None:
        told = as_error(error, _log, "a job") if error is not None else None
        self.state = replace(self.state, over=True, stopped=self._stop.is_set(), error=told)
        _log.info("job %d (%s) over after %.1f s", self.state.id, self.state.kind, time.monotonic() - self.state.begun)
        self.over.set()


class Jobs:
    """All jobs of the library. Documents are read one job after the other; downloads run beside them."""

    def __init__(
        self, library: Library, settings: Settings, uploads: Uploads, *, arrived: Callable[[], object] = lambda: None
    ) -> None:
        """`arrived` is called when a model has been downloaded."""
        self._library = library
        self._uploads = uploads
        self._settings = settings
        self._arrived = arrived
        self._numbers = itertools.count(1)
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._jobs: dict[int, Job] = {}
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._read_on, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin to work through the readings."""
        self._thread.start()

    # Beginning

    def read(self, paths: Sequence[Path], *, notebook: int, samples: bool = False) -> Job:
        """Read files and folders where they lie into a notebook, after the readings before it."""
        return self._enter(paths, notebook, samples=samples, upload=False)

    def read_uploads(self, paths: Sequence[Path], *, notebook: int) -> Job:
        """Read uploaded files; they belong to the job at once and are removed when it is over."""
        return self._enter(self._uploads.take(paths), notebook, samples=False, upload=True)

    def _enter(self, paths: Sequence[Path], notebook: int, *, samples: bool, upload: bool) -> Job:
        items = () if samples else tuple(Item(path.name) for path in paths)
        name = items[0].name if items else ""
        state = JobState(next(self._numbers), Kind.READING, name, notebook, samples=samples, items=items, total=len(items))
        job = Job(state, lambda state, stop: self._read(state, stop, paths, upload=upload))
        self._add(job)
        self._waiting.put(job)
        return job

    def download(self, name: str) -> Job:
        """Begin to get a Gemma into Ollama, or join the download that runs. Raises UnknownModelName for any other name."""
        tags = [gemma.tag for gemma in FAMILY]
        if name not in tags:
            raise UnknownModelName(name=name, known=", ".join(tags))
        with self._guard:
            running = next((job for job in self._jobs.values() if _downloads(job, name) and not job.over.is_set()), None)
        if running is not None:
            return running
        job = Job(JobState(next(self._numbers), Kind.DOWNLOAD, name), self._download)
        self._add(job)
        job.start()
        return job

    def _add(self, job: Job) -> None:
        with self._guard:
            self._jobs[job.state.id] = job
            over = [number for number, one in self._jobs.items() if one.over.is_set()]
            for number in over[: max(0, len(over) - _KEPT)]:
                del self._jobs[number]

    # Looking

    def states(self) -> list[JobState]:
        """All jobs that run, wait, or ended and were not dismissed, in the order of their beginning."""
        with self._guard:
            return [job.state for job in self._jobs.values()]

    def reading(self, notebook: int) -> int:
        """How many files of a notebook are still to be read."""
        mine = [job for job in self.states() if job.kind is Kind.READING and job.notebook == notebook and not job.over]
        return sum(max(1, job.total - job.done) for job in mine)

    @property
    def busy(self) -> bool:
        """Whether any job runs or waits."""
        return any(not state.over for state in self.states())

    # Ending

    def stop(self, number: int) -> None:
        """Stop one job; unknown numbers are ignored, for it may just have ended."""
        with self._guard:
            job = self._jobs.get(number)
        if job is not None:
            job.stop()

    def dismiss(self, number: int) -> None:
        """Take a job that is over off the list."""
        with self._guard:
            job = self._jobs.get(number)
            if job is not None and job.over.is_set():
                del self._jobs[number]

    def close(self) -> None:
        """Stop everything and wait until the readings have let go of the library."""
        with self._guard:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join()

    # Working

    def _read_on(self) -> None:
        if sys.platform == "linux":  # elsewhere it would hold for the whole process, which answers too
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (job := self._waiting.get()) is not None:
            job.start().join()

    def _read(self, state: JobState, stop: threading.Event, paths: Sequence[Path], *, upload: bool) -> Iterator[JobState]:
        from ingest.pipeline import IngestPipeline  # loads the parsers: not before the page is up

        try:
            pipeline = IngestPipeline(self._library, self._settings)
            for event in pipeline.run(paths, notebook=state.notebook, upload=upload, cancelled=stop.is_set):
                state = folded(state, event)
                yield state
        finally:
            self._uploads.release(paths)

    def _download(self, state: JobState, stop: threading.Event) -> Iterator[JobState]:
        from rag.models.pulling import pull  # loads an HTTP client: not before the page is up

        for step in pull(state.name, self._settings, cancelled=stop.is_set):
            state = replace(state, status=step.status, done=step.done, total=step.total)
            yield state
        if not stop.is_set():
            self._arrived()


def folded(state: JobState, event: IngestEvent) -> JobState:
    """A reading's state with one event of the ingest more."""
    match event:
        case Found():
            return replace(state, total=event.total, passed_over=event.passed_over)
        case Reading():
            items = [*state.items, *(Item("") for _ in range(event.number - len(state.items)))]
            items[event.number - 1] = replace(items[event.number - 1], name=event.name, begun=True)
            return replace(state, items=tuple(items), current=event.number)
        case Working():
            return _with_item(state, done=event.done, total=event.total, pages=event.pages)
        case SourceDone():
            name = event.file or event.name
            called = event.name if event.name != name else ""
            after = _with_item(
                state, name=name, called=called, status=event.status, pages=event.pages, chunks=event.chunks, error=event.error
            )
            return replace(after, done=state.done + 1, pages=state.pages + event.pages)
        case Done():
            return replace(state, stopped=event.cancelled)


def _with_item(state: JobState, **changes: object) -> JobState:
    items = list(state.items)
    items[state.current - 1] = replace(items[state.current - 1], **changes)  # type: ignore[arg-type]
    return replace(state, items=tuple(items))


def _downloads(job: Job, name: str) -> bool:
    return job.state.kind is Kind.DOWNLOAD and job.state.name == name
