"""Damage is told with the way out: in the catalog, in the index, between embedder and library, and where the catalog is missing."""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.health import doctor
from core.errors import EmbedderMismatch, IndexUnusable, LibraryDamaged, LibraryTooNew, LibraryUnwritable
from core.settings import Settings
from rag.events import Failed
from rag.models.scripted import ScriptedModel
from rag.pipeline import AnswerPipeline
from store.library import Library
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder

PAGE = 4096


@pytest.fixture
def filled(settings: Settings) -> Path:
    """The directory of a closed library with a few documents."""
    with Library.open(settings.library, HashEmbedder()) as library:
        for number in range(40):
            put(library, f"{number}.txt", f"Alpha beta gamma number {number}. " * 30)
    return settings.library


def damage(directory: Path) -> None:
    """Overwrite the database pages that hold rows of documents, chunks and pages of text, but not those that opening needs."""
    path = directory / "catalog.sqlite3"
    db = sqlite3.connect(path)
    roots = db.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name IN ('documents', 'chunks', 'pages')").fetchall()
    db.close()
    data = bytearray(path.read_bytes())
    for (root,) in roots:
        data[PAGE * (root - 1) : PAGE * root] = b"\xa5" * PAGE
    path.write_bytes(data)


READS: list[Callable[[Library], object]] = [
    lambda library: library.sources(NOTEBOOK),
    lambda library: library.lexical.search(NOTEBOOK, "alpha", 5, None),
    lambda library: library.catalog.chunks.of_notebook(NOTEBOOK),
    lambda library: library.hits(range(1, 41)),
    lambda library: library.catalog.connections.rows("SELECT * FROM pages"),
]


def test_damaged_pages_are_told_by_every_reading(filled: Path) -> None:
    damage(filled)
    told = 0
    with Library.open(filled, HashEmbedder()) as library:
        for read in READS:
            try:
                read(library)
            except LibraryDamaged as error:
                told += 1
                assert "python -m rag restore FILE" in str(error)
    assert told > 1


def test_an_answer_over_damaged_pages_fails_in_words(filled: Path, settings: Settings) -> None:
    damage(filled)
    with Library.open(filled, HashEmbedder()) as library:
        pipeline = AnswerPipeline(library, settings)
        last = list(pipeline.stream("alpha beta gamma number", model=ScriptedModel([]), notebook=NOTEBOOK))[-1]
    assert isinstance(last, Failed)
    assert isinstance(last.error, LibraryDamaged)


def test_a_write_into_damaged_pages_is_told(filled: Path) -> None:
    damage(filled)
    with Library.open(filled, HashEmbedder()) as library, pytest.raises(LibraryDamaged):
        library.catalog.documents.delete(1)


@pytest.mark.parametrize(
    ("column", "table", "value"),
    [("languages", "versions", "["), ("textless", "versions", "no"), ("name", "documents", b"\xff\xfe")],
)
def test_values_that_cannot_be_read_are_damage(filled: Path, column: str, table: str, value: object) -> None:
    db = sqlite3.connect(filled / "catalog.sqlite3")
    db.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE id = 3", (value,))
    db.commit()
    db.close()
    with Library.open(filled, HashEmbedder()) as library, pytest.raises(LibraryDamaged):
        library.sources(NOTEBOOK)


def test_a_failed_opening_closes_its_connections(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def watched(*args: object, **kwargs: object) -> sqlite3.Connection:
        opened.append(connect(*args, **kwargs))  # type: ignore[call-overload]
        return opened[-1]

    monkeypatch.setattr("store.catalog.connection.sqlite3.connect", watched)
    with pytest.raises(EmbedderMismatch):
        Library.open(filled, HashEmbedder("other"))
    with contextlib.closing(sqlite3.connect(filled / "catalog.sqlite3")) as db, db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryTooNew):
        Library.open(filled, HashEmbedder())
    (filled / "catalog.sqlite3").write_bytes(b"no database " * 1000)
    with pytest.raises(LibraryDamaged):
        Library.open(filled, HashEmbedder())
    assert len(opened) >= 3
    for one in opened:
        if one is not db:
            with pytest.raises(sqlite3.ProgrammingError, match="closed"):
                one.execute("SELECT 1")
    db.close()


# Vectors


class Wider(HashEmbedder):
    """An embedder of the same name that gives vectors of another size, as a model that was replaced on a server does."""

    def _encode(self, texts: list[str]) -> np.ndarray:
        return np.repeat(super()._encode(texts), 2, axis=1)


def test_vectors_of_another_size_are_told_with_the_way_out(filled: Path) -> None:
    with Library.open(filled, Wider()) as library:
        library.warm()
        for call in (
            lambda: library.question("alpha", ("en",)),
            lambda: library.passage_vectors(["alpha"], "en"),
            lambda: put(library, "new.txt", "Words that are new."),
        ):
            with pytest.raises(EmbedderMismatch, match=r"64 numbers.*128 numbers.*--re-embed"):
                call()
    with Library.open(filled, Wider(), check_embedder=False) as library:
        assert library.re_embed()
        assert len(library.search_dense(NOTEBOOK, library.question("alpha", ("en",)), 5, None)) == 5


def test_a_stored_vector_of_the_wrong_size_is_damage(filled: Path) -> None:
    with Library.open(filled, HashEmbedder()) as library:
        with library.catalog.connections.transaction() as db:
            db.execute("UPDATE vectors SET vector = x'00112233'")
        with pytest.raises(LibraryDamaged, match="wrong size"):
            library.nearness(library.question("alpha", ("en",)), [1, 2])


# Chroma


def test_what_chroma_reports_is_told(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    from chromadb.api.models.Collection import Collection
    from chromadb.errors import InternalError

    put(library, "a.txt", "Alpha beta.")

    def full(*_: object, **__: object) -> None:
        raise InternalError("database or disk is full")

    monkeypatch.setattr(Collection, "upsert", full)
    with pytest.raises(IndexUnusable, match="disk is full"):
        put(library, "b.txt", "Gamma delta.")
    monkeypatch.undo()
    assert [source.name for source in library.sources(NOTEBOOK)] == ["a.txt", "b.txt"]
    put(library, "c.txt", "Epsilon.")
    assert library.health().level, "what was not told then is told with the next"


def test_a_missing_catalog_is_told(filled: Path) -> None:
    for file in filled.glob("catalog.sqlite3*"):
        file.unlink()
    for _ in range(2):
        with Library.open(filled, HashEmbedder()) as library:
            health = library.health()
            assert (health.sources, health.stray, health.lost) == (0, 40, True)


def test_doctor_tells_of_an_index_without_its_catalog(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in filled.glob("catalog.sqlite3*"):
        file.unlink()
    monkeypatch.setattr("store.embedding.embedder.open_embedder", lambda settings: HashEmbedder())
    monkeypatch.setattr("rag.models.listing.list_models", lambda settings: [])
    monkeypatch.setattr("cli.health.ollama_trouble", lambda settings: None)
    assert doctor(argparse.Namespace(settings=False, json=False, repair=False), Settings(library=filled)) == 1
    told = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL catalog"))
    assert str(filled) in told
    assert "40" in told


def test_a_library_in_order_has_lost_nothing(filled: Path) -> None:
    with Library.open(filled, HashEmbedder()) as library:
        library.catalog.notebooks.delete(NOTEBOOK)
        library.purge(older_than_s=0)
        assert not library.health().lost


# Disk


def test_a_full_disk_is_told(library: Library) -> None:
    pages = library.catalog.connections.rows("PRAGMA page_count")[0][0]
    with library.catalog.connections.setup() as db:
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryUnwritable, match="full"):
        put(library, "a.txt", *(f"Words on page {number}. " * 200 for number in range(40)))
    assert library.sources(NOTEBOOK) == []
