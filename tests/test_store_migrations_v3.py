"""A library of version 3 opens with today's code: nothing is lost, it is searched, and an examination finds nothing wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from core.settings import ROOT, Settings
from service.conversations import Conversations
from store.catalog import STEPS
from store.embedding.embedder import open_embedder
from store.library import Library
from tests.doubles import HashEmbedder
from tests.migrating import assert_searched, unpacked

ARCHIVE = ROOT / "tests" / "data" / "library_v3.tar.gz"
OTHER = "料理 y cocina"
# The version of prices.txt that was read first.
FIRST = 2
# Columns of version 3 that later versions keep, by table and with the columns that name a row.
KEPT = {
    "notebooks": "id, name, collection, created, deleted",
    "documents": "id, notebook, name, version",
    "versions": "id, document, title, sha256, media_type, size, page_count, chunk_count, characters, languages, textless, added, "
    "superseded, original",
    "pages": "version, number, label, text, lines, width, height",
    "chunks": 'id, document, version, notebook, page, start, "end", language, heading, content',
    "vectors": "content, embedder, vector",
    "conversations": "id, notebook, title, created, updated, head, deleted",
    "turns": "id, conversation, parent, question, model, scope, asked, saved, answer, words",
    "feedback": "turn, thumb, reason, given",
    "votes": "id, notebook, question, answers, winner, blind, added",
    "embedder": "signature, dimension, query_prompt, passage_prompt, means",
}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A library of version 3 (tests/data/README.md)."""
    return unpacked(ARCHIVE, tmp_path)


def rows(directory: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that has to stay, by table."""
    db = sqlite3.connect(directory / "catalog.sqlite3")
    found = {table: db.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall() for table, columns in KEPT.items()}
    db.close()
    return found


def test_everything_is_there_after_the_migration(old: Path) -> None:
    before = rows(old)
    assert {table: len(found) for table, found in before.items()} == {
        "notebooks": 2, "documents": 6, "versions": 7, "pages": 9, "chunks": 7, "vectors": 6, "conversations": 2, "turns": 3,
        "feedback": 1, "votes": 2, "embedder": 1,
    }  # fmt: skip
    with Library.open(old, HashEmbedder("bundled")) as library:
        assert [(notebook.name, notebook.documents) for notebook in library.catalog.notebooks.all()] == [("default", 4), (OTHER, 2)]
        default, other = (notebook.id for notebook in library.catalog.notebooks.all())
        assert {source.name for source in library.sources(default)} == {"broth.md", "prices.txt", "tienda.txt", "menu.pdf"}
        for source in (*library.sources(default), *library.sources(other)):
            page = library.page(source.id, 1)
            assert page is not None
            assert library.original(source.id).path.is_file()
        talk = Conversations(library)
        (about,) = talk.all(default)
        assert [turn.answer.text for turn in talk.get(about.id).turns] == ["A bowl costs 9.00 euros.", "It costs 1.20 euros."]
        (cited,) = [source for source in library.sources(default) if source.name == "prices.txt"]
        first = library.page(cited.id, 1, version=FIRST)
        assert first is not None
        assert "winter 2025" in first.text
        examination = library.examination()
        findings = list(examination.run())
        assert all(finding.ok for finding in findings), [finding.sentence("en") for finding in findings]
    assert rows(old) == before
    db = sqlite3.connect(old / "catalog.sqlite3")
    assert db.execute("PRAGMA user_version").fetchall() == [(len(STEPS),)]
    db.close()


@pytest.mark.slow
def test_both_searches_go_on_without_embedding_a_passage_again(old: Path, models: Path) -> None:
    with Library.open(old, open_embedder(Settings(models=models))) as library:
        assert library.health().level
        assert_searched(library)
        findings = list(library.examination().run())
        assert all(finding.ok for finding in findings), [finding.sentence("en") for finding in findings]
