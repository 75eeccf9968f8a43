"""Every word of the page: one file a language (en.toml, es.toml, ja.toml), looked up by key.

A value is a string with `{named}` fields, or a table of its plural forms (`one`, `many`, `other`: the categories that CLDR names for the
language), chosen by the field `n`. Numbers, percents, lists and dates are written by Babel. Words are never put together from pieces,
because word order differs between languages. Sentences of errors stand with the errors.
"""

from __future__ import annotations

import datetime as dt
import functools
import string
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("en", "ja", "es")
# What each language is called by those who read it; `en` and `es` are short because the switch stands in the header of a phone.
LANGUAGE_NAMES = {"en": "en", "ja": "日本語", "es": "es"}
# Questions about the sample documents: the first two are answered by a document in another language.
EXAMPLES = (
    ("ja", "E2Bの4ビットの容量は何GBですか?"),
    ("es", "¿Cuántos tokens lee como máximo la primera EmbeddingGemma?"),
    ("en", "Which port does Ollama listen on by default?"),
)
# Whole numbers below this are written without a mark between the thousands: page numbers, years, tokens of a small window.
_GROUPED_FROM = 10_000
# Languages that never set thousands apart in numbers of four digits: https://www.rae.es/dpd/números
_UNGROUPED = ("es",)
_FOLDER = Path(__file__).resolve().parent


@functools.cache
def words_of(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """The words of `language` by key. Raises FileNotFoundError for a language that the page does not speak."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))


@functools.cache
def locale_of(language: str) -> Locale:
    """Babel's locale of `language`."""
    return Locale(language)


def say(key: str, language: str, **fields: object) -> str:
    """The words for `key`, with its fields filled in as the language writes them.

    Field formats: `{n}` and `{n:,}` numbers, `{n:.1f}` with that many decimals, `{n:%}` percents (n from 0 to 100); a sequence becomes a list
    ("a, b and c"). Raises KeyError for a key that is not there, or a field that is not given.
    """
    words = words_of(language)[key]
    if not isinstance(words, str):
        count = fields["n"]
        assert isinstance(count, int | float)
        words = words[locale_of(language).plural_form(count)]
    return LocalFormatter(language).format(words, **fields)


def plural_forms(key: str, language: str) -> dict[str, str]:
    """The words for `key` by plural category, with their fields unfilled, for who counts elsewhere."""
    words = words_of(language)[key]
    return {"other": words} if isinstance(words, str) else dict(words)


def number(value: float, language: str, *, digits: int = 0, grouped_from: int = _GROUPED_FROM) -> str:
    """A number with at most `digits` decimals; thousands are set apart from `grouped_from` on, in Spanish from 10,000 at the earliest."""
    whole = isinstance(value, int)
    return str(
        format_decimal(
            value,
            format="#,##0" if whole or not digits else f"#,##0.{'#' * digits}",
            locale=locale_of(language),
            group_separator=abs(value) >= (grouped_from if language not in _UNGROUPED else _GROUPED_FROM),
        )
    )


def date(seconds: float, language: str, *, today: dt.date) -> str:
    """A point of time (seconds since 1970, shown in this machine's zone): the time where it is `today`, else the day."""
    moment = dt.datetime.fromtimestamp(seconds).astimezone()
    locale = locale_of(language)
    if moment.date() == today:
        return str(format_time(moment, "short", locale=locale))
    if moment.year == today.year:
        return str(format_date(moment, {"en": "d MMM", "es": "d MMM", "ja": "M月d日"}[language], locale=locale))
    return str(format_date(moment, "medium", locale=locale))


def day_and_time(moment: dt.datetime, language: str) -> str:
    """A moment in full, as its zone has it."""
    return str(format_datetime(moment, "medium", tzinfo=moment.tzinfo, locale=locale_of(language)))


def pick_language(accept: str) -> str:
    """The page's language for an Accept-Language header: the first choice among those that the page speaks, else English."""
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
    """str.format that writes numbers and lists as `language` does."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: object, format_spec: str) -> str:
        """See `string.Formatter`, and `say` for the formats."""
        if isinstance(value, list | tuple):
            return str(format_list([str(item) for item in _texts(value)], locale=locale_of(self._language)))
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(format(value, format_spec))
        if format_spec == "%":
            return str(format_percent(value / 100, locale=locale_of(self._language)))
        if not format_spec:
            return number(value, self._language, digits=1)
        if format_spec == ",":
            return number(value, self._language, grouped_from=1_000)
        decimals = int(format_spec[1:-1]) if format_spec.startswith(".") else 0
        shape = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, format=shape, locale=locale_of(self._language), group_separator="," in format_spec))


def _texts(values: Sequence[object]) -> list[str]:
    return [str(value) for value in values]
