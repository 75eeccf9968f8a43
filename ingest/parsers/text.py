"""Plain text and Markdown in any encoding. The text stays as it was written, marks and all, so that quotes are exact."""

from __future__ import annotations

import bisect
import re

from core.places import Mark, Place, Table
from core.types import Document, Heading, Page
from ingest.parsers.encodings import Decoded, decode
from ingest.parsers.hidden import hidden_warning, without_invisible
from ingest.parsers.limits import Limits
from ingest.parsers.titles import LONGEST_TITLE, title_from_name

# Of a text of more lines than this, a mark stands for several: marks take more memory than lines.
_MOST_MARKS = 20_000
_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*)$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
# The line under the header of a table: dashes between bars (https://github.github.com/gfm/#tables-extension-).
# What of a link or picture is no word: "[words](address)", "![words](address)".
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,500}\)")
_RULE = re.compile(r"^[ \t>]{0,12}(?=[^\n]*\|)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*){0,200}\|?[ \t]*$", re.MULTILINE)


def parse_plain(data: bytes, name: str, limits: Limits) -> Document:
    """Read plain text. Raises ParserFailed, TooMuchText, UnknownEncoding."""
    return text_document(decode(data, name, limits.encoding), name, "text/plain", limits)


def parse_markdown(data: bytes, name: str, limits: Limits) -> Document:
    """Read Markdown: the text as written, with its headings and tables. Raises ParserFailed, TooMuchText, UnknownEncoding."""
    return text_document(decode(data, name, limits.encoding), name, "text/markdown", limits)


def text_document(decoded: Decoded, name: str, media_type: str, limits: Limits) -> Document:
    """A text as a document of one page with the places of its lines."""
    limits.check_text(name, len(decoded.text))
    text, hidden = without_invisible(decoded.text)
    headings: tuple[Heading, ...] = ()
    tables: tuple[Table, ...] = ()
    title = ""
    if media_type == "text/markdown":
        headings, title = _headings(text)
        tables = pipe_tables(text)
    page = Page(1, text, headings=headings, marks=line_marks(text), tables=tables)
    warnings = decoded.warnings + hidden_warning(hidden)
    return Document(title[:LONGEST_TITLE] or title_from_name(name), media_type, (page,), warnings, hidden)


def line_marks(text: str) -> tuple[Mark, ...]:
    """The places of a text's lines; of a very long text, those of blocks of lines."""
    starts = [0, *(match.end() for match in re.finditer("\n", text) if match.end() < len(text))]
    step = max(1, -(-len(starts) // _MOST_MARKS))
    if step == 1:
        return tuple(Mark(start, Place(line=number)) for number, start in enumerate(starts, start=1))
    return tuple(
        Mark(starts[at], Place(line=at + 1, last_line=min(at + step, len(starts)))) for at in range(0, len(starts), step)
    )  # fmt: skip


def _headings(text: str) -> tuple[tuple[Heading, ...], str]:
    """Headings outside code, and the first of the first level."""
    fences = [place for match in _FENCE.finditer(text) for place in match.span()]
    found = [match for match in _HEADING.finditer(text) if bisect.bisect_right(fences, match.start()) % 2 == 0]
    first = next((_words(match[2]) for match in found if len(match[1]) == 1), "")
    return tuple(Heading(match.start(), _words(match[2])) for match in found), first


def pipe_tables(text: str) -> tuple[Table, ...]:
    """The tables of Markdown: a header, a line of dashes, rows, all with bars."""
    tables: list[Table] = []
    fences = [place for match in _FENCE.finditer(text) for place in match.span()]
    for rule in _RULE.finditer(text):
        start = text.rfind("\n", 0, max(0, rule.start() - 1)) + 1
        if rule.start() == 0 or "|" not in text[start : rule.start()] or (tables and start < tables[-1].end):
            continue
        if bisect.bisect_right(fences, rule.start()) % 2:
            continue
        body = end = min(len(text), rule.end() + 1)
        while end < len(text):
            stop = text.find("\n", end)
            stop = len(text) if stop < 0 else stop + 1
            if "|" not in text[end:stop]:
                break
            end = stop
        if end > body:
            tables.append(Table(start, body, end))
    return tuple(tables)


def _words(heading: str) -> str:
    """A heading without the marks that may close it (those of "C#" close nothing) and without the addresses of its links."""
    heading = heading.strip()
    bare = heading.rstrip("#")
    heading = bare.strip() if bare != bare.rstrip() or not bare else heading
    return " ".join(_LINK.sub(r"\1", _LINK.sub(r"\1", heading)).split()) or heading
