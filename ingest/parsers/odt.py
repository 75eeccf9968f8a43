"""ODT: body, tables, text boxes and shapes, notes, comments, headers and footers of an OpenDocument text, by a walk over its XML."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

from core.errors import FileKind, ReadingWarning
from core.places import Place
from core.sentences import Phrase
from core.text import width
from core.types import Document
from ingest.parsers.hidden import hidden_warning
from ingest.parsers.limits import Limits
from ingest.parsers.odf import (
    MOST_COPIES,
    inline,
    odf_macros,
    odf_title,
    open_odf,
    paragraphs,
    repeated,
    table_cells,
    table_rows,
    unseen_styles,
)  # fmt: skip
from ingest.parsers.odf_objects import write_objects
from ingest.parsers.packages import Package
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Row, Writer
from ingest.parsers.xml import attribute, child, children, descendants, local

MEDIA_TYPE = "application/vnd.oasis.opendocument.text"
_WIDEST_CAPTION = 120
_MOST_BASES = 20
_GROUPS = frozenset({
    "list", "list-item", "list-header", "section", "index-body", "table-of-content", "alphabetical-index", "bibliography", "text-box",
    "illustration-index", "table-index", "object-index", "user-index", "index-title", "numbered-paragraph", "change", "text",
})  # fmt: skip


def parse_odt(data: bytes, name: str, limits: Limits) -> Document:
    """Read an OpenDocument text. Raises ParserFailed, PasswordUnsupported, TooMuchText, UnpacksTooMuch."""
    with open_odf(data, name, FileKind.OPEN_TEXT, limits) as package:
        reader = _Reader(package, name, limits)
        reader.read()
        title = odf_title(package) or reader.title[:LONGEST_TITLE] or title_from_name(name)
        warnings = (*reader.warnings(), *odf_macros(package))
        return Document(title, MEDIA_TYPE, (reader.writer.page(1),), warnings, reader.hidden)


class _Reader:
    """Walks one document; `deleted` counts characters that tracked changes delete."""

    def __init__(self, package: Package, name: str, limits: Limits) -> None:
        self._package, self._name, self._limits = package, name, limits
        self._content = package.xml("content.xml")
        self._styles = package.optional("styles.xml")
        self._parents: dict[str, str] = {}
        for root in (self._styles, self._content):
            for style in descendants(root, "style"):
                self._parents[attribute(style, "name")] = attribute(style, "parent-style-name")
        self._unseen = unseen_styles(self._styles, self._content)
        self._tables = self._vanished = 0
        self._beside: list[tuple[str, Place, Element, str]] = []
        self._counts = {"footnote": 0, "endnote": 0, "comment": 0}
        self.writer = Writer()
        self.title = ""
        self.deleted = 0

    def read(self) -> None:
        """Write the body, then notes and comments under the headings that they belong to, then headers and footers."""
        body = child(self._content, "body", "text")
        if body is None:
            raise self._package.broken()
        for deletion in descendants(body, "deletion"):
            self.deleted += sum(len(text) for text in paragraphs(deletion))
        self._blocks(body, Place())
        while self._beside:
            waiting, self._beside = self._beside, []
            for heading, place, element, lead in waiting:
                self.writer.govern(heading)
                self._blocks(element, place, lead)
        self._repeated()

    @property
    def hidden(self) -> int:
        """Characters that stand in the file and are left out because no reader sees them."""
        return self._vanished + self.deleted + self.writer.hidden

    def warnings(self) -> tuple[Phrase, ...]:
        """What the reader should know."""
        deletions = (ReadingWarning.DELETIONS(count=self.deleted),) if self.deleted else ()
        return (*hidden_warning(self._vanished + self.writer.hidden), *deletions)

    def _repeated(self) -> None:
        """Headers and footers, each text once, however many pages have it."""
        seen: set[str] = set()
        for master in descendants(self._styles, "master-page"):
            for one in master:
                part = local(one).split("-")[0]
                text = "\n".join(paragraphs(one))
                if part in ("header", "footer") and text.strip() and text not in seen:
                    seen.add(text)
                    self.writer.govern("")
                    self._blocks(one, Place(part=part))

    def _blocks(self, parent: Element, place: Place, lead: str = "", *, item: bool = False) -> None:
        caption = ""
        for block in parent:
            name = local(block)
            if name in ("p", "h"):
                caption = self._paragraph(block, place, lead, item=item)
                lead = ""
            elif name == "table":
                self._table(block, place, caption)
                caption = ""
            elif name in _GROUPS and attribute(block, "display", "true") != "none":
                self._blocks(block, place, lead, item=item or name == "list")
                lead = caption = ""
                if name == "list" and not item:
                    self.writer.gap()
            elif name in ("frame", "custom-shape", "rect", "ellipse", "g"):
                self._frame(block, place)
            self._limits.check_text(self._name, self.writer.characters)

    def _paragraph(self, element: Element, place: Place, lead: str, *, item: bool) -> str:
        """Write a paragraph and what hangs on it; what it says where it may introduce a table, else ""."""
        found = inline(element, self._unseen)
        text = "".join(found.text)
        self._vanished += found.hidden
        heading = (local(element) == "h" or self._is_title(attribute(element, "style-name"))) and not place.part and not place.table
        if heading and text.strip():
            self.title = self.title or " ".join(text.split())
            self.writer.title(text, place)
        else:
            self.writer.paragraph(lead + text if text.strip() else "", place, item=item)
        for note in found.notes:
            self._note(note)
        for comment in found.comments:
            self._comment(comment)
        for frame in found.frames:
            self._frame(frame, place)
        return " ".join(text.split()) if not heading and width(text) <= _WIDEST_CAPTION else ""

    def _is_title(self, style: str) -> bool:
        for _ in range(_MOST_BASES):
            if style in ("Title", "Subtitle") or not style:
                return style == "Title"
            style = self._parents.get(style, "")
        return False

    def _note(self, note: Element) -> None:
        part = attribute(note, "note-class", "footnote")
        body = child(note, "note-body")
        if body is not None and part in self._counts:
            self._counts[part] += 1
            self._beside.append((self.writer.heading, Place(part=f"{part} {self._counts[part]}"), body, ""))

    def _comment(self, comment: Element) -> None:
        self._counts["comment"] += 1
        author = child(comment, "creator")
        lead = f"{author.text}: " if author is not None and author.text else ""
        self._beside.append((self.writer.heading, Place(part=f"comment {self._counts['comment']}"), comment, lead))

    def _frame(self, frame: Element, place: Place) -> None:
        """Text boxes and shapes with their text, and the title and the description of pictures."""
        boxed = local(frame) == "frame"
        for element in frame:
            name = local(element)
            if name == "text-box":
                self._blocks(element, Place(part="text box").inside(place))
            elif name in ("title", "desc") and element.text:
                self.writer.paragraph(element.text, Place(part="picture").inside(place))
            elif name in ("frame", "custom-shape", "rect", "ellipse", "g"):
                self._frame(element, place)
        write_objects(self._package, frame, self.writer, place)
        if not boxed:
            for text in (text for one in children(frame, "p") if (text := "".join(inline(one).text))):
                self.writer.paragraph(text, Place(part="text box").inside(place))

    def _table(self, table: Element, place: Place, caption: str) -> None:
        """Write a table; one of a single column is a frame around text."""
        self._tables += 1
        place = replace(place, table=self._tables)
        rows = list(table_rows(table))
        if rows and all(len(table_cells(row)) == 1 for row, _ in rows):
            for number, (row, _) in enumerate(rows, start=1):
                self._blocks(table_cells(row)[0], replace(place, row=number))
            return
        written = []
        for number, (row, header) in enumerate(rows, start=1):
            cells: list[str] = []
            for cell in table_cells(row):
                text = "" if local(cell) == "covered-table-cell" else self._cell(cell)
                cells += [text] * min(repeated(cell, "number-columns-repeated"), MOST_COPIES)
            written.append(Row(tuple(cells), replace(place, row=number), header))
        self.writer.table(written, caption)

    def _cell(self, cell: Element) -> str:
        """What a cell holds, in one line: a table in it by rows, frames where they hang."""
        texts: list[str] = []
        for block in cell:
            name = local(block)
            if name in ("p", "h"):
                found = inline(block, self._unseen)
                texts.append("".join(found.text))
                self._vanished += found.hidden
                texts += [" ".join(paragraphs(frame)) for frame in found.frames]
                for note in found.notes:
                    self._note(note)
                for comment in found.comments:
                    self._comment(comment)
            elif name == "table":
                rows = (", ".join(text for one in table_cells(row) if (text := self._cell(one))) for row, _ in table_rows(block))
                texts.append("; ".join(row for row in rows if row))
            elif name in _GROUPS:
                texts.append(self._cell(block))
        return " ".join(" ".join(texts).split())
