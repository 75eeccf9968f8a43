"""Ollama's way of speaking OpenAI's wire (/v1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_CREATED = 1_795_810_744


def openai_models(names: list[str]) -> dict[str, Any]:
    """The list of models."""
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": _CREATED, "owned_by": "library"} for name in names],
    }


def openai_error(status: int, message: str) -> dict[str, Any]:
    """A refusal."""
    kind = "not_found_error" if status == 404 else "api_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def openai_vectors(name: str, reply: dict[str, Any]) -> dict[str, Any]:
    """Vectors."""
    data = [{"object": "embedding", "embedding": vector, "index": index} for index, vector in enumerate(reply["embeddings"])]
    return {"object": "list", "data": data, "model": name, "usage": {"prompt_tokens": 2, "total_tokens": 2}}


def openai_completion(name: str) -> dict[str, Any]:
    """A whole answer."""
    choice = {"index": 0, "message": {"role": "assistant", "content": "Say hello"}, "finish_reason": "length"}
    usage = {"prompt_tokens": 2051, "completion_tokens": 8, "total_tokens": 2059}
    return _base(name, "chat.completion") | {"choices": [choice], "usage": usage}


def openai_events(name: str, body: dict[str, Any], *, thinks: bool) -> Iterator[bytes]:
    """A streamed answer. The first event alone names the role; one that thinks has its thoughts in `reasoning`."""
    for number in range(int(body.get("max_tokens", 12))):
        delta: dict[str, Any] = {} if number else {"role": "assistant"}
        delta |= {"content": "", "reasoning": "Say"} if thinks else {"content": "Say"}
        yield _event(name, [{"index": 0, "delta": delta, "finish_reason": None}])
    yield _event(name, [{"index": 0, "delta": {}, "finish_reason": "length"}])
    if (body.get("stream_options") or {}).get("include_usage"):
        yield _event(name, [], usage={"prompt_tokens": 14, "completion_tokens": 12, "total_tokens": 26})
    yield b"data: [DONE]\n\n"


def _base(name: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-67", "object": kind, "created": _CREATED, "model": name, "system_fingerprint": "fp_ollama"}


def _event(name: str, choices: list[dict[str, Any]], **more: Any) -> bytes:
    value = _base(name, "chat.completion.chunk") | {"choices": choices} | more
    return b"data: " + json.dumps(value).encode() + b"\n\n"
