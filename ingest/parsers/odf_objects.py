"""Objects inside of OpenDocument files: charts with their titles and values, formulas, other documents.

An object is a folder of the package with a content of its own. OpenDocument 1.3, part 3: 10.4.6 (objects), 11 (charts).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from core.places import Place
from ingest.parsers.odf import inline, paragraphs, repeated, table_cells, table_rows
from ingest.parsers.packages import Package
from ingest.parsers.writing import Row, Writer
from ingest.parsers.xml import attribute, child, children, descendants, local

# Points of a chart that are read, and columns; more would be a data set, not a chart that people look at.
_MOST_POINTS, _MOST_SERIES = 10_000, 256
# Shapes that hold shapes are followed this deep.
_DEEPEST = 16


def object_titles(root: Element) -> list[str]:
    """Titles of a chart and of its axes; none for other objects."""
    titles = (" ".join(" ".join(paragraphs(one)).split()) for one in root.iter() if local(one) in ("title", "subtitle"))
    chart = child(root, "body", "chart")
    return [title for title in dict.fromkeys(titles) if title] if chart is not None else []


def objects_in(package: Package, frame: Element) -> Iterator[Element]:
    """The roots of the objects that a frame shows. Raises ParserFailed."""
    for one in children(frame, "object"):
        member = posixpath.join(posixpath.normpath(attribute(one, "href")), "content.xml")
        if member in package:
            yield package.xml(member)
        else:
            yield from (part for part in one if local(part) in ("document", "math"))


def write_objects(package: Package, frame: Element, writer: Writer, place: Place) -> None:
    """Write the objects that a frame shows: a chart with its values, a point a row; of others the text."""
    for root in objects_in(package, frame):
        chart = child(root, "body", "chart", "chart")
        if chart is None:
            part = "formula" if local(root) == "math" else "object"
            writer.paragraph("\n".join(object_texts(root)), Place(part=part).inside(place))
            continue
        where = Place(part="chart").inside(place)
        titles = object_titles(root)
        writer.paragraph("\n".join(titles), where)
        table = child(chart, "table")
        if table is not None:
            writer.table(list(_rows(table, where)), titles[0] if titles else "")


def object_texts(root: Element) -> Iterator[str]:
    """The text of an object: titles of a chart, a formula as its author wrote it, paragraphs of anything else."""
    if local(root) == "math":
        written = next(descendants(root, "annotation"), None)
        yield (written.text or "") if written is not None else " ".join("".join(root.itertext()).split())
    elif child(root, "body", "chart") is not None:
        yield from object_titles(root)
    else:
        body = child(root, "body")
        yield from (text for text in (paragraphs(body) if body is not None else ()) if text.strip())


def shape_texts(package: Package, shape: Element, depth: int = 0) -> Iterator[str]:
    """All that a shape says: its text, its title and description, the texts of objects in it, the shapes that it groups."""
    if local(shape) in ("p", "h"):
        yield "".join(inline(shape).text)
        return
    for one in shape:
        name = local(one)
        if name in ("title", "desc"):
            yield one.text or ""
        elif name in ("p", "h"):
            yield "".join(inline(one).text)
        elif name in ("text-box", "list", "table"):
            yield from (text for text in paragraphs(one) if text.strip())
        elif name not in ("object", "image", "annotation", "event-listeners", "glue-point") and depth < _DEEPEST:
            yield from shape_texts(package, one, depth + 1)
    for root in objects_in(package, shape):
        yield from object_texts(root)


def _rows(table: Element, place: Place) -> Iterator[Row]:
    for number, (row, header) in enumerate(table_rows(table)):
        if number > _MOST_POINTS:
            return
        cells: list[str] = []
        for cell in table_cells(row):
            text = " ".join(" ".join(paragraphs(cell)).split())
            cells += [text] * min(repeated(cell, "number-columns-repeated"), _MOST_SERIES)
        yield Row(tuple("" if cell == "NaN" else cell for cell in cells[:_MOST_SERIES]), place, header)
