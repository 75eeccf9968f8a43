"""SIGTERM ends a command in one sentence, and in time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.settings import ROOT
from store.library import Library
from tests.commands import command, environment
from tests.doubles import HashEmbedder
from tests.pdfs import pdf
from tests.pictures import drawn, needs_tesseract
from tests.test_kill import over

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that could be handled")
STOPPED = "Stopped. What was finished is kept.\n"
# A command that goes on whatever is raised in it.
STUBBORN = """
import sys, time
from core.command import guarded
def main():
    print("begun", flush=True)
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass
sys.exit(guarded(main))
"""


# `python -m ingest` with an instant embedder.
INGEST = """
import sys
import store.embedding.embedder
from tests.doubles import HashEmbedder
store.embedding.embedder.open_embedder = lambda settings: HashEmbedder(settings.embedder)
from cli.ingest import main
from core.command import guarded
sys.exit(guarded(main))
"""
# Until what a test waits for is given up, in seconds.
PATIENCE_S = 60.0
Process = subprocess.Popen[str]


def test_a_command_that_hangs_ends_all_the_same() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.communicate()[1] == STOPPED
    assert process.returncode == 143


def started(library: Path, words: list[str]) -> Process:
    """A command over a library."""
    return subprocess.Popen(
        words, cwd=ROOT, env=environment(library), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def ingest(library: Path, *words: str | Path) -> Process:
    """`python -m ingest --json`, after it has put its first document into the library."""
    process = started(library, [sys.executable, "-c", INGEST, *map(str, words), "--json"])
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["event"] != "source":
        pass
    return process


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def check_end(process: Process, said: str = STOPPED) -> None:
    """Assert that SIGTERM ends a process in one sentence with all that it started."""
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.communicate()[1] == said
    assert process.returncode == 143
    until(lambda: all(map(over, family)))


def check_library(library: Path, names: set[str]) -> None:
    """Assert that a library has these documents and that nothing in it is wrong."""
    with Library.open(library, HashEmbedder("bundled")) as opened:
        opened.warm()
        assert {source.name for source in opened.sources(1)} == names
        assert [finding for finding in opened.examination().run() if not finding.ok] == []


def note(folder: Path) -> Path:
    """A text that is read at once."""
    path = folder / "a.txt"
    path.write_text("The broth needs four hours.", "utf-8")
    return path


def test_while_a_document_is_read(tmp_path: Path) -> None:
    slow = tmp_path / "slow.pdf"
    slow.write_bytes(pdf(*("word " * 200 for _ in range(4_000))))
    process = ingest(tmp_path / "library", note(tmp_path), slow)
    assert psutil.Process(process.pid).children(), "it is read by a process of its own"
    check_end(process)
    check_library(tmp_path / "library", {"a.txt"})


@needs_tesseract
def test_while_a_scan_is_recognised(tmp_path: Path) -> None:
    page = drawn("The broth simmers for twelve hours. " * 3, size=60)
    page.save(tmp_path / "scan.tif", save_all=True, append_images=[page] * 20)
    process = ingest(tmp_path / "library", note(tmp_path), tmp_path / "scan.tif")

    def recognises() -> bool:
        return any("tesseract" in child.name() for child in psutil.Process(process.pid).children(recursive=True))

    until(recognises)
    check_end(process)
    check_library(tmp_path / "library", {"a.txt"})


def test_while_it_watches(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    note(folder)
    process = ingest(tmp_path / "library", "--sync", folder, "--watch")
    assert process.stderr is not None
    assert process.stderr.readline() == "Watching. Ctrl+C ends it.\n"
    check_end(process)
    check_library(tmp_path / "library", {"a.txt"})


def test_amid_a_backup(tmp_path: Path) -> None:
    library, target = tmp_path / "library", tmp_path / "backups" / "b.zip"
    target.parent.mkdir()
    assert ingest(library, note(tmp_path)).communicate()[1] == ""
    (original,) = (library / "files").glob("??/*")
    data = original.read_bytes()
    original.unlink()
    os.mkfifo(original)  # a file that is never read to its end
    process = started(library, command("rag", "backup", target))
    with original.open("wb") as writer:  # waits until it is being read
        writer.write(b"The")
        writer.flush()
        assert list(target.parent.iterdir()) != []
        check_end(process)
    assert list(target.parent.iterdir()) == []
    original.unlink()
    original.write_bytes(data)
    check_library(library, {"a.txt"})
