"""The web page: `python app.py`. Settings in, objects wired, page up; nothing is decided here.

The environment is prepared before anything else is imported, because Gradio, the model hub's client and LangChain read it on import:
a page over private documents looks nothing up outside unless a model of the hub was asked for by name.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from core.command import guarded
from core.settings import prepare_environment, read_settings

prepare_environment(os.environ)

from store.embedder import open_embedder  # noqa: E402
from store.library import Library  # noqa: E402
from ui.backend import Backend  # noqa: E402
from ui.page import serve  # noqa: E402

# Seconds until a signal that woke nobody is seen.
_LOOK_S = 0.5


def main() -> int:
    """Serve the page until it is interrupted or terminated."""
    settings = read_settings(os.environ)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())

    def wait() -> None:
        sys.stderr.write(f"Kaedama is at http://{settings.host}:{settings.port} (Ctrl-C ends it).\n")
        # Looked at again and again: a signal that the system gives to another thread, or that arrives as this one falls asleep,
        # is kept by the interpreter but wakes nobody.
        while not over.wait(_LOOK_S):
            pass

    backend = Backend(Library.open(settings.library, open_embedder(settings)), settings)
    try:
        serve(backend, until=wait)
    finally:
        backend.close()
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main))
