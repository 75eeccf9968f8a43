"""The line of questions: so many are answered at once, the others wait in the order in which they came."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

# Questions answered at the same time. Each holds a thread and a share of the processor.
PLACES = 4


class Line:
    """Safe from several threads."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = places
        self._waiting: list[object] = []
        self._guard = threading.Lock()

    @contextlib.contextmanager
    def place(self) -> Iterator[object]:
        """A place at the end of the line, given up at the end of the block."""
        place = object()
        with self._guard:
            self._waiting.append(place)
        try:
            yield place
        finally:
            with self._guard:
                self._waiting.remove(place)

    def ahead(self, place: object) -> int:
        """How many must end before it is this place's turn; 0 or less: it is."""
        with self._guard:
            return self._waiting.index(place) - self._places + 1
