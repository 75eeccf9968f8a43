"""Metrics against values worked out by hand, and laws that every input must keep."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Support
from evals import metrics

RANKED = ["a", "b", "c", "d", "e"]
ids = st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=10)
some_ids = st.sets(st.sampled_from("abcdefghij"), min_size=1)
cutoffs = st.integers(1, 12)
answers = st.text(st.sampled_from("ab 東京のé.、[1]the"), max_size=20)
languages = st.sampled_from(["en", "es", "ja"])
unhurried = settings(deadline=None)  # a busy machine is no failure


@pytest.mark.parametrize(
    ("relevant", "k", "expected"),
    [
        ({"a"}, 10, 1.0),
        ({"b"}, 10, 1 / math.log2(3)),
        ({"c"}, 10, 0.5),
        ({"c"}, 2, 0.0),
        ({"z"}, 10, 0.0),
        ({"a", "c"}, 10, (1 + 0.5) / (1 + 1 / math.log2(3))),
        ({"a", "b", "c"}, 1, 1.0),
    ],
)
def test_ndcg(relevant: set[str], k: int, expected: float) -> None:
    assert metrics.ndcg(RANKED, relevant, k) == pytest.approx(expected)


def test_recall_counts_found_among_relevant() -> None:
    assert metrics.recall(RANKED, {"a", "e", "z"}, 5) == pytest.approx(2 / 3)
    assert metrics.recall(RANKED, {"a", "e", "z"}, 1) == pytest.approx(1 / 3)


def test_reciprocal_rank_is_of_the_first_right_one() -> None:
    assert metrics.reciprocal_rank(RANKED, {"c", "d"}, 10) == pytest.approx(1 / 3)
    assert metrics.reciprocal_rank(RANKED, {"c", "d"}, 2) == 0


def test_first_is_right() -> None:
    assert metrics.first_is_right(RANKED, {"a"}) == 1
    assert metrics.first_is_right(RANKED, {"b"}) == 0
    assert metrics.first_is_right([], {"b"}) == 0


@unhurried
@given(ids, some_ids, cutoffs)
def test_ranking_measures_lie_between_0_and_1_and_agree_on_nothing(ranked: list[str], relevant: set[str], k: int) -> None:
    values = [measure(ranked, relevant, k) for measure in (metrics.ndcg, metrics.recall, metrics.reciprocal_rank)]
    assert all(0 <= value <= 1 + 1e-12 for value in values)
    assert len({value == 0 for value in values}) == 1


@unhurried
@given(some_ids, cutoffs)
def test_a_perfect_ranking_is_worth_1(relevant: set[str], k: int) -> None:
    assert metrics.ndcg([*sorted(relevant), "z"], relevant, k) == pytest.approx(1)


@unhurried
@given(ids, some_ids, cutoffs)
def test_recall_and_reciprocal_rank_never_fall_with_k(ranked: list[str], relevant: set[str], k: int) -> None:
    for measure in (metrics.recall, metrics.reciprocal_rank):
        assert measure(ranked, relevant, k) <= measure(ranked, relevant, k + 1)


@unhurried
@given(ids, some_ids, st.integers(1, 9))
def test_ndcg_rises_when_a_right_one_moves_up(ranked: list[str], relevant: set[str], at: int) -> None:
    if at < len(ranked) and ranked[at] in relevant and ranked[at - 1] not in relevant:
        better = [*ranked[: at - 1], ranked[at], ranked[at - 1], *ranked[at + 1 :]]
        assert metrics.ndcg(better, relevant, 10) > metrics.ndcg(ranked, relevant, 10)


@pytest.mark.parametrize(
    ("answer", "gold", "language", "f1", "exact"),
    [
        ("The Saxon Garden.", ["saxon garden"], "en", 1.0, 1.0),
        ("in Warsaw", ["Warsaw"], "en", 2 / 3, 0.0),
        ("Warsaw Warsaw", ["Warsaw"], "en", 2 / 3, 0.0),
        ("Cracow", ["Warsaw", "Cracow, Poland"], "en", 2 / 3, 0.0),
        ("¿La casa?", ["casa"], "es", 1.0, 1.0),
        ("la casa azul", ["el perro"], "es", 0.0, 0.0),
        ("東京都", ["東京"], "ja", 0.8, 0.0),
        ("「東京」。", ["東京"], "ja", 1.0, 1.0),
        ("１９年", ["19年"], "ja", 1.0, 1.0),
        ("", ["x"], "en", 0.0, 0.0),
        ("x", [], "en", 0.0, 0.0),
    ],
)
def test_answers(answer: str, gold: list[str], language: str, f1: float, exact: float) -> None:
    assert metrics.token_f1(answer, gold, language) == pytest.approx(f1)
    assert metrics.exact_match(answer, gold, language) == exact


@unhurried
@given(answers, answers, languages)
def test_f1_is_symmetric_bounded_and_not_below_exact(one: str, other: str, language: str) -> None:
    value = metrics.token_f1(one, [other], language)
    assert 0 <= value <= 1
    assert value == pytest.approx(metrics.token_f1(other, [one], language))
    assert metrics.exact_match(one, [other], language) <= value
    assert metrics.token_f1(one, [one], language) == 1


@unhurried
@given(answers, languages)
def test_normalising_twice_changes_nothing(text: str, language: str) -> None:
    once = metrics.answer_tokens(text, language)
    assert metrics.answer_tokens(" ".join(once), language) == once


def test_marks_are_read_and_taken_out() -> None:
    assert metrics.marks("Momus [2], and [13].") == [2, 13]
    assert metrics.without_marks("Momus [2]") == "Momus"


@pytest.mark.parametrize(("answer", "expected"), [("Momus [2]", 1.0), ("Momus [1][2]", 0.0), ("Momus", 0.0)])
def test_the_first_mark_counts(answer: str, expected: float) -> None:
    assert metrics.cites_right(answer, 2) == expected


def test_detection() -> None:
    found = [True, True, False, False, True]
    true = [True, False, True, False, True]
    assert metrics.detection(found, true) == metrics.Detection(pytest.approx(2 / 3), pytest.approx(2 / 3))  # type: ignore[arg-type]


def test_detection_of_nothing_has_no_value() -> None:
    result = metrics.detection([False], [False])
    assert math.isnan(result.precision)
    assert math.isnan(result.recall)


@pytest.mark.parametrize(
    ("text", "gold", "held"),
    [
        ("It takes 10 days [1].", "10 DAYS", True),
        ("It takes\n10  days.", "10 days", True),
        ("１０日ほどかかる", "10 日", True),
        ("It takes 10 days.", "0 days", False),
        ("It takes 6.5 days.", "6", False),
        ("Port 9901 is used.", "990", False),
        ("chvtコマンド", "chvt", True),
        ("Rollover", "Rollo", False),
        ("español", "españ", False),
        ("3 10", "310", False),
        ("anything", " ", False),
    ],
)
def test_a_right_answer_stands_whole_in_a_text(text: str, gold: str, held: bool) -> None:
    assert metrics.holds_answer(text, [gold]) == held


@unhurried
@given(answers)
def test_every_answer_holds_itself(text: str) -> None:
    assert metrics.holds_answer(f" {text} ", [text]) == float(bool(text.strip()))


def test_citing_by_hand() -> None:
    assert metrics.citing({"a", "b"}, {"a", "c"}) == metrics.Citing(0.5, 0.5)
    assert metrics.citing(["a", "a"], {"a"}) == metrics.Citing(1.0, 1.0)
    nothing = metrics.citing([], {"a"})
    assert math.isnan(nothing.precision)
    assert nothing.recall == 0


@unhurried
@given(st.sets(st.sampled_from("abcdefgh")), some_ids)
def test_citing_lies_between_0_and_1_and_grows_with_right_citations(cited: set[str], relevant: set[str]) -> None:
    before, after = metrics.citing(cited, relevant), metrics.citing(cited | relevant, relevant)
    assert 0 <= before.recall <= after.recall == 1
    assert 0 < after.precision <= 1
    if cited:
        assert before.precision <= after.precision
        assert (before.precision == 0) == (before.recall == 0)


def test_supported_share() -> None:
    assert metrics.supported_share([Support.QUOTED, Support.SUPPORTED, Support.WEAK, Support.CONTRADICTED]) == 0.5
    assert math.isnan(metrics.supported_share([]))


def test_latency_percentiles() -> None:
    assert metrics.latency([float(second) for second in range(1, 102)]) == {"p50": 51.0, "p90": 91.0, "p95": 96.0}
    assert metrics.latency([]) == {"p50": None, "p90": None, "p95": None}


@pytest.mark.parametrize(
    ("held", "count", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilsons_interval_as_published(held: int, count: int, low: float, high: float) -> None:
    """The last as in Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I."""
    assert list(metrics.wilson(held, count)) == pytest.approx([low, high], abs=1e-4)


@unhurried
@given(st.integers(1, 500), st.data())
def test_wilsons_interval_holds_the_share_and_narrows_with_more(count: int, data: st.DataObject) -> None:
    held = data.draw(st.integers(0, count))
    low, high = metrics.wilson(held, count)
    assert 0 <= low <= held / count <= high <= 1
    narrow_low, narrow_high = metrics.wilson(4 * held, 4 * count)
    assert narrow_high - narrow_low < high - low


def test_wilsons_interval_of_nothing_has_no_value() -> None:
    assert all(map(math.isnan, metrics.wilson(0, 0)))


def test_area_under_curve_by_hand() -> None:
    assert metrics.area_under_curve([3, 4], [1, 2]) == 1
    assert metrics.area_under_curve([1, 4], [2, 3]) == 0.5
    assert metrics.area_under_curve([2], [2, 1]) == 0.75
    assert math.isnan(metrics.area_under_curve([], [1]))


@unhurried
@given(st.lists(st.integers(-3, 3), min_size=1), st.lists(st.integers(-3, 3), min_size=1))
def test_area_under_curve_is_the_share_of_pairs_in_order(positive: list[int], negative: list[int]) -> None:
    pairs = [(p > n) + (p == n) / 2 for p in positive for n in negative]
    assert metrics.area_under_curve(positive, negative) == pytest.approx(sum(pairs) / len(pairs))
    assert metrics.area_under_curve(positive, negative) == pytest.approx(1 - metrics.area_under_curve(negative, positive))


@unhurried
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_interval_lies_within_the_values_and_repeats(values: list[float]) -> None:
    low, high = metrics.interval(values, samples=50)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert metrics.interval(values, samples=50) == (low, high)


def test_interval_of_a_fair_coin_is_as_wide_as_theory_says() -> None:
    low, high = metrics.interval([0.0, 1.0] * 200)
    assert low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.01)
    assert high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.01)


def test_what_has_no_value_is_shown_as_none() -> None:
    assert metrics.rounded(1.23456, 3) == 1.235
    assert metrics.percent(0.98765) == 98.77
    assert metrics.percent(math.nan) is None


def test_quantiles_and_mean() -> None:
    assert metrics.quantile([4, 1, 3, 2], 0.5) == 2.5
    assert metrics.quantile([1, 2, 3, 4, 5], 0.95) == pytest.approx(4.8)
    assert metrics.mean([1, 2, 6]) == 3
    assert math.isnan(metrics.mean([]))
    assert math.isnan(metrics.quantile([], 0.5))
