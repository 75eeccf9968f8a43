"""Other programs under the stopwatch: seconds, peak memory of a process with its children, and when a page answers."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.errors import MeasurementFailed

_LOOK_S = 0.02
_PAGE_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """A program that has ended. `seconds` of wall time; `peak_mb` of its process tree."""

    status: int
    seconds: float
    peak_mb: float
    output: str
    errors: str

    @property
    def last_words(self) -> str:
        """The last line of what it complained about."""
        return (self.errors.strip().splitlines() or ["without a word"])[-1]


def run_measured(command: Sequence[str | Path], environment: Mapping[str, str], directory: Path) -> Run:
    """Run a program to its end. Peak memory is the highest sum of resident sizes in its process tree, seen every 20 ms.

    Pages that two of its processes share are counted in both, so that the sum is an upper bound.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=errors, stdin=subprocess.DEVNULL, env=dict(environment), cwd=directory
        )
        peak = 0
        try:
            while process.poll() is None:
                peak = max(peak, _resident(process.pid))
                time.sleep(_LOOK_S)
        finally:
            process.kill()
            process.wait()
        seconds = time.perf_counter() - started
        texts = []
        for stream in (output, errors):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    return Run(process.returncode, seconds, peak / 1e6, *texts)


def _resident(root: int) -> int:
    """Resident bytes of a process and all below it; what ends while we look counts nothing."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(root)
        for member in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                total += member.memory_info().rss
    return total


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nothing listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def seconds_until_page(command: Sequence[str | Path], url: str, environment: Mapping[str, str], directory: Path) -> float:
    """Start a server, wait until `url` answers with status 200, end the server. Seconds from start to answer. Raises as `serving`."""
    with serving(command, url, environment, directory) as seconds:
        return seconds


@contextlib.contextmanager
def serving(command: Sequence[str | Path], url: str, environment: Mapping[str, str], directory: Path) -> Iterator[float]:
    """A server that runs while the `with` block does, from when `url` answers with status 200; the seconds until then.

    Raises:
        MeasurementFailed: it ended by itself, or did not answer within two minutes.
    """
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=errors, stdin=subprocess.DEVNULL, env=dict(environment), cwd=directory
        )
        try:
            while not _answers(url):
                seconds = time.perf_counter() - started
                if process.poll() is not None:
                    errors.seek(0)
                    words = errors.read().decode("utf-8", "replace").strip().splitlines() or ["without a word"]
                    raise MeasurementFailed(
                        detail=f"the server ended after {seconds:.1f} s with status {process.returncode}: {words[-1]}"
                    )
                if seconds > _PAGE_LIMIT_S:
                    raise MeasurementFailed(detail=f"{url} did not answer within {_PAGE_LIMIT_S:.0f} s")
                time.sleep(_LOOK_S)
            yield time.perf_counter() - started
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine itself, whatever proxy is set
    try:
        with opener.open(url, timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False
