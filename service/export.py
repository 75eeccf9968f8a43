"""Conversations as plain data for programs, and as files that a person takes along. JSON comes back as equal values."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.place_words import place_fields
from core.types import Citation
from rag.answer import Answer
from service.conversations import KeptConversation, KeptTurn, Scope
from store.catalog import Conversation, Feedback

# The form of an exported file; raised when what is written changes its meaning.
_FORMAT = 1


def moment(seconds: float) -> str:
    """Seconds since 1970 as a date and time of ISO 8601, in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def citation_fields(citation: Citation) -> dict[str, Any]:
    """A citation as programs read it: number, document, page (physical, from 1), the quoted words, whether it was added, its place."""
    fields = {"n": citation.n, "source": citation.source, "page": citation.page, "quote": citation.quote, "added": citation.added}
    return {**fields, **place_fields(citation)}


def turn_fields(turn: KeptTurn) -> dict[str, Any]:
    """A turn as programs read it; what it was made of (passages, plan, thoughts) is left out."""
    answer = turn.answer
    verdicts = [
        {
            "sentence": one.sentence,
            "support": one.support.value,
            "reason": one.reason.code.value,
            "cited": list(one.cited),
            "found": list(one.found),
        }
        for one in answer.verdicts
    ]
    return {
        "turn": turn.id,
        "question": turn.question,
        "model": turn.model,
        "asked": moment(turn.asked),
        "answer": {
            "text": answer.text,
            "outcome": answer.status.value,
            "citations": [citation_fields(one) for one in answer.citations],
            "verdicts": verdicts,
        },
        "feedback": None if turn.feedback is None else asdict(turn.feedback),
    }


def to_json(kept: KeptConversation) -> str:
    """A conversation whole, as one JSON document; `from_json` makes equal values of it."""
    turns = [
        {
            "id": turn.id,
            "parent": turn.parent,
            "question": turn.question,
            "model": turn.model,
            "scope": turn.scope.to_json(),
            "asked": turn.asked,
            "answer": turn.answer.to_json(),
            "feedback": None if turn.feedback is None else asdict(turn.feedback),
            "siblings": list(turn.siblings),
        }
        for turn in kept.turns
    ]
    return json.dumps({"kaedama": _FORMAT, "conversation": asdict(kept.about), "turns": turns}, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> KeptConversation:
    """What `to_json` made. Raises ValueError, KeyError, TypeError where the text is something else."""
    data = json.loads(text)
    return KeptConversation(Conversation(**data["conversation"]), tuple(_turn(row) for row in data["turns"]))


def _turn(row: Mapping[str, Any]) -> KeptTurn:
    feedback = Feedback(**row["feedback"]) if row["feedback"] is not None else None
    return KeptTurn(
        row["id"], row["parent"], row["question"], row["model"], Scope.from_json(row["scope"]), row["asked"],
        Answer.from_json(row["answer"]), feedback, tuple(row["siblings"]),
    )  # fmt: skip
