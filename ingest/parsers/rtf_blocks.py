"""The paragraphs and tables of one part of a rich text, as they are read, and how all parts become the text of a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.places import Place
from core.text import whole
from ingest.parsers.writing import Row, Writer


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    heading: bool = False


@dataclass(slots=True)
class Sink:
    """A part of the document that is being read: "" is the body, whose headings govern the notes in it."""

    part: str = ""
    heading: str = ""
    characters: int = 0
    blocks: list[_Paragraph | list[tuple[str, ...]]] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)

    def text(self, text: str) -> None:
        """Take text of the paragraph that is being read."""
        self._text.append(text)
        self.characters += len(text)

    def control(self, word: str, *, in_table: bool, level: int) -> None:
        """End a paragraph, cell or row."""
        if word in ("cell",):
            self._cells.append(self._taken())
        elif word == "nestcell":
            self._text.append(", ")
        elif word == "nestrow":
            self._text.append("; ")
        elif word == "row":
            self._row()
        elif word in ("par", "sect", "page"):
            if (in_table and word == "par") or (self._cells and in_table):
                self._text.append("\n")
            else:
                self._row()
                self._paragraph(heading=level >= 0)

    def end(self) -> None:
        """End what is still being read."""
        self._row()
        self._paragraph(heading=False)

    def _taken(self) -> str:
        text = whole("".join(self._text))
        self._text.clear()
        return text

    def _paragraph(self, *, heading: bool) -> None:
        text = self._taken().strip()
        if text:
            if heading:
                self.heading = " ".join(text.split())
            self.blocks.append(_Paragraph(text, heading))

    def _row(self) -> None:
        if not self._cells:
            return
        row = tuple(self._cells)
        self._cells.clear()
        if self.blocks and isinstance(self.blocks[-1], list):
            self.blocks[-1].append(row)
        else:
            self.blocks.append([row])


def write_sinks(sinks: Iterable[Sink], writer: Writer) -> None:
    """Write the body, then the parts beside it, notes with their numbers and below the heading of the text that they belong to."""
    counts: Counter[str] = Counter()
    told: set[tuple[str, str]] = set()
    tables = 0
    for sink in sinks:
        said = "\n".join(block.text for block in sink.blocks if isinstance(block, _Paragraph))
        if not sink.blocks or (sink.part in ("header", "footer") and (sink.part, said) in told):
            continue
        told.add((sink.part, said))
        counts[sink.part] += 1
        numbered = sink.part in ("footnote", "endnote", "comment", "text box")
        part = f"{sink.part} {counts[sink.part]}" if numbered else sink.part
        if sink.part:
            writer.govern(sink.heading if numbered else "")
        for block in sink.blocks:
            if isinstance(block, list):
                tables += 1
                writer.table([Row(cells, Place(part=part, table=tables, row=row)) for row, cells in enumerate(block, start=1)])
            elif block.heading and not sink.part:
                writer.title(block.text, Place(part=part))
            else:
                writer.paragraph(block.text, Place(part=part))
