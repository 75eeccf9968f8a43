"""Whether the particulars of a claim stand in its passages, in any writing, or another stands in the same place there. Pure but for vectors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from core.types import Hit, Reason, ReasonCode, Support
from rag.checking.bindings import content, people
from rag.checking.particulars import Particular, held_weekdays, particulars
from rag.checking.polarity import opposite_directions, without_directions
from rag.checking.quantities import COUNT, Quantity, quantities
from rag.checking.roles import differ_in_roles
from rag.checking.subjects import distinct, of_one_family, stands, subjects

# As much of a claim's other words must stand in a sentence for its particular to be in the same place.
_SAME_WORDS = 0.6
# As much of a claim about two people must stand in a sentence for them to have changed places; of one, in a clause.
_SAME_TWO, _SAME_CLAUSE = 0.7, 0.5
# By so much the clause of another person must be nearer than that of the claimed one.
_MARGIN = 0.12
# The classes that name a thing of many, and by so much the clause of another must be nearer.
_NAMING = ("version", "code", "number")
_MARGIN_NAMING = 0.3
_CLAUSES = re.compile(r"[,;、；]\s*|\s+(?:and|but|while|y|pero|mientras)\s+")
# In percent: "a third" is 33 %.
_ROUNDED = 1


class Passages:
    """The passages that a claim cites, as far as particulars go. `sentences` are theirs, each with the number of its passage."""

    def __init__(self, hits: Sequence[Hit], sentences: Sequence[tuple[int, str]]) -> None:
        self._text = unicodedata.normalize("NFKC", "\n".join(f"{hit.title}\n{hit.heading}\n{hit.text}" for hit in hits))
        self._sentences = sentences
        self._held = particulars(self._text)
        self._values = quantities(self._text)
        self._weekdays = held_weekdays(self._text)

    def weighed(self, said: str, question: str, near: Callable[[str], bool] | None) -> tuple[Support, Reason] | None:
        """Contradicted where another particular stands in the place of one, weak where one is lacking; None where nothing speaks against."""
        lacking = self.lacking(said)
        for one in lacking:
            if told := self.rival(said, question, one, near):
                return Support.CONTRADICTED, told
        asked = {(one.kind, one.value) for one in particulars(question)}
        if all(one.loose or (one.kind, one.value) in asked for one in lacking):
            return None
        return Support.WEAK, Reason(ReasonCode.PART)

    def lacking(self, said: str) -> list[Particular]:
        """The particulars of a claim that the passages have in no writing; numbers with digits are told elsewhere."""
        return [
            one for one in particulars(said) if not self._has(one) and not (one.kind.startswith("count") and one.text[0].isdigit())
        ]

    def rival(self, said: str, question: str, one: Particular, near: Callable[[str], bool] | None) -> Reason | None:
        """Another particular of the class in the sentence that otherwise says the same; `near` tells that across languages."""
        said = unicodedata.normalize("NFKC", said)
        words = content(_without(said)) or content(_without(question))
        mine = {other.value for other in particulars(said) if other.kind == one.kind}
        for number, sentence in self._sentences:
            theirs = [other for other in particulars(sentence) if other.kind == one.kind]
            others = [other for other in theirs if other.value not in mine]
            if not others or not words:
                continue
            alike = _share(words, sentence) >= _SAME_WORDS
            if (near is None and alike) or (near is not None and len(theirs) == 1 and near(sentence)):
                return Reason(ReasonCode.OTHER_VALUE, one.text, others[0].text, number)
        return None

    def elsewhere(self, said: str, question: str) -> Reason | None:
        """Whether a version or code of a claim stands where the passages speak of something else, and another where they speak of this."""
        said = unicodedata.normalize("NFKC", said)
        words = content(_without(said)) or content(_without(question))
        mine = [one for one in particulars(said) if one.kind.split(" ", 1)[0] in _NAMING and self._has(one)]
        for one in mine if words else ():
            own, best, other, passage = 0.0, 0.0, "", 0
            for number, sentence in self._sentences:
                for clause in _CLAUSES.split(sentence):
                    theirs = [found for found in particulars(clause) if found.kind.split(" ", 1)[0] == one.kind.split(" ", 1)[0]]
                    score = _share(words, clause)
                    if any(found.value == one.value for found in theirs):
                        own = max(own, score)
                    elif score > best and theirs and not any(found.value == known.value for found in theirs for known in mine):
                        best, other, passage = score, theirs[0].text, number
            if best >= _SAME_WORDS and best > own + _MARGIN_NAMING:
                return Reason(ReasonCode.OTHER_SUBJECT, one.text, other, passage)
        return None

    def of_sibling(self, said: str) -> tuple[Support, Reason] | None:
        """Whether a version or code stands in the passages for another name of a family: "Gemma 4: Apache 2.0" and "Gemma 3: Apache 2.0".

        Weak where only another sentence, further on, says of the claimed name what the claim says.
        """
        said = unicodedata.normalize("NFKC", said)
        for one in (one for one in particulars(said) if one.kind.split(" ", 1)[0] in _NAMING and self._has(one)):
            word = one.kind.rpartition(" ")[2]
            names = [name for name in distinct(subjects(said)) if one.text not in name and word not in name.casefold().split()]
            holders = [at for at, (_, text) in enumerate(self._sentences) if _is_one_of(one, particulars(text))]
            for name in names if holders else ():
                if any(stands(name, text) for at in holders for text in self._spoken_of(at, one)):
                    continue
                for number, text in (self._sentences[at] for at in holders):
                    if sibling := next((other for other in subjects(text) if of_one_family(name, other)), None):
                        return Support.CONTRADICTED, Reason(ReasonCode.OTHER_SUBJECT, name, sibling, number)
                words = [
                    found for found in content(said.replace(one.text, " ")) if found not in content(name) and found != word[:5]
                ]
                own = [text for _, text in self._sentences if stands(name, text)]
                if words and any(_share(words, text) >= _SAME_WORDS for text in own):
                    return Support.WEAK, Reason(ReasonCode.PART)
        return None

    def _spoken_of(self, at: int, one: Particular) -> list[str]:
        """The sentence that tells a particular; where it names nothing else, the three before it too."""
        text = self._sentences[at][1]
        if any(one.text not in name for name in subjects(text)):
            return [text]
        return [text for _, text in self._sentences[max(0, at - 3) : at + 1]]

    def _has(self, one: Particular) -> bool:
        if any(other.kind == one.kind and other.value == one.value for other in self._held):
            return True
        kind = one.kind.split(" ", 1)[0]
        match kind:
            case "weekday":
                return one.value in self._weekdays
            case "month":
                return any(day.month == int(one.value) for value in self._values for day in value.days)
            case "era":  # years are of our era where nothing else is said
                return one.value == "2" and not any(other.kind == "era" for other in self._held)
            case "fraction":
                return any(_is_share(value, Fraction(one.value)) for value in self._values)
            case "count" | "times":
                return any(
                    value.dimension in (COUNT, "time", "span") and Decimal(one.value) in value.values for value in self._values
                )
            case "ratio":
                first, second = one.value.split(":")
                return re.search(rf"(?<!\d){first}(?!\d)\D{{1,20}}(?<!\d){second}(?!\d)", self._text) is not None
            case "code":
                return one.value in re.sub(r"(?<=\w)[- ](?=\d)|(?<=\d)-(?=\w)", "", self._text).casefold()
            case "number" | "version":
                return re.search(rf"(?<![\d.]){re.escape(one.value)}(?!\d|\.\d)", self._text) is not None
        return False


def other_name(said: str, question: str, sentences: Sequence[tuple[int, str]]) -> Reason | None:
    """Whether two people have changed places, or the passage names another one in the clause that says the same."""
    mine = people(said)
    for number, sentence in sentences if mine else ():
        theirs = people(sentence)
        changed = len(mine) >= 2 and mine[:2] == theirs[:2][::-1] and _changed_roles(said, sentence, mine[:2])
        if changed and _share(content(said), sentence) >= _SAME_TWO:
            return Reason(ReasonCode.OTHER_SUBJECT, mine[0], theirs[0], number)
        if len(mine) == 1 and len(theirs) >= 2 and mine[0] in theirs and mine[0] not in question:
            clauses = [part for part in re.split(r"[,;、；]\s*|\s+(?:and|y|but|pero)\s+", sentence) if people(part)]
            words = [word for word in content(said) if word not in content(mine[0])]
            scored = [(_share(words, part.replace(people(part)[0], " ")), people(part)[0]) for part in clauses]
            own = max((score for score, name in scored if name == mine[0]), default=0.0)
            best, name = max(scored, default=(0.0, ""))
            if best >= _SAME_CLAUSE and best > own + _MARGIN:
                return Reason(ReasonCode.OTHER_SUBJECT, mine[0], name, number)
    return None


def _changed_roles(said: str, sentence: str, names: Sequence[str]) -> bool:
    """Whether two people have changed places; where nothing tells, their order does, unless what is done to one is told."""
    told = differ_in_roles(said, sentence, names)
    if told is not None:
        return told
    return not any(re.search(rf"\b(?:by|por) (?:\w+ )?{re.escape(max(names, key=text.find))}", text) for text in (said, sentence))


def goes_other_way(said: str, sentences: Sequence[str], number: int) -> Reason | None:
    """Whether a sentence of passage `number` with the same values and subject goes up where the claim goes down, or the reverse."""
    values = [value for value in quantities(said) if not value.soft and not value.named]
    words = content(without_directions(_without(said)))
    for text in sentences if values and words else ():
        theirs = quantities(text)
        alike = all(any(value.same(other) for other in theirs) for value in values)
        if alike and _share(words, text) >= _SAME_WORDS and opposite_directions(said, text):
            return Reason(ReasonCode.OTHER_DIRECTION, said, text, number)
    return None


def _share(words: Sequence[str], text: str) -> float:
    """The share (0..1) of words that a text holds; all of none."""
    held = set(content(text))
    return sum(word in held for word in words) / len(words) if words else 1.0


def _is_one_of(one: Particular, others: Sequence[Particular]) -> bool:
    """Whether a particular is among others; what a number belongs to may have another name in another language."""
    kind = one.kind.split(" ", 1)[0]
    alike = (other for other in others if other.kind == one.kind or kind == other.kind.split(" ", 1)[0] == "number")
    return any(one.value == other.value for other in alike)


def _is_share(value: Quantity, share: Fraction) -> bool:
    if value.dimension == "percent":
        return any(abs(Fraction(reading) - 100 * share) <= _ROUNDED for reading in value.values)
    return value.dimension == COUNT and any(Fraction(reading) == share for reading in value.values)


def _without(text: str) -> str:
    """A text without its particulars and values."""
    for part in sorted({*(one.text for one in particulars(text)), *(one.text for one in quantities(text))}, key=len, reverse=True):
        text = text.replace(part, " ")
    return text
