"""Questions, conversations and comparisons of the service: kept as they grow, watched by several, stopped, branched, exported."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConsentNeeded, ConversationBusy, EmptyQuestion, TooFewModels, UnknownConversation, UnknownModelName
from core.settings import Settings
from rag.events import Outcome, Text
from service import export
from service.app import Application
from service.ask import Ask
from service.questions import RunningAnswer
from service.sessions import Session
from service.waiting import Phase, Waiting
from store.library import Library
from tests.conftest import put
from tests.servers.gemini import KEY, GeminiServer
from tests.servers.ollama import OllamaServer

QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
HOME, OTHER, AWAY, SILENT = "ollama:gemma3:4b", "ollama:gemma4:e2b", "gemini:gemini-3.5-flash", "ollama:silent"


@pytest.fixture
def application(library: Library, settings: Settings) -> Iterator[Application]:
    """An application over one document, an Ollama and a Gemini API, with nothing to warm up."""
    with OllamaServer() as ollama, GeminiServer() as gemini:
        ollama.installed["silent"] = ["completion"]
        put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
        settings = replace(settings, ollama_url=ollama.url, gemini_url=gemini.url, gemini_key=KEY, model=HOME)
        made = Application(library, settings)
        made.answering.ready()
        yield made
        made.comparisons.close()
        made.questions.close()
        made.models.close()


@pytest.fixture
def person(application: Application) -> Session:
    """Who asks."""
    return application.sessions.of("someone")


def awaited(running: RunningAnswer) -> RunningAnswer:
    """The same answer, over."""
    for _ in running.events():
        pass
    assert running.over
    return running


def test_an_answer_is_kept_with_its_question_model_and_scope(application: Application, person: Session) -> None:
    running = awaited(application.questions.ask(person, Ask(QUESTION, sources=(1,))))
    kept = application.conversations.get(running.conversation)
    (turn,) = kept.turns
    assert kept.about.title == QUESTION
    assert (turn.question, turn.model, turn.scope.sources) == (QUESTION, HOME, (1,))
    assert turn.answer == running.answer
    assert turn.answer.outcome is Outcome.ANSWERED
    assert turn.answer.text
    assert turn.answer.plan is not None


def test_every_watcher_gets_all_events_whenever_it_comes(application: Application, person: Session) -> None:
    running = application.questions.ask(person, Ask(QUESTION))
    first = [event for batch in running.events() for event in batch]
    late = [event for batch in running.events() for event in batch]
    assert first == late
    assert first[0] == Waiting(Phase.SEARCHING)
    assert "".join(event.text for event in first if isinstance(event, Text)) == running.answer.text


def test_a_follow_up_knows_the_turns_of_its_branch_only(application: Application, person: Session) -> None:
    first = awaited(application.questions.ask(person, Ask(QUESTION)))
    second = awaited(application.questions.ask(person, Ask("And what else?", conversation=first.conversation)))
    again = awaited(
        application.questions.ask(person, Ask("Does it see?", conversation=first.conversation, parent=first.turn, follow=False))
    )
    shown = application.conversations.get(first.conversation)
    assert [turn.id for turn in shown.turns] == [first.turn, again.turn]
    assert shown.turns[1].siblings == (second.turn, again.turn)
    application.conversations.show_branch(first.conversation, second.turn)
    assert [turn.id for turn in application.conversations.get(first.conversation).turns] == [first.turn, second.turn]
    other = awaited(application.questions.ask(person, Ask("Anew?", conversation=first.conversation, parent=None, follow=False)))
    assert [turn.id for turn in application.conversations.get(first.conversation).turns] == [other.turn]


def test_one_answer_at_a_time_in_a_conversation_and_stop_keeps_what_came(application: Application, person: Session) -> None:
    running = application.questions.ask(person, Ask(QUESTION, model=SILENT))
    with pytest.raises(ConversationBusy):
        application.questions.ask(person, Ask("Another?", conversation=running.conversation))
    assert application.questions.running(running.conversation) is running
    application.questions.stop(running.conversation)
    awaited(running)
    assert running.answer.stopped
    assert application.questions.running(running.conversation) is None
    (turn,) = application.conversations.get(running.conversation).turns
    assert turn.answer.stopped
    awaited(application.questions.ask(person, Ask("Another?", conversation=running.conversation, model=HOME)))


def test_an_answer_that_its_process_left_is_told_as_broken_off(application: Application, person: Session) -> None:
    begun = application.conversations.begin(person.notebook, Ask(QUESTION), HOME)
    (turn,) = application.conversations.get(begun.conversation).turns
    assert turn.answer.interrupted
    application.conversations.is_running = lambda turn: turn == begun.turn
    (turn,) = application.conversations.get(begun.conversation).turns
    assert not turn.answer.ended


def test_nothing_leaves_before_the_session_allows_it(application: Application, person: Session) -> None:
    with pytest.raises(ConsentNeeded):
        application.questions.ask(person, Ask(QUESTION, model=AWAY))
    assert application.conversations.all(person.notebook) == []
    recipient = application.models.info(AWAY).location.recipient
    assert person.unasked(application.models.infos([AWAY])) == (recipient,)
    person.allow([recipient])
    assert awaited(application.questions.ask(person, Ask(QUESTION, model=AWAY))).answer.text
    person.forbid(recipient)
    with pytest.raises(ConsentNeeded):
        application.questions.ask(person, Ask(QUESTION, model=AWAY))


def test_a_session_of_its_own_allows_nothing_for_another(application: Application) -> None:
    one, other = application.sessions.of("one"), application.sessions.of("other")
    one.allow(["Google"])
    assert other.allowed == frozenset()
    assert application.sessions.of("one") is one


def test_what_cannot_be_asked_leaves_no_conversation(application: Application, person: Session) -> None:
    with pytest.raises(EmptyQuestion):
        application.questions.ask(person, Ask(" ?! "))
    with pytest.raises(UnknownModelName):
        application.questions.ask(person, Ask(QUESTION, model="nonsense"))
    with pytest.raises(UnknownConversation):
        application.questions.ask(person, Ask(QUESTION, conversation="nobody"))
    assert application.conversations.all(person.notebook) == []


def test_a_model_that_cannot_be_opened_ends_in_its_error_and_keeps_the_passages(application: Application, person: Session) -> None:
    running = awaited(application.questions.ask(person, Ask(QUESTION, model="ollama:absent")))
    assert running.answer.error is not None
    assert running.answer.hits
    assert application.conversations.get(running.conversation).turns[0].answer == running.answer


def test_thumbs_are_kept_and_taken_back(application: Application, person: Session) -> None:
    running = awaited(application.questions.ask(person, Ask(QUESTION)))
    application.conversations.rate(running.turn, -1, "  wrong value ")
    feedback = application.conversations.turn(running.turn).feedback
    assert feedback is not None
    assert (feedback.thumb, feedback.reason) == (-1, "wrong value")
    application.conversations.rate(running.turn, 0)
    assert application.conversations.turn(running.turn).feedback is None


def test_a_deleted_conversation_comes_back_until_it_is_purged(application: Application, person: Session) -> None:
    running = awaited(application.questions.ask(person, Ask(QUESTION)))
    application.conversations.delete(running.conversation)
    assert application.conversations.all(person.notebook) == []
    application.conversations.restore(running.conversation)
    assert [one.id for one in application.conversations.all(person.notebook, "audio")] == [running.conversation]
    application.conversations.delete(running.conversation)
    application.purge()
    with pytest.raises(UnknownConversation):
        application.conversations.restore(running.conversation)


def test_an_exported_conversation_comes_back_equal(application: Application, person: Session) -> None:
    running = awaited(application.questions.ask(person, Ask(QUESTION)))
    awaited(application.questions.ask(person, Ask("¿Y cuántos segundos? 何秒?", conversation=running.conversation)))
    application.conversations.rate(running.turn, 1, "良い")
    kept = application.conversations.get(running.conversation)
    assert export.from_json(export.to_json(kept)) == kept


def test_a_comparison_is_watched_and_voted_on(application: Application, person: Session) -> None:
    with pytest.raises(TooFewModels):
        application.comparisons.ask(person, Ask(QUESTION), [HOME, HOME])
    with pytest.raises(ConsentNeeded):
        application.comparisons.ask(person, Ask(QUESTION), [HOME, AWAY])
    running = application.comparisons.ask(person, Ask(QUESTION), [HOME, OTHER], blind=True)
    states = list(running.watch())
    last = states[-1]
    assert last.over
    assert last.hidden
    assert all(column.answered and column.measures is not None for column in last.columns)
    assert last.evidence().hits
    assert application.comparisons.vote(person, running.number, "Z") is None
    vote = application.comparisons.vote(person, running.number, "A")
    assert vote is not None
    assert vote.winner == last.columns[0].model
    assert application.comparisons.vote(person, running.number, "B") is None
    assert not running.comparison.hidden


def test_a_comparison_that_is_stopped_keeps_what_came(application: Application, person: Session) -> None:
    running = application.comparisons.ask(person, Ask(QUESTION), [HOME, SILENT])
    seen = threading.Event()
    for state in running.watch():
        if state.columns[0].answered and not seen.is_set():
            seen.set()
            running.stop()
    assert seen.is_set()
    assert running.comparison.over
    assert running.comparison.columns[0].answer.text


def test_opening_is_quick_and_a_second_application_over_the_library_is_refused(tmp_path: Path, settings: Settings) -> None:
    settings = replace(settings, library=tmp_path / "own")
    with Application.open(settings) as application:
        assert [one.name for one in application.notebooks.all()] == [settings.notebook]
