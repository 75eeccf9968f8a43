"""The connections to one SQLite database in WAL mode: one that writes, and a pool of those that read.

Readers see the last commit and wait for nobody, neither for the writer nor for each other. Whatever SQLite reports of a damaged file or
a full disk leaves here as an error of the library; what is left as `sqlite3.Error` is a defect of this program.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.errors import LibraryDamaged, LibraryError, LibraryUnwritable
from core.text import whole

# How long a statement waits for a lock of another connection.
_BUSY_MS = 10_000
# Readers that are open at the same time; one more waits until one comes back. Each holds a page cache of 2 MB.
_MOST_READERS = 8
# Primary result codes (sqlite.org/rescode.html) of a file that is no whole database any more.
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
# Those of a disk, a file or a lock that cannot be used now.
_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_AUTH,
    }
)  # fmt: skip
# The primary code is the lowest byte of an extended one.
_PRIMARY = 0xFF

# What `PRAGMA auto_vacuum` answers for INCREMENTAL (sqlite.org/pragma.html).
_INCREMENTAL = 2

# In the table `meta` from a deletion until its space has been given back.
LOOSE = "loose"

Row = tuple[Any, ...]

# The largest number that SQLite stores (sqlite.org/datatype3.html).
_LARGEST = 2**63 - 1


class Connections:
    """Connections to the database `path` of the library `directory`. Safe from several threads."""

    def __init__(self, path: Path, directory: Path) -> None:
        """Open the writing connection, creating the file (readable by its owner alone) where there is none.

        Raises: LibraryUnwritable, LibraryDamaged.
        """
        self._path = path
        self._directory = directory
        self._write_lock = threading.RLock()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._places = threading.BoundedSemaphore(_MOST_READERS)
        self._closed = threading.Event()
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # the log files take over the mode of the database
        except OSError as error:
            raise LibraryUnwritable(directory=directory, detail=error.strerror or str(error)) from error
        with self._told():
            self._writer = self._open()
        try:
            with self._told():
                self._writer.execute("PRAGMA auto_vacuum = INCREMENTAL")  # holds for a new file; an old one changes in `shrink`
                self._writer.execute("PRAGMA secure_delete = FAST")  # zeros over what is deleted, where that writes no page more
                self._writer.execute("PRAGMA journal_mode = WAL")
                self._writer.execute("PRAGMA synchronous = NORMAL")  # safe against a killed process; the log is checked on open
        except BaseException:
            self._writer.close()
            raise

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_BUSY_MS / 1000, check_same_thread=False, isolation_level=None)

    def close(self) -> None:
        """Close all connections; further calls fail. A reader that is at work is closed when it comes back."""
        self._closed.set()
        with self._write_lock:
            self._writer.close()
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    @contextlib.contextmanager
    def setup(self) -> Iterator[sqlite3.Connection]:
        """The writing connection outside of any transaction, before anybody else uses it: for migrations and settings."""
        with self._write_lock, self._told():
            yield self._writer

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is committed together, or not at all. Raises LibraryUnwritable, LibraryDamaged."""
        with self._write_lock, self._told():
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def shrink(self) -> None:
        """Give pages that hold nothing any more back to the system.

        A database of an earlier version is written anew, once, when a quarter of it is free. Raises as `transaction`.
        """
        with self._write_lock, self._told():
            ask = self._writer.execute
            if ask("PRAGMA auto_vacuum").fetchone()[0] == _INCREMENTAL:
                self._writer.executescript("PRAGMA incremental_vacuum")  # `execute` takes one step, which frees one page
            elif 4 * ask("PRAGMA freelist_count").fetchone()[0] > ask("PRAGMA page_count").fetchone()[0]:
                ask("PRAGMA auto_vacuum = INCREMENTAL")
                ask("VACUUM")
            ask("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A reading connection that sees one state of the database until it is given back. Raises as `transaction`."""
        with self._places, self._told():
            reader = self._reader()
            try:
                reader.execute("BEGIN")
                yield reader
            finally:
                self._give_back(reader)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of one reading statement."""
        bound = _bindable(values)
        if bound is None:
            return []
        with self.reading() as db:
            return db.execute(sql, bound).fetchall()

    def listing(self, sql: str, columns: int, values: Sequence[object] = ()) -> list[list[Any]]:
        """All rows of one reading statement of so many columns, none of them a BLOB, for lists that are shown.

        sqlite3 lets go of the interpreter's lock at every row, and beside a busy thread each row then waits 5 ms for its turn
        (`sys.getswitchinterval`). So SQLite puts the rows together itself and gives one. Real numbers keep all of their digits.
        """
        names = [f"c{number}" for number in range(columns)]
        parts = ", ".join(
            f"CASE typeof({name}) WHEN 'real' THEN json_array(printf('%!.17g', {name})) ELSE {name} END" for name in names
        )
        row = self.row(
            f"WITH listed ({', '.join(names)}) AS ({sql}) SELECT json_group_array(json_array({parts})) FROM listed", values
        )
        return [
            [float(value[0]) if isinstance(value, list) else value for value in made] for made in json.loads(str(row[0]))
        ] if row else []  # fmt: skip

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of one reading statement."""
        bound = _bindable(values)
        if bound is None:
            return None
        with self.reading() as db:
            found: Row | None = db.execute(sql, bound).fetchone()
            return found

    def _reader(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            reader = self._open()
            reader.execute("PRAGMA query_only = ON")
            return reader

    def _give_back(self, reader: sqlite3.Connection) -> None:
        try:
            if reader.in_transaction:
                reader.execute("ROLLBACK")
        except sqlite3.Error:
            reader.close()
            return
        if self._closed.is_set():
            reader.close()
        else:
            self._idle.put(reader)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite reports into the library's errors."""
        try:
            yield
        except sqlite3.Error as error:
            told = library_error(error, self._directory)
            if told is None:
                raise
            raise told from error


def note_deletion(db: sqlite3.Connection) -> None:
    """Note, in the transaction that deletes documents, that there is space to be given back."""
    db.execute("INSERT OR IGNORE INTO meta VALUES (?, '1')", (LOOSE,))


def library_error(error: sqlite3.Error, directory: Path) -> LibraryError | None:
    """What an error of SQLite means for the library; None where it is a defect of this program."""
    code = getattr(error, "sqlite_errorcode", None)  # absent where Python itself raises
    if code is None:
        undecodable = isinstance(error, sqlite3.OperationalError) and "decode" in str(error)
        return LibraryDamaged(directory=directory, detail=str(error)) if undecodable else None
    if code & _PRIMARY in _DAMAGED:
        return LibraryDamaged(directory=directory, detail=str(error))
    if code & _PRIMARY in _UNUSABLE:
        return LibraryUnwritable(directory=directory, detail=str(error))
    return None


def _bindable(values: Sequence[object]) -> Sequence[object] | None:
    """Values as SQLite takes them; None where one is a number that no row can hold (64 bits). Half characters are U+FFFD."""
    if any(isinstance(value, int) and not -_LARGEST - 1 <= value <= _LARGEST for value in values):
        return None
    return [whole(value) if isinstance(value, str) else value for value in values]
