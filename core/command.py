"""What the command lines share: one place where errors become a sentence and an exit status."""

from __future__ import annotations

import argparse
import io
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import KaedamaError, UsageError
from core.log import as_error

FAILED, USAGE, INTERRUPTED, TERMINATED = 1, 2, 130, 143
# Seconds from SIGTERM after which the process ends whatever is left: process managers kill after 10.
_END_S = 3.0
_STOPPED = "Stopped. What was finished is kept.\n"

_log = logging.getLogger(__name__)


def guarded(main: Callable[[], int]) -> int:
    """Run a command. Returns its exit status: 0 done, 1 something failed, 2 wrong usage, 130 interrupted, 143 terminated (SIGTERM)."""
    with _Termination() as termination:
        return _guarded(main, termination)


class _Terminated(KeyboardInterrupt):
    """Not the class itself: where that leaves code that was made from text, as dataclasses are, Python ends by SIGINT, caught or not."""


class _Termination:
    """Has SIGTERM end the command as Ctrl-C does, and in time. It is only for the main thread; elsewhere it does nothing."""

    def __init__(self) -> None:
        self.told = False
        self._before: Any = None

    def __enter__(self) -> _Termination:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._received)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            # What is left after a SIGTERM ends in its time; another one must not end it amid that without a word.
            signal.signal(signal.SIGTERM, signal.SIG_IGN if self.told else self._before)

    def _received(self, number: int, frame: object) -> None:
        if self.told:
            return
        self.told = True
        sys.stderr.write(_STOPPED)
        sys.stderr.flush()
        threading.Thread(target=_end, name="end", daemon=True).start()
        raise _Terminated


def _end() -> None:
    time.sleep(_END_S)
    os._exit(TERMINATED)  # a killed process loses nothing that was finished, and workers look whether their parent lives


def _guarded(main: Callable[[], int], termination: _Termination) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that has no kanji shows their numbers
    try:
        status = main()
        sys.stdout.flush()  # here, because at exit nobody could catch that the pipe is closed
        return status
    except KaedamaError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        if termination.told:
            return TERMINATED
        sys.stderr.write(_STOPPED)
        return INTERRUPTED
    except BrokenPipeError:  # our output was closed, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed
        return FAILED
    except Exception as error:  # noqa: BLE001  # nobody foresaw it: the log has where it happened, the person a sentence
        sys.stderr.write(f"{as_error(error, _log, 'the command')}\n")
        return FAILED


def add_library_options(parser: argparse.ArgumentParser, *, below: bool = False) -> None:
    """The options that say which library and which notebook. `below` a parser that has them too, what was given there stays."""
    unset: Any = argparse.SUPPRESS if below else None
    parser.add_argument("--library", type=Path, metavar="DIR", default=unset, help="the library's directory (KAEDAMA_LIBRARY)")
    parser.add_argument("--notebook", metavar="NAME", default=unset, help="the notebook (KAEDAMA_NOTEBOOK)")
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS if below else False, help="one JSON object a line instead of text"
    )


def chosen(options: argparse.Namespace) -> dict[str, object]:
    """The settings that the library options replace."""
    given = {"library": options.library.expanduser().absolute() if options.library else None, "notebook": options.notebook}
    return {name: value for name, value in given.items() if value}


def status_line(text: str) -> None:
    """A line on standard error that the next one overwrites, on terminals only; "" takes it away."""
    if sys.stderr.isatty():
        room = shutil.get_terminal_size().columns - 1  # a line that wraps could not be overwritten
        sys.stderr.write(f"\r\x1b[K{text[:room]}")
        sys.stderr.flush()
