"""Where parts of lines stand on a page of a PDF, found by a worker among the page's characters."""

from __future__ import annotations

import pytest

from core.settings import Settings
from core.types import Page
from ingest.loader import LoadedFile
from ingest.locating import LinePart
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.pdf.places import locate_in_pdf
from ingest.tasks import Locate
from ingest.worker.frames import unpack_located
from ingest.workers import WorkerPool
from tests.pdfs import encrypted, pdf

LIMITS = Limits(100, 1.0)
TEXT = "The cat sees the other cat, and the broth simmers.\nA second line."


def part_of(page: Page, words: str, *, line: int = 0) -> LinePart:
    box = page.lines[line]
    text = page.text[box.start : box.end]
    start = text.rindex(words)
    return LinePart(text, start, start + len(words), box.left, box.top, box.right, box.bottom)


def test_of_words_that_a_line_has_twice_the_right_one_is_found() -> None:
    data = pdf(TEXT)
    page = parse_pdf(data, "a.pdf", LIMITS).pages[0]
    line = page.lines[0]
    (box,) = locate_in_pdf(data, 1, [part_of(page, "cat")], LIMITS)
    assert box is not None
    assert line.left + 100 < box[0] < box[2] < line.right - 100
    assert (box[1], box[3]) == pytest.approx((line.top, line.bottom), abs=0.5)


@pytest.mark.parametrize("page", ["/Rotate 90", "/Rotate 180", "/Rotate 270", "/CropBox [20 20 500 800]", "/UserUnit 2"])
def test_on_a_turned_or_cut_page_it_stands_within_its_line(page: str) -> None:
    data = pdf(TEXT, page=page)
    read = parse_pdf(data, "a.pdf", LIMITS).pages[0]
    at = next(number for number, line in enumerate(read.lines) if "simmers" in read.text[line.start : line.end])
    part = part_of(read, "simmers", line=at)
    (box,) = locate_in_pdf(data, 1, [part], LIMITS)
    assert box is not None
    assert part.left <= box[0] < box[2] <= part.right
    assert part.top <= box[1] < box[3] <= part.bottom
    assert (box[2] - box[0]) * (box[3] - box[1]) < (part.right - part.left) * (part.bottom - part.top) / 3


def test_what_is_not_there_is_none() -> None:
    part = LinePart("Nothing of this", 0, 7, 72.0, 70.0, 300.0, 90.0)
    blank = LinePart("   ", 0, 3, 72.0, 70.0, 300.0, 90.0)
    assert locate_in_pdf(pdf(TEXT), 1, [part, blank], LIMITS) == [None, None]
    assert locate_in_pdf(pdf(TEXT), 2, [part], LIMITS) == [None]
    assert locate_in_pdf(b"no PDF", 1, [part], LIMITS) == [None]
    assert locate_in_pdf(encrypted(pdf(TEXT), "secret"), 1, [part], LIMITS) == [None]


def test_a_worker_finds_it(settings: Settings) -> None:
    data = pdf(TEXT)
    part = part_of(parse_pdf(data, "a.pdf", LIMITS).pages[0], "cat")
    with WorkerPool(settings) as pool:
        (found,) = pool.submit(Locate(LoadedFile("a.pdf", "", data, "a" * 64, "application/pdf"), 1, (part,))).result().parts
    assert found is not None
    assert found.text == part.text
    assert part.left < found.left < found.right < part.right


@pytest.mark.parametrize("told", [None, [], [[1, 2, 3]], [[1, 2, 3, "4"]], [[1, 2, 3, float("nan")]], [None, None]])
def test_what_a_worker_says_is_held_against_its_type(told: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        unpack_located(told, [LinePart("a", 0, 1, 0.0, 0.0, 9.0, 9.0)])


def test_what_a_worker_says_stays_within_the_line() -> None:
    part = LinePart("a", 0, 1, 10.0, 10.0, 90.0, 20.0)
    (found,) = unpack_located([[-1e9, 12, 1e9, 18]], [part]).parts
    assert found == LinePart("a", 0, 1, 10.0, 12.0, 90.0, 18.0)
    assert unpack_located([[95, 12, 99, 18]], [part]).parts == (None,)
