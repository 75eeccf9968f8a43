"""Recognition of text in pictures: what goes to it, what comes of it, and the error of a document in which there was none."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from core.errors import DocumentError, DocumentFault, FileEmpty, NoText, ReadingWarning
from core.types import Document, PageKind

# What is told of pages without text when there is nothing else to tell of a document.
_TELLING = (
    ReadingWarning.NO_RECOGNITION,
    ReadingWarning.BEYOND_RECOGNISED,
    ReadingWarning.NO_LANGUAGE,
    ReadingWarning.RECOGNITION_TIMED_OUT,
    ReadingWarning.RECOGNITION_FAILED,
    ReadingWarning.NOTHING_RECOGNISED,
    ReadingWarning.HIDDEN_SHEETS,
    ReadingWarning.HIDDEN_SLIDES,
)


@dataclass(slots=True)
class Allowance:
    """How many pages of a file, with those of the files inside of it, are recognised: at most `limit`, `taken` so far."""

    limit: int
    taken: int = 0

    def take(self, wanted: int) -> int:
        """How many of so many more pages are recognised."""
        granted = min(wanted, self.limit - self.taken)
        self.taken += granted
        return granted


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture whose text is to be recognised: a PNG file of so many dots an inch.

    `script` is what the rest of the document is written in ("japanese", "latin"), "" where nothing is known.
    """

    png: bytes
    dots_per_inch: int
    script: str = ""


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """A line of text in a picture; its box in shares of the picture's width and height (0..1), from the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


class RecognitionFault(enum.StrEnum):
    """Why no text was recognised in a picture."""

    LANGUAGE = "language"  # Tesseract lacks the data of the language
    TIMED_OUT = "timed out"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Recognised:
    """The text of a picture in reading order; `confidence` is the mean over its words (0..100)."""

    lines: tuple[RecognisedLine, ...] = ()
    script: str = ""
    confidence: float = 0.0
    fault: RecognitionFault | None = None


class Recognise(Protocol):
    """Gives the text in pictures, in their order; takes the next picture when there is room for it."""

    def __call__(self, pictures: Iterable[Picture], count: int) -> Iterator[Recognised]:
        """`count` is how many pictures come at most."""


def without_text(name: str, document: Document) -> DocumentError:
    """The error of a document of which no passage can be cut: its pages are pictures or blank, or its text is empty."""
    if all(page.kind is PageKind.TEXT for page in document.pages):
        return FileEmpty(name=name)
    told = [warning for warning in document.warnings if warning.words in _TELLING]
    return NoText(name=name, pages=len(document.pages), detail=told[0] if told else DocumentFault.BLANK())
