"""Reading order of PDF: columns written row by row, vertical Japanese, words divided at a line's end."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from core.settings import ROOT
from core.types import Document, Page
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.pdf.hyphens import belongs

LIMITS = Limits(1_000, 8.0)
CASES = ROOT / ".." / "shared" / "findings" / "cases"
LEFT = [
    "The museum of clocks opens on",
    "every day except on Monday, in",
    "winter at nine, and it closes at",
    "half past six in the evening all",
    "year round, feasts of the town",
    "alone excepted, as ever before.",
]
RIGHT = [
    "Dogs are admitted only to the",
    "courtyard, and they must be kept",
    "on a short lead by an adult who",
    "answers for them at every hour,",
    "and who has to show a ticket of",
    "his own if he is asked for one.",
]
THIRD = [
    "Bread and water may be had of",
    "the keeper, who lives upstairs,",
    "for a coin, but never a lunch or",
    "a supper, which the inn beside",
    "the gate has at moderate prices",
    "until the bell has rung at ten.",
]


def read(data: bytes) -> Document:
    return parse_pdf(data, "a.pdf", LIMITS)


def drawn(*words: tuple[float, float, str], size: float = 11, font: str = "Helvetica") -> Page:
    """A page with words written in this order at points from the left and from the top."""
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    canvas.setFont(font, size)
    for left, top, text in words:
        canvas.drawString(left, A4[1] - top, text)
    canvas.save()
    return read(out.getvalue()).pages[0]


def by_rows(*columns: list[str], lefts: tuple[float, ...], top: float = 100) -> list[tuple[float, float, str]]:
    return [
        (left, top + 14 * row, column[row])
        for row in range(max(map(len, columns)))
        for left, column in zip(lefts, columns, strict=True)
        if row < len(column)
    ]


def in_one(lines: list[str]) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("columns", "lefts"),
    [((LEFT, RIGHT), (60, 310)), ((LEFT, RIGHT, THIRD), (30, 210, 390))],
    ids=["two columns", "three columns"],
)
def test_columns_written_row_by_row_are_read_column_by_column(columns: tuple[list[str], ...], lefts: tuple[float, ...]) -> None:
    page = drawn(
        (60, 60, "A heading above them all, over the whole width of the page"), *by_rows(*columns, lefts=lefts), (60, 300, "Below.")
    )
    assert page.text.split("\n", 1)[1] == "\n".join([*map(in_one, columns), "Below."])


def test_columns_written_one_after_the_other_stay_as_they_are() -> None:
    words = [(60.0, 100.0 + 14 * row, line) for row, line in enumerate(LEFT)] + [
        (310.0, 107.0 + 14 * row, line) for row, line in enumerate(RIGHT)
    ]
    assert drawn(*words).text == in_one(LEFT + RIGHT)


def test_a_side_note_written_row_by_row_is_read_apart_from_the_text_beside_it() -> None:
    note = ["Clocks: see page nine", "for the whole list of", "makers, of whom some", "were of this very town"]
    text = [f"{left} and so the keeper said so" for left in LEFT]
    page = drawn(*by_rows(text, note, lefts=(60, 380)))
    assert page.text == in_one(text + note)


def test_a_table_is_no_columns_of_text() -> None:
    rows = [(f"Pump type {row}", f"{row * 17}", f"{row * 3.5:.2f}") for row in range(1, 9)]
    page = drawn(
        *[(left, 100 + 14.0 * at, cell) for at, row in enumerate(rows) for left, cell in zip((60, 200, 320), row, strict=True)]
    )
    assert [re.findall(r"[^| ]+", line) for line in page.text.split("\n")] == [" ".join(row).split() for row in rows]


def test_numbers_of_lines_at_the_margin_are_no_text_and_those_of_rows_and_code_are() -> None:
    text = [*LEFT, *RIGHT]
    numbered = [(40.0 if at < 9 else 33.9, 100 + 14.0 * at, f"{at + 1}") for at in range(len(text))]
    beside = [(60.0, 100 + 14.0 * at, line) for at, line in enumerate(text)]
    assert drawn(*(one for both in zip(numbered, beside, strict=True) for one in both)).text == in_one(text)
    names = [(60.0, 100 + 14.0 * at, f"Person with a rather long name, number {at}") for at in range(len(text))]
    page = drawn(*(one for both in zip(numbered, names, strict=True) for one in both))
    assert page.text.split("\n")[3] == "4 Person with a rather long name, number 3"


def test_every_line_keeps_its_place_when_columns_are_put_in_order() -> None:
    page = drawn(*by_rows(LEFT, RIGHT, lefts=(60, 310)))
    found = {page.text[line.start : line.end]: line for line in page.lines}
    for at, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        assert found[left].left == pytest.approx(60, abs=1)
        assert found[right].left == pytest.approx(310, abs=1)
        assert found[left].top < 100 + 14 * at < found[left].bottom


def vertical(*columns: tuple[float, float, str]) -> Page:
    """A page of vertical Japanese: columns at points from the left and from the top, in the order of the stream."""
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3", isVertical=True))
    out = io.BytesIO()
    canvas = Canvas(out, A4)
    for left, top, text in columns:
        canvas.setFont("HeiseiMin-W3", 12)
        canvas.drawString(left, A4[1] - top, text)
    canvas.save()
    return read(out.getvalue()).pages[0]


def test_vertical_japanese_is_read_from_the_right_whatever_the_stream() -> None:
    columns = ["図書館の開館時間は午前九時から", "午後八時までです。月曜日は休館", "日となっています。"]
    page = vertical(*[(300 - 20 * at, 100, column) for at, column in reversed(list(enumerate(columns)))])
    assert page.text.replace("\n", "") == "".join(columns)
    assert [page.text[line.start : line.end] for line in page.lines] == columns
    assert page.lines[0].left > page.lines[1].left > page.lines[2].left
    assert all(line.bottom - line.top > 100 for line in page.lines)


def test_tiers_of_vertical_japanese_are_read_one_after_the_other() -> None:
    upper, lower = (
        ["春が来て花が咲く庭に", "夏が来て蝉が鳴く森に", "秋が来て葉が散る道に"],
        ["冬が来て雪が積む屋根に", "また春が来て鳥が歌う", "人は待ち人は忘れる"],
    )
    columns = [(400.0 - 24 * at, top, text) for at in range(3) for top, text in ((80, upper[at]), (420, lower[at]))]
    assert vertical(*columns).text.split("\n") == upper + lower


@pytest.mark.parametrize(
    ("before", "after", "known", "kept"),
    [
        ("under part code RX", "200 from", "", True),
        ("is a low", "voltage device", "", True),
        ("of the state-of-the", "art series", "", True),
        ("It is insu", "lated with", "", False),
        ("mantener los orde", "nadores", "", False),
        ("a mixed", "mode run", "mixed-mode mixed-mode mixedmode", True),
        ("the high", "lights", "highlights", False),
        ("see example.org/long", "path", "", True),
        ("the UNITED-KING", "DOM", "", False),
        ("Jean", "Pierre", "", True),
        ("a water", "mill", "water mill", True),
    ],
)  # fmt: skip
def test_a_hyphen_at_a_lines_end_is_kept_where_it_is_part_of_the_word(before: str, after: str, known: str, kept: bool) -> None:
    assert belongs(before, after, Counter(known.split())) is kept


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this checkout")
class TestReportedCases:
    """Files of which other programs were reported to make something else."""

    def page(self, path: str) -> Page:
        return read(Path(CASES / path).read_bytes()).pages[0]

    def test_hyphens_at_line_ends(self) -> None:
        text = self.page("01-hyphen-at-line-end/hyphen.pdf").text
        assert "part code RX-200 from" in text
        assert "a low-voltage device of the state-of-the-art series. It is insulated with cork." in text

    def test_two_columns_written_row_by_row(self) -> None:
        lines = self.page("03-two-columns-row-order/columns.pdf").text.split("\n")
        assert lines[:2] == ["The museum of clocks opens", "every day except Monday"]
        assert lines[4:6] == ["Dogs are admitted only to", "the courtyard and must be"]
        assert lines[-1] == "adult at every moment."

    def test_vertical_japanese(self) -> None:
        text = self.page("04-vertical-japanese/tategaki.pdf").text
        assert text == "図書館の開館時間は午前九時から午後八時までです。月曜日は休館日となっています。"
