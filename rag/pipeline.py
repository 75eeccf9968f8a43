"""The question flow, top to bottom: condense, retrieve, plan, generate, cite, verify. One generator of typed events."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from core.errors import EmptyQuestion, KaedamaError, ModelError, ModelFault, ModelRefused, QuestionTooLong
from core.log import as_error
from core.settings import Settings
from core.text import Halves, clean, tokens, whole
from core.types import Hit, Turn
from rag.checking.verify import Checked, Checker
from rag.citations import MarkReader, Numbering, parts
from rag.condense import REWRITE_TOKENS, Rewritten, condense, rewrite, rewrite_messages, wants_model
from rag.events import (
    Cited,
    Condensed,
    Ending,
    Event,
    Failed,
    Finished,
    Judged,
    Mode,
    Numbered,
    Outcome,
    Retried,
    RetryReason,
    Text,
    Thought,
    Usage,
)
from rag.models.base import AnswerModel, GenerationOptions, PromptStyle, Thinking
from rag.plan.budget import ContextPlan, prompt_was_cut
from rag.plan.planner import Found, Planner, Prepared, Scope
from rag.quoted_answer import as_passages, quoted_events, with_the_rest_left_out
from rag.quoting import Quoter
from rag.refusals import is_refusal
from rag.retries import answer_events
from rag.retrieve import Retriever
from store.library import Library

_log = logging.getLogger(__name__)


class _Clock:
    """Seconds by step of one answer."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._begun = self._step = time.perf_counter()

    def start(self) -> None:
        """A new step begins."""
        self._step = time.perf_counter()

    def once(self, name: str) -> None:
        """Note the seconds since the step began, the first time this is called for a name."""
        self.seconds.setdefault(name, time.perf_counter() - self._step)

    def total(self) -> dict[str, float]:
        """All steps, and the total."""
        return self.seconds | {"total": time.perf_counter() - self._begun}


class AnswerPipeline:
    """Answers questions about a library. Holds no conversation; safe from several threads."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = settings
        self._retriever = Retriever(library, settings)
        self._quoter = Quoter(library, self._retriever.windows)
        self.planner = Planner(library, settings)

    def stream(
        self,
        question: str,
        *,
        model: AnswerModel | Callable[[], AnswerModel],
        notebook: int,
        history: Sequence[Turn] = (),
        sources: Sequence[int] | None = None,
        k: int | None = None,
        think: Thinking = Thinking.AUTO,
        mode: Mode = Mode.AUTO,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Event]:
        """Answer one question, event by event (rag/events.py has the order).

        `model` may be a function that opens it, called only once there is evidence to show it. `cancelled` is looked at while the model
        is silent; closing the iterator stops the model too. Failures arrive as the event `Failed`, never as an exception.
        """
        question = clean(question)  # a command line may hand over bytes that are no text
        scope = Scope(notebook, tuple(history), sources, k, think, cancelled, mode)
        answer: list[str] = []
        try:
            yield from self._answer(question, model, scope, answer)
        except Exception as error:  # noqa: BLE001  # the stream's promise: it ends in an event, whatever happens
            yield Failed(as_error(error, _log, "an answer"), "".join(answer))

    def _answer(
        self, question: str, model: AnswerModel | Callable[[], AnswerModel], scope: Scope, answer: list[str]
    ) -> Iterator[Event]:
        clock = _Clock()
        check_question(question, self._settings)
        open_model = functools.cache(model if not isinstance(model, AnswerModel) else lambda: model)
        made = self._stand_alone(open_model, question, scope) if scope.history else Rewritten(question)
        clock.once("condense")
        found = self.find(question, scope, made.question)
        if found.searched != question:
            yield Condensed(found.searched)
        clock.seconds |= found.retrieved.seconds
        yield found.retrieved
        if found.worth_asking:
            asked = open_model()
            reads = self._quote if asked.describe().style is PromptStyle.EXTRACTIVE else self._ask
            for event in reads(asked, question, found, scope, answer):
                event = _after(event, made.usage)
                yield (
                    replace(event, seconds=clock.seconds | event.seconds | clock.total()) if isinstance(event, Finished) else event
                )
        else:
            yield _after(Finished(Outcome.NOTHING_FOUND, "", None, clock.total()), made.usage)

    def _ask(self, model: AnswerModel, question: str, found: Found, scope: Scope, answer: list[str]) -> Iterator[Event]:
        """The plan and the answer; where the model turns out to hold less than it said, both once more within what it holds."""
        info = model.describe()
        spent: Usage | None = None
        for last in (False, True):
            made = self.planner.prepare(question, found, scope, info, model.count_tokens)
            if made is None:
                yield _after(Finished(Outcome.NOTHING_FOUND, "", None, {}), spent)
                return
            made = self.planner.settle(made, model, scope)
            if made.retrieved is not found.retrieved:
                yield made.retrieved
            yield made.event(info)
            again = False
            for event in self.reply(model, made, made.options, question=found.searched, answer=answer):
                if isinstance(event, Finished | Failed) and self.planner.learns(info, made, event):
                    again = not last and not scope.cancelled()
                    spent = event.usage if again else spent
                if not again:
                    yield _after(event, spent)
            if not again:
                return
            answer.clear()
            yield Retried(RetryReason.WINDOW, think=made.options.think)

    def _quote(self, model: AnswerModel, question: str, found: Found, scope: Scope, answer: list[str]) -> Iterator[Event]:
        """The best sentences found, and above them what the model makes of them where that is borne out."""
        clock = _Clock()
        info = model.describe()
        hits = found.retrieved.hits
        quotes = self._quoter.quotes(found.searched, found.retrieved.language, hits) if found.retrieved.evidence else ()
        clock.once("quotes")
        shown = replace(found, retrieved=replace(found.retrieved, hits=as_passages(quotes)))
        made = self.planner.prepare(question, shown, scope, info, model.count_tokens)
        if made is None or not quotes:
            yield Finished(Outcome.NOTHING_FOUND, "", None, {})
            return
        made = with_the_rest_left_out(self.planner.settle(made, model, scope), hits)
        yield made.event(info)
        sources = {number: quote.hit for number, quote in enumerate(quotes, start=1)}
        checker = Checker(found.searched, found.retrieved.language, sources, self._retriever.windows.vectors)
        for event in quoted_events(model, made, quotes, checker, found.searched, answer):
            yield replace(event, seconds=clock.seconds | event.seconds) if isinstance(event, Finished) else event

    def find(self, question: str, scope: Scope, searched: str = "") -> Found:
        """What there is to show a model; `searched` is the question made to stand alone, by rule where it is not given.

        Raises:
            EmptyQuestion, QuestionTooLong: the question cannot be asked.
        """
        check_question(question, self._settings)
        searched = searched or condense(question, scope.history)
        retrieved = self._retriever.retrieve(searched, notebook=scope.notebook, sources=scope.sources, k=scope.k)
        return Found(searched, retrieved, self.planner.documents(scope))

    def _stand_alone(self, open_model: Callable[[], AnswerModel], question: str, scope: Scope) -> Rewritten:
        try:
            model = open_model()
        except ModelError:
            return Rewritten(condense(question, scope.history))  # what is found can be shown all the same, and then the error
        if not wants_model(model, question, scope.history):
            return Rewritten(condense(question, scope.history))
        messages = rewrite_messages(question, scope.history)
        options = self.planner.short_request(model, messages, REWRITE_TOKENS, scope)
        return rewrite(model, question, scope.history, options)

    def reply(
        self,
        model: AnswerModel,
        made: Prepared,
        options: GenerationOptions,
        *,
        question: str,
        answer: list[str],
        renumber: bool = True,
    ) -> Iterator[Event]:
        """What one model makes of what it is given: its answer, the quotes, the verdicts, and `Finished` with the seconds of these steps.

        An error of ours ends it as `Failed`, with what was spent. Every piece of text shown is added to `answer`, so that it is kept where
        another error ends the answer. Without `renumber` passages keep the numbers of the plan, and only they can be found for a sentence.
        """
        clock = _Clock()
        usage: Usage | None = None
        thought_since = 0.0
        sources = _keyed(made, given_alone=not renumber)
        numbering = Numbering(() if renumber else sources)
        checker = Checker(question, made.retrieved.language, sources, self._retriever.windows.vectors, numbering)
        told = functools.partial(_told, numbering, sources)
        try:
            for event in marked_events(model, made.plan, options, answer, numbering):
                if not isinstance(event, Retried):
                    clock.once("first_token")
                if isinstance(event, Usage):
                    usage = event
                elif isinstance(event, Thought):
                    thought_since = thought_since or time.perf_counter()
                    if event.retracts:
                        checker.reset()
                    yield replace(event, seconds=time.perf_counter() - thought_since)
                elif isinstance(event, Text):
                    yield from told(Checked())
                    yield event
                    yield from told(checker.feed(event.text))
                else:
                    yield event
        except KaedamaError as error:
            yield from told(checker.flush())  # what had been said is judged all the same
            yield Failed(error, "".join(answer), usage)
            return
        clock.once("generate")
        yield from told(checker.flush())
        text = "".join(answer)
        if not text.strip() and not options.cancelled():
            yield Failed(ModelRefused(name=model.describe().name, detail=ModelFault.NO_TEXT()), text, usage)
            return
        cut = usage is not None and prompt_was_cut(made.plan, usage.prompt_tokens)
        outcome = Outcome.CUT if usage is not None and usage.ended is Ending.LENGTH else Outcome.ANSWERED
        outcome = Outcome.REFUSED if is_refusal(text) else outcome
        yield Finished(outcome, text, usage, clock.total() | {"verify": checker.seconds}, cut)


def marked_events(
    model: AnswerModel, plan: ContextPlan, options: GenerationOptions, answer: list[str], numbering: Numbering | None = None
) -> Iterator[Thought | Text | Usage | Retried]:
    """The model's stream, second tries included, with its marks made certain; every piece shown is added to `answer`. Raises ModelError.

    Marks get the numbers of `numbering`; without it they keep their own.
    """
    known = range(1, len(plan.passages) + 1)
    marks, halves = MarkReader(known, numbering), Halves()

    def shown(text: str) -> Iterator[Text]:
        if text:
            answer.append(text)
            yield Text(text)

    for event in answer_events(model, plan.messages, options):
        if isinstance(event, Text):
            for part in parts(halves.feed(event.text)):
                yield from shown(marks.feed(part))
            continue
        if isinstance(event, Thought):
            event = replace(event, text=whole(event.text))
            if event.retracts:
                if numbering is not None:
                    numbering.reset()
                marks, halves = MarkReader(known, numbering), Halves()
                answer.clear()
        yield event
    yield from shown(marks.feed(halves.flush()) + marks.flush())


def _after(event: Event, earlier: Usage | None) -> Event:
    """The event; the end of an answer with what an earlier request for it took, which is paid for as well."""
    if earlier is None or not isinstance(event, Finished | Failed):
        return event
    return replace(event, usage=(event.usage or Usage(0, 0, Ending.STOPPED)).after(earlier))


def _keyed(made: Prepared, *, given_alone: bool) -> dict[int, Hit]:
    """The passages by key: those given by their numbers in the prompt, behind them the others that were found."""
    given = made.plan.passages
    ranks = {hit.rank for hit in given}
    others = () if given_alone else [hit for hit in made.retrieved.hits if hit.rank not in ranks]
    return dict(enumerate([*given, *others], start=1))


def _told(numbering: Numbering, sources: Mapping[int, Hit], checked: Checked) -> Iterator[Numbered | Cited | Judged]:
    """Numbers that were given, and what was found for sentences that have ended, as events; none where nothing is new."""
    if new := numbering.new():
        yield Numbered({number: sources[key].rank for number, key in new.items()})
    if checked.citations:
        yield Cited(checked.citations)
    if checked.verdicts:
        yield Judged(checked.verdicts)


def check_question(question: str, settings: Settings) -> None:
    """Raises EmptyQuestion, QuestionTooLong."""
    if len(question) > settings.max_question_chars:
        raise QuestionTooLong(length=len(question), limit=settings.max_question_chars)
    if not tokens(question):
        raise EmptyQuestion()
