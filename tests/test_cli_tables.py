"""Tables of the command line."""

from __future__ import annotations

from cli.tables import columns, comparison, win_rates
from core.types import LOCAL, Location, Reason, ReasonCode, Support, Verdict
from rag.answer import Status
from rag.comparison import Compared, Measures
from rag.differences import Fact, Kind, Own
from rag.prices import money
from store.catalog.votes import Standing


def test_numbers_stand_flush_right_and_words_flush_left() -> None:
    assert columns([("", "n", "word"), ("a", "10", "x"), ("bb", "9", "yy")]) == ["     n  word", "a   10  x", "bb   9  yy"]
    assert columns([]) == []


def test_a_comparison_names_what_only_one_says() -> None:
    bare = Verdict(0, 4, "Not  so.", Support.UNSUPPORTED, (), Reason(ReasonCode.UNCITED))
    measures = (
        Measures("a", "e", LOCAL, Status.ANSWERED, 0.1, 0.2, 1.0, 12.34, 0.1, 5, 1000, 20, False, 0.0, "USD"),
        Measures("b", "e", Location("Google"), Status.FAILED, None, None, 1.0, None, 0.0, 0, 1000, 20, True, None, "USD"),
    )
    own = {"a": Own((Fact(Kind.NUMBER, "30", 0, 2),), (2,), (bare,)), "b": Own((), (), ())}
    text = "\n".join(comparison(Compared(measures, own), {"a": "A", "b": "B"}))
    for said in ("12.3", "0.1 s, 5", "~20", "unknown", "only A: numbers 30", "only A: cites [2]", "only A: unsupported: Not so."):
        assert said in text
    assert "only B" not in text


def test_small_sums_keep_their_digits() -> None:
    assert [money(cost, "USD") for cost in (None, 0.0, 0.000123, 1.5)] == ["unknown", "0.00 USD", "0.00012 USD", "1.50 USD"]


def test_win_rates() -> None:
    assert "62%" in win_rates([Standing("a", 2, 1, 1)])[1]
    assert win_rates([]) == ["No votes yet."]
