"""Places in documents, in terms that their own programs show, and the marks and tables of a page's text."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

# Media types of documents whose pages a person counts: all others have none, or call them something else (see `Place`).
PAGED = frozenset({"application/pdf", "image/tiff"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where text stands in a document; numbers count from 1, 0 and "" mean that the format has none.

    `page` is a sheet of a PDF inside of another file. `sheet` is a sheet of a workbook, `cells` a range of it ("A2:F9"). `chapter` is the
    label in a book's contents. `part` names what lies beside the body: "footnote 3", "comment", "header", "notes", "text box",
    "attachment NAME", "member NAME". `table` and `row` count tables and their rows in reading order, the header row being row 1; rows of
    delimited text are records. `cell` is a cell of a notebook. `line` is a line of a text. What ends with `last_` is the end of a range,
    inclusive.
    """

    page: int = 0
    slide: int = 0
    sheet: str = ""
    cells: str = ""
    chapter: str = ""
    part: str = ""
    table: int = 0
    row: int = 0
    last_row: int = 0
    cell: int = 0
    last_cell: int = 0
    line: int = 0
    last_line: int = 0

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return self != Place()

    def inside(self, outer: Place) -> Place:
        """This place of a document that is itself found at `outer`: parts are joined by " › "."""
        known = {one.name: getattr(self, one.name) or getattr(outer, one.name) for one in fields(Place)}
        known["part"] = " › ".join(part for part in (outer.part, self.part) if part)
        return Place(**known)

    def until(self, last: Place) -> Place:
        """The range from this place to `last`, which follows it; where they lie in different sheets, tables or parts, this one alone."""
        same = ("page", "slide", "sheet", "chapter", "part", "table")
        if any(getattr(self, name) != getattr(last, name) for name in same):
            return self
        first, _, _ = self.cells.partition(":")
        _, _, end = last.cells.rpartition(":")
        return replace(
            self,
            cells=f"{first}:{end}" if first and end and first != end else self.cells,
            last_row=max(last.last_row or last.row, self.last_row),
            last_cell=max(last.last_cell or last.cell, self.last_cell),
            last_line=max(last.last_line or last.line, self.last_line),
        )

    def to_json(self) -> dict[str, object]:
        """What is known, by name."""
        return {one.name: value for one in fields(Place) if (value := getattr(self, one.name))}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Place:
        """The place that `to_json` made `data` of. Raises TypeError for a name that there is none of."""
        return cls(**data)  # type: ignore[arg-type]  # names are fields


@dataclass(frozen=True, slots=True)
class Mark:
    """From character `start` of a page's text on, text stands at `place`, until the next mark."""

    start: int
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Characters `start` to `end` of a page's text are a table, a row a line, cells between "|".

    Its header is the text from `start` to `body`, empty where it has none. `caption` is its title, "" where it has none.
    """

    start: int
    body: int
    end: int
    caption: str = ""


def place_at(marks: tuple[Mark, ...], start: int, end: int) -> Place:
    """The place of characters `start` to `end` by a page's marks, which are in order; nothing where no mark has come by then."""
    begun = bisect.bisect_right(marks, start, key=lambda mark: mark.start)
    ended = bisect.bisect_left(marks, end, key=lambda mark: mark.start)
    inside = [mark.place for mark in marks[max(0, begun - 1) : ended]]
    inside = [place for place in inside if place] or inside  # text of no special place beside a table's rows says nothing
    return inside[0].until(inside[-1]) if inside else Place()
