"""The base of every engine: an asynchronous generator of pieces becomes a stream of events, in one place for all of them.

Added here: the time limits on silence, the stop of the person, thoughts that an engine leaves in its text (rag/models/thoughts.py), the
limit on what an answer may hold, and the check that a stream has ended rather than broken off.
"""

from __future__ import annotations

import abc
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.background import SilenceError, run
from core.errors import ModelCannotHear, ModelCannotSee, ModelError, ModelFault, ModelInterrupted, ModelTimedOut, Phase
from core.settings import Settings
from core.types import AudioPart, ImagePart, Message, Part, TextPart
from rag.events import Ending, Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions, ModelInfo
from rag.models.marks import marks_of
from rag.models.thoughts import ThoughtSplitter

# Characters that a token holds at most on the average of a long text; Gemma's vocabulary has 4.5 in English and fewer elsewhere.
_MOST_CHARACTERS_PER_TOKEN = 8
# Characters behind the mark that ended an answer after which the engine is stopped: it does not know that mark.
_MOST_PASSED_OVER = 200


@dataclass(frozen=True, slots=True)
class Ended:
    """The engine's word for how the answer ended."""

    reason: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens read and written as the engine counts them, and its own seconds of loading, reading and writing. The last one counts."""

    prompt_tokens: int
    answer_tokens: int
    load_s: float = 0.0
    read_s: float = 0.0
    write_s: float = 0.0


Piece = Thought | Text | Ended | Spent


class StreamedModel(AnswerModel):
    """Subclasses give `pieces`; `info` was asked of the engine, `template` is the model's chat template where the engine tells it."""

    def __init__(self, info: ModelInfo, settings: Settings, *, template: str = "") -> None:
        self._info = info
        self._settings = settings
        self._marks = marks_of(info.name, template)

    @abc.abstractmethod
    def pieces(self, messages: Sequence[Message], options: GenerationOptions) -> AsyncGenerator[Piece, None]:
        """What the engine sends, as it comes. A stream that gives no `Ended` has broken off. Raises ModelError."""

    def takes(self, part: Part) -> bool:
        """Whether the engine can be given such a part."""
        return isinstance(part, TextPart)

    def describe(self) -> ModelInfo:
        """See `AnswerModel`."""
        return self._info

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Thought | Text | Usage]:
        """See `AnswerModel`. Raises ModelCannotSee and ModelCannotHear too."""
        self._check_parts(messages)
        ended: Ending | None = None
        spent = Spent(0, 0)
        splitter, room = ThoughtSplitter(self._marks, think=options.think and self._info.thinks), _Room(options.max_tokens)
        try:
            for piece in self._timed(messages, options):
                if isinstance(piece, Ended):
                    ended = Ending.of(piece.reason)
                elif isinstance(piece, Spent):
                    spent = piece
                elif isinstance(piece, Text):
                    yield from splitter.feed(room.take(piece.text))
                else:
                    splitter.apart()
                    yield Thought(room.take(piece.text))
                if room.full or splitter.passed_over > _MOST_PASSED_OVER:
                    ended = Ending.LENGTH if room.full else Ending.STOP
                    break
        except SilenceError as silence:
            yield from splitter.flush(complete=False)
            yield from _paid(spent)
            raise self._timed_out(silence) from None
        except ModelError:
            yield from splitter.flush(complete=False)  # what had arrived is kept, to the last letter
            yield from _paid(spent)
            raise
        yield from splitter.flush(complete=ended is Ending.STOP)
        if not ended and not options.cancelled():
            yield from _paid(spent)
            raise ModelInterrupted(name=self._info.name, detail=ModelFault.STREAM_CUT())
        yield Usage(spent.prompt_tokens, spent.answer_tokens, ended or Ending.STOPPED, spent.load_s, spent.read_s, spent.write_s)

    def _check_parts(self, messages: Sequence[Message]) -> None:
        for part in (part for message in messages for part in message.parts if not self.takes(part)):
            if isinstance(part, ImagePart):
                raise ModelCannotSee(name=self._info.name)
            if isinstance(part, AudioPart):
                raise ModelCannotHear(name=self._info.name)

    def _timed(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Piece]:
        return run(
            lambda stop: self.pieces(messages, options),
            first_s=self._settings.first_token_timeout_s,
            between_s=self._settings.between_tokens_timeout_s,
            cancelled=options.cancelled,
            name="model-stream",
        )

    def _timed_out(self, silence: SilenceError) -> ModelTimedOut:
        phase = Phase.READING() if silence.first else Phase.WRITING()
        setting = "KAEDAMA_FIRST_TOKEN_TIMEOUT_S" if silence.first else "KAEDAMA_BETWEEN_TOKENS_TIMEOUT_S"
        return ModelTimedOut(name=self._info.name, limit_s=silence.limit_s, phase=phase, setting=setting)


def _paid(spent: Spent) -> Iterator[Usage]:
    """What an answer that fails has taken, where the engine has said so."""
    if spent.prompt_tokens or spent.answer_tokens:
        yield Usage(spent.prompt_tokens, spent.answer_tokens, Ending.FAILED, spent.load_s, spent.read_s, spent.write_s)


class _Room:
    """What an answer and its thoughts may hold: an engine that does not keep to `max_tokens` is cut here."""

    def __init__(self, max_tokens: int) -> None:
        self._left = max_tokens * _MOST_CHARACTERS_PER_TOKEN
        self.full = False

    def take(self, text: str) -> str:
        """As much of a text as there is room for."""
        self.full = len(text) > self._left
        taken = text[: self._left]
        self._left -= len(taken)
        return taken


def text_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as {"role", "content"}, as most engines take them. Thoughts of earlier answers are not among them."""
    return [{"role": str(message.role), "content": message.text} for message in messages]


def completion_pieces(event: dict[str, Any]) -> Iterator[Piece]:
    """The pieces in an event of a chat stream as OpenAI's API shapes it, which llama.cpp and most servers follow."""
    choice: dict[str, Any] = next(iter(event.get("choices") or []), {})
    delta = choice.get("delta") or {}
    if thought := delta.get("reasoning_content") or delta.get("reasoning") or "":
        yield Thought(str(thought))
    if text := delta.get("content") or choice.get("text") or "":
        yield Text(str(text))
    if reason := choice.get("finish_reason") or "":
        yield Ended(str(reason))
    if usage := event.get("usage") or {}:
        yield Spent(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
