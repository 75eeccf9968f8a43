"""OpenAI-compatible servers: each failure's sentence, thoughts under either name, windows, keys, strictness."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import (
    ContextOverflow,
    ModelAddress,
    ModelCannotThink,
    ModelError,
    ModelInterrupted,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelLoading,
    ModelMemory,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelTimedOut,
    ModelUnreachable,
)
from core.settings import Settings
from core.types import LOCAL, Message, ModelName, Role
from rag.events import Ending, Text, Thought, Usage
from rag.models import wire
from rag.models.base import GenerationOptions
from rag.models.listing import list_models, open_model
from tests.servers.openai import KEY, OpenAIServer

QUESTION = [Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "Why?")]
OPTIONS = GenerationOptions(max_tokens=64, window=4096)
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A server with all the models that fail, each in its own way."""
    with OpenAIServer() as running:
        yield running


def settings_for(server: OpenAIServer, **changes: str) -> Settings:
    """Settings that find the server and lose patience soon."""
    base = Settings(ollama_url=NOBODY, first_token_timeout_s=0.5, between_tokens_timeout_s=0.4, connect_timeout_s=1.0)
    return dataclasses.replace(base, openai_url=f"{server.url}/v1", **changes)  # type: ignore[arg-type]  # all are texts


def name_of(server: OpenAIServer, model: str) -> str:
    """The name by which the listing opens it."""
    return f"openai:{server.url}/v1#{model}"


@pytest.mark.parametrize(
    ("name", "error", "sentence", "kept"),
    [
        ("gone", ModelNotServed, "has no model gone", ""),
        ("too-long", ContextOverflow, "need 5,000 tokens, but too-long takes 4,096", ""),
        ("busy", ModelLoading, "being loaded", ""),
        ("quota", ModelQuota, "in 45 s", ""),
        ("no-memory", ModelMemory, "CUDA out of memory", ""),
        ("refuses", ModelRefused, "something odd", ""),
        ("error-in-stream", ModelRefused, "EngineCore", "Half "),
        ("error-line", ModelRefused, "slot is gone", "Half "),
        ("no-done", ModelInterrupted, "without its last line", "Half "),
        ("cut", ModelInterrupted, "connection", "Half "),
        ("garbled", ModelInterrupted, "garbled", "Half "),
        ("silent", ModelTimedOut, "KAEDAMA_FIRST_TOKEN_TIMEOUT_S", ""),
        ("stalls", ModelTimedOut, "KAEDAMA_BETWEEN_TOKENS_TIMEOUT_S", "Half "),
    ],
)
def test_each_failure_has_its_sentence_and_keeps_what_had_come(
    server: OpenAIServer, name: str, error: type[ModelError], sentence: str, kept: str
) -> None:
    model = open_model(ModelName.parse(name_of(server, name)), settings_for(server))
    arrived: list[str] = []

    def read() -> None:
        for event in model.stream(QUESTION, OPTIONS):
            if isinstance(event, Text):
                arrived.append(event.text)

    with pytest.raises(error, match=sentence):
        read()
    assert "".join(arrived) == kept


@pytest.mark.parametrize("name", ["gemma-4-e2b-it", "qwen3-reasoning-field"])
def test_thoughts_are_read_under_either_name(server: OpenAIServer, name: str) -> None:
    model = open_model(ModelName.parse(name_of(server, name)), settings_for(server))
    events = list(model.stream(QUESTION, dataclasses.replace(OPTIONS, think=True)))
    assert "".join(event.text for event in events if isinstance(event, Thought)) == "Let me see. Yes."
    assert "".join(event.text for event in events if isinstance(event, Text)) == "The answer is 30 seconds [1]."
    assert events[-1] == Usage(21, 3, Ending.STOP)
    assert server.requests[-1][2]["chat_template_kwargs"] == {"enable_thinking": True}


def test_a_model_that_cannot_think_hears_nothing_of_thinking(server: OpenAIServer) -> None:
    model = open_model(ModelName.parse(name_of(server, "gemma-3-4b-it")), settings_for(server))
    list(model.stream(QUESTION, OPTIONS))
    body = server.requests[-1][2]
    assert "chat_template_kwargs" not in body
    assert (body["max_tokens"], body["temperature"], body["model"]) == (64, 0.0, "gemma-3-4b-it")
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_server_too_strict_to_hear_of_thinking_is_asked_without(server: OpenAIServer) -> None:
    model = open_model(ModelName.parse(name_of(server, "strict-thinking")), settings_for(server))
    assert any(isinstance(event, Text) for event in model.stream(QUESTION, OPTIONS))
    with pytest.raises(ModelCannotThink):
        list(model.stream(QUESTION, dataclasses.replace(OPTIONS, think=True)))


def test_events_cut_at_every_byte_are_put_together(server: OpenAIServer) -> None:
    events = list(open_model(ModelName.parse(name_of(server, "split")), settings_for(server)).stream(QUESTION, OPTIONS))
    assert "".join(event.text for event in events if isinstance(event, Text)) == "日本\u2028\u0085語"


def test_thoughts_that_leak_into_the_text_are_taken_out(server: OpenAIServer) -> None:
    events = list(open_model(ModelName.parse(name_of(server, "leaks")), settings_for(server)).stream(QUESTION, OPTIONS))
    assert "".join(event.text for event in events if isinstance(event, Text)) == "30 seconds."


def test_stopping_closes_the_connection(server: OpenAIServer) -> None:
    stream = open_model(ModelName.parse(name_of(server, "slow")), settings_for(server)).stream(QUESTION, OPTIONS)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert server.closed_early.wait(60)


def test_fifty_streams_at_once_lose_no_event(server: OpenAIServer) -> None:
    settings = dataclasses.replace(settings_for(server), first_token_timeout_s=30, between_tokens_timeout_s=30)
    model = open_model(ModelName.parse(name_of(server, "long")), settings)

    def read(_: int) -> str:
        return "".join(event.text for event in model.stream(QUESTION, OPTIONS) if isinstance(event, Text))

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(read, range(50)))
    assert answers == ["".join(f"{number} " for number in range(100))] * 50


def test_the_configured_server_is_listed_with_what_it_tells(server: OpenAIServer) -> None:
    listed = {info.name: info for info in list_models(settings_for(server))}
    info = listed[name_of(server, "gemma-4-e2b-it")]
    assert (info.window, info.thinks, info.location) == (8192, True, LOCAL)
    assert next(iter(listed)) == "embedded"


def test_llama_cpps_server_tells_window_size_and_thinking() -> None:
    with OpenAIServer(template="{% if enable_thinking %}<|think|>{% endif %}") as running:
        info = open_model(ModelName.parse(name_of(running, "gone")), settings_for(running)).describe()
    assert (info.window, info.size, info.thinks) == (8192, 3_000_000_000, True)


def test_the_first_model_is_taken_where_none_is_named(server: OpenAIServer) -> None:
    assert open_model(ModelName.parse(f"openai:{server.url}/v1"), settings_for(server)).describe().name.endswith("#gemma-4-e2b-it")


def test_a_key_is_asked_for_checked_and_shown_to_its_own_server_only() -> None:
    with OpenAIServer(key=KEY) as running, OpenAIServer() as other:
        name = name_of(running, "gemma-3-4b-it")
        with pytest.raises(ModelKeyMissing, match="KAEDAMA_OPENAI_KEY"):
            open_model(ModelName.parse(name), settings_for(running))
        with pytest.raises(ModelKeyRejected, match="Incorrect API key"):
            open_model(ModelName.parse(name), settings_for(running, openai_key="wrong"))
        assert open_model(ModelName.parse(name), settings_for(running, openai_key=KEY)).describe().window == 8192
        open_model(ModelName.parse(f"openai:{other.url}/v1"), settings_for(running, openai_key=KEY))
        assert all("authorization" not in headers for _, headers, _ in other.requests)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ModelUnreachable, match=f"{NOBODY}/v1"):
        open_model(ModelName.parse(f"openai:{NOBODY}/v1#x"), Settings(connect_timeout_s=0.5))


@pytest.mark.parametrize("url", ["host:8000/v1", "127.0.0.1:8000", "http://[bad", "http://host:99999/v1"])
def test_an_address_without_its_scheme_is_told_as_what_it_is(url: str) -> None:
    with pytest.raises(ModelAddress, match="begins with http://"):
        open_model(ModelName.parse(f"openai:{url}#x"), Settings(connect_timeout_s=0.5))
    assert [info.name for info in list_models(Settings(openai_url=url, ollama_url=NOBODY, connect_timeout_s=0.5))] == ["embedded"]


def test_a_server_that_is_still_loading_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_LOADING_POLL_S", 0.0)
    tries = iter([ModelLoading(name="m"), ModelLoading(name="m"), None])

    def ask() -> str:
        if (error := next(tries)) is not None:
            raise error
        return "there"

    assert wire.once_loaded(ask, 60.0) == "there"
    tries = iter([ModelLoading(name="m")])
    with pytest.raises(ModelLoading):
        wire.once_loaded(ask, 0.0)


def test_thinking_is_switched_off_in_the_words_of_every_server(server: OpenAIServer) -> None:
    model = open_model(ModelName.parse(name_of(server, "gemma-4-e2b-it")), settings_for(server))
    list(model.stream(QUESTION, OPTIONS))
    body = server.requests[-1][2]
    assert (body["chat_template_kwargs"], body["reasoning_effort"]) == ({"enable_thinking": False}, "none")


def test_a_server_that_knows_no_such_effort_still_hears_no(server: OpenAIServer) -> None:
    server.template = "{% if enable_thinking %}"  # as llama.cpp tells that a model can think
    model = open_model(ModelName.parse(name_of(server, "strict-effort")), settings_for(server))
    assert any(isinstance(event, Text) for event in model.stream(QUESTION, OPTIONS))
    body = server.requests[-1][2]
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert "reasoning_effort" not in body


@pytest.mark.parametrize("sees", [True, False])
def test_llama_cpps_server_tells_whether_a_model_sees(server: OpenAIServer, sees: bool) -> None:
    server.template, server.sees = "{{ messages }}", sees
    assert open_model(ModelName.parse(name_of(server, "gemma-3-4b-it")), settings_for(server)).describe().sees is sees


def test_a_model_that_is_loaded_on_demand_and_not_listed_can_be_insisted_on(server: OpenAIServer) -> None:
    server.served.remove("gemma-3-4b-it")
    model = open_model(ModelName.parse(name_of(server, "gemma-3-4b-it")), settings_for(server))
    assert any(isinstance(event, Text) for event in model.stream(QUESTION, OPTIONS))


def test_an_ollama_behind_v1_is_named_and_the_native_engine_offered(server: OpenAIServer) -> None:
    plain = open_model(ModelName.parse(name_of(server, "gemma-3-4b-it")), settings_for(server))
    assert plain.describe().engine == "OpenAI-compatible server"
    server.ollama = True
    behind = open_model(ModelName.parse(name_of(server, "gemma-3-4b-it")), settings_for(server)).describe().engine
    assert "Ollama" in behind
    assert "ollama:NAME" in behind
