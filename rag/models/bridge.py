"""An asynchronous stream read from ordinary code, with a clock and a stop that work while nothing arrives.

A thread blocked in a socket cannot be stopped or timed from outside; an asynchronous task can. Every engine's stream therefore runs as a
task in a thread of its own and hands its items over a queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# How often a silent stream is asked whether it was cancelled, in seconds: a fifth of what a person notices as waiting.
_POLL_S = 0.1
_JOIN_S = 2.0


class SilenceError(Exception):
    """Nothing came for too long; `first` tells whether not even the first item had come. `limit_s` is the limit in seconds."""

    def __init__(self, *, first: bool, limit_s: float) -> None:
        super().__init__(f"silent for {limit_s} s")
        self.first = first
        self.limit_s = limit_s


@dataclass(frozen=True, slots=True)
class _End:
    """The stream is over; `error` is what ended it, if anything did."""

    error: BaseException | None


class _Runner(Generic[T]):
    """Runs one asynchronous iterator in a thread and queues its items."""

    def __init__(self, make: Callable[[], AsyncIterator[T]]) -> None:
        self.items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        self._make = make
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="model-stream", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._task = self._loop.create_task(self._pump())
            self._loop.run_until_complete(self._task)
        except BaseException as caught:  # noqa: BLE001  # handed to the reader, who raises it
            error = caught
        finally:
            with contextlib.suppress(RuntimeError):
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
            self.items.put(_End(error))

    async def _pump(self) -> None:
        stream = self._make()
        async for item in stream:
            self.items.put(item)

    def stop(self) -> None:
        """Cancel the stream, which closes its connection, and wait briefly for it to end."""
        if self._task is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop has just closed by itself
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(_JOIN_S)


def run_stream(
    make: Callable[[], AsyncIterator[T]], *, first_s: float, between_s: float, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[T]:
    """Yield the items of an asynchronous iterator.

    Ends early, and quietly, once `cancelled` says so. Closing this iterator, or any error, cancels the asynchronous one.

    Raises:
        SilenceError: no first item within `first_s` seconds, or no further one within `between_s`.
    """
    runner = _Runner(make)
    first, limit_s = True, first_s
    try:
        deadline = time.monotonic() + limit_s
        while not cancelled():
            try:
                item = runner.items.get(timeout=_POLL_S)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise SilenceError(first=first, limit_s=limit_s) from None
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            first, limit_s = False, between_s
            deadline = time.monotonic() + limit_s
    finally:
        runner.stop()
