"""Finds tables in grids of cells: where a header stands, where one table ends and another begins."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from core.places import Place
from ingest.parsers.writing import Row, Writer, is_value, names_columns, plain_cell

# Rows at the top among which the header is looked for; above it stand titles.
_LOOKED_AT = 10
# Share of the cells that rows usually have that a header has at least.
_FULL = 0.6

Grid = Mapping[int, Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows and columns, numbered from 1, that belong together."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]


def header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """Which row names the columns: an index into `rows`, None where none does.

    It is among the first, as full as rows usually are, names columns, and has rows below.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = sorted(filled)[len(filled) // 2] if filled else 0
    for index, row in enumerate(rows[: min(_LOOKED_AT, len(rows) - 1)]):
        if filled[index] >= max(2, _FULL * usual) and names_columns([plain_cell(cell) for cell in row]):
            return index
        if filled[index] >= max(2, usual):
            return None  # values have begun
    return None


def write_grid(writer: Writer, grid: Grid, sheet: str, skipped: Set[int] = frozenset()) -> None:
    """Write the tables of a sheet: `grid` has the text of the cells that have any, by row and column from 1.

    `skipped` are rows that are left out because they are hidden: they part no tables.
    """
    carried: tuple[_Block, str] | None = None
    for block in _blocks(grid, skipped):
        rows = [_row(grid, block, number, sheet) for number in block.rows]
        header = header_at([row.cells for row in rows])
        single = len(block.columns) == 1
        above = rows[: header or 0] if not single else rows
        for row in above:
            writer.paragraph(" | ".join(cell for cell in row.cells if cell), row.place, item=True)
        if single:
            writer.gap()
            continue
        caption = ""
        if header is None and carried and set(block.columns) <= set(carried[0].columns):
            caption = carried[1]
        writer.table(rows[header or 0 :], caption, header=0 if header is None else 1)
        if header is not None:
            carried = (block, " | ".join(plain_cell(cell) for cell in rows[header].cells))


def column_name(column: int) -> str:
    """The letters of a column from 1.

    >>> column_name(28)
    'AB'
    """
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_position(name: str) -> tuple[int, int]:
    """Row and column, from 1, of a cell's name ("B7", "$B$7"); 0 where it has none.

    >>> cell_position("AB12")
    (12, 28)
    """
    column = 0
    digits = ""
    for character in name.upper():
        if "A" <= character <= "Z":
            column = column * 26 + ord(character) - 64
        elif "0" <= character <= "9":
            digits += character
    return int(digits[:9] or 0), column


def _row(grid: Grid, block: _Block, number: int, sheet: str) -> Row:
    cells = grid[number]
    first, last = column_name(block.columns[0]), column_name(block.columns[-1])
    where = f"{first}{number}" if first == last else f"{first}{number}:{last}{number}"
    return Row(tuple(cells.get(column, "") for column in block.columns), Place(sheet=sheet, cells=where))


def _blocks(grid: Grid, skipped: Set[int]) -> list[_Block]:
    """Runs of rows without an empty one between them, each cut where tables stand side by side."""
    found: list[_Block] = []
    run: list[int] = []
    for number in sorted(number for number, cells in grid.items() if any(cells.values())):
        if run and any(between not in skipped for between in range(run[-1] + 1, min(number, run[-1] + 2 + len(skipped)))):
            found += _side_by_side(grid, run)
            run = []
        run.append(number)
    return found + (_side_by_side(grid, run) if run else [])


def _side_by_side(grid: Grid, rows: Sequence[int]) -> list[_Block]:
    """The tables of a run of rows: parted by an empty column where what follows begins with labels of its own."""
    used = sorted({column for row in rows for column, text in grid[row].items() if text})
    parts: list[list[int]] = []
    for _, columns in itertools.groupby(enumerate(used), lambda one: one[1] - one[0]):
        part = [column for _, column in columns]
        if parts and not (len(parts[-1]) > 1 and len(part) > 1 and _labelled(grid, rows, part[0])):
            parts[-1] += part
        else:
            parts.append(part)
    blocks = []
    for part in parts:
        own = tuple(row for row in rows if any(grid[row].get(column) for column in part))
        if own:
            blocks.append(_Block(own, tuple(part)))
    return blocks


def _labelled(grid: Grid, rows: Sequence[int], column: int) -> bool:
    """Whether most of a column's cells are words."""
    found = [text for row in rows if (text := grid[row].get(column))]
    return sum(not is_value(plain_cell(text)) for text in found) * 2 > len(found)
