"""One question and its answer, as far as it has come: what the page shows is a function of this.

It folds the pipeline's events into plain fields and knows neither Gradio nor HTML. Offsets of verdicts and citations are kept as
the pipeline gave them; whoever draws them checks that they fit the text.
"""

from __future__ import annotations

import enum
import re
import time
from dataclasses import dataclass, field

from core.errors import KaedamaError
from core.types import Citation, Hit, Turn, Verdict
from rag.events import (
    Cited,
    Condensed,
    Event,
    Failed,
    Finished,
    Judged,
    Outcome,
    Planned,
    Retried,
    Retrieved,
    Text,
    Thought,
    Usage,
)

# A follow-up to a follow-up is searched with all of them before it; beyond this many characters the thread starts anew.
_LONGEST_SEARCHED = 400
MARK = re.compile(r"\[(\d{1,3})\]")


class Phase(enum.StrEnum):
    """What is being waited for; each has words `status_...`."""

    QUEUE = "queue"
    SEARCH_MODEL = "search_model"
    SAMPLES = "samples"
    DOWNLOADING = "downloading"
    ANSWER_MODEL = "answer_model"
    SEARCHING = "searching"
    READING = "reading"
    THINKING = "thinking"
    WRITING = "writing"
    CHECKING = "checking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The answer has not begun yet: `amount` is questions ahead (QUEUE) or percent done (SAMPLES, DOWNLOADING)."""

    phase: Phase
    amount: int = 0


@dataclass(slots=True)
class Exchange:
    """A question, the events of its answer so far, and when the thinking began and ended (monotonic seconds)."""

    number: int
    question: str
    phase: Phase = Phase.SEARCHING
    amount: int = 0
    searched: str = ""
    language: str = ""
    hits: tuple[Hit, ...] = ()
    evidence: bool = True
    plan: Planned | None = None
    thoughts: str = ""
    retried: Retried | None = None
    text: str = ""
    citations: tuple[Citation, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    outcome: Outcome | None = None
    usage: Usage | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    error: KaedamaError | None = None
    stopped: bool = False
    broken: bool = False
    prompt_cut: bool = False
    thinking_since: float = 0.0
    thinking_until: float = 0.0

    @property
    def running(self) -> bool:
        """Whether more is to come."""
        return self.phase is not Phase.DONE

    def take(self, event: Event | Waiting) -> None:
        """Fold one event in."""
        match event:
            case Waiting(phase, amount):
                self.phase, self.amount = phase, amount
            case Condensed(question):
                self.searched = question
            case Retrieved():
                self.hits, self.language, self.evidence = event.hits, event.language, event.evidence
                self.seconds |= event.seconds
            case Planned():
                self.plan, self.phase, self.amount = event, Phase.READING, len(event.sources)
            case Thought(text):
                if event.retracts:
                    self.text, self.citations, self.verdicts = "", (), ()
                self.thinking_since = self.thinking_since or time.monotonic()
                self.thoughts, self.phase = self.thoughts + text, Phase.THINKING
            case Retried():
                self.retried, self.phase = event, Phase.THINKING if event.think else Phase.READING
            case Text(text):
                self._end_thinking()
                self.text, self.phase = self.text + text, Phase.WRITING
            case Cited(citations):
                self.citations += citations
            case Judged(verdicts):
                self.verdicts += verdicts
            case Finished() | Failed():
                self._end(event)

    def _end(self, event: Finished | Failed) -> None:
        self.text = event.answer or self.text
        if isinstance(event, Finished):
            self.outcome, self.usage, self.prompt_cut = event.outcome, event.usage, event.prompt_cut
            self.seconds |= event.seconds
        else:
            self.error = event.error
        self.close()

    def stop(self) -> None:
        """The reader pressed Stop: what has come is kept."""
        self.stopped = True
        self.close()

    def close(self) -> None:
        """Nothing more will come."""
        self._end_thinking()
        self.broken = self.outcome is None and self.error is None and not self.stopped
        self.phase = Phase.DONE

    def _end_thinking(self) -> None:
        if self.thinking_since and not self.thinking_until:
            self.thinking_until = time.monotonic()

    @property
    def thinking_seconds(self) -> float:
        """How long the model has thought, so far."""
        return (self.thinking_until or time.monotonic()) - self.thinking_since if self.thinking_since else 0.0

    def shown_hits(self) -> dict[int, Hit]:
        """The passages that marks can refer to, by the number that they carry in the prompt."""
        if self.plan is None:
            return {}
        by_rank = {hit.rank: hit for hit in self.hits}
        return {n: by_rank[rank] for n, rank in self.plan.sources.items() if rank in by_rank}

    def cited_numbers(self) -> list[int]:
        """The numbers of the answer's marks in the order of first mention, those that refer to a passage."""
        found = [citation.n for citation in self.citations] or [int(mark) for mark in MARK.findall(self.text)]
        known = self.shown_hits()
        return [n for n in dict.fromkeys(found) if n in known]

    def turn(self) -> Turn | None:
        """This exchange as history for a follow-up, or None where nothing was answered."""
        answer = re.sub(rf"\s?{MARK.pattern}", "", self.text).strip()
        asked = self.searched if 0 < len(self.searched) <= _LONGEST_SEARCHED else self.question
        return Turn(asked, answer) if answer else None
