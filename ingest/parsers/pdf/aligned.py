"""Tables without lines: rows of short cells that stand below each other in columns, one of them of values.

It is strict: two columns of prose, lists, contents, labels with their values and numbered lines are no tables.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence

from core.text import width
from ingest.parsers.pdf.cells import Cells, Found, Placed, lines_in, placed_words, text_of
from ingest.parsers.pdf.order import rows_of
from ingest.parsers.pdf.words import Piece
from ingest.parsers.writing import is_value

# Rows of several cells that a table has at least, and one of two columns.
_ROWS, _ROWS_OF_TWO = 3, 4
# Rows further apart than so many heights of a line are not of one table; columns have a gap of so many heights between them.
_APART, _GUTTER = 2.2, 0.8
# Rows at the top that are one header, and how many heights of a line they stand apart at most.
_HEADER_ROWS, _CLOSE = 4, 0.5
# What share of the cells of a column are values, of all fields have text, of a column's cells share an edge within so many heights.
_VALUES, _FILLED, _ALIGNED, _EDGE = 0.7, 0.7, 0.8, 0.6
# Columns of text (core.text.width) that half of the cells have at most, and any cell.
_USUAL_CELL, _LONGEST_CELL = 32, 70
# A column of which this share begins with a small letter is prose.
_PROSE = 0.35
_CURRENCY = re.compile(r"[$€£¥￥]|US\$")
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|・{4,}|_{4,}")
_ITEM = re.compile(r"[•●▪■◦‣*–—-]|\(?[\dA-Za-zivx]{1,4}[.)]|\[\d+\]")
_LABEL_END = re.compile(r"[:：]$")

_Row = list[list[Piece]]


def aligned_tables(pieces: Sequence[Piece], size: float) -> Iterator[Found]:
    """The tables of a page that no lines make; `size` is the usual height of a line."""
    for run in _runs([_cells(row, size) for row in rows_of([piece for piece in pieces if piece.upright])], size):
        table = _table(run, size)
        if table is not None:
            yield table


def _cells(row: Sequence[Piece], size: float) -> _Row:
    """The pieces of a row by cells: a currency's sign belongs to what follows it."""
    cells: _Row = []
    for piece in row:
        if cells and (piece.left - cells[-1][-1].right < 0.5 * size or _CURRENCY.fullmatch(cells[-1][-1].text)):
            cells[-1].append(piece)
        else:
            cells.append([piece])
    return cells


def _runs(rows: Sequence[_Row], size: float) -> Iterator[list[_Row]]:
    """Rows of several cells each that follow each other closely."""
    run: list[_Row] = []
    for row in rows:
        if run and (len(row) < 2 or row[0][0].top - run[-1][0][0].bottom > _APART * size):
            yield run
            run = []
        if len(row) > 1:
            run.append(row)
    if run:
        yield run


def _table(run: Sequence[_Row], size: float) -> Found | None:
    """The table of a run of rows; None where it is none."""
    while len(run) > _ROWS and len(run[0]) < len(run[1]) and run[0][0][0].left <= run[1][0][0].left + size:
        run = run[1:]  # a line above the table
    columns = _columns(run, size)
    if not 2 <= len(columns) <= 30 or len(run) < (_ROWS if len(columns) > 2 else _ROWS_OF_TWO):
        return None
    fields: list[list[list[Piece]]] = [[[] for _ in columns] for _ in run]
    for number, row in enumerate(run):
        for cell in row:
            column = next(at for at, (left, right) in enumerate(columns) if cell[0].left < right and cell[-1].right > left)
            fields[number][column] += cell
    rows: list[Cells] = []
    placed: list[Placed] = []
    for row in fields:
        own = [placed_words(cell) for cell in row]
        placed += [one for cell in own for one in cell]
        rows.append([lines_in(sorted(cell, key=lambda one: one.word.left)) for cell in own])
    texts = [[text_of(cell) for cell in row] for row in rows]
    return Found(_with_one_header(rows), placed) if _is_table(texts) and _stands_in_columns(fields, size) else None


def _with_one_header(rows: list[Cells]) -> list[Cells]:
    """Rows of which the first ones, where they hold no values and follow each other closely, are one."""
    count = 0
    while count < min(len(rows), _HEADER_ROWS) and not any(is_value(text_of(cell)) for cell in rows[count][1:]):
        lines = [line for cell in rows[count] for line in cell]
        before = [line for cell in rows[count - 1] for line in cell] if count else []
        if before and min(line.top for line in lines) - max(line.bottom for line in before) > _CLOSE * lines[0].size:
            break
        count += 1
    if count < 2 or len(rows) - count < 2:
        return rows
    return [[[line for cell in cells for line in cell] for cells in zip(*rows[:count], strict=True)], *rows[count:]]


def _columns(run: Sequence[_Row], size: float) -> list[tuple[float, float]]:
    """Left and right edges of what is parted by gutters that are clear in all rows."""
    columns: list[tuple[float, float]] = []
    for left, right in sorted((cell[0].left, cell[-1].right) for row in run for cell in row):
        if columns and left - columns[-1][1] < _GUTTER * size:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def _is_table(texts: Sequence[Sequence[str]]) -> bool:
    """Whether the words of rows are those of a table."""
    cells = [text for row in texts for text in row if text]
    lengths = list(map(width, cells))
    if len(cells) < _FILLED * sum(map(len, texts)) or statistics.median(lengths) > _USUAL_CELL or max(lengths) > _LONGEST_CELL:
        return False
    if any(_LEADERS.search(text) for text in cells) or 3 * sum(_LABEL_END.search(text) is not None for text in cells) > len(texts):
        return False
    columns = [[text for text in column if text] for column in zip(*texts, strict=True)]
    if any(sum(text[0].islower() for text in column) >= _PROSE * len(column) and _wide(column) for column in columns):
        return False
    values = [sum(map(is_value, column)) >= _VALUES * (len(column) - 1) and sum(map(is_value, column)) > 1 for column in columns]
    told = [column for column, valued in zip(columns[1:], values[1:], strict=True) if valued and not _is_scale(column)]
    if len(columns) == 2 and (values[0] or is_value(columns[1][0]) or all(_ITEM.match(text) for text in columns[0])):
        return False
    return len(told) > 1 or any(not _counts_up(column) for column in told)


def _numbers(column: Sequence[str]) -> list[int]:
    return [int(text) for text in column if text.isdecimal() and text.isascii()]


def _is_scale(column: Sequence[str]) -> bool:
    """Whether numbers follow each other in equal steps, as those beside an axis or before items do."""
    numbers = _numbers(column)
    return (
        len(numbers) > 2
        and len({second - first for first, second in itertools.pairwise(numbers)}) == 1
        and numbers[0] != numbers[1]
    )


def _counts_up(column: Sequence[str]) -> bool:
    """Whether numbers only go up, as those of pages in contents do."""
    numbers = _numbers(column)
    return len(numbers) > 1 and numbers == sorted(numbers)


def _wide(column: Sequence[str]) -> bool:
    return statistics.median(map(width, column)) > 20


def _stands_in_columns(fields: Sequence[Sequence[Sequence[Piece]]], size: float) -> bool:
    """Whether the cells of each column, but for its name, share a left edge, a right edge or a middle."""
    for column in zip(*fields, strict=True):
        cells = [(cell[0].left, cell[-1].right) for cell in column[1:] if cell]
        if cells and not any(
            _shared(places, _EDGE * size) >= _ALIGNED * len(cells)
            for places in (
                [left for left, _ in cells],
                [right for _, right in cells],
                [(left + right) / 2 for left, right in cells],
            )
        ):
            return False
    return True


def _shared(places: Sequence[float], near: float) -> int:
    """How many places are near the one in the middle of them."""
    middle = statistics.median_low(places)
    return sum(abs(place - middle) <= near for place in places)
