"""Gemini's API: each failure's sentence, thinking by generation, the key, and what is told of the models."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import (
    ContextOverflow,
    ModelBlocked,
    ModelBusy,
    ModelError,
    ModelInterrupted,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelTimedOut,
    ModelUnreachable,
)
from core.settings import Settings
from core.types import Location, Message, ModelName, Role
from rag.events import Ending, Text, Thought, Usage
from rag.models.base import GenerationOptions
from rag.models.gemini import generation_config
from rag.models.gemini_thinking import Config, thinking_config
from rag.models.listing import list_models, open_model
from tests.servers.gemini import KEY, GeminiServer

QUESTION = [
    Message.of(Role.SYSTEM, "Be brief."),
    Message.of(Role.USER, "Why?"),
    Message.of(Role.ASSISTANT, "So."),
    Message.of(Role.USER, "And?"),
]
OPTIONS = GenerationOptions(max_tokens=64, window=4096)
LOUD = dataclasses.replace(OPTIONS, think=True)
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    """A server with all the models that fail, each in its own way."""
    with GeminiServer() as running:
        yield running


def settings_for(server: GeminiServer, key: str = KEY) -> Settings:
    """Settings that find the server and lose patience soon."""
    base = Settings(ollama_url=NOBODY, first_token_timeout_s=0.5, between_tokens_timeout_s=0.4, connect_timeout_s=1.0)
    return dataclasses.replace(base, gemini_url=server.url, gemini_key=key)


def said(events: list[Any]) -> str:
    """The answer."""
    return "".join(event.text for event in events if isinstance(event, Text))


@pytest.mark.parametrize(
    ("name", "error", "sentence", "kept"),
    [
        ("quota", ModelQuota, "in 34 s", ""),
        ("busy", ModelBusy, "overloaded", ""),
        ("too-long", ContextOverflow, "need 1,100,000 tokens, but too-long takes 1,048,576", ""),
        ("elsewhere", ModelRefused, "location is not supported", ""),
        ("forbidden", ModelKeyRejected, "not enabled", ""),
        ("internal", ModelRefused, "internal error", ""),
        ("blocked-question", ModelBlocked, "SAFETY", ""),
        ("blocked-answer", ModelBlocked, "SAFETY", "Half "),
        ("recited", ModelBlocked, "RECITATION", "Half "),
        ("error-in-stream", ModelBusy, "overloaded", "Half "),
        ("no-end", ModelInterrupted, "without its last line", "Half "),
        ("cut", ModelInterrupted, "connection", "Half "),
        ("garbled", ModelInterrupted, "garbled", "Half "),
        ("silent", ModelTimedOut, "KAEDAMA_FIRST_TOKEN_TIMEOUT_S", ""),
        ("stalls", ModelTimedOut, "KAEDAMA_BETWEEN_TOKENS_TIMEOUT_S", "Half "),
    ],
)
def test_each_failure_has_its_sentence_and_keeps_what_had_come(
    server: GeminiServer, name: str, error: type[ModelError], sentence: str, kept: str
) -> None:
    model = open_model(ModelName.parse(f"gemini:{name}"), settings_for(server))
    arrived: list[str] = []

    def read() -> None:
        for event in model.stream(QUESTION, OPTIONS):
            if isinstance(event, Text):
                arrived.append(event.text)

    with pytest.raises(error, match=sentence):
        read()
    assert "".join(arrived) == kept


def test_the_key_is_asked_for_and_a_wrong_one_is_told(server: GeminiServer) -> None:
    with pytest.raises(ModelKeyMissing, match="KAEDAMA_GEMINI_KEY"):
        open_model(ModelName.parse("gemini:gemini-3.5-flash"), settings_for(server, key=""))
    assert not server.requests, "without a key nothing is sent"
    with pytest.raises(ModelKeyRejected, match="API_KEY_INVALID"):
        open_model(ModelName.parse("gemini:gemini-3.5-flash"), settings_for(server, key="wrong"))


def test_a_model_that_there_is_none_of_and_an_address_without_a_server_are_told(server: GeminiServer) -> None:
    with pytest.raises(ModelNotServed, match="gemini-0"):
        open_model(ModelName.parse("gemini:gemini-0"), settings_for(server))
    with pytest.raises(ModelUnreachable, match="network"):
        open_model(ModelName.parse("gemini:x"), dataclasses.replace(settings_for(server), gemini_url=NOBODY))


def test_the_request_is_as_gemini_wants_it(server: GeminiServer) -> None:
    events = list(open_model(ModelName.parse("gemini:gemini-3.5-flash"), settings_for(server)).stream(QUESTION, LOUD))
    path, headers, body = server.requests[-1]
    assert path == "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse"
    assert headers["x-goog-api-key"] == KEY
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert [(turn["role"], turn["parts"][0]["text"]) for turn in body["contents"]] == [
        ("user", "Why?"),
        ("model", "So."),
        ("user", "And?"),
    ]
    assert body["generationConfig"] == {"maxOutputTokens": 64, "thinkingConfig": {"includeThoughts": True}}
    assert "".join(event.text for event in events if isinstance(event, Thought)) == "Let me see. Yes."
    assert said(events) == "The answer is 30 seconds [1]."
    assert events[-1] == Usage(21, 3, Ending.STOP)


@pytest.mark.parametrize(
    ("name", "on", "off"),
    [
        ("gemini-3.5-flash", {"includeThoughts": True}, {"includeThoughts": False, "thinkingLevel": "MINIMAL"}),
        ("gemini-3.1-pro-preview", {"includeThoughts": True}, {"includeThoughts": False, "thinkingLevel": "LOW"}),
        (
            "gemini-3.5-flash-lite",
            {"includeThoughts": True, "thinkingLevel": "MEDIUM"},
            {"includeThoughts": False, "thinkingLevel": "MINIMAL"},
        ),
        (
            "gemini-2.5-flash",
            {"includeThoughts": True, "thinkingBudget": -1},
            {"includeThoughts": False, "thinkingBudget": 0},
        ),
        (
            "gemini-2.5-pro",
            {"includeThoughts": True, "thinkingBudget": -1},
            {"includeThoughts": False, "thinkingBudget": 128},
        ),
        (
            "gemma-4-31b-it",
            {"includeThoughts": True, "thinkingLevel": "HIGH"},
            {"includeThoughts": False, "thinkingLevel": "MINIMAL"},
        ),
        *(
            (name, {"includeThoughts": True}, {"includeThoughts": False, "thinkingLevel": level})
            for name, level in (
                ("gemini-3-flash-preview", "MINIMAL"),
                ("gemini-3-pro-preview", "LOW"),
                ("gemini-3.6-flash", "MINIMAL"),
                ("gemini-3.7-flash", "LOW"),
                ("gemini-3.8-flash", "LOW"),
                ("gemini-4-argon", "LOW"),
                ("gemini-flash-latest", "LOW"),
                ("gemini-pro-latest", "LOW"),
            )
        ),
        (
            "gemini-flash-lite-latest",
            {"includeThoughts": True, "thinkingLevel": "MEDIUM"},
            {"includeThoughts": False, "thinkingLevel": "MINIMAL"},
        ),
    ],
)
def test_thinking_is_asked_for_as_each_generation_wants_it(name: str, on: object, off: object) -> None:
    assert thinking_config(name, think=True) == on
    assert thinking_config(name, think=False) == off
    assert "thinkingConfig" not in generation_config(name, LOUD, {}, thinks=False)
    cool = "temperature" in generation_config(name, LOUD, {}, thinks=True)
    assert cool == name.startswith(("gemma", "gemini-2")), "from Gemini 3 on a model keeps its own temperature"


def thinking_sent(server: GeminiServer) -> list[Any]:
    """What the model was told of thinking, request by request."""
    return [body["generationConfig"].get("thinkingConfig") for path, _, body in server.requests if "stream" in path]


def test_a_model_that_knows_no_levels_is_asked_without(server: GeminiServer) -> None:
    model = open_model(ModelName.parse("gemini:refuses-minimal"), settings_for(server))
    assert "30" in said(list(model.stream(QUESTION, OPTIONS)))
    assert "30" in said(list(model.stream(QUESTION, LOUD)))


@pytest.mark.parametrize(
    ("name", "refused", "taken"),
    [
        ("gemini-2.5-pro", {"includeThoughts": False, "thinkingBudget": 0}, {"includeThoughts": False, "thinkingBudget": 128}),
        (
            "gemini-3.8-flash",
            {"includeThoughts": False, "thinkingLevel": "MINIMAL"},
            {"includeThoughts": False, "thinkingLevel": "LOW"},
        ),
        (
            "gemini-5-future",
            {"includeThoughts": False, "thinkingLevel": "LOW"},
            {"includeThoughts": False, "thinkingLevel": "MEDIUM"},
        ),
    ],
)
def test_a_refused_level_leads_to_the_least_that_the_model_takes_and_is_remembered(
    server: GeminiServer, monkeypatch: pytest.MonkeyPatch, name: str, refused: Config, taken: Config
) -> None:
    monkeypatch.setattr("rag.models.gemini.thinking_config", lambda name, *, think: refused)
    model = open_model(ModelName.parse(f"gemini:{name}"), settings_for(server))
    for _ in range(2):
        assert "30" in said(list(model.stream(QUESTION, OPTIONS)))
    assert thinking_sent(server) == [refused, taken, taken]


@pytest.mark.parametrize(
    "name", ["gemini-3.7-flash", "gemini-3.8-flash", "gemini-4-argon", "gemini-flash-latest", "gemini-5-future"]
)
def test_a_short_answer_has_room_beside_thoughts_that_cannot_be_switched_off(server: GeminiServer, name: str) -> None:
    events = list(open_model(ModelName.parse(f"gemini:{name}"), settings_for(server)).stream(QUESTION, OPTIONS))
    assert said(events) == "The answer is 30 seconds [1]."


def test_all_that_is_paid_for_is_counted(server: GeminiServer) -> None:
    settings = settings_for(server)
    events = list(open_model(ModelName.parse("gemini:late-usage"), settings).stream(QUESTION, OPTIONS))
    assert events[-1] == Usage(21, 7, Ending.STOP), "the last counts come behind the last word"
    for name, spent in (("blocked-question", (21, 0)), ("blocked-answer", (21, 3)), ("no-end", (21, 3)), ("cut", (21, 3))):
        told: list[Any] = []
        stream = open_model(ModelName.parse(f"gemini:{name}"), settings).stream(QUESTION, OPTIONS)
        with pytest.raises(ModelError):
            told.extend(stream)
        assert told[-1] == Usage(*spent, Ending.FAILED), name


def test_events_cut_at_every_byte_and_leaked_thoughts(server: GeminiServer) -> None:
    assert said(list(open_model(ModelName.parse("gemini:split"), settings_for(server)).stream(QUESTION, OPTIONS))) == "日本\u2028語"
    assert said(list(open_model(ModelName.parse("gemini:leaks"), settings_for(server)).stream(QUESTION, OPTIONS))) == "30 seconds."


def test_an_answer_at_the_token_limit_says_so(server: GeminiServer) -> None:
    events = list(open_model(ModelName.parse("gemini:length"), settings_for(server)).stream(QUESTION, OPTIONS))
    assert events[-1] == Usage(21, 3, Ending.LENGTH)


def test_stopping_closes_the_connection_within_a_second(server: GeminiServer) -> None:
    stream = open_model(ModelName.parse("gemini:slow"), settings_for(server)).stream(QUESTION, OPTIONS)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert server.closed_early.wait(60)


def test_models_are_listed_where_a_key_is_configured_and_remote_ones_last(server: GeminiServer) -> None:
    listed = list_models(settings_for(server))
    names = [info.name for info in listed]
    assert names[0] == "embedded"
    assert "gemini:gemini-3.5-flash" in names
    assert "gemini:embedding-001" not in names
    info = next(info for info in listed if info.name == "gemini:gemini-3.5-flash")
    assert (info.location, info.engine, info.window, info.thinks) == (Location("Google"), "Gemini", 1_048_576, True)
    assert [info.name for info in list_models(settings_for(server, key=""))] == ["embedded"]
