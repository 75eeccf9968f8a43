"""The catalog: one SQLite database (WAL) that is the truth on disk. Chroma and every picture are made from it.

One connection, guarded by one lock: callers on any thread get whole answers, writers commit in one transaction or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from core.errors import LibraryDamaged, LibraryTooNew, LibraryUnwritable
from core.text import flowing, tokens
from core.types import Chunk, Document, Hit, LineBox, Page, Source
from store.migrations import STEPS

# SQLite takes at most 32,766 variables in a statement (sqlite.org/limits.html); well below it.
_BATCH = 10_000
_BUSY_MS = 10_000
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EmbedderRecord:
    """What the catalog knows of the embedder that made its vectors."""

    signature: str
    dimension: int
    query_prompt: str
    passage_prompt: str
    means: bytes | None


@dataclass(frozen=True, slots=True)
class NewSource:
    """A document ready to be committed."""

    notebook: str
    origin: str
    name: str
    sha256: str
    reading: str
    size: int
    document: Document
    chunks: tuple[Chunk, ...]

    @property
    def textless(self) -> tuple[int, ...]:
        """Numbers of the pages on which no text was found."""
        return tuple(page.number for page in self.document.pages if not page.text.strip())


def content_key(chunk: Chunk) -> bytes:
    """The 16-byte key of a chunk's vector: the same words under the same heading have the same vector in every document."""
    return hashlib.blake2b(f"{chunk.heading}\0{flowing(chunk.text)}".encode(), digest_size=16).digest()


def searchable(heading: str, text: str) -> str:
    """What is embedded and indexed for a chunk: its heading, then its words without layout."""
    return f"{heading}\n{flowing(text)}" if heading else flowing(text)


class Catalog:
    """See the module. Methods raise `sqlite3.Error` only for defects; a full disk arrives as `LibraryUnwritable`."""

    def __init__(self, directory: Path) -> None:
        """Open or create `directory`/catalog.sqlite3 and bring its schema up to date.

        Raises:
            LibraryUnwritable: the file cannot be opened for writing.
            LibraryDamaged: the file is not a SQLite database.
            LibraryTooNew: a later version of Kaedama wrote it.
        """
        self._directory = directory
        self._lock = threading.RLock()
        path = directory / "catalog.sqlite3"
        try:
            self._db = sqlite3.connect(path, timeout=_BUSY_MS / 1000, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")  # safe against a killed process; the WAL is checked on open
            self._db.execute("PRAGMA foreign_keys = ON")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(STEPS):
                raise LibraryTooNew(directory=directory, found=version, known=len(STEPS))
            self._migrate(version)
        except sqlite3.OperationalError as error:
            raise LibraryUnwritable(directory=directory, detail=str(error)) from error
        except sqlite3.DatabaseError as error:
            raise LibraryDamaged(directory=directory, detail=str(error)) from error

    def _migrate(self, version: int) -> None:
        for number, step in enumerate(STEPS[version:], start=version + 1):
            self._db.executescript(f"BEGIN IMMEDIATE; {step}; PRAGMA user_version = {number}; COMMIT;")
            _log.info("catalog migrated to version %d", number)

    def close(self) -> None:
        """Close the database; further calls fail."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is committed together, or not at all."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.OperationalError as error:
                self._rollback()
                raise LibraryUnwritable(directory=self._directory, detail=str(error)) from error
            except BaseException:
                self._rollback()
                raise

    def _rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def query(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a reading statement, whole."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # Embedder and its vectors

    def embedder(self) -> EmbedderRecord | None:
        """The embedder the library was made with, or None while it has no vectors."""
        rows = self.query("SELECT signature, dimension, query_prompt, passage_prompt, means FROM embedder")
        return EmbedderRecord(*rows[0]) if rows else None

    def set_embedder(self, record: EmbedderRecord) -> None:
        """Record the embedder (replacing the one before)."""
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO embedder VALUES (1, ?, ?, ?, ?, ?)",
                (record.signature, record.dimension, record.query_prompt, record.passage_prompt, record.means),
            )

    def vectors(self, signature: str, keys: Iterable[bytes]) -> dict[bytes, np.ndarray]:
        """Stored vectors (float32, as rounded to float16) by content key; keys without a vector are absent."""
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, np.ndarray] = {}
        for batch in _batches(wanted):
            marks = ",".join("?" * len(batch))
            sql = f"SELECT content, vector FROM vectors WHERE embedder = ? AND content IN ({marks})"
            for key, vector in self.query(sql, (signature, *batch)):
                found[bytes(key)] = np.frombuffer(vector, np.float16).astype(np.float32)
        return found

    def store_vectors(self, signature: str, vectors: dict[bytes, np.ndarray]) -> None:
        """Keep vectors before the document that needs them is committed, so that a long ingest resumes where it was killed."""
        with self.transaction() as db:
            _insert_vectors(db, signature, vectors)

    # Sources

    def sources(self, notebook: str) -> list[Source]:
        """Documents of a notebook by name."""
        rows = self.query(
            "SELECT id, notebook, name, title, sha256, media_type, size, page_count, "
            "(SELECT count(*) FROM chunks WHERE source = sources.id), "
            "(SELECT group_concat(language) FROM (SELECT language FROM chunks WHERE source = sources.id "
            "GROUP BY language ORDER BY count(*) DESC)), added, textless FROM sources WHERE notebook = ? ORDER BY name",
            (notebook,),
        )
        return [_source(row) for row in rows]

    def notebooks(self) -> list[str]:
        """Names of notebooks that hold documents."""
        return [str(name) for (name,) in self.query("SELECT DISTINCT notebook FROM sources ORDER BY notebook")]

    def find(self, notebook: str, *, origin: str | None = None, sha256: str | None = None) -> tuple[int, str, str, str] | None:
        """Id, name, hash and reading of the source with this origin or this hash."""
        column, value = ("origin", origin) if origin is not None else ("sha256", sha256)
        sql = f"SELECT id, name, sha256, reading FROM sources WHERE notebook = ? AND {column} = ? ORDER BY id LIMIT 1"
        rows = self.query(sql, (notebook, value))
        return rows[0] if rows else None

    def name_taken(self, notebook: str, name: str, origin: str) -> bool:
        """Whether another document of the notebook already goes by this name."""
        rows = self.query("SELECT 1 FROM sources WHERE notebook = ? AND name = ? AND origin <> ?", (notebook, name, origin))
        return bool(rows)

    def replace(self, new: NewSource, signature: str, vectors: dict[bytes, np.ndarray]) -> int:
        """Commit a document with pages, chunks, vectors and tokens, in the place of the one with the same origin or hash.

        Returns the new source's id. The dense index learns of it through `pending`.
        """
        with self.transaction() as db:
            for (old,) in db.execute(
                "SELECT id FROM sources WHERE notebook = ? AND (origin = ? OR sha256 = ?)", (new.notebook, new.origin, new.sha256)
            ).fetchall():
                _delete_source(db, old, keep=vectors)
            source = _insert_source(db, new)
            _insert_pages(db, source, new.document.pages)
            _insert_vectors(db, signature, vectors)
            _insert_chunks(db, source, new)
        return source

    def delete(self, notebook: str, source: int) -> bool:
        """Remove a document with all that hangs on it; False where there was none."""
        with self.transaction() as db:
            if not db.execute("SELECT 1 FROM sources WHERE notebook = ? AND id = ?", (notebook, source)).fetchone():
                return False
            _delete_source(db, source, keep={})
        return True

    # Chunks and pages

    def page(self, source: int, number: int) -> Page | None:
        """One page with its line boxes."""
        rows = self.query("SELECT text, label, lines, width, height FROM pages WHERE source = ? AND number = ?", (source, number))
        if not rows:
            return None
        text, label, lines, width, height = rows[0]
        boxes = tuple(LineBox(*line) for line in json.loads(str(lines)))
        return Page(number, str(text), label, boxes, (), width, height)

    def hits(self, ids: Sequence[int]) -> dict[int, Hit]:
        """The chunks with these ids as unranked hits (scores 0), by id."""
        found: dict[int, Hit] = {}
        for batch in _batches(list(ids)):
            marks = ",".join("?" * len(batch))
            rows = self.query(
                f'SELECT c.id, c.source, s.name, s.title, c.page, p.label, c.start, c."end", '
                f'substr(p.text, c.start + 1, c."end" - c.start), c.language, c.heading FROM chunks c '
                f"JOIN sources s ON s.id = c.source JOIN pages p ON p.source = c.source AND p.number = c.page WHERE c.id IN ({marks})",
                batch,
            )
            for row in rows:
                found[row[0]] = Hit(0, 0.0, 0.0, 0.0, *row)
        return found

    def chunk_rows(self, notebook: str | None = None, ids: Sequence[int] | None = None) -> list[tuple[int, int, str, str, bytes]]:
        """Id, source, notebook, language and content key of chunks: all, of a notebook, or of some ids."""
        sql = "SELECT id, source, notebook, language, content FROM chunks"
        if ids is None:
            rows = self.query(
                sql + (" WHERE notebook = ?" if notebook is not None else ""), (notebook,) if notebook is not None else ()
            )
        else:
            rows = []
            for batch in _batches(list(ids)):
                rows += self.query(f"{sql} WHERE id IN ({','.join('?' * len(batch))})", batch)
        return [(row[0], row[1], row[2], row[3], bytes(row[4])) for row in rows]

    def searchable_texts(self) -> Iterator[tuple[bytes, str]]:
        """Content key and searchable text of every chunk, each key once, for embedding the library anew."""
        rows = self.query(
            'SELECT c.content, c.heading, substr(p.text, c.start + 1, c."end" - c.start) FROM chunks c '
            "JOIN pages p ON p.source = c.source AND p.number = c.page GROUP BY c.content"
        )
        for key, heading, text in rows:
            yield bytes(key), searchable(str(heading), str(text))

    def swap_embedder(self, record: EmbedderRecord, vectors: dict[bytes, np.ndarray]) -> None:
        """Replace the embedder and all vectors in one transaction."""
        with self.transaction() as db:
            db.execute("DELETE FROM vectors")
            db.execute("DELETE FROM embedder")
            _insert_vectors(db, record.signature, vectors)
            db.execute(
                "INSERT INTO embedder VALUES (1, ?, ?, ?, ?, ?)",
                (record.signature, record.dimension, record.query_prompt, record.passage_prompt, record.means),
            )


def _batches(items: list[_T]) -> Iterator[list[_T]]:
    for at in range(0, len(items), _BATCH):
        yield items[at : at + _BATCH]


def _source(row: tuple[Any, ...]) -> Source:
    *fields, languages, added, textless = row
    spoken = tuple(str(languages).split(",")) if languages else ()
    values: list[Any] = [*fields, spoken, added, tuple(json.loads(str(textless)))]
    return Source(*values)


def _delete_source(db: sqlite3.Connection, source: int, *, keep: dict[bytes, np.ndarray]) -> None:
    """Delete a source; vectors that no chunk needs any more go too, unless the caller is about to need them."""
    rows = db.execute("SELECT id, notebook, content FROM chunks WHERE source = ?", (source,)).fetchall()
    db.executemany("DELETE FROM lexical WHERE rowid = ?", [(row[0],) for row in rows])
    db.executemany("DELETE FROM pending WHERE chunk = ?", [(row[0],) for row in rows])
    db.executemany("INSERT INTO pending (chunk, notebook, action) VALUES (?, ?, 'delete')", [(row[0], row[1]) for row in rows])
    db.execute("DELETE FROM sources WHERE id = ?", (source,))
    db.executemany(
        "DELETE FROM vectors WHERE content = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE content = ?1)",
        [(key,) for key in {bytes(row[2]) for row in rows} if key not in keep],
    )


def _insert_source(db: sqlite3.Connection, new: NewSource) -> int:
    cursor = db.execute(
        "INSERT INTO sources (notebook, origin, name, title, sha256, reading, media_type, size, page_count, textless, added) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.notebook, new.origin, new.name, new.document.title, new.sha256, new.reading, new.document.media_type, new.size,
            len(new.document.pages), json.dumps(new.textless), time.time(),
        ),
    )  # fmt: skip
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _insert_pages(db: sqlite3.Connection, source: int, pages: Iterable[Page]) -> None:
    def lines(page: Page) -> str:
        boxes = [[b.start, b.end, *(round(v, 2) for v in (b.left, b.top, b.right, b.bottom))] for b in page.lines]
        return json.dumps(boxes, separators=(",", ":"))

    db.executemany(
        "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(source, page.number, page.label, page.text, lines(page), page.width, page.height) for page in pages],
    )


def _insert_vectors(db: sqlite3.Connection, signature: str, vectors: dict[bytes, np.ndarray]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
        [(key, signature, vector.astype(np.float16).tobytes()) for key, vector in vectors.items()],
    )


def _insert_chunks(db: sqlite3.Connection, source: int, new: NewSource) -> None:
    for chunk in new.chunks:
        cursor = db.execute(
            'INSERT INTO chunks (source, notebook, page, start, "end", language, heading, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
            (source, new.notebook, chunk.page, chunk.start, chunk.end, chunk.language, chunk.heading, content_key(chunk)),
        )
        words = " ".join(tokens(searchable(chunk.heading, chunk.text)))
        db.execute("INSERT INTO lexical (rowid, tokens) VALUES (?, ?)", (cursor.lastrowid, words))
        db.execute("INSERT INTO pending (chunk, notebook, action) VALUES (?, ?, 'add')", (cursor.lastrowid, new.notebook))
