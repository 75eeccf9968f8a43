"""The HTTP server that the fakes stand on: a thread a connection, and clients that leave are no fault."""

from __future__ import annotations

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class Threads(ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that left, which is what many tests do; anything else is told as the library does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
