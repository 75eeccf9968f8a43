"""Cells of tables: words to the lines of a cell, rows of cells, and whether rows are a table at all."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.text import width
from ingest.parsers.pdf.words import Line, Piece, Word, piece_of, same_row
from ingest.parsers.writing import plain_cell

# A row: its cells from left to right, each its lines from the top down.
Cells = list[list[Line]]
_WIDE = "[\u3001-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003fffd]"
_WIDE_END, _WIDE_START = re.compile(f"{_WIDE}$"), re.compile(_WIDE)
# Rows that have several cells with text, and which share of all fields have text, at least; that share where there are no more rows.
_ROWS, _FILLED, _FILLED_IF_SMALL = 2, 0.4, 0.75
# Columns of text (core.text.width) that half of the cells of a table have at most, and any cell: longer ones are columns of prose.
_USUAL_CELL, _LONGEST_CELL = 160, 1_600
# A cell of more columns of text that has more than this share of the whole is a page's text in a frame.
_LONG_CELL, _MOST_OF_ALL = 400, 0.6


@dataclass(frozen=True, slots=True)
class Placed:
    """A word, its place in the page's stream, and whether a hyphen of a divided word ends it and was left out."""

    word: Word
    order: int
    soft: bool


@dataclass(slots=True)
class Found:
    """A table: rows of cells that have equally many, the words in it, how many rows at the top are its header, and its title."""

    rows: list[Cells]
    placed: list[Placed]
    header: int = 0
    title: str = ""

    @property
    def top(self) -> float:
        """Where its first line begins, in points."""
        return min(line.top for row in self.rows for cell in row for line in cell)


def placed_words(pieces: Iterable[Piece]) -> list[Placed]:
    """The words of pieces in the stream's order."""
    return [
        Placed(word, piece.order, piece.soft and at + 1 == len(piece.words))
        for piece in pieces
        for at, word in enumerate(piece.words)
    ]


def lines_in(placed: Sequence[Placed]) -> list[Line]:
    """The lines of one cell: neighbours in the stream that stand on one row."""
    lines: list[Line] = []
    held: list[Placed] = []
    for one in placed:
        if held and not (same_row(held[-1].word, one.word) and one.word.left >= held[-1].word.left):
            lines.append(_line(held))
            held = []
        held.append(one)
    if held:
        lines.append(_line(held))
    lines.sort(key=lambda line: (line.top + line.bottom) / 2)
    lines = [line for line in lines if line.text]
    for line, following in itertools.pairwise(lines):
        line.joins = _WIDE_END.search(line.text) is not None and _WIDE_START.match(following.text) is not None
    return lines


def _line(placed: Sequence[Placed]) -> Line:
    piece = piece_of([one.word for one in placed])
    return Line(plain_cell(piece.text), piece.left, piece.top, piece.right, piece.bottom, piece.size, placed[-1].soft)


def text_of(cell: Sequence[Line]) -> str:
    """The text of a cell in one line, divided words put together."""
    parts = [line.text if line.joins or line.soft else f"{line.text} " for line in cell]
    return "".join(parts).rstrip()


def without_blanks(rows: Sequence[Cells]) -> list[Cells]:
    """Rows and columns that have text."""
    count = max(map(len, rows), default=0)
    kept = [column for column in range(count) if any(row[column] for row in rows)]
    return [[row[column] for column in kept] for row in rows if any(row)]


def is_table(rows: Sequence[Cells]) -> bool:
    """Whether rows of cells are a table rather than text in frames or a drawing with words in it."""
    several = sum(sum(map(bool, row)) > 1 for row in rows)
    if several < _ROWS or 2 * several < len(rows):
        return False
    fields = sum(map(len, rows))
    texts = [text_of(cell) for row in rows for cell in row if cell]
    lengths = list(map(width, texts))
    if len(texts) < (_FILLED if len(rows) > _ROWS else _FILLED_IF_SMALL) * fields or 2 * sum(
        any(map(str.isalnum, text)) for text in texts
    ) < len(texts):
        return False
    longest = max(lengths)
    framed = longest > _LONG_CELL and longest > _MOST_OF_ALL * sum(lengths)
    return statistics.median(lengths) <= _USUAL_CELL and longest <= _LONGEST_CELL and not framed
