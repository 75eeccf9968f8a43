"""Who or what a sentence is about, by name: "Heron 7", "EmbeddingGemma", 「コハク」 before は. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from core.text import fold
from rag.checking.bindings import content
from rag.checking.units import UNIT

_LETTER = "A-Za-zÀ-ÖØ-öø-ÿ"
_CAPITAL = rf"[A-ZÀ-ÖØ-Þ][{_LETTER}\d'’]*(?:-[{_LETTER}\d'’]+)*"
_NAME = re.compile(
    rf"(?<![{_LETTER}\d'’-])(?:"
    rf"(?:{_CAPITAL}|[a-z]+[A-Z][{_LETTER}\d'’-]*)(?:[ \u00a0](?:{_CAPITAL}|\d{{1,4}}(?:\.\d+)?[A-Za-z]{{0,3}}(?![{_LETTER}\d.,:/%])))*"
    rf"|\d{{1,4}}B(?![{_LETTER}\d-]))"
)
# As many characters before a name are looked at.
_BACK = 32
# Before these a name tells where, when or by whom, not of what.
_BESIDE = re.compile(
    r"\b(?:in|at|from|to|by|on|with|since|until|through|near|than|en|desde|hasta|a|al|por|con|cerca de|ante|bajo)"
    r"(?: the| el| la| los| las)? \Z",
    re.IGNORECASE,
)
_NO_NAMES = frozenset(
    re.findall(
        r"\S+",
        "how what when where who which why is are was were does do did can may must will the a an in on at it its this that these those he she "
        "they we you i for from to of and or but if as by with each all both most some no not yes there here about after before during since "
        "until between under over per only also then than cuánto cuánta cuántos cuántas qué quién cuál cuándo dónde cómo el la los las un una "
        "en es son era fue de del a al y o pero si como por para con cada su sus se hay este esta estos estas ese esa no sí lo le les desde "
        "hasta entre sobre tras sin más january february march april may june july august september october november december monday tuesday "
        "wednesday thursday friday saturday sunday enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
        "according however although while total page table figure section chapter version",
    )
)
_SENTENCE_START = re.compile(r"(?:\A|[.!?:;。！？]\s*|\n\s*)[\"'“‘«(¿¡*_]*\Z")
_WORD_JA = "[一-龯々〆ァ-ヶーA-Za-z0-9]"
_TOPIC = re.compile(rf"(?<!{_WORD_JA})(?P<topic>{_WORD_JA}{{1,40}}(?:[・の ]{_WORD_JA}{{1,40}}){{0,4}})(?:は(?!ず)|が(?=[^、]))")
_NAMED = re.compile(r"[ァ-ヶー]{2}|[A-Za-z]")
_PRONOUN = re.compile(
    r"\W*(?:it|they|he|she|this|that|these|éste?|ésta?|ella|ello|ellos|ellas|これ|それ|同(?=[一-龯]))\b", re.IGNORECASE
)
_QUESTION_WORDS = re.compile(r"(?:何|誰|どれ|どちら|いつ|いくつ|これ|それ|ここ|次)")


def subjects(text: str, *, beside: bool = True) -> list[str]:
    """The names in a text in their order; those that only tell where, when or by whom are left out unless `beside`."""
    found = []
    for match in _NAME.finditer(text):
        words = match[0].split()
        start = match.start()
        if len(words) > 1 and words[-1].isdigit() and UNIT.match(text, match.end()):
            words.pop()
        while words and (words[0].casefold() in _NO_NAMES or words[0].isdigit()):
            start += len(words[0]) + 1
            words = words[1:]
        plain = len(words) == 1 and re.fullmatch(r"[A-ZÀ-Þ][a-zà-ÿ'’]*", words[0]) is not None
        if not words or (plain and start == match.start() and _SENTENCE_START.search(text[max(0, start - _BACK) : start])):
            continue
        name = " ".join(words)
        unit = UNIT.match(f" {name}")
        if not ((unit and unit.end() > len(name)) or (not beside and _BESIDE.search(text[max(0, start - _BACK) : start]))):
            found.append(name)
    return found


def topics(text: str) -> list[str]:
    """What a Japanese text speaks of by a name: the parts, joined by の, of what stands before は and が, that are not kanji alone."""
    parts = [part for found in _TOPIC.finditer(text) for part in re.split(r"[の ・]", found["topic"])]
    return [part for part in parts if len(part) > 1 and _NAMED.search(part) and not _QUESTION_WORDS.search(part)]


def about(text: str) -> list[str]:
    """What a sentence is about: its names, those beside left out, and its topics in Japanese."""
    return [*subjects(text, beside=False), *topics(text)]


def says_no_subject(claim: str, question: str) -> bool:
    """Whether a claim is about what the question names: it begins with a pronoun, or says nothing but the question's words."""
    return _PRONOUN.match(claim) is not None or not {word for word in content(claim) if not word[0].isdigit()} - set(
        content(question)
    )


def distinct(names: Sequence[str]) -> list[str]:
    """The names that no other words stand for: with a digit, or a capital within."""
    return [name for name in names if re.search(r"\d|[a-zà-ÿ][A-ZÀ-Þ]", name) and re.search(r"[A-Za-z]", name) and len(name) > 2]


def stands(name: str, text: str) -> bool:
    """Whether a name stands in a text, spaces and hyphens apart."""
    return _squashed(name) in _squashed(text)


def match(one: str, other: str) -> bool:
    """Whether two names can mean the same: the words of one are among the other's."""
    mine, theirs = _words(one), _words(other)
    return bool(mine and theirs) and (mine <= theirs or theirs <= mine or _squashed(one) == _squashed(other))


def of_one_family(one: str, other: str) -> bool:
    """Whether two names differ in a number, or in a word beside a word they share: "Heron 5" and "Heron 7"."""
    mine, theirs = _words(one), _words(other)
    shared = {word for word in mine & theirs if len(word) > 2 and not word.isdigit()}
    return bool(shared) and not match(one, other) and all(any(map(str.isdigit, word)) for word in mine ^ theirs)


def any_match(names: Collection[str], others: Collection[str]) -> bool:
    """Whether a name of one collection can mean one of the other."""
    return any(match(one, other) for one in names for other in others)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+|\d+[^\W\d_]*|[^\W_]+", re.sub(r"(?<=[^\W\d_])-(?=\d)", " ", fold(name))))


def _squashed(text: str) -> str:
    return re.sub(r"[\s\-‐‑・]+", "", fold(text))
