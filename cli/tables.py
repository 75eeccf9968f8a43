"""Comparisons and votes as lines of text, for the command line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from core.text import shortened
from rag.comparison import Compared, Measures
from rag.differences import Own
from rag.prices import money
from store.catalog.votes import Standing

_AMOUNT = re.compile(r"(?:about |~)?\d|[-?]?$")
# Of a sentence that stands in full above the table.
_MOST_CHARACTERS = 200
_HEAD = ("", "loading", "reading", "first word", "total", "tokens/s", "thought", "tokens in", "tokens out", "cost", "outcome")


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as a table: columns of numbers flush right under their head, all others flush left."""
    if not rows:
        return []
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    right = [all(_AMOUNT.match(row[at]) for row in rows[1:]) for at in range(len(widths))]
    return [
        "  ".join(cell.rjust(widths[at]) if right[at] else cell.ljust(widths[at]) for at, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def comparison(compared: Compared, names: Mapping[str, str]) -> list[str]:
    """What a comparison found; `names` are what the models are called in it."""
    lines = columns([_HEAD, *(_measured(row, names[row.model]) for row in compared.measures)])
    for model, own in compared.differences.items():
        lines += [f"only {names[model]}: {said}" for said in _own(own)]
    return lines


def _measured(row: Measures, name: str) -> tuple[str, ...]:
    about = "~" if row.estimated else ""
    return (
        name,
        _seconds(row.load_s),
        _seconds(row.read_s),
        _seconds(row.first_word_s),
        _seconds(row.total_s),
        f"{row.tokens_per_s:.1f}" if row.tokens_per_s is not None else "-",
        f"{row.thought_s:.1f} s, {row.thought_tokens}" if row.thought_tokens else "-",
        f"{row.tokens_in:,}",
        f"{about}{row.tokens_out:,}",
        money(row.cost, row.currency),
        row.outcome.replace("_", " "),
    )


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _own(own: Own) -> Iterable[str]:
    for kind in dict.fromkeys(fact.kind for fact in own.facts):
        yield f"{kind}s " + ", ".join(dict.fromkeys(fact.text for fact in own.facts if fact.kind is kind))
    if own.passages:
        yield "cites " + ", ".join(f"[{number}]" for number in own.passages)
    for verdict in own.unsupported:
        yield f"unsupported: {shortened(verdict.sentence, _MOST_CHARACTERS)}"


def win_rates(table: Sequence[Standing]) -> list[str]:
    """The win-rate table."""
    rows = [(row.model, f"{row.rate:.0%}", str(row.won), str(row.tied), str(row.lost)) for row in table]
    return columns([("", "wins", "won", "tied", "lost"), *rows]) if rows else ["No votes yet."]
