"""The catalog: one SQLite database that is the truth on disk. Chroma and every picture are made from it.

Every query is a method of one of its parts and returns a named value; no SQL stands outside of store/.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from store.catalog.chunks import WORDS_RULE, ChunkRecord, Chunks, content_key, searchable
from store.catalog.connection import LOOSE, Connections
from store.catalog.conversations import Conversation, Conversations, Feedback, TurnRecord
from store.catalog.documents import Documents, Known, NewSource, StoredVersion
from store.catalog.inspection import Difference, Disagreement, Inspection
from store.catalog.migrations import migrate
from store.catalog.notebooks import Notebook, Notebooks, free_name
from store.catalog.origins import Origin, OriginOf, Origins
from store.catalog.schema import STEPS
from store.catalog.vectors import Beside, EmbedderRecord, Vectors
from store.catalog.votes import Vote, Votes

__all__ = [
    "STEPS", "Beside", "Catalog", "ChunkRecord", "Conversation", "Difference", "Disagreement", "EmbedderRecord", "Feedback",
    "Known", "NewSource", "Notebook", "Origin", "OriginOf", "StoredVersion", "TurnRecord", "Vote", "content_key", "free_name",
    "searchable",
]  # fmt: skip

FILE = "catalog.sqlite3"


class Catalog:
    """The catalog of one library directory, in parts by what they are about. Safe from several threads."""

    def __init__(self, directory: Path) -> None:
        """Open or create `directory`/catalog.sqlite3 and bring its schema up to date.

        `found_without` tells whether the catalog was made new beside an index or originals: their own catalog is missing.

        Raises:
            LibraryUnwritable: the file cannot be opened for writing.
            LibraryDamaged: the file is not a SQLite database.
            LibraryTooNew: a later version of Kaedama wrote it.
        """
        new = not (directory / FILE).exists()
        beside = any((directory / name).exists() for name in ("chroma/chroma.sqlite3", "files"))
        self.directory = directory
        self.connections = Connections(directory / FILE, directory)
        try:
            with self.connections.setup() as db:
                migrate(db, directory)
                if new:
                    db.execute("INSERT INTO meta VALUES ('words', ?)", (WORDS_RULE,))
                if new and beside:
                    db.execute("INSERT OR REPLACE INTO meta VALUES ('found_without_catalog', datetime('now'))")
                # Tells this library's collections from those of others in a Chroma server.
                db.execute("INSERT OR IGNORE INTO meta VALUES ('library', ?)", (secrets.token_hex(8),))
                (self.identity,) = db.execute("SELECT value FROM meta WHERE key = 'library'").fetchone()
                self.found_without = db.execute("SELECT 1 FROM meta WHERE key = 'found_without_catalog'").fetchone() is not None
        except BaseException:
            self.connections.close()
            raise
        self.notebooks = Notebooks(self.connections)
        self.documents = Documents(self.connections, directory)
        self.origins = Origins(self.connections)
        self.chunks = Chunks(self.connections)
        self.vectors = Vectors(self.connections, directory)
        self.conversations = Conversations(self.connections)
        self.votes = Votes(self.connections)
        self.inspection = Inspection(self.connections, self.chunks)

    @property
    def is_loose(self) -> bool:
        """Whether something was deleted since `shrink` was last done: a process may have been killed in between."""
        return self.connections.row("SELECT 1 FROM meta WHERE key = ?", (LOOSE,)) is not None

    def shrink(self) -> None:
        """After a deletion: take its words out of the word index's segments too, and give the space back to the system."""
        with self.connections.transaction() as db:
            db.execute("INSERT INTO lexical (lexical) VALUES ('optimize')")
        self.connections.shrink()
        with self.connections.transaction() as db:
            db.execute("DELETE FROM meta WHERE key = ?", (LOOSE,))

    def close(self) -> None:
        """Close the database; further calls fail."""
        self.connections.close()
