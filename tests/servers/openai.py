"""A real HTTP server that speaks OpenAI's wire as vLLM and llama.cpp's server do: /v1/models, /v1/chat/completions, /props."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.servers.sse import SseHandler, SseServer, data

KEY = "sk-right"


def _delta(**delta: str) -> dict[str, Any]:
    return {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def _text(text: str) -> bytes:
    return data(_delta(content=text))


def _end(reason: str = "stop") -> Iterator[bytes]:
    yield data({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    yield data({"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 3, "total_tokens": 24}})
    yield data(b"[DONE]")


def _good(body: dict[str, Any], field: str = "reasoning_content") -> Iterator[bytes | None]:
    yield data(_delta(role="assistant", content=""))
    if body.get("chat_template_kwargs", {}).get("enable_thinking"):
        yield data(_delta(**{field: "Let me see. "}))
        yield data(_delta(**{field: "Yes."}))
    for piece in ("The answer ", "is 30 seconds ", "[1]."):
        yield _text(piece)
    yield from _end()


def _timed(*steps: str | float) -> Callable[[dict[str, Any]], Iterator[bytes | None]]:
    def stream(_: dict[str, Any]) -> Iterator[bytes | None]:
        for step in steps:
            if isinstance(step, float):
                time.sleep(step)
            else:
                yield _text(step)
        yield from _end()

    return stream


def _bytewise(_: dict[str, Any]) -> Iterator[bytes | None]:
    for byte in b": ping\n\n" + _text("日本\u2028\u0085") + _text("語") + b"".join(_end()):
        yield bytes([byte])


_ERROR = {"error": {"message": "EngineCore encountered an issue", "type": "InternalServerError", "code": 500}}
STREAMS: dict[str, Callable[[dict[str, Any]], Iterator[bytes | None]]] = {
    "gemma-4-e2b-it": _good,
    "qwen3-reasoning-field": lambda body: _good(body, "reasoning"),
    "gemma-3-4b-it": _good,
    "slow": _timed(*("word ", 0.05) * 200),
    "long": _timed(*(step for number in range(100) for step in (f"{number} ", 0.002))),
    "silent": _timed(3.0),
    "stalls": _timed("Half ", 3.0),
    "split": _bytewise,
    "leaks": _timed("<|channel>thou", "ght\nLet me see.<chan", "nel|>30 seconds."),
    "length": lambda _: iter([_text("Half an"), *_end("length")]),
    "no-done": lambda _: iter([_text("Half ")]),
    "cut": lambda _: iter([_text("Half "), None]),
    "garbled": lambda _: iter([_text("Half "), b'data: {"choices": [{"del\n\n']),
    "error-in-stream": lambda _: iter([_text("Half "), data(_ERROR)]),
    "error-line": lambda _: iter([_text("Half "), b'error: {"code": 500, "message": "slot is gone"}\n\n']),
    "strict-thinking": _good,
    "strict-effort": _good,
}
_LONG = "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens."
REFUSALS: dict[str, tuple[int, dict[str, Any], dict[str, str]]] = {
    "gone": (404, {"error": {"message": "The model `gone` does not exist.", "code": 404}}, {}),
    "too-long": (400, {"error": {"message": _LONG, "type": "BadRequestError", "code": 400}}, {}),
    "busy": (503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, {}),
    "quota": (429, {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}, {"Retry-After": "45"}),
    "no-memory": (500, {"error": {"message": "CUDA out of memory. Tried to allocate 2.00 GiB", "code": 500}}, {}),
    "refuses": (500, {"error": {"message": "something odd", "code": 500}}, {}),
}


class _Handler(SseHandler):
    owner: OpenAIServer

    def _allowed(self) -> bool:
        allowed = not self.owner.key or self.headers.get("Authorization") == f"Bearer {self.owner.key}"
        if not allowed:
            self.answer(401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
        return allowed

    def do_GET(self) -> None:
        self.body()
        if not self._allowed():
            return
        if self.path == "/props" and self.owner.template:
            self.answer(200, {"chat_template": self.owner.template, "modalities": {"vision": self.owner.sees, "audio": False}})
        elif self.path == "/api/version" and self.owner.ollama:
            self.answer(200, {"version": "0.32.15"})
        elif self.path == "/v1/models":
            meta = {"meta": {"n_ctx_train": 8192, "size": 3_000_000_000}} if self.owner.template else {"max_model_len": 8192}
            self.answer(200, {"object": "list", "data": [{"id": name, "object": "model", **meta} for name in self.owner.served]})
        else:
            self.answer(404, {"error": {"message": "not found", "code": 404}})

    def do_POST(self) -> None:
        body = self.body()
        if not self._allowed():
            return
        name = body["model"]
        if name in REFUSALS:
            self.answer(*REFUSALS[name])
        elif name == "strict-effort" and "reasoning_effort" in body:
            self.answer(400, {"error": {"message": "reasoning_effort: Input should be 'low', 'medium' or 'high'"}})
        elif name == "strict-thinking" and "chat_template_kwargs" in body:
            self.answer(400, {"error": {"message": "Unrecognized request argument supplied: chat_template_kwargs"}})
        elif body.get("stream"):
            self.stream(STREAMS[name](body))
        else:
            self.answer(200, _whole(name, [part for part in STREAMS[name](body) if part]))


def _whole(name: str, stream: list[bytes]) -> dict[str, Any]:
    """The events of a stream as the one reply of a request without `stream`."""
    events = [json.loads(part.removeprefix(b"data: ")) for part in stream if part.startswith(b"data: {")]
    choices = [choice for event in events for choice in event["choices"]]
    message: dict[str, str] = {"role": "assistant"}
    for choice in choices:
        for field, text in choice["delta"].items():
            message[field] = message.get(field, "") + text if field != "role" else text
    ended = next(choice["finish_reason"] for choice in reversed(choices) if choice["finish_reason"])
    usage = next(event["usage"] for event in events if event.get("usage"))
    whole = {"index": 0, "message": message, "finish_reason": ended}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": name, "choices": [whole], "usage": usage}


class OpenAIServer(SseServer):
    """`key` is asked for where it is given; with `template` it is llama.cpp's server, else vLLM."""

    handler = _Handler

    def __init__(self, *, key: str = "", template: str = "") -> None:
        super().__init__()
        self.key = key
        self.template = template
        self.sees = self.ollama = False
        self.served = [*STREAMS, *REFUSALS]
