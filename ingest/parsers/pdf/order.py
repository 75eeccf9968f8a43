"""Reading order: the stream's own, unless it runs across columns row by row; then the columns, which a gutter parts.

A page of a table is written row by row too, so a gutter counts only between two columns of running text: rows enough, wide enough, filled
enough, and of letters rather than digits.
"""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.parsers.pdf.splitting import NARROW, narrow_gutters, split_at
from ingest.parsers.pdf.words import Piece, same_row

# What both sides of a gutter must have: rows, width in heights of a line, text width over side width (median), share of digits at most.
_ROWS, _WIDTH, _FILL, _DIGITS = 4, 8.0, 0.6, 0.4
# Share of rows that begin with a small letter at least, in scripts that have them: sentences run on, cells and statements begin anew.
_LOWER = 0.35
# Share of rows that must follow the one above without a blank row, and from which multiple of the usual step on there is one: cells that face
# cells of several rows have blanks below them.
_DENSE, _BLANK = 0.6, 1.5
# Share of rows that face a row of the other side at least, in columns of one size, and what is another size.
_PAIRED, _SMALLER = 0.5, 0.93
# Share of rows after which the stream changes sides, where they do not face each other.
_ALTERNATING = 0.8
# How wide a gutter is clear, in heights of a line.
_CLEAR = 0.8
# A gap of more heights of a line than this parts what follows from a column, unless so many rows of the column's width follow.
_PARAGRAPH, _GOES_ON = 1.5, 3
# A column beside two that are known may be as short as this.
_LAST_ROWS = 2
# How deep columns are looked for in columns.
_DEPTH = 6
# Pieces of a column of text that begin at one place.
_ALIGNED = 3
# Left edges that are tried as gutters: a page of more is a drawing.
_MOST_EDGES = 200


@dataclass(frozen=True, slots=True)
class Rules:
    """What a gutter must have; the same words as the constants above."""

    rows: int = _ROWS
    width: float = _WIDTH
    fill: float = _FILL
    digits: float = _DIGITS
    lower: float = _LOWER
    clear: float = _CLEAR


@dataclass(frozen=True, slots=True)
class _Gutter:
    """Column sides of a gutter, what lies above and below them, and how many rows they have."""

    above: list[Piece]
    left: list[Piece]
    right: list[Piece]
    below: list[Piece]
    rows: int


def in_order(pieces: list[Piece], size: float, rules: Rules | None = None, *, trusting: bool = True) -> list[Piece]:
    """Pieces in reading order; `size` is the usual height of a line. Where `trusting`, the stream stays unless it zigzags."""
    rules = rules or Rules()
    if not trusting:
        return _parted(pieces, size, rules, 0, trusting=False)
    places = narrow_gutters(pieces, size)
    if places:
        split = split_at(places, pieces, size)
        gutter = _best(split, size, replace(rules, clear=NARROW), places)
        if gutter is not None:
            return _around(gutter, size, replace(rules, clear=NARROW), 0, trusting=True)
    return _parted(pieces, size, rules, 0, trusting=True) if _crossings(pieces) >= rules.rows else pieces


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Rows from top to bottom, each from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        if rows and same_row(rows[-1][0], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda piece: piece.left)
    return rows


def _crossings(pieces: Sequence[Piece]) -> int:
    """How often the stream goes from a piece to the next one on its right on the same row."""
    return sum(second.left > first.right and same_row(first, second) for first, second in itertools.pairwise(pieces))


def _parted(pieces: list[Piece], size: float, rules: Rules, depth: int, *, trusting: bool) -> list[Piece]:
    edges = _edges(pieces, min(rules.rows, _ALIGNED) if trusting else 1) if depth < _DEPTH else []
    gutter = _best(pieces, size, rules, edges, trusting=trusting)
    return _around(gutter, size, rules, depth, trusting=trusting) if gutter is not None else pieces


def _around(gutter: _Gutter, size: float, rules: Rules, depth: int, *, trusting: bool) -> list[Piece]:
    """What is above a gutter, its left side, its right side, what is below, each in order."""
    last = replace(rules, rows=min(rules.rows, _LAST_ROWS)) if trusting else rules
    parts = ((gutter.above, rules), (gutter.left, rules), (gutter.right, last), (gutter.below, rules))
    return [piece for part, its in parts for piece in _parted(part, size, its, depth + 1, trusting=trusting)]


def _best(pieces: list[Piece], size: float, rules: Rules, edges: Sequence[float], *, trusting: bool = True) -> _Gutter | None:
    """The gutter with most rows beside it, at one of `edges`."""
    by_height = sorted(pieces, key=lambda piece: piece.top)
    best: _Gutter | None = None
    for edge in edges:
        for run in _clear_runs(by_height, edge, rules.clear * size):
            if len(run) < 2 * rules.rows:
                continue
            gutter = _gutter(pieces, run, edge, size, rules, best.rows if best else 0)
            if gutter is not None and (not trusting or _zigzags(gutter, rules.rows)):
                best = gutter
    return best


def _edges(pieces: Sequence[Piece], rows: int) -> list[float]:
    """Where pieces begin, `rows` of them at least at one place, from the left."""
    edges: dict[int, float] = {}
    counts: Counter[int] = Counter()
    for piece in pieces:
        place = round(piece.left / 2)
        counts[place] += 1
        edges.setdefault(place, piece.left)
    found = [edge for place, edge in edges.items() if counts[place - 1] + counts[place] + counts[place + 1] >= rows]
    return sorted(found)[:_MOST_EDGES]


def _clear_runs(pieces: list[Piece], edge: float, clear: float) -> list[list[Piece]]:
    """Runs of pieces, from the top down, none of which crosses the clear strip left of `edge`."""
    runs: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.left < edge - 1 and piece.right > edge - clear:
            runs.append([])
        else:
            runs[-1].append(piece)
    return runs


def _gutter(pieces: list[Piece], run: list[Piece], edge: float, size: float, rules: Rules, most: int) -> _Gutter | None:
    """The gutter at `edge` beside these pieces, where both its sides are columns of text with more than `most` rows."""
    run = _beside(run, edge, size)
    left = [piece for piece in run if piece.left < edge - 1]
    right = [piece for piece in run if piece.left >= edge - 1]
    if min(len(left), len(right)) < max(rules.rows, most + 1):
        return None
    rows = min(_rows(left), _rows(right))
    if rows < rules.rows or rows <= most or not all(_is_column(side, size, rules) for side in (left, right)):
        return None
    inside = {id(piece) for piece in run}
    first, last = min(piece.middle for piece in run), max(piece.middle for piece in run)
    others = [piece for piece in pieces if id(piece) not in inside]
    if any(first <= piece.middle <= last for piece in others):
        return None
    lefts = {id(piece) for piece in left}
    return _Gutter(
        [piece for piece in others if piece.middle < first],
        [piece for piece in pieces if id(piece) in lefts],
        [piece for piece in pieces if id(piece) in inside and id(piece) not in lefts],
        [piece for piece in others if piece.middle > last],
        rows,
    )


def _beside(run: list[Piece], edge: float, size: float) -> list[Piece]:
    """The run without what follows its shorter side after a gap: that lies below the columns rather than in one."""
    ends = [max((piece.bottom for piece in run if (piece.left < edge - 1) is side), default=0.0) for side in (True, False)]
    shorter = end = min(ends)
    for at, piece in enumerate(run):
        if piece.top > shorter:
            if piece.top > end + _PARAGRAPH * size and not _goes_on(run, at, edge):
                return run[:at]
            end = max(end, piece.bottom)
    return run


def _goes_on(run: list[Piece], at: int, edge: float) -> bool:
    """Whether the column of the piece at `at` goes on with it: rows enough that are as wide."""
    side = run[at].left < edge - 1
    column, rest = ([piece for piece in part if (piece.left < edge - 1) is side] for part in (run[:at], run[at:]))
    if not column or _rows(rest) < _GOES_ON:
        return False
    left, right = min(piece.left for piece in column), max(piece.right for piece in column)
    fills = statistics.median(piece.right - piece.left for piece in rest) >= _FILL * (right - left)
    return fills and all(left - 1 <= piece.left and piece.right <= right + 1 for piece in rest)


def _rows(pieces: list[Piece]) -> int:
    count, last = 0, None
    for piece in pieces:
        if last is None or not same_row(last, piece):
            count += 1
            last = piece
    return count


def _width(rows: list[list[Piece]]) -> float:
    """The width of a side in points: that of its first column where a shorter one stands beside that."""
    left = min(row[0].left for row in rows)
    beside = [row for row in rows if len(row) > 1]
    first = max((row[0].right for row in beside), default=0.0)
    if len(beside) >= _LAST_ROWS and all(row[0].right <= first + 1 for row in rows) and all(row[1].left > first for row in beside):
        return first - left
    return max(piece.right for row in rows for piece in row) - left


def _is_column(pieces: list[Piece], size: float, rules: Rules) -> bool:
    """Whether these are lines of running text rather than cells of a table."""
    if statistics.median(piece.right - piece.left for piece in pieces) < rules.width * size:
        return False
    cased = [piece.text[0] for piece in pieces if piece.text[0] != piece.text[0].swapcase() or not piece.text[0].isalpha()]
    if 2 * len(cased) > len(pieces) and sum(map(str.islower, cased)) < rules.lower * len(cased):
        return False
    text = "".join(piece.text for piece in pieces)
    if sum(map(str.isdigit, text)) > rules.digits * len(text):
        return False
    rows = rows_of(pieces)
    width = _width(rows)
    return statistics.median(sum(piece.right - piece.left for piece in row) / width for row in rows) >= rules.fill


def _zigzags(gutter: _Gutter, rows: int) -> bool:
    """Whether the stream runs across the gutter on at least `rows` rows, which follow each other closely on both sides.

    It goes straight from the left side to the right one on half of the rows that face each other. Where few do, one side is set smaller,
    or the stream changes sides at nearly every row: within cells of a table it does not.
    """
    left, right = _shared(rows_of(gutter.left), rows_of(gutter.right))
    if not left or not right or not _dense(left, right):
        return False
    fewer, more = sorted((len(left), len(right)))
    if fewer < rows:
        return False
    faced = [(row[-1], other[0]) for row in left for other in right if same_row(row[-1], other[0])]
    if len(faced) >= _PAIRED * more:
        return 2 * sum(other.order - one.order == 1 for one, other in faced) >= len(faced)
    sides = sorted(
        [(piece.order, True) for row in left for piece in row] + [(piece.order, False) for row in right for piece in row]
    )
    turns = sum(one[1] and not other[1] for one, other in itertools.pairwise(sides))
    if _smaller(gutter.right, gutter.left):
        return turns > 1 and 2 * turns >= fewer
    return fewer > _ROWS and turns >= _ALTERNATING * more


def _smaller(one: list[Piece], other: list[Piece]) -> bool:
    """Whether the text of one side is set smaller than that of the other."""
    first, second = sorted(statistics.median(piece.size for piece in side) for side in (one, other))
    return first < _SMALLER * second


def _dense(*sides: list[list[Piece]]) -> bool:
    """Whether the rows of each side follow each other as closely as those of the closer side do, save some."""
    pitches = [[other[0].middle - one[0].middle for one, other in itertools.pairwise(rows)] for rows in sides]
    if not all(pitches):
        return False
    usual = min(map(statistics.median, pitches))
    return all(sum(pitch < _BLANK * usual for pitch in side) >= _DENSE * len(side) for side in pitches)


def _shared(left: list[list[Piece]], right: list[list[Piece]]) -> tuple[list[list[Piece]], list[list[Piece]]]:
    """The rows of both sides at heights that both have."""
    top, bottom = max(left[0][0].top, right[0][0].top), min(left[-1][0].bottom, right[-1][0].bottom)
    first, second = ([row for row in rows if top <= row[0].middle <= bottom] for rows in (left, right))
    return first, second
