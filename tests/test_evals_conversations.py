"""The measure of the page and its API: conversations to open, figures of all ways, and bytes that stay below the bound."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from evals import conversations
from evals.conversations import kept_conversations, measure_conversations, spread
from evals.listing import station_text
from evals.retrieval import fill
from evals.sets import Doc
from service.conversations import Conversations
from store.embedding.embedder import open_embedder
from store.library import Library
from tests.doubles import HashEmbedder

# Bytes that a streamed answer of 5 kB may cost.
BOUND_KB = 300


def test_median_and_worst_are_seconds() -> None:
    assert spread([0.1, 0.3, 0.2004]) == {"median": 0.2, "worst": 0.3}


def test_conversations_are_kept_with_answers_that_are_cited_and_judged(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In words of the text, since the instant embedder knows no others.
    monkeypatch.setattr(conversations, "_QUESTION", "Station 31 measured 7919 litres on day 1, and nobody disputes the figure.")
    with Library.open(tmp_path, HashEmbedder()) as library:
        fill(library, [Doc(f"report {n}", "en", "Report", station_text(800, n * 10)) for n in range(12)], settings)
        ids = kept_conversations(library, settings, 3)
        assert len(set(ids)) == 5
        for one in ids:
            turns = Conversations(library).get(one).turns
            assert [turn.question[-3:] for turn in turns] == ["(0)", "(1)", "(2)"]
            assert all(turn.answer.citations and turn.answer.verdicts and len(turn.answer.hits) == 10 for turn in turns)


def test_where_there_are_no_tests_it_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(conversations, "ROOT", tmp_path)
    result = measure_conversations(settings, HashEmbedder(), {}, say=lambda text: None)
    assert str(result["left_out"]).startswith("There is no tests/servers/ollama.py")


@pytest.mark.slow
def test_every_way_is_measured_and_an_answer_costs_what_is_new() -> None:
    settings = Settings()
    result: dict[str, Any] = measure_conversations(settings, open_embedder(settings), os.environ, turns=3, say=lambda text: None)
    opening, sizes = result["opening a conversation"], result["bytes of an answer"]
    assert min(opening[step]["median"] for step in ("read s", "open s", "all turns s")) > 0
    assert sizes["characters"] > 4_900
    for way in ("API, plain HTTP", "API, Gradio's client", "page"):
        assert sizes["characters"] / 1000 < sizes[way]["kB"] < BOUND_KB
