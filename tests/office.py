"""Builds office files of a few members, as small as their formats allow, for tests of what stands in them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

from pptx import Presentation

from core.places import Place
from core.types import Page
from ingest.parsers import docx, odp, ods, odt, pptx, xlsx

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    f'xmlns:r="{_KIND}"'
)


def package(members: Mapping[str, str | bytes], stored: str = "") -> bytes:
    """A ZIP of members; the one named `stored` is not compressed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content, zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """Relationships (kind, target), called rId1, rId2 and so on."""
    found = "".join(f'<Relationship Id="rId{n}" Type="{_KIND}/{kind}" Target="{to}"/>' for n, (kind, to) in enumerate(targets, 1))
    return f'<Relationships xmlns="{_RELATIONS}">{found}</Relationships>'


def word(body: str, **parts: str) -> bytes:
    """A Word document with this body and other parts by their names: `footnotes`, `styles`, `header1`."""
    members = {
        "_rels/.rels": relations(("officeDocument", "word/document.xml")),
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(*((name.rstrip("0123456789"), f"{name}.xml") for name in parts)),
    }
    for name, content in parts.items():
        members[f"word/{name}.xml"] = f"<w:{name} {_NAMESPACES}>{content}</w:{name}>"
    return package(members)


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of a Word document."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def row(*cells: str) -> str:
    """A row of a Word table; a cell may have properties before a bar, as in `gridSpan:2|Text`."""
    found = []
    for cell in cells:
        setting, bar, text = cell.rpartition("|")
        name, _, value = setting.partition(":")
        properties = f'<w:tcPr><w:{name} w:val="{value}"/></w:tcPr>' if bar else ""
        found.append(f"<w:tc>{properties}{paragraph(text)}</w:tc>")
    return f"<w:tr>{''.join(found)}</w:tr>"


def place_of(page: Page, text: str) -> Place:
    """The place of the first character of a text that the page has once."""
    start = page.text.index(text)
    return next((mark.place for mark in reversed(page.marks) if mark.start <= start), Place())


def lines(page: Page) -> list[str]:
    """The lines of a page that are not empty."""
    return [line for line in page.text.split("\n") if line]


def ole(*streams: str) -> bytes:
    """A Compound File Binary with empty streams of these names at its root, which hang in a chain."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<III", header, 44, 1, 1, 0)  # one sector of the table, the directory begins in sector 1
    struct.pack_into("<IIIIIII", header, 60, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    sectors = -(-(len(streams) + 1) // 4)
    chain = [0xFFFFFFFD, *(at + 1 for at in range(1, sectors)), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))
    entries = [_entry("Root Entry", 5, child=1 if streams else 0xFFFFFFFF)]
    entries += [_entry(name, 2, right=at + 1 if at < len(streams) else 0xFFFFFFFF) for at, name in enumerate(streams, 1)]
    directory = b"".join(entries).ljust(sectors * 512, b"\0")
    return bytes(header) + table + directory


def _entry(name: str, kind: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, 0xFFFFFFFF, right, child) + bytes(48)


def workbook(*sheets: tuple[str, str], strings: str = "", styles: str = "", **parts: tuple[str, str]) -> bytes:
    """A workbook of sheets: attributes of the sheet and what stands in its worksheet. `parts` (kind, XML) belong to the first."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    names = "".join(f'<sheet {attributes} sheetId="{n}" r:id="rId{n}"/>' for n, (attributes, _) in enumerate(sheets, 1))
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
    members = {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_KIND}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(*targets, ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")),
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{styles}</styleSheet>',
        "xl/worksheets/_rels/sheet1.xml.rels": relations(*((kind, f"../{name}.xml") for name, (kind, _) in parts.items())),
    }
    for n, (_, content) in enumerate(sheets, 1):
        members[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}">{content}</worksheet>'
    for name, (_, content) in parts.items():
        members[f"xl/{name}.xml"] = content
    return package(members)


def cells(*rows: str) -> str:
    """Data of a worksheet: rows of cells parted by a bar, numbers as numbers, the others as text; an empty row is left out."""
    found = []
    for number, row in enumerate(rows, 1):
        parts = "".join(
            f'<c r="{chr(65 + at)}{number}"><v>{value}</v></c>' if value.replace(".", "").isdecimal()
            else f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
            for at, value in enumerate(row.split("|")) if value
        )  # fmt: skip
        found.append(f'<row r="{number}">{parts}</row>' if row else "")
    return f"<sheetData>{''.join(found)}</sheetData>"


def open_document(kind: str, body: str, styles: str = "", master: str = "") -> bytes:
    """An OpenDocument `text`, `spreadsheet` or `presentation` with this body, automatic styles and master page."""
    names = " ".join(
        f'xmlns:{name}="urn:{name}"' for name in ("office", "text", "table", "draw", "svg", "style", "dc", "presentation")
    )
    content = f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles><office:body>"
    content += f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    master = f"<office:document-styles {names}><style:master-page>{master}</style:master-page></office:document-styles>"
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return package({"mimetype": mimetype, "content.xml": content, "styles.xml": master}, stored="mimetype")


def presentation(words: str = "Words") -> bytes:
    """A presentation of one slide with a title."""
    made = Presentation()
    made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = words
    return saved(made)


def saved(made: Any) -> bytes:
    """The bytes of what a library made."""
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()


# Documents of more than a thousand characters by media type; the limits of old workbooks are tested with a real one.
LONG = {
    docx.MEDIA_TYPE: word(paragraph("Words" * 300)),
    pptx.MEDIA_TYPE: presentation("Words" * 300),
    xlsx.MEDIA_TYPE: workbook(('name="A"', cells("Words" * 300))),
    odt.MEDIA_TYPE: open_document("text", f"<text:p>{'Words' * 300}</text:p>"),
    odp.MEDIA_TYPE: open_document(
        "presentation",
        f"<draw:page><draw:frame><draw:text-box><text:p>{'Words' * 300}</text:p></draw:text-box></draw:frame></draw:page>",
    ),
    ods.MEDIA_TYPE: open_document(
        "spreadsheet",
        f'<table:table table:name="A"><table:table-row><table:table-cell><text:p>{"Words" * 300}</text:p></table:table-cell>'
        "</table:table-row></table:table>",
    ),
}
