"""One conversation, one window: an Ollama model is loaded as seldom as its questions allow, as the server counts it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.settings import Settings
from rag.events import Mode
from rag.models.base import Thinking
from service.app import Application
from service.ask import Ask
from service.questions import RunningAnswer
from store.library import Library
from tests.conftest import put
from tests.servers import ollama_shapes
from tests.servers.ollama import OllamaServer

MODEL = "gemma4:e2b"
# The seven questions: of passages, two follow-ups, thinking, whole documents, passages again, a follow-up.
ASKED = (
    Ask("When does the river flood near the old mill?"),
    Ask("And how long does it last?"),
    Ask("Why?"),
    Ask("How deep is the water at the old mill when the river floods?", think=Thinking.ON),
    Ask("Summarise what is said about the river.", mode=Mode.DOCUMENTS),
    Ask("Which bridges are closed when the river floods?", mode=Mode.PASSAGES),
    Ask("And who closes them?"),
)
# So many lines are about 14,000 tokens as the planner counts them: more than the common window, less than the largest.
_LINES = 400


def _asked(application: Application, ask: Ask, conversation: str) -> RunningAnswer:
    """The answer, over."""
    running = application.questions.ask(application.sessions.of("someone"), replace(ask, conversation=conversation))
    for _ in running.events():
        pass
    return running


@pytest.mark.parametrize(("held", "loads"), [(0, 2), (8_192, 1), (32_768, 0)])
def test_seven_questions_of_all_kinds_load_a_model_twice_at_most(
    library: Library, settings: Settings, monkeypatch: pytest.MonkeyPatch, held: int, loads: int
) -> None:
    """`held` is the window with which the server holds the model before; 0: it does not."""
    monkeypatch.setattr(ollama_shapes, "CONTEXT", 131_072)
    lines = (
        f"On day {n} the river floods the old mill, bridge {n} is closed, and the water stands {n} cm deep." for n in range(_LINES)
    )
    put(library, "rivers.txt", "\n".join(lines))
    # What the server's model says to everything, as a rewritten question too: it is searched for and must be found.
    put(library, "siren.txt", "The answer is 30 seconds: so long the siren of the old mill sounds.")
    with OllamaServer() as server:
        if held:
            server.loaded[MODEL] = held
        chosen = replace(settings, ollama_url=server.url, model=f"ollama:{MODEL}", max_context_tokens=32_768)
        application = Application(library, chosen)
        application.answering.ready()
        conversation, plans = "", []
        for ask in ASKED:
            running = _asked(application, ask, conversation)
            conversation = running.conversation
            assert running.answer.error is None
            assert running.answer.plan is not None
            plans.append(running.answer.plan)
        application.questions.close()
        application.models.close()
        chats = [body for path, body in server.requests if path == "/api/chat"]
    windows = [body["options"]["num_ctx"] for body in chats]
    assert server.loads == loads
    assert sum(plan.loads for plan in plans) == loads
    assert sum(one != other for one, other in zip([held, *windows], windows, strict=False)) == loads
    # All kinds were asked: follow-ups were rewritten by the model, one was thought about, one read the document whole and needed more.
    assert len(chats) > len(ASKED)
    assert [body.get("think") for body in chats].count(True) == 1
    assert [plan.mode for plan in plans] == [Mode.PASSAGES] * 4 + [Mode.DOCUMENTS] + [Mode.PASSAGES] * 2
    assert plans[3].used + plans[3].reserved <= 8_192 < plans[4].used + plans[4].reserved
