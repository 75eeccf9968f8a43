"""Where files are read: on this machine, or on a cluster. One seam, which the pipeline calls from its threads.

An engine turns the bytes of a file into pages and passages. It opens no library: what is read comes back to the pipeline, and one process
writes the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from core.settings import Settings
from core.types import Chunk, Document
from ingest.chunker import chunk_document
from ingest.loader import LoadedFile
from ingest.workers import WorkerPool


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's pages, and the passages cut from them."""

    document: Document
    chunks: tuple[Chunk, ...]


class Engine(Protocol):
    """Reads files. Used as a context manager, which `stop` ends; any thread may stop it."""

    @property
    def lanes(self) -> int:
        """Files that are read at the same time, from 1: the pipeline calls `read` from so many threads."""

    def read(self, file: LoadedFile) -> ReadFile:
        """Parse and cut a file within the limits and with what was given for it, waiting for it. Raises DocumentError."""

    def stop(self) -> None:
        """End at once what is being read: it fails, and so does what comes after. Idempotent."""

    def __enter__(self) -> Engine:
        """The engine itself."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""


class LocalEngine:
    """Reads files in worker processes of this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = WorkerPool(settings)

    @property
    def lanes(self) -> int:
        """See `Engine`."""
        return self._pool.size

    def read(self, file: LoadedFile) -> ReadFile:
        """See `Engine`."""
        document = self._pool.parse(file, encoding=file.given.encoding, password=file.given.password)
        return ReadFile(document, chunk_document(document, self._settings.chunk_width))

    def stop(self) -> None:
        """See `Engine`."""
        self._pool.stop()

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
