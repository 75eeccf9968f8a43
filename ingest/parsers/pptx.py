"""PPTX: slides as pages, with tables, charts, diagrams, speaker notes and comments, by python-pptx.

Shapes are read from top to bottom, the title first. Hidden slides are left out and told. Comments and diagrams, which the library does not
know, are found by the relationships of their slide.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pptx import Presentation
from pptx.exc import PythonPptxError

from core.errors import DocumentFault, FileKind, ParserFailed
from core.places import Place
from core.types import Document, Page
from ingest.parsers.limits import Limits
from ingest.parsers.ooxml import diagram_lines, document_title, drawn_paragraphs, macro_warnings, write_chart
from ingest.parsers.packages import Package
from ingest.parsers.slides import Slides
from ingest.parsers.writing import Row, Writer
from ingest.parsers.xml import attribute, descendants, first_child, local, parse_xml

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
# What the library raised on damaged files; its XML parser's errors are SyntaxErrors.
_DAMAGED = (
    PythonPptxError, KeyError, ValueError, AttributeError, TypeError, IndexError, NotImplementedError, SyntaxError, AssertionError, OSError,
)  # fmt: skip
# Placeholders of the number of a slide and of the date.
_NO_TEXT = ("sldNum", "dt")


def parse_pptx(data: bytes, name: str, limits: Limits) -> Document:
    """Read a presentation. Raises ParserFailed, PasswordUnsupported, TooManyPages, TooMuchText, UnpacksTooMuch."""
    with Package(data, name, FileKind.POWERPOINT(), limits) as package:
        title, warnings = document_title(package), list(macro_warnings(package))
    try:
        slides = list(Presentation(io.BytesIO(data)).slides)
        limits.check_pages(name, len(slides))
        ended = Slides(name, limits)
        reader = _Reader(ended)
        pages = tuple(reader.page(number, slide) for number, slide in enumerate(slides, start=1))
    except _DAMAGED as error:
        raise ParserFailed(name=name, media_type=FileKind.POWERPOINT(), detail=DocumentFault.BROKEN()) from error
    return ended.document(pages, MEDIA_TYPE, title=title, warnings=warnings)


class _Reader:
    """Reads slides."""

    def __init__(self, slides: Slides) -> None:
        self._slides = slides
        self._tables = 0

    def page(self, number: int, slide: Any) -> Page:
        """A slide as a page."""
        writer = Writer()
        place = Place(slide=number)
        title = slide.shapes.title
        if title is not None and title.has_text_frame:
            writer.title(" ".join(drawn_paragraphs(title.element)), place)
        self._shapes(writer, slide, (shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id), place)
        for text in _alternatives(slide):
            writer.paragraph(text, place)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = drawn_paragraphs(slide.notes_slide.notes_placeholder.element)
            writer.paragraph("\n".join(notes), Place(slide=number, part="notes"))
        for text in _comments(slide):
            writer.paragraph(text, Place(slide=number, part="comment"))
        return self._slides.page(number, writer, hidden=attribute(slide.element, "show", "1") in ("0", "false"))

    def _shapes(self, writer: Writer, slide: Any, shapes: Iterable[Any], place: Place) -> None:
        """Write shapes from top to bottom and from left to right; those of a group stay together."""
        for shape in sorted(shapes, key=lambda one: (one.top or 0, one.left or 0)):
            description = _description(shape)
            if hasattr(shape, "shapes"):
                self._shapes(writer, slide, shape.shapes, place)
            elif shape.has_text_frame:
                if not _is_number(shape):
                    writer.paragraph("\n".join(drawn_paragraphs(shape.element)), place)
            elif getattr(shape, "has_table", False):
                self._table(writer, shape.table, place)
            elif getattr(shape, "has_chart", False):
                write_chart(writer, shape.chart.element, Place(slide=place.slide, part="chart"))
            else:
                for diagram in _diagrams(slide, shape):
                    writer.paragraph("\n".join(diagram_lines(diagram)), place)
            writer.paragraph(description, Place(slide=place.slide, part="picture"))

    def _table(self, writer: Writer, table: Any, place: Place) -> None:
        self._tables += 1
        rows = []
        for number, row in enumerate(table.rows, start=1):
            cells = tuple("" if cell.is_spanned else " ".join(drawn_paragraphs(cell._tc)) for cell in row.cells)  # noqa: SLF001
            rows.append(
                Row(cells, Place(slide=place.slide, table=self._tables, row=number), header=number == 1 and table.first_row)
            )
        writer.table(rows)


def _alternatives(slide: Any) -> Iterator[str]:
    """Texts of shapes that the library passes over because they are written in two ways, for newer and older programs: those with formulas."""
    for one in descendants(slide.element, "AlternateContent"):
        for body in descendants(first_child(one, "Choice", "Fallback"), "txBody"):
            yield "\n".join(drawn_paragraphs(body))


def _description(shape: Any) -> str:
    """What a person wrote to describe a picture or another shape."""
    found = next(descendants(shape.element, "cNvPr"), None)
    return attribute(found, "descr").strip() if found is not None else ""


def _is_number(shape: Any) -> bool:
    """Whether a shape shows the number of the slide or a date."""
    return any(attribute(one, "type") in _NO_TEXT for one in descendants(shape.element, "ph"))


def _diagrams(slide: Any, shape: Any) -> Iterator[Any]:
    for one in descendants(shape.element, "relIds"):
        part = slide.part.rels.get(attribute(one, "dm"))
        root = parse_xml(part.target_part.blob) if part is not None and not part.is_external else None
        if root is not None:
            yield root


def _comments(slide: Any) -> Iterator[str]:
    """Comments and replies on a slide, in the form of PowerPoint 2007 and in that of 2021."""
    for relation in slide.part.rels.values():
        if relation.is_external or relation.reltype.rpartition("/")[2] != "comments":
            continue
        root = parse_xml(relation.target_part.blob)
        for element in root.iter() if root is not None else ():
            if local(element) == "text" and element.text:
                yield element.text
            elif local(element) == "txBody":
                yield "\n".join(drawn_paragraphs(element))
