"""Who is asking: a person's language, notebook and consent. At home there is one person; the same values serve many visitors."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.errors import ConsentNeeded
from rag.models.base import ModelInfo


@dataclass(slots=True)
class Session:
    """One person's session; safe from several threads.

    `notebook` is the id of the notebook that is open. `allowed` are the recipients that may be sent questions and passages, as the person
    was asked and answered; it lasts as long as the process.
    """

    key: str
    notebook: int
    language: str = "en"
    allowed: frozenset[str] = frozenset()
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def allow(self, recipients: Iterable[str]) -> None:
        """Let everything that is asked from now on go to these recipients."""
        with self._guard:
            self.allowed |= frozenset(recipients)

    def forbid(self, recipient: str) -> None:
        """Take back the consent for a recipient."""
        with self._guard:
            self.allowed -= {recipient}

    def unasked(self, models: Iterable[ModelInfo]) -> tuple[str, ...]:
        """Recipients that these models would send to and that are not allowed yet, each once."""
        away = [info.location.recipient for info in models if info.location.remote]
        return tuple(dict.fromkeys(recipient for recipient in away if recipient not in self.allowed))

    def check(self, models: Iterable[ModelInfo]) -> None:
        """Raises ConsentNeeded where a model would send to a recipient that is not allowed."""
        for info in models:
            if info.location.remote and info.location.recipient not in self.allowed:
                raise ConsentNeeded(name=info.name, place=info.location.recipient)


class Sessions:
    """The sessions of this process, by key."""

    def __init__(self, notebook: int) -> None:
        self._notebook = notebook
        self._sessions: dict[str, Session] = {}
        self._guard = threading.Lock()

    def of(self, key: str) -> Session:
        """The session of this key, new where there is none."""
        with self._guard:
            return self._sessions.setdefault(key, Session(key, self._notebook))
