"""Characters and elements that no reader sees: they are left out and counted, since they are written for machines or to deceive them."""

from __future__ import annotations

import re

from core.errors import ReadingWarning
from core.sentences import Phrase

# Invisible everywhere: tag characters, zero-width spaces, word joiners, direction marks, embeddings and isolates, Mongolian separators,
# invisible operators, interlinear annotation, Hangul fillers, variation selectors beyond the common sixteen, soft hyphens.
_INVISIBLE = re.compile(
    "[\U000e0000-\U000e0fff\u200b\u2060-\u206f\ufeff\u200e\u200f\u061c\u202a-\u202e\u180e\ufff9-\ufffb\u115f\u1160\u3164\uffa0]+"
)
# A joiner means something between letters of Arabic and Indic scripts and between pictures; elsewhere it is invisible.
_JOINER = re.compile(
    "(?<![\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+"
    "|[\u200c\u200d]+(?![\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\U0001f000-\U0001faff])"
)
_SOFT_HYPHEN = "\u00ad"


def without_invisible(text: str) -> tuple[str, int]:
    """Text without characters that nobody sees, and how many there were; soft hyphens go too, which say only where a word may be divided."""
    if text.isascii():
        return text, 0
    shown = _JOINER.sub("", _INVISIBLE.sub("", text))
    return shown.replace(_SOFT_HYPHEN, ""), len(text) - len(shown)


def hidden_warning(count: int) -> tuple[Phrase, ...]:
    """What to say of so many hidden characters."""
    return (ReadingWarning.HIDDEN_TEXT(count=count),) if count else ()
