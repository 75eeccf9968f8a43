"""Comparisons: one evidence, several models, their answers side by side; started like questions, watched by any page."""

from __future__ import annotations

import itertools
import logging
import string
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.background import Task
from core.errors import TooFewModels
from core.log import as_error
from rag.answer import Answer
from rag.comparison import Compared, CompareEvent, Measures, shuffled
from rag.differences import Own
from rag.events import Failed, Planned
from service.answering import Answering
from service.ask import Ask
from service.models import Models
from service.sessions import Session
from service.waiting import Waiting
from store.catalog import Vote

_log = logging.getLogger(__name__)
# Nobody reads more columns than these at once.
MOST_MODELS = 6
# Comparisons that can still be looked at and voted on.
_KEPT = 20
_LETTERS = string.ascii_uppercase[:MOST_MODELS]
_LOOK_S = 0.25
TIE = "="


@dataclass(frozen=True, slots=True)
class Column:
    """One model's answer; `letter` is what it is called while the names are hidden."""

    letter: str
    model: str
    answer: Answer
    measures: Measures | None = None
    own: Own | None = None

    @property
    def answered(self) -> bool:
        """Whether it can be voted for."""
        return self.answer.outcome is not None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A question and its columns in the order in which they are shown.

    `joint` holds what is common to all: the passages, the plan, the failure of the search. `vote` is the chosen letter, `TIE`, or "".
    """

    question: str
    blind: bool
    columns: tuple[Column, ...]
    joint: Answer
    waiting: Waiting | None = None
    over: bool = False
    vote: str = ""

    @classmethod
    def begin(cls, question: str, models: Sequence[str], *, blind: bool) -> Comparison:
        """A comparison of these models, at most `MOST_MODELS`, in this order."""
        columns = tuple(Column(letter, name, Answer(question)) for letter, name in zip(_LETTERS, models, strict=False))
        return cls(question, blind, columns, Answer(question))

    @property
    def can_vote(self) -> bool:
        """Whether it is over and has two answers or more."""
        return self.over and not self.vote and sum(column.answered for column in self.columns) > 1

    @property
    def hidden(self) -> bool:
        """Whether names are not to be shown yet; where nobody can vote, nothing is hidden."""
        return self.blind and not self.vote and (not self.over or self.can_vote)

    def take(self, item: CompareEvent | Waiting) -> Comparison:
        """The comparison with one event more."""
        if isinstance(item, Waiting):
            return replace(self, waiting=item)
        event, here = item.event, replace(self, waiting=None)
        if isinstance(event, Compared):
            rows = {row.model: row for row in event.measures}
            columns = (replace(one, measures=rows.get(one.model), own=event.differences.get(one.model)) for one in self.columns)
            return replace(here, columns=tuple(columns))
        if not item.model:
            columns = (replace(one, answer=one.answer.take(event)) for one in self.columns)
            return replace(here, joint=self.joint.take(event), columns=tuple(columns))
        joint = self.joint.take(event) if isinstance(event, Planned) else self.joint
        columns = (replace(one, answer=one.answer.take(event)) if one.model == item.model else one for one in self.columns)
        return replace(here, joint=joint, columns=tuple(columns))

    def end(self) -> Comparison:
        """The comparison as it ended: answers without a last event were stopped."""
        columns = tuple(replace(one, answer=one.answer.stop()) for one in self.columns)
        return replace(self, columns=columns, waiting=None, over=True)

    def evidence(self) -> Answer:
        """The passages that were given to all, with what any of the answers quotes."""
        quotes = {(one.n, one.start, one.end): one for column in self.columns for one in column.answer.citations}
        return replace(self.joint, citations=tuple(sorted(quotes.values(), key=lambda one: (one.n, one.start))))

    def voted(self, letter: str) -> Comparison:
        """The comparison with the person's vote, once; the same where there is nothing to vote on, or no such answer."""
        letters = {column.letter for column in self.columns if column.answered}
        return replace(self, vote=letter) if self.can_vote and letter in {*letters, TIE} else self


class RunningComparison:
    """A comparison that is being made, or was. Any thread may watch it."""

    def __init__(self, number: int, comparison: Comparison) -> None:
        self.number = number
        self._comparison = comparison
        self._changed = threading.Condition()
        self._count = 0
        self._stop = threading.Event()

    @property
    def comparison(self) -> Comparison:
        """As far as it has come."""
        return self._comparison

    def stop(self) -> None:
        """End it; what has come is kept."""
        self._stop.set()

    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def update(self, comparison: Comparison) -> None:
        """Put a later state in the place of this one."""
        with self._changed:
            self._comparison = comparison
            self._count += 1
            self._changed.notify_all()

    def watch(self) -> Iterator[Comparison]:
        """Its states as they change, and at least every quarter of a second; the last when it is over."""
        seen = -1
        while True:
            with self._changed:
                if seen == self._count and not self._comparison.over:
                    self._changed.wait(_LOOK_S)
                state, seen = self._comparison, self._count
            yield state
            if state.over:
                return


class Comparisons:
    """Starts comparisons and knows those of this process, by number."""

    def __init__(self, answering: Answering, models: Models) -> None:
        self._answering = answering
        self._models = models
        self._numbers = itertools.count(1)
        self._known: dict[int, RunningComparison] = {}
        self._guard = threading.Lock()

    def ask(self, session: Session, ask: Ask, models: Sequence[str], *, blind: bool = False) -> RunningComparison:
        """Begin to ask several models the same.

        Raises:
            EmptyQuestion, QuestionTooLong, TooFewModels, UnknownModelName: it cannot be asked like this.
            ConsentNeeded: a model would send it to a recipient that the session has not allowed.
        """
        ask = self._answering.checked(ask, session.notebook)
        names = list(dict.fromkeys(models))[:MOST_MODELS]
        if len(names) < 2:
            raise TooFewModels(chosen=", ".join(names) or "none")
        session.check([self._models.info(name) for name in names])
        order = shuffled(names) if blind else names
        running = RunningComparison(next(self._numbers), Comparison.begin(ask.question, order, blind=blind))
        with self._guard:
            self._known[running.number] = running
            for number in list(self._known)[:-_KEPT]:
                del self._known[number]

        def make(_: threading.Event) -> Iterator[CompareEvent | Waiting]:
            return self._events(session.notebook, ask, order, running)

        Task(
            make,
            each=lambda item: running.update(running.comparison.take(item)),
            ended=lambda error: running.update(_ended(running.comparison, error)),
            name="comparison",
        ).start()
        return running

    def get(self, number: int) -> RunningComparison | None:
        """A comparison of this process."""
        with self._guard:
            return self._known.get(number)

    def vote(self, session: Session, number: int, letter: str) -> Vote | None:
        """Take the person's vote on a comparison; what it says, to be kept, or None where it cannot be voted on."""
        running = self.get(number)
        if running is None:
            return None
        with self._guard:
            before = running.comparison
            after = before.voted(letter)
            if after is before:
                return None
            running.update(after)
        answers = {column.model: column.answer.text for column in after.columns if column.answered}
        winner = next((column.model for column in after.columns if column.letter == letter), "")
        return Vote(session.notebook, after.question, answers, winner, blind=after.blind)

    def close(self) -> None:
        """Stop all comparisons."""
        with self._guard:
            for running in self._known.values():
                running.stop()

    def _events(
        self, notebook: int, ask: Ask, models: Sequence[str], running: RunningComparison
    ) -> Iterator[CompareEvent | Waiting]:
        with self._answering.line.place() as place:
            yield from self._answering.wait(place, running.stopped)
            yield from self._answering.fetch(models, running.stopped)
            if not running.stopped():
                yield from self._answering.compare(ask, notebook=notebook, models=models, stopped=running.stopped)


def _ended(comparison: Comparison, error: BaseException | None) -> Comparison:
    if error is None:
        return comparison.end()
    return comparison.take(CompareEvent("", Failed(as_error(error, _log, "a comparison"), ""))).end()
