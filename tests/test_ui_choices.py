"""What a browser keeps of a person's choices: it comes back as it was, and nothing that a browser sends can break the page."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.events import Mode
from rag.models.base import Thinking
from ui.choices import SORTS, Choices

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
FIELDS = list(Choices.__slots__)


@given(
    st.builds(
        Choices,
        language=st.sampled_from(["", "en", "ja", "es"]),
        model=st.text(max_size=20),
        think=st.sampled_from(Thinking),
        mode=st.sampled_from(Mode),
        cleared=st.lists(st.integers(0, 99), unique=True).map(tuple),
        compared=st.none() | st.lists(st.text(max_size=9), max_size=3).map(tuple),
        blind=st.booleans(),
        comparison=st.integers(0, 99),
        sort=st.sampled_from(SORTS),
        search=st.text(max_size=20),
        notice=st.booleans(),
    )
)
def test_choices_come_back_as_they_were(choices: Choices) -> None:
    assert Choices.read(choices.text()) == choices


@given(st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON)
def test_whatever_a_browser_sends_is_read(told: object) -> None:
    choices = Choices.read(json.dumps(told))
    assert Choices.read(choices.text()) == choices


@pytest.mark.parametrize("text", ["", "x", "[]", "{", "null", '{"think": 3, "mode": "no", "cleared": [null, "x", 4]}'])
def test_what_cannot_be_understood_has_its_default(text: str) -> None:
    assert Choices.read(text).think is Thinking.AUTO
    assert Choices.read(text).mode is Mode.AUTO


def test_boxes_are_cleared_and_set() -> None:
    choices = Choices().searching({1: False, 2: False}).searching({1: True})
    assert choices.cleared == (2,)
    assert Choices().speaking("ja").language == "ja"
    assert Choices().speaking("xx").language == ""
