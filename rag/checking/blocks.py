"""The blocks of an answer written in Markdown: what of it is prose, list or table, and what is code, formula, heading or rule. Pure.

Lines decide, as in CommonMark [1], with the liberties that models take: fences may be indented, a line in bold alone is a heading, and
a table's lines begin with a bar.

[1] https://spec.commonmark.org/0.31.2/
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLANK = "[ \t\u00a0\u3000]"
_FENCE = re.compile(r"(?P<signs>`{3,}|~{3,})[^`\n]*\Z")
_HEADING = re.compile(rf"#{{1,6}}(?:{_BLANK}|\Z)")
_BOLD_LINE = re.compile(r"(?:\*\*|__)[^*_]{1,120}(?:\*\*|__)[ \t]*[:：]?\Z")
_UNFINISHED_BOLD = re.compile(r"(?:\*\*|__)[^*_]{0,120}(?:[*_]|(?:\*\*|__)[ \t]*[:：]?)?\Z")
_RULE = re.compile(r"(?:[-*_=]\s*){3,}\Z")
_TABLE_RULE = re.compile(r"\|\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\Z")
_QUOTE = re.compile(rf"{_BLANK}*>{_BLANK}?")
# A list marker with the space behind it, or one that needs none; "3.5" and "2024. " begin no item.
_ITEM = re.compile(
    rf"{_BLANK}*(?:(?:[-*+•‣◦–—▪●○]|[(（]?\d{{1,3}}[.)）]|\(?[a-z][.)])(?:{_BLANK}+|\Z)|[・①-⑳]{_BLANK}*|\d{{1,3}}[．、](?!\d){_BLANK}*)"
    rf"(?:\[[ xX]\]{_BLANK}+)?"
)
# The beginning of a line of which the kind is not known yet.
_UNDECIDED = re.compile(rf"[\s>]*(?:[(（]?\d{{0,3}}[.)）．、]?|\(?[a-z]?[.)]?|[-*+•‣◦–—▪●○_=:\s]*|#{{0,6}}|`*|~*|\$|\\){_BLANK}*\Z")


class Kind(enum.Enum):
    """What a block is; only text, items and rows can hold claims."""

    TEXT = enum.auto()
    ITEM = enum.auto()
    ROW = enum.auto()
    CODE = enum.auto()
    FORMULA = enum.auto()
    HEADING = enum.auto()
    RULE = enum.auto()


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: characters `start` to `end`, a marker at its beginning excluded; `head` are the cells of a table's head."""

    kind: Kind
    start: int
    end: int
    head: tuple[str, ...] = ()


def fence_opened(line: str) -> str:
    """The signs with which a line opens a block of code; "" where it does not."""
    fence = _FENCE.match(line.strip())
    return fence["signs"] if fence else ""


def fence_closed(line: str, signs: str) -> bool:
    """Whether a line closes the block of code that these signs opened."""
    bare = line.strip()
    return len(bare) >= len(signs) and not bare.strip(signs[0])


def undecided(line: str) -> bool:
    """Whether the kind of a line that is still being written is open."""
    return _UNDECIDED.match(line) is not None


def maybe_heading(line: str) -> bool:
    """Whether a line that is still being written may become a line in bold alone, which is a heading."""
    return _UNFINISHED_BOLD.match(line.strip()) is not None


def cells(row: str) -> tuple[str, ...]:
    """The cells of a line of a table."""
    return tuple(cell.strip() for cell in row.strip().strip("|").split("|"))


def blocks(text: str) -> list[Block]:
    """The blocks of a text in order; blank lines belong to none."""
    return list(_Parser(text).run())


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._lines: list[tuple[int, int]] = []
        at = 0
        for line in text.split("\n"):
            self._lines.append((at, at + len(line)))
            at += len(line) + 1

    def run(self) -> Iterator[Block]:
        at = 0
        while at < len(self._lines):
            start, end = self._lines[at]
            line = self._text[start:end]
            bare = line.strip()
            if not bare:
                at += 1
            elif signs := fence_opened(line):
                at = self._code(at + 1, signs)
                yield Block(Kind.CODE, start, self._lines[at - 1][1])
            elif bare.startswith(("$$", "\\[")):
                at = self._formula(at)
                yield Block(Kind.FORMULA, start, self._lines[at - 1][1])
            elif bare.startswith("|"):
                stop = at
                while stop < len(self._lines) and self._line(stop).strip().startswith("|"):
                    stop += 1
                yield from self._table(at, stop)
                at = stop
            elif (single := _single(bare)) is not None:
                yield Block(single, start, end)
                at += 1
            else:
                at, block = self._prose(at)
                yield block

    def _line(self, at: int) -> str:
        return self._text[slice(*self._lines[at])]

    def _code(self, at: int, signs: str) -> int:
        """Behind the line that closes a block of code, or the end."""
        while at < len(self._lines):
            at += 1
            if fence_closed(self._line(at - 1), signs):
                break
        return at

    def _formula(self, at: int) -> int:
        """Behind the line that closes a formula; a blank line ends one that nothing closes."""
        bare = self._line(at).strip()
        closing = "$$" if bare.startswith("$$") else "\\]"
        if closing in bare[2:]:
            return at + 1
        at += 1
        while at < len(self._lines) and self._line(at).strip():
            at += 1
            if closing in self._line(at - 1):
                break
        return at

    def _table(self, at: int, stop: int) -> Iterator[Block]:
        head: tuple[str, ...] = ()
        for row in range(at, stop):
            start, end = self._lines[row]
            line = self._text[start:end].strip()
            if _TABLE_RULE.match(line):
                yield Block(Kind.RULE, start, end)
            elif row + 1 < stop and _TABLE_RULE.match(self._line(row + 1).strip()):
                head = cells(line)
                yield Block(Kind.HEADING, start, end)
            else:
                yield Block(Kind.ROW, start, end, head)

    def _prose(self, at: int) -> tuple[int, Block]:
        """A paragraph or an item with the plain lines that follow."""
        start, end = self._lines[at]
        kind = Kind.TEXT
        if quote := _QUOTE.match(self._text, start, end):
            start = quote.end()
        while item := _ITEM.match(self._text, start, end):
            start, kind = item.end(), Kind.ITEM
        at += 1
        while at < len(self._lines) and self._continues(at):
            end = self._lines[at][1]
            at += 1
        return at, Block(kind, start, end)

    def _continues(self, at: int) -> bool:
        line = self._line(at)
        bare = line.strip()
        begins = not bare or fence_opened(line) or bare.startswith(("$$", "\\[", "|")) or _single(bare) is not None
        return not begins and not _QUOTE.match(line) and not _ITEM.match(line)


def _single(bare: str) -> Kind | None:
    """The kind of a line that is a block by itself."""
    if _HEADING.match(bare) or _BOLD_LINE.match(bare):
        return Kind.HEADING
    return Kind.RULE if _RULE.match(bare) else None
