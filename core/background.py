"""Work that runs in a thread beside its consumer: one way to hand items over, to stop, to time silence and to tell a failure.

An iterator, ordinary or asynchronous, is made and run in a daemon thread of its own. Three ways to take what it yields:

* `run` yields its items one by one and limits how long it may stay silent;
* `batches` yields, several times a second, the list of what has come since;
* `merge` runs several at once and yields the items of all as they come.

All three stop the work when they are closed or left by an error, and raise whatever error ended the work, foreseen or not, after the
items that came before it. `Task` is what they stand on: for work that nobody waits for, it hands each item to a function.

A blocked thread cannot be stopped from outside. Asynchronous work is cancelled at its next `await`; ordinary work gets the event
`stop`, looks at it as often as it should react, and is closed after the item at hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import queue
import threading
import time
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K")

# What makes the work: called once, in the thread that runs it, with the event that tells it to stop.
Make = Callable[[threading.Event], Iterable[T] | AsyncIterable[T]]

_log = logging.getLogger(__name__)

# How often a silent `run` asks `cancelled`, in seconds: a fifth of what a person notices as waiting.
_POLL_S = 0.1
# How long a consumer that leaves waits for the work to end, in seconds. Work that is blocked for longer ends by itself later.
_JOIN_S = 2.0


class SilenceError(Exception):
    """Nothing came for too long; `first` tells whether not even the first item had come. `limit_s` is the limit in seconds."""

    def __init__(self, *, first: bool, limit_s: float) -> None:
        super().__init__(f"silent for {limit_s} s")
        self.first = first
        self.limit_s = limit_s


@dataclass(frozen=True, slots=True)
class Tagged(Generic[K, T]):
    """An item of the work that is called `key`."""

    key: K
    item: T


@dataclass(frozen=True, slots=True)
class _End:
    """The work is over; `error` is what ended it before its time."""

    error: BaseException | None


class Task(Generic[T]):
    """An iterator that runs in a thread of its own, from `start` to its end or to `stop`.

    `each` gets every item and `ended`, once and last, the error that ended the work or None; both are called in that thread. An error
    of `each` counts as one of the work. After `stop` no further item is handed over, and an error that comes then is logged only.
    """

    def __init__(
        self,
        make: Make[T],
        *,
        each: Callable[[T], object],
        ended: Callable[[BaseException | None], object] = lambda error: None,
        name: str = "background",
    ) -> None:
        self._make = make
        self._each = each
        self._ended = ended
        self._stop = threading.Event()
        self._cancel: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> Task[T]:
        """Begin. Raises RuntimeError where it has begun already."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask the work to end; returns at once."""
        self._stop.set()
        self._cancel()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    @property
    def over(self) -> bool:
        """Whether the thread has ended, after `ended` was called."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end, at most `timeout_s` seconds; whether it has come."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return self.over

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            work = self._make(self._stop)
            if isinstance(work, AsyncIterable):
                self._run_async(work)
            else:
                self._run_sync(work)
        except BaseException as caught:  # noqa: BLE001  # handed to the consumer, which raises it
            error = caught
        if error is not None and self._stop.is_set():
            _log.debug("stopped work ended with %r", error, exc_info=error)
            error = None
        try:
            self._ended(error)
        except Exception:  # noqa: BLE001  # nobody is left who could be told
            _log.exception("the end of %s could not be told", self._thread.name)

    def _run_sync(self, work: Iterable[T]) -> None:
        items = iter(work)
        try:
            for item in items:
                if self._stop.is_set():
                    return
                self._each(item)
                if self._stop.is_set():
                    return
        finally:
            getattr(items, "close", lambda: None)()

    def _run_async(self, work: AsyncIterable[T]) -> None:
        loop = asyncio.new_event_loop()
        try:
            task = loop.create_task(self._pump(work))

            def cancel() -> None:
                with contextlib.suppress(RuntimeError):  # the loop has just been closed
                    loop.call_soon_threadsafe(task.cancel)

            self._cancel = cancel
            if self._stop.is_set():
                task.cancel()
            loop.run_until_complete(task)
        finally:
            # Not asyncio.run: it would wait for threads of the loop, as for a name that is still being looked up.
            try:
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()

    async def _pump(self, work: AsyncIterable[T]) -> None:
        items = aiter(work)
        try:
            async for item in items:
                if self._stop.is_set():
                    return
                self._each(item)
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()


class _Queued(Generic[T]):
    """Works whose items wait in one queue, in the order in which they came. Leaving the `with` block stops the works."""

    def __init__(self, makes: Iterable[Make[T]], *, name: str) -> None:
        self._items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        self._tasks = [
            Task(make, each=self._items.put, ended=lambda error: self._items.put(_End(error)), name=name) for make in makes
        ]
        self.running = len(self._tasks)

    def __enter__(self) -> _Queued[T]:
        for task in self._tasks:
            task.start()
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._tasks:
            task.stop()
        until = time.monotonic() + _JOIN_S
        for task in self._tasks:
            task.join(max(0.0, until - time.monotonic()))

    def get(self, timeout_s: float) -> T | _End:
        """The next item, or the end of one work. Raises queue.Empty."""
        got = self._items.get(timeout=None if math.isinf(timeout_s) else max(0.0, timeout_s))
        if isinstance(got, _End):
            self.running -= 1
        return got


def run(
    make: Make[T],
    *,
    first_s: float = math.inf,
    between_s: float = math.inf,
    cancelled: Callable[[], bool] | None = None,
    name: str = "background",
) -> Generator[T, None, None]:
    """Yield the items of the work, in order.

    Ends early, and quietly, once `cancelled` says so.

    Raises:
        SilenceError: no first item within `first_s` seconds, or no further one within `between_s`.
        Exception: what ended the work.
    """
    with _Queued([make], name=name) as queued:
        first, limit_s = True, first_s
        deadline = time.monotonic() + limit_s
        while cancelled is None or not cancelled():
            left_s = deadline - time.monotonic()
            try:
                got = queued.get(left_s if cancelled is None else min(left_s, _POLL_S))
            except queue.Empty:
                if time.monotonic() >= deadline:
                    raise SilenceError(first=first, limit_s=limit_s) from None
                continue
            if isinstance(got, _End):
                if got.error is not None:
                    raise got.error
                return
            yield got
            first, limit_s = False, between_s
            deadline = time.monotonic() + limit_s


def answer(ask: Callable[[], T], *, limit_s: float) -> T:
    """What a function gives that may block, as one that asks a dead network drive; its thread is then left behind.

    Raises:
        SilenceError: it gave nothing within `limit_s` seconds.
        Exception: what the function raised.
    """
    return next(run(lambda stop: (ask(),), first_s=limit_s, name="answer"))


def batches(make: Make[T], *, every_s: float, name: str = "background") -> Generator[list[T], None, None]:
    """Yield every `every_s` seconds what has come since, an empty list where nothing has; ends with the work.

    Raises:
        Exception: what ended the work, after the last batch.
    """
    with _Queued([make], name=name) as queued:
        end: _End | None = None
        while end is None:
            batch: list[T] = []
            until = time.monotonic() + every_s
            while end is None and (left_s := until - time.monotonic()) > 0:
                try:
                    got = queued.get(left_s)
                except queue.Empty:
                    break
                if isinstance(got, _End):
                    end = got
                else:
                    batch.append(got)
            yield batch
        if end.error is not None:
            raise end.error


def merge(makes: Mapping[K, Make[T]], *, name: str = "background") -> Generator[Tagged[K, T], None, None]:
    """Run several works at once and yield their items as they come, each with the key of its work; ends with the last of them.

    Raises:
        Exception: what ended one of the works; the others are stopped.
    """
    with _Queued([_tagged(key, make) for key, make in makes.items()], name=name) as queued:
        while queued.running:
            got = queued.get(math.inf)
            if not isinstance(got, _End):
                yield got
            elif got.error is not None:
                raise got.error


def _tagged(key: K, make: Make[T]) -> Make[Tagged[K, T]]:
    def tagged(stop: threading.Event) -> Iterator[Tagged[K, T]] | AsyncIterable[Tagged[K, T]]:
        work = make(stop)
        return _tag_async(key, work) if isinstance(work, AsyncIterable) else _tag(key, work)

    return tagged


def _tag(key: K, work: Iterable[T]) -> Iterator[Tagged[K, T]]:
    items = iter(work)
    try:
        for item in items:
            yield Tagged(key, item)
    finally:
        getattr(items, "close", lambda: None)()


async def _tag_async(key: K, work: AsyncIterable[T]) -> AsyncIterable[Tagged[K, T]]:
    items = aiter(work)
    try:
        async for item in items:
            yield Tagged(key, item)
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()
