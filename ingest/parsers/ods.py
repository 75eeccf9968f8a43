"""ODS: cells as shown, stored values where they differ, comments and drawings of an OpenDocument spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from core.errors import FileKind
from core.types import Document
from ingest.parsers.limits import Limits
from ingest.parsers.odf import inline, odf_macros, odf_title, open_odf, paragraphs, repeated
from ingest.parsers.odf_objects import shape_texts
from ingest.parsers.packages import Package
from ingest.parsers.sheets import Sheet, workbook
from ingest.parsers.tables import column_name
from ingest.parsers.xml import attribute, child, children, descendants, local

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
# Copies of a cell or a row with text that are written at most; empty ones are only counted.
_MOST_COPIES = 1_000
_IN_CELL = frozenset({"p", "annotation", "detective", "cell-range-source"})
_HIDDEN = frozenset({"collapse", "filter"})


def parse_ods(data: bytes, name: str, limits: Limits) -> Document:
    """Read an OpenDocument spreadsheet. Raises ParserFailed, PasswordUnsupported, TooManyPages, TooMuchText, UnpacksTooMuch."""
    with open_odf(data, name, FileKind.OPEN_SHEET, limits) as package:
        root = package.xml("content.xml")
        body = child(root, "body", "spreadsheet")
        if body is None:
            raise package.broken()
        unseen = {
            attribute(style, "name")
            for style in descendants(root, "style")
            for one in children(style, "table-properties")
            if attribute(one, "display", "true") == "false"
        }
        sheets = (_sheet(package, table, unseen, name, limits) for table in children(body, "table"))
        document = workbook(name, MEDIA_TYPE, odf_title(package), sheets, limits)
        return Document(document.title, MEDIA_TYPE, document.pages, document.warnings + odf_macros(package), document.hidden)


def _sheet(package: Package, table: Element, unseen: set[str], name: str, limits: Limits) -> Sheet:
    sheet = Sheet(attribute(table, "name"), attribute(table, "style-name") not in unseen)
    number, characters = 1, 0
    hidden_rows: list[tuple[int, str]] = []
    for row in _down(table, "table-row"):
        copies = repeated(row, "number-rows-repeated")
        found = list(_cells(package, row, number, sheet))
        for copy in range(min(copies, _MOST_COPIES) if found else 0):
            for column, text in found:
                sheet.put(number + copy, column, text)
                characters += len(text)
            if attribute(row, "visibility") in _HIDDEN:
                hidden_rows.append((number + copy, str(number + copy)))
        limits.check_text(name, characters)
        number += copies
    sheet.hide(hidden_rows, _hidden_columns(table, sheet))
    for shapes in children(table, "shapes"):
        sheet.drawings += [text for shape in shapes for text in shape_texts(package, shape) if text.strip()]
    return sheet


def _cells(package: Package, row: Element, number: int, sheet: Sheet) -> Iterator[tuple[int, str]]:
    """Column and text of the cells of a row that have any; comments are noted on the way."""
    column = 1
    for cell in row:
        name = local(cell)
        if name not in ("table-cell", "covered-table-cell"):
            continue
        copies = repeated(cell, "number-columns-repeated")
        where = f"{column_name(column)}{number}"
        for comment in children(cell, "annotation"):
            sheet.comments.append((where, "\n".join(paragraphs(comment))))
        anchored = (shape for shape in cell if local(shape) not in _IN_CELL)
        sheet.drawings += [text for shape in anchored for text in shape_texts(package, shape) if text.strip()]
        text = _text(cell)
        if text and name == "table-cell":
            yield from ((column + copy, text) for copy in range(min(copies, _MOST_COPIES)))
        elif attribute(cell, "formula") and not any(attribute(cell, key) for key in ("value", "string-value", "value-type")):
            sheet.not_computed.append(where)
        column += copies


def _text(cell: Element) -> str:
    """A cell as it is shown, and the stored value in brackets where that says something else."""
    found = [inline(one) for one in children(cell, "p")]
    shown = " ".join(" ".join("".join(one.text) for one in found).split())
    hanging = [text for one in found for frame in one.frames for text in paragraphs(frame)]
    kind = attribute(cell, "value-type")
    stored = ""
    if kind in ("float", "percentage", "currency"):
        stored = _plain(attribute(cell, "value"))
    elif kind == "date":
        stored = attribute(cell, "date-value").partition(".")[0].removesuffix("T00:00:00")
    same = not stored or stored.lstrip("-") in shown.replace(",", "")
    return " ".join([(shown or stored) if same or not shown else f"{shown} ({stored})", *hanging]).strip()


def _plain(value: str) -> str:
    try:
        return f"{float(value):.15g}"
    except ValueError:
        return value


def _hidden_columns(table: Element, sheet: Sheet) -> list[tuple[int, str]]:
    used = max((column for cells in sheet.cells.values() for column in cells), default=0)
    column, found = 1, []
    for one in _down(table, "table-column"):
        copies = repeated(one, "number-columns-repeated")
        if attribute(one, "visibility") in _HIDDEN:
            found += [(number, column_name(number)) for number in range(column, min(column + copies, used + 1))]
        column += copies
    return found


def _down(table: Element, name: str) -> Iterator[Element]:
    """Rows or columns of a table, in the groups that hold them."""
    for element in table:
        if local(element) == name:
            yield element
        elif local(element) in (
            "table-header-rows",
            "table-rows",
            "table-row-group",
            "table-columns",
            "table-header-columns",
            "table-column-group",
        ):
            yield from _down(element, name)
