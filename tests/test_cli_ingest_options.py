"""Options of `python -m ingest`: watching, passwords, encodings, the bar on a terminal, and what is said of files of the same bytes."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest

from cli.progress import Bar, Lines, left_in_words, shown
from core.settings import ROOT
from ingest.events import Done, Found, Reading, SourceDone, Status, Working
from tests.commands import command, environment, run_here
from tests.doubles import HashEmbedder
from tests.pdfs import encrypted, pdf


@pytest.fixture(autouse=True)
def _instant_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.embedding.embedder.open_embedder", lambda _: HashEmbedder("bundled"))


def next_event(output: IO[str]) -> tuple[str, str]:
    """Name and status of the next file in JSON lines; lines of other events are passed over."""
    while True:
        line = json.loads(output.readline())
        if line["event"] in ("source", "removed"):
            return line["name"], line.get("status", "removed")


# Watching


def test_what_changes_in_a_folder_is_read_until_an_interrupt(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text("The broth needs four hours.", "utf-8")
    process = subprocess.Popen(
        command("ingest", "--sync", folder, "--watch", "--json"),
        cwd=ROOT, env=environment(tmp_path / "library"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        assert next_event(process.stdout) == ("a.txt", "added")
        assert process.stderr.readline() == "Watching. Ctrl+C ends it.\n"
        (folder / "b.txt").write_text("The noodles are cut by hand.", "utf-8")
        assert next_event(process.stdout) == ("b.txt", "added")
        (folder / "a.txt").write_text("The broth needs five hours.", "utf-8")
        assert next_event(process.stdout) == ("a.txt", "updated")
        (folder / "b.txt").unlink()
        assert next_event(process.stdout) == ("b.txt", "removed")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, "Stopped. What was finished is kept.\n")
    finally:
        process.kill()
        process.wait()


def test_a_path_that_is_not_there_is_told_and_not_watched(tmp_path: Path) -> None:
    ran = run_here(environment(tmp_path / "library"), "ingest", tmp_path / "gone.txt", "--watch")
    assert ran.status == 1
    assert ran.out.splitlines()[0] == f"failed     {tmp_path / 'gone.txt'} does not exist. Check the path."
    assert "Watching" not in ran.err


# What a person gives for a file


@pytest.mark.parametrize(("given", "status"), [("tonkotsu\n", "added"), ("shoyu\n", "failed")])
def test_the_password_is_a_line_of_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, status: str) -> None:
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(encrypted(pdf("Words behind a lock."), "tonkotsu"))
    env = environment(tmp_path / "library")
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    ran = run_here(env, "ingest", locked, "--password", "--json")
    assert ran.lines[0]["status"] == status
    if status == "failed":
        assert "password" in ran.lines[0]["error"]
    else:
        assert run_here(env, "ingest", "passages", "--json").lines[0]["text"] == "Words behind a lock."
    kept = [path for path in (tmp_path / "library").rglob("*") if path.is_file() and given.strip().encode() in path.read_bytes()]
    assert kept == []


def test_the_encoding_that_is_named_counts_and_one_that_there_is_not_is_told(tmp_path: Path) -> None:
    text = tmp_path / "a.txt"
    text.write_bytes("Бульон варится двенадцать часов.".encode("koi8_r"))
    env = environment(tmp_path / "library")
    assert run_here(env, "ingest", text, "--encoding", "koi8_r").status == 0
    assert run_here(env, "ingest", "passages", "--json").lines[0]["text"] == "Бульон варится двенадцать часов."
    wrong = run_here(env, "ingest", text, "--encoding", "koi9", "--again", "--json")
    assert wrong.status == 1
    assert wrong.lines[0]["error"] == (
        "a.txt was not read: there is no character encoding called “koi9”. Name one such as utf-8, cp932, euc_jp or cp1252."
    )


# What is said of files


def test_files_of_the_same_bytes_are_told_by_their_own_names_and_a_false_name_in_words(tmp_path: Path) -> None:
    for name in ("first.txt", "second.txt", "third.txt"):
        (tmp_path / name).write_text("The same words in each.", "utf-8")
    (tmp_path / "shown.pdf").write_bytes(b"PK\x03\x04" + bytes(40))
    (tmp_path / "told.txt").write_bytes(pdf("Words"))
    ran = run_here(environment(tmp_path / "library"), "ingest", tmp_path, "--json")
    told = {line["file"]: line for line in ran.lines if line["event"] == "source"}
    assert [(told[name]["name"], told[name]["status"]) for name in ("first.txt", "second.txt", "third.txt")] == [
        ("first.txt", "added"), ("first.txt", "copy"), ("first.txt", "copy"),
    ]  # fmt: skip
    assert told["told.txt"]["error"].startswith("told.txt is named like plain text but its content is a PDF.")
    assert told["shown.pdf"]["error"].startswith("shown.pdf is named like a PDF but its content is a ZIP archive.")
    assert not any("application/" in line["error"] for line in told.values() if line["error"])


# The bar


class Terminal(io.StringIO):
    """Standard error as a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_a_terminal_gets_a_bar_with_speed_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    bar = shown(as_json=False)
    assert isinstance(bar, Bar)
    with bar:
        now = time.monotonic()
        bar.show(Found(4))
        bar.show(Reading("[red]a.pdf", 1, 4))
        bar.show(Working("[red]a.pdf", 10, 20, pages=60, number=1, media_type="application/pdf"))
        monkeypatch.setattr(time, "monotonic", lambda: now + 10)
        bar.show(SourceDone("b.pdf", Status.ADDED, 30, 5, 9.0, file="b.pdf", number=2, media_type="application/pdf"))
        bar._progress.refresh()
        bar.show(Done(added=1, unchanged=0, updated=0, failed=0))
    drawn = terminal.getvalue()
    assert "[red]a.pdf" in drawn
    assert "1/4" in drawn
    assert "6 pages/s, 17 s left" in drawn  # 30 and half of 60 pages in 10 s; 1.5 of 4 files done


def test_what_is_no_terminal_gets_lines_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(shown(as_json=False)) is Lines


@pytest.mark.parametrize(("seconds", "words"), [(3.2, "3 s"), (89, "89 s"), (600, "10 min"), (9_000, "2.5 h")])
def test_time_that_is_left_in_words(seconds: float, words: str) -> None:
    assert left_in_words(seconds) == words
