"""The scripted server of the tests, which speaks Ollama's wire and answers at once, as a process of its own under measurements."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.errors import MeasurementFailed
from core.settings import ROOT

# A server that has not started, or seen a connection close, after so many seconds never will.
LIMIT_S = 10.0


def server_missing(root: Path) -> str:
    """Why there is no scripted server in a checkout, as in one without tests; empty where there is one."""
    return "" if (root / "tests" / "servers" / "ollama.py").is_file() else f"There is no tests/servers/ollama.py in {root}."


@contextlib.contextmanager
def scripted_server() -> Iterator[tuple[str, queue.SimpleQueue[str]]]:
    """The scripted server's address, and the lines that it says. It ends with its standard input, so that it never outlives us."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.ollama"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    hearing = threading.Thread(target=_hear, args=(process.stdout, lines), daemon=True)
    hearing.start()
    try:
        try:
            url = lines.get(timeout=LIMIT_S)
        except queue.Empty:
            raise MeasurementFailed(detail="the scripted server did not start") from None
        yield url, lines
    finally:
        process.stdin.close()
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        hearing.join(LIMIT_S)
        process.stdout.close()


def _hear(stream: IO[str], lines: queue.SimpleQueue[str]) -> None:
    for line in stream:
        lines.put(line.strip())
