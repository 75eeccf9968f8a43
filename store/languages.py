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
    """ISO 639-1 code of the language a text is mostly in, or "und" where it has no words.

    Kana mean Japanese, and so do a few kanji alone when they carry no sentence (a longer text in them is told apart). With `among`,
    the likeliest of these languages is chosen: a question of five words is asked in a language the reader's page or documents
    speak, not in Dutch because of a surname.
    """
    sample = text[:_SAMPLE]
    kana, ideographs = len(_KANA.findall(sample)), len(_IDEOGRAPH.findall(sample))
    letters = sum(character.isalpha() for character in sample)
    if kana + ideographs > 0.1 * letters and (kana > 0.05 * (kana + ideographs) or ideographs < 8):
        return "ja"
    if not letters:
        return UNKNOWN
    ranked = [value.language.iso_code_639_1.name.lower() for value in _detector().compute_language_confidence_values(sample)]
    likely = [code for code in ranked if code in among] or ranked
    return likely[0] if likely else UNKNOWN
