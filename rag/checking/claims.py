"""The claims of an answer: its sentences, list items and table rows that say something. Pure.

Headings, lead-ins, questions, list markers, table heads and rules, code, formulas and pictures are no claims, nor is a sentence that only
says that the documents do not tell. `ClaimReader` finds the same claims in an answer that is still being written as `claims` in the whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from core.text import sentence_spans, tokens, trim
from rag.checking.blocks import Block, Kind, blocks, cells, maybe_heading, undecided
from rag.citations import LONGEST_CODE, Mark, code_spans, marks
from rag.refusals import is_refusal

_ENDS_OPEN = re.compile(r"[:：][*_]*\s*\Z")
_ASKS = re.compile(r"[?？][\"'”’)\]»」』）*_]*\s*\Z")
_LEADS_IN = re.compile(
    r"\b(?:following|as follows|below|here (?:is|are)|siguientes?|a continuación|estos son|estas son|aquí (?:está|tiene|van))\b"
    r"|次のとおり|次の通り|以下のとおり|以下の通り|以下に|以下の|下記|次に示",
    re.IGNORECASE,
)
_LISTS = (Kind.ITEM, Kind.ROW, Kind.CODE, Kind.FORMULA)
_DIGIT = re.compile(r"\d")
# A picture; one that is still being written is one too.
_PICTURE = re.compile(r"!\[[^\]\n]*(?:\Z|\](?:\Z|\([^)\n]*(?:\)|\Z)))")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table in an answer: the words of its cells, and of the table's head (none where it has no head)."""

    cells: tuple[str, ...]
    head: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim of an answer: characters `start` to `end` of it, its words without marks, and the numbers that it cites.

    A row of a table carries its cells too.
    """

    start: int
    end: int
    text: str
    numbers: tuple[int, ...]
    row: Row | None = None


def claims(answer: str, known: Collection[int] | None = None) -> list[Claim]:
    """The claims of an answer that went through `MarkReader`, in order; `known` are the numbers that sources have."""
    found: list[Claim] = []
    parts = blocks(answer)
    maker = _Maker(answer, known)
    for at, block in enumerate(parts):
        if block.kind is Kind.ROW:
            found += maker.row(block)
        elif block.kind in (Kind.TEXT, Kind.ITEM):
            lists = at + 1 < len(parts) and parts[at + 1].kind in _LISTS
            found += maker.sentences(block, before_list=lists)
    return found


class ClaimReader:
    """Finds the claims of an answer while it is written: each is given once, as soon as the text behind it can change it no more."""

    def __init__(self, known: Collection[int] | None = None) -> None:
        self._known = known
        self._tail = ""  # the text that may still hold claims, behind a stand-in for what was let go
        self._base = 0  # where the tail begins in the answer; below zero where the stand-in is longer than what it stands for
        self._given = 0  # the end of the last claim given
        self._next_look = 0  # the length of the tail below which nothing new is expected

    def feed(self, piece: str) -> list[Claim]:
        """The claims that are now certain; `piece` is text as it is shown."""
        # Only the first letters behind a claim can make it certain.
        began = any(sign in self._tail[-8:] + piece for sign in _ENDS)
        self._tail += piece
        if not began or len(self._tail) < self._next_look:
            return []
        found = self._found()
        while found and not self._behind(found[-1]):
            found.pop()
        given = self._take(found)
        if found:
            self._shorten(found[-1])
        self._next_look = len(self._tail) * 5 // 4 if not found and len(self._tail) > _LONG_TAIL else 0
        return given

    def flush(self) -> list[Claim]:
        """The claims that are left when the answer has ended."""
        return self._take(self._found())

    def _found(self) -> list[Claim]:
        return [claim for claim in claims(self._tail, self._known) if self._base + claim.start >= self._given]

    def _behind(self, claim: Claim) -> bool:
        """Whether so much of something else stands behind a claim that its kind is known."""
        rest = self._tail[claim.end :]
        same, *lines = rest.split("\n")
        if not lines:
            line = self._tail[self._tail.rfind("\n", 0, claim.end) + 1 :]
            return bool(tokens(same)) and not maybe_heading(line)
        *whole, last = lines
        if claim.row is not None:  # the next line tells whether the row was the head
            return bool(whole) or not (undecided(last) or last.lstrip().startswith("|"))
        # A line that is not whole may look like a heading in bold and become a part of the sentence with its next letter.
        return any(line.strip() for line in whole) or not (undecided(last) or maybe_heading(last))

    def _take(self, found: list[Claim]) -> list[Claim]:
        given = [replace(claim, start=self._base + claim.start, end=self._base + claim.end) for claim in found]
        if given:
            self._given = given[-1].end
        return given

    def _shorten(self, last: Claim) -> None:
        """Let go of everything before the last claim given (its place in the tail is told by `last`).

        A stand-in keeps what the text before means for the text behind: the head of a table, or that a line is prose.
        """
        if last.row is not None:
            cut = self._tail.rfind("\n", 0, last.start) + 1
            stand_in = f"| {' | '.join(last.row.head)} |\n|-|\n" if last.row.head else ""
        elif self._in_code(last.start):
            return
        else:
            cut, stand_in = last.start, ","
        self._tail = stand_in + self._tail[cut:]
        self._base += cut - len(stand_in)

    def _in_code(self, cut: int) -> bool:
        """Whether ticks before `cut` and ticks behind it, in one line, are or may become one span of code."""
        line = self._tail.rfind("\n", 0, cut) + 1
        if "`" not in self._tail[line:cut]:
            return False
        spans = code_spans(self._tail)
        loose = [run for run in _TICKS.finditer(self._tail, line, cut) if not any(a <= run.start() < b for a, b in spans)]
        closed = "\n" in self._tail[cut:]
        return any(a < cut < b for a, b in spans) or (
            not closed and any(len(self._tail) - run.end() <= LONGEST_CODE for run in loose)
        )


# Near these a sentence ends, or a line.
_ENDS = ".!?…。！？｡\n"
# A tail longer than this, in characters, in which nothing became certain is looked at again when it has grown by a quarter.
_LONG_TAIL = 500
_TICKS = re.compile(r"`+")


class _Maker:
    """Makes claims of the blocks of one text."""

    def __init__(self, text: str, known: Collection[int] | None) -> None:
        self._text = text
        self._marks = marks(text, known)
        self._starts = {mark.start: mark for mark in self._marks}
        self._order = [mark.start for mark in self._marks]
        self._code = [*code_spans(text), *(picture.span() for picture in _PICTURE.finditer(text))]

    def row(self, block: Block) -> Iterator[Claim]:
        """A row of a table as one claim; a row of headings or blanks is none."""
        span = trim(self._text, block.start, block.end)
        assert span is not None, "a row begins with a bar"
        bare = self._bare(*span)
        row = Row(cells(bare), block.head)
        if any(tokens(cell) for cell in row.cells[1:] or row.cells):
            yield Claim(*span, bare, self._numbers(*span), row)

    def sentences(self, block: Block, *, before_list: bool) -> Iterator[Claim]:
        """The sentences of a block that are claims. Marks behind a full stop belong to the sentence before it."""
        spans = self._spans(block)
        for at, (start, end) in enumerate(spans):
            bare = self._bare(start, end)
            numbers = self._numbers(start, end)
            open_end = _ENDS_OPEN.search(bare) and not (numbers and _DIGIT.search(bare))
            announces = at == len(spans) - 1 and before_list and not numbers and _LEADS_IN.search(bare)
            code = any(a <= start and end <= b for a, b in self._code)
            if tokens(bare) and not (open_end or announces or code or _ASKS.search(bare) or is_refusal(bare)):
                yield Claim(start, end, bare, numbers)

    def _spans(self, block: Block) -> list[tuple[int, int]]:
        """The sentences of a block, each with the marks that follow it."""
        spans: list[tuple[int, int]] = []
        for start, end in sentence_spans(self._text[block.start : block.end]):
            start, end = block.start + start, block.start + end
            while spans and start in self._starts:
                spans[-1] = (spans[-1][0], self._starts[start].end)
                start = self._starts[start].end
                while start < end and self._text[start].isspace():
                    start += 1
            if start < end:
                spans.append((start, end))
        return spans

    def _bare(self, start: int, end: int) -> str:
        """The text from `start` to `end` without marks, and none of the space before them."""
        parts: list[str] = []
        for mark in self._within(start, end):
            parts.append(self._text[start : mark.start].rstrip())
            start = mark.end
        return "".join([*parts, self._text[start:end]]).strip()

    def _numbers(self, start: int, end: int) -> tuple[int, ...]:
        return tuple(dict.fromkeys(mark.number for mark in self._within(start, end)))

    def _within(self, start: int, end: int) -> list[Mark]:
        return self._marks[bisect_left(self._order, start) : bisect_left(self._order, end)]
