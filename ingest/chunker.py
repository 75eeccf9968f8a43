"""Pages to chunks: passages that end where sentences end, know their place to the character, and carry language and heading.

LangChain's recursive splitter cuts, with separators of our own (core/text.py knows where Japanese sentences end) and without overlap or
stripping: its pieces then join to exactly the page's text, so places follow by adding up lengths and need no search.
"""

from __future__ import annotations

import bisect
import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from langchain_text_splitters import RecursiveCharacterTextSplitter

from core.text import PARAGRAPH_END, SENTENCE_END, trim, width
from core.types import Chunk, Document, Page
from store.languages import UNKNOWN, language_of

# From the best place to cut to the worst: paragraph, sentence, line, clause, word, anywhere.
_SEPARATORS = [PARAGRAPH_END, SENTENCE_END, r"\n", r"(?<=[、，;；:：])", r"(?<=[,])\s", r"\s", ""]
# A section shorter than this (columns) is read with the next one: a heading alone is no passage.
_SHORT_SECTION = 240
_LONGEST_HEADING = 160
# A language that less than this share of a document's chunks seems to be in is a mistake, unless the chunk has letters enough to be sure.
_RARE = 0.05
_SURE_LETTERS = 400


def chunk_document(document: Document, longest: int) -> tuple[Chunk, ...]:
    """Cut a document into chunks of at most `longest` columns (core.text.width), in reading order.

    Every character that is not white space is in exactly one chunk, unless its chunk holds no letter or digit at all.
    """
    return _settle([chunk for page in document.pages for chunk in _chunk_page(page, document.title, longest)])


def _settle(chunks: list[Chunk]) -> tuple[Chunk, ...]:
    """Give a chunk with few words the document's main language, where its own guess is a language the document hardly has."""
    counts = Counter(chunk.language for chunk in chunks)
    if not counts:
        return ()
    main = counts.most_common(1)[0][0]
    rare = {language for language, count in counts.items() if count < _RARE * len(chunks) or language == UNKNOWN}
    return tuple(
        replace(chunk, language=main) if chunk.language in rare and sum(map(str.isalpha, chunk.text)) < _SURE_LETTERS else chunk
        for chunk in chunks
    )


def _chunk_page(page: Page, title: str, longest: int) -> Iterator[Chunk]:
    splitter = _splitter(longest)
    starts = [heading.start for heading in page.headings]
    for start, end in _sections(page):
        at = start
        for piece in splitter.split_text(page.text[start:end]):
            span = trim(page.text, at, at + len(piece))
            at += len(piece)
            if span is None or not any(character.isalnum() for character in page.text[span[0] : span[1]]):
                continue
            text = page.text[span[0] : span[1]]
            language = language_of(text)
            at_heading = bisect.bisect_right(starts, span[0])
            yield Chunk(page.number, *span, text, language, _heading(page, title, at_heading, span[1]))
        assert at == end, "the splitter lost text"


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


def _sections(page: Page) -> Iterator[tuple[int, int]]:
    """Spans of the page between headings; a short one is joined to the next."""
    starts = [heading.start for heading in page.headings if heading.start > 0]
    begin = 0
    for start in starts:
        if width(page.text[begin:start].strip()) >= _SHORT_SECTION:
            yield begin, start
            begin = start
    yield begin, len(page.text)


def _heading(page: Page, title: str, begun: int, end: int) -> str:
    """The document's title and the heading in force where a chunk begins, `begun` headings having come by then, or the first one in it."""
    first = page.headings[0] if page.headings else None
    nearest = page.headings[begun - 1].text if begun else first.text if first and first.start < end else ""
    parts = [title] if nearest in ("", title) else [title, nearest]
    return " › ".join(part for part in parts if part)[:_LONGEST_HEADING]
