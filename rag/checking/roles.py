"""Who does what to whom: whether two that a claim names have changed places with those of a passage. Pure.

In English and Spanish the place before or behind the verb and the preposition tell, and the passive turns them round; in Japanese the
particle behind a name tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.text import fold
from core.types import Reason, ReasonCode
from rag.checking.bindings import content
from rag.checking.polarity import denials
from rag.checking.subjects import subjects

_DOES, _TAKES = "does", "takes"
_PREPOSITION = re.compile(
    r"\b(?P<word>from|to|by|before|after|than|into|of|de|del|desde|hasta|por|al?|antes de|después de|que)(?: the| el| la| los| las)? \Z",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"\b(?:was|were|is|are|been|being|be|got|fue|fueron|es|son|sido|ha sido|será|era|eran|quedó)\s+(?:\w+ly\s+|\w+mente\s+)?"
    r"\w*(?:ed|en|ht|ld|ne|wn|un|id[oa]s?|ad[oa]s?|ech[oa]s?|uest[oa]s?|rit[oa]s?)\b",
    re.IGNORECASE,
)
_BY = ("by", "por")
# What two do alike, or with each other: there is no order in it.
_ALIKE = re.compile(
    r"\b(?:with|met|married|merge[sd]?|and|or|beside|near|next to|between|equals?|similar|same|both|versus|vs|together|tied|drew"
    r"|con|casó|casaron|fusion\w+|y|o|junto|cerca|entre|igual|mismo|ambos|empat\w+|reuni\w+)\b",
    re.IGNORECASE,
)
_NAME_JA = re.compile(
    r"(?P<name>[一-龯々〆ァ-ヶーA-Za-z0-9・]{2,})(?:さん|さま|氏|様|先生)?(?P<particle>によって|により|から|より|へ|に|を|が|は)"
)
_PASSIVE_JA = re.compile(r"(?:され|られ|かれ|まれ|ばれ|われ|たれ)(?:た|る|て|ま|、|。|\Z)|(?:を|に)受け")
_OUTWARD = ("に", "へ")


def changed_places(said: str, sentences: Sequence[tuple[int, str]]) -> Reason | None:
    """Whether a sentence of a passage has the two of a claim in each other's place, with the same verb.

    >>> changed_places("Vega bought Alder.", [(1, "In 2023 Alder bought Vega.")]).found
    'Alder'
    """
    if denials(said):
        return None
    japanese = [found["name"] for found in _NAME_JA.finditer(said)]
    names = japanese if re.search(r"[ぁ-ゖ]", said) else _latin_names(said)
    names = list(dict.fromkeys(names))
    if len(names) != 2:
        return None
    verbs = [word for word in content(said) if not any(word in content(name) for name in names)]
    for number, sentence in sentences:
        differ = None if denials(sentence) else differ_in_roles(said, sentence, names)
        if differ is None or not any(word in content(_about(sentence, names)) for word in verbs):
            continue
        if not differ:
            return None
        doer, other = names if _roles(said, names) == (_DOES, _TAKES) else names[::-1]
        return Reason(ReasonCode.OTHER_SUBJECT, doer, other, number)
    return None


def differ_in_roles(said: str, sentence: str, names: Sequence[str]) -> bool | None:
    """Whether two names have changed places between two texts; None where nothing tells."""
    mine, theirs = _roles(said, names), _roles(sentence, names)
    return None if mine is None or theirs is None else mine != theirs


def _latin_names(text: str) -> list[str]:
    """The names of a text, a single capitalised word at its beginning included."""
    found = subjects(text)
    first = re.match(r"\W*([A-ZÀ-Þ][a-zà-ÿ'’]+)(?= [a-zà-ÿ])", text)
    return [first[1], *found] if first and not any(first[1] in name for name in found) and subjects(f"x {first[1]}") else found


def _about(sentence: str, names: Sequence[str]) -> str:
    """The words of a sentence between its two names and shortly behind them."""
    places = [_find(name, sentence) for name in names]
    return sentence[min(places) : max(place + len(name) for place, name in zip(places, names, strict=True)) + 24]


def _find(name: str, sentence: str) -> int:
    found = re.search(rf"(?<![A-Za-z0-9]){re.escape(fold(name))}(?![A-Za-z0-9])", fold(sentence))
    return found.start() if found and len(fold(sentence)) == len(sentence) else sentence.find(name)


def _roles(text: str, names: Sequence[str]) -> tuple[str, str] | None:
    """What each of two does in a text; None where one does not stand there or nothing tells."""
    at = [_find(name, text) for name in names]
    if min(at) < 0:
        return None
    told = _japanese_roles(text, names, at) if re.search(r"[ぁ-ゖ]", text) else _order_roles(text, names, at)
    return told if told is not None and told[0] != told[1] else None


def _order_roles(text: str, names: Sequence[str], at: Sequence[int]) -> tuple[str, str] | None:
    first, last = (0, 1) if at[0] < at[1] else (1, 0)
    between = text[at[first] + len(names[first]) : at[last]]
    lead = _PREPOSITION.search(text[: at[last]])
    if lead is not None and lead["word"].lower() in _BY and _PASSIVE.search(between) and not subjects(f"x {between}"):
        return (_TAKES, _DOES) if first == 0 else (_DOES, _TAKES)
    if not content(between) or re.search(r"[,;.!?]\s", between) or _ALIKE.search(between) or subjects(f"x {between}"):
        return None
    leads = [_PREPOSITION.search(text[: at[one]]) for one in (first, last)]
    words = [lead["word"].lower() if lead else "" for lead in leads]
    if words[0] in ("a", "al"):  # what is done to it stands first in Spanish: "A Vega la compró Alder"
        turned = True
    elif words[0]:
        return None
    elif words[1] in _BY:
        turned = True
    elif _PASSIVE.search(between):
        return None
    elif words[1] in ("", "a", "al", "to", "from"):
        turned = False
    else:
        return None
    doer = last if turned else first
    return (_DOES, _TAKES) if doer == 0 else (_TAKES, _DOES)


def _japanese_roles(text: str, names: Sequence[str], at: Sequence[int]) -> tuple[str, str] | None:
    marks = [_NAME_JA.match(text[place:]) for place in at]
    if any(mark is None or mark["name"] != name for mark, name in zip(marks, names, strict=True)):
        return None
    particles = [mark["particle"] for mark in marks if mark is not None]
    clause = re.split("[。、]", text[max(at) :], maxsplit=1)[0]
    passive = _PASSIVE_JA.search(clause) is not None
    if "を" in particles:
        doer = 1 - particles.index("を")
        return None if passive or particles[doer] not in ("は", "が") else _pair(doer)
    if passive:
        by = [at for at in range(2) if particles[at] in ("に", "によって", "により", "から")]
        return _pair(by[0]) if len(by) == 1 and particles[1 - by[0]] in ("は", "が") else None
    if set(particles) == {"は", "が"}:
        return _pair(particles.index("が"))
    for other in ("に", "へ", "から", "より"):
        if other in particles and particles[1 - particles.index(other)] in ("は", "が"):
            return _pair(1 - particles.index(other)) if other in _OUTWARD else _pair(particles.index(other))
    return None


def _pair(doer: int) -> tuple[str, str]:
    return (_DOES, _TAKES) if doer == 0 else (_TAKES, _DOES)
