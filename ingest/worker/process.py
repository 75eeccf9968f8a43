"""The pool's side of its workers: processes, the clock of a task, and crews of threads that drive them."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

from core.errors import DocumentError
from core.settings import ROOT
from ingest.worker import frames

T = TypeVar("T")

_log = logging.getLogger(__name__)
# What confinement is on Linux (ingest/worker/confinement.py); the first word of each.
_WHOLE = {"limits", "no_new_privs", "landlock", "seccomp"}
# A worker's memory fills with what libraries leave behind, and the next file must not pay for it. A fresh one starts in 0.3 s.
_MOST_TASKS = 200
_told_missing = threading.Event()


class Died(Exception):
    """A worker ended, or its pipe did."""


class Worker:
    """One worker process. One thread talks with it; `say` and `kill` are for any."""

    def __init__(self, duty: str, told: dict[str, Any]) -> None:
        self._guard = threading.Lock()
        self._file = ""
        self._killed = False
        self._asked = 0
        self.heard = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ingest.worker", duty, json.dumps(told), str(os.getpid())],
            cwd=ROOT,
            env=_bare(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # A group of its own ends as a whole, with the programs that the worker has started.
            start_new_session=True,
        )
        self._greeted = False

    @property
    def alive(self) -> bool:
        """Whether the process runs, and may go on."""
        return not self._killed and self.process.poll() is None

    @property
    def worn(self) -> bool:
        """Whether it has done so much that a fresh one is safer."""
        return self._asked >= _MOST_TASKS

    @property
    def file(self) -> str:
        """The hash of the file that the worker holds, "" for none that is known."""
        return self._file

    def ask(self, request: dict[str, Any], data: bytes, sha256: str = "") -> None:
        """Send a request, with the bytes that it is about unless the worker holds them. Raises Died."""
        if not self._greeted:
            _check_held(self.hear(frames.MOST_HEAD))
            self._greeted = True
        self._asked += 1
        known = bool(sha256) and sha256 == self._file
        self._file = sha256
        assert self.process.stdin is not None
        try:
            with self._guard:
                frames.send_json(self.process.stdin, {**request, "data": not known})
                if not known:
                    frames.send(self.process.stdin, data)
        except (OSError, ValueError):  # ValueError: closed
            raise Died from None

    def say(self, message: dict[str, Any]) -> None:
        """Send a frame of JSON; a worker that died is noticed by whoever hears it."""
        assert self.process.stdin is not None
        with self._guard, contextlib.suppress(OSError, ValueError):
            frames.send_json(self.process.stdin, message)

    def hear(self, most: int) -> dict[str, Any]:
        """The next frame, of at most `most` bytes. Raises Died, and ValueError where it is no JSON object."""
        raw = self.hear_bytes(most)
        message = json.loads(raw)
        if not isinstance(message, dict):
            raise TypeError("object expected")
        return message

    def hear_bytes(self, most: int) -> bytes:
        """The next frame as it is; `heard` is its size. Raises Died."""
        assert self.process.stdout is not None
        try:
            raw = frames.receive(self.process.stdout, most)
        except (OSError, ValueError):
            raw = None
        if raw is None:
            raise Died
        self.heard = len(raw)
        return raw

    def kill(self) -> None:
        """End the process and what it has started; idempotent."""
        self._killed = True
        if self.process.poll() is not None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def bury(self) -> None:
        """Kill, wait and close the pipes."""
        self.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what could not be sent is lost
                pipe.close()


def _bare() -> dict[str, str]:
    """The environment of a worker: no key, proxy or path of the person's; modules are found where the pool finds them."""
    bare = {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(dict.fromkeys([str(ROOT), *(path for path in sys.path if path)])),
        # One thread a process: workers are as many as cores, and threads take address space. Tesseract is 6 times slower with more.
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    if os.name == "nt":  # Windows loads its own modules from there
        command = shutil.which("cmd.exe")
        bare["SYSTEMROOT"] = str(Path(command).parent.parent) if command else "C:\\Windows"
    return bare


def _check_held(greeting: dict[str, Any]) -> None:
    """Log once what the system cannot hold of a worker's confinement."""
    held = [str(one) for one in greeting.get("held", [])]
    missing = sorted(_WHOLE - {one.split()[0] for one in held})
    if missing and not _told_missing.is_set():
        _told_missing.set()
        level = logging.WARNING if sys.platform == "linux" else logging.INFO
        _log.log(level, "this system does not confine workers by %s; holding: %s", ", ".join(missing), ", ".join(held) or "nothing")


class Clock:
    """Calls `expire` after so many seconds, not counting pauses. Use as a context manager; any thread may pause and resume."""

    def __init__(self, limit_s: float, expire: Callable[[], object]) -> None:
        self._left_s = limit_s
        self._expire = expire
        self._guard = threading.Lock()
        self._timer: threading.Timer | None = None
        self._since = 0.0
        self._over = False
        self.expired = False

    def __enter__(self) -> Clock:
        self.resume()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._guard:
            self._over = True
            timer = self._timer
        if timer is not None:
            timer.cancel()
            timer.join()  # it may be ending the worker at this moment

    def pause(self) -> None:
        """Stand still."""
        with self._guard:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
                self._left_s -= time.monotonic() - self._since

    def resume(self) -> None:
        """Go on."""
        with self._guard:
            if self._timer is None and not self._over:
                self._since = time.monotonic()
                self._timer = threading.Timer(max(0.0, self._left_s), self._ring)
                self._timer.daemon = True
                self._timer.start()

    def _ring(self) -> None:
        with self._guard:
            if self._over or self._timer is not threading.current_thread():
                return
            self.expired = True
        self._expire()


class Job(Generic[T]):
    """A task under way: its future, and the worker that is at it."""

    def __init__(self, drive: Callable[[Job[T], Worker], T], file: str) -> None:
        self.drive = drive
        self.file = file
        # The future stays pending while the task runs, so that it can be cancelled at any time.
        self.future: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._guard = threading.Lock()
        self._worker: Worker | None = None
        self.future.add_done_callback(self._ended)

    def hold(self, worker: Worker | None) -> None:
        """Say which worker is at it."""
        with self._guard:
            self._worker = worker
            if worker is not None and self.future.cancelled():
                worker.kill()

    def _ended(self, future: concurrent.futures.Future[T]) -> None:
        with self._guard:
            if self._worker is not None and future.cancelled():
                self._worker.kill()


class Crew:
    """Threads that each drive one worker of a kind; workers are started when there is work and kept while they live."""

    def __init__(self, duty: str, size: int, told: dict[str, Any]) -> None:
        self._duty = duty
        self._told = told
        self._threads = concurrent.futures.ThreadPoolExecutor(size, f"workers-{duty}")
        self._guard = threading.Lock()
        self._idle: list[Worker] = []
        self._jobs: set[Job[Any]] = set()
        self._stopped = False

    def submit(self, drive: Callable[[Job[T], Worker], T], file: str = "") -> concurrent.futures.Future[T]:
        """Have a thread call `drive` with a worker; one that holds `file` where there is one."""
        job = Job(drive, file)
        with self._guard:
            stopped = self._stopped
            if not stopped:
                self._jobs.add(job)
                self._threads.submit(self._run, job)
        if stopped:
            job.future.cancel()
            job.future.set_running_or_notify_cancel()
        return job.future

    def stop(self) -> None:
        """Cancel everything, end the workers and wait for the threads."""
        with self._guard:
            self._stopped = True
            jobs = list(self._jobs)
        for job in jobs:
            job.future.cancel()
        self._threads.shutdown()
        while self._idle:
            self._idle.pop().bury()

    def _run(self, job: Job[T]) -> None:
        result: T | None = None
        error: BaseException | None = None
        if not job.future.cancelled():
            worker = self._take(job.file)
            job.hold(worker)
            try:
                result = job.drive(job, worker)
            except BaseException as caught:  # noqa: BLE001  # handed to whoever waits for the task
                error = caught
                if not isinstance(caught, DocumentError):
                    worker.kill()  # amid an answer, perhaps
            job.hold(None)
            self._give_back(worker)
        with self._guard:
            self._jobs.discard(job)
        if job.future.set_running_or_notify_cancel():
            if error is not None:
                job.future.set_exception(error)
            else:
                job.future.set_result(result)  # type: ignore[arg-type]  # `drive` gave it

    def _take(self, file: str) -> Worker:
        with self._guard:
            self._idle.sort(key=lambda worker: bool(file) and worker.file == file)
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                worker.bury()
        return Worker(self._duty, self._told)

    def _give_back(self, worker: Worker) -> None:
        if worker.alive and not worker.worn:
            with self._guard:
                self._idle.append(worker)
        else:
            worker.bury()
