"""A library of version 2 opens, is migrated, and loses nothing."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import LibraryUnwritable
from core.settings import ROOT, Settings
from store.catalog import STEPS, Catalog
from store.embedding.embedder import Embedder, open_embedder
from store.library import Library
from tests.doubles import HashEmbedder
from tests.migrating import assert_searched, open_counted, unpacked

ARCHIVE = ROOT / "tests" / "data" / "library_v2.tar.gz"
OTHER = "料理 y cocina"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A library of version 2 (tests/data/README.md)."""
    return unpacked(ARCHIVE, tmp_path)


def unread(_: Path) -> Embedder:
    """An embedder of the signature in that library, which must not be needed."""
    return HashEmbedder("bundled")


def all_rows(directory: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of the catalog, read beside the library's own code."""
    db = sqlite3.connect(directory / "catalog.sqlite3")
    found = db.execute(sql).fetchall()
    db.close()
    return found


def test_everything_is_there_after_the_migration(old: Path) -> None:
    pages = all_rows(old, "SELECT source, number, label, text, lines, width, height FROM pages ORDER BY 1, 2")
    sources = all_rows(old, "SELECT id, name, title, sha256, media_type, size, page_count, added FROM sources ORDER BY id")
    chunks = all_rows(old, 'SELECT id, source, page, start, "end", language, heading, content FROM chunks ORDER BY id')
    vectors = all_rows(old, "SELECT * FROM vectors ORDER BY 1")
    assert (len(sources), len(pages), len(chunks)) == (6, 8, 7)
    with Library.open(old, unread(old)) as library:
        assert [(notebook.name, notebook.documents) for notebook in library.catalog.notebooks.all()] == [("default", 4), (OTHER, 2)]
        listed = [source for notebook in library.catalog.notebooks.all() for source in library.sources(notebook.id)]
        kept = sorted((s.id, s.name, s.title, s.sha256, s.media_type, s.size, s.pages, s.added) for s in listed)
        assert kept == sources
        votes = library.catalog.votes.all()
        assert [(vote.question, vote.winner, vote.blind, vote.added) for vote in votes] == [
            ("What does a bowl cost?", "embedded", True, 1764200000.0),
            ("替え玉はいくらですか。", "", False, 1764200001.5),
        ]
        assert [library.catalog.notebooks.get(vote.notebook).name for vote in votes] == ["default", OTHER]
        assert [source.textless for source in listed if source.name == "menu.pdf"] == [(2,)]
        assert {source.name: source.languages for source in listed}["替え玉.md"] == ("ja",)
        assert all(source.chunks > 0 for source in listed)
        findings = list(library.examination().run())
        assert all(finding.ok for finding in findings), [finding.sentence("en") for finding in findings]
    assert all_rows(old, "SELECT version, number, label, text, lines, width, height FROM pages ORDER BY 1, 2") == pages
    assert all_rows(old, 'SELECT id, document, page, start, "end", language, heading, content FROM chunks ORDER BY id') == chunks
    assert all_rows(old, "SELECT * FROM vectors ORDER BY 1") == vectors
    assert all_rows(old, "PRAGMA user_version") == [(len(STEPS),)]
    assert all_rows(old, "PRAGMA integrity_check") == [("ok",)]
    assert all_rows(old, "PRAGMA foreign_key_check") == []


def test_numbers_of_what_was_deleted_are_not_given_again(old: Path) -> None:
    db = sqlite3.connect(old / "catalog.sqlite3", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("DELETE FROM sources WHERE id = (SELECT max(id) FROM sources)")
    db.close()
    before = {row[0]: row[1] for row in all_rows(old, "SELECT name, seq FROM sqlite_sequence")}
    Catalog(old).close()
    after = {row[0]: row[1] for row in all_rows(old, "SELECT name, seq FROM sqlite_sequence")}
    assert after["documents"] == after["versions"] == before["sources"]
    assert after["chunks"] == before["chunks"]


@pytest.mark.slow
def test_both_searches_go_on_without_embedding_a_passage_again(old: Path, models: Path) -> None:
    embedder = open_embedder(Settings(models=models))
    with Library.open(old, embedder) as library:
        assert library.health().level
        assert_searched(library)


def test_what_the_dense_index_had_not_been_told_is_told_after_the_migration(old: Path) -> None:
    db = sqlite3.connect(old / "catalog.sqlite3", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("INSERT INTO pending (chunk, notebook, action) SELECT id, notebook, 'delete' FROM chunks WHERE source = 1")
    db.execute("DELETE FROM lexical WHERE rowid IN (SELECT id FROM chunks WHERE source = 1)")
    db.execute("DELETE FROM sources WHERE id = 1")
    db.close()
    catalog = Catalog(old)
    assert {(one.collection, one.action) for one in catalog.chunks.pending()} == {("default", "delete")}
    assert catalog.chunks.count() == catalog.chunks.lexical_count()
    catalog.close()


def test_a_migration_that_fails_leaves_version_2_whole(old: Path) -> None:
    db = sqlite3.connect(old / "catalog.sqlite3", isolation_level=None)
    db.execute("CREATE TABLE feedback (in_the_way)")  # the last table that the step makes
    before = db.execute("SELECT name, sql FROM sqlite_master ORDER BY 1").fetchall()
    db.close()
    with pytest.raises(sqlite3.OperationalError, match="feedback already exists"):
        Catalog(old)
    assert all_rows(old, "PRAGMA user_version") == [(2,)]
    assert all_rows(old, "SELECT name, sql FROM sqlite_master ORDER BY 1") == before
    assert all_rows(old, "SELECT count(*) FROM sources") == [(6,)]


MOMENTS = 20


@pytest.mark.slow
def test_a_killed_migration_leaves_version_2_or_3_whole(old: Path, tmp_path: Path) -> None:
    asked = ("SELECT count(*), sum(length(text)) FROM pages", "SELECT count(*), max(id) FROM chunks", "SELECT count(*) FROM votes")
    before = [all_rows(old, sql) for sql in asked]
    looks = open_counted(Path(shutil.copytree(old, tmp_path / "counted")), 0)
    assert looks > MOMENTS
    seen = set()
    for moment in range(MOMENTS):
        directory = Path(shutil.copytree(old, tmp_path / str(moment)))
        last = 1 + round(moment * (looks - 1) / (MOMENTS - 1))
        done = subprocess.run([sys.executable, "-m", "tests.migrating", str(directory), str(last)], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
        ((version,),) = all_rows(directory, "PRAGMA user_version")
        seen.add(version)
        tables = {name for (name,) in all_rows(directory, "SELECT name FROM sqlite_master")}
        assert ("sources" in tables, "documents" in tables) == {2: (True, False), 3: (False, True)}[version]  # type: ignore[index]
        assert [all_rows(directory, sql) for sql in asked] == before
        assert all_rows(directory, "PRAGMA integrity_check") == [("ok",)]
        with Library.open(directory, unread(directory)) as library:
            assert [notebook.documents for notebook in library.catalog.notebooks.all()] == [4, 2]
        assert [all_rows(directory, sql) for sql in asked] == before
    assert 2 in seen


def test_a_library_that_cannot_be_written_is_not_migrated(old: Path, tmp_path: Path) -> None:
    (old / "catalog.sqlite3").unlink()
    (old / "catalog.sqlite3").mkdir()
    with pytest.raises(LibraryUnwritable):
        Catalog(old)
    shutil.rmtree(old)
