"""The best sentences of the best passages as the answer to a question, chosen by scores alone.

A sentence counts by the cosine of its vector and the question's, alone and below its heading, by the share of the question's weighted words
that it holds, by its passage's own score, and by whether it has a value of the kind that is asked for. A quote is such a sentence with the
sentences after and before it, as far as they fit. docs/measurements.md has what each of these is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.text import compounds, flowing, tokens
from core.types import Citation, Hit
from rag.asked_value import asked_value, has_value
from rag.citations import cite
from rag.windows import PASSAGES, Windows, window_spans
from store.library import Library

# Quotes of one answer, and the characters that one of them has at most.
MOST_QUOTES = 3
LONGEST_QUOTE = 300
# Weights beside the cosine (-1..1): the share of the question's words (0..1) where the sentence is in its language and where it is not
# (names and commands stand in both), the passage's fused score, and a value of the kind that is asked for.
_WORDS_SAME_LANGUAGE = 1.0
_WORDS_OTHER_LANGUAGE = 0.6
_PASSAGE = 0.6
_VALUE = 0.1


@dataclass(frozen=True, slots=True)
class Quote:
    """Characters `start` to `end` of a passage. `near` is the cosine of its best sentence, `held` the share of the question's words in it."""

    hit: Hit
    start: int
    end: int
    near: float
    held: float

    @property
    def text(self) -> str:
        """The words as the passage has them."""
        return self.hit.text[self.start : self.end]

    def citation(self, number: int) -> Citation:
        """The quote as citation `number`."""
        return cite(number, self.hit, self.start, self.end)


@dataclass(frozen=True, slots=True)
class _Window:
    """One sentence of a passage: its number there, its place, and what tells how well it answers."""

    at: int
    start: int
    end: int
    near: float
    held: float
    score: float


class Quoter:
    """Chooses quotes from passages of one library. Safe from several threads."""

    def __init__(self, library: Library, windows: Windows) -> None:
        self._library = library
        self._windows = windows

    def quotes(self, question: str, language: str, hits: Sequence[Hit]) -> tuple[Quote, ...]:
        """At most three quotes, best first, of the best passages of `hits` (in order) for a question in `language`. Raises EmbedderError."""
        asked = self._library.question(question, (language,))
        weights = self._library.lexical.words(question, asked.language).weights
        found: list[tuple[float, Hit, list[_Window], int]] = []
        for hit in hits[:PASSAGES]:
            windows = self._weighed(question, asked.language, asked.vector, hit, weights)
            found += [(window.score, hit, windows, window.at) for window in windows]
        chosen: list[Quote] = []
        for _, hit, windows, at in sorted(found, key=lambda one: (-one[0], one[1].rank, one[3])):
            if len(chosen) == MOST_QUOTES:
                break
            if not any(_covers(quote, hit, windows[at]) for quote in chosen):
                chosen.append(_quote(hit, windows, at))
        return tuple(chosen)

    def _weighed(self, question: str, language: str, vector: np.ndarray, hit: Hit, weights: Mapping[str, float]) -> list[_Window]:
        """The sentences of a passage with their scores, in order."""
        spans = window_spans(hit.text)
        texts = [flowing(hit.text[start:end]) for start, end in spans]
        above = flowing(f"{hit.heading} {hit.context}")
        cosines = below = np.full(len(texts), hit.dense)  # an embedder that is not quick embeds no sentences while a person waits
        if self._library.embedder.quick:
            cosines = self._windows.vectors(texts, hit.language) @ vector
            below = self._windows.vectors([f"{above} {text}" for text in texts], hit.language) @ vector if above else cosines
        kind = asked_value(question)
        words = _WORDS_SAME_LANGUAGE if hit.language == language else _WORDS_OTHER_LANGUAGE
        total = sum(weights.values()) or 1.0
        weighed = []
        for at, ((start, end), text, own, titled) in enumerate(zip(spans, texts, cosines.tolist(), below.tolist(), strict=True)):
            holds = {*tokens(text), *compounds(text)}
            held = sum(weight for word, weight in weights.items() if word in holds) / total
            score = (own + titled) / 2 + words * held + _PASSAGE * hit.score + _VALUE * has_value(kind, text, question)
            weighed.append(_Window(at, start, end, own, held, score))
        return weighed


def _covers(quote: Quote, hit: Hit, window: _Window) -> bool:
    """Whether a quote and a sentence have words in common."""
    return quote.hit.chunk_id == hit.chunk_id and window.start < quote.end and quote.start < window.end


def _quote(hit: Hit, windows: Sequence[_Window], at: int) -> Quote:
    """A sentence with those after it that fit beside it into a quote, then with those before it."""
    first = last = at
    while last + 1 < len(windows) and windows[last + 1].end - windows[first].start <= LONGEST_QUOTE:
        last += 1
    while first > 0 and windows[last].end - windows[first - 1].start <= LONGEST_QUOTE:
        first -= 1
    return Quote(hit, windows[first].start, windows[last].end, windows[at].near, windows[at].held)
