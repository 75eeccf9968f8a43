"""Ingests behind the page: one thread that reads one upload after the other, each with a view that any session can draw.

They do not hang on the browser that began them: a closed tab does not stop a reading, only Stop does. A stopped one loses nothing,
since the pipeline goes on where it was when the same files come again.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Sequence
from pathlib import Path

from core.errors import KaedamaError
from core.settings import Settings
from ingest.events import Done, Found, IngestEvent, Reading, SourceDone, Working
from service.uploads import Uploads
from store.library import Library
from ui.panels import JobView, Row


class Job:
    """One upload. `over` is set when nothing more will change; `stop` may be set by anyone."""

    def __init__(self, number: int, paths: Sequence[Path], *, samples: bool) -> None:
        self.paths = tuple(paths)
        self.samples = samples
        self.stop = threading.Event()
        self.over = threading.Event()
        names = [] if samples else [path.name for path in paths]
        self.view = JobView(number, samples=samples, total=len(names), rows=[Row(name) for name in names])

    def take(self, event: IngestEvent) -> None:
        """Fold one event of the pipeline into the view."""
        view = self.view
        match event:
            case Found():
                view.total = event.total
            case Reading():
                view.number = event.number
                self._row(event.number).name = event.name
                self._row(event.number).begun = True
            case Working():
                row = self._row(view.number)
                row.done, row.total = event.done, event.total
            case SourceDone():
                row = self._row(view.number)
                row.name, row.status, row.pages, row.chunks, row.error = (
                    event.name,
                    event.status,
                    event.pages,
                    event.chunks,
                    event.error,
                )
            case Done():
                view.stopped, view.complete = event.cancelled, True

    def _row(self, number: int) -> Row:
        while len(self.view.rows) < number:
            self.view.rows.append(Row(""))
        return self.view.rows[max(number, 1) - 1]


class Jobs:
    """The line of ingests and the thread that works through it."""

    def __init__(self, library: Library, settings: Settings, notebook: int, uploads: Uploads | None = None) -> None:
        self._library = library
        self._notebook = notebook
        self._settings = settings
        self._uploads = uploads
        self._numbers = itertools.count(1)
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._jobs: dict[int, Job] = {}
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin to work through the line."""
        self._thread.start()

    def add(self, paths: Sequence[Path], *, samples: bool = False) -> Job:
        """Put files at the end of the line; uploads are ours from now on, and removed when they have been read."""
        if self._uploads is not None and not samples:
            paths = self._uploads.take(paths)
        job = Job(next(self._numbers), paths, samples=samples)
        with self._guard:
            self._jobs[job.view.id] = job
        self._waiting.put(job)
        return job

    def running(self) -> list[Job]:
        """Jobs that are not over, in the order of their beginning."""
        with self._guard:
            return [job for job in self._jobs.values() if not job.over.is_set()]

    @property
    def busy(self) -> bool:
        """Whether anything is being read or waits to be."""
        return bool(self.running())

    def stop(self, number: int) -> None:
        """Stop one job between two batches of passages; unknown numbers are ignored, for it may just have ended."""
        with self._guard:
            job = self._jobs.get(number)
        if job is not None:
            job.stop.set()

    def close(self) -> None:
        """Stop everything and wait until the pipeline has let go of the library."""
        for job in self.running():
            job.stop.set()
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            # In a thread of its own, so that a defect that ends one reading does not end those after it.
            runner = threading.Thread(target=self._run, args=(job,), name="ingest-job", daemon=True)
            runner.start()
            runner.join()
            if self._uploads is not None:
                self._uploads.release(job.paths)
            job.view.finished = True
            job.over.set()
            with self._guard:
                del self._jobs[job.view.id]

    def _run(self, job: Job) -> None:
        from ingest.pipeline import IngestPipeline  # loads the parsers: not before the page is up

        try:
            pipeline = IngestPipeline(self._library, self._settings)
            for event in pipeline.run(job.paths, notebook=self._notebook, upload=not job.samples, cancelled=job.stop.is_set):
                job.take(event)
        except KaedamaError as error:
            job.view.error, job.view.complete = error, True
