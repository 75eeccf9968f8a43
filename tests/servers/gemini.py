"""A real HTTP server that speaks the Gemini API's wire: models, streamGenerateContent?alt=sse, and its refusals as google.rpc has them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.servers.sse import SseHandler, SseServer, data

KEY = "right-key"
_END = b"\r\n\r\n"


def _event(text: str = "", *, thought: bool = False, ended: str = "", **more: Any) -> bytes:
    part: dict[str, Any] = {"text": text} | ({"thought": True} if thought else {})
    candidate: dict[str, Any] = {"content": {"parts": [part], "role": "model"}, "index": 0}
    if ended:
        candidate["finishReason"] = ended
    usage = {"promptTokenCount": 21, "candidatesTokenCount": 3, "thoughtsTokenCount": 4 if thought else 0, "totalTokenCount": 24}
    return data({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "x", "responseId": "r", **more}, _END)


def _good(body: dict[str, Any]) -> Iterator[bytes | None]:
    thinking = body["generationConfig"].get("thinkingConfig", {})
    if thinking.get("includeThoughts"):
        yield _event("Let me see. ", thought=True)
        yield _event("Yes.", thought=True)
    yield _event("The answer ")
    yield _event("is 30 seconds ")
    yield _event("[1].", ended="STOP")


def _timed(*steps: str | float) -> Callable[[dict[str, Any]], Iterator[bytes | None]]:
    def stream(_: dict[str, Any]) -> Iterator[bytes | None]:
        for step in steps:
            if isinstance(step, float):
                time.sleep(step)
            else:
                yield _event(step)
        yield _event(ended="STOP")

    return stream


def _bytewise(_: dict[str, Any]) -> Iterator[bytes | None]:
    for byte in _event("日本\u2028") + _event("語", ended="STOP"):
        yield bytes([byte])


def _error(code: int, status: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


_OVERLOADED = _error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
_RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
_BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}

STREAMS: dict[str, Callable[[dict[str, Any]], Iterator[bytes | None]]] = {
    "gemini-3.5-flash": _good,
    "gemini-2.5-flash": _good,
    "gemini-2.0-flash": _good,
    "gemma-4-31b-it": _good,
    "slow": _timed(*("word ", 0.05) * 200),
    "silent": _timed(3.0),
    "stalls": _timed("Half ", 3.0),
    "split": _bytewise,
    "leaks": _timed("<|channel>thou", "ght\nLet me see.<chan", "nel|>30 seconds."),
    "length": lambda _: iter([_event("Half an", ended="MAX_TOKENS")]),
    "blocked-question": lambda _: iter([data({"promptFeedback": {"blockReason": "SAFETY"}}, _END)]),
    "blocked-answer": lambda _: iter([_event("Half "), _event(ended="SAFETY")]),
    "recited": lambda _: iter([_event("Half "), _event(ended="RECITATION")]),
    "no-end": lambda _: iter([_event("Half ")]),
    "cut": lambda _: iter([_event("Half "), None]),
    "garbled": lambda _: iter([_event("Half "), b'data: {"candidates": [{"con\r\n\r\n']),
    "error-in-stream": lambda _: iter([_event("Half "), data(_OVERLOADED, _END)]),
    "refuses-minimal": _good,
}
REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "quota": (429, _error(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", _RETRY)),
    "busy": (503, _OVERLOADED),
    "too-long": (
        400,
        _error(400, "INVALID_ARGUMENT", "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576)."),
    ),
    "elsewhere": (400, _error(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")),
    "forbidden": (403, _error(403, "PERMISSION_DENIED", "The API is not enabled for this project.")),
    "internal": (500, _error(500, "INTERNAL", "An internal error has occurred.")),
}


class _Handler(SseHandler):
    owner: GeminiServer

    def _allowed(self) -> bool:
        allowed = self.headers.get("x-goog-api-key") == KEY
        if not allowed:
            refused = _error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", _BAD_KEY)
            self.answer(400, refused)
        return allowed

    def do_GET(self) -> None:
        self.body()
        if not self._allowed():
            return
        path = self.path.partition("?")[0]
        known = {name: _described(name) for name in (*STREAMS, *REFUSALS, "embedding-001")}
        if path == "/v1beta/models":
            self.answer(200, {"models": list(known.values())})
        elif (name := path.removeprefix("/v1beta/models/")) in known:
            self.answer(200, known[name])
        else:
            self.answer(404, _error(404, "NOT_FOUND", f"models/{name} is not found for API version v1beta"))

    def do_POST(self) -> None:
        body = self.body()
        name, _, method = self.path.removeprefix("/v1beta/models/").partition(":")
        if not self._allowed():
            return
        assert method == "streamGenerateContent?alt=sse"
        thinking = body["generationConfig"].get("thinkingConfig", {})
        if name in REFUSALS:
            self.answer(*REFUSALS[name])
        elif name == "refuses-minimal" and "thinkingLevel" in thinking:
            self.answer(400, _error(400, "INVALID_ARGUMENT", "Thinking level MINIMAL is not supported for this model."))
        else:
            self.stream(STREAMS[name](body))


def _described(name: str) -> dict[str, Any]:
    methods = ["embedContent"] if "embedding" in name else ["generateContent", "countTokens"]
    thinks = {"thinking": True} if name.startswith(("gemini-3", "gemini-2.5", "gemma-4", "refuses-minimal")) else {}
    limits = {"inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536}
    return {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": methods, **limits, **thinks}


class GeminiServer(SseServer):
    """Takes one key only."""

    handler = _Handler
