"""Every backend through one suite: the same promises, whatever the engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import ROOT, Settings
from core.types import LOCAL, Location, Message, ModelName, Role
from rag.events import Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions
from rag.models.listing import open_model
from rag.models.llama_cpp import base_model
from rag.models.scripted import ScriptedModel
from tests.servers.gemini import KEY, GeminiServer
from tests.servers.ollama import INSTALLED_FOR_CHAT, OllamaServer
from tests.servers.openai import OpenAIServer

OPTIONS = GenerationOptions(max_tokens=64, window=4096)
QUESTION = [
    Message.of(
        Role.USER,
        "Answer the question briefly, using only the numbered passages, and cite the passage like [1]. If they do not contain the "
        "answer, say: The documents do not contain this information.\n\n[1] Gemma 4 can be given up to 30 seconds of audio at once.\n\n"
        "Question: How many seconds of audio can Gemma 4 be given?",
    )
]


BACKENDS = [
    "scripted",
    "ollama:gemma3:4b",
    "ollama:gemma4:e2b",
    "gemini:gemini-3.5-flash",
    "gemini:gemini-2.5-flash",
    "gemini:gemini-2.0-flash",
    "gemini:gemma-4-31b-it",
    "openai:{openai}#gemma-4-e2b-it",
    "openai:{openai}#qwen3-reasoning-field",
    "openai:{openai}#gemma-3-4b-it",
    pytest.param("embedded", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=BACKENDS)
def model(request: pytest.FixtureRequest) -> Iterator[AnswerModel]:
    """Each backend, open and ready."""
    if request.param == "scripted":
        yield ScriptedModel([Text("The answer is 30 "), 0.01, Text("seconds [1].")])
        return
    with OllamaServer(INSTALLED_FOR_CHAT) as ollama, GeminiServer() as gemini, OpenAIServer() as openai:
        urls = {"ollama_url": ollama.url, "gemini_url": gemini.url, "openai_url": f"{openai.url}/v1"}
        settings = Settings(models=ROOT / "data" / "models", gemini_key=KEY, **urls)  # type: ignore[arg-type]  # all are texts
        opened = open_model(ModelName.parse(request.param.format(openai=settings.openai_url)), settings)
        yield opened
        opened.close()


def test_it_says_what_it_is(model: AnswerModel) -> None:
    info = model.describe()
    assert info.name
    assert info.engine
    assert info.location == (Location("Google") if info.engine == "Gemini" else LOCAL)
    assert info.window >= 1024


def test_it_streams_text_and_then_exactly_one_usage(model: AnswerModel) -> None:
    events = list(model.stream(QUESTION, OPTIONS))
    assert isinstance(events[-1], Usage)
    assert [type(event) for event in events].count(Usage) == 1
    assert events[-1].ended == "stop"
    assert "30" in "".join(event.text for event in events if isinstance(event, Text))


def test_thoughts_come_only_when_asked_and_never_in_the_text(model: AnswerModel) -> None:
    quiet = list(model.stream(QUESTION, OPTIONS))
    assert not any(isinstance(event, Thought) for event in quiet)
    loud = list(model.stream(QUESTION, dataclasses.replace(OPTIONS, think=True, max_tokens=2048)))  # with room for thoughts
    thoughts = [event for event in loud if isinstance(event, Thought)]
    assert bool(thoughts) == model.describe().thinks
    assert "Let me see" not in "".join(event.text for event in loud if isinstance(event, Text))


def test_two_questions_at_once_both_get_whole_answers(model: AnswerModel) -> None:
    streams = [model.stream(QUESTION, OPTIONS) for _ in range(2)]
    firsts = [next(stream) for stream in streams]
    for first, stream in zip(firsts, streams, strict=True):
        rest = list(stream)
        assert isinstance(first, Text | Thought)
        assert isinstance(rest[-1], Usage)


def test_closing_the_stream_stops_it_and_the_next_question_works(model: AnswerModel) -> None:
    stream = model.stream(QUESTION, OPTIONS)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # every backend's stream is a generator
    assert isinstance(list(model.stream(QUESTION, OPTIONS))[-1], Usage)


def test_a_cancelled_question_ends_before_its_first_word(model: AnswerModel) -> None:
    events = list(model.stream(QUESTION, dataclasses.replace(OPTIONS, cancelled=lambda: True)))
    assert [type(event) for event in events] == [Usage]


def test_tokens_are_counted_or_said_to_be_unknown(model: AnswerModel) -> None:
    counted = model.count_tokens("こんにちは世界")
    assert counted is None or 1 <= counted <= 7


@pytest.mark.slow
def test_the_embedded_model_uses_its_own_tokenizer(models: Path) -> None:
    model = open_model(ModelName.parse("embedded"), Settings(models=models))
    try:
        assert model.count_tokens("こんにちは世界") == 2
        assert model.count_tokens("") == 0
    finally:
        model.close()


@pytest.mark.slow
def test_any_gguf_file_keeps_the_promises_too(models: Path) -> None:
    # An untrained base model says what it likes: its words are not looked at.
    model = open_model(ModelName.parse(f"llamacpp:{base_model(models)}"), Settings(models=models))
    try:
        test_it_says_what_it_is(model)
        test_closing_the_stream_stops_it_and_the_next_question_works(model)
        test_a_cancelled_question_ends_before_its_first_word(model)
        test_two_questions_at_once_both_get_whole_answers(model)
        assert model.count_tokens("こんにちは世界") == 2
    finally:
        model.close()
