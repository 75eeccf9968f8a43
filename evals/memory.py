"""What many different questions cost in memory: the embedded model is asked one after another, and the process is weighed on the way.

llama.cpp keeps the state of past prompts; the setting `prompt_cache_mb` bounds it, and this shows that it does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import psutil

from core.settings import Settings
from core.types import Message, Role
from rag.events import Usage
from rag.models.base import AnswerModel, GenerationOptions
from rag.models.llama_cpp import open_embedded

QUESTIONS = 300
# By then everything is loaded and the memory of prompts is full: what grows afterwards grows for ever.
SETTLED = 30
# Prompts are so long that SETTLED of them fill the memory of prompts: a token of the bundled model keeps 18 kB (18 layers, one key and
# one value of 256 numbers of 2 bytes), and has 2.5 characters of the text below.
_BYTES_A_TOKEN = 18 * 2 * 256 * 2
_CHARACTERS_A_TOKEN = 2.5
_PASSAGES = 3
_MB = 1_000_000
Json = dict[str, object]
Progress = Callable[[str], None]


def measure_memory(settings: Settings, *, questions: int = QUESTIONS, say: Progress) -> Json:
    """Resident memory in MB after 30 and after all questions (at least 31), no two prompts alike, and tokens and seconds a question."""
    model = open_embedded(settings)
    say(f"{questions} different questions to the embedded model")
    try:
        tokens = settings.prompt_cache_mb * _MB / _BYTES_A_TOKEN / SETTLED
        return {"prompt cache MB": settings.prompt_cache_mb, **weighed(model, questions, tokens, say)}
    finally:
        model.close()


def weighed(model: AnswerModel, questions: int, tokens_a_prompt: float, say: Progress) -> Json:
    """As `measure_memory`, of any model."""
    length = round(tokens_a_prompt * _CHARACTERS_A_TOKEN / _PASSAGES)
    options = GenerationOptions(max_tokens=1, window=model.describe().window)
    process = psutil.Process(os.getpid())
    settled, tokens, started = 0.0, 0, time.perf_counter()
    for number in range(1, questions + 1):
        for event in model.stream([Message.of(Role.USER, _prompt(number, length))], options):
            tokens += event.prompt_tokens if isinstance(event, Usage) else 0
        if number == SETTLED:
            settled = process.memory_info().rss / _MB
            say(f"after {number}: {settled:.0f} MB")
    last = process.memory_info().rss / _MB
    return {
        "questions": questions,
        f"MB after {SETTLED}": round(settled),
        f"MB after {questions}": round(last),
        "growth MB": round(last - settled),
        "prompt tokens a question": round(tokens / questions),
        "seconds a question": round((time.perf_counter() - started) / questions, 2),
    }


def _prompt(number: int, length: int) -> str:
    """Passages of `length` characters and a question, different from the first word on."""
    passages = []
    for passage in range(1, _PASSAGES + 1):
        text = f"Report {number}.{passage}: "
        line = 0
        while len(text) < length:
            line += 1
            text += f"Station {number * 31 + line} measured {(number * 7919 + line * 104729) % 9973} litres on day {line}. "
        passages.append(f"[{passage}] {text[:length]}")
    body = "\n\n".join(passages)
    return f"{body}\n\nQuestion: How many litres did station {number * 31 + 1} measure?"
