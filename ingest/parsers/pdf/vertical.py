"""Vertical Japanese: columns from right to left, each from the top down, in tiers where the page has several; ruby is folded away."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import replace

from ingest.parsers.pdf.order import Rules, in_order, rows_of
from ingest.parsers.pdf.ruby import RUBY
from ingest.parsers.pdf.words import Piece, Word, piece_of

# A gap of more heights of a character than this parts the tiers of a column.
_TIER = 1.6
# From this share of single wide characters on, each below the one before in the stream, a page is one that was written character by character.
_STACKED, _FEWEST = 0.5, 10
# The next character of a column stands at most so many heights of a character beside the one above it, and so many below its top.
_BESIDE, _STEP = 0.35, 2.2
# What parts two tiers: fewer rows and emptier ones than columns have, since lines of verse end anywhere.
_TIERS = Rules(rows=3, fill=0.3, clear=0.5, width=4.0)


def stacked(pieces: list[Piece]) -> list[Piece]:
    """The pieces, or columns made of them where a vertical page was written character by character; readings are left out there."""
    steps = sum(len(one.text) == 1 and _below(one.words[-1], other.words[0]) for one, other in itertools.pairwise(pieces))
    if steps < _FEWEST or steps < _STACKED * len(pieces):
        return pieces
    words = [word for piece in pieces for word in piece.words]
    size = statistics.median(word.size for word in words)
    columns: list[list[Word]] = []
    for word in words:
        if word.size <= RUBY * size:
            continue
        if columns and _below(columns[-1][-1], word):
            columns[-1].append(replace(word, glued=True))
        else:
            columns.append([replace(word, glued=False)])
    return [piece_of(column, order) for order, column in enumerate(columns)]


def _below(one: Word, other: Word) -> bool:
    """Whether a word stands straight below another, near enough to be its column's next."""
    size = max(one.size, 1.0)
    return abs(one.centre - other.centre) < _BESIDE * size and _BESIDE * size < other.top - one.top < _STEP * size


def is_vertical(pieces: list[Piece]) -> bool:
    """Whether more characters stand one below the other than along rows."""
    falling = sum(len(piece.text) for piece in pieces if not piece.upright and _glued(piece))
    return falling > sum(len(piece.text) for piece in pieces if piece.upright and len(piece.text) > 1)


def _glued(piece: Piece) -> bool:
    return len(piece.words) > 1 and piece.words[-1].glued and all(len(word.text) == 1 for word in piece.words)


def in_columns(pieces: list[Piece]) -> list[Piece]:
    """Pieces of a vertical page in reading order, each with its axes turned so that a column is a row: see `turned_back`."""
    words = [tuple(replace(word) for word in piece.words) for piece in pieces]
    size = statistics.median(word.size for group in words for word in group)
    parts = [
        piece_of(part, order)
        for order, group in enumerate(words)
        for part in _tiers(list(group), size)
        if max(word.size for word in part) > RUBY * size
    ]
    turned = [_turned(part) for part in parts]
    ordered = [piece for row in rows_of(turned) for piece in row]
    for order, piece in enumerate(ordered):
        piece.order = order
    return in_order(ordered, size, _TIERS, trusting=False)


def _tiers(words: list[Word], size: float) -> Iterator[list[Word]]:
    """The words of a column, cut where the gap is wide."""
    cuts = [0, *(at for at in range(1, len(words)) if words[at].top - words[at - 1].bottom > _TIER * size), len(words)]
    for start, end in itertools.pairwise(cuts):
        if end > start:
            yield words[start:end]


def _turned(piece: Piece) -> Piece:
    return replace(piece, left=piece.top, right=piece.bottom, top=-piece.right, bottom=-piece.left)


def turned_back(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """The box on the page of a box with turned axes: left, top, right, bottom."""
    return -bottom, left, -top, right
