"""A comparison as far as it has come: what the compare view shows is a function of this. Knows neither Gradio nor HTML."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rag.compare import Compared, CompareEvent, Measures
from rag.differences import Own
from rag.events import Condensed, Failed, Finished, Planned, Retrieved
from store.catalog import Vote
from ui.exchange import Exchange, Waiting

# Nobody reads more columns than these at once.
MOST_MODELS = 6
_LETTERS = string.ascii_uppercase[:MOST_MODELS]


@dataclass(slots=True)
class Column:
    """One model's answer; `letter` is what it is called while the names are hidden."""

    letter: str
    name: str
    exchange: Exchange
    measures: Measures | None = None
    own: Own | None = None

    @property
    def answered(self) -> bool:
        """Whether it can be voted for."""
        return self.exchange.outcome is not None


@dataclass(slots=True)
class Comparison:
    """A question and its columns in the order in which they are shown.

    `number` counts down from -1, so that no card of a comparison's is taken for one of the conversation's. `joint` holds what is common
    to all: what is waited for, the passages, the plan, the failure of the search. `vote` is the chosen letter, "=" for a tie.
    """

    number: int
    question: str
    blind: bool
    columns: list[Column] = field(default_factory=list)
    joint: Exchange = field(default_factory=lambda: Exchange(0, ""))
    vote: str = ""

    @classmethod
    def begin(cls, number: int, question: str, models: Sequence[str], *, blind: bool) -> Comparison:
        """A comparison of at most `MOST_MODELS` models in this order."""
        columns = [Column(letter, name, Exchange(number, question)) for letter, name in zip(_LETTERS, models, strict=False)]
        return cls(number, question, blind, columns, Exchange(number, question))

    @property
    def running(self) -> bool:
        """Whether more is to come."""
        return self.joint.running

    @property
    def hidden(self) -> bool:
        """Whether names, and everything that would give them away, are not to be shown yet; where nobody can vote, nothing is hidden."""
        return self.blind and not self.vote and (self.running or self.can_vote)

    @property
    def can_vote(self) -> bool:
        """Whether it is over and has two answers or more."""
        return not self.running and not self.vote and sum(column.answered for column in self.columns) > 1

    def take(self, item: CompareEvent | Waiting | Failed) -> None:
        """Fold one event in."""
        if isinstance(item, CompareEvent) and item.model:
            self._take(next(column for column in self.columns if column.name == item.model), item)
            return
        event = item.event if isinstance(item, CompareEvent) else item
        if isinstance(event, Compared):
            for column in self.columns:
                column.measures = next((row for row in event.measures if row.model == column.name), None)
                column.own = event.differences.get(column.name)
            self.close()
            return
        self.joint.take(event)
        if isinstance(event, Condensed | Retrieved):
            for column in self.columns:
                column.exchange.take(event)
        elif isinstance(event, Finished | Failed):
            self.close()

    def _take(self, column: Column, item: CompareEvent) -> None:
        assert not isinstance(item.event, Compared)
        column.exchange.take(item.event)
        if isinstance(item.event, Planned):
            self.joint.plan = item.event

    def stop(self) -> None:
        """The reader pressed Stop: what has come is kept."""
        for column in self.columns:
            if column.exchange.running:
                column.exchange.stop()
        self.joint.stop()

    def close(self) -> None:
        """Nothing more will come."""
        for column in self.columns:
            if column.exchange.running:
                column.exchange.close()
        if self.joint.running:
            self.joint.close()
        self.joint.broken = False  # told where it happened, in the columns

    def evidence(self) -> Exchange:
        """The passages that were given to all, with what any of the answers quotes, as one exchange."""
        citations = {(one.n, one.start, one.end): one for column in self.columns for one in column.exchange.citations}
        ordered = sorted(citations.values(), key=lambda one: (one.n, one.start))
        return replace(self.joint, text=" ".join(column.exchange.text for column in self.columns), citations=tuple(ordered))

    def cast(self, letter: str, notebook: int) -> Vote | None:
        """The reader's vote, once: a letter, or "=" for a tie. None where there is nothing to vote on, or no such answer."""
        voted = {column.letter: column.name for column in self.columns if column.answered}
        if not self.can_vote or (letter != "=" and letter not in voted):
            return None
        self.vote = letter
        answers = {column.name: column.exchange.text for column in self.columns if column.answered}
        return Vote(notebook, self.question, answers, voted.get(letter, ""), blind=self.blind)
