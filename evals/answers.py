"""How well a model answers: the right passage among three, or three without it, asked as the product asks.

Passages are chunks as the product cuts them, planned into the model's window and put into its prompt by the product's own code; the
answer streams through the product's reading of marks, greedily. What is left out is search: the figures are the model's alone.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.errors import MeasurementFailed
from core.settings import Settings
from core.types import Chunk, Document, Hit, ModelName, Page
from evals.metrics import cites_right, detection, exact_match, interval, mean, percent, quantile, token_f1, without_marks
from evals.sets import Doc, Query, QuestionSet
from ingest.chunker import chunk_document
from rag.answer import Answer
from rag.events import Usage
from rag.models.base import AnswerModel, GenerationOptions
from rag.models.listing import open_model
from rag.pipeline import marked_events
from rag.plan.budget import plan_context
from rag.refusals import is_refusal
from rag.retrieve import PAGE_LANGUAGES
from store.languages import language_of

# Articles of XQuAD that the embedded model was not trained on; where a set has them, only they are asked about.
HELD_OUT = frozenset({"Nikola Tesla", "Geology", "Doctor Who", "Amazon rainforest", "University of Chicago", "Construction"})
_PASSAGES = 3
_SEED = 99
_TRIES = 200
Progress = Callable[[str], None]
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Task:
    """A question with its passages; `right` is the number of the right one from 1, or None where none is."""

    query: Query
    passages: tuple[Hit, ...]
    right: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a task. `seconds` run from the call to the last token."""

    task: Task
    answer: Answer
    seconds: float


class _Passages:
    """The set's docs as chunks, and the choice of passages beside the right one."""

    def __init__(self, docs: Sequence[Doc], longest: int, chance: random.Random) -> None:
        self._docs = {doc.id: doc for doc in docs}
        self._ids = list(self._docs)
        self._of_title: dict[str, list[str]] = {}
        for doc in docs:
            self._of_title.setdefault(doc.title, []).append(doc.id)
        self._longest = longest
        self._chance = chance
        self._cut: dict[str, tuple[Chunk, ...]] = {}

    def task(self, query: Query, *, answerable: bool) -> Task | None:
        """Passages for a question in random order, or None where no chunk holds its answer whole."""
        seed = min(query.relevant, default=query.near)
        chosen: list[tuple[str, Chunk]] = []
        if answerable or (not query.relevant and query.near in self._docs):
            chunk = self._holding(seed, (*query.in_passage, *query.answers)) if answerable else self._chunks(seed)[0]
            if chunk is None:
                return None
            chosen.append((seed, chunk))
        for _ in range(_TRIES):
            if len(chosen) == _PASSAGES:
                break
            other = self._other(seed)
            if self._may_stand_beside(other, query, [doc for doc, _ in chosen]):
                chosen.append((other, self._chunks(other)[0]))
        if len(chosen) < _PASSAGES:
            return None
        self._chance.shuffle(chosen)
        hits = tuple(self._hit(rank, doc, chunk) for rank, (doc, chunk) in enumerate(chosen, start=1))
        return Task(query, hits, [doc for doc, _ in chosen].index(seed) + 1 if answerable else None)

    def _other(self, seed: str) -> str:
        """A doc, half of the time of the same article."""
        same = self._of_title[self._docs[seed].title] if seed in self._docs else []
        return self._chance.choice(same if len(same) > 2 and self._chance.random() < 0.5 else self._ids)

    def _may_stand_beside(self, doc: str, query: Query, chosen: list[str]) -> bool:
        text = self._docs[doc].text.lower()
        gives_away = any(answer.lower() in text for answer in (*query.answers, *query.in_passage))
        return doc not in chosen and doc not in query.relevant and not gives_away and bool(self._chunks(doc))

    def _chunks(self, doc: str) -> tuple[Chunk, ...]:
        if doc not in self._cut:
            document = Document(self._docs[doc].title, "text/plain", (Page(1, self._docs[doc].text),))
            self._cut[doc] = chunk_document(document, self._longest)
        return self._cut[doc]

    def _holding(self, doc: str, answers: Sequence[str]) -> Chunk | None:
        held = (chunk for answer in answers for chunk in self._chunks(doc) if answer.lower() in chunk.text.lower())
        return next(held, None)

    def _hit(self, rank: int, doc: str, chunk: Chunk) -> Hit:
        title = self._docs[doc].title
        return Hit(
            rank, 0.0, 0.0, 0.0, rank, rank, doc, title, 1, None, chunk.start, chunk.end, chunk.text, chunk.language, chunk.heading
        )


def tasks(questions: QuestionSet, longest: int, count: int) -> list[Task]:
    """`count` answerable tasks and a third as many unanswerable ones, always the same for the same set.

    Unanswerable are the set's own unanswerable questions (with the passage that looks right, where the set names it), else further
    answerable ones whose right passage is withheld.
    """
    held_out = [doc for doc in questions.docs if doc.title in HELD_OUT]
    docs = held_out or list(questions.docs)
    ids = {doc.id for doc in docs}
    chance = random.Random(_SEED)  # noqa: S311  # the same questions every time; nothing secret hangs on it
    passages = _Passages(docs, longest, chance)
    queries = [query for query in questions.queries if query.relevant <= ids and (query.relevant or query.near in {*ids, ""})]
    chance.shuffle(queries)
    answerable = [query for query in queries if query.answerable]
    unanswerable = [query for query in queries if not query.answerable]
    made: list[Task] = []
    while answerable and len(made) < count:
        if (task := passages.task(answerable.pop(0), answerable=True)) is not None:
            made.append(task)
    withheld = (passages.task(query, answerable=False) for query in unanswerable or answerable)
    return made + list(itertools.islice((task for task in withheld if task is not None), count // 3))


def measure_answers(questions: QuestionSet, settings: Settings, name: str, *, limit: int, answers: bool, say: Progress) -> Json:
    """Measures per language in percent, seconds a question after loading, and with `answers` every answer."""
    chosen = tasks(questions, settings.chunk_width, limit)
    if not chosen:
        raise MeasurementFailed(
            detail=f"no question of {questions.name} has its answer in one passage and two more to stand beside it"
        )
    model = open_model(ModelName.parse(name), settings)
    try:
        # Loads the model and is not counted; other passages than any question's own, or the engine would remember its prompt.
        _ask(model, replace(chosen[0], passages=chosen[-1].passages), settings)
        answered = []
        for number, task in enumerate(chosen, start=1):
            say(f"{questions.name}: question {number} of {len(chosen)}")
            answered.append(_ask(model, task, settings))
        info = model.describe()
    finally:
        model.close()
    result: Json = {"set": questions.name, "model": info.name, "engine": info.engine}
    for language in sorted({one.task.query.language for one in answered}):
        result[language] = _measures([one for one in answered if one.task.query.language == language])
    if answers:
        result["answers"] = [_shown(one) for one in answered]
    return result


def _ask(model: AnswerModel, task: Task, settings: Settings) -> Answered:
    question = task.query.question
    options = GenerationOptions(settings.answer_tokens, settings.context_tokens)
    plan = plan_context(
        question,
        language=language_of(question, PAGE_LANGUAGES),
        hits=task.passages,
        history=(),
        info=model.describe(),
        options=options,
        count=model.count_tokens,
    )
    answer = Answer(question, hits=plan.passages)
    started = time.perf_counter()
    for event in marked_events(model, plan, options, []):
        if not isinstance(event, Usage):
            answer = answer.take(event)
    return Answered(task, answer, time.perf_counter() - started)


def _measures(answered: Sequence[Answered]) -> dict[str, object]:
    answerable = [one for one in answered if one.task.right is not None]
    f1 = [token_f1(without_marks(each.answer.text), _gold(each.task.query), each.task.query.language) for each in answerable]
    exact = [exact_match(without_marks(each.answer.text), _gold(each.task.query), each.task.query.language) for each in answerable]
    cited = [cites_right(each.answer.text, each.task.right or 0) for each in answerable]
    refused = detection([is_refusal(each.answer.text) for each in answered], [each.task.right is None for each in answered])
    low, high = interval(f1)
    seconds = [each.seconds for each in answered]
    return {
        "answerable": len(answerable),
        "unanswerable": len(answered) - len(answerable),
        "f1": percent(mean(f1)),
        "f1 95%": [percent(low), percent(high)],
        "exact": percent(mean(exact)),
        "right citation": percent(mean(cited)),
        "refusal precision": percent(refused.precision),
        "refusal recall": percent(refused.recall),
        "seconds": {
            "median": round(quantile(seconds, 0.5), 2),
            "p90": round(quantile(seconds, 0.9), 2),
            "mean": round(mean(seconds), 2),
        },
    }


def _gold(query: Query) -> tuple[str, ...]:
    """What counts as right: the answer in the question's language, or as the passage has it."""
    return (*query.answers, *query.in_passage)


def _shown(one: Answered) -> dict[str, object]:
    query = one.task.query
    return {
        "question": query.question,
        "right": one.task.right,
        "gold": _gold(query),
        "answer": one.answer.text.strip(),
        "seconds": round(one.seconds, 2),
    }
