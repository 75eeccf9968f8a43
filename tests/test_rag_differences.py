"""What only one answer says: values compared in any writing, spans that fit, and nothing marked where answers agree."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Reason, ReasonCode, Support, Verdict
from rag.differences import Kind, Reply, differences, facts

PIECES = """Gemma Tokyo 12 3.5 1,500 2026-04-02 4月2日 the in キッチン 東京都庁 de San José [1] [2] . 。 E2B April 2, 2026 ¿ オラマを は"""
WORDS = st.sampled_from([*PIECES.split(), "\n"])
TEXTS = st.lists(WORDS, max_size=25).map(" ".join)


def keys(text: str, kind: Kind) -> list[str]:
    """Values of one kind in a text."""
    return [fact.key for fact in facts(text) if fact.kind is kind]


@pytest.mark.parametrize(
    "text",
    ["on 2 April 2026", "April 2, 2026", "el 2 de abril de 2026", "2026-04-02", "2026年4月2日", "2026/4/2", "Apr. 2nd, 2026"],
)
def test_a_date_is_the_same_in_every_writing(text: str) -> None:
    assert keys(text, Kind.DATE) == ["2026-04-02"]
    assert keys(text, Kind.NUMBER) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("128K tokens", "128000"),
        ("128,000", "128000"),
        ("128.000", "128000"),
        ("12万", "120000"),
        ("2,3 GB", "2.3"),
        ("2.30", "2.3"),
    ],
)
def test_a_number_is_the_same_in_every_writing(text: str, key: str) -> None:
    assert keys(text, Kind.NUMBER)[0] == key


def test_names_are_told_by_their_looks() -> None:
    assert keys("The model was made in Mar del Plata by Ana Ruiz.", Kind.NAME) == ["mar del plata", "ana ruiz"]
    assert keys("However, it runs.", Kind.NAME) == []
    assert keys("LangChain is used.", Kind.NAME) == ["langchain"]
    assert keys("Tokyo is big. I like Tokyo.", Kind.NAME) == ["tokyo", "tokyo"]
    assert keys("東京都庁でオラマを使う。", Kind.NAME) == ["東京都庁", "オラマ"]


def test_only_what_no_other_answer_says_is_marked() -> None:
    bare = Verdict(0, 5, "x", Support.UNSUPPORTED, (), Reason(ReasonCode.UNCITED))
    own = differences(
        "How long is the audio of E2B?",
        {
            "a": Reply("E2B takes 30 seconds, says Ana Ruiz [1]. Released 2026-04-02 [2].", (bare,)),
            "b": Reply("It takes 45 seconds [1]. Released on April 2, 2026 [3].", ()),
        },
    )
    assert [(fact.kind, fact.text) for fact in own["a"].facts] == [(Kind.NUMBER, "30"), (Kind.NAME, "Ana Ruiz")]
    assert [fact.text for fact in own["b"].facts] == ["45"]
    assert (own["a"].passages, own["b"].passages) == ((2,), (3,))
    assert (own["a"].unsupported, own["b"].unsupported) == ((bare,), ())


def test_single_words_and_sizes_of_models_are_wording_and_no_difference() -> None:
    own = differences("q", {"a": Reply("It says Ollama runs E4B and 31B."), "b": Reply("It says Google runs 12 GB.")})
    assert own["a"].facts == ()
    assert [fact.text for fact in own["b"].facts] == ["12"]


def test_an_answer_without_rivals_has_nothing_to_itself() -> None:
    own = differences("q", {"a": Reply("It takes 30 seconds [1]."), "b": Reply("")})
    assert own["a"].facts == own["b"].facts == ()
    assert own["a"].passages == ()


@given(TEXTS)
def test_spans_fit_and_agreement_marks_nothing(text: str) -> None:
    found = facts(text)
    for fact in found:
        assert text[fact.start : fact.end] == fact.text
    assert all(before.end <= after.start for before, after in itertools.pairwise(found))
    for own in differences("", {"a": Reply(text), "b": Reply(text)}).values():
        assert own.facts == ()
        assert own.passages == ()


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_marked_is_in_exactly_one_answer(first: str, second: str, third: str) -> None:
    replies = {"a": first, "b": second, "c": third}
    for name, own in differences("", {key: Reply(text) for key, text in replies.items()}).items():
        others = [fact for other, text in replies.items() if other != name for fact in facts(text)]
        for fact in own.facts:
            assert (fact.kind, fact.key) not in {(other.kind, other.key) for other in others}
