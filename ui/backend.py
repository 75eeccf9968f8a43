"""What the page stands on: one library, the pipelines over it, the models that are open, and the work that goes on behind the page.

The page must be there before anything heavy is, so the constructor loads nothing: `start` warms the search model, fills an empty
library with the samples and opens the answering model in a thread of its own, and whoever asks meanwhile is told what is being
waited for. Modules that pull in the model stacks are imported inside functions for the same reason.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import Chosen, KaedamaError, TooFewModels
from core.settings import Settings
from core.types import Source, Turn
from rag.compare import CompareEvent, compare
from rag.events import Event, Retrieved
from rag.models.base import AnswerModel, Thinking
from rag.pipeline import AnswerPipeline, check_question
from rag.planner import Mode, Scope
from rag.prices import read_prices
from service.uploads import Uploads
from store.catalog import Vote
from store.library import Library
from ui.exchange import Phase, Waiting
from ui.jobs import Job, Jobs
from ui.open_models import OpenModels, check_consent
from ui.pulls import Pulls

# Questions answered at the same time; more wait in line. Each holds a thread and a share of the processor.
_PLACES = 4
_LOOK_S = 0.1
# Seconds; the server takes up to two before it, and five are the promise.
_CLOSE_S = 2.5


@dataclass(frozen=True, slots=True)
class Wish:
    """How a session asks: earlier turns, chosen documents (None: all), thinking, what the model reads, and the places it may be sent to."""

    history: tuple[Turn, ...] = ()
    sources: tuple[int, ...] | None = None
    think: Thinking = Thinking.AUTO
    mode: Mode = Mode.AUTO
    allowed: frozenset[str] = frozenset()


class Backend:
    """Shared by all sessions; holds nothing that belongs to one reader."""

    def __init__(self, library: Library, settings: Settings, uploads: Uploads | None = None) -> None:
        self.library = library
        self.settings = settings
        self.notebook = library.open_notebook(settings.notebook).id
        self.jobs = Jobs(library, settings, self.notebook, uploads)
        self.models = OpenModels(settings)
        self.pulls = Pulls(settings, arrived=self.models.look)
        self._answers: AnswerPipeline | None = None
        self._line: list[object] = []
        self._line_guard = threading.Lock()
        self._ready = threading.Event()
        self._trouble: KaedamaError | None = None
        self._samples: Job | None = None

    # Getting ready

    def start(self) -> None:
        """Begin to warm up behind the page."""
        self.jobs.start()
        threading.Thread(target=self._warm_up, name="warm-up", daemon=True).start()

    def _warm_up(self) -> None:
        try:
            samples = self.settings.samples
            if not self.library.catalog.documents.count() and samples.is_dir() and any(samples.iterdir()):
                self._samples = self.jobs.add([samples], samples=True)
            self.library.warm()
            self._ready.set()
            if self._samples is not None:
                self._samples.over.wait()
            self.models.look()
            # Elsewhere nothing is asked, and nothing large is fetched, before somebody asks something.
            if not self.models.info("").location.remote and self.models.is_here(self.models.default()):
                self.models.open(self.models.default())
        except KaedamaError as error:
            self._trouble = error  # told to whoever asks; the page and the list of documents work without
        finally:
            self._ready.set()

    @property
    def preparing(self) -> bool:
        """Whether something goes on that the list of documents will show."""
        return self.jobs.busy

    def close(self) -> bool:
        """Stop running ingests, give back the models and let other processes open the library. Returns whether all of that is done.

        Work that cannot be interrupted (a model that is being loaded) is not waited for longer than a person would: it has to end with
        the process, and the library is made to survive that.
        """
        closer = threading.Thread(target=self._close, name="close", daemon=True)
        closer.start()
        closer.join(_CLOSE_S)
        return not closer.is_alive()

    def _close(self) -> None:
        self.jobs.close()
        self.pulls.close()
        self.models.close()
        self.library.close()

    # Documents

    def sources(self) -> list[Source]:
        """The notebook's documents."""
        return self.library.sources(self.notebook)

    def delete(self, name: str) -> None:
        """Remove a document. Raises UnknownSource."""
        self.library.delete(self.notebook, name)

    def add(self, paths: Sequence[Path]) -> Job:
        """Read uploaded files, after those that are being read."""
        return self.jobs.add(paths)

    # Votes

    def vote(self, vote: Vote) -> None:
        """Keep a vote."""
        self.library.vote(vote)

    def votes(self) -> list[Vote]:
        """The notebook's votes, in the order in which they were given."""
        return self.library.votes(self.notebook)

    # Answers

    def answer(
        self, question: str, *, model: str, wish: Wish = Wish(), stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[Event | Waiting]:
        """The events of an answer, with what is waited for before it. Ends early, without a last event, once `stopped`.

        Raises:
            EmptyQuestion, QuestionTooLong, UnknownModelName, ConsentNeeded: the question cannot be asked like this.
            KaedamaError: what keeps the search or the model from being ready.
        """
        self._check(question, [model], wish)
        name = model or self.models.default()
        with self._place() as place:
            yield from self._wait(place, stopped)
            yield from self._fetch([name], stopped)
            if stopped():
                return
            yield Waiting(Phase.SEARCHING)
            for event in self._pipeline().stream(
                question,
                model=lambda: self._opened(name, wish),
                notebook=self.notebook,
                history=wish.history,
                sources=wish.sources,
                think=wish.think,
                mode=wish.mode,
                cancelled=stopped,
            ):
                yield event
                if isinstance(event, Retrieved) and event.evidence and not self.models.is_open(name):
                    yield Waiting(Phase.ANSWER_MODEL)

    def compare(
        self, question: str, *, models: Sequence[str], wish: Wish = Wish(), stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[CompareEvent | Waiting]:
        """The events of a comparison of two models or more, as `answer`. Raises TooFewModels too."""
        self._check(question, models, wish)
        if len(set(models)) < 2:
            raise TooFewModels(chosen=", ".join(models) or Chosen.NONE())
        with self._place() as place:
            yield from self._wait(place, stopped)
            yield from self._fetch(models, stopped)
            if stopped():
                return
            yield Waiting(Phase.SEARCHING)
            scope = Scope(self.notebook, wish.history, wish.sources, None, wish.think, stopped, wish.mode)
            openers = {name: functools.partial(self._opened, name, wish) for name in models}
            for found in compare(self._pipeline(), question, models=openers, scope=scope, prices=read_prices(self.settings.prices)):
                yield found
                if isinstance(found.event, Retrieved) and found.event.evidence and not all(map(self.models.is_open, models)):
                    yield Waiting(Phase.ANSWER_MODEL)

    def _fetch(self, models: Sequence[str], stopped: Callable[[], bool]) -> Iterator[Waiting]:
        for name in () if stopped() else models:
            for percent in self.models.fetch(name, stopped):
                yield Waiting(Phase.DOWNLOADING, percent)

    def _check(self, question: str, models: Sequence[str], wish: Wish) -> None:
        check_question(question, self.settings)
        for model in models:
            check_consent(self.models.info(model), wish.allowed)

    def _opened(self, name: str, wish: Wish) -> AnswerModel:
        """The model, open, and checked again: since it was listed its name may have come to stand for one that runs elsewhere."""
        opened = self.models.open(name)
        check_consent(opened.describe(), wish.allowed)
        return opened

    @contextlib.contextmanager
    def _place(self) -> Iterator[object]:
        """A place in the line of questions."""
        place = object()
        with self._line_guard:
            self._line.append(place)
        try:
            yield place
        finally:
            with self._line_guard:
                self._line.remove(place)

    def _pipeline(self) -> AnswerPipeline:
        # One for all questions: it remembers with which window each model is loaded.
        self._answers = self._answers or AnswerPipeline(self.library, self.settings)
        return self._answers

    def _wait(self, place: object, stopped: Callable[[], bool]) -> Iterator[Waiting]:
        while not stopped():
            obstacle = self._obstacle(place)
            if obstacle is None:
                break
            yield obstacle
            time.sleep(_LOOK_S)
        if self._trouble is not None:
            self.library.warm()  # once more, since the cause may be gone; else it raises what is wrong now
            self._trouble = None

    def _obstacle(self, place: object) -> Waiting | None:
        if not self._ready.is_set():
            return Waiting(Phase.SEARCH_MODEL)
        if self._samples is not None and not self._samples.over.is_set():
            return Waiting(Phase.SAMPLES, self._samples.view.percent)
        with self._line_guard:
            ahead = self._line.index(place) - _PLACES + 1
        return Waiting(Phase.QUEUE, ahead) if ahead > 0 else None
