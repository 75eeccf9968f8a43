"""Ollama's failures, each against a real server: the sentence, and that what had arrived is kept."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.models import ollama_trouble
from core.errors import (
    ContextOverflow,
    ModelBusy,
    ModelCannotAnswer,
    ModelCannotHear,
    ModelCannotSee,
    ModelCannotThink,
    ModelError,
    ModelGone,
    ModelInterrupted,
    ModelMemory,
    ModelMissing,
    ModelNonsense,
    ModelQuota,
    ModelRefused,
    ModelSignIn,
    ModelTimedOut,
    ModelUnavailable,
)
from core.settings import Settings, ollama_headers
from core.types import LOCAL, AudioPart, Engine, ImagePart, Location, Message, ModelName, Role, TextPart
from rag.events import Ending, Text, Thought, Usage
from rag.models.base import GenerationOptions
from rag.models.listing import list_models, open_model
from rag.models.ollama_server import check
from rag.models.pulling import pull
from store.embedding.ollama import OllamaEmbedder
from tests.servers.ollama import INSTALLED_FOR_CHAT, OllamaServer
from tests.servers.static import StaticServer

QUESTION = [Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "Why?")]
OPTIONS = GenerationOptions(max_tokens=64, window=4096)
# What the server says that loading, reading and writing took.
SECONDS = (0.25, 0.021, 0.332363)


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    """A server with all the models that fail, each in its own way."""
    with OllamaServer(INSTALLED_FOR_CHAT) as running:
        yield running


def settings_for(server: OllamaServer) -> Settings:
    """Settings that find the server and lose patience soon."""
    return Settings(ollama_url=server.url, first_token_timeout_s=0.5, between_tokens_timeout_s=0.4, connect_timeout_s=1.0)


@pytest.mark.parametrize(
    ("name", "error", "sentence", "kept"),
    [
        ("gone", ModelGone, "Create it again", ""),
        ("too-long", ContextOverflow, "4,096", ""),
        ("busy", ModelBusy, "server busy", ""),
        ("no-memory", ModelMemory, "6.9 GiB", ""),
        ("no-thinking", ModelCannotThink, "Switch thinking off", ""),
        ("quota", ModelQuota, "60 s", ""),
        ("error-in-stream", ModelRefused, "unexpectedly stopped", "Half "),
        ("no-done", ModelInterrupted, "without its last line", "Half "),
        ("cut", ModelInterrupted, "broke off", "Half "),
        ("garbled", ModelInterrupted, "garbled", "Half "),
        ("silent", ModelTimedOut, "KAEDAMA_FIRST_TOKEN_TIMEOUT_S", ""),
        ("stalls", ModelTimedOut, "KAEDAMA_BETWEEN_TOKENS_TIMEOUT_S", "Half "),
    ],
)
def test_each_failure_has_its_sentence_and_keeps_what_had_come(
    server: OllamaServer, name: str, error: type[ModelError], sentence: str, kept: str
) -> None:
    model = open_model(ModelName.parse(f"ollama:{name}"), settings_for(server))
    arrived: list[str] = []

    def read() -> None:
        for event in model.stream(QUESTION, OPTIONS):
            if isinstance(event, Text):
                arrived.append(event.text)

    with pytest.raises(error, match=sentence.replace(".", r"\.")):
        read()
    assert "".join(arrived) == kept


def test_the_request_asks_for_nothing_to_be_cut_in_silence(server: OllamaServer) -> None:
    list(open_model(ModelName.parse("ollama:gemma3:4b"), settings_for(server)).stream(QUESTION, OPTIONS))
    body = server.requests[-1][1]
    assert (body["truncate"], body["shift"], body["think"]) == (False, False, False)
    assert body["options"] == {"num_ctx": 4096, "num_predict": 64, "temperature": 0.0}
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_lines_cut_at_every_byte_are_put_together(server: OllamaServer) -> None:
    events = list(open_model(ModelName.parse("ollama:split"), settings_for(server)).stream(QUESTION, OPTIONS))
    assert "".join(event.text for event in events if isinstance(event, Text)) == "日本語"


def test_thoughts_that_leak_into_the_text_are_taken_out(server: OllamaServer) -> None:
    events = list(open_model(ModelName.parse("ollama:leaks"), settings_for(server)).stream(QUESTION, OPTIONS))
    assert "".join(event.text for event in events if isinstance(event, Thought)) == "Let me see."
    assert "".join(event.text for event in events if isinstance(event, Text)) == "30 seconds <"


def test_an_answer_at_the_token_limit_says_so(server: OllamaServer) -> None:
    usage = list(open_model(ModelName.parse("ollama:length"), settings_for(server)).stream(QUESTION, OPTIONS))[-1]
    assert usage == Usage(21, 3, Ending.LENGTH, *SECONDS)


def test_stopping_closes_the_connection(server: OllamaServer) -> None:
    stream = open_model(ModelName.parse("ollama:slow"), settings_for(server)).stream(QUESTION, OPTIONS)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert server.closed_early.wait(60)


def test_stopping_before_the_first_word_takes_effect_too(server: OllamaServer) -> None:
    started = time.monotonic()
    options = dataclasses.replace(OPTIONS, cancelled=lambda: time.monotonic() - started > 0.2)
    model = open_model(ModelName.parse("ollama:silent"), dataclasses.replace(settings_for(server), first_token_timeout_s=60))
    assert list(model.stream(QUESTION, options)) == [Usage(0, 0, Ending.STOPPED)]


def test_the_server_going_away_in_mid_answer_is_told() -> None:
    with OllamaServer(INSTALLED_FOR_CHAT) as server:
        model = open_model(ModelName.parse("ollama:gemma3:4b"), settings_for(server))
    with pytest.raises(ModelUnavailable, match="ollama serve"):
        list(model.stream(QUESTION, OPTIONS))


def test_a_missing_model_is_told_with_the_command_that_gets_it(server: OllamaServer) -> None:
    for name in ("gemma9:1b", "qwen9", "somebody/model:7b", "hf.co/somebody/model"):
        with pytest.raises(ModelMissing, match=f"ollama pull {name}"):
            open_model(ModelName(Engine.OLLAMA, name), settings_for(server))
    for name in ("mio:latest", "nothere"):
        with pytest.raises(ModelGone, match="Create it again"):
            open_model(ModelName(Engine.OLLAMA, name), settings_for(server))


def test_the_list_leads_with_the_newest_gemma_and_ends_with_the_clouds(server: OllamaServer) -> None:
    server.installed = {
        name: INSTALLED_FOR_CHAT[name] for name in ("llama3:8b", "gemma3:4b", "gemma4:e2b", "gemma4:cloud", "embeddinggemma:latest")
    }
    listed = list_models(settings_for(server))
    names = [info.name for info in listed]
    assert names == ["ollama:gemma4:e2b", "ollama:gemma3:4b", "ollama:llama3:8b", "embedded", "ollama:gemma4:cloud"]
    assert [info.location for info in listed] == [LOCAL] * 4 + [Location("ollama.com")]
    assert open_model(None, settings_for(server)).describe().name == "ollama:gemma4:e2b"


def test_a_cloud_model_is_never_the_default(server: OllamaServer) -> None:
    server.installed = {"gemma4:cloud": ["completion"]}
    assert [info.name for info in list_models(settings_for(server))] == ["embedded", "ollama:gemma4:cloud"]


HANDED_ON = {"remote_model": "gemma3:27b", "remote_host": "https://ollama.com:11434"}


@pytest.mark.parametrize(
    ("name", "said", "recipient"),
    [
        ("gemma9:big", HANDED_ON, "ollama.com"),
        ("gemma9:big", {"remote_host": "http://other.example:443/x"}, "other.example"),
        ("gemma9:big", {"remote_host": "other.example"}, "other.example"),
        ("gemma9:big", {"remote_model": "gemma3:27b"}, "ollama.com"),
        ("gemma9:31b-Cloud ", {}, "ollama.com"),
        ("gemma9:CLOUD", {}, "ollama.com"),
        ("gemma9:cloudy", {"remote_host": "", "remote_model": None}, ""),
    ],
)
def test_where_a_model_runs_is_what_the_server_says_never_its_name_alone(
    name: str, said: dict[str, str], recipient: str, server: OllamaServer
) -> None:
    server.installed, server.remote = {name: ["completion"]}, {name: said}
    listed = next(info for info in list_models(settings_for(server)) if info.name == f"ollama:{name}")
    assert listed.location == Location(recipient)
    assert open_model(ModelName(Engine.OLLAMA, name), settings_for(server)).describe().location == Location(recipient)


@pytest.mark.slow
def test_a_model_that_the_server_hands_on_is_never_the_default(server: OllamaServer, models: Path) -> None:
    server.installed, server.remote = {"gemma9:big": ["completion"]}, {"gemma9:big": HANDED_ON}
    settings = dataclasses.replace(settings_for(server), models=models)
    assert [info.name for info in list_models(settings)] == ["embedded", "ollama:gemma9:big"]
    opened = open_model(None, settings)
    opened.close()
    assert opened.describe().name == "embedded"
    assert all(path != "/api/chat" for path, _ in server.requests)


def test_only_models_that_complete_are_offered_whatever_their_names(server: OllamaServer) -> None:
    server.installed = {"e5-small": ["embedding"], "draws:1b": ["image"], "embed-and-talk:1b": ["completion", "embedding"]}
    assert [info.name for info in list_models(settings_for(server))] == ["embedded", "ollama:embed-and-talk:1b"]
    with pytest.raises(ModelCannotAnswer, match="as for search"):
        open_model(ModelName.parse("ollama:e5-small"), settings_for(server))


@pytest.mark.parametrize(
    "answer", [b"<html>hello</html>", b"[1, 2]", b'{"models": 5}', b'{"odd": 1}', b'"text"', b"", b"\xff\xfe", b"[" * 100_000]
)
def test_another_program_at_the_address_is_no_engine_and_no_traceback(answer: bytes) -> None:
    with StaticServer(answer) as other:
        settings = Settings(ollama_url=other.url, connect_timeout_s=1.0)
        assert [info.name for info in list_models(settings)] == ["embedded"]
        with pytest.raises(ModelNonsense, match="is not Ollama"):
            check(settings)
        assert isinstance(ollama_trouble(settings), ModelNonsense)


@pytest.mark.parametrize("url", ["http://[bad", "http://127.0.0.1:99999", "127.0.0.1:11434/x", "ftp://127.0.0.1", "http://"])
def test_an_address_that_is_none_is_told_and_hurts_no_other_model(url: str) -> None:
    settings = Settings(ollama_url=url, connect_timeout_s=0.5)
    assert [info.name for info in list_models(settings)] == ["embedded"]
    with pytest.raises(ModelError):
        check(settings)
    with pytest.raises(ModelError):
        open_model(ModelName.parse("ollama:gemma3:4b"), settings)


def test_a_reason_of_the_end_is_an_end_without_done(server: OllamaServer) -> None:
    events = list(open_model(ModelName.parse("ollama:no-flag"), settings_for(server)).stream(QUESTION, OPTIONS))
    assert events == [Text("Half "), Usage(21, 3, Ending.STOP, *SECONDS)]


def test_an_endless_answer_is_cut_at_the_token_limit(server: OllamaServer) -> None:
    events = list(open_model(ModelName.parse("ollama:endless"), settings_for(server)).stream(QUESTION, OPTIONS))
    assert isinstance(events[-1], Usage)
    assert events[-1].ended == "length"
    assert len("".join(event.text for event in events if isinstance(event, Text))) <= OPTIONS.max_tokens * 8
    assert server.closed_early.wait(60), "the server is told to stop"


def test_a_line_without_end_is_not_taken_for_ever(server: OllamaServer) -> None:
    with pytest.raises(ModelInterrupted, match="garbled"):
        list(open_model(ModelName.parse("ollama:one-line"), settings_for(server)).stream(QUESTION, OPTIONS))


def test_the_page_where_one_signs_in_is_told(server: OllamaServer) -> None:
    with pytest.raises(ModelSignIn, match=r"https://ollama\.com/connect\?name=box"):
        list(open_model(ModelName.parse("ollama:signed-out"), settings_for(server)).stream(QUESTION, OPTIONS))


def test_no_other_server_than_ollama_com_is_shown_its_key(server: OllamaServer) -> None:
    settings = dataclasses.replace(settings_for(server), ollama_key="secret")
    list_models(settings)
    list(open_model(ModelName.parse("ollama:gemma3:4b"), settings).stream(QUESTION, OPTIONS))
    embedder = OllamaEmbedder("embeddinggemma", server.url, connect_timeout_s=1, headers=ollama_headers(settings))
    embedder.embed("passage", ["a"])
    embedder.close()
    assert len(server.headers) >= 4
    assert not any("authorization" in headers for headers in server.headers)


def test_the_key_goes_with_every_request_where_it_goes_at_all(server: OllamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ollama", "ollama_server", "pulling"):  # as if the server were ollama.com
        monkeypatch.setattr(f"rag.models.{module}.ollama_headers", lambda settings: {"Authorization": "Bearer secret"})
    settings = settings_for(server)
    list_models(settings)
    model = open_model(ModelName.parse("ollama:gemma3:4b"), settings)
    list(model.stream(QUESTION, OPTIONS))
    model.loaded_window()
    list(pull("gemma3:1b", settings))
    paths = {path for path, _ in server.requests}
    assert {"/api/chat", "/api/show", "/api/pull"} <= paths
    assert {headers.get("authorization") for headers in server.headers} == {"Bearer secret"}


def test_pictures_go_to_models_that_see_and_sound_to_none(server: OllamaServer) -> None:
    picture = Message(Role.USER, (TextPart("What is it?"), ImagePart("image/png", b"\x89PNG")))
    list(open_model(ModelName.parse("ollama:gemma3:4b"), settings_for(server)).stream([picture], OPTIONS))
    assert server.requests[-1][1]["messages"] == [{"role": "user", "content": "What is it?", "images": ["iVBORw=="]}]
    blind = open_model(ModelName.parse("ollama:llama3:8b"), settings_for(server))
    with pytest.raises(ModelCannotSee, match="cannot be given pictures"):
        list(blind.stream([picture], OPTIONS))
    with pytest.raises(ModelCannotHear, match="cannot be given sound"):
        list(blind.stream([Message(Role.USER, (AudioPart("audio/wav", b"RIFF"),))], OPTIONS))


def test_without_a_server_the_embedded_model_is_the_only_one() -> None:
    nobody = Settings(ollama_url="http://127.0.0.1:9", connect_timeout_s=0.5)
    assert [info.name for info in list_models(nobody)] == ["embedded"]


def test_without_any_gemma_the_embedded_model_leads(server: OllamaServer) -> None:
    server.installed = {"llama3:8b": ["completion"]}
    assert [info.name for info in list_models(settings_for(server))] == ["embedded", "ollama:llama3:8b"]


def test_embeddings_carry_their_prompts_and_are_never_cut(server: OllamaServer) -> None:
    embedder = OllamaEmbedder("embeddinggemma", server.url, connect_timeout_s=1)
    vectors = embedder.embed("passage", ["a", "bb"])
    embedder.close()
    assert vectors.shape == (2, 3)
    body = server.requests[-1][1]
    assert body["truncate"] is False
    assert body["input"] == ["title: none | text: a", "title: none | text: bb"]
