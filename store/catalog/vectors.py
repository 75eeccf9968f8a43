"""The vectors of chunks by content key, and the one embedder that made them."""

from __future__ import annotations

import base64
import json
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
# The means begin with so many bytes that name the calibration text they were measured on.
CALIBRATION_BYTES = 8
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class EmbedderRecord:
    """What the catalog knows of the embedder that made its vectors."""

    signature: str
    dimension: int
    query_prompt: str
    passage_prompt: str
    means: bytes | None

    @property
    def tag(self) -> str:
        """Names the collections of the dense index: embedder, prompts, and the calibration whose hash the means begin with."""
        return "\0".join((self.signature, self.query_prompt, self.passage_prompt, (self.means or b"")[:CALIBRATION_BYTES].decode()))


@dataclass(frozen=True, slots=True)
class Beside:
    """Vectors of another embedder that are being made; `key` is what they go by in the catalog until they are searched."""

    key: str
    record: EmbedderRecord


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

    def get(self, key: str, contents: Iterable[bytes]) -> dict[bytes, np.ndarray]:
        """Stored vectors (float32, as rounded to float16) by content key; contents without a vector are absent.

        `key` is the embedder's signature, or that of `Beside`. Raises LibraryDamaged where one has not as many numbers as the embedder gives.
        """
        found: dict[bytes, np.ndarray] = {}
        size = self._size(key)
        for batch in batches(list(dict.fromkeys(contents))):
            marks = ",".join("?" * len(batch))
            sql = f"SELECT content, vector FROM vectors WHERE embedder = ? AND content IN ({marks})"
            for content, vector in self._db.rows(sql, (key, *batch)):
                if size and len(vector) != size:
                    raise LibraryDamaged(directory=self._directory, detail=CatalogFault.VECTOR_SIZE())
                found[bytes(content)] = np.frombuffer(vector, np.float16).astype(np.float32)
        return found

    def _size(self, key: str) -> int:
        """Bytes of a vector under this key; 0 where the catalog knows of none."""
        beside, record = self.beside(), self.embedder()
        known = beside.record if beside is not None and beside.key == key else record
        return known.dimension * np.dtype(np.float16).itemsize if known is not None else 0

    def store(self, key: str, vectors: dict[bytes, np.ndarray]) -> None:
        """Keep vectors before what needs them is committed, so that work that is killed goes on where it stopped."""
        with self._db.transaction() as db:
            insert_vectors(db, key, vectors)

    def missing(self, key: str) -> list[int]:
        """One chunk for each content that has no vector under this key, the shortest first."""
        rows = self._db.rows(
            "SELECT min(id) FROM chunks c WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE content = c.content AND embedder = ?) "
            'GROUP BY content ORDER BY min("end" - start), min(id)',
            (key,),
        )
        return [int(number) for (number,) in rows]

    # Vectors of another embedder, beside those that are searched

    def beside(self) -> Beside | None:
        """The embedder whose vectors are being made beside those that are searched, or None."""
        row = self._db.row("SELECT value FROM meta WHERE key = 'beside'")
        if row is None:
            return None
        told = json.loads(row[0])
        means = base64.b64decode(told["means"])
        record = EmbedderRecord(told["signature"], told["dimension"], told["query_prompt"], told["passage_prompt"], means)
        return Beside(told["key"], record)

    def begin_beside(self, record: EmbedderRecord) -> Beside:
        """Begin to keep vectors of another embedder beside those that are searched; those of one begun before go."""
        current = self.embedder()
        same_name = current is not None and current.signature == record.signature
        key = f"{record.signature}\0beside" if same_name else record.signature
        told = {name: getattr(record, name) for name in ("signature", "dimension", "query_prompt", "passage_prompt")}
        told |= {"key": key, "means": base64.b64encode(record.means or b"").decode()}
        with self._db.transaction() as db:
            db.execute("DELETE FROM vectors WHERE embedder IS NOT ?", (current.signature if current is not None else "",))
            db.execute("INSERT OR REPLACE INTO meta VALUES ('beside', ?)", (json.dumps(told),))
        return Beside(key, record)

    def switch(self, beside: Beside) -> None:
        """Search by the other embedder's vectors from now on, in one transaction. The old ones wait for `remove_left`.

        The dense index is taken to hold the new vectors of every chunk, or else has to be made anew: where both go by one name.
        """
        current = self.embedder()
        with self._db.transaction() as db:
            db.execute("DELETE FROM pending")
            if current is not None and current.tag == beside.record.tag:
                db.execute("INSERT INTO pending (chunk, collection, action) SELECT 0, collection, 'drop' FROM notebooks")
            if beside.key != beside.record.signature:
                db.execute("DELETE FROM vectors WHERE embedder = ?", (beside.record.signature,))
                db.execute("UPDATE vectors SET embedder = ? WHERE embedder = ?", (beside.record.signature, beside.key))
            _insert_embedder(db, beside.record)
            db.execute("DELETE FROM meta WHERE key = 'beside'")
            db.execute("INSERT OR REPLACE INTO meta VALUES ('vectors_left', '1')")

    def remove_left(self) -> bool:
        """Remove the vectors that a switch left behind. Returns whether there was a switch since this was last done."""
        if self._db.row("SELECT 1 FROM meta WHERE key = 'vectors_left'") is None:
            return False
        record = self.embedder()
        assert record is not None, "a switch sets it"
        last = b""
        while True:
            with self._db.transaction() as db:
                part = db.execute(
                    "SELECT content FROM vectors WHERE content > ? GROUP BY content ORDER BY content LIMIT ?", (last, _BATCH)
                ).fetchall()
                if not part:
                    db.execute("DELETE FROM meta WHERE key = 'vectors_left'")
                    return True
                first, last = bytes(part[0][0]), bytes(part[-1][0])
                db.execute("DELETE FROM vectors WHERE content BETWEEN ? AND ? AND embedder <> ?", (first, last, record.signature))

    def remove_unusable(self, record: EmbedderRecord) -> None:
        """Remove the vectors of the embedder that have not as many numbers as it gives."""
        size = record.dimension * np.dtype(np.float16).itemsize
        with self._db.transaction() as db:
            db.execute("DELETE FROM vectors WHERE embedder = ? AND length(vector) <> ?", (record.signature, size))

    def tags(self) -> set[str]:
        """Tags of the collections that are needed: those that are searched and those that are made beside them."""
        beside = self.beside()
        return {record.tag for record in (self.embedder(), beside.record if beside else None) if record is not None}


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
