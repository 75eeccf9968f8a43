"""What is being waited for before an answer begins."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Phase(enum.StrEnum):
    """What a question waits for before its first event."""

    QUEUE = "queue"
    SEARCH_MODEL = "search_model"
    SAMPLES = "samples"
    DOWNLOADING = "downloading"
    ANSWER_MODEL = "answer_model"
    SEARCHING = "searching"


@dataclass(frozen=True, slots=True)
class Waiting:
    """`amount` is questions ahead (QUEUE) or percent done (SAMPLES, DOWNLOADING), else 0."""

    phase: Phase
    amount: int = 0
