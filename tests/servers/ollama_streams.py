"""What the scripted models of the Ollama of the tests stream, by their names: answers, downloads, and the failures that occur."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.servers.ollama_shapes import final, line_of

# As fast as a small model writes on a good graphics card: 50 pieces a second.
PACE_S = 0.02


def _line(text: str = "", *, thinking: str = "", done: str = "") -> bytes:
    if done:
        return line_of("x", text) if text else final("x", done, read=21, written=3)
    return line_of("x", text, thinking=thinking)


def good(body: dict[str, Any]) -> Iterator[bytes | None]:
    if body["thinks"]:
        yield _line(thinking="Let me see. ")
        yield _line(thinking="Yes.")
    for piece in ("The answer ", "is 30 seconds ", "[1]."):
        yield _line(piece)
    yield _line(done="stop")


def _slow(_: dict[str, Any]) -> Iterator[bytes | None]:
    for _number in range(200):
        yield _line("word ")
        time.sleep(0.05)
    yield _line(done="stop")


def _counting(_: dict[str, Any]) -> Iterator[bytes | None]:
    for number in range(100):
        yield _line(f"{number} ")
        time.sleep(0.002)
    yield _line(done="stop")


def _long(_: dict[str, Any]) -> Iterator[bytes | None]:
    """5,000 characters in 250 pieces, one every PACE_S seconds."""
    said = (
        f"Point {n} says that Gemma 4 E2B hears audio of up to {n} seconds at once [{n % 5 + 1}].{chr(10) * 2 * (n % 4 == 0)} "
        for n in range(99)
    )
    text = "".join(said)[:5_000]
    for start in range(0, len(text), 20):
        yield _line(text[start : start + 20])
        time.sleep(PACE_S)
    yield _line(done="stop")


def _drafter(body: dict[str, Any]) -> Iterator[bytes | None]:
    """A question about the passage that it is shown, whose answer are the passage's last word and number; chatter where there is none."""
    passage = str(body["messages"][-1]["content"])
    found = re.search(r"\d+ \w+(?=\.\n</passage>)", passage)
    said = json.dumps({"question": "How much is it?", "answer": found[0]}) if found else "There is nothing to ask about {this}."
    for piece in ("```json\n", said[:9], said[9:], "\n```"):
        yield _line(piece)
    yield _line(done="stop")


def _silent(_: dict[str, Any]) -> Iterator[bytes | None]:
    time.sleep(3)
    yield _line(done="stop")


def _stalls(_: dict[str, Any]) -> Iterator[bytes | None]:
    yield _line("Half ")
    time.sleep(3)
    yield _line(done="stop")


def _split_lines(_: dict[str, Any]) -> Iterator[bytes | None]:
    for byte in _line("日本") + _line("語") + _line(done="stop"):
        yield bytes([byte])


def _leaks(_: dict[str, Any]) -> Iterator[bytes | None]:
    for piece in ("<|chan", "nel>thought\nLet me see.", "<chann", "el|>", "30 ", "seconds <"):
        yield _line(piece)
    yield _line(done="stop")


# Layers of a model as its registry has them: the weights, then the licence and the parameters. Digest and bytes.
LAYERS = {"sha256:4c27e0f5b5adf02a": 7_162_394_016, "sha256:7339fa418c9ad3e8": 11_355, "sha256:56380ca2ab89f1f6": 42}


def status(status: str, digest: str = "", completed: int = 0) -> bytes:
    event: dict[str, Any] = {"status": status}
    if digest:
        event = {"status": f"pulling {digest[7:19]}", "digest": digest, "total": LAYERS[digest]}
        event |= {"completed": completed} if completed else {}  # Go leaves out what is 0
    return json.dumps(event).encode() + b"\n"


def pulled(_: str) -> Iterator[bytes | None]:
    yield status("pulling manifest")
    for digest, size in LAYERS.items():
        for quarter in range(5):
            yield status("", digest, size * quarter // 4)
    for said in ("verifying sha256 digest", "writing manifest", "success"):
        yield status(said)


def _begun(digest: str = next(iter(LAYERS))) -> list[bytes]:
    return [status("pulling manifest"), status("", digest, 3_000_000_000)]


def _slow_pull(_: str) -> Iterator[bytes | None]:
    yield from _begun()
    for number in range(200):
        time.sleep(0.05)
        yield status("", next(iter(LAYERS)), 3_000_000_000 + number)


def _silent_pull(_: str) -> Iterator[bytes | None]:
    yield from _begun()
    time.sleep(3)


PULLS: dict[str, Callable[[str], Iterator[bytes | None]]] = {
    "nobody:1b": lambda _: iter([_begun()[0], b'{"error": "pull model manifest: file does not exist"}\n']),
    "disk-full": lambda _: iter([*_begun(), b'{"error": "write /models/blobs/sha256-4c27-partial: no space left on device"}\n']),
    "cut-pull": lambda _: iter([*_begun(), None]),
    "no-success": lambda _: iter(_begun()),
    "garbled-pull": lambda _: iter([*_begun(), b'{"status": "pull\n']),
    "restarts": lambda _: iter([*_begun(), status("", next(iter(LAYERS)), 1_000), status("success")]),
    "slow-pull": _slow_pull,
    "silent-pull": _silent_pull,
}
STREAMS: dict[str, Callable[[dict[str, Any]], Iterator[bytes | None]]] = {
    "slow": _slow,
    "counting": _counting,
    "drafter": _drafter,
    "long": _long,
    "silent": _silent,
    "stalls": _stalls,
    "split": _split_lines,
    "leaks": _leaks,
    "length": lambda _: iter([_line("Half an"), _line(done="length")]),
    "no-flag": lambda _: iter([_line("Half "), _line(done="stop").replace(b'"done": true', b'"done": false')]),
    "endless": lambda _: (_line("word ") for _number in range(1_000_000)),
    "one-line": lambda _: (b"x" * 65_536 for _number in range(1_000)),
    "no-done": lambda _: iter([_line("Half ")]),
    "cut": lambda _: iter([_line("Half "), None]),
    "garbled": lambda _: iter([_line("Half "), b'{"message": {"con\n']),
    "error-in-stream": lambda _: iter([_line("Half "), b'{"error": "model runner has unexpectedly stopped"}\n']),
}
REFUSALS: dict[str, tuple[int, dict[str, str]]] = {
    "gone": (404, {"error": "model 'gone' not found"}),
    "too-long": (400, {"error": "the prompt is longer than the context length currently available to the model; ..."}),
    "busy": (503, {"error": "server busy, please try again.  maximum pending requests exceeded"}),
    "no-thinking": (400, {"error": '"no-thinking" does not support thinking'}),
    "quota": (429, {"error": "you've reached your hourly usage limit"}),
    "signed-out": (401, {"error": "unauthorized", "signin_url": "https://ollama.com/connect?name=box"}),
    "no-memory": (500, {"error": "model requires 6.9 GiB but only 4.8 GiB are available"}),
}
