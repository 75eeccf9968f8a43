"""Tables of a page: their words leave the stream of pieces, and a piece for each row takes their place."""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

from ingest.parsers.pdf.aligned import aligned_tables
from ingest.parsers.pdf.bands import Band, columns_wide, rows_of_band
from ingest.parsers.pdf.cells import Cells, Found, Placed, is_table, placed_words, text_of, without_blanks
from ingest.parsers.pdf.grids import Grid, grids_of
from ingest.parsers.pdf.words import Piece, Rulings, Sheet, Word, piece_of
from ingest.parsers.writing import header_rows

# Share of a table's words that may stand across a line: in a drawing, words do.
_ACROSS = 0.05
_LABEL_ENDS = (":", "：")


def with_tables(sheet: Sheet) -> list[Piece]:
    """The pieces of a page, in the stream's order, the rows of tables as pieces of their own."""
    pieces = sheet.pieces
    if not pieces or 2 * sum(piece.upright for piece in pieces) < len(pieces):
        return pieces
    words = placed_words(pieces)
    size = statistics.median(piece.size for piece in pieces)
    found: list[Found] = []
    taken: set[int] = set()
    for rulings in sheet.rulings:
        for grid in grids_of(rulings, size):
            table = _ruled(grid, [one for one in words if id(one.word) not in taken], rulings)
            if table is not None:
                found.append(table)
                taken |= {id(one.word) for one in table.placed}
    left = [piece for piece in pieces if not any(id(word) in taken for word in piece.words)]
    for table in aligned_tables(left, size):
        table.header = header_of(table.rows)
        found.append(table)
        taken |= {id(one.word) for one in table.placed}
    return _replaced(pieces, found, taken) if found else pieces


def _ruled(grid: Grid, words: Sequence[Placed], rulings: Rulings) -> Found | None:
    """The table of a grid; None where it is none."""
    within: dict[int, list[Placed]] = defaultdict(list)
    across = count = 0
    for one in words:
        cell = grid.cell_at(one.word)
        if cell >= 0:
            within[cell].append(one)
            count += 1
            across += one.word.right > grid.right_of(cell) + 0.5 * one.word.size or _struck(one.word, rulings)
    if not count or across > _ACROSS * count:
        return None
    rows: list[Cells] = []
    for row in range(grid.rows):
        rows += rows_of_band(_band(grid, row, within))
    rows = without_blanks(rows)
    title = len(list(itertools.takewhile(lambda row: sum(map(bool, row)) == 1, rows)))
    rows, above = without_blanks(rows[title:]), rows[:title]
    if not is_table(rows):
        return None
    names = [line.bottom for row in above for cell in row for line in cell]
    placed = [one for group in within.values() for one in group if not names or one.word.middle > max(names)]
    return Found(rows, placed, header_of(rows), " ".join(text_of(cell) for row in above for cell in row if cell))


def _band(grid: Grid, row: int, within: Mapping[int, list[Placed]]) -> Band:
    """The fields of a row of a grid, each cell where its first field is."""
    numbers = range(row * grid.columns, (row + 1) * grid.columns)
    columns = [within.get(number, []) for number in numbers]
    below = set(grid.cells[numbers.stop : numbers.stop + grid.columns])
    deep = frozenset(at for at, number in enumerate(numbers) if number in below)
    return Band(columns, columns_wide(grid.lefts, columns), deep)


def _struck(word: Word, rulings: Rulings) -> bool:
    """Whether a line runs through a word, as it does in drawings."""
    high, wide = 0.25 * (word.bottom - word.top), 0.25 * min(word.right - word.left, word.size)
    first = bisect.bisect_left(rulings.level, word.top + high, key=lambda line: line.at)
    last = bisect.bisect_right(rulings.level, word.bottom - high, key=lambda line: line.at)
    if any(line.start < word.right - wide and line.end > word.left + wide for line in rulings.level[first:last]):
        return True
    first = bisect.bisect_left(rulings.upright, word.left + wide, key=lambda line: line.at)
    last = bisect.bisect_right(rulings.upright, word.right - wide, key=lambda line: line.at)
    return any(line.start < word.bottom - high and line.end > word.top + high for line in rulings.upright[first:last])


def header_of(rows: Sequence[Cells]) -> int:
    """How many rows at the top name the columns."""
    texts = [[text_of(cell) for cell in row] for row in rows]
    labels = [text.endswith(_LABEL_ENDS) for text in texts[0] if text]
    if labels[0] or 2 * sum(labels) > len(labels):
        return 0
    return header_rows(texts)


def together(pieces: list[Piece]) -> list[Piece]:
    """Pieces in order, with the rows of each table one after the other, where the first of them stands."""
    tables: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.table:
            tables[piece.table].append(piece)
    ordered: list[Piece] = []
    for piece in pieces:
        ordered += tables.pop(piece.table, []) if piece.table else [piece]
    return ordered


def _replaced(pieces: Sequence[Piece], found: Sequence[Found], taken: set[int]) -> list[Piece]:
    """Pieces with the rows of each table where the first of its words stood."""
    starts = [min(one.order for one in table.placed) for table in found]
    kept: list[Piece] = []
    written: set[int] = set()
    for piece in pieces:
        for number, table in enumerate(found):
            if number not in written and starts[number] <= piece.order:
                kept += _rows(table, number + 1)
                written.add(number)
        words = [word for word in piece.words if id(word) not in taken]
        if len(words) == len(piece.words):
            kept.append(piece)
        elif words:
            kept.append(piece_of(words, piece.order, soft=piece.soft and words[-1] is piece.words[-1]))
    for number, table in enumerate(found):
        if number not in written:
            kept += _rows(table, number + 1)
    return kept


def _rows(table: Found, number: int) -> list[Piece]:
    order = min(one.order for one in table.placed)
    rows = [_row(cells, number, order, header=at < table.header) for at, cells in enumerate(table.rows)]
    rows[0].title = table.title
    return rows


def _row(cells: Cells, number: int, order: int, *, header: bool) -> Piece:
    lines = [line for cell in cells for line in cell]
    return Piece(
        " | ".join(map(text_of, cells)).rstrip("| "),
        min(line.left for line in lines),
        min(line.top for line in lines),
        max(line.right for line in lines),
        max(line.bottom for line in lines),
        statistics.median(line.size for line in lines),
        order,
        table=number,
        header=header,
        cells=tuple(map(tuple, cells)),
    )
