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
from pathlib import Path

import psutil
import pytest

from core.settings import ROOT


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# How long signals are sent, and the pause between two, in seconds: a terminal sends one to make and to the app, and make passes its own on.
_SIGNALLING_S = 0.02
_PAUSE_S = 0.001


def terminate(pid: int) -> None:
    """Send SIGTERM as it can come: on Linux to a thread other than the main one, which wakes nobody; then again and again, so that one
    may arrive while another is being handled."""
    threads = [thread.id for thread in psutil.Process(pid).threads() if thread.id != pid]
    if sys.platform != "linux" or ctypes.CDLL(None).tgkill(pid, threads[0], signal.SIGTERM) != 0:
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + _SIGNALLING_S
    while time.monotonic() < until:
        os.kill(pid, signal.SIGTERM)
        time.sleep(_PAUSE_S)


@contextlib.contextmanager
def served(library: Path, **settings: str) -> Iterator[str]:
    """The app over a library with these settings (`model="x"` is KAEDAMA_MODEL), as its address.

    Its start and its end are tested on the way: up within seconds, closed by SIGTERM with status 0.
    """
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAEDAMA_")}
    chosen = {"library": str(library), "port": str(port), "ollama_url": "http://127.0.0.1:9", **settings}
    environment |= {f"KAEDAMA_{name.upper()}": value for name, value in chosen.items()}
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


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with a library of its own and the embedded model only."""
    with served(tmp_path_factory.mktemp("library")) as url:
        yield url
