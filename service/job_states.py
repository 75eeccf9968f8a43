"""How far a job is, as values that pages draw: a reading of documents with its files, or a download."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from core.errors import DocumentFault, Encrypted, KaedamaError, ParserFailed
from ingest.events import Done, Found, IngestEvent, PassedOver, Reading, Removed, SourceDone, Status, Working
from ingest.units import Unit, unit_of

# A rate told from less time than this is a guess.
_SHORTEST_S = 2.0
# A forecast is told where the speed of the last seconds and that of all are within this factor.
_UNSTEADY = 1.6
# Shares are noted once in so many seconds, and so many of them are kept.
_MARK_S, _MARKS = 2.0, 8


class Kind(enum.StrEnum):
    """What a job does."""

    READING = "reading"
    DOWNLOAD = "download"
    TAKEOVER = "takeover"  # a new search model makes its vectors; there is one at most, whose number is 0


class Lack(enum.StrEnum):
    """What a person can give so that a file can be read after all."""

    PASSWORD = "password"  # noqa: S105  # a kind
    ENCODING = "encoding"


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a job. `done` of `total` passages are embedded; `status` is None until it has ended.

    `called` is what its document is called in the library, "" where that is the file's name.
    """

    name: str
    begun: bool = False
    done: int = 0
    total: int = 0
    pages: int = 0
    chunks: int = 0
    status: Status | None = None
    error: KaedamaError | None = None
    called: str = ""
    media_type: str = ""

    @property
    def unit(self) -> Unit | None:
        """What its pages are; None where it has nothing to count."""
        return unit_of(self.media_type, self.pages)

    @property
    def lacks(self) -> Lack | None:
        """What would let it be read, None where nothing that a person knows would."""
        if isinstance(self.error, Encrypted):
            return Lack.PASSWORD
        detail = self.error.fields.get("detail") if isinstance(self.error, ParserFailed) else None
        return Lack.ENCODING if detail == DocumentFault.NO_ENCODING() else None


@dataclass(frozen=True, slots=True)
class JobState:
    """How far a job is; a value, so that a page draws what it holds.

    `items` are the files in order (for a download none), `current` is the number of the one being read, from 1. `done` and `total` are
    bytes of a download, files of a reading, passages of a takeover. `passed_over` is what is not read in folders. `begun` is monotonic
    seconds, 0 before the beginning. `pages` were read in the files that are done. `asks` are the positions of files of which a person has
    to say whether they are new versions of the documents that have their names; the reading begins when that is said. `marks` are shares
    of the last seconds, each with its monotonic time.
    """

    id: int
    kind: Kind
    name: str
    notebook: int = 0
    samples: bool = False
    items: tuple[Item, ...] = ()
    current: int = 0
    done: int = 0
    total: int = 0
    pages: int = 0
    status: str = ""
    passed_over: tuple[PassedOver, ...] = ()
    asks: tuple[int, ...] = ()
    begun: float = 0.0
    marks: tuple[tuple[float, float], ...] = ()
    stopped: bool = False
    over: bool = False
    error: KaedamaError | None = None

    @property
    def share(self) -> float:
        """How much is done, 0..1; for a reading the file at hand counts by its passages."""
        if not self.total:
            return 0.0
        part = sum(item.done / item.total for item in self._under_way if item.total)
        return min(1.0, (self.done + part) / self.total)

    @property
    def _under_way(self) -> tuple[Item, ...]:
        """Files that are being read; they end in their order."""
        return self.items[self.done : self.current] if self.kind is Kind.READING else ()

    @property
    def percent(self) -> int:
        """How much is done, 0..100."""
        return int(100 * self.share)

    def seconds_left(self, now: float) -> float | None:
        """Seconds until it is done at the speed so far (`now` is monotonic); None where that cannot be told.

        It cannot where the last seconds went much faster or slower than all before: files differ, and a forecast that grows is none.
        """
        spent = now - self.begun
        if self.over or not self.begun or spent < _SHORTEST_S or self.share <= 0:
            return None
        speed = self.share / spent
        if self.marks:
            since, share = self.marks[0]
            lately = (self.share - share) / (now - since) if now > since else speed
            if not speed / _UNSTEADY <= lately <= speed * _UNSTEADY:
                return None
        return (1 - self.share) / speed

    def pages_per_second(self, now: float) -> float | None:
        """How fast pages are read (`now` is monotonic); None where that cannot be told yet."""
        spent = now - self.begun
        return self.pages_read / spent if self.begun and spent >= _SHORTEST_S and self.pages_read and not self.over else None

    @property
    def pages_read(self) -> int:
        """Pages read so far; of files under way as many as their embedded passages fill."""
        return self.pages + sum(item.pages * item.done // item.total for item in self._under_way if item.total)

    def marked(self, now: float) -> JobState:
        """With its share noted."""
        if self.marks and now - self.marks[-1][0] < _MARK_S:
            return self
        return replace(self, marks=(*self.marks, (now, self.share))[-_MARKS:])

    @property
    def unit(self) -> Unit:
        """What is counted while it reads: slides where all its files so far have slides, pages where they differ."""
        units = {item.unit for item in self.items if item.pages and item.unit is not None}
        return units.pop() if len(units) == 1 else Unit.PAGES

    @property
    def failed(self) -> tuple[Item, ...]:
        """Files that could not be read."""
        return tuple(item for item in self.items if item.status is Status.FAILED)


def folded(state: JobState, event: IngestEvent) -> JobState:
    """A reading's state with one event of the ingest more."""
    match event:
        case Found():
            return replace(state, total=event.total)
        case PassedOver():
            return replace(state, passed_over=(*state.passed_over, event))
        case Removed():
            return state
        case Reading():
            items = [*state.items, *(Item("") for _ in range(event.number - len(state.items)))]
            items[event.number - 1] = replace(items[event.number - 1], name=event.name, begun=True)
            return replace(state, items=tuple(items), current=event.number)
        case Working():
            return _with_item(
                state, event.number, done=event.done, total=event.total, pages=event.pages, media_type=event.media_type
            )
        case SourceDone():
            name = event.file or event.name
            called = event.name if event.name != name else ""
            after = _with_item(
                state,
                event.number,
                name=name,
                called=called,
                status=event.status,
                pages=event.pages,
                chunks=event.chunks,
                error=event.error,
                media_type=event.media_type,
            )
            return replace(after, done=state.done + 1, pages=state.pages + event.pages)
        case Done():
            return replace(state, stopped=event.cancelled)


def _with_item(state: JobState, number: int, **changes: object) -> JobState:
    items, at = list(state.items), (number or state.current) - 1
    items[at] = replace(items[at], **changes)  # type: ignore[arg-type]
    return replace(state, items=tuple(items))
