"""The error tree: every class is drawn, speaks three languages with the same fields, and survives JSON; so do the phrases in it."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core.errors
from core import errors
from core.errors import KaedamaError, StoredError, classes, error_from
from core.sentences import LANGUAGES, Phrase, Sentences, Words, field_names, phrase_from
from core.settings import ROOT

CLASSES = [kind for kind in classes() if kind.__module__.startswith("core.errors")]
LEAVES = [kind for kind in CLASSES if not kind.__subclasses__()]
PHRASES = [member for group in Words.__subclasses__() for member in group]


def values(sentences: Sentences) -> dict[str, object]:
    """A value for each field that its format takes."""
    specs = {name: spec for _, name, spec, _ in string.Formatter().parse(sentences.en) if name}
    return {name: 12345.5 if spec else f"<{name}>" for name, spec in specs.items()}


def said(sentences: Sentences) -> list[str]:
    return [sentences.template(language) for language in LANGUAGES]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_failure_is_a_whole_sentence_of_its_own_in_three_languages(leaf: type[KaedamaError]) -> None:
    assert "sentences" in vars(leaf)
    if leaf is StoredError:
        return
    english, japanese, spanish = said(leaf.sentences)
    assert len({english, japanese, spanish}) == 3
    assert len(english.split()) >= 6
    assert english.endswith((".", "{remedy}", "{detail}."))
    assert field_names(english) == field_names(japanese) == field_names(spanish)


@pytest.mark.parametrize("member", PHRASES, ids=str)
def test_every_phrase_has_the_same_fields_in_three_languages(member: Words) -> None:
    assert all(said(member.value))
    assert len({field_names(text) for text in said(member.value)}) == 1


def test_no_two_phrases_of_an_enumeration_are_one() -> None:
    for group in Words.__subclasses__():
        assert len(list(group)) == len(group.__members__), group


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_is_drawn_in_the_tree_and_can_be_imported_from_it(kind: type[KaedamaError]) -> None:
    assert core.errors.__doc__ is not None
    assert kind.__name__ in core.errors.__doc__.replace("  ", " ").split()
    assert kind.__name__ in core.errors.__all__


def test_the_tree_draws_nothing_that_is_not_there() -> None:
    assert core.errors.__doc__ is not None
    drawing = core.errors.__doc__.partition("KaedamaError")[2].partition("\n\n")[0]
    drawn = {word for word in drawing.replace(",", " ").split() if word[0].isupper()}
    assert drawn == {kind.__name__ for kind in CLASSES} - {"KaedamaError"}


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf is not StoredError], ids=lambda leaf: leaf.__name__)
def test_every_failure_survives_json_and_copies(leaf: type[KaedamaError]) -> None:
    error = leaf(**values(leaf.sentences))
    back = error_from(**json.loads(json.dumps(error.to_json())))
    assert (type(back), back) == (leaf, error)
    assert [back.sentence(language) for language in LANGUAGES] == [error.sentence(language) for language in LANGUAGES]
    assert pickle.loads(pickle.dumps(error)) == copy.deepcopy(error) == error


@pytest.mark.parametrize("member", PHRASES, ids=str)
def test_every_phrase_survives_json(member: Words) -> None:
    phrase = member(**values(member.value))
    error = errors.FileUnreadable(name="a", detail=phrase)
    back = error_from(**json.loads(json.dumps(error.to_json())))
    assert back.fields["detail"] == phrase
    for language in LANGUAGES:
        assert phrase.format_in(language) in back.sentence(language)


@given(
    st.sampled_from([kind.__name__ for kind in CLASSES] + ["FromTheFuture", "__init__", ""]),
    st.dictionaries(
        st.sampled_from(["name", "detail", "phrase", "code", "x"]),
        st.one_of(st.none(), st.integers(), st.text(), st.dictionaries(st.sampled_from(["phrase", "fields"]), st.text())),
    ),
    st.text(min_size=1),
)
def test_whatever_was_kept_comes_back_as_an_error(code: str, fields: dict[str, object], message: str) -> None:
    error = error_from(code, fields, message)
    again = error_from(**json.loads(json.dumps(error.to_json())))
    assert again == error
    if isinstance(error, StoredError):
        assert (error.code, str(error)) == (code, message)


def test_fields_must_be_those_of_the_sentence() -> None:
    with pytest.raises(TypeError, match="takes the fields"):
        errors.FileEmpty(path="x")
    with pytest.raises(TypeError, match="takes the fields"):
        errors.FileKind.OTHER()
    error = errors.FileEmpty(name="a.txt")
    assert (error.code, error.fields) == ("FileEmpty", {"name": "a.txt"})
    assert str(error).startswith("a.txt is empty")


def test_a_phrase_of_another_version_makes_a_stored_error() -> None:
    fields = {"name": "a", "detail": {"phrase": "DocumentFault.FROM_THE_FUTURE", "fields": {}}}
    error = error_from("FileUnreadable", fields, "a cannot be read (oh).")
    assert isinstance(error, StoredError)
    assert error.to_json() == {"code": "FileUnreadable", "message": "a cannot be read (oh).", "fields": fields}
    with pytest.raises(ValueError, match="no phrase"):
        phrase_from({"phrase": "Nothing"})


def test_numbers_are_written_as_the_language_does() -> None:
    error = errors.QuestionTooLong(length=12345, limit=8000)
    assert "12,345" in error.sentence("en")
    assert "8,000" in error.sentence("ja")
    assert "12.345" in error.sentence("es")
    assert "1,5 MB" in errors.FileTooLarge(name="a", size_mb=1.5, limit_mb=1.0).sentence("es")
    assert error.sentence("xx") == str(error)


def test_words_inside_a_sentence_follow_its_language_and_names_stay() -> None:
    error = errors.UnknownType(name="writing", found=errors.FileKind.OTHER(media_type="image/png"))
    assert "a file of type image/png" in str(error)
    assert "image/png形式のファイル" in error.sentence("ja")
    assert error.sentence("es").startswith("writing es un archivo de tipo image/png")


def test_sentences_use_no_attribute_access() -> None:
    for sentences in [kind.sentences for kind in CLASSES] + [member.value for member in PHRASES]:
        assert all(name.isidentifier() for text in said(sentences) for name in field_names(text))


def test_no_english_phrase_is_written_where_an_error_is_raised() -> None:
    spoken = {"detail", "remedy", "phase", "found", "named", "owner"}
    for folder in ("core", "store", "ingest", "rag", "service", "ui"):
        for path in (ROOT / folder).rglob("*.py"):
            for call in english_phrases(path, spoken):
                pytest.fail(f"{path.relative_to(ROOT)}:{call} gives an error an English phrase; make it a member of a `Words`")


def english_phrases(path: Path, spoken: set[str]) -> list[int]:
    """Lines of calls of error classes with a phrase (a literal or formatted text with a space in it) as one of the spoken fields."""
    lines = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and hasattr(errors, node.func.id):
            for keyword in node.keywords:
                parts = keyword.value.values if isinstance(keyword.value, ast.JoinedStr) else [keyword.value]
                texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
                if keyword.arg in spoken and any(" " in text.strip() for text in texts):
                    lines.append(node.lineno)
    return lines


def test_phrases_with_equal_words_and_fields_are_equal() -> None:
    one, other = errors.FileKind.OTHER(media_type="a/b"), errors.FileKind.OTHER(media_type="a/b")
    assert one == other
    assert len({one, other, Phrase(errors.FileKind.PDF)}) == 2
