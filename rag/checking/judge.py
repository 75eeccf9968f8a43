"""The verdict on one claim. Pure but for the vectors it asks for.

The order of the tests is the order of what they are worth. What denies a passage, or gives another value for the same subject, is
contradicted; a value that no passage has cannot be excused by anything else. A sentence that stands in the passage word for word is
quoted. Then the share of its words that a passage holds decides, and where languages differ, the nearness of its meaning.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence

from core.text import clean, flowing, fold, tokens
from core.types import Hit, Reason, ReasonCode, Support, Verdict
from rag.checking.agreement import Passages, goes_other_way, other_name
from rag.checking.bindings import content
from rag.checking.claims import Claim
from rag.checking.passages import Row, quotable, sections
from rag.checking.polarity import denials, opposite_directions
from rag.checking.quantities import COUNT, Quantity, quantities
from rag.checking.roles import changed_places
from rag.checking.statements import Statements, stands_in
from rag.checking.subjects import distinct, says_no_subject, stands, subjects
from rag.checking.tables import misplaced
from rag.checking.values import Values
from rag.checking.wanted import asks_once, counted_in, wanted_kinds
from rag.refusals import said_beside
from store.languages import language_of

# Weighted share of a sentence's words found in its passages.
_WORDS_SUPPORTED = 0.6
_WORDS_WEAK = 0.35
# Language-centred cosine between a sentence and the nearest sentence of its passages.
_MEANING_SUPPORTED = 0.45
_MEANING_WEAK = 0.3
# As much of a claim must stand in one sentence for a denial there, or its lack, to contradict.
_SAME_WORDS, _SAME_MEANING = 0.7, 0.5
_SIGNS = re.compile(r"[*_`|]+")
# Words that `content` leaves out and that tell what a value is.
_TELLING = frozenset({"cost"})
# Words that only say that an answer follows, as `content` gives them.
_ANSWERS = frozenset(content("answer answers respuesta respuestas 答え 回答 値"))
_TICKED = (Support.QUOTED, Support.SUPPORTED)


class Judge:
    """Gives the verdicts of one answer."""

    def __init__(self, question: str, language: str, sources: Mapping[int, Hit], statements: Statements) -> None:
        self._question = question
        self._language = language
        self._sources = sources
        self._statements = statements
        self._values = Values(question, language, sources, statements)
        self._passages: dict[tuple[int, ...], Passages] = {}

    def verdict(self, claim: Claim) -> Verdict:
        """The verdict on a claim."""
        support, reason = self._judge(claim)
        if support is Support.SUPPORTED and claim.numbers:
            support, reason = self._particulars(claim, support, reason)
        if support in _TICKED and self._speaks_of_another(claim):
            support, reason = Support.WEAK, Reason(ReasonCode.PART)
        return Verdict(claim.start, claim.end, claim.text, support, claim.numbers, reason)

    def _judge(self, claim: Claim) -> tuple[Support, Reason]:
        if not claim.numbers:
            return Support.UNSUPPORTED, Reason(ReasonCode.UNCITED)
        said = said_beside(_SIGNS.sub(" ", _row_text(claim))).strip()
        if not tokens(said):
            return Support.SUPPORTED, Reason(ReasonCode.WORDS)
        hits = [self._sources[number] for number in claim.numbers]
        values = [value for value in quantities(said) if not value.named]
        if reason := self._misses_question(said, values, claim.numbers):
            return Support.UNSUPPORTED, reason
        foreign = all(hit.language != self._language_of(said) for hit in hits)
        compared = self._values.compare(said, values, claim.numbers, foreign=foreign)
        if (reason := compared.reason) is not None:
            told = reason.code in (ReasonCode.OTHER_VALUE, ReasonCode.OTHER_SUBJECT, ReasonCode.OTHER_DIRECTION)
            return (Support.CONTRADICTED if told else Support.UNSUPPORTED), reason
        if reason := self._denied(said, claim.numbers, foreign=foreign):
            return Support.CONTRADICTED, reason
        if compared.computed:
            return Support.SUPPORTED, Reason(ReasonCode.COMPUTED)
        if reason := misplaced(said, self._question, self._rows(claim.numbers)):
            return Support.CONTRADICTED, reason
        if reason := changed_places(said, self._sentences(claim.numbers)):
            return Support.CONTRADICTED, reason
        if reason := other_name(said, self._question, self._sentences(claim.numbers)):
            return Support.CONTRADICTED, reason
        support, reason = self._borne_out(said, values, claim.numbers, bound=compared.bound, foreign=foreign)
        if support is Support.UNSUPPORTED and compared.held:  # its value is there, of nothing that it could be confused with
            return Support.WEAK, Reason(ReasonCode.PART)
        return support, reason

    def _borne_out(
        self, said: str, values: Sequence[Quantity], numbers: Sequence[int], *, bound: bool, foreign: bool
    ) -> tuple[Support, Reason]:
        """Word for word, by words, or by meaning; `bound` tells that the values stand in the passages for what the claim says of them."""
        hits = [self._sources[number] for number in numbers]
        text = " ".join(fold(flowing(f"{hit.title} {hit.heading} {hit.context} {hit.text}")) for hit in hits)
        exactly = fold(flowing(said)).strip(" .。!！")
        if any(stands_in(exactly, part) for hit in hits for part in quotable(hit)):
            return Support.QUOTED, Reason(ReasonCode.QUOTED)
        if any(stands_in(exactly, fold(flowing(part))) for hit in hits for part in (hit.title, hit.heading, hit.context)):
            return Support.SUPPORTED, Reason(ReasonCode.HEADING)
        bare = _without(said, values)
        asked = [] if foreign else content(self._question)
        own = [word for word in content(bare) if word not in asked] or content(bare)
        held = set(content(text))
        share = _held(own, held)
        if not foreign:
            parts = [content(_without(part, quantities(part))) for part in re.split(r"(?:[,;]\s|[、；])\s*", said)]
            if min((_held(part, held) for part in parts if len(part) >= 2), default=1.0) < _WORDS_WEAK and (
                len(parts) > 1 or not bound
            ):
                weak = share >= _WORDS_WEAK or bound
                return (Support.WEAK, Reason(ReasonCode.PART)) if weak else (Support.UNSUPPORTED, Reason(ReasonCode.ABSENT))
        if bound or share >= _WORDS_SUPPORTED:
            return Support.SUPPORTED, Reason(ReasonCode.VALUES if values else ReasonCode.WORDS)
        meaning = max((self._meaning(said, number) for number in numbers), default=0.0)
        if meaning >= _MEANING_SUPPORTED and (foreign or share >= _WORDS_WEAK):
            return Support.SUPPORTED, Reason(ReasonCode.MEANING)
        if share >= _WORDS_WEAK or meaning >= (_MEANING_WEAK if foreign else _MEANING_SUPPORTED):
            return Support.WEAK, Reason(ReasonCode.PART)
        return Support.UNSUPPORTED, Reason(ReasonCode.ABSENT)

    # The question

    def _misses_question(self, said: str, values: Sequence[Quantity], numbers: Sequence[int]) -> Reason | None:
        """A value of another kind than was asked for is no answer, where nothing or only the question's own words stand beside it."""
        wanted = wanted_kinds(self._question)
        hard = [value for value in values if not value.soft]
        if not wanted or not hard:
            return None
        bare = _without(said, hard)
        beside = {*content(bare), *(_TELLING & set(tokens(bare)))} - _ANSWERS
        if beside and not (asks_once(self._question) and beside <= set(content(self._question))):
            return None
        for value in hard:
            kinds = {value.dimension}
            if value.dimension == COUNT:  # a bare number is of the kind that it has where it stands
                kinds |= {
                    place.quantity.dimension
                    for number in numbers
                    for place in self._values.of(number)
                    if value.same(place.quantity)
                }
            if kinds & wanted or self._counts_asked(value, numbers):
                return None
        return Reason(ReasonCode.NOT_ASKED, claimed=hard[0].text)

    def _counts_asked(self, value: Quantity, numbers: Sequence[int]) -> bool:
        """Whether a passage has a value of what the question counts: "5 kg of olives" for "how many olives"."""
        counted = set(content(counted_in(self._question)))
        return bool(counted) and any(
            counted <= set(content(place.clause))
            for number in numbers
            for place in self._values.of(number)
            if value.same(place.quantity)
        )

    # Particulars

    def _particulars(self, claim: Claim, support: Support, reason: Reason) -> tuple[Support, Reason]:
        """What is borne out by words or meaning alone is not where a particular of the claim stands in none of its passages."""
        said = said_beside(_SIGNS.sub(" ", _row_text(claim))).strip()
        hits = [self._sources[number] for number in claim.numbers]
        if claim.numbers not in self._passages:
            sentences = [(number, text) for number in claim.numbers for text in self._clauses(number)]
            self._passages[claim.numbers] = Passages(hits, sentences)
        foreign = all(hit.language != self._language_of(said) for hit in hits)

        def near(text: str) -> bool:
            mine = self._statements.vectors([said], self._language)[0]
            return float(self._statements.vectors([text], self._language_of(text))[0] @ mine) >= _SAME_MEANING

        return self._passages[claim.numbers].weighed(said, self._question, near if foreign else None) or (support, reason)

    # Denials

    def _denied(self, said: str, numbers: Sequence[int], *, foreign: bool) -> Reason | None:
        """Whether the sentence that says the same in most of its words denies it, or goes the other way."""
        words = content(said)
        if not words:
            return None
        for number in numbers:
            clauses = self._clauses(number)
            if foreign:
                near = (
                    self._statements.vectors(clauses, self._sources[number].language)
                    @ self._statements.vectors([said], self._language)[0]
                )
                ranked = sorted(zip(near.tolist(), clauses, strict=True), reverse=True)[:1]
                same = _SAME_MEANING
            else:
                ranked = sorted(
                    ((sum(word in set(content(text)) for word in words) / len(words), text) for text in clauses),
                    key=lambda pair: (pair[0], -len(pair[1])),
                    reverse=True,
                )[:1]
                same = _SAME_WORDS
            if not foreign and (told := goes_other_way(said, clauses, number)):
                return told
            for score, text in ranked:
                if len(words) < 2:
                    continue
                if score >= same and (denials(said) % 2 != denials(text) % 2):
                    return Reason(ReasonCode.OPPOSITE, said, text, number)
                if score >= same and opposite_directions(said, text):
                    return Reason(ReasonCode.OTHER_DIRECTION, said, text, number)
        return None

    def _rows(self, numbers: Sequence[int]) -> list[tuple[int, Row]]:
        """The rows of tables in passages, with the numbers of the passages."""
        found = []
        for number in numbers:
            hit = self._sources[number]
            found += [(number, section.row) for section in sections(hit.text, hit.context) if section.row is not None]
        return found

    def _speaks_of_another(self, claim: Claim) -> bool:
        """Whether a claim leaves its subject to the question, and no cited passage has the name that the question gives it."""
        names = distinct(subjects(self._question)) if quantities(claim.text) else []
        if not names or not says_no_subject(_row_text(claim), self._question):
            return False
        hits = [self._sources[number] for number in claim.numbers]
        return not any(stands(name, f"{hit.title} {hit.heading} {hit.context} {hit.text}") for hit in hits for name in names)

    def _sentences(self, numbers: Sequence[int]) -> list[tuple[int, str]]:
        return [(number, one.text) for number in numbers for one in self._statements.sentences(self._sources[number])]

    def _clauses(self, number: int) -> list[str]:
        """The sentences of a passage and their parts."""
        found = []
        for sentence in self._statements.sentences(self._sources[number]):
            if "|" in sentence.text:
                continue
            found.append(sentence.text)
            found += [part.strip() for part in re.split(r"[;；]\s*|(?<=[がは])、", sentence.text) if len(content(part)) > 2]
        return list(dict.fromkeys(found)) or [self._sources[number].text]

    # Helpers

    def _language_of(self, said: str) -> str:
        return language_of(clean(said), ("en", "es", "ja")) if len(tokens(said)) > 3 else self._language

    def _meaning(self, said: str, number: int) -> float:
        """Centred cosine of the claim and the nearest sentence of a passage."""
        text = f"{self._question} {said}" if len(tokens(said)) < 6 else said
        theirs = self._statements.vectors(self._clauses(number), self._sources[number].language)
        return float((theirs @ self._statements.vectors([text], self._language)[0]).max(initial=0.0))


def _row_text(claim: Claim) -> str:
    """The words of a claim; a row of a table says each cell under its head."""
    if claim.row is None:
        return claim.text
    head = claim.row.head or ("",) * len(claim.row.cells)
    pairs = itertools.zip_longest(head[1:], claim.row.cells[1:], fillvalue="")
    return f"{claim.row.cells[0]}: " + ", ".join(f"{name} {cell}".strip() for name, cell in pairs)


def _without(text: str, values: Sequence[Quantity]) -> str:
    for value in sorted(values, key=lambda value: -len(value.text)):
        text = text.replace(value.text, " ")
    return text


def _held(words: Sequence[str], held: Collection[str]) -> float:
    """The share of words that are held; all of none."""
    return sum(word in held for word in words) / len(words) if words else 1.0
