"""Lines of a page to its text, with the box of each line and the characters it has."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from core.places import Mark, Place, Table
from core.types import Heading, LineBox, Page, PageKind
from ingest.parsers.pdf.hyphens import belongs
from ingest.parsers.pdf.notes import Note
from ingest.parsers.pdf.words import Line


@dataclass(frozen=True, slots=True)
class Titled:
    """A line that begins a section, and the section's title."""

    line: Line
    title: str


@dataclass(slots=True)
class Draft:
    """A page whose lines are known and whose text is still to be put together.

    `captions` are by the numbers of tables. `governed` is the section that goes on from the page before, "" where there is none.
    """

    number: int
    label: str | None
    kind: PageKind
    width: float = 0.0
    height: float = 0.0
    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    captions: dict[int, str] = field(default_factory=dict)
    governed: str = ""
    headings: list[Titled] = field(default_factory=list)


def page_of(draft: Draft, known: Counter[str]) -> Page:
    """The page of a draft; `known` are the words of the document."""
    parts: list[str] = []
    boxes: list[LineBox] = []
    tables: list[Table] = []
    titles = {id(one.line): one.title for one in draft.headings}
    headings = [Heading(0, draft.governed)] if draft.governed else []
    at = 0
    for lines in _blocks(draft.lines):
        start = body = at
        for number, line in enumerate(lines):
            if id(line) in titles:
                headings = [one for one in headings if one.start < at] + [Heading(at, titles[id(line)])]
            for text, one in _row(line, known) if line.table else _text(lines, number, known):
                if one is not None:
                    boxes.append(_box(one, at, at + len(text.rstrip("\n")), draft))
                parts.append(text)
                at += len(text)
            body = at if line.header else body
        if lines[0].table:
            tables.append(Table(start, body, at, draft.captions.get(lines[0].table, "")))
    marks = [Mark(0, Place())] if draft.notes else []
    for note in draft.notes:
        marks.append(Mark(at, note.place))
        for text in note.text.split("\n"):
            box = Line(text, *note.box, 0.0)
            if box.left < draft.width and box.right > 0 and box.top < draft.height and box.bottom > 0:
                boxes.append(_box(box, at, at + len(text), draft))
            parts.append(f"{text}\n")
            at += len(parts[-1])
    text = "".join(parts).removesuffix("\n")
    tables = [replace(one, body=min(one.body, len(text)), end=min(one.end, len(text))) for one in tables]
    return Page(
        draft.number, text, draft.label, tuple(boxes), tuple(headings), draft.width, draft.height, tuple(marks), tuple(tables), draft.kind
    )  # fmt: skip


def _blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """Lines between tables, and the rows of each table."""
    for _, block in itertools.groupby(lines, lambda line: line.table):
        yield list(block)


def _text(lines: list[Line], number: int, known: Counter[str]) -> Iterator[tuple[str, Line]]:
    """A line as text with the line whose box it has, its hyphen and line break included."""
    line = lines[number]
    last = number + 1 == len(lines)
    text, runs_on = line.text, line.joins and not last
    if line.soft:
        runs_on = not last
        text += "-" if last or belongs(text, lines[number + 1].text, known) else ""
    yield (text if runs_on else f"{text}\n"), line


def _row(row: Line, known: Counter[str]) -> Iterator[tuple[str, Line | None]]:
    """A row of a table as pieces of text, each with the line of a cell whose box it has, None between cells."""
    cells = list(row.cells)
    while cells and not cells[-1]:
        cells.pop()
    for column, cell in enumerate(cells):
        if column:
            yield " | ", None
        for number in range(len(cell)):
            for text, line in _text(list(cell), number, known):
                yield text.removesuffix("\n"), line
                if text.endswith("\n") and number + 1 < len(cell):
                    yield " ", None
    yield "\n", None


def _box(line: Line, start: int, end: int, draft: Draft) -> LineBox:
    return LineBox(
        start, end, max(0.0, line.left), max(0.0, line.top), min(draft.width, line.right), min(draft.height, line.bottom)
    )
