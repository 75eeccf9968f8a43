"""Files are hostile, so they are read in worker processes with limits: a pool of those that parse and render, and one that recognises.

A worker that dies takes one task down and never the run; the next task gets a new worker. Workers get a bare environment, and on Linux
neither write nor reach the network (ingest/worker/confinement.py). What they say comes in frames (ingest/worker/frames.py).
"""

from __future__ import annotations

import concurrent.futures
import shutil
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, overload

from core.errors import DocumentFault, ParserFailed, ParserTimedOut
from core.settings import Settings
from core.types import Document, Page
from ingest.formats import format_of
from ingest.loader import LoadedFile
from ingest.locating import Located
from ingest.recognition import Picture, Recognised, RecognitionFault
from ingest.tasks import Locate, Parse, Progress, Recognition, Render, Step
from ingest.worker import frames
from ingest.worker.process import Clock, Crew, Died, Job, Worker

# JSON of text and boxes is a few times the text; anything beyond is not an honest answer.
_MOST_REPLY_BYTES_PER_TEXT_MB = 40_000_000
# Answers beside the pages: progress and the end.
_MOST_REPLY_BYTES_BESIDE = 100_000_000

Task = Parse | Render | Locate | Recognition


class WorkerPool:
    """Runs tasks in worker processes. Use as a context manager; any thread may submit, cancel and stop.

    Cancelling a task's future ends it within a moment, with the worker that is at it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tesseract = shutil.which("tesseract") or ""
        self.size = settings.effective_workers
        told = {
            "max_pages": settings.max_pages,
            "max_text_mb": settings.max_text_mb,
            "max_unpacked_mb": settings.max_unpacked_mb,
            "max_nesting": settings.max_nesting,
            "max_picture_mpx": settings.max_picture_mpx,
            "ocr_timeout_s": settings.ocr_timeout_s,
            "max_ocr_pages": settings.max_ocr_pages,
            "memory_mb": settings.parse_memory_mb,
            "tesseract": self._tesseract,
            "recognisers": self.size if self._tesseract else 0,
        }
        self._readers = Crew("read", self.size, told)
        # These wait for the readers, which wait for them: processes at work are about as many as one kind.
        self._recognisers = Crew("recognise", self.size, told)

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Cancel all tasks and end all workers, at once and for good; what is submitted afterwards is cancelled. Idempotent."""
        self._readers.stop()
        self._recognisers.stop()

    @overload
    def submit(self, task: Parse) -> concurrent.futures.Future[Document]: ...
    @overload
    def submit(self, task: Render) -> concurrent.futures.Future[bytes]: ...
    @overload
    def submit(self, task: Locate) -> concurrent.futures.Future[Located]: ...
    @overload
    def submit(self, task: Recognition) -> concurrent.futures.Future[Recognised]: ...
    def submit(self, task: Task) -> concurrent.futures.Future[Any]:
        """Have a task done. The future gives its result: a document, a PNG file, boxes, recognised text; or raises DocumentError."""
        match task:
            case Parse():
                return self._readers.submit(lambda job, worker: self._parse(task, job, worker), task.file.sha256)
            case Render():
                return self._readers.submit(lambda job, worker: self._render(task, worker), task.file.sha256)
            case Locate():
                return self._readers.submit(lambda job, worker: self._locate(task, worker), task.file.sha256)
            case Recognition():
                return self._recognisers.submit(lambda job, worker: self._recognise(task, worker))

    def parse(
        self, file: LoadedFile, *, encoding: str = "", password: str = "", progress: Callable[[Progress], object] | None = None
    ) -> Document:
        """Parse a file, waiting for it. Raises DocumentError."""
        task = Parse(file, encoding, password, progress) if progress else Parse(file, encoding, password)
        try:
            return self.submit(task).result()
        except concurrent.futures.CancelledError:
            detail = DocumentFault.STOPPED()
            raise ParserFailed(name=file.name, media_type=format_of(file.media_type).kind, detail=detail) from None

    # What a task says to its worker, in a thread of the crew

    def _parse(self, task: Parse, job: Job[Document], worker: Worker) -> Document:
        reading = _Reading(self, task, job, worker)
        with self._within(task.file, worker, self._settings.parse_timeout_s) as clock:
            worker.ask(_request("parse", task.file, task.password, encoding=task.encoding), task.file.data, task.file.sha256)
            return reading.document(clock)

    def _render(self, task: Render, worker: Worker) -> bytes:
        file = task.file
        with self._within(file, worker, self._settings.parse_timeout_s):
            request = _request("render", file, task.password, page=task.page, dots_per_inch=task.dots_per_inch)
            worker.ask(request, file.data, file.sha256)
            answer = worker.hear(frames.MOST_HEAD)
            if "error" in answer:
                raise frames.unpack_error(answer["error"])
            return worker.hear_bytes(frames.MOST_PICTURE)

    def _locate(self, task: Locate, worker: Worker) -> Located:
        with self._within(task.file, worker, self._settings.parse_timeout_s):
            parts = [frames.pack_part(part) for part in task.parts]
            worker.ask(_request("locate", task.file, task.password, page=task.page, parts=parts), task.file.data, task.file.sha256)
            answer = worker.hear(frames.MOST_HEAD)
            if "error" in answer:
                raise frames.unpack_error(answer["error"])
            return frames.unpack_located(answer["located"], task.parts)

    def _recognise(self, task: Recognition, worker: Worker) -> Recognised:
        clock = Clock(self._settings.ocr_timeout_s, worker.kill)
        try:
            with clock:
                request = {"task": "recognise", "name": "", "media_type": "", "picture": frames.pack_picture(task.picture)}
                worker.ask(request, task.picture.png)
                return frames.unpack_recognised(worker.hear(frames.MOST_HEAD)["recognised"])
        except (Died, KeyError, TypeError, ValueError):
            worker.kill()
            return Recognised(fault=RecognitionFault.TIMED_OUT if clock.expired else RecognitionFault.FAILED)

    def _within(self, file: LoadedFile, worker: Worker, limit_s: float) -> _Within:
        return _Within(file, worker, limit_s, self._settings.parse_memory_mb)

    @property
    def settings(self) -> Settings:
        """The settings whose limits hold."""
        return self._settings


class _Within:
    """Gives a task its time, and turns what can end its worker into the file's error."""

    def __init__(self, file: LoadedFile, worker: Worker, limit_s: float, memory_mb: int) -> None:
        self._file = file
        self._worker = worker
        self._memory_mb = memory_mb
        self._limit_s = limit_s
        self._clock = Clock(limit_s, worker.kill)

    def __enter__(self) -> Clock:
        return self._clock.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._clock.__exit__(kind, error, trace)
        file = self._file
        if self._clock.expired:
            raise ParserTimedOut(name=file.name, limit_s=self._limit_s) from None
        if isinstance(error, Died):
            detail = DocumentFault.OVER_MEMORY(limit_mb=self._memory_mb)
            raise ParserFailed(name=file.name, media_type=format_of(file.media_type).kind, detail=detail) from None
        if isinstance(error, KeyError | TypeError | ValueError):  # not from our worker's code: a file has taken it over
            self._worker.kill()
            raise ParserFailed(
                name=file.name, media_type=format_of(file.media_type).kind, detail=DocumentFault.NONSENSE()
            ) from error


class _Reading:
    """What a worker says while it parses a file: progress, pictures to be recognised, pages, the end."""

    def __init__(self, pool: WorkerPool, task: Parse, job: Job[Document], worker: Worker) -> None:
        self._pool = pool
        self._task = task
        self._job = job
        self._worker = worker
        self._guard = threading.Lock()
        self._waiting = 0  # pictures whose answers have not been sent
        self._answered = self._sent = 0
        self._pictures: list[concurrent.futures.Future[Recognised]] = []

    def document(self, clock: Clock) -> Document:
        """Hear the worker out. Raises DocumentError, Died, KeyError, TypeError, ValueError."""
        settings = self._pool.settings
        left = int(settings.max_text_mb * _MOST_REPLY_BYTES_PER_TEXT_MB) + _MOST_REPLY_BYTES_BESIDE
        pages: list[Page] = []
        try:
            while True:
                message = self._worker.hear(left)
                left -= self._worker.heard
                match message:
                    case {"progress": [int(done), int(total)]}:
                        self._task.progress(Progress(Step.READING, done, total))
                    case {"picture": int(number), "of": int(total), "about": dict(about)}:
                        png = self._worker.hear_bytes(frames.MOST_PICTURE)
                        self._recognise(number, total, frames.unpack_picture(about, png), clock)
                    case {"page": page} if len(pages) < settings.max_pages:
                        pages.append(frames.unpack_page(page))
                    case {"end": dict(end)}:
                        return frames.unpack_end(end, tuple(pages))
                    case {"error": dict(error)}:
                        raise frames.unpack_error(error)
                    case _:
                        raise ValueError("unexpected")
        finally:
            for future in self._pictures:
                future.cancel()

    def _recognise(self, number: int, total: int, picture: Picture, clock: Clock) -> None:
        """Pass a picture on; its answer goes to the worker when it comes. Meanwhile the time of parsing stands still."""
        self._sent += 1
        if self._sent > self._pool.settings.max_ocr_pages or self._waiting > 2 * self._pool.size:
            raise ValueError("too many pictures")
        with self._guard:
            self._waiting += 1
            clock.pause()
        future = self._pool.submit(Recognition(picture))
        self._pictures = [*(one for one in self._pictures if not one.done()), future]
        future.add_done_callback(lambda done: self._answer(number, total, done, clock))

    def _answer(self, number: int, total: int, done: concurrent.futures.Future[Recognised], clock: Clock) -> None:
        if done.cancelled():
            return
        error = done.exception()
        recognised = Recognised(fault=RecognitionFault.FAILED) if error is not None else done.result()
        # Not under the guard: the worker may be sending a picture itself, which has to be heard before it reads this.
        self._worker.say({"picture": number, "recognised": frames.pack_recognised(recognised)})
        with self._guard:
            self._answered += 1
            answered = self._answered
            self._waiting -= 1
            if not self._waiting:
                clock.resume()
        if not self._job.future.cancelled():
            self._task.progress(Progress(Step.RECOGNISING, answered, total))


def _request(task: str, file: LoadedFile, password: str, **more: object) -> dict[str, object]:
    return {"task": task, "name": file.name, "media_type": file.media_type, "password": password, **more}
