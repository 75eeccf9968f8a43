"""Documents and their versions. A document keeps its number over new bytes, new names and other notebooks; the current version is searched.

A version that was current while a question was asked is kept with its pages, since an answer may cite them; others go when a newer comes.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import CatalogFault, LibraryDamaged, UnknownSource
from core.places import Mark, Place, Table
from core.types import Chunk, Document, Heading, LineBox, Page, PageKind, Source
from store.catalog.chunks import content_key, delete_chunks, insert_chunks, move_chunks
from store.catalog.connection import Connections, Row, note_deletion
from store.catalog.notebooks import check_notebook, check_place, free_name
from store.catalog.origins import Origin, insert_origin
from store.catalog.vectors import insert_vectors

_COLUMNS = (
    "d.id, d.notebook, d.name, v.title, v.sha256, v.media_type, v.size, v.page_count, v.chunk_count, v.languages, v.added, "
    "v.textless, v.id"
)
_KNOWN = "d.id, d.name, v.sha256, v.reading, v.original"
# A version may be cited by a turn that was being answered while it was current.
_CITABLE = "EXISTS (SELECT 1 FROM turns WHERE saved >= versions.added AND asked <= coalesce(versions.superseded, 9e99))"


@dataclass(frozen=True, slots=True)
class NewSource:
    """A document ready to be committed; `original` tells whether its bytes are in the library's files.

    `origin` is the key of the place it comes from, and `path` that of its file, "" where there is none (see origins.py); `file` is what it
    is called there, "" where that is `name`. `report` is what reading it has shown, as plain values.
    """

    notebook: int
    origin: str
    name: str
    sha256: str
    reading: str
    size: int
    document: Document
    chunks: tuple[Chunk, ...]
    original: bool = False
    report: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    file: str = ""

    @property
    def textless(self) -> tuple[int, ...]:
        """Numbers of the pages on which no text was found, without those that were left out because they are hidden."""
        return tuple(page.number for page in self.document.pages if not page.text.strip() and page.kind is not PageKind.HIDDEN)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of its chunks, the commonest first."""
        counts = Counter(chunk.language for chunk in self.chunks)
        return tuple(sorted(counts, key=lambda language: (-counts[language], language)))


@dataclass(frozen=True, slots=True)
class Known:
    """What tells whether a file has to be read again: the document that has its origin or its bytes, and how it was read."""

    id: int
    name: str
    sha256: str
    reading: str
    original: bool


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One version of a document: the hash of its bytes, whether these are in the library's files, how many pages it has, and the
    document's origins.
    """

    id: int
    document: int
    name: str
    sha256: str
    media_type: str
    original: bool
    current: bool
    pages: int
    origins: tuple[Origin, ...] = ()


class Documents:
    """The documents of one catalog."""

    def __init__(self, db: Connections, directory: Path) -> None:
        self._db = db
        self._directory = directory

    # Listing

    def all(self, notebook: int) -> list[Source]:
        """Documents of a notebook by name."""
        sql = (
            f"SELECT {_COLUMNS} FROM documents d JOIN versions v ON v.id = d.version WHERE d.notebook = ? "
            "AND EXISTS (SELECT 1 FROM notebooks WHERE id = d.notebook AND deleted IS NULL) ORDER BY d.name"
        )
        return [self._source(tuple(row)) for row in self._db.listing(sql, _COLUMNS.count(",") + 1, (notebook,))]

    def get(self, document: int) -> Source | None:
        """One document, or None."""
        row = self._db.row(f"SELECT {_COLUMNS} FROM documents d JOIN versions v ON v.id = d.version WHERE d.id = ?", (document,))
        return self._source(row) if row is not None else None

    def set_aside(self, notebook: int) -> list[int]:
        """Numbers of the documents in a notebook of `make_aside`; none where it is another or was purged."""
        sql = "SELECT d.id FROM documents d JOIN notebooks n ON n.id = d.notebook WHERE n.id = ? AND n.name = '' ORDER BY d.id"
        return [int(number) for (number,) in self._db.rows(sql, (notebook,))]

    def count(self) -> int:
        """Number of documents in all notebooks."""
        row = self._db.row("SELECT count(*) FROM documents")
        return int(row[0]) if row else 0

    def characters(self, notebook: int, documents: Sequence[int] | None = None) -> int:
        """Code points of all pages of these documents of a notebook, or of all of its documents, without reading a page."""
        chosen = "" if documents is None else " AND d.id IN (SELECT value FROM json_each(?))"
        values = (notebook,) if documents is None else (notebook, json.dumps(list(documents)))
        sql = "SELECT coalesce(sum(v.characters), 0) FROM documents d JOIN versions v ON v.id = d.version WHERE d.notebook = ?"
        row = self._db.row(sql + chosen, values)
        return int(row[0]) if row else 0

    def find(self, notebook: int, *, origin: str) -> Known | None:
        """The document of a notebook with an origin of this key; of several the oldest."""
        sql = (
            f"SELECT {_KNOWN} FROM origins o JOIN documents d ON d.id = o.document JOIN versions v ON v.id = d.version "
            "WHERE d.notebook = ? AND o.origin = ? ORDER BY d.id LIMIT 1"
        )
        row = self._db.row(sql, (notebook, origin))
        return _known(row) if row is not None else None

    def alike(self, notebook: int, sha256: str) -> list[Known]:
        """The documents of a notebook whose current version has these bytes, the oldest first."""
        sql = f"SELECT {_KNOWN} FROM documents d JOIN versions v ON v.id = d.version WHERE d.notebook = ? AND v.sha256 = ? ORDER BY d.id"
        return [_known(row) for row in self._db.rows(sql, (notebook, sha256))]

    def name_taken(self, notebook: int, name: str, but: int | None = None) -> bool:
        """Whether another document of the notebook than `but` goes by this name."""
        sql = "SELECT 1 FROM documents WHERE notebook = ? AND name = ? AND id IS NOT ?"
        return self._db.row(sql, (notebook, name, but)) is not None

    def page(self, document: int, number: int, version: int | None = None) -> Page | None:
        """One page with its line boxes, of the current version or of another that is kept."""
        row = self._db.row(
            "SELECT p.text, p.label, p.lines, p.width, p.height, p.structure, p.kind FROM documents d JOIN versions v ON v.document = d.id "
            "JOIN pages p ON p.version = v.id WHERE d.id = ? AND v.id = coalesce(?, d.version) AND p.number = ?",
            (document, version, number),
        )
        if row is None:
            return None
        text, label, lines, width, height, structure, kind = row
        boxes = tuple(LineBox(*line) for line in self._decoded(lines))
        headings, marks, tables = self._decoded(structure) or ((), (), ())
        return Page(
            number, str(text), label, boxes, tuple(Heading(*one) for one in headings), width, height,
            tuple(Mark(start, Place.from_json(place)) for start, place in marks), tuple(Table(*one) for one in tables), PageKind(kind),
        )  # fmt: skip

    def version(self, document: int, version: int | None = None) -> StoredVersion | None:
        """A version of a document: the current one, or another that is kept."""
        row = self._db.row(
            "SELECT v.id, d.id, d.name, v.sha256, v.media_type, v.original, v.id = d.version, v.page_count FROM documents d "
            "JOIN versions v ON v.document = d.id WHERE d.id = ? AND v.id = coalesce(?, d.version)",
            (document, version),
        )
        if row is None:
            return None
        *fields, original, current, pages = row
        places = self._db.rows("SELECT origin, path, name FROM origins WHERE document = ? ORDER BY origin", (document,))
        values: list[Any] = [*fields, bool(original), bool(current), pages, tuple(Origin(*place) for place in places)]
        return StoredVersion(*values)

    def report(self, document: int) -> dict[str, Any]:
        """What reading a document's current version has shown, as `NewSource.report` had it; empty where it was not kept."""
        row = self._db.row("SELECT v.report FROM documents d JOIN versions v ON v.id = d.version WHERE d.id = ?", (document,))
        return dict(self._decoded(row[0])) if row is not None else {}

    def reports(self, versions: Sequence[int]) -> dict[int, dict[str, Any]]:
        """What reading these versions of documents has shown, by version, as `report` tells it."""
        rows = self._db.rows(
            "SELECT id, report FROM versions WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(versions)),)
        )
        return {int(number): dict(self._decoded(text)) for number, text in rows}

    def originals(self) -> set[str]:
        """Hashes of all bytes that belong into the library's files."""
        return {str(sha256) for (sha256,) in self._db.rows("SELECT DISTINCT sha256 FROM versions WHERE original")}

    def hashes(self) -> set[str]:
        """Hashes of the bytes of all versions."""
        return {str(sha256) for (sha256,) in self._db.rows("SELECT DISTINCT sha256 FROM versions")}

    def names_of(self, hashes: Sequence[str]) -> list[str]:
        """Names of the documents that have a version with one of these hashes."""
        sql = (
            "SELECT DISTINCT d.name FROM documents d JOIN versions v ON v.document = d.id "
            "WHERE v.sha256 IN (SELECT value FROM json_each(?)) ORDER BY d.name"
        )
        return [str(name) for (name,) in self._db.rows(sql, (json.dumps(list(hashes)),))]

    # Changing

    def replace(self, new: NewSource, signature: str, vectors: dict[bytes, np.ndarray], *, document: int | None = None) -> int:
        """Commit a document with pages, chunks, vectors and tokens. Returns its number; the dense index learns of it through `pending`.

        It becomes the new version of `document`, or else of the one with its origin, or where there is none of these, a new document.
        `vectors` by content key are those that the catalog does not have yet. Raises UnknownNotebook.
        """
        now = time.time()
        with self._db.transaction() as db:
            check_notebook(db, new.notebook)
            found = _number(db, new, document)
            if found is not None:
                delete_chunks(db, found, keep={content_key(chunk) for chunk in new.chunks})
            else:
                found = _insert_document(db, new)
            insert_origin(db, found, Origin(new.origin, new.path, new.file or new.name))
            version = _insert_version(db, new, found, now)
            db.execute("UPDATE documents SET name = ?, version = ? WHERE id = ?", (new.name, version, found))
            db.execute(
                "UPDATE versions SET superseded = ? WHERE document = ? AND id <> ? AND superseded IS NULL", (now, found, version)
            )
            db.execute(f"DELETE FROM versions WHERE document = ? AND id <> ? AND NOT {_CITABLE}", (found, version))
            insert_vectors(db, signature, vectors)
            insert_chunks(db, new.chunks, document=found, version=version, notebook=new.notebook)
        return found

    def delete(self, document: int) -> bool:
        """Remove a document with all its versions and all that hangs on it; False where there was none."""
        with self._db.transaction() as db:
            if not db.execute("SELECT 1 FROM documents WHERE id = ?", (document,)).fetchone():
                return False
            note_deletion(db)
            delete_chunks(db, document, keep=set())
            db.execute("DELETE FROM documents WHERE id = ?", (document,))
        return True

    def move(self, documents: Iterable[int], notebook: int) -> None:
        """Put documents into another notebook, without embedding anything anew; a name that is taken there gets a number.

        Raises UnknownSource or UnknownNotebook, and then none was moved.
        """
        with self._db.transaction() as db:
            check_place(db, notebook)
            for document in documents:
                row = db.execute("SELECT notebook, name FROM documents WHERE id = ?", (document,)).fetchone()
                if row is None:
                    raise UnknownSource(name=str(document), notebook=str(notebook))
                if row[0] == notebook:
                    continue
                taken = {str(name) for (name,) in db.execute("SELECT name FROM documents WHERE notebook = ?", (notebook,))}
                name = free_name(str(row[1]), taken.__contains__)
                db.execute("UPDATE documents SET notebook = ?, name = ? WHERE id = ?", (notebook, name, document))
                move_chunks(db, document, notebook=notebook)

    def keep_original(self, document: int, sha256: str) -> None:
        """Note that the bytes of this hash are in the library's files, for every version of a document that has it."""
        with self._db.transaction() as db:
            db.execute("UPDATE versions SET original = 1 WHERE document = ? AND sha256 = ?", (document, sha256))

    def keep_report(self, document: int, report: Mapping[str, Any]) -> None:
        """Put another report in the place of that of a document's current version."""
        with self._db.transaction() as db:
            sql = "UPDATE versions SET report = ? WHERE id = (SELECT version FROM documents WHERE id = ?)"
            db.execute(sql, (json.dumps(report, ensure_ascii=False), document))

    def purge(self) -> int:
        """Remove older versions that no turn can cite any more. Returns how many."""
        with self._db.transaction() as db:
            return db.execute(f"DELETE FROM versions WHERE superseded IS NOT NULL AND NOT {_CITABLE}").rowcount

    def _source(self, row: Row) -> Source:
        *fields, languages, added, textless, version = row
        values: list[Any] = [*fields, tuple(self._decoded(languages)), added, tuple(self._decoded(textless)), version]
        return Source(*values)

    def _decoded(self, text: object) -> Any:
        try:
            return json.loads(str(text))
        except ValueError as error:
            raise LibraryDamaged(directory=self._directory, detail=CatalogFault.NO_JSON()) from error


def _known(row: Row) -> Known:
    *fields, original = row
    values: list[Any] = [*fields, bool(original)]
    return Known(*values)


def _number(db: sqlite3.Connection, new: NewSource, document: int | None) -> int | None:
    """The document that `new` is a version of: `document` unless it has just been deleted, or else the one with its origin."""
    if document is not None:
        row = db.execute("SELECT id FROM documents WHERE id = ? AND notebook = ?", (document, new.notebook)).fetchone()
    else:
        row = db.execute(
            "SELECT d.id FROM origins o JOIN documents d ON d.id = o.document WHERE o.origin = ? AND d.notebook = ? ORDER BY d.id",
            (new.origin, new.notebook),
        ).fetchone()
    return int(row[0]) if row is not None else None


def _insert_document(db: sqlite3.Connection, new: NewSource) -> int:
    made = db.execute("INSERT INTO documents (notebook, name, version) VALUES (?, ?, 0)", (new.notebook, new.name))
    assert made.lastrowid is not None
    return made.lastrowid


def _insert_version(db: sqlite3.Connection, new: NewSource, document: int, now: float) -> int:
    pages = new.document.pages
    made = db.execute(
        "INSERT INTO versions (document, title, sha256, reading, media_type, size, page_count, chunk_count, characters, languages, "
        "textless, added, original, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document, new.document.title, new.sha256, new.reading, new.document.media_type, new.size, len(pages), len(new.chunks),
            sum(len(page.text) for page in pages), json.dumps(new.languages), json.dumps(new.textless), now, int(new.original),
            json.dumps(new.report, ensure_ascii=False),
        ),
    )  # fmt: skip
    assert made.lastrowid is not None
    db.executemany(
        "INSERT INTO pages (version, number, label, text, lines, width, height, structure, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                made.lastrowid,
                page.number,
                page.label,
                page.text,
                _lines(page),
                page.width,
                page.height,
                _structure(page),
                page.kind.value,
            )
            for page in pages
        ],
    )
    return made.lastrowid


def _structure(page: Page) -> str:
    if not (page.headings or page.marks or page.tables):
        return "[]"
    headings = [[one.start, one.text] for one in page.headings]
    marks = [[one.start, one.place.to_json()] for one in page.marks]
    tables = [[one.start, one.body, one.end, one.caption] for one in page.tables]
    return json.dumps([headings, marks, tables], ensure_ascii=False, separators=(",", ":"))


def _lines(page: Page) -> str:
    boxes = [[b.start, b.end, *(round(v, 2) for v in (b.left, b.top, b.right, b.bottom))] for b in page.lines]
    return json.dumps(boxes, separators=(",", ":"))
