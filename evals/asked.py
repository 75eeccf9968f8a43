"""Questions asked of the whole pipeline, as a person asks them: search, plan, model, citations and verdicts, over a real library."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.settings import Settings
from core.types import Hit, ModelName
from evals.metrics import marks
from evals.sets import Query
from rag.answer import Answer, Status
from rag.models.base import AnswerModel
from rag.models.listing import open_model
from rag.pipeline import AnswerPipeline
from store.library import Library

Progress = Callable[[str], None]
# The place of a passage, as `relevant` of the questions names places.
Place = Callable[[Hit], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its answer, and the places that the answer cites, each once."""

    query: Query
    answer: Answer
    cited: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether the answer is that the documents do not hold one: found before the model was asked, or said by it."""
        return self.answer.status in (Status.NOTHING_FOUND, Status.REFUSED)

    @property
    def failed(self) -> bool:
        """Whether an error ended it."""
        return self.answer.error is not None


@contextlib.contextmanager
def opened(name: str, settings: Settings) -> Iterator[AnswerModel]:
    """A model by name, closed afterwards. Raises ModelError, InvalidModelName."""
    model = open_model(ModelName.parse(name), settings)
    try:
        yield model
    finally:
        model.close()


def chosen(queries: Sequence[Query], limit: int | None) -> list[Query]:
    """The first `limit` answerable questions and the first third as many unanswerable ones; all where there is no limit."""
    answerable = [query for query in queries if query.answerable]
    unanswerable = [query for query in queries if not query.answerable]
    return answerable[:limit] + unanswerable[: None if limit is None else max(1, limit // 3)]


def ask(
    library: Library, notebook: int, queries: Sequence[Query], model: AnswerModel, settings: Settings, place: Place, say: Progress
) -> list[Asked]:
    """Ask each question once, without history. An answer that fails is kept with its error; the next one is asked all the same."""
    library.warm()
    pipeline = AnswerPipeline(library, settings)
    asked = []
    for number, query in enumerate(queries, start=1):
        say(f"question {number} of {len(queries)}")
        answer = Answer(query.question)
        for event in pipeline.stream(query.question, model=model, notebook=notebook):
            answer = answer.take(event)
        asked.append(Asked(query, answer, _cited(answer, place)))
    return asked


def _cited(answer: Answer, place: Place) -> tuple[str, ...]:
    """Places of all passages that a mark of the answer names, also where no quote was found in one; each once."""
    passages = answer.passages()
    numbers = dict.fromkeys([*answer.cited(), *marks(answer.text)])
    return tuple(dict.fromkeys(place(passages[number]) for number in numbers if number in passages))
