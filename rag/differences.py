"""What only one of several answers says: numbers, dates, names, passages it alone cites, sentences that nothing bears out. Pure.

Names are told by their looks, which is a heuristic and is meant to be one that a person can predict:

* capitalised words in a row ("Mar de Plata", "LangChain"). The first word of a sentence counts only where it looks like no ordinary
  word (an inner capital or a digit) or stands capitalised inside a sentence somewhere else;
* runs of three or more katakana (with ー and ・), and of three or more kanji, or two before さん.

What the question holds is nobody's own, and a name is another answer's too wherever its words occur there in any writing.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.text import flowing, fold, sentence_spans
from core.types import Support, Verdict
from rag.checking.quantities import DATE, Quantity, quantities


class Kind(enum.StrEnum):
    """What kind of thing only one answer says."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date or name of an answer: characters `start` to `end` of it."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ComparedFact(Fact):
    """A fact as it is compared.

    A number (with its unit, or a time of day) and a date have a `value`; a name, a version and an address their words in one form.
    """

    words: str = ""
    value: Quantity | None = None

    def same(self, other: ComparedFact) -> bool:
        """Whether both are one value, in whatever writing, or one name."""
        if self.value is None or other.value is None:
            return self.value is other.value and self.words == other.words
        return self.value.same(other.value)

    def fact(self) -> Fact:
        """What the answer says and where."""
        return Fact(self.kind, self.text, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Reply:
    """One model's answer, with marks, as it is compared."""

    text: str
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """What one answer has to itself: facts, numbers of the passages that it alone cites; and its sentences without support."""

    facts: tuple[Fact, ...]
    passages: tuple[int, ...]
    unsupported: tuple[Verdict, ...]


# Sentences that nothing bears out.
_BARE = (Support.UNSUPPORTED, Support.CONTRADICTED)
# Stands where something was taken out: no space, lest what is left on either side be read as one.
_GAP = "\0"
_MARK = re.compile(r"\[(\d{1,3})\]")
# Versions and addresses; parts of three digits each are thousands.
_DOTTED = re.compile(r"(?<![\w.])[vV]?(?!\d{1,3}(?:\.\d{3})+\b)(\d+(?:\.\d+){2,})(?![\w.]*\w)")
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÿ\d'’&-]*"  # Latin only: kana and kanji follow without a space
_NAME = re.compile(
    rf"(?<![A-Za-zÀ-ÿ\d-]){_CAPITAL}(?:\s+(?:(?:de|del|la|of|the|van|von|y|and)\s+){{0,2}}{_CAPITAL}|\s+\d+(?:\.\d+)?(?![\w.,]))*"
)
# A model's size in parameters ("31B", "E4B") is part of a name.
_SIZE = re.compile(r"[A-Z]?\d+(?:\.\d+)?B\b", re.ASCII)
_WORD = re.compile(r"[^\W_]+")
_UNUSUAL = re.compile(r"\w[A-Z]|\d")
_JAPANESE_NAME = re.compile(r"[ァ-ヴー・]{3,}|[一-龯々]{3,}|[一-龯々]{2}(?=さん)")


def differences(question: str, replies: Mapping[str, Reply]) -> dict[str, Own]:
    """What each reply has to itself, by the name of its model. Replies without text are nobody's rivals and have nothing."""
    spoken = {name: reply for name, reply in replies.items() if reply.text.strip()}
    found = {name: facts(reply.text) for name, reply in spoken.items()}
    cited = {name: {int(number) for number in _MARK.findall(reply.text)} for name, reply in spoken.items()}
    asked = _Said(question)
    said = {name: _Said(reply.text) for name, reply in spoken.items()}
    own: dict[str, Own] = {name: Own((), (), ()) for name in replies}
    for name, reply in spoken.items():
        others = [other for other in spoken if other != name]
        mine = [
            fact.fact()
            for fact in found[name]
            if others and _tells(fact, reply.text) and fact not in asked and not any(fact in said[other] for other in others)
        ]
        theirs = set().union(*(cited[other] for other in others)) if others else cited[name]
        bare = tuple(verdict for verdict in reply.verdicts if verdict.support in _BARE)
        own[name] = Own(tuple(mine), tuple(sorted(cited[name] - theirs)), bare)
    return own


def _tells(fact: ComparedFact, text: str) -> bool:
    """Whether a reader would call it a difference: values, dates, names of two words or more; a single word is a matter of wording."""
    if fact.kind is Kind.NAME:
        return len(_WORD.findall(fact.text)) > 1
    return not (fact.kind is Kind.NUMBER and _SIZE.match(text, fact.start))


def facts(answer: str) -> list[ComparedFact]:
    """Numbers, dates and names of an answer in its order, none over another. Marks are none of them, nor are words that count ("two")."""
    text = _MARK.sub(lambda mark: _GAP * len(mark[0]), answer)
    dates = [_value(text, found) for found in quantities(text) if found.dimension == DATE]
    rest = _without(text, dates)
    dotted = [ComparedFact(Kind.NUMBER, match[0], *match.span(), words=match[1]) for match in _DOTTED.finditer(rest)]
    rest = _without(rest, dotted)
    numbers = [_value(text, found) for found in quantities(rest) if not found.named and not found.soft]
    names = list(_names(_without(rest, numbers)))
    return sorted([*dates, *dotted, *numbers, *names], key=lambda fact: fact.start)


class _Said:
    """Everything a text says, for looking up facts in it."""

    def __init__(self, text: str) -> None:
        self._values = quantities(text)
        self._dotted = set(_DOTTED.findall(text))
        self._words = _plain(text)

    def __contains__(self, fact: ComparedFact) -> bool:
        if fact.value is not None:
            return any(fact.value.same(value) for value in self._values)
        if fact.kind is Kind.NUMBER:
            return fact.words in self._dotted
        return f" {fact.words} " in self._words if fact.words.isascii() else fact.words in self._words


def _plain(text: str) -> str:
    """A text's words in one form, with a space on either side of each where it has words."""
    return f" {' '.join(_WORD.findall(fold(flowing(text))))} "


def _without(text: str, found: list[ComparedFact]) -> str:
    for fact in found:
        text = text[: fact.start] + _GAP * (fact.end - fact.start) + text[fact.end :]
    return text


def _value(text: str, found: Quantity) -> ComparedFact:
    kind = Kind.DATE if found.dimension == DATE else Kind.NUMBER
    return ComparedFact(kind, text[found.start : found.end], found.start, found.end, value=found)


def _names(text: str) -> Iterator[ComparedFact]:
    starts = {start for start, _ in sentence_spans(text)}
    found = [(match.start(), match.end()) for match in _NAME.finditer(text)]
    inside = {text[start:end].split(maxsplit=1)[0] for start, end in found if _opening(text, start) not in starts}
    for start, end in found:
        first, _, rest = text[start:end].partition(" ")
        if _opening(text, start) in starts and first not in inside and not _UNUSUAL.search(first):
            start = end - len(rest.lstrip()) if rest else end
            after = re.search(_CAPITAL, text[start:end])
            start = start + after.start() if after else end
        if end - start > 1:
            yield _name(text, start, end)
    for match in _JAPANESE_NAME.finditer(text):
        yield _name(text, *match.span())


def _opening(text: str, start: int) -> int:
    """Where a word stands, not counting quotes and list signs before it."""
    while start and text[start - 1] in f"\"'“‘«(¿¡*-•·#> \t{_GAP}":
        start -= 1
    return start


def _name(text: str, start: int, end: int) -> ComparedFact:
    return ComparedFact(Kind.NAME, text[start:end], start, end, _plain(text[start:end]).strip())
