"""Whether a claim joins what stands in two parts of a sentence: "A has 1 and B has 2" told as "A has 2". Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from core.types import Reason, ReasonCode
from rag.checking.bindings import among, content
from rag.checking.contrasts import contrasts, tells_period
from rag.checking.counterparts import Part, parts, spoken_of
from rag.checking.particulars import particulars
from rag.checking.polarity import denials
from rag.checking.quantities import Quantity, quantities

_THAN = re.compile(
    r"\b(?P<word>than|instead of|rather than|in place of|precedence over|before|after|que(?= (?:el|la|los|las|en) )|en lugar de"
    r"|en vez de|antes de|después de)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
# The parties of a Japanese contract: names of one sign.
_PARTY = re.compile("[甲乙丙丁](?=[はがをにの]|から)")
_SENTENCES = re.compile(r"(?<=[.。!?])\s+|(?<=。)")
_COARSE = re.compile(r"[;；]\s*|。|(?<=\w)\.\s")
# So many words and numbers at least must be those of two parts for these to have changed places.
_LEAST = 4
# What tells where or when a value holds, beside which another holds elsewhere.
_WHEN = ("weekday", "month", "season", "half", "quarter", "ordinal")
_TIMES = ("time", "span")


def crossed(said: str, sentences: Sequence[tuple[int, str]]) -> Reason | None:
    """Whether two parts of a claim each join what stands in two parts of a sentence, or of two that follow each other.

    >>> crossed("Ann bakes bread and Bob makes tea.", [(1, "Bob bakes bread and Ann makes tea.")]).passage
    1
    """
    fine, coarse = [part.text for part in parts(0, said)], [part for part in _COARSE.split(said) if content(part)]
    for at, (number, text) in enumerate(sentences):
        after = sentences[at + 1][1] if at + 1 < len(sentences) and sentences[at + 1][0] == number else ""
        for stretch in dict.fromkeys([text, f"{text} {after}".strip()]):
            theirs = [part.text for one in _SENTENCES.split(stretch) for part in parts(number, one)]
            if _changed(fine, theirs) or _changed(coarse, [part for part in _COARSE.split(stretch) if content(part)]):
                return Reason(ReasonCode.OTHER_SUBJECT, said, text, number)
    return None


def _changed(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether two pieces of a claim each mix what two parts of a passage have apart."""
    if len(mine) < 2 or len(theirs) < 2:
        return False
    own = [_units(part) for part in theirs]
    known = set().union(*own)
    said = [_units(piece) & known for piece in mine]
    loose = [words for words in said if len(words) > 1 and not any(words <= part for part in own)]
    for one, first in enumerate(loose):
        for second in loose[one + 1 :]:
            for here, there in itertools.combinations(own, 2):
                only, other = here - there, there - here
                each = all(words & only and words & other for words in (first, second))
                if each and first | second <= here | there and len((first | second) & (only | other)) >= _LEAST:
                    return True
    return False


def _units(text: str) -> set[str]:
    """The words of a text that say something, and its numbers."""
    return {*content(text), *_DIGITS.findall(text), *_PARTY.findall(text)}


def turned_comparison(said: str, sentences: Sequence[tuple[int, str]]) -> Reason | None:
    """Whether what stands before and behind "than" or "instead of" has changed places.

    >>> turned_comparison("Gulls weigh more than terns.", [(1, "Terns weigh more than gulls.")]).passage
    1
    """
    mine = _THAN.search(said)
    if mine is None or denials(said):
        return None
    head, tail = _units(said[: mine.start()]), _units(said[mine.end() :])
    for number, text in sentences:
        theirs = _THAN.search(text)
        if theirs is None or theirs["word"].lower() != mine["word"].lower() or denials(text) or contrasts(said, text):
            continue
        before, behind = _units(text[: theirs.start()]), _units(text[theirs.end() :])
        if (tail & before) - behind and (head & behind) - before and not (tail & behind) - before:
            return Reason(ReasonCode.OTHER_SUBJECT, said[mine.end() :].strip(), text[theirs.end() :].strip(), number)
    return None


def of_other_part(said: str, sentences: Sequence[tuple[int, str]]) -> Reason | None:
    """Whether a value of a claim stands in a part that does not speak of what the claim speaks of, and the part that does has another.

    >>> of_other_part("On Fridays it ends at 15:10.", [(1, "It ends at 15:10, on Fridays at 13:00.")]).found
    'on Fridays at 13:00.'
    """
    for piece in parts(0, said):
        values = [one for one in quantities(piece.text) if not one.soft and not one.named]
        whens = [one for one in particulars(piece.text) if one.kind in _WHEN]
        words = [word for word in spoken_of(piece.text) if not any(word in content(value.text) for value in values)]
        for value in values:
            for number, text in sentences:
                cut = parts(number, text)
                holders = [part for part in cut if _has(part, value)]
                others = [part for part in cut if part not in holders and _rivals(part, value)]
                if not holders or not others:
                    continue
                for when in whens:
                    if _tells(text, when.kind, when.value) and not any(_tells(one.text, when.kind, when.value) for one in holders):
                        told = [one for one in others if _tells(one.text, when.kind, when.value)]
                        if told:
                            return Reason(ReasonCode.OTHER_SUBJECT, value.text, told[0].text, number)
                if value.dimension in _TIMES and (told := [one for one in others if _speaks_of(words, one, holders)]):
                    return Reason(ReasonCode.OTHER_SUBJECT, value.text, told[0].text, number)
    return None


def _has(part: Part, value: Quantity) -> bool:
    return any(value.same(other) for other in quantities(part.text))


def _rivals(part: Part, value: Quantity) -> bool:
    return any(value.comparable(other) and not value.same(other) and not other.soft for other in quantities(part.text)) or (
        value.dimension in _TIMES and tells_period(part.text)
    )


def _tells(text: str, kind: str, value: str) -> bool:
    return any(one.kind == kind and one.value == value for one in particulars(text))


def _speaks_of(words: Sequence[str], other: Part, holders: Sequence[Part]) -> bool:
    """Whether a claim's words are those of another part, and none those of the parts that hold its value, which have words of their own."""
    theirs = {word for part in holders for word in spoken_of(part.text) if word not in content(" ".join(_values(part.text)))}
    held = [word for word in words if among(word, set(content(other.text)))]
    return bool(theirs) and len(held) * 2 > len(words) and not any(among(word, theirs) for word in words)


def _values(text: str) -> list[str]:
    return [one.text for one in quantities(text)]
