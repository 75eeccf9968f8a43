"""What real Ollama servers of two generations answered, replayed both ways.

Our fake answers each request alike, and our client reads each answer.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from core.errors import (
    ContextOverflow,
    EmbedderRefused,
    KaedamaError,
    ModelBusy,
    ModelCannotAnswer,
    ModelCannotSee,
    ModelCannotThink,
    ModelError,
    ModelGone,
    ModelInterrupted,
    ModelMissing,
    ModelNotPublished,
    ModelRefused,
)
from core.settings import ROOT, Settings
from core.types import LOCAL, Location, Message, Role
from rag.events import Ending, Text, Thought, Usage
from rag.models.base import GenerationOptions, ModelInfo
from rag.models.ollama import OllamaModel
from rag.models.ollama_server import describe, installed, loaded_window
from rag.models.openai_compatible import listed as openai_listed
from rag.models.pulling import pull
from store.embedding.ollama import OllamaEmbedder
from tests.servers.ollama import OllamaServer
from tests.servers.static import StaticServer

WIRE = ROOT.parent / "shared" / "wire"
VERSIONS = ("0.24.0", "0.32.15")
QUESTION = [Message.of(Role.USER, "Why?")]
# How the recordings shorten a long text.
_SHORTENED = re.compile(r"\.\.\.\((\d+) characters\)\.\.\.")
OPTIONS = GenerationOptions(max_tokens=10_000, window=1024)


@dataclass(frozen=True)
class Recorded:
    """One request and what a real server answered."""

    version: str
    file: str
    note: str
    method: str
    path: str
    body: str
    status: int
    answer: str
    left: bool

    @property
    def sent(self) -> dict[str, Any]:
        """The request as the object that it mostly is."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The answer's JSON objects."""
        texts = [line.removeprefix("data: ") for line in self.answer.split("\n") if line.strip()]
        return [json.loads(text) for text in texts if text != "[DONE]"]


def recorded(version: str, file: str) -> list[Recorded]:
    """The exchanges of a file, in order."""
    found = []
    for line in (WIRE / f"ollama-{version}" / file).read_text("utf-8").splitlines():
        value = json.loads(line)
        request = value["request"]
        body = _SHORTENED.sub(lambda gap: ("fox " * int(gap[1]))[: int(gap[1])], request["body"])
        answer = "".join(text for _, text in value["chunks"])
        found.append(
            Recorded(
                version,
                file,
                value["note"],
                request["method"],
                request["path"],
                body,
                value["status"],
                answer,
                value["left_by_client"],
            )
        )
    return found


FILES = [(version, path.name) for version in VERSIONS for path in sorted((WIRE / f"ollama-{version}").glob("*.jsonl"))]
RECORDED = [entry for version, file in FILES for entry in recorded(version, file)]
needs_recordings = pytest.mark.skipif(not RECORDED, reason=f"there are no recordings of a real Ollama in {WIRE}")


def named(entry: Recorded) -> str:
    """An entry in the name of its test."""
    return f"{entry.version} {entry.file}: {entry.note}"


# Our fake, asked what the real servers were asked


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[OllamaServer]:
    """A fake of the version, with the models that the real servers had."""
    version = request.param[0]
    able = {
        "gemma4-think:270m": ["completion", "thinking"],
        "gemma3-reader:270m": ["completion"],
        "gemma3:270m": ["completion"],
        "plain:latest": ["completion"],
        "mio:latest": ["completion"],
        "e5-small:latest": ["embedding"],
    }
    with OllamaServer(able, version=version) as server:
        server.untrained = set(able)
        server.adapters = {"gemma3-reader:270m"}
        server.bare = {"plain:latest", "e5-small:latest"}
        server.offline = True
        server.load("gemma3:270m", 4096)
        yield server


def kinds(values: list[dict[str, Any]]) -> list[object]:
    """The kinds of lines in their order, each once: their keys, and those of the objects in them."""
    return list(dict.fromkeys(json.dumps(_shape(value), sort_keys=True) for value in values))


def _shape(value: object, name: str = "") -> object:
    if isinstance(value, dict):
        return "free" if name == "model_info" else {key: _shape(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(_shape(inner), sort_keys=True) for inner in value})
    return ""


@needs_recordings
@pytest.mark.parametrize(("fake", "file"), [((version,), file) for version, file in FILES], indirect=["fake"])
def test_the_fake_answers_every_request_as_the_real_server_did(fake: OllamaServer, file: str) -> None:
    for entry in recorded(fake.version, file):
        if "killed" in entry.note:
            fake.dying.set()
        status, text = ask(fake, entry)
        said = named(entry)
        assert status == entry.status, said
        if entry.answer[:1] not in ("{", "d"):
            assert text == entry.answer, said
            continue
        mine = kinds(Recorded("", "", "", "", "", "", 0, text, False).lines)
        real = kinds(entry.lines)
        if entry.path == "/api/ps":  # which models are loaded depends on how long ago they were asked: an entry is compared
            loaded, theirs = json.loads(text)["models"], entry.lines[0]["models"]
            both = bool(loaded and theirs)
            mine, real = (kinds(loaded[:1]), kinds(theirs[:1])) if both else ([], [])
        assert (set(real) <= set(mine)) if entry.path == "/api/tags" else mine == real, said


def ask(fake: OllamaServer, entry: Recorded) -> tuple[int, str]:
    """Status and body of the fake's answer; who left the real stream leaves this one too."""
    host, _, port = fake.url.removeprefix("http://").partition(":")
    headers = {"Content-Type": "application/json"}
    if entry.note == "foreign Origin":
        headers["Origin"] = "http://evil.example"
    if entry.note == "foreign Host":
        headers["Host"] = "evil.example"
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    connection.request(entry.method, entry.path, entry.body.encode() if entry.body else None, headers)
    reply = connection.getresponse()
    text = (b"".join(reply.readline() for _ in entry.lines) if entry.left else reply.read()).decode()
    connection.close()
    return reply.status, text


# What the real servers answered, read by our client


CHATS = [entry for entry in RECORDED if entry.path == "/api/chat" and entry.method == "POST"]
# Words of a refusal: the error that it becomes.
REFUSED: dict[str, type[ModelError]] = {
    "does not support thinking": ModelCannotThink,
    "does not support chat": ModelCannotAnswer,
    "longer than the context": ContextOverflow,
    "exceeds the": ContextOverflow,
    "not support multimodal": ModelCannotSee,
    "missing data required for image": ModelCannotSee,
    "no such host": ModelBusy,
}


def model_of(entry: Recorded, url: str) -> OllamaModel:
    """The model that was asked, as if it could do everything."""
    name = entry.sent.get("model") or "none"
    info = ModelInfo(f"ollama:{name}", "Ollama", LOCAL, 1024, thinks=True, sees=True)
    return OllamaModel(name, info, Settings(ollama_url=url, connect_timeout_s=5))


def expected(entry: Recorded) -> type[ModelError]:
    """The error that a refusal becomes."""
    if entry.status == 404:
        return ModelMissing if entry.sent["model"].startswith("gemma") else ModelGone
    if entry.status == 500 and "no such host" in entry.answer:
        return ModelRefused
    return next((error for words, error in REFUSED.items() if words in entry.answer), ModelRefused)


@needs_recordings
@pytest.mark.parametrize("entry", CHATS, ids=named)
def test_the_client_reads_every_recorded_answer(entry: Recorded) -> None:
    with StaticServer(entry.answer.encode(), entry.status) as server:
        events: list[Thought | Text | Usage] = []
        stream = model_of(entry, server.url).stream(QUESTION, OPTIONS)
        last = entry.lines[-1]
        if entry.status != 200 or "error" in last or entry.left:
            error = expected(entry) if entry.status != 200 else ModelInterrupted if entry.left else ModelRefused
            with pytest.raises(error) as caught:
                events.extend(stream)
            assert type(caught.value) is error
            assert not set('{}"\\') & set(str(caught.value).replace(f'"{entry.sent.get("model")}"', "").replace('"', ""))
            if error is ContextOverflow and "n_ctx" in entry.answer:
                assert (caught.value.fields["needed"], caught.value.fields["window"]) == (4004, 1024)
        else:
            events.extend(stream)
            usage = events[-1]
            assert isinstance(usage, Usage)
            assert (usage.prompt_tokens, usage.answer_tokens) == (last.get("prompt_eval_count", 0), last.get("eval_count", 0))
            assert usage.ended is Ending.of(last["done_reason"])
            assert usage.load_s == pytest.approx(last.get("load_duration", 0) / 1e9)
        messages = [line["message"] for line in entry.lines if "message" in line]
        assert said(events, Thought) == "".join(message.get("thinking", "") for message in messages)
        assert said(events, Text).strip() == "".join(message["content"] for message in messages).strip()


def said(events: list[Thought | Text | Usage], kind: type[Thought] | type[Text]) -> str:
    """All thoughts, or all text."""
    return "".join(event.text for event in events if isinstance(event, kind))


@needs_recordings
@pytest.mark.parametrize("entry", [entry for entry in RECORDED if entry.path == "/api/show"], ids=named)
def test_the_client_reads_every_description(entry: Recorded) -> None:
    name = entry.sent.get("model") or entry.sent["name"]
    with StaticServer(entry.answer.encode(), entry.status) as server:
        settings = Settings(ollama_url=server.url, connect_timeout_s=5)
        if entry.status == 404:
            with pytest.raises(ModelGone):
                describe(name, settings)
        elif name.startswith("e5"):
            with pytest.raises(ModelCannotAnswer):
                describe(name, settings)
        else:
            info = describe(name, settings)
            assert info.thinks == ("thinking" in entry.lines[0].get("capabilities", []))
            assert info.location == (Location("ollama.com") if name == "gemma9:big" else LOCAL)


@needs_recordings
@pytest.mark.parametrize("entry", [entry for entry in RECORDED if entry.path in ("/api/tags", "/api/ps")], ids=named)
def test_the_client_reads_every_list(entry: Recorded) -> None:
    with StaticServer(entry.answer.encode(), entry.status) as server:
        settings = Settings(ollama_url=server.url, connect_timeout_s=5)
        if entry.path == "/api/ps":
            windows = {entry["name"]: entry["context_length"] for entry in entry.lines[0]["models"]}
            assert {name: loaded_window(name, settings) for name in windows} == windows
        elif entry.status == 403:
            assert installed(settings) == []
        else:
            found = {model.name: model for model in installed(settings)}
            cloud = {name for name, model in found.items() if model.recipient}
            assert cloud == {"gemma9:big"} & {entry["name"] for entry in entry.lines[0]["models"]}
            assert "e5-small:latest" not in found


@needs_recordings
@pytest.mark.parametrize("entry", [entry for entry in RECORDED if entry.path in ("/api/embed", "/api/pull")], ids=named)
def test_the_client_reads_every_embedding_and_download(entry: Recorded) -> None:
    with StaticServer(entry.answer.encode(), entry.status) as server:
        if entry.path == "/api/pull":
            with pytest.raises(ModelError) as caught:
                list(pull("gemma4:e2b", Settings(ollama_url=server.url, connect_timeout_s=5)))
            assert isinstance(caught.value, ModelNotPublished) == ("invalid model name" in entry.answer)
            return
        embedder = OllamaEmbedder("x", server.url, connect_timeout_s=5)
        vectors = entry.lines[0].get("embeddings")
        try:
            if vectors and len({len(vector) for vector in vectors}) == 1:
                assert embedder.embed("passage", ["a"] * len(vectors)).shape == (len(vectors), len(vectors[0]))
            elif vectors is None:
                with pytest.raises(EmbedderRefused) as refused:
                    embedder.embed("passage", ["a"])
                assert entry.lines[0]["error"] in str(refused.value)
        finally:
            embedder.close()


@needs_recordings
@pytest.mark.parametrize("entry", [entry for entry in RECORDED if entry.path.startswith("/v1/chat")], ids=named)
def test_the_client_reads_the_openai_way(entry: Recorded) -> None:
    from rag.models.openai_compatible import OpenAICompatibleModel
    from rag.models.refusals import Server

    info = ModelInfo("openai:x#y", "OpenAI", LOCAL, 1024)
    with StaticServer(entry.answer.encode(), entry.status) as server:
        model = OpenAICompatibleModel(info, Server("OpenAI", server.url, "y"), Settings(connect_timeout_s=5))
        events: list[Thought | Text | Usage] = []
        if entry.status != 200 or not entry.sent.get("stream"):
            with pytest.raises(KaedamaError):
                events.extend(model.stream(QUESTION, OPTIONS))
            return
        events.extend(model.stream(QUESTION, OPTIONS))
        deltas = [choice["delta"] for line in entry.lines for choice in line["choices"]]
        assert said(events, Thought) == "".join(delta.get("reasoning", "") for delta in deltas)
        assert said(events, Text).strip() == "".join(delta.get("content", "") for delta in deltas).strip()


def test_a_list_of_models_may_be_empty() -> None:
    with StaticServer(b'{"models": []}') as server:
        assert installed(Settings(ollama_url=server.url)) == []
        assert openai_listed(Settings(openai_url=server.url)) == []
