"""DOCX: body, tables, text boxes, notes, comments, headers and footers of a Word document, by a walk over its XML.

Libraries lose some of these, and all of them the kanji below a reading. What tracked changes insert is text, what they delete is none.
A Word document has no pages before it is laid out: places are headings, tables and rows, and parts.
WordprocessingML: ISO/IEC 29500-1, 17.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from core.errors import FileKind, ReadingWarning
from core.places import Place
from core.sentences import Phrase
from core.text import width
from core.types import Document
from ingest.parsers.hidden import hidden_warning
from ingest.parsers.limits import Limits
from ingest.parsers.ooxml import diagram_lines, document_title, macro_warnings, main_part, write_chart
from ingest.parsers.packages import Package
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.word_styles import Styles
from ingest.parsers.writing import Row, Writer
from ingest.parsers.xml import attribute, child, descendants, first_child, local, switched_on

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Elements that only hold others.
_WRAPPERS = frozenset(
    {"hyperlink", "smartTag", "sdt", "sdtContent", "ins", "moveTo", "customXml", "fldSimple", "dir", "bdo", "Choice"}
)
_DELETED = frozenset({"del", "moveFrom"})
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
# A paragraph of at most so many columns right before a table says what the table is.
_WIDEST_CAPTION = 120
# Cells that one cell may span; Word has 63 columns.
_MOST_SPANNED = 100


@dataclass(slots=True)
class _Paragraph:
    """What was found in a paragraph: its text, and what hangs on it."""

    text: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def parse_docx(data: bytes, name: str, limits: Limits) -> Document:
    """Read a Word document. Raises PasswordUnsupported, ParserFailed, TooMuchText, UnpacksTooMuch."""
    with Package(data, name, FileKind.WORD(), limits) as package:
        reader = _Reader(package, name, limits)
        reader.read()
        title = document_title(package) or reader.title[:LONGEST_TITLE] or title_from_name(name)
        page = reader.writer.page(1)
        return Document(title, MEDIA_TYPE, (page,), (*reader.warnings(), *macro_warnings(package)), reader.hidden)


class _Reader:
    """Walks one document."""

    def __init__(self, package: Package, name: str, limits: Limits) -> None:
        self._package, self._name, self._limits = package, name, limits
        self._main = main_part(package)
        self._styles = Styles.of(next((package.xml(part) for part in package.related(self._main, "styles")), None))
        self._tables = 0
        self._anchors: dict[tuple[str, str], str] = {}
        self._related = {one.identifier: one for one in package.relations(self._main)}
        self.writer = Writer()
        self.title = ""
        self._vanished = self._deleted = 0

    def read(self) -> None:
        """Write the body, then what stands beside it under the headings that it belongs to."""
        body = child(self._package.xml(self._main), "body")
        if body is None:
            raise self._package.broken()
        self._blocks(body, Place())
        for kind, part in (("footnotes", "footnote"), ("endnotes", "endnote"), ("comments", "comment")):
            self._beside(kind, part)
        for kind in ("header", "footer"):
            self._repeated(kind)

    @property
    def hidden(self) -> int:
        """Characters that stand in the file and are left out because no reader sees them."""
        return self._vanished + self._deleted + self.writer.hidden

    def warnings(self) -> tuple[Phrase, ...]:
        """What the reader should know."""
        deletions = (ReadingWarning.DELETIONS(count=self._deleted),) if self._deleted else ()
        return (*hidden_warning(self._vanished + self.writer.hidden), *deletions)

    def _beside(self, kind: str, part: str) -> None:
        """Notes or comments, each under the heading of the text that it belongs to, numbered as they are referred to."""
        for member in self._package.related(self._main, kind):
            notes = {attribute(one, "id"): one for one in self._package.xml(member) if local(one) == part}
            order = [identifier for found, identifier in self._anchors if found == part and identifier in notes]
            shown = order if part != "comment" else [*order, *(one for one in notes if (part, one) not in self._anchors)]
            for number, identifier in enumerate(dict.fromkeys(shown), start=1):
                self.writer.govern(self._anchors.get((part, identifier), ""))
                author = attribute(notes[identifier], "author").strip()
                self._blocks(notes[identifier], Place(part=f"{part} {number}"), f"{author}: " if author else "")

    def _repeated(self, kind: str) -> None:
        """Headers or footers: each text once, however many sections have it."""
        seen: set[str] = set()
        for member in self._package.related(self._main, kind):
            root = self._package.xml(member)
            words = "".join("".join(one.itertext()) for one in descendants(root, "t"))
            if words.strip() and words not in seen:
                seen.add(words)
                self.writer.govern("")
                self._blocks(root, Place(part=kind))

    def _blocks(self, parent: Element, place: Place, lead: str = "") -> None:
        """Write paragraphs and tables below an element; `lead` stands before the first paragraph."""
        caption = ""
        for block in _blocks_in(parent):
            if local(block) == "tbl":
                self._table(block, place, caption)
                caption = ""
            else:
                caption = self._paragraph(block, place, lead)
                lead = ""
            self._limits.check_text(self._name, self.writer.characters)

    def _paragraph(self, element: Element, place: Place, lead: str) -> str:
        """Write a paragraph and what hangs on it; what it says where it may introduce a table, else ""."""
        found = self._collect(element)
        text = "".join(found.text)
        style = self._styles.of_paragraph(element)
        if style.heading and text.strip() and not place.part and not place.table:
            self.title = self.title or " ".join(text.split())
            self.writer.title(text, place)
        else:
            self.writer.paragraph(lead + text if text.strip() else "", place, item=style.listed)
        for kind, identifier in found.notes:
            self._anchors.setdefault((kind, identifier), self.writer.heading)
        self._hanging(found, place)
        introduces = style.caption or (not style.heading and not style.listed and width(text) <= _WIDEST_CAPTION)
        return " ".join(text.split()) if introduces else ""

    def _hanging(self, found: _Paragraph, place: Place) -> None:
        for description in found.pictures:
            self.writer.paragraph(description, Place(part="picture").inside(place))
        for box in found.boxes:
            self._blocks(box, Place(part="text box").inside(place))
        for member in found.parts:
            root = self._package.xml(member)
            if local(root) == "chartSpace":
                write_chart(self.writer, root, Place(part="chart").inside(place))
            else:
                self.writer.paragraph("\n".join(diagram_lines(root)), place)

    def _table(self, table: Element, place: Place, caption: str) -> None:
        """Write a table; one of a single column is a frame around text."""
        self._tables += 1
        place = replace(place, table=self._tables)
        rows = list(_rows_in(table))
        if all(len(_cells_in(row)) == 1 for row in rows):
            for number, row in enumerate(rows, start=1):
                self._blocks(_cells_in(row)[0], replace(place, row=number))
            return
        hanging = _Paragraph()
        written = []
        for number, row in enumerate(rows, start=1):
            header = switched_on(child(row, "trPr", "tblHeader"))
            written.append(Row(tuple(self._row(row, hanging)), replace(place, row=number), header))
        self.writer.table(written, caption)
        for kind, identifier in hanging.notes:
            self._anchors.setdefault((kind, identifier), self.writer.heading)
        self._hanging(replace(hanging, boxes=[], pictures=[]), place)

    def _row(self, row: Element, hanging: _Paragraph) -> Iterator[str]:
        """The cells of a row: those before it begins and those that a merged one covers are empty."""
        yield from [""] * _count(child(row, "trPr", "gridBefore"), 0)
        for cell in _cells_in(row):
            merged = child(cell, "tcPr", "vMerge")
            covered = merged is not None and attribute(merged, "val", "continue") != "restart"
            yield "" if covered else self._cell(cell, hanging)
            yield from [""] * (_count(child(cell, "tcPr", "gridSpan"), 1) - 1)

    def _cell(self, cell: Element, hanging: _Paragraph) -> str:
        """What a cell holds, in one line: a table in it by rows, text boxes and descriptions of pictures where they hang."""
        texts = []
        for block in _blocks_in(cell):
            if local(block) == "tbl":
                rows = (", ".join(filter(None, self._row(row, hanging))) for row in _rows_in(block))
                texts.append("; ".join(row for row in rows if row))
                continue
            found = self._collect(block)
            texts += ["".join(found.text), *found.pictures, *(self._cell(box, hanging) for box in found.boxes)]
            hanging.notes += found.notes
            hanging.parts += found.parts
        return " ".join(" ".join(texts).split())

    def _collect(self, element: Element) -> _Paragraph:
        found = _Paragraph()
        self._runs(element, found)
        return found

    def _runs(self, parent: Element, found: _Paragraph) -> None:
        for element in parent:
            name = local(element)
            if name in _DELETED:
                self._deleted += sum(len(one.text or "") for one in element.iter() if local(one) in ("delText", "t"))
            elif name == "r":
                if switched_on(child(element, "rPr", "vanish")):
                    self._vanished += sum(len(one.text or "") for one in descendants(element, "t"))
                else:
                    self._run(element, found)
            elif name == "AlternateContent":
                self._alternative(element, found)
            elif name in _WRAPPERS:
                self._runs(element, found)
            elif name in ("oMath", "oMathPara"):
                found.text += [one.text or "" for one in descendants(element, "t")]
            elif name == "commentRangeStart":
                found.notes.append(("comment", attribute(element, "id")))

    def _run(self, run: Element, found: _Paragraph) -> None:
        for element in run:
            name = local(element)
            if name == "t":
                found.text.append(element.text or "")
            elif name in _CHARACTERS:
                found.text.append(_CHARACTERS[name])
            elif name == "sym":
                found.text.append(_symbol(attribute(element, "char")))
            elif name == "ruby":
                self._runs(first_child(element, "rubyBase"), found)
            elif name in ("footnoteReference", "endnoteReference", "commentReference"):
                found.notes.append((name.removesuffix("Reference"), attribute(element, "id")))
            elif name == "AlternateContent":
                self._alternative(element, found)
            elif name in ("drawing", "pict", "object"):
                self._drawing(element, found)

    def _alternative(self, element: Element, found: _Paragraph) -> None:
        """One of several ways to say the same thing: the first, or the one for older programs where there is no other."""
        chosen = first_child(element, "Choice", "Fallback")
        self._run(chosen, found)
        self._runs(chosen, found)

    def _drawing(self, drawing: Element, found: _Paragraph) -> None:
        """Text boxes, descriptions, charts and diagrams of a drawing, each once."""
        found.boxes += _outermost(drawing, "txbxContent")
        for element in drawing.iter():
            name = local(element)
            if name == "docPr":
                found.pictures += [text for key in ("title", "descr") if (text := attribute(element, key).strip())]
            elif name == "shape" and attribute(element, "alt").strip():
                found.pictures.append(attribute(element, "alt"))
            elif name == "textpath" and attribute(element, "string").strip():
                found.text.append(attribute(element, "string"))
            elif name in ("chart", "relIds"):
                relation = self._related.get(attribute(element, "id" if name == "chart" else "dm"))
                if relation is not None and relation.target in self._package:
                    found.parts.append(relation.target)


def _blocks_in(parent: Element) -> Iterator[Element]:
    """Paragraphs and tables directly below an element, or in what only holds them."""
    for element in parent:
        name = local(element)
        if name in ("p", "tbl"):
            yield element
        elif name in _WRAPPERS:
            yield from _blocks_in(element)
        elif name == "AlternateContent":
            yield from _blocks_in(first_child(element, "Choice", "Fallback"))


def _rows_in(table: Element) -> Iterator[Element]:
    """Rows, those that tracked changes delete left out."""
    for element in table:
        if local(element) == "tr" and child(element, "trPr", "del") is None:
            yield element
        elif local(element) in _WRAPPERS:
            yield from _rows_in(element)


def _cells_in(row: Element) -> list[Element]:
    found: list[Element] = []
    for element in row:
        if local(element) == "tc":
            found.append(element)
        elif local(element) in _WRAPPERS:
            found += _cells_in(element)
    return found


def _outermost(element: Element, name: str) -> Iterable[Element]:
    """Elements with a name that lie in no other with it; of alternatives the first only."""
    for one in element:
        if local(one) == name:
            yield one
        elif local(one) == "AlternateContent":
            yield from _outermost(first_child(one, "Choice", "Fallback"), name)
        else:
            yield from _outermost(one, name)


def _count(element: Element | None, otherwise: int) -> int:
    value = attribute(element, "val") if element is not None else ""
    return min(int(value), _MOST_SPANNED) if value.isdecimal() else otherwise


def _symbol(code: str) -> str:
    """A character of a symbol font; those of private fonts mean nothing outside of them."""
    try:
        value = int(code, 16)
    except ValueError:
        return ""
    return chr(value) if 0x20 <= value < 0xD800 else ""
