"""The models that can answer here, and those that are open. An open model stays open for the next question."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from core.errors import ConsentNeeded, UnknownModelName
from core.settings import Settings
from core.types import ModelName
from rag.models.base import AnswerModel, ModelInfo

_log = logging.getLogger(__name__)


class Models:
    """Shared by all sessions; safe from several threads. Opening one model never waits for another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, AnswerModel] = {}
        self._listed: list[ModelInfo] = []
        self._guards: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._closed = False

    def look(self) -> list[ModelInfo]:
        """What can answer here, best first; the engines are asked anew, since one may have been started or a model pulled meanwhile."""
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
        """A model of the list, or one that the list does not have but whose name says who would be asked; "" is the default.

        Raises:
            UnknownModelName: no engine understands the name.
        """
        from rag.models.listing import supposed

        name = name or self.default()
        found = next((info for info in self.known() if info.name == name), None)
        return found if found is not None else supposed(ModelName.parse(name), self._settings)

    def listed(self, name: str) -> ModelInfo:
        """A model of the list; "" is the default. Raises UnknownModelName for any other."""
        name = name or self.default()
        found = next((info for info in self.known() if info.name == name), None)
        if found is None:
            raise UnknownModelName(name=name, known=", ".join(info.name for info in self.known()))
        return found

    def infos(self, names: Sequence[str]) -> list[ModelInfo]:
        """These models of the list; names that nobody knows are passed over: they fail where they are asked."""
        wanted = {name or self.default() for name in names}
        return [info for info in self.known() if info.name in wanted]

    def recipients(self) -> frozenset[str]:
        """Everyone who may be sent something by the models of the list."""
        return frozenset(info.location.recipient for info in self.known() if info.location.remote)

    def is_open(self, name: str) -> bool:
        """Whether asking it takes no loading."""
        return name in self._open

    def is_here(self, name: str) -> bool:
        """Whether opening it fetches nothing from the Hugging Face hub."""
        from rag.models import hub

        want = hub.named(name)
        return want is None or hub.present(want, self._settings) is not None

    def fetch(self, name: str, stopped: Callable[[], bool]) -> Iterator[int]:
        """Fetch a model of the hub that is not here yet; yields percent done. Raises ModelError."""
        from rag.models.pulling import pull

        if self.is_here(name):
            return
        with self._guards[f"fetch {name}"]:  # who comes second finds it there
            for step in pull(name, self._settings, cancelled=stopped):
                yield 100 * step.done // step.total if step.total else 0

    def open(self, name: str) -> AnswerModel:
        """The model, open.

        Raises:
            UnknownModelName, ModelError: it cannot be opened.
            ConsentNeeded: it turns out to run elsewhere than its name or the last list told, so that nobody can have allowed it.
        """
        from rag.models.listing import open_model

        with self._guard:
            guard = self._guards[name]
        with guard:
            if name not in self._open:
                begun = time.perf_counter()
                model = open_model(ModelName.parse(name), self._settings)
                _log.info("model opened: %s in %.1f s", name, time.perf_counter() - begun)
                found, told = model.describe().location, self.info(name).location
                if found.remote and found != told:
                    model.close()
                    self.look()
                    raise ConsentNeeded(name=name, place=found.recipient)
                with self._guard:
                    if self._closed:  # opened too late: nobody will ask it
                        model.close()
                    self._open[name] = model
            return self._open[name]

    def close(self) -> None:
        """Give all of them back."""
        with self._guard:
            self._closed = True
            opened, self._open = list(self._open.values()), {}
        for model in opened:
            model.close()
