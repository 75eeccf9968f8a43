"""The context plan: never over the window, best passages first, and everything left out is accounted for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ContextOverflow
from core.types import LOCAL, Hit, Turn
from rag.events import OutReason
from rag.models.base import GenerationOptions, ModelInfo, PromptStyle
from rag.plan.budget import (
    WINDOW_STEPS,
    ContextPlan,
    Windows,
    estimate_tokens,
    least_tokens,
    memory_window,
    plan_context,
    plan_documents,
    prompt_was_cut,
    window_step,
)

CHAT = ModelInfo("m", "e", LOCAL, window=4096)
EXTRACTIVE = ModelInfo("r", "e", LOCAL, window=4096, style=PromptStyle.EXTRACTIVE, max_passages=3)


def hits(*lengths: int) -> list[Hit]:
    """Hits with texts of these lengths."""
    return [
        Hit(rank, 1.0, 1.0, 1.0, rank, 1, "a.txt", "A", 1, None, 0, length, "word " * (length // 5), "en")
        for rank, length in enumerate(lengths, start=1)
    ]


def plan(
    found: list[Hit], *, info: ModelInfo = CHAT, window: int = 4096, answer: int = 512, history: list[Turn] | None = None
) -> ContextPlan:
    """A plan with the estimate of tokens."""
    options = GenerationOptions(max_tokens=answer, window=window)
    return plan_context(
        "What is it?", language="en", hits=found, history=history or [], info=info, options=options, count=lambda _: None
    )  # fmt: skip


@given(st.lists(st.integers(50, 4000), min_size=1, max_size=12), st.integers(1024, 8192))
def test_a_plan_never_exceeds_the_window_and_accounts_for_every_passage(lengths: list[int], window: int) -> None:
    found = hits(*lengths)
    try:
        made = plan(found, window=window, answer=256)
    except ContextOverflow as error:
        assert error.fields["needed"] > error.fields["window"]  # type: ignore[operator]  # both are numbers
        return
    assert made.used + made.reserved <= made.window <= window
    assert sorted([hit.rank for hit in made.passages] + [left.rank for left in made.left_out]) == [hit.rank for hit in found]
    assert [hit.rank for hit in made.passages] == sorted(hit.rank for hit in made.passages)


def test_the_reader_is_given_three_passages_and_the_rest_is_named() -> None:
    made = plan(hits(100, 100, 100, 100, 100), info=EXTRACTIVE)
    assert [hit.rank for hit in made.passages] == [1, 2, 3]
    assert [(left.rank, left.reason) for left in made.left_out] == [(4, OutReason.FEW_PASSAGES), (5, OutReason.FEW_PASSAGES)]


def test_a_passage_too_large_for_the_rest_of_the_window_makes_room_for_smaller_ones() -> None:
    made = plan(hits(3000, 9000, 300), window=2048)
    assert [hit.rank for hit in made.passages] == [1, 3]
    assert [(left.rank, left.reason) for left in made.left_out] == [(2, OutReason.WINDOW)]


def test_history_is_dropped_before_passages_oldest_first() -> None:
    history = [Turn(f"question {number} " + "long " * 300, "answer") for number in range(6)]
    made = plan(hits(2000, 2000), history=history)
    text = "".join(message.text for message in made.messages)
    assert len(made.passages) == 2
    assert "question 5" in text
    assert "question 0" not in text


def test_a_question_that_fits_beside_no_passage_is_an_error() -> None:
    with pytest.raises(ContextOverflow, match="fewer passages"):
        plan(hits(20_000), window=2048)


def test_estimates_err_on_the_high_side() -> None:
    # Tokens counted once with Gemma 3's tokenizer.
    assert estimate_tokens("こんにちは世界") >= 2
    assert estimate_tokens("The quick brown fox jumps over the lazy dog.") >= 10
    assert estimate_tokens("") == 0
    assert estimate_tokens("1234567890") == 10


@given(st.integers(0, 300_000), st.integers(1024, 300_000))
def test_a_window_is_a_step_that_holds_what_is_needed(needed: int, ceiling: int) -> None:
    window = window_step(needed, ceiling)
    assert window in {*WINDOW_STEPS, ceiling}
    assert window <= ceiling
    assert window >= min(needed, ceiling)
    assert all(step < needed for step in WINDOW_STEPS if step < window)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 200_000)), max_size=20), st.integers(1024, 262_144))
def test_windows_grow_and_never_shrink(asked: list[tuple[str, int]], ceiling: int) -> None:
    windows = Windows()
    last: dict[str, int] = {}
    for model, needed in asked:
        window = windows.choose(model, needed, ceiling)
        assert window >= min(ceiling, max(needed, last.get(model, 0)))
        last[model] = window


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_the_window_that_memory_holds_is_a_step_and_grows_with_memory(size: int, memory: int) -> None:
    assert memory_window(size, memory) in WINDOW_STEPS
    assert memory_window(size, memory) <= memory_window(size, memory + (1 << 30))


@given(st.text(max_size=400))
def test_the_least_is_never_more_than_the_estimate(text: str) -> None:
    assert least_tokens(text) <= estimate_tokens(text) + 1


@given(st.lists(st.integers(50, 4000), min_size=1, max_size=12), st.integers(1024, 8192))
def test_documents_go_in_whole_or_not_at_all(lengths: list[int], window: int) -> None:
    pages = hits(*lengths)
    options = GenerationOptions(max_tokens=256, window=window)
    made = plan_documents("What is it?", language="en", pages=pages, info=CHAT, options=options, count=lambda _: None)
    if made is None:
        assert plan_fits_not(pages, window)
    else:
        assert list(made.passages) == pages
        assert made.left_out == ()
        assert made.used + made.reserved <= made.window


def plan_fits_not(pages: list[Hit], window: int) -> bool:
    """Whether the ordinary plan leaves something out too."""
    try:
        return bool(plan(pages, window=window, answer=256).left_out)
    except ContextOverflow:
        return True


def test_a_cut_prompt_is_noticed_and_a_whole_one_is_not_accused() -> None:
    made = plan(hits(*[3000] * 9), window=32_768, info=ModelInfo("m", "e", LOCAL, window=32_768))
    assert prompt_was_cut(made, 2051)
    assert not prompt_was_cut(made, made.used)
    assert not prompt_was_cut(made, 27_000 // 5), "English has some five characters a token"
    assert not prompt_was_cut(made, 0)
    assert not prompt_was_cut(made, 12), "a server that counts only what it had not cached"


def test_each_text_is_counted_once() -> None:
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return len(text) // 4

    history = [Turn(f"question {number}", f"answer {number}") for number in range(6)]
    made = plan_context(
        "What is it?", language="en", hits=hits(*[400] * 10), history=history, info=CHAT,
        options=GenerationOptions(max_tokens=512, window=4096), count=count,
    )  # fmt: skip
    assert (len(made.passages), len(made.messages)) == (10, 14)
    assert len(asked) == len(set(asked)) == 2 + 10 + 12 + 1


def test_the_sum_of_the_parts_is_no_less_than_the_prompt() -> None:
    history = [Turn("And what of audio?", "It hears 30 seconds.")]
    made = plan(hits(300, 700, 20), history=history)
    assert sum(8 + estimate_tokens(message.text) for message in made.messages) <= made.used


def test_a_window_that_the_engine_holds_is_kept_where_it_is_enough() -> None:
    windows = Windows()
    assert windows.choose("m", 3000, 32768, lambda: 20_000) == 20_000
    assert windows.choose("m", 19_000, 32768, lambda: 4096) == 20_000, "asked once"
    assert windows.choose("m", 21_000, 32768) == 32768
    assert windows.choose("other", 3000, 32768, lambda: 2048) == 8192, "room for the next turns"
    assert windows.choose("small", 3000, 4096) == 4096
