"""How work grows with its input, told by the processor's time and not by a clock: a loaded machine does not change it."""

from __future__ import annotations

import time
from collections.abc import Callable

# Four times the input costs four times the work where it grows evenly and sixteen times where it grows with the square.
_FACTOR = 4
_MOST = 9.0
# Shorter work is lost in the noise of the measurement, in seconds.
_SHORTEST_S = 0.02


def grows_evenly(work: Callable[[int], object], size: int) -> bool:
    """Whether `work(4 * size)` takes less than nine times as long as `work(size)`; each is measured three times, the least counts."""
    return _least(work, _FACTOR * size) < _MOST * max(_least(work, size), _SHORTEST_S)


def _least(work: Callable[[int], object], size: int) -> float:
    def once() -> float:
        begun = time.process_time()
        work(size)
        return time.process_time() - begun

    return min(once() for _ in range(3))
