"""Numbers of lines at the margin of running text: they belong to the sheet and not to the sentences beside them, and are left out."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

from ingest.parsers.pdf.words import Piece, Word, piece_of, same_row

# A margin has so many numbers at least, each so much more than the one above it; they line up to within so many points.
_FEWEST, _STEPS, _ALIGNED = 8, (1, 5), 2.0
# The text beside them: rows are this long at least, in heights of a line, and so many of them begin with a small letter, or one without case.
_LONG, _LOWER = 10.0, 0.35
_LONGEST = 5


def without_line_numbers(pieces: list[Piece], size: float) -> list[Piece]:
    """The pieces without numbers of lines; `size` is the usual height of a line."""
    dropped: set[int] = set()
    for last in (False, True):
        ends = [(piece.words[-1 if last else 0], piece) for piece in pieces]
        numbers = [(word, piece) for word, piece in ends if word.text.isdecimal() and len(word.text) <= _LONGEST]
        if len(numbers) >= _FEWEST:
            dropped |= _numbered(numbers, pieces, size, last=last)
    if not dropped:
        return pieces
    made: list[Piece] = []
    for piece in pieces:
        words = [word for word in piece.words if id(word) not in dropped]
        if words:
            whole = len(words) == len(piece.words)
            made.append(piece if whole else piece_of(words, soft=piece.soft))
    for order, piece in enumerate(made):
        piece.order = order
    return made


def _numbered(numbers: Sequence[tuple[Word, Piece]], pieces: Sequence[Piece], size: float, *, last: bool) -> set[int]:
    """The words that number the lines of running text, at its right margin where `last`, else at the left one."""
    found: set[int] = set()
    for column in _columns(numbers):
        column.sort(key=lambda one: one[0].top)
        values = [int(word.text) for word, _ in column]
        steps = {second - first for first, second in itertools.pairwise(values)}
        if len(column) < _FEWEST or len(steps) != 1 or next(iter(steps)) not in _STEPS:
            continue
        if _outermost(column, pieces, last=last) and _beside_text(column, pieces, size):
            found |= {id(word) for word, _ in column}
    return found


def _columns(numbers: Sequence[tuple[Word, Piece]]) -> list[list[tuple[Word, Piece]]]:
    """The numbers that line up, at their right or left edge."""
    columns: list[list[tuple[Word, Piece]]] = []
    for one in numbers:
        for column in columns:
            word = column[0][0]
            if abs(word.right - one[0].right) < _ALIGNED or abs(word.left - one[0].left) < _ALIGNED:
                column.append(one)
                break
        else:
            columns.append([one])
    return columns


def _outermost(column: Sequence[tuple[Word, Piece]], pieces: Sequence[Piece], *, last: bool) -> bool:
    """Whether nothing stands between the numbers and the edge of the page."""
    top, bottom = column[0][0].top, column[-1][0].bottom
    left, right = min(word.left for word, _ in column), max(word.right for word, _ in column)
    beside = [piece for piece in pieces if top < piece.middle < bottom]
    return not any(piece.right > right + _ALIGNED if last else piece.left < left - _ALIGNED for piece in beside)


def _beside_text(column: Sequence[tuple[Word, Piece]], pieces: Sequence[Piece], size: float) -> bool:
    """Whether the rows that are numbered are lines of running text."""
    texts: list[str] = []
    lengths: list[float] = []
    for word, _ in column:
        row = [other for piece in pieces if same_row(word, piece) for other in piece.words if not other.text.isdecimal()]
        if row:
            texts.append(min(row, key=lambda other: other.left).text)
            lengths.append(max(other.right for other in row) - min(other.left for other in row))
    if 2 * len(texts) < len(column) or statistics.median(lengths) < _LONG * size:
        return False
    begun = sum(text[0].isalpha() and (text[0].islower() or text[0] == text[0].swapcase()) for text in texts)
    return begun >= _LOWER * len(texts)
