"""Sentences and phrases of the program in its three languages, with fields, and numbers written as each language writes them.

A `Sentences` holds one sentence in English, Spanish and Japanese. `Words` is the base of enumerations of phrases that stand inside such a
sentence: why a file cannot be read, what helps. A member called with its fields gives a `Phrase`, a value that is kept as a code and
fields and put into words only when somebody reads it.
"""

from __future__ import annotations

import enum
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LANGUAGES = ("en", "ja", "es")


@dataclass(frozen=True, slots=True)
class Sentences:
    """One sentence in three languages, as `str.format` templates with the same named fields."""

    en: str
    es: str
    ja: str

    def template(self, language: str) -> str:
        """The template for "en", "es" or "ja"; English for any other language."""
        return {"es": self.es, "ja": self.ja}.get(language, self.en)

    def format(self, language: str, fields: Mapping[str, object]) -> str:
        """The sentence with its fields filled in; phrases among them in the same language."""
        return _Formatter(language).vformat(self.template(language), (), fields)

    def fields(self) -> frozenset[str]:
        """Names of the fields."""
        return field_names(self.en)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words inside a sentence: a member of an enumeration of `Words`, and its fields."""

    words: Words
    fields: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self.code, self.words.value, self.fields)

    @property
    def code(self) -> str:
        """`Enumeration.MEMBER`, stable for programs that read errors."""
        return f"{type(self.words).__name__}.{self.words.name}"

    def format_in(self, language: str) -> str:
        """The words in "en", "es" or "ja"."""
        return self.words.value.format(language, self.fields)

    def __str__(self) -> str:
        return self.format_in("en")

    def __hash__(self) -> int:
        return hash((self.code, str(self)))

    def to_json(self) -> dict[str, object]:
        """{"phrase": the code, "fields": plain values}."""
        return {"phrase": self.code, "fields": plain_fields(self.fields)}


class Words(enum.Enum):
    """Base of enumerations whose members are `Sentences`."""

    value: Sentences

    def __call__(self, **fields: object) -> Phrase:
        """The phrase with these fields. Raises TypeError where they are not those of the sentence."""
        return Phrase(self, fields)


def phrase_from(data: Mapping[str, object]) -> Phrase:
    """The phrase that `Phrase.to_json` made `data` of. Raises ValueError where this version has no such phrase."""
    group, _, member = str(data.get("phrase", "")).partition(".")
    fields = data.get("fields", {})
    for kind in Words.__subclasses__():
        if kind.__name__ == group and member in kind.__members__ and isinstance(fields, Mapping):
            try:
                return kind[member](**fields_from(fields))
            except TypeError:
                break
    raise ValueError(f"no phrase {group}.{member}")


def plain_fields(fields: Mapping[str, object]) -> dict[str, object]:
    """Fields as JSON has them: phrases as objects, paths as text."""
    return {name: _plain(value) for name, value in fields.items()}


def fields_from(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields that `plain_fields` made, phrases among them. Raises ValueError for a phrase that there is none of."""
    return {
        str(name): phrase_from(value) if isinstance(value, Mapping) and "phrase" in value else value
        for name, value in fields.items()
    }


def check_fields(name: str, sentences: Sentences, fields: Mapping[str, object]) -> None:
    """Raise TypeError where `fields` are not exactly those of the sentence."""
    if sentences.fields() != set(fields):
        raise TypeError(f"{name} takes the fields {sorted(sentences.fields())}, got {sorted(fields)}")


def field_names(template: str) -> frozenset[str]:
    """Names of the fields of a template."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def _plain(value: object) -> object:
    if isinstance(value, Phrase):
        return value.to_json()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


class _Formatter(string.Formatter):
    """str.format with phrases and numbers in a language: Spanish swaps point and comma."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: object, format_spec: str) -> str:
        """See `string.Formatter`; plain integers of five digits and more are grouped."""
        if isinstance(value, Phrase):
            return value.format_in(self._language)
        if isinstance(value, Path | bool) or not isinstance(value, int | float):
            return format(str(value), format_spec)
        grouped = isinstance(value, int) and not format_spec and abs(value) >= 10_000
        text = format(value, "," if grouped else format_spec)
        return text.translate(str.maketrans(",.", ".,")) if self._language == "es" else text
