"""The typed events of one answer, in the order in which the pipeline yields them.

    Condensed? Retrieved Retrieved? Planned? Quoted? Thought* (Retried Thought*)? (Thought | Numbered | Text | Cited | Judged)*
    (Finished | Failed)

Page, command line, evaluation and tests take this one stream. The last event is `Finished` or `Failed`, unless the stream is closed before.
Codes are `StrEnum`: their JSON is the word.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import KaedamaError
from core.places import Place
from core.types import Citation, Hit, Location, Verdict


class Outcome(enum.StrEnum):
    """How an answer ended."""

    ANSWERED = "answered"
    NOTHING_FOUND = "nothing_found"  # nothing above the floor of evidence; the model was not called
    REFUSED = "refused"  # the passages were read, and they do not answer
    UNSURE = "unsure"  # answered, though little speaks for it that the documents hold the answer
    CUT = "cut"  # the answer reached the token limit


class Mode(enum.StrEnum):
    """What a model is given: passages, or the chosen documents page by page. AUTO: the documents where they fit, else passages."""

    AUTO = "auto"
    PASSAGES = "passages"
    DOCUMENTS = "documents"


class PlanReason(enum.StrEnum):
    """Why passages or documents go in, where there was a choice."""

    NONE = ""  # there was no choice
    ASKED = "asked"  # the person wanted it so
    FITS = "fits"  # documents were chosen, and the window holds them
    TOO_LARGE = "too_large"  # documents were chosen or wanted, and the window does not hold them
    FEW_PASSAGES = "few_passages"  # the model is one that takes a few passages only
    SLOW = "slow"  # they would fit, but without a GPU reading them would take longer than the first word is waited for
    NO_CHOICE = "no_choice"  # documents were wanted, but none were chosen, and the notebook does not fit


class OutReason(enum.StrEnum):
    """Why a passage was not given to the model."""

    WINDOW = "window"  # no room
    FEW_PASSAGES = "few_passages"  # the model takes a few passages only


class RetryReason(enum.StrEnum):
    """Why a model is asked a second time."""

    THOUGHTS_USED_THE_LIMIT = "thoughts_used_the_limit"  # all tokens of the answer went into thinking
    NO_TEXT = "no_text"  # it ended without a word
    CANNOT_THINK = "cannot_think"  # the server says so
    WINDOW = "window"  # its window is narrower than it said; the answer begins anew
    BUSY = "busy"  # after `wait_s`
    QUOTA = "quota"  # after `wait_s`
    LOADING = "loading"  # the server still loads the model, and is asked until it has


class Ending(enum.StrEnum):
    """How an engine's stream ended."""

    STOP = "stop"  # of its own accord
    LENGTH = "length"  # at the limit of tokens
    STOPPED = "stopped"  # by the person
    FAILED = "failed"  # in an error
    OTHER = "other"  # for a reason of the server's that has no meaning here

    @classmethod
    def of(cls, word: str) -> Ending:
        """The ending that a server's word means."""
        return cls(word) if word in (cls.STOP, cls.LENGTH) else cls.OTHER


@dataclass(frozen=True, slots=True)
class Condensed:
    """The question as it is searched: a follow-up made to stand alone."""

    question: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Passages, best first. `evidence` is false where none is near enough to be shown to a model.

    Where whole documents go in, a second `Retrieved` follows with all their pages in order.
    `seconds` by step: "load" (the search model, where it was not loaded before), "embed" (the question's vector), "windows" (the vectors of
    sentences, where the embedder is quick), "rerank" (where there is a reranker) and "search" (everything else).
    """

    hits: tuple[Hit, ...]
    language: str
    evidence: bool
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A passage that the model was not given, by its rank among the hits."""

    rank: int
    reason: OutReason


@dataclass(frozen=True, slots=True)
class Planned:
    """What the model is given. All sizes in tokens; `counted` tells whether by the model's own tokenizer or by estimate.

    `mode` is PASSAGES or DOCUMENTS. `loads` tells that the engine has to load the model (anew) for this window.
    `sources` maps the number that a passage carries in the prompt, from 1, to its rank among the hits.
    """

    model: str
    engine: str
    location: Location
    window: int
    used: int
    reserved: int
    counted: bool
    sources: dict[int, int]
    left_out: tuple[LeftOut, ...]
    demonstration: bool
    mode: Mode = Mode.PASSAGES
    why: PlanReason = PlanReason.NONE
    loads: bool = False


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of the model's thinking. Never part of the answer, the history or a search. `seconds` since the thinking began.

    `retracts`: `text` is all the model's text so far; only now is it known that it was thought. The answer begins anew behind it.
    """

    text: str
    seconds: float = 0.0
    retracts: bool = False


@dataclass(frozen=True, slots=True)
class Retried:
    """The model is asked a second and last time, because the first came to nothing; no text had been given.

    `think` is what is asked of it now, `wait_s` the seconds before it is asked.
    """

    reason: RetryReason
    think: bool
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Numbered:
    """Passages got their numbers, before the first mark or quote that has one: ranks among the hits by number, from 1 in order of first use.

    Where none comes, as in a comparison, passages have the numbers of the plan.
    """

    sources: dict[int, int]


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer. Marks `[n]` in it are whole and have numbers of `Numbered`."""

    text: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """The quotes that are the answer of a reader that quotes, best first, numbered from 1 as its plan's sources are. They are citations too."""

    quotes: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Cited:
    """Words that marks of the answer stand on, of sentences that have ended since the last such event; each quote once an answer.

    A quote that was added comes once more where the model cites it later.
    """

    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts of sentences that have ended since the last such event."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """What the engine says it did: tokens read and written, 0 where it does not say.

    Seconds by the engine's own clock, 0 where it does not say: loading the model, reading the prompt, writing the answer.
    `earlier_*` are the tokens of requests before: the rewriting of a follow-up, a first try that came to nothing. They are paid for as
    well. "failed" where the answer ended in an error.
    """

    prompt_tokens: int
    answer_tokens: int
    ended: Ending
    load_s: float = 0.0
    read_s: float = 0.0
    write_s: float = 0.0
    earlier_prompt_tokens: int = 0
    earlier_answer_tokens: int = 0

    @property
    def paid_prompt_tokens(self) -> int:
        """Tokens read in all tries."""
        return self.prompt_tokens + self.earlier_prompt_tokens

    @property
    def paid_answer_tokens(self) -> int:
        """Tokens written in all tries, thoughts included."""
        return self.answer_tokens + self.earlier_answer_tokens

    def after(self, earlier: Usage | None) -> Usage:
        """This with what an earlier request took."""
        if earlier is None:
            return self
        return replace(
            self,
            earlier_prompt_tokens=self.earlier_prompt_tokens + earlier.paid_prompt_tokens,
            earlier_answer_tokens=self.earlier_answer_tokens + earlier.paid_answer_tokens,
        )


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer. `seconds` by step: embed, search, first_token, generate, verify, total (those that happened).

    `prompt_cut` tells that the engine says it read fewer tokens than the prompt can have: it threw a part away.
    """

    outcome: Outcome
    answer: str
    usage: Usage | None
    seconds: dict[str, float]
    prompt_cut: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """The end of an answer that failed. What had arrived is in `answer` and stays; `usage` is what it took where the engine says so."""

    error: KaedamaError
    answer: str
    usage: Usage | None = None


Event = Condensed | Retrieved | Planned | Quoted | Thought | Retried | Numbered | Text | Cited | Judged | Finished | Failed


def to_json(event: Event) -> dict[str, object]:
    """An event as plain data: {"event": its name in lower case, ...its fields}; errors as {"code", "message"}."""
    fields: dict[str, object] = {"event": type(event).__name__.lower()}
    for field in dataclasses.fields(event):
        fields[field.name] = plain(getattr(event, field.name))
    if isinstance(event, Planned):
        fields["where"] = event.location.word
    return fields


def plain(value: object) -> object:
    """A field of an event as plain data."""
    if isinstance(value, KaedamaError):
        return value.to_json()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Place):
        return value.to_json()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}  # JSON's keys are strings
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value
