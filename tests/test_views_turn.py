"""Turns and their evidence as markup, against answers made by hand and against hostile text: whatever a model or a document says stays text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ModelUnavailable
from core.places import Place
from core.types import LOCAL, Citation, Hit, Reason, ReasonCode, Support, Verdict
from rag.answer import Answer
from rag.events import Cited, Ending, Finished, Judged, LeftOut, Outcome, OutReason, Planned, Retrieved, Text, Thought, Usage
from service.conversations import KeptTurn, Scope
from service.waiting import Phase, Waiting
from store.catalog import Feedback
from tests.strict_html import HOSTILE, read
from ui.locale import LANGUAGES
from ui.views.sources import evidence_markup
from ui.views.turns import Shown, status_text, turn_markup, turn_pieces, waiting_markup


def hit(rank: int, text: str = "Uno. Dos tres cuatro. Cinco.", **changes: object) -> Hit:
    fields: dict[str, object] = {
        "rank": rank, "score": 1.0, "dense": 0.5, "coverage": 0.5, "chunk_id": rank, "source_id": 7, "source": "guía.md", "title": "Guía",
        "page": 3, "label": None, "start": 100, "end": 100 + len(text), "text": text, "language": "es", **changes,
    }  # fmt: skip
    return Hit(**fields)  # type: ignore[arg-type]


def answered(text: str, *, quote: str = "Dos tres", passage: str = "Uno. Dos tres cuatro. Cinco.", question: str = "?") -> Answer:
    at = 100 + max(0, passage.find(quote))
    answer = Answer(question)
    for event in (
        Retrieved((hit(1, passage), hit(2), hit(3)), "es", True, {"embed": 0.012, "search": 0.003}),
        Planned("m", "e", LOCAL, 1000, 400, 100, True, {1: 1, 2: 2}, (LeftOut(3, OutReason.FEW_PASSAGES),), False),
        Thought("hm", 1.5),
        Text(text),
        Cited((Citation(1, 7, "guía.md", 3, None, at, at + len(quote), quote, 1),)),
        Judged((Verdict(0, len(text), text, Support.QUOTED, (1,), Reason(ReasonCode.QUOTED)),)),
        Finished(Outcome.ANSWERED, text, Usage(400, 5, Ending.STOP), {"total": 1.25}),
    ):
        answer = answer.take(event)
    return answer


def turn(answer: Answer, number: int = 1, **changes: object) -> KeptTurn:
    made = KeptTurn(number, None, answer.question, "embedded", Scope(), 0.0, answer, None, (number,))
    return replace(made, **changes)  # type: ignore[arg-type]


EN = Shown("en")


def test_an_answer_with_chip_verdict_steps_and_thoughts() -> None:
    markup = turn_markup(turn(answered("Dos tres [1].")), EN)
    text = read(markup)
    assert 'data-do="cite" data-turn="1" data-n="1"' in markup
    assert 'aria-label="Source 1: guía.md, p. 3"' in markup
    assert 'class="kd-s kd-s-quoted"' in markup
    for words in (
        "(quoted)",
        "1 of 1 sentence supported",
        "15 ms search, 3 passages",
        "1.2 s",
        "Ask again",
        "Thought 1.5 s",
        "Copy",
    ):
        assert words in text, words
    assert "data-running" not in markup


def test_a_mark_without_a_passage_is_plain_text() -> None:
    markup = turn_markup(turn(answered("Dos tres [9].")), EN)
    assert "[9]" in read(markup)
    assert 'data-n="9"' not in markup


@pytest.mark.parametrize(
    ("version", "known", "told"),
    [
        (0, {1: 1}, "deleted since"),
        (0, {}, "deleted since"),
        (0, {7: 5}, ""),
        (4, {7: 5}, "changed since"),
        (5, {7: 5}, ""),
        (5, None, ""),
    ],
)
def test_a_citation_of_a_deleted_or_changed_document_is_marked(version: int, known: dict[int, int] | None, told: str) -> None:
    answer = answered("Dos tres [1].")
    answer = replace(answer, hits=tuple(replace(one, version=version) for one in answer.hits))
    drawn = turn_markup(turn(answer), Shown("en", known=known))
    cards = read(evidence_markup(answer, "1", "en", known=known))
    assert (f"({told})" in drawn and told in cards) if told else ("since" not in drawn and "since" not in cards)


def test_evidence_is_in_order_of_citation_with_the_quote_marked_and_says_for_what() -> None:
    markup = evidence_markup(answered("Dos tres [1].", question="¿Qué?"), "1", "es")
    text = read(markup)
    assert "<mark>Dos tres</mark>" in markup
    assert 'data-card="1-1"' in markup
    for words in ("Para: ¿Qué?", "Encontrados pero no citados (2)", "400 de 1000 tokens", "Volver a la respuesta"):
        assert words in text, words


def test_printed_label_stands_before_the_sheet() -> None:
    answer = Answer("?").take(Retrieved((hit(1, label="iv"),), "es", True, {}))
    assert "p. iv (sheet 3)" in read(evidence_markup(answer, "1", "en"))


def test_evidence_says_the_place_in_the_documents_own_terms_and_heads_rows_of_a_table() -> None:
    found = hit(1, "Norte | 12", source="v.xlsx", place=Place(sheet="Ventas", cells="A5:B9"), context="Zona | Total", paged=False)
    shown = evidence_markup(Answer("?").take(Retrieved((found,), "es", True, {})), "1", "es")
    assert "hoja Ventas, A5:B9 · español" in read(shown)
    assert "p. 3" not in read(shown)
    assert '<th scope="col">Zona</th><th scope="col">Total</th>' in shown
    plain = replace(found, place=Place(), context="")
    assert '<span class="kd-place">español</span>' in evidence_markup(
        Answer("?").take(Retrieved((plain,), "es", True, {})), "1", "es"
    )


def test_what_is_waited_for_is_said() -> None:
    answer = Answer("?")
    for waiting, words in (
        (Waiting(Phase.QUEUE, 2), "behind 2"),
        (Waiting(Phase.SAMPLES, 41), "41%"),
        (Waiting(Phase.DOWNLOADING, 7), "7%"),
        (Waiting(Phase.SEARCH_MODEL), "search model"),
        (None, "Searching"),
    ):
        assert words in status_text(answer, waiting, "en")
    answer = answer.take(Planned("m", "e", LOCAL, 1000, 400, 100, True, {1: 1}, (), False))
    assert "reads 1 passage…" in status_text(answer, None, "en")
    assert "Thinking" in status_text(answer.take(Thought("x")), None, "en")
    assert "Writing" in read(waiting_markup(answer.take(Text("x")), None, "en"))
    assert waiting_markup(answer.stop(), None, "en") == ""


def test_stop_failure_and_a_killed_process_keep_what_had_come() -> None:
    half = Answer("?").take(Text("half an ans"))
    failed = replace(half, error=ModelUnavailable(engine="Ollama", url="http://x", start="ollama serve"))
    for answer, words in ((half.stop(), "Stopped."), (failed, "ollama serve"), (half.interrupt(), "ended unexpectedly")):
        text = read(turn_markup(turn(answer), EN))
        assert "half an ans" in text
        assert words in text


def test_nothing_found_shows_the_nearest_and_what_is_still_being_read() -> None:
    answer = (
        Answer("?").take(Retrieved((hit(1),), "es", False, {"search": 0.1})).take(Finished(Outcome.NOTHING_FOUND, "", None, {}))
    )
    assert "no model was asked" in read(turn_markup(turn(answer), EN))
    assert "What came nearest (1)" in read(evidence_markup(answer, "1", "en"))
    assert "2 documents are still being read" in read(turn_markup(turn(answer), replace(EN, reading=2)))
    assert "3 documents have come in since" in read(turn_markup(turn(answer), replace(EN, newer=3)))


def test_branches_and_feedback_are_shown() -> None:
    one = turn(answered("Dos tres [1]."), 5, siblings=(3, 5), feedback=Feedback(-1, "too short", 0.0))
    markup = turn_markup(one, EN)
    assert "2 of 2" in read(markup)
    assert 'data-do="branch" data-turn="3"' in markup
    assert 'data-thumb="-1" aria-pressed="true"' in markup
    assert 'value="too short"' in markup


@given(st.integers(0, 60), st.lists(st.text(max_size=12), min_size=1, max_size=12))
def test_an_answer_that_grows_changes_its_pieces_at_the_end_only(cut: int, texts: list[str]) -> None:
    answer = Answer("?").take(Retrieved((hit(1),), "es", True, {})).take(Planned("m", "e", LOCAL, 9, 4, 1, True, {1: 1}, (), False))
    before = turn_pieces(turn(answer), EN)
    for text in texts:
        answer = answer.take(Text(text))
        now = turn_pieces(turn(answer), EN)
        assert now[: min(len(before), 2)] == before[:2]
        before = now
    assert 'data-running="1"' in before[0]


@settings(max_examples=100, deadline=None)
@given(text=HOSTILE, quote=HOSTILE, passage=HOSTILE, name=HOSTILE)
def test_hostile_text_stays_text(text: str, quote: str, passage: str, name: str) -> None:
    answer = answered(text, quote=quote, passage=passage, question=text).take(Thought(passage))
    odd = hit(9, passage, source=name, title=text, heading=quote, label=name, language="und")
    answer = replace(answer, hits=(*answer.hits, odd), searched=name)
    one = turn(answer, feedback=Feedback(1, name, 0.0), model=name)
    for language in LANGUAGES:
        read(turn_markup(one, Shown(language)))
        read(evidence_markup(answer, name, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_draws_every_ending(language: str) -> None:
    for outcome in Outcome:
        answer = replace(answered("Dos tres [1]."), outcome=outcome, prompt_cut=True)
        assert read(turn_markup(turn(answer), Shown(language, reading=1, newer=2)))


def test_what_had_arrived_is_spoken_of_only_where_something_had() -> None:
    for answer in (Answer("?").stop(), Answer("?").interrupt()):
        text = read(turn_markup(turn(answer), EN))
        assert "kept" not in text
        assert "kept" in read(turn_markup(turn(replace(answer, text="half")), EN))


def test_no_model_is_named_where_none_was_asked_and_nothing_nearest_where_nothing_was_found() -> None:
    answer = Answer("?").take(Retrieved((), "es", False, {})).take(Finished(Outcome.NOTHING_FOUND, "", None, {}))
    text = read(turn_markup(turn(answer, model="some-model"), EN))
    assert "some-model" not in text
    assert "There was no document to search" in text
    assert "came nearest" not in text


def test_a_search_of_seconds_is_told_in_seconds_and_tokens_have_their_thousands() -> None:
    answer = replace(answered("Dos tres [1]."), seconds={"embed": 4.0, "search": 0.558}, usage=Usage(1095, 12, Ending.STOP))
    text = read(turn_markup(turn(answer), EN))
    assert "4.6 s search" in text
    assert "1,095 / 12" in text


def test_the_source_of_an_answer_is_what_is_copied() -> None:
    text = '- $x^2$ & "y"\n- b'
    markup = turn_markup(turn(answered(text)), EN)
    assert 'data-text="- $x^2$ &amp; &quot;y&quot;\n- b"' in markup


def test_a_passage_that_goes_on_is_shown_to_go_on_and_no_word_is_halved() -> None:
    passage = "cortado aquí " + "palabras enteras " * 40 + "Dos tres " + "palabras enteras " * 40 + "fin cort"
    markup = evidence_markup(answered("Dos tres [1].", passage=passage), "1", "en")
    excerpt = markup.split('class="kd-excerpt kd-cut-start kd-cut-end">')[1].split("</div>")[0]
    shown = read(excerpt).split()
    assert set(shown) == {"palabras", "enteras", "Dos", "tres"}
    assert 'class="kd-passage kd-cut-start kd-cut-end"' in markup
