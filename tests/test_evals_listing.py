"""The measure of listing beside planning: its arithmetic, that the planning really goes on, and that what stops it is told."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import KaedamaError
from core.settings import Settings
from evals import listing
from evals.listing import Planning, compared, measure_listing, taken


def test_figures_are_milliseconds_and_their_distance() -> None:
    assert compared([0.001, 0.002, 0.003], [0.010, 0.012, 0.020]) == {
        "idle ms": {"median": 2.0, "p95": 2.9},
        "beside planning ms": {"median": 12.0, "p95": 19.2},
        "later ms": {"median": 10.0, "p95": 16.3},
    }


def test_work_is_taken_until_it_is_enough() -> None:
    done: list[int] = []
    seconds = taken(lambda: done.append(1), lambda count: count == 3)
    assert len(done) == len(seconds) == 3
    assert min(seconds) >= 0


def test_planning_repeats_until_it_is_left_and_keeps_what_stopped_it() -> None:
    def fail() -> None:
        raise ValueError("too_large")

    failing = Planning(fail)
    with failing:
        taken(lambda: None, lambda count: failing.over)
    assert (failing.done, str(failing.trouble)) == (0, "too_large")
    going = Planning(lambda: None)
    with going:
        taken(lambda: None, lambda count: going.done > 2)
    assert going.over
    assert going.trouble is None


def test_documents_are_listed_beside_a_document_that_is_planned_whole(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_LISTINGS", 3)
    said: list[str] = []
    result: dict[str, Any] = measure_listing(settings, characters=20_000, say=said.append)
    assert said == ["listing beside planning a document of 20000 characters"]
    assert result["documents"] == 101
    assert result["plans"] >= 3
    assert min(result["idle ms"]["median"], result["beside planning ms"]["median"]) > 0


def test_a_document_that_is_not_planned_whole_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_WINDOW", 8_192)
    with pytest.raises(KaedamaError, match=r"not planned whole: .*too_large"):
        measure_listing(settings, characters=200_000, say=lambda text: None)
