"""The catalog: one SQLite database that is the truth on disk. Chroma and every picture are made from it.

Every query is a method of one of its parts and returns a named value; no SQL stands outside of store/.
"""

from __future__ import annotations

from pathlib import Path

from store.catalog.chunks import ChunkRecord, Chunks, content_key, searchable
from store.catalog.connection import Connections
from store.catalog.conversations import Conversation, Conversations, Feedback, TurnRecord
from store.catalog.documents import Documents, Known, NewSource, StoredVersion
from store.catalog.migrations import migrate
from store.catalog.notebooks import Notebook, Notebooks
from store.catalog.schema import STEPS
from store.catalog.vectors import EmbedderRecord, Vectors
from store.catalog.votes import Vote, Votes

__all__ = [
    "STEPS", "Catalog", "ChunkRecord", "Conversation", "EmbedderRecord", "Feedback", "Known", "NewSource", "Notebook", "StoredVersion",
    "TurnRecord", "Vote", "content_key", "searchable",
]  # fmt: skip

FILE = "catalog.sqlite3"


class Catalog:
    """The catalog of one library directory, in parts by what they are about. Safe from several threads."""

    def __init__(self, directory: Path) -> None:
        """Open or create `directory`/catalog.sqlite3 and bring its schema up to date.

        Raises:
            LibraryUnwritable: the file cannot be opened for writing.
            LibraryDamaged: the file is not a SQLite database.
            LibraryTooNew: a later version of Kaedama wrote it.
        """
        self.connections = Connections(directory / FILE, directory)
        try:
            with self.connections.setup() as db:
                migrate(db, directory)
        except BaseException:
            self.connections.close()
            raise
        self.notebooks = Notebooks(self.connections)
        self.documents = Documents(self.connections, directory)
        self.chunks = Chunks(self.connections)
        self.vectors = Vectors(self.connections, directory)
        self.conversations = Conversations(self.connections)
        self.votes = Votes(self.connections)

    def close(self) -> None:
        """Close the database; further calls fail."""
        self.connections.close()
