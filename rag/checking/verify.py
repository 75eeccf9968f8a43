"""Is each claim of an answer borne out by what it cites? Told from words, values and vectors; no second model is asked.

`Checker` follows an answer while it is written. As soon as a claim has ended, it chooses the words that its marks stand on and gives the
verdict; what its marks do not bear out is looked for in the other passages. Each text is embedded once an answer, and only where words
cannot tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.text import tokens
from core.types import Citation, Hit, Reason, ReasonCode, Support, Verdict
from rag.checking.claims import Claim, ClaimReader
from rag.checking.finding import Finder
from rag.checking.judge import Judge
from rag.checking.statements import Statement, Statements, overlap
from rag.citations import Numbering, cite

Embed = Callable[[Sequence[str], str], np.ndarray]
# Below this overlap words cannot tell which sentence is meant, and vectors are asked.
_OVERLAP_SURE = 0.5
# Characters of a claim that are judged; a sentence, or a row of a table, is shorter.
LONGEST_CLAIM = 2_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What is new since the last piece of an answer: quotes that were not given before, and verdicts."""

    citations: tuple[Citation, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


class Checker:
    """Chooses the quotes and gives the verdicts of one answer. `embed(texts, language)` gives centred passage vectors.

    `sources` are the passages found, by key; `numbering` gives their numbers in the answer (without it, the keys are the numbers).
    A claim that cites nothing, or nothing that bears it out, gets the passage that does, marked as found.
    """

    def __init__(
        self, question: str, language: str, sources: Mapping[int, Hit], embed: Embed, numbering: Numbering | None = None
    ) -> None:
        self._question = question
        self._sources = sources
        self._numbering = numbering if numbering is not None else Numbering(sources)
        self._statements = Statements(embed)
        self._judge = Judge(question, language, sources, self._statements)
        self._finder = Finder(sources, self._judge)
        self._language = language
        self.seconds = 0.0  # what the checking took so far
        self.reset()

    def reset(self) -> None:
        """Forget the answer so far: it is taken back."""
        self._claims = ClaimReader(self._numbering.known)
        self._quoted: dict[tuple[int, int, int], bool] = {}  # by passage and place, whether it was added

    def feed(self, piece: str) -> Checked:
        """What the claims that have ended with this piece of shown text stand on."""
        return self._check(self._claims.feed(piece))

    def flush(self) -> Checked:
        """The same for what is left when the answer has ended."""
        return self._check(self._claims.flush())

    def _check(self, said: Sequence[Claim]) -> Checked:
        begun = time.perf_counter()
        citations: list[Citation] = []
        verdicts = []
        for claim in said:
            keys = tuple(map(self._numbering.key, claim.numbers))
            keyed = shortened(replace(claim, numbers=keys))
            verdict = self._finder.weighed(keyed, self._judged(keyed, whole=len(keyed.text) == len(claim.text)))
            citations += self._cite(keyed, keys, added=False)
            citations += self._cite(keyed, verdict.found, added=True)
            verdicts.append(self._numbered(replace(verdict, sentence=claim.text), claim.numbers))
        self.seconds += time.perf_counter() - begun
        return Checked(tuple(citations), tuple(verdicts))

    def _judged(self, claim: Claim, *, whole: bool) -> Verdict:
        """The verdict on a claim; where it was shortened, what stands behind its beginning was not looked at."""
        verdict = self._judge.verdict(claim)
        if whole or not verdict.support.ticked:
            return verdict
        return replace(verdict, support=Support.WEAK, reason=Reason(ReasonCode.PART))

    def _numbered(self, verdict: Verdict, cited: tuple[int, ...]) -> Verdict:
        """A verdict with the numbers of the answer in the place of keys."""
        reason = verdict.reason
        if reason.passage:
            reason = replace(reason, passage=self._numbering.number(reason.passage))
        return replace(verdict, cited=cited, reason=reason, found=tuple(map(self._numbering.number, verdict.found)))

    def _cite(self, claim: Claim, keys: Sequence[int], *, added: bool) -> list[Citation]:
        """For each passage the sentence that the claim stands on; each quote once an answer, and once more where the model cites it too."""
        found = []
        for key in keys:
            quote = self._quote(claim, self._sources[key])
            if quote is None:
                continue
            place = (key, quote.start, quote.end)
            if place not in self._quoted or (self._quoted[place] and not added):
                self._quoted[place] = added
                found.append(cite(self._numbering.number(key), self._sources[key], quote.start, quote.end, added=added))
        return found

    def _quote(self, claim: Claim, hit: Hit) -> Statement | None:
        """The sentence of a passage that carries a claim best: by words, and by meaning too where words do not tell."""
        sentences = self._statements.sentences(hit)
        if not sentences:
            return None
        scores = np.array([overlap(claim.text, self._question, sentence.text) for sentence in sentences])
        if scores.max() < _OVERLAP_SURE:
            scores = scores + self._statements.cosines(self._said(claim), self._language, hit)
        return sentences[int(scores.argmax())]

    def _said(self, claim: Claim) -> str:
        """What a claim says; a short answer means little by itself, and the question goes with it."""
        return f"{self._question} {claim.text}" if len(tokens(claim.text)) < 6 else claim.text


def shortened(claim: Claim) -> Claim:
    """A claim of a length that a sentence can have: of a longer one its beginning, as prose. Judging takes time with the square of it."""
    return claim if len(claim.text) <= LONGEST_CLAIM else replace(claim, text=claim.text[:LONGEST_CLAIM], row=None)


def check_answer(answer: str, question: str, language: str, sources: Mapping[int, Hit], embed: Embed) -> Checked:
    """The quotes and verdicts of a whole answer that went through `MarkReader`."""
    checker = Checker(question, language, sources, embed)
    first, rest = checker.feed(answer), checker.flush()
    return Checked(first.citations + rest.citations, first.verdicts + rest.verdicts)
