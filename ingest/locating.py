"""Parts of lines whose boxes are to be found on a page, and what was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinePart:
    """Characters `start` to `end` of the text of a line, whose box is in points from the displayed page's top left corner."""

    text: str
    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Located:
    """The boxes of parts of lines, as `LinePart` has them, in their order; None where the box of the whole line is all that is known."""

    parts: tuple[LinePart | None, ...]
