"""What counts of an answer about a whole document, and how it is summed up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import MeasurementFailed
from core.settings import Settings
from core.types import Citation, Reason, ReasonCode, Support, Verdict
from evals.document_answers import Asked, measure_document_answers, summary
from evals.sets import PageQuery
from rag.answer import Answer
from rag.events import Outcome
from tests.doubles import HashEmbedder

QUERY = PageQuery("q", "How many days?", "a.pdf", frozenset({"a#p1"}), True, answers=("10 days", "10日"))
WRONG, RIGHT = "It takes a while.", "It takes 10 days."


def asked(
    *quotes: str, text: str = "", support: Support = Support.QUOTED, outcome: Outcome = Outcome.ANSWERED, query: PageQuery = QUERY
) -> Asked:
    citations = tuple(Citation(1, 1, "a.pdf", 1, None, 0, len(quote), quote, 1) for quote in quotes)
    verdicts = (Verdict(0, len(text), text, support, (1,), Reason(ReasonCode.QUOTED)),) if text else ()
    return Asked(query, Answer("q", text=text, citations=citations, verdicts=verdicts, outcome=outcome, seconds={"total": 2.0}))


def test_a_right_value_is_looked_for_in_what_a_person_sees() -> None:
    assert asked(WRONG, RIGHT).shows()
    assert not asked(WRONG, RIGHT).shows(1)
    assert asked(WRONG, text="10日です [1]").shows(1)
    assert not asked(WRONG, WRONG, WRONG, RIGHT).shows()
    assert not asked("." * 300 + RIGHT).shows()
    assert not asked(RIGHT, outcome=Outcome.REFUSED).shows()


def test_a_short_answer_without_the_value_is_wrong_where_it_has_a_tick() -> None:
    assert asked(RIGHT, text="Two weeks [1].").wrong_ticked
    assert not asked(RIGHT, text="Two weeks [1].", support=Support.WEAK).wrong_ticked
    assert not asked(RIGHT, text="10 days [1].").wrong_ticked
    assert not asked(RIGHT).wrong_ticked


def test_shares_are_told_by_language_and_refusals_of_both_kinds() -> None:
    crossing, beside = replace(QUERY, cross=True), replace(QUERY, answerable=False, answers=())
    found = [
        asked(RIGHT),
        asked(WRONG, outcome=Outcome.REFUSED),
        asked(WRONG, RIGHT, text="No.", query=crossing),
        asked(WRONG, query=beside),
        asked(WRONG, outcome=Outcome.NOTHING_FOUND, query=beside),
    ]
    told = summary(found)
    by = told["by"]
    assert isinstance(by, dict)
    assert by["same"] == {"questions": 2, "first": 50.0, "shown": 50.0, "wrong_ticked": 0.0, "refused": 50.0, "warned": 0.0}
    assert by["cross"] == {"questions": 1, "first": 0.0, "shown": 100.0, "wrong_ticked": 100.0, "refused": 0.0, "warned": 0.0}
    assert told["unanswerable"] == {"questions": 2, "refused": 50.0, "refused or warned": 50.0}
    assert told["seconds"] == {"p50": 2.0, "p90": 2.0}


def test_a_set_without_questions_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(MeasurementFailed, match="no question"):
        measure_document_answers(
            tmp_path, [], settings, HashEmbedder(), "embedded", limit=None, answers=False, say=lambda text: None
        )
