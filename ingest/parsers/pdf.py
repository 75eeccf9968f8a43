"""PDF: text and the box of every line by pdfium, printed labels and title by pypdf.

pdfium reads text 7 to 20 times as fast as pypdf and in visual order; pypdf knows the document's structure. What pypdf cannot read of a
damaged file (labels, title) is left out rather than failing a document whose text is fine.
"""

from __future__ import annotations

import ctypes
import io
import re
from collections.abc import Iterator

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium

from core.errors import DocumentFault, Encrypted, ParserFailed
from core.text import clean
from core.types import Document, LineBox, Page, PageKind
from ingest.parsers.limits import Limits
from ingest.parsers.titles import LONGEST_TITLE, title_from_name

# pdfium marks a hyphen that only splits a word at a line's end with U+FFFE (older builds U+0002) and emits no line break there.
_LINE_BREAK = re.compile("\r\n|\r|\n|\ufffe|\x02")
_JOINS = frozenset("\ufffe\x02")
# A title that is a file name or a program's greeting says nothing.
_NO_TITLE = re.compile(r"(?i)^(untitled|microsoft \w+ -.*|.*\.(docx?|pptx?|xlsx?|indd|dvi|tex|pdf|html?|qxd|p65|exe|ps)|\W*)$")
# Labels are read through the whole page tree; in a document of more sheets than this that takes longer than its text.
_MOST_LABELLED_PAGES = 5_000


def parse_pdf(data: bytes, name: str, limits: Limits) -> Document:
    """Read a PDF. Raises Encrypted, ParserFailed, TooManyPages, TooMuchText."""
    try:
        document = pypdfium2.PdfDocument(data, password=limits.password or None)
    except pypdfium2.PdfiumError as error:
        # For a document without pages pdfium sets no error code, and the one of an earlier document still stands there: it is told only
        # where it can be true, and its message never.
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD and b"/Encrypt" in data:
            raise Encrypted(name=name) from None
        raise ParserFailed(name=name, media_type="PDF", detail=DocumentFault.BROKEN()) from None
    try:
        count = len(document)
        limits.check_pages(name, count)
        title, labels = _structure(data, count)
        pages = []
        characters = 0
        for index in range(count):
            page = _page(document, index, labels[index] if labels else None)
            characters += len(page.text)
            limits.check_text(name, characters)
            pages.append(page)
            limits.progress(index + 1, count)
    finally:
        document.close()
    return Document(title or title_from_name(name), "application/pdf", tuple(pages))


def _structure(data: bytes, count: int) -> tuple[str, list[str] | None]:
    """Title and printed labels by pypdf; labels only where they differ from 1, 2, 3..."""
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        metadata = reader.metadata
        title = " ".join(clean(str(metadata.title or "")).split()) if metadata else ""
        labels = reader.page_labels if count <= _MOST_LABELLED_PAGES and "/PageLabels" in reader.root_object else None
    except (
        pypdf.errors.PyPdfError, TypeError, ValueError, AttributeError, NotImplementedError, KeyError, IndexError, RecursionError, OSError,
        AssertionError, OverflowError, ArithmeticError,
    ):  # fmt: skip  # everything that pypdf raised on damaged files
        return "", None
    if labels is not None and (len(labels) != count or labels == [str(number) for number in range(1, count + 1)]):
        labels = None
    title = title if len(title) <= LONGEST_TITLE and not _NO_TITLE.match(title) else ""
    return title, [clean(label) for label in labels] if labels else None


def _page(document: pypdfium2.PdfDocument, index: int, label: str | None) -> Page:
    """One page; a page that pdfium cannot load has no text, as a picture has none."""
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return Page(index + 1, "", label, kind=PageKind.FAILED)
    try:
        textpage = page.get_textpage()
        width, height = page.get_size()
        text, lines = _lines(textpage, page)
        textpage.close()
        kind = PageKind.TEXT if text.strip() else _kind_without_text(page)
    except pypdfium2.PdfiumError:
        return Page(index + 1, "", label, kind=PageKind.FAILED)
    finally:
        page.close()
    return Page(index + 1, text, label, lines, (), width, height, kind=kind)


def _kind_without_text(page: pypdfium2.PdfPage) -> PageKind:
    """A page that shows something without text is a picture, be it an image or drawn."""
    return PageKind.EMPTY if next(page.get_objects(max_depth=1), None) is None else PageKind.PICTURE


def _lines(textpage: pypdfium2.PdfTextPage, page: pypdfium2.PdfPage) -> tuple[str, tuple[LineBox, ...]]:
    """The page's text with `\\n` between lines, and each line's box in points from the top left of the page as displayed."""
    count = textpage.count_chars()
    raw = textpage.get_text_range(0, count) if count > 0 else ""
    same = len(raw) == count  # else some characters have no text, and pdfium keeps two counts
    parts: list[str] = []
    boxes: list[LineBox] = []
    at = 0
    for start, end, joined in _raw_lines(raw):
        line = clean(raw[start:end]).rstrip()
        if line:
            first, last = (start, end) if same else (_character(textpage, start), _character(textpage, end - 1) + 1)
            box = _box(textpage, page, first, last - first)
            if box is not None:
                boxes.append(LineBox(at, at + len(line), *box))
        parts.append(line if joined else line + "\n")
        at += len(parts[-1])
    text = "".join(parts).rstrip("\n")
    return text, tuple(box for box in boxes if box.end <= len(text))


def _raw_lines(raw: str) -> Iterator[tuple[int, int, bool]]:
    """Start and end of each line, and whether it is joined to the next because a word runs on."""
    start = 0
    for match in _LINE_BREAK.finditer(raw):
        yield start, match.start(), match[0] in _JOINS
        start = match.end()
    if start < len(raw):
        yield start, len(raw), False


def _character(textpage: pypdfium2.PdfTextPage, text_index: int) -> int:
    return max(0, int(pdfium.FPDFText_GetCharIndexFromTextIndex(textpage.raw, text_index)))


def _box(
    textpage: pypdfium2.PdfTextPage, page: pypdfium2.PdfPage, start: int, count: int
) -> tuple[float, float, float, float] | None:
    """Left, top, right, bottom of some characters, in points from the displayed page's top left corner."""
    rectangles = [textpage.get_rect(at) for at in range(textpage.count_rects(start, count))]
    if not rectangles:
        return None
    left = min(rectangle[0] for rectangle in rectangles)
    bottom = min(rectangle[1] for rectangle in rectangles)
    right = max(rectangle[2] for rectangle in rectangles)
    top = max(rectangle[3] for rectangle in rectangles)
    (x0, y0), (x1, y1) = (_displayed(page, x, y) for x, y in ((left, top), (right, bottom)))
    width, height = page.get_size()
    if max(x0, x1) <= 0 or min(x0, x1) >= width or max(y0, y1) <= 0 or min(y0, y1) >= height:
        return None  # beyond the sheet's edge, where nobody sees it
    return max(0.0, min(x0, x1)), max(0.0, min(y0, y1)), min(width, max(x0, x1)), min(height, max(y0, y1))


def _displayed(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A point of the page's own space where it is shown, crop box and rotation applied, in hundredths of a point inside."""
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page.raw, 0, 0, int(width * 100), int(height * 100), 0, x, y, across, down)
    return across.value / 100, down.value / 100
