"""The measuring of retrieval and refusal itself, on six docs in three languages through the real library and retriever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from evals.refusal import measure_refusal
from evals.retrieval import ARMS, BASELINES, filled_library, measure_retrieval
from evals.sets import Doc, Query, QuestionSet
from store.embedding.embedder import Embedder, open_embedder

DOCS = (
    Doc("broth", "en", "Broth", "The pork bones boil for eighteen hours, and the broth turns white because the fat emulsifies."),
    Doc("hours", "en", "Opening hours", "The shop opens at eleven in the morning and closes on Tuesdays."),
    Doc("huevo", "es", "Huevo", "El huevo se cuece seis minutos y medio y reposa una noche en salsa de soja."),
    Doc("precio", "es", "Precios", "Un tazón cuesta nueve euros; la segunda ración de fideos, un euro y medio."),
    Doc("kaedama", "ja", "替え玉", "替え玉とは、残ったスープに追加する二杯目の麺のことである。博多で始まった。"),
    Doc("nori", "ja", "海苔", "海苔は有明海で採れたものを使い、丼の縁に三枚立てる。"),
)


def _asked(number: int, language: str, question: str, *relevant: str) -> Query:
    return Query(f"q{number}", language, question, ("-",), frozenset(relevant), bool(relevant))


QUESTIONS = QuestionSet(
    "ramen",
    DOCS,
    (
        _asked(1, "en", "How long do the pork bones boil?", "broth"),
        _asked(2, "es", "¿Cuántos minutos se cuece el huevo?", "huevo"),
        _asked(3, "ja", "替え玉はどこで始まったか", "kaedama"),
        _asked(4, "ja", "店は何曜日に休むか", "hours"),
        _asked(5, "en", "Who was the third emperor of Rome?"),
    ),
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(Settings())


@pytest.mark.slow
def test_every_arm_is_measured_on_the_real_library(embedder: Embedder) -> None:
    said: list[str] = []
    result: dict[str, Any] = measure_retrieval(QUESTIONS, Settings(), embedder, limit=None, say=said.append)
    assert (result["docs"], result["chunks"], result["queries"]) == (6, 6, 4)
    assert said == ["ramen: 6 docs, 4 questions"]
    for arm in (*ARMS, *BASELINES):
        assert set(result[arm]) == {"ndcg@10", "ndcg@10 95%", "recall@5", "mrr@10", "r@1"}
    assert result["fused"]["r@1"] == 100
    assert result["lexical"]["r@1"] < 100, "words cannot find the English doc for a Japanese question"
    assert result["ms"]["embed"] > 0
    assert result["ms"]["search"] > 0


@pytest.mark.slow
def test_a_limit_takes_the_first_questions(embedder: Embedder) -> None:
    result = measure_retrieval(QUESTIONS, Settings(), embedder, limit=2, say=lambda text: None)
    assert result["queries"] == 2


@pytest.mark.slow
def test_refusal_tells_both_kinds_apart(embedder: Embedder) -> None:
    result = measure_refusal(QUESTIONS, Settings(), embedder, limit=None, say=lambda text: None)
    assert (result["answerable"], result["unanswerable"]) == (4, 1)
    assert result["auc"] == 1
    assert result["kept"] == 100


@pytest.mark.slow
def test_the_library_of_a_set_is_whole_and_leaves_nothing_behind(embedder: Embedder) -> None:
    with filled_library((*DOCS, Doc("twin", "en", "Broth", DOCS[0].text)), Settings(), embedder) as library:
        place: Path = library.directory
        health = library.health()
        assert health.level
        assert health.sources == health.chunks == 7
    assert not place.exists()
