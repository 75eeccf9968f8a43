"""The PDF parser: every known sentence on its page, lines with their place on the sheet, labels, titles, passwords."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from core.errors import Encrypted, ParserFailed, TooManyPages, WrongPassword
from core.settings import ROOT
from core.types import Document, Page
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.pdf.places import locate_in_pdf
from service.places import Span, line_parts, quoted_page, with_boxes
from tests.pdfs import encrypted, pdf, under

LIMITS = Limits(20_000, 64.0)
SAMPLES = ROOT / "data" / "samples"
GOOD = Path(__file__).parents[2] / "shared" / "pdfs" / "good"


def squeezed(text: str) -> str:
    """Text as it is compared across programs: one width, no white space."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def spot(page: Page, said: str) -> tuple[int, int]:
    """Start and end of squeezed text on a page."""
    kept = [(at, one) for at, character in enumerate(page.text) for one in squeezed(character)]
    begin = "".join(one for _, one in kept).index(said)
    return kept[begin][0], kept[begin + len(said) - 1][0] + 1


@functools.cache
def good_pdf(name: str) -> Document:
    """One of the shared PDFs, read once."""
    return parse_pdf((GOOD / name).read_bytes(), name, LIMITS)


def good_pdfs() -> list[dict[str, object]]:
    """The manifest's entries that have text; empty where the shared PDFs are not there."""
    manifest = GOOD / "manifest.jsonl"
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()] if manifest.exists() else []
    return [row for row in rows if row["text_layer"]]


@pytest.mark.skipif(not GOOD.is_dir(), reason="the shared PDFs are not beside this checkout")
@pytest.mark.parametrize("row", good_pdfs(), ids=lambda row: str(row["file"]))
class TestRealPdfs:
    """Every shared PDF that has text."""

    def test_known_sentences_are_found_on_their_page(self, row: dict[str, object]) -> None:
        document = good_pdf(str(row["file"]))
        assert len(document.pages) == row["pages"]
        assert [page.number for page in document.pages] == list(range(1, len(document.pages) + 1))
        probes: list[dict[str, object]] = row["probes"]  # type: ignore[assignment]
        for probe in probes:
            number = int(str(probe["page"]))
            assert squeezed(str(probe["sentence"])) in squeezed(document.pages[number - 1].text), f"page {number}"

    def test_the_boxes_of_known_sentences_cover_their_words(self, row: dict[str, object]) -> None:
        probes: list[dict[str, object]] = row["probes"]  # type: ignore[assignment]
        with pypdfium2.PdfDocument(GOOD / str(row["file"])) as opened:
            opened.init_forms()
            for probe in probes:
                page = good_pdf(str(row["file"])).pages[int(str(probe["page"])) - 1]
                said = squeezed(str(probe["sentence"]))
                start, end = spot(page, said)
                lines = [line for line in page.lines if line.start < end and line.end > start]
                read = "".join(squeezed(under(opened[page.number - 1], line)) for line in lines)
                assert not Counter(said) - Counter(read), f"page {page.number}"

    def test_the_rectangles_of_known_sentences_as_quotes_hold_them_and_cut_their_lines(self, row: dict[str, object]) -> None:
        data = (GOOD / str(row["file"])).read_bytes()
        probes: list[dict[str, object]] = row["probes"]  # type: ignore[assignment]
        with pypdfium2.PdfDocument(data) as opened:
            opened.init_forms()
            for probe in probes:
                page = good_pdf(str(row["file"])).pages[int(str(probe["page"])) - 1]
                said = squeezed(str(probe["sentence"]))
                quoted = quoted_page(page, [Span(*spot(page, said))])
                parts = [part for part in line_parts(quoted) if part is not None]
                boxes = locate_in_pdf(data, page.number, parts, LIMITS)
                assert None not in boxes
                found = [replace(part, left=box[0], right=box[2]) for part, box in zip(parts, boxes, strict=True) if box]
                places = with_boxes(quoted, found).rectangles
                read = "".join(squeezed(under(opened[page.number - 1], place)) for place in places)
                assert not Counter(said) - Counter(read), f"page {page.number}"
                assert all(part.right - part.left < line.right - line.left for part, line in zip(found, parts, strict=True))

    def test_lines_are_slices_of_the_text_and_stand_on_the_sheet(self, row: dict[str, object]) -> None:
        lines = 0
        for page in good_pdf(str(row["file"])).pages:
            end = 0
            for line in page.lines:
                text = page.text[line.start : line.end]
                assert text.strip()
                assert "\n" not in text
                assert line.start >= end
                assert 0 <= line.left < line.right <= page.width
                assert 0 <= line.top < line.bottom <= page.height
                end = line.end
                lines += 1
        assert lines > 0


@pytest.mark.skipif(not GOOD.is_dir(), reason="the shared PDFs are not beside this checkout")
def test_printed_labels_stand_beside_physical_numbers() -> None:
    pages = good_pdf("GeoTopo-komprimiert.pdf").pages
    assert [(page.number, page.label) for page in pages[:5]] == [(1, "i"), (2, "ii"), (3, "iii"), (4, "1"), (5, "2")]
    assert {page.label for page in good_pdf("tracemonkey.pdf").pages} == {None}


def test_the_japanese_sample_is_read_with_its_places() -> None:
    document = parse_pdf((SAMPLES / "gemma4-family.ja.pdf").read_bytes(), "gemma4-family.ja.pdf", LIMITS)
    assert document.title == "Gemma 4 ファミリー案内 ― 家で動かす人のために"
    assert len(document.pages) == 4
    second, third = document.pages[1], document.pages[2]
    assert "一度に渡せる音声は30秒まで" in squeezed(second.text)
    assert "いちばん小さい270Mは4ビット版のファイルが253MBしかなく" in squeezed(third.text)
    heading = next(line for line in second.lines if second.text[line.start : line.end] == "3 思考モード")
    beneath = next(line for line in second.lines if second.text[line.start : line.end].startswith("Gemma 4 は、答える前に"))
    assert (round(second.width), round(second.height)) == (595, 842)
    assert heading.top < heading.bottom < beneath.top


def test_places_follow_the_text_of_a_page() -> None:
    (page,) = parse_pdf(pdf("First line\nSecond (line)"), "a.pdf", LIMITS).pages
    first, second = page.lines
    assert page.text == "First line\nSecond (line)"
    assert [page.text[line.start : line.end] for line in page.lines] == ["First line", "Second (line)"]
    assert first.left == pytest.approx(72, abs=2)
    assert first.bottom == pytest.approx(842 - 760, abs=5)
    assert second.top - first.top == pytest.approx(14, abs=1)


def test_places_of_a_turned_page_are_those_on_the_screen() -> None:
    (page,) = parse_pdf(pdf("A line", page="/Rotate 90"), "a.pdf", LIMITS).pages
    (line,) = page.lines
    assert (page.width, page.height) == (842, 595)
    assert line.bottom - line.top > line.right - line.left, "the line runs downwards"
    assert line.top == pytest.approx(72, abs=2)


def test_text_beside_the_sheet_has_no_place_on_it() -> None:
    (page,) = parse_pdf(pdf("In\nOut", page="/CropBox [0 755 595 842]"), "a.pdf", LIMITS).pages
    assert [page.text[line.start : line.end] for line in page.lines] == ["In"]


@pytest.mark.parametrize(
    ("catalog", "labels"),
    [
        pytest.param("/PageLabels <</Nums [0 <</S /r>> 2 <</S /D /P (A-)>>]>>", ["i", "ii", "A-1"], id="Roman, then with a prefix"),
        pytest.param("/PageLabels <</Nums [0 <</S /D>>]>>", [None, None, None], id="plain numbers say nothing"),
        pytest.param("", [None, None, None], id="no labels"),
        pytest.param("/PageLabels 17", [None, None, None], id="labels that are none"),
    ],
)
def test_labels_are_told_where_they_differ_from_the_numbers(catalog: str, labels: list[str | None]) -> None:
    assert [page.label for page in parse_pdf(pdf("a", "b", "c", catalog=catalog), "a.pdf", LIMITS).pages] == labels


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Annual report", "Annual report"), ("", "my file"), ("Microsoft Word - x.doc", "my file"), ("draft.indd", "my file")],
    ids=["a title", "no title", "a program's greeting", "a file name"],
)
def test_a_title_that_says_nothing_gives_way_to_the_file_name(title: str, expected: str) -> None:
    assert parse_pdf(pdf("Words", title=title), "my_file.pdf", LIMITS).title == expected


def test_a_pdf_with_a_password_asks_for_a_copy_without() -> None:
    with pytest.raises(Encrypted, match=r"a\.pdf is protected by a password\. Give the password, or save a copy without one"):
        parse_pdf(encrypted(pdf("Secret"), "open sesame"), "a.pdf", LIMITS)


def test_a_pdf_is_opened_by_its_password_and_by_no_other() -> None:
    data = encrypted(pdf("Secret", title="A secret report"), "open sesame")
    document = parse_pdf(data, "a.pdf", replace(LIMITS, password="open sesame"))
    assert (document.title, document.pages[0].text) == ("A secret report", "Secret")
    with pytest.raises(WrongPassword, match=r"The password given for a\.pdf is wrong"):
        parse_pdf(data, "a.pdf", replace(LIMITS, password="open barley"))


def test_a_pdf_with_an_empty_password_is_read() -> None:
    assert parse_pdf(encrypted(pdf("No secret"), ""), "a.pdf", LIMITS).pages[0].text == "No secret"


def test_a_damaged_pdf_says_so() -> None:
    with pytest.raises(ParserFailed, match=r"a\.pdf could not be read as PDF: .*may be damaged"):
        parse_pdf(b"%PDF-1.7\nnothing more", "a.pdf", LIMITS)


def test_a_pdf_of_too_many_pages_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooManyPages, match=r"a\.pdf has 3 pages; at most 2 are taken"):
        parse_pdf(pdf("a", "b", "c"), "a.pdf", Limits(2, 64.0))
