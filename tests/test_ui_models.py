"""What the page offers, what must be asked before anything leaves, the kitchen guide and downloads: against real servers on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConsentNeeded, TooFewModels, UnknownModelName
from core.settings import Settings
from core.types import LOCAL, Location, ModelName
from rag.compare import Compared, CompareEvent
from rag.events import Failed, Finished, Outcome, Planned, Text
from rag.kitchen import GB, Gpu, Machine, guide
from rag.models.base import ModelInfo, Thinking
from rag.models.listing import supposed
from rag.planner import Mode
from store.library import Library
from tests.conftest import put
from tests.servers import ollama as ollama_wire
from tests.servers import ollama_streams
from tests.servers.gemini import KEY, GeminiServer
from tests.servers.hub import HubServer
from tests.servers.ollama import OllamaServer
from tests.strict_html import read
from tests.test_models_gguf import gguf
from ui.backend import Backend, Wish
from ui.chat import Conversation, ask_endpoint, contrast, converse
from ui.comparison import Comparison
from ui.consent import consent_markup
from ui.exchange import Exchange, Phase, Waiting
from ui.kitchen_view import Kitchen, kitchen_markup
from ui.locale import LANGUAGES
from ui.open_models import OpenModels, check_consent
from ui.panels import model_markup
from ui.pulls import Pull, Pulls
from ui.render import exchange_markup

QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
HOME, AWAY = "ollama:gemma3:4b", "gemini:gemini-3.5-flash"


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    """An Ollama with a few models."""
    with OllamaServer(dict(ollama_wire.INSTALLED)) as server:
        yield server


@pytest.fixture
def gemini() -> Iterator[GeminiServer]:
    """A Gemini API."""
    with GeminiServer() as server:
        yield server


@pytest.fixture
def backend(library: Library, settings: Settings, ollama: OllamaServer, gemini: GeminiServer) -> Iterator[Backend]:
    """A backend over one document and both servers, with nothing to warm up."""
    put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
    settings = replace(settings, ollama_url=ollama.url, gemini_url=gemini.url, gemini_key=KEY)
    made = Backend(library, settings)
    made._ready.set()
    yield made
    made.models.close()


def asked(server: GeminiServer) -> int:
    """How many questions the API was sent."""
    return sum("GenerateContent" in path for path, _, _ in server.requests)


# Consent


def test_nothing_goes_to_a_remote_model_without_leave(backend: Backend, gemini: GeminiServer) -> None:
    with pytest.raises(ConsentNeeded) as caught:
        list(backend.answer(QUESTION, model=AWAY))
    assert caught.value.fields["place"] == "Google"
    with pytest.raises(ConsentNeeded):
        list(backend.compare(QUESTION, models=[HOME, AWAY], wish=Wish(allowed=frozenset({"ollama.com"}))))
    assert asked(gemini) == 0
    events = list(backend.answer(QUESTION, model=AWAY, wish=Wish(allowed=frozenset({"Google"}))))
    assert isinstance(events[-1], Finished)
    assert asked(gemini) == 1


def test_a_configured_remote_model_is_asked_about_too(library: Library, settings: Settings, gemini: GeminiServer) -> None:
    models = OpenModels(replace(settings, model=AWAY, gemini_url=gemini.url, gemini_key=KEY, ollama_url="http://127.0.0.1:9"))
    assert models.default() == AWAY
    with pytest.raises(ConsentNeeded):
        check_consent(models.info(""), ())


def test_programs_say_so_themselves(backend: Backend, gemini: GeminiServer) -> None:
    ask: Any = ask_endpoint(backend)
    *_, refused = ask(QUESTION, AWAY)
    assert refused["error"]["code"] == "ConsentNeeded"
    assert asked(gemini) == 0
    *_, answered = ask(QUESTION, AWAY, True)
    assert (answered["error"], answered["outcome"]) == (None, "answered")


@pytest.mark.parametrize(
    ("name", "url", "recipient"),
    [
        ("gemini:gemini-3.5-flash", "", "Google"),
        ("openai:https://api.example.org/v1#m", "", "api.example.org"),
        ("openai:http://127.0.0.1:8000/v1#m", "", ""),
        ("ollama:gemma4:cloud", "", "ollama.com"),
        ("ollama:gemma4:e2b", "https://ollama.example.org", "ollama.example.org"),
        ("ollama:gemma4:e2b", "http://192.168.1.7:11434", ""),
        ("llamacpp:/models/x.gguf", "", ""),
        ("embedded", "", ""),
    ],
)
def test_a_name_alone_tells_who_would_be_asked(settings: Settings, name: str, url: str, recipient: str) -> None:
    info = supposed(ModelName.parse(name), replace(settings, ollama_url=url) if url else settings)
    assert (info.name, info.location) == (name, Location(recipient))


def test_a_session_is_asked_once_and_no_other_is_meant(backend: Backend) -> None:
    conversation, other = Conversation(), Conversation()
    conversation.allowed.add("Google")
    check_consent(backend.models.info(AWAY), conversation.wish(None).allowed)
    with pytest.raises(ConsentNeeded):
        check_consent(backend.models.info(AWAY), other.wish(None).allowed)


def test_a_name_that_came_to_stand_for_a_remote_model_since_the_list_is_not_asked(backend: Backend, ollama: OllamaServer) -> None:
    backend.models.look()
    ollama.remote[HOME.removeprefix("ollama:")] = {"remote_host": "https://ollama.com", "remote_model": "gemma3:27b"}
    last = list(backend.answer(QUESTION, model=HOME))[-1]
    assert isinstance(last, Failed)
    assert last.error.code == "ConsentNeeded"
    assert all(path != "/api/chat" for path, _ in ollama.requests)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_names_who_is_sent_what(language: str) -> None:
    text = read(consent_markup(["Google", "<evil>"], language))
    assert text.count("Google, <evil>") == 2


# Asking and comparing


def test_thinking_and_mode_reach_the_model(backend: Backend, ollama: OllamaServer) -> None:
    wish = Wish(think=Thinking.ON, mode=Mode.WHOLE)
    plans = [event for event in backend.answer(QUESTION, model="ollama:gemma4:e2b", wish=wish) if isinstance(event, Planned)]
    assert [plan.mode for plan in plans] == ["whole"]
    bodies = [body for path, body in ollama.requests if path == "/api/chat"]
    assert [body["think"] for body in bodies] == [True]


def test_a_comparison_asks_all_models_the_same(backend: Backend, ollama: OllamaServer, gemini: GeminiServer) -> None:
    names = ["ollama:gemma4:e2b", HOME, AWAY]
    events = [
        event
        for event in backend.compare(QUESTION, models=names, wish=Wish(allowed=frozenset({"Google"})))
        if isinstance(event, CompareEvent)
    ]
    last = events[-1].event
    assert isinstance(last, Compared)
    assert [row.model for row in last.measures] == names
    assert {event.model for event in events if isinstance(event.event, Text)} == set(names)
    assert asked(gemini) == 1


def test_a_comparison_needs_two_models(backend: Backend) -> None:
    for names in ([], [HOME], [HOME, HOME]):
        with pytest.raises(TooFewModels):
            list(backend.compare(QUESTION, models=names))


def test_an_unknown_model_is_refused(backend: Backend) -> None:
    with pytest.raises(UnknownModelName):
        list(backend.answer(QUESTION, model="ollama:nobody"))


def test_a_stopped_comparison_ends(backend: Backend) -> None:
    seen = list(backend.compare(QUESTION, models=["ollama:gemma4:e2b", HOME], stopped=lambda: True))
    assert all(isinstance(item, Waiting) for item in seen)


# Models that come while the page is up


def test_no_ollama_then_one_is_started_then_a_model_is_pulled(library: Library, settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    backend = Backend(library, replace(settings, ollama_url=f"http://127.0.0.1:{port}"))
    kitchen = Kitchen(backend)
    assert backend.models.default() == "embedded"
    assert "does not answer" in read(kitchen.drawn("en"))
    with OllamaServer({}, port=port) as server:
        backend.models.look()
        assert f"Ollama runs at {server.url}" in read(kitchen.drawn("en"))
        assert backend.models.default() == "embedded"
        pull = backend.pulls.start("gemma4:e2b")
        assert pull.over.wait(10)
        assert pull.arrived
        assert pull.percent == 100
        assert backend.models.default() == "ollama:gemma4:e2b"
        assert "✓ installed" in read(kitchen.drawn("en"))


def test_a_download_can_be_stopped_and_watched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ollama_streams.PULLS, "gemma3:1b", ollama_streams.PULLS["slow-pull"])
    with OllamaServer({}) as server:
        came: list[str] = []
        pulls = Pulls(replace(settings, ollama_url=server.url), arrived=lambda: came.append("x"))
        pull = pulls.start("gemma3:1b")
        assert pulls.start("gemma3:1b") is pull, "one download, whoever asks"
        until = time.monotonic() + 10
        while not pull.done and time.monotonic() < until:
            time.sleep(0.02)
        assert 0 < pull.done < pull.total
        pulls.stop("gemma3:1b")
        assert pull.over.wait(5)
        assert (pull.arrived, came) == (False, [])


def test_a_download_that_fails_says_why(settings: Settings) -> None:
    pulls = Pulls(replace(settings, ollama_url="http://127.0.0.1:9"), arrived=lambda: None)
    pull = pulls.start("gemma4:e2b")
    assert pull.over.wait(10)
    assert pull.error is not None
    assert pull.error.code == "ModelUnavailable"


def test_only_the_family_is_pulled_from_the_page(settings: Settings) -> None:
    pulls = Pulls(settings, arrived=lambda: None)
    for name in ("evil/model", "", "gemma4:e2b/../x"):
        with pytest.raises(UnknownModelName):
            pulls.start(name)


# Drawing

MACHINE = Machine(int(32 * GB), int(20 * GB), 8, (Gpu("<b>RTX</b>", int(12 * GB), int(11 * GB)),), False)


def _stopped() -> Pull:
    pull = Pull("gemma4:31b")
    pull.stop.set()
    pull.over.set()
    return pull


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("answers", [True, False])
def test_the_kitchen_is_drawn_in_every_language(language: str, *, answers: bool) -> None:
    running = Pull("gemma4:e4b")
    running.done, running.total = int(2 * GB), int(8 * GB)
    pulls = {"gemma4:e4b": running, "gemma4:31b": _stopped()}
    drawn = kitchen_markup(guide(MACHINE, ["gemma4:e2b"]), pulls, language, url="http://<x>", answers=answers)
    text = read(drawn)
    assert "<b>RTX</b>" in text
    assert "25" in text
    assert ('data-do="get"' in drawn) is answers, "nothing is offered where nobody could get it"


def test_the_model_line_offers_thinking_only_where_there_is_any() -> None:
    thinks = ModelInfo("a", "x", LOCAL, 8192, thinks=True)
    plain = ModelInfo("b", "x", LOCAL, 8192)
    assert 'data-do="think"' in model_markup([thinks, plain], "a", "en", think=Thinking.ON)
    assert 'data-do="think"' not in model_markup([thinks, plain], "b", "en")
    assert "does not think" in read(model_markup([thinks, plain], "b", "en"))


def test_an_exchange_says_that_the_prompt_was_cut() -> None:
    exchange = Exchange(1, "x")
    exchange.take(Finished(Outcome.ANSWERED, "It is.", None, {}, prompt_cut=True))
    assert "read less than it was given" in read(exchange_markup(exchange, "en"))


# Conversations in the page


def test_a_page_that_goes_away_leaves_no_answer_running(backend: Backend) -> None:
    conversation = Conversation()
    exchange = conversation.begin(QUESTION)
    answering = converse(backend, conversation, exchange, sources=None, stop=threading.Event())
    next(answering)
    answering.close()
    assert not exchange.running
    comparison = Comparison.begin(-1, QUESTION, ["ollama:gemma4:e2b", HOME], blind=False)
    comparing = contrast(backend, comparison, Wish(), threading.Event())
    next(comparing)
    comparing.close()
    assert not comparison.running


def test_a_comparison_can_be_stopped_in_the_middle(backend: Backend, ollama: OllamaServer) -> None:
    ollama.installed["slow"] = ["completion"]
    backend.models.look()
    comparison = Comparison.begin(-1, QUESTION, ["ollama:slow", HOME], blind=False)
    stop = threading.Event()
    for _ in contrast(backend, comparison, Wish(), stop):
        if "word" in comparison.columns[0].exchange.text:
            stop.set()
    assert comparison.columns[0].exchange.stopped
    assert not comparison.running
    assert ollama.closed_early.wait(2), "the server's stream ended too"


def test_a_model_of_the_hub_is_fetched_in_sight_when_somebody_asks(library: Library, settings: Settings, tmp_path: Path) -> None:
    put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
    tiny = {"tiny.gguf": gguf(general__architecture="gemma4", gemma4__context_length=512) + bytes(200_000)}
    name = "llamacpp:hf:someone/tiny"
    with HubServer({"someone/tiny": tiny}) as hub:
        named = replace(settings, model=name, models=tmp_path, hub_url=hub.url, ollama_url="http://127.0.0.1:9")
        backend = Backend(library, named)
        assert not backend.models.is_here(name)
        assert hub.requests == [], "nobody is asked before somebody asks"
        backend._ready.set()
        events = list(backend.answer(QUESTION, model=""))
        assert any(isinstance(event, Waiting) and event.phase is Phase.DOWNLOADING for event in events)
        assert backend.models.is_here(name)
        last = events[-1]
        assert isinstance(last, Failed), "it has no weights"
        assert last.error.code == "ModelFileDamaged"
