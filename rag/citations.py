"""Citation marks in a stream of text, and the words they stand on. Pure.

A model writes marks as it likes ([1], [1, 2], 【3】, ［４］) and cuts them anywhere between two tokens. `MarkReader` lets text through as
it comes, holds back only what may still become a mark, writes marks in one form and drops numbers that no source has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from core.text import flowing, fold, sentence_spans, tokens
from core.types import Citation, Hit

# Longest inside of a mark; more is no mark but a list or a formula.
_LONGEST = 24
LARGEST_NUMBER = 999
_MARK = re.compile(
    rf"\s*[\[［【](?=[\s\d,、，;]{{1,{_LONGEST}}}[\]］】])\s*\d{{1,3}}\s*(?:[,、，;]\s*\d{{1,3}}\s*)*[\]］】]",
)
_MAYBE = re.compile(rf"(?:\s*[\[［【][\s\d,、，;]{{0,{_LONGEST}}}|\s+)\Z")
_CLEAN_MARK = re.compile(r"\s*\[(\d{1,3})\]")
_LEADING_MARKS = re.compile(r"(?:\s*\[\d{1,3}\])+")


# Borders of words and numbers for letters of spaced scripts (up to U+0DFF, as in core.text) and digits, a decimal sign included.
_LETTER = "[^\\W_\u0e00-\U0010ffff]"
_BEGINS = rf"(?:(?<!{_LETTER})(?<!\d[.,])|(?!{_LETTER}))"
_ENDS = rf"(?:(?!{_LETTER})(?![.,]\d)|(?<!{_LETTER}))"


class MarkReader:
    """Feed it pieces of an answer; it returns what may be shown. `known` are the numbers that sources have."""

    def __init__(self, known: Collection[int]) -> None:
        self._known = frozenset(known)
        self._held = ""

    def feed(self, piece: str) -> str:
        """Text that is now certain: marks in it are whole, written `[n]`, and known."""
        text = self._held + piece
        shown, rest = self._resolve(text)
        maybe = _MAYBE.search(rest)
        cut = maybe.start() if maybe else len(rest)
        self._held = rest[cut:]
        return shown + rest[:cut]

    def flush(self) -> str:
        """What was still held back when the stream ended, without white space at its end."""
        held, self._held = self._held, ""
        return held.rstrip()

    def _resolve(self, text: str) -> tuple[str, str]:
        """Text up to behind the last whole mark, with its marks rewritten, and the rest."""
        shown: list[str] = []
        at = 0
        for match in _MARK.finditer(text):
            shown.append(text[at : match.start()])
            numbers = [int(number) for number in re.findall(r"\d+", unicodedata.normalize("NFKC", match[0]))]
            kept = "".join(f"[{number}]" for number in dict.fromkeys(numbers) if number in self._known)
            space = match[0][: len(match[0]) - len(match[0].lstrip())]
            shown.append(space + kept if kept else "")
            at = match.end()
        return "".join(shown), text[at:]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer: its place, its words without marks, and the numbers it cites."""

    start: int
    end: int
    text: str
    numbers: tuple[int, ...]


def claims(answer: str) -> list[Claim]:
    """The sentences of an answer. Marks behind a full stop belong to the sentence before it."""
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(answer):
        leading = _LEADING_MARKS.match(answer[start:end])
        if leading and spans:
            spans[-1] = (spans[-1][0], start + leading.end())
            start += leading.end()
            while start < end and answer[start].isspace():
                start += 1
        if start < end:
            spans.append((start, end))
    found = []
    for start, end in spans:
        text = answer[start:end]
        numbers = tuple(dict.fromkeys(int(number) for number in _CLEAN_MARK.findall(text)))
        found.append(Claim(start, end, _CLEAN_MARK.sub("", text).strip(), numbers))
    return found


def without_marks(answer: str) -> str:
    """An answer as it goes into the history: no marks."""
    return _CLEAN_MARK.sub("", answer).strip()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage with its place in the chunk's text."""

    start: int
    end: int
    text: str


def passage_sentences(hit: Hit) -> list[Sentence]:
    """The sentences of a hit's text."""
    return [Sentence(start, end, hit.text[start:end]) for start, end in sentence_spans(hit.text)]


def overlap(claim: str, question: str, sentence: str) -> float:
    """How well a sentence carries a claim, from words alone: 0..1 for the claim's words, up to 1 more where it holds the claim whole.

    The question's words count a fifth: of two sentences that hold the same short answer, the one about the question is meant.
    """
    held = set(tokens(sentence))
    wanted, asked = set(tokens(claim)), set(tokens(question))
    share = len(wanted & held) / len(wanted) if wanted else 0.0
    about = len(asked & held) / len(asked) if asked else 0.0
    whole = 1.0 if wanted and stands_in(fold(flowing(claim)).strip(" .。"), fold(flowing(sentence))) else 0.0
    return share + whole + 0.2 * about


def stands_in(words: str, text: str) -> bool:
    """Whether folded words stand in folded text as they are, not as a part of a longer number or word: "9 GB" is not in "2.9 GB".

    Writing without spaces has no such borders; there any place counts.
    """
    return bool(words) and re.search(f"{_BEGINS}{re.escape(words)}{_ENDS}", text) is not None


def cite(number: int, hit: Hit, sentence: Sentence) -> Citation:
    """The citation of one sentence of a passage; its place is given within the page."""
    start, end = hit.start + sentence.start, hit.start + sentence.end
    return Citation(number, hit.source_id, hit.source, hit.page, hit.label, start, end, sentence.text, hit.chunk_id)
