"""An answer by quoting: which sentences are chosen, when the model's own words stand above them, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ModelInterrupted
from core.settings import Settings
from core.types import LOCAL, Hit
from rag.answer import Answer, Status
from rag.checking.verify import Checker
from rag.events import Ending, Event, Failed, Finished, Outcome, OutReason, Planned, Quoted, Retrieved, Usage
from rag.events import Text as Said
from rag.models.base import ModelInfo, PromptStyle
from rag.models.scripted import ScriptedModel, Step
from rag.pipeline import AnswerPipeline
from rag.quoted_answer import Short, borne_out, outcome
from rag.quoting import LONGEST_QUOTE, MOST_QUOTES, Quote
from store.library import Library
from tests.conftest import NOTEBOOK, put

READER = ModelInfo("reader", "script", LOCAL, window=4096, style=PromptStyle.EXTRACTIVE, demonstration=True, max_passages=3)
FERRY = "The ferry to Lerwick does leave pier 4 at 19:30 every evening. Bicycles travel free of charge."
QUESTION = "When does the ferry to Lerwick leave pier 4 every evening?"


def hit(text: str) -> Hit:
    """A passage of this text alone."""
    return Hit(1, 0.9, 0.9, 0.5, 1, 1, "a.txt", "", 1, None, 0, len(text), text, "en")


@pytest.fixture
def filled(library: Library) -> Library:
    """A library with a few documents, one of which answers."""
    put(library, "ferry.txt", FERRY)
    put(library, "rivers.txt", "The river floods every spring near the old mill.", "A second page about bridges over the river.")
    put(library, "taxes.txt", "Taxes are due on the last day of March each year.")
    return library


def ask(library: Library, settings: Settings, *script: Step, question: str = QUESTION) -> tuple[list[Event], Answer]:
    """The events of one answer, and their fold."""
    model = ScriptedModel(script, READER)
    events = list(AnswerPipeline(library, settings).stream(question, model=model, notebook=NOTEBOOK))
    answer = Answer(question)
    for event in events:
        answer = answer.take(event)
    return events, answer


def kinds(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_the_best_sentences_are_quoted_to_the_letter_and_before_the_model_speaks(filled: Library, settings: Settings) -> None:
    events, answer = ask(filled, settings, Said("19:30 [1]"), Usage(9, 4, Ending.STOP))
    assert kinds(events) == ["Retrieved", "Planned", "Quoted", "Text", "Judged", "Finished"]
    assert "leave pier 4 at 19:30" in answer.quotes[0].quote
    assert 0 < len(answer.quotes) <= MOST_QUOTES
    assert [quote.n for quote in answer.quotes] == list(range(1, len(answer.quotes) + 1))
    assert answer.citations == answer.quotes
    for quote in answer.quotes:
        page = filled.page(quote.source_id, quote.page)
        assert page is not None
        assert page.text[quote.start : quote.end] == quote.quote
        assert len(quote.quote) <= LONGEST_QUOTE


def test_the_model_is_given_the_quotes_alone(filled: Library, settings: Settings) -> None:
    model = ScriptedModel([Said("19:30 [1]")], READER)
    events = list(AnswerPipeline(filled, settings).stream(QUESTION, model=model, notebook=NOTEBOOK))
    retrieved = next(event for event in events if isinstance(event, Retrieved))
    planned = next(event for event in events if isinstance(event, Planned))
    quoted = next(event for event in events if isinstance(event, Quoted))
    assert list(planned.sources) == [quote.n for quote in quoted.quotes]
    given = {hit.rank for hit in retrieved.hits if hit.rank in planned.sources.values()}
    assert {left.rank for left in planned.left_out} == {hit.rank for hit in retrieved.hits} - given
    assert all(left.reason is OutReason.FEW_PASSAGES for left in planned.left_out)
    prompt = model.asked[0][-1].text
    assert all(" ".join(quote.quote.split()) in prompt for quote in quoted.quotes)


def test_a_short_answer_stands_where_a_quote_holds_it(filled: Library, settings: Settings) -> None:
    _, answer = ask(filled, settings, Said("at 19:30"), Said(" every evening [1]"))
    assert answer.text == "at 19:30 every evening [1]"
    assert answer.status is Status.ANSWERED
    assert [verdict.support.value for verdict in answer.verdicts] == ["quoted"]


@pytest.mark.parametrize(
    "said",
    [
        "at 21:15 [1]",  # no quote has it
        "the ferry to Lerwick [1]",  # the question's own words
        "every evening [1]",  # no number, where one is asked for
        "19:30 every evening and free of charge for all [1]",  # more than the quote says
        "19:30 [2]",  # of another quote
        "",
    ],
)
def test_other_words_of_the_model_are_left_out(filled: Library, settings: Settings, said: str) -> None:
    events, answer = ask(filled, settings, *([Said(said)] if said else []), Usage(9, 4, Ending.STOP))
    assert kinds(events) == ["Retrieved", "Planned", "Quoted", "Finished"]
    assert (answer.text, answer.verdicts) == ("", ())
    assert answer.quotes
    assert isinstance(events[-1], Finished)
    assert events[-1].usage == Usage(9, 4, Ending.STOP)
    assert {"quotes", "total"} <= set(answer.seconds)


def test_a_follow_up_knows_what_was_quoted(filled: Library, settings: Settings) -> None:
    _, answer = ask(filled, settings)
    turn = answer.turn()
    assert turn is not None
    assert "19:30" in turn.answer


def test_quotes_come_back_from_json(filled: Library, settings: Settings) -> None:
    _, answer = ask(filled, settings, Said("19:30 [1]"))
    assert Answer.from_json(json.loads(json.dumps(answer.to_json()))) == answer


def test_a_model_that_fails_leaves_the_quotes(filled: Library, settings: Settings) -> None:
    events, answer = ask(filled, settings, Said("19:"), ModelInterrupted(name="reader", detail="gone"))
    assert isinstance(events[-1], Failed)
    assert answer.quotes
    assert answer.text == ""


def test_without_evidence_nothing_is_quoted(library: Library, settings: Settings) -> None:
    put(library, "taxes.txt", "Taxes are due on the last day of March each year.")
    events, answer = ask(library, settings, Said("no"), question="Qui a peint le plafond?")
    assert answer.outcome is Outcome.NOTHING_FOUND
    assert kinds(events) == ["Retrieved", "Finished"]
    assert replace(answer, hits=()).quotes == ()


@pytest.mark.parametrize(
    ("near", "short", "told"),
    [
        (0.7, Short(declined=True), Outcome.ANSWERED),
        (0.5, Short(declined=True), Outcome.UNSURE),
        (0.2, Short(declined=True), Outcome.REFUSED),
        (0.5, Short(), Outcome.ANSWERED),
        (0.2, Short(), Outcome.UNSURE),
        (0.2, Short("19:30 [1]"), Outcome.ANSWERED),
    ],
)
def test_how_near_the_quotes_are_and_what_the_model_says_decide_how_it_is_told(near: float, short: Short, told: Outcome) -> None:
    quote = Quote(hit("The ferry leaves at 19:30."), 0, 26, near, 0.5)
    assert outcome([quote], short) is told


@pytest.mark.parametrize(
    ("text", "said", "shown"),
    [
        ("A word has 6 to 8 letters.", "6 [1]", ""),
        ("A word has 6 to 8 letters.", "6 to 8 letters [1]", "6 to 8 letters [1]"),
        ("6から8文字にします。", "6 [1]", ""),
        ("A word has 8 letters.", "8 [1]", "8 [1]"),
    ],
)
def test_half_of_a_range_is_no_answer(text: str, said: str, shown: str) -> None:
    found = hit(text)
    checker = Checker("How many letters?", "en", {1: found}, lambda texts, language: np.ones((len(texts), 1), np.float32))
    assert borne_out(said, [Quote(found, 0, len(text), 0.9, 0.5)], checker, "How many letters?").text == shown
