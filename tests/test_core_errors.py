"""The error tree: every leaf has a sentence that says what to do, and the drawing at the top of the file is true."""

from __future__ import annotations

import inspect
import string

import pytest

import core.errors
from core.errors import FileEmpty, KaedamaError

CLASSES = [item for _, item in inspect.getmembers(core.errors, inspect.isclass) if issubclass(item, KaedamaError)]
LEAVES = [item for item in CLASSES if not item.__subclasses__()]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_failure_is_a_whole_sentence_of_its_own(leaf: type[KaedamaError]) -> None:
    assert "template" in vars(leaf)
    assert leaf.template.rstrip("}").endswith(".") or leaf.template.endswith(("{remedy}", "lists them."))
    assert len(leaf.template.split()) >= 6


@pytest.mark.parametrize("leaf", CLASSES, ids=lambda leaf: leaf.__name__)
def test_every_class_is_drawn_in_the_tree(leaf: type[KaedamaError]) -> None:
    assert core.errors.__doc__ is not None
    assert leaf.__name__ in core.errors.__doc__


def test_fields_must_be_those_of_the_sentence() -> None:
    with pytest.raises(TypeError, match="takes the fields"):
        FileEmpty(path="x")
    error = FileEmpty(name="a.txt")
    assert (error.code, error.fields) == ("FileEmpty", {"name": "a.txt"})
    assert str(error).startswith("a.txt is empty")


def test_no_template_uses_attribute_access() -> None:
    for item in CLASSES:
        for _, name, _, _ in string.Formatter().parse(item.template):
            assert name is None or name.isidentifier()
