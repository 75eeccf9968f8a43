"""Running heads, feet and page numbers: lines at the edges of pages that say the same on many of them, or count the pages."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ingest.parsers.pdf.pages import Draft
from ingest.parsers.pdf.words import Line

# What share of the page's height is its edge, and how many lines of it may be a head or a foot.
_EDGE, _HEAD, _FOOT = 0.14, 2, 3
# On how many pages, and on which share of them, a line must come back.
_PAGES, _SHARE = 3, 0.08
# On which share of the pages a number that counts them stands: alone on its line, and beside other words.
_ALONE_SHARE, _BESIDE_SHARE = 0.25, 0.5
# How many times as often as at edges a head's words may stand alone on a line anywhere.
_WITHIN = 1.25
# A line so much larger than the others of its form is the title that they repeat.
_LARGER = 1.2
_NUMBERS = re.compile(r"\d+|\b[ivxlcdm]+\b", re.IGNORECASE)
_LETTER, _LETTER_OR_DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"[^\W_]")


def without_heads(drafts: Sequence[Draft]) -> None:
    """Take heads, feet and page numbers out of the pages' lines; rows of tables stay, and what is all that a page has."""
    edges = [(draft, line) for draft in drafts for line in _edge_lines(draft)]
    everywhere = Counter(_form(line) for draft in drafts for line in draft.lines)
    repeated = _repeated(edges, everywhere, len(drafts))
    counting = _counting(edges, len(drafts))
    drop = repeated | counting
    if drop:
        for draft in drafts:
            draft.lines = [line for line in draft.lines if id(line) not in drop] or draft.lines


def _edge_lines(draft: Draft) -> Iterable[Line]:
    """The lines nearest to the upper and to the lower edge."""
    lines = [line for line in draft.lines if not line.table]
    heads = sorted((line for line in lines if line.bottom <= _EDGE * draft.height), key=lambda line: line.top)
    feet = sorted((line for line in lines if line.top >= (1 - _EDGE) * draft.height), key=lambda line: -line.bottom)
    yield from _first_rows(heads, _HEAD)
    yield from _first_rows(feet, _FOOT)


def _first_rows(lines: list[Line], most: int) -> Iterable[Line]:
    """The lines of the first `most` rows."""
    rows = 0
    last: Line | None = None
    for line in lines:
        if last is None or abs(line.top - last.top) > 0.5 * line.size:
            rows += 1
            last = line
        if rows > most:
            return
        yield line


def _form(line: Line) -> str:
    """A line's text, its numbers aside."""
    return _NUMBERS.sub("#", " ".join(line.text.lower().split()))


def _repeated(edges: Sequence[tuple[Draft, Line]], everywhere: Counter[str], pages: int) -> set[int]:
    """Lines that come back on many pages, their numbers aside; what stands within pages as well is a cell of a table, or text."""
    forms: dict[str, list[tuple[int, Line]]] = defaultdict(list)
    for draft, line in edges:
        forms[_form(line)].append((draft.number, line))
    found: set[int] = set()
    for form, lines in forms.items():
        enough = len({number for number, _ in lines}) >= max(_PAGES, _SHARE * pages)
        if enough and _LETTER.search(form) and everywhere[form] <= _WITHIN * len(lines):
            usual = statistics.median(line.size for _, line in lines)
            found |= {id(line) for _, line in lines if line.size <= _LARGER * usual}
    return found


def _counting(edges: Sequence[tuple[Draft, Line]], pages: int) -> set[int]:
    """Lines whose first or last word is the page's number, give or take one constant; beside other words, on half of the pages."""
    on: dict[tuple[bool, int], set[int]] = defaultdict(set)
    told: list[tuple[int, bool, tuple[bool, int]]] = []
    for draft, line in edges:
        words = [word for word in line.text.split() if _LETTER_OR_DIGIT.search(word)]
        for last, word in ((False, words[0]), (True, words[-1])) if words else ():
            if word.isdecimal() and len(word) < 6:
                step = (last, int(word) - draft.number)
                on[step].add(draft.number)
                told.append((id(line), len(words) == 1, step))
    shares = {alone: max(_PAGES, share * pages) for alone, share in ((True, _ALONE_SHARE), (False, _BESIDE_SHARE))}
    return {line for line, alone, step in told if len(on[step]) >= shares[alone]}
