"""How much later documents are listed while another question plans a large document whole: what a person waits for beside an answer.

The planning is the product's own, from the search to the messages; the model behind it writes one word and counts nothing, so that all of
the planning is our own work. The embedder gives numbers at once, since vectors are not what is measured.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from core.errors import MeasurementFailed
from core.settings import Settings
from core.types import LOCAL
from evals.metrics import quantile
from evals.retrieval import NOTEBOOK, filled_library
from evals.sets import Doc
from rag.events import Failed, Mode, Planned, Text
from rag.models.base import ModelInfo
from rag.models.scripted import ScriptedModel
from rag.pipeline import AnswerPipeline
from service.notebooks import Notebooks
from store.embedding.embedder import Embedder

CHARACTERS = 2_000_000
# Characters of a page, about as many as a printed one has at most; a page of more would go in as its passages.
_PAGE = 5_000
# Documents beside the large one, as many as fill a long list.
_OTHERS = 100
# Listings on each side, and whole plans that the busy side lasts at least.
_LISTINGS, _PLANS = 200, 3
# Seconds between two listings: a page does not list without a pause, and a lister that never rests would hold up the planning.
_PAUSE_S = 0.005
# Tokens; holds the document however it is counted.
_WINDOW = 2_000_000
_QUESTION = "What is said about the stations?"
Json = dict[str, object]
Progress = Callable[[str], None]


def measure_listing(settings: Settings, *, characters: int = CHARACTERS, say: Progress) -> Json:
    """Milliseconds to list documents with nothing beside it and beside planning, and how much later that is: medians and 95th percentiles.

    Raises:
        MeasurementFailed: the document was not planned whole.
    """
    say(f"listing beside planning a document of {characters} characters")
    docs = [
        Doc("large", "en", "Stations", station_text(characters)),
        *(Doc(f"doc {n}", "en", f"Note {n}", _line(n)) for n in range(_OTHERS)),
    ]
    with filled_library(docs, settings, InstantEmbedder(), page=_PAGE) as library:
        notebooks, pipeline = Notebooks(library), AnswerPipeline(library, settings)

        def listing() -> object:
            return notebooks.documents(NOTEBOOK)

        (large,) = (one.id for one in notebooks.documents(NOTEBOOK) if one.name == "large")
        planning = Planning(lambda: plan_documents(pipeline, large))
        listing()  # opens a connection; not counted
        idle = taken(listing, lambda count: count >= _LISTINGS)
        with planning:
            busy = taken(listing, lambda count: (count >= _LISTINGS and planning.done >= _PLANS) or planning.over)
        if planning.trouble is not None:
            raise MeasurementFailed(detail=f"the document was not planned whole: {planning.trouble}")
    return {"documents": len(docs), "characters": characters, "plans": planning.done, **compared(idle, busy)}


def compared(idle: Sequence[float], busy: Sequence[float]) -> Json:
    """Both sides, given in seconds, and the distances of their medians and 95th percentiles, in milliseconds."""
    sides = {
        name: {"median": 1000 * quantile(values, 0.5), "p95": 1000 * quantile(values, 0.95)}
        for name, values in (("idle", idle), ("beside planning", busy))
    }
    later = {share: sides["beside planning"][share] - sides["idle"][share] for share in ("median", "p95")}
    figures = {f"{name} ms": values for name, values in (*sides.items(), ("later", later))}
    return {name: {share: round(value, 2) for share, value in values.items()} for name, values in figures.items()}


def taken(work: Callable[[], object], enough: Callable[[int], bool]) -> list[float]:
    """Seconds of each turn of `work`, until `enough` of their number."""
    seconds: list[float] = []
    while not enough(len(seconds)):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
        time.sleep(_PAUSE_S)
    return seconds


class Planning:
    """Repeats `work` in a thread while the `with` block runs; `done` are the turns that ended, `trouble` what stopped them early."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="planning", daemon=True)
        self.done = 0
        self.over = False
        self.trouble: Exception | None = None

    def __enter__(self) -> Planning:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._work()
                self.done += 1
        except Exception as error:  # noqa: BLE001  # told by whoever started the thread
            self.trouble = error
        self.over = True


def plan_documents(pipeline: AnswerPipeline, document: int) -> None:
    """One question about a whole document. Raises MeasurementFailed where it was not given whole."""
    model = ScriptedModel([Text("Yes.")], ModelInfo("scripted", "script", LOCAL, window=_WINDOW))
    events = pipeline.stream(_QUESTION, model=model, notebook=NOTEBOOK, sources=(document,), mode=Mode.DOCUMENTS)
    for event in events:
        if isinstance(event, Failed):
            raise MeasurementFailed(detail=str(event.error))
        if isinstance(event, Planned) and event.mode is not Mode.DOCUMENTS:
            raise MeasurementFailed(detail=f"{event.mode} {event.why}")


class InstantEmbedder(Embedder):
    """Vectors of 32 numbers that depend on a text's length and first characters only: made at once, near for nothing in particular."""

    signature = "instant"

    def load(self) -> None:
        """Nothing to load."""

    def prompts(self) -> tuple[str, str]:
        """No prompts."""
        return "", ""

    def _encode(self, texts: list[str]) -> np.ndarray:
        vectors = np.ones((len(texts), 32), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[len(text) % 32] += 4
            for character in text[:16]:
                row[ord(character) % 32] += 1
        return vectors


def station_text(characters: int, first: int = 0) -> str:
    """Lines of so many characters together, no two alike, from the number `first` on."""
    lines, length = [], 0
    for number in itertools.count(first):
        if length >= characters:
            break
        lines.append(_line(number))
        length += len(lines[-1]) + 1
    return "\n".join(lines)[:characters]


def _line(number: int) -> str:
    return f"Station {number * 31} measured {number * 7919 % 9973} litres on day {number}, and nobody disputes the figure."
