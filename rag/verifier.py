"""Is each sentence of an answer borne out by what it cites? Told from words, numbers and vectors; no second model is asked.

The order of the tests is the order of what they are worth. A sentence that stands in the passage word for word is quoted. A number that
the passage lacks cannot be excused by anything else. Then the share of the sentence's words that the passage holds decides, and where
languages differ, the nearness of its meaning to the nearest sentence of the passage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from core.text import flowing, fold, tokens
from core.types import Citation, Hit, Support, Verdict
from rag.citations import Claim, Sentence, cite, overlap, passage_sentences, stands_in

# Share of a sentence's words (those that the question did not already hold) found in its passages.
_WORDS_SUPPORTED = 0.6
_WORDS_WEAK = 0.35
# Language-centred cosine between a sentence and the nearest sentence of its passages. Set by hand on a few translated sentences: close
# translations lay above 0.5, sentences that only share a subject below 0.4. Not measured on a set of verdicts.
_MEANING_SUPPORTED = 0.5
_MEANING_WEAK = 0.3
# Below this overlap words cannot tell which sentence is meant, and vectors are asked.
_OVERLAP_SURE = 0.5
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

Embed = Callable[[Sequence[str], str], np.ndarray]


class Verifier:
    """Chooses the quotes and gives the verdicts for one answer. `embed(texts, language)` gives centred passage vectors."""

    def __init__(self, question: str, language: str, sources: dict[int, Hit], embed: Embed) -> None:
        self._question = question
        self._language = language
        self._sources = sources
        self._embed = embed

    def citations(self, claims: Sequence[Claim]) -> tuple[Citation, ...]:
        """For each cited passage the sentence that the claim stands on, in the order of the answer, each quote once."""
        found: dict[tuple[int, int, int], Citation] = {}
        for claim in claims:
            for number in claim.numbers:
                hit = self._sources[number]
                quote = self._quote(claim, hit)
                if quote is not None:
                    citation = cite(number, hit, quote)
                    found.setdefault((number, citation.start, citation.end), citation)
        return tuple(found.values())

    def verdicts(self, claims: Sequence[Claim]) -> tuple[Verdict, ...]:
        """A verdict for each sentence that says something."""
        return tuple(self._judge(claim) for claim in claims if tokens(claim.text))

    def _judge(self, claim: Claim) -> Verdict:
        def verdict(support: Support, reason: str) -> Verdict:
            return Verdict(claim.start, claim.end, claim.text, support, claim.numbers, reason)

        if not claim.numbers:
            return verdict(Support.UNSUPPORTED, "uncited")
        text = " ".join(fold(flowing(f"{hit.title} {hit.heading} {hit.text}")) for hit in (self._sources[n] for n in claim.numbers))
        words = fold(flowing(claim.text)).strip(" .。!！")
        if stands_in(words, text):
            return verdict(Support.QUOTED, "quoted")
        missing = [number for number in _NUMBER.findall(words) if number not in _NUMBER.findall(text)]
        missing = [number for number in missing if number not in _NUMBER.findall(fold(self._question))]
        if missing:
            return verdict(Support.UNSUPPORTED, f"number {missing[0]}")
        own = set(tokens(claim.text)) - set(tokens(self._question)) or set(tokens(claim.text))
        share = len(own & set(tokens(text))) / len(own)
        if share >= _WORDS_SUPPORTED:
            return verdict(Support.SUPPORTED, "words")
        meaning = max((self._meaning(claim, number) for number in claim.numbers), default=0.0)
        if meaning >= _MEANING_SUPPORTED:
            return verdict(Support.SUPPORTED, "meaning")
        if share >= _WORDS_WEAK or meaning >= _MEANING_WEAK:
            return verdict(Support.WEAK, "part")
        return verdict(Support.UNSUPPORTED, "absent")

    def _meaning(self, claim: Claim, number: int) -> float:
        """Centred cosine of the claim and the nearest sentence of a passage."""
        sentences = passage_sentences(self._sources[number])
        return float(self._cosines(claim, self._sources[number], sentences).max(initial=0.0))

    def _quote(self, claim: Claim, hit: Hit) -> Sentence | None:
        """The sentence of a passage that carries a claim best: by words, and by meaning too where words do not tell."""
        sentences = passage_sentences(hit)
        if not sentences:
            return None
        scores = np.array([overlap(claim.text, self._question, sentence.text) for sentence in sentences])
        if scores.max() < _OVERLAP_SURE:
            scores = scores + self._cosines(claim, hit, sentences)
        return sentences[int(scores.argmax())]

    def _cosines(self, claim: Claim, hit: Hit, sentences: Sequence[Sentence]) -> np.ndarray:
        # A short answer means little by itself: the question goes with it.
        said = f"{self._question} {claim.text}" if len(tokens(claim.text)) < 6 else claim.text
        cosines: np.ndarray = self._embed([s.text for s in sentences], hit.language) @ self._embed([said], self._language)[0]
        return cosines
