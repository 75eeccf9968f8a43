"""What layout works on: words and pieces of lines with their boxes, in points from the displayed page's top left corner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

# A gap wider than this many heights of the line parts two pieces of a row.
GAP = 0.8


@dataclass(slots=True)
class Word:
    """Characters without white space between them; `size` is the height of its line in points, ascent to descent.

    `glued` tells that no blank parts it from the word before it. `doubt` is the value of a `Doubt` whether it is seen. `index` is its first
    character's number on the page.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    glued: bool = False
    doubt: int = 0
    index: int = -1

    @property
    def middle(self) -> float:
        """Half way between top and bottom."""
        return (self.top + self.bottom) / 2

    @property
    def centre(self) -> float:
        """Half way between left and right."""
        return (self.left + self.right) / 2


@dataclass(slots=True)
class Piece:
    """Words of one row without a wide gap between them. `soft` tells that a hyphen of a divided word ends it and was left out.

    `order` is its place in the page's stream. A row of a table has the number of its table and the lines of its `cells`, and no words.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    order: int = 0
    soft: bool = False
    words: tuple[Word, ...] = ()
    table: int = 0
    header: bool = False
    title: str = ""
    cells: tuple[tuple[Line, ...], ...] = ()

    @property
    def middle(self) -> float:
        """Half way between top and bottom."""
        return (self.top + self.bottom) / 2

    @property
    def upright(self) -> bool:
        """Whether it runs along a row rather than down or up the page."""
        return len(self.text) < 2 or self.bottom - self.top <= max(1.6 * self.size, self.right - self.left)


@dataclass(slots=True)
class Line:
    """A line of a page as it will be text: `soft` as in `Piece`; `table` numbers the table of the page that it is a row of, 0 for none.

    `joins` tells that the next line goes on without a blank. A row of a table has the lines of its `cells`; `header` tells that it is one
    of the rows that name the columns, `title` what stands in one cell above all of them, in its first row.
    `first` and `last` are the numbers of characters of its first and last word on the page, -1 where they are not known; `pieces` counts its
    parts with wide gaps between them; `type_size` is in points.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    soft: bool = False
    table: int = 0
    joins: bool = False
    cells: tuple[tuple[Line, ...], ...] = ()
    header: bool = False
    title: str = ""
    first: int = -1
    last: int = -1
    pieces: int = 1
    type_size: float = 0.0
    bold: bool = False


class Ruling(NamedTuple):
    """A line at `at`, from `start` to `end` along the other axis, in points from the displayed page's top left corner."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rulings:
    """The lines of a page that run along rows (`at` counts from the top) and across them (`at` counts from the left), each sorted."""

    level: tuple[Ruling, ...] = ()
    upright: tuple[Ruling, ...] = ()


@dataclass(slots=True)
class Sheet:
    """A page as it was read: pieces in the stream's order, size in points; `hidden` counts characters that no reader sees.

    `rulings` are lines that are drawn as such, and these together with the edges of coloured surfaces.
    """

    pieces: list[Piece] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    hidden: int = 0
    rulings: tuple[Rulings, ...] = ()


def same_row(one: Word | Piece | Line, other: Word | Piece | Line) -> bool:
    """Whether two stand on one row: their middles are closer than half the lower one's height."""
    lower = min(one.bottom - one.top, other.bottom - other.top)
    return abs((one.top + one.bottom) - (other.top + other.bottom)) < max(lower, 1.0)


def piece_of(words: list[Word], order: int = 0, *, soft: bool = False) -> Piece:
    """The words as one piece."""
    return Piece(
        "".join(word.text if word.glued else f" {word.text}" for word in words).strip(),
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
        max(word.size for word in words),
        order,
        soft,
        tuple(words),
    )
