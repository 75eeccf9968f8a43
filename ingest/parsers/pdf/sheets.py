"""Reads a page: its characters in one call, boxes of each word by its first and last character, what nobody sees left out."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from core.text import clean
from ingest.parsers.hidden import without_invisible
from ingest.parsers.pdf.unseen import Box, Unseen
from ingest.parsers.pdf.words import GAP, Piece, Sheet, Word, piece_of

# pdfium marks a hyphen that only splits a word at a line's end with U+FFFE (older builds U+0002) and emits no line break there.
_LINE_BREAK = re.compile("\r\n|\r|\n|\ufffe|\x02")
_SOFT = frozenset("\ufffe\x02")
_WORD = re.compile(r"\S+")
# Kana, kanji and full-width signs: they stand a character apart and need no blank between them.
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60\U00020000-\U0003fffd]")
# A run of wide characters is wider than this many times its height only where it holds a gap.
_STRETCHED = 1.35
# Digits and what stands among them are wider than this many times their height for each of them only where they hold a gap.
_SPREAD = 0.7
_NUMBERS = re.compile(r"[\d.,:/%()$€£¥+\-−–*]+")
# The last character of a word stands lower or higher than its first by more than this many heights only where the word runs down or up.
_FALL = 0.6
# Wide characters of sizes that differ by so much are no word: one is the reading of another.
_UNLIKE = 0.3
_SCALE = 10_000
# Characters of a page that are asked which way they run.
_ASKED = 25


class Glyphs:
    """Boxes of characters of one page, as displayed: crop box and rotation applied."""

    def __init__(self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> None:
        self.width, self.height = page.get_size()
        self._text = textpage.raw
        self._rectangle = pdfium.FS_RECTF()
        self._reference = ctypes.byref(self._rectangle)
        self.turned = False
        origin, across, up = (self._displayed(page, *point) for point in ((0, 0), (1000, 0), (0, 1000)))
        self._x, self._y = origin
        self._xx, self._yx = (across[0] - origin[0]) / 1000, (across[1] - origin[1]) / 1000
        self._xy, self._yy = (up[0] - origin[0]) / 1000, (up[1] - origin[1]) / 1000

    def _displayed(self, page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
        across, down = ctypes.c_int(), ctypes.c_int()
        width, height = int(self.width * _SCALE) or 1, int(self.height * _SCALE) or 1
        shrink = max(1.0, max(width, height) / 1e9, _SCALE * 1000 / 1e9)
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, int(width / shrink), int(height / shrink), 0, x, y, across, down)
        return across.value * shrink / _SCALE, down.value * shrink / _SCALE

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of a character; its height is that of its line."""
        pdfium.FPDFText_GetLooseCharBox(self._text, index, self._reference)
        rectangle = self._rectangle
        return self.placed(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom)

    def placed(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """A rectangle of the page's own space as displayed."""
        x0, y0 = self._x + left * self._xx + top * self._xy, self._y + left * self._yx + top * self._yy
        x1, y1 = self._x + right * self._xx + bottom * self._xy, self._y + right * self._yx + bottom * self._yy
        return (x0 if x0 < x1 else x1), (y0 if y0 < y1 else y1), (x1 if x1 > x0 else x0), (y1 if y1 > y0 else y0)

    def runs_down(self, count: int) -> bool:
        """Whether most of the page's `count` characters are turned so that their line runs down or up the page as displayed."""
        down = asked = 0
        for index in range(0, count, max(1, count // _ASKED)):
            angle = pdfium.FPDFText_GetCharAngle(self._text, index)
            across, along = math.cos(angle), math.sin(angle)
            down += abs(across * self._yx + along * self._yy) > abs(across * self._xx + along * self._xy)
            asked += 1
        return 2 * down > asked

    def index(self, text_index: int) -> int:
        """The number of the character that stands at `text_index` of the page's text, where the two differ."""
        return max(0, int(pdfium.FPDFText_GetCharIndexFromTextIndex(self._text, text_index)))


@dataclass(slots=True)
class _Run:
    """Where a line begins and ends in the page's text, and whether a divided word runs on."""

    start: int
    end: int
    soft: bool


def read_sheet(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> Sheet:
    """A page's words as pieces of rows, in the stream's order. Raises pypdfium2.PdfiumError."""
    count = textpage.count_chars()
    raw = textpage.get_text_range(0, count) if count > 0 else ""
    glyphs = Glyphs(page, textpage)
    glyphs.turned = glyphs.runs_down(count)
    sheet = Sheet(width=glyphs.width, height=glyphs.height)
    unseen = Unseen(page, textpage, glyphs.width, glyphs.height)
    same = len(raw) == count  # else some characters have no text, and pdfium keeps two counts
    cleaned = clean(raw)
    for run in _runs(raw):
        words: list[Word] = []
        for match in _WORD.finditer(cleaned, run.start, run.end):
            first, last = match.span() if same else (glyphs.index(match.start()), glyphs.index(match.end() - 1) + 1)
            words += _words(match[0], glyphs, first, last, unseen)
        if glyphs.turned and words:
            sheet.pieces.append(piece_of(words, len(sheet.pieces), soft=run.soft))
        else:
            sheet.pieces += pieces_of(words, len(sheet.pieces), soft=run.soft)
    sheet.pieces = unseen.sift(sheet.pieces)
    sheet.hidden = unseen.characters
    return sheet


def _runs(raw: str) -> Iterator[_Run]:
    start = 0
    for match in _LINE_BREAK.finditer(raw):
        yield _Run(start, match.start(), match[0] in _SOFT)
        start = match.end()
    if start < len(raw):
        yield _Run(start, len(raw), soft=False)


def _words(text: str, glyphs: Glyphs, first: int, last: int, unseen: Unseen) -> Iterator[Word]:
    """A word with its box; one that is stretched or runs down the page, character by character."""
    shown, hidden = without_invisible(text)
    unseen.characters += hidden
    if not shown:
        return
    box = left, top, right, bottom = glyphs.box(first)
    size = right - left if glyphs.turned else bottom - top
    whole = last - first > 1 and len(shown) == last - first and not glyphs.turned
    if last - first > 1:
        other = glyphs.box(last - 1)
        stretched = whole and other[2] - left > _STRETCHED * len(shown) * size + size and _WIDE.search(shown) is not None
        mixed = whole and abs(other[3] - other[1] - size) > _UNLIKE * size and _WIDE.search(shown) is not None
        if stretched or mixed or (whole and abs(other[1] - top) > _FALL * size):
            yield from _characters(shown, glyphs, first, unseen)
            return
        box = min(left, other[0]), min(top, other[1]), max(right, other[2]), max(bottom, other[3])
        if whole and other[2] - left > _SPREAD * len(shown) * size and _NUMBERS.fullmatch(shown):
            boxes = [glyphs.box(first + at) for at in range(len(shown))]
            cuts = [at for at in range(1, len(boxes)) if boxes[at][0] - boxes[at - 1][2] > GAP * size]
            if cuts:
                yield from _parts(shown, boxes, cuts, first, unseen)
                return
    if unseen.shows(shown, box, size):
        yield Word(shown, *box, size, doubt=unseen.doubt(first).value, index=first)


def _parts(text: str, boxes: Sequence[Box], cuts: Sequence[int], first: int, unseen: Unseen) -> Iterator[Word]:
    """Numbers of neighbouring columns, which pdfium reads without a blank between them at times."""
    doubt = unseen.doubt(first).value
    for start, end in itertools.pairwise([0, *cuts, len(text)]):
        left, top, _, bottom = boxes[start]
        box = left, top, boxes[end - 1][2], bottom
        if unseen.shows(text[start:end], box, bottom - top):
            yield Word(text[start:end], *box, bottom - top, doubt=doubt, index=first + start)


def _characters(text: str, glyphs: Glyphs, first: int, unseen: Unseen) -> Iterator[Word]:
    """The characters of a word as words of their own."""
    doubt = unseen.doubt(first).value
    for at, character in enumerate(text):
        box = glyphs.box(first + at)
        size = max(box[2] - box[0], box[3] - box[1])
        if unseen.shows(character, box, size):
            yield Word(character, *box, size, glued=at > 0, doubt=doubt, index=first + at)


def pieces_of(words: list[Word], order: int, *, soft: bool) -> Iterator[Piece]:
    """Words of a line, cut where the gap is wide or the row changes."""
    held: list[Word] = []
    for word in words:
        if held and _apart(held[-1], word):
            yield piece_of(held, order)
            order += 1
            held = []
        held.append(word)
    if held:
        yield piece_of(held, order, soft=soft)


def _apart(one: Word, other: Word) -> bool:
    size = max(min(one.size, other.size), 1.0)
    gap = max(other.left - one.right, one.left - other.right)
    return gap > GAP * size or min(one.bottom, other.bottom) - max(one.top, other.top) < -0.5 * size
