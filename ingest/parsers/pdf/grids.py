"""Tables within ruling lines: lines that touch make a grid, and where a line is missing between two fields they are one cell."""

from __future__ import annotations

import bisect
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.parsers.pdf.words import Ruling, Rulings, Word

# Lines whose ends are nearer than this touch (points).
_TOUCH = 3.0
# Between edges nearer than this many heights of a line of text no text stands: they are the two sides of one line, or a surface's margin.
_NARROW = 0.6
# Pairs of lines that are held against each other: a page of more is a drawing.
_MOST_PAIRS = 40_000
# Rows and columns of the largest grid.
_MOST_FIELDS = 20_000


@dataclass(slots=True)
class Grid:
    """Fields between the edges `lefts` and `tops` (points, each with a last one more); `cells` numbers the cell of each field, by rows.

    Fields that no line parts have the same number, which is that of the first of them: row times columns plus column.
    """

    lefts: list[float]
    tops: list[float]
    cells: list[int] = field(default_factory=list)

    @property
    def columns(self) -> int:
        """How many columns it has."""
        return len(self.lefts) - 1

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.tops) - 1

    def cell_at(self, word: Word) -> int:
        """The number of the cell that holds the middle of a word, -1 outside."""
        column = bisect.bisect_right(self.lefts, word.centre) - 1
        row = bisect.bisect_right(self.tops, word.middle) - 1
        inside = 0 <= column < self.columns and 0 <= row < self.rows
        return self.cells[row * self.columns + column] if inside else -1

    def right_of(self, cell: int) -> float:
        """Where the topmost row of a cell ends."""
        row, column = divmod(cell, self.columns)
        while column + 1 < self.columns and self.cells[row * self.columns + column + 1] == cell:
            column += 1
        return self.lefts[column + 1]


def grids_of(rulings: Rulings, size: float) -> Iterator[Grid]:
    """The grids of a page that have two columns and two rows at least, from the top down; `size` is the usual height of a line of text."""
    grids = []
    near = max(_TOUCH, _NARROW * size)
    for level, upright in _touching(rulings):
        lefts = _edges([line.at for line in upright], level, near)
        tops = _edges([line.at for line in level], upright, near)
        if len(lefts) > 2 and len(tops) > 2 and len(lefts) * len(tops) <= _MOST_FIELDS:
            grid = Grid(lefts, tops)
            grid.cells = _cells(grid, level, upright)
            grids.append(grid)
    return iter(sorted(grids, key=lambda grid: (grid.tops[0], grid.lefts[0])))


def _touching(rulings: Rulings) -> Iterator[tuple[list[Ruling], list[Ruling]]]:
    """Lines along and across rows that touch each other, group by group."""
    level, upright = rulings.level, rulings.upright
    if len(level) * len(upright) > _MOST_PAIRS:
        return
    parents = list(range(len(level) + len(upright)))
    for second, up in enumerate(upright):
        first = bisect.bisect_left(level, up.start - _TOUCH, key=lambda line: line.at)
        for at in range(first, len(level)):
            along = level[at]
            if along.at > up.end + _TOUCH:
                break
            if along.start - _TOUCH <= up.at <= along.end + _TOUCH:
                _unite(parents, at, len(level) + second)
    groups: dict[int, tuple[list[Ruling], list[Ruling]]] = defaultdict(lambda: ([], []))
    for at, line in enumerate(itertools.chain(level, upright)):
        groups[_root(parents, at)][at >= len(level)].append(line)
    yield from (group for group in groups.values() if group[0] and group[1])


def _edges(places: Iterable[float], across: Sequence[Ruling], near: float) -> list[float]:
    """Places of lines, and where the lines across them end beyond the last one; those with no room for text between them are one."""
    groups: list[list[float]] = []
    outer = (min(line.start for line in across), max(line.end for line in across))
    for place in sorted(itertools.chain(places, outer)):
        if groups and place - groups[-1][-1] <= near and place - groups[-1][0] <= 2 * near:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [(group[0] + group[-1]) / 2 for group in groups]


def _cells(grid: Grid, level: Sequence[Ruling], upright: Sequence[Ruling]) -> list[int]:
    """The number of the cell of each field."""
    columns, rows = grid.columns, grid.rows
    right = _walls(upright, grid.lefts, grid.tops)  # by edge and row
    below = _walls(level, grid.tops, grid.lefts)  # by edge and column
    parents = list(range(rows * columns))
    for row, column in itertools.product(range(rows), range(columns)):
        at = row * columns + column
        if column + 1 < columns and row not in right[column + 1]:
            _unite(parents, at, at + 1)
        if row + 1 < rows and column not in below[row + 1]:
            _unite(parents, at, at + columns)
    return [_root(parents, at) for at in range(rows * columns)]


def _walls(lines: Sequence[Ruling], edges: Sequence[float], across: Sequence[float]) -> list[set[int]]:
    """For each edge, the fields along it whose middle a line passes."""
    walls: list[set[int]] = [set() for _ in edges]
    middles = [(one + other) / 2 for one, other in itertools.pairwise(across)]
    for line in lines:
        nearest = min(range(len(edges)), key=lambda at: abs(edges[at] - line.at))
        first, last = bisect.bisect_left(middles, line.start), bisect.bisect_right(middles, line.end)
        walls[nearest].update(range(first, last))
    return walls


def _root(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at


def _unite(parents: list[int], one: int, other: int) -> None:
    """Make two one, known by the smaller number."""
    first, second = sorted((_root(parents, one), _root(parents, other)))
    parents[second] = first
