"""The place of a quote as a value, and pictures of pages: drawn by a worker, kept within a limit, gone with their document."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import OriginalMissing, PageMissing, QuoteGone
from core.settings import Settings
from core.types import LineBox, Page, Source
from ingest.chunker import chunk_document
from ingest.formats import format_of, recognised
from ingest.parsers.limits import Limits
from service.app import Application
from service.places import Places, Quote, Shown, Span, goes_on, quoted_page
from store.catalog import NewSource
from store.library import Library
from store.pictures import PictureKey, Pictures
from tests.conftest import NOTEBOOK
from tests.pdfs import encrypted, pdf
from ui.page.placing import quotes_told
from ui.page.routes import original_address, picture_address, routes

FIRST = "The broth simmers for twelve hours.\nThe noodles of the house are cut by hand, and they are"
SECOND = "boiled for ninety seconds. Then the bowl is filled."


@pytest.fixture
def places(library: Library, settings: Settings) -> Iterator[Places]:
    made = Places(library, settings)
    yield made
    made.close()


def added(library: Library, path: Path, data: bytes, *, keep: bool = True) -> Source:
    """Put a file into the library, with or without its original."""
    path.write_bytes(data)
    document = format_of(recognised(path.name, data).media_type).load_parser()(data, path.name, Limits(100, 1.0))
    chunks = chunk_document(document, 900)
    new = NewSource(
        NOTEBOOK, f"path:{path}", path.name, hashlib.sha256(data).hexdigest(), "1.900", len(data), document, chunks, path=str(path)
    )
    library.replace(new, library.embed_chunks(chunks), data=data if keep else None)
    return next(one for one in library.sources(NOTEBOOK) if one.name == path.name)


def quote(library: Library, source: Source, page: int, words: str) -> Quote:
    found = library.page(source.id, page)
    assert found is not None
    start = found.text.index(words)
    return Quote(source.id, source.version, page, start, start + len(words))


def test_a_quote_has_its_page_and_its_rectangles(library: Library, places: Places, tmp_path: Path) -> None:
    source = added(library, tmp_path / "a.pdf", pdf(FIRST, SECOND))
    place = places.of([quote(library, source, 1, "broth simmers")])
    assert (place.document, place.version, place.name, place.count) == (source.id, source.version, "a.pdf", 2)
    assert (place.shown, place.changed) == (Shown.PICTURE, False)
    (page,) = place.pages
    assert page.page.number == 1
    (rectangle,) = page.rectangles
    assert page.page.text[rectangle.start : rectangle.end] == "broth simmers"
    assert 92 < rectangle.left < 100 < 160 < rectangle.right < 180  # of a line from 72 to 258
    assert 60 < rectangle.top < rectangle.bottom < 100


def test_a_sentence_over_two_pages_has_both_from_either(library: Library, places: Places, tmp_path: Path) -> None:
    source = added(library, tmp_path / "a.pdf", pdf(FIRST, SECOND))
    for page, words in ((1, "cut by hand, and they are"), (2, "boiled for ninety seconds.")):
        place = places.of([quote(library, source, page, words)])
        assert [one.page.number for one in place.pages] == [1, 2]
        assert all(one.rectangles for one in place.pages)
        (rest,) = place.pages[1].spans
        assert place.pages[1].page.text[rest.start : rest.end] == "boiled for ninety seconds."
    # One that ends with its page does not go on.
    place = places.of([quote(library, source, 1, "The broth simmers")])
    assert [one.page.number for one in place.pages] == [1]


def test_quotes_of_two_pages_are_one_place(library: Library, places: Places, tmp_path: Path) -> None:
    source = added(library, tmp_path / "a.pdf", pdf("One is here.", "Two is there."))
    place = places.of([quote(library, source, 2, "Two"), quote(library, source, 1, "One")])
    assert [(one.page.number, len(one.rectangles)) for one in place.pages] == [(1, 1), (2, 1)]


@pytest.mark.parametrize(
    ("text", "following", "on"),
    [
        ("and they are", "boiled", True),
        ("and they are.", "boiled", False),
        ("Total | 12", "Chapter two", False),
        ("この麺は手で", "切ります。", True),
        ("この麺は手で切ります。", "次の章", False),
        ("第一章 麺", "第二章 汁", False),
        ("", "boiled", False),
    ],
)
def test_what_goes_on_over_a_pages_end(text: str, following: str, on: bool) -> None:
    assert goes_on(text, following) is on


@given(st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6))
def test_spans_are_cut_to_the_text_merged_and_each_in_a_box_of_its_line(spans: list[tuple[int, int]]) -> None:
    lines = tuple(LineBox(at, at + 9, 10.0, at + 1.0, 90.0, at + 9.0) for at in range(0, 50, 10))
    page = Page(1, "123456789\n" * 5, lines=lines, width=100.0, height=100.0)
    found = quoted_page(page, [Span(*span) for span in spans])
    wanted = {at for start, end in spans for at in range(max(0, start), min(end, 50))}
    assert {at for span in found.spans for at in range(span.start, span.end)} == wanted
    assert all(one.end < other.start for one, other in zip(found.spans, found.spans[1:], strict=False))
    covered = {at for box in found.rectangles for at in range(box.start, box.end)}
    assert covered == {at for at in wanted if page.text[at] != "\n"}
    assert all(isinstance(box, LineBox) and box.start < box.end for box in found.rectangles)


def test_what_is_no_longer_there_says_so(library: Library, places: Places, tmp_path: Path) -> None:
    source = added(library, tmp_path / "a.pdf", pdf("One is here."))
    with pytest.raises(QuoteGone, match="no longer in the library"):
        places.of([Quote(source.id, source.version, 7, 0, 3)])
    with pytest.raises(QuoteGone):
        places.page(source.id, source.version + 1, 1)
    library.delete(NOTEBOOK, "a.pdf")
    with pytest.raises(QuoteGone):
        places.picture(source.id, source.version, 1, 600)


def test_an_earlier_version_keeps_its_place_or_is_gone(library: Library, places: Places, tmp_path: Path) -> None:
    old = added(library, tmp_path / "a.pdf", pdf("One is here."))
    new = added(library, tmp_path / "a.pdf", pdf("Two is here."))
    assert (old.id, places.page(new.id, new.version, 1).changed) == (new.id, False)
    with pytest.raises(QuoteGone):  # no answer was given while it was current
        places.page(old.id, old.version, 1)


def test_formats_without_pictures_and_originals_that_are_gone(library: Library, places: Places, tmp_path: Path) -> None:
    text = added(library, tmp_path / "a.txt", b"The broth simmers.")
    assert places.of([quote(library, text, 1, "broth")]).shown is Shown.TEXT
    with pytest.raises(PageMissing):
        places.picture(text.id, text.version, 1, 600)
    loose = added(library, tmp_path / "b.pdf", pdf("One is here."), keep=False)
    assert places.page(loose.id, loose.version, 1).shown is Shown.PICTURE
    (tmp_path / "b.pdf").unlink()
    assert places.page(loose.id, loose.version, 1).shown is Shown.NO_ORIGINAL
    with pytest.raises(OriginalMissing):
        places.picture(loose.id, loose.version, 1, 600)


def test_a_picture_has_the_width_that_was_asked_for_and_is_drawn_once(
    library: Library, settings: Settings, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = added(library, tmp_path / "a.pdf", pdf(FIRST, SECOND))
    first = places.picture(source.id, source.version, 1, 893)
    with Image.open(io.BytesIO(first)) as image:
        assert image.format == "PNG"
        assert 893 <= image.width <= 893 + 9
        assert sum(image.convert("L").crop((100, 100, 500, 200)).histogram()[:64]) > 100
    kept = list((library.directory / "pictures").rglob("*.png"))
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
    monkeypatch.setattr("service.pictures.WorkerPool", lambda settings: pytest.fail("drawn again"))
    with_another = Places(library, settings)
    assert with_another.picture(source.id, source.version, 1, 893) == first
    with_another.close()
    library.delete(NOTEBOOK, "a.pdf")
    assert not list((library.directory / "pictures").rglob("*.png"))


def test_pictures_of_unkept_originals_go_with_their_document(library: Library, places: Places, tmp_path: Path) -> None:
    source = added(library, tmp_path / "a.pdf", pdf("One is here."), keep=False)
    places.picture(source.id, source.version, 1, 200)
    assert list((library.directory / "pictures").rglob("*.png"))
    library.delete(NOTEBOOK, "a.pdf")
    assert not list((library.directory / "pictures").rglob("*.png"))


def test_a_page_that_cannot_be_drawn_says_so_and_the_next_one_is(library: Library, places: Places, tmp_path: Path) -> None:
    locked = added(library, tmp_path / "fine.pdf", pdf("One is here."))
    data = encrypted(pdf("One is here."), "")
    source = added(library, tmp_path / "empty-password.pdf", data)
    assert places.picture(source.id, source.version, 1, 200)[:4] == b"\x89PNG"
    assert places.picture(locked.id, locked.version, 1, 200)[:4] == b"\x89PNG"


def test_pictures_are_kept_within_a_limit_the_last_seen_longest(tmp_path: Path) -> None:
    kept = Pictures(tmp_path)
    keys = [PictureKey("0" * 63 + digit, 1, 72) for digit in "abc"]
    for at, key in enumerate(keys[:2]):
        kept.keep(key, b"x" * 400_000, 1)
        path = next((tmp_path / "pictures" / key.sha256).iterdir())
        os.utime(path, (at, at))
    assert kept.get(keys[0]) is not None  # seen now
    kept.keep(keys[2], b"x" * 400_000, 1)
    assert [kept.get(key) is not None for key in keys] == [True, False, True]
    kept.keep(PictureKey("d" * 64, 1, 72), b"x" * 1_000_001, 1)
    assert kept.get(PictureKey("d" * 64, 1, 72)) is None
    kept.sweep(lambda: {keys[2].sha256})
    assert [kept.get(key) is not None for key in keys] == [False, False, True]
    with pytest.raises(ValueError, match="SHA-256"):
        kept.get(PictureKey("../files", 1, 72))


def test_the_routes_give_pixels_and_originals_to_keep_and_nothing_by_name(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    source = added(library, tmp_path / "evil.svg.pdf", pdf("<script>alert(1)</script>"))
    page = added(library, tmp_path / "evil.html", b"<html><script>alert(1)</script><p>The broth simmers.</p></html>")
    application = Application(library, settings)
    with TestClient(Starlette(routes=routes(application))) as client:
        reply = client.get(picture_address(source.id, source.version, 1), params={"width": "300"})
        assert (reply.status_code, reply.headers["content-type"]) == (200, "image/png")
        assert (reply.headers["x-content-type-options"], reply.headers["cache-control"]) == ("nosniff", "no-store")
        saved = client.get(original_address(page.id, page.version))
        assert saved.headers["content-type"] == "application/octet-stream"
        assert saved.headers["content-disposition"] == 'attachment; filename="evil.html"'
        for wrong in (
            picture_address(page.id, page.version, 1),
            picture_address(source.id, source.version, 2),
            picture_address(source.id, source.version, 0),
            picture_address(10**30, 1, 1),
            original_address(99, 99),
        ):
            reply = client.get(wrong, headers={"accept-language": "ja"})
            assert reply.status_code == 404
            assert reply.headers["content-type"].startswith("text/plain")
            assert "。" in reply.text
        for wrong in (
            "/places/1/1/..%2f..%2fcatalog.sqlite3/picture",
            "/places/a/1/original",
            "/places/-1/1/original",
            f"/places/{'9' * 5_000}/1/original",
        ):
            assert client.get(wrong).text == "Not Found"
        for width in ("0", "-5", "9" * 50, "x", "１２"):
            assert client.get(picture_address(source.id, source.version, 1), params={"width": width}).status_code == 200
    application.close()


@pytest.mark.parametrize(
    "told", [None, 5, "abc", {"a": 1}, [[1, 2, 3]], [[float("inf")] * 5], [[float("nan")] * 5], [["9" * 5_000] * 5]]
)
def test_what_is_told_as_quotes_and_is_none_is_gone(told: object) -> None:
    with pytest.raises(QuoteGone):
        quotes_told(told)


def test_numbers_of_quotes_are_kept_within_what_a_row_can_have() -> None:
    assert quotes_told([[-1, 2.0, 10**30, "4", 5]]) == [Quote(0, 2, 2**63 - 1, 4, 5)]
