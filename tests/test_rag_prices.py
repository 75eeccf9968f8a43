"""The table of prices: which row counts on which day."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from core.errors import InvalidSetting
from core.settings import ROOT
from rag.prices import Price, read_prices

SHIPPED = read_prices(ROOT / "data" / "prices.json")


def in_force(model: str, day: str) -> list[Price]:
    """The rows of the shipped table that count for a model on a day."""
    return [row for row in SHIPPED.rows if row.model == model and row.counts_on(day)]


@pytest.mark.parametrize(
    ("model", "day", "cost"),
    [
        ("gemini:gemini-4-argon", "2026-11-30", 12.0),
        ("gemini:gemini-4-argon", "2026-12-01", 24.0),
        ("gemini:gemini-3.6-flash", "2026-12-31", 4.5),
        ("gemini:gemini-3.7-flash", "2026-12-31", 4.5),
        ("gemini:gemini-3.7-flash", "2027-01-01", 9.0),
        ("gemini:gemini-3.8-flash", "2027-01-01", 9.0),
        ("gemini:gemini-2.5-flash", "2026-12-01", 2.8),
        ("gemini:gemma-4-31b-it", "2027-01-01", 0.0),
    ],
)
def test_a_price_is_that_of_the_day(model: str, day: str, cost: float) -> None:
    (row,) = in_force(model, day)
    assert row.cost(1_000_000, 1_000_000) == pytest.approx(cost)


@pytest.mark.parametrize("model", ["gemini:gemini-2.5-pro", "gemini:gemini-2.5-flash", "gemini:gemini-2.5-flash-lite"])
def test_a_model_that_was_withdrawn_has_no_price(model: str) -> None:
    assert in_force(model, "2026-12-02") == []


def test_no_day_has_two_prices_for_a_model() -> None:
    borders = {day for row in SHIPPED.rows for day in (row.since, row.until) if day}
    days = {(dt.date.fromisoformat(day) + dt.timedelta(days=step)).isoformat() for day in borders for step in (-1, 0, 1)}
    for model in {row.model for row in SHIPPED.rows}:
        for day in days:
            assert len(in_force(model, day)) <= 1, (model, day)


@pytest.mark.parametrize("row", [{"from": "next year"}, {"until": "2026-13-01"}, {"since": "2026-01-01"}])
def test_a_date_that_is_none_is_told(tmp_path: Path, row: dict[str, str]) -> None:
    path = tmp_path / "prices.json"
    whole = {"model": "m", "input": 1, "output": 1, "source": "s", "date": "2026-01-01"} | row
    path.write_text(json.dumps({"currency": "USD", "rows": [whole]}), "utf-8")
    with pytest.raises(InvalidSetting, match="price table"):
        read_prices(path)
