"""A library on a disk that cannot be written ends every command, and the start of the page, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import LibraryUnwritable
from core.settings import Settings
from service.app import Application
from store.backup import backup
from store.library import Library
from store.restoring import restore
from tests.commands import environment, run_here
from tests.conftest import put
from tests.disks import mounted
from tests.doubles import HashEmbedder

SIZE = 8_000_000


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A library with one document on a disk that has become read-only."""
    monkeypatch.setattr("store.embedding.embedder.open_embedder", lambda settings: HashEmbedder(settings.embedder))
    monkeypatch.setattr("service.app.open_embedder", lambda settings: HashEmbedder(settings.embedder))
    with mounted(tmp_path / "disk", size=SIZE) as disk:
        directory = disk.path / "library"
        with Library.open(directory, HashEmbedder("bundled")) as opened:
            put(opened, "a.txt", "The broth needs four hours.")
        disk.protect()
        yield directory


def told(library: Path) -> str:
    """What everybody is told."""
    return f"The library {library} cannot be written (Read-only file system). Check its permissions and the free space, or choose another."


def test_commands_end_in_one_sentence(tmp_path: Path, library: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_text("The noodles are cut by hand.", "utf-8")
    for module, *words in (
        ("ingest", path), ("ingest", "--delete", "a.txt"), ("ingest", "--re-embed"), ("ingest", "report"),
        ("rag", "search", "broth"), ("rag", "ask", "How long does the broth need?"), ("rag", "history"),
    ):  # fmt: skip
        ran = run_here(environment(library), module, *words)
        assert (ran.status, ran.out, ran.err) == (1, "", told(library) + "\n"), words


def test_doctor_tells_it_as_its_finding(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.listing.list_models", lambda settings: [])
    monkeypatch.setattr("cli.health.ollama_trouble", lambda settings: None)
    ran = run_here(environment(library), "rag", "doctor")
    assert (ran.status, ran.out, ran.err) == (1, f"FAIL library: {told(library)}\n", "")


def test_the_page_does_not_start(library: Path) -> None:
    with pytest.raises(LibraryUnwritable) as error:
        Application.open(Settings(library=library))
    assert str(error.value) == told(library)


def test_a_backup_can_be_made_of_it(library: Path, tmp_path: Path) -> None:
    made = backup(library, tmp_path / "b.zip")
    assert (made.documents, made.missing) == (1, 0)
    restore(made.path, tmp_path / "restored", replace=False)
    with Library.open(tmp_path / "restored", HashEmbedder("bundled")) as opened:
        assert [source.name for source in opened.sources(1)] == ["a.txt"]
