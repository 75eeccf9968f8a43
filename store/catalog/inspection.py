"""Looks at a catalog as a whole: whether its parts agree with each other, and the word index made anew from its chunks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import LibraryState
from store.catalog.chunks import WORDS_RULE, Chunks, words_of
from store.catalog.connection import Connections

# Faults that SQLite's own check reports at most.
_MOST_REPORTED = 20
# Chunks whose words are written between two looks at their pages: some 2 MB of text.
_STEP = 1000
# Each counts rows that contradict another part of the catalog.
_AGREEMENT = (
    (LibraryState.VERSIONS, "documents d WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = d.version AND v.document = d.id)"),
    (
        LibraryState.PAGES,
        "versions v WHERE v.page_count <> (SELECT count(*) FROM pages WHERE version = v.id) OR v.characters <> "
        "(SELECT coalesce(sum(length(text)), 0) FROM pages WHERE version = v.id)",
    ),
    (
        LibraryState.PASSAGES,
        "documents d JOIN versions v ON v.id = d.version WHERE v.chunk_count <> "
        "(SELECT count(*) FROM chunks WHERE document = d.id AND version = d.version AND notebook = d.notebook)",
    ),
    (
        LibraryState.SLICES,
        'chunks c LEFT JOIN pages p ON p.version = c.version AND p.number = c.page WHERE p.text IS NULL OR c.start < 0 OR c."end" <= '
        'c.start OR c."end" > length(p.text)',
    ),
    (
        LibraryState.LISTS,
        "versions WHERE NOT (json_valid(languages) AND json_valid(textless) AND json_valid(report))",
    ),
    (LibraryState.LISTS, "pages WHERE NOT (json_valid(lines) AND json_valid(structure))"),
    (LibraryState.LISTS, "chunks WHERE place <> '' AND NOT json_valid(place)"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far an index is from the chunks: passages that it lacks, and what it has that is no passage."""

    missing: int
    extra: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How many rows of the catalog contradict others, and how."""

    words: LibraryState
    count: int


class Inspection:
    """The questions of an examination to one catalog."""

    def __init__(self, db: Connections, chunks: Chunks) -> None:
        self._db = db
        self._chunks = chunks

    def integrity(self) -> list[str]:
        """What SQLite finds damaged in the file, in its own words; nothing where all is well. Raises LibraryDamaged."""
        found = [str(text) for (text,) in self._db.rows(f"PRAGMA integrity_check({_MOST_REPORTED})")]
        return [] if found == ["ok"] else found

    def broken_references(self) -> int:
        """Rows that belong to rows that are not there."""
        return len(self._db.rows("PRAGMA foreign_key_check"))

    def disagreements(self) -> list[Disagreement]:
        """Rows that contradict others, by kind."""
        found = [(words, self._count(f"SELECT count(*) FROM {rest}")) for words, rest in _AGREEMENT]
        return [Disagreement(words, count) for words, count in found if count]

    def _count(self, sql: str, values: Sequence[object] = ()) -> int:
        row = self._db.row(sql, values)
        return int(row[0]) if row else 0

    def sample(self, most: int) -> list[int]:
        """Ids of some chunks, others each time."""
        return [int(number) for (number,) in self._db.rows("SELECT id FROM chunks ORDER BY random() LIMIT ?", (most,))]

    # The word index

    def check_words(self) -> None:
        """Have FTS5 compare its index with its own rows (sqlite.org/fts5.html#the_integrity_check_command). Raises LibraryDamaged."""
        with self._db.transaction() as db:
            db.execute("INSERT INTO lexical (lexical) VALUES ('integrity-check')")

    def words_difference(self) -> Difference:
        """How far the word index is from the chunks, row by row."""
        missing = self._count("SELECT count(*) FROM chunks WHERE id NOT IN (SELECT id FROM lexical_docsize)")
        extra = self._count("SELECT count(*) FROM lexical_docsize WHERE id NOT IN (SELECT id FROM chunks)")
        return Difference(missing, extra)

    def words_changed(self, ids: Sequence[int]) -> list[int]:
        """Those of these chunks that stand in the word index with other words than they have."""
        wanted = {number: words_of(hit) for number, hit in self._chunks.hits(ids).items()}
        changed = []
        for number, words in wanted.items():
            row = self._db.row("SELECT tokens FROM lexical WHERE rowid = ?", (number,))
            if row is not None and row[0] != words:
                changed.append(number)
        return changed

    def words_outdated(self) -> bool:
        """Whether an earlier version of Kaedama made the word index, by another rule."""
        return self._db.row("SELECT 1 FROM meta WHERE key = 'words' AND value = ?", (WORDS_RULE,)) is None

    def rebuild_words(self) -> int:
        """Make the word index anew from the chunks in one transaction. Returns how many there are."""
        with self._db.transaction() as db:
            made = [str(sql) for (sql,) in db.execute(_TABLES).fetchall()]
            _drop_words(db)
            for sql in made:
                db.execute(sql)
            count = 0
            for part in self._steps():
                rows = [(number, words_of(hit)) for number, hit in self._chunks.hits(part).items()]
                db.executemany("INSERT INTO lexical (rowid, tokens) VALUES (?, ?)", rows)
                count += len(rows)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('words', ?)", (WORDS_RULE,))
        return count

    def _steps(self) -> Iterator[list[int]]:
        last = 0
        while part := [
            int(number) for (number,) in self._db.rows("SELECT id FROM chunks WHERE id > ? ORDER BY id LIMIT ?", (last, _STEP))
        ]:
            yield part
            last = part[-1]

    # Vectors

    def without_vector(self, signature: str) -> int:
        """Chunks that have no vector of this embedder."""
        return self._count(
            "SELECT count(*) FROM chunks c WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE content = c.content AND embedder = ?)",
            (signature,),
        )

    def bare_among(self, ids: Sequence[int], signature: str) -> set[int]:
        """Those of these chunks that have no vector of this embedder."""
        sql = (
            "SELECT c.id FROM chunks c WHERE c.id IN (SELECT value FROM json_each(?)) AND NOT EXISTS "
            "(SELECT 1 FROM vectors WHERE content = c.content AND embedder = ?)"
        )
        return {int(number) for (number,) in self._db.rows(sql, (json.dumps(list(ids)), signature))}

    def contents(self) -> int:
        """Contents of chunks that need a vector, each once."""
        return self._count("SELECT count(DISTINCT content) FROM chunks")

    def contents_without_vector(self, key: str) -> int:
        """Those of them that have none under this key."""
        return self._count(
            "SELECT count(DISTINCT content) FROM chunks c WHERE NOT EXISTS "
            "(SELECT 1 FROM vectors WHERE content = c.content AND embedder = ?)",
            (key,),
        )

    def of_wrong_size(self, signature: str, dimension: int) -> int:
        """Vectors of this embedder that have not so many numbers."""
        size = dimension * np.dtype(np.float16).itemsize
        return self._count("SELECT count(*) FROM vectors WHERE embedder = ? AND length(vector) <> ?", (signature, size))

    def remove_loose_vectors(self) -> int:
        """Remove vectors that no chunk needs: of documents whose reading was interrupted and never taken up. Returns how many."""
        with self._db.transaction() as db:
            return db.execute("DELETE FROM vectors WHERE content NOT IN (SELECT content FROM chunks)").rowcount


# The word index and the list of its words, in the order in which they have to be made.
_TABLES = "SELECT sql FROM sqlite_master WHERE name IN ('lexical', 'vocabulary') ORDER BY rowid"


def _drop_words(db: sqlite3.Connection) -> None:
    for name in ("vocabulary", "lexical"):
        db.execute(f"DROP TABLE {name}")
