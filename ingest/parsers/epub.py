"""EPUB books: chapters in reading order, called as the book's contents call them.

A chapter begins where an entry of the contents leads, which may be amid a file (https://www.w3.org/TR/epub-33/). Files that the contents do
not name go on with the chapter before.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from bs4.element import Tag

from core.errors import DocumentFault, ParserFailed, PasswordUnsupported
from core.places import Place
from core.text import clean
from core.types import Document
from ingest.parsers.hidden import drop_hidden, hidden_warning, without_invisible
from ingest.parsers.html import decode_html, parsed_html
from ingest.parsers.limits import Limits
from ingest.parsers.markup import MarkupWriter
from ingest.parsers.members import Collected
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Writer

_NO_TITLE = re.compile(r"(?i)\A(?:unknown(?: title)?|untitled|\W*)\Z")
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_LONGEST_LABEL = 200
# What zipfile raised on damaged packages.
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, KeyError)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the contents: its words, the file it leads to, and the element in it, "" for the beginning."""

    label: str
    path: str
    anchor: str


@dataclass(slots=True)
class _Book:
    """An opened package: where its files are, in reading order."""

    package: zipfile.ZipFile
    name: str
    title: str = ""
    spine: list[str] = field(default_factory=list)
    contents: list[_Entry] = field(default_factory=list)

    def read(self, path: str) -> str:
        """The text of a file of the package, "" where it is missing or damaged."""
        try:
            return decode_html(self.package.read(path), self.name).text
        except (*_BROKEN, ParserFailed):
            return ""

    def xml(self, path: str) -> BeautifulSoup:
        """An XML file of the package; what is not well-formed is read as far as it goes."""
        return BeautifulSoup(re.sub(r"\A\s*<\?xml[^>]*\?>", "", self.read(path)) + "\n", "xml")


class _ChapterWriter(MarkupWriter):
    """Begins a page at every element that an entry of the contents leads to."""

    def __init__(self, collected: Collected) -> None:
        super().__init__(Writer(), Place())
        self._collected = collected
        self._anchors: dict[str, str] = {}

    def begin(self, label: str) -> None:
        """End the chapter before, and begin one called `label`."""
        self.finish()
        self.place = Place(chapter=label)
        if label:
            self.writer.govern(label)

    def finish(self) -> None:
        """End the chapter that is being written."""
        self._flush()
        page = self.writer.page(0)
        if page.text.strip():
            self._collected.add(page)
        self.writer = Writer()

    def file(self, soup: BeautifulSoup, entries: list[_Entry]) -> None:
        """Write a file, in which these entries begin."""
        whole = [entry.label for entry in entries if not entry.anchor]
        self._anchors = {entry.anchor: entry.label for entry in entries if entry.anchor}
        if whole:
            self.begin(whole[-1])
        self.write(soup)

    def _element(self, element: Tag, depth: int) -> None:
        label = self._anchors.pop(str(element.get("id") or element.get("name") or ""), None) if self._anchors else None
        if label is not None:
            self.begin(label)
        super()._element(element, depth)


def parse_epub(data: bytes, name: str, limits: Limits) -> Document:
    """Read a book. Raises PasswordUnsupported, ParserFailed, TooManyPages, TooMuchText, UnpacksTooMuch."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN as error:
        raise ParserFailed(name=name, media_type="EPUB", detail=DocumentFault.BROKEN()) from error
    with package:
        limits.check_members(name, ((one.file_size, one.compress_size) for one in package.infolist()))
        book = _opened(package, name)
        collected = Collected(name, limits)
        writer = _ChapterWriter(collected)
        for path in book.spine:
            source, invisible = without_invisible(book.read(path))
            soup = parsed_html(source)
            collected.hidden += invisible + drop_hidden(soup)
            entries = [entry for entry in book.contents if entry.path == path]
            if not book.contents:
                writer.begin("")
            writer.file(soup, entries)
            limits.check_text(name, collected.characters + writer.writer.characters)
        writer.finish()
    collected.warn_all(hidden_warning(collected.hidden))
    title = book.title if not _NO_TITLE.match(book.title) else ""
    return collected.document(title[:LONGEST_TITLE] or title_from_name(name), "application/epub+zip")


def _opened(package: zipfile.ZipFile, name: str) -> _Book:
    """Find out what a package holds. Raises PasswordUnsupported, ParserFailed."""
    book = _Book(package, name)
    root = book.xml("META-INF/container.xml").find("rootfile")
    path = unquote(str(root.get("full-path") or "")) if isinstance(root, Tag) else ""
    if path not in package.namelist():
        path = next((one for one in package.namelist() if one.endswith(".opf")), "")
    opf = book.xml(path)
    items: dict[str, tuple[str, str, str]] = {}
    for item in opf.find_all("item"):
        target = _target(path, str(item.get("href") or ""))[0]
        items[str(item.get("id"))] = (target, str(item.get("media-type") or ""), str(item.get("properties") or ""))
    spine = [items[identifier] for one in opf.find_all("itemref") if (identifier := str(one.get("idref"))) in items]
    book.spine = [one[0] for one in spine if "nav" not in one[2].split() and (one[1] in _PAGES or not one[1])]
    if not book.spine:
        raise ParserFailed(name=name, media_type="EPUB", detail=DocumentFault.BROKEN())
    locked = {unquote(str(one.get("URI") or "")) for one in book.xml("META-INF/encryption.xml").find_all("CipherReference")}
    if locked & set(book.spine):
        raise PasswordUnsupported(name=name)
    title = opf.find("title")
    book.title = " ".join(clean(title.get_text()).split()) if isinstance(title, Tag) else ""
    navigation = next((one[0] for one in items.values() if "nav" in one[2].split()), "")
    outline = next((one[0] for one in items.values() if one[1] == "application/x-dtbncx+xml"), "")
    book.contents = list(_navigation(book, navigation)) if navigation else []
    book.contents = book.contents or (list(_outline(book, outline)) if outline else [])
    return book


def _navigation(book: _Book, path: str) -> Iterator[_Entry]:
    """The contents of EPUB 3: links in a list."""
    soup = parsed_html(book.read(path))
    lists = [one for one in soup.find_all("nav") if "toc" in str(one.get("epub:type") or one.get("role") or "toc")]
    for link in lists[0].find_all("a") if lists else ():
        yield _entry(link.get_text(), path, str(link.get("href") or ""))


def _outline(book: _Book, path: str) -> Iterator[_Entry]:
    """The contents of EPUB 2: points with labels."""
    for point in book.xml(path).find_all("navPoint"):
        label, content = point.find("text"), point.find("content")
        if isinstance(label, Tag) and isinstance(content, Tag):
            yield _entry(label.get_text(), path, str(content.get("src") or ""))


def _entry(label: str, base: str, href: str) -> _Entry:
    target, anchor = _target(base, href)
    return _Entry(" ".join(clean(without_invisible(label)[0]).split())[:_LONGEST_LABEL], target, anchor)


def _target(base: str, href: str) -> tuple[str, str]:
    """The file and the element that a reference leads to, seen from the file that has it."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return "", ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(parts.path))) if parts.path else base
    return path.lstrip("/"), unquote(parts.fragment)
