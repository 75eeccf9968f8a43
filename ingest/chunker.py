"""Pages to chunks: passages that end where sentences end, know their place to the character, and carry language and heading.

LangChain's recursive splitter cuts, with separators of our own (core/text.py knows where Japanese sentences end) and without overlap or
stripping: its pieces then join to exactly the page's text, so places follow by adding up lengths and need no search.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from langchain_text_splitters import RecursiveCharacterTextSplitter

from core.places import Table, place_at
from core.text import PARAGRAPH_END, SENTENCE_END, trim, width
from core.types import Chunk, Document, Heading, Page
from store.languages import UNKNOWN, language_of

# From the best place to cut to the worst: paragraph, sentence, line, clause, word, anywhere.
_SEPARATORS = [PARAGRAPH_END, SENTENCE_END, r"\n", r"(?<=[、，;；:：])", r"(?<=[,])\s", r"\s", ""]
# Prose shorter than this (columns) is read with the table that follows it, or the prose that follows a table.
_SHORT_SECTION = 240
_LONGEST_HEADING = 160
# Caption and header of a table (columns): beyond that they leave no room for rows within what an embedder reads.
_LONGEST_CONTEXT = 600
_ROW_END = re.compile(r"\n")
# A passage of so many letters is in the language that it seems to be in.
_SURE_LETTERS = 400
# A document of fewer letters (a price list, a note of a line) is told by the languages of the page alone.
_FEW_LETTERS = 80
# What is in less than this share of a document's letters is a mistake, unless a passage is sure of it.
_RARE = 0.05
_COMMON = ("en", "es", "ja")
# Languages that no short text of another script is mistaken for.
_OWN_SCRIPT = ("ja", "ko", "ru", "ar")


def chunk_document(document: Document, longest: int) -> tuple[Chunk, ...]:
    """Cut a document into chunks of at most `longest` columns (core.text.width), in reading order.

    Every character that is not white space is in exactly one chunk, unless its chunk holds no letter or digit at all.
    """
    return _settle([chunk for page in document.pages for chunk in _chunk_page(page, document.title, longest)])


def _settle(chunks: list[Chunk]) -> tuple[Chunk, ...]:
    """Have short passages guessed anew among the languages that their document is plausibly in; numbers alone are in its main one."""
    letters = [sum(map(str.isalpha, chunk.text)) for chunk in chunks]
    likely = _likely([chunk.language for chunk in chunks], letters)
    if not likely:
        return tuple(chunks)
    return tuple(
        chunk
        if count >= _SURE_LETTERS or chunk.language in likely
        else replace(chunk, language=guess if (guess := language_of(chunk.text, likely)) in likely else likely[0])
        for chunk, count in zip(chunks, letters, strict=True)
    )


def _likely(guesses: Sequence[str], letters: Sequence[int]) -> tuple[str, ...]:
    """The languages that a document is plausibly in, the main one first; none where no passage has words."""
    weights: Counter[str] = Counter()
    for language, count in zip(guesses, letters, strict=True):
        weights[language] += count
    del weights[UNKNOWN]
    ranked = [language for language, count in weights.most_common() if count]
    if weights.total() < _FEW_LETTERS:
        return tuple(sorted(_COMMON, key=lambda language: -weights[language])) if ranked else ()
    sure = {language for language, count in zip(guesses, letters, strict=True) if count >= _SURE_LETTERS}
    plausible = {language for language in (*_COMMON, *_OWN_SCRIPT) if weights[language] >= _RARE * weights.total()}
    return tuple(language for at, language in enumerate(ranked) if at == 0 or language in sure | plausible)


def _chunk_page(page: Page, title: str, longest: int) -> Iterator[Chunk]:
    starts = [heading.start for heading in page.headings]
    apart = _apart(page)
    for start, end in _sections(page, apart):
        at = start
        for begin, stop in _pieces(page, start, end, longest):
            assert begin == at, "the splitter lost text"
            at = stop
            span = trim(page.text, begin, stop)
            if span is None or not any(character.isalnum() for character in page.text[span[0] : span[1]]):
                continue
            text = page.text[span[0] : span[1]]
            language = language_of(text)
            heading = _heading(page, title, bisect.bisect_right(starts, span[0]), span[1])
            place = place_at(page.marks, _body(page, *span, apart), span[1])
            yield Chunk(page.number, *span, text, language, heading, _context(page, span[0]), place)
        assert at == end, "the splitter lost text"


def _pieces(page: Page, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Spans that together are a section: prose by the splitter, tables by rows."""
    at = start
    for table in page.tables[_tables_before(page, start) - (_within(page, start)) :]:
        if table.start >= end:
            break
        first, last = max(table.start, start), min(table.end, end)
        room = max(longest // 3, longest - width(_table_context(page, table)))
        rows = [first, *(match.end() for match in _ROW_END.finditer(page.text, first, last) if match.end() < last), last]
        stop = at
        for row, row_end in itertools.pairwise(rows):
            fits = width(page.text[at:row_end]) <= (longest if at < table.body else room)
            if not fits and stop > at:
                yield from _split(page.text, at, stop, longest)
                at = row
            stop = row_end
        if stop > at:
            yield from _split(page.text, at, stop, longest)
        at = last
    yield from _split(page.text, at, end, longest)


def _split(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    for piece in _splitter(longest).split_text(text[start:end]):
        yield start, start + len(piece)
        start += len(piece)


def _context(page: Page, start: int) -> str:
    """Caption and header of the table whose rows begin at `start`; "" elsewhere, and where the header is in the text itself."""
    table = _table_at(page, start)
    return _table_context(page, table) if table is not None and table.body <= start else ""


def _table_context(page: Page, table: Table) -> str:
    """What has to be known to read a row of a table: its caption and its header, in at most 600 columns."""
    return _shortened("\n".join(part for part in (table.caption, page.text[table.start : table.body].strip()) if part))


def _shortened(text: str) -> str:
    """Text cut to 600 columns."""
    while width(text) > _LONGEST_CONTEXT:
        text = text[: len(text) * _LONGEST_CONTEXT // width(text)]
    return text


@functools.lru_cache(maxsize=8)
def _splitter(longest: int) -> RecursiveCharacterTextSplitter:
    return RecursiveCharacterTextSplitter(
        separators=_SEPARATORS,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=longest,
        chunk_overlap=0,
        length_function=width,
        strip_whitespace=False,
    )


def _sections(page: Page, apart: set[int]) -> Iterator[tuple[int, int]]:
    """Spans of the page between headings, between prose and tables, and between places that a passage cannot have both of.

    Headings alone are joined to what follows them, and so is a short piece of prose to a table of the same place.
    """
    headings = {heading.start for heading in page.headings}
    edges = apart | headings | {edge for table in page.tables for edge in (table.start, table.end)}
    begin = 0
    for start in sorted(edge for edge in edges if 0 < edge < len(page.text) and (edge in apart or not _within(page, edge))):
        if start in apart or start in headings:
            ends = not _only_headings(page, begin, start)
        else:
            ends = width(page.text[begin:start].strip()) >= _SHORT_SECTION
        if ends:
            yield begin, start
            begin = start
    yield begin, len(page.text)


def _apart(page: Page) -> set[int]:
    """Where a place begins that is no continuation of the one before: another part, another table; another comment."""
    found = set()
    for before, mark in itertools.pairwise(page.marks):
        one, other = before.place, mark.place
        continued = all(getattr(one, name) == getattr(other, name) for name in ("slide", "sheet", "chapter", "part", "table"))
        if not continued or (one.part.endswith("comment") and one != other):
            found.add(mark.start)
    return found


def _only_headings(page: Page, start: int, end: int) -> bool:
    """Whether a span holds nothing but headings."""
    first = bisect.bisect_left(page.headings, start, key=lambda heading: heading.start)
    last = bisect.bisect_left(page.headings, end, key=lambda heading: heading.start)
    letters = sum(map(str.isalnum, page.text[start:end]))
    own = [
        heading.text.rpartition(" › ")[2] for heading in page.headings[first:last] if heading.start or not _goes_on(page, heading)
    ]
    return letters <= sum(sum(map(str.isalnum, text)) for text in own)


def _goes_on(page: Page, heading: Heading) -> bool:
    """Whether a heading at the beginning of a page is that of a section that began on an earlier one: its words are not there."""
    own = "".join(heading.text.rpartition(" › ")[2].split())
    return not "".join(page.text[: 2 * len(own) + 8].split()).lstrip("#").startswith(own)


def _body(page: Page, start: int, end: int, apart: set[int]) -> int:
    """Where what a passage says begins: after the lines of headings at its beginning, if it goes on at a place of another kind.

    `start` where it goes on at the same, or says nothing else.
    """
    at = start
    for heading in page.headings[bisect.bisect_left(page.headings, start, key=lambda one: one.start) :]:
        line = page.text.find("\n", at, end)
        if heading.start != at or line < 0 or heading.text.rpartition(" › ")[2] != page.text[at:line].strip("# \t"):
            break
        at = line + 1
        while at < end and page.text[at].isspace():
            at += 1
    return at if at < end and any(start < one <= at for one in apart) else start


def _within(page: Page, at: int) -> bool:
    table = _table_at(page, at)
    return table is not None and table.start < at


def _table_at(page: Page, at: int) -> Table | None:
    """The table that holds character `at`."""
    before = _tables_before(page, at + 1)
    return page.tables[before - 1] if before and at < page.tables[before - 1].end else None


def _tables_before(page: Page, at: int) -> int:
    """How many tables begin before character `at`."""
    return bisect.bisect_left(page.tables, at, key=lambda table: table.start)


def _heading(page: Page, title: str, begun: int, end: int) -> str:
    """The document's title and the heading in force where a chunk begins, `begun` headings having come by then, or the first one in it."""
    first = page.headings[0] if page.headings else None
    nearest = page.headings[begun - 1].text if begun else first.text if first and first.start < end else ""
    parts = [title] if nearest in ("", title) else [title, nearest]
    return " › ".join(part for part in parts if part)[:_LONGEST_HEADING]
