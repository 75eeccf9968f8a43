"""A model of an Ollama server, asked by its native /api/chat.

The wire is read here, by no client: langchain-ollama 1.1.0 cannot send `truncate` and `shift`, without which the server cuts a long prompt
in silence, and cannot tell a stream that broke off from one that ended.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

from core.settings import Settings, ollama_headers
from core.types import ImagePart, Message, Part, TextPart
from rag.events import Text, Thought
from rag.models.base import GenerationOptions, ModelInfo
from rag.models.ollama_server import describe, loaded_window, server_of
from rag.models.refusals import Server, number_in, told_of
from rag.models.streaming import Ended, Piece, Spent, StreamedModel
from rag.models.wire import parsed, post_lines

# A model stays loaded this long after its last answer, so that a person who thinks does not wait for it twice.
_KEEP_ALIVE = "10m"
_NANOSECONDS = 1e9


class OllamaModel(StreamedModel):
    """`name` is what the server calls the model."""

    def __init__(self, name: str, info: ModelInfo, settings: Settings) -> None:
        super().__init__(info, settings)
        self._name = name

    def takes(self, part: Part) -> bool:
        """See `StreamedModel`: pictures for a model that sees."""
        return isinstance(part, TextPart) or (isinstance(part, ImagePart) and self._info.sees)

    async def pieces(self, messages: Sequence[Message], options: GenerationOptions) -> AsyncGenerator[Piece, None]:
        """See `StreamedModel`."""
        asked: dict[str, Any] = {
            "num_ctx": options.window,
            "num_predict": options.max_tokens,
            "temperature": options.temperature,
        }
        body = {
            "model": self._name,
            "messages": [_message(message) for message in messages],
            "stream": True,
            "think": options.think and self._info.thinks,
            "options": asked | ({"stop": list(options.stop)} if options.stop else {}),
            "keep_alive": _KEEP_ALIVE,
            # Together they make every server version refuse a prompt that is too long instead of cutting it.
            "truncate": False,
            "shift": False,
        }
        server = server_of(self._name, self._settings, options.window)
        headers, timeout_s = ollama_headers(self._settings), self._settings.connect_timeout_s
        async with contextlib.aclosing(
            post_lines(server, "/api/chat", body, headers=headers, connect_timeout_s=timeout_s)
        ) as lines:
            async for line in lines:
                for piece in pieces_of(parsed(server, line), server):
                    yield piece

    def loaded_window(self) -> int:
        """See `AnswerModel`. /api/ps tells it (github.com/ollama/ollama, api/types.go, ProcessModelResponse)."""
        return loaded_window(self._name, self._settings)


def open_ollama(name: str, settings: Settings) -> OllamaModel:
    """Open an installed model, asking the server what it can do. Raises ModelError."""
    return OllamaModel(name, describe(name, settings, timeout_s=settings.first_token_timeout_s), settings)


def pieces_of(event: dict[str, Any], server: Server) -> Iterator[Piece]:
    """The pieces in one line of a chat. A line that names the reason of the end is the end, with or without `done`. Raises ModelError."""
    if "error" in event:
        told = told_of(json.dumps(event))
        raise server.refusal(told.status or 500, told)
    said = event.get("message")
    said = said if isinstance(said, dict) else {}
    if thought := said.get("thinking") or "":
        yield Thought(str(thought))
    if text := said.get("content") or "":
        yield Text(str(text))
    if event.get("done") or event.get("done_reason"):
        load, read, write = (number_in(event, f"{step}_duration") / _NANOSECONDS for step in ("load", "prompt_eval", "eval"))
        yield Spent(number_in(event, "prompt_eval_count"), number_in(event, "eval_count"), load, read, write)
        yield Ended(str(event.get("done_reason") or "stop"))


def _message(message: Message) -> dict[str, Any]:
    """A message as /api/chat takes it: text, and pictures in base64."""
    pictures = [base64.b64encode(part.data).decode("ascii") for part in message.parts if isinstance(part, ImagePart)]
    return {"role": str(message.role), "content": message.text} | ({"images": pictures} if pictures else {})
