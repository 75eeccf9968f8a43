"""One evidence, several models: one search, one plan, the very same messages to all of them at once, and what came of it.

The plan is made for the smallest window among the models, with the strictest count of tokens, and in the extractive prompt where one of
them was trained on it: whatever differs between the answers then comes from the models. Each model runs in a thread of its own; those
of one server are asked one after the other. Models in this process share the machine: their speeds are what they are together.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.background import merge
from core.errors import KaedamaError
from core.log import as_error
from core.types import LOCAL, Location
from rag.answer import Answer, Status
from rag.differences import Own, Reply, differences
from rag.events import Condensed, Event, Failed, Finished, Outcome, Retried, Text, Thought, Usage, plain, to_json
from rag.models.base import AnswerModel, ModelInfo, PromptStyle
from rag.pipeline import AnswerPipeline
from rag.plan.budget import estimate_tokens
from rag.plan.planner import Prepared, Scope
from rag.prices import Prices

# What is written in less time came in one burst, whose speed is that of the network.
_SHORTEST_S = 0.05
# How often a model that waits for its server's turn asks whether it was stopped, in seconds.
_POLL_S = 0.1
_log = logging.getLogger(__name__)
Opener = AnswerModel | Callable[[], AnswerModel]


@dataclass(frozen=True, slots=True)
class Measures:
    """What one answer took. Seconds from the moment this model was asked; None where it did not happen or nobody knows.

    `tokens_out` are thoughts and text together; `estimated` tells that the engine named no tokens and they were estimated. Tokens of
    thought are always counted by us. `tokens_per_s` is the speed of writing, from the first piece to the last. `cost` in `currency`.
    `load_s`, `read_s` and `write_s` are the engine's own clock: loading the model, reading the prompt, writing the answer.
    """

    model: str
    engine: str
    location: Location
    outcome: Status
    first_token_s: float | None
    first_word_s: float | None
    total_s: float
    tokens_per_s: float | None
    thought_s: float
    thought_tokens: int
    tokens_in: int
    tokens_out: int
    estimated: bool
    cost: float | None
    currency: str
    load_s: float | None = None
    read_s: float | None = None
    write_s: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """The last event of a comparison: measures in the order of the models, and what each answer has to itself."""

    measures: tuple[Measures, ...]
    differences: dict[str, Own]


@dataclass(frozen=True, slots=True)
class CompareEvent:
    """An event of one model, or with the model "" of all: `Condensed`, `Retrieved`, a failed or fruitless search, `Compared`."""

    model: str
    event: Event | Compared

    def to_json(self) -> dict[str, object]:
        """As `rag.events.to_json`, with the model."""
        if isinstance(self.event, Compared):
            measures = [{**dataclasses.asdict(each), "where": each.location.word} for each in self.event.measures]
            own = plain(self.event.differences)
            return {"model": self.model, "event": "compared", "measures": measures, "differences": own}
        return {"model": self.model, **to_json(self.event)}


def shuffled(models: Sequence[str]) -> list[str]:
    """The models in an order by chance, for a comparison whose names are hidden."""
    return random.SystemRandom().sample(list(models), len(models))


def compare(
    pipeline: AnswerPipeline, question: str, *, models: Mapping[str, Opener], scope: Scope, prices: Prices
) -> Iterator[CompareEvent]:
    """Ask every model the same; events come as they happen, each tagged with the key of its model.

    Functions that open a model are called only once there is evidence. A model that cannot be opened or breaks off ends with its own
    `Failed`, and the others go on. The last event is `Compared`, or for all models `Finished` (nothing found) or `Failed` (no search).
    Closing the iterator stops all models.
    """
    try:
        found = pipeline.find(question, scope)
        if found.searched != question:
            yield CompareEvent("", Condensed(found.searched))
        yield CompareEvent("", found.retrieved)
        nothing = CompareEvent("", Finished(Outcome.NOTHING_FOUND, "", None, found.retrieved.seconds))
        if not found.worth_asking:
            yield nothing
            return
        opened: dict[str, AnswerModel] = {}
        entries: list[_Entry] = []
        for name, opener in models.items():
            try:
                opened[name] = opener if isinstance(opener, AnswerModel) else opener()
                entries.append(_Entry(name, opened[name].describe(), opened[name].count_tokens))
            except KaedamaError as error:
                opened.pop(name, None)
                yield CompareEvent(name, Failed(error, ""))
        if opened:
            joint, count = joint_model([entry.info for entry in entries], [entry.count for entry in entries])
            made = pipeline.planner.prepare(question, found, scope, joint, count)
            if made is None:
                yield nothing
                return
            if made.retrieved is not found.retrieved:
                yield CompareEvent("", made.retrieved)
            yield from _Comparison(pipeline, found.searched, made, scope, entries).run(opened)
    except Exception as error:  # noqa: BLE001  # the stream's promise: it ends in an event, whatever happens
        yield CompareEvent("", Failed(as_error(error, _log, "a comparison"), ""))
        return
    own = differences(question, {entry.name: Reply(entry.answer.text, entry.answer.verdicts) for entry in entries})
    yield CompareEvent("", Compared(tuple(entry.measures(prices) for entry in entries), own))


@dataclass(slots=True)
class _Entry:
    """One model's answer as it comes, with the moments (monotonic) that are measured."""

    name: str
    info: ModelInfo
    count: Callable[[str], int | None]
    made: Prepared | None = None
    begun: float = 0.0
    first: float = 0.0
    first_word: float = 0.0
    last: float = 0.0
    thought_until: float = 0.0
    prompt: int = 0
    answer: Answer = Answer("")

    def take(self, event: Event) -> None:
        """One event more, at this moment."""
        now = time.monotonic()
        if isinstance(event, Thought | Text):
            self.first, self.last = self.first or now, now
        if isinstance(event, Thought):
            self.thought_until = now
        elif isinstance(event, Retried):
            self.first = 0.0  # what follows is a wait, not writing
        elif isinstance(event, Text):
            self.first_word = self.first_word or now
            self.thought_until = now if self.answer.thoughts and not self.answer.text else self.thought_until
        self.answer = self.answer.take(event)

    def measures(self, prices: Prices) -> Measures:
        """What the answer took."""
        answer, usage = self.answer, self.answer.usage
        told = usage is not None and usage.answer_tokens > 0
        thought = self._tokens(answer.thoughts)
        written = usage.answer_tokens if usage is not None and told else thought + self._tokens(answer.text)
        read = usage.prompt_tokens if usage is not None and usage.prompt_tokens else self.prompt
        writing = self.last - self.first
        return Measures(
            self.name,
            self.info.engine,
            self.info.location,
            answer.stop().status,
            self.first - self.begun if self.first else None,
            self.first_word - self.begun if self.first_word else None,
            max(0.0, self.last - self.begun),
            _speed(written, writing, usage),
            self.thought_until - self.first if answer.thoughts else 0.0,
            thought,
            read,
            written,
            not told,
            prices.cost(
                self.info.name,
                self.info.location,
                prompt_tokens=read + (usage.earlier_prompt_tokens if usage else 0),
                answer_tokens=written + (usage.earlier_answer_tokens if usage else 0),
            ),
            prices.currency,
            *((usage.load_s, usage.read_s, usage.write_s) if usage and usage.write_s else (None, None, None)),
        )

    def _tokens(self, text: str) -> int:
        counted = self.count(text) if text else 0
        return estimate_tokens(text) if counted is None else counted


def _speed(written: int, writing: float, usage: Usage | None) -> float | None:
    """Tokens a second: by the engine's own clock where it tells, for what we see may have waited in a line; None where nobody can say."""
    if usage is not None and usage.write_s and usage.answer_tokens > 0:
        return usage.answer_tokens / usage.write_s
    return written / writing if written and writing >= _SHORTEST_S else None


class _Comparison:
    """The shared plan, and what answers it: every model in a thread of its own."""

    def __init__(self, pipeline: AnswerPipeline, searched: str, made: Prepared, scope: Scope, entries: Sequence[_Entry]) -> None:
        self._pipeline = pipeline
        self._searched = searched
        self._scope = scope
        self._entries = entries
        # Models of one server share its memory: asked at once, the second one's time would hold the first one's and its own loading.
        self._turns = {entry.info.server: threading.Lock() for entry in entries if entry.info.server}
        counted = all(entry.count("a") is not None for entry in entries)
        self._made = replace(made, plan=replace(made.plan, counted=counted))

    def run(self, opened: Mapping[str, AnswerModel]) -> Iterator[CompareEvent]:
        """Events of all models as they happen. Leaving the iterator stops them."""
        for entry in self._entries:
            entry.prompt = self._made.plan.used
            entry.made = self._pipeline.planner.settle(self._made, opened[entry.name], self._scope)
            yield CompareEvent(entry.name, entry.made.event(entry.info))
        answers = {entry.name: functools.partial(self._answer, entry, opened[entry.name]) for entry in self._entries}
        with contextlib.closing(merge(answers, name="compare")) as events:
            for tagged in events:
                yield CompareEvent(tagged.key, tagged.item)

    def _answer(self, entry: _Entry, model: AnswerModel, stop: threading.Event) -> Iterator[Event]:
        """One model's events, measured in the thread in which they come; its failure, foreseen or not, is the last of them."""
        turn = self._turns.get(entry.info.server)
        while turn is not None and not turn.acquire(timeout=_POLL_S):
            if stop.is_set() or self._scope.cancelled():
                return
        try:
            entry.begun = time.monotonic()
            yield from self._replied(entry, model, stop)
        finally:
            if turn is not None:
                turn.release()

    def _replied(self, entry: _Entry, model: AnswerModel, stop: threading.Event) -> Iterator[Event]:
        answer: list[str] = []
        think = self._scope.think.asked_of(entry.info)
        made = entry.made or self._made
        options = replace(made.options, think=think, cancelled=lambda: stop.is_set() or self._scope.cancelled())
        try:
            # One column of evidence stands beside all answers: a number means the same passage in each.
            for event in self._pipeline.reply(model, made, options, question=self._searched, answer=answer, renumber=False):
                entry.take(event)
                yield event
        except Exception as error:  # noqa: BLE001  # the others go on
            failed = Failed(as_error(error, _log, "a compared answer"), "".join(answer))
            entry.take(failed)
            yield failed


def joint_model(
    infos: Sequence[ModelInfo], counts: Sequence[Callable[[str], int | None]]
) -> tuple[ModelInfo, Callable[[str], int | None]]:
    """A model as narrow as the narrowest of several in every respect, and a count of tokens as high as the highest of theirs.

    Where one of them was trained on one prompt, all are asked in that prompt: the others understand it as well.
    """
    extractive = [info for info in infos if info.style is PromptStyle.EXTRACTIVE]
    smallest = min(infos, key=lambda info: info.window)
    joint = replace(
        smallest,
        name=", ".join(info.name for info in infos),
        location=next((info.location for info in infos if info.location.remote), LOCAL),
        thinks=any(info.thinks for info in infos),
        style=PromptStyle.EXTRACTIVE if extractive else PromptStyle.CHAT,
        window_on_demand=any(info.window_on_demand for info in infos),
        max_passages=min((info.max_passages for info in infos if info.max_passages), default=0),
    )

    def count(text: str) -> int:
        told = [counted(text) for counted in counts]
        known = [number for number in told if number is not None]
        return max([*known, *([estimate_tokens(text)] if len(known) < len(told) else [])])

    return joint, count
