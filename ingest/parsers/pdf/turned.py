"""Pages whose text is turned as they are shown: they are laid out as if it were upright, and their lines get their places back."""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ingest.parsers.pdf.order import rows_of
from ingest.parsers.pdf.sheets import pieces_of
from ingest.parsers.pdf.words import Line, Piece, Sheet, Word, piece_of

# How many lines must run one way before a page is taken to be turned.
_FEWEST = 2
# Hebrew, Arabic and the scripts beside them run to the left where they are not turned.
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


class Direction(enum.Enum):
    """Which way text runs on a page as shown."""

    RIGHT = 0
    DOWN = 1
    LEFT = 2
    UP = 3


def direction_of(pieces: Sequence[Piece]) -> Direction:
    """Which way most lines of a page run; lines of one word do not tell."""
    votes = Counter(
        _runs(piece.words[0], piece.words[-1]) for piece in pieces if len(piece.words) > 1 and not _FROM_RIGHT.search(piece.text)
    )
    if not votes:
        return Direction.RIGHT
    direction, count = votes.most_common(1)[0]
    return direction if count >= _FEWEST else Direction.RIGHT


def _runs(first: Word, last: Word) -> Direction:
    across, down = last.centre - first.centre, last.middle - first.middle
    if abs(across) >= abs(down):
        return Direction.RIGHT if across >= 0 else Direction.LEFT
    return Direction.DOWN if down >= 0 else Direction.UP


def upright(sheet: Sheet, direction: Direction) -> Sheet:
    """The sheet turned so that text which runs in `direction` runs to the right, row by row; text that runs otherwise is last."""
    turned: list[Piece] = []
    across: list[Piece] = []
    for piece in sheet.pieces:
        words = [_moved(word, _placed(word, sheet.width, sheet.height, direction)) for word in piece.words]
        runs = _runs(words[0], words[-1])
        # Two words that run back are one and the sign of a footnote beside it.
        if len(words) > 2 and runs is not Direction.RIGHT:
            across.append(piece_of(words, soft=piece.soft))
        else:
            in_row = words if runs is Direction.RIGHT else sorted(words, key=lambda word: word.left)
            turned += pieces_of(in_row, 0, soft=piece.soft)
    # pdfium sorts turned lines by a rule of its own: only their places tell their order.
    pieces = [piece for row in rows_of(turned) for piece in row] + across
    for order, piece in enumerate(pieces):
        piece.order = order
    width, height = (sheet.width, sheet.height) if direction is Direction.LEFT else (sheet.height, sheet.width)
    return Sheet(pieces, width, height, sheet.hidden)


def turn_back(lines: Sequence[Line], width: float, height: float, direction: Direction) -> None:
    """Give lines of a sheet that `upright` turned, and those of cells, their places on the page of this size in points."""
    back = {Direction.DOWN: Direction.UP, Direction.UP: Direction.DOWN}.get(direction, direction)
    shown = (width, height) if direction is Direction.LEFT else (height, width)
    for line in [*lines, *(part for row in lines for cell in row.cells for part in cell)]:
        line.left, line.top, line.right, line.bottom = _placed(line, *shown, back)


def _placed(one: Word | Line, width: float, height: float, direction: Direction) -> tuple[float, float, float, float]:
    """The box of a word on a page of this size that is turned so that `direction` becomes right: left, top, right, bottom."""
    match direction:
        case Direction.DOWN:
            return one.top, width - one.right, one.bottom, width - one.left
        case Direction.LEFT:
            return width - one.right, height - one.bottom, width - one.left, height - one.top
        case Direction.UP:
            return height - one.bottom, one.left, height - one.top, one.right
    return one.left, one.top, one.right, one.bottom


def _moved(word: Word, box: tuple[float, float, float, float]) -> Word:
    left, top, right, bottom = box
    return replace(word, left=left, top=top, right=right, bottom=bottom)
