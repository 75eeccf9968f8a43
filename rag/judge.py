"""The verdict on one claim. Pure but for the vectors it asks for.

The order of the tests is the order of what they are worth. A sentence that stands in the passage word for word is quoted. A number that
the passage lacks cannot be excused by anything else. Then the share of the sentence's words that the passage holds decides, and where
languages differ, the nearness of its meaning to the nearest sentence of the passage.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.text import flowing, fold, tokens
from core.types import Hit, Reason, ReasonCode, Support, Verdict
from rag.claims import Claim
from rag.statements import Statements, stands_in

# Share of a sentence's words (those that the question did not already hold) found in its passages.
_WORDS_SUPPORTED = 0.6
_WORDS_WEAK = 0.35
# Language-centred cosine between a sentence and the nearest sentence of its passages.
_MEANING_SUPPORTED = 0.5
_MEANING_WEAK = 0.3
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Judge:
    """Gives the verdicts of one answer."""

    def __init__(self, question: str, language: str, sources: Mapping[int, Hit], statements: Statements) -> None:
        self._question = question
        self._language = language
        self._sources = sources
        self._statements = statements

    def verdict(self, claim: Claim) -> Verdict:
        """The verdict on a claim."""
        support, reason = self._judge(claim)
        return Verdict(claim.start, claim.end, claim.text, support, claim.numbers, reason)

    def _judge(self, claim: Claim) -> tuple[Support, Reason]:
        if not claim.numbers:
            return Support.UNSUPPORTED, Reason(ReasonCode.UNCITED)
        text = " ".join(fold(flowing(f"{hit.title} {hit.heading} {hit.text}")) for hit in (self._sources[n] for n in claim.numbers))
        words = fold(flowing(claim.text)).strip(" .。!！")
        if stands_in(words, text):
            return Support.QUOTED, Reason(ReasonCode.QUOTED)
        missing = [number for number in _NUMBER.findall(words) if number not in _NUMBER.findall(text)]
        missing = [number for number in missing if number not in _NUMBER.findall(fold(self._question))]
        if missing:
            return Support.UNSUPPORTED, Reason(ReasonCode.VALUE_ABSENT, claimed=missing[0])
        own = set(tokens(claim.text)) - set(tokens(self._question)) or set(tokens(claim.text))
        share = len(own & set(tokens(text))) / len(own)
        if share >= _WORDS_SUPPORTED:
            return Support.SUPPORTED, Reason(ReasonCode.WORDS)
        meaning = max((self._meaning(claim, number) for number in claim.numbers), default=0.0)
        if meaning >= _MEANING_SUPPORTED:
            return Support.SUPPORTED, Reason(ReasonCode.MEANING)
        if share >= _WORDS_WEAK or meaning >= _MEANING_WEAK:
            return Support.WEAK, Reason(ReasonCode.PART)
        return Support.UNSUPPORTED, Reason(ReasonCode.ABSENT)

    def _meaning(self, claim: Claim, number: int) -> float:
        """Centred cosine of the claim and the nearest sentence of a passage."""
        said = f"{self._question} {claim.text}" if len(tokens(claim.text)) < 6 else claim.text
        return float(self._statements.cosines(said, self._language, self._sources[number]).max(initial=0.0))
