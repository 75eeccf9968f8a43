"""Ollama by its native /api/chat.

langchain-ollama cannot be used for the chat itself: it cannot send `truncate` and `shift`, without which the server cuts a long prompt in
silence, and it cannot tell a stream that broke off from one that ended (both seen with 1.1.0). So the wire is read here, in a LangChain
chat model of our own; listing and describing go through the official client.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import ollama
import psutil
from langchain_core.messages import AIMessageChunk, BaseMessage

from core.settings import Settings
from rag.models.base import ModelInfo
from rag.models.chat import ChatModel
from rag.models.streaming import StreamedChat, chunk_of, turns
from rag.models.wire import Server, parsed, post_lines, whereabouts

ENGINE = "Ollama"
# A model stays loaded this long after its last answer, so that a reader who thinks does not wait for it twice.
_KEEP_ALIVE = "10m"
# A server on this machine answers at once or is not there; the list must not hold up the page.
_LIST_TIMEOUT_S = 2.0
# Weights beyond this share of the machine's memory leave no room for context and the rest.
_MEMORY_SHARE = 0.7
_GEMMA = re.compile(r"^(?:.*/)?gemma(\d)(n?)[:-]?", re.IGNORECASE)


class ChatOllamaNative(StreamedChat):
    """A LangChain chat model over /api/chat. Keyword arguments of a call: `options` (Ollama's), `think`."""

    engine_name = "ollama"
    model: str
    url: str
    connect_timeout_s: float

    async def pieces(
        self, messages: list[BaseMessage], stop: list[str] | None, arguments: dict[str, Any]
    ) -> AsyncGenerator[AIMessageChunk, None]:
        """See `StreamedChat`."""
        body = {
            "model": self.model,
            "messages": turns(messages),
            "stream": True,
            "think": arguments.get("think", False),
            "options": arguments.get("options", {}) | ({"stop": stop} if stop else {}),
            "keep_alive": _KEEP_ALIVE,
            # Together they make every server version refuse a prompt that is too long instead of cutting it.
            "truncate": False,
            "shift": False,
        }
        server = server_of(self.model, self.url, int(body["options"].get("num_ctx", 0)))
        async for line in post_lines(server, "/api/chat", body, headers={}, connect_timeout_s=self.connect_timeout_s):
            yield _message(parsed(server, line), server)


def server_of(name: str, url: str, window: int = 0) -> Server:
    """The server and one of its models, for errors."""
    return Server(ENGINE, url, name, window, start="ollama serve", get=f"ollama pull {name}")


def _message(event: dict[str, Any], server: Server) -> AIMessageChunk:
    if "error" in event:
        raise server.refusal(500, str(event["error"]))
    said = event.get("message") or {}
    done = bool(event.get("done"))
    return chunk_of(
        said.get("content") or "",
        thought=said.get("thinking") or "",
        ended=(event.get("done_reason") or "stop") if done else "",
        usage=(int(event.get("prompt_eval_count") or 0), int(event.get("eval_count") or 0)) if done else None,
    )


def open_ollama(name: str, settings: Settings) -> ChatModel:
    """Open an installed model, asking the server what it can do. Raises ModelUnavailable, ModelMissing, ModelRefused."""
    info = describe(name, settings, timeout_s=settings.first_token_timeout_s)
    chat = ChatOllamaNative(model=name, url=settings.ollama_url, connect_timeout_s=settings.connect_timeout_s)
    return ChatModel(
        chat,
        info,
        settings,
        arguments=lambda options: {
            "think": options.think and info.thinks,
            "options": {"num_ctx": options.window, "num_predict": options.max_tokens, "temperature": options.temperature},
        },
    )


def describe(name: str, settings: Settings, *, timeout_s: float = _LIST_TIMEOUT_S) -> ModelInfo:
    """What the server says of a model. Raises ModelUnavailable, ModelMissing, ModelRefused."""
    try:
        with _client(settings, timeout_s) as client:
            shown = client.show(name)
    except ollama.ResponseError as error:
        raise server_of(name, settings.ollama_url).refusal(error.status_code, error.error) from error
    except (ConnectionError, httpx.TransportError) as error:
        raise server_of(name, settings.ollama_url).absent() from error
    facts = shown.modelinfo or {}
    window = int(facts.get(f"{facts.get('general.architecture')}.context_length") or settings.context_tokens)
    able = shown.capabilities or []
    where, place = whereabouts_of(name, settings)
    return ModelInfo(
        f"ollama:{name}",
        ENGINE,
        where,
        window,
        thinks="thinking" in able,
        sees="vision" in able,
        window_on_demand=True,
        place=place,
    )


def whereabouts_of(name: str, settings: Settings) -> tuple[str, str]:
    """As `wire.whereabouts`, for a model of the server's: one of the cloud's is only handed on by the server at home."""
    return ("remote", "ollama.com") if is_cloud(name) else whereabouts(settings.ollama_url)


def answers(settings: Settings) -> bool:
    """Whether a server is there."""
    try:
        with _client(settings, _LIST_TIMEOUT_S) as client:
            client.list()
    except (ConnectionError, httpx.TransportError, ollama.ResponseError):
        return False
    return True


def installed(settings: Settings) -> list[tuple[str, int]]:
    """Names and bytes of the models that can answer, best first; empty where no server is.

    Gemma leads, newer before older, the largest that fits into this machine's memory first. Embedding models are no answerers; those
    that run in Ollama's cloud come last.
    """
    try:
        with _client(settings, _LIST_TIMEOUT_S) as client:
            listed = client.list().models
    except (ConnectionError, httpx.TransportError, ollama.ResponseError):
        return []
    named = [(str(model.model), int(model.size or 0)) for model in listed if model.model]
    able = [(name, size) for name, size in named if "embed" not in name]
    memory = psutil.virtual_memory().total * _MEMORY_SHARE

    def order(model: tuple[str, int]) -> tuple[bool, int, bool, int, str]:
        gemma = _GEMMA.match(model[0])
        generation = int(gemma[1]) if gemma else 0
        fits = model[1] <= memory
        return (is_cloud(model[0]), -generation, not fits, -model[1] if fits else model[1], model[0])

    return sorted(able, key=order)


def is_cloud(name: str) -> bool:
    """Whether a server at home only hands the question on to Ollama's cloud."""
    return name.endswith(("-cloud", ":cloud"))


def is_default(name: str) -> bool:
    """Whether the best of the installed may be asked without having been chosen: a Gemma, and no cloud's."""
    return _GEMMA.match(name) is not None and not is_cloud(name)


def _client(settings: Settings, timeout_s: float) -> ollama.Client:
    connect_s = min(settings.connect_timeout_s, timeout_s)
    return ollama.Client(settings.ollama_url, timeout=httpx.Timeout(timeout_s, connect=connect_s), trust_env=False)
