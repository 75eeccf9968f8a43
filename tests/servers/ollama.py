"""A real HTTP server that speaks Ollama's wire: /api/tags, /api/show, /api/embed, and /api/chat and /api/pull as NDJSON, with the failures
that occur.

What a chat or a download does is chosen by the model's name, so that one server serves a whole contract suite.
`python -m tests.servers.ollama` runs one until its standard input ends: it says its address, then the moment of every early closing.
"""

from __future__ import annotations

import itertools
import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.servers.ollama_openai import openai_completion, openai_error, openai_events, openai_models, openai_vectors
from tests.servers.ollama_rules import DEFAULT_WINDOW, embedding, read_tokens, refused
from tests.servers.ollama_shapes import babble, final, listed, loaded, shown
from tests.servers.ollama_streams import PULLS, REFUSALS, STREAMS, good, pulled, status
from tests.servers.threads import Threads

INSTALLED = {
    "gemma4:e2b": ["completion", "thinking", "vision"],
    "gemma3:4b": ["completion", "vision"],
    "llama3:8b": ["completion"],
    "embeddinggemma:latest": ["embedding"],
    "gemma4:cloud": ["completion"],
}


class OllamaServer:
    """Use as a context manager; `url` is its address, `requests` what was asked, `closed_early` whether a client left a stream.

    `remote` are the models that it hands on, by name: `remote_host` and `remote_model`, as list and description tell them.
    `adapters` are models with a LoRA adapter, `untrained` those that babble, `bare` those without parameters; `loaded` has the windows of
    the loaded ones, `loads` how often one was loaded; `dying` kills the runner in the next answer; `offline`: nothing can be downloaded.
    `closings` are the moments (monotonic seconds) at which the server saw that.
    """

    def __init__(self, installed: dict[str, list[str]] | None = None, *, port: int = 0, version: str = "0.32.15") -> None:
        self.installed = dict(INSTALLED if installed is None else installed)
        self.version = version
        self.remote: dict[str, dict[str, Any]] = {}
        self.adapters: set[str] = set()
        self.untrained: set[str] = set()
        self.bare: set[str] = set()
        self.loaded: dict[str, int] = {}
        self.loads = 0
        self.dying = threading.Event()
        self.offline = False
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.closed_early = threading.Event()
        self.closings: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._server = Threads(("127.0.0.1", port), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def new(self) -> bool:
        """Whether models run in llama.cpp's server (0.30 and later)."""
        return not self.version.startswith("0.2")

    def known(self, name: str) -> str:
        """The name under which a model is installed, "" where it is not."""
        return next((full for full in (name, f"{name}:latest") if full in self.installed), "")

    def load(self, name: str, window: int) -> None:
        """A model is loaded with a window, unless it is."""
        if self.loaded.get(name) != window:
            self.loaded[name] = window
            self.loads += 1

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
        self.headers_seen()
        if self.foreign():
            return
        texts = {"/": (200, "Ollama is running"), "/api/chat": (405, "405 method not allowed")}
        owner = self.owner
        values: dict[str, Callable[[], object]] = {
            "/api/version": lambda: {"version": owner.version},
            "/api/status": lambda: {"cloud": {"disabled": False, "source": "none"}},
            "/api/tags": lambda: {
                "models": [
                    listed(name, able, owner.remote.get(name, {}), tells=owner.new) for name, able in owner.installed.items()
                ]
            },
            "/api/ps": lambda: {"models": [loaded(name, window) for name, window in owner.loaded.items()]},
            "/v1/models": lambda: openai_models(list(owner.installed)),
        }
        if self.path in values:
            self.answer(200, values[self.path]())
        else:
            self.answer_text(*texts.get(self.path, (404, "404 page not found")))

    def do_DELETE(self) -> None:
        body = self.body()
        name = self.owner.known(body.get("model", "")) if body is not None else ""
        if not name:
            self.answer(404, {"error": f"model '{(body or {}).get('model', '')}' not found"})
            return
        del self.owner.installed[name]
        self.answer_text(200, "")

    def do_POST(self) -> None:
        self.headers_seen()
        if self.foreign():
            return
        body = self.body()
        if body is None:
            return
        self.owner.requests.append((self.path, body))
        name = str(body.get("model") or body.get("name") or "")
        routes: dict[str, Callable[[str, dict[str, Any]], None]] = {
            "/api/show": self.show,
            "/api/embed": self.embed,
            "/api/pull": lambda name, body: self.pull(name),
            "/api/copy": self.copy,
            "/api/create": self.create,
            "/api/chat": self.chat,
            "/v1/chat/completions": self.complete,
            "/v1/embeddings": self.embed_openai,
        }
        if self.path in routes:
            routes[self.path](name, body)
        else:
            self.answer_text(404, "404 page not found")

    def headers_seen(self) -> None:
        self.owner.headers.append({name.lower(): value for name, value in self.headers.items()})

    def foreign(self) -> bool:
        """Whether another page's script asks, or a name of another machine is asked for: such a request is refused without a word."""
        own = ("127.0.0.1", "localhost")
        host = self.headers.get("Host", "").partition(":")[0]
        origin = self.headers.get("Origin", "")
        if host in own and (not origin or any(name in origin for name in own)):
            return False
        self.answer_text(403, "")
        return True

    def body(self) -> dict[str, Any] | None:
        """The request, or None where it was refused."""
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            value: dict[str, Any] = json.loads(text)
        except ValueError:
            self.answer(400, {"error": "unexpected EOF" if text else "missing request body"})
            return None
        return value

    def answer_text(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def answer(self, status: int, value: object) -> None:
        payload = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def show(self, name: str, _: dict[str, Any]) -> None:
        full = self.owner.known(name)
        if not full:
            self.answer(404, {"error": f"model '{name}' not found"})
            return
        owner = self.owner
        self.answer(200, shown(full, owner.installed[full], owner.remote.get(full, {}), parameters=full not in owner.bare))

    def embed(self, name: str, body: dict[str, Any]) -> None:
        status, value = embedding(self.owner, name, body)
        self.answer(status, value)

    def embed_openai(self, name: str, body: dict[str, Any]) -> None:
        status, value = embedding(self.owner, name, body)
        self.answer(status, openai_vectors(name, value) if status == 200 else openai_error(status, value["error"]))

    def copy(self, _: str, body: dict[str, Any]) -> None:
        self.owner.installed[body["destination"]] = self.owner.installed[body["source"]]
        self.answer_text(200, "")

    def create(self, name: str, body: dict[str, Any]) -> None:
        self.owner.installed[name] = ["completion"]
        self.owner.remote[name] = {
            "remote_model": str(body["from"]).removesuffix("-cloud"),
            "remote_host": f"{body['remote_host']}:11434",
        }
        self.stream(iter([status("writing manifest"), status("success")]))

    def chat(self, name: str, body: dict[str, Any]) -> None:
        refusal = REFUSALS.get(name) or refused(self.owner, name, body)
        if refusal is not None:
            self.answer(*refusal)
            return
        full = self.owner.known(name)
        window = int((body.get("options") or {}).get("num_ctx", DEFAULT_WINDOW))
        if not body.get("messages"):
            unload = body.get("keep_alive") == 0
            self.owner.loaded.pop(full, None) if unload else self.owner.load(full, window)
            self.answer(200, json.loads(final(name, "unload" if unload else "load")))
            return
        self.owner.load(full, window)
        body["thinks"] = body.get("think", True) is not False and "thinking" in self.owner.installed.get(full, [])
        read = read_tokens(body, window, new=self.owner.new)
        lines: Iterator[bytes | None] = babble(body, read=read) if full in self.owner.untrained else STREAMS.get(name, good)(body)
        if not self.owner.new and read == window and body.get("shift") is False:
            lines = iter([final(name, "length", read=read)])
        self.stream(self.killed(lines) if self.owner.dying.is_set() else lines)

    def complete(self, name: str, body: dict[str, Any]) -> None:
        full = self.owner.known(name)
        if not full:
            self.answer(404, openai_error(404, f"model '{name}' not found"))
        elif body.get("stream"):
            thinks = body.get("reasoning_effort") != "none" and "thinking" in self.owner.installed[full]
            self.stream(openai_events(name, body, thinks=thinks))
        else:
            self.answer(200, openai_completion(name))

    def killed(self, lines: Iterator[bytes | None]) -> Iterator[bytes | None]:
        """The runner dies in the middle."""
        self.owner.dying.clear()
        yield from itertools.islice(lines, 5)
        yield b'{"error":"an error was encountered while running the model: unexpected EOF"}\n'

    def pull(self, name: str) -> None:
        if not name or name.startswith(("-", ".")):
            self.answer(400, {"error": "invalid model name"})
            return
        if self.owner.offline:
            lost = b'{"error": "pull model manifest: Get https://registry.ollama.ai: dial tcp: no such host"}\n'
            self.stream(iter([status("pulling manifest"), lost]))
            return
        self.stream(self.kept(name, PULLS.get(name, pulled)(name)))

    def kept(self, name: str, lines: Iterator[bytes | None]) -> Iterator[bytes | None]:
        """The model is there before the last line says so."""
        for line in lines:
            if line == status("success"):
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
