"""Sentences of errors: every one in three languages, with the same fields."""

from __future__ import annotations

import string

import pytest

import core.defects  # noqa: F401  # a branch of the tree
from core import errors
from core.errors import KaedamaError
from core.settings import ROOT
from ui.error_phrases import PATTERNS, PHRASES, phrase
from ui.error_words import ERRORS, error_sentence


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _concrete(root: type[KaedamaError]) -> list[type[KaedamaError]]:
    below = [kind for child in root.__subclasses__() for kind in _concrete(child)]
    return below or [root]


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


def test_every_phrase_is_one_that_the_program_says() -> None:
    folders = ("core", "store", "ingest", "rag")
    source = "".join(path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py"))
    for said in PHRASES:
        assert f'"{said}"' in source, said


@pytest.mark.parametrize(
    ("said", "japanese", "spanish"),
    [
        ("a file of type image/png", "image/png形式のファイル", "un archivo de tipo image/png"),
        (
            "a text file of an unknown kind (.xyz)",
            "種類の分からないテキストファイル(.xyz)",
            "un archivo de texto de tipo desconocido (.xyz)",
        ),
        ("the connection to Ollama was lost", "Ollamaとの接続が切れました", "se perdió la conexión con Ollama"),
        ("no phrase of ours", "no phrase of ours", "no phrase of ours"),
    ],
)
def test_phrases_inside_sentences_are_translated(said: str, japanese: str, spanish: str) -> None:
    assert (phrase(said, "en"), phrase(said, "ja"), phrase(said, "es")) == (said, japanese, spanish)
    error = errors.UnknownType(name="x.bin", found=said)
    assert japanese in error_sentence(error, "ja")


def test_a_translated_pattern_uses_what_it_finds() -> None:
    for pattern, translated in PATTERNS:
        assert all(_fields(text) == set(map(str, range(pattern.groups))) for text in translated), pattern.pattern


def test_a_document_that_is_called_like_a_phrase_keeps_its_name() -> None:
    assert error_sentence(errors.FileEmpty(name="writing"), "es").startswith("writing")
