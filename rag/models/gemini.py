"""Gemini, and the Gemma models that the same API serves, by its REST wire (why not Google's client: docs/decisions.md).

Nothing is sent before a key is configured and a Gemini model is asked; listing models sends the key alone.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

from core.errors import ModelBlocked, ModelCannotThink, ModelError, ModelKeyMissing, ModelRefused
from core.settings import Settings
from core.types import Location, Message, Role
from rag.events import Text, Thought
from rag.models.base import GenerationOptions, ModelInfo
from rag.models.gemini_thinking import REFUSED, ROOM_TO_THINK, Config, is_quiet, next_less_strict, thinking_config
from rag.models.refusals import Server
from rag.models.streaming import Ended, Piece, Spent, StreamedModel
from rag.models.wire import ask_json, post_events

ENGINE = "Gemini"
LOCATION = Location("Google")
KEY_SETTING = "KAEDAMA_GEMINI_KEY"
_LIST_TIMEOUT_S = 2.0
# From Gemini 3 on a low temperature makes models go round in circles: they keep their own.
_COOL = re.compile(r"gemini-(?:[3-9]|\d\d|flash|pro)")
# What the list offers beside models that answer in text.
_NO_ANSWERER = re.compile(r"embed|image|tts|audio|live|robotics|computer-use|veo|imagen|lyria|aqa")
_ENDS = {"STOP": "stop", "MAX_TOKENS": "length"}
_BLOCKED = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE"}


class GeminiModel(StreamedModel):
    """A model of the API, asked by streamGenerateContent."""

    def __init__(self, info: ModelInfo, server: Server, settings: Settings) -> None:
        super().__init__(info, settings)
        self._server = server
        self._taken: dict[bool, Config] = {}  # what the model takes of thinking, by whether it is asked to think

    async def pieces(self, messages: Sequence[Message], options: GenerationOptions) -> AsyncGenerator[Piece, None]:
        """See `StreamedModel`. A refusal of the level of thinking leads to the next larger one; what the model takes is remembered."""
        thinking: Config | None = self._taken.get(options.think, self._wished(options))
        while thinking is not None:
            config = generation_config(self._server.name, options, thinking, thinks=self._info.thinks)
            try:
                async with contextlib.aclosing(self._events(messages, config)) as events:
                    async for event in events:
                        for piece in self._pieces(event):
                            yield piece
                self._taken[options.think] = thinking
                return
            except (ModelCannotThink, ModelRefused) as error:
                thinking = next_less_strict(thinking) if _refuses_level(error) else None
                if thinking is None:
                    raise

    def _wished(self, options: GenerationOptions) -> Config:
        return thinking_config(self._server.name, think=options.think) if self._info.thinks else {}

    def _events(self, messages: Sequence[Message], config: dict[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        path = f"/v1beta/models/{self._server.name}:streamGenerateContent?alt=sse"
        body = contents(messages, system_turn=not self._server.name.startswith("gemma-3")) | {"generationConfig": config}
        headers = {"x-goog-api-key": self._settings.gemini_key}
        return post_events(self._server, path, body, headers=headers, connect_timeout_s=self._settings.connect_timeout_s)

    def _pieces(self, event: dict[str, Any]) -> Iterator[Piece]:
        name = self._server.name
        if usage := event.get("usageMetadata") or {}:  # every event carries the counts so far; a failure costs what was read, too
            written = int(usage.get("candidatesTokenCount") or 0) + int(usage.get("thoughtsTokenCount") or 0)
            yield Spent(int(usage.get("promptTokenCount") or 0), written)
        if reason := (event.get("promptFeedback") or {}).get("blockReason"):
            raise ModelBlocked(name=name, reason=reason)
        candidate: dict[str, Any] = next(iter(event.get("candidates") or []), {})
        reason = candidate.get("finishReason") or ""
        if reason in _BLOCKED:
            raise ModelBlocked(name=name, reason=reason)
        if reason and reason not in _ENDS:
            raise ModelRefused(name=name, detail=str(candidate.get("finishMessage") or reason))
        for part in (candidate.get("content") or {}).get("parts") or []:
            if text := part.get("text", ""):
                yield Thought(text) if part.get("thought") else Text(text)
        if reason:
            yield Ended(_ENDS[reason])


def contents(messages: Sequence[Message], *, system_turn: bool) -> dict[str, Any]:
    """Messages as Gemini takes them. Gemma 3 has no system turn: such a message goes before the first question."""
    system = "\n\n".join(message.text for message in messages if message.role is Role.SYSTEM)
    spoken = [message for message in messages if message.role is not Role.SYSTEM]
    turns = [("model" if message.role is Role.ASSISTANT else "user", message.text) for message in spoken]
    if system and not system_turn and turns:
        turns[0] = (turns[0][0], f"{system}\n\n{turns[0][1]}")
    body: dict[str, Any] = {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}
    return body | ({"systemInstruction": {"parts": [{"text": system}]}} if system and system_turn else {})


def generation_config(name: str, options: GenerationOptions, thinking: Config, *, thinks: bool) -> dict[str, Any]:
    """generationConfig for a model. One that thinks although it was not asked to gets room for it beside the answer."""
    unasked = thinks and not options.think and not is_quiet(thinking)
    config: dict[str, Any] = {"maxOutputTokens": options.max_tokens + (ROOM_TO_THINK if unasked else 0)}
    if options.stop:
        config["stopSequences"] = list(options.stop)
    if not _COOL.match(name):
        config["temperature"] = options.temperature
    return config | ({"thinkingConfig": thinking} if thinking else {})


def _refuses_level(error: ModelError) -> bool:
    return isinstance(error, ModelCannotThink) or REFUSED.search(str(error.fields.get("detail", ""))) is not None


def open_gemini(name: str, settings: Settings) -> GeminiModel:
    """Open a model of the API by name, asking the API what it can do.

    Raises:
        ModelKeyMissing, ModelKeyRejected, ModelNotServed, ModelUnreachable, ModelRefused: the API does not offer it.
    """
    entry = _get(f"models/{name}", settings, settings.first_token_timeout_s, name)
    info = _info(entry)
    server = _server(name, settings, info.window)
    return GeminiModel(info, server, settings)


def listed(settings: Settings) -> list[ModelInfo]:
    """The API's models that answer in text; empty without a key, or where the API does not answer."""
    if not settings.gemini_key:
        return []
    try:
        models = _get("models?pageSize=200", settings, _LIST_TIMEOUT_S).get("models") or []
    except ModelError:
        return []
    answering = [model for model in models if "generateContent" in model.get("supportedGenerationMethods", [])]
    return [_info(model) for model in answering if not _NO_ANSWERER.search(model["name"])]


def _info(entry: dict[str, Any]) -> ModelInfo:
    name = str(entry["name"]).removeprefix("models/")
    return ModelInfo(
        f"gemini:{name}",
        ENGINE,
        LOCATION,
        int(entry.get("inputTokenLimit") or 0) or 8192,
        thinks=bool(entry.get("thinking")),
        sees=not name.startswith("gemma-3-1b"),
    )


def _get(path: str, settings: Settings, timeout_s: float, name: str = "") -> dict[str, Any]:
    server = _server(name or ENGINE, settings)
    if not settings.gemini_key:
        raise ModelKeyMissing(engine=ENGINE, setting=KEY_SETTING)
    return ask_json(
        server,
        "GET",
        f"/v1beta/{path}",
        timeout_s=timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        headers={"x-goog-api-key": settings.gemini_key},
    )


def _server(name: str, settings: Settings, window: int = 0) -> Server:
    url = settings.gemini_url.rstrip("/")
    return Server(ENGINE, url, name, window, key_setting=KEY_SETTING, has_key=bool(settings.gemini_key))
