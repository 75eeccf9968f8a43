"""A real HTTP server that speaks Ollama's wire: /api/tags, /api/show, /api/embed, and /api/chat and /api/pull as NDJSON, with the failures
that occur.

What a chat or a download does is chosen by the model's name, so that one server serves a whole contract suite.
`python -m tests.servers.ollama` runs one until its standard input ends: it says its address, then the moment of every early closing.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CONTEXT = 8192
INSTALLED = {
    "gemma4:e2b": ["completion", "thinking", "vision"],
    "gemma3:4b": ["completion", "vision"],
    "llama3:8b": ["completion"],
    "embeddinggemma:latest": ["embedding"],
    "gemma4:cloud": ["completion"],
}


class _Threads(ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 128
    daemon_threads = True


class OllamaServer:
    """Use as a context manager; `url` is its address, `requests` what was asked, `closed_early` whether a client left a stream.

    `remote` are the models that it hands on, by name: `remote_host` and `remote_model`, as list and description tell them.
    `closings` are the moments (monotonic seconds) at which the server saw that.
    """

    def __init__(self, installed: dict[str, list[str]] | None = None, *, port: int = 0) -> None:
        self.installed = dict(INSTALLED if installed is None else installed)
        self.remote: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.closed_early = threading.Event()
        self.closings: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._server = _Threads(("127.0.0.1", port), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> OllamaServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go away, as a server does that is shut down."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        return type("Handler", (_Handler,), {"owner": self})


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    owner: OllamaServer

    def log_message(self, *_: object) -> None:
        """Tests want no log."""

    def do_GET(self) -> None:
        self.owner.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.path == "/api/tags":
            self.answer(200, {"models": [_listed(name) | self.owner.remote.get(name, {}) for name in self.owner.installed]})
        else:
            self.answer(404, {"error": "not found"})

    def do_POST(self) -> None:
        self.owner.headers.append({name.lower(): value for name, value in self.headers.items()})
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.owner.requests.append((self.path, body))
        name = body.get("model", "")
        if self.path == "/api/show":
            if name in self.owner.installed:
                self.answer(200, _shown(self.owner.installed[name]) | self.owner.remote.get(name, {}))
            else:
                self.answer(404, {"error": f"model '{name}' not found"})
        elif self.path == "/api/embed":
            self.answer(200, {"model": name, "embeddings": [[float(len(text)), 1.0, 0.5] for text in body["input"]]})
        elif self.path == "/api/pull":
            self.pull(name)
        else:
            self.chat(name, body)

    def answer(self, status: int, value: object) -> None:
        payload = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def chat(self, name: str, body: dict[str, Any]) -> None:
        refusal = REFUSALS.get(name)
        if refusal is not None:
            self.answer(*refusal)
            return
        self.stream(STREAMS.get(name, _good)(body))

    def pull(self, name: str) -> None:
        if not name or name.startswith("-"):
            self.answer(400, {"error": "invalid model name"})
            return
        self.stream(self.kept(name, PULLS.get(name, _pulled)(name)))

    def kept(self, name: str, lines: Iterator[bytes | None]) -> Iterator[bytes | None]:
        """The model is there before the last line says so."""
        for line in lines:
            if line == _status("success"):
                self.owner.installed[name] = ["completion", "thinking", "vision"]
            yield line

    def stream(self, lines: Iterator[bytes | None]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for line in lines:
                if line is None:  # cut the connection in the middle of the body
                    self.close_connection = True
                    return
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.owner.closings.put(time.monotonic())
            self.owner.closed_early.set()


def _listed(name: str) -> dict[str, Any]:
    return {"name": name, "model": name, "size": 3_000_000_000, "digest": "0", "details": {"family": "gemma"}}


def _shown(capabilities: list[str]) -> dict[str, Any]:
    info = {"general.architecture": "gemma4", "gemma4.context_length": CONTEXT}
    return {"model_info": info, "capabilities": capabilities, "details": {"family": "gemma4"}}


def _line(text: str = "", *, thinking: str = "", done: str = "") -> bytes:
    event: dict[str, Any] = {"model": "x", "message": {"role": "assistant", "content": text}, "done": bool(done)}
    if thinking:
        event["message"]["thinking"] = thinking
    if done:
        event |= {"done_reason": done, "prompt_eval_count": 21, "eval_count": 3}
    return json.dumps(event).encode() + b"\n"


def _good(body: dict[str, Any]) -> Iterator[bytes | None]:
    if body.get("think"):
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


def _status(status: str, digest: str = "", completed: int = 0) -> bytes:
    event: dict[str, Any] = {"status": status}
    if digest:
        event = {"status": f"pulling {digest[7:19]}", "digest": digest, "total": LAYERS[digest]}
        event |= {"completed": completed} if completed else {}  # Go leaves out what is 0
    return json.dumps(event).encode() + b"\n"


def _pulled(_: str) -> Iterator[bytes | None]:
    yield _status("pulling manifest")
    for digest, size in LAYERS.items():
        for quarter in range(5):
            yield _status("", digest, size * quarter // 4)
    for status in ("verifying sha256 digest", "writing manifest", "success"):
        yield _status(status)


def _begun(digest: str = next(iter(LAYERS))) -> list[bytes]:
    return [_status("pulling manifest"), _status("", digest, 3_000_000_000)]


def _slow_pull(_: str) -> Iterator[bytes | None]:
    yield from _begun()
    for number in range(200):
        time.sleep(0.05)
        yield _status("", next(iter(LAYERS)), 3_000_000_000 + number)


def _silent_pull(_: str) -> Iterator[bytes | None]:
    yield from _begun()
    time.sleep(3)


PULLS: dict[str, Callable[[str], Iterator[bytes | None]]] = {
    "nobody:1b": lambda _: iter([_begun()[0], b'{"error": "pull model manifest: file does not exist"}\n']),
    "disk-full": lambda _: iter([*_begun(), b'{"error": "write /models/blobs/sha256-4c27-partial: no space left on device"}\n']),
    "cut-pull": lambda _: iter([*_begun(), None]),
    "no-success": lambda _: iter(_begun()),
    "garbled-pull": lambda _: iter([*_begun(), b'{"status": "pull\n']),
    "restarts": lambda _: iter([*_begun(), _status("", next(iter(LAYERS)), 1_000), _status("success")]),
    "slow-pull": _slow_pull,
    "silent-pull": _silent_pull,
}
STREAMS: dict[str, Callable[[dict[str, Any]], Iterator[bytes | None]]] = {
    "slow": _slow,
    "counting": _counting,
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
INSTALLED_FOR_CHAT = {**INSTALLED, **{name: ["completion"] for name in (*STREAMS, *REFUSALS)}}


def _main() -> None:
    with OllamaServer(INSTALLED_FOR_CHAT) as served:
        print(served.url, flush=True)

        def tell() -> None:
            while True:
                print(served.closings.get(), flush=True)

        threading.Thread(target=tell, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    _main()
