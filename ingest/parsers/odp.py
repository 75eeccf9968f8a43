"""ODP: slides of an OpenDocument presentation as pages, with tables, charts, speaker notes and comments, by a walk over its XML.

Shapes are read from top to bottom, the title first. Hidden slides are left out and told. OpenDocument 1.3, part 3: 10 and 11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from core.errors import FileKind
from core.places import Place
from core.types import Document, Page
from ingest.parsers.limits import Limits
from ingest.parsers.odf import MOST_COPIES, inline, odf_macros, odf_title, open_odf, paragraphs, repeated, table_cells, table_rows
from ingest.parsers.odf_objects import write_objects
from ingest.parsers.packages import Package
from ingest.parsers.slides import Slides
from ingest.parsers.writing import Row, Writer
from ingest.parsers.xml import attribute, child, children, descendants, local

MEDIA_TYPE = "application/vnd.oasis.opendocument.presentation"
# Frames that show the number of the slide or a date.
_NO_TEXT = frozenset({"page-number", "date-time", "page"})
_BESIDE = frozenset({"notes", "annotation", "animations", "par", "forms", "title", "desc"})
_LENGTH = re.compile(r"(-?[\d.]{1,12})(cm|mm|in|pt|pc|px)?")
_CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72, "pc": 2.54 / 6, "px": 2.54 / 96}
# Groups in groups are followed this deep.
_DEEPEST = 16


def parse_odp(data: bytes, name: str, limits: Limits) -> Document:
    """Read an OpenDocument presentation. Raises ParserFailed, PasswordUnsupported, TooManyPages, TooMuchText, UnpacksTooMuch."""
    with open_odf(data, name, FileKind.OPEN_SLIDES, limits) as package:
        content = package.xml("content.xml")
        body = child(content, "body", "presentation")
        if body is None:
            raise package.broken()
        slides = children(body, "page")
        limits.check_pages(name, len(slides))
        ended = Slides(name, limits)
        reader = _Reader(package, content, body, ended)
        pages = tuple(reader.page(number, slide) for number, slide in enumerate(slides, start=1))
        return ended.document(pages, MEDIA_TYPE, title=odf_title(package), warnings=odf_macros(package))


class _Reader:
    """Reads slides."""

    def __init__(self, package: Package, content: Element, body: Element, slides: Slides) -> None:
        self._package, self._slides = package, slides
        self._styles = {
            attribute(style, "name"): properties
            for style in descendants(content, "style")
            if (properties := child(style, "drawing-page-properties")) is not None
        }
        self._footers = {attribute(one, "name"): one.text or "" for one in children(body, "footer-decl")}
        self._tables = 0

    def page(self, number: int, slide: Element) -> Page:
        """A slide as a page."""
        writer, place = Writer(), Place(slide=number)
        titles = [one for one in children(slide, "frame") if attribute(one, "class") == "title" and not _is_empty(one)]
        if titles:
            writer.title(" ".join(paragraphs(titles[0])), place)
        self._shapes(writer, (shape for shape in slide if shape not in titles[:1]), place)
        properties = self._styles.get(attribute(slide, "style-name"), Element("none"))
        if attribute(properties, "display-footer", "true") == "true":
            writer.paragraph(self._footers.get(attribute(slide, "use-footer-name"), ""), replace(place, part="footer"))
        for notes in children(slide, "notes"):
            shown = (one for one in children(notes, "frame") if attribute(one, "class") == "notes" and not _is_empty(one))
            writer.paragraph("\n".join(text for frame in shown for text in paragraphs(frame)), replace(place, part="notes"))
        for comment in children(slide, "annotation"):
            writer.paragraph(_comment(comment), replace(place, part="comment"))
        return self._slides.page(number, writer, hidden=attribute(properties, "visibility") == "hidden")

    def _shapes(self, writer: Writer, shapes: Iterable[Element], place: Place, depth: int = 0) -> None:
        """Write shapes from top to bottom and from left to right; those of a group stay together."""
        for shape in sorted((one for one in shapes if local(one) not in _BESIDE), key=_position):
            if attribute(shape, "class") in _NO_TEXT or _is_empty(shape):
                continue
            if local(shape) in ("g", "a") and depth < _DEEPEST:
                self._shapes(writer, shape, place, depth + 1)
            else:
                self._shape(writer, shape, place)
            for one in shape:
                if local(one) in ("title", "desc"):
                    writer.paragraph(one.text or "", replace(place, part="picture"))

    def _shape(self, writer: Writer, shape: Element, place: Place) -> None:
        table = child(shape, "table")
        if table is not None:
            self._table(writer, table, place)
            return
        write_objects(self._package, shape, writer, place)
        if child(shape, "object") is None:
            writer.paragraph("\n".join(text for text in _texts(shape) if text.strip()), place)

    def _table(self, writer: Writer, table: Element, place: Place) -> None:
        self._tables += 1
        headed = attribute(table, "use-first-row-styles") == "true"
        rows = []
        for number, (row, header) in enumerate(table_rows(table), start=1):
            cells: list[str] = []
            for cell in table_cells(row):
                text = "" if local(cell) == "covered-table-cell" else " ".join(" ".join(paragraphs(cell)).split())
                cells += [text] * min(repeated(cell, "number-columns-repeated"), MOST_COPIES)
            place = replace(place, table=self._tables, row=number)
            rows.append(Row(tuple(cells), place, header or (headed and number == 1)))
        writer.table(rows)


def _texts(shape: Element) -> Iterator[str]:
    """Paragraphs of a shape, those directly in it and those of its text box; not its title, description or picture."""
    for one in shape:
        if local(one) in ("p", "h"):
            yield "".join(inline(one).text)
        elif local(one) in ("text-box", "list"):
            yield from paragraphs(one)


def _comment(comment: Element) -> str:
    author = child(comment, "creator")
    lead = f"{author.text}: " if author is not None and author.text else ""
    return lead + "\n".join(paragraphs(comment))


def _is_empty(shape: Element) -> bool:
    """Whether a shape is a place for text that nobody has written yet: what stands in it asks for it."""
    return attribute(shape, "placeholder") == "true"


def _position(shape: Element) -> tuple[float, float]:
    """Centimetres from the top and the left; a group stands where its first shape does."""
    while local(shape) in ("g", "a") and len(shape) and attribute(shape, "y") == "":
        shape = next((one for one in shape if attribute(one, "y") or local(one) in ("g", "a")), Element("none"))
    return _length(attribute(shape, "y")), _length(attribute(shape, "x"))


def _length(text: str) -> float:
    found = _LENGTH.fullmatch(text)
    if found is None:
        return 0.0
    try:
        return float(found[1]) * _CENTIMETRES[found[2] or "cm"]
    except ValueError:
        return 0.0
