"""The chunks that are searched: those of every document's current version, with their tokens and what the dense index has to be told."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.places import PAGED, Place
from core.text import compounds, flowing, tokens
from core.types import Chunk, Hit
from store.catalog.connection import Connections
from store.catalog.vectors import batches


@dataclass(frozen=True, slots=True)
class ChunkRecord:
    """Where a chunk belongs: document, notebook, language and the key of its vector."""

    id: int
    document: int
    notebook: int
    language: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Pending:
    """What the dense index has not been told: to "add" or "delete" a chunk of a collection, or to "drop" that collection."""

    chunk: int
    collection: str
    action: str


@dataclass(frozen=True, slots=True)
class PageText:
    """A page of a document's current version, with its chunks in order as hits without rank or scores."""

    document: int
    name: str
    title: str
    number: int
    label: str | None
    text: str
    chunks: tuple[Hit, ...]
    version: int


def content_key(chunk: Chunk) -> bytes:
    """The 16-byte key of a chunk's vector: the same words under the same heading have the same vector in every document."""
    above = f"{chunk.heading}\0{flowing(chunk.context)}" if chunk.context else chunk.heading
    return hashlib.blake2b(f"{above}\0{flowing(chunk.text)}".encode(), digest_size=16).digest()


def searchable(chunk: Chunk | Hit) -> str:
    """What is embedded and indexed for a chunk: its heading, the header of its table, then its words without layout."""
    return "\n".join(part for part in (chunk.heading, flowing(chunk.context), flowing(chunk.text)) if part)


# Kept in the table `meta` as `words`. Goes up when `words_of` makes something else of the same chunk: the word index is then made anew.
WORDS_RULE = "2"


def words_of(chunk: Chunk | Hit) -> str:
    """What the word index holds for a chunk: its tokens with spaces between them, then its hyphenated words as one."""
    text = searchable(chunk)
    return " ".join([*tokens(text), *compounds(text)])


class Chunks:
    """The chunks of one catalog."""

    def __init__(self, db: Connections) -> None:
        self._db = db

    def of_notebook(self, notebook: int) -> list[ChunkRecord]:
        """All chunks of a notebook."""
        sql = "SELECT id, document, notebook, language, content FROM chunks WHERE notebook = ?"
        return [ChunkRecord(*row) for row in self._db.rows(sql, (notebook,))]

    def ids(self, notebook: int) -> list[int]:
        """Ids of all chunks of a notebook, in order."""
        return [int(number) for (number,) in self._db.rows("SELECT id FROM chunks WHERE notebook = ? ORDER BY id", (notebook,))]

    def records(self, ids: Sequence[int]) -> list[ChunkRecord]:
        """The chunks with these ids that are there."""
        found: list[ChunkRecord] = []
        for batch in batches(list(ids)):
            marks = ",".join("?" * len(batch))
            rows = self._db.rows(f"SELECT id, document, notebook, language, content FROM chunks WHERE id IN ({marks})", batch)
            found += [ChunkRecord(*row) for row in rows]
        return found

    def count(self, notebook: int | None = None) -> int:
        """Number of chunks of a notebook, or of all."""
        where, values = (" WHERE notebook = ?", (notebook,)) if notebook is not None else ("", ())
        row = self._db.row(f"SELECT count(*) FROM chunks{where}", values)
        return int(row[0]) if row else 0

    def lexical_count(self) -> int:
        """Number of chunks in the word index."""
        row = self._db.row("SELECT count(*) FROM lexical_docsize")
        return int(row[0]) if row else 0

    def languages(self, notebook: int) -> list[str]:
        """Languages of a notebook's chunks, by code; as fast for many chunks as for few."""
        # Jumps from one language to the next in the index (sqlite.org/lang_with.html), where DISTINCT would read all of it.
        rows = self._db.rows(
            "WITH RECURSIVE spoken (language) AS ("
            "SELECT min(language) FROM chunks WHERE notebook = ?1 UNION ALL "
            "SELECT (SELECT min(language) FROM chunks WHERE notebook = ?1 AND language > spoken.language) FROM spoken "
            "WHERE spoken.language IS NOT NULL) SELECT language FROM spoken WHERE language IS NOT NULL",
            (notebook,),
        )
        return [str(language) for (language,) in rows]

    def hits(self, ids: Sequence[int]) -> dict[int, Hit]:
        """The chunks with these ids as unranked hits (scores 0), by id. Each page is read once, and cut here."""
        found: dict[int, Hit] = {}
        for batch in batches(list(ids)):
            with self._db.reading() as db:
                marks = ",".join("?" * len(batch))
                rows = db.execute(
                    'SELECT c.id, c.document, d.name, v.title, c.version, c.page, c.start, c."end", c.language, c.heading, c.context, c.place, '
                    "v.media_type FROM chunks c JOIN documents d ON d.id = c.document JOIN versions v ON v.id = c.version "
                    f"WHERE c.id IN ({marks}) ORDER BY c.version, c.page",
                    batch,
                )
                at, label, text = (0, 0), None, ""
                for number, document, name, title, version, page, start, end, language, heading, *rest in rows:
                    if (version, page) != at:
                        sql = "SELECT label, text FROM pages WHERE version = ? AND number = ?"
                        (label, text), at = db.execute(sql, (version, page)).fetchone(), (version, page)
                    values = (number, document, name, title, page, label, start, end, text[start:end], language, heading, version)
                    found[number] = Hit(0, 0.0, 0.0, 0.0, *values, *_around(*rest))
        return found

    def pages(self, documents: Sequence[int], notebook: int) -> Iterator[PageText]:
        """The pages of documents of a notebook, by name and number, each read once."""
        chosen = (notebook, json.dumps(list(documents)))
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT d.id, d.version, d.name, v.title, p.number, p.label, p.text, v.media_type FROM documents d "
                "JOIN versions v ON v.id = d.version JOIN pages p ON p.version = d.version "
                "WHERE d.notebook = ? AND d.id IN (SELECT value FROM json_each(?)) ORDER BY d.name, d.id, p.number",
                chosen,
            )
            for document, version, name, title, number, label, text, kind in rows:
                parts = db.execute(
                    'SELECT id, start, "end", language, heading, context, place FROM chunks WHERE document = ? AND version = ? AND page = ? '
                    "ORDER BY start",
                    (document, version, number),
                ).fetchall()
                page = (document, name, title, number, label)
                chunks = tuple(
                    Hit(0, 0.0, 0.0, 0.0, chunk, *page, start, end, text[start:end], language, heading, version, *_around(context, place, kind))
                    for chunk, start, end, language, heading, context, place in parts
                )  # fmt: skip
                yield PageText(document, name, title, number, label, text, chunks, version)

    def searchable_texts(self) -> Iterator[tuple[bytes, str]]:
        """Content key and searchable text of every chunk, each key once, for embedding the library anew."""
        rows = self._db.rows("SELECT min(id) FROM chunks GROUP BY content")
        for batch in batches([int(number) for (number,) in rows]):
            hits = self.hits(batch)
            for record in self.records(batch):
                hit = hits[record.id]
                yield record.content, searchable(hit)

    # What the dense index has not been told

    def pending(self) -> list[Pending]:
        """What the dense index has not been told yet."""
        return [Pending(*row) for row in self._db.rows("SELECT chunk, collection, action FROM pending")]

    def told(self, pending: Sequence[Pending]) -> None:
        """Strike off what the dense index knows now."""
        with self._db.transaction() as db:
            db.executemany(
                "DELETE FROM pending WHERE chunk = ? AND collection = ? AND action = ?",
                [(one.chunk, one.collection, one.action) for one in pending],
            )


def insert_chunks(db: sqlite3.Connection, chunks: Sequence[Chunk], *, document: int, version: int, notebook: int) -> None:
    """Write the chunks of a document's new version, with their tokens, within a transaction."""
    (collection,) = db.execute("SELECT collection FROM notebooks WHERE id = ?", (notebook,)).fetchone()
    for chunk in chunks:
        made = db.execute(
            'INSERT INTO chunks (document, version, notebook, page, start, "end", language, heading, content, context, place) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document, version, notebook, chunk.page, chunk.start, chunk.end, chunk.language, chunk.heading,
                content_key(chunk), chunk.context, json.dumps(chunk.place.to_json(), ensure_ascii=False) if chunk.place else "",
            ),
        )  # fmt: skip
        db.execute("INSERT INTO lexical (rowid, tokens) VALUES (?, ?)", (made.lastrowid, words_of(chunk)))
        _tell(db, made.lastrowid, collection, "add")


def _around(context: str, place: str, media_type: str) -> tuple[str, Place, bool]:
    return context, Place.from_json(json.loads(place)) if place else Place(), media_type in PAGED


def delete_chunks(db: sqlite3.Connection, document: int, *, keep: set[bytes]) -> None:
    """Delete a document's chunks within a transaction, with the vectors that no chunk needs any more, except those to `keep`."""
    rows = db.execute(
        "SELECT c.id, c.content, n.collection FROM chunks c JOIN notebooks n ON n.id = c.notebook WHERE c.document = ?", (document,)
    ).fetchall()
    for chunk, _, collection in rows:
        _tell(db, chunk, collection, "delete")
    db.executemany("DELETE FROM lexical WHERE rowid = ?", [(row[0],) for row in rows])
    db.execute("DELETE FROM chunks WHERE document = ?", (document,))
    db.executemany(
        "DELETE FROM vectors WHERE content = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE content = ?1)",
        [(key,) for key in {bytes(row[1]) for row in rows} - keep],
    )


def move_chunks(db: sqlite3.Connection, document: int, *, notebook: int) -> None:
    """Put a document's chunks into another notebook within a transaction; vectors are by content and stay."""
    (target,) = db.execute("SELECT collection FROM notebooks WHERE id = ?", (notebook,)).fetchone()
    rows = db.execute(
        "SELECT c.id, n.collection FROM chunks c JOIN notebooks n ON n.id = c.notebook WHERE c.document = ?", (document,)
    ).fetchall()
    for chunk, source in rows:
        _tell(db, chunk, source, "delete")
        _tell(db, chunk, target, "add")
    db.execute("UPDATE chunks SET notebook = ? WHERE document = ?", (notebook, document))


def _tell(db: sqlite3.Connection, chunk: int | None, collection: str, action: str) -> None:
    # The later order about a chunk in a collection takes the place of the earlier.
    db.execute("INSERT OR REPLACE INTO pending (chunk, collection, action) VALUES (?, ?, ?)", (chunk, collection, action))
