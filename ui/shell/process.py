"""The end of the process: in time after a signal, and at once when everything is closed."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from typing import NoReturn

# Seconds from a signal after which the process ends whatever is left: process managers kill after 10 at the latest, people earlier.
_END_S = 4.0


def end_in_time() -> None:
    """From now on the process ends seconds after the first signal, whatever its threads do. To be called by the main thread."""
    told, tells = socket.socketpair()
    tells.setblocking(False)
    signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)  # written as the signal comes, not when Python looks at it

    def watch() -> None:
        with tells:  # kept open
            told.recv(1)
            time.sleep(_END_S)
            leave()

    threading.Thread(target=watch, name="end", daemon=True).start()


def leave() -> NoReturn:
    """End at once, with status 0: an ordinary end waits for threads that hang, and aborts in a library that still loads a model.

    Nothing is lost, since the library is made to be killed at any moment and parsers look whether their parent lives.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
