"""What a PDF shows through annotations: values of form fields, text boxes, comments. pdfium's text of a page has none of them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from core.places import Place
from core.text import clean
from ingest.parsers.hidden import without_invisible
from ingest.parsers.pdf.sheets import Glyphs

# Annotations that say nothing of their own: a link, the window of a comment, what is hidden from view.
_SILENT = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)
_UNSEEN_FLAGS = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
_NO_VALUES = (pdfium.FPDF_FORMFIELD_PUSHBUTTON, pdfium.FPDF_FORMFIELD_SIGNATURE)
# The value of a box without a tick (PDF 1.7, 12.7.4.2.3).
_UNTICKED = "Off"
# A page of more annotations is a load; of a longer text the rest is left out.
_MOST, _LONGEST = 2_000, 20_000


@dataclass(frozen=True, slots=True)
class Note:
    """Text of an annotation, its place, and its box on the page in points from the top left: left, top, right, bottom."""

    text: str
    place: Place
    box: tuple[float, float, float, float]


def notes_of(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, glyphs: Glyphs) -> tuple[list[Note], int]:
    """The notes of a page in their order, none twice, and how many characters of notes are hidden from view."""
    notes: dict[tuple[str, Place], Note] = {}
    hidden = 0
    form = document.formenv.raw if document.formenv is not None else None
    for index in range(min(_MOST, pdfium.FPDFPage_GetAnnotCount(page.raw))):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            for text, place in _said(annotation, form):
                if pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN_FLAGS:
                    hidden += len(text)
                else:
                    notes.setdefault((text, place), Note(text, place, _box(annotation, glyphs)))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return list(notes.values()), hidden


def _said(annotation: Any, form: Any) -> Iterator[tuple[str, Place]]:
    """The text of an annotation with its place; nothing where it has none."""
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind in _SILENT:
        return
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        yield from _field(annotation, form) if form is not None else ()
        return
    text = _tidy(_string(lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size)))
    if text:
        yield text, Place(part="note")


def _field(annotation: Any, form: Any) -> Iterator[tuple[str, Place]]:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _NO_VALUES:
        return
    value = _tidy(_string(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size)))
    name = _tidy(_string(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldName(form, annotation, buffer, size))).replace("\n", " ")
    called = _tidy(_string(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldAlternateName(form, annotation, buffer, size)))
    if value and value != _UNTICKED:
        label = called.replace("\n", " ") or name
        yield (f"{label}: {value}" if label else value), Place(part=f"form field {name}".strip())


def _string(get: Callable[[Any, int], int]) -> str:
    """A string that pdfium gives as UTF-16; `get(buffer, size)` returns its size in bytes."""
    size = min(get(None, 0), 2 * _LONGEST)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    get(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[:size].decode("utf-16-le", "replace").split("\0", 1)[0]


def _tidy(text: str) -> str:
    """Lines without characters that nobody sees and without white space around them."""
    shown, _ = without_invisible(clean(text.replace("\r\n", "\n").replace("\r", "\n")))
    return "\n".join(line for line in (" ".join(part.split()) for part in shown.split("\n")) if line)


def _box(annotation: Any, glyphs: Glyphs) -> tuple[float, float, float, float]:
    rectangle = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(rectangle))
    return glyphs.placed(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom)
