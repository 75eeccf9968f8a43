"""Whether search alone can tell that the documents do not answer: scores and evidence of answerable and unanswerable questions."""

from __future__ import annotations

from collections.abc import Sequence

from core.settings import Settings
from evals.metrics import area_under_curve, mean, percent, quantile, rounded
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
    best = {kind: [_best(each) for each in results] for kind, results in found.items()}
    return {
        "set": questions.name,
        "answerable": len(kinds[True]),
        "unanswerable": len(kinds[False]),
        "auc": rounded(area_under_curve(best[True], best[False]), 4),
        "kept": percent(mean([float(each.evidence) for each in found[True]])),
        "refused": percent(mean([float(not each.evidence) for each in found[False]])),
        "best score, answerable": _spread(best[True]),
        "best score, unanswerable": _spread(best[False]),
    }


def _best(found: Retrieved) -> float:
    return found.hits[0].score if found.hits else 0.0


def _spread(scores: Sequence[float]) -> dict[str, float | None]:
    return {f"{share:.0%}": rounded(quantile(scores, share), 3) for share in _SHARES}
