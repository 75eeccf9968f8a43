"""XLSX: cells, number formats, comments and drawings of an Excel workbook by a walk over its XML.

Libraries give either values or what they are shown as; this reads both in one pass, whatever range a
sheet claims to have. SpreadsheetML: ISO/IEC 29500-1, 18.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from core.errors import FileKind
from core.types import Document
from ingest.parsers.limits import Limits
from ingest.parsers.number_formats import BUILT_IN, shown
from ingest.parsers.ooxml import document_title, drawn_paragraphs, macro_warnings, main_part
from ingest.parsers.packages import Package
from ingest.parsers.sheets import Sheet, workbook
from ingest.parsers.tables import cell_position, column_name
from ingest.parsers.xml import attribute, child, children, descendants, local

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TRUE = frozenset({"1", "true"})
# Columns that a range of hidden ones is followed to; Excel has 16,384.
_MOST_COLUMNS = 16_384
# What old programs show in the place of a thread of comments.
_TWIN = "[Threaded comment]"


@dataclass(frozen=True, slots=True)
class _Book:
    """What the sheets of a workbook share: strings, format codes by style, whether days count from 1904."""

    strings: tuple[str, ...]
    codes: tuple[str, ...]
    from_1904: bool


def parse_xlsx(data: bytes, name: str, limits: Limits) -> Document:
    """Read an Excel workbook. Raises ParserFailed, PasswordUnsupported, TooManyPages, TooMuchText, UnpacksTooMuch."""
    with Package(data, name, FileKind.EXCEL(), limits) as package:
        main = main_part(package)
        root = package.xml(main)
        properties = child(root, "workbookPr")
        from_1904 = properties is not None and attribute(properties, "date1904") in _TRUE
        book = _Book(tuple(_strings(package, main, name, limits)), _codes(package, main), from_1904)
        sheets = _sheets(package, main, root, book, name, limits)
        document = workbook(name, MEDIA_TYPE, document_title(package), sheets, limits)
        warnings = (*document.warnings, *macro_warnings(package))
        return Document(document.title, MEDIA_TYPE, document.pages, warnings, document.hidden)


def _sheets(package: Package, main: str, root: Element, book: _Book, name: str, limits: Limits) -> Iterator[Sheet]:
    targets = {one.identifier: one for one in package.relations(main)}
    for element in children(child(root, "sheets"), "sheet"):
        identifier = next((value for key, value in element.items() if key.endswith("}id")), "")
        relation = targets.get(identifier)
        if relation is None or relation.target not in package:
            continue
        sheet = Sheet(attribute(element, "name"), attribute(element, "state", "visible") == "visible")
        if relation.kind == "worksheet":
            _cells(package, relation.target, book, sheet, name, limits)
        _beside(package, relation.target, sheet)
        yield sheet


def _strings(package: Package, main: str, name: str, limits: Limits) -> Iterator[str]:
    characters = 0
    for member in package.related(main, "sharedStrings"):
        for element in package.events(member, "si"):
            text = _text(element)
            characters += len(text)
            limits.check_text(name, characters)
            yield text


def _text(element: Element) -> str:
    """The text of a string: its own and that of its runs, the reading over it left out."""
    found = []
    for one in element:
        if local(one) == "t":
            found.append(one.text or "")
        elif local(one) == "r":
            found += [text.text or "" for text in children(one, "t")]
    return "".join(found)


def _codes(package: Package, main: str) -> tuple[str, ...]:
    """The format code of each style of cells."""
    root = next((package.xml(member) for member in package.related(main, "styles")), None)
    own = {attribute(one, "numFmtId"): attribute(one, "formatCode") for one in children(child(root, "numFmts"), "numFmt")}
    styles = (attribute(one, "numFmtId", "0") for one in children(child(root, "cellXfs"), "xf"))
    return tuple(own.get(style) or BUILT_IN.get(int(style) if style.isdecimal() else 0, "General") for style in styles)


def _cells(package: Package, member: str, book: _Book, sheet: Sheet, name: str, limits: Limits) -> None:
    hidden_rows: list[tuple[int, str]] = []
    hidden_columns: list[tuple[int, str]] = []
    row, characters = 0, 0
    for element in package.events(member, "row", "col"):
        if local(element) == "col":
            if attribute(element, "hidden") in _TRUE:
                first, last = (attribute(element, key) for key in ("min", "max"))
                if first.isdecimal() and last.isdecimal():
                    span = range(int(first), min(int(last), _MOST_COLUMNS) + 1)
                    hidden_columns += [(number, column_name(number)) for number in span]
            continue
        number = attribute(element, "r")
        row = int(number) if number.isdecimal() else row + 1
        if attribute(element, "hidden") in _TRUE:
            hidden_rows.append((row, str(row)))
        column = 0
        for cell in children(element, "c"):
            column = cell_position(attribute(cell, "r"))[1] or column + 1
            text = _value(cell, book)
            if not text and child(cell, "f") is not None and attribute(cell, "t") != "str":
                sheet.not_computed.append(f"{column_name(column)}{row}")
            characters += len(text)
            sheet.put(row, column, text)
        limits.check_text(name, characters)
    sheet.hide(hidden_rows, hidden_columns)


def _value(cell: Element, book: _Book) -> str:
    kind = attribute(cell, "t", "n")
    if kind == "inlineStr":
        found = child(cell, "is")
        return _text(found) if found is not None else ""
    value = child(cell, "v")
    text = (value.text or "") if value is not None else ""
    if kind == "s":
        return book.strings[int(text)] if text.isdecimal() and int(text) < len(book.strings) else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(text, text)
    if kind != "n":
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    style = attribute(cell, "s", "0")
    code = book.codes[int(style)] if style.isdecimal() and int(style) < len(book.codes) else "General"
    return shown(number, code, from_1904=book.from_1904)


def _beside(package: Package, member: str, sheet: Sheet) -> None:
    """Comments of a sheet, threads instead of the twins that old programs show, and texts of its shapes."""
    threads = [thread for part in package.related(member, "threadedComment") for thread in package.xml(part)]
    threaded = {attribute(one, "ref") for one in threads}
    for one in threads:
        sheet.comments.append((attribute(one, "ref"), "".join(text.text or "" for text in children(one, "text"))))
    for part in package.related(member, "comments"):
        for one in descendants(package.xml(part), "comment"):
            body = child(one, "text")
            text = _text(body).strip() if body is not None else ""
            if text and not (attribute(one, "ref") in threaded and text.startswith(_TWIN)):
                sheet.comments.append((attribute(one, "ref"), text))
    for part in package.related(member, "drawing"):
        root = package.xml(part)
        sheet.drawings += ["\n".join(drawn_paragraphs(body)) for body in descendants(root, "txBody")]
        sheet.drawings += [text for one in descendants(root, "cNvPr") if (text := attribute(one, "descr").strip())]
        for chart in package.related(part, "chart"):
            sheet.drawings += ["\n".join(drawn_paragraphs(title)) for title in descendants(package.xml(chart), "title")]
