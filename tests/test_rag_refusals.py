"""Refusals: only what says nothing else is one."""

from __future__ import annotations

import pytest

from rag.refusals import is_refusal, said_beside


@pytest.mark.parametrize(
    "answer",
    [
        "The documents do not contain this information.",
        "The documents do not contain the answer. The sources don't mention it.",
        "Los documentos no contienen esta información",
        "Las fuentes no indican el color.",
        "資料にはこの情報が含まれていません。",
        "資料には色についての記載がありません。",
    ],
)
def test_an_answer_that_says_only_that_is_a_refusal(answer: str) -> None:
    assert is_refusal(answer)
    assert said_beside(answer) == ""


@pytest.mark.parametrize(
    ("answer", "beside"),
    [
        ("The documents do not contain the colour, but the price is 30 euros.", "the price is 30 euros."),
        ("Los documentos no dicen el color, pero pesa 3 kg.", "pesa 3 kg."),
        ("資料には色は書かれていませんが、価格は30ユーロです。", "価格は30ユーロです。"),
        ("The documents say 30 seconds.", "The documents say 30 seconds."),
        ("資料によると30秒です。", "資料によると30秒です。"),
    ],
)
def test_what_says_more_is_none(answer: str, beside: str) -> None:
    assert not is_refusal(answer)
    assert said_beside(answer) == beside


def test_a_refusal_and_another_sentence_are_an_answer() -> None:
    assert not is_refusal("The documents do not contain the colour. It costs 30 euros.")
