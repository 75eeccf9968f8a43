"""A follow-up made to stand alone, by rule: what leans on the turn before is searched together with that turn's question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.text import tokens
from core.types import Turn

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


def condense(question: str, history: Sequence[Turn]) -> str:
    """The question to search for: the question itself, or where it leans on the last turn, that turn's question before it."""
    if not history:
        return question
    if len(set(tokens(question))) <= _FEW_TOKENS or _POINTS_BACK.search(question):
        return f"{history[-1].question} {question}"
    return question
