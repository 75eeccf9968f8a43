"""Conversations and their turns: kept as they grow, found by their words, deleted in two steps so that a slip can be undone.

The turns of a conversation are a tree: each follows another or none, and asking again from an earlier turn begins a branch beside the
one that is there. `Conversation.head` is the turn that the shown branch ends with. An answer is a JSON object that only its writer
understands; its "text" is what the search reads.
"""

from __future__ import annotations

import json
import re
import secrets
import string
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from core.errors import UnknownConversation, UnknownTurn
from core.text import fold
from store.catalog.connection import Connections, Row
from store.catalog.notebooks import check_notebook

# 12 letters and digits cannot be guessed (71 bits): a conversation's id is in its link. No sign among them, for a command's sake.
_ID_CHARACTERS, _ID_ALPHABET = 12, string.ascii_letters + string.digits
_SEEN = "deleted IS NULL AND notebook IN (SELECT id FROM notebooks WHERE deleted IS NULL)"
_COLUMNS = "id, notebook, title, created, updated, (SELECT count(*) FROM turns WHERE conversation = conversations.id), head"
# Halves of a UTF-16 pair are no characters, and no database takes them; a model that is cut off may leave one.
_SURROGATE = re.compile("[\ud800-\udfff]")
_TURN_COLUMNS = "t.id, t.conversation, t.parent, t.question, t.model, t.scope, t.asked, t.answer, f.thumb, f.reason, f.given"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; times are seconds since 1970 (UTC), `turns` is the number of turns in all branches, `head` one of them."""

    id: str
    notebook: int
    title: str
    created: float
    updated: float
    turns: int
    head: int | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the person thinks of an answer: `thumb` is -1, 0 or 1, `given` seconds since 1970 (UTC)."""

    thumb: int
    reason: str = ""
    given: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """A question with its answer as JSON; `parent` is the turn it follows, `asked` seconds since 1970 (UTC)."""

    id: int
    conversation: str
    parent: int | None
    question: str
    model: str
    scope: dict[str, Any]
    asked: float
    answer: dict[str, Any]
    feedback: Feedback | None


class Conversations:
    """The conversations of one catalog. Deleted ones are seen by nothing but `restore` and `purge`."""

    def __init__(self, db: Connections) -> None:
        self._db = db

    # Conversations

    def all(self, notebook: int, search: str = "") -> list[Conversation]:
        """Those of a notebook, the last used first; with `search` those that hold every word of it in title, question or answer."""
        sql = f"SELECT {_COLUMNS} FROM conversations WHERE notebook = ? AND {_SEEN} ORDER BY updated DESC, id"
        found = [Conversation(*row) for row in self._db.listing(sql, len(fields(Conversation)), (notebook,))]
        words = fold(search).split()
        if not words:
            return found
        holding = {conversation.id: {word for word in words if word in fold(conversation.title)} for conversation in found}
        for word in words:
            rows = self._db.rows(
                "SELECT DISTINCT t.conversation FROM turns t JOIN conversations c ON c.id = t.conversation "
                "WHERE c.notebook = ? AND instr(t.words, ?)",
                (notebook, word),
            )
            for (conversation,) in rows:
                holding.get(conversation, set()).add(word)
        return [conversation for conversation in found if len(holding[conversation.id]) == len(set(words))]

    def get(self, conversation: str) -> Conversation:
        """One conversation. Raises UnknownConversation."""
        row = self._db.row(f"SELECT {_COLUMNS} FROM conversations WHERE id = ? AND {_SEEN}", (conversation,))
        if row is None:
            raise UnknownConversation(id=conversation)
        return Conversation(*row)

    def create(self, notebook: int, title: str = "") -> Conversation:
        """A new conversation without turns. Raises UnknownNotebook."""
        new, now = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_CHARACTERS)), time.time()
        with self._db.transaction() as db:
            check_notebook(db, notebook)
            db.execute(
                "INSERT INTO conversations (id, notebook, title, created, updated) VALUES (?, ?, ?, ?, ?)",
                (new, notebook, _storable(title), now, now),
            )
        return self.get(new)

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation another title. Raises UnknownConversation."""
        self._change(conversation, "title = ?", _storable(title))

    def set_head(self, conversation: str, turn: int | None) -> None:
        """Choose the branch that is shown by its last turn. Raises UnknownConversation, UnknownTurn."""
        if turn is not None and self.turn(turn).conversation != conversation:
            raise UnknownTurn(id=turn)
        self._change(conversation, "head = ?", turn)

    def delete(self, conversation: str) -> None:
        """Take a conversation out of sight, until `restore` or `purge`. Raises UnknownConversation."""
        self._change(conversation, "deleted = ?", time.time())

    def restore(self, conversation: str) -> Conversation:
        """Bring a deleted conversation back. Raises UnknownConversation."""
        with self._db.transaction() as db:
            db.execute("UPDATE conversations SET deleted = NULL WHERE id = ?", (conversation,))
        return self.get(conversation)

    def deleted(self, conversation: str) -> Conversation | None:
        """A deleted conversation that `restore` would bring back, None where there is none."""
        row = self._db.row(
            f"SELECT {_COLUMNS} FROM conversations WHERE id = ? AND deleted IS NOT NULL "
            "AND notebook IN (SELECT id FROM notebooks WHERE deleted IS NULL)",
            (conversation,),
        )
        return None if row is None else Conversation(*row)

    def purge(self, before: float) -> int:
        """Remove for good what was deleted before this time (seconds since 1970). Returns how many."""
        with self._db.transaction() as db:
            return db.execute("DELETE FROM conversations WHERE deleted <= ?", (before,)).rowcount

    def _change(self, conversation: str, what: str, value: object) -> None:
        with self._db.transaction() as db:
            sql = f"UPDATE conversations SET {what} WHERE id = ? AND deleted IS NULL"
            if not db.execute(sql, (value, conversation)).rowcount:
                raise UnknownConversation(id=conversation)

    # Turns

    def turns(self, conversation: str) -> list[TurnRecord]:
        """All turns of all branches, in the order in which they were asked. Raises UnknownConversation."""
        self.get(conversation)
        sql = f"SELECT {_TURN_COLUMNS} FROM turns t LEFT JOIN feedback f ON f.turn = t.id WHERE t.conversation = ? ORDER BY t.id"
        return [_turn(row) for row in self._db.rows(sql, (conversation,))]

    def turn(self, turn: int) -> TurnRecord:
        """One turn. Raises UnknownTurn."""
        row = self._db.row(
            f"SELECT {_TURN_COLUMNS} FROM turns t JOIN conversations c ON c.id = t.conversation "
            f"LEFT JOIN feedback f ON f.turn = t.id WHERE t.id = ? AND c.id IN (SELECT id FROM conversations WHERE {_SEEN})",
            (turn,),
        )
        if row is None:
            raise UnknownTurn(id=turn)
        return _turn(row)

    def add_turn(
        self,
        conversation: str,
        *,
        parent: int | None,
        question: str,
        model: str,
        scope: Mapping[str, Any],
        answer: Mapping[str, Any] | None = None,
    ) -> TurnRecord:
        """A new turn behind `parent` (None: the first of a branch from the start), which becomes the conversation's head.

        Raises: UnknownConversation, UnknownTurn.
        """
        if parent is not None and self.turn(parent).conversation != conversation:
            raise UnknownTurn(id=parent)
        now, kept = time.time(), dict(answer or {})
        with self._db.transaction() as db:
            sql = "SELECT 1 FROM conversations WHERE id = ? AND deleted IS NULL"
            if not db.execute(sql, (conversation,)).fetchone():
                raise UnknownConversation(id=conversation)
            made = db.execute(
                "INSERT INTO turns (conversation, parent, question, model, scope, asked, saved, answer, words) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (conversation, parent, _storable(question), model, _json(scope), now, now, _json(kept), _words(question, kept)),
            )
            db.execute("UPDATE conversations SET head = ?, updated = ? WHERE id = ?", (made.lastrowid, now, conversation))
        assert made.lastrowid is not None
        return self.turn(made.lastrowid)

    def save_answer(self, turn: int, answer: Mapping[str, Any]) -> None:
        """Put an answer, as far as it has grown, in the place of what was saved before. Raises UnknownTurn."""
        with self._db.transaction() as db:
            row = db.execute("SELECT question FROM turns WHERE id = ?", (turn,)).fetchone()
            if row is None:
                raise UnknownTurn(id=turn)
            db.execute(
                "UPDATE turns SET answer = ?, words = ?, saved = ? WHERE id = ?",
                (_json(answer), _words(str(row[0]), answer), time.time(), turn),
            )

    def set_feedback(self, turn: int, feedback: Feedback | None) -> None:
        """Keep what the person thinks of an answer, in the place of what they thought before; None takes it back. Raises UnknownTurn."""
        self.turn(turn)
        with self._db.transaction() as db:
            db.execute("DELETE FROM feedback WHERE turn = ?", (turn,))
            if feedback is not None:
                values = (turn, feedback.thumb, _storable(feedback.reason), feedback.given)
                db.execute("INSERT INTO feedback (turn, thumb, reason, given) VALUES (?, ?, ?, ?)", values)


def _turn(row: Row) -> TurnRecord:
    *fields, thumb, reason, given = row
    number, conversation, parent, question, model, scope, asked, answer = fields
    feedback = Feedback(thumb, reason, given) if thumb is not None else None
    return TurnRecord(number, conversation, parent, question, model, json.loads(scope), asked, json.loads(answer), feedback)


def _json(value: Mapping[str, Any]) -> str:
    text = json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _words(question: str, answer: Mapping[str, Any]) -> str:
    return _storable(fold(f"{question}\n{answer.get('text', '')}"))


def _storable(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)
