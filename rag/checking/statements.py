"""The statements of passages, each with its vector: made once and kept for an answer. Also how words stand in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.text import flowing, fold, sentence_spans, tokens
from core.types import Hit
from rag.checking.passages import sections

Embed = Callable[[Sequence[str], str], np.ndarray]
# Borders of words and numbers for letters of spaced scripts (up to U+0DFF, as in core.text) and digits, a decimal sign included.
_LETTER = "[^\\W_\u0e00-\U0010ffff]"
_BEGINS = rf"(?:(?<!{_LETTER})(?<!\d[.,])|(?!{_LETTER}))"
_ENDS = rf"(?:(?!{_LETTER})(?![.,]\d)|(?<!{_LETTER}))"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a passage: characters `start` to `end` of the chunk's text."""

    start: int
    end: int
    text: str


class Statements:
    """The sentences of passages, and how near a text is to each; every text is embedded once."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._sentences: dict[int, tuple[Statement, ...]] = {}
        self._vectors: dict[tuple[str, str], np.ndarray] = {}

    def sentences(self, hit: Hit) -> tuple[Statement, ...]:
        """The sentences of a passage; a row of a table is one."""
        if hit.chunk_id not in self._sentences:
            self._sentences[hit.chunk_id] = tuple(Statement(a, b, hit.text[a:b]) for a, b in _spans(hit))
        return self._sentences[hit.chunk_id]

    def cosines(self, text: str, language: str, hit: Hit) -> np.ndarray:
        """Language-centred cosines (-1..1) of a text and the sentences of a passage, in their order."""
        theirs = self.vectors([sentence.text for sentence in self.sentences(hit)], hit.language)
        cosines: np.ndarray = theirs @ self.vectors([text], language)[0]
        return cosines

    def vectors(self, texts: Sequence[str], language: str) -> np.ndarray:
        """Centred vectors (n, dimension) of texts in one language; what was embedded before is remembered."""
        new = list(dict.fromkeys(text for text in texts if (text, language) not in self._vectors))
        if new:
            for text, vector in zip(new, self._embed(new, language), strict=True):
                self._vectors[text, language] = vector
        return np.stack([self._vectors[text, language] for text in texts])


def _spans(hit: Hit) -> Iterator[tuple[int, int]]:
    for section in sections(hit.text, hit.context):
        if section.row is not None or section.head:
            yield section.start, section.end
        else:
            yield from ((section.start + a, section.start + b) for a, b in sentence_spans(hit.text[section.start : section.end]))


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
    # Most words stand nowhere in a text, which is told without a pattern made of them.
    return bool(words) and words in text and re.search(f"{_BEGINS}{re.escape(words)}{_ENDS}", text) is not None
