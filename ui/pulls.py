"""Models on their way into Ollama: one thread a download, with a view that any session can draw.

As with uploads, a closed tab does not end a download, only Stop does; Ollama keeps what has come and goes on there the next time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from core.errors import KaedamaError, UnknownModelName
from core.settings import Settings
from rag.kitchen import FAMILY


class Pull:
    """One download. `over` is set when nothing more will change; `done` and `total` in bytes, 0 while unknown."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.status = ""
        self.done = 0
        self.total = 0
        self.error: KaedamaError | None = None
        self.stop = threading.Event()
        self.over = threading.Event()

    @property
    def percent(self) -> int:
        """How far it is."""
        return int(100 * self.done / self.total) if self.total else 0

    @property
    def arrived(self) -> bool:
        """Whether the model is there."""
        return self.over.is_set() and self.error is None and not self.stop.is_set()


class Pulls:
    """The downloads of this process, by the model's name. `arrived` is called when a model has come."""

    def __init__(self, settings: Settings, *, arrived: Callable[[], object]) -> None:
        self._settings = settings
        self._arrived = arrived
        self._pulls: dict[str, Pull] = {}
        self._guard = threading.Lock()

    def start(self, name: str) -> Pull:
        """Begin to get a Gemma, or join the download that runs. Raises UnknownModelName for anything else."""
        tags = [gemma.tag for gemma in FAMILY]
        if name not in tags:
            raise UnknownModelName(name=name, known=", ".join(tags))
        with self._guard:
            pull = self._pulls.get(name)
            if pull is None or pull.over.is_set():
                pull = self._pulls[name] = Pull(name)
                threading.Thread(target=self._run, args=(pull,), name="pull", daemon=True).start()
            return pull

    def stop(self, name: str) -> None:
        """Stop a download; unknown names are ignored, for it may just have ended."""
        with self._guard:
            pull = self._pulls.get(name)
        if pull is not None:
            pull.stop.set()

    def known(self) -> dict[str, Pull]:
        """Running and ended downloads by name."""
        with self._guard:
            return dict(self._pulls)

    def close(self) -> None:
        """Stop them all."""
        for pull in self.known().values():
            pull.stop.set()

    def _run(self, pull: Pull) -> None:
        from rag.models.pulling import pull as fetch  # loads an HTTP client: not before the page is up

        try:
            for step in fetch(pull.name, self._settings, cancelled=pull.stop.is_set):
                pull.status, pull.done, pull.total = step.status, step.done, step.total
            if not pull.stop.is_set():
                self._arrived()
        except KaedamaError as error:
            pull.error = error
        finally:
            pull.over.set()
