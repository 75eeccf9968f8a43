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
# Three passages as the bundled model is given, short ones: 30 such prompts fill a memory of 256 MB (18 kB a token).
_PASSAGES = 3
_PASSAGE_CHARACTERS = 300
_MB = 1_000_000
Json = dict[str, object]
Progress = Callable[[str], None]


def measure_memory(settings: Settings, *, questions: int = QUESTIONS, say: Progress) -> Json:
    """Resident memory in MB after 30 and after all questions (at least 31), no two prompts alike, and tokens and seconds a question."""
    model = open_embedded(settings)
    say(f"{questions} different questions to the embedded model")
    try:
        return weighed(model, questions, say)
    finally:
        model.close()


def weighed(model: AnswerModel, questions: int, say: Progress) -> Json:
    """As `measure_memory`, of any model."""
    options = GenerationOptions(max_tokens=16, window=model.describe().window)
    process = psutil.Process(os.getpid())
    settled, tokens, started = 0.0, 0, time.perf_counter()
    for number in range(1, questions + 1):
        for event in model.stream([Message.of(Role.USER, _prompt(number))], options):
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


def _prompt(number: int) -> str:
    """Passages and a question as long as those that the product sends, different from the first word on."""
    passages = []
    for passage in range(1, _PASSAGES + 1):
        text = f"Report {number}.{passage}: "
        line = 0
        while len(text) < _PASSAGE_CHARACTERS:
            line += 1
            text += f"Station {number * 31 + line} measured {(number * 7919 + line * 104729) % 9973} litres on day {line}. "
        passages.append(f"[{passage}] {text[:_PASSAGE_CHARACTERS]}")
    body = "\n\n".join(passages)
    return f"{body}\n\nQuestion: How many litres did station {number * 31 + 1} measure?"
