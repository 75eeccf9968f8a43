"""The typed events of one ingest: Found, PassedOver*, then Reading, Working* and SourceDone of each file, Removed*, and Done last.

Several files are under way at a time, so that events of different files mix; `number` tells which file each is about, from 1.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.errors import DocumentError, KaedamaError
from core.sentences import Phrase


class Status(enum.StrEnum):
    """What became of a file."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    COPY = "copy"  # its bytes are those of a document that is there: it is one more place of that
    RENAMED = "renamed"  # its bytes are those of a document whose own file is gone: that is called like this file now
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Found:
    """How many files there are to look at."""

    total: int


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something in a folder that is not read, and why."""

    name: str
    reason: Phrase


@dataclass(frozen=True, slots=True)
class Reading:
    """A file is being read: the `number`-th, from 1."""

    name: str
    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Working:
    """Progress within a file of `pages` pages: `done` of `total` passages embedded. `media_type` tells what its pages are (units.py)."""

    name: str
    done: int
    total: int
    pages: int = 0
    number: int = 0
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class SourceDone:
    """The end of one file. `textless` are the numbers of pages without text; `error` says why it failed.

    `name` is what the document is called in the library, which may differ from the file's own name `file`: another document has that, or
    the same bytes are there already. `document` is its number, None where it failed. `seconds` were spent on it, without waiting.
    `media_type` tells what its pages are (units.py), "" where it failed.
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
    number: int = 0
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """The file at `place` is gone. `name` is the document that it was, which was removed, unless it is `kept` for another place of its."""

    name: str
    place: str
    document: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an ingest; `cancelled` where it was stopped before the last file. `removed` counts documents whose files were gone."""

    added: int
    unchanged: int
    updated: int
    failed: int
    cancelled: bool = False
    copies: int = 0
    renamed: int = 0
    removed: int = 0
    passed_over: int = 0


IngestEvent = Found | PassedOver | Reading | Working | SourceDone | Removed | Done
