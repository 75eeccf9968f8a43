"""The kind of value that a question asks for, in three languages, and whether a sentence has one."""

from __future__ import annotations

import pytest

from rag.asked_value import Asked, asked_value, has_value


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many guests fit into the hall?", Asked.NUMBER),
        ("¿Cuántas personas caben en la sala?", Asked.NUMBER),
        ("会場には何人入れますか。", Asked.NUMBER),
        ("When does the ferry leave?", Asked.NUMBER),
        ("送料はいくらですか。", Asked.NUMBER),
        ("Which command lists the volumes?", Asked.LITERAL),
        ("¿Qué orden muestra los volúmenes?", Asked.LITERAL),
        ("ボリュームを一覧するコマンドは何ですか。", Asked.LITERAL),
        ("What do I have to type to leave?", Asked.LITERAL),
        ("¿Cómo se llama el archivo de ajustes?", Asked.LITERAL),
        ("Why does dough rise?", None),
        ("¿Por qué sube la masa?", None),
        ("生地が膨らむのはなぜですか。", None),
        ("水をこぼしたらどうしますか。", None),
    ],
)
def test_the_words_of_a_question_tell_what_it_asks_for(question: str, kind: Asked | None) -> None:
    assert asked_value(question) is kind


@pytest.mark.parametrize(
    ("kind", "text", "question", "held"),
    [
        (Asked.NUMBER, "The hall holds 120 guests.", "How many guests?", True),
        (Asked.NUMBER, "The hall is large.", "How many guests?", False),
        (Asked.NUMBER, "Hall 3 is large.", "How many guests fit into hall 3?", False),
        (Asked.NUMBER, "１２０人", "何人?", True),
        (Asked.LITERAL, "Run $ vol list to see them.", "Which command?", True),
        (Asked.LITERAL, "Edit /etc/vol.conf first.", "Which file?", True),
        (Asked.LITERAL, "設定は vol_conf にあります。", "どのファイル?", True),
        (Asked.LITERAL, "There are many ways.", "Which command?", False),
        (Asked.LITERAL, "vol.conf is a file.", "What is vol.conf called?", False),
        (None, "It holds 120.", "Why?", False),
    ],
)
def test_a_value_counts_where_the_question_does_not_name_it(kind: Asked | None, text: str, question: str, held: bool) -> None:
    assert has_value(kind, text, question) is held
