"""Pages of PDF that cannot be read as they are: from the file over recognition to what the report says."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pypdf
import pytest
from pypdf.generic import NameObject, StreamObject
from reportlab.pdfgen.canvas import Canvas

from core.errors import ReadingWarning
from core.settings import Settings
from core.types import Document, PageKind
from ingest.chunker import chunk_document
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.pictured import with_recognised
from ingest.report import Report, Seconds
from ingest.workers import WorkerPool
from tests.pdfs import pdf
from tests.pictures import loaded, needs_tesseract

LIMITS = Limits(1_000, 8.0)
TEXT = [
    "The gate of the old garden opens at nine",
    "in the morning and closes when the bell of",
    "the tower has rung, which is at six in summer",
    "and at four in winter, for the keeper lives",
    "outside of the walls and walks home alone.",
]
# Every vowel becomes a consonant: words of no language.
_NOISE = str.maketrans("aeiouAEIOU", "xqzjkXQZJK")


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """One pool for all files."""
    with WorkerPool(Settings(workers=1)) as opened:
        yield opened


def garbled(meaning: Callable[[str], str]) -> bytes:
    """A page that shows a text, and whose font says that its characters mean something else."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setFont("Helvetica", 16)
    for at, line in enumerate(TEXT):
        canvas.drawString(72, 740 - 30 * at, line)
    canvas.save()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(out.getvalue()))
    entries = "\n".join(f"<{code:02x}> <{ord(meaning(chr(code))):04x}>" for code in range(0x21, 0x7F))
    stream = StreamObject()
    stream.set_data(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        + f"{0x7F - 0x21} beginbfchar\n{entries}\nendbfchar endcmap end end".encode()
    )
    for font in writer.pages[0]["/Resources"]["/Font"].values():  # type: ignore[index]
        font.get_object()[NameObject("/ToUnicode")] = writer._add_object(stream)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def report_of(document: Document) -> Report:
    return Report.of(document, chunk_document(document, 900), Seconds())


KINDS = pytest.mark.parametrize(
    "meaning",
    [lambda character: chr(0xE000 + ord(character)), lambda character: character.translate(_NOISE), lambda character: "\ufffd"],
    ids=["private use", "no language", "no character"],
)


@KINDS
def test_a_text_layer_that_means_something_else_is_garbled_and_told(meaning: Callable[[str], str]) -> None:
    document = parse_pdf(garbled(meaning), "a.pdf", LIMITS)
    assert [page.kind for page in document.pages] == [PageKind.GARBLED]
    told = with_recognised(document, "a.pdf", lambda page, dots: b"", LIMITS)
    report = report_of(told)
    assert (report.garbled, report.unread) == ((1,), (1,))
    (warning,) = report.warnings
    assert warning == ReadingWarning.NO_RECOGNITION(pages="1", command=dict(warning.fields)["command"])


@needs_tesseract
@KINDS
def test_a_garbled_page_is_read_from_its_picture(meaning: Callable[[str], str], pool: WorkerPool) -> None:
    document = pool.parse(loaded(garbled(meaning), "a.pdf"))
    (page,) = document.pages
    assert page.kind is PageKind.OCR
    assert page.text.split() == " ".join(TEXT).split()
    report = report_of(document)
    assert (report.garbled, report.unread, report.pages) == ((), (), {PageKind.OCR: 1})


def test_a_page_that_cannot_be_read_is_counted_and_the_others_are_read(pool: WorkerPool) -> None:
    data = pdf("The first page is whole.", "The second is lost.", "The third is whole.")
    start = data.index(b"7 0 obj\n") + len(b"7 0 obj\n")
    end = data.index(b"\nendobj", start)
    document = pool.parse(loaded(data[:start] + b"null".ljust(end - start) + data[end:], "a.pdf"))
    assert [page.kind for page in document.pages] == [PageKind.TEXT, PageKind.FAILED, PageKind.TEXT]
    report = report_of(document)
    assert (report.unread, report.pages, report.passages) == ((2,), {PageKind.TEXT: 2, PageKind.FAILED: 1}, 2)
    assert document.pages[2].text == "The third is whole."
