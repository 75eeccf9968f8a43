"""Tables of PDF whose lines part only some of their rows: rows told by lines of text, and what stays one row."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from core.types import Page
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.pdf.bands import Band, rows_of_band
from ingest.parsers.pdf.cells import Placed, text_of
from ingest.parsers.pdf.words import Word

LIMITS = Limits(1_000, 8.0)
GOOD = Path(__file__).parents[2] / "shared" / "pdfs" / "good"
HEADER = ("State", "Permit", "Handgun", "Admin")
LEFTS = (50, 150, 220, 290, 360)
STATES = [
    ("Alabama", "18,870", "23,022", "0"),
    ("Alaska", "209", "3,062", "14"),
    ("Arizona", "2,303", "12,382", "7"),
    ("Arkansas", "3,298", "6,359", "0"),
    ("California", "98,452", "41,181", "3"),
    ("Georgia", "14,111", "16,635", "0"),
    ("Guam", "0", "100", "30"),
    ("Hawaii", "1,248", "5", "1"),
    ("Idaho", "1,944", "3,609", "0"),
    ("Illinois", "87,190", "24,412", "12"),
]


def drawn(*bands: Sequence[Sequence[str]], shift: float = 0.0) -> Page:
    """A page with a table: a line above and below each band of rows and between columns, none within a band.

    Cells may have several lines; every other column stands `shift` points lower.
    """
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    canvas.setFont("Helvetica", 9)
    top = y = 760.0
    for band in bands:
        canvas.line(LEFTS[0], y, LEFTS[-1], y)
        for row in band:
            for column, cell in enumerate(row):
                for at, line in enumerate(cell.split("\n")):
                    canvas.drawString(LEFTS[column] + 3, y - 10 - 11 * at - shift * (column % 2), line)
            y -= 11 * max(cell.count("\n") + 1 for cell in row)
        y -= 4
    canvas.line(LEFTS[0], y, LEFTS[-1], y)
    for left in LEFTS:
        canvas.line(left, top, left, y)
    canvas.save()
    (page,) = parse_pdf(out.getvalue(), "a.pdf", LIMITS).pages
    return page


def rows_of(page: Page) -> list[list[str]]:
    """The cells of the rows of a page's table, below its header."""
    (table,) = page.tables
    return [line.split(" | ") for line in page.text[table.body : table.end].splitlines()]


def in_words(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[" ".join(cell.split()) for cell in row] for row in rows]


class TestBands:
    """Lines after every few rows."""

    @pytest.mark.parametrize("shift", [0.0, 1.5, -1.5])
    def test_every_line_of_text_is_a_row(self, shift: float) -> None:
        assert rows_of(drawn([HEADER], STATES[:5], STATES[5:], shift=shift)) == in_words(STATES)

    @pytest.mark.parametrize("column", [1, 2, 3])
    @pytest.mark.parametrize("row", [0, 2, 4])
    def test_an_empty_cell_moves_no_other(self, row: int, column: int) -> None:
        band = [list(cells) for cells in STATES[:5]]
        band[row][column] = ""
        found = rows_of(drawn([HEADER], band, STATES[5:]))
        assert [(cells + [""] * 4)[:4] for cells in found] == [*band, *in_words(STATES[5:])]

    def test_a_wrapped_first_cell_is_one(self) -> None:
        band = [*STATES[:3], ("Federal District\nof Columbia", "8", "54", "1"), *STATES[3:5]]
        assert rows_of(drawn([HEADER], band, STATES[5:])) == in_words([*band, *STATES[5:]])

    def test_a_wrapped_last_cell_belongs_to_the_row_above(self) -> None:
        band = [("Oak", "25", "800", "old"), ("Birch", "18", "90", "white and\nslender"), ("Yew", "12", "1,500", "evergreen")]
        assert rows_of(drawn([("Tree", "Height", "Age", "Notes")], band, band)) == in_words(band * 2)

    def test_rows_told_by_the_values_of_one_column(self) -> None:
        tags = [("001", "number", "whole", "a"), ("000", "object", "handle", "b"), ("110", "boolean,\nnull", "list", "c")]
        assert rows_of(drawn([("Tag", "Type", "Kind", "Key")], tags, tags)) == in_words(tags * 2)

    def test_two_rows_of_numbers_are_two(self) -> None:
        assert rows_of(drawn([HEADER], STATES[:2], STATES[2:4])) == in_words(STATES[:4])

    def test_values_that_explain_those_above_stay_with_them(self) -> None:
        band = [("Age", "61.2\n(9.1)", "60.8\n(8.7)", "0.61"), ("Weight", "80.1\n(9.9)", "79.5\n(9.4)", "0.43")]
        assert rows_of(drawn([("", "Treated", "Control", "p")], band, band)) == in_words(band * 2)


class TestOneRow:
    """Cells of several lines."""

    @pytest.mark.parametrize(
        "row",
        [
            pytest.param(("The oak of\nthe old park", "a slow tree\nwith hard\nwood", "in Europe\nand Asia", "rare"), id="words"),
            pytest.param(("Noto", "35", "61", "A font by\nGoogle for all\nscripts"), id="one value in each column"),
            pytest.param(("The oak of\nthe old park", "a slow tree", "1/2/2015-\n3/4/2016", "rare"), id="a value in two lines"),
            pytest.param(("Ada", "High Street\nLondon\nNW1", "1.50\n2.50\n4.00", "late"), id="a list of values"),
        ],
    )
    def test_it_stays_one(self, row: tuple[str, ...]) -> None:
        assert rows_of(drawn([HEADER], [row], [STATES[0]], [STATES[1]])) == in_words([row, *STATES[:2]])


def word(text: str, left: float, middle: float) -> Word:
    return Word(text, left, middle - 5, left + 5 * len(text), middle + 5, 10)


NUMBERS = st.lists(st.lists(st.integers(0, 99_999), min_size=3, max_size=6), min_size=2, max_size=8).filter(
    lambda rows: len({len(row) for row in rows}) == 1
)


@given(NUMBERS, st.data())
def test_numbers_of_a_band_keep_their_rows_however_the_stream_runs(rows: list[list[int]], data: st.DataObject) -> None:
    cells = [(row, column) for row in range(len(rows)) for column in range(len(rows[0]))]
    columns: list[list[Placed]] = [[] for _ in rows[0]]
    for order, (row, column) in enumerate(data.draw(st.permutations(cells))):
        jitter = data.draw(st.floats(-1, 1))
        columns[column].append(Placed(word(str(rows[row][column]), 60.0 * column, 12.0 * row + jitter), order, soft=False))
    found = rows_of_band(Band(columns, [50.0] * len(columns)))
    assert [[text_of(cell) for cell in row] for row in found] == [[str(value) for value in row] for row in rows]


def test_values_of_different_lines_are_not_put_into_one_cell() -> None:
    texts = [["Oak"], ["10", "20", "25"], ["1.5", "2.5", "3.5"], ["north", "south"], ["old"]]
    columns = [
        [Placed(word(text, 60.0 * at, 12.0 * row), 5 * at + row, soft=False) for row, text in enumerate(column)]
        for at, column in enumerate(texts)
    ]
    found = [[text_of(cell) for cell in row] for row in rows_of_band(Band(columns, [50.0] * 5))]
    assert found == [["Oak", "10", "1.5", "north", "old"], ["", "20", "2.5", "south", ""], ["", "25", "3.5", "", ""]]


def test_a_cell_beside_several_bands_is_of_the_first_row() -> None:
    texts = [["North and", "west"], ["Oak", "Yew"], ["25", "12"], ["800", "1,500"]]
    columns = [
        [Placed(word(text, 60.0 * at, 12.0 * row), 5 * at + row, soft=False) for row, text in enumerate(column)]
        for at, column in enumerate(texts)
    ]
    found = rows_of_band(Band(columns, [50.0] * 4, frozenset({0})))
    assert [[text_of(cell) for cell in row] for row in found] == [
        ["North and west", "Oak", "25", "800"],
        ["", "Yew", "12", "1,500"],
    ]


@pytest.mark.skipif(not GOOD.is_dir(), reason="the shared PDFs are not beside this checkout")
class TestRealBands:
    """Tables that other programs made."""

    def test_the_numbers_of_every_row_and_column_have_their_sums(self) -> None:
        name = "nics-background-checks-2015-11.pdf"
        (page,) = parse_pdf((GOOD / name).read_bytes(), name, LIMITS).pages
        *states, totals = rows_of(page)
        assert len(states) == 55
        assert [row[0] for row in states[10:15]] == ["Georgia", "Guam", "Hawaii", "Idaho", "Illinois"]
        assert states[11][1:7] == ["0", "100", "55", "12", "3", "0"]
        numbers = [[int("".join(filter(str.isdigit, cell)) or 0) for cell in row[1:]] for row in (*states, totals)]
        assert {len(row) for row in numbers} == {24}
        assert [sum(column) for column in zip(*numbers[:-1], strict=True)] == numbers[-1]
        assert [sum(row[:-1]) for row in numbers] == [row[-1] for row in numbers]

    def test_a_wrapped_cell_in_a_band_of_a_paper(self) -> None:
        page = parse_pdf((GOOD / "tracemonkey.pdf").read_bytes(), "tracemonkey.pdf", LIMITS).pages[7]
        assert rows_of(page) == [
            ["xx1", "number", "31-bit integer representation"],
            ["000", "object", "pointer to JSObject handle"],
            ["010", "number", "pointer to double handle"],
            ["100", "string", "pointer to JSString handle"],
            ["110", "boolean null, or undefined", "enumeration for null, undefined, true, false"],
        ]
