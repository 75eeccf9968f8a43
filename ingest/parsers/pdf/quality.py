"""What kind of page it is: one with text that can be read, one whose text is garbled, a picture, an empty one."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from core.types import PageKind
from ingest.parsers.pdf.words import Line

# Text of fewer characters beside a picture that takes this share of the page is a stamp on a scan.
_STAMP, _PICTURE_SHARE = 30, 0.5
# Characters without a meaning: replacement, private use, no character, spaces that stand for control characters.
_MEANINGLESS = re.compile("[\ufffd\ue000-\uf8ff\ufff0-\ufff8\U000f0000-\U0010ffff]")
# From this share of such characters on, a page's text is garbled.
_GARBLED = 0.25
# Characters that are asked whether the font says what they mean, spread over the page.
_ASKED = 120
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]{4,}")
_VOWEL = re.compile(r"[aeiouyàáâäãåæèéêëìíîïòóôöõøœùúûüýÿAEIOUYÀÁÂÄÃÅÆÈÉÊËÌÍÎÏÒÓÔÖÕØŒÙÚÛÜÝ]")
# A page of at least so many words of four letters and more, of which this share have no vowel, is no language.
_WORDS, _VOICELESS = 20, 0.4


def kind_of(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, lines: Sequence[Line]) -> PageKind:
    """The kind of a page by its lines and what else it shows."""
    text = "".join(line.text for line in lines)
    if len(text) < _STAMP:
        # Characters that were found and left out (nobody sees them) are no picture of text.
        shown = _shown(page, looking=bool(text) or textpage.count_chars() > 0)
        return PageKind.PICTURE if shown else PageKind.TEXT if text else PageKind.EMPTY
    return PageKind.GARBLED if is_garbled(text) or _unmapped(textpage) >= _GARBLED else PageKind.TEXT


def is_garbled(text: str) -> bool:
    """Whether a text cannot be read: too many characters without a meaning, or words that are none."""
    if len(_MEANINGLESS.findall(text)) >= _GARBLED * len(text):
        return True
    words = _LATIN_WORD.findall(text)
    small = [word for word in words if not word.isupper()]
    if len(small) < _WORDS or 4 * sum(map(len, small)) < len(text):
        return False
    return sum(_VOWEL.search(word) is None for word in small) >= _VOICELESS * len(small)


def _unmapped(textpage: pypdfium2.PdfTextPage) -> float:
    """The share (0..1) of characters for which the font names no character, of some that are asked."""
    count = textpage.count_chars()
    step = max(1, count // _ASKED)
    asked = range(0, count, step)
    wrong: int = sum(pdfium.FPDFText_HasUnicodeMapError(textpage.raw, index) == 1 for index in asked)
    return wrong / max(1, len(asked))


def _shown(page: pypdfium2.PdfPage, *, looking: bool) -> bool:
    """Whether a page shows a picture: a large one where there is text beside it, anything at all where there is none."""
    width, height = page.get_size()
    if not looking:
        return next(page.get_objects(max_depth=1), None) is not None
    for drawn in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = drawn.get_bounds()
        if (right - left) * (top - bottom) >= _PICTURE_SHARE * width * height:
            return True
    return False
