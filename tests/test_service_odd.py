"""Odd input at the service's edge: half characters, huge numbers, foreign conversations, deletion under a running answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotebookNameEmpty, NotebookNameTaken, UnknownConversation, UnknownTurn
from core.settings import Settings
from core.text import Halves
from rag.events import Finished, Judged, Text
from rag.models.scripted import ScriptedModel
from rag.pipeline import AnswerPipeline
from service.app import Application
from service.ask import Ask
from service.sessions import Session
from store.library import Library
from tests.conftest import NOTEBOOK, put
from tests.servers.ollama import OllamaServer

QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
HALF = "\ud800"
HUGE = 10**30


@pytest.fixture
def application(library: Library, settings: Settings) -> Iterator[Application]:
    """An application over one document and an Ollama, with nothing to warm up."""
    with OllamaServer() as ollama:
        ollama.installed["silent"] = ["completion"]
        put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
        made = Application(library, replace(settings, ollama_url=ollama.url, model="ollama:gemma3:4b"))
        made.answering.ready()
        yield made
        made.questions.close()
        made.models.close()


@pytest.fixture
def person(application: Application) -> Session:
    """Who asks."""
    return application.sessions.of("someone")


def test_half_a_character_of_an_answer_does_not_end_it(library: Library, settings: Settings) -> None:
    put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once.")
    model = ScriptedModel([Text("It hears \ud83d"), Text("\ude00 30 seconds [1]. And so \ud800 on for long [1].")])
    events = list(AnswerPipeline(library, settings).stream(QUESTION, model=model, notebook=NOTEBOOK))
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.answer == "It hears \U0001f600 30 seconds [1]. And so \ufffd on for long [1]."
    assert any(isinstance(event, Judged) for event in events)


@given(st.lists(st.text(alphabet=st.characters(codec=None)), max_size=6))
def test_halves_never_leave_a_surrogate_and_lose_nothing_else(pieces: list[str]) -> None:
    halves = Halves()
    joined = "".join([*(halves.feed(piece) for piece in pieces), halves.flush()])
    joined.encode()
    assert joined == "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def test_half_characters_in_questions_names_and_searches_are_no_fault(application: Application, person: Session) -> None:
    running = application.questions.ask(person, Ask(f"How many seconds of audio {HALF} does Gemma hear?"))
    for _ in running.events():
        pass
    again = application.questions.ask(person, Ask("And pictures?", conversation=running.conversation))
    for _ in again.events():
        pass
    assert again.answer.error is None
    assert application.conversations.all(person.notebook, HALF) == []
    with pytest.raises(UnknownConversation):
        application.conversations.get(HALF)
    assert application.notebooks.create(f"a{HALF}b").name == "a b"


@pytest.mark.parametrize("name", ["", " \n", "\u200b", "\x1b", HALF])
def test_a_name_without_a_visible_character_is_none(application: Application, name: str) -> None:
    with pytest.raises(NotebookNameEmpty):
        application.notebooks.create(name)


def test_names_that_look_alike_are_one(application: Application) -> None:
    made = application.notebooks.create("Cocina\x1b[31m")
    assert made.name == "Cocina [31m"
    application.notebooks.create("Ｗork")
    for name in ("default", "DEFAULT", "de\u200bfault", "work"):
        with pytest.raises(NotebookNameTaken):
            application.notebooks.create(name)
    assert len(application.notebooks.create("n" * 10_000).name) == 120


def test_numbers_that_no_row_can_have_are_unknown(application: Application, person: Session) -> None:
    with pytest.raises(UnknownTurn):
        application.conversations.turn(HUGE)
    running = application.questions.ask(person, Ask(QUESTION, sources=(HUGE, 1, *range(100_000)), k=-5))
    for _ in running.events():
        pass
    assert running.answer.error is None
    assert len(running.answer.hits) == 1
    with pytest.raises(UnknownTurn):
        application.conversations.show_branch(running.conversation, HUGE)
    with pytest.raises(UnknownTurn):
        application.questions.ask(person, Ask(QUESTION, conversation=running.conversation, parent=HUGE, follow=False))
    application.conversations.rate(running.turn, 7)
    feedback = application.conversations.turn(running.turn).feedback
    assert feedback is not None
    assert feedback.thumb == 1


def test_a_conversation_of_another_notebook_cannot_be_gone_on_with(application: Application, person: Session) -> None:
    running = application.questions.ask(person, Ask(QUESTION))
    for _ in running.events():
        pass
    elsewhere = replace(person, notebook=application.notebooks.create("other").id)
    with pytest.raises(UnknownConversation):
        application.questions.ask(elsewhere, Ask(QUESTION, conversation=running.conversation))


@pytest.mark.parametrize("whole_notebook", [False, True])
def test_deleting_stops_the_answer_that_runs(application: Application, person: Session, whole_notebook: bool) -> None:
    running = application.questions.ask(person, Ask(QUESTION, model="ollama:silent"))
    if whole_notebook:
        application.notebooks.delete(person.notebook)
    else:
        application.conversations.delete(running.conversation)
    for _ in running.events():
        pass
    assert application.questions.running(running.conversation) is None


def test_an_answer_that_cannot_be_kept_ends_all_the_same(
    application: Application, person: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise sqlite3.OperationalError("x")

    monkeypatch.setattr(application.conversations, "save", failing)
    running = application.questions.ask(person, Ask(QUESTION))
    for _ in running.events():
        pass
    assert running.over
    assert application.questions.running(running.conversation) is None


def test_a_turn_to_follow_says_nothing_to_a_new_conversation(application: Application, person: Session) -> None:
    running = application.questions.ask(person, Ask(QUESTION, parent=HUGE, follow=False))
    for _ in running.events():
        pass
    (turn,) = application.conversations.get(running.conversation).turns
    assert turn.parent is None
    assert len(application.conversations.all(person.notebook)) == 1
