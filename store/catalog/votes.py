"""Votes of the person on answers that stood side by side: kept in the catalog, counted, and given out as they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from store.catalog.connection import Connections


@dataclass(frozen=True, slots=True)
class Vote:
    """One comparison and its winner ("" for a tie). `answers` by model, in the order in which they were shown.

    `blind` tells whether the names were hidden until the vote; `added` is seconds since 1970, UTC.
    """

    notebook: int
    question: str
    answers: dict[str, str]
    winner: str
    blind: bool
    added: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a model fared: comparisons won, tied and lost; `rate` counts a tie as half a win (0..1)."""

    model: str
    won: int
    tied: int
    lost: int

    @property
    def rate(self) -> float:
        """Share of comparisons won."""
        return (self.won + self.tied / 2) / (self.won + self.tied + self.lost)


class Votes:
    """The votes in one catalog."""

    def __init__(self, db: Connections) -> None:
        self._db = db

    def add(self, vote: Vote) -> None:
        """Keep a vote. Raises ValueError where the winner is none of the models."""
        if vote.winner and vote.winner not in vote.answers:
            raise ValueError(f"{vote.winner!r} was not compared")
        with self._db.transaction() as db:
            db.execute(
                "INSERT INTO votes (notebook, question, answers, winner, blind, added) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    vote.notebook,
                    vote.question,
                    json.dumps(vote.answers, ensure_ascii=False),
                    vote.winner,
                    int(vote.blind),
                    vote.added,
                ),
            )

    def all(self, notebook: int | None = None) -> list[Vote]:
        """Votes in the order in which they were given: of a notebook, or of all."""
        where, values = (" WHERE notebook = ?", (notebook,)) if notebook is not None else ("", ())
        rows = self._db.rows(f"SELECT notebook, question, answers, winner, blind, added FROM votes{where} ORDER BY id", values)
        return [Vote(row[0], row[1], json.loads(row[2]), row[3], bool(row[4]), row[5]) for row in rows]


def standings(votes: Iterable[Vote]) -> list[Standing]:
    """The win-rate table, best first. A winner of three has won one comparison, and each of the others has lost one."""
    counts: dict[str, list[int]] = {}
    for vote in votes:
        for model in vote.answers:
            place = 1 if not vote.winner else 0 if model == vote.winner else 2
            counts.setdefault(model, [0, 0, 0])[place] += 1
    table = [Standing(model, *count) for model, count in counts.items()]
    return sorted(table, key=lambda row: (-row.rate, row.model))


def as_jsonl(votes: Iterable[Vote], names: Mapping[int, str]) -> str:
    """One vote a line, as JSON, for programs; `names` are the notebooks' names."""
    fields = (
        {
            "notebook": names[vote.notebook],
            "question": vote.question,
            "answers": vote.answers,
            "winner": vote.winner,
            "blind": vote.blind,
            "added": vote.added,
        }
        for vote in votes
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in fields)
