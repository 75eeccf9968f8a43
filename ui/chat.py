"""The conversation: from a question in the box to a growing answer on the page, and the same for programs over the API.

The answer is made in a thread of its own and the page looks at it twenty times a second: so a long answer stays smooth, what is
waited for can be said while nothing comes, and Stop takes effect at once, even while an engine is still reading its prompt.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from core.errors import KaedamaError
from core.types import Turn
from rag.compare import CompareEvent
from rag.events import Event, Failed, Text, Thought, to_json
from rag.models.base import Thinking
from rag.planner import Mode
from ui.backend import Backend, Wish
from ui.comparison import Comparison
from ui.exchange import Exchange, Waiting
from ui.panels import JobView

T = TypeVar("T")

_LOOK_S = 0.05
# Earlier exchanges handed to the pipeline, which shortens further as the window demands.
_MEMORY = 6


@dataclass(frozen=True, slots=True)
class Held:
    """A question that waits for leave to be sent to `places`; `instead_of` is the number of the exchange that it asks again."""

    question: str
    places: tuple[str, ...]
    instead_of: int = 0


@dataclass(slots=True)
class Conversation:
    """What one session has asked, which documents it leaves out, and its uploads. Lives in a gr.State, so no two tabs share one."""

    exchanges: list[Exchange] = field(default_factory=list)
    left_out: set[int] = field(default_factory=set)
    model: str = ""
    think: Thinking = Thinking.AUTO
    mode: Mode = Mode.AUTO
    # Who may be sent something, as this session was asked and answered.
    allowed: set[str] = field(default_factory=set)
    held: Held | None = None
    held_comparison: Held | None = None
    jobs: list[JobView] = field(default_factory=list)
    picked: list[str] | None = None
    blind: bool = False
    comparison: Comparison | None = None

    @property
    def last(self) -> Exchange | None:
        """The exchange that was begun last."""
        return self.exchanges[-1] if self.exchanges else None

    def wish(self, sources: Sequence[int] | None, *, alone: bool = False) -> Wish:
        """How this session asks now; a comparison stands `alone`, without the turns before it."""
        chosen = None if sources is None else tuple(sources)
        return Wish(() if alone else tuple(self.history()), chosen, self.think, self.mode, frozenset(self.allowed))

    def history(self) -> list[Turn]:
        """Answered exchanges, for a follow-up."""
        turns = [exchange.turn() for exchange in self.exchanges]
        return [turn for turn in turns if turn is not None][-_MEMORY:]

    def begin(self, question: str) -> Exchange:
        """A new exchange at the end."""
        number = self.exchanges[-1].number + 1 if self.exchanges else 1
        exchange = Exchange(number, question)
        self.exchanges.append(exchange)
        return exchange


class Pump(Generic[T]):
    """Runs an iterator of events in a thread and hands them over in batches; an error of ours arrives as `Failed`.

    Leaving the `with` block stops it.
    """

    def __init__(self, make: Callable[[Callable[[], bool]], Iterator[T]]) -> None:
        self._make = make
        self._stop = threading.Event()
        self._events: queue.SimpleQueue[T | Failed | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="answer", daemon=True)

    def __enter__(self) -> Pump[T]:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _run(self) -> None:
        events = self._make(self._stop.is_set)
        try:
            for event in events:
                self._events.put(event)
                if self._stop.is_set():
                    break
        except KaedamaError as error:
            self._events.put(Failed(error, ""))
        finally:
            # Closing a generator closes the engine's stream; only the thread that runs it may do so.
            getattr(events, "close", lambda: None)()
            self._events.put(None)

    def batches(self) -> Iterator[list[T | Failed]]:
        """What has come since the last look, empty where nothing has; ends with the iterator."""
        over = False
        while not over:
            batch: list[T | Failed] = []
            until = time.monotonic() + _LOOK_S
            while not over and (left := until - time.monotonic()) > 0:
                try:
                    event = self._events.get(timeout=left)
                except queue.Empty:
                    break
                over = event is None
                if event is not None:
                    batch.append(event)
            yield batch


class Stops:
    """Which sessions have an answer running, and the way to stop it."""

    def __init__(self) -> None:
        self._running: dict[str, threading.Event] = {}
        self._guard = threading.Lock()

    def begin(self, session: str) -> threading.Event | None:
        """A flag for a new answer of the session, or None while another one runs."""
        with self._guard:
            if session in self._running:
                return None
            return self._running.setdefault(session, threading.Event())

    def end(self, session: str) -> None:
        """The session's answer is over."""
        with self._guard:
            self._running.pop(session, None)

    def stop(self, session: str) -> None:
        """Stop the session's answer, if one runs."""
        with self._guard:
            flag = self._running.get(session)
        if flag is not None:
            flag.set()


def converse(
    backend: Backend, conversation: Conversation, exchange: Exchange, *, sources: Sequence[int] | None, stop: threading.Event
) -> Generator[bool, None, None]:
    """Fill `exchange`; yields whenever the page should be drawn again, the last time when it is complete."""
    wish, model = conversation.wish(sources), conversation.model

    def make(stopped: Callable[[], bool]) -> Iterator[Event | Waiting]:
        return backend.answer(exchange.question, model=model, wish=wish, stopped=stopped)

    drawn = -1
    try:
        with Pump(make) as pump:
            for batch in pump.batches():
                for event in batch:
                    exchange.take(event)
                if stop.is_set() and exchange.running:
                    exchange.stop()
                    break
                # Seconds of thinking go on while nothing comes.
                tick = int(exchange.thinking_seconds * 2)
                if batch or tick != drawn:
                    drawn = tick
                    yield True
    finally:  # also where the page goes away in the middle
        if exchange.running:
            exchange.close()
    yield True


def contrast(backend: Backend, comparison: Comparison, wish: Wish, stop: threading.Event) -> Generator[bool, None, None]:
    """Fill `comparison`; yields whenever the page should be drawn again, the last time when it is complete."""
    models = [column.name for column in comparison.columns]

    def make(stopped: Callable[[], bool]) -> Iterator[CompareEvent | Waiting]:
        return backend.compare(comparison.question, models=models, wish=wish, stopped=stopped)

    try:
        with Pump(make) as pump:
            for batch in pump.batches():
                for event in batch:
                    comparison.take(event)
                if stop.is_set() and comparison.running:
                    comparison.stop()
                    break
                if batch:
                    yield True
    finally:
        comparison.close()
    yield True


def ask_endpoint(backend: Backend) -> Callable[[str, str, bool], Iterator[dict[str, Any]]]:
    """The function behind the API endpoint /ask."""

    def ask(question: str, model: str = "", send_away: bool = False) -> Iterator[dict[str, Any]]:  # noqa: FBT001  # an API
        """Answer a question about the documents; each message holds all that is known so far.

        Keys: answer, citations [{n, source, page, label, start, end, quote}], verdicts, outcome (null until the end), error
        (null, or {code, message}), events (all but the pieces of text). `model` is a name from the page's list;
        empty means the best one. Without `send_away` a model that answers elsewhere is refused.
        """
        exchange = Exchange(1, question)
        wish = Wish(allowed=backend.models.places() if send_away else frozenset())
        events: list[dict[str, object]] = []
        with Pump(lambda stopped: backend.answer(question, model=model, wish=wish, stopped=stopped)) as pump:
            for batch in pump.batches():
                for event in batch:
                    exchange.take(event)
                    if not isinstance(event, Waiting | Text | Thought):
                        events.append(to_json(event))
                if batch and exchange.running:
                    yield _plain(exchange, events)
        if exchange.running:
            exchange.close()
        yield _plain(exchange, events)

    return ask


def _plain(exchange: Exchange, events: list[dict[str, object]]) -> dict[str, Any]:
    error = exchange.error
    return {
        "answer": exchange.text,
        "citations": [
            {
                "n": one.n,
                "source": one.source,
                "page": one.page,
                "label": one.label,
                "start": one.start,
                "end": one.end,
                "quote": one.quote,
            }
            for one in exchange.citations
        ],
        "verdicts": [
            {"sentence": one.sentence, "support": one.support.value, "cited": list(one.cited)} for one in exchange.verdicts
        ],
        "outcome": exchange.outcome.value if exchange.outcome else None,
        "error": {"code": error.code, "message": str(error)} if error is not None else None,
        "events": list(events),
    }
