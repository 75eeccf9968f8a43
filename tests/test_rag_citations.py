"""Marks in a stream: no cut changes the result, nothing but marks is changed, and every quote is the page's own words."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Hit
from rag.citations import MarkReader, Numbering, cite, code_spans, marks, parts, without_marks

PIECES = [
    "[1]",
    " [2]",
    "[1, 2]",
    " [9].",
    "【3】",
    "［２］。",
    "so it is²",
    ".¹",
    "¹,³ ",
    "x² ",
    "[[99]77]",
    "[1[99]77]",
    "`x[7]`",
    "```\n",
    "~~~\n",
    "a[0]",
    "\n",
    "- ",
    " ",
    "b.",
]
ANSWERS = st.one_of(
    st.text(alphabet="ab 12,、[]【】［］３。.\n`~|xあ¹²", max_size=40), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
)


def read(pieces: list[str], known: tuple[int, ...] = (1, 2, 3)) -> str:
    """What a MarkReader shows of an answer that comes in pieces."""
    reader = MarkReader(known)
    return "".join([*map(reader.feed, pieces), reader.flush()])


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("It is so [1].", "It is so [1]."),
        ("Both [1, 2] say so.", "Both [1][2] say so."),
        ("そうです【3】。", "そうです[3]。"),
        ("そうです［２］。", "そうです[2]。"),
        ("It says so [9].", "It says so."),
        ("そうです[9]。次です[42]。", "そうです。次です。"),
        ("It says so [9][42], and more [8]\nEnd.", "It says so, and more\nEnd."),
        ("Some do [1, 8].", "Some do [1]."),
        ("Twice [2][2,2].", "Twice [2][2]."),
        ("Behind a word[1].", "Behind a word[1]."),
        ("Open [1", "Open [1"),
        ("It says so.¹ And this²", "It says so.[1] And this[2]"),
        ("It says so.¹² And²,³ this.", "It says so.[1][2] And²,³ this."),
        ("そうです²。", "そうです[2]。"),
        ("Both.¹˒³ Next", "Both.[1][3] Next"),
    ],
    ids=[
        "plain",
        "list",
        "lenticular",
        "full-width",
        "unknown",
        "unknown-ja",
        "many",
        "partly",
        "repeated",
        "no-space",
        "never-closed",
        "raised",
        "raised-together",
        "raised-ja",
        "raised-list",
    ],
)
def test_marks_are_written_one_way_and_unknown_ones_are_dropped(answer: str, shown: str) -> None:
    assert read([answer]) == shown


@pytest.mark.parametrize(
    "answer",
    [
        "An array a[0] and a list [1, two].",
        "Use list[20].",
        "Call `rows[7]` and `grid[1, 2]`.",
        "Take the list [10, 20, 30], then go on.",
        "It lies in [0, 1].",
        "The interval [1, 2] is closed.",
        "See [12] of the standard.",
        "As written in [12].",
        "Véase [12] de la norma.",
        "規格の[12]を参照してください。",
        "[2024] was a year",
        "In 2024 [2024] and range [1-3] too.",
        "[12] Smith: The first line of a list of references.",
        "- [12] The same in a list",
        "grid[1, 2] = 5",
        "[[99]77]",
        "[1[99]77]",
        "```python\nfirst = rows[7]\ngrid[1, 2] = 5  # so [9].\n```",
        "1. So:\n   ~~~\n   x = a[7]\n   ~~~\n2. Done",
        "``a ` b[7]`` and more",
        "It covers 20 km² and 3 m³.",
        "10² is 100, x² + y² = z², (a + b)² too.",
        "A footnote.⁹",
        "Within a word²word.",
    ],
)
def test_what_is_no_mark_is_left_alone(answer: str) -> None:
    assert read([answer]) == read(list(answer)) == answer


@given(ANSWERS, st.lists(st.integers(0, 60), max_size=6))
def test_no_cut_changes_the_result(answer: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(answer)) for cut in cuts})
    pieces = [answer[start:end] for start, end in zip([0, *places], [*places, len(answer)], strict=True)]
    assert read(pieces) == read([answer]) == read(list(answer))


def renumbered(pieces: list[str]) -> str:
    """What is shown of an answer that comes in pieces, with numbers in the order of first use."""
    numbering = Numbering()
    reader = MarkReader((1, 2, 3), numbering)
    return "".join([*(reader.feed(part) for piece in pieces for part in parts(piece)), reader.flush()])


@given(ANSWERS, st.lists(st.integers(0, 60), max_size=6))
def test_numbers_follow_first_use_however_an_answer_is_cut(answer: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(answer)) for cut in cuts})
    pieces = [answer[start:end] for start, end in zip([0, *places], [*places, len(answer)], strict=True)]
    shown = renumbered(pieces)
    assert shown == renumbered([answer]) == renumbered(list(answer))
    first = list(dict.fromkeys(mark.number for mark in marks(shown, (1, 2, 3))))
    kept = list(dict.fromkeys(mark.number for mark in marks(read([answer]), (1, 2, 3))))
    assert first == list(range(1, len(kept) + 1)), "one number a passage, in order"


def test_numbers_that_are_taken_back_are_given_again() -> None:
    numbering = Numbering()
    assert [numbering.number(key) for key in (7, 4, 7)] == [1, 2, 1]
    assert (numbering.new(), numbering.new(), numbering.key(2)) == ({1: 7, 2: 4}, {}, 4)
    numbering.reset()
    assert (list(numbering.known), numbering.number(4)) == ([], 1)
    fixed = Numbering((1, 2))
    assert (fixed.number(2), fixed.number(5), fixed.new()) == (2, 3, {3: 5})


@given(ANSWERS)
def test_text_outside_marks_is_not_changed(answer: str) -> None:
    def rest(text: str) -> str:
        text = re.sub("[¹²³](?:[,˒]? ?[¹²³])*", "", text)
        text = unicodedata.normalize("NFKC", text.translate(str.maketrans("【】", "[]")))
        return re.sub(r"\s*\[[\d\s,、;]{1,24}\]", "", text)

    assert rest(read([answer])) == rest(answer)
    assert read([read([answer])]) == read([answer]), "what was read once is not changed again"


@pytest.mark.parametrize("answer", ["It is so.\u2028", "It is so. \n\n", "It is so [1].  ", " \t"])
def test_blanks_at_the_end_stay(answer: str) -> None:
    assert read([answer]) == answer


def test_a_mark_within_a_bracket_of_numbers_is_none() -> None:
    answer = "Gemma hears 30 seconds [1[2]] of audio [1, [2]] [[1]]."
    assert read([answer]) == answer
    assert [mark.number for mark in marks(answer)] == [1]


@given(ANSWERS)
def test_every_mark_found_is_known_and_stands_in_no_code(answer: str) -> None:
    shown = read([answer], known=(2,))
    for mark in marks(shown, {2}):
        assert shown[mark.start : mark.end] == "[2]"
        assert not any(start <= mark.start < end for start, end in code_spans(shown))


def test_text_without_marks_is_not_held_back() -> None:
    reader = MarkReader([1])
    assert reader.feed("Hello") == "Hello"
    assert reader.feed(" world") == " world"
    assert reader.feed(" [") == ""
    assert reader.feed("1]") == " [1]"
    assert reader.feed("\n```\nx = 1") == "\n```\nx = 1"


def test_history_carries_no_marks() -> None:
    assert without_marks("So it is [1][2]. Yes [3].") == "So it is. Yes."
    assert without_marks("So is `a[1]` [1].") == "So is `a[1]`."


def test_a_citation_names_the_place_within_the_page() -> None:
    text = "The sky is blue. Water is wet. Fire is hot."
    found = Hit(1, 1.0, 1.0, 1.0, 7, 3, "a.pdf", "A", 4, "iv", 100, 100 + len(text), text, "en")
    citation = cite(2, found, 17, 30)
    assert (citation.n, citation.page, citation.label, citation.quote) == (2, 4, "iv", "Water is wet.")
    assert found.text[citation.start - found.start : citation.end - found.start] == citation.quote
