"""One answer as far as it has come: the fold of the pipeline's events.

Page, command line, API, history, comparison and evaluation hold this value; nothing else adds events up. It is frozen: `take` gives the
next one. It turns into JSON and back without loss, so that what was kept yesterday is drawn by the code that draws today's stream.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar

from core.errors import KaedamaError, error_from
from core.text import flowing
from core.types import Citation, Hit, Turn, Verdict
from rag.citations import without_marks
from rag.events import (
    Cited,
    Condensed,
    Event,
    Failed,
    Finished,
    Judged,
    Numbered,
    Outcome,
    Planned,
    Quoted,
    Retried,
    Retrieved,
    Text,
    Thought,
    Usage,
    plain,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# Characters of a searched question beyond which a follow-up to it starts from the question as asked.
_LONGEST_SEARCHED = 400


class Status(enum.StrEnum):
    """How an answer stands: an `Outcome` that the pipeline told, or what became of it otherwise."""

    RUNNING = "running"
    ANSWERED = Outcome.ANSWERED.value
    NOTHING_FOUND = Outcome.NOTHING_FOUND.value
    REFUSED = Outcome.REFUSED.value
    UNSURE = Outcome.UNSURE.value
    CUT = Outcome.CUT.value
    FAILED = "failed"  # it has an error
    STOPPED = "stopped"  # by the person
    INTERRUPTED = "interrupted"  # its process ended


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and everything known of its answer.

    `searched` is the question made to stand alone, "" where it was searched as asked. `language` is an ISO 639-1 code, "" until the search.
    `hits` are the passages found, best first; `plan` is None until a model is asked. `numbers` are ranks of hits by the number that they
    have in the answer's marks, empty where that is their number in the plan. `quotes` are the answer of a reader that quotes, and among the
    citations; `text` is then its short answer, "" where it has none. Offsets of `verdicts` count characters of `text`.
    `thought_seconds` and `seconds` (by step, as in `Finished`) are seconds. An answer has ended when it has an outcome, an error, or is
    `stopped` (by the person) or `interrupted` (its process ended).
    """

    question: str
    searched: str = ""
    language: str = ""
    hits: tuple[Hit, ...] = ()
    evidence: bool = True
    plan: Planned | None = None
    thoughts: str = ""
    thought_seconds: float = 0.0
    retried: Retried | None = None
    numbers: dict[int, int] = field(default_factory=dict)
    text: str = ""
    quotes: tuple[Citation, ...] = ()
    citations: tuple[Citation, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    outcome: Outcome | None = None
    usage: Usage | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    error: KaedamaError | None = None
    stopped: bool = False
    interrupted: bool = False
    prompt_cut: bool = False

    __pydantic_config__: ClassVar[dict[str, Any]] = {"arbitrary_types_allowed": True}  # for `error`

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status is not Status.RUNNING

    def take(self, event: Event) -> Answer:
        """The answer with one event more."""
        match event:
            case Condensed(question):
                return replace(self, searched=question)
            case Retrieved():
                return replace(
                    self, hits=event.hits, language=event.language, evidence=event.evidence, seconds=self.seconds | event.seconds
                )
            case Planned():
                return replace(self, plan=event)
            case Thought(text, seconds, retracts):
                told = replace(self, text="", numbers={}, citations=(), verdicts=()) if retracts else self
                return replace(told, thoughts=self.thoughts + text, thought_seconds=max(self.thought_seconds, seconds))
            case Retried():
                return replace(self, retried=event, text="", numbers={}, citations=(), verdicts=())
            case Numbered(sources):
                return replace(self, numbers=self.numbers | sources)
            case Text(text):
                return replace(self, text=self.text + text)
            case Quoted(quotes):
                return replace(self, quotes=quotes, citations=quotes)
            case Cited(citations):
                return replace(self, citations=_with(self.citations, citations))
            case Judged(verdicts):
                return replace(self, verdicts=self.verdicts + verdicts)
            case Finished():
                return replace(
                    self,
                    text=event.answer or self.text,
                    outcome=event.outcome,
                    usage=event.usage,
                    prompt_cut=event.prompt_cut,
                    seconds=self.seconds | event.seconds,
                )
            case Failed():
                return replace(self, text=event.answer or self.text, error=event.error, usage=event.usage)

    def stop(self) -> Answer:
        """The answer as the person stopped it: what has come is kept."""
        return self if self.ended else replace(self, stopped=True)

    def interrupt(self) -> Answer:
        """The answer as its process left it: what has come is kept."""
        return self if self.ended else replace(self, interrupted=True)

    # Reading

    @property
    def status(self) -> Status:
        """How it stands: running, or how it ended."""
        if self.outcome is not None:
            return Status(self.outcome.value)
        if self.error is not None:
            return Status.FAILED
        if self.stopped:
            return Status.STOPPED
        return Status.INTERRUPTED if self.interrupted else Status.RUNNING

    def passages(self) -> dict[int, Hit]:
        """The passages by the number that they carry in the answer's marks; those that the model was given where none has one yet."""
        if self.plan is None:
            return {}
        by_rank = {hit.rank: hit for hit in self.hits}
        return {number: by_rank[rank] for number, rank in (self.numbers or self.plan.sources).items() if rank in by_rank}

    def cited(self) -> tuple[int, ...]:
        """Numbers of the cited passages, in the order of first citation."""
        known = self.passages()
        return tuple(number for number in dict.fromkeys(one.n for one in self.citations) if number in known)

    @property
    def said(self) -> str:
        """What was answered, without marks: the text, or the quotes where there is none."""
        return without_marks(self.text) or "\n".join(flowing(quote.quote) for quote in self.quotes)

    def turn(self) -> Turn | None:
        """This answer as history for a follow-up; None where nothing was answered."""
        said = self.said
        asked = self.searched if 0 < len(self.searched) <= _LONGEST_SEARCHED else self.question
        return Turn(asked, said) if said else None

    # JSON

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data; fields that have their default are left out."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        default = Answer(self.question)
        kept = {name: value for name, value in told.items() if name == "question" or value != getattr(default, name)}
        return {name: plain(value) for name, value in kept.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answer:
        """The answer that `to_json` made `data` of. Raises ValueError where the data are not those of an answer."""
        error = data.get("error")
        made = _adapter().validate_python({name: value for name, value in data.items() if name != "error"})
        return (
            replace(made, error=error_from(str(error["code"]), error.get("fields", {}), str(error["message"]))) if error else made
        )


def _with(known: tuple[Citation, ...], more: tuple[Citation, ...]) -> tuple[Citation, ...]:
    """Citations with more of them; one that was added takes the place of nothing, and gives it to the same one of the model's."""
    for one in more:
        same = next((other for other in known if replace(other, added=one.added) == one), None)
        if same is None:
            known = (*known, one)
        elif same.added and not one.added:
            known = tuple(one if other is same else other for other in known)
    return known


@functools.cache
def _adapter() -> TypeAdapter[Answer]:
    from pydantic import TypeAdapter  # takes 0.1 s to load: not for a call that only asks for help

    return TypeAdapter(Answer)
