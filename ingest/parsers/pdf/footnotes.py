"""Footnotes at the foot of a column go behind the text of their page, so that a sentence that runs on in the next column stays whole."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence

from ingest.parsers.pdf.words import Line

# A footnote begins with a number or a sign of its own and says something; it is smaller than the text by so much, and in the page's lower part.
_SIGN = re.compile(r"(?:\d{1,3}|[*†‡§¶]{1,3})\s?(?:[^\W\d_]|[\"“«‘(「『¿¡]|$)")
_LETTERS = 12
_SMALLER, _LOWER = 0.93, 0.4


def footnotes_last(lines: list[Line], height: float) -> list[Line]:
    """The lines of a page in order, footnotes behind the text that follows them further up; `height` of the page in points."""
    if len(lines) < 3:
        return lines
    size = _usual(lines)
    notes: list[Line] = []
    moves = False
    for start, end in _small_runs(lines, size):
        run = lines[start:end]
        first = next((at for at, line in enumerate(run) if _SIGN.match(line.text)), None)
        if first is None or run[first].top < _LOWER * height:
            continue
        note = run[first:]
        if sum(map(str.isalpha, "".join(line.text for line in note[:3]))) < _LETTERS:
            continue
        if _at_the_foot(note, lines, size):
            notes += note
            moves |= any(line.top < note[0].top for line in lines[end:])
    if not moves:
        return lines
    moved = set(map(id, notes))
    return [line for line in lines if id(line) not in moved] + notes


def _usual(lines: Sequence[Line]) -> float:
    """The size of most of the text."""
    return statistics.median(size for line in lines for size in [line.size] * max(1, len(line.text) // 10))


def _small_runs(lines: Sequence[Line], size: float) -> list[tuple[int, int]]:
    """Where neighbouring lines begin and end that are set smaller than the text, each below the one before."""
    found: list[tuple[int, int]] = []
    for at, line in enumerate(lines):
        if line.table or line.size >= _SMALLER * size:
            continue
        if found and found[-1][1] == at and line.bottom > lines[at - 1].bottom - 0.5 * line.size:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _at_the_foot(note: Sequence[Line], lines: Sequence[Line], size: float) -> bool:
    """Whether no text stands below a note in its column."""
    left, right, top = min(line.left for line in note), max(line.right for line in note), note[0].top
    return not any(
        line.size >= _SMALLER * size and line.top > top and line.left < right and line.right > left and len(line.text) > 5
        for line in lines
    )
