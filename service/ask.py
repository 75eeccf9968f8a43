"""A question and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from rag.events import Mode
from rag.models.base import Thinking


@dataclass(frozen=True, slots=True)
class Ask:
    """A question and how it is asked.

    `conversation` is an id, "" for a new one. `parent` is the turn that it follows, None for a first turn; `follow` takes the last turn of
    the branch that is shown. `sources` are ids of the documents that are searched, None for all. `model` "" is the default.
    """

    question: str
    model: str = ""
    conversation: str = ""
    parent: int | None = None
    follow: bool = True
    sources: tuple[int, ...] | None = None
    think: Thinking = Thinking.AUTO
    mode: Mode = Mode.AUTO
    k: int | None = None
