"""XLSB: values of a binary Excel workbook by python-calamine, which gives numbers and dates as stored, not as shown.

MS-XLSB: https://learn.microsoft.com/openspecs/office_file_formats/ms-xlsb/
"""

from __future__ import annotations

import io

import python_calamine

from core.errors import DocumentFault, FileKind, ParserFailed
from core.types import Document
from ingest.parsers.limits import Limits
from ingest.parsers.ooxml import document_title, macro_warnings
from ingest.parsers.packages import Package
from ingest.parsers.sheets import workbook
from ingest.parsers.xls import value_sheets

MEDIA_TYPE = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"


def parse_xlsb(data: bytes, name: str, limits: Limits) -> Document:
    """Read a binary workbook. Raises ParserFailed, PasswordUnsupported, TooManyPages, TooMuchText, UnpacksTooMuch."""
    with Package(data, name, FileKind.EXCEL(), limits) as package:
        title, warnings = document_title(package), macro_warnings(package)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        document = workbook(name, MEDIA_TYPE, title, value_sheets(book, [], [], name, limits), limits)
    except (python_calamine.CalamineError, ValueError, OSError, IndexError) as error:
        raise ParserFailed(name=name, media_type=FileKind.EXCEL(), detail=DocumentFault.BROKEN()) from error
    return Document(document.title, MEDIA_TYPE, document.pages, (*document.warnings, *warnings), document.hidden)
