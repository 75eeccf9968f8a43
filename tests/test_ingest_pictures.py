"""Pictures: image files and scanned pages, their text recognised by Tesseract, and what is told where it cannot be."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import DocumentFault, FileEmpty, NoText, ParserFailed, PictureTooLarge, ReadingWarning, TooManyPages, TooMuchText
from core.places import Place
from core.settings import Settings
from core.types import Document, Page, PageKind
from ingest.formats import format_of, recognised
from ingest.parsers.limits import Limits
from ingest.parsers.pictured import install_command, shortened, with_recognised
from ingest.recognition import Picture, Recognised, RecognisedLine, RecognitionFault, without_text
from ingest.tasks import Progress, Render, Step
from ingest.workers import WorkerPool
from tests.pdfs import pdf
from tests.pictures import NOTO, WORDS, drawn, loaded, needs_tesseract, saved

LIMITS = Limits(100, 1.0)


def flat(text: str) -> str:
    """Text without what recognition may differ in."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """One pool for all files."""
    with WorkerPool(Settings(workers=2)) as opened:
        yield opened


# Image files


@pytest.mark.parametrize(
    ("name", "kind", "mode"),
    [
        ("a.png", "png", "L"), ("a.png", "png", "RGBA"), ("a.png", "png", "1"), ("a.png", "png", "I;16"), ("a.jpg", "jpeg", "CMYK"),
        ("a.tif", "tiff", "1"), ("a.webp", "webp", "RGB"), ("a.gif", "gif", "P"), ("a.bmp", "bmp", "RGB"),
    ],
)  # fmt: skip
def test_an_image_of_any_kind_is_a_page_and_is_drawn_on_white(name: str, kind: str, mode: str) -> None:
    white = Image.new(mode, (300, 200), 65_535) if mode == "I;16" else Image.new("L", (300, 200), 255).convert(mode)
    data = saved(white, kind)
    form = recognised(name, data)
    document = format_of(form.media_type).load_parser()(data, name, LIMITS)
    (page,) = document.pages
    assert (page.width, page.height) == pytest.approx((225.0, 150.0), rel=0.001)
    assert page.kind is PageKind.PICTURE
    renderer = form.load_renderer()
    assert renderer is not None
    png = renderer(data, 1, 300, LIMITS)
    assert png is not None
    image = Image.open(io.BytesIO(png)).convert("L")
    assert image.size == (900, 600)
    assert image.getextrema()[0] > 240  # type: ignore[operator]  # one band


def test_an_image_held_sideways_is_shown_upright() -> None:
    image = Image.new("L", (300, 200), 255)
    exif = Image.Exif()
    exif[274] = 6
    data = saved(image, "jpeg", exif=exif, dpi=(300, 300))
    form = recognised("a.jpg", data)
    page = form.load_parser()(data, "a.jpg", LIMITS).pages[0]
    assert (page.width, page.height) == (48.0, 72.0)
    renderer = form.load_renderer()
    assert renderer is not None
    png = renderer(data, 1, 300, LIMITS)
    assert png is not None
    width, height = Image.open(io.BytesIO(png)).size
    assert width < height


def test_a_tiff_has_as_many_pages_as_pictures() -> None:
    one = Image.new("L", (100, 100), 255)
    data = saved(one, "tiff", save_all=True, append_images=[one, one])
    pages = recognised("a.tif", data).load_parser()(data, "a.tif", LIMITS).pages
    assert [page.number for page in pages] == [1, 2, 3]
    assert [page.marks[0].place for page in pages] == [Place(page=1), Place(page=2), Place(page=3)]
    with pytest.raises(TooManyPages):
        recognised("a.tif", data).load_parser()(data, "a.tif", dataclasses.replace(LIMITS, max_pages=2))


def test_a_picture_too_large_is_refused_before_it_is_decoded() -> None:
    data = saved(Image.new("1", (12_000, 10_000)), "png")
    with pytest.raises(PictureTooLarge, match=r"a\.png has 120.0 megapixels; at most 100 are taken.*KAEDAMA_MAX_PICTURE_MPX"):
        recognised("a.png", data).load_parser()(data, "a.png", LIMITS)


@given(st.binary(max_size=300))
def test_a_damaged_image_ends_in_a_sentence(tail: bytes) -> None:
    for name, head in (
        ("a.png", b"\x89PNG\r\n\x1a\n"),
        ("a.jpg", b"\xff\xd8\xff\xe0"),
        ("a.tif", b"II*\0"),
        ("a.gif", b"GIF89a\0"),
        ("a.bmp", b"BM\0"),
    ):
        form = next(
            one
            for one in map(format_of, ("image/png", "image/jpeg", "image/tiff", "image/gif", "image/bmp"))
            if name[1:] in one.extensions
        )
        try:
            form.load_parser()(head + tail, name, LIMITS)
        except (ParserFailed, PictureTooLarge, TooManyPages) as error:
            assert str(error).startswith(name)
        renderer = form.load_renderer()
        assert renderer is not None
        renderer(head + tail, 1, 72, LIMITS)


# What becomes of recognised text


def pictures(*kinds: PageKind) -> Document:
    """A document of pages of 100 by 200 points."""
    return Document("a", "image/tiff", tuple(Page(at + 1, "", width=100, height=200, kind=kind) for at, kind in enumerate(kinds)))


def with_answers(document: Document, *answers: Recognised) -> Document:
    """A document whose pictures are recognised as these, in order."""
    given_out = iter(answers)
    limits = dataclasses.replace(LIMITS, recognise=lambda pictures, count: (next(given_out) for _ in pictures))
    return with_recognised(document, "a.pdf", lambda page, dots: b"png", limits)


def test_only_pictures_and_garbled_pages_are_recognised() -> None:
    line = RecognisedLine("Words", 0.1, 0.25, 0.5, 0.5)
    document = with_answers(
        pictures(PageKind.TEXT, PageKind.PICTURE, PageKind.EMPTY, PageKind.GARBLED, PageKind.FAILED),
        *[Recognised((line,), "latin", 90.0)] * 2,
    )
    assert [page.kind for page in document.pages] == [PageKind.TEXT, PageKind.OCR, PageKind.EMPTY, PageKind.OCR, PageKind.FAILED]
    assert document.pages[1].text == "Words"
    (box,) = document.pages[1].lines
    assert (box.left, box.top, box.right, box.bottom) == (10.0, 50.0, 50.0, 100.0)
    assert document.warnings == ()


def test_recognised_text_counts_towards_the_limit_of_text() -> None:
    lines = (RecognisedLine("x" * 600, 0, 0, 1, 1),)
    limits = dataclasses.replace(
        LIMITS, max_text_mb=0.001, recognise=lambda pictures, count: (Recognised(lines, "latin", 90.0) for _ in pictures)
    )
    with pytest.raises(TooMuchText, match=r"^a\.pdf unfolds"):
        with_recognised(pictures(PageKind.PICTURE, PageKind.PICTURE), "a.pdf", lambda page, dots: b"png", limits)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=8), min_size=1)
)
def test_every_line_has_its_characters(texts: list[str]) -> None:
    lines = tuple(RecognisedLine(text, 0, 0, 1, 1) for text in texts)
    (page,) = with_answers(pictures(PageKind.PICTURE), Recognised(lines, "latin", 90.0)).pages
    assert [page.text[box.start : box.end] for box in page.lines] == [
        text if page.text[box.start : box.end] == text else text[:-1] for text, box in zip(texts, page.lines, strict=True)
    ]
    assert "".join(page.text.split("\n")) == "".join(page.text[box.start : box.end] for box in page.lines)


def test_a_word_divided_at_a_lines_end_is_joined() -> None:
    lines = tuple(RecognisedLine(text, 0, 0, 1, 1) for text in ("the magni-", "ficent RX-", "200 and state-of-", "The"))
    (page,) = with_answers(pictures(PageKind.PICTURE), Recognised(lines, "latin", 90.0)).pages
    assert page.text == "the magnificent RX-\n200 and state-of-\nThe"


def test_pages_that_could_not_be_recognised_are_told_together() -> None:
    faults = [RecognitionFault.TIMED_OUT, RecognitionFault.TIMED_OUT, RecognitionFault.LANGUAGE, RecognitionFault.FAILED]
    answers = [
        *(Recognised(fault=fault) for fault in faults),
        Recognised(),
        Recognised((RecognisedLine("x", 0, 0, 1, 1),), "latin", 50.0),
    ]
    document = with_answers(pictures(*[PageKind.PICTURE] * 6), *answers)
    assert set(document.warnings) == {
        ReadingWarning.RECOGNITION_TIMED_OUT(pages="1-2", limit_s=120.0),
        ReadingWarning.NO_LANGUAGE(pages="3", command=install_command()),
        ReadingWarning.RECOGNITION_FAILED(pages="4"),
        ReadingWarning.NOTHING_RECOGNISED(pages="5"),
        ReadingWarning.RECOGNISED_POORLY(pages="6"),
    }
    assert [page.kind for page in document.pages] == [PageKind.PICTURE] * 5 + [PageKind.OCR]


def test_without_tesseract_the_report_says_which_pages_need_it_and_what_installs_it() -> None:
    document = with_recognised(pictures(PageKind.PICTURE, PageKind.TEXT, PageKind.GARBLED), "a.pdf", lambda page, dots: b"", LIMITS)
    assert document.warnings == (ReadingWarning.NO_RECOGNITION(pages="1, 3", command=install_command()),)
    assert "tesseract" in install_command().lower()


def test_what_is_known_of_the_script_goes_along() -> None:
    scripts: list[str] = []

    def recognise(pictures: Iterator[Picture], count: int) -> Iterator[Recognised]:
        for picture in pictures:
            scripts.append(picture.script)
            yield Recognised((RecognisedLine("x", 0, 0, 1, 1),), "latin", 90.0)

    document = pictures(PageKind.PICTURE, PageKind.PICTURE)
    with_recognised(document, "a.pdf", lambda page, dots: b"png", dataclasses.replace(LIMITS, recognise=recognise))  # type: ignore[arg-type]
    japanese = dataclasses.replace(document, pages=(*document.pages, Page(3, "これは日本語の文章です。" * 30)))
    with_recognised(japanese, "a.pdf", lambda page, dots: b"png", dataclasses.replace(LIMITS, recognise=recognise))  # type: ignore[arg-type]
    assert scripts == ["", "latin", "japanese", "japanese"]


@pytest.mark.parametrize(("numbers", "words"), [([], ""), ([3], "3"), ([1, 2, 3, 5, 7, 8], "1-3, 5, 7-8")])
def test_page_numbers_are_shortened(numbers: list[int], words: str) -> None:
    assert shortened(numbers) == words


def test_a_document_without_text_says_why() -> None:
    assert without_text("a", pictures(PageKind.TEXT)) == FileEmpty(name="a")
    assert without_text("a", pictures(PageKind.EMPTY)) == NoText(name="a", pages=1, detail=DocumentFault.BLANK())
    told = with_recognised(pictures(PageKind.PICTURE), "a.pdf", lambda page, dots: b"", LIMITS)
    assert "install Tesseract" in str(without_text("a", told))


# With Tesseract


@needs_tesseract
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_text_in_a_picture_is_read_whichever_way_up_it_stands(pool: WorkerPool, turn: int) -> None:
    document = pool.parse(loaded(saved(drawn(WORDS, turn=turn), "png", dpi=(150, 150)), "a.png"))
    (page,) = document.pages
    assert page.kind is PageKind.OCR
    assert flat(page.text) == flat(WORDS)
    first = page.lines[0]
    across, down = (first.left + first.right) / 2 / page.width, (first.top + first.bottom) / 2 / page.height
    expected = {0: (0.35, 0.16), 90: (0.84, 0.35), 180: (0.65, 0.84), 270: (0.16, 0.65)}[turn]
    assert (across, down) == pytest.approx(expected, abs=0.1)


@needs_tesseract
@pytest.mark.skipif(not NOTO.exists(), reason="needs a Japanese font")
def test_japanese_is_joined_without_blanks(pool: WorkerPool) -> None:
    words = "替え玉とは麺のおかわりのことです。\n出汁は毎朝十二時間かけて煮込みます。"
    (page,) = pool.parse(loaded(saved(drawn(words, font=NOTO), "png", dpi=(150, 150)), "a.png")).pages
    assert " " not in page.text
    assert page.text == words


@needs_tesseract
def test_scanned_pages_of_a_pdf_are_read_beside_those_with_text(pool: WorkerPool) -> None:
    scan = saved(drawn(WORDS), "pdf", resolution=150.0, save_all=True, append_images=[drawn("Second page of the scan")])
    told: list[Progress] = []
    document = pool.parse(loaded(scan, "a.pdf"), progress=told.append)
    assert [page.kind for page in document.pages] == [PageKind.OCR] * 2
    assert flat(document.pages[0].text) == flat(WORDS)
    assert flat(document.pages[1].text) == flat("Second page of the scan")
    assert sorted(one.done for one in told if one.step is Step.RECOGNISING) == [1, 2]


@needs_tesseract
def test_pictures_and_scans_inside_of_an_archive_and_a_mail_are_read(pool: WorkerPool) -> None:
    packed, mail = io.BytesIO(), EmailMessage()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.png", saved(drawn("The first picture of the archive"), "png"))
        archive.writestr("b.pdf", saved(drawn("A scanned page of the archive"), "pdf", resolution=150.0))
    mail["Subject"] = "Pictures"
    mail.set_content("See the attachment.")
    mail.add_attachment(packed.getvalue(), "application", "zip", filename="c.zip")
    document = pool.parse(loaded(mail.as_bytes(), "d.eml"))
    read = [page for page in document.pages if page.kind is PageKind.OCR]
    assert [flat(page.text) for page in read] == [flat("The first picture of the archive"), flat("A scanned page of the archive")]
    parts = [[mark.place.part for mark in page.marks] for page in read]
    assert parts == [["attachment c.zip › member a.png"], ["attachment c.zip › member b.pdf"]]


@needs_tesseract
def test_blank_paper_is_told_as_such(pool: WorkerPool) -> None:
    document = pool.parse(loaded(saved(Image.new("L", (800, 600), 255), "png"), "a.png"))
    assert document.warnings == (ReadingWarning.NOTHING_RECOGNISED(pages="1"),)


@needs_tesseract
def test_a_page_that_takes_too_long_stays_a_picture() -> None:
    with WorkerPool(Settings(workers=1, ocr_timeout_s=0.1)) as pool:
        document = pool.parse(loaded(saved(drawn(WORDS), "png"), "a.png"))
    assert document.warnings == (ReadingWarning.RECOGNITION_TIMED_OUT(pages="1", limit_s=0.1),)
    assert document.pages[0].kind is PageKind.PICTURE


def test_without_tesseract_on_the_path_pages_stay_pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with WorkerPool(Settings(workers=1)) as pool:
        file = loaded(saved(drawn(WORDS), "png"), "a.png")
        document = pool.parse(file)
        assert document.warnings == (ReadingWarning.NO_RECOGNITION(pages="1", command=install_command()),)
        assert Image.open(io.BytesIO(pool.submit(Render(file, 1)).result())).size == (2000, 1452)
        assert pool.parse(loaded(pdf("Words"), "a.pdf")).warnings == ()


@needs_tesseract
def test_every_probe_of_the_shared_pictures_is_found(pool: WorkerPool, shared: Path) -> None:
    listed = json.loads((shared / "files" / "manifest.json").read_text("utf-8"))
    files = [one for one in (listed["files"] if isinstance(listed, dict) else listed) if one["format"] == "image"]
    assert files
    for one in files:
        text = flat(pool.parse(loaded((shared / "files" / one["file"]).read_bytes(), one["file"])).pages[0].text)
        assert [probe["text"] for probe in one["probes"] if flat(probe["text"]) not in text] == [], one["file"]


@needs_tesseract
@pytest.mark.slow
def test_words_of_shared_scans_are_recognised(pool: WorkerPool, shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "pdfs" / "good" / "manifest.jsonl").read_text("utf-8").splitlines()]
    scans = [row for row in rows if not row.get("text_layer", True) and row["probes"]]
    assert scans
    for row in scans:
        document = pool.parse(loaded((shared / "pdfs" / "good" / row["file"]).read_bytes(), row["file"]))
        for probe in row["probes"]:
            words = probe["sentence"].casefold().split()
            text = flat(document.pages[probe["page"] - 1].text)
            found = sum(flat(word) in text for word in words)
            assert found >= 0.9 * len(words), (row["file"], probe)
