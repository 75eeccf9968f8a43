"""A new embedder takes over a library while it is used: questions are answered by the old one until the vectors of the new one are whole."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

from core.background import Task
from core.log import as_error
from core.settings import Settings
from service.job_states import JobState, Kind
from store.embedding.embedder import Embedder, open_embedder
from store.library import Library

_log = logging.getLogger(__name__)
# A step of the embedder that is at work is not waited for longer than this when the application ends, in seconds.
_CLOSE_S = 2.0


def hold_back(library: Library, settings: Settings) -> Embedder | None:
    """Have a library that another embedder made searched by that one. Returns the one that is to take over, None where all agrees."""
    record = library.catalog.vectors.embedder()
    if record is None or record.signature == library.embedder.signature:
        return None
    successor = library.embedder
    library.embedder = open_embedder(replace(settings, embedder=record.signature))
    return successor


class Takeover:
    """Makes the vectors of `successor` beside everything else. What was made is kept: the next start goes on from there.

    `state` tells how far it is; `stop` ends it for this run of the program.
    """

    def __init__(self, library: Library, successor: Embedder) -> None:
        self.state = JobState(0, Kind.TAKEOVER, successor.signature)
        self.over = threading.Event()
        self.shown = True
        self._library = library
        self._successor = successor
        self._task = Task(self._make, each=self._switched, ended=self._ended, name="takeover")

    def start(self) -> None:
        """Begin."""
        self.state = replace(self.state, begun=time.monotonic())
        self._task.start()

    def stop(self) -> None:
        """Stop after the step at hand."""
        self._task.stop()

    def dismiss(self) -> None:
        """Show it no longer, once it is over."""
        self.shown = not self.over.is_set()

    def close(self) -> None:
        """Stop, and wait for the step at hand."""
        self._task.stop()
        self._task.join(_CLOSE_S)

    def _make(self, stop: threading.Event) -> Iterator[bool]:
        old, new = self._library.embedder.signature, self._successor.signature
        _log.warning("the library is embedded again with %s; until that is done it is searched by %s", new, old)
        yield bool(self._library.re_embed(self._successor, progress=self._tell, cancelled=stop.is_set))

    def _switched(self, whole: bool) -> None:  # noqa: FBT001  # an item of the task
        self.state = replace(self.state, stopped=not whole)
        if whole:
            _log.warning("the library is searched by %s now", self._successor.signature)

    def _ended(self, error: BaseException | None) -> None:
        told = as_error(error, _log, "the takeover") if error is not None else None
        if told is not None:  # the old vectors are searched as before; the next start tries again
            _log.warning("the library could not be embedded again: %s", told)
        self.state = replace(self.state, over=True, error=told)
        self.over.set()

    def _tell(self, done: int, total: int) -> None:
        self.state = replace(self.state, done=done, total=total).marked(time.monotonic())
