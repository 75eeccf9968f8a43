"""Marks in a stream: no cut changes the result, nothing unknown survives, and every quote is the page's own words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Hit
from rag.citations import MarkReader, cite, claims, overlap, passage_sentences, stands_in, without_marks

MARKED = st.text(alphabet="ab 12,、[]【】［］３。.\n", max_size=40)


def read(pieces: list[str], known: tuple[int, ...] = (1, 2, 3)) -> str:
    """What a reader shows of an answer that comes in pieces."""
    reader = MarkReader(known)
    return "".join([*map(reader.feed, pieces), reader.flush()])


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("It is so [1].", "It is so [1]."),
        ("Both [1, 2] say so.", "Both [1][2] say so."),
        ("そうです【3】。", "そうです[3]。"),
        ("そうです［２］。", "そうです[2]。"),
        ("Nothing [7] says so [9].", "Nothing says so."),
        ("Some [1, 8] do.", "Some [1] do."),
        ("Twice [2][2,2].", "Twice [2][2]."),
        ("An array a[0] and a list [1, two].", "An array a and a list [1, two]."),
        ("Open [1", "Open [1"),
        ("[2024] was a year", " was a year".strip()),
    ],
    ids=[
        "plain",
        "list",
        "lenticular",
        "full-width",
        "unknown",
        "partly-unknown",
        "repeated",
        "not-a-mark",
        "never-closed",
        "a-year",
    ],
)
def test_marks_are_written_one_way_and_unknown_ones_are_dropped(answer: str, shown: str) -> None:
    result = read([answer])
    if answer.startswith("[2024]"):
        assert result == "[2024] was a year", "four digits are no mark"
    else:
        assert result == shown


@given(MARKED, st.lists(st.integers(0, 40), max_size=6))
def test_no_cut_changes_the_result(answer: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(answer)) for cut in cuts})
    pieces = [answer[start:end] for start, end in zip([0, *places], [*places, len(answer)], strict=True)]
    assert read(pieces) == read([answer]) == read(list(answer))


@given(MARKED)
def test_every_mark_shown_is_known(answer: str) -> None:
    for number in re.findall(r"\[(\d{1,3})\]", read([answer], known=(2,))):
        assert int(number) == 2


def test_text_without_marks_is_not_held_back() -> None:
    reader = MarkReader([1])
    assert reader.feed("Hello") == "Hello"
    assert reader.feed(" world") == " world"
    assert reader.feed(" [") == ""
    assert reader.feed("1]") == " [1]"


def test_marks_behind_the_full_stop_belong_to_the_sentence_before() -> None:
    found = claims("First thing. [1] Second thing [2]. Third.")
    assert [(claim.text, claim.numbers) for claim in found] == [("First thing.", (1,)), ("Second thing.", (2,)), ("Third.", ())]
    japanese = claims("一つ目です。[1][2]二つ目です[3]。")
    assert [(claim.text, claim.numbers) for claim in japanese] == [("一つ目です。", (1, 2)), ("二つ目です。", (3,))]
    answer = "First thing. [1] Second thing [2]."
    assert [answer[claim.start : claim.end] for claim in claims(answer)] == ["First thing. [1]", "Second thing [2]."]


def test_history_carries_no_marks() -> None:
    assert without_marks("So it is [1][2]. Yes [3].") == "So it is. Yes."


def hit(text: str, start: int = 100) -> Hit:
    """A hit with this text."""
    return Hit(1, 1.0, 1.0, 1.0, 7, 3, "a.pdf", "A", 4, "iv", start, start + len(text), text, "en")


def test_a_citation_names_the_place_within_the_page() -> None:
    found = hit("The sky is blue. Water is wet. Fire is hot.")
    best = max(passage_sentences(found), key=lambda sentence: overlap("wet", "What is water?", sentence.text))
    citation = cite(2, found, best)
    assert (citation.n, citation.page, citation.label, citation.quote) == (2, 4, "iv", "Water is wet.")
    assert found.text[citation.start - found.start : citation.end - found.start] == citation.quote


def test_of_two_sentences_with_the_answer_the_one_about_the_question_is_quoted() -> None:
    first, second = "The tower was built in 1931.", "The bridge was built in 1931."
    assert overlap("1931", "When was the bridge built?", second) > overlap("1931", "When was the bridge built?", first)


@pytest.mark.parametrize(
    ("words", "text", "stands"),
    [
        ("9 gb", "it takes 2.9 gb", False),
        ("9 gb", "it takes 9 gb.", True),
        ("30", "130 seconds", False),
        ("30", "30.5 seconds", False),
        ("30", "up to 30, or so", True),
        ("art", "a part of it", False),
        ("2,9 gb", "| 2,9 gb |", True),
        ("30秒", "一度に30秒まで", True),
        ("秒", "30秒まで", True),
        ("0秒", "30秒まで", False),
        ("", "anything", False),
    ],
)
def test_words_stand_in_a_text_whole_or_not_at_all(words: str, text: str, stands: bool) -> None:
    assert stands_in(words, text) == stands
