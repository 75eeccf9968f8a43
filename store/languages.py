"""Which language a text is in: lingua for scripts that several languages share, the script itself for Japanese.

lingua [1] is slower than its rivals but right on short text, and questions are short. Its models load on first use.

[1] https://github.com/pemistahl/lingua-rs
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

UNKNOWN = "und"
_KANA = re.compile("[\u3041-\u30ff]")
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_JAPANESE = "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_CJK = re.compile(f"[{_JAPANESE}]")
# Particles, and runs of hiragana that are more than the ending inside a compound (the "e" of "kaedama").
_ENDING = re.compile("[はがをにのとでへもか](?![\u3041-\u309f])(?<![\u3041-\u309f].)|[\u3041-\u309f]{2,}")
# Words of a spaced script with nothing but spaces and light signs between them.
_WORD = rf"[^\W\d_{_JAPANESE}][^\W_{_JAPANESE}]*"
_SPACED_RUN = re.compile(rf"{_WORD}(?:[ '’,-]+{_WORD})*")
# Kanji that can make a sentence of their own.
_SENTENCE = 8
# Kanji that may be a list of names or terms, if Japanese writes all of them (JIS X 0208).
_LIST = 20
_CLAUSE = re.compile("[，。、！？]")
# Enough of a page to be sure of; lingua's time grows with the text.
_SAMPLE = 600


@functools.cache
def _detector() -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder

    # Trigrams alone ("low accuracy") take 150 MB less, and tell questions apart as well once the choice is narrowed by `among`.
    # The languages of documents people are likely to have; every further one costs accuracy on short questions.
    known = (
        Language.ENGLISH, Language.SPANISH, Language.CHINESE, Language.KOREAN, Language.FRENCH, Language.GERMAN, Language.ITALIAN,
        Language.PORTUGUESE, Language.DUTCH, Language.RUSSIAN, Language.ARABIC,
    )  # fmt: skip
    return LanguageDetectorBuilder.from_languages(*known).with_low_accuracy_mode().build()


def language_of(text: str, among: Collection[str] = ()) -> str:
    """ISO 639-1 code of the language that carries the text's grammar, or "und" where it has no words.

    A few kanji in an English question do not make it Japanese, nor English terms a Japanese one English. Kanji without kana are Japanese
    where they are too few to make a sentence, or a list of terms that Japanese writes; more of them are told apart by lingua. With `among`,
    the likeliest of these languages is chosen: a question of five words is asked in a language the person's page or documents speak, not in
    Dutch because of a surname.
    """
    sample = text[:_SAMPLE]
    kana, ideographs = len(_KANA.findall(sample)), len(_IDEOGRAPH.findall(sample))
    if kana + ideographs and _japanese(sample, kana, ideographs):
        return "ja"
    letters = _CJK.sub(" ", sample) if kana or ideographs < _SENTENCE else sample
    if not any(character.isalpha() for character in letters):
        return UNKNOWN
    if not kana and ideographs >= _SENTENCE and _may_be_japanese(sample, ideographs, among):
        return "ja"
    ranked = [value.language.iso_code_639_1.name.lower() for value in _detector().compute_language_confidence_values(letters)]
    likely = [code for code in ranked if code in among] or ranked
    return likely[0] if likely else UNKNOWN


def _may_be_japanese(text: str, ideographs: int, among: Collection[str]) -> bool:
    """Whether a text in kanji, without kana, is Japanese: because Chinese is not to be chosen, or as a list of terms."""
    if 2 * ideographs < sum(map(str.isalpha, text)):
        return False
    if among and "zh" not in among:
        return "ja" in among
    try:
        text.encode("euc_jp")
    except UnicodeEncodeError:
        return False
    return ideographs <= _LIST and not _CLAUSE.search(text)


def _japanese(text: str, kana: int, ideographs: int) -> bool:
    """Whether the grammar is Japanese: particles and endings against runs of words of a spaced script, and what begins and ends it."""
    spaced = sum(_grammar(run[0], first=run.start() == 0) for run in _SPACED_RUN.finditer(text.strip("¿¡\"'“”‘’«»()[] \n\t")))
    if not kana and ideographs >= _SENTENCE and not spaced:
        return False  # Chinese, perhaps
    endings = 2 * len(_ENDING.findall(text))
    ends = [character for character in text if character.isalpha()]
    for character in (ends[0], ends[-1]):
        if _CJK.match(character):
            endings += 1
        else:
            spaced += 1
    if endings != spaced:
        return endings > spaced
    others = sum(character.isalpha() for character in _CJK.sub("", text))
    return 2 * (kana + ideographs) >= others  # a kana or kanji says about as much as two letters


def _grammar(run: str, *, first: bool) -> int:
    """Words of a run of a spaced script that can carry grammar: names stand alone or begin with a capital."""
    words = [word for word in run.split() if word.isalpha()]
    if len(words) < 2:
        return 0
    return sum(word.islower() or (first and at == 0) for at, word in enumerate(words))
