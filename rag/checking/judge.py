"""The verdict on one claim. Pure but for the vectors it asks for.

The order of the tests is the order of what they are worth. What denies a passage, or gives another value for the same subject, is
contradicted; a value that no passage has cannot be excused by anything else. A sentence that stands in the passage word for word is
quoted. Then the share of its words that a passage holds decides, and where languages differ, the nearness of its meaning.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence

from core.text import flowing, fold, tokens
from core.types import Hit, Reason, ReasonCode, Support, Verdict
from rag.checking.agreement import Passages, other_name
from rag.checking.bindings import content
from rag.checking.claims import Claim
from rag.checking.opposites import SAME_MEANING, Opposites
from rag.checking.passages import Row, quotable, sections
from rag.checking.polarity import bare_answer, without_answer
from rag.checking.quantities import COUNT, Quantity, quantities
from rag.checking.roles import changed_places
from rag.checking.statements import Statements, stands_in
from rag.checking.subjects import distinct, says_no_subject, stands, subjects
from rag.checking.tables import denied_by_cell, misplaced
from rag.checking.values import Values
from rag.checking.wanted import asks_once, counted_in, wanted_kinds
from rag.refusals import said_beside

# Weighted share of a sentence's words found in its passages.
_WORDS_SUPPORTED = 0.6
_WORDS_WEAK = 0.35
# As much of them beside a meaning that is near.
_WORDS_MEANT = 0.5
# Language-centred cosine between a sentence and the nearest sentence of its passages.
_MEANING_SUPPORTED = 0.45
_MEANING_WEAK = 0.3
# Where a bare number stands, less than this share of the question's words tells that it counts something else.
_ASKED_ABOUT = 0.3
_SIGNS = re.compile(r"[*_`|]+")
# Words that `content` leaves out and that tell what a value is.
_TELLING = frozenset({"cost"})
# Words that only say that an answer follows, as `content` gives them.
_ANSWERS = frozenset(content("answer answers respuesta respuestas 答え 回答 値"))
# A word of small letters with another behind a hyphen: "gcc-doc".
_MADE = re.compile(r"(?<![\w-])(?P<of>[a-z][a-z\d]{2,})[-_][a-z\d-]+(?![\w-])")
_PLAIN_NAME = re.compile(r"[A-ZÀ-Þ][a-zà-ÿ]{3,}")
_DURATIONS = ("time", "span")


class Judge:
    """Gives the verdicts of one answer."""

    def __init__(self, question: str, language: str, sources: Mapping[int, Hit], statements: Statements) -> None:
        self._question = question
        self._language = language
        self._sources = sources
        self._statements = statements
        self._opposites = Opposites(question, language, sources, statements)
        self._values = Values(question, language, sources, statements)
        self._passages: dict[tuple[int, ...], Passages] = {}

    def verdict(self, claim: Claim) -> Verdict:
        """The verdict on a claim."""
        support, reason = self._judge(claim)
        if support is Support.SUPPORTED and claim.numbers:
            support, reason = self._particulars(claim, support, reason)
        if support is Support.SUPPORTED and (self._names_what_is_nowhere(claim) or self._lasts_otherwise(claim)):
            support, reason = Support.WEAK, Reason(ReasonCode.PART)
        if support.ticked and (told := self._passages_of(claim.numbers).elsewhere(claim.text, self._question)):
            support, reason = Support.CONTRADICTED, told
        if support.ticked and (other := self._passages_of(claim.numbers).of_sibling(claim.text)):
            support, reason = other
        if support.ticked and (self._speaks_of_another(claim) or self._counts_something_else(claim)):
            support, reason = Support.WEAK, Reason(ReasonCode.PART)
        return Verdict(claim.start, claim.end, claim.text, support, claim.numbers, reason)

    def _judge(self, claim: Claim) -> tuple[Support, Reason]:
        if not claim.numbers:
            return Support.UNSUPPORTED, Reason(ReasonCode.UNCITED)
        said = without_answer(said_beside(_SIGNS.sub(" ", _row_text(claim))).strip())
        if not tokens(said):
            return Support.SUPPORTED, Reason(ReasonCode.WORDS)
        if (yes := bare_answer(said)) is not None:
            return self._opposites.answered(claim.numbers, yes=yes)
        hits = [self._sources[number] for number in claim.numbers]
        values = [value for value in quantities(said) if not value.named]
        if reason := self._misses_question(said, values, claim.numbers):
            return Support.UNSUPPORTED, reason
        foreign = self._foreign(said, hits)
        compared = self._values.compare(said, values, claim.numbers, foreign=foreign)
        if (reason := compared.reason) is not None:
            told = reason.code in (ReasonCode.OTHER_VALUE, ReasonCode.OTHER_SUBJECT, ReasonCode.OTHER_DIRECTION)
            return (Support.CONTRADICTED if told else Support.UNSUPPORTED), reason
        reason = self._opposites.otherwise(said, claim.numbers, foreign=foreign) or denied_by_cell(said, self._rows(claim.numbers))
        if reason is not None:
            return Support.CONTRADICTED, reason
        if compared.computed:
            return Support.SUPPORTED, Reason(ReasonCode.COMPUTED)
        if reason := misplaced(said, self._question, self._rows(claim.numbers)):
            return Support.CONTRADICTED, reason
        if reason := changed_places(said, self._opposites.sentences(claim.numbers)):
            return Support.CONTRADICTED, reason
        if reason := other_name(said, self._question, self._opposites.sentences(claim.numbers)):
            return Support.CONTRADICTED, reason
        if reason := self._opposites.crossed(said, claim.numbers, foreign=foreign):
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
        if meaning >= _MEANING_SUPPORTED and (foreign or share >= _WORDS_MEANT):
            return Support.SUPPORTED, Reason(ReasonCode.MEANING)
        if share >= _WORDS_WEAK or meaning >= (_MEANING_WEAK if foreign else _MEANING_SUPPORTED):
            return Support.WEAK, Reason(ReasonCode.PART)
        return Support.UNSUPPORTED, Reason(ReasonCode.ABSENT)

    def _foreign(self, said: str, hits: Sequence[Hit]) -> bool:
        """Whether a claim is in another language than all its passages: a few words of a list may be taken for another, their words may not."""
        own = content(said)
        return all(hit.language != self.language_of(said) and _held(own, set(content(hit.text))) < _WORDS_SUPPORTED for hit in hits)

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
        foreign = self._foreign(said, hits)

        def near(text: str) -> bool:
            mine = self._statements.vectors([said], self._language)[0]
            return float(self._statements.vectors([text], self.language_of(text))[0] @ mine) >= SAME_MEANING

        return self._passages_of(claim.numbers).weighed(said, self._question, near if foreign else None) or (support, reason)

    def _passages_of(self, numbers: tuple[int, ...]) -> Passages:
        if numbers not in self._passages:
            sentences = [(number, text) for number in numbers for text in self._opposites.clauses(number)]
            self._passages[numbers] = Passages([self._sources[number] for number in numbers], sentences)
        return self._passages[numbers]

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

    def _names_what_is_nowhere(self, claim: Claim) -> bool:
        """Whether a claim has a name, or a word made of a name of its passages, that neither they nor the question have."""
        hits = [self._sources[number] for number in claim.numbers]
        text = " ".join([self._question, *(f"{hit.title} {hit.heading} {hit.context} {hit.text}" for hit in hits)])
        made = [match[0] for match in _MADE.finditer(claim.text) if stands(match["of"], text)]
        names = [] if self._foreign(claim.text, hits) else [one for one in subjects(claim.text) if _PLAIN_NAME.match(one)]
        return any(not stands(name, text) and not any(stands(word, text) for word in name.split()) for name in names) or any(
            not stands(one, text) for one in made
        )

    def _lasts_otherwise(self, claim: Claim) -> bool:
        """Whether a claim tells one month, week or year as a duration, and its passages tell other durations alone."""
        mine = [one for one in quantities(claim.text) if one.soft and one.dimension in _DURATIONS and not _rate(claim.text, one)]
        theirs = [place.quantity for number in claim.numbers for place in self._values.of(number)]
        theirs = [one for one in theirs if one.dimension in _DURATIONS and not one.soft]
        return bool(mine and theirs) and not any(one.same(other) for one in mine for other in theirs)

    def _counts_something_else(self, claim: Claim) -> bool:
        """Whether a claim is a bare number, and next to nothing of the question stands where its passages have it."""
        counted = content(counted_in(self._question))
        values = [value for value in quantities(claim.text) if not value.soft]
        hits = [self._sources[number] for number in claim.numbers]
        if not counted or len(values) != 1 or values[0].dimension != COUNT or content(_without(claim.text, values)):
            return False
        if any(hit.language != self._language for hit in hits):
            return False
        above = " ".join(f"{hit.title} {hit.heading}" for hit in hits)
        if any(stands(name, above) for name in subjects(self._question)):
            return False
        asked = list(dict.fromkeys(content(self._question)))
        around = [
            set(content(f"{hit.heading.rpartition('›')[2]} {hit.context} {place.before} {place.sentence}"))
            for number, hit in zip(claim.numbers, hits, strict=True)
            for place in self._values.of(number)
            if values[0].same(place.quantity)
        ]
        return bool(around) and all(not set(counted) & held and _held(asked, held) < _ASKED_ABOUT for held in around)

    # Helpers

    def language_of(self, said: str) -> str:
        """The language of a claim; that of the answer where its words are too few to tell."""
        return self._opposites.language_of(said)

    def _meaning(self, said: str, number: int) -> float:
        """Centred cosine of the claim and the nearest sentence of a passage."""
        text = f"{self._question} {said}" if len(tokens(said)) < 6 else said
        theirs = self._statements.vectors(
            self._opposites.clauses(number) or [self._sources[number].text], self._sources[number].language
        )
        return float((theirs @ self._statements.vectors([text], self._language)[0]).max(initial=0.0))


def _rate(text: str, one: Quantity) -> bool:
    """Whether a duration tells how often, or per what: "870 euros a month", "each year"."""
    before = text[: one.start]
    return re.search(r"(?:\d\S*(?: [^\s\d]+){0,2}|times|veces|once|twice|every|each|per|cada|por|al|a la) \Z", before) is not None


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
