"""The catalog: whole transactions, versions, and nothing left hanging."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryDamaged, LibraryTooNew, LibraryUnwritable
from core.types import Chunk, Document, LineBox, Page
from store.catalog import STEPS, Catalog, EmbedderRecord, NewSource, content_key
from tests.conftest import NOTEBOOK


def document(*texts: str) -> NewSource:
    """A source with one chunk a page."""
    pages = tuple(Page(number, text, f"p{number}", (LineBox(0, 3, 1, 2, 3, 4),)) for number, text in enumerate(texts, start=1))
    chunks = tuple(Chunk(page.number, 0, len(page.text), page.text, "en", "Title") for page in pages if page.text)
    return NewSource(NOTEBOOK, "origin", "a.txt", "00", "1", 10, Document("Title", "text/plain", pages), chunks)


def vectors(new: NewSource) -> dict[bytes, np.ndarray]:
    """A vector for each chunk."""
    return {content_key(chunk): np.full(4, index + 1, np.float32) for index, chunk in enumerate(new.chunks)}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """A catalog with an empty notebook."""
    catalog = Catalog(tmp_path)
    assert catalog.notebooks.create("default").id == NOTEBOOK
    return catalog


def count(catalog: Catalog, table: str) -> int:
    """Rows of a table."""
    return int(catalog.connections.rows(f"SELECT count(*) FROM {table}")[0][0])


def test_a_document_comes_back_as_it_was_put(catalog: Catalog) -> None:
    new = document("one two", "", "三つ")
    source = catalog.documents.replace(new, "e", vectors(new))
    (stored,) = catalog.documents.all(NOTEBOOK)
    assert (stored.id, stored.name, stored.pages, stored.chunks, stored.textless) == (source, "a.txt", 3, 2, (2,))
    page = catalog.documents.page(source, 1)
    assert page is not None
    assert (page.text, page.label, page.lines) == ("one two", "p1", (LineBox(0, 3, 1, 2, 3, 4),))
    assert catalog.documents.page(source, 9) is None
    hit = catalog.chunks.hits([record.id for record in catalog.chunks.of_notebook(NOTEBOOK)])
    assert sorted(item.text for item in hit.values()) == ["one two", "三つ"]


def test_replacing_removes_the_old_version_with_all_that_hangs_on_it(catalog: Catalog) -> None:
    old, new = document("kept", "gone"), document("kept", "fresh")
    catalog.documents.replace(old, "e", vectors(old))
    catalog.documents.replace(new, "e", vectors(new))
    assert count(catalog, "documents") == 1
    assert count(catalog, "chunks") == count(catalog, "lexical_docsize") == count(catalog, "vectors") == 2
    assert catalog.vectors.get("e", [content_key(old.chunks[1])]) == {}


def test_deleting_leaves_nothing_behind_but_the_order_to_the_dense_index(catalog: Catalog) -> None:
    new = document("one", "two")
    source = catalog.documents.replace(new, "e", vectors(new))
    assert catalog.documents.delete(source)
    assert not catalog.documents.delete(source)
    for table in ("documents", "versions", "pages", "chunks", "vectors", "lexical_docsize"):
        assert count(catalog, table) == 0, table
    assert {row[0] for row in catalog.connections.rows("SELECT action FROM pending")} == {"delete"}


def test_a_vector_that_two_documents_share_survives_one_of_them(catalog: Catalog) -> None:
    first = document("same words")
    second = NewSource(NOTEBOOK, "other", "b.txt", "11", "1", 10, first.document, first.chunks)
    one = catalog.documents.replace(first, "e", vectors(first))
    catalog.documents.replace(second, "e", vectors(second))
    catalog.documents.delete(one)
    assert count(catalog, "vectors") == 1


def test_a_failure_inside_a_transaction_undoes_all_of_it(catalog: Catalog) -> None:
    new = document("one")
    before = count(catalog, "meta")

    def fail_after_writing() -> None:
        with catalog.connections.transaction() as db:
            db.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise KeyError

    with pytest.raises(KeyError):
        fail_after_writing()
    assert count(catalog, "meta") == before
    catalog.documents.replace(new, "e", vectors(new))


def test_vectors_come_back_within_float16(catalog: Catalog) -> None:
    value = np.linspace(-1, 1, 8).astype(np.float32)
    catalog.vectors.store("e", {b"k": value})
    assert np.allclose(catalog.vectors.get("e", [b"k"])[b"k"], value, atol=1e-3)
    assert catalog.vectors.get("other", [b"k"]) == {}


def test_the_embedder_is_remembered(tmp_path: Path, catalog: Catalog) -> None:
    record = EmbedderRecord("bundled", 384, "query: ", "passage: ", b"means")
    catalog.vectors.set_embedder(record)
    catalog.close()
    assert Catalog(tmp_path).vectors.embedder() == record


def test_a_newer_catalog_is_refused(tmp_path: Path, catalog: Catalog) -> None:
    catalog.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "catalog.sqlite3")) as db, db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()
    with pytest.raises(LibraryTooNew, match="newer Kaedama"):
        Catalog(tmp_path)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(LibraryDamaged, match="cannot be read"):
        Catalog(tmp_path)


def test_a_directory_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").mkdir()
    with pytest.raises(LibraryUnwritable):
        Catalog(tmp_path)


def test_a_listing_gives_what_rows_give(catalog: Catalog) -> None:
    sql = (
        "SELECT * FROM (VALUES (1, 1764299999.1234567, 'a\"\\é\n'), (-9223372036854775808, 1e-300, NULL), (NULL, 0.1, ''), (0, 5.0, '[1]')) "
        "ORDER BY column2 DESC"
    )
    assert [tuple(row) for row in catalog.connections.listing(sql, 3)] == catalog.connections.rows(sql)
    assert catalog.connections.listing("SELECT 1 WHERE 0", 1) == []
