"""Notebooks: they have a name that can change and exist while they are empty. A deleted one can be restored until it is purged."""

from __future__ import annotations

import secrets
import sqlite3
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import NotebookNameEmpty, NotebookNameTaken, UnknownNotebook
from core.settings import DEFAULT_NOTEBOOK
from core.text import clean
from store.catalog.connection import Connections, Row, note_deletion

_COLUMNS = "id, name, created, (SELECT count(*) FROM documents WHERE notebook = notebooks.id)"
# Characters of a notebook's name; what is longer is cut off.
LONGEST_NAME = 120
# Invisible characters that belong to words of some scripts and to emoji.
_JOINERS = "\u200c\u200d"
# Random bytes in the name of a notebook's collection: enough never to meet one that an earlier catalog left in the dense index.
_COLLECTION_BYTES = 12


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook; `created` is seconds since 1970 (UTC), `documents` their number."""

    id: int
    name: str
    created: float
    documents: int


class Notebooks:
    """The notebooks of one catalog. Deleted ones are seen by nothing but `restore` and `purge`."""

    def __init__(self, db: Connections) -> None:
        self._db = db
        self._collections: dict[int, str] = {}

    def all(self) -> list[Notebook]:
        """All notebooks, by name."""
        return [_notebook(row) for row in self._db.rows(f"SELECT {_COLUMNS} FROM notebooks WHERE deleted IS NULL ORDER BY name")]

    def get(self, notebook: int) -> Notebook:
        """One notebook. Raises UnknownNotebook."""
        row = self._db.row(f"SELECT {_COLUMNS} FROM notebooks WHERE id = ? AND deleted IS NULL", (notebook,))
        if row is None:
            raise UnknownNotebook(name=str(notebook))
        return _notebook(row)

    def named(self, name: str) -> Notebook | None:
        """The notebook of this name, or None."""
        row = self._db.row(f"SELECT {_COLUMNS} FROM notebooks WHERE name = ? AND deleted IS NULL", (name,))
        return _notebook(row) if row is not None else None

    def opened_by(self, name: str) -> Notebook | None:
        """The notebook of this name, or None. The name that nobody chose opens the first one there is where it was renamed or deleted."""
        found = self.named(name)
        if found is None and name == DEFAULT_NOTEBOOK:
            found = min(self.all(), key=lambda one: one.id, default=None)
        return found

    def create(self, name: str) -> Notebook:
        """A new, empty notebook. Raises NotebookNameEmpty, NotebookNameTaken."""
        name = _cleaned(name)
        with self._db.transaction() as db:
            _check_free(db, name)
            made = db.execute(
                "INSERT INTO notebooks (name, collection, created) VALUES (?, ?, ?)",
                (name, secrets.token_hex(_COLLECTION_BYTES), time.time()),
            )
        assert made.lastrowid is not None
        return self.get(made.lastrowid)

    def rename(self, notebook: int, name: str) -> Notebook:
        """Give a notebook another name; nothing else changes. Raises UnknownNotebook, NotebookNameEmpty, NotebookNameTaken."""
        name = _cleaned(name)
        with self._db.transaction() as db:
            _check_free(db, name, but=notebook)
            if not db.execute("UPDATE notebooks SET name = ? WHERE id = ? AND deleted IS NULL", (name, notebook)).rowcount:
                raise UnknownNotebook(name=str(notebook))
        return self.get(notebook)

    def delete(self, notebook: int) -> None:
        """Take a notebook with all that is in it out of sight, until `restore` or `purge`. Raises UnknownNotebook."""
        with self._db.transaction() as db:
            if not db.execute(
                "UPDATE notebooks SET deleted = ? WHERE id = ? AND deleted IS NULL", (time.time(), notebook)
            ).rowcount:
                raise UnknownNotebook(name=str(notebook))

    def make_aside(self) -> int:
        """A deleted notebook without a name, in which deleted documents are kept until `purge`. Returns its number."""
        with self._db.transaction() as db:
            made = db.execute(
                "INSERT INTO notebooks (name, collection, created, deleted) VALUES ('', ?, ?, ?)",
                (secrets.token_hex(_COLLECTION_BYTES), time.time(), time.time()),
            )
        assert made.lastrowid is not None
        return made.lastrowid

    def restore(self, notebook: int) -> Notebook:
        """Bring a deleted notebook back; where its name was given away since, under a numbered one. Raises UnknownNotebook."""
        with self._db.transaction() as db:
            row = db.execute("SELECT name FROM notebooks WHERE id = ? AND name <> ''", (notebook,)).fetchone()
            if row is None:
                raise UnknownNotebook(name=str(notebook))
            taken = {
                str(name) for (name,) in db.execute("SELECT name FROM notebooks WHERE deleted IS NULL AND id <> ?", (notebook,))
            }
            name = free_name(str(row[0]), taken.__contains__)
            db.execute("UPDATE notebooks SET deleted = NULL, name = ? WHERE id = ?", (name, notebook))
        return self.get(notebook)

    def purge(self, before: float) -> int:
        """Remove for good what was deleted before this time (seconds since 1970), with documents, conversations and votes.

        Returns how many notebooks.
        """
        with self._db.transaction() as db:
            found = db.execute("SELECT id, collection FROM notebooks WHERE deleted <= ?", (before,)).fetchall()
            if found:
                note_deletion(db)
            for notebook, collection in found:
                db.execute("DELETE FROM lexical WHERE rowid IN (SELECT id FROM chunks WHERE notebook = ?)", (notebook,))
                keys = db.execute("SELECT DISTINCT content FROM chunks WHERE notebook = ?", (notebook,)).fetchall()
                db.execute("DELETE FROM notebooks WHERE id = ?", (notebook,))
                db.executemany(
                    "DELETE FROM vectors WHERE content = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE content = ?1)", keys
                )
                db.execute("DELETE FROM pending WHERE collection = ?", (collection,))
                db.execute("INSERT INTO pending (chunk, collection, action) VALUES (0, ?, 'drop')", (collection,))
        return len(found)

    def collection(self, notebook: int) -> str:
        """The key of a notebook's collection in the dense index, which never changes. Raises UnknownNotebook."""
        if notebook not in self._collections:  # numbers are never given twice, so what is known of one stays true
            row = self._db.row("SELECT collection FROM notebooks WHERE id = ?", (notebook,))
            if row is None:
                raise UnknownNotebook(name=str(notebook))
            self._collections[notebook] = str(row[0])
        return self._collections[notebook]

    def collections(self) -> set[str]:
        """The keys of the collections of all notebooks, deleted ones among them."""
        return {str(collection) for (collection,) in self._db.rows("SELECT collection FROM notebooks")}

    def everything(self) -> list[int]:
        """Numbers of all notebooks, deleted ones among them: what the dense index has to hold."""
        return [int(number) for (number,) in self._db.rows("SELECT id FROM notebooks ORDER BY id")]


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """`name`, or where that is taken, the first of "name (2)", "name (3)" that is free; a number stands before an extension."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 10 or " " in extension or "/" in extension:
        stem, dot, extension = name, "", ""
    free, number = name, 2
    while taken(free):
        free = f"{stem} ({number}){dot}{extension}"
        number += 1
    return free


def check_notebook(db: sqlite3.Connection, notebook: int) -> None:
    """Raise UnknownNotebook where there is none of this number, or a deleted one."""
    if not db.execute("SELECT 1 FROM notebooks WHERE id = ? AND deleted IS NULL", (notebook,)).fetchone():
        raise UnknownNotebook(name=str(notebook))


def check_place(db: sqlite3.Connection, notebook: int) -> None:
    """Raise UnknownNotebook where documents cannot be moved to: neither a notebook that is seen nor one of `make_aside`."""
    if not db.execute("SELECT 1 FROM notebooks WHERE id = ? AND (deleted IS NULL OR name = '')", (notebook,)).fetchone():
        raise UnknownNotebook(name=str(notebook))


def _cleaned(name: str) -> str:
    seen = "".join(character for character in clean(name) if unicodedata.category(character) != "Cf" or character in _JOINERS)
    name = unicodedata.normalize("NFC", " ".join(seen.split()))[:LONGEST_NAME].strip()
    if not name.strip(_JOINERS):
        raise NotebookNameEmpty
    return name


def _check_free(db: sqlite3.Connection, name: str, but: int = 0) -> None:
    others = db.execute("SELECT name FROM notebooks WHERE deleted IS NULL AND id <> ?", (but,)).fetchall()
    if any(
        unicodedata.normalize("NFKC", str(other)).casefold() == unicodedata.normalize("NFKC", name).casefold()
        for (other,) in others
    ):
        raise NotebookNameTaken(name=name)


def _notebook(row: Row) -> Notebook:
    return Notebook(*row)
