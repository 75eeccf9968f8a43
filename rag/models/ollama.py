"""Ollama by its native /api/chat.

The wire is read here, by no client: langchain-ollama 1.1.0 cannot send `truncate` and `shift`, without which the server cuts a long prompt
in silence, and cannot tell a stream that broke off from one that ended. The official client 0.6.3 drops `remote_host`, `remote_model` and
`capabilities`, and the first two decide whether a question leaves this machine.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from core.errors import ModelError
from core.settings import Settings
from core.types import Location, Message
from rag.events import Text, Thought
from rag.models.base import GenerationOptions, ModelInfo
from rag.models.streaming import Ended, Piece, Spent, StreamedModel, text_messages
from rag.models.wire import Server, certificates, error_of, location_of, parsed, post_lines

ENGINE = "Ollama"
# A model stays loaded this long after its last answer, so that a reader who thinks does not wait for it twice.
_KEEP_ALIVE = "10m"
# A server on this machine answers at once or is not there; the list must not hold up the page.
_LIST_TIMEOUT_S = 2.0
# Weights beyond this share of the machine's memory leave no room for context and the rest.
_MEMORY_SHARE = 0.7
# Who answers for a model of the cloud's whose host is not told.
_CLOUD = "ollama.com"
_GEMMA = re.compile(r"^(?:.*/)?gemma(\d)(n?)[:-]?", re.IGNORECASE)


class OllamaModel(StreamedModel):
    """A model of an Ollama server, asked by /api/chat."""

    def __init__(self, name: str, info: ModelInfo, settings: Settings) -> None:
        super().__init__(info, settings)
        self._name = name

    async def pieces(self, messages: Sequence[Message], options: GenerationOptions) -> AsyncGenerator[Piece, None]:
        """See `StreamedModel`."""
        body = {
            "model": self._name,
            "messages": text_messages(messages),
            "stream": True,
            "think": options.think and self._info.thinks,
            "options": {"num_ctx": options.window, "num_predict": options.max_tokens, "temperature": options.temperature}
            | ({"stop": list(options.stop)} if options.stop else {}),
            "keep_alive": _KEEP_ALIVE,
            # Together they make every server version refuse a prompt that is too long instead of cutting it.
            "truncate": False,
            "shift": False,
        }
        server = server_of(self._name, self._settings.ollama_url, options.window)
        timeout_s = self._settings.connect_timeout_s
        async for line in post_lines(server, "/api/chat", body, headers={}, connect_timeout_s=timeout_s):
            for piece in _pieces(parsed(server, line), server):
                yield piece

    def loaded_window(self) -> int:
        """See `AnswerModel`. /api/ps tells it (github.com/ollama/ollama, api/types.go, ProcessModelResponse)."""
        try:
            listed = _ask("GET", "/api/ps", self._settings, _LIST_TIMEOUT_S).get("models")
        except ModelError:
            return 0  # a server that is gone says so when it is asked for the answer
        entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        mine = {self._name, f"{self._name}:latest"}
        return next(
            (_number(entry.get("context_length")) for entry in entries if mine & {entry.get("name"), entry.get("model")}), 0
        )


def server_of(name: str, url: str, window: int = 0) -> Server:
    """The server and one of its models, for errors."""
    return Server(ENGINE, url, name, window, start="ollama serve", get=f"ollama pull {name}")


def _pieces(event: dict[str, Any], server: Server) -> Iterator[Piece]:
    if "error" in event:
        raise server.refusal(500, str(event["error"]))
    said = event.get("message") or {}
    if thought := said.get("thinking") or "":
        yield Thought(str(thought))
    if text := said.get("content") or "":
        yield Text(str(text))
    if event.get("done"):
        yield Spent(int(event.get("prompt_eval_count") or 0), int(event.get("eval_count") or 0))
        yield Ended(str(event.get("done_reason") or "stop"))


def open_ollama(name: str, settings: Settings) -> OllamaModel:
    """Open an installed model, asking the server what it can do. Raises ModelUnavailable, ModelMissing, ModelRefused."""
    return OllamaModel(name, describe(name, settings, timeout_s=settings.first_token_timeout_s), settings)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model as the server lists it: its name, its bytes, and who is sent what it is asked ("": it runs at the server)."""

    name: str
    size: int
    recipient: str


def describe(name: str, settings: Settings, *, timeout_s: float = _LIST_TIMEOUT_S) -> ModelInfo:
    """What the server says of a model. Raises ModelUnavailable, ModelMissing, ModelRefused."""
    shown = _ask("POST", "/api/show", settings, timeout_s, name)
    facts = shown.get("model_info") or {}
    window = int(facts.get(f"{facts.get('general.architecture')}.context_length") or settings.context_tokens)
    able = shown.get("capabilities") or []
    return ModelInfo(
        f"ollama:{name}",
        ENGINE,
        location_in(settings, name, shown),
        window,
        thinks="thinking" in able,
        sees="vision" in able,
        window_on_demand=True,
        server=settings.ollama_url,
    )


def location_in(settings: Settings, name: str, said: dict[str, Any] | None = None) -> Location:
    """Where a model of the server's runs: one that runs elsewhere is only handed on by a server that is near.

    `said` is what the server says of the model, in /api/tags or /api/show.
    """
    recipient = recipient_of(name, said or {})
    return Location(recipient) if recipient else location_of(settings.ollama_url)


def recipient_of(name: str, said: dict[str, Any]) -> str:
    """Whom the server hands a question on to, "" where the model runs at the server itself.

    A model under any name may be one of another server's: `remote_host` and `remote_model` say so (github.com/ollama/ollama,
    api/types.go, ListModelResponse). A name of the cloud's own is one also where the server does not list it.
    """
    if said.get("remote_host") or said.get("remote_model"):
        host = str(said.get("remote_host") or "")
        return urlsplit(host if "//" in host else f"//{host}").hostname or _CLOUD
    return _CLOUD if name.strip().casefold().endswith(("-cloud", ":cloud")) else ""


def answers(settings: Settings) -> bool:
    """Whether a server is there."""
    try:
        _ask("GET", "/api/tags", settings, _LIST_TIMEOUT_S)
    except ModelError:
        return False
    return True


def installed(settings: Settings) -> list[Installed]:
    """The models that can answer, best first; empty where no server is.

    Gemma leads, newer before older, the largest that fits into this machine's memory first. Embedding models are no answerers; those
    that run elsewhere, as in Ollama's cloud, come last.
    """
    try:
        listed = _ask("GET", "/api/tags", settings, _LIST_TIMEOUT_S).get("models")
    except ModelError:
        return []
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    named = [(str(entry.get("model") or entry.get("name") or ""), entry) for entry in entries]
    models = [Installed(name, _number(entry.get("size")), recipient_of(name, entry)) for name, entry in named if name]
    memory = psutil.virtual_memory().total * _MEMORY_SHARE

    def order(model: Installed) -> tuple[bool, int, bool, int, str]:
        gemma = _GEMMA.match(model.name)
        generation = int(gemma[1]) if gemma else 0
        fits = model.size <= memory
        return (bool(model.recipient), -generation, not fits, -model.size if fits else model.size, model.name)

    return sorted((model for model in models if "embed" not in model.name), key=order)


def is_default(model: Installed) -> bool:
    """Whether the best of the installed may be asked without having been chosen: a Gemma that runs at the server itself."""
    return _GEMMA.match(model.name) is not None and not model.recipient


def default(settings: Settings) -> str:
    """The model to ask where none was chosen, "" where there is none that may be. A server elsewhere has none.

    The server is asked twice, for the list alone decides too little: what /api/show says of the model counts as well.
    """
    best = next(iter(installed(settings)), None)
    if best is None or not is_default(best):
        return ""
    try:
        return "" if describe(best.name, settings).location.remote else best.name
    except ModelError:
        return ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _ask(method: str, path: str, settings: Settings, timeout_s: float, name: str = "") -> dict[str, Any]:
    """The JSON object that the server answers. Raises ModelUnavailable, ModelMissing, ModelRefused, ModelInterrupted."""
    server = server_of(name, settings.ollama_url)
    timeout = httpx.Timeout(timeout_s, connect=min(settings.connect_timeout_s, timeout_s))
    body = {"model": name} if name else None
    try:
        with httpx.Client(timeout=timeout, trust_env=False, verify=certificates()) as client:
            reply = client.request(method, f"{server.url.rstrip('/')}{path}", json=body)
    except (httpx.TransportError, httpx.InvalidURL, ValueError) as error:
        raise server.absent() from error
    if reply.status_code != 200:
        raise server.refusal(reply.status_code, *error_of(reply.text))
    return parsed(server, reply.text)
