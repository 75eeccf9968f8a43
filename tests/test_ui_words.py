"""Words and error sentences: every one in three languages, with the same fields; the language follows the browser."""

from __future__ import annotations

import string

import pytest

from core import errors
from core.errors import KaedamaError
from ui.error_words import ERRORS, error_sentence
from ui.words import LANGUAGES, WORDS, pick_language, say


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _concrete(root: type[KaedamaError]) -> list[type[KaedamaError]]:
    below = [kind for child in root.__subclasses__() for kind in _concrete(child)]
    return below or [root]


def test_every_row_has_three_languages_with_the_same_fields() -> None:
    for key, row in WORDS.items():
        assert len(row) == len(LANGUAGES), key
        assert all(row), key
        wanted = _fields(row[0])
        assert all(_fields(text) == wanted for text in row), key


def test_wordings_for_one_belong_to_a_row() -> None:
    for key in WORDS:
        assert not key.endswith("_1") or key.removesuffix("_1") in WORDS, key


@pytest.mark.parametrize("kind", _concrete(KaedamaError), ids=lambda kind: kind.__name__)
def test_every_error_is_translated_with_its_fields(kind: type[KaedamaError]) -> None:
    assert all(_fields(text) == _fields(kind.template) for text in ERRORS[kind.__name__])


def test_no_translation_without_an_error() -> None:
    assert set(ERRORS) <= set(vars(errors))


def test_error_sentence_formats_numbers_as_the_language_does() -> None:
    error = errors.QuestionTooLong(length=12345, limit=8000)
    assert "12,345" in error_sentence(error, "en")
    assert "8,000" in error_sentence(error, "ja")
    assert "12.345" in error_sentence(error, "es")
    assert "8.000" in error_sentence(error, "es")
    assert "1,5 MB" in error_sentence(errors.FileTooLarge(name="a", size_mb=1.5, limit_mb=1.0), "es")


def test_an_error_unknown_to_the_table_stays_english() -> None:
    class Fresh(KaedamaError):
        template = "Fresh {detail}"

    assert error_sentence(Fresh(detail="x"), "ja") == "Fresh x"


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("ja,en-US;q=0.9", "ja"),
        ("es-MX", "es"),
        ("de-DE,de;q=0.9,es;q=0.7,en;q=0.8", "en"),
        ("fr", "en"),
        ("", "en"),
        ("en;q=0.2,ja;q=nonsense,es;q=0.1", "en"),
    ],
)
def test_language_of_the_browser(accept: str, language: str) -> None:
    assert pick_language(accept) == language


def test_say_counts() -> None:
    assert say("passages", "en", n=1) == "1 passage"
    assert say("passages", "en", n=2) == "2 passages"
    assert say("context_of", "es", used=12345, window=262144) == "12.345 de 262.144 tokens"
