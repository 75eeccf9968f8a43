"""Elements of HTML to the text of a page: paragraphs, headings, lists, tables a row a line, code as it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bs4.element import Comment, NavigableString, PreformattedString, Tag

from core.places import Place
from core.text import clean
from ingest.parsers.writing import Row, Writer

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Elements that begin and end a paragraph.
BLOCKS = frozenset((
    *HEADINGS, "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "ul", "ol", "dl", "dt", "dd", "li", "table",
    "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "blockquote", "pre", "figure", "figcaption", "address", "form", "fieldset",
    "legend", "details", "summary", "hr", "center", "body", "html", "hgroup", "menu", "listing", "xmp",
))  # fmt: skip
# Elements whose text is no part of the page, or works only where it can be pressed.
UNREAD = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "head", "button", "select", "textarea", "rt", "rp", "rtc", "audio",
    "video", "canvas", "map", "datalist", "embed", "title", "meta", "link",
)  # fmt: skip
_UNREAD = frozenset(UNREAD)
# Elements nested deeper than this give their text without structure.
_DEEPEST = 150
# Columns and rows that one cell may claim to cover.
_MOST_SPAN = 200
# A table of which a cell holds more than this (characters) beside blocks lays a page out.
_LONG_CELL = 600
_ROW_CELLS = ("td", "th")


class MarkupWriter:
    """Writes elements to the text of a page; `place` is where all of it stands, tables are counted from `tables` + 1."""

    def __init__(self, writer: Writer, place: Place, tables: int = 0) -> None:
        self.writer = writer
        self.tables = tables
        self.place = place
        self._inline: list[str] = []
        self._bullet = ""

    def write(self, root: Tag) -> None:
        """Write an element and all in it."""
        self._children(root, 0)
        self._flush()

    def _children(self, element: Tag, depth: int) -> None:
        for child in element.children:
            if isinstance(child, Tag):
                self._element(child, depth + 1)
            elif isinstance(child, NavigableString) and not isinstance(child, Comment | PreformattedString):
                self._inline.append(str(child))

    def _element(self, element: Tag, depth: int) -> None:
        name = element.name
        if name in _UNREAD:
            return
        note = _note(element)
        if note and note != self.place.part:
            self._flush()
            around, self.place = self.place, replace(self.place, part=note)
            self._element(element, depth)
            self._flush()
            self.place = around
            return
        if depth > _DEEPEST:
            self._inline.append(element.get_text(" "))
        elif name == "br":
            self._inline.append("\0")
        elif name in HEADINGS:
            self._flush()
            self.writer.title(plain_text(element, " "), self.place)
        elif name in ("pre", "listing", "xmp"):
            self._flush()
            self.writer.verbatim(clean(element.get_text()).strip("\n"), self.place)
        elif name == "table":
            self._flush()
            self._table(element, depth)
        elif name == "li":
            self._flush()
            self._bullet = _bullet(element)
            self._children(element, depth)
            self._flush(item=True)
            self._bullet = ""
        elif name in BLOCKS:
            self._flush()
            self._children(element, depth)
            self._flush()
        else:
            self._children(element, depth)

    def _flush(self, *, item: bool = False) -> None:
        text = _collapsed("".join(self._inline))
        self._inline.clear()
        if text:
            bullet, self._bullet = self._bullet, ""
            self.writer.paragraph(f"{bullet}{text}", self.place, item=item or bool(bullet))

    def _table(self, table: Tag, depth: int) -> None:
        if not is_data(table):
            self._children(table, depth)
            self._flush()
            return
        caption = table.find("caption", recursive=False)
        words = plain_text(caption) if isinstance(caption, Tag) else ""
        self.tables += 1
        place = replace(self.place, table=self.tables)
        if words:
            self.writer.paragraph(words, place)
        rows = [
            Row(cells, replace(place, row=number), header=header)
            for number, (cells, header) in enumerate(table_rows(table), start=1)
        ]
        self.writer.table(rows, words)


def _note(element: Tag) -> str:
    """What a note of a book is as a part, "" for anything else."""
    kind = f"{element.get('epub:type') or ''} {element.get('role') or ''}"
    if not kind.strip():
        return ""
    return (
        "footnote"
        if re.search(r"\b(?:doc-)?footnote\b", kind)
        else "endnote"
        if re.search(r"\b(?:doc-)?(?:endnote|rearnote)\b", kind)
        else ""
    )


def is_data(table: Tag) -> bool:
    """Whether a table holds data, and does not lay a page out: two columns or more, and no cell with a page's worth of blocks.

    Headers, a caption or a summary say so, the role "presentation" says the opposite.
    """
    if str(table.get("role", "")).lower() in ("presentation", "none"):
        return False
    rows = list(_own_rows(table))
    cells = [cell for row in rows for cell in row.find_all(_ROW_CELLS, recursive=False)]
    if table.find("caption", recursive=False) or any(cell.name == "th" for cell in cells):
        return bool(cells)
    if max((len(row.find_all(_ROW_CELLS, recursive=False)) for row in rows), default=0) < 2:
        return False
    inner = any(cell.find(["table", *HEADINGS]) is not None for cell in cells)
    return not inner and all(len(cell.get_text()) < _LONG_CELL for cell in cells)


def table_rows(table: Tag) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The rows of a table and whether each is a header. A cell that covers columns is followed by empty ones, one that covers rows is
    repeated in each.
    """
    below: dict[int, tuple[int, str]] = {}
    begun = True
    for row in _own_rows(table):
        cells: list[str] = []
        own = list(row.find_all(_ROW_CELLS, recursive=False))
        for cell in own:
            _fill(cells, below)
            text = plain_text(cell)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for column in range(len(cells), len(cells) + across):
                if down > 1:
                    below[column] = (down - 1, text if column == len(cells) else "")
            cells += [text, *[""] * (across - 1)]
        _fill(cells, below)
        in_head = isinstance(row.parent, Tag) and row.parent.name == "thead"
        header = begun and bool(own) and (in_head or all(cell.name == "th" for cell in own))
        begun = header or not own
        if own:
            yield tuple(cells), header


def _fill(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Put in what cells of rows above hold in the next columns."""
    while (held := below.get(len(cells))) is not None:
        left, text = held
        if left > 1:
            below[len(cells)] = (left - 1, text)
        else:
            del below[len(cells)]
        cells.append(text)


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "1").strip()
    return min(_MOST_SPAN, max(1, int(value))) if value.isascii() and value.isdigit() else 1


def _own_rows(table: Tag) -> Iterator[Tag]:
    """Rows of a table, not those of tables inside of it."""
    for child in table.find_all(["tr", "thead", "tbody", "tfoot"], recursive=False):
        if child.name == "tr":
            yield child
        else:
            yield from child.find_all("tr", recursive=False)


def plain_text(element: Tag, between: str = "; ") -> str:
    """The text of an element in one line; `between` stands between the blocks inside of it."""
    pieces: list[str] = []
    for child in element.descendants:
        if isinstance(child, Tag):
            if child.name in BLOCKS or child.name == "br":
                pieces.append("\0")
        elif isinstance(child, NavigableString) and _is_read(child):
            pieces.append(str(child))
    parts = (" ".join(clean(part).split()) for part in "".join(pieces).split("\0"))
    joined = ""
    for part in filter(None, parts):
        joined += ("" if not joined else " " if joined[-1] in ",;:.!?、。" else between) + part
    return joined


def _is_read(text: NavigableString) -> bool:
    return not isinstance(text, Comment | PreformattedString) and not any(parent.name in _UNREAD for parent in text.parents)


def _collapsed(text: str) -> str:
    """Text with its white space run together; "\\0" is a line's end."""
    return "\n".join(line for piece in text.split("\0") if (line := " ".join(clean(piece).split())))


def _bullet(item: Tag) -> str:
    """What stands before an item of a list: its number, or a dash."""
    parent = item.parent
    if not isinstance(parent, Tag) or parent.name != "ol":
        return "- "
    start = str(parent.get("start") or "1")
    first = int(start) if start.lstrip("-").isdigit() and len(start) < 7 else 1
    return f"{first + sum(1 for one in item.previous_siblings if isinstance(one, Tag) and one.name == 'li')}. "
