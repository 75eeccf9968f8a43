"""Whether search alone can tell that the documents do not answer: scores and evidence of answerable and unanswerable questions."""

from __future__ import annotations

from collections.abc import Sequence

from core.settings import Settings
from evals.metrics import area_under_curve, detection, mean, percent, percents, quantile, rounded, wilson
from evals.retrieval import Json, Progress, filled_library, search
from evals.sets import QuestionSet
from evals.timed import TimedEmbedder
from rag.events import Retrieved
from rag.retrieve import Retriever
from store.embedding.embedder import Embedder

_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def measure_refusal(questions: QuestionSet, settings: Settings, embedder: Embedder, *, limit: int | None, say: Progress) -> Json:
    """AUC of the best score, its quantiles on both sides, and what the product's floor of evidence does, in percent.

    `limit` is of each kind. "kept" are answerable questions that go on to a model, "refused" unanswerable ones that do not.
    """
    kinds = {kind: [query for query in questions.queries if query.answerable is kind][:limit] for kind in (True, False)}
    say(f"{questions.name}: {len(questions.docs)} docs, {len(kinds[True])} answerable, {len(kinds[False])} unanswerable questions")
    with filled_library(questions.docs, settings, TimedEmbedder(embedder)) as library:
        retriever = Retriever(library, settings)
        found = {kind: [search(retriever, query.question) for query in queries] for kind, queries in kinds.items()}
    return {"set": questions.name, **refusal_measures(found[True], found[False])}


def refusal_measures(answerable: Sequence[Retrieved], unanswerable: Sequence[Retrieved]) -> Json:
    """The figures of searches for questions of both kinds. Precision and recall are of saying no; 95 % intervals are Wilson's."""
    best = {"answerable": [_best(each) for each in answerable], "unanswerable": [_best(each) for each in unanswerable]}
    refused = [not each.evidence for each in (*answerable, *unanswerable)]
    told = detection(refused, [False] * len(answerable) + [True] * len(unanswerable))
    kept, rightly = sum(each.evidence for each in answerable), sum(not each.evidence for each in unanswerable)
    return {
        "answerable": len(answerable),
        "unanswerable": len(unanswerable),
        "auc": rounded(area_under_curve(best["answerable"], best["unanswerable"]), 4),
        "kept": percent(mean([float(each.evidence) for each in answerable])),
        "kept 95%": percents(wilson(kept, len(answerable))),
        "refused": percent(mean([float(not each.evidence) for each in unanswerable])),
        "refused 95%": percents(wilson(rightly, len(unanswerable))),
        "refusal precision": percent(told.precision),
        "refusal recall": percent(told.recall),
        **{f"best score, {kind}": _spread(scores) for kind, scores in best.items()},
    }


def _best(found: Retrieved) -> float:
    return found.hits[0].score if found.hits else 0.0


def _spread(scores: Sequence[float]) -> dict[str, float | None]:
    return {f"{share:.0%}": rounded(quantile(scores, share), 3) for share in _SHARES}
