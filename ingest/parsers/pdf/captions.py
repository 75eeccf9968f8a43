"""Captions of tables, and tables that go on over pages: what a table is called, and the header that an earlier page has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.text import width
from ingest.parsers.pdf.pages import Draft
from ingest.parsers.pdf.words import Line

# "Table 3: ...", "Tabla 3.1 ...", "表3 ..."; not "Table 3 shows" and not "表3は".
_CAPTION = re.compile(
    r"(?:(?i:table|tabla|cuadro|tableau|tabelle|tabela|taula)\s+|(?:図表|別表|付表|附表|表)\s*)"
    r"(?:[A-Z][.\-])?(?:\d+|[IVXLC]+\b)(?:[.\-‐–‑−]\d+)*(?:\s*[.:：．。,、)）\]】―—–-]|\s*$|[\s\u3000]+(?![a-zà-ÿ]))"
)
# A caption stands no further off than this many heights of its line, and runs over so many lines.
_OFF, _MOST_LINES = 3.5, 3
# Its lines follow each other more closely than this many heights.
_CLOSE = 0.45
# A line of a caption that goes on has at least so many columns of text (core.text.width).
_FULL = 50
# Left edges of a table that goes on differ by no more than this (points), widths by no more than this share.
_LEFT, _WIDTH = 10.0, 0.2
# It ends below this share of the height of one page and begins above that of the next.
_LOW, _HIGH = 0.6, 0.35
_WORDS = re.compile(r"[^\W\d_]")


@dataclass(slots=True)
class _Place:
    """A table: its page, and where its rows stand in the page's lines."""

    draft: Draft
    start: int
    end: int

    @property
    def rows(self) -> list[Line]:
        """Its rows."""
        return self.draft.lines[self.start : self.end]

    @property
    def number(self) -> int:
        """Its number on the page."""
        return self.draft.lines[self.start].table


def name_tables(drafts: Sequence[Draft]) -> None:
    """Give tables their captions; one that goes on from the page before has the header that stands there in its caption."""
    places = [place for draft in drafts for place in _places(draft)]
    sides = [(_above(place), _below(place)) for place in places]
    alone = Counter(bool(above) for above, below in sides if bool(above) != bool(below))
    above_first = alone[True] >= alone[False]
    before: _Place | None = None
    for place, (above, below) in zip(places, sides, strict=True):
        caption = (above or below) if above_first else (below or above)
        if before is not None and not above and _goes_on(before, place):
            _carry(before, place, caption)
        else:
            place.draft.captions[place.number] = caption or place.rows[0].title
        before = place


def _places(draft: Draft) -> list[_Place]:
    found: list[_Place] = []
    for at, line in enumerate(draft.lines):
        if line.table and found and found[-1].end == at and found[-1].number == line.table:
            found[-1].end = at + 1
        elif line.table:
            found.append(_Place(draft, at, at + 1))
    return found


def _above(place: _Place) -> str:
    """The caption that ends just above a table, "" where there is none."""
    lines = place.draft.lines[max(0, place.start - _MOST_LINES) : place.start]
    for at in range(len(lines) - 1, -1, -1):
        following = lines[at + 1] if at + 1 < len(lines) else place.rows[0]
        line = lines[at]
        close = _OFF if at + 1 == len(lines) else _CLOSE
        if line.table or not -line.size < following.top - line.bottom < close * line.size:
            return ""
        if _CAPTION.match(line.text):
            return _joined(lines[at:])
    return ""


def _below(place: _Place) -> str:
    """The caption that begins just below a table, "" where there is none."""
    lines = place.draft.lines[place.end : place.end + _MOST_LINES]
    last = max(row.bottom for row in place.rows)
    if not lines or lines[0].table or not -lines[0].size < lines[0].top - last < _OFF * lines[0].size:
        return ""
    if not _CAPTION.match(lines[0].text):
        return ""
    count = 1
    while count < len(lines) and _continues(lines[count - 1], lines[count]):
        count += 1
    return _joined(lines[:count])


def _continues(line: Line, following: Line) -> bool:
    close = -line.size < following.top - line.bottom < _CLOSE * line.size and abs(line.size - following.size) < 0.1 * line.size
    full = width(line.text) >= _FULL and line.right >= following.right - line.size and not line.text.endswith((".", "。"))
    return close and full and not following.table


def _joined(lines: Sequence[Line]) -> str:
    return "".join(line.text if line.joins or line.soft else f"{line.text} " for line in lines).strip()


def _goes_on(before: _Place, place: _Place) -> bool:
    """Whether a table at the top of a page goes on from one at the bottom of the page before."""
    one, other = before.rows, place.rows
    if place.draft.number != before.draft.number + 1 or len(one[0].cells) != len(other[0].cells):
        return False
    last, first = max(row.bottom for row in one), min(row.top for row in other)
    if last < _LOW * before.draft.height or first > _HIGH * place.draft.height:
        return False
    if any(_WORDS.search(line.text) and line.top >= last for line in before.draft.lines):
        return False
    if any(_WORDS.search(line.text) and line.bottom <= first for line in place.draft.lines):
        return False
    (left, right), (next_left, next_right) = (
        (min(row.left for row in rows), max(row.right for row in rows)) for rows in (one, other)
    )
    return abs(left - next_left) <= _LEFT and abs((right - left) - (next_right - next_left)) <= _WIDTH * (right - left)


def _carry(before: _Place, place: _Place, caption: str) -> None:
    """Give a table the caption of the one that it goes on from, and its header unless it has the same."""
    known = before.draft.captions.get(before.number, "")
    header = "\n".join(row.text for row in before.rows if row.header)
    own = "\n".join(row.text for row in place.rows if row.header)
    if own and own != header and header:
        for row in place.rows:
            row.header = False  # the first row of an earlier page's table, whose header is not repeated
    parts = [known or caption] if own == header or not header else [known or caption, header]
    place.draft.captions[place.number] = "\n".join(part for part in parts if part)
