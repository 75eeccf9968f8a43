"""The passage that bears out a claim which cites none that does. Pure but for the vectors that the judge asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.text import tokens
from core.types import Hit, ReasonCode, Support, Verdict
from rag.checking.bindings import content
from rag.checking.claims import Claim
from rag.checking.judge import Judge
from rag.refusals import is_refusal

# Of the passages that a claim does not cite so many are judged: those that hold most of its words, and the best found in other languages.
_MOST_SAME, _MOST_OTHER = 3, 2
# Share (0..1) of a claim's words and numbers that a passage of its language must hold to be judged.
_LEAST_WORDS = 0.5


class Finder:
    """Looks among the passages of one answer, `sources` by key in the order of the search, with its judge."""

    def __init__(self, sources: Mapping[int, Hit], judge: Judge) -> None:
        self._sources = sources
        self._judge = judge
        self._held: dict[int, frozenset[str]] = {}

    def weighed(self, claim: Claim, verdict: Verdict) -> Verdict:
        """The verdict on a claim; with the passage that bears it out where none that it cites does.

        What cites nothing gets the verdict with that passage. Else the verdict stays: it is one on what the claim cites.
        """
        if verdict.support.ticked or is_refusal(claim.text):
            return verdict
        best: Verdict | None = None
        for key in self._near(claim):
            found = self._judge.verdict(replace(claim, numbers=(key,)))
            if found.support.ticked and found.reason.code is not ReasonCode.COMPUTED:
                if best is None or (best.support is Support.SUPPORTED and found.support is Support.QUOTED):
                    best = replace(found, cited=claim.numbers, found=(key,))
                if best.support is Support.QUOTED:
                    break
        if best is None:
            return verdict
        return replace(verdict, found=best.found) if claim.numbers else best

    def _near(self, claim: Claim) -> list[int]:
        """Keys of the passages that may bear a claim out, the likeliest first."""
        wanted = set(content(claim.text)) | {token for token in tokens(claim.text) if token[0].isdigit()}
        if not wanted:
            return []
        spoken = self._judge.language_of(claim.text)
        others = [key for key in self._sources if key not in claim.numbers]
        shares = {key: len(wanted & self._words(key)) / len(wanted) for key in others}
        same = sorted((key for key in others if shares[key] >= _LEAST_WORDS), key=lambda key: -shares[key])
        foreign = [key for key in others if key not in same and self._sources[key].language != spoken]
        return same[:_MOST_SAME] + foreign[:_MOST_OTHER]

    def _words(self, key: int) -> frozenset[str]:
        if key not in self._held:
            hit = self._sources[key]
            text = f"{hit.title} {hit.heading} {hit.context} {hit.text}"
            self._held[key] = frozenset(content(text)) | {token for token in tokens(text) if token[0].isdigit()}
        return self._held[key]
