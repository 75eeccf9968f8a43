"""What the pool of workers is asked to do, and how it tells how far it is."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from ingest.loader import LoadedFile
from ingest.locating import LinePart
from ingest.recognition import Picture


class Step(enum.StrEnum):
    """What is being done with a file."""

    READING = "reading"
    RECOGNISING = "recognising"


@dataclass(frozen=True, slots=True)
class Progress:
    """Pages of a file that a step is done with; `total` is 0 where it is not known."""

    step: Step
    done: int
    total: int


def _unheard(progress: Progress) -> None:
    """Take progress that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Parse:
    """Read a file into a document. `encoding` and `password` are what the person gave for it, "" where nothing was given.

    `progress` is called from threads of the pool; it must be quick and must not raise.
    """

    file: LoadedFile
    encoding: str = ""
    password: str = ""
    progress: Callable[[Progress], object] = _unheard


@dataclass(frozen=True, slots=True)
class Render:
    """Draw a page (from 1) of a file as PNG."""

    file: LoadedFile
    page: int
    dots_per_inch: int = 144
    password: str = ""


@dataclass(frozen=True, slots=True)
class Locate:
    """Find where parts of lines stand on a page (from 1) of a PDF."""

    file: LoadedFile
    page: int
    parts: tuple[LinePart, ...]
    password: str = ""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Recognise the text in a picture."""

    picture: Picture
