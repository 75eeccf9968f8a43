"""Whether the values of a claim are those that its passages give for the same subject. Pure but for the vectors it asks for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from core.text import sentence_spans, tokens
from core.types import Hit, Reason, ReasonCode
from rag.checking.bindings import Place, Weights, clause_at, content, names, places
from rag.checking.derivations import follows, turned_round
from rag.checking.particulars import particulars
from rag.checking.passages import sections
from rag.checking.polarity import without_directions
from rag.checking.quantities import COUNT, DATE, Quantity, quantities
from rag.checking.statements import Statements
from rag.checking.subjects import about, any_match, distinct, of_one_family, says_no_subject, stands, subjects
from rag.checking.tables import Told, in_name_of_row, rows_named, told_of
from rag.checking.units import MONEY

# By so much the context of another value must be nearer than that of the claimed one.
_MARGIN_WORDS, _MARGIN_MEANING = 0.12, 0.06
# The same across languages where the claimed value stands in the passages too.
_MARGIN_MEANING_HELD = 0.15
# As near as this a context must be for its value to contradict another.
_NEAR_WORDS, _NEAR_MEANING = 0.3, 0.2
# A clause with at most so many words goes on with those before it.
_FEW = 2
_WHOLE = re.compile(r"\d{1,4}(?![\d.,])")
_THOSE = re.compile(r"\b(?:those|that|the ones?|los|las|el|la) (?:in|of|from|de|del|en)\b", re.IGNORECASE)
# A sentence without a name goes on about what these many sentences before it name, the nearest first.
_BEFORE = 3
_TOTALS = re.compile(
    r"\b(?:both|together|total|altogether|sum|combined|in all|difference|more than|less than|longer than|twice|times|juntos|juntas"
    r"|en total|suma\w*|ambos|ambas"
    r"|diferencia|conjunto|entre (?:los|las) (?:dos|tres|cuatro))\b|合計|合わせ|全部で|計|差|倍",
    re.IGNORECASE,
)


# A change by a value is the difference of two others, but for shares: of these it is told in percentage points.
_CHANGES = re.compile(
    r"\b(?:rose|rise|grew|grow|fell|fall|dropp?|increas|decreas|declin)\w* by|\b(?:subi|baj|aument|creci|cay|disminuy)\w* (?:en|un|una)\b"
    r"|増え|増加|減っ|減り|減少|上が|下が",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Compared:
    """What speaks against the values of a claim; whether one follows from values of the passages, and whether each stands there.

    `held` tells that at least one stands there, be it of what it may.
    """

    reason: Reason | None = None
    computed: bool = False
    bound: bool = False
    held: bool = False


class Values:
    """The values of passages, held against those of the claims of one answer."""

    def __init__(self, question: str, language: str, sources: Mapping[int, Hit], statements: Statements) -> None:
        self._question = question
        self._language = language
        self._sources = sources
        self._statements = statements
        self._asked = quantities(question)
        self._places: dict[int, list[Place]] = {}
        self._named: dict[Place, list[str]] = {}
        self._above: dict[int, tuple[Quantity, ...]] = {}

    def of(self, number: int) -> list[Place]:
        """The values of passage `number` and of its title, with their contexts."""
        if number not in self._places:
            self._places[number] = places(number, self._sources[number])
            title = self._sources[number].title
            self._places[number] += [
                Place(number, one, title, title) for one in quantities(title) if one.dimension == DATE or not one.named
            ]
        return self._places[number]

    def _told_above(self, number: int) -> tuple[Quantity, ...]:
        """The values in what stands above passage `number`: the names of columns, the heading."""
        if number not in self._above:
            hit = self._sources[number]
            heads = [hit.text[one.start : one.end] for one in sections(hit.text, hit.context) if one.head]
            self._above[number] = tuple(one for text in (hit.heading, hit.context, *heads) for one in quantities(text))
        return self._above[number]

    def compare(self, said: str, values: Sequence[Quantity], numbers: Sequence[int], *, foreign: bool) -> Compared:
        """What the passages with these numbers say of the values of a claim."""
        found = [place for number in numbers for place in self.of(number)]
        computed, held, bound = False, False, any(not value.soft for value in values)
        for value in values:
            if value.soft and not any(value.same(place.quantity) for place in found):
                continue
            echoed = any(value.same(asked) for asked in self._asked)
            alike = [place for place in found if value.same(place.quantity)]
            if not alike and any(value.same(one) for number in numbers for one in self._told_above(number)):
                continue
            held = held or bool(alike and not value.soft)
            if not alike:
                bound = False
                if echoed:
                    continue
                if self._is_share(value, numbers) or _times_another(value, values, found):
                    computed = True
                    continue
                changes = value.dimension != "percent" and _CHANGES.search(said)
                if changes and follows(value, found, self._asked):
                    computed = True
                    continue
                if _TOTALS.search(said) or _TOTALS.search(self._question):
                    if follows(value, found, self._asked):
                        computed = True
                        continue
                    return Compared(Reason(ReasonCode.VALUE_ABSENT, claimed=value.text))
            reason, stands = self._weighed(said, value, found, foreign=foreign)
            if reason is not None and not (alike and echoed):
                return Compared(reason)
            bound = bound and stands
        return Compared(turned_round(said, values, found), computed, bound, held)

    def _is_share(self, value: Quantity, numbers: Sequence[int]) -> bool:
        """Whether a share in percent stands in the passages as a fraction: "half of the time"."""
        return value.dimension == "percent" and any(
            one.kind == "fraction" and any(100 * Fraction(one.value) == Fraction(reading) for reading in value.values)
            for number in numbers
            for one in particulars(self._sources[number].text)
        )

    def _weighed(self, said: str, value: Quantity, found: Sequence[Place], *, foreign: bool) -> tuple[Reason | None, bool]:
        """What speaks against one value, and whether it stands in the passages for what the claim says of it."""
        told = self._by_tables(said, value, found, foreign=foreign)
        if told is not None:
            return told.reason, told.holds
        found = self._of_subject(said, value, found, foreign=foreign)
        alike = [place for place in found if value.same(place.quantity)]
        rivals = [place for place in found if value.comparable(place.quantity) and not value.same(place.quantity)]
        reason = (
            _of_sibling(said, value, alike, rivals)
            or self._of_another(said, value, alike, rivals)
            or (None if foreign else _of_neighbour(said, value, alike, rivals))
        )
        reason = reason or self._against(said, value, alike, rivals, foreign=foreign)
        least = _NEAR_MEANING if foreign else _NEAR_WORDS
        alone = not rivals and value.dimension != COUNT  # there is nothing else that the value could be of
        return reason, alone or max(self._scores(said, value, alike, foreign=foreign), default=0.0) >= least

    def _by_tables(self, said: str, value: Quantity, found: Sequence[Place], *, foreign: bool) -> Told | None:
        if in_name_of_row(value, said, found):
            return Told(holds=True)
        bare = not set(content(said.replace(value.text, " "))) - set(content(self._question))
        return told_of(value, self._texts(said, value), found, bare=bare, foreign=foreign)

    def _texts(self, said: str, value: Quantity) -> list[str]:
        """What tells the row that a value is of: its clause, the claim, the question; the clause's label may stand before it."""
        clause = clause_at(said, value.start)
        return [clause.replace(value.text, " "), said.replace(value.text, " "), self._question]

    def _of_subject(self, said: str, value: Quantity, found: Sequence[Place], *, foreign: bool) -> list[Place]:
        """The places without those of other rows than the claim's: a value there is of something else and rules nothing out.

        Across languages all are kept where no row is named.
        """
        rows = list(dict.fromkeys(place.row for place in found if place.row is not None))
        named = next((some for text in self._texts(said, value) if (some := rows_named(text, rows))), [])
        if foreign and not named:
            return list(found)
        return [place for place in found if place.row is None or (place.row in named if named else value.same(place.quantity))]

    def _of_another(self, said: str, value: Quantity, alike: Sequence[Place], rivals: Sequence[Place]) -> Reason | None:
        """Whether the passages give a value to others alone than the claim, or the question, names.

        Another value of the named one shows it, and so does a name that differs from the other's in a number.
        """
        bare = said.replace(value.text, " ")
        wanted = about(bare) or (about(self._question) if says_no_subject(bare, self._question) else [])
        if not wanted or not alike or value.soft or any(place.row is not None for place in alike):
            return None
        others: list[str] = []
        for place in alike:
            theirs = self._subjects(place)
            if not theirs or any_match(wanted, theirs) or any(stands(name, place.sentence) for name in wanted):
                return None
            others += theirs
        words = {*content(said), *content(self._question)} - {word for name in [*wanted, *others] for word in content(name)}
        for place in rivals:
            if place.row is None and any_match(wanted, self._subjects(place)) and words & set(content(place.clause)):
                return Reason(ReasonCode.OTHER_SUBJECT, value.text, place.quantity.text, place.passage)
        for name, other in itertools.product(wanted, others):
            if of_one_family(name, other):
                return Reason(ReasonCode.OTHER_SUBJECT, name, other, alike[0].passage)
        return None

    def _subjects(self, place: Place) -> list[str]:
        """The names that the sentence of a value is about, or else those of the nearest sentence before it that names one."""
        if place not in self._named:
            text = self._sources[place.passage].text
            before = [text[a:b] for a, b in sentence_spans(text[: max(0, text.find(place.sentence))])][-_BEFORE:]
            told = [place.sentence[: place.sentence.find(place.quantity.text)], *reversed(before)]
            self._named[place] = next((names for one in told if (names := about(one))), [])
        return self._named[place]

    def _against(
        self, said: str, value: Quantity, alike: Sequence[Place], rivals: Sequence[Place], *, foreign: bool
    ) -> Reason | None:
        near, margin = (
            (_NEAR_MEANING, _MARGIN_MEANING_HELD if alike else _MARGIN_MEANING) if foreign else (_NEAR_WORDS, _MARGIN_WORDS)
        )
        scores = self._scores(said, value, [*alike, *rivals], foreign=foreign)
        best = max(scores[: len(alike)], default=-1.0)
        rival = max(scores[len(alike) :], default=-1.0)
        other = rivals[scores[len(alike) :].index(rival)] if rivals else None
        if foreign and alike and value.dimension == COUNT:
            other = None  # what is counted cannot be told across languages
        elif not alike and (close := next((place for place in rivals if _nearly(value, place.quantity)), None)):
            return Reason(ReasonCode.OTHER_VALUE, value.text, close.quantity.text, close.passage)
        if other is not None and rival >= near and rival > best + margin and not value.soft:
            code = ReasonCode.OTHER_SUBJECT if alike else ReasonCode.OTHER_VALUE
            return Reason(code, value.text, other.quantity.text, other.passage)
        if not alike:
            return Reason(ReasonCode.VALUE_ABSENT, claimed=value.text)
        place = alike[scores[: len(alike)].index(best)]
        if {value.bound, place.quantity.bound} == {"most", "least"} and best >= near:
            return Reason(ReasonCode.OTHER_DIRECTION, value.text, place.quantity.text, place.passage)
        return None

    def _scores(self, said: str, value: Quantity, found: Sequence[Place], *, foreign: bool) -> list[float]:
        """How near the context of each value is to that of the claim's."""
        if not found:
            return []
        clause = clause_at(said, value.start)
        bare = clause.replace(value.text, " ")
        mine = names(said) or names(self._question)
        weights = Weights([place.sentence for place in found])
        wanted, asked = content(bare), content(self._question)
        everything = content(said.replace(value.text, " "))
        cosines = self._cosines(said.replace(value.text, " "), found) if foreign else [0.0] * len(found)
        scores = []
        for place, cosine in zip(found, cosines, strict=True):
            near, far = content(place.clause.replace(place.quantity.text, " ")), content(f"{place.before} {place.sentence}")
            if len(near) <= _FEW and place.row is None:  # "13 mm in metal and 38 mm in wood": what has them stands before
                near += content(place.sentence.partition(place.clause)[0])
            if foreign:
                score = cosine
            elif len(wanted) >= 1:
                score = (
                    0.7 * weights.share(wanted, near, far)
                    + 0.2 * weights.share(everything, near, far)
                    + 0.1 * weights.share(asked, near, far)
                )
            else:
                score = weights.share(asked, near, far)
            theirs = names(place.sentence)
            if mine and theirs and place.row is None and not mine & theirs:
                score -= 0.3
            scores.append(score)
        return scores

    def _cosines(self, said: str, found: Sequence[Place]) -> list[float]:
        mine = self._statements.vectors([said if len(tokens(said)) >= 4 else f"{self._question} {said}"], self._language)[0]
        out = []
        for place in found:
            text = (place.sentence if place.row else place.clause).replace(place.quantity.text, " ").strip()
            clause = self._statements.vectors([text if content(text) else place.sentence], self._sources[place.passage].language)[0]
            out.append(float(clause @ mine))
        return out


def _times_another(value: Quantity, values: Sequence[Quantity], found: Sequence[Place]) -> bool:
    """Whether a value is one of the passages times how often, or how long, the claim says: "in ten months 11,000"."""
    counts = [
        Decimal(match[0]) if (match := _WHOLE.match(one.text)) else one.values[0] for one in values if one.values and one != value
    ]
    each = [place.quantity.values[0] for place in found if place.quantity.comparable(value) and place.quantity.values]
    return value.dimension in MONEY and any(count > 1 and count * one in value.values for count in counts for one in each)


def _of_sibling(said: str, value: Quantity, alike: Sequence[Place], rivals: Sequence[Place]) -> Reason | None:
    """Whether a value stands beside another name alone, and another value of its sentence beside the claimed one, in any language."""
    mine = distinct(subjects(clause_at(said, value.start)))
    if len(mine) != 1 or not alike or value.soft or any(place.row is not None for place in alike):
        return None
    told: list[Place] = []
    for place in alike:
        if stands(mine[0], place.clause) or not distinct(subjects(place.clause)):
            return None
        told += [other for other in rivals if other.sentence == place.sentence and stands(mine[0], other.clause)]
    return Reason(ReasonCode.OTHER_SUBJECT, value.text, told[0].quantity.text, told[0].passage) if told else None


def _of_neighbour(said: str, value: Quantity, alike: Sequence[Place], rivals: Sequence[Place]) -> Reason | None:
    """Whether a claim says of a value what its sentence says of the value beside it: "adults 9, children 4" and "children pay 9"."""
    mine = set(content(clause_at(said, value.start).replace(value.text, " ")))
    told: list[Place] = []
    for place in alike:
        own = set(content(without_directions(place.clause.replace(place.quantity.text, " "))))
        beside = [other for other in rivals if other.row is None and other.sentence == place.sentence]
        others = [other for other in beside if _says(other, mine, own)]
        if not others:
            return None
        told += others
    return Reason(ReasonCode.OTHER_SUBJECT, value.text, told[0].quantity.text, told[0].passage) if told and not value.soft else None


def _says(other: Place, mine: set[str], own: set[str]) -> bool:
    """Whether a claim's words `mine` stand in the clause of the other value, and none of them in that of the claimed one alone (`own`)."""
    # What stands behind the last value of a Japanese sentence is said of all of them.
    before, _, behind = other.clause.partition(other.quantity.text)
    theirs = set(content(before if re.search("[ぁ-ゖ]", other.clause) else f"{before} {behind}"))
    if _THOSE.search(other.clause):  # "those in the south": what they are stands in the clause before
        theirs |= own - set(content(other.clause)) if own & mine else set()
        alone = own - theirs
        return bool((mine & set(content(other.clause))) - own) and not mine & alone
    return bool((mine & theirs) - own) and bool(own - theirs - mine) and not mine & (own - theirs)


def _nearly(one: Quantity, other: Quantity) -> bool:
    """Whether two dates differ in one of year, month and day alone."""
    pairs = [(mine, theirs) for mine in one.days for theirs in other.days]
    return any(
        all((a.year, a.month, a.day, b.year, b.month, b.day)) and sum((a.year == b.year, a.month == b.month, a.day == b.day)) == 2
        for a, b in pairs
    )
