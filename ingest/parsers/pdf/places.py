"""Where some characters of a line stand on its page, by their own boxes: narrower than the line's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.locating import LinePart
from ingest.parsers.limits import Limits
from ingest.parsers.pdf.sheets import Glyphs
from ingest.parsers.pdf.unseen import Box

# Points by which a character may stand out of its line's box.
_OUT = 1.0
# Characters of a page that are looked at; a page of more keeps the boxes of its lines.
_MOST = 100_000


def locate_in_pdf(data: bytes, page: int, parts: Sequence[LinePart], limits: Limits) -> list[Box | None]:
    """The box of each part, None where the characters of its line are not found as they were read."""
    try:
        document = pypdfium2.PdfDocument(data, password=limits.password or None)
    except pypdfium2.PdfiumError:
        return [None] * len(parts)
    try:
        if not 1 <= page <= len(document):
            return [None] * len(parts)
        sheet = document[page - 1]
        found = _located(sheet, parts)
        sheet.close()
    except pypdfium2.PdfiumError:
        return [None] * len(parts)
    finally:
        document.close()
    return found


def _located(sheet: pypdfium2.PdfPage, parts: Sequence[LinePart]) -> list[Box | None]:
    textpage = sheet.get_textpage()
    glyphs = Glyphs(sheet, textpage)
    lines: list[list[tuple[str, Box]]] = [[] for _ in parts]
    for character, box in _characters(textpage, glyphs):
        across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        for line, part in zip(lines, parts, strict=True):
            if part.left - _OUT <= across <= part.right + _OUT and part.top - _OUT <= down <= part.bottom + _OUT:
                line.append((character, box))
    textpage.close()
    return [_box(part, line) for part, line in zip(parts, lines, strict=True)]


def _characters(textpage: pypdfium2.PdfTextPage, glyphs: Glyphs) -> Iterator[tuple[str, Box]]:
    """The characters of a page as they are compared, in the stream's order."""
    for index in range(min(textpage.count_chars(), _MOST)):
        code = pdfium.FPDFText_GetUnicode(textpage.raw, index)
        if 0 < code < 0x110000 and (said := compared(chr(code))):
            box = glyphs.box(index)
            for one in said:
                yield one, box


def compared(text: str) -> str:
    """Text without white space and control characters, in one width and form."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(one for one in normal if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Cn"))


def _box(part: LinePart, line: list[tuple[str, Box]]) -> Box | None:
    """The box of a part among the characters of its line: where these are as read, by their number, else where the part stands once."""
    wanted, before = compared(part.text[part.start : part.end]), compared(part.text[: part.start])
    if not wanted:
        return None
    whole = compared(part.text)
    for characters in (line, sorted(line, key=lambda one: one[1][0])):
        said = "".join(character for character, _ in characters)
        at = len(before) if said == whole else said.find(wanted) if said.count(wanted) == 1 else -1
        if at >= 0:
            boxes = [box for _, box in characters[at : at + len(wanted)]]
            left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
            right, bottom = max(box[2] for box in boxes), max(box[3] for box in boxes)
            return max(left, part.left), max(top, part.top), min(right, part.right), min(bottom, part.bottom)
    return None
