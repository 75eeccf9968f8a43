"""The question flow, top to bottom: condense, retrieve, plan, generate, cite, verify. One generator of typed events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from core.errors import EmptyQuestion, KaedamaError, ModelRefused, QuestionTooLong
from core.settings import Settings
from core.text import tokens
from core.types import Turn
from rag.budget import ContextPlan, plan_context
from rag.citations import MarkReader, claims
from rag.condenser import condense
from rag.events import Cited, Condensed, Event, Failed, Finished, Outcome, Planned, Retrieved, Text, Thought, Usage, Verified
from rag.models.base import AnswerModel, GenerationOptions, ModelInfo
from rag.prompt import is_refusal
from rag.retriever import Retriever
from rag.verifier import Verifier
from store.library import Library


class AnswerPipeline:
    """Answers questions about a library. Holds no conversation; safe from several threads."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = settings
        self._retriever = Retriever(library, settings)

    def stream(
        self,
        question: str,
        *,
        model: AnswerModel | Callable[[], AnswerModel],
        notebook: str,
        history: Sequence[Turn] = (),
        sources: Sequence[int] | None = None,
        k: int | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Event]:
        """Answer one question, event by event (rag/events.py has the order).

        `model` may be a function that opens it, called only once there is evidence to show it. `cancelled` is looked at while the model
        is silent; closing the iterator stops the model too. Failures arrive as the event `Failed`, never as an exception.
        """
        answer: list[str] = []
        try:
            yield from self._answer(question, model, notebook, history, sources, k, cancelled, answer)
        except KaedamaError as error:
            yield Failed(error, "".join(answer))

    def _answer(
        self,
        question: str,
        model: AnswerModel | Callable[[], AnswerModel],
        notebook: str,
        history: Sequence[Turn],
        sources: Sequence[int] | None,
        k: int | None,
        cancelled: Callable[[], bool],
        answer: list[str],
    ) -> Iterator[Event]:
        started = time.perf_counter()
        check_question(question, self._settings)

        searched = condense(question, history)
        if searched != question:
            yield Condensed(searched)

        retrieved = self._retriever.retrieve(searched, notebook=notebook, sources=sources, k=k)
        yield retrieved
        seconds = dict(retrieved.seconds)
        if not retrieved.evidence:
            yield Finished(Outcome.NOTHING_FOUND, "", None, seconds | {"total": time.perf_counter() - started})
            return

        chef = model if isinstance(model, AnswerModel) else model()
        info = chef.describe()
        options = self._options(info, cancelled)
        plan = self._plan(question, retrieved, history, chef, info, options)
        yield _planned(plan, info)

        usage: Usage | None = None
        asked = time.perf_counter()
        for event in self._generate(chef, plan, options, answer):
            seconds.setdefault("first_token", time.perf_counter() - asked)
            if isinstance(event, Usage):
                usage = event
            else:
                yield event
        seconds["generate"] = time.perf_counter() - asked
        text = "".join(answer)
        if not text.strip() and not cancelled():
            raise ModelRefused(name=info.name, detail="it gave no text")
        if is_refusal(text):
            yield Finished(Outcome.REFUSED, text, usage, seconds | {"total": time.perf_counter() - started})
            return

        checking = time.perf_counter()
        said = claims(text)
        shown = dict(enumerate(plan.passages, start=1))
        verifier = Verifier(searched, retrieved.language, shown, self._library.passage_vectors)
        yield Cited(verifier.citations(said))
        yield Verified(verifier.verdicts(said))
        seconds["verify"] = time.perf_counter() - checking

        outcome = Outcome.CUT if usage is not None and usage.ended == "length" else Outcome.ANSWERED
        yield Finished(outcome, text, usage, seconds | {"total": time.perf_counter() - started})

    def _options(self, info: ModelInfo, cancelled: Callable[[], bool]) -> GenerationOptions:
        window = min(info.window, self._settings.context_tokens)
        # At most half the window for the answer: a passage must fit beside it.
        return GenerationOptions(max_tokens=min(self._settings.answer_tokens, window // 2), window=window, cancelled=cancelled)

    def _plan(
        self,
        question: str,
        retrieved: Retrieved,
        history: Sequence[Turn],
        model: AnswerModel,
        info: ModelInfo,
        options: GenerationOptions,
    ) -> ContextPlan:
        return plan_context(
            question,
            language=retrieved.language,
            hits=retrieved.hits,
            history=history,
            info=info,
            options=options,
            count=model.count_tokens,
        )

    def _generate(
        self, model: AnswerModel, plan: ContextPlan, options: GenerationOptions, answer: list[str]
    ) -> Iterator[Thought | Text | Usage]:
        """The model's stream with its marks made certain; every piece shown is added to `answer`."""
        marks = MarkReader(range(1, len(plan.passages) + 1))

        def shown(text: str) -> Iterator[Text]:
            if text:
                answer.append(text)
                yield Text(text)

        for event in model.stream(plan.messages, options):
            if isinstance(event, Text):
                yield from shown(marks.feed(event.text))
            else:
                yield event
        yield from shown(marks.flush())


def check_question(question: str, settings: Settings) -> None:
    """Raises EmptyQuestion, QuestionTooLong."""
    if len(question) > settings.max_question_chars:
        raise QuestionTooLong(length=len(question), limit=settings.max_question_chars)
    if not tokens(question):
        raise EmptyQuestion()


def _planned(plan: ContextPlan, info: ModelInfo) -> Planned:
    numbers: dict[int, int] = {number: hit.rank for number, hit in enumerate(plan.passages, start=1)}
    return Planned(
        info.name,
        info.engine,
        info.where,
        plan.window,
        plan.used,
        plan.reserved,
        plan.counted,
        numbers,
        plan.left_out,
        info.demonstration,
    )
