"""The typed events of one ingest, in order: Found (Reading Working* SourceDone)* Done."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.errors import DocumentError, KaedamaError


class Status(enum.StrEnum):
    """What became of a document."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Found:
    """How many files there are to look at, and names of files in folders whose kind is not read."""

    total: int
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A file is being read: the `number`-th, from 1."""

    name: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Working:
    """Progress within a file of `pages` pages: `done` of `total` passages embedded."""

    name: str
    done: int
    total: int
    pages: int = 0


@dataclass(frozen=True, slots=True)
class SourceDone:
    """The end of one file. `textless` are the numbers of pages without text; `error` says why it failed.

    `name` is what the document is called in the library, which may differ from the file's own name `file`: another document has that, or
    the same bytes are there already. `document` is its number, None where it failed.
    """

    name: str
    status: Status
    pages: int
    chunks: int
    seconds: float
    textless: tuple[int, ...] = ()
    error: DocumentError | KaedamaError | None = None
    file: str = ""
    document: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an ingest; `cancelled` where it was stopped before the last file."""

    added: int
    unchanged: int
    updated: int
    failed: int
    cancelled: bool = False


IngestEvent = Found | Reading | Working | SourceDone | Done
