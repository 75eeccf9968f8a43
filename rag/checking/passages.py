"""What a passage is made of: prose, and rows of tables with the head of their columns. Pure.

Rows stand in a passage as lines, cells between bars (core.places.Table), with or without bars around them. The head is the first line of
a table, or the last one of the passage's context where its rows begin the passage.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.text import flowing, fold
from core.types import Hit
from rag.checking.blocks import Kind, blocks, cells

_BAR = re.compile(r"(?<!\S)\|(?!\S)")
# Fewer bars in a line of its own make no table.
_FEW_BARS = 2
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells, and the names of their columns ("" where there are none). `number` tells it from others of its passage.

    `caption` is the line above the table, "" where there is none.
    """

    number: int
    cells: tuple[str, ...]
    head: tuple[str, ...]
    caption: str = ""

    @property
    def label(self) -> str:
        """What the row is about: its first cell."""
        return self.cells[0]

    def name(self, column: int) -> str:
        """The name of a column."""
        return self.head[column] if column < len(self.head) else ""


@dataclass(frozen=True, slots=True)
class Section:
    """Characters `start` to `end` of a passage: prose, a row, or the head of a table (`row` is None, `head` True)."""

    start: int
    end: int
    row: Row | None = None
    head: bool = False


@functools.lru_cache(maxsize=256)
def sections(text: str, context: str = "") -> tuple[Section, ...]:
    """The sections of a passage in order; only white space and rules of tables lie between."""
    return tuple(_sections(text, context))


def quotable(hit: Hit) -> list[str]:
    """The stretches of a passage that read on, folded: paragraphs, and each row and cell of a table by itself."""
    found = []
    for section in sections(hit.text, hit.context):
        text = hit.text[section.start : section.end]
        if section.row is None:
            found += [fold(flowing(part)) for part in re.split(r"\n[ \t\u3000]*\n", text)]
        else:
            found += [fold(flowing(part)) for part in (text, *section.row.cells)]
    return found


def _sections(text: str, context: str) -> Iterator[Section]:
    lines = []
    at = 0
    for line in text.split("\n"):
        lines.append((at, at + len(line)))
        at += len(line) + 1
    above, _, first = context.rstrip().rpartition("\n")
    begun = 0
    at = 0
    while at < len(lines):
        stop = at
        while stop < len(lines) and _is_row(text[slice(*lines[stop])]):
            stop += 1
        head = _split(first) if at == 0 and _is_row(first) else ()
        if stop == at or (stop == at + 1 and not head and len(_BAR.findall(text[slice(*lines[at])])) < _FEW_BARS):
            at += 1
            continue
        if at:
            yield from _prose(text, lines[begun][0], lines[at - 1][1])
        yield from _rows(text, lines[at:stop], head, _last_line(text[: lines[at][0]] if at else above if head else context))
        begun = at = stop
    if begun < len(lines):
        yield from _prose(text, lines[begun][0], len(text))


def _is_row(line: str) -> bool:
    bare = line.strip()
    return _BAR.search(bare) is not None and not (bare.startswith("|") and bare.endswith("|"))


def _split(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in _BAR.split(line))


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()


def _rows(text: str, lines: list[tuple[int, int]], head: tuple[str, ...], caption: str) -> Iterator[Section]:
    for number, (start, end) in enumerate(lines):
        row = _split(text[start:end])
        if not number and not head and len(lines) > 1 and _names_columns(row, [_split(text[slice(*line)]) for line in lines[1:]]):
            head = row
            yield Section(start, end, head=True)
        else:
            yield Section(start, end, Row(start, row, head, caption))


def _names_columns(row: tuple[str, ...], others: list[tuple[str, ...]]) -> bool:
    """Whether the first row of a table names its columns: all its cells are words, or stand as words above columns of bare numbers."""
    if not all(row):
        return False
    if not any(map(str.isdigit, "".join(row))):
        return True
    if not all(_LETTER.search(cell) for cell in row):
        return False
    columns = [[other[column] for other in others if column < len(other)] for column in range(1, len(row))]
    return any(column and all(cell and not _LETTER.search(cell) for cell in column) for column in columns)


def _prose(text: str, start: int, end: int) -> Iterator[Section]:
    """Prose, in which tables may stand whose rows begin with a bar."""
    begun = start
    caption = ""
    for block in blocks(text[start:end]):
        if not text[start + block.start : start + block.end].lstrip().startswith("|"):
            continue
        if text[begun : start + block.start].strip():
            caption = _last_line(text[begun : start + block.start])
            yield Section(begun, start + block.start)
        begun = start + block.end
        if block.kind is Kind.ROW:
            row = cells(text[start + block.start : begun])
            yield Section(start + block.start, begun, Row(start + block.start, row, block.head, caption))
        elif block.kind is Kind.HEADING:
            yield Section(start + block.start, begun, head=True)
    if text[begun:end].strip():
        yield Section(begun, end)
