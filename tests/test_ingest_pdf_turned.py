"""Turned pages of PDF and turned text on pages: in order, and with boxes on the page as it is shown."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from core.types import Page
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from tests.pdfs import under

LIMITS = Limits(1_000, 8.0)
COLUMNS = Path(__file__).parent / "data" / "order" / "columns-footnotes.pdf"
LINES = ["The gate opens at nine in the", "morning and closes when the bell", "has rung, which is at six."]


def turned(data: bytes, degrees: int) -> bytes:
    """The PDF, its pages shown turned clockwise."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    for page in writer.pages:
        page.rotate(degrees)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def written(degrees: int) -> bytes:
    """A page that is not turned with text that is, counter-clockwise, below upright text."""
    out = io.BytesIO()
    canvas = Canvas(out, (600, 600))
    canvas.setFont("Helvetica", 12)
    canvas.drawString(40, 560, "Upright above all of it.")
    canvas.translate(300, 300)
    canvas.rotate(degrees)
    for at, line in enumerate(LINES):
        canvas.drawString(-100, 40 - 16 * at, line)
    canvas.save()
    return out.getvalue()


def squeezed(text: str) -> str:
    """Text without white space, hyphens and the signs of footnotes, which stand apart from their line."""
    return re.sub(r"[\s\ufffe\x02-]|(?<=[.])\d|\d(?=The|Rye)|(?<=one)\d", "", re.sub(r"\s", "", text))


def check_boxes(data: bytes, page: Page) -> None:
    with pypdfium2.PdfDocument(data) as document:
        shown = document[page.number - 1]
        assert shown.get_size() == pytest.approx((page.width, page.height))
        for line in page.lines:
            said, read = squeezed(page.text[line.start : line.end]), squeezed(under(shown, line))
            assert Counter(said) <= Counter(read)
            assert len(read) <= 1.3 * len(said) + 2


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_of_columns_reads_as_the_upright_one_and_its_boxes_lie_on_its_words(degrees: int) -> None:
    upright = parse_pdf(COLUMNS.read_bytes(), "a.pdf", LIMITS).pages[0]
    data = turned(COLUMNS.read_bytes(), degrees)
    page = parse_pdf(data, "a.pdf", LIMITS).pages[0]
    assert squeezed(page.text) == squeezed(upright.text)
    check_boxes(data, page)


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("shown", [0, 90, 270])
def test_text_that_is_turned_on_its_page_is_in_order_and_in_its_place(degrees: int, shown: int) -> None:
    data = turned(written(degrees), shown)
    page = parse_pdf(data, "a.pdf", LIMITS).pages[0]
    text = squeezed(page.text)
    assert squeezed("".join(LINES)) in text
    assert squeezed("Upright above all of it.") in text
    check_boxes(data, page)
