"""Is each claim of an answer borne out by what it cites? Told from words, values and vectors; no second model is asked.

`Checker` follows an answer while it is written. As soon as a claim has ended, it chooses the words that its marks stand on and gives the
verdict. Each text is embedded once an answer, and only where words cannot tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.text import tokens
from core.types import Citation, Hit, Verdict
from rag.checking.claims import Claim, ClaimReader
from rag.checking.judge import Judge
from rag.checking.statements import Statement, Statements, overlap
from rag.citations import cite

Embed = Callable[[Sequence[str], str], np.ndarray]
# Below this overlap words cannot tell which sentence is meant, and vectors are asked.
_OVERLAP_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Checked:
    """What is new since the last piece of an answer: quotes that were not given before, and verdicts."""

    citations: tuple[Citation, ...]
    verdicts: tuple[Verdict, ...]


class Checker:
    """Chooses the quotes and gives the verdicts of one answer. `embed(texts, language)` gives centred passage vectors.

    `sources` are the passages shown to the model by their numbers.
    """

    def __init__(self, question: str, language: str, sources: Mapping[int, Hit], embed: Embed) -> None:
        self._question = question
        self._sources = sources
        self._statements = Statements(embed)
        self._judge = Judge(question, language, sources, self._statements)
        self._language = language
        self.seconds = 0.0  # what the checking took so far
        self.reset()

    def reset(self) -> None:
        """Forget the answer so far: it is taken back."""
        self._claims = ClaimReader(self._sources)
        self._quoted: set[tuple[int, int, int]] = set()

    def feed(self, piece: str) -> Checked:
        """What the claims that have ended with this piece of shown text stand on."""
        return self._check(self._claims.feed(piece))

    def flush(self) -> Checked:
        """The same for what is left when the answer has ended."""
        return self._check(self._claims.flush())

    def _check(self, said: Sequence[Claim]) -> Checked:
        begun = time.perf_counter()
        citations = [citation for claim in said for citation in self._cite(claim)]
        verdicts = tuple(self._judge.verdict(claim) for claim in said)
        self.seconds += time.perf_counter() - begun
        return Checked(tuple(citations), verdicts)

    def _cite(self, claim: Claim) -> list[Citation]:
        """For each cited passage the sentence that the claim stands on; each quote once an answer."""
        found = []
        for number in claim.numbers:
            quote = self._quote(claim, self._sources[number])
            if quote is not None and (number, quote.start, quote.end) not in self._quoted:
                self._quoted.add((number, quote.start, quote.end))
                found.append(cite(number, self._sources[number], quote.start, quote.end))
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


def check_answer(answer: str, question: str, language: str, sources: Mapping[int, Hit], embed: Embed) -> Checked:
    """The quotes and verdicts of a whole answer that went through `MarkReader`."""
    checker = Checker(question, language, sources, embed)
    first, rest = checker.feed(answer), checker.flush()
    return Checked(first.citations + rest.citations, first.verdicts + rest.verdicts)
