"""What presentations of all formats have in common: how a slide ends as a page, and what is told of those that are hidden."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import ReadingWarning
from core.sentences import Phrase
from core.types import Document, Page, PageKind
from ingest.parsers.hidden import hidden_warning
from ingest.parsers.limits import Limits
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Writer


class Slides:
    """Ends the slides of one presentation, whose parser writes them."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name, self._limits = name, limits
        self._characters = self._hidden = self._invisible = 0
        self._hidden_slides: list[int] = []

    def page(self, number: int, writer: Writer, *, hidden: bool) -> Page:
        """What was written of slide `number`, from 1, as a page; without text where it is hidden. Raises TooMuchText."""
        if hidden:
            self._hidden_slides.append(number)
            self._hidden += writer.characters
            return Page(number, "", kind=PageKind.HIDDEN)
        self._characters += writer.characters
        self._limits.check_text(self._name, self._characters)
        self._limits.progress(number, 0)
        self._invisible += writer.hidden
        return writer.page(number) if writer.characters else Page(number, "", kind=PageKind.EMPTY)

    def document(self, pages: tuple[Page, ...], media_type: str, *, title: str, warnings: Sequence[Phrase]) -> Document:
        """The presentation; without a title of its own it is called as its first slide or its file."""
        first = next((page.headings[0].text for page in pages if page.headings), "")
        told = list(warnings)
        if self._hidden_slides:
            told.append(ReadingWarning.HIDDEN_SLIDES(numbers=", ".join(map(str, self._hidden_slides))))
        told += hidden_warning(self._invisible)
        return Document(
            title or first[:LONGEST_TITLE] or title_from_name(self._name),
            media_type,
            pages,
            tuple(told),
            self._hidden + self._invisible,
        )
