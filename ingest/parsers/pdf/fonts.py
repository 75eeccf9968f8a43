"""Sizes and weights of the type that lines are set in, by the fonts of their first and last words."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.parsers.pdf.words import Line

# A weight that is bold (CSS, font-weight), what names of bold fonts have, and the flag of a font that is made bold (PDF 1.7, 9.8.2).
_BOLD, _BOLD_NAME, _FORCED = 600, re.compile(rb"(?i)bold|black|heavy|[-,]w[6-9]$|demi"), 1 << 18
_NAME_BYTES = 128
# Heights of a line over its type size that fonts have; others are damaged.
_LOWEST, _HIGHEST = 0.7, 2.0


def set_fonts(textpage: pypdfium2.PdfTextPage, lines: Iterable[Line]) -> None:
    """Tell lines the size of their type in points, and whether all of it is bold: a bold word may begin a paragraph."""
    known: dict[int, tuple[float, bool]] = {}
    for line in lines:
        first = _known(textpage, line.first, known)
        last = _known(textpage, line.last, known) if first is not None and first[1] and line.last != line.first else first
        line.type_size = line.size / first[0] if first is not None else line.size
        line.bold = first is not None and last is not None and first[1] and last[1]


def _known(textpage: pypdfium2.PdfTextPage, index: int, known: dict[int, tuple[float, bool]]) -> tuple[float, bool] | None:
    """What `_of` says of the font of a character; None where it has none."""
    drawn = pdfium.FPDFText_GetTextObject(textpage.raw, index) if index >= 0 else None
    font = pdfium.FPDFTextObj_GetFont(drawn) if drawn else None
    if not font:
        return None
    address = ctypes.addressof(font.contents)
    if address not in known:
        known[address] = _of(font)
    return known[address]


def _of(font: Any) -> tuple[float, bool]:
    """The height of a line over its type size, and whether it is bold."""
    ascent, descent = ctypes.c_float(), ctypes.c_float()
    told = pdfium.FPDFFont_GetAscent(font, 1.0, ascent) and pdfium.FPDFFont_GetDescent(font, 1.0, descent)
    height = ascent.value - descent.value if told else 1.0
    name = ctypes.create_string_buffer(_NAME_BYTES)
    pdfium.FPDFFont_GetBaseFontName(font, name, _NAME_BYTES)
    bold = _BOLD_NAME.search(name.value) or pdfium.FPDFFont_GetWeight(font) >= _BOLD or pdfium.FPDFFont_GetFlags(font) & _FORCED
    return (height if _LOWEST <= height <= _HIGHEST else 1.0), bool(bold)
