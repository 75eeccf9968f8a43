"""Pieces of a page to its lines, in reading order."""

from __future__ import annotations

import itertools
import re
import statistics

from ingest.parsers.pdf.footnotes import footnotes_last
from ingest.parsers.pdf.numbering import without_line_numbers
from ingest.parsers.pdf.order import in_order
from ingest.parsers.pdf.ruby import without_ruby
from ingest.parsers.pdf.tables import together, with_tables
from ingest.parsers.pdf.turned import Direction, direction_of, turn_back, upright
from ingest.parsers.pdf.vertical import in_columns, is_vertical, stacked, turned_back
from ingest.parsers.pdf.words import Line, Piece, Sheet, same_row

_WIDE = "[\u3001-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003fffd]"
_WIDE_END, _WIDE_START = re.compile(f"{_WIDE}$"), re.compile(_WIDE)
# A line is full, so that the next one may go on with its sentence, where none of the lines around it ends further on by so many heights.
_NEAR = 1.5
_AROUND = 8
# Lines shorter than this many heights are items or headings.
_ITEM = 12.0
# A word that a line's end divides.
_HYPHENS = "-\u00ad\u2010"
_DIVIDED = re.compile(r"[^\W\d_]{2}.$")
_SENTENCE_END = "。！？"


def lines_of(sheet: Sheet) -> list[Line]:
    """The lines of a page in reading order."""
    pieces = stacked(sheet.pieces)
    if is_vertical(pieces):
        lines = _joined([_line([piece]) for piece in in_columns(pieces)])
        for line in lines:
            line.left, line.top, line.right, line.bottom = turned_back(line.left, line.top, line.right, line.bottom)
        return lines
    direction = direction_of(pieces)
    if direction is not Direction.RIGHT:
        lines = _upright_lines(upright(sheet, direction))
        turn_back(lines, sheet.width, sheet.height, direction)
        return lines
    return _upright_lines(sheet)


def _upright_lines(sheet: Sheet) -> list[Line]:
    """The lines of a page whose text runs to the right."""
    pieces = sheet.pieces
    size = usual_size(pieces)
    sheet.pieces = without_line_numbers(without_ruby(pieces, size), size)
    rows = rows_in_stream(together(in_order(with_tables(sheet), size)))
    return _joined(footnotes_last(rows, sheet.height))


def usual_size(pieces: list[Piece]) -> float:
    """The usual height of a line in points; 10 where there is none."""
    return statistics.median(piece.size for piece in pieces) if pieces else 10.0


def rows_in_stream(pieces: list[Piece]) -> list[Line]:
    """Neighbours in order that stand on one row, as lines."""
    lines: list[Line] = []
    held: list[Piece] = []
    for piece in pieces:
        alone = held and (held[-1].table or piece.table)
        if alone or (
            held and not (same_row(held[-1], piece) and held[-1].upright and piece.upright and piece.left >= held[-1].right - 1)
        ):
            lines.append(_line(held))
            held = []
        held.append(piece)
    if held:
        lines.append(_line(held))
    return lines


def _line(pieces: list[Piece]) -> Line:
    return Line(
        " ".join(piece.text for piece in pieces),
        min(piece.left for piece in pieces),
        min(piece.top for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.bottom for piece in pieces),
        max(piece.size for piece in pieces),
        pieces[-1].soft,
        pieces[0].table,
        cells=pieces[0].cells,
        header=pieces[0].header,
        title=pieces[0].title,
        first=pieces[0].words[0].index if pieces[0].words else -1,
        last=pieces[-1].words[-1].index if pieces[-1].words else -1,
        pieces=len(pieces),
    )


def _joined(lines: list[Line]) -> list[Line]:
    """The lines, with those marked that run on in the next one: without a blank, as Japanese does, or in the middle of a word."""
    for at, (line, following) in enumerate(itertools.pairwise(lines)):
        size = line.size
        if line.table or following.table:
            continue
        if not line.soft and line.text[-1] in _HYPHENS and _DIVIDED.search(line.text) and _goes_on(line, following):
            # pdfium marks a hyphen only where the stream, too, goes on with the other half of the word.
            line.text, line.soft = line.text[:-1], True
        line.joins = (
            _WIDE_END.search(line.text) is not None
            and _WIDE_START.match(following.text) is not None
            and line.text[-1] not in _SENTENCE_END
            and line.right - line.left >= _ITEM * size
            and abs(following.size - size) < 0.15 * size
            and following.left < line.left + 0.5 * size
            and -0.5 * size < following.top - line.bottom < 1.2 * size
            and _is_full(line, lines[max(0, at - _AROUND) : at + _AROUND])
        )
    return lines


def _goes_on(line: Line, following: Line) -> bool:
    """Whether a line may begin with the other half of the word that ends another."""
    return following.text[0].islower() and abs(following.size - line.size) < 0.15 * line.size


def _is_full(line: Line, around: list[Line]) -> bool:
    """Whether a line ends where its column ends: some other one ends there too, and none beyond."""
    column = [one for one in around if abs(one.left - line.left) < 3 * line.size]
    return (
        all(one.right < line.right + _NEAR * line.size for one in column)
        and sum(abs(one.right - line.right) < 0.7 * line.size for one in column) > 1
    )
