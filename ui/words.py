"""Every word that the page shows, in English, Japanese and Spanish.

One row per thing to say, in the tables of the ui/words_*.py, so that a missing translation is visible where
it is missing; errors stand in ui/error_words.py. Words are looked up by key and never put together from pieces, because word order
differs between the languages.
"""

from __future__ import annotations

import string
from collections.abc import Mapping

from ui.words_answer import ANSWER_WORDS
from ui.words_compare import COMPARE_WORDS
from ui.words_models import MODEL_WORDS
from ui.words_page import PAGE_WORDS

LANGUAGES = ("en", "ja", "es")
LANGUAGE_NAMES = {"en": "en", "ja": "日本語", "es": "es"}

# key: (English, Japanese, Spanish). A key that ends in _1 is the wording for exactly one.
WORDS: Mapping[str, tuple[str, str, str]] = {**PAGE_WORDS, **ANSWER_WORDS, **MODEL_WORDS, **COMPARE_WORDS}

# Questions about the sample documents: the first two are answered by a document in another language.
EXAMPLES = (
    ("ja", "E2Bの4ビットの容量は何GBですか?"),
    ("es", "¿Cuántos tokens lee como máximo la primera EmbeddingGemma?"),
    ("en", "Which port does Ollama listen on by default?"),
)


def say(key: str, language: str, **fields: object) -> str:
    """The words for `key`, with its fields filled in; integers are grouped as the language does.

    Where `fields` has n = 1 and the table has a wording for one, that is used.
    """
    if fields.get("n") == 1 and key + "_1" in WORDS:
        key += "_1"
    template = WORDS[key][LANGUAGES.index(language)]
    return LocalFormatter(language).format(template, **fields)


def pick_language(accept: str) -> str:
    """The page's language for an Accept-Language header: the reader's first choice among those the page speaks, else English."""
    wishes = []
    for position, part in enumerate(accept.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        wishes.append((-quality, position, tag.partition("-")[0].lower()))
    return next((tag for _, _, tag in sorted(wishes) if tag in LANGUAGES), "en")


class LocalFormatter(string.Formatter):
    """str.format whose grouped and decimal numbers are written as in `language`: Spanish swaps point and comma."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: object, format_spec: str) -> str:
        """See `string.Formatter`; plain integers of five digits and more are grouped."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(format(value, format_spec))
        grouped = isinstance(value, int) and not format_spec and abs(value) >= 10_000
        text = format(value, "," if grouped else format_spec)
        return text.translate(str.maketrans(",.", ".,")) if self._language == "es" else text
