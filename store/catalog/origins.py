"""The places that a document's bytes came from. The same bytes under two names are one document with two origins, and each is kept.

An origin's key is what later versions are recognised by: the absolute path of a file, `upload:NAME`, or an address of the web, in Unicode
form C, because systems write one name in different forms.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from store.catalog.connection import Connections
from store.catalog.notebooks import free_name


@dataclass(frozen=True, slots=True)
class Origin:
    """One place of a document: its key, the path of the file ("" where there is none on this machine), and what it is called there."""

    key: str
    path: str
    name: str


@dataclass(frozen=True, slots=True)
class OriginOf:
    """An origin, with the number of the document that it belongs to."""

    document: int
    origin: Origin


class Origins:
    """The origins of all documents of one catalog."""

    def __init__(self, db: Connections) -> None:
        self._db = db

    def of(self, document: int) -> list[Origin]:
        """The origins of a document, by key."""
        sql = "SELECT origin, path, name FROM origins WHERE document = ? ORDER BY origin"
        return [Origin(*row) for row in self._db.rows(sql, (document,))]

    def below(self, notebook: int, folder: str) -> list[OriginOf]:
        """The origins in a notebook whose key begins with `folder`, a key that ends with the separator of paths."""
        sql = (
            "SELECT o.document, o.origin, o.path, o.name FROM origins o JOIN documents d ON d.id = o.document "
            "WHERE d.notebook = ? AND substr(o.origin, 1, ?) = ? ORDER BY o.origin"
        )
        return [OriginOf(document, Origin(*rest)) for document, *rest in self._db.rows(sql, (notebook, len(folder), folder))]

    def add(self, document: int, origin: Origin) -> None:
        """Note that a document's bytes lie in one more place."""
        with self._db.transaction() as db:
            insert_origin(db, document, origin)

    def rename(self, document: int, old: str, origin: Origin, name: str) -> None:
        """Put an origin in the place of the one with the key `old`, and call the document `name`, or a numbered name where that is taken."""
        with self._db.transaction() as db:
            db.execute("DELETE FROM origins WHERE document = ? AND origin = ?", (document, old))
            insert_origin(db, document, origin)
            _call(db, document, name)

    def leave(self, document: int, key: str) -> bool:
        """Take an origin from a document. A document that was called like that is called like another of its origins.

        Returns whether the document has any other; the last one stays.
        """
        with self._db.transaction() as db:
            rest = db.execute(
                "SELECT name FROM origins WHERE document = ? AND origin <> ? ORDER BY origin", (document, key)
            ).fetchall()
            if not rest:
                return False
            db.execute("DELETE FROM origins WHERE document = ? AND origin = ?", (document, key))
            names = [str(name) for (name,) in rest]
            (called,) = db.execute("SELECT name FROM documents WHERE id = ?", (document,)).fetchone()
            if called not in names:
                _call(db, document, names[0])
        return True


def insert_origin(db: sqlite3.Connection, document: int, origin: Origin) -> None:
    """Write an origin within a transaction; a document that has just been deleted gets none."""
    db.execute(
        "INSERT OR REPLACE INTO origins SELECT id, ?, ?, ? FROM documents WHERE id = ?",
        (origin.key, origin.path, origin.name, document),
    )


def _call(db: sqlite3.Connection, document: int, name: str) -> None:
    sql = "SELECT 1 FROM documents WHERE notebook = (SELECT notebook FROM documents WHERE id = ?1) AND name = ?2 AND id <> ?1"
    free = free_name(name, lambda other: db.execute(sql, (document, other)).fetchone() is not None)
    db.execute("UPDATE documents SET name = ? WHERE id = ?", (free, document))
