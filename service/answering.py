"""What answers need before they begin: the search model, the samples, a place in the line, the answering model; then the pipeline.

The page must be there before anything heavy is, so nothing is loaded on construction: `start` warms up in a thread of its own, and
whoever asks meanwhile is told what is being waited for. Modules that pull in the model stacks are imported inside functions for the same
reason.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from core.errors import KaedamaError
from core.log import as_error
from core.settings import Settings
from core.text import clean
from core.types import Turn
from rag.comparison import CompareEvent, compare
from rag.events import Event, Planned, Retrieved
from rag.pipeline import AnswerPipeline, check_question
from rag.plan.planner import Scope
from rag.prices import read_prices
from service.ask import Ask
from service.jobs import Job, Jobs
from service.line import Line
from service.models import Models
from service.waiting import Phase, Waiting
from store.library import Library

_log = logging.getLogger(__name__)
_LOOK_S = 0.1
# Passages that a question may ask for.
MOST_PASSAGES = 200


class Answering:
    """Safe from several threads."""

    def __init__(self, library: Library, settings: Settings, models: Models, jobs: Jobs) -> None:
        self.settings = settings
        self.line = Line()
        self._library = library
        self._models = models
        self._jobs = jobs
        self._pipeline: AnswerPipeline | None = None
        self._pipeline_guard = threading.Lock()
        self._ready = threading.Event()
        self._samples: Job | None = None
        self._trouble: KaedamaError | None = None

    def start(self, notebook: int) -> None:
        """Begin to warm up; an empty library gets the samples into this notebook."""
        threading.Thread(target=self._warm_up, args=(notebook,), name="warm-up", daemon=True).start()

    def ready(self) -> None:
        """Let questions begin without a warm-up: the first one loads what it needs."""
        self._ready.set()

    @property
    def trouble(self) -> KaedamaError | None:
        """What keeps the search from being ready, None where nothing does."""
        return self._trouble

    def _warm_up(self, notebook: int) -> None:
        try:
            samples = self.settings.samples
            if self._is_empty() and samples.is_dir() and any(samples.iterdir()):
                self._samples = self._jobs.read([samples], notebook=notebook, samples=True)
            self._library.warm()
            self._ready.set()
            if self._samples is not None:
                self._samples.over.wait()
            self._models.look()
            # Elsewhere nothing is asked, and nothing large is fetched, before somebody asks something.
            if not self._models.info("").location.remote and self._models.is_here(self._models.default()):
                self._models.open(self._models.default())
        except Exception as error:  # noqa: BLE001  # a thread that dies in silence would leave every question waiting
            # Told to whoever asks; the page and the list of documents work without.
            self._trouble = as_error(error, _log, "warming up")
        finally:
            self._ready.set()

    def _is_empty(self) -> bool:
        return not any(notebook.documents for notebook in self._library.catalog.notebooks.all())

    def checked(self, ask: Ask, notebook: int) -> Ask:
        """The question as it can be asked: its texts are storable, its documents are some of the notebook's, its number of passages is one.

        Raises:
            EmptyQuestion, QuestionTooLong: it cannot be asked.
        """
        question = clean(ask.question)
        check_question(question, self.settings)
        sources = ask.sources
        if sources is not None:
            known = {source.id for source in self._library.sources(notebook)}
            sources = tuple(one for one in dict.fromkeys(sources) if one in known)
        k = None if ask.k is None else min(max(ask.k, 1), MOST_PASSAGES)
        return replace(ask, question=question, model=clean(ask.model), sources=sources, k=k)

    def wait(self, place: object, stopped: Callable[[], bool]) -> Iterator[Waiting]:
        """What is waited for until it is this place's turn. Raises KaedamaError where the search cannot be made ready."""
        told: Waiting | None = None
        while not stopped():
            obstacle = self._obstacle(place)
            if obstacle is None:
                break
            if obstacle != told:
                yield obstacle
                told = obstacle
            time.sleep(_LOOK_S)
        if self._trouble is not None:
            self._library.warm()  # once more, since the cause may be gone; else it raises what is wrong now
            self._trouble = None
        if not (self._library.ready or stopped()):  # no warm-up was waited for, or the indexes were closed since
            yield Waiting(Phase.SEARCH_MODEL)
            self._library.warm()

    def _obstacle(self, place: object) -> Waiting | None:
        if not self._ready.is_set():
            return Waiting(Phase.SEARCH_MODEL)
        if self._samples is not None and not self._samples.over.is_set():
            return Waiting(Phase.SAMPLES, self._samples.state.percent)
        ahead = self.line.ahead(place)
        return Waiting(Phase.QUEUE, ahead) if ahead > 0 else None

    def fetch(self, models: Sequence[str], stopped: Callable[[], bool]) -> Iterator[Waiting]:
        """Fetch models of the hub that are not here yet. Raises ModelError."""
        for name in () if stopped() else models:
            for percent in self._models.fetch(name, stopped):
                yield Waiting(Phase.DOWNLOADING, percent)

    def answer(
        self, ask: Ask, *, notebook: int, model: str, history: Sequence[Turn], stopped: Callable[[], bool]
    ) -> Iterator[Event | Waiting]:
        """The events of one answer (rag/events.py)."""
        yield Waiting(Phase.SEARCHING)
        for event in self.pipeline().stream(
            ask.question,
            model=lambda: self._models.open(model),
            notebook=notebook,
            history=history,
            sources=ask.sources,
            k=ask.k,
            think=ask.think,
            mode=ask.mode,
            cancelled=stopped,
        ):
            yield event
            opens = isinstance(event, Retrieved) and event.evidence and not self._models.is_open(model)
            if opens or (isinstance(event, Planned) and event.loads):
                yield Waiting(Phase.ANSWER_MODEL)

    def compare(
        self, ask: Ask, *, notebook: int, models: Sequence[str], stopped: Callable[[], bool]
    ) -> Iterator[CompareEvent | Waiting]:
        """The events of a comparison: one evidence, several models."""
        yield Waiting(Phase.SEARCHING)
        scope = Scope(notebook, (), ask.sources, ask.k, ask.think, stopped, ask.mode)
        openers = {name: functools.partial(self._models.open, name) for name in models}
        prices = read_prices(self.settings.prices)
        for found in compare(self.pipeline(), ask.question, models=openers, scope=scope, prices=prices):
            yield found
            if isinstance(found.event, Retrieved) and found.event.evidence and not all(map(self._models.is_open, models)):
                yield Waiting(Phase.ANSWER_MODEL)

    def pipeline(self) -> AnswerPipeline:
        """The one pipeline of all questions: it remembers with which window each model is loaded."""
        with self._pipeline_guard:
            self._pipeline = self._pipeline or AnswerPipeline(self._library, self.settings)
            return self._pipeline
