"""Words in statements: which sentence is meant, and what stands whole in a text."""

from __future__ import annotations

import pytest

from rag.checking.statements import overlap, stands_in


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
