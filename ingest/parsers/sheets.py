"""Workbooks (XLSX, XLS, ODS): a sheet a page, its tables with their headers, values as shown, comments by their cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.errors import ReadingWarning
from core.places import Place
from core.sentences import Phrase
from core.types import Document, Page, PageKind
from ingest.parsers.hidden import hidden_warning
from ingest.parsers.limits import Limits
from ingest.parsers.tables import cell_position, write_grid
from ingest.parsers.titles import title_from_name
from ingest.parsers.writing import Writer

# Names that a warning lists; further ones are counted.
_MOST_NAMED = 10


@dataclass(slots=True)
class Sheet:
    """A sheet as it was read.

    `cells` has the text of the cells that have any, by row and column from 1. `comments` are pairs of cell and text, `drawings` texts of
    shapes. `hidden_rows` and `hidden_columns` are left out of `cells`; `hidden_characters` counts what stood there.
    """

    name: str
    visible: bool = True
    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    comments: list[tuple[str, str]] = field(default_factory=list)
    drawings: list[str] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_names: list[str] = field(default_factory=list)
    hidden_characters: int = 0
    not_computed: list[str] = field(default_factory=list)

    def put(self, row: int, column: int, text: str) -> None:
        """Note the text of a cell."""
        if text.strip():
            self.cells.setdefault(row, {})[column] = text

    def hide(self, rows: Iterable[tuple[int, str]], columns: Iterable[tuple[int, str]]) -> None:
        """Take out rows and columns (number and name) that are hidden; those without any text are not told."""
        for number, name in rows:
            self.hidden_rows.add(number)
            gone = self.cells.pop(number, {})
            self._hid(gone.values(), name)
        for number, name in columns:
            self._hid([cells.pop(number) for cells in self.cells.values() if number in cells], name)

    def _hid(self, texts: Iterable[str], name: str) -> None:
        characters = sum(map(len, texts))
        if characters:
            self.hidden_characters += characters
            self.hidden_names.append(name)


def workbook(name: str, media_type: str, title: str, sheets: Iterable[Sheet], limits: Limits) -> Document:
    """A workbook of its sheets, the hidden ones left out. Raises TooManyPages, TooMuchText."""
    pages: list[Page] = []
    warnings: list[Phrase] = []
    hidden_sheets: list[str] = []
    hidden = invisible = characters = 0
    for number, sheet in enumerate(sheets, start=1):
        limits.check_pages(name, number)
        writer = _written(sheet)
        if not sheet.visible:
            hidden_sheets.append(sheet.name)
            hidden += writer.characters
            pages.append(Page(number, "", sheet.name, kind=PageKind.HIDDEN))
            continue
        characters += writer.characters
        limits.check_text(name, characters)
        limits.progress(number, 0)
        hidden += sheet.hidden_characters
        invisible += writer.hidden
        warnings += _warnings(sheet)
        pages.append(writer.page(number, sheet.name) if writer.characters else Page(number, "", sheet.name, kind=PageKind.EMPTY))
    if hidden_sheets:
        warnings.insert(0, ReadingWarning.HIDDEN_SHEETS(names=_listed(hidden_sheets)))
    warnings += hidden_warning(invisible)
    return Document(title or title_from_name(name), media_type, tuple(pages), tuple(warnings), hidden + invisible)


def _written(sheet: Sheet) -> Writer:
    writer = Writer()
    write_grid(writer, sheet.cells, sheet.name, sheet.hidden_rows)
    writer.gap()
    for text in sheet.drawings:
        writer.paragraph(text, Place(sheet=sheet.name, part="text box"))
    for cell, text in sorted(sheet.comments, key=lambda one: cell_position(one[0])):
        writer.paragraph(text, Place(sheet=sheet.name, cells=cell, part="comment"))
    return writer


def _warnings(sheet: Sheet) -> list[Phrase]:
    found: list[Phrase] = []
    if sheet.hidden_names:
        found.append(ReadingWarning.HIDDEN_ROWS(sheet=sheet.name, names=_listed(sheet.hidden_names)))
    if sheet.not_computed:
        found.append(ReadingWarning.NOT_COMPUTED(count=len(sheet.not_computed), cell=f"{sheet.name}!{sheet.not_computed[0]}"))
    return found


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" + {more}" if more > 0 else "")
