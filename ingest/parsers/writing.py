"""Puts the text of a page together: paragraphs, headings, tables a row a line, and the places of all of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.places import Mark, Place, Table
from core.text import SENTENCE_END, clean, width
from core.types import Heading, Page
from ingest.parsers.hidden import without_invisible

# A header wider than this (columns) is not carried whole beside rows: each value is then written with the name of its column.
_WIDEST_HEADER = 400
# A row wider than this (columns) would be cut: it is written in several lines, each value with the name of its column.
_WIDEST_ROW = 700
# A key wider than this (columns) is not repeated in the lines of one row.
_WIDEST_KEY = 60
# Rows at the top of a table that may be its header together.
_MOST_HEADER_ROWS = 3
# Of more marks than this, one stands for several.
_MOST_MARKS = 20_000
_BLANKS = re.compile(r"\s+")
_BAR = re.compile(r"\s+\|(?=\s)\s*")
_VALUE = re.compile(r"[\s\d.,:;/+\-−–—%‰()\[\]$€£¥￥₩'’年月日時分秒]*\d[\s\d.,:;/+\-−–—%‰()\[\]$€£¥￥₩'’年月日時分秒]*")
_YEAR = re.compile(r"(?:FY\s?|Año\s)?(?:18|19|20|21)\d\d(?:年|年度)?")
_CUTS = re.compile(rf"{SENTENCE_END}|\s+")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells from left to right, those that a merged one covers empty, and where it stands.

    `header` says that the document itself declares it a header row.
    """

    cells: tuple[str, ...]
    place: Place = Place()
    header: bool = False


class Writer:
    """The text of one page as it grows; `hidden` counts invisible characters that were left out of it."""

    def __init__(self) -> None:
        self.hidden = 0
        self._parts: list[str] = []
        self._at = 0
        self._marks: list[Mark] = []
        self._headings: list[Heading] = []
        self._tables: list[Table] = []

    @property
    def characters(self) -> int:
        """Characters written so far."""
        return self._at

    @property
    def heading(self) -> str:
        """The heading in force, "" where there is none."""
        return self._headings[-1].text if self._headings else ""

    def page(self, number: int, label: str | None = None) -> Page:
        """The page of what was written."""
        text = "".join(self._parts)
        headings = tuple(one for one in self._headings if one.start < len(text))
        marks = _thinned([one for one in self._marks if one.start < len(text)])
        return Page(number, text, label, headings=headings, marks=marks, tables=tuple(self._tables))

    def paragraph(self, text: str, place: Place = Place(), *, item: bool = False) -> None:  # noqa: B008  # a Place is frozen
        """Write a paragraph, or a list's item, which follows the item before it without an empty line."""
        text = "\n".join(line.strip() for line in self._shown(clean(text)).strip().split("\n"))
        if not text:
            return
        self._mark(place)
        self._write(f"{text}\n" if item else f"{text}\n\n")

    def verbatim(self, text: str, place: Place = Place()) -> None:  # noqa: B008
        """Write lines as they stand, blanks at their beginnings kept: code."""
        text = self._shown(clean(text)).strip("\n").rstrip()
        if text:
            self._mark(place)
            self._write(f"{text}\n\n")

    def gap(self) -> None:
        """Write an empty line where the last one is not empty."""
        if self._parts and not self._parts[-1].endswith("\n\n"):
            self._write("\n")

    def title(self, text: str, place: Place = Place()) -> None:  # noqa: B008
        """Write a heading, which governs what follows."""
        text = _BLANKS.sub(" ", self._shown(clean(text))).strip()
        if text:
            self.govern(text)
            self.paragraph(text, place)

    def govern(self, heading: str) -> None:
        """Put what follows under a heading that is not written here: that of the text that a note belongs to; "" ends all headings."""
        if heading != self.heading:
            if self._headings and self._headings[-1].start == self._at:
                self._headings.pop()
            self._headings.append(Heading(self._at, heading))

    def table(self, rows: Sequence[Row], caption: str = "", header: int | None = None) -> None:
        """Write a table; `header` is how many of its rows are its header, None lets the rows tell."""
        rows = [row for row in rows if any(cell.strip() for cell in row.cells)]
        if not rows:
            return
        cells = [tuple(plain_cell(self._shown(cell)) for cell in row.cells) for row in rows]
        count = header_rows(cells, [row.header for row in rows]) if header is None else min(header, len(rows) - 1)
        names = column_names(cells[:count])
        carried = sum(width(_joined(one)) for one in cells[:count]) <= _WIDEST_HEADER
        self.gap()
        start = body = self._at
        for index, (row, values) in enumerate(zip(rows, cells, strict=True)):
            self._mark(row.place)
            line = _joined(values)
            whole = width(line) <= _WIDEST_ROW and (carried or index < count)
            for one in (line,) if whole else _records(names if index >= count else (), values):
                self._write(f"{one}\n")
            if carried and index + 1 == count:
                body = self._at
        self._tables.append(Table(start, body, self._at, caption))
        self._write("\n")

    def _shown(self, text: str) -> str:
        shown, hidden = without_invisible(text)
        self.hidden += hidden
        return shown

    def _mark(self, place: Place) -> None:
        if not self._marks or self._marks[-1].place != place:
            if self._marks and self._marks[-1].start == self._at:
                self._marks.pop()
            self._marks.append(Mark(self._at, place))

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._at += len(text)


def _thinned(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Marks, each standing for several neighbours of one table where there are very many: they take more memory than the rows."""
    step = -(-len(marks) // _MOST_MARKS)
    if step <= 1:
        return tuple(marks)
    found: list[Mark] = []
    counted = 0
    for mark in marks:
        whole = found[-1].place.until(mark.place) if found else mark.place
        if found and counted < step and whole != found[-1].place:
            found[-1] = Mark(found[-1].start, whole)
            counted += 1
        else:
            found.append(mark)
            counted = 1
    return tuple(found)


def plain_cell(text: str) -> str:
    """The text of a cell in one line, without anything that reads as the border of a cell."""
    return _BLANKS.sub(" ", _BAR.sub("|", clean(text))).strip()


def header_rows(cells: Sequence[Sequence[str]], declared: Sequence[bool] = ()) -> int:
    """How many rows at the top are the header: those declared so, else the first where it reads as names of columns.

    A first row with fewer cells than the second (merged ones) is read together with it where both are names.
    """
    said = len(list(itertools.takewhile(bool, declared)))
    if said:
        return min(said, _MOST_HEADER_ROWS, len(cells) - 1)
    if len(cells) < 2 or not names_columns(cells[0]):
        return 0
    first, second = ([bool(cell) for cell in row] for row in cells[:2])
    shared = len(cells) > 2 and sum(first) < sum(second) + sum(not one for one in second[:1])
    return 2 if shared and names_columns(cells[1]) and any(b and not a for a, b in zip(first, second, strict=False)) else 1


def names_columns(cells: Sequence[str]) -> bool:
    """Whether a row reads as the names of columns: two or more cells, no values among them but years, none of them a sentence long."""
    found = [cell for cell in cells if cell]
    return len(found) >= min(2, len(cells)) and all(not is_value(cell) and width(cell) <= _WIDEST_HEADER for cell in found)


def is_value(text: str) -> bool:
    """Whether a cell holds a number, an amount, a date or a time, a year by itself excepted."""
    return bool(_VALUE.fullmatch(text)) and not _YEAR.fullmatch(text)


def column_names(header: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The name of each column: the cells of the header rows above each other; a merged cell names the columns that it covers."""
    names: list[list[str]] = [[] for _ in range(max(map(len, header), default=0))]
    for level, row in enumerate(header):
        above = ""
        for column, parts in enumerate(names):
            cell = row[column] if column < len(row) else ""
            above = cell or (above if level + 1 < len(header) else "")
            if above and above not in parts:
                parts.append(above)
    return tuple(" ".join(parts) for parts in names)


def _joined(cells: Sequence[str]) -> str:
    """Cells as one line; empty ones at the end are left out."""
    last = max((index for index, cell in enumerate(cells) if cell), default=-1)
    return " | ".join(cells[: last + 1])


def _records(names: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    """A row as lines of values with the names of their columns, each line begun with the row's first cell."""
    key = next((cell for cell in cells if cell), "")
    line, begun = "", ""
    for name, value in itertools.zip_longest(names, cells[: max(len(cells), len(names))], fillvalue=""):
        label = f"{name}: " if name and width(name) <= _WIDEST_HEADER else ""
        for piece in _cut(value, _WIDEST_ROW - width(label) - _WIDEST_KEY):
            if line and width(line) + 3 + width(label + piece) > _WIDEST_ROW:
                yield line
                line = begun
            line = f"{line} | {label}{piece}" if line else f"{label}{piece}"
            begun = begun or (line if value == key and width(line) <= _WIDEST_KEY else "")
    if line != begun or not begun:
        yield line


def _cut(text: str, longest: int) -> Iterator[str]:
    """A long text in pieces of at most `longest` columns, cut where sentences end, else where words do."""
    while width(text) > longest:
        reach = len(text) * longest // (2 * len(text)) if width(text) > 1.5 * len(text) else longest
        cuts = list(_CUTS.finditer(text, reach // 3, reach))
        sentences = [one for one in cuts if not one[0].strip() and text[one.start() - 1] in ".!?。！？"]
        at = (sentences or cuts)[-1].end() if cuts else reach
        yield text[:at].strip()
        text = text[at:]
    if text.strip():
        yield text.strip()
