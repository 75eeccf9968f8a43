"""Section titles: lines that the outline names, else those that the structure tree does, else lines set larger or bolder than the text."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.text import width
from ingest.parsers.pdf.outline import Entry
from ingest.parsers.pdf.pages import Draft, Titled
from ingest.parsers.pdf.words import Line

# The outline or the structure tree counts where at least this share of its headings stands on the pages that it names.
_FOUND = 0.5
# Lines that one heading runs over at most, and columns of text (core.text.width) that it has.
_LINES, _LONGEST = 3, 160
# What may stand before the words of a heading beside its number ("Chapter 5", "1.2.", "第3章"), in letters and digits.
_BEFORE = 14
_NUMBER = re.compile(
    r"(?:chapter|cap[íi]tulo|kapitel|chapitre|section|secci[óo]n|appendix|ap[ée]ndice|anexo|annex|part|parte|teil|第|付録)?[\da-z一二三四五六七八九十]{0,5}"
    r"[章節条編部]?"
)
# Type this much larger than the text's is a heading's; within the other share it is of the same size.
_LARGER, _SAME = 1.15, 0.06
# A page of whose lines a greater share were headings is a poster, a slide or a form.
_MOST = 0.34
# A document with fewer columns of text has no size that is the text's.
_TEXT = 400
# A heading has a gap after its number at most: of more pieces a line is a row of cells.
_PIECES = 2
_FIGURE = re.compile(r"(?i:figure|fig\.|figura|abbildung|listing|table|tabla|cuadro|tabelle|tableau)\s*[\dA-Z]|[図表]\s*\d")
# Above a bold heading there is this much room, in heights of its line; below it the text goes on within the other.
_ROOM, _NEXT = 0.45, 1.6
_BOLD_LONGEST = 80
# The section titles of a passage together have at most so many characters: outer ones are left out first.
_PATH = 110
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,4}[.)]?|[IVX]{1,5}\.|[A-Z]\.(?:\d{1,2}\.?)*|§\s?\d+"
    r"|第[\d一二三四五六七八九十]+[章節条編部]|(?i:chapter|cap[íi]tulo|section|secci[óo]n|appendix|anexo|art[íi]culo|annex)\s+[\dIVXA-Z]+[.:]?"
    r")[\s\u3000]+(?=[^\W\d_])"
)
_LETTERS = re.compile(r"[^\W\d_]")
_SENTENCE_END = re.compile(r"[.。,、;；:：!！]$")
_LEADERS = re.compile(r"(?:\.\s?){4,}|…{2,}|・{4,}")


@dataclass(slots=True)
class _Style:
    """The type that most of a document's text is set in: size in points, and whether it is bold."""

    size: float
    bold: bool


def find_headings(drafts: Sequence[Draft], outline: Sequence[Entry], tagged: Sequence[Entry], title: str) -> None:
    """Give the pages their headings, each with the titles of the sections that it lies in, but not the document's `title`."""
    whole = _key(title)
    found = _declared(drafts, outline) or _declared(drafts, tagged) or _set_off(drafts)
    path: list[tuple[int, str]] = []
    for draft in drafts:
        draft.governed = _joined(path)
        for line, text, level in found.get(draft.number, ()):
            path = [one for one in path if one[0] < level]
            path.append((level, text))
            if len(path) > 1 and _key(path[0][1]) == whole:
                path.pop(0)
            draft.headings.append(Titled(line, _joined(path)))


def _joined(path: Sequence[tuple[int, str]]) -> str:
    titles = [title for _, title in path]
    while len(titles) > 1 and len(" › ".join(titles)) > _PATH:
        titles.pop(0)
    return " › ".join(titles)


_Found = dict[int, list[tuple[Line, str, int]]]


def _declared(drafts: Sequence[Draft], entries: Sequence[Entry]) -> _Found:
    """The lines of declared headings by page, in the order of the page; none where too few of them stand where they should."""
    found: _Found = {}
    count = 0
    for number, group in itertools.groupby(sorted(entries, key=lambda entry: entry.page), lambda entry: entry.page):
        if number > len(drafts):
            continue
        draft = drafts[number - 1]
        keys = [_key(line.text) for line in draft.lines]
        taken: dict[int, tuple[Line, str, int]] = {}
        for entry in group:
            at = _line_of(draft, keys, entry, taken)
            if at is not None:
                first, end = at
                taken[first] = draft.lines[first], _text(draft.lines[first:end]), entry.level
                count += 1
        found[number] = [taken[at] for at in sorted(taken)]
    return found if entries and count >= _FOUND * len(entries) else {}


def _key(text: str) -> str:
    """Letters and digits of a text, as they are compared."""
    return "".join(character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum())


def _line_of(draft: Draft, keys: Sequence[str], entry: Entry, taken: dict[int, tuple[Line, str, int]]) -> tuple[int, int] | None:
    """The lines that say what an entry says, first and past the last: those nearest to where it points."""
    wanted = _key(entry.title)
    best: tuple[float, int, int] | None = None
    for first, key in enumerate(keys) if wanted else ():
        line = draft.lines[first]
        if not key or first in taken or line.table:
            continue
        end = _said(draft, keys, first, wanted)
        if end:
            away = abs(line.top - (draft.height - entry.height)) if entry.height is not None else float(first)
            if best is None or away < best[0]:
                best = away, first, end
    return best[1:] if best is not None else None


def _said(draft: Draft, keys: Sequence[str], first: int, wanted: str) -> int:
    """Past the last of the lines from `first` on that together say what is wanted, 0 where they do not."""
    text = ""
    for end in range(first + 1, min(first + _LINES, len(keys)) + 1):
        if end > first + 1 and draft.lines[end - 1].table:
            return 0
        text += keys[end - 1]
        if text.endswith(wanted) and len(text) - len(wanted) <= _BEFORE and (end == first + 1 or not keys[first].endswith(wanted)):
            before = text[: len(text) - len(wanted)]
            return end if _NUMBER.fullmatch(before) else 0
        if len(text) >= 3 and wanted.endswith(text) and 0 < len(wanted) - len(text) <= _BEFORE and wanted[0].isdigit():
            return end
        if len(text) > len(wanted) + _BEFORE:
            return 0
    return 0


def _text(lines: Sequence[Line]) -> str:
    return "".join(line.text if line.joins or line.soft else f"{line.text} " for line in lines).strip()


def _set_off(drafts: Sequence[Draft]) -> _Found:
    """Lines that are set off from the text by size or weight, by page."""
    style = _usual(drafts)
    if style is None:
        return {}
    blocks = {draft.number: _blocks(draft, style) for draft in drafts}
    sizes: list[float] = []
    for size in sorted(
        {round(line.type_size, 1) for lines in blocks.values() for block in lines for line in block[:1]}, reverse=True
    ):
        if not sizes or size < sizes[-1] * (1 - _SAME):
            sizes.append(size)
    found: _Found = {}
    for draft in drafts:
        own = blocks[draft.number]
        if sum(map(len, own)) > _MOST * len(draft.lines):
            continue
        found[draft.number] = [
            (block[0], _text(block), min(range(len(sizes)), key=lambda at: abs(sizes[at] - block[0].type_size))) for block in own
        ]  # fmt: skip
    return found


def _usual(drafts: Sequence[Draft]) -> _Style | None:
    """The type of most of the text; None where there is little text, or no size that most of it has."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for draft in drafts:
        for line in draft.lines:
            sizes[round(line.type_size * 2) / 2, line.bold] += width(line.text)
    if sizes.total() < _TEXT:
        return None
    (size, bold), _ = sizes.most_common(1)[0]
    return _Style(size, bold)


def _blocks(draft: Draft, style: _Style) -> list[list[Line]]:
    """Groups of lines that are a heading each."""
    found: list[list[Line]] = []
    lines = draft.lines
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and _same_block(lines[end - 1], lines[end]):
            end += 1
        block = lines[at:end]
        following = lines[end] if end < len(lines) else None
        if _is_heading(block, following, draft, style):
            found.append(block)
        at = end
    return found


def _same_block(line: Line, following: Line) -> bool:
    """Whether a line is set like the one before, just below it."""
    return (
        line.bold == following.bold
        and abs(line.type_size - following.type_size) <= _SAME * line.type_size
        and -line.size < following.top - line.bottom < 0.6 * line.size
        and not (line.table or following.table)
    )


def _is_heading(block: Sequence[Line], following: Line | None, draft: Draft, style: _Style) -> bool:
    line, text = block[0], _text(block)
    if line.table or line.pieces > _PIECES or _FIGURE.match(text):
        return False
    if len(block) > _LINES or width(text) > _LONGEST or len(_LETTERS.findall(text)) < 2 or _LEADERS.search(text):
        return False
    if following is None or not _alone(block, draft):
        return False
    larger = line.type_size >= _LARGER * style.size
    numbered = _NUMBERED.match(text) is not None
    if larger:
        return not _SENTENCE_END.search(text) and (len(block) < _LINES or numbered)
    if not line.bold or style.bold or line.type_size < (1 - _SAME) * style.size or len(block) > 2 or following.bold:
        return False
    closes = width(text) > _BOLD_LONGEST or _SENTENCE_END.search(text) is not None
    return not closes and (numbered or _stands_off(block, following, draft))


def _alone(block: Sequence[Line], draft: Draft) -> bool:
    """Whether nothing else stands on the rows of a block near by."""
    own = set(map(id, block))
    left, right = min(line.left for line in block), max(line.right for line in block)
    top, bottom, size = block[0].top, block[-1].bottom, block[0].size
    return not any(
        id(line) not in own
        and min(line.bottom, bottom) - max(line.top, top) > 0.4 * min(line.size, size)
        and line.left < right + 2 * size
        and line.right > left - 2 * size
        for line in draft.lines
    )


def _stands_off(block: Sequence[Line], following: Line, draft: Draft) -> bool:
    """Whether there is room above a bold line, and text of its column below."""
    line = block[0]
    above = [one.bottom for one in draft.lines if one.bottom <= line.top + 1 and one.left < line.right and one.right > line.left]
    room = line.top - max(above, default=0.0)
    below = following.top - block[-1].bottom
    return (
        room >= _ROOM * line.size
        and -0.5 * line.size < below < _NEXT * line.size
        and below < room + 0.2 * line.size
        and abs(following.left - line.left) < 2.5 * line.size
        and not following.table
    )
