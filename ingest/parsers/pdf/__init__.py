"""PDF: characters and boxes by pdfium, order by geometry, title and printed labels by pypdf.

pdfium reads text 7 to 20 times as fast as pypdf; pypdf knows the document's structure. A page goes through these steps: sheets.py (words
with boxes, without what nobody sees), layout.py (lines in reading order), notes.py (form fields and comments), heads.py (running heads
go), pages.py (text).
"""

from __future__ import annotations

from collections import Counter

import pypdfium2
import pypdfium2.raw as pdfium

from core.errors import DocumentFault, Encrypted, ParserFailed, WrongPassword
from core.types import Document, PageKind
from ingest.parsers.hidden import hidden_warning
from ingest.parsers.limits import Limits
from ingest.parsers.pdf.captions import name_tables
from ingest.parsers.pdf.fonts import set_fonts
from ingest.parsers.pdf.headings import find_headings
from ingest.parsers.pdf.heads import without_heads
from ingest.parsers.pdf.hyphens import words_of
from ingest.parsers.pdf.layout import lines_of
from ingest.parsers.pdf.notes import notes_of
from ingest.parsers.pdf.outline import Entry, outline_of, tagged_headings
from ingest.parsers.pdf.pages import Draft, page_of
from ingest.parsers.pdf.quality import kind_of
from ingest.parsers.pdf.rulings import rulings_of
from ingest.parsers.pdf.sheets import Glyphs, read_sheet
from ingest.parsers.pdf.structure import title_and_labels
from ingest.parsers.titles import title_from_name


def parse_pdf(data: bytes, name: str, limits: Limits) -> Document:
    """Read a PDF. Raises Encrypted, ParserFailed, TooManyPages, TooMuchText."""
    document = _opened(data, name, limits.password)
    try:
        document.init_forms()
        count = len(document)
        limits.check_pages(name, count)
        title, labels = title_and_labels(data, limits.password, count)
        outline = outline_of(document)
        tagged: list[Entry] | None = [] if not outline and document.is_tagged() else None
        drafts = []
        characters = hidden = 0
        for index in range(count):
            draft, unseen = _draft(document, index, labels[index] if labels else None, tagged)
            characters += sum(len(line.text) for line in draft.lines) + sum(len(note.text) for note in draft.notes)
            hidden += unseen
            limits.check_text(name, characters)
            drafts.append(draft)
            limits.progress(index + 1, count)
    finally:
        document.close()
    without_heads(drafts)
    name_tables(drafts)
    find_headings(drafts, outline, tagged or [], title or title_from_name(name))
    known = _known(drafts)
    pages = tuple(page_of(draft, known) for draft in drafts)
    return Document(title or title_from_name(name), "application/pdf", pages, hidden_warning(hidden), hidden)


def _opened(data: bytes, name: str, password: str) -> pypdfium2.PdfDocument:
    """The file. Raises Encrypted, WrongPassword, ParserFailed."""
    try:
        return pypdfium2.PdfDocument(data, password=password or None)
    except pypdfium2.PdfiumError as error:
        # For a document without pages pdfium sets no error code, and the one of an earlier document still stands there: it is told only
        # where it can be true, and its message never.
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD and b"/Encrypt" in data:
            raise (WrongPassword if password else Encrypted)(name=name) from None
        raise ParserFailed(name=name, media_type="PDF", detail=DocumentFault.BROKEN()) from None


def _draft(document: pypdfium2.PdfDocument, index: int, label: str | None, tagged: list[Entry] | None) -> tuple[Draft, int]:
    """One page, and how many characters of it nobody sees; headings of its structure tree are added to `tagged` where they are asked for."""
    draft = Draft(index + 1, label, PageKind.FAILED)
    try:
        page = _loaded(document, index)
    except pypdfium2.PdfiumError:
        return draft, 0
    try:
        textpage = page.get_textpage()
        sheet = read_sheet(page, textpage)
        glyphs = Glyphs(page, textpage)
        sheet.rulings = rulings_of(page, glyphs)
        draft.width, draft.height = sheet.width, sheet.height
        draft.lines = lines_of(sheet)
        set_fonts(textpage, draft.lines)
        if tagged is not None:
            tagged += tagged_headings(page, textpage, draft.number)
        draft.kind = kind_of(page, textpage, draft.lines)
        draft.notes, unseen = notes_of(document, page, glyphs)
        if draft.notes and draft.kind is PageKind.EMPTY:
            draft.kind = PageKind.TEXT
        textpage.close()
    except pypdfium2.PdfiumError:
        return draft, 0
    finally:
        page.close()
    return draft, sheet.hidden + unseen


def _loaded(document: pypdfium2.PdfDocument, index: int) -> pypdfium2.PdfPage:
    """A page whose form fields are not prepared for typing, which takes for ever where they are shared. Raises pypdfium2.PdfiumError."""
    form, document.formenv = document.formenv, None
    try:
        return document[index]
    finally:
        document.formenv = form


def _known(drafts: list[Draft]) -> Counter[str]:
    """The words of a document; none where no line of it ends in a hyphen."""
    if not any(line.soft for draft in drafts for line in draft.lines):
        return Counter()
    return words_of(line for draft in drafts for line in draft.lines)
