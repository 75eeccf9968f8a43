"""Ollama by its native /api/chat.

langchain-ollama cannot be used for the chat itself: it cannot send `truncate` and `shift`, without which the server cuts a long prompt in
silence, and it cannot tell a stream that broke off from one that ended (both seen with 1.1.0). So the wire is read here, in a LangChain
chat model of our own; listing and describing go through the official client.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import ollama
import psutil
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from core.errors import (
    ContextOverflow,
    ModelBusy,
    ModelCannotThink,
    ModelError,
    ModelInterrupted,
    ModelMemory,
    ModelMissing,
    ModelQuota,
    ModelRefused,
    ModelUnavailable,
)
from core.settings import Settings
from rag.models.base import ModelInfo
from rag.models.chat import ChatModel

ENGINE = "Ollama"
_ROLES = {"human": "user", "ai": "assistant", "system": "system"}
# A model stays loaded this long after its last answer, so that a reader who thinks does not wait for it twice.
_KEEP_ALIVE = "10m"
# A server on this machine answers at once or is not there; the list must not hold up the page.
_LIST_TIMEOUT_S = 2.0
# Weights beyond this share of the machine's memory leave no room for context and the rest.
_MEMORY_SHARE = 0.7
# Models that Ollama runs on its own computers have quotas; how long to wait is not told.
_QUOTA_DELAY_S = 60.0
_NO_MEMORY = re.compile(r"requires .* available|out of memory|unable to allocate|failed to allocate", re.IGNORECASE)
_GEMMA = re.compile(r"^(?:.*/)?gemma(\d)(n?)[:-]?", re.IGNORECASE)


class ChatOllamaNative(BaseChatModel):
    """A LangChain chat model over /api/chat. Keyword arguments of a call: `options` (Ollama's), `think`."""

    model: str
    url: str
    connect_timeout_s: float

    @property
    def _llm_type(self) -> str:
        return "kaedama-ollama"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(agenerate_from_stream(self._astream(messages, stop, **kwargs)))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        body = {
            "model": self.model,
            "messages": [{"role": _ROLES[message.type], "content": str(message.text)} for message in messages],
            "stream": True,
            "think": kwargs.get("think", False),
            "options": kwargs.get("options", {}) | ({"stop": stop} if stop else {}),
            "keep_alive": _KEEP_ALIVE,
            # Together they make every server version refuse a prompt that is too long instead of cutting it.
            "truncate": False,
            "shift": False,
        }
        begun = False
        try:
            # The caller times silence; only connecting is timed here. Proxies are for the outside, this server is at home.
            timeout = httpx.Timeout(None, connect=self.connect_timeout_s)
            async with (
                httpx.AsyncClient(timeout=timeout, trust_env=False) as client,
                client.stream("POST", f"{self.url}/api/chat", json=body) as reply,
            ):
                if reply.status_code != 200:
                    await reply.aread()
                    raise self.refusal(reply.status_code, _detail(reply.text), body["options"])
                async for line in reply.aiter_lines():
                    if line.strip():
                        yield ChatGenerationChunk(message=self._message(line, body["options"]))
                        begun = True
        except httpx.TransportError as error:
            if begun:
                raise ModelInterrupted(name=self.model, detail="the connection to Ollama was lost") from error
            raise unavailable(self.url) from error

    def _message(self, line: str, options: dict[str, Any]) -> AIMessageChunk:
        try:
            event = json.loads(line)
        except ValueError:
            raise ModelInterrupted(name=self.model, detail="Ollama sent a garbled line") from None
        if "error" in event:
            raise self.refusal(500, str(event["error"]), options)
        said = event.get("message") or {}
        message = AIMessageChunk(content=said.get("content") or "")
        if said.get("thinking"):
            message.additional_kwargs["reasoning_content"] = said["thinking"]
        if event.get("done"):
            message.response_metadata["done_reason"] = event.get("done_reason") or "stop"
            read, written = int(event.get("prompt_eval_count") or 0), int(event.get("eval_count") or 0)
            message.usage_metadata = {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}
        return message

    def refusal(self, status: int, detail: str, options: dict[str, Any]) -> ModelError:
        """The error of ours for an answer of the server's that is one."""
        if status == 404:
            return ModelMissing(name=self.model, command=f"ollama pull {self.model}")
        if "longer than the context" in detail or "exceeds the context length" in detail or "exceed_context_size" in detail:
            window = int(options.get("num_ctx", 0))
            return ContextOverflow(needed=window + 1, name=self.model, window=window)
        if "does not support thinking" in detail:
            return ModelCannotThink(name=self.model)
        if status == 429:
            return ModelQuota(name=self.model, delay_s=_QUOTA_DELAY_S)
        if status == 503:
            return ModelBusy(name=self.model, detail=_one_line(detail))
        if _NO_MEMORY.search(detail):
            return ModelMemory(name=self.model, detail=_one_line(detail))
        return ModelRefused(name=self.model, detail=_one_line(detail))


def unavailable(url: str) -> ModelUnavailable:
    """The error for a server that is not there, with the command that starts it."""
    return ModelUnavailable(engine=ENGINE, url=url, start="ollama serve")


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
        if error.status_code == 404:
            raise ModelMissing(name=name, command=f"ollama pull {name}") from error
        raise ModelRefused(name=name, detail=error.error.rstrip(".")) from error
    except (ConnectionError, httpx.TransportError) as error:
        raise unavailable(settings.ollama_url) from error
    facts = shown.modelinfo or {}
    window = int(facts.get(f"{facts.get('general.architecture')}.context_length") or settings.context_tokens)
    able = shown.capabilities or []
    where = "remote" if name.endswith(("-cloud", ":cloud")) else "home"
    return ModelInfo(f"ollama:{name}", ENGINE, where, window, thinks="thinking" in able, sees="vision" in able)


def installed(settings: Settings) -> list[tuple[str, int]]:
    """Names and bytes of the models that can answer, best first; empty where no server is.

    Gemma leads, newer before older, the largest that fits into this machine's memory first. Embedding models are no answerers, and
    models that run on somebody else's machine are not offered as local ones.
    """
    try:
        with _client(settings, _LIST_TIMEOUT_S) as client:
            listed = client.list().models
    except (ConnectionError, httpx.TransportError, ollama.ResponseError):
        return []
    named = [(str(model.model), int(model.size or 0)) for model in listed if model.model]
    local = [(name, size) for name, size in named if "embed" not in name and not name.endswith(("-cloud", ":cloud"))]
    memory = psutil.virtual_memory().total * _MEMORY_SHARE

    def order(model: tuple[str, int]) -> tuple[int, bool, int, str]:
        gemma = _GEMMA.match(model[0])
        generation = int(gemma[1]) if gemma else 0
        fits = model[1] <= memory
        return (-generation, not fits, -model[1] if fits else model[1], model[0])

    return sorted(local, key=order)


def is_gemma(name: str) -> bool:
    """Whether an Ollama name is one of the Gemma family."""
    return _GEMMA.match(name) is not None


def _client(settings: Settings, timeout_s: float) -> ollama.Client:
    connect_s = min(settings.connect_timeout_s, timeout_s)
    return ollama.Client(settings.ollama_url, timeout=httpx.Timeout(timeout_s, connect=connect_s), trust_env=False)


def _one_line(detail: str) -> str:
    return " ".join(detail.split()).rstrip(".")


def _detail(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text.strip()[:300] or "no reason given"
