"""The app as a process of its own: the fixture that tests of page and API share."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from core.settings import ROOT


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def terminate(pid: int) -> None:
    """Send SIGTERM, on Linux to a thread other than the main one: the system may pick any, and Python's handler wakes nobody then."""
    threads = [thread.id for thread in psutil.Process(pid).threads() if thread.id != pid]
    if sys.platform != "linux" or ctypes.CDLL(None).tgkill(pid, threads[0], signal.SIGTERM) != 0:
        os.kill(pid, signal.SIGTERM)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app's address; its start and its end are tested on the way: up within seconds, closed by SIGTERM with status 0."""
    port = _free_port()
    library = tmp_path_factory.mktemp("library")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAEDAMA_")}
    environment |= {"KAEDAMA_LIBRARY": str(library), "KAEDAMA_PORT": str(port), "KAEDAMA_OLLAMA_URL": "http://127.0.0.1:9"}
    app = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    try:
        began = time.monotonic()
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as reply:
                assert reply.status == 200
                break
            assert app.poll() is None
            assert time.monotonic() - began < 30
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
        terminate(app.pid)
        assert app.wait(timeout=30) == 0
    finally:
        app.kill()
        app.wait()
