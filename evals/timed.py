"""An embedder under the stopwatch, so that what search costs beside it is measured and not guessed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from store.embedding.embedder import Embedder


class TimedEmbedder(Embedder):
    """Passes everything on to another embedder; `seconds` adds up what that took, loading included."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.signature = inner.signature
        self.quick = inner.quick
        self.seconds = 0.0

    def load(self) -> None:
        """See `Embedder`."""
        self._inner.load()

    def close(self) -> None:
        """Leaves the other embedder open: a library closes its embedder, and several libraries here share one."""

    def prompts(self) -> tuple[str, str]:
        """See `Embedder`."""
        return self._inner.prompts()

    def embed(self, role: str, texts: Sequence[str]) -> np.ndarray:
        """See `Embedder`; timed."""
        started = time.perf_counter()
        vectors = self._inner.embed(role, texts)
        self.seconds += time.perf_counter() - started
        return vectors

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """See `Embedder`."""
        return self._inner.lengths(texts)

    def _encode(self, texts: list[str]) -> np.ndarray:
        return self._inner._encode(texts)  # noqa: SLF001  # the seam that all embedders share
