"""Does the product answer questions about real PDFs: files go through the whole ingest, questions through the whole pipeline.

Each question is asked of its own document. An answer counts by what a person sees of it: the short answer and the first three quotes. The
forms of a right value are given with the question; any of them suffices (`holds_answer`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import MeasurementFailed
from core.settings import Settings
from core.types import Citation, ModelName
from evals.metrics import holds_answer, mean, percent, quantile, rounded
from evals.pages import read_pdfs
from evals.retrieval import NOTEBOOK, Json, Progress
from evals.sets import PageQuery
from rag.answer import Answer, Status
from rag.citations import without_marks
from rag.models.base import AnswerModel
from rag.models.listing import open_model
from rag.pipeline import AnswerPipeline
from store.embedding.embedder import Embedder
from store.library import Library

# What a person sees at once: so many quotes, of so many characters each.
_QUOTES = 3
_LONGEST_QUOTE = 300
_NOT_FOUND = (Status.REFUSED, Status.NOTHING_FOUND)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer as it ended."""

    query: PageQuery
    answer: Answer

    @property
    def short(self) -> str:
        """The model's own words, without marks."""
        return without_marks(self.answer.text)

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """The quotes that are the answer, or of a model that words its answers those that it stands on."""
        return self.answer.quotes or self.answer.citations

    @property
    def refused(self) -> bool:
        """Whether the person is told that the documents do not answer."""
        return self.answer.status in _NOT_FOUND

    @property
    def warned(self) -> bool:
        """Whether the person is told that the answer may not be in the documents."""
        return self.answer.status is Status.UNSURE

    def shows(self, quotes: int = _QUOTES) -> bool:
        """Whether the right value stands in the short answer or in the first `quotes` quotes; never where the answer is a refusal."""
        shown = [quote.quote[:_LONGEST_QUOTE] for quote in self.quotes[:quotes]]
        return not self.refused and any(holds_answer(text, self.query.answers) for text in (self.short, *shown))

    @property
    def wrong_ticked(self) -> bool:
        """Whether a short answer without the right value has a sentence that is told to be borne out."""
        ticked = any(verdict.support.ticked for verdict in self.answer.verdicts)
        return ticked and not self.refused and not holds_answer(self.short, self.query.answers)


def measure_document_answers(
    pdfs: Path,
    queries: Sequence[PageQuery],
    settings: Settings,
    embedder: Embedder,
    name: str,
    *,
    limit: int | None,
    answers: bool,
    say: Progress,
) -> Json:
    """Shares of answers in percent by whether question and document share a language, and the median of a question's seconds.

    `limit` is of all questions. With `answers` every answer too. Raises as `measure_pages`, and ModelError.
    """
    asked = list(queries)[:limit]
    if not asked:
        raise MeasurementFailed(detail="there is no question")
    paths = sorted({pdfs / query.file for query in asked})
    say(f"{len(paths)} files, {len(asked)} questions")
    with (
        tempfile.TemporaryDirectory(prefix="kaedama-evals-") as directory,
        Library.open(Path(directory), embedder) as library,
    ):
        numbers = read_pdfs(library, paths, settings)
        model = open_model(ModelName.parse(name), settings)
        try:
            found = ask_all(library, settings, model, asked, lambda query: numbers[pdfs / query.file], say)
        finally:
            model.close()
    result: Json = {"questions": len(asked), "model": name} | summary(found)
    return result | ({"answers": [_told(one) for one in found]} if answers else {})


def ask_all(
    library: Library,
    settings: Settings,
    model: AnswerModel,
    queries: Sequence[PageQuery],
    document: Callable[[PageQuery], int],
    say: Progress,
) -> list[Asked]:
    """Ask every question of its document, one after the other. Raises MeasurementFailed where one fails."""
    pipeline = AnswerPipeline(library, settings)
    found = []
    for number, query in enumerate(queries, start=1):
        answer = Answer(query.question)
        for event in pipeline.stream(query.question, model=model, notebook=NOTEBOOK, sources=[document(query)]):
            answer = answer.take(event)
        if answer.error is not None:
            raise MeasurementFailed(detail=f"{query.id}: {answer.error}")
        found.append(Asked(query, answer))
        if number % 20 == 0:
            say(f"{number} of {len(queries)} questions")
    return found


def summary(found: Sequence[Asked]) -> Json:
    """The figures of answers that have ended: questions that their document answers by language, those that it does not, seconds."""
    parts = {"same": [one for one in found if not one.query.cross], "cross": [one for one in found if one.query.cross]}
    seconds = [one.answer.seconds["total"] for one in found]
    return {
        "by": {part: _answerable([one for one in those if one.query.answerable]) for part, those in parts.items()},
        "unanswerable": _unanswerable([one for one in found if not one.query.answerable]),
        "seconds": {"p50": rounded(quantile(seconds, 0.5), 2), "p90": rounded(quantile(seconds, 0.9), 2)},
    }


def _answerable(found: Sequence[Asked]) -> Json:
    return {
        "questions": len(found),
        "first": percent(mean([float(one.shows(1)) for one in found])),
        "shown": percent(mean([float(one.shows()) for one in found])),
        "wrong_ticked": percent(mean([float(one.wrong_ticked) for one in found])),
        "refused": percent(mean([float(one.refused) for one in found])),
        "warned": percent(mean([float(one.warned) for one in found])),
    }


def _unanswerable(found: Sequence[Asked]) -> Json:
    return {
        "questions": len(found),
        "refused": percent(mean([float(one.refused) for one in found])),
        "refused or warned": percent(mean([float(one.refused or one.warned) for one in found])),
    }


def _told(one: Asked) -> Json:
    return {
        "id": one.query.id,
        "question": one.query.question,
        "answers": one.query.answers,
        "outcome": one.answer.status.value,
        "short": one.short,
        "quotes": [{"page": quote.page, "quote": quote.quote} for quote in one.quotes[:_QUOTES]],
        "shown": one.shows(),
        "wrong_ticked": one.wrong_ticked,
        "seconds": rounded(one.answer.seconds["total"], 2),
    }
