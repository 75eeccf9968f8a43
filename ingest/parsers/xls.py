"""XLS: values by python-calamine; number formats, comments and hidden rows, which it does not give, from the records of the file.

Records (BIFF8): https://learn.microsoft.com/openspecs/office_file_formats/ms-xls/
"""

from __future__ import annotations

import datetime as dt
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile
import python_calamine

from core.errors import DocumentFault, FileKind, ParserFailed, PasswordUnsupported
from core.types import Document
from ingest.parsers.limits import Limits
from ingest.parsers.number_formats import BUILT_IN, shown
from ingest.parsers.sheets import Sheet, workbook
from ingest.parsers.tables import column_name

MEDIA_TYPE = "application/vnd.ms-excel"
_BEGIN, _SHEET, _FORMAT, _STYLE, _LOCKED = 0x809, 0x85, 0x41E, 0xE0, 0x2F
_NOTE, _OBJECT, _TEXT, _CONTINUED, _ROW, _COLUMNS = 0x1C, 0x5D, 0x1B6, 0x3C, 0x208, 0x7D
_SINGLE = frozenset({0x203, 0x27E, 0x6, 0x205, 0xFD, 0x204})  # number, packed number, formula, truth, string, label
_SEVERAL = 0xBD
_EPOCH = dt.datetime(1899, 12, 30)
_BIFF8 = 0x600


@dataclass(slots=True)
class _Beside:
    """What the records of a sheet tell beside its values; rows and columns count from 1."""

    styles: dict[tuple[int, int], int] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    comments: list[tuple[str, str]] = field(default_factory=list)
    drawings: list[str] = field(default_factory=list)


def parse_xls(data: bytes, name: str, limits: Limits) -> Document:
    """Read a workbook of Excel 97 to 2003. Raises ParserFailed, PasswordUnsupported, TooManyPages, TooMuchText."""
    stream = _stream(data, name)
    codes, besides = _records(stream, name)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = value_sheets(book, codes, besides, name, limits)
        return workbook(name, MEDIA_TYPE, "", sheets, limits)
    except python_calamine.PasswordError as error:
        raise PasswordUnsupported(name=name) from error
    except (python_calamine.CalamineError, ValueError, OSError, IndexError) as error:
        raise _broken(name) from error


def _broken(name: str) -> ParserFailed:
    return ParserFailed(name=name, media_type=FileKind.EXCEL(), detail=DocumentFault.BROKEN())


def _stream(data: bytes, name: str) -> bytes:
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened:
            stream = next(one for one in ("Workbook", "Book") if opened.exists(one))
            found: bytes = opened.openstream(stream).read()
            return found
    except (OSError, ValueError, IndexError, StopIteration, struct.error, TypeError, AttributeError) as error:
        raise _broken(name) from error


def value_sheets(
    book: python_calamine.CalamineWorkbook, codes: list[str], besides: list[_Beside], name: str, limits: Limits
) -> Iterator[Sheet]:
    """The sheets of a workbook with their values, shown by the format `codes` of their styles, and what lies beside them."""
    for index, told in enumerate(book.sheets_metadata):
        beside = besides[index] if index < len(besides) else _Beside()
        sheet = Sheet(told.name, told.visible == python_calamine.SheetVisibleEnum.Visible)
        if told.typ == python_calamine.SheetTypeEnum.WorkSheet:
            found = book.get_sheet_by_index(index)
            start = found.start or (0, 0)
            characters = 0
            for row, cells in enumerate(found.iter_rows(), start=start[0] + 1):
                for column, value in enumerate(cells, start=start[1] + 1):
                    if value == "":  # a single cell far away makes millions of these
                        continue
                    style = beside.styles.get((row, column), -1)
                    text = _shown(value, codes[style] if 0 <= style < len(codes) else "General")
                    characters += len(text)
                    sheet.put(row, column, text)
                limits.check_text(name, characters)
            rows = ((number, str(number)) for number in sorted(beside.hidden_rows))
            sheet.hide(rows, ((number, column_name(number)) for number in sorted(beside.hidden_columns)))
        sheet.comments, sheet.drawings = beside.comments, beside.drawings
        yield sheet


def _shown(value: object, code: str) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return shown(float(value), code)
    if isinstance(value, dt.datetime):
        return shown((value - _EPOCH) / dt.timedelta(days=1), code) if code != "General" else value.isoformat()
    if isinstance(value, dt.date):
        return shown((value - _EPOCH.date()).days, code) if code != "General" else value.isoformat()
    if isinstance(value, dt.timedelta):
        return shown(value / dt.timedelta(days=1), code) if code != "General" else str(value)
    if isinstance(value, dt.time):
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        return shown(seconds / 86_400, code) if code != "General" else value.isoformat()
    return str(value)


def _records(stream: bytes, name: str) -> tuple[list[str], list[_Beside]]:
    """Format codes by style, and what lies beside the values of each sheet; nothing for files of earlier versions."""
    formats: dict[int, str] = {}
    styles: list[int] = []
    starts: list[int] = []
    try:
        if struct.unpack_from("<H", stream, 4)[0] != _BIFF8:
            return [], []
        for kind, record in _following(stream, 0):
            if kind == _LOCKED:
                raise PasswordUnsupported(name=name)
            if kind == _FORMAT:
                formats[struct.unpack_from("<H", record)[0]] = _string(record, 2)
            elif kind == _STYLE:
                styles.append(struct.unpack_from("<H", record, 2)[0])
            elif kind == _SHEET:
                starts.append(struct.unpack_from("<I", record)[0])
        codes = [formats.get(style, BUILT_IN.get(style, "General")) for style in styles]
        return codes, [_beside(stream, start) for start in starts]
    except struct.error as error:
        raise _broken(name) from error


def _following(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Records from a position to the end of their part of the stream, charts inside of a sheet left out."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += kind == _BEGIN
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        if kind == 0xA:
            depth -= 1
            if depth <= 0:
                return
        at += 4 + size


def _beside(stream: bytes, start: int) -> _Beside:
    found = _Beside()
    texts: dict[int, str] = {}
    notes: list[tuple[int, int, int]] = []
    shape, waiting = 0, 0
    for kind, record in _following(stream, start):
        if kind in _SINGLE:
            row, column, style = struct.unpack_from("<HHH", record)
            found.styles[row + 1, column + 1] = style
        elif kind == _SEVERAL:
            row, first = struct.unpack_from("<HH", record)
            for at in range(4, len(record) - 7, 6):
                found.styles[row + 1, first + 1 + (at - 4) // 6] = struct.unpack_from("<H", record, at)[0]
        elif kind == _ROW:
            if struct.unpack_from("<H", record, 12)[0] & 0x20:
                found.hidden_rows.add(struct.unpack_from("<H", record)[0] + 1)
        elif kind == _COLUMNS:
            first, last, _, _, options = struct.unpack_from("<HHHHH", record)
            if options & 1:
                found.hidden_columns |= set(range(first + 1, min(last, 255) + 2))
        elif kind == _OBJECT and len(record) >= 8:
            shape = struct.unpack_from("<H", record, 6)[0]
        elif kind == _TEXT:
            waiting = struct.unpack_from("<H", record, 10)[0]
            texts[shape] = ""
        elif kind == _CONTINUED and waiting > 0 and record:
            text = record[1:].decode("utf-16-le" if record[0] & 1 else "latin-1", "replace")[:waiting]
            texts[shape] += text
            waiting -= len(text)
        elif kind == _NOTE:
            row, column, _, identifier = struct.unpack_from("<HHHH", record)
            notes.append((row, column, identifier))
    found.comments = [
        (f"{column_name(column + 1)}{row + 1}", texts[one]) for row, column, one in notes if texts.get(one, "").strip()
    ]
    noted = {one for _, _, one in notes}
    found.drawings = [text for one, text in texts.items() if one not in noted and text.strip()]
    return found


def _string(record: bytes, at: int) -> str:
    """A string with its length before it, in one or two bytes a character."""
    count, options = struct.unpack_from("<HB", record, at)
    raw = record[at + 3 :]
    return raw[: 2 * count].decode("utf-16-le", "replace") if options & 1 else raw[:count].decode("latin-1")
