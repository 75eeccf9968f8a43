"""A follow-up made to stand alone: by the model that will answer, or by rule where there is none fit to be asked.

The rule searches what leans on the turn before together with that turn's question. A model at home is asked only where the rule sees such
a follow-up, because even a short request costs seconds there; a remote model is asked about every follow-up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import ModelError
from core.text import flowing, tokens
from core.types import Message, Role, Turn
from rag.events import Text, Usage
from rag.models.base import AnswerModel, GenerationOptions
from rag.prompt import neutral
from rag.refusals import is_refusal

# Openings and pronouns with which a question points back. Word boundaries only where the language has them.
_POINTS_BACK = re.compile(
    r"^\W*(?:and|but|what about|how about|why|it|its|they|their|them|this|that|these|those|he|she|his|her|which one|more)\b"
    r"|\b(?:it|its|they|their|them|this one|that one|the same)\b"
    r"|^\W*(?:y|pero|qué hay de|que hay de|por qué|por que|eso|esa|ese|estos?|estas?|su|sus|ellos?|ellas?|cuál de|más)\b"
    r"|^\W*(?:では|じゃあ|それ|その|これ|この|あれ|なぜ|どうして|ほかに|他に|もっと|あと|そちら|彼|彼女)"
    r"|(?:それ|その|これら|それら|同じ)",
    re.IGNORECASE,
)
# A question of so few words (or so few pairs of kana and kanji) cannot say what it is about.
_FEW_TOKENS = 3
# What the model is shown of the conversation, and the longest question it may make of it; more is an answer, not a question.
_TURNS = 3
_ANSWER_CHARACTERS = 600
_LONGEST_CHARACTERS = 400
REWRITE_TOKENS = 128
# Share of a rewritten question's words that must have been said before.
_KNOWN_WORDS = 0.4
_INSTRUCTION = (
    "Rewrite the last question so that it can be understood without the conversation: put in the names that it refers to. Keep its "
    "language and its meaning. If it stands alone already, repeat it unchanged. Do not answer it. Write only the question, on one line."
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question that stands alone, and what the model took for it; None where no model was asked or the engine does not say."""

    question: str
    usage: Usage | None = None


def condense(question: str, history: Sequence[Turn]) -> str:
    """The question to search for: the question itself, or where it leans on the last turn, that turn's question before it."""
    if not history:
        return question
    if len(set(tokens(question))) <= _FEW_TOKENS or _POINTS_BACK.search(question):
        return f"{history[-1].question} {question}"
    return question


def wants_model(model: AnswerModel, question: str, history: Sequence[Turn]) -> bool:
    """Whether this model is to be asked to rewrite this question."""
    info = model.describe()
    return bool(history) and not info.demonstration and (info.location.remote or condense(question, history) != question)


def rewrite_messages(question: str, history: Sequence[Turn]) -> list[Message]:
    """The request to make a follow-up stand alone."""
    turns = "\n".join(
        f"Question: {neutral(flowing(turn.question))}\nAnswer: {neutral(flowing(turn.answer))[:_ANSWER_CHARACTERS]}"
        for turn in history[-_TURNS:]
    )
    return [Message.of(Role.SYSTEM, _INSTRUCTION), Message.of(Role.USER, f"{turns}\n\nLast question: {neutral(flowing(question))}")]


def rewrite(model: AnswerModel, question: str, history: Sequence[Turn], options: GenerationOptions) -> Rewritten:
    """The question as the model rewrites it; by rule where it fails, says nothing of use, or answers instead."""
    said: list[str] = []
    usage: Usage | None = None
    try:
        for event in model.stream(rewrite_messages(question, history), options):
            if isinstance(event, Text):
                said.append(event.text)
            elif isinstance(event, Usage):
                usage = event
            elif event.retracts:
                said.clear()
    except ModelError:
        return Rewritten(condense(question, history), usage)  # if the model is really out of order, the answer will say so
    lines = [line.strip() for line in "".join(said).splitlines() if line.strip()]
    made = _LABEL.sub("", lines[0]).strip("\"'“”「」 ") if lines else ""
    if len(lines) != 1 or len(made) > _LONGEST_CHARACTERS or is_refusal(made) or not _of_the_conversation(made, question, history):
        made = condense(question, history)
    return Rewritten(made, usage)


def _of_the_conversation(made: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether the words of a rewritten question come from the conversation; those of an answer or a pleasantry do not."""
    known = {token for turn in history[-_TURNS:] for text in (turn.question, turn.answer) for token in tokens(text)}
    own = set(tokens(made))
    return bool(own) and len(own & (known | set(tokens(question)))) >= _KNOWN_WORDS * len(own)


# Models like to say what it is that they write.
_LABEL = re.compile(r"^(?:(?:rewritten |last |standalone |stand-alone )?question|pregunta|質問)\s*[:：]\s*", re.IGNORECASE)
