"""The seam behind which every answering model stands.

A model is asked what it can do, never assumed to. It takes messages of parts (`core.types.Message`) and yields events of rag/events.py:
thoughts, text, and at the end its usage. Closing the iterator stops the engine. Every failure leaves as a `ModelError` of core/errors;
no vendor's exception crosses this line.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.types import Location, Message
from rag.events import Text, Thought, Usage


class PromptStyle(enum.StrEnum):
    """How a model wants to be asked: in conversation, or with the one prompt that the bundled model was trained on."""

    CHAT = "chat"
    EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is and can do. `window` is its context in tokens; `location` tells who is sent what; `size` is bytes, 0 if unknown.

    `server` is the address that models share which one program runs, "" where a model shares none.
    `window_on_demand` tells that the engine allocates as much of the window as a question asks for, and loads anew when that changes.
    `demonstration` marks a model too small to rely on: the person is told, and how to get a real one. `max_passages` is 0 for "as
    many as fit".
    """

    name: str
    engine: str
    location: Location
    window: int
    thinks: bool = False
    sees: bool = False
    size: int = 0
    style: PromptStyle = PromptStyle.CHAT
    demonstration: bool = False
    max_passages: int = 0
    window_on_demand: bool = False
    server: str = ""


class Thinking(enum.StrEnum):
    """Whether a model shall think before it answers. A model that cannot is never asked to.

    AUTO: a remote model thinks, one that runs here does not. To answer from passages little thought is needed; a data centre does it in a few
    seconds, a computer of one's own in a minute, before the first word.
    """

    OFF = "off"
    AUTO = "auto"
    ON = "on"

    def asked_of(self, info: ModelInfo) -> bool:
        """Whether this model is asked to think."""
        wanted = self is Thinking.ON or (self is Thinking.AUTO and info.location.remote)
        return wanted and info.thinks


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """`max_tokens` bounds answer and thoughts together; `window` is the context asked of engines that allocate one on demand.

    `cancelled` is looked at while the engine is silent, so that a stop takes effect before the first word too. `stop` are words at which
    the answer ends; they are not part of it.
    """

    max_tokens: int
    window: int
    temperature: float = 0.0
    think: bool = False
    cancelled: Callable[[], bool] = lambda: False
    stop: tuple[str, ...] = ()


class AnswerModel(abc.ABC):
    """A model that is open and ready to be asked."""

    @abc.abstractmethod
    def describe(self) -> ModelInfo:
        """What the model can do, asked of the engine. Raises ModelError."""

    @abc.abstractmethod
    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Thought | Text | Usage]:
        """Thoughts and text as they come, then exactly one `Usage`. Raises ModelError, also in the middle: behind the `Usage` then, if any."""

    def count_tokens(self, text: str) -> int | None:
        """Tokens of a text by the model's own tokenizer, or None where the engine does not tell."""
        return None

    def loaded_window(self) -> int:
        """Tokens of the window that the engine holds this model in at the moment; 0 where it does not hold it, or does not tell."""
        return 0

    def close(self) -> None:  # noqa: B027  # most models hold nothing
        """Give back memory. A closed model must not be asked again."""
