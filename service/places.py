"""The place of a quote: the version of its document, its pages, and the rectangles that its words take on them."""

from __future__ import annotations

import enum
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.errors import DocumentError, OriginalMissing, QuoteGone
from core.settings import Settings
from core.text import sentence_spans
from core.types import LineBox, Page
from ingest.locating import LinePart
from service.pictures import PageDrawer, has_pictures
from store.catalog import StoredVersion
from store.files import Original
from store.library import Library

_log = logging.getLogger(__name__)
_PDF = "application/pdf"
# Characters of a sentence's rest on the next page, or of its beginning on the one before; more is taken to be something else.
_LONGEST_REST = 600
# Behind these a sentence is over: the marks of the three languages, with what closes after them.
_ENDED = re.compile(r"[.!?。！？｡…:：][\"'”’»)\]」』）】]*\s*\Z")
# A Japanese line that ends in one of these goes on: hiragana, which end no title and no cell, and the comma.
_GOES_ON = re.compile("[\u3041-\u3096、，]\\s*\\Z")


class Shown(enum.StrEnum):
    """How the pages of a document can be shown."""

    PICTURE = "picture"  # as they look
    TEXT = "text"  # as they read: the format has no pictures of pages
    NO_ORIGINAL = (
        "no_original"  # as they read: the format has pictures, but its original is not kept and no longer where it was read
    )


@dataclass(frozen=True, slots=True)
class Quote:
    """Characters `start` to `end` of page `page` (from 1) of a version of a document; version 0 is the current one."""

    document: int
    version: int
    page: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of a page's text, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class QuotedPage:
    """A page, the characters of it that are quoted, in order and disjoint, and where these stand; no rectangles without geometry.

    A rectangle is the box of a line, or of the part of it that is quoted.
    """

    page: Page
    spans: tuple[Span, ...]
    rectangles: tuple[LineBox, ...]


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """Where a quote stands: a document's version, of which `count` pages there are, and those that the quote is on, in order.

    `changed` tells that the document has a newer version.
    """

    document: int
    version: int
    name: str
    media_type: str
    count: int
    changed: bool
    shown: Shown
    pages: tuple[QuotedPage, ...]


class Places:
    """The places in one library; safe from several threads. Close it."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._drawer = PageDrawer(library.files.pictures, settings)

    def of(self, quotes: Sequence[Quote]) -> QuotePlace:
        """The place of a quote, whose parts are all of one version of one document; what goes on over a page's end is followed.

        Raises QuoteGone.
        """
        version = self._version(quotes[0].document, quotes[0].version)
        spans: dict[int, list[Span]] = {}
        for quote in quotes:
            if (quote.document, quote.version) != (quotes[0].document, quotes[0].version):
                raise ValueError("parts of a quote from several documents")
            spans.setdefault(quote.page, []).append(Span(quote.start, quote.end))
        pages = {number: self._page(version, number) for number in spans}
        for number in sorted(pages):
            self._follow(version, pages, spans, number)
        quoted = tuple(quoted_page(pages[number], spans[number]) for number in sorted(pages))
        place = self._place(version, quoted)
        if place.shown is not Shown.PICTURE or version.media_type != _PDF:
            return place
        return replace(place, pages=tuple(self._narrowed(version, one) for one in place.pages))

    def warm(self, document: int, version: int) -> None:
        """Begin to make ready what shows this document, as soon as somebody may want to look. Raises QuoteGone, OriginalMissing."""
        found = self._version(document, version)
        if found.media_type == _PDF:
            self._drawer.warm(found, lambda: self._library.files.original(found))

    def page(self, document: int, version: int, number: int, quotes: Iterable[Quote] = ()) -> QuotePlace:
        """One page of a version of a document, with those of these quotes that stand on it. Raises QuoteGone."""
        found = self._version(document, version)
        page = self._page(found, number)
        here = [quote for quote in quotes if quote.document == document and quote.page == number]
        same = [Span(quote.start, quote.end) for quote in here if self._same(quote, found)]
        return self._place(found, (quoted_page(page, same),))

    def picture(self, document: int, version: int, number: int, width: int) -> bytes:
        """A page as PNG, about `width` pixels wide. Raises QuoteGone, OriginalMissing, DocumentError."""
        found = self._version(document, version)
        page = self._page(found, number)
        return self._drawer.drawn(found, page, width, lambda: self._library.files.original(found))

    def original(self, document: int, version: int) -> Original:
        """The file that a version was read from, as a copy for the person. Raises QuoteGone, OriginalMissing."""
        return self._library.files.original(self._version(document, version))

    def close(self) -> None:
        """End the process that draws."""
        self._drawer.close()

    def _narrowed(self, version: StoredVersion, quoted: QuotedPage) -> QuotedPage:
        parts = line_parts(quoted)
        if not any(parts):
            return quoted
        wanted = tuple(part for part in parts if part is not None)
        try:
            found = self._drawer.located(version, quoted.page.number, wanted, lambda: self._library.files.original(version))
        except (DocumentError, OriginalMissing) as error:
            _log.info("boxes of whole lines are shown: %s", error.code)
            return quoted
        return with_boxes(quoted, found.parts)

    def _version(self, document: int, version: int) -> StoredVersion:
        found = self._library.catalog.documents.version(document, version or None)
        if found is None:
            raise QuoteGone
        return found

    def _page(self, version: StoredVersion, number: int) -> Page:
        page = self._library.page(version.document, number, version.id)
        if page is None:
            raise QuoteGone
        return page

    def _same(self, quote: Quote, version: StoredVersion) -> bool:
        return quote.version == version.id or (not quote.version and version.current)

    def _place(self, version: StoredVersion, pages: tuple[QuotedPage, ...]) -> QuotePlace:
        return QuotePlace(
            version.document, version.id, version.name, version.media_type, version.pages, not version.current,
            self._shown(version, pages[0].page), pages,
        )  # fmt: skip

    def _shown(self, version: StoredVersion, page: Page) -> Shown:
        if not has_pictures(version.media_type, page):
            return Shown.TEXT
        try:
            self._library.files.original(version)
        except OriginalMissing:
            return Shown.NO_ORIGINAL
        return Shown.PICTURE

    def _follow(self, version: StoredVersion, pages: dict[int, Page], spans: dict[int, list[Span]], number: int) -> None:
        """Add what a sentence that a page's end divides has on the other page."""
        page = pages[number]
        last, first = max(span.end for span in spans[number]), min(span.start for span in spans[number])
        if number < version.pages and not page.text[last:].strip():
            self._add_rest(version, pages, spans, number)
        if number > 1 and not page.text[:first].strip():
            self._add_beginning(version, pages, spans, number)

    def _add_rest(self, version: StoredVersion, pages: dict[int, Page], spans: dict[int, list[Span]], number: int) -> None:
        following = self._library.page(version.document, number + 1, version.id)
        if following is not None and number + 1 not in spans and goes_on(pages[number].text, following.text):
            first = next(iter(sentence_spans(following.text[: 2 * _LONGEST_REST])), None)
            if first is not None and first[1] - first[0] <= _LONGEST_REST:
                pages[number + 1], spans[number + 1] = following, [Span(*first)]

    def _add_beginning(self, version: StoredVersion, pages: dict[int, Page], spans: dict[int, list[Span]], number: int) -> None:
        before = self._library.page(version.document, number - 1, version.id)
        if before is not None and number - 1 not in spans and goes_on(before.text, pages[number].text):
            start = max(0, len(before.text) - 2 * _LONGEST_REST)
            last = next(reversed(sentence_spans(before.text[start:])), None)
            if last is not None and last[1] - last[0] <= _LONGEST_REST:
                pages[number - 1], spans[number - 1] = before, [Span(start + last[0], start + last[1])]


def goes_on(text: str, following: str) -> bool:
    """Whether the last sentence of a page's text goes on in that of the next page.

    In Latin script the next page begins with a small letter; Japanese has none, there the page ends in hiragana or a comma.
    """
    if not text.strip() or _ENDED.search(text):
        return False
    return following.lstrip()[:1].islower() or _GOES_ON.search(text) is not None


def quoted_page(page: Page, spans: Iterable[Span]) -> QuotedPage:
    """The page with these characters quoted, cut to its text; spans that touch are one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        start, end = max(0, span.start), min(span.end, len(page.text))
        if start >= end:
            continue
        if merged and start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Span(start, end))
    return QuotedPage(page, tuple(merged), tuple(one for span in merged for one in rectangles_of(page, span)))


def rectangles_of(page: Page, span: Span) -> tuple[LineBox, ...]:
    """The boxes of the lines that hold characters of a span, with the characters of it that stand in each, in reading order."""
    return tuple(
        LineBox(max(line.start, span.start), min(line.end, span.end), line.left, line.top, line.right, line.bottom)
        for line in page.lines
        if line.start < span.end and line.end > span.start
    )


def line_parts(quoted: QuotedPage) -> tuple[LinePart | None, ...]:
    """For each rectangle of a page the part of its line that it is to hold; None where that is the whole line."""
    page = quoted.page
    found: list[LinePart | None] = []
    for one in quoted.rectangles:
        line = next(line for line in page.lines if line.start <= one.start < line.end)
        whole = (one.start, one.end) == (line.start, line.end)
        box = (line.left, line.top, line.right, line.bottom)
        text = page.text[line.start : line.end]
        found.append(None if whole else LinePart(text, one.start - line.start, one.end - line.start, *box))
    return tuple(found)


def with_boxes(quoted: QuotedPage, boxes: Iterable[LinePart | None]) -> QuotedPage:
    """The page with these boxes in the place of those of its `line_parts`, in order; whole lines stay where there is None."""
    given = iter(boxes)
    made = []
    for rectangle, part in zip(quoted.rectangles, line_parts(quoted), strict=True):
        box = next(given) if part is not None else None
        narrow = rectangle if box is None else replace(rectangle, left=box.left, top=box.top, right=box.right, bottom=box.bottom)
        made.append(narrow)
    return replace(quoted, rectangles=tuple(made))
