"""The answer of a reader that quotes, as the page draws it: while it runs, with a short answer, with none, and where nothing answers."""

from __future__ import annotations

import re

import pytest

from core.types import LOCAL, Hit
from rag.answer import Answer
from rag.events import Finished, Outcome, Planned, Quoted, Retrieved, Text
from rag.quoting import Quote
from service.conversations import KeptTurn, Scope
from ui.views.turns import Shown, turn_markup, turn_pieces

PASSAGE = Hit(1, 0.9, 0.9, 0.5, 1, 1, "barco.txt", "", 1, None, 0, 31, "El <b>barco</b> sale a las 19:30", "es")
TABLE = "puerto | hora\nLerwick | 19:30"


def answer(*events: Quoted | Text | Finished, passage: Hit = PASSAGE) -> Answer:
    """An answer as far as these events."""
    quotes = (Quote(passage, 0, len(passage.text), 0.9, 0.5).citation(1),)
    made = Answer("¿A qué hora sale?").take(Retrieved((passage,), "es", evidence=True, seconds={"search": 0.1}))
    made = made.take(Planned("embedded", "llama.cpp", LOCAL, 4096, 100, 40, True, {1: 1}, (), True)).take(Quoted(quotes))
    for event in events:
        made = made.take(event)
    return made


def drawn(made: Answer, language: str = "en") -> str:
    turn = KeptTurn(1, None, made.question, "embedded", Scope(), 0.0, made, None, (1,))
    return "".join(turn_pieces(turn, Shown(language))) if not made.ended else turn_markup(turn, Shown(language))


def finished(outcome: Outcome, text: str = "") -> Finished:
    return Finished(outcome, text, None, {"total": 1.0})


@pytest.mark.parametrize(
    ("language", "lead"), [("en", "The documents say:"), ("es", "Los documentos dicen:"), ("ja", "文書にはこうあります:")]
)
def test_quotes_stand_with_their_mark_and_place_and_what_they_are(language: str, lead: str) -> None:
    markup = drawn(answer(finished(Outcome.ANSWERED)), language)
    assert lead in markup
    assert '<blockquote lang="es">El &lt;b&gt;barco&lt;/b&gt; sale a las 19:30</blockquote>' in markup
    assert re.search(r'data-do="cite" data-turn="1" data-n="1"', markup)
    assert "barco.txt" in markup
    assert 'class="kd-quiet kd-reader"' in markup


def test_a_short_answer_stands_above_the_quotes() -> None:
    markup = drawn(answer(Text("a las 19:30 [1]"), finished(Outcome.ANSWERED, "a las 19:30 [1]")))
    assert markup.index('class="kd-text"') < markup.index('class="kd-quotes"')
    assert "kd-reader" not in markup
    assert markup.count("<div") == markup.count("</div>")


def test_the_place_of_a_short_answer_is_kept_while_it_is_looked_for() -> None:
    markup = drawn(answer())
    assert markup.index("kd-reader") < markup.index("kd-quotes")
    assert "Looking in these quotes" in markup
    assert "The documents say" not in markup


def test_little_evidence_is_told_with_the_quotes() -> None:
    markup = drawn(answer(finished(Outcome.UNSURE)))
    assert "The documents say:" in markup
    assert "read the quotes before you rely on them" in markup


def test_what_is_not_in_the_documents_shows_what_was_searched_and_came_nearest() -> None:
    markup = drawn(answer(finished(Outcome.REFUSED)))
    assert "What came nearest:" in markup
    assert "does not seem to be in your documents" in markup
    assert "Searched for “¿A qué hora sale?”; nearest came barco.txt." in markup


def test_rows_of_a_table_stand_on_lines_of_their_own() -> None:
    passage = Hit(1, 0.9, 0.9, 0.5, 1, 1, "t.csv", "", 1, None, 0, len(TABLE), TABLE, "es")
    assert "puerto | hora<br>Lerwick | 19:30" in drawn(answer(finished(Outcome.ANSWERED), passage=passage))
