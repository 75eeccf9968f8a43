"""What a person keeps in a library beside documents: notebooks, conversations with their turns, and votes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.catalog import Catalog, Conversation, Feedback, Notebook, TurnRecord, Vote


class Kept:
    """The part of `Library` that needs nothing but the catalog. Errors are those of the catalog's methods of the same names."""

    catalog: Catalog

    def notebooks(self) -> list[Notebook]:
        """All notebooks, by name."""
        return self.catalog.notebooks.all()

    def notebook(self, notebook: int) -> Notebook:
        """One notebook. Raises UnknownNotebook."""
        return self.catalog.notebooks.get(notebook)

    def create_notebook(self, name: str) -> Notebook:
        """A new, empty notebook. Raises NotebookNameEmpty, NotebookNameTaken."""
        return self.catalog.notebooks.create(name)

    def rename_notebook(self, notebook: int, name: str) -> Notebook:
        """Give a notebook another name; nothing is embedded anew. Raises UnknownNotebook, NotebookNameEmpty, NotebookNameTaken."""
        return self.catalog.notebooks.rename(notebook, name)

    def delete_notebook(self, notebook: int) -> None:
        """Take a notebook with all that is in it out of sight, until `restore_notebook` or `purge`. Raises UnknownNotebook."""
        self.catalog.notebooks.delete(notebook)

    def restore_notebook(self, notebook: int) -> Notebook:
        """Bring a deleted notebook back; where its name was given away since, under a numbered one. Raises UnknownNotebook."""
        return self.catalog.notebooks.restore(notebook)

    def conversations(self, notebook: int, search: str = "") -> list[Conversation]:
        """Conversations of a notebook, the last used first; with `search` those that hold its words in title, question or answer."""
        return self.catalog.conversations.all(notebook, search)

    def conversation(self, conversation: str) -> Conversation:
        """One conversation. Raises UnknownConversation."""
        return self.catalog.conversations.get(conversation)

    def create_conversation(self, notebook: int, title: str = "") -> Conversation:
        """A new conversation without turns. Raises UnknownNotebook."""
        return self.catalog.conversations.create(notebook, title)

    def rename_conversation(self, conversation: str, title: str) -> None:
        """Give a conversation another title. Raises UnknownConversation."""
        self.catalog.conversations.rename(conversation, title)

    def delete_conversation(self, conversation: str) -> None:
        """Take a conversation out of sight, until `restore_conversation` or `Library.purge`. Raises UnknownConversation."""
        self.catalog.conversations.delete(conversation)

    def restore_conversation(self, conversation: str) -> Conversation:
        """Bring a deleted conversation back. Raises UnknownConversation."""
        return self.catalog.conversations.restore(conversation)

    def set_head(self, conversation: str, turn: int | None) -> None:
        """Choose the branch that is shown by its last turn. Raises UnknownConversation, UnknownTurn."""
        self.catalog.conversations.set_head(conversation, turn)

    def turns(self, conversation: str) -> list[TurnRecord]:
        """All turns of all branches, in the order in which they were asked. Raises UnknownConversation."""
        return self.catalog.conversations.turns(conversation)

    def turn(self, turn: int) -> TurnRecord:
        """One turn. Raises UnknownTurn."""
        return self.catalog.conversations.turn(turn)

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
        """A new turn behind `parent` (None: at the start), which becomes the head. Raises UnknownConversation, UnknownTurn."""
        return self.catalog.conversations.add_turn(
            conversation, parent=parent, question=question, model=model, scope=scope, answer=answer
        )

    def save_answer(self, turn: int, answer: Mapping[str, Any]) -> None:
        """Put an answer, as far as it has grown, in the place of what was saved before. Raises UnknownTurn."""
        self.catalog.conversations.save_answer(turn, answer)

    def set_feedback(self, turn: int, feedback: Feedback | None) -> None:
        """Keep what the person thinks of an answer; None takes it back. Raises UnknownTurn."""
        self.catalog.conversations.set_feedback(turn, feedback)

    def vote(self, vote: Vote) -> None:
        """Keep a vote."""
        self.catalog.votes.add(vote)

    def votes(self, notebook: int | None = None) -> list[Vote]:
        """Votes of a notebook, or of all, in the order in which they were given."""
        return self.catalog.votes.all(notebook)
