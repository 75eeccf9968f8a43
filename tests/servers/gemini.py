"""A real HTTP server that speaks the Gemini API's wire, /v1 and /v1beta, with the refusals as google.rpc has them.

It takes requests in camelCase and in snake_case, as protobuf's JSON does: Google's own client mixes them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.servers.sse import SseHandler, SseServer, data

KEY = "right-key"
_END = b"\r\n\r\n"
# What each model knows as a thinking level, and which it takes where none is given; budgets are those of Gemini 2.5.
_LEVELS: dict[str, tuple[tuple[str, ...], str]] = {
    "gemini-3-pro-preview": (("LOW", "HIGH"), "HIGH"),
    "gemini-3.1-pro-preview": (("LOW", "MEDIUM", "HIGH"), "HIGH"),
    "gemini-3.5-flash": (("MINIMAL", "LOW", "MEDIUM", "HIGH"), "MEDIUM"),
    "gemini-3.7-flash": (("LOW", "MEDIUM", "HIGH"), "MEDIUM"),
    "gemini-3.8-flash": (("LOW", "MEDIUM", "HIGH"), "MEDIUM"),
    "gemini-4-argon": (("LOW", "MEDIUM", "HIGH"), "MEDIUM"),
    "gemini-flash-latest": (("LOW", "MEDIUM", "HIGH"), "MEDIUM"),
    "gemini-pro-latest": (("LOW", "MEDIUM", "HIGH"), "MEDIUM"),
    "gemma-4-31b-it": (("MINIMAL", "HIGH"), "MINIMAL"),
    "gemini-5-future": (("MEDIUM", "HIGH"), "MEDIUM"),
}
# So many tokens a model thinks at a middle level at least; a shorter answer has no room for a word.
_THOUGHTS_AT_MEDIUM = 200


def _usage(written: int = 0, thoughts: int = 0) -> dict[str, int]:
    total = 21 + written + thoughts
    return {"promptTokenCount": 21, "candidatesTokenCount": written, "thoughtsTokenCount": thoughts, "totalTokenCount": total}


def _event(text: str = "", *, thought: bool = False, ended: str = "", usage: dict[str, int] | None = None, **more: Any) -> bytes:
    part: dict[str, Any] = {"text": text} | ({"thought": True} if thought else {})
    candidate: dict[str, Any] = {"content": {"parts": [part], "role": "model"}, "index": 0}
    if ended:
        candidate["finishReason"] = ended
    told = _usage(3, 4 if thought else 0) if usage is None else usage
    return data({"candidates": [candidate], "usageMetadata": told, "modelVersion": "x", "responseId": "r", **more}, _END)


def _late_usage(_: dict[str, Any]) -> Iterator[bytes | None]:
    """The counts are whole only behind the last word."""
    yield _event("Six.", usage=_usage(1))
    yield _event(ended="STOP", usage=_usage(2))
    yield data({"candidates": [], "usageMetadata": _usage(3, 4), "modelVersion": "x", "responseId": "r"}, _END)


def _good(body: dict[str, Any]) -> Iterator[bytes | None]:
    config = body.get("generationConfig", {})
    thinking = config.get("thinkingConfig", {})
    levels = _LEVELS.get(body["model"])
    level = thinking.get("thinkingLevel", levels[1] if levels else "")
    if (
        level in ("MEDIUM", "HIGH")
        and config.get("maxOutputTokens", 8192) < _THOUGHTS_AT_MEDIUM
        and body["model"] != "gemini-3.5-flash"
    ):
        yield _event(ended="MAX_TOKENS", usage=_usage(thoughts=config["maxOutputTokens"]))
        return
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
    "gemini-2.5-pro": _good,
    **dict.fromkeys(_LEVELS, _good),
    "late-usage": _late_usage,
    "gemma-4-31b-it": _good,
    "slow": _timed(*("word ", 0.05) * 200),
    "silent": _timed(3.0),
    "stalls": _timed("Half ", 3.0),
    "split": _bytewise,
    "leaks": _timed("<|channel>thou", "ght\nLet me see.<chan", "nel|>30 seconds."),
    "length": lambda _: iter([_event("Half an", ended="MAX_TOKENS")]),
    "blocked-question": lambda _: iter([data({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": _usage()}, _END)]),
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
        path = _VERSION.sub("", self.path.partition("?")[0])
        known = {name: _described(name) for name in (*STREAMS, *REFUSALS, "embedding-001")}
        if path == "models":
            self.answer(200, {"models": list(known.values())})
        elif (name := path.removeprefix("models/")) in known:
            self.answer(200, known[name])
        else:
            self.answer(404, _error(404, "NOT_FOUND", f"models/{name} is not found for API version v1beta"))

    def do_POST(self) -> None:
        sent = self.body()
        if not self._allowed():
            return
        name, _, method = _VERSION.sub("", self.path).removeprefix("models/").partition(":")
        body = {"model": name, **_camel(sent)}
        if name not in STREAMS and name not in REFUSALS:
            self.answer(404, _error(404, "NOT_FOUND", f"models/{name} is not found for API version v1beta"))
        elif method == "countTokens":
            self.answer(200, {"totalTokens": 21})
        elif name in REFUSALS:
            self.answer(*REFUSALS[name])
        elif refusal := _wrong_thinking(name, body.get("generationConfig", {}).get("thinkingConfig", {})):
            self.answer(400, _error(400, "INVALID_ARGUMENT", refusal))
        elif method == "streamGenerateContent?alt=sse":
            self.stream(STREAMS[name](body))
        elif method == "generateContent":
            self.answer(200, _whole([part for part in STREAMS[name](body) if part]))
        else:
            self.answer(404, _error(404, "NOT_FOUND", f"there is no method {method}"))


_VERSION = re.compile(r"^/v1(beta)?/")


def _camel(value: Any) -> Any:
    """A request with all its keys in camelCase."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {re.sub(r"_(\w)", lambda match: match[1].upper(), key): _camel(item) for key, item in value.items()}


def _wrong_thinking(name: str, thinking: dict[str, Any]) -> str:
    """Why a model refuses what it is told of thinking, "" where it does not."""
    level, levels = str(thinking.get("thinkingLevel", "")), _LEVELS.get(name, ((), ""))[0]
    if name == "refuses-minimal" and level:
        return "Thinking level MINIMAL is not supported for this model."
    if levels and level and level not in levels:
        return f"'{level.lower()}' is not a supported thinking level for this model."
    if name == "gemini-2.5-pro" and thinking.get("thinkingBudget") == 0:
        return "Budget 0 is invalid. This model only works in thinking mode."
    return ""


def _whole(stream: list[bytes]) -> dict[str, Any]:
    """The events of a stream as the one reply of generateContent."""
    events = [json.loads(event.removeprefix(b"data: ")) for event in stream]
    parts = [part for event in events for candidate in event.get("candidates", []) for part in candidate["content"]["parts"]]
    last = {**events[-1]["candidates"][0], "content": {"parts": parts, "role": "model"}}
    return {**events[-1], "candidates": [last]}


def _described(name: str) -> dict[str, Any]:
    methods = ["embedContent"] if "embedding" in name else ["generateContent", "countTokens"]
    thinks = {"thinking": True} if re.match(r"gemini-([3-5]|2\.5|.*latest)|gemma-4|refuses-minimal|late-usage", name) else {}
    limits = {"inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536}
    return {"name": f"models/{name}", "displayName": name, "supportedGenerationMethods": methods, **limits, **thinks}


class GeminiServer(SseServer):
    """Takes one key only."""

    handler = _Handler
