"""Notebooks and their documents, as a person handles them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.types import Source
from store.catalog import Notebook, Vote
from store.library import Library


class Notebooks:
    """The notebooks of one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._kept = library.catalog.notebooks
        self.stop: Callable[[int], None] = lambda notebook: None  # whoever makes answers stops those of a notebook

    def all(self) -> list[Notebook]:
        """All notebooks, by name."""
        return self._kept.all()

    def get(self, notebook: int) -> Notebook:
        """One notebook. Raises UnknownNotebook."""
        return self._kept.get(notebook)

    def named(self, name: str) -> Notebook | None:
        """The notebook of this name, None where there is none."""
        return self._kept.named(name)

    def opened(self, name: str) -> Notebook:
        """The notebook of this name, made where there is none. Raises NotebookNameEmpty."""
        return self._library.open_notebook(name)

    def create(self, name: str) -> Notebook:
        """A new, empty notebook. Raises NotebookNameEmpty, NotebookNameTaken."""
        return self._kept.create(name)

    def rename(self, notebook: int, name: str) -> Notebook:
        """Give it another name. Raises UnknownNotebook, NotebookNameEmpty, NotebookNameTaken."""
        return self._kept.rename(notebook, name)

    def delete(self, notebook: int) -> None:
        """Take it away with all that is in it, its running answers stopped; `restore` brings it back until it is purged.

        Raises UnknownNotebook.
        """
        self._kept.delete(notebook)
        self.stop(notebook)

    def restore(self, notebook: int) -> Notebook:
        """Bring a deleted one back. Raises UnknownNotebook."""
        return self._kept.restore(notebook)

    # Documents

    def documents(self, notebook: int) -> list[Source]:
        """The documents of a notebook, by name."""
        return self._library.sources(notebook)

    def delete_documents(self, documents: Sequence[int]) -> int:
        """Take documents away; `restore_documents` brings them back until they are purged. Returns the number to do so by.

        Raises UnknownSource.
        """
        aside = self._kept.make_aside()
        self._library.move_documents(documents, aside)
        return aside

    def restore_documents(self, aside: int, notebook: int) -> int:
        """Put back into a notebook what one `delete_documents` took away; a name that was given since gets a number.

        Returns how many documents, 0 where they were purged. Raises UnknownNotebook.
        """
        documents = self._library.catalog.documents.set_aside(aside)
        self._library.move_documents(documents, notebook)
        return len(documents)

    def move(self, documents: Sequence[int], notebook: int) -> None:
        """Put documents into another notebook; they are not read again. Raises UnknownNotebook, UnknownSource."""
        self._library.move_documents(documents, notebook)

    # Votes

    def vote(self, vote: Vote) -> None:
        """Keep a vote on compared answers."""
        self._library.catalog.votes.add(vote)

    def votes(self, notebook: int) -> list[Vote]:
        """The votes of a notebook, in the order in which they were given."""
        return self._library.catalog.votes.all(notebook)
