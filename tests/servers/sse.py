"""What the servers of OpenAI's and Gemini's wire share: a real HTTP server whose streams are server-sent events.

What a question does is chosen by the model's name, so that one server serves a whole contract suite.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from tests.servers.threads import Threads

END_OF_EVENT = b"\n\n"


class SseServer:
    """Use as a context manager; `url` is its address, `requests` what was asked, `closed_early` whether a client left a stream."""

    handler: type[SseHandler]

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.closed_early = threading.Event()
        self._server = Threads(("127.0.0.1", 0), type("Handler", (self.handler,), {"owner": self}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class SseHandler(BaseHTTPRequestHandler):
    """Answers one connection. Subclasses say what to a GET and to a POST."""

    protocol_version = "HTTP/1.1"
    owner: SseServer

    def log_message(self, *_: object) -> None:
        """Tests want no log."""

    def body(self) -> dict[str, Any]:
        """The request's JSON, noted."""
        length = int(self.headers.get("Content-Length") or 0)
        value: dict[str, Any] = json.loads(self.rfile.read(length)) if length else {}
        self.owner.requests.append((self.path, {name.lower(): text for name, text in self.headers.items()}, value))
        return value

    def answer(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        """A whole JSON reply."""
        payload = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(payload)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(payload)

    def stream(self, parts: Iterator[bytes | None]) -> None:
        """A chunked reply; None cuts the connection in the middle of it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in parts:
                if part is None:
                    self.close_connection = True
                    return
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.owner.closed_early.set()


def data(value: object, end: bytes = END_OF_EVENT) -> bytes:
    """One event; characters stand in it as themselves, as servers send them."""
    return b"data: " + (value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()) + end
