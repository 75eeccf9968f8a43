"""What the page stands on: one library, the pipelines over it, the models that are open, and the work that goes on behind the page.

The page must be there before anything heavy is, so the constructor loads nothing: `start` warms the search model, fills an empty
library with the samples and opens the answering model in a thread of its own, and whoever asks meanwhile is told what is being
waited for. Modules that pull in the model stacks are imported inside functions for the same reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import EmptyQuestion, KaedamaError, QuestionTooLong, UnknownModelName
from core.settings import Settings
from core.types import Source, Turn
from rag.events import Event, Retrieved
from rag.models.base import AnswerModel, ModelInfo
from store.library import Library
from ui.exchange import Phase, Waiting
from ui.jobs import Job, Jobs

if TYPE_CHECKING:
    from rag.pipeline import AnswerPipeline

# Questions answered at the same time; more wait in line. Each holds a thread and a share of the processor.
_PLACES = 4
_LOOK_S = 0.1
_CLOSE_S = 5.0


class Backend:
    """Shared by all sessions; holds nothing that belongs to one reader."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self.library = library
        self.settings = settings
        self.jobs = Jobs(library, settings)
        self._models: dict[str, AnswerModel] = {}
        self._listed: list[ModelInfo] = []
        self._opening = threading.Lock()
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
            if not self.library.catalog.notebooks() and samples.is_dir() and any(samples.iterdir()):
                self._samples = self.jobs.add([samples], samples=True)
            self.library.warm()
            self._ready.set()
            if self._samples is not None:
                self._samples.over.wait()
            self.models()
            self.open_model(self.default_model())
        except KaedamaError as error:
            self._trouble = error  # told to whoever asks; the page and the list of documents work without
        finally:
            self._ready.set()

    @property
    def preparing(self) -> bool:
        """Whether something goes on that the list of documents will show."""
        return self.jobs.busy

    def close(self) -> None:
        """Stop running ingests, give back the models and let other processes open the library.

        Work that cannot be interrupted (a model that is being loaded) is not waited for longer than a person would: it ends with the
        process, and the library is made to survive that.
        """
        closer = threading.Thread(target=self._close, name="close", daemon=True)
        closer.start()
        closer.join(_CLOSE_S)

    def _close(self) -> None:
        self.jobs.close()
        with self._opening:
            for model in self._models.values():
                model.close()
            self._models.clear()
        self.library.close()

    # Documents

    def sources(self) -> list[Source]:
        """The notebook's documents."""
        return self.library.sources(self.settings.notebook)

    def delete(self, name: str) -> None:
        """Remove a document. Raises UnknownSource."""
        self.library.delete(self.settings.notebook, name)

    def add(self, paths: Sequence[Path]) -> Job:
        """Read uploaded files, after those that are being read."""
        return self.jobs.add(paths)

    # Models

    def models(self) -> list[ModelInfo]:
        """What can answer here, best first; asked of the engines anew each time, since a model may have been pulled meanwhile."""
        from rag.models.catalogue import list_models

        found = list_models(self.settings, remote=bool(self.settings.model))
        # The page has no question yet that asks before passages leave the machine: it offers a remote model only where the
        # person who started it has named that model in the settings.
        self._listed = [info for info in found if info.where == "home" or info.name == self.settings.model]
        return self._listed

    def known_models(self) -> list[ModelInfo]:
        """What `models` found last, or now if nobody has asked."""
        return self._listed or self.models()

    def default_model(self) -> str:
        """The name of the configured model, or of the best one there is."""
        listed = self.known_models()
        return self.settings.model or (listed[0].name if listed else "")

    def open_model(self, name: str) -> AnswerModel:
        """The model, open; it stays open for the next question. Raises UnknownModelName, ModelError."""
        from rag.models.catalogue import open_model

        with self._opening:
            if name not in self._models:
                self._models[name] = open_model(name, self.settings)
            return self._models[name]

    def is_offered(self, name: str) -> bool:
        """Whether a model's name is one of the list, or the configured one."""
        return name == self.settings.model or any(model.name == name for model in self.known_models())

    # Answers

    def answer(
        self,
        question: str,
        *,
        model: str,
        history: Sequence[Turn] = (),
        sources: Sequence[int] | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[Event | Waiting]:
        """The events of an answer, with what is waited for before it. Ends early, without a last event, once `stopped`.

        Raises:
            EmptyQuestion, QuestionTooLong, UnknownModelName: the question cannot be asked like this.
            KaedamaError: what keeps the search or the model from being ready.
        """
        self._check(question, model)
        place = object()
        with self._line_guard:
            self._line.append(place)
        try:
            yield from self._wait(place, stopped)
            if stopped():
                return
            yield Waiting(Phase.SEARCHING)
            name = model or self.default_model()
            for event in self._pipeline().stream(
                question,
                model=lambda: self.open_model(name),
                notebook=self.settings.notebook,
                history=history,
                sources=sources,
                cancelled=stopped,
            ):
                yield event
                if isinstance(event, Retrieved) and event.evidence and name not in self._models:
                    yield Waiting(Phase.ANSWER_MODEL)
        finally:
            with self._line_guard:
                self._line.remove(place)

    def _check(self, question: str, model: str) -> None:
        if not question.strip():
            raise EmptyQuestion()
        if len(question) > self.settings.max_question_chars:
            raise QuestionTooLong(length=len(question), limit=self.settings.max_question_chars)
        if model and not self.is_offered(model):
            raise UnknownModelName(name=model, known=", ".join(info.name for info in self.known_models()))

    def _pipeline(self) -> AnswerPipeline:
        from rag.pipeline import AnswerPipeline

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
