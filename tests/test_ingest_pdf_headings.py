"""Section titles of PDF: by the outline, by the structure tree, by the size and weight of type; and what is no title."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from core.types import Document
from ingest.chunker import chunk_document
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf

LIMITS = Limits(1_000, 8.0)
GOOD = Path(__file__).parents[2] / "shared" / "pdfs" / "good"
TAGGED = Path(__file__).parent / "data" / "pdf_headings" / "tagged.pdf"
PROSE = "The mill has stood by the river since before there was a bridge, and its wheel has turned in every year but one. " * 4


def style(size: float = 10, font: str = "Helvetica", before: float = 8) -> ParagraphStyle:
    return ParagraphStyle("any", fontName=font, fontSize=size, leading=1.25 * size, spaceBefore=before)


def made(*parts: tuple[str, ParagraphStyle] | None) -> Document:
    """A document of paragraphs; None begins a page."""
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title="a").build([PageBreak() if part is None else Paragraph(*part) for part in parts])
    return parse_pdf(out.getvalue(), "a.pdf", LIMITS)


def outlined(*entries: tuple[str, int], lines: Sequence[str]) -> Document:
    """A page of lines in one type whose outline has these entries, at the line that each is a part of."""
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    for at, line in enumerate(lines):
        canvas.drawString(72, 770 - 16 * at, line)
    for number, (title, level) in enumerate(entries):
        top = 782 - 16 * next((at for at, line in enumerate(lines) if title in line), 0)
        canvas.bookmarkPage(str(number), fit="XYZ", left=72, top=top)
        canvas.addOutlineEntry(title, str(number), level)
    canvas.save()
    return parse_pdf(out.getvalue(), "a.pdf", LIMITS)


def titles(document: Document) -> list[tuple[int, str]]:
    """Page and title of every heading, sections that go on from the page before included."""
    return [(page.number, heading.text) for page in document.pages for heading in page.headings]


BODY = style()


class TestSizes:
    """Titles by the type that they are set in."""

    def test_larger_lines_are_titles_by_size(self) -> None:
        document = made(
            ("The mill", style(20)), (PROSE, BODY), ("Its wheel", style(14)), (PROSE, BODY), ("Its gate", style(14)), (PROSE, BODY)
        )  # fmt: skip
        assert titles(document) == [(1, "The mill"), (1, "The mill › Its wheel"), (1, "The mill › Its gate")]
        page = document.pages[0]
        assert [page.text[heading.start :].split("\n")[0] for heading in page.headings] == ["The mill", "Its wheel", "Its gate"]

    def test_a_section_goes_on_on_the_next_page(self) -> None:
        document = made(("The mill", style(20)), (PROSE, BODY), None, (PROSE, BODY), ("The miller", style(20)), (PROSE, BODY))
        assert titles(document) == [(1, "The mill"), (2, "The mill"), (2, "The miller")]
        assert document.pages[1].headings[0].start == 0
        assert next(chunk.heading for chunk in chunk_document(document, 600) if chunk.page == 2) == "a › The mill"

    def test_what_is_left_of_a_section_is_no_part_of_the_next_one(self) -> None:
        document = made(
            ("A very long title of a section", style(20)),
            (PROSE, BODY),
            None,
            ("Its end.", BODY),
            ("Next", style(20)),
            (PROSE, BODY),
        )
        chunks = [chunk for chunk in chunk_document(document, 600) if chunk.page == 2]
        assert (chunks[0].text, chunks[0].heading) == ("Its end.", "a › A very long title of a section")
        assert chunks[1].text.startswith("Next")

    @pytest.mark.parametrize("title", ["2.1 Its wheel", "IV. Its wheel", "Chapter 3 Its wheel", "Artículo 7 La rueda", "Its wheel"])
    def test_bold_lines_that_stand_off_are_titles(self, title: str) -> None:
        document = made((PROSE, BODY), (title, style(font="Helvetica-Bold", before=14)), (PROSE, style(before=2)))
        assert titles(document) == [(1, title)]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(f"<b>Its wheel</b> {PROSE}", id="a bold word begins a paragraph"),
            pytest.param("<b>The wheel must never be touched while it turns.</b>", id="a bold sentence"),
            pytest.param("<b>Figure 3: The wheel</b>", id="a caption"),
            pytest.param("Its wheel", id="a short line like all others"),
        ],
    )
    def test_text_is_none(self, text: str) -> None:
        assert titles(made((PROSE, BODY), (text, style(before=14)), (PROSE, style(before=2)))) == []

    def test_a_paragraph_in_large_type_is_none(self) -> None:
        assert titles(made((PROSE, style(14)), (PROSE * 6, BODY))) == []

    def test_running_heads_are_none(self) -> None:
        out = io.BytesIO()
        canvas = Canvas(out, A4)
        for number in range(1, 6):
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(72, 800, "The book of mills")
            canvas.setFont("Helvetica", 10)
            for at in range(30):
                canvas.drawString(
                    72, 700 - 14 * at, f"Line {at * number} of a page that tells of mills, wheels and races, and of rye."
                )
            canvas.showPage()
        canvas.save()
        assert titles(parse_pdf(out.getvalue(), "a.pdf", LIMITS)) == []

    def test_japanese_titles(self) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
        small, large = (
            ParagraphStyle("ja", fontName="HeiseiMin-W3", fontSize=size, leading=15, wordWrap="CJK") for size in (10, 14)
        )
        prose = "水車小屋は橋ができる前から川のそばに立っていて、水車は一年を除いて毎年回ってきました。" * 5
        document = made(("第1章　水車小屋", large), (prose, small), ("2　粉ひきの仕事", large), (prose, small))
        assert titles(document) == [(1, "第1章 水車小屋"), (1, "2 粉ひきの仕事")]


class TestOutline:
    """Titles by the outline."""

    LINES = ("Mills", "A mill grinds.", "1.1 Wheels", "A wheel turns.", "1.2 Gates", "A gate is shut.", "A wheel")

    def test_its_entries_are_titles_where_the_page_says_them(self) -> None:
        document = outlined(("Mills", 0), ("Wheels", 1), ("Gates", 1), lines=self.LINES)
        assert titles(document) == [(1, "Mills"), (1, "Mills › 1.1 Wheels"), (1, "Mills › 1.2 Gates")]

    def test_an_entry_that_the_page_does_not_say_is_left_out(self) -> None:
        document = outlined(("Mills", 0), ("Cover", 0), ("Gates", 0), lines=self.LINES)
        assert titles(document) == [(1, "Mills"), (1, "1.2 Gates")]

    def test_an_outline_of_other_words_says_nothing(self) -> None:
        assert titles(outlined(("Slide 1", 0), ("Slide 2", 0), ("Mills", 0), lines=self.LINES)) == []

    def test_of_two_lines_the_one_that_it_points_to(self) -> None:
        document = outlined(("Wheels", 0), lines=("Wheels", *self.LINES))
        assert [heading.start for heading in document.pages[0].headings] == [0]


def test_headings_of_the_structure_tree_count_where_there_is_no_outline() -> None:
    document = parse_pdf(TAGGED.read_bytes(), "tagged.pdf", LIMITS)
    assert titles(document) == [
        (1, "The mill by the river"),
        (1, "The mill by the river › How it is driven"),
        (1, "The mill by the river › What it grinds"),
        (1, "The miller"),
    ]


@pytest.mark.skipif(not GOOD.is_dir(), reason="the shared PDFs are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("NARA2022.pdf", [(7, "2. Connection › 2.1. Needs & Expectations"), (15, "Transformation › T4. Workplace")]),
        (
            "tracemonkey.pdf",
            [(4, "Trace-based Just-in-Time Type Specialization for Dynamic Languages › 3. Trace Trees › 3.1 Traces")],
        ),
        ("multi_page.pdf", [(1, "The Birth of Word Processing (1960s - 1970s)"), (4, "A Glimpse Into the Future")]),
        ("jo.pdf", []),
    ],
)
def test_titles_of_real_documents(name: str, expected: list[tuple[int, str]]) -> None:
    found = titles(parse_pdf((GOOD / name).read_bytes(), name, LIMITS))
    assert set(expected) <= set(found)
    assert bool(found) == bool(expected)
