"""The vectors of chunks by content key, and the one embedder that made them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from core.errors import CatalogFault, LibraryDamaged
from store.catalog.connection import Connections

# SQLite takes at most 32,766 variables in a statement (sqlite.org/limits.html); well below it.
_BATCH = 10_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class EmbedderRecord:
    """What the catalog knows of the embedder that made its vectors."""

    signature: str
    dimension: int
    query_prompt: str
    passage_prompt: str
    means: bytes | None


class Vectors:
    """The vectors of one catalog: float16, unit length before rounding."""

    def __init__(self, db: Connections, directory: Path) -> None:
        self._db = db
        self._directory = directory

    def embedder(self) -> EmbedderRecord | None:
        """The embedder the library was made with, or None while it has no vectors."""
        row = self._db.row("SELECT signature, dimension, query_prompt, passage_prompt, means FROM embedder")
        return EmbedderRecord(*row) if row is not None else None

    def set_embedder(self, record: EmbedderRecord) -> None:
        """Record the embedder (replacing the one before)."""
        with self._db.transaction() as db:
            _insert_embedder(db, record)

    def get(self, signature: str, keys: Iterable[bytes]) -> dict[bytes, np.ndarray]:
        """Stored vectors (float32, as rounded to float16) by content key; keys without a vector are absent.

        Raises LibraryDamaged where one has not as many numbers as the embedder that made it gives.
        """
        found: dict[bytes, np.ndarray] = {}
        record = self.embedder()
        for batch in batches(list(dict.fromkeys(keys))):
            marks = ",".join("?" * len(batch))
            sql = f"SELECT content, vector FROM vectors WHERE embedder = ? AND content IN ({marks})"
            for key, vector in self._db.rows(sql, (signature, *batch)):
                if record is not None and len(vector) != record.dimension * np.dtype(np.float16).itemsize:
                    raise LibraryDamaged(directory=self._directory, detail=CatalogFault.VECTOR_SIZE())
                found[bytes(key)] = np.frombuffer(vector, np.float16).astype(np.float32)
        return found

    def store(self, signature: str, vectors: dict[bytes, np.ndarray]) -> None:
        """Keep vectors before the document that needs them is committed, so that a long ingest resumes where it was killed."""
        with self._db.transaction() as db:
            insert_vectors(db, signature, vectors)

    def replace_all(self, record: EmbedderRecord, vectors: dict[bytes, np.ndarray]) -> None:
        """Replace the embedder and all vectors in one transaction."""
        with self._db.transaction() as db:
            db.execute("DELETE FROM vectors")
            insert_vectors(db, record.signature, vectors)
            _insert_embedder(db, record)
            # The dense index holds the old ones, maybe under the same name of the embedder.
            db.execute("INSERT OR REPLACE INTO pending (chunk, collection, action) SELECT 0, collection, 'drop' FROM notebooks")


def insert_vectors(db: sqlite3.Connection, signature: str, vectors: dict[bytes, np.ndarray]) -> None:
    """Write vectors within a transaction."""
    db.executemany(
        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
        [(key, signature, vector.astype(np.float16).tobytes()) for key, vector in vectors.items()],
    )


def _insert_embedder(db: sqlite3.Connection, record: EmbedderRecord) -> None:
    db.execute(
        "INSERT OR REPLACE INTO embedder VALUES (1, ?, ?, ?, ?, ?)",
        (record.signature, record.dimension, record.query_prompt, record.passage_prompt, record.means),
    )


def batches(items: list[_T]) -> Iterator[list[_T]]:
    """Items in parts that fit into one statement as variables."""
    for at in range(0, len(items), _BATCH):
        yield items[at : at + _BATCH]
