"""What PDF holds beside its text: form values and comments, running heads, and text that nobody sees."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from reportlab.lib.colors import Color, black, navy, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from core.settings import ROOT
from core.types import Document, Page, PageKind
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from tests.pdfs import pdf

LIMITS = Limits(1_000, 8.0)
CASES = ROOT / ".." / "shared" / "findings" / "cases"
NOTES = (
    "/Annots [<</Type /Annot /Subtype /FreeText /Rect [72 600 300 620] /Contents (A stamp in a box) /DA (/F1 9 Tf)>>"
    "<</Type /Annot /Subtype /Text /Rect [400 600 420 620] /Contents (Two lines\\nof a comment)>>"
    "<</Type /Annot /Subtype /Text /F 2 /Rect [400 500 420 520] /Contents (Nobody sees this)>>"
    "<</Type /Annot /Subtype /Popup /Rect [400 600 420 620] /Contents (A window)>>]"
)


def read(data: bytes) -> Document:
    return parse_pdf(data, "a.pdf", LIMITS)


def said(page: Page) -> list[tuple[str, str]]:
    """Part and text of each mark of a page."""
    ends = [*(mark.start for mark in page.marks[1:]), len(page.text)]
    return [(mark.place.part, page.text[mark.start : end].strip("\n")) for mark, end in zip(page.marks, ends, strict=True)]


def test_notes_stand_at_the_pages_end_and_say_what_they_are() -> None:
    document = read(pdf("Words of the page", page=NOTES))
    page = document.pages[0]
    assert said(page) == [("", "Words of the page"), ("note", "A stamp in a box"), ("note", "Two lines\nof a comment")]
    assert document.hidden == len("Nobody sees this")
    stamp = next(line for line in page.lines if page.text[line.start : line.end] == "A stamp in a box")
    assert (stamp.left, stamp.top, stamp.right, stamp.bottom) == pytest.approx((72, 222, 300, 242), abs=0.1)


def test_values_of_fields_stand_beside_what_the_field_is_called() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    canvas.drawString(72, 700, "A form")
    canvas.acroForm.textfield(name="name", tooltip="Name of applicant", value="Berg", x=72, y=600)
    canvas.acroForm.textfield(name="empty", tooltip="Remarks", value="", x=72, y=500)
    canvas.acroForm.checkbox(name="yes", tooltip="Agreed", checked=True, x=72, y=400)
    canvas.acroForm.checkbox(name="no", tooltip="Refused", checked=False, x=72, y=300)
    canvas.save()
    parts = [("", "A form"), ("form field name", "Name of applicant: Berg"), ("form field yes", "Agreed: Yes")]
    assert said(read(out.getvalue()).pages[0]) == parts


def test_a_page_of_notes_alone_is_text() -> None:
    assert [(page.kind, page.text) for page in read(pdf("", page=NOTES)).pages] == [
        (PageKind.TEXT, "A stamp in a box\nTwo lines\nof a comment")
    ]


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this checkout")
def test_a_reported_form_with_notes() -> None:
    parts = dict(said(read(Path(CASES / "02-form-fields-and-notes" / "form.pdf").read_bytes()).pages[0]))
    assert parts["form field name"] == "name: Wilhelmina Okonkwo-Berg"
    assert parts["form field plot"].startswith("plot: Plot 4417")
    assert "note" in parts


def book(pages: int, *, head: str = "On Clocks", foot: str = "Page {} of 9") -> Document:
    """A book whose pages have a head, a sentence that runs over to the next page, and a foot."""
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    for number in range(1, pages + 1):
        canvas.drawString(72, 800, head)
        canvas.drawString(72, 600, f"and so clock {number} was wound by")
        canvas.drawString(280, 40, foot.format(number))
        canvas.showPage()
    canvas.save()
    return read(out.getvalue())


@pytest.mark.parametrize("foot", ["Page {} of 9", "{}", "- {} -"])
def test_heads_and_page_numbers_are_no_text(foot: str) -> None:
    assert [page.text for page in book(9, foot=foot).pages] == [f"and so clock {number} was wound by" for number in range(1, 10)]


def test_two_pages_have_no_running_head() -> None:
    assert all(page.text.startswith("On Clocks\n") for page in book(2).pages)


def test_rows_of_a_table_at_the_pages_edge_are_no_heads() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    for _ in range(6):
        for row in range(50):
            canvas.drawString(72, 820 - 16 * row, "Layoff Permanent" if row % 2 else "10/30/2015")
        canvas.showPage()
    canvas.save()
    assert all(len(page.text.split("\n")) == 50 for page in read(out.getvalue()).pages)


def painted(colour: Color, ground: Color, *, size: float = 12, left: float = 72) -> Document:
    """A page with a line in one colour on a box of another, below a line of black."""
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    canvas.drawString(72, 700, "A line that is seen by everybody")
    canvas.setFillColor(ground)
    canvas.rect(60, 490, 400, 30, stroke=0, fill=1)
    canvas.setFillColor(colour)
    canvas.setFont("Helvetica", size)
    canvas.drawString(left, 500, "Secret")
    canvas.save()
    return read(out.getvalue())


@pytest.mark.parametrize(
    ("document", "seen"),
    [
        pytest.param(lambda: painted(white, white), False, id="white on white"),
        pytest.param(lambda: painted(white, navy), True, id="white on blue"),
        pytest.param(lambda: painted(black, white), True, id="black on white"),
        pytest.param(lambda: painted(black, white, size=0.5), False, id="tiny"),
        pytest.param(lambda: painted(black, white, left=700), False, id="beside the sheet"),
    ],
)  # fmt: skip
def test_text_that_nobody_sees_is_left_out_and_counted(document: object, seen: bool) -> None:
    result = document()  # type: ignore[operator]
    assert ("Secret" in result.pages[0].text, result.hidden) == (seen, 0 if seen else 6)
    assert bool(result.warnings) is not seen
