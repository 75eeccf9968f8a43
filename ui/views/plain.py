"""A document's words without its Markdown: for tips, descriptions and lists of quotes, where tables and marks would stand as signs. Pure."""

from __future__ import annotations

import re

from core.text import clean, flowing
from ui.views.parser import parsed

# Longer quotes are shown as they are, since reading them takes time.
_LONGEST = 4_000
_PICTURE = re.compile(r"!\[([^\[\]\n]*)\]\([^)\n]*\)")
_LINK = re.compile(r"(?<!!)\[([^\[\]\n]+)\]\((?:[^()\s]|\([^()\s]*\))+\)")
_RULE = re.compile(r"[\s|:=_*-]*[-=_*]{3}[\s|:=_*-]*|[\s|]+")
# What begins a line: quotes, headings, list marks that are no numbers.
_BEGINNING = re.compile(r"[ \t]*(?:>[ \t]?)*(?:#{1,6}[ \t]+|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)?")
_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})\w*[ \t]*")
# Marks of emphasis whose other half lies outside the quote.
_HALF = re.compile(r"\*\*|__|(?<!\w)`|`(?!\w)")
# Between the cells of a row, and between rows.
_CELLS, _ROWS = " · ", "; "


def plain(text: str) -> str:
    """The words of a piece of Markdown in one line: cells of a table with dots between them, no marks. Never raises."""
    text = clean(text.replace("\r", "\n"))
    if len(text) > _LONGEST:
        return flowing(text)
    shown, row = "", False
    for line in text.split("\n"):
        if _RULE.fullmatch(line) or _FENCE.fullmatch(line):
            continue
        between, row = (_ROWS if row and _is_row(line) else "\n"), _is_row(line)
        shown += between + _line(line) if shown else _line(line)
    return flowing(shown)


def _is_row(line: str) -> bool:
    bare = line.strip()
    return bare.startswith("|") or bare.endswith("|") or bare.count("|") > 1


def _line(line: str) -> str:
    line = line[_BEGINNING.match(line).end() :]  # type: ignore[union-attr]
    line = _LINK.sub(r"\1", _PICTURE.sub(r"\1", line))
    cells = [_words(cell) for cell in (line.replace("\\|", "\x00").split("|") if _is_row(line) else [line])]
    return _CELLS.join(cell for cell in cells if cell).replace("\x00", "|")


def _words(text: str) -> str:
    """A line without emphasis and code marks."""
    try:
        tokens = parsed(text, answer=False)
    except RecursionError:
        return text.strip()
    found = [
        child.content if child.type not in ("softbreak", "hardbreak") else " " for token in tokens for child in token.children or ()
    ]
    shown = "".join(found)
    return _HALF.sub("", shown if shown.strip() else text).strip()
