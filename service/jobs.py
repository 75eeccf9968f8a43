"""Long work on the library, seen by every page: reading documents and downloading models are one kind, `Job`.

A job does not hang on the page that began it: a closed tab does not end it, only `stop` does. A stopped one loses nothing: the pipeline
and the downloads go on where they were when the same is asked again.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core import background
from core.background import Task
from core.errors import UnknownModelName, UnknownSource
from core.log import as_error
from core.settings import Settings
from ingest.loader import Given
from rag.recommendations import FAMILY
from service.job_states import Item, JobState, Kind, folded
from service.uploads import Uploads
from store.library import Library

_log = logging.getLogger(__name__)
# Jobs that are over and still listed, so that a page that is opened later sees how they ended.
_KEPT = 20
# How far readings stand back behind answers, 0..19.
_NICE = 3


class Job:
    """One piece of work. `over` is set when nothing more will change; `stop` may be called by anyone.

    `work` yields the states that the job goes through, and looks at the event that tells it to stop. `paths` are the files of a reading,
    `given` is what a person said of them, by path.
    """

    def __init__(
        self, state: JobState, work: Callable[[Job, threading.Event], Iterator[JobState]], paths: Sequence[Path] = ()
    ) -> None:
        self.over = threading.Event()
        self.state = state
        self.paths = list(paths)
        self.given: dict[Path, Given] = {}
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
            yield from self._work(self, self._stop)

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
        """Read uploaded files; they belong to the job at once and are removed when it is over.

        A file that has the name of an earlier upload is a new version of its document.
        """
        return self._enter(self._uploads.take(paths), notebook, upload=True)

    def receive(self, paths: Sequence[Path], *, notebook: int) -> list[Job]:
        """Read uploaded files; those that have the name of an earlier upload wait in a job of their own until `answer` says what they are."""
        taken = self._uploads.take(paths)
        clashing = [path for path in taken if self._clashes(path, notebook)]
        fine = [path for path in taken if path not in clashing]
        jobs = [self._enter(fine, notebook, upload=True)] if fine else []
        return [*jobs, self._enter(clashing, notebook, upload=True, asks=True)] if clashing else jobs

    def read_again(self, document: int, given: Given) -> Job:
        """Read a document's bytes once more, with what is given. Raises UnknownSource, OriginalMissing."""
        known = self._library.catalog.documents.get(document)
        if known is None:
            raise UnknownSource(name=str(document), notebook="")
        original = self._library.original(document)
        copy = self._uploads.copy(original.path, known.name)
        return self._enter(
            [self._uploads.folder_of(copy)],
            known.notebook,
            upload=True,
            names=[known.name],
            given={copy: replace(given, afresh=True)},
        )

    def read_address(self, address: str, *, notebook: int) -> Job:
        """Fetch one web page from the internet and read it; the same address again is a new version of its document."""
        state = JobState(next(self._numbers), Kind.READING, address, notebook, items=(Item(address),), total=1)
        job = Job(state, lambda job, stop: self._fetch(job, stop, address))
        self._add(job)
        self._waiting.put(job)
        return job

    def _clashes(self, path: Path, notebook: int) -> bool:
        """Whether an upload has the name of an earlier one and other content than every document."""
        from ingest.planning import conflicts  # loads the formats: not before the page is up

        catalog = self._library.catalog
        if not path.is_file() or not conflicts(catalog, notebook, [path.name]):
            return False
        with path.open("rb") as file:
            return not catalog.documents.alike(notebook, hashlib.file_digest(file, "sha256").hexdigest())

    def _enter(
        self,
        paths: Sequence[Path],
        notebook: int,
        *,
        upload: bool,
        samples: bool = False,
        asks: bool = False,
        names: Sequence[str] = (),
        given: Mapping[Path, Given] | None = None,
    ) -> Job:
        items = () if samples else tuple(Item(name) for name in names or [path.name for path in paths])
        name = items[0].name if items else ""
        state = JobState(next(self._numbers), Kind.READING, name, notebook, samples=samples, items=items, total=len(items))
        state = replace(state, asks=tuple(range(len(items)))) if asks else state
        job = Job(state, lambda job, stop: self._read(job, stop, upload=upload), paths)
        job.given.update(given or {})
        self._add(job)
        if not asks:
            self._waiting.put(job)
        return job

    # What a person says of files

    def answer(self, number: int, item: int | None, *, another: bool) -> None:
        """Say of one file that a job asks about, or of all (None), whether it is another document; unknown numbers are ignored."""
        with self._guard:
            job = self._jobs.get(number)
            said = () if job is None else tuple(one for one in job.state.asks if item is None or one == item)
            if job is None or not said:
                return
            job.given.update({job.paths[one]: Given(another=another) for one in said})
            job.state = replace(job.state, asks=tuple(one for one in job.state.asks if one not in said))
            if not job.state.asks:
                self._waiting.put(job)

    def again(self, number: int, item: int, given: Given) -> Job | None:
        """Read a file of a job that is over once more, with what it lacked; it leaves that job. None where there is nothing to read."""
        with self._guard:
            job = self._jobs.get(number)
            if job is None or not job.over.is_set() or not 0 <= item < len(job.state.items) or job.state.items[item].lacks is None:
                return None
            path, notebook, name = job.paths.pop(item), job.state.notebook, job.state.items[item].name
            job.state = replace(job.state, items=(*job.state.items[:item], *job.state.items[item + 1 :]))
            if not job.state.items:
                del self._jobs[number]
            before = {one: told for one, told in job.given.items() if one.is_relative_to(path)} or {path: Given()}
        told = {
            one: replace(said, encoding=given.encoding or said.encoding, password=given.password) for one, said in before.items()
        }
        return self._enter([path], notebook, upload=True, names=[name], given=told)

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
                self._uploads.release(self._jobs.pop(number).paths)

    # Looking

    def states(self) -> list[JobState]:
        """All jobs that run, wait, or ended and were not dismissed, in the order of their beginning."""
        with self._guard:
            return [job.state for job in self._jobs.values()]

    def reading(self, notebook: int) -> int:
        """How many files of a notebook are still to be read."""
        mine = [
            job for job in self.states() if job.kind is Kind.READING and job.notebook == notebook and not (job.over or job.asks)
        ]
        return sum(max(1, job.total - job.done) for job in mine)

    @property
    def busy(self) -> bool:
        """Whether any job runs or waits."""
        return any(not (state.over or state.asks) for state in self.states())

    # Ending

    def stop(self, number: int) -> None:
        """Stop one job; unknown numbers are ignored, for it may just have ended."""
        with self._guard:
            job = self._jobs.get(number)
            asks = job is not None and bool(job.state.asks)
            if job is not None and asks:  # nothing of it has begun
                job.state = replace(job.state, asks=(), stopped=True, over=True)
                job.over.set()
        if job is not None:
            job.stop()
            self._uploads.release(job.paths if asks else [])

    def dismiss(self, number: int) -> None:
        """Take a job that is over off the list."""
        with self._guard:
            job = self._jobs.get(number)
            if job is not None and job.over.is_set():
                self._uploads.release(self._jobs.pop(number).paths)

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

    def _read(self, job: Job, stop: threading.Event, *, upload: bool) -> Iterator[JobState]:
        from ingest.pipeline import IngestPipeline  # loads the parsers: not before the page is up

        state = job.state
        try:
            pipeline = IngestPipeline(self._library, self._settings)
            for event in pipeline.run(
                job.paths, notebook=state.notebook, upload=upload, given=dict(job.given), cancelled=stop.is_set
            ):
                state = folded(state, event)
                yield state
        finally:
            job.given = {path: replace(given, password="") for path, given in job.given.items()}
            kept = len(job.paths) == len(state.items)  # each path is a file
            lacking = {path for path, item in zip(job.paths, state.items, strict=kept) if item.lacks} if kept else set()
            self._uploads.release([path for path in job.paths if path not in lacking])

    def _fetch(self, job: Job, stop: threading.Event, address: str) -> Iterator[JobState]:
        from ingest.web import document_name, fetch  # loads an HTTP client: not before the page is up

        # In a thread of its own, so that whoever stops it does not wait for the server.
        for page in background.run(lambda _: iter([fetch(address, self._settings)]), cancelled=stop.is_set, name="fetch"):
            place = self._uploads.write(document_name(page), page.data)
            job.paths, job.given = [self._uploads.folder_of(place)], {place: Given()}
            yield from self._read(job, stop, upload=True)

    def _download(self, job: Job, stop: threading.Event) -> Iterator[JobState]:
        from rag.models.pulling import pull  # loads an HTTP client: not before the page is up

        state = job.state
        for step in pull(state.name, self._settings, cancelled=stop.is_set):
            state = replace(state, status=step.status, done=step.done, total=step.total)
            yield state
        if not stop.is_set():
            self._arrived()


def _downloads(job: Job, name: str) -> bool:
    return job.state.kind is Kind.DOWNLOAD and job.state.name == name
