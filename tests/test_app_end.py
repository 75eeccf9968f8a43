"""The app ends within seconds of SIGTERM, with status 0, whatever runs."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.servers.ollama import OllamaServer
from tests.serving import free_port, program

pytestmark = pytest.mark.slow
# Seconds from the signal to the end that are promised, and what a busy machine may add.
_PROMISED_S, _BUSY_S = 5.0, 2.0


class _App:
    """The app in a process of its own."""

    def __init__(self, process: subprocess.Popen[bytes], address: str, library: Path, log: Path) -> None:
        self.process = process
        self.address = address
        self.library = library
        self.log = log

    def post(self, path: str, body: object) -> bytes:
        """What the page answers to a program."""
        head = {"content-type": "application/json", **program(self.library)}
        return self._open(urllib.request.Request(self.address + path, json.dumps(body).encode(), head)).read()

    def stream(self, path: str) -> Iterator[bytes]:
        """The lines of an answer of the page."""
        yield from self._open(urllib.request.Request(self.address + path, headers=program(self.library)))

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        reply: http.client.HTTPResponse = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60)
        return reply

    def ends(self) -> None:
        """Send SIGTERM; fails where it ends too late or with another status than 0."""
        self.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert self.process.wait(timeout=_PROMISED_S + _BUSY_S) == 0
        print(f"ended {time.monotonic() - began:.1f} s after the signal")


@contextmanager
def started(directory: Path, **settings: str) -> Iterator[_App]:
    """The app, once it says that it listens."""
    port = free_port()
    chosen = {"library": str(directory / "library"), "port": str(port), "ollama_url": "http://127.0.0.1:9", **settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAEDAMA_")}
    environment |= {f"KAEDAMA_{name.upper()}": value for name, value in chosen.items()}
    log = directory / "log"
    with log.open("wb") as stderr, subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stderr=stderr) as app:
        try:
            _until(lambda: "Kaedama is at" in log.read_text() or app.poll() is not None)
            assert app.poll() is None, log.read_text()
            yield _App(app, f"http://127.0.0.1:{port}", directory / "library", log)
        finally:
            app.kill()


def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.02)


def test_it_ends_while_an_answer_is_streamed(tmp_path: Path) -> None:
    with (
        OllamaServer({"slow": ["completion"]}) as ollama,
        started(tmp_path, ollama_url=ollama.url, model="ollama:slow") as app,
    ):
        event = json.loads(app.post("/gradio_api/call/ask", {"data": ["How many tokens does EmbeddingGemma read?", "", False]}))[
            "event_id"
        ]
        lines = app.stream(f"/gradio_api/call/ask/{event}")
        _until(lambda: b'"piece"' in next(lines))
        app.ends()


def test_it_ends_while_documents_are_read_and_models_are_loaded(tmp_path: Path) -> None:
    with started(tmp_path) as app:
        app.ends()


def test_it_ends_while_a_question_waits_for_its_model(tmp_path: Path) -> None:
    with started(tmp_path) as app:
        app.post("/gradio_api/call/ask", {"data": ["How many tokens does EmbeddingGemma read?", "", False]})
        app.ends()
