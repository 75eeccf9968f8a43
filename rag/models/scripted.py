"""A model that plays what it is given: the tests' stand-in for any engine, with its delays, failures and silences."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from core.errors import ModelError
from core.types import LOCAL, Message
from rag.events import Ending, Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions, ModelInfo

Step = Thought | Text | Usage | ModelError | float


class ScriptedModel(AnswerModel):
    """Plays `script` for every question: events are yielded, a float is a pause in seconds, a ModelError is raised.

    `asked` and `options` keep the messages and options of every question; `stopped` tells whether the last stream was closed before its end.
    """

    def __init__(self, script: Sequence[Step], info: ModelInfo | None = None) -> None:
        self._script = tuple(script)
        self._info = info or ModelInfo("scripted", "script", LOCAL, window=8192)
        self.asked: list[tuple[Message, ...]] = []
        self.options: list[GenerationOptions] = []
        self.stopped = False

    def describe(self) -> ModelInfo:
        """See `AnswerModel`."""
        return self._info

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Thought | Text | Usage]:
        """See `AnswerModel`."""
        self.asked.append(tuple(messages))
        self.options.append(options)
        self.stopped = True
        for step in self._script:
            if options.cancelled():
                break
            if isinstance(step, float):
                time.sleep(step)
            elif isinstance(step, ModelError):
                raise step
            else:
                yield step
        else:
            self.stopped = False
        if not any(isinstance(step, Usage) for step in self._script):
            yield Usage(0, 0, Ending.STOP)
