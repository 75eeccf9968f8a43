"""The official clients talk to our fakes of their servers: what our own client is tested against is the real wire."""

from __future__ import annotations

from collections.abc import Iterator

import ollama
import openai
import pytest
from google import genai
from google.genai import errors, types

from tests.servers import gemini as gemini_wire
from tests.servers import openai as openai_wire
from tests.servers.gemini import GeminiServer
from tests.servers.ollama import OllamaServer
from tests.servers.openai import OpenAIServer


@pytest.fixture
def google() -> Iterator[genai.Client]:
    """Google's client, which speaks to the fake as to the real API."""
    with GeminiServer() as server:
        once = types.HttpRetryOptions(attempts=1)
        options = types.HttpOptions(base_url=server.url, retry_options=once, client_args={"trust_env": False})
        client = genai.Client(api_key=gemini_wire.KEY, vertexai=False, http_options=options)
        yield client
        client.close()


def test_googles_client_streams_thoughts_and_text(google: genai.Client) -> None:
    thinking = types.ThinkingConfig(include_thoughts=True, thinking_level=types.ThinkingLevel.LOW)
    config = types.GenerateContentConfig(thinking_config=thinking, max_output_tokens=512)
    stream = google.models.generate_content_stream(model="gemini-3.5-flash", contents="How long?", config=config)
    chunks = list(stream)
    parts = [
        part
        for chunk in chunks
        for candidate in chunk.candidates or []
        for part in (candidate.content and candidate.content.parts) or []
    ]
    assert "".join(part.text or "" for part in parts if part.thought) == "Let me see. Yes."
    assert "".join(part.text or "" for part in parts if not part.thought) == "The answer is 30 seconds [1]."
    usage = chunks[-1].usage_metadata
    assert usage is not None
    assert usage.prompt_token_count == 21


def test_googles_client_gets_whole_answers_counts_and_lists(google: genai.Client) -> None:
    assert google.models.generate_content(model="gemini-3.5-flash", contents="How long?").text == "The answer is 30 seconds [1]."
    assert google.models.count_tokens(model="gemini-3.5-flash", contents="How long?").total_tokens == 21
    names = [model.name for model in google.models.list()]
    assert "models/gemini-3.5-flash" in names
    model = google.models.get(model="gemini-3.5-flash")
    assert (model.input_token_limit, model.thinking) == (1_048_576, True)


@pytest.mark.parametrize(
    ("name", "thinking", "code", "words"),
    [
        (
            "gemini-3.8-flash",
            types.ThinkingConfig(thinking_level=types.ThinkingLevel.MINIMAL),
            400,
            "not a supported thinking level",
        ),
        ("gemini-2.5-pro", types.ThinkingConfig(thinking_budget=0), 400, "only works in thinking mode"),
        ("quota", None, 429, "quota"),
        ("busy", None, 503, "overloaded"),
        ("nobody", None, 404, "not found"),
    ],
)
def test_googles_client_understands_the_refusals(
    google: genai.Client, name: str, thinking: types.ThinkingConfig | None, code: int, words: str
) -> None:
    config = types.GenerateContentConfig(thinking_config=thinking)
    with pytest.raises(errors.APIError, match=words) as told:
        google.models.generate_content(model=name, contents="How long?", config=config)
    assert told.value.code == code


def test_googles_client_sees_a_blocked_question(google: genai.Client) -> None:
    (chunk,) = google.models.generate_content_stream(model="blocked-question", contents="x")
    assert chunk.prompt_feedback is not None
    assert chunk.prompt_feedback.block_reason == types.BlockedReason.SAFETY


@pytest.fixture
def completions() -> Iterator[openai.OpenAI]:
    """OpenAI's client, which speaks to the fake as to vLLM or llama.cpp's server."""
    with OpenAIServer(key=openai_wire.KEY) as server:
        client = openai.OpenAI(api_key=openai_wire.KEY, base_url=f"{server.url}/v1", max_retries=0)
        yield client
        client.close()


def test_openais_client_streams_text_and_usage(completions: openai.OpenAI) -> None:
    stream = completions.chat.completions.create(
        model="gemma-3-4b-it",
        messages=[{"role": "user", "content": "How long?"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "The answer is 30 seconds [1]."
    assert chunks[-1].usage is not None
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (21, 3)


def test_openais_client_gets_whole_answers_and_lists(completions: openai.OpenAI) -> None:
    reply = completions.chat.completions.create(model="gemma-3-4b-it", messages=[{"role": "user", "content": "How long?"}])
    assert reply.choices[0].message.content == "The answer is 30 seconds [1]."
    assert "gemma-3-4b-it" in [model.id for model in completions.models.list()]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("gone", openai.NotFoundError),
        ("too-long", openai.BadRequestError),
        ("quota", openai.RateLimitError),
        ("refuses", openai.InternalServerError),
    ],
)
def test_openais_client_understands_the_refusals(completions: openai.OpenAI, name: str, error: type[openai.APIStatusError]) -> None:
    with pytest.raises(error):
        completions.chat.completions.create(model=name, messages=[{"role": "user", "content": "x"}], stream=True)


def test_ollamas_client_lists_shows_and_streams() -> None:
    with OllamaServer() as server, ollama.Client(server.url, trust_env=False) as client:
        names = [model.model for model in client.list().models]
        assert names
        shown = client.show("gemma4:e2b")
        assert "completion" in (shown.capabilities or [])
        stream = client.chat("gemma4:e2b", messages=[{"role": "user", "content": "How long?"}], think=False, stream=True)
        chunks = list(stream)
        assert "".join(chunk.message.content or "" for chunk in chunks).strip()
        assert chunks[-1].done
        with pytest.raises(ollama.ResponseError) as told:
            client.show("nobody")
        assert told.value.status_code == 404
