"""One window per model: a comparison after questions does not make an engine load again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from core.settings import Settings
from rag.events import Mode, Outcome
from service.app import Application
from service.ask import Ask
from store.library import Library
from tests.conftest import put
from tests.servers.ollama import OllamaServer

THINKER, OTHER = "ollama:gemma4:e2b", "ollama:gemma3:4b"
QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"


@dataclass
class Stand:
    """An application and the Ollama that it asks."""

    application: Application
    ollama: OllamaServer

    def ask(self, question: str, conversation: str = "", **how: object) -> str:
        """Ask, and wait for the answer; the conversation's id."""
        person = self.application.sessions.of("someone")
        running = self.application.questions.ask(person, Ask(question, conversation=conversation, **how))  # type: ignore[arg-type]
        for _ in running.events():
            pass
        assert running.answer.outcome is Outcome.ANSWERED, question
        return running.conversation


@pytest.fixture
def stand(library: Library, settings: Settings) -> Iterator[Stand]:
    """An application over a document of some length."""
    with OllamaServer() as ollama:
        put(library, "gemma.txt", *["Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures. " * 20] * 3)
        made = Application(library, replace(settings, ollama_url=ollama.url, model=THINKER))
        made.answering.ready()
        yield Stand(made, ollama)
        made.comparisons.close()
        made.questions.close()
        made.models.close()


def test_a_comparison_keeps_the_windows_that_questions_made(stand: Stand) -> None:
    for model in (THINKER, OTHER):
        stand.ask(QUESTION, model=model, mode=Mode.DOCUMENTS)
    loaded, loads = dict(stand.ollama.loaded), stand.ollama.loads
    person = stand.application.sessions.of("someone")
    last = list(stand.application.comparisons.ask(person, Ask(QUESTION, mode=Mode.PASSAGES), [THINKER, OTHER]).watch())[-1]
    assert all(column.answered for column in last.columns)
    assert (stand.ollama.loaded, stand.ollama.loads) == (loaded, loads)
    stand.ask(QUESTION, model=THINKER)
    assert stand.ollama.loads == loads, "nor does the next question"
