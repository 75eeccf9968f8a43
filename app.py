"""The web page: `python app.py`. Settings in, objects wired, page up; nothing is decided here.

The environment is prepared before anything else is imported, because Gradio, the model hub's client and LangChain read it on import:
a page over private documents looks nothing up outside unless a model of the hub was asked for by name.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import NoReturn

from core.command import guarded
from core.log import configure
from core.settings import prepare_environment, read_settings, without_proxies

prepare_environment(os.environ)
with without_proxies(os.environ):
    import gradio  # noqa: F401

from service.app import Application  # noqa: E402
from ui.page import look, page, routes  # noqa: E402
from ui.shell.process import end_in_time, leave  # noqa: E402
from ui.shell.server import run, url  # noqa: E402
from ui.shell.site import build  # noqa: E402

# Seconds until a signal that woke nobody is seen.
_LOOK_S = 0.25


def main() -> NoReturn:
    """Serve the page until it is interrupted or terminated."""
    settings = read_settings(os.environ)
    configure(settings.log)
    # A plain list, since a handler may be interrupted by itself (make passes on the signal that the terminal has sent already), and an
    # event that is being set does not bear being set.
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: received.append(number))

    end_in_time()

    def wait() -> None:
        sys.stderr.write(f"Kaedama is at {url(settings.host, settings.port)} (Ctrl-C ends it).\n")
        # Looked at again and again: a signal that the system gives to another thread, or that arrives as this one falls asleep,
        # is kept by the interpreter but wakes nobody.
        while not received:
            time.sleep(_LOOK_S)

    application = Application.open(settings)
    os.environ["GRADIO_TEMP_DIR"] = str(application.uploads.incoming)  # read when the page is made and at each upload
    try:
        site = build(page(application), settings, uploads=application.uploads, look=look(), routes=routes(application))
        run(site, settings.host, settings.port, started=application.start, until=wait)
    except BaseException:
        application.close()
        raise
    application.close()
    leave()


if __name__ == "__main__":
    sys.exit(guarded(main))
