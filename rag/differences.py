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
from decimal import Decimal

from core.text import flowing, fold, sentence_spans
from core.types import Support, Verdict


class Kind(enum.StrEnum):
    """What kind of thing only one answer says."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date or name of an answer: characters `start` to `end` of it; `key` is its value in one form, for comparing."""

    kind: Kind
    text: str
    start: int
    end: int
    key: str


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
_MONTHS = (
    "jan(?:uary)?|ene(?:ro)?", "feb(?:ruary|rero)?", "mar(?:ch|zo)?", "apr(?:il)?|abr(?:il)?", "may(?:o)?", "june?|jun(?:io)?",
    "july?|jul(?:io)?", "aug(?:ust)?|ago(?:sto)?", "sept?(?:ember|iembre)?", "oct(?:ober|ubre)?", "nov(?:ember|iembre)?",
    "dec(?:ember)?|dic(?:iembre)?",
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?:(?P<y>\d{4})\s*年\s*)?(?P<m>\d{1,2})\s*月(?:\s*(?P<d>\d{1,2})\s*日)?"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|º)?\s+(?:de\s+|of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?:de(?:l)?\s+)?(?P<y>\d{{4}}))?",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y>\d{{4}}))?", re.IGNORECASE),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.?,?\s+(?:de(?:l)?\s+)?(?P<y>\d{{4}})(?!\d)", re.IGNORECASE),
)
# Digits that belong to a word ("E2B", "gemma4") are part of a name, not a number.
_NUMBER = re.compile(
    r"(?<![A-Za-zÀ-ÿ\d.,])(?P<digits>\d+(?:[.,'’\u00a0\u202f]\d+)*)"
    r"(?:\s?(?P<scale>mil millones|millones|millón|million|billion|thousand|mil|万|億|千|[kK](?![A-Za-z])))?"
)
_SCALES = {
    "mil millones": 10**9, "millones": 10**6, "millón": 10**6, "million": 10**6, "billion": 10**9, "thousand": 10**3, "mil": 10**3,
    "万": 10**4, "億": 10**8, "千": 10**3, "k": 10**3,
}  # fmt: skip
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
            fact
            for fact in found[name]
            if others and _tells(fact, reply.text) and fact not in asked and not any(fact in said[other] for other in others)
        ]
        theirs = set().union(*(cited[other] for other in others)) if others else cited[name]
        bare = tuple(verdict for verdict in reply.verdicts if verdict.support in _BARE)
        own[name] = Own(tuple(mine), tuple(sorted(cited[name] - theirs)), bare)
    return own


def _tells(fact: Fact, text: str) -> bool:
    """Whether a reader would call it a difference: values, dates, names of two words or more; a single word is a matter of wording."""
    if fact.kind is Kind.NAME:
        return len(_WORD.findall(fact.text)) > 1
    return not (fact.kind is Kind.NUMBER and _SIZE.match(text, fact.start))


def facts(answer: str) -> list[Fact]:
    """Numbers, dates and names of an answer in its order; marks are none of them, and a date's digits are not numbers too."""
    text = _MARK.sub(lambda mark: _GAP * len(mark[0]), answer)
    dates = list(_dates(text))
    rest = _without(text, dates)
    names = list(_names(rest))
    numbers = list(_numbers(_without(rest, names)))
    return sorted([*dates, *names, *numbers], key=lambda fact: (fact.start, fact.end))


class _Said:
    """Everything a text says, for looking up facts in it."""

    def __init__(self, text: str) -> None:
        found = facts(text)
        self._keys = {(fact.kind, fact.key) for fact in found}
        self._words = _plain(text)
        # A number inside a name ("Gemma 4") is a number that the text holds.
        self._keys |= {(fact.kind, fact.key) for fact in _numbers(text)}

    def __contains__(self, fact: Fact) -> bool:
        if (fact.kind, fact.key) in self._keys:
            return True
        return fact.kind is Kind.NAME and f" {fact.key} " in self._words if fact.key.isascii() else fact.key in self._words


def _plain(text: str) -> str:
    """A text's words in one form, with a space on either side of each where it has words."""
    return f" {' '.join(_WORD.findall(fold(flowing(text))))} "


def _without(text: str, found: list[Fact]) -> str:
    for fact in found:
        text = text[: fact.start] + _GAP * (fact.end - fact.start) + text[fact.end :]
    return text


def _dates(text: str) -> Iterator[Fact]:
    taken: list[tuple[int, int]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            month = _month(parts["month"]) if parts.get("month") else int(parts["m"])
            day = int(parts["d"]) if parts.get("d") else 0
            free = all(match.end() <= start or match.start() >= end for start, end in taken)
            if free and 1 <= month <= 12 and day <= 31:
                taken.append(match.span())
                key = f"{int(parts['y'] or 0):04}-{month:02}-{day:02}"
                yield Fact(Kind.DATE, match[0], match.start(), match.end(), key)


def _month(word: str) -> int:
    return next(number for number, pattern in enumerate(_MONTHS, start=1) if re.fullmatch(pattern, word, re.IGNORECASE))


def _numbers(text: str) -> Iterator[Fact]:
    for match in _NUMBER.finditer(text):
        digits = fold(match["digits"]).replace(",", ".")
        # What is left with several points or other signs (a version, an address) is compared as it is written.
        if re.fullmatch(r"\d+(?:\.\d+)?", digits):
            value = Decimal(digits) * _SCALES.get((match["scale"] or "").lower(), 1)
            digits = format(value.normalize(), "f")
        yield Fact(Kind.NUMBER, match[0], match.start(), match.end(), digits)


def _names(text: str) -> Iterator[Fact]:
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


def _name(text: str, start: int, end: int) -> Fact:
    return Fact(Kind.NAME, text[start:end], start, end, _plain(text[start:end]).strip())
