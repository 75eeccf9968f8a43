"""One answer from a model, with the one second try that some failures deserve. Every second try is announced by `Retried`.

A second try is made only while nothing of the answer has been shown; what was thought in the first stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.errors import ModelBusy, ModelCannotThink, ModelError, ModelLoading, ModelQuota
from core.types import Message
from rag.events import Ending, Retried, RetryReason, Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions

# A wait that a person sits through, with the reason on the screen and Stop at hand; longer ones are told as a failure instead.
LONGEST_WAIT_S = 30.0
# What a busy server gets before it is asked once more, where it does not say itself.
BUSY_WAIT_S = 3.0
# A server that loads a model is asked every second, and not longer than Ollama itself gives a load (OLLAMA_LOAD_TIMEOUT, 5 minutes).
LOADING_WAIT_S = 1.0
LONGEST_LOAD_S = 300.0
_POLL_S = 0.1


def answer_events(
    model: AnswerModel, messages: Sequence[Message], options: GenerationOptions
) -> Iterator[Thought | Text | Usage | Retried]:
    """The model's stream; where it comes to nothing, once more in another way.

    Raises:
        ModelError: the first try failed in a way that a second would not help, or the second failed too.
    """
    retry: Retried | None = None
    begun, usage = False, None
    try:
        for event in _once_loaded(model, messages, options):
            if isinstance(event, Usage):
                usage = event
                continue
            taken_back = isinstance(event, Thought) and event.retracts
            begun = not taken_back and (begun or (isinstance(event, Text) and bool(event.text.strip())))
            yield event
    except ModelError as error:
        retry = None if begun or not isinstance(error, ModelCannotThink | ModelBusy | ModelQuota) else _after(error, options)
        if retry is None:
            yield from () if usage is None else (usage,)
            raise
    else:
        if not begun and not options.cancelled() and model.describe().thinks:
            retry = _after_silence(usage, options)
    if retry is None:
        yield from () if usage is None else (usage,)
        return
    yield retry
    yield from _second(model, messages, replace(options, think=retry.think), retry.wait_s, usage or Usage(0, 0, Ending.STOPPED))


def _second(
    model: AnswerModel, messages: Sequence[Message], options: GenerationOptions, wait_s: float, first: Usage
) -> Iterator[Thought | Text | Usage]:
    """The second try, after a wait; its usage tells that of the first, too. Raises ModelError."""
    earlier = Usage(0, 0, Ending.STOPPED).after(first)
    told = False
    try:
        for event in model.stream(messages, options) if _wait(wait_s, options) else ():
            told |= isinstance(event, Usage)
            yield event.after(first) if isinstance(event, Usage) else event
    except ModelError:
        if not told and earlier.paid_prompt_tokens + earlier.paid_answer_tokens:
            yield replace(earlier, ended=Ending.FAILED)
        raise
    if not told:
        yield earlier


def _once_loaded(
    model: AnswerModel, messages: Sequence[Message], options: GenerationOptions
) -> Iterator[Thought | Text | Usage | Retried]:
    """The stream of a model that its server may still be loading: asked again until it is loaded. The wait is told once."""
    until = time.monotonic() + LONGEST_LOAD_S
    told = False
    while True:
        try:
            yield from model.stream(messages, options)
            return
        except ModelLoading:
            if time.monotonic() >= until:
                raise
        if not told:
            yield Retried(RetryReason.LOADING, think=options.think)
            told = True
        if not _wait(LOADING_WAIT_S, options):
            yield Usage(0, 0, Ending.STOPPED)
            return


def _after(error: ModelCannotThink | ModelBusy | ModelQuota, options: GenerationOptions) -> Retried | None:
    if isinstance(error, ModelCannotThink):
        return Retried(RetryReason.CANNOT_THINK, think=False) if options.think else None
    if isinstance(error, ModelBusy):
        return Retried(RetryReason.BUSY, think=options.think, wait_s=BUSY_WAIT_S)
    wait_s = float(str(error.fields["delay_s"]))
    return Retried(RetryReason.QUOTA, think=options.think, wait_s=wait_s) if wait_s <= LONGEST_WAIT_S else None


def _after_silence(usage: Usage | None, options: GenerationOptions) -> Retried:
    """No word came from a model that can think. The other setting helps both ways: some engines give nothing without thoughts."""
    spent = options.think and usage is not None and usage.ended is Ending.LENGTH
    return Retried(RetryReason.THOUGHTS_USED_THE_LIMIT if spent else RetryReason.NO_TEXT, think=not options.think)


def _wait(seconds: float, options: GenerationOptions) -> bool:
    """Wait, unless the person stops; whether to go on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not options.cancelled():
        time.sleep(_POLL_S)
    return not options.cancelled()
