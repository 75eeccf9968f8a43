"""What the model seam costs: the first word through the product beside a bare HTTP client, many streams at once, and how soon Stop arrives.

The server is the scripted one of the tests, which speaks Ollama's wire and answers at once, in a process of its own. A moment that the
server tells is comparable with ours: both read the machine's one monotonic clock.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import httpx

from core.errors import MeasurementFailed
from core.settings import ROOT, Settings
from core.types import Engine, ModelName
from evals.metrics import quantile
from evals.retrieval import NOTEBOOK, filled_library
from evals.scripted import LIMIT_S, scripted_server, server_missing
from evals.sets import Doc
from rag.events import Text, Usage
from rag.models.base import AnswerModel, GenerationOptions, Thinking
from rag.models.listing import open_model
from rag.pipeline import AnswerPipeline
from rag.plan.planner import Prepared, Scope
from store.embedding.embedder import Embedder

# The median of so many first words; of an odd number it is one of them.
REPEATS = 51
_STREAMS = 50
_STOPS = 10
# Names of the scripted server: answers at once; counts to 100; a word every 50 ms.
_QUICK, _COUNTING, _SLOW = "gemma3:4b", "counting", "slow"
_COUNTED = [f"{number} " for number in range(100)]
_DOC = Doc("audio", "en", "Audio", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
_QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
Json = dict[str, object]
Progress = Callable[[str], None]


def measure_overhead(settings: Settings, embedder: Embedder, *, repeats: int, say: Progress) -> Json:
    """First words in milliseconds (medians, taken in turn), events of many streams that came and that were lost, seconds to a stop.

    Raises:
        KaedamaError: the scripted server does not start.
    """
    if reason := server_missing(ROOT):
        return {"left_out": reason}
    say(f"the model seam: {repeats} first words, {_STREAMS} streams at once, {_STOPS} stops")
    with scripted_server() as (url, closed), filled_library([_DOC], settings, embedder) as library:
        settings = replace(settings, ollama_url=url)
        pipeline = AnswerPipeline(library, settings)
        seam = _Seam(url, settings, pipeline, closed)
        return {"first word ms": seam.first_words(repeats), "at once": seam.at_once(), "stop s": seam.stops()}


@dataclass(frozen=True, slots=True)
class _Seam:
    """The product in front of the scripted server; `closed` are the moments at which the server saw a connection close."""

    url: str
    settings: Settings
    pipeline: AnswerPipeline
    closed: queue.SimpleQueue[str]

    def first_words(self, repeats: int) -> Json:
        """Medians of the bare client and of the pipeline's reply, and the distance between the two."""
        model = self._open(_QUICK)
        made = self._prepared(model)
        spent: dict[str, list[float]] = {"bare client": [], "pipeline": []}
        with httpx.Client(timeout=LIMIT_S, trust_env=False) as client:  # kept open, as no client of ours is: the strictest measure
            ways: dict[str, Callable[[], Iterator[object]]] = {
                "bare client": lambda: self._bare(client, made),
                "pipeline": lambda: self.pipeline.reply(model, made, made.options, question=_QUESTION, answer=[]),
            }
            for number in range(repeats + 1):
                for way in sorted(ways, reverse=number % 2 == 1):  # in turn, so that neither always comes second
                    seconds = _until_text(ways[way])
                    if number:  # the first round warms up
                        spent[way].append(1000 * seconds)
        medians = {way: quantile(values, 0.5) for way, values in spent.items()}
        overhead = medians["pipeline"] - medians["bare client"]
        return {**{way: round(value, 2) for way, value in medians.items()}, "overhead": round(overhead, 2), "repeats": repeats}

    def at_once(self) -> Json:
        """Events that 50 streams must give and that did not come, or not in their order."""
        model = self._open(_COUNTING)
        messages, options = self._prepared(model).plan.messages, GenerationOptions(max_tokens=64, window=4096)

        def read(_: int) -> int:
            events = list(model.stream(messages, options))
            texts = [event.text for event in events if isinstance(event, Text)]
            right = sum(said == due for said, due in zip(texts, _COUNTED, strict=False))
            return right + isinstance(events[-1], Usage) if len(events) == len(_COUNTED) + 1 else right

        started = time.perf_counter()
        with ThreadPoolExecutor(_STREAMS) as pool:
            came = sum(pool.map(read, range(_STREAMS)))
        seconds = time.perf_counter() - started
        due = _STREAMS * (len(_COUNTED) + 1)
        return {"streams": _STREAMS, "events": due, "lost": due - came, "seconds": round(seconds, 2)}

    def stops(self) -> Json:
        """From Stop to the server seeing the connection closed, by leaving the stream and by the flag that the page sets, in turn.

        The server sees it when it writes: at its second word after the stop, some 100 ms later, which is counted in.
        """
        model = self._open(_SLOW)
        messages = self._prepared(model).plan.messages
        seconds = []
        for number in range(_STOPS):
            flag = threading.Event()
            stream = model.stream(messages, GenerationOptions(max_tokens=64, window=4096, cancelled=flag.is_set))
            next(stream)
            started = time.monotonic()
            if number % 2:
                flag.set()
                for _ in stream:
                    pass
            else:
                stream.close()  # type: ignore[attr-defined]  # every model's stream is a generator
            seconds.append(_said(self.closed) - started)
        return {"median": round(quantile(seconds, 0.5), 3), "worst": round(max(seconds), 3), "stops": _STOPS}

    def _open(self, name: str) -> AnswerModel:
        return open_model(ModelName(Engine.OLLAMA, name), self.settings)

    def _prepared(self, model: AnswerModel) -> Prepared:
        scope = Scope(NOTEBOOK, (), None, None, Thinking.OFF, lambda: False)
        found = self.pipeline.find(_QUESTION, scope)
        made = self.pipeline.planner.prepare(_QUESTION, found, scope, model.describe(), model.count_tokens)
        assert made is not None, "the question is answered by the only document"
        return made

    def _bare(self, client: httpx.Client, made: Prepared) -> Iterator[object]:
        messages = [{"role": message.role, "content": message.text} for message in made.plan.messages]
        with client.stream("POST", f"{self.url}/api/chat", json={"model": _QUICK, "messages": messages, "stream": True}) as reply:
            for line in reply.iter_lines():
                yield Text(json.loads(line)["message"]["content"])


def _until_text(begin: Callable[[], Iterator[object]]) -> float:
    """Seconds from the call to the first text; the rest is read too, outside the measure."""
    started = time.perf_counter()
    events = begin()
    next(event for event in events if isinstance(event, Text))
    seconds = time.perf_counter() - started
    for _ in events:
        pass
    return seconds


def _said(lines: queue.SimpleQueue[str]) -> float:
    try:
        return float(lines.get(timeout=LIMIT_S))
    except queue.Empty:
        raise MeasurementFailed(detail=f"the server saw no connection close within {LIMIT_S:g} s of a stop") from None
