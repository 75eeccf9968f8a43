"""Files inside of files: attachments of mails, members of archives. They are read by the parsers of their own formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from core.errors import (
    DocumentError,
    DocumentFault,
    Encrypted,
    FileEmpty,
    NestedTooDeep,
    OldFormat,
    ParserFailed,
    PasswordUnsupported,
    ReadingWarning,
    TooManyPages,
    TooMuchText,
    TypeMismatch,
    UnknownType,
    UnpacksTooMuch,
    WrongPassword,
)
from core.places import PAGED, Mark, Place
from core.sentences import Phrase
from core.types import Document, Heading, Page
from ingest.formats import recognised
from ingest.parsers.limits import Limits

# Of more parts than this that were not read, only the number is told.
_MOST_WARNINGS = 20
_REASONS = {
    FileEmpty: DocumentFault.EMPTY,
    Encrypted: DocumentFault.ENCRYPTED,
    WrongPassword: DocumentFault.ENCRYPTED,
    PasswordUnsupported: DocumentFault.ENCRYPTED,
    UnpacksTooMuch: DocumentFault.UNPACKS_TOO_MUCH,
}


@dataclass(slots=True)
class Collected:
    """The pages of a container, its own first, numbered in order; what was not read; and characters that no reader sees."""

    name: str
    limits: Limits
    pages: list[Page] = field(default_factory=list)
    hidden: int = 0
    characters: int = 0
    unread: int = 0
    _warnings: list[Phrase] = field(default_factory=list)

    def add(self, page: Page) -> None:
        """Put a page behind the others. Raises TooManyPages, TooMuchText."""
        self.characters += len(page.text)
        self.limits.check_text(self.name, self.characters)
        self.limits.check_pages(self.name, len(self.pages) + 1)
        self.pages.append(replace(page, number=len(self.pages) + 1))

    def warn(self, warning: Phrase) -> None:
        """Note something that the reader should know."""
        self._warnings.append(warning)

    def warn_all(self, warnings: tuple[Phrase, ...]) -> None:
        """Note several things."""
        self._warnings += warnings

    def warnings(self) -> tuple[Phrase, ...]:
        """What the reader should know, shortened where it is much."""
        told = tuple(dict.fromkeys(self._warnings))
        if len(told) <= _MOST_WARNINGS:
            return told
        return (*told[:_MOST_WARNINGS], ReadingWarning.MORE_WARNINGS(count=len(told) - _MOST_WARNINGS))

    def document(self, title: str, media_type: str) -> Document:
        """The container as a document."""
        return Document(title, media_type, tuple(self.pages), self.warnings(), self.hidden)

    def read(self, data: bytes, name: str, part: str, *, aliases: tuple[str, ...] = ()) -> None:
        """Read a file inside of this one, called `name`, which stands at `part`; what cannot be read is noted.

        Raises:
            TooManyPages, TooMuchText: all files together are more than is read.
        """
        document = self.attempt(lambda: _parsed(data, name, aliases, self.limits.inner(name)), part)
        if document is not None:
            self.add_document(document, part)

    def attempt(self, read: Callable[[], Document], part: str) -> Document | None:
        """What `read` makes of the file that stands at `part`; None where it cannot be read, which is noted.

        Raises:
            TooManyPages, TooMuchText: it is more than is read.
        """
        try:
            return read()
        except (TooManyPages, TooMuchText):
            raise
        except DocumentError as error:
            self.warn(_passed_over(error, part))
        except (MemoryError, RecursionError) as error:
            self.warn(ReadingWarning.PART_UNREADABLE(part=part, reason=DocumentFault.TOO_DEEP(kind=type(error).__name__)))
        self.unread += 1
        return None

    def add_document(self, document: Document, part: str) -> None:
        """Put the pages of an inner file behind the others. Raises TooManyPages, TooMuchText."""
        self.hidden += document.hidden
        for warning in document.warnings:
            if warning.words is not ReadingWarning.HIDDEN_TEXT:  # told once, of all together
                self.warn(ReadingWarning.IN_PART(part=part, warning=warning))
        for page in document.pages:
            self.add(_moved(page, document, Place(part=part)))


def _parsed(data: bytes, name: str, aliases: tuple[str, ...], limits: Limits) -> Document:
    """A file read under its name, or under another where its own contradicts its content: names of attachments are often wrong."""
    if not data.strip(b"\0 \t\r\n\f"):
        raise FileEmpty(name=name)
    for called in (name, *aliases):
        try:
            form = recognised(called, data)
        except (TypeMismatch, UnknownType):
            continue
        return form.load_parser()(data, called, limits)
    form = recognised("", data) if _mismatched(name, data) else recognised(name, data)
    return form.load_parser()(data, name, limits)


def _mismatched(name: str, data: bytes) -> bool:
    try:
        recognised(name, data)
    except TypeMismatch:
        return True
    except UnknownType:
        return False
    return False


def _passed_over(error: DocumentError, part: str) -> Phrase:
    """What to say of a part that was not read."""
    if isinstance(error, NestedTooDeep):
        return ReadingWarning.PART_NESTED(part=part, limit=error.fields["limit"])
    if isinstance(error, UnknownType | TypeMismatch | OldFormat):
        return ReadingWarning.PART_OF_OTHER_KIND(part=part, kind=error.fields["found"])
    if isinstance(error, ParserFailed):
        return ReadingWarning.PART_UNREADABLE(part=part, reason=error.fields["detail"])
    reason = _REASONS.get(type(error), DocumentFault.REFUSED)()
    return ReadingWarning.PART_UNREADABLE(part=part, reason=reason)


def _moved(page: Page, document: Document, outer: Place) -> Page:
    """A page of an inner file as one of the outer file: every place inside of the part, the inner file's title above its text.

    Boxes are left out: they are drawn on pages of the outer file, which has none.
    """
    own = Place(page=page.number) if document.media_type in PAGED else Place()
    marks = [Mark(mark.start, mark.place.inside(own).inside(outer)) for mark in page.marks]
    if not marks or marks[0].start > 0:
        marks.insert(0, Mark(0, own.inside(outer)))
    headings = page.headings
    if document.title and (not headings or headings[0].start > 0):
        headings = (Heading(0, document.title), *headings)
    return replace(page, headings=headings, marks=tuple(marks), lines=(), width=0.0, height=0.0)
