"""The part of a passage that says what a claim says, and whether it says another side of it there. Pure.

A sentence is cut where a list, a contrast or a condition goes on. A part without words of its own ("faxes are not") goes on with those of the
part before it.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Reason, ReasonCode
from rag.checking.bindings import among, content
from rag.checking.contrasts import contrasts, without_contrasts
from rag.checking.polarity import denials
from rag.checking.quantities import quantities

# Texts whose reading is kept: an answer is held against the same sentences for each of its claims.
_KEPT = 4_096
# As much of a claim's words must stand in a part, with what its sentence has besides, for it to say the same.
_SAME = 0.62
# For a part that denies against one that does not.
_SAME_DENIED = 0.75
# A word of the sentence that stands in another part counts this much.
_BESIDE = 0.4
# The least that a word weighs, one that stands in many parts, or that is half grammar: a pair of signs with kana.
_COMMON = 0.25
# A part with at most so many words goes on with the words of the part before it.
_SHORT = 1
_EDGE = re.compile(
    r"[,;:](?=\s)|[、；：;]|\s+(?:and|but|while|whereas|y|e|pero|mientras(?: que)?)\s+|\s[–—]\s",
    re.IGNORECASE,
)
# Where a list of things goes on, there is no edge.
_WIDE_EDGE = re.compile(r"[;；]\s*|,\s+(?:but|while|whereas|pero|mientras(?: que)?)\s+|(?<=[^\W\d_]が)、", re.IGNORECASE)
_EXCEPT = re.compile(
    r"\b(?:except(?:ing)?(?: for| on| in)?|excluding|apart from|other than|salvo|except[oa]|a excepción de|aparte de)"
    r"(?: (?:the|in|on|en|el|la|los|las|a))* (?P<what>[\w-]+)"
    r"|(?P<ja>[^\s、。はがを]{1,12})(?:以外|を除[いくき])",
    re.IGNORECASE,
)
_WHERE = re.compile(r"[,\s]*(?:[\w-]+ ){0,2}[\w-]*,? (?:where|which|when|donde|que|cuando)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_KANA = re.compile("[ぁ-ゖ]")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence of passage `passage`: its text, the whole sentence, and the words that it says something with."""

    passage: int
    text: str
    sentence: str
    words: frozenset[str]


def parts(passage: int, sentence: str, edge: re.Pattern[str] = _EDGE) -> list[Part]:
    """The parts of a sentence in order, cut at edges; a sentence that is not cut is one."""
    found: list[Part] = []
    for text in edge.split(sentence):
        words = spoken_of(text)
        if not content(text) and not _DIGIT.search(text):
            continue
        if sum(not _KANA.search(word) for word in words) <= _SHORT and found:
            words = (*words, *found[-1].words)
        found.append(Part(passage, text.strip(), sentence, frozenset(words)))
    return found


@functools.lru_cache(maxsize=_KEPT)
def spoken_of(text: str) -> tuple[str, ...]:
    """The words of a text that tell what it speaks of, whatever it says of it."""
    return tuple(content(without_contrasts(text)))


class Counterparts:
    """The parts of the sentences of passages, numbered as their passages, in one language."""

    def __init__(self, sentences: Sequence[tuple[int, str]]) -> None:
        self._sentences = sentences
        cut = [part for number, text in sentences for edge in (_EDGE, _WIDE_EDGE) for part in parts(number, text, edge)]
        self._parts = list(dict.fromkeys(cut))
        self._values = [quantities(part.text) for part in self._parts]
        self._counts = Counter(word for _, text in sentences for part in _EDGE.split(text) for word in set(spoken_of(part)))

    def nearest(self, said: str, least: float = _SAME) -> Part | None:
        """The part that says what a text says, whatever it says of it; None where none holds so much of its words.

        Where parts hold a value of the text, it is one of those.
        """
        words = spoken_of(said)
        if not words:
            return None
        values = [one for one in quantities(said) if not one.soft and not one.named]
        held = [at for at, theirs in enumerate(self._values) if any(one.same(other) for one in values for other in theirs)]
        scored = [
            (self._share(words, part), self._share(words, part, inherited=False), -len(part.text), at)
            for at, part in enumerate(self._parts)
            if not held or at in held
        ]
        best = max(scored, default=(0.0, 0.0, 0, 0))
        return self._parts[best[3]] if best[0] >= least else None

    def _share(self, words: Sequence[str], part: Part, *, inherited: bool = True) -> float:
        """The share (0..1) of words that a part holds, rare ones counting more; with those of the part before it where `inherited`."""
        own = part.words if inherited else set(content(part.text))
        beside = set(content(part.sentence))
        total = held = 0.0
        for word in words:
            weight = _COMMON if _KANA.search(word) else max(1 / max(1, self._counts[word]), _COMMON)
            total += weight
            held += weight * (1.0 if among(word, own) else _BESIDE if among(word, beside) else 0.0)
        return held / total

    def otherwise(self, said: str) -> Reason | None:
        """Whether the part that says the same as a claim, or as a part of it, says another side of a class, or denies it."""
        pieces = [piece.text for piece in parts(0, said)]
        for text in dict.fromkeys([said, *pieces]):
            near = self.nearest(text) if len(spoken_of(text)) >= (1 if text == said else 2) else None
            if near is None:
                continue
            if told := contrasts(text, near.text):
                return Reason(ReasonCode.OTHER_DIRECTION, told[0].claimed, near.text, near.passage)
            whole = not quantities(text) and not self._all_in(text, near.text) and self._all_in(text, near.sentence)
            if whole and (told := contrasts(text, near.sentence)):
                return Reason(ReasonCode.OTHER_DIRECTION, told[0].claimed, near.sentence, near.passage)
            if (text != said or len(pieces) == 1) and denials(text) % 2 != denials(near.text) % 2:
                sure = self.nearest(text, _SAME_DENIED)
                if sure is not None and not self.agrees(text):
                    return Reason(ReasonCode.OPPOSITE, text, near.text, near.passage)
        return None

    def agrees(self, said: str) -> bool:
        """Whether a part with all the words of a claim denies as often as it does."""
        words = spoken_of(said)
        return bool(words) and any(
            all(among(word, part.words) for word in words) and denials(part.text) % 2 == denials(said) % 2 for part in self._parts
        )

    def _all_in(self, said: str, sentence: str) -> bool:
        held = set(content(sentence))
        return all(among(word, held) for word in spoken_of(said))

    def excepted(self, said: str) -> tuple[bool, Reason | None]:
        """Whether a claim speaks of what a sentence excepts, and what it says against it there.

        >>> Counterparts([(1, "All pets except dogs are let in.")]).excepted("Dogs are let in.")[1].passage
        1
        """
        mine = set(content(said))
        if _EXCEPT.search(said):
            return False, None
        for number, text in self._sentences:
            match = _EXCEPT.search(text)
            if match is None or _WHERE.match(text[match.end() :]):
                continue
            excepted = set(content(match["what"] or match["ja"]))
            rest = text.replace(match[0], " ")
            others = mine - excepted
            if not excepted or not excepted <= mine or not others or len(others & set(content(rest))) * 2 < len(others):
                continue
            same = denials(said) % 2 == denials(rest) % 2
            return True, Reason(ReasonCode.OPPOSITE, said, text, number) if same else None
        return False, None
