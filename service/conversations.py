"""Conversations as a person sees them: the turns of the branch that is shown, each with its `Answer`, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import UnknownConversation
from core.text import clean, flowing
from core.types import Turn
from rag.answer import Answer
from rag.events import Mode
from rag.models.base import Thinking
from service.ask import Ask
from store.catalog import Conversation, Feedback, TurnRecord
from store.library import Library

# Characters of a conversation's title, which is its first question; a longer one would be cut in every list.
_LONGEST_TITLE = 80
# What a person may write beside a thumb, in characters.
LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Scope:
    """How a turn was asked: ids of the documents searched (None: all), thinking, what the model was to read."""

    sources: tuple[int, ...] | None = None
    think: Thinking = Thinking.AUTO
    mode: Mode = Mode.AUTO

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"sources": None if self.sources is None else list(self.sources), "think": self.think.value, "mode": self.mode.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scope:
        """What `to_json` made; what is missing has its default."""
        sources = data.get("sources")
        return cls(
            None if sources is None else tuple(int(one) for one in sources),
            Thinking(data.get("think", Thinking.AUTO)),
            Mode(data.get("mode", Mode.AUTO)),
        )


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question and its answer as kept. `asked` is seconds since 1970 (UTC).

    `siblings` are the ids of all turns asked at this place of the conversation, this one among them, in the order in which they were
    asked: the branches.
    """

    id: int
    parent: int | None
    question: str
    model: str
    scope: Scope
    asked: float
    answer: Answer
    feedback: Feedback | None
    siblings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation with the turns of the branch that is shown, from the first."""

    about: Conversation
    turns: tuple[KeptTurn, ...]

    @property
    def last(self) -> KeptTurn | None:
        """The turn that a follow-up follows."""
        return self.turns[-1] if self.turns else None


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that was just begun: its conversation, its id, and the turns before it as the model is told them."""

    conversation: str
    turn: int
    history: tuple[Turn, ...]


class Conversations:
    """The conversations of one library.

    Whoever makes answers says whether that of a turn is being made now (`is_running`), and stops that of a conversation (`stop`).
    """

    def __init__(self, library: Library) -> None:
        self._kept = library.catalog.conversations
        self.is_running: Callable[[int], bool] = lambda turn: False
        self.stop: Callable[[str], None] = lambda conversation: None

    # Looking

    def all(self, notebook: int, search: str = "") -> list[Conversation]:
        """Those of a notebook, the last used first; with `search` those that hold its words in title, question or answer."""
        return self._kept.all(notebook, search)

    def get(self, conversation: str) -> KeptConversation:
        """A conversation as it is shown. Raises UnknownConversation."""
        about = self._kept.get(conversation)
        records = self._kept.turns(conversation)
        return KeptConversation(about, tuple(self._turn(record, records) for record in branch(records, about.head)))

    def turn(self, turn: int) -> KeptTurn:
        """One turn, whichever branch it is on. Raises UnknownTurn."""
        record = self._kept.turn(turn)
        return self._turn(record, self._kept.turns(record.conversation))

    def newest(self, notebook: int) -> str:
        """The id of the conversation used last, "" where there is none."""
        found = self._kept.all(notebook)
        return found[0].id if found else ""

    def _turn(self, record: TurnRecord, records: Sequence[TurnRecord]) -> KeptTurn:
        answer = Answer.from_json(record.answer) if record.answer else Answer(record.question)
        if not answer.ended and not self.is_running(record.id):
            answer = answer.interrupt()  # its process ended before it did
        siblings = tuple(one.id for one in records if one.parent == record.parent)
        return KeptTurn(
            record.id, record.parent, record.question, record.model, Scope.from_json(record.scope), record.asked, answer,
            record.feedback, siblings,
        )  # fmt: skip

    # Changing

    def begin(self, notebook: int, ask: Ask, model: str) -> Begun:
        """A new turn, in a new conversation where `ask` names none. Raises UnknownConversation, UnknownTurn."""
        about = self._kept.get(ask.conversation) if ask.conversation else self._kept.create(notebook, titled(ask.question))
        conversation = about.id
        if about.notebook != notebook:
            raise UnknownConversation(id=conversation)
        # A new conversation has no turn to follow, whatever was asked for.
        parent = about.head if ask.follow or not ask.conversation else ask.parent
        before = branch(self._kept.turns(conversation), parent)
        scope = Scope(ask.sources, ask.think, ask.mode)
        record = self._kept.add_turn(
            conversation, parent=parent, question=ask.question, model=model, scope=scope.to_json(), answer=Answer(ask.question).to_json()
        )  # fmt: skip
        if not about.title:
            self._kept.rename(conversation, titled(ask.question))
        turns = (Answer.from_json(one.answer).turn() for one in before if one.answer)
        return Begun(conversation, record.id, tuple(turn for turn in turns if turn is not None))

    def save(self, turn: int, answer: Answer) -> None:
        """Keep an answer as far as it has come. Raises UnknownTurn, LibraryError."""
        self._kept.save_answer(turn, lean(answer).to_json())

    def rename(self, conversation: str, title: str) -> None:
        """Give it another title; one without a visible character changes nothing. Raises UnknownConversation."""
        if titled(title):
            self._kept.rename(conversation, titled(title))

    def delete(self, conversation: str) -> None:
        """Take it away, its running answer stopped; `restore` brings it back until it is purged. Raises UnknownConversation."""
        self._kept.delete(conversation)
        self.stop(conversation)

    def restore(self, conversation: str) -> None:
        """Bring a deleted one back. Raises UnknownConversation."""
        self._kept.restore(conversation)

    def deleted(self, conversation: str) -> Conversation | None:
        """A deleted one that `restore` would bring back, None where there is none."""
        return self._kept.deleted(conversation)

    def show_branch(self, conversation: str, turn: int) -> None:
        """Show the branch that goes through this turn, to its newest end. Raises UnknownConversation, UnknownTurn."""
        records = self._kept.turns(conversation)
        end = turn
        while following := [record.id for record in records if record.parent == end]:
            end = following[-1]
        self._kept.set_head(conversation, end)

    def rate(self, turn: int, thumb: int, reason: str = "") -> None:
        """Keep a thumb (-1 or 1; 0 takes it back) and why. Raises UnknownTurn."""
        thumb = (thumb > 0) - (thumb < 0)
        self._kept.set_feedback(turn, Feedback(thumb, reason.strip()[:LONGEST_REASON]) if thumb else None)


def branch(records: Sequence[TurnRecord], end: int | None) -> list[TurnRecord]:
    """The turns from the first to `end`, each the parent of the next; none where `end` is None."""
    by_id = {record.id: record for record in records}
    path: list[TurnRecord] = []
    while end is not None and end in by_id:
        path.append(by_id[end])
        end = by_id[end].parent
    return path[::-1]


def titled(question: str) -> str:
    """A question as the title of its conversation: one line, cut at a word where it is long."""
    line = flowing(clean(question))
    if len(line) <= _LONGEST_TITLE:
        return line
    cut = line[: _LONGEST_TITLE - 1]
    word = cut.rpartition(" ")[0]
    return f"{word if len(word) > _LONGEST_TITLE // 2 else cut}…"


def lean(answer: Answer) -> Answer:
    """The answer without the text of whole pages that nothing was cited from: they are in the library, and may be megabytes."""
    if answer.plan is None or answer.plan.mode is not Mode.DOCUMENTS:
        return answer
    cited = {(one.source_id, one.page) for one in answer.citations}
    hits = tuple(hit if (hit.source_id, hit.page) in cited else replace(hit, text="", end=hit.start) for hit in answer.hits)
    return replace(answer, hits=hits)
