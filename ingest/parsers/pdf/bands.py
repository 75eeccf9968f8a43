"""Rows that no line parts: the fields between two lines of a grid hold several rows, told by lines of text over all columns."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.parsers.pdf.cells import Cells, Placed, lines_in
from ingest.parsers.pdf.words import Line
from ingest.parsers.writing import is_value

# A word is of a line of text where their middles are no further apart than this many heights of the word.
_LEVEL = 0.5
# A column whose lines are values by more than this share holds values.
_VALUES = 0.6
# Rows that a band has at least, and what share of its lines of text begin one, where few of its columns hold values.
_ROWS, _BEGIN = 3, 2 / 3
# Blank between two words of a line, in heights of the line.
_BLANK = 0.2
# What ends the first line of a value that goes on in the next one, and begins a value that explains the one above it.
_GOES_ON, _EXPLAINS = tuple("-–—−/,"), tuple("([±")


@dataclass(slots=True)
class Band:
    """The words of each column between two lines of a grid, and where the columns' text may stand from left to right, in points.

    `deep` are the columns whose cell goes on below the band: it is of the first row.
    """

    columns: list[list[Placed]]
    widths: list[float]
    deep: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Level:
    """A line of text over all columns: its words by column, and the line that they are in each."""

    middle: float
    words: dict[int, list[Placed]] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)


def rows_of_band(band: Band) -> list[Cells]:
    """The rows of a band, one where nothing tells of several.

    Where most cells have values of several lines, these are never put into one.
    """
    whole = [lines_in(words) for words in band.columns]
    levels = _levels(band)
    filled = sorted({column for level in levels for column in level.lines})
    valued = {column for column in filled if _holds_values([level.lines[column] for level in levels if column in level.lines])}
    if len(levels) < 2 or len(filled) < 2 or not valued:
        return [whole]
    rows: list[list[_Level]] = []
    held: dict[int, Line] = {}  # the last line of each cell of the row
    for level in levels:
        if rows and _goes_on(held, level, filled, valued, band.widths):
            rows[-1].append(level)
        else:
            rows.append([level])
            held = {}
        held |= level.lines
    begin = sum(filled[0] in level.lines and 2 * len(level.lines) >= len(filled) for level in levels)
    several = [column for column in filled if sum(column in level.lines for level in levels) > 1]
    mostly = len(valued) > 1 and 2 * len(valued) >= len(filled)
    mixed = 2 * len(several) > len(filled) and 2 * sum(column in valued for column in several) > len(several)
    if len(rows) < 2 or not (mostly or mixed or (len(rows) >= _ROWS and begin > _BEGIN * len(levels))):
        return [whole]
    split = [[lines_in([one for level in row for one in level.words.get(at, ())]) for at in range(len(whole))] for row in rows]
    for column in band.deep:
        split[0][column] = whole[column]
    return split


def _levels(band: Band) -> list[_Level]:
    """The lines of text of a band, from the top down: words whose middles are level, in whichever column."""
    levels: list[_Level] = []
    words = [one.word for at, column in enumerate(band.columns) if at not in band.deep for one in column]
    numbers: dict[int, int] = {}
    for word in sorted(words, key=lambda word: word.middle):
        if not levels or word.middle - levels[-1].middle > _LEVEL * (word.bottom - word.top):
            levels.append(_Level(word.middle))
        numbers[id(word)] = len(levels) - 1
    for at, column in enumerate(band.columns):
        for one in column:  # in the stream's order
            if at not in band.deep:
                levels[numbers[id(one.word)]].words.setdefault(at, []).append(one)
    for level in levels:
        for at, own in level.words.items():
            lines = lines_in(own)
            if lines:
                level.lines[at] = lines[0] if len(lines) == 1 else _joined(lines)
    return [level for level in levels if level.lines]


def _joined(lines: Sequence[Line]) -> Line:
    """Lines that stand on one level as one."""
    return Line(
        " ".join(line.text for line in lines),
        min(line.left for line in lines),
        min(line.top for line in lines),
        max(line.right for line in lines),
        max(line.bottom for line in lines),
        lines[0].size,
    )


def _holds_values(lines: Sequence[Line]) -> bool:
    """Whether the lines of a column are mostly values, two at least, each of them whole."""
    last = len(lines) - 1
    count = sum(is_value(line.text) and (at == last or not line.text.endswith(_GOES_ON)) for at, line in enumerate(lines))
    return count > max(1, _VALUES * len(lines))


def _goes_on(held: Mapping[int, Line], level: _Level, filled: Sequence[int], valued: set[int], widths: Sequence[float]) -> bool:
    """Whether a line of text goes on with the row above it rather than beginning one."""
    own = set(level.lines)
    first = filled[0]
    if not own & valued:
        return first not in own or all(_wraps(held.get(column), level, column, widths[column]) for column in own)
    if first in own:
        return held.keys() == {first} and first not in valued and _wraps(held.get(first), level, first, widths[first])
    if own & held.keys() & valued:
        return all(level.lines[column].text.startswith(_EXPLAINS) for column in own & valued)
    return 2 * len(own) < len(filled) or not held.keys() & valued


def _wraps(above: Line | None, level: _Level, column: int, width: float) -> bool:
    """Whether the text of a cell runs on from the line above: it begins small, or its first word had no room there."""
    line = level.lines[column]
    if above is None:
        return False
    word = level.words[column][0].word
    return line.text[0].islower() or above.right - above.left + _BLANK * line.size + word.right - word.left > width


def columns_wide(lefts: Sequence[float], columns: Sequence[Sequence[Placed]]) -> list[float]:
    """How wide the text of each column may be: between the lines, less the margin that is kept on the nearer side, twice."""
    widths = []
    for (left, right), words in zip(itertools.pairwise(lefts), columns, strict=True):
        margins = [max(0.0, min(one.word.left - left, right - one.word.right)) for one in words]
        widths.append(right - left - 2 * min(margins, default=0.0))
    return widths
