"""The measure of the model seam: its figures are there, nothing is lost, and a stop arrives; how fast is for `make bench` to say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from evals import overhead
from evals.overhead import measure_overhead
from tests.doubles import HashEmbedder


def test_first_words_streams_and_stops_are_measured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overhead, "_STOPS", 2)
    said: list[str] = []
    result: dict[str, Any] = measure_overhead(settings, HashEmbedder(), repeats=3, say=said.append)
    assert set(result) == {"first word ms", "at once", "stop s"}
    first = result["first word ms"]
    assert first["overhead"] == pytest.approx(first["pipeline"] - first["bare client"], abs=0.02)
    assert min(first["bare client"], first["pipeline"]) > 0
    assert (result["at once"]["events"], result["at once"]["lost"]) == (5050, 0)
    assert 0 < result["stop s"]["worst"] <= 1.0
    assert said == ["the model seam: 3 first words, 50 streams at once, 2 stops"]


def test_where_there_are_no_tests_it_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(overhead, "ROOT", tmp_path)
    result = measure_overhead(settings, HashEmbedder(), repeats=1, say=lambda text: None)
    assert str(result["left_out"]).startswith("There is no tests/servers/ollama.py")
