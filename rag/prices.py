"""What an answer costs, by a table that the person may edit (data/prices.json). A price that nobody wrote down is unknown, never zero."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InvalidSetting, SettingFault
from core.types import Location

_PER_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """One row: money per million tokens read and written (None: unknown), other prices for long prompts, and where it was read.

    `since` and `until` are the first and last day on which it counts, as YYYY-MM-DD ("": no bound); `date` is when it was read.
    """

    model: str
    input: float | None
    output: float | None
    source: str
    date: str
    until: str = ""
    long_from: int = 0
    long_input: float | None = None
    long_output: float | None = None
    since: str = ""

    def counts_on(self, day: str) -> bool:
        """Whether the row is in force on a day, given as YYYY-MM-DD."""
        return self.since <= day and (not self.until or day <= self.until)

    def cost(self, prompt_tokens: int, answer_tokens: int) -> float | None:
        """Money for one answer, or None where the row does not tell."""
        long = self.long_from and prompt_tokens > self.long_from
        read, written = (self.long_input, self.long_output) if long else (self.input, self.output)
        if read is None or written is None:
            return None
        return (prompt_tokens * read + answer_tokens * written) / _PER_TOKENS


@dataclass(frozen=True, slots=True)
class Prices:
    """The table; `rows` in the order of the file."""

    currency: str
    rows: tuple[Price, ...]

    def cost(
        self, model: str, location: Location, *, prompt_tokens: int, answer_tokens: int, today: dt.date | None = None
    ) -> float | None:
        """Money for one answer: 0 where it runs here, None where no row in force tells. `answer_tokens` are thoughts and text together."""
        if not location.remote:
            return 0.0
        day = (today or dt.datetime.now(dt.UTC).date()).isoformat()
        row = next((row for row in self.rows if row.model == model and row.counts_on(day)), None)
        return row.cost(prompt_tokens, answer_tokens) if row else None


def read_prices(path: Path) -> Prices:
    """The table of a file; an empty one where there is no file.

    Raises:
        InvalidSetting: the file cannot be read as a price table.
    """
    if not path.exists():
        return Prices("USD", ())
    try:
        table: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return Prices(str(table["currency"]), tuple(map(_row, table["rows"])))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidSetting(name="KAEDAMA_PRICES", value=str(path), detail=SettingFault.NO_PRICES(detail=str(error))) from error


def _row(written: dict[str, Any]) -> Price:
    row = Price(since=str(written.get("from", "")), **{name: value for name, value in written.items() if name != "from"})
    for day in (row.since, row.until):
        if day:
            dt.date.fromisoformat(day)
    return row


def money(cost: float | None, currency: str) -> str:
    """A price as people write it; small ones with as many digits as tell something."""
    if cost is None:
        return "unknown"
    digits = 1 - math.floor(math.log10(cost)) if 0 < cost < 0.01 else 2
    return f"{cost:.{digits}f} {currency}"
