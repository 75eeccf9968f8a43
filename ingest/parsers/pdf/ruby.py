"""Readings above the characters of a line of Japanese: they are folded away, and the word that they stand above is whole."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from ingest.parsers.pdf.words import Piece, Word, piece_of

# Readings are set so much smaller than the text, or more, and touch it or stand so many heights of a line above it.
RUBY, _ABOVE = 0.65, 0.6
_KANA = re.compile(r"[\u3041-\u30ff ]+")
_KANJI = re.compile("[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def without_ruby(pieces: list[Piece], size: float) -> list[Piece]:
    """The pieces without readings; `size` is the usual height of a line."""
    readings = [piece for piece in pieces if piece.size <= RUBY * size and _KANA.fullmatch(piece.text)]
    if not readings:
        return pieces
    bases = [piece for piece in pieces if piece.size > RUBY * size and _KANJI.search(piece.text)]
    folded: set[int] = set()
    above: dict[int, list[Word]] = {}
    for reading in readings:
        base = _beneath(reading, bases, size)
        if base is not None:
            folded.add(id(reading))
            above.setdefault(id(base), []).extend(reading.words)
    made = [_whole(piece, above[id(piece)]) if id(piece) in above else piece for piece in pieces if id(piece) not in folded]
    for order, piece in enumerate(made):
        piece.order = order
    return made


def _beneath(reading: Piece, bases: Sequence[Piece], size: float) -> Piece | None:
    """The piece that a reading stands above."""
    for base in bases:
        overlaps = reading.left < base.right + size / 2 and reading.right > base.left - size / 2
        if overlaps and reading.middle < base.middle and reading.bottom > base.top - _ABOVE * size:
            return base
    return None


def _whole(piece: Piece, readings: Sequence[Word]) -> Piece:
    """The piece without blanks where a reading is wider than its word and sets the characters apart."""
    words = list(piece.words)
    for before, word in itertools.pairwise(words):
        if any(reading.left < before.right and reading.right > word.left for reading in readings):
            word.glued = True
    return piece_of(words, piece.order, soft=piece.soft)
