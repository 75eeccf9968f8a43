"""Do answers cite what answers: the whole pipeline asked, its citations held against the labelled passages.

Citation recall counts every answerable question, a refused one as citing nothing; citation precision those whose answer cites something.
The supported share is what the product's own checker says of the sentences, which `python -m evals verdicts` measures.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.settings import Settings
from evals.asked import Asked, Progress, ask, chosen, opened
from evals.metrics import citing, detection, interval, latency, mean, of_defined, percent, percents, supported_share, wilson
from evals.retrieval import NOTEBOOK, Json, filled_library
from evals.sets import QuestionSet
from evals.timed import TimedEmbedder
from store.embedding.embedder import Embedder


def measure_citations(
    questions: QuestionSet, settings: Settings, embedder: Embedder, name: str, *, limit: int | None, say: Progress
) -> Json:
    """Measures in percent over all questions and by language; a place is a doc of the set. Raises ModelError."""
    asked = chosen(questions.queries, limit)
    say(f"{questions.name}: {len(questions.docs)} docs, {len(asked)} questions")
    with (
        opened(name, settings) as model,
        filled_library(questions.docs, settings, TimedEmbedder(embedder)) as library,
    ):
        found = ask(library, NOTEBOOK, asked, model, settings, lambda hit: hit.source, say)
        info = model.describe()
    return {"set": questions.name, "model": info.name, "engine": info.engine, **by_language(found)}


def by_language(asked: Sequence[Asked]) -> Json:
    """`citation_measures` of all questions, and of those in each language where there are several."""
    languages = sorted({one.query.language for one in asked})
    parts: Json = {"all": citation_measures(asked)}
    if len(languages) > 1:
        parts |= {name: citation_measures([one for one in asked if one.query.language == name]) for name in languages}
    return parts


def citation_measures(asked: Sequence[Asked]) -> Json:
    """Figures in percent with 95 % intervals (bootstrap for means, Wilson for shares), counts, and seconds an answer."""
    answerable = [one for one in asked if one.query.answerable]
    scores = [citing(one.cited, one.query.relevant) for one in answerable]
    precision, recall = of_defined(score.precision for score in scores), [score.recall for score in scores]
    supports = [verdict.support for one in asked for verdict in one.answer.verdicts]
    refused = detection([one.refused for one in asked], [not one.query.answerable for one in asked])
    wrongly = sum(one.refused for one in answerable)
    return {
        "answerable": len(answerable),
        "unanswerable": len(asked) - len(answerable),
        "failed": sum(one.failed for one in asked),
        "citing": len(precision),
        "citation precision": percent(mean(precision)),
        "citation precision 95%": percents(interval(precision)),
        "citation recall": percent(mean(recall)),
        "citation recall 95%": percents(interval(recall)),
        "judged sentences": len(supports),
        "supported share": percent(supported_share(supports)),
        "refusal precision": percent(refused.precision),
        "refusal recall": percent(refused.recall),
        "answerable refused": percent(wrongly / len(answerable)) if answerable else None,
        "answerable refused 95%": percents(wilson(wrongly, len(answerable))),
        "seconds": latency([one.answer.seconds["total"] for one in asked if "total" in one.answer.seconds]),
    }
