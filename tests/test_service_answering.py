"""Warming up: whatever happens in its thread, a question afterwards is answered or told why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.errors import EmbedderFault, EmbedderMissing, KaedamaError
from core.settings import Settings
from rag.retrieve import Retriever
from service.app import Application
from service.ask import Ask
from service.waiting import Phase, Waiting
from store.library import Library
from tests.conftest import put
from tests.servers.ollama import OllamaServer

QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"


@pytest.fixture
def application(library: Library, settings: Settings) -> Iterator[Application]:
    """An application over one document and an Ollama, not warmed up."""
    with OllamaServer() as ollama:
        put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
        made = Application(library, replace(settings, ollama_url=ollama.url, model="ollama:gemma3:4b"))
        yield made
        made.questions.close()
        made.models.close()


def asked(application: Application) -> KaedamaError | None:
    """What a question ends with."""
    running = application.questions.ask(application.sessions.of("someone"), Ask(QUESTION))
    for _ in running.events():
        pass
    assert running.answer.text or running.answer.error is not None
    return running.answer.error


NOT_INSTALLED = EmbedderMissing(name="e", detail=EmbedderFault.NOT_INSTALLED(package="e"))


@pytest.mark.parametrize("fault", [RuntimeError("a defect"), KeyError("x"), NOT_INSTALLED])
def test_a_warm_up_that_failed_leaves_no_question_waiting(
    application: Application, library: Library, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    warmed: list[int] = []

    def warm() -> None:
        warmed.append(1)
        if len(warmed) == 1:
            raise fault

    monkeypatch.setattr(library, "warm", warm)
    application.answering.start(1)
    assert asked(application) is None, "the cause is gone, so it is answered"
    assert application.answering.trouble is None
    assert len(warmed) > 1, "it was tried again"


def test_a_cause_that_stays_is_told_to_everyone_who_asks(
    application: Application, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warm() -> None:
        raise NOT_INSTALLED

    monkeypatch.setattr(library, "warm", warm)
    application.answering.start(1)
    for _ in range(2):
        error = asked(application)
        assert isinstance(error, EmbedderMissing)
    assert isinstance(application.answering.trouble, EmbedderMissing)


def test_loading_the_search_model_is_a_step_of_its_own(application: Application, library: Library) -> None:
    library.examination()  # closes the index, as a start finds it
    application.answering.ready()
    for first in (True, False):
        running = application.questions.ask(application.sessions.of("someone"), Ask(QUESTION))
        waited = [event.phase for batch in running.events() for event in batch if isinstance(event, Waiting)]
        assert (Phase.SEARCH_MODEL in waited) is first


def test_a_search_that_loads_its_model_does_not_call_that_embedding(application: Application, library: Library) -> None:
    library.examination()
    search = Retriever(library, application.settings)
    first, second = (search.retrieve(QUESTION, notebook=1).seconds for _ in range(2))
    assert list(first) == ["load", "embed", "search"]
    assert list(second) == ["embed", "search"]
