"""Any server that speaks OpenAI's chat completions: vLLM, llama.cpp's server, MLX, LM Studio, `transformers serve`.

They agree on the text and on little else: thoughts are called `reasoning_content` here and `reasoning` there (LangChain's client for OpenAI
drops both), the window has five names, and whether a model can think is told by llama.cpp only. So the wire is read here.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from core.addresses import location_of
from core.errors import ModelCannotThink, ModelError, ModelNotServed, ModelRefused
from core.settings import Settings
from core.types import Message
from rag.models.base import GenerationOptions, ModelInfo
from rag.models.refusals import Server
from rag.models.streaming import Piece, StreamedModel, completion_pieces, text_messages
from rag.models.wire import ask_json, once_loaded, post_events

ENGINE = "OpenAI-compatible server"
# Shown as the engine of an Ollama that is asked in OpenAI's words.
OLLAMA_BEHIND = "Ollama behind /v1 (better as ollama:NAME)"
_LIST_TIMEOUT_S = 2.0
# Families known to think, for servers that do not tell.
_THINKERS = re.compile(r"gemma-?4|qwen-?3|deepseek-r1|gpt-oss|magistral|thinking|reason", re.IGNORECASE)
_WINDOWS = ("max_model_len", "context_length", "max_context_length", "context_window")


class OpenAICompatibleModel(StreamedModel):
    """A model of a server, asked by /chat/completions."""

    def __init__(self, info: ModelInfo, server: Server, settings: Settings) -> None:
        super().__init__(info, settings)
        self._server = server
        self._headers = _headers(server.url, settings)

    async def pieces(self, messages: Sequence[Message], options: GenerationOptions) -> AsyncGenerator[Piece, None]:
        """See `StreamedModel`."""
        body = {
            "model": self._server.name,
            "messages": text_messages(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
            **({"stop": list(options.stop)} if options.stop else {}),
        }
        switches = self._switches(think=options.think)
        for at, switch in enumerate(switches):
            try:
                async with contextlib.aclosing(self._events(body | switch)) as events:
                    async for event in events:
                        for piece in completion_pieces(event):
                            yield piece
                return
            except (ModelCannotThink, ModelRefused) as error:
                refused = isinstance(error, ModelCannotThink) or "reasoning_effort" in str(error.fields.get("detail"))
                if not refused or at == len(switches) - 1:
                    raise

    def _switches(self, *, think: bool) -> list[dict[str, Any]]:
        """What tells the server whether to think, from the clearest to the least; a strict one refuses words that it does not know.

        "No" is always said to a model that can think, since some think unless they are told not to: in the words of llama.cpp and vLLM, and
        in those of Ollama and LiteLLM, which ignore the others.
        """
        if not self._info.thinks:
            return [{}]
        template = {"chat_template_kwargs": {"enable_thinking": think}}
        return [template] if think else [template | {"reasoning_effort": "none"}, template, {}]

    def _events(self, body: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        timeout_s = self._settings.connect_timeout_s
        return post_events(self._server, "/chat/completions", body, headers=self._headers, connect_timeout_s=timeout_s)


def open_openai(rest: str, settings: Settings) -> OpenAICompatibleModel:
    """Open `URL#MODEL`; without `#MODEL` the first that the server lists. A name that it does not list is taken at its word: some servers
    load models on demand, and one that has it not says so when it is asked.

    Raises:
        ModelUnreachable, ModelNotServed, ModelKeyMissing, ModelKeyRejected, ModelRefused: the server does not offer it.
    """
    url, _, name = rest.partition("#")
    served = once_loaded(lambda: _served(url, settings, settings.connect_timeout_s), settings.first_token_timeout_s)
    entry = next((model for model in served if name in ("", model["id"])), {"id": name} if name else None)
    if entry is None:
        raise ModelNotServed(engine=ENGINE, url=url, name=name)
    info = _info(url, entry, settings, _engine(url, settings))
    server = _server(url, str(entry["id"]), settings, info.window)
    return OpenAICompatibleModel(info, server, settings)


def listed(settings: Settings) -> list[ModelInfo]:
    """The models of the server that is configured; empty where none is, or where it does not answer."""
    if not settings.openai_url:
        return []
    try:
        served = _served(settings.openai_url, settings, _LIST_TIMEOUT_S)
    except ModelError:
        return []
    engine = _engine(settings.openai_url, settings)
    return [_info(settings.openai_url, entry, settings, engine) for entry in served if "embed" not in str(entry["id"]).lower()]


def _engine(url: str, settings: Settings) -> str:
    return OLLAMA_BEHIND if is_ollama(url, settings) else ENGINE


def _info(url: str, entry: dict[str, Any], settings: Settings, engine: str) -> ModelInfo:
    meta = entry.get("meta") or {}
    props = _props(url, settings) if meta else {}  # llama.cpp's server alone has `meta`
    told = [entry.get(name) for name in _WINDOWS] + [meta.get("n_ctx"), meta.get("n_ctx_train")]
    window = next((int(value) for value in told if value), 0) or settings.context_tokens
    name = str(entry["id"])
    template = str(props.get("chat_template") or "")
    modalities = props.get("modalities")
    sees = isinstance(modalities, dict) and bool(modalities.get("vision"))
    thinks = "enable_thinking" in template if template else _THINKERS.search(name) is not None
    size = int(meta.get("size") or 0)
    return ModelInfo(f"openai:{url}#{name}", engine, location_of(url), window, thinks=thinks, sees=sees, size=size, server=url)


def _props(url: str, settings: Settings) -> dict[str, Any]:
    """What llama.cpp's server tells of its model: `chat_template`, and `modalities` {"vision", "audio"}; {} where it does not."""
    try:
        return _get(_root_of(url), "/props", settings, _LIST_TIMEOUT_S)
    except ModelError:
        return {}


def is_ollama(url: str, settings: Settings) -> bool:
    """Whether the server is an Ollama behind its /v1, which ignores the window that it is asked for and cuts prompts in silence."""
    try:
        told = _get(_root_of(url), "/api/version", settings, _LIST_TIMEOUT_S)
    except ModelError:
        return False
    return isinstance(told.get("version"), str)


def _root_of(url: str) -> str:
    return url.rstrip("/").removesuffix("/v1")


def _served(url: str, settings: Settings, timeout_s: float) -> list[dict[str, Any]]:
    models = _get(url, "/models", settings, timeout_s).get("data")
    return [entry for entry in models if isinstance(entry, dict) and entry.get("id")] if isinstance(models, list) else []


def _get(url: str, path: str, settings: Settings, timeout_s: float) -> dict[str, Any]:
    connect_timeout_s = settings.connect_timeout_s
    server = _server(url, url, settings)
    return ask_json(server, "GET", path, timeout_s=timeout_s, connect_timeout_s=connect_timeout_s, headers=_headers(url, settings))


def _server(url: str, name: str, settings: Settings, window: int = 0) -> Server:
    has_key = bool(_headers(url, settings))
    return Server(ENGINE, url.rstrip("/"), name, window, key_setting="KAEDAMA_OPENAI_KEY", has_key=has_key)


def _headers(url: str, settings: Settings) -> dict[str, str]:
    # The key is for the server that was configured with it, and is shown to no other.
    if settings.openai_key and settings.openai_url and _root_of(url) == _root_of(settings.openai_url):
        return {"Authorization": f"Bearer {settings.openai_key}"}
    return {}
