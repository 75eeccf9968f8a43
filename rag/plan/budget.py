"""The context plan: what of instructions, history and passages goes into the model's window, and what stays out and why.

A window is never cut in silence: what does not fit is left out here, by us, and told; room for the answer is set aside first.
Pure but for `Windows`, which remembers.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import ContextOverflow
from core.text import flowing, unspaced_share
from core.types import Hit, Message, Turn
from rag.citations import LARGEST_NUMBER
from rag.events import LeftOut, OutReason
from rag.models.base import GenerationOptions, ModelInfo, PromptStyle
from rag.prompt import build_messages, passage_block, turn_messages

# Tokens around each message: the turn marks of the chat templates (at most 5 in Gemma, ChatML and Llama).
_PER_MESSAGE = 8
# Tokens that may come on top where a passage is joined to what stands before it: the break between them, and its number's digits.
_PER_PASSAGE = 4
# Characters a token holds, on the safe side: Gemma's vocabulary averages 4.5 in English and 4 in Spanish, 1.6 in Japanese.
_CHARACTERS_SPACED = 3.0
_CHARACTERS_UNSPACED = 1.0
# The same on the other side: no text has fewer tokens than this, whatever the tokenizer.
_MOST_CHARACTERS_SPACED = 8.0
_MOST_CHARACTERS_UNSPACED = 3.0
# A window is asked for in these steps, so that questions of about one size find the model loaded as they need it.
WINDOW_STEPS = tuple(4096 << step for step in range(9))
# What an ordinary question with ten passages takes, with thoughts and follow-ups: loading less would mean loading twice.
COMMON_WINDOW = 8_192
# A server that counts only what it had not cached (Ollama 0.30.0 did) names small numbers; none has a window so small that cutting to it,
# or to half of it, leaves fewer.
_LEAST_CUT = 1000
# Bytes of memory that one token of context takes (keys and values, 16 bits) in a model of 4 to 8 billion parameters with full attention.
# Gemma, whose layers mostly look at a sliding window, takes less: this errs on the safe side.
_BYTES_PER_TOKEN = 128 << 10
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


def least_tokens(text: str) -> int:
    """A number of tokens that a text surely exceeds, for finding out that a prompt was cut."""
    per = _MOST_CHARACTERS_UNSPACED if unspaced_share(text) > 0.3 else _MOST_CHARACTERS_SPACED
    return int(len(flowing(text)) / per)


def fewest_tokens(characters: int) -> int:
    """A number of tokens that no text of so many characters falls below by much, in any language."""
    return int(characters / _MOST_CHARACTERS_SPACED)


def window_step(needed: int, ceiling: int) -> int:
    """The smallest step that holds `needed` tokens; the ceiling itself is the last step."""
    return next((step for step in WINDOW_STEPS if needed <= step <= ceiling), ceiling)


def memory_window(size: int, memory: int) -> int:
    """Tokens of context that fit beside `size` bytes of weights (0: unknown, taken to be half) into `memory` bytes: a step, the first
    at least."""
    room = (memory - size if size else memory // 2) // _BYTES_PER_TOKEN
    return max((step for step in WINDOW_STEPS if step <= room), default=WINDOW_STEPS[0])


class Windows:
    """The windows that models were last asked with. A window grows and never shrinks, since every change makes the engine load anew."""

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}
        self._lock = threading.Lock()

    def held(self, model: str, loaded: Callable[[], int] = lambda: 0) -> int:
        """The window that a model was last asked with, or the one that `loaded` tells; 0 where neither is known."""
        with self._lock:
            asked = self._asked.get(model)
        return loaded() if asked is None else asked

    def choose(self, model: str, needed: int, ceiling: int, loaded: Callable[[], int] = lambda: 0) -> int:
        """The window for a question, in tokens: what the model has if that is enough, else the step that the question needs.

        At first it is at least `COMMON_WINDOW`, so that follow-ups, their rewriting and thoughts find room in it; at most the ceiling.
        `loaded` asks the engine which window it holds now (0: none, or it does not tell); it is asked once a model.
        """
        asked = self.held(model, loaded)
        grown = min(ceiling, max(window_step(max(needed, COMMON_WINDOW), ceiling), asked))
        chosen = asked if needed <= asked <= ceiling else grown
        with self._lock:
            self._asked[model] = max(chosen, min(self._asked.get(model, 0), ceiling))
            return self._asked[model]


def prompt_was_cut(plan: ContextPlan, read: int) -> bool:
    """Whether an engine that says it read so many tokens threw a part of the prompt away; 0 is no answer."""
    return _LEAST_CUT <= read < sum(least_tokens(message.text) for message in plan.messages)


def plan_documents(
    question: str,
    *,
    language: str,
    pages: Sequence[Hit],
    info: ModelInfo,
    options: GenerationOptions,
    count: Callable[[str], int | None],
) -> ContextPlan | None:
    """All pages in their order, or None where they do not fit into the window of the options. No history goes beside them."""
    window = min(info.window, options.window) if options.window else info.window
    room = window - options.max_tokens
    if len(pages) > LARGEST_NUMBER or sum(least_tokens(page.text) for page in pages) > room:
        return None  # seen at once, without asking a tokenizer about a shelf of books
    messages = build_messages(question, language=language, passages=pages, style=info.style)
    used = sum(_PER_MESSAGE + _tokens(message.text, count) for message in messages)
    if used > room:
        return None
    return ContextPlan(tuple(messages), window, used, options.max_tokens, count("a") is not None, tuple(pages), ())


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
    empty = build_messages(question, language=language, passages=(), style=info.style)
    used = sum(_PER_MESSAGE + _tokens(message.text, count) for message in empty)
    chosen: list[Hit] = []
    left_out: list[LeftOut] = []
    needed = 0  # by the best passage
    for hit in hits:
        if info.max_passages and len(chosen) == info.max_passages:
            left_out.append(LeftOut(hit.rank, OutReason.FEW_PASSAGES))
            continue
        size = _PER_PASSAGE + _tokens(passage_block(hit.rank, hit, info.style), count)
        needed = needed or used + size
        if used + size > room:
            left_out.append(LeftOut(hit.rank, OutReason.WINDOW))
        else:
            chosen.append(hit)
            used += size
    if hits and not chosen:
        raise ContextOverflow(needed=needed + options.max_tokens, name=info.name, window=window)
    turns: list[Turn] = []
    for turn in reversed(history if info.style is PromptStyle.CHAT else ()):
        size = sum(_PER_MESSAGE + _tokens(message.text, count) for message in turn_messages(turn))
        if used + size > room:
            break
        turns.insert(0, turn)
        used += size
    messages = build_messages(question, language=language, passages=chosen, history=turns, style=info.style)
    return ContextPlan(tuple(messages), window, used, options.max_tokens, count("a") is not None, tuple(chosen), tuple(left_out))


def _tokens(text: str, count: Callable[[str], int | None]) -> int:
    counted = count(text)
    return counted if counted is not None else estimate_tokens(text)
