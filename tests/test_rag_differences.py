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


def names(text: str) -> list[str]:
    return [fact.words for fact in facts(text) if fact.kind is Kind.NAME]


@pytest.mark.parametrize(
    "text",
    [
        "on 2 April 2026",
        "April 2, 2026",
        "el 2 de abril de 2026",
        "2026-04-02",
        "2026年4月2日",
        "2026/4/2",
        "Apr. 2nd, 2026",
        "令和8年4月2日",
    ],
)
def test_a_date_is_the_same_in_every_writing(text: str) -> None:
    (date,), (plain,), (other,) = facts(text), facts("2026-04-02"), facts("2026-04-03")
    assert date.kind is Kind.DATE
    assert date.same(plain)
    assert not date.same(other)


@pytest.mark.parametrize(
    ("text", "same", "different"),
    [
        ("128K tokens", "128000", "131000"),
        ("128,000", "128 thousand", "129,000"),
        ("128.000", "128 mil", "127"),
        ("12万", "120,000", "12"),
        ("2,3 GB", "2.3 GB", "2,4 GB"),
        ("2.30", "2.3", "2.03"),
        ("90 minutes", "una hora y media", "80 minutos"),
        ("v1.10.2", "1.10.2", "1.1.2"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ("1.234.567", "1,234,567", "1.334.567"),
    ],
)
def test_a_number_is_the_same_in_every_writing(text: str, same: str, different: str) -> None:
    def own(other: str) -> list[str]:
        found = differences("", {"a": Reply(f"It is {text}."), "b": Reply(f"It is {other}.")})
        return [fact.text for fact in found["a"].facts]

    assert own(same) == []
    assert len(own(different)) == 1


def test_names_are_told_by_their_looks() -> None:
    assert names("The model was made in Mar del Plata by Ana Ruiz.") == ["mar del plata", "ana ruiz"]
    assert names("However, it runs.") == []
    assert names("LangChain is used.") == ["langchain"]
    assert names("Tokyo is big. I like Tokyo.") == ["tokyo", "tokyo"]
    assert names("東京都庁でオラマを使う。") == ["東京都庁", "オラマ"]


def test_only_what_no_other_answer_says_is_marked() -> None:
    bare = Verdict(0, 5, "x", Support.UNSUPPORTED, (), Reason(ReasonCode.UNCITED))
    own = differences(
        "How long is the audio of E2B?",
        {
            "a": Reply("E2B takes 30 seconds, says Ana Ruiz [1]. Released 2026-04-02 [2].", (bare,)),
            "b": Reply("It takes 45 seconds [1]. Released on April 2, 2026 [3].", ()),
        },
    )
    assert [(fact.kind, fact.text) for fact in own["a"].facts] == [(Kind.NUMBER, "30 seconds"), (Kind.NAME, "Ana Ruiz")]
    assert [fact.text for fact in own["b"].facts] == ["45 seconds"]
    assert (own["a"].passages, own["b"].passages) == ((2,), (3,))
    assert (own["a"].unsupported, own["b"].unsupported) == ((bare,), ())


def test_single_words_and_sizes_of_models_are_wording_and_no_difference() -> None:
    own = differences("q", {"a": Reply("It says Ollama runs E4B and 31B."), "b": Reply("It says Google runs 12 GB.")})
    assert own["a"].facts == ()
    assert [fact.text for fact in own["b"].facts] == ["12 GB"]


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
        mine = [fact for fact in facts(replies[name]) if fact.fact() in own.facts]
        others = [fact for other, text in replies.items() if other != name for fact in facts(text)]
        assert len(mine) == len(own.facts)
        assert not any(fact.kind is other.kind and fact.same(other) for fact in mine for other in others)
