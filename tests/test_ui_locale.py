"""The words of the page: the same keys and fields in every language, plurals as CLDR has them, none missing and none unused."""

from __future__ import annotations

import ast
import datetime as dt
import re
import string
from collections.abc import Iterator

import pytest

from core.settings import ROOT
from core.types import Support
from ingest.units import Unit
from rag.events import Outcome
from ui.locale import LANGUAGES, date, locale_of, number, pick_language, say, words_of

# Keys whose number is followed by a unit or a sign, which one and many share.
UNITS = {
    "ms", "seconds", "gb", "about_gb", "status_downloading", "left_window", "left_few_passages", "not_cited", "nearest",
    "source_n", "source_gone", "source_changed", "m_speed_value",
}  # fmt: skip
SOURCES = sorted((ROOT / "ui").rglob("*.py"))


def _forms(words: object) -> list[str]:
    return [words] if isinstance(words, str) else list(words.values())  # type: ignore[attr-defined]


def _fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _pattern(node: ast.JoinedStr) -> str:
    """What an f-string can become, as a regular expression."""
    return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values)


def _strings() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every string of the page's code and, for an f-string, the keys that it can become."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, re.compile(re.escape(node.value))
            elif isinstance(node, ast.JoinedStr):
                pattern = _pattern(node)
                if pattern.startswith(tuple(string.ascii_lowercase)) and re.fullmatch(r"[\w.+:\\-]+", pattern):
                    yield pattern, re.compile(pattern)


def _asked() -> Iterator[tuple[str, str]]:
    """The first argument of every call of say() and words(), as a pattern, with the file that it stands in."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in ("say", "words"):
                continue
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield re.escape(key.value), path.name
            elif isinstance(key, ast.JoinedStr):
                yield _pattern(key), path.name


def test_every_language_has_the_same_keys_in_the_same_order() -> None:
    for language in LANGUAGES:
        assert list(words_of(language)) == list(words_of("en")), language


@pytest.mark.parametrize("key", words_of("en"))
def test_a_key_has_the_same_fields_in_every_language_and_form(key: str) -> None:
    wanted = set().union(*(_fields(form) for form in _forms(words_of("en")[key])))
    for language in LANGUAGES:
        for form in _forms(words_of(language)[key]):
            assert form.strip() == form, (language, form)
            assert form, language
            assert _fields(form) == wanted, (language, form)


@pytest.mark.parametrize("key", words_of("en"))
def test_counted_words_have_the_plural_forms_of_their_language(key: str) -> None:
    counted = "n" in _fields(_forms(words_of("en")[key])[0]) and key not in UNITS
    for language in LANGUAGES:
        words = words_of(language)[key]
        forms = {*locale_of(language).plural_form.tags, "other"}
        if isinstance(words, str):
            assert not counted or forms == {"other"}, f"{language}: {key} counts and has no plural"
        else:
            assert counted, f"{key} has plurals and does not count"
            assert set(words) == forms, language


def test_no_word_is_missing() -> None:
    keys = list(words_of("en"))
    missing = [(key, name) for key, name in _asked() if not any(re.fullmatch(key, one) for one in keys)]
    assert missing == []


def test_no_word_is_unused() -> None:
    said = [re.compile(one.value) for one in (*Support, *Outcome, *Unit)]  # looked up by their value
    patterns = [*said, *(pattern for _, pattern in _strings())]
    unused = [key for key in words_of("en") if not any(pattern.fullmatch(key) for pattern in patterns)]
    assert unused == []


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("en", 1, "1 passage"),
        ("en", 0, "0 passages"),
        ("en", 2, "2 passages"),
        ("es", 1, "1 pasaje"),
        ("es", 21, "21 pasajes"),
        ("es", 1_000_000, "1.000.000 de pasajes"),
        ("ja", 1, "抜粋1件"),
        ("ja", 12_345, "抜粋12,345件"),
    ],
)
def test_counting(language: str, n: int, said: str) -> None:
    assert say("passages", language, n=n) == said


def test_numbers_percents_and_lists_are_written_as_the_language_does() -> None:
    assert say("context_of", "es", used=12345, window=262144) == "12.345 de 262.144 tokens"
    assert say("context_of", "en", used=2048, window=8192) == "2,048 of 8,192 tokens"
    assert say("context_of", "es", used=2048, window=8192) == "2048 de 8192 tokens"
    assert [say("pulling", language, percent=41).split(": ")[1] for language in LANGUAGES] == ["41%", "41%", "41\xa0%"]
    assert say("needs_ocr", "es", list=("3", "7", "9")) == "p. 3, 7 y 9: necesita OCR"
    assert (number(1.25, "es", digits=1), number(1.25, "en", digits=2), number(3.0, "en", digits=1)) == ("1,2", "1.25", "3")


def test_a_date_is_as_short_as_it_can_be() -> None:
    noon = dt.datetime(2026, 11, 5, 12, 30).astimezone()
    days = [noon.date(), dt.date(2026, 12, 1), dt.date(2027, 1, 1)]
    assert [date(noon.timestamp(), "es", today=day) for day in days] == ["12:30", "5 nov", "5 nov 2026"]
    assert date(noon.timestamp(), "ja", today=days[1]) == "11月5日"


def test_an_unknown_key_or_a_missing_field_is_not_passed_over() -> None:
    with pytest.raises(KeyError):
        say("no_such_words", "en")
    with pytest.raises(KeyError):
        say("deleted", "en")


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
