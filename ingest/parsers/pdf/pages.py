"""Lines of a page to its text, with the box of each line and the characters it has."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from core.places import Mark, Place
from core.types import LineBox, Page, PageKind
from ingest.parsers.pdf.hyphens import belongs
from ingest.parsers.pdf.notes import Note
from ingest.parsers.pdf.words import Line


@dataclass(slots=True)
class Draft:
    """A page whose lines are known and whose text is still to be put together."""

    number: int
    label: str | None
    kind: PageKind
    width: float = 0.0
    height: float = 0.0
    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def page_of(draft: Draft, known: Counter[str]) -> Page:
    """The page of a draft; `known` are the words of the document."""
    parts: list[str] = []
    boxes: list[LineBox] = []
    at = 0
    last = len(draft.lines) - 1
    for number, line in enumerate(draft.lines):
        text, runs_on = line.text, line.joins and number < last
        if line.soft:
            runs_on = number < last
            text += "-" if not runs_on or belongs(text, draft.lines[number + 1].text, known) else ""
        boxes.append(_box(line, at, at + len(text), draft))
        parts.append(text if runs_on else f"{text}\n")
        at += len(parts[-1])
    marks = [Mark(0, Place())] if draft.notes else []
    for note in draft.notes:
        marks.append(Mark(at, note.place))
        for text in note.text.split("\n"):
            box = Line(text, *note.box, 0.0)
            if box.left < draft.width and box.right > 0 and box.top < draft.height and box.bottom > 0:
                boxes.append(_box(box, at, at + len(text), draft))
            parts.append(f"{text}\n")
            at += len(parts[-1])
    text = "".join(parts).removesuffix("\n")
    return Page(
        draft.number, text, draft.label, tuple(boxes), (), draft.width, draft.height, tuple(marks), kind=draft.kind
    )  # fmt: skip


def _box(line: Line, start: int, end: int, draft: Draft) -> LineBox:
    return LineBox(
        start, end, max(0.0, line.left), max(0.0, line.top), min(draft.width, line.right), min(draft.height, line.bottom)
    )
