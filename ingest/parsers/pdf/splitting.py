"""Rows that run across a narrow gutter, cut where many of them have a gap at one place."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ingest.parsers.pdf.words import Piece, Word, piece_of

# A gap of so many heights of a line may be a gutter; spaces between words are narrower, if not always.
NARROW = 0.35
# Rows that must begin anew at one place, in points give or take, and how many of as many may run across it: headings, captions.
_ROWS, _ALIGNED, _ACROSS = 5, 1.0, 0.25
# Places that are tried: a page of more is a table or a drawing.
_MOST = 6


def split_at(places: Sequence[float], pieces: Sequence[Piece], size: float) -> list[Piece]:
    """The pieces, those cut that run across a gutter at one of `places`; `size` is the usual height of a line."""
    made = [part for piece in pieces for part in _cut(piece, places, NARROW * size)]
    return [replace(piece, order=order) for order, piece in enumerate(made)]


def narrow_gutters(pieces: Sequence[Piece], size: float) -> list[float]:
    """Where rows begin anew within pieces, at points from the left; `size` is the usual height of a line."""
    gap = NARROW * size
    starts: dict[int, list[Word]] = defaultdict(list)
    for piece in pieces:
        for before, word in itertools.pairwise(piece.words):
            if word.left - before.right > gap:
                starts[round(word.left)].append(word)
    found: list[float] = []
    aligned = sorted(([*words, *starts.get(place + 1, [])] for place, words in starts.items()), key=len, reverse=True)
    for words in aligned[:_MOST]:
        left = min(word.left for word in words)
        apart = all(abs(left - other) > gap for other in found)
        if len(words) >= _ROWS and apart and len(words) * _ACROSS >= _crossing(pieces, left, gap, words):
            found.append(left)
    return found


def _crossing(pieces: Sequence[Piece], left: float, gap: float, aligned: Sequence[Word]) -> int:
    """How many words stand in the way of a gutter left of `left`, from the first of its rows to the last."""
    top, bottom = min(word.top for word in aligned), max(word.bottom for word in aligned)
    return sum(
        word.left < left - _ALIGNED and word.right > left - gap
        for piece in pieces
        if piece.left < left < piece.right and top < piece.middle < bottom
        for word in piece.words
    )


def _cut(piece: Piece, places: Sequence[float], gap: float) -> list[Piece]:
    """The parts of a piece between the gutters."""
    words = piece.words
    cuts = [0]
    for at in range(1, len(words)):
        before, word = words[at - 1], words[at]
        if word.left - before.right > gap and any(
            before.right <= place - gap and word.left >= place - _ALIGNED for place in places
        ):
            cuts.append(at)
    if len(cuts) == 1:
        return [piece]
    parts = [piece_of(list(words[start:end])) for start, end in itertools.pairwise([*cuts, len(words)])]
    parts[-1].soft = piece.soft
    return parts
