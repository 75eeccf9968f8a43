"""The context plan: what of instructions, history and passages goes into the model's window, and what stays out and why. Pure.

A window is never cut in silence: what does not fit is left out here, by us, and told; room for the answer is set aside first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import ContextOverflow
from core.text import unspaced_share
from core.types import Hit, Turn
from rag.events import LeftOut
from rag.models.base import GenerationOptions, Message, ModelInfo
from rag.prompt import build_messages

# Tokens around each message: the turn marks of the chat templates (at most 5 in Gemma, ChatML and Llama).
_PER_MESSAGE = 8
# Characters a token holds, on the safe side: Gemma's vocabulary averages 4.5 in English and 4 in Spanish, 1.6 in Japanese.
_CHARACTERS_SPACED = 3.0
_CHARACTERS_UNSPACED = 1.0
_DENSE_TEXT = re.compile(r"[\d\W]")


@dataclass(frozen=True, slots=True)
class ContextPlan:
    """The messages to send and the account of them, in tokens."""

    messages: tuple[Message, ...]
    window: int
    used: int
    reserved: int
    counted: bool
    passages: tuple[Hit, ...]
    left_out: tuple[LeftOut, ...]


def estimate_tokens(text: str) -> int:
    """Tokens of a text where no tokenizer can be asked; errs on the high side. Digits and signs count one each."""
    dense = len(_DENSE_TEXT.findall(text.replace(" ", "")))
    rest = len(text) - dense - text.count(" ")
    per = _CHARACTERS_UNSPACED if unspaced_share(text) > 0.3 else _CHARACTERS_SPACED
    return math.ceil(dense + rest / per)


def plan_context(
    question: str,
    *,
    language: str,
    hits: Sequence[Hit],
    history: Sequence[Turn],
    info: ModelInfo,
    options: GenerationOptions,
    count: Callable[[str], int | None],
) -> ContextPlan:
    """Fill the window: the question and its instructions always, then passages by rank, then the latest turns that still fit.

    Raises:
        ContextOverflow: not even the best passage fits beside the question.
    """
    window = min(info.window, options.window) if options.window else info.window
    room = window - options.max_tokens
    counted = count("a") is not None

    def size(passages: Sequence[Hit], turns: Sequence[Turn]) -> tuple[list[Message], int]:
        messages = build_messages(question, language=language, passages=passages, history=turns, style=info.style)
        return messages, sum(_PER_MESSAGE + _tokens(message.content, count) for message in messages)

    chosen: list[Hit] = []
    left_out: list[LeftOut] = []
    for hit in hits:
        if info.max_passages and len(chosen) == info.max_passages:
            left_out.append(LeftOut(hit.rank, "reader"))
        elif size([*chosen, hit], [])[1] > room:
            left_out.append(LeftOut(hit.rank, "window"))
        else:
            chosen.append(hit)
    if hits and not chosen:
        raise ContextOverflow(needed=size(hits[:1], [])[1] + options.max_tokens, name=info.name, window=window)
    turns: list[Turn] = []
    for turn in reversed(history):
        if size(chosen, [turn, *turns])[1] > room:
            break
        turns.insert(0, turn)
    messages, used = size(chosen, turns)
    return ContextPlan(tuple(messages), window, used, options.max_tokens, counted, tuple(chosen), tuple(left_out))


def _tokens(text: str, count: Callable[[str], int | None]) -> int:
    counted = count(text)
    return counted if counted is not None else estimate_tokens(text)
