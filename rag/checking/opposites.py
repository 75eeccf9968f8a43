"""Whether the passages deny a claim, or say the reverse of it, where they speak of the same. Pure but for the vectors it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.text import clean, tokens
from core.types import Hit, Reason, ReasonCode, Support
from rag.checking.agreement import goes_other_way
from rag.checking.bindings import among, content
from rag.checking.contrasts import contrasts
from rag.checking.counterparts import Counterparts
from rag.checking.crossings import crossed, of_other_part, turned_comparison
from rag.checking.polarity import denials, modal, opposite_directions, permits, without_permission
from rag.checking.quantities import quantities
from rag.checking.statements import Statements
from rag.checking.subjects import subjects
from store.languages import language_of as told_language

# As much of a claim must stand in one sentence for a denial there, or its lack, to contradict.
_SAME_WORDS, SAME_MEANING = 0.7, 0.5
# A clause that says what must or may be is meant from here on, where it is so much nearer than every other.
_CLEAR_MEANING, _LEAD = 0.33, 0.12
# As near as this the nearest sentence in another language speaks of the same.
_MEANT = 0.4
# With so much of a claim in a part of a sentence, a denial in another part is of something else.
_ROUGHLY = 0.4


@dataclass(frozen=True, slots=True)
class _Near:
    """A clause of passage `passage` that says what a text says, how near it is, and whether that is enough by itself."""

    passage: int
    text: str
    score: float
    sure: bool


class Opposites:
    """The sentences of passages, held against the claims of one answer to a question."""

    def __init__(self, question: str, language: str, sources: Mapping[int, Hit], statements: Statements) -> None:
        self._question = question
        self._language = language
        self._sources = sources
        self._statements = statements
        self._counterparts: dict[tuple[int, ...], Counterparts] = {}

    def otherwise(self, said: str, numbers: Sequence[int], *, foreign: bool) -> Reason | None:
        """Whether the passages say the opposite where they speak of the same."""
        sentences = [(number, text) for number, text in self.sentences(numbers) if "|" not in text]
        if foreign:
            return self._denied(said, numbers, foreign=True) or self._other_side(said, numbers)
        counterparts = self._counterparts.setdefault(tuple(numbers), Counterparts(sentences))
        excepted, reason = counterparts.excepted(said)
        if excepted:
            return reason
        part = counterparts.nearest(said, _ROUGHLY)
        agrees = counterparts.agrees(said) or (
            part is not None and part.text != part.sentence and denials(part.text) % 2 == denials(said) % 2
        )
        denied = None if agrees else self._denied(said, numbers, foreign=False)
        return denied or counterparts.otherwise(said)

    def crossed(self, said: str, numbers: Sequence[int], *, foreign: bool) -> Reason | None:
        """Whether a claim joins what the passages have apart."""
        sentences = [(number, text) for number, text in self.sentences(numbers) if "|" not in text]
        if not foreign and (told := crossed(said, sentences) or turned_comparison(said, sentences)):
            return told
        return of_other_part(said, sentences)

    def answered(self, numbers: Sequence[int], *, yes: bool) -> tuple[Support, Reason]:
        """The verdict on yes or no alone: on the question as a statement, or its denial."""
        question = self._question.strip("¿?？ ")
        best = self._same_statement(question, numbers)
        values = [value for value in quantities(question) if not value.soft and not value.named]
        if best is None or denials(question):
            return Support.WEAK, Reason(ReasonCode.PART)
        if not all(any(value.same(other) for other in quantities(best.text)) for value in values):
            return Support.WEAK, Reason(ReasonCode.PART)
        if (denials(best.text) % 2 == 0) == yes:
            return Support.SUPPORTED, Reason(ReasonCode.WORDS)
        return Support.CONTRADICTED, Reason(ReasonCode.OPPOSITE, found=best.text, passage=best.passage)

    def _other_side(self, said: str, numbers: Sequence[int]) -> Reason | None:
        """Whether the sentence in another language that means the same says another side of what can be said of it."""
        mine = self._statements.vectors([said], self.language_of(said))[0]
        best, text, passage = _MEANT, "", 0
        for number in numbers:
            clauses = self.clauses(number)
            cosines = self._statements.vectors(clauses, self._sources[number].language) @ mine if clauses else []
            for clause, cosine in zip(clauses, cosines, strict=True):
                if cosine > best:
                    best, text, passage = float(cosine), clause, number
        told = contrasts(said, text, foreign=True)
        return Reason(ReasonCode.OTHER_DIRECTION, told[0].claimed, text, passage) if told else None

    def _denied(self, said: str, numbers: Sequence[int], *, foreign: bool) -> Reason | None:
        """Whether the sentence that says the same in most of its words denies it, or goes the other way."""
        words = content(said)
        if not words:
            return None
        for number in numbers:
            if not foreign and (told := goes_other_way(said, self.clauses(number), number)):
                return told
            if not foreign and (told := self._forbidden(said, number)):
                return told
            near = self._same_statement(said, [number]) if len(words) >= 2 else None
            if near is not None and denials(said) % 2 != denials(near.text) % 2:
                return Reason(ReasonCode.OPPOSITE, said, near.text, number)
            if near is not None and near.sure and opposite_directions(said, near.text):
                return Reason(ReasonCode.OTHER_DIRECTION, said, near.text, number)
        return None

    def _forbidden(self, said: str, number: int) -> Reason | None:
        """Whether a sentence allows what a claim forbids, or the reverse, in all the words that say what it is."""
        claimed = permits(said)
        words = [word for word in content(without_permission(said)) if word not in content(" ".join(subjects(said)))]
        if claimed is None or not words:
            return None
        found = [
            (permits(text), text)
            for text in (one.text for one in self._statements.sentences(self._sources[number]))
            if all(among(word, content(text)) for word in words)
        ]
        if any(told == claimed for told, _ in found):
            return None
        return next((Reason(ReasonCode.OPPOSITE, said, text, number) for told, text in found if told is not None), None)

    def _same_statement(self, said: str, numbers: Sequence[int]) -> _Near | None:
        """The clause of the passages that says the same as a text in most of its words, or means it; None where none does."""
        found = [near for number in numbers if (near := self._nearest(said, number)) is not None]
        return max(found, key=lambda near: near.score, default=None)

    def _nearest(self, said: str, number: int) -> _Near | None:
        clauses = self.clauses(number)
        if not clauses:
            return None
        language = self.language_of(said)
        if self._sources[number].language == language:
            words = content(said)
            ranked = sorted(
                ((sum(word in set(content(text)) for word in words) / max(1, len(words)), text) for text in clauses),
                key=lambda pair: (pair[0], -len(pair[1])),
                reverse=True,
            )
            score, text = ranked[0]
            return _Near(number, text, score, sure=True) if score >= _SAME_WORDS else None
        clauses = [text for text in clauses if not _mixed(text)] or clauses
        mine = self._statements.vectors([said], language)[0]
        cosines = self._statements.vectors(clauses, self._sources[number].language) @ mine
        ranked = sorted(zip(cosines.tolist(), clauses, strict=True), reverse=True)
        score, text = ranked[0]
        second = max((other for other, one in ranked if one not in text and text not in one), default=0.0)
        clear = score >= second + _LEAD and (score >= _MEANT or (score >= _CLEAR_MEANING and modal(said) and modal(text)))
        return _Near(number, text, score, sure=score >= SAME_MEANING) if score >= SAME_MEANING or clear else None

    def sentences(self, numbers: Sequence[int]) -> list[tuple[int, str]]:
        """The sentences of passages, with the numbers of the passages."""
        return [(number, one.text) for number in numbers for one in self._statements.sentences(self._sources[number])]

    def clauses(self, number: int) -> list[str]:
        """The sentences of a passage and their parts; none of one that holds nothing but a table."""
        found = []
        for sentence in self._statements.sentences(self._sources[number]):
            if "|" in sentence.text:
                continue
            found.append(sentence.text)
            found += [part.strip() for part in re.split(r"[;；]\s*|(?<=[がは])、", sentence.text) if len(content(part)) > 2]
        return list(dict.fromkeys(found))

    def language_of(self, said: str) -> str:
        """The language of a claim: that of the question where the claim is short."""
        return told_language(clean(said), ("en", "es", "ja")) if len(tokens(said)) > 3 else self._language


def _mixed(sentence: str) -> bool:
    """Whether one part of a sentence denies and another does not."""
    parts = [denials(part) % 2 for part in re.split(r"[;；]\s*|(?<=[がは])、", sentence) if len(content(part)) > 2]
    return len(set(parts)) > 1
