"""The models that the page offers, those that are open, and who must be asked before anything goes to one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence

from core.errors import ConsentNeeded, UnknownModelName
from core.settings import Settings
from core.types import ModelName
from rag.models.base import AnswerModel, ModelInfo


class OpenModels:
    """Shared by all sessions; safe from several threads. An open model stays open for the next question."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, AnswerModel] = {}
        self._listed: list[ModelInfo] = []
        self._guard = threading.Lock()
        self._fetching = threading.Lock()

    def look(self) -> list[ModelInfo]:
        """What can answer here, best first; asked of the engines anew, since one may have been started or a model pulled meanwhile."""
        from rag.models.listing import list_models, supposed

        found = list_models(self._settings)
        configured = self._settings.model
        if configured and all(info.name != configured for info in found):
            found.insert(0, supposed(ModelName.parse(configured), self._settings))
        self._listed = found
        return found

    def known(self) -> list[ModelInfo]:
        """What `look` found last, or now if nobody has looked."""
        return self._listed or self.look()

    def default(self) -> str:
        """The name of the configured model, or of the best one there is."""
        return self._settings.model or self.known()[0].name

    def info(self, name: str) -> ModelInfo:
        """A model of the list; "" is the default. Raises UnknownModelName."""
        name = name or self.default()
        found = next((info for info in self.known() if info.name == name), None)
        if found is None:
            raise UnknownModelName(name=name, known=", ".join(info.name for info in self.known()))
        return found

    def places(self) -> frozenset[str]:
        """Everyone who may be sent something by the models of the list."""
        return frozenset(info.location.recipient for info in self.known() if info.location.remote)

    def unasked(self, names: Sequence[str], allowed: Collection[str]) -> tuple[str, ...]:
        """The places that these models answer at and that are not allowed yet; a name that nobody knows fails where it is asked."""
        wanted = [name or self.default() for name in names]
        away = [info.location.recipient for info in self.known() if info.name in wanted and info.location.remote]
        return tuple(dict.fromkeys(place for place in away if place not in allowed))

    def is_open(self, name: str) -> bool:
        """Whether asking it takes no loading."""
        return name in self._open

    def is_here(self, name: str) -> bool:
        """Whether opening it fetches nothing from the Hugging Face hub."""
        from rag.models import hub

        want = hub.named(name)
        return want is None or hub.present(want, self._settings) is not None

    def fetch(self, name: str, stopped: Callable[[], bool]) -> Iterator[int]:
        """Fetch a model of the hub that is not here yet, as percent done. Raises ModelError."""
        from rag.models.pulling import pull

        if self.is_here(name):
            return
        with self._fetching:  # who comes second finds it there
            for step in pull(name, self._settings, cancelled=stopped):
                yield 100 * step.done // step.total if step.total else 0

    def open(self, name: str) -> AnswerModel:
        """The model, open. Raises UnknownModelName, ModelError."""
        from rag.models.listing import open_model

        with self._guard:
            if name not in self._open:
                self._open[name] = open_model(ModelName.parse(name), self._settings)
            return self._open[name]

    def close(self) -> None:
        """Give all of them back."""
        with self._guard:
            for model in self._open.values():
                model.close()
            self._open.clear()


def check_consent(info: ModelInfo, allowed: Collection[str]) -> None:
    """Raises ConsentNeeded where a model answers at a place that is not among the allowed ones."""
    if info.location.remote and info.location.recipient not in allowed:
        raise ConsentNeeded(name=info.name, place=info.location.recipient)
