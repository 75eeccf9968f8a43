"""Opens Chroma: embedded in this process over a directory of the library, or a server that several machines can share.

A server near by (core/addresses.py) is asked past every proxy of the environment; one elsewhere through it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import shutil
import sqlite3
import types
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.addresses import is_home, location_of
from core.errors import ChromaUnavailable, IndexUnusable, KaedamaError, LibraryError

if TYPE_CHECKING:
    import httpx
    from chromadb.api import ClientAPI

_log = logging.getLogger(__name__)

# A request of the largest batch takes a few seconds; silence of so many means that the server hangs, in seconds.
_SILENCE_S = 120.0
_CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A client of Chroma, and the HTTP clients that it made for itself and never closes."""

    client: ClientAPI
    sessions: tuple[httpx.Client, ...] = ()

    def close(self) -> None:
        """Let go of files and connections."""
        self.client.close()  # type: ignore[attr-defined]  # on the client, not in its declared interface
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
        return bool(self.url) or (self.directory / "chroma.sqlite3").exists()

    def clear(self) -> None:
        """Delete the embedded index; nobody may have it open. A server's collections are deleted one by one instead."""
        if not self.url:
            shutil.rmtree(self.directory, ignore_errors=True)

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

        _sweep(self.directory)
        return Opened(chromadb.PersistentClient(str(self.directory), Settings(anonymized_telemetry=False)))

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


def _is_of_chroma(error: Exception) -> bool:
    import httpx
    from chromadb.errors import ChromaError

    # A plain ValueError is what Chroma makes of a server that does not answer, RuntimeError and OSError come from its core.
    kinds = (ChromaError, httpx.HTTPError, httpx.InvalidURL, sqlite3.Error, OSError, RuntimeError, ValueError)
    return isinstance(error, kinds)


def _sweep(directory: Path) -> None:
    """Delete the folders that Chroma leaves behind when a collection is deleted (seen with 1.5.9)."""
    database = directory / "chroma.sqlite3"
    if not database.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            known = {str(row[0]) for row in db.execute("SELECT id FROM segments")}
    except sqlite3.DatabaseError:
        shutil.rmtree(directory)  # not a database any more: it is rebuilt from the catalog
        return
    for folder in directory.iterdir():
        if folder.is_dir() and _is_uuid(folder.name) and folder.name not in known:
            shutil.rmtree(folder)


def _is_uuid(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True
