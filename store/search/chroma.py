"""Opens Chroma: embedded in this process over a directory of the library, or a server that several machines can share.

A server near by (core/addresses.py) is asked past every proxy of the environment; one elsewhere through it.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import logging
import shutil
import sqlite3
import threading
import types
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.addresses import is_home, location_of
from core.errors import ChromaUnavailable, IndexUnusable, KaedamaError, LibraryError, LibraryUnwritable
from store.catalog.connection import library_error

if TYPE_CHECKING:
    import httpx
    from chromadb.api import ClientAPI

_log = logging.getLogger(__name__)

# A request of the largest batch takes a few seconds; silence of so many means that the server hangs, in seconds.
_SILENCE_S = 120.0
_CONNECT_S = 5.0
# Chroma's database is written anew before it is opened when at least a quarter of it, and so many bytes, hold nothing any more.
_WORTH_SHRINKING = 250_000
# An element of an index of vectors has so many bytes in its `length.bin` (hnswlib).
_LENGTH_BYTES = 4
# How many clients this process has open on a directory. While there are any, only Chroma may open its database: it has an SQLite of its
# own, and when another one in the process closes the file, Chroma's locks are gone (sqlite.org/howtocorrupt.html, 2.2.1).
_open_here: collections.Counter[Path] = collections.Counter()
_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Opened:
    """A client of Chroma, and the HTTP clients that it made for itself and never closes.

    `elements` tells, by the ids of embedded collections, how many vectors their files held when they were opened, deleted ones too.
    """

    client: ClientAPI
    sessions: tuple[httpx.Client, ...] = ()
    directory: Path | None = None
    elements: Mapping[str, int] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of files and connections."""
        with _opening:
            self.client.close()  # type: ignore[attr-defined]  # on the client, not in its declared interface
            if self.directory is not None:
                _open_here[self.directory] -= 1
        for session in self.sessions:
            session.close()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an index lies: in `directory`, or at the server `url` where that is given. `owner` tells libraries apart at a server."""

    directory: Path
    url: str = ""
    owner: str = ""

    def open(self) -> Opened:
        """A client, which the caller closes. Raises IndexUnusable, ChromaUnavailable."""
        with self.told():
            return self._server() if self.url else self._embedded()

    def made(self) -> bool:
        """Whether there is an index to look at; a server is taken to have one."""
        return bool(self.url) or self._database.exists()

    def clear(self) -> None:
        """Delete the embedded index; nobody may have it open. A server's collections are deleted one by one instead."""
        if not self.url:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _database(self) -> Path:
        return self.directory / "chroma.sqlite3"

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn whatever Chroma reports into the library's error."""
        try:
            yield
        except KaedamaError:
            raise
        except Exception as error:
            if _is_of_chroma(error):
                raise self._error(error) from error
            raise
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # Chroma's own, of a damaged index; no name to import it by
                raise self._error(error) from error
            raise

    def _error(self, error: BaseException) -> LibraryError:
        detail = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if self.url:
            return ChromaUnavailable(url=self.url, detail=detail)
        return IndexUnusable(directory=self.directory, detail=detail)

    def _embedded(self) -> Opened:
        import chromadb
        from chromadb.config import Settings

        with _opening:
            elements = {} if _open_here[self.directory] else _put_in_order(self.directory)
            try:
                client = chromadb.PersistentClient(str(self.directory), Settings(anonymized_telemetry=False))
            except BaseException:
                if not _open_here[self.directory]:
                    _forget(self.directory)
                raise
            _open_here[self.directory] += 1
        return Opened(client, directory=self.directory, elements=elements)

    def _server(self) -> Opened:
        import chromadb
        from chromadb.config import Settings

        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ChromaUnavailable(url=self.url, detail="http://HOST:PORT")
        where = location_of(self.url)
        if where.remote:
            _log.warning("the vectors of all passages go to %s, which is outside of this machine's network", where.recipient)
        secure = address.scheme == "https"
        with _clients(near=is_home(self.url)) as sessions:
            client = chromadb.HttpClient(
                host=address.hostname,
                port=address.port or (443 if secure else 80),
                ssl=secure,
                settings=Settings(anonymized_telemetry=False),
            )
            return Opened(client, tuple(sessions))


@contextlib.contextmanager
def _clients(*, near: bool) -> Iterator[list[httpx.Client]]:
    """Have Chroma make its HTTP clients with limits on silence, and without proxies for a server near by; it has no setting for either.

    Yields those that it made; they are closed where it fails.
    """
    import httpx
    from chromadb.api import fastapi

    timeout = httpx.Timeout(_SILENCE_S, connect=_CONNECT_S)

    sessions: list[httpx.Client] = []

    def made(**options: Any) -> httpx.Client:
        sessions.append(httpx.Client(**(options | {"timeout": timeout, "trust_env": not near})))
        return sessions[-1]

    module: Any = fastapi
    module.httpx = types.SimpleNamespace(Client=functools.wraps(httpx.Client)(made))
    try:
        yield sessions
    except BaseException:
        for session in sessions:
            session.close()
        raise
    finally:
        module.httpx = httpx


def _forget(directory: Path) -> None:
    """Have Chroma make anew what it could not start on a directory, as on a full disk: it keeps that, and every later client fails (1.5.9)."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient._identifier_to_system.pop(str(directory), None)  # noqa: SLF001  # the public way forgets all directories
    SharedSystemClient._identifier_to_refcount.pop(str(directory), None)  # noqa: SLF001


def _is_of_chroma(error: Exception) -> bool:
    import httpx
    from chromadb.errors import ChromaError

    # A plain ValueError is what Chroma makes of a server that does not answer, RuntimeError and OSError come from its core.
    kinds = (ChromaError, httpx.HTTPError, httpx.InvalidURL, sqlite3.Error, OSError, RuntimeError, ValueError)
    return isinstance(error, kinds)


def _put_in_order(directory: Path) -> dict[str, int]:
    """Before Chroma opens it, delete the folders of collections that are gone, and make the database smaller where that is worth it.

    Chroma does neither (seen with 1.5.9). Returns how many vectors the files of each collection hold, by its id, deleted ones too.
    """
    database = directory / "chroma.sqlite3"
    if not database.exists():
        return {}
    try:
        with contextlib.closing(sqlite3.connect(database)) as db:
            segments = {str(segment): str(collection) for segment, collection in db.execute("SELECT id, collection FROM segments")}
            _shrink(db)
    except sqlite3.DatabaseError as error:
        if isinstance(library_error(error, directory), LibraryUnwritable):
            raise IndexUnusable(directory=directory, detail=str(error)) from error
        shutil.rmtree(directory)  # not a database any more: it is rebuilt from the catalog
        return {}
    elements: dict[str, int] = {}
    for folder in directory.iterdir():
        if not folder.is_dir() or not _is_uuid(folder.name):
            continue
        if folder.name not in segments:
            shutil.rmtree(folder)
        elif (lengths := folder / "length.bin").is_file():
            elements[segments[folder.name]] = lengths.stat().st_size // _LENGTH_BYTES
    return elements


def _shrink(db: sqlite3.Connection) -> None:
    """Give the space of what was deleted back to the system. Where the disk is too full for that, it is left for another time."""
    free, pages, size = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count", "page_size"))
    if 4 * free > pages and free * size >= _WORTH_SHRINKING:
        with contextlib.suppress(sqlite3.OperationalError):
            db.execute("VACUUM")


def _is_uuid(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True
