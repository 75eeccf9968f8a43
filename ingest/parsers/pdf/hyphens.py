"""Whether a hyphen at a line's end belongs to the word or only divides it, told by the other words of the document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ingest.parsers.pdf.words import Line

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST, _FIRST = re.compile(r"\S+$"), re.compile(r"\S+")
_ENDING, _BEGINNING = re.compile(r"[^\W_]+(?:-[^\W_]+)*$"), re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ADDRESS = re.compile(r"[/\\@]|\.\w")
# First elements of English compounds that are written with a hyphen before almost any word.
_FIRST_ELEMENTS = frozenset((
    "all", "anti", "bottom", "close", "co", "cross", "double", "eight", "ex", "fast", "five", "four", "front", "full", "general",
    "half", "hard", "hand", "heavy", "high", "highest", "ill", "large", "late", "least", "left", "light", "long", "low", "lower",
    "lowest", "mid", "middle", "mixed", "multi", "near", "nine", "non", "one", "open", "part", "post", "pre", "real", "right",
    "second", "self", "semi", "seven", "short", "single", "six", "slow", "small", "so", "soft", "ten", "third", "three", "tight",
    "top", "two", "ultra", "upper", "well", "wide", "year",
))  # fmt: skip
# Of those, these also begin words that are written as one ("highway", "nonsense"): the other half decides by its length.
_SHORT_SECOND = 5


def words_of(lines: Iterable[Line]) -> Counter[str]:
    """How often each word is in the lines, in small letters; words with hyphens are one, halves of divided words none."""
    known: Counter[str] = Counter()
    divided = False
    for line in lines:
        text = _FIRST.sub("", line.text, count=1) if divided else line.text
        divided = line.soft
        known.update(_WORD.findall((_LAST.sub("", text) if divided else text).lower()))
    return known


def belongs(before: str, after: str, known: Counter[str]) -> bool:
    """Whether the hyphen between a line's text and the next line's is part of the word; `known` are the document's words."""
    last, first = _LAST.search(before), _FIRST.match(after)
    ending = _ENDING.search(before)
    beginning = _BEGINNING.match(after)
    if last is None or first is None or ending is None or beginning is None:
        return True
    left, right = ending[0], beginning[0]
    if left[-1].isdigit() or right[0].isdigit():
        return True
    whole, joined = f"{left}-{right}".lower(), f"{left}{right}".lower()
    with_hyphen, without = known[whole], known[joined]
    if with_hyphen != without:
        return with_hyphen > without
    if without:
        return False
    if _ADDRESS.search(last[0]):
        return True
    if left.isupper() and right.isupper() and len(right) > 1:
        return False
    if right[0].isupper() or "-" in left:
        return True
    left, right = left.lower(), right.lower()
    if left in _FIRST_ELEMENTS and len(right) > _SHORT_SECOND:
        return True
    return min(len(left), len(right)) >= 3 and known[left] > 0 and known[right] > 0
