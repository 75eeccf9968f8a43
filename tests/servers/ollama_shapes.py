"""The shapes of what an Ollama answers (github.com/ollama/ollama, api/types.go); a number that is 0 is left out, as Go does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

CREATED = "2026-11-27T20:18:11.457386296Z"
CONTEXT = 8192
_DIGEST = "8d19632b1e83fbd655c62991e56d86a7aec8241123967bcd52cdfea47516b166"
_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "gemma4",
    "families": ["gemma4"],
    "parameter_size": "5.1B",
    "quantization_level": "Q4_K_M",
}
_NOWHERE = {"parent_model": "", "format": "", "family": "", "families": None, "parameter_size": "", "quantization_level": ""}


def listed(name: str, capabilities: list[str], remote: dict[str, Any], *, tells: bool) -> dict[str, Any]:
    """A model of /api/tags; `tells` that the server's version lists what a model can do (0.30 and later)."""
    entry: dict[str, Any] = {"name": name, "model": name} | remote
    entry |= {"modified_at": CREATED, "size": 196 if remote else 3_000_000_000, "digest": _DIGEST}
    if remote:
        return entry | {"details": _NOWHERE}
    if not tells:
        return entry | {"details": _DETAILS}
    return entry | {"details": _DETAILS | {"context_length": CONTEXT, "embedding_length": 640}, "capabilities": capabilities}


def shown(name: str, capabilities: list[str], remote: dict[str, Any], *, parameters: bool) -> dict[str, Any]:
    """A model of /api/show."""
    shown: dict[str, Any] = {"modelfile": f"FROM {name}"} | ({"parameters": "temperature 1"} if parameters and not remote else {})
    shown |= {"template": "{{ .Prompt }}"}
    if remote:
        return shown | {"details": _NOWHERE} | remote | {"model_info": {}, "modified_at": CREATED}
    info = {"general.architecture": "gemma4", "gemma4.context_length": CONTEXT}
    tensors = [{"name": "token_embd.weight", "type": "Q8_0", "shape": [640, 262144]}]
    told = {"model_info": info, "tensors": tensors, "capabilities": capabilities, "modified_at": CREATED}
    return shown | {"details": _DETAILS} | told


def loaded(name: str, window: int) -> dict[str, Any]:
    """A model of /api/ps."""
    entry = {"name": name, "model": name, "size": 287_246_908, "digest": _DIGEST, "details": _DETAILS}
    return entry | {"expires_at": CREATED, "size_vram": 0, "context_length": window}


def line_of(name: str, text: str = "", *, thinking: str = "") -> bytes:
    """A line of a chat before its last."""
    message = {"role": "assistant", "content": text} | ({"thinking": thinking} if thinking else {})
    return _encoded({"model": name, "created_at": CREATED, "message": message, "done": False})


def final(name: str, reason: str, *, read: int = 0, written: int = 0, text: str = "") -> bytes:
    """The last line of a chat. Nanoseconds; a load that was none takes some all the same."""
    event: dict[str, Any] = {"model": name, "created_at": CREATED, "message": {"role": "assistant", "content": text}}
    event |= {"done": True, "done_reason": reason}
    if reason not in ("load", "unload"):
        counts = {"prompt_eval_count": read, "prompt_eval_duration": read * 1_000_000, "eval_count": written}
        counts |= {"eval_duration": 332_363_000}
        if not written:  # nothing was read anew
            del counts["prompt_eval_duration"]
        durations = {"total_duration": 382_498_947, "load_duration": 250_000_000}
        event |= durations | {key: value for key, value in counts.items() if value}
    return _encoded(event)


def doubled(code: int, message: str, kind: str, **counts: int) -> dict[str, str]:
    """A refusal of the runner's, as 0.32 wraps it."""
    return {"error": json.dumps({"error": {"code": code, "message": message, "type": kind, **counts}})}


def babble(body: dict[str, Any], *, read: int) -> Iterator[bytes]:
    """What an untrained model says: it goes on until a stop word or the limit, in its thoughts where it thinks."""
    name, options = str(body["model"]), body.get("options") or {}
    limit = int(options.get("num_predict", 24))
    limit = limit if limit > 0 else int(options.get("num_ctx", 256)) - read
    words = ["Say", " hello", " in", " English", "."]
    if body.get("stream", True) is False:
        yield final(name, "length", read=read, written=limit, text=" ".join(words))
        return
    for number in range(limit):
        word = words[number % len(words)]
        if any(stop in word for stop in options.get("stop") or []):
            yield final(name, "stop", read=read, written=number)
            return
        yield line_of(name, thinking=word) if body["thinks"] else line_of(name, word)
    yield final(name, "length", read=read, written=limit)


def _encoded(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"
