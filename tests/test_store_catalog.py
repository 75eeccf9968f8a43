"""The catalog: whole transactions, versions, and nothing left hanging."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryDamaged, LibraryTooNew, LibraryUnwritable
from core.types import Chunk, Document, LineBox, Page
from store.catalog import Catalog, EmbedderRecord, NewSource, content_key
from store.migrations import STEPS


def document(*texts: str) -> NewSource:
    """A source with one chunk a page."""
    pages = tuple(Page(number, text, f"p{number}", (LineBox(0, 3, 1, 2, 3, 4),)) for number, text in enumerate(texts, start=1))
    chunks = tuple(Chunk(page.number, 0, len(page.text), page.text, "en", "Title") for page in pages if page.text)
    return NewSource("default", "origin", "a.txt", "00", "1", 10, Document("Title", "text/plain", pages), chunks)


def vectors(new: NewSource) -> dict[bytes, np.ndarray]:
    """A vector for each chunk."""
    return {content_key(chunk): np.full(4, index + 1, np.float32) for index, chunk in enumerate(new.chunks)}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    return Catalog(tmp_path)


def count(catalog: Catalog, table: str) -> int:
    """Rows of a table."""
    return int(catalog.query(f"SELECT count(*) FROM {table}")[0][0])


def test_a_document_comes_back_as_it_was_put(catalog: Catalog) -> None:
    new = document("one two", "", "三つ")
    source = catalog.replace(new, "e", vectors(new))
    (stored,) = catalog.sources("default")
    assert (stored.id, stored.name, stored.pages, stored.chunks, stored.textless) == (source, "a.txt", 3, 2, (2,))
    page = catalog.page(source, 1)
    assert page is not None
    assert (page.text, page.label, page.lines) == ("one two", "p1", (LineBox(0, 3, 1, 2, 3, 4),))
    assert catalog.page(source, 9) is None
    hit = catalog.hits([row[0] for row in catalog.chunk_rows("default")])
    assert sorted(item.text for item in hit.values()) == ["one two", "三つ"]


def test_replacing_removes_the_old_version_with_all_that_hangs_on_it(catalog: Catalog) -> None:
    old, new = document("kept", "gone"), document("kept", "fresh")
    catalog.replace(old, "e", vectors(old))
    catalog.replace(new, "e", vectors(new))
    assert count(catalog, "sources") == 1
    assert count(catalog, "chunks") == count(catalog, "lexical_docsize") == count(catalog, "vectors") == 2
    assert catalog.vectors("e", [content_key(old.chunks[1])]) == {}


def test_deleting_leaves_nothing_behind_but_the_order_to_the_dense_index(catalog: Catalog) -> None:
    new = document("one", "two")
    source = catalog.replace(new, "e", vectors(new))
    assert catalog.delete("default", source)
    assert not catalog.delete("default", source)
    for table in ("sources", "pages", "chunks", "vectors", "lexical_docsize"):
        assert count(catalog, table) == 0, table
    assert {row[0] for row in catalog.query("SELECT action FROM pending")} == {"delete"}


def test_a_vector_that_two_documents_share_survives_one_of_them(catalog: Catalog) -> None:
    first = document("same words")
    second = NewSource("default", "other", "b.txt", "11", "1", 10, first.document, first.chunks)
    one = catalog.replace(first, "e", vectors(first))
    catalog.replace(second, "e", vectors(second))
    catalog.delete("default", one)
    assert count(catalog, "vectors") == 1


def test_a_failure_inside_a_transaction_undoes_all_of_it(catalog: Catalog) -> None:
    new = document("one")

    def fail_after_writing() -> None:
        with catalog.transaction() as db:
            db.execute("INSERT INTO meta VALUES ('a', 'b')")
            raise KeyError

    with pytest.raises(KeyError):
        fail_after_writing()
    assert count(catalog, "meta") == 0
    catalog.replace(new, "e", vectors(new))


def test_vectors_come_back_within_float16(catalog: Catalog) -> None:
    value = np.linspace(-1, 1, 8).astype(np.float32)
    catalog.store_vectors("e", {b"k": value})
    assert np.allclose(catalog.vectors("e", [b"k"])[b"k"], value, atol=1e-3)
    assert catalog.vectors("other", [b"k"]) == {}


def test_the_embedder_is_remembered(tmp_path: Path, catalog: Catalog) -> None:
    record = EmbedderRecord("bundled", 384, "query: ", "passage: ", b"means")
    catalog.set_embedder(record)
    catalog.close()
    assert Catalog(tmp_path).embedder() == record


def test_a_newer_catalog_is_refused(tmp_path: Path, catalog: Catalog) -> None:
    catalog.close()
    with sqlite3.connect(tmp_path / "catalog.sqlite3") as db:
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
