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
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from core.settings import ROOT
from ui.shell.keys import TOKEN_FILE
from ui.shell.server import url


def free_port() -> int:
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
    if not threads or sys.platform != "linux" or ctypes.CDLL(None).tgkill(pid, threads[0], signal.SIGTERM) != 0:
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + _SIGNALLING_S
    while time.monotonic() < until:
        os.kill(pid, signal.SIGTERM)
        time.sleep(_PAUSE_S)


@contextlib.contextmanager
def served(
    library: Path, *, port: int = 0, host: str = "127.0.0.1", environ: Mapping[str, str] | None = None, **settings: str
) -> Iterator[str]:
    """The app over a library with these settings (`model="x"` is KAEDAMA_MODEL) and these further variables, as its address.

    Its start and its end are tested on the way: it answers, and SIGTERM closes it with status 0. Whatever hangs ends with the test's own limit.
    """
    port = port or free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAEDAMA_")}
    chosen = {"library": str(library), "port": str(port), "host": host, "ollama_url": "http://127.0.0.1:9", **settings}
    environment |= {f"KAEDAMA_{name.upper()}": value for name, value in chosen.items()}
    environment |= environ or {}
    address = url(host, port) + "/"
    # Asked without a proxy, whatever the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    app = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    try:
        while True:
            with contextlib.suppress(OSError), opener.open(address, timeout=2) as reply:
                assert reply.status == 200
                break
            assert app.poll() is None
            time.sleep(0.1)
        yield address
        terminate(app.pid)
        assert app.wait() == 0
    finally:
        app.kill()
        app.wait()


def program(library: Path) -> dict[str, str]:
    """The headers with which a program may ask the app over this library."""
    return {"Authorization": f"Bearer {(library / TOKEN_FILE).read_text()}"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library of the app at `address`."""
    return tmp_path_factory.mktemp("library")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The address of an app with a library of its own and the embedded model only."""
    with served(home) as found:
        yield found
