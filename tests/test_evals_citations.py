"""Citations of the whole pipeline: the counting by hand, and the measuring over a library with a scripted server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import ModelRefused
from core.settings import Settings
from core.types import Reason, ReasonCode, Support, Verdict
from evals.asked import Asked, chosen
from evals.citations import by_language, citation_measures, measure_citations
from evals.own import answer_measures
from evals.sets import Doc, Query, QuestionSet
from rag.answer import Answer
from rag.events import Outcome
from tests.doubles import HashEmbedder
from tests.servers.ollama import INSTALLED_FOR_CHAT, OllamaServer


def query(name: str, *relevant: str, language: str = "en", answers: tuple[str, ...] = ("30 seconds",)) -> Query:
    return Query(name, language, f"{name}?", answers, frozenset(relevant), bool(relevant))


def verdict(support: Support) -> Verdict:
    return Verdict(0, 1, "x", support, (1,), Reason(ReasonCode.QUOTED))


def answered(asked: Query, *cited: str, text: str = "It is 30 seconds [1].", supports: tuple[Support, ...] = ()) -> Asked:
    answer = Answer(
        asked.question, text=text, outcome=Outcome.ANSWERED, seconds={"total": 2.0}, verdicts=tuple(map(verdict, supports))
    )
    return Asked(asked, answer, cited)


def refused(asked: Query, outcome: Outcome) -> Asked:
    return Asked(asked, Answer(asked.question, outcome=outcome, seconds={"total": 0.5}), ())


ASKED = [
    answered(query("both", "a", "b"), "a", "c", supports=(Support.QUOTED, Support.UNSUPPORTED)),
    answered(query("one", "a", language="es"), "a", supports=(Support.SUPPORTED, Support.SUPPORTED)),
    answered(query("none", "a"), text="Forty."),
    refused(query("wrongly", "a"), Outcome.NOTHING_FOUND),
    refused(query("rightly"), Outcome.REFUSED),
    answered(query("bluff"), "a"),
]


def test_citations_are_counted() -> None:
    found: dict[str, Any] = citation_measures(ASKED)
    assert (found["answerable"], found["unanswerable"], found["failed"], found["citing"]) == (4, 2, 0, 2)
    assert found["citation precision"] == 75
    assert found["citation recall"] == 37.5
    assert (found["judged sentences"], found["supported share"]) == (4, 75)
    assert (found["refusal precision"], found["refusal recall"], found["answerable refused"]) == (50, 50, 25)
    assert found["seconds"] == {"p50": 2.0, "p90": 2.0, "p95": 2.0}


def test_languages_are_told_apart_where_there_are_several() -> None:
    assert list(by_language(ASKED)) == ["all", "en", "es"]
    assert list(by_language(ASKED[:1])) == ["all"]


def test_nothing_asked_has_no_figures_but_counts() -> None:
    found = citation_measures([])
    assert found["citation precision"] is None
    assert found["answerable refused"] is None


def test_an_answer_that_failed_is_counted_as_such() -> None:
    failed = Asked(ASKED[0].query, replace(Answer("x"), error=ModelRefused(name="m", detail="no")), ())
    assert citation_measures([failed])["failed"] == 1
    assert failed.refused is False


def test_answers_are_held_against_the_right_ones() -> None:
    found: dict[str, Any] = answer_measures(ASKED)
    assert found["answerable"] == 4
    assert found["holds a right answer"] == 50
    assert found["refused"] == 25
    assert 0 < found["f1"] < 100


def test_a_third_as_many_unanswerable_questions_are_asked() -> None:
    queries = [query(f"q{number}", *(["a"] if number % 2 else [])) for number in range(20)]
    asked = chosen(queries, 6)
    assert [one.answerable for one in asked] == [True] * 6 + [False] * 2
    assert len(chosen(queries, None)) == 20


DOCS = (
    Doc("time", "en", "Broth", "The egg stays in hot water for 30 seconds. Then it is put into ice."),
    Doc("shop", "en", "Shop", "The shop opens at eleven and closes on Tuesdays. Nobody knows why."),
)


def test_the_whole_pipeline_is_asked_and_its_citations_are_read(tmp_path: Path, models: Path) -> None:
    questions = QuestionSet("tiny", DOCS, (query("egg", "time"), query("shop", "shop")))
    asked = QuestionSet(
        "tiny",
        DOCS,
        tuple(
            replace(one, question=text)
            for one, text in zip(
                questions.queries,
                ("Does the egg stay in hot water for 30 seconds?", "Does the shop open at eleven and close on Tuesdays?"),
                strict=True,
            )
        ),
    )
    said: list[str] = []
    with OllamaServer(INSTALLED_FOR_CHAT) as server:
        settings = Settings(library=tmp_path, models=models, ollama_url=server.url)
        found: dict[str, Any] = measure_citations(asked, settings, HashEmbedder(), "ollama:llama3:8b", limit=None, say=said.append)
    assert (found["set"], found["model"]) == ("tiny", "ollama:llama3:8b")
    assert found["all"]["answerable"] == 2
    assert found["all"]["failed"] == 0
    assert found["all"]["citing"] == 2
    assert 0 < found["all"]["citation precision"] <= 100
    assert found["all"]["seconds"]["p50"] >= 0
    assert said[0] == "tiny: 2 docs, 2 questions"
