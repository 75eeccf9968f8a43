"""How an ingest is shown: JSON lines for programs, lines of text for people, and on a terminal a bar with pages a second and time left."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from types import TracebackType
from typing import Protocol

from ingest.events import Done, Found, IngestEvent, PassedOver, Reading, Removed, SourceDone, Working
from ingest.units import Unit, counted, unit_of

# Numbers of pages that a line names.
_MOST_PAGES = 10
# A speed told from less time than this is a guess (seconds).
_SHORTEST_S = 2.0
# Seconds a page from which on the speed has two decimals.
_SLOW_S = 10


class Shown(Protocol):
    """Shows the events of ingests. Used as a context manager."""

    def show(self, event: IngestEvent) -> None:
        """Show one event."""

    def __enter__(self) -> Shown:
        """Itself."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take away what moves."""


def shown(*, as_json: bool) -> Shown:
    """What fits the output: lines of JSON, or text with a bar where standard error is a terminal."""
    if as_json:
        return JsonLines()
    return Bar() if sys.stderr.isatty() else Lines()


class JsonLines:
    """One JSON object a line: an event for every file that was touched, passed over or found gone, and a summary."""

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing moves."""

    def show(self, event: IngestEvent) -> None:
        """Print the events that programs rely on."""
        match event:
            case PassedOver():
                self._print("passed_over", name=event.name, reason=str(event.reason), code=event.reason.code)
            case SourceDone():
                fields = {name: getattr(event, name) for name in ("name", "file", "document", "status", "pages", "chunks")}
                error = str(event.error) if event.error else None
                self._print("source", **fields, seconds=round(event.seconds, 3), textless=event.textless, error=error)
            case Removed():
                self._print("removed", name=event.name, place=event.place, document=event.document, kept=event.kept)
            case Done():
                self._print("done", **dataclasses.asdict(event))

    def _print(self, event: str, **fields: object) -> None:
        print(json.dumps({"event": event, **fields}, ensure_ascii=False), flush=True)


class Lines:
    """A line of text for each file, and a summary."""

    def __init__(self) -> None:
        self._passed: list[PassedOver] = []

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing moves."""

    def show(self, event: IngestEvent) -> None:
        """Print what has happened to a file."""
        match event:
            case PassedOver():
                self._passed.append(event)
            case SourceDone() | Removed():
                self._say(_line(event))
            case Done():
                for line in _summary(event, self._passed):
                    self._say(line)
                self._passed = []

    def _say(self, line: str) -> None:
        print(line, flush=True)


class Bar(Lines):
    """Lines of text, and below them on standard error a bar with pages a second and time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        super().__init__()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=True)
        self._task = self._progress.add_task("", total=None, speed="")
        self._begun = time.monotonic()
        self._pages = 0
        self._under_way: dict[int, Working] = {}
        self._units: set[Unit] = set()
        self._total = self._done = 0

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def show(self, event: IngestEvent) -> None:
        """Print what has happened to a file, and move the bar."""
        super().show(event)
        match event:
            case Found():
                self._total, self._done, self._pages, self._begun = event.total, 0, 0, time.monotonic()
                self._progress.update(self._task, total=event.total, completed=0)
            case Reading():
                self._progress.update(self._task, description=_escaped(event.name))
            case Working():
                self._under_way[event.number] = event
                self._units |= {unit} if (unit := unit_of(event.media_type, event.pages)) is not None else set()
            case SourceDone():
                self._under_way.pop(event.number, None)
                self._done += 1
                self._pages += event.pages
                self._progress.update(self._task, completed=self._done)
        self._progress.update(self._task, speed=self._speed())

    @property
    def _unit(self) -> Unit:
        """Slides where all files so far have slides, pages where they differ."""
        return next(iter(self._units)) if len(self._units) == 1 else Unit.PAGES

    def _speed(self) -> str:
        spent = time.monotonic() - self._begun
        parts = [one.done / one.total for one in self._under_way.values() if one.total]
        share = (self._done + sum(parts)) / self._total if self._total else 0.0
        if spent < _SHORTEST_S or not share:
            return ""
        pages = self._pages + sum(one.pages * one.done / one.total for one in self._under_way.values() if one.total)
        speed = round(pages / spent, 1 if pages > spent / _SLOW_S else 2)
        return f"{counted(self._unit, speed)}/s, {left_in_words((1 - share) * spent / share)} left"


def left_in_words(seconds: float) -> str:
    """A time that is left: seconds below a minute and a half, then minutes, then hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _line(event: SourceDone | Removed) -> str:
    if isinstance(event, Removed):
        kept = " (the document stays: the same content lies elsewhere)" if event.kept else ""
        return f"{'removed':<10} {event.name}: {event.place} is gone{kept}"
    if event.error:
        return f"failed     {event.error}"
    name = event.name if event.file in ("", event.name) else f"{event.file} (here as {event.name})"
    unit = unit_of(event.media_type, event.pages)
    size = [counted(unit, event.pages)] if unit is not None else []
    size += [f"{event.chunks} passage{'' if event.chunks == 1 else 's'}", f"{event.seconds:.1f} s"]
    line = f"{event.status:<10} {name}: {', '.join(size)}"
    if event.textless:
        pages = ", ".join(map(str, event.textless[:_MOST_PAGES])) + (" ..." if len(event.textless) > _MOST_PAGES else "")
        line += f"; no text on page {pages}"
    return line


def _summary(event: Done, passed: list[PassedOver]) -> list[str]:
    lines = [f"passed over {one.name}: {one.reason}" for one in passed]
    counts = [f"{event.added} added", f"{event.updated} updated", f"{event.unchanged} unchanged", f"{event.failed} failed"]
    more = {
        "copy" if event.copies == 1 else "copies": event.copies,
        "renamed": event.renamed,
        "removed": event.removed,
        "passed over": event.passed_over,
    }
    counts += [f"{count} {what}" for what, count in more.items() if count]
    return [*lines, ", ".join(counts) + (", stopped before the end" if event.cancelled else "")]


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
