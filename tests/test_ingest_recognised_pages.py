"""How many pages of a document are recognised."""

from __future__ import annotations

import dataclasses
import io
import zipfile

from core.errors import ReadingWarning
from core.settings import Settings
from core.types import Document, Page, PageKind
from ingest.parsers.limits import Limits
from ingest.parsers.pictured import with_recognised
from ingest.recognition import Allowance, Recognised, RecognisedLine, without_text
from ingest.workers import WorkerPool
from tests.pictures import drawn, loaded, needs_tesseract, saved

LIMITS = Limits(100, 1.0)


def pictures(*kinds: PageKind) -> Document:
    """A document of pages of these kinds."""
    return Document("a", "image/tiff", tuple(Page(at + 1, "", width=100, height=200, kind=kind) for at, kind in enumerate(kinds)))


def test_pages_beyond_the_limit_are_told_and_those_before_it_read() -> None:
    line = RecognisedLine("Words", 0, 0, 1, 1)
    answers = iter([Recognised((line,), "latin", 90.0)] * 3)
    limits = dataclasses.replace(
        LIMITS, recognise=lambda pictures, count: (next(answers) for _ in pictures), recognisable=Allowance(3, taken=1)
    )
    document = pictures(PageKind.PICTURE, PageKind.TEXT, PageKind.GARBLED, PageKind.PICTURE, PageKind.PICTURE)
    first = with_recognised(document, "a.pdf", lambda page, dots: b"png", limits)
    assert [page.kind for page in first.pages] == [
        PageKind.OCR, PageKind.TEXT, PageKind.OCR, PageKind.PICTURE, PageKind.PICTURE,
    ]  # fmt: skip
    assert first.warnings == (ReadingWarning.BEYOND_RECOGNISED(pages="4-5", limit=3),)
    assert "at most 3 pages" in str(first.warnings[0])
    assert "KAEDAMA_MAX_OCR_PAGES" in str(first.warnings[0])
    # A file beside it in the same archive finds nothing left.
    beside = with_recognised(pictures(PageKind.PICTURE), "b.pdf", lambda page, dots: b"png", limits)
    assert beside.warnings == (ReadingWarning.BEYOND_RECOGNISED(pages="1", limit=3),)
    assert "KAEDAMA_MAX_OCR_PAGES" in str(without_text("b", beside))


@needs_tesseract
def test_a_setting_limits_the_recognised_pages_of_an_archive_with_all_that_is_in_it() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.png", saved(drawn("The first picture"), "png"))
        archive.writestr("b.txt", "Text beside it")
        archive.writestr("c.png", saved(drawn("The second picture"), "png"))
    with WorkerPool(Settings(workers=1, max_ocr_pages=1)) as pool:
        for _ in range(2):  # each file has an allowance of its own
            document = pool.parse(loaded(packed.getvalue(), "a.zip"))
            assert [page.kind for page in document.pages] == [PageKind.OCR, PageKind.TEXT, PageKind.PICTURE]
            assert ["KAEDAMA_MAX_OCR_PAGES" in str(one) for one in document.warnings] == [True]
