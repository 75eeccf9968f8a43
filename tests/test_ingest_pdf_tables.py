"""Tables of PDF: rows and cells by ruling lines and by alignment, their captions and headers, and what is no table."""

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
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Table, TableStyle

from core.types import Document, Page
from ingest.chunker import chunk_document
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.worker.frames import pack_page, unpack_page

LIMITS = Limits(1_000, 8.0)
GOOD = Path(__file__).parents[2] / "shared" / "pdfs" / "good"
GRID = [("GRID", (0, 0), (-1, -1), 0.5, "black")]
FOREST = [[f"Tree {number}", f"{number} m", str(7 * number)] for number in range(1, 61)]
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=13)
TREES = [["Tree", "Height", "Age"], ["Oak", "25 m", "800"], ["Birch", "18 m", "90"], ["Yew", "12 m", "1,500"]]


def made(*parts: Flowable) -> Document:
    """A document of A4 pages made by reportlab's page layout."""
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, topMargin=60, bottomMargin=60).build(list(parts))
    return parse_pdf(out.getvalue(), "a.pdf", LIMITS)


def ruled(rows: Sequence[Sequence[object]], *style: tuple[object, ...], **options: object) -> Table:
    return Table([list(row) for row in rows], style=TableStyle([*GRID, *style]), **options)


def words(text: str, style: ParagraphStyle = BODY) -> Paragraph:
    return Paragraph(text, style)


def table_of(page: Page, number: int = 0) -> tuple[str, list[str]]:
    """Header and rows of a table of a page."""
    table = page.tables[number]
    return page.text[table.start : table.body].strip(), page.text[table.body : table.end].splitlines()


def boxes_of(page: Page, quote: str) -> list[tuple[float, float, float, float]]:
    """The boxes that the characters of a quote have."""
    start = page.text.index(quote)
    found = [line for line in page.lines if line.start < start + len(quote) and line.end > start]
    return [(line.left, line.top, line.right, line.bottom) for line in found]


class TestRuled:
    """Tables within lines."""

    def test_rows_are_lines_with_cells_between_bars(self) -> None:
        (page,) = made(words("Trees of the park."), ruled(TREES), words("All of them are old.")).pages
        assert page.text == (
            "Trees of the park.\nTree | Height | Age\nOak | 25 m | 800\nBirch | 18 m | 90\nYew | 12 m | 1,500\nAll of them are old."
        )
        assert table_of(page) == ("Tree | Height | Age", ["Oak | 25 m | 800", "Birch | 18 m | 90", "Yew | 12 m | 1,500"])

    def test_a_quote_of_a_cell_has_the_box_of_the_cell(self) -> None:
        (page,) = made(ruled(TREES, colWidths=[100, 100, 100])).pages
        (height,) = boxes_of(page, "18 m")
        (name,) = boxes_of(page, "Birch")
        (row,) = boxes_of(page, "90")
        assert name[2] < height[0]
        assert height[2] < row[0]
        assert height[2] - height[0] < 40
        assert name[1] == pytest.approx(height[1], abs=1)

    def test_a_cell_of_several_lines_is_one_cell_and_each_line_keeps_its_box(self) -> None:
        long = words("a slow tree whose wood turns the edge of an axe and of every saw")
        (page,) = made(ruled([["Tree", "Notes"], ["Oak", long], ["Yew", "poisonous"]], colWidths=[60, 120])).pages
        header, (oak, yew) = table_of(page)
        assert header == "Tree | Notes"
        assert oak == "Oak | a slow tree whose wood turns the edge of an axe and of every saw"
        assert yew == "Yew | poisonous"
        boxes = boxes_of(page, "a slow tree whose wood turns the edge of an axe and of every saw")
        assert len(boxes) >= 3
        assert [box[1] for box in boxes] == sorted(box[1] for box in boxes)
        assert all(box[2] - box[0] <= 120 for box in boxes)

    def test_merged_cells_are_written_once_and_empty_ones_keep_their_column(self) -> None:
        rows = [["Region", "2023", "2024"], ["North", "1", ""], ["", "", "4"], ["South", "5", "6"]]
        (page,) = made(ruled(rows, ("SPAN", (0, 1), (0, 2)), colWidths=[80, 80, 80], rowHeights=20)).pages
        assert table_of(page) == ("Region | 2023 | 2024", ["North | 1", " |  | 4", "South | 5 | 6"])

    def test_a_title_within_the_frame_is_the_caption(self) -> None:
        rows = [["Trees of the park", "", ""], *TREES]
        (page,) = made(ruled(rows, ("SPAN", (0, 0), (-1, 0)))).pages
        assert page.tables[0].caption == "Trees of the park"
        assert page.text.startswith("Trees of the park\nTree | Height | Age\n")
        assert table_of(page)[0] == "Tree | Height | Age"

    def test_labels_with_their_values_have_no_header(self) -> None:
        rows = [["Name:", "Ada", "Born:", "1815"], ["Trade:", "Mathematics", "Town:", "London"], ["Pet:", "None", "Car:", "None"]]
        (page,) = made(ruled(rows)).pages
        assert table_of(page) == ("", [" | ".join(row) for row in rows])

    def test_japanese_cells_run_on_without_a_blank(self) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
        style = ParagraphStyle("ja", fontName="HeiseiMin-W3", fontSize=10, leading=13, wordWrap="CJK")
        rows = [["製品", "特徴"], ["茶わん", "日本の伝統的な焼き物で、一つ一つ手で作られています。"], ["箸", "竹"]]
        cells = [[words(cell, style) for cell in row] for row in rows]
        (page,) = made(words("表3　台所の道具", style), ruled(cells, colWidths=[70, 130])).pages
        assert table_of(page) == ("製品 | 特徴", [" | ".join(row) for row in rows[1:]])
        assert page.tables[0].caption == "表3 台所の道具"


class TestAligned:
    """Tables without lines."""

    SALES = (
        ("Region", "2023", "2024", "Share"),
        ("North", "1,204", "1,310", "41 %"),
        ("South", "987", "1,022", "32 %"),
        ("East", "854", "861", "27 %"),
    )

    def test_rows_of_values_below_each_other(self) -> None:
        plain = Table([list(row) for row in self.SALES], style=[("ALIGN", (1, 0), (-1, -1), "RIGHT")], colWidths=[90, 70, 70, 70])
        (page,) = made(words("Tabla 2. Ventas por región"), plain, words("All in thousands.")).pages
        assert table_of(page) == ("Region | 2023 | 2024 | Share", [" | ".join(row) for row in self.SALES[1:]])
        assert page.tables[0].caption == "Tabla 2. Ventas por región"
        (box,) = boxes_of(page, "1,022")
        assert box[2] - box[0] < 40

    def test_cells_of_a_turned_page_have_their_boxes_on_the_page(self) -> None:
        out = io.BytesIO()
        canvas = Canvas(out, A4)
        canvas.rotate(90)
        for row, cells in enumerate((*self.SALES, ("West", "640", "702", "22 %"), ("All", "3,685", "3,895", "100 %"))):
            for column, cell in enumerate(cells):
                canvas.drawString(100 + 90 * column, -100 - 14 * row, cell)
        canvas.save()
        (page,) = parse_pdf(out.getvalue(), "a.pdf", LIMITS).pages
        assert table_of(page)[0] == "Region | 2023 | 2024 | Share"
        (box,) = boxes_of(page, "1,022")
        assert 0 <= box[0] < box[2] <= page.width
        assert box[3] - box[1] > box[2] - box[0], "it runs up the page"
        assert box[3] < A4[1] - 270

    def test_a_header_of_two_lines_is_one(self) -> None:
        rows = [
            ["", "Month when", "Month when"],
            ["Skill", "half can", "nine can"],
            ["Sits", "5.5", "7.8"],
            ["Stands", "5.8", "10.0"],
            ["Walks", "12.1", "14.3"],
        ]
        (page,) = made(Table(rows, colWidths=[120, 100, 100], rowHeights=13)).pages
        assert table_of(page)[0] == "Skill | Month when half can | Month when nine can"

    @pytest.mark.parametrize(
        "rows",
        [
            pytest.param([("1", "Mills", "3"), ("2", "Wheels", "7"), ("3", "Gates", "7"), ("4", "Races", "12")], id="contents"),
            pytest.param([("Name:", "Ada"), ("Born:", "1815"), ("Died:", "1852"), ("Age:", "36")], id="a form"),
            pytest.param(
                [("1.", "Open the gate"), ("2.", "Turn the wheel"), ("3.", "Grind the rye"), ("4.", "Shut it")], id="a list"
            ),
            pytest.param([(str(n), f"Words of line {n}", "and more") for n in range(1, 9)], id="numbered lines"),
            pytest.param(
                [
                    ("a miller of old", "who had a wheel"),
                    ("and a gate that", "was shut at night"),
                    ("by a man of the", "same old family"),
                ]
                * 2,
                id="prose",
            ),
        ],
    )
    def test_what_only_looks_like_one(self, rows: list[tuple[str, ...]]) -> None:
        (page,) = made(Table([list(row) for row in rows], colWidths=[120] * len(rows[0]))).pages
        assert page.tables == ()


class TestCaptions:
    """What a table is called."""

    @pytest.mark.parametrize(
        "caption",
        [
            "Table 3: Trees of the park",
            "Tabla 3. Árboles del parque",
            "Cuadro 1.8: Árboles",
            "TABLE IV - Trees",
            "Table A-3. Trees",
        ],
    )
    @pytest.mark.parametrize("above", [True, False], ids=["above", "below"])
    def test_the_line_above_or_below(self, caption: str, *, above: bool) -> None:
        parts = [words(caption), ruled(TREES)] if above else [ruled(TREES), words(caption)]
        (page,) = made(words("Some words before."), *parts, words("And some words after it.")).pages
        assert page.tables[0].caption == caption
        assert caption in page.text

    @pytest.mark.parametrize("sentence", ["Table 3 shows the trees of the park.", "Trees are told in table 3.", "Tables are old."])
    def test_a_sentence_is_none(self, sentence: str) -> None:
        (page,) = made(words(sentence), ruled(TREES)).pages
        assert page.tables[0].caption == ""

    def test_each_table_has_its_own_where_they_stand_below(self) -> None:
        parts = [part for number in (1, 2) for part in (ruled(TREES), words(f"Table {number}: The trees of year {number}"))]
        (page,) = made(*parts).pages
        assert [table.caption for table in page.tables] == ["Table 1: The trees of year 1", "Table 2: The trees of year 2"]

    def test_caption_and_header_go_with_every_passage(self) -> None:
        rows = [TREES[0], *([f"Tree number {number}", f"{number} m", str(number)] for number in range(100, 130))]
        document = made(words("Table 7: A forest"), ruled(rows))
        chunks = chunk_document(document, 400)
        later = next(chunk for chunk in chunks if "Tree number 129" in chunk.text)
        assert later.context == "Table 7: A forest\nTree | Height | Age"


class TestOverPages:
    """Tables that go on."""

    @pytest.mark.parametrize("repeated", [True, False], ids=["header repeated", "header once"])
    def test_the_rows_of_the_next_page_know_caption_and_header(self, *, repeated: bool) -> None:
        first, second = made(words("Table 1: A forest"), ruled([TREES[0], *FOREST], repeatRows=int(repeated))).pages
        assert table_of(first)[0] == "Tree | Height | Age"
        assert table_of(second)[0] == ("Tree | Height | Age" if repeated else "")
        assert second.tables[0].caption == ("Table 1: A forest" if repeated else "Table 1: A forest\nTree | Height | Age")
        rows = [row for page in (first, second) for row in table_of(page)[1]]
        assert rows == [" | ".join(row) for row in FOREST]

    def test_another_table_on_the_next_page_is_another(self) -> None:
        first, second = made(ruled(TREES), PageBreak(), ruled([["Bird", "Nest", "Eggs"], ["Owl", "Hole", "4"]])).pages
        assert table_of(first)[0] == "Tree | Height | Age"
        assert (second.tables[0].caption, table_of(second)[0]) == ("", "Bird | Nest | Eggs")


class TestNoTables:
    """What looks like a table and is none."""

    def test_text_in_a_frame(self) -> None:
        (page,) = made(ruled([[words("A box of text about the park and all of its old trees. " * 5)]], colWidths=[300])).pages
        assert page.tables == ()

    def test_a_frame_of_two_columns_of_prose(self) -> None:
        prose = words("The park was laid out by a man who had never seen a tree, and yet it has many of them. " * 8)
        (page,) = made(ruled([[prose, prose], [prose, prose]], colWidths=[220, 220])).pages
        assert page.tables == ()


@pytest.mark.skipif(not GOOD.is_dir(), reason="the shared PDFs are not beside this checkout")
class TestRealTables:
    """Tables that other programs made."""

    def test_a_report_over_sixteen_pages(self) -> None:
        name = "WARN-Report-for-7-1-2015-to-03-25-2016.pdf"
        pages = parse_pdf((GOOD / name).read_bytes(), name, LIMITS).pages
        header = "Notice Date | Effective | Received | Company | City | No. Of | Layoff/Closure"
        assert table_of(pages[0])[0] == header
        assert all(page.tables[0].caption == header for page in pages[1:14])
        rows = [row for page in pages[:15] for row in table_of(page)[1]]
        assert {row.count(" | ") for row in rows} == {6}
        assert len(rows) == 633

    def test_figures_of_a_paper_that_no_lines_part(self) -> None:
        page = parse_pdf((GOOD / "tracemonkey.pdf").read_bytes(), "tracemonkey.pdf", LIMITS).pages[11]
        header, rows = table_of(page)
        assert header == "| Loops | Trees | Traces | Aborts | Flushes | Trees/Loop | Traces/Tree | Traces/Loop | Speedup"
        assert "3d-cube | 25 | 27 | 29 | 3 | 0 | 1.1 | 1.1 | 1.2 | 2.20x" in rows


def test_a_table_at_the_end_of_a_page_ends_where_its_text_does() -> None:
    rows = [["Part", "Price"], ["Gasket", "4.20"], ["Valve", "12.00"]]
    for page in made(words("Prices of this spring."), ruled(rows)).pages:
        (table,) = page.tables
        assert page.text[table.start : table.body].strip() == "Part | Price"
        assert page.text[table.start :].splitlines()[-1] == "Valve | 12.00"
        assert table.end == len(page.text)
        assert unpack_page(pack_page(page)) == page, "the worker's answer is taken"
