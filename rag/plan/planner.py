"""From what was found to what a model is given: whole documents or passages, in which window, with how much room for the answer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.errors import ContextOverflow
from core.settings import Settings
from core.types import Hit, Message, Turn
from rag.events import Failed, Finished, Mode, Planned, PlanReason, Retrieved
from rag.machine import MEMORY_SHARE, this_machine
from rag.models.base import AnswerModel, GenerationOptions, ModelInfo, Thinking
from rag.plan.budget import ContextPlan, Windows, estimate_tokens, fewest_tokens, memory_window, plan_context, plan_documents
from store.library import Library
from store.pages import document_pages

# What a remote model is sent of its own accord; a million tokens are sent only when they are asked for.
_REMOTE_WINDOW = 131_072
# Tokens of a prompt that a processor reads in a second, cautiously; a GPU reads a hundred times as many.
_READ_PER_S = 60
# Characters beyond which documents are not even read from the catalog: no window holds them.
_LONGEST = 8_000_000


@dataclass(frozen=True, slots=True)
class Scope:
    """What one question is asked against (see `AnswerPipeline.stream`)."""

    notebook: int
    history: tuple[Turn, ...]
    sources: Sequence[int] | None
    k: int | None
    think: Thinking
    cancelled: Callable[[], bool]
    mode: Mode = Mode.AUTO


@dataclass(frozen=True, slots=True)
class Documents:
    """Whole documents that may go in: how many characters they hold (0: none), and the way to read their pages."""

    characters: int
    read: Callable[[], tuple[Hit, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to show a model: the question as it was searched, the passages, and the pages where whole documents may go in."""

    searched: str
    retrieved: Retrieved
    documents: Documents

    @property
    def worth_asking(self) -> bool:
        """Whether a model is to be opened."""
        return self.retrieved.evidence or self.documents.characters > 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a model is given, how it is asked, and what that is made of. `loads`: the engine loads the model (anew) for its window."""

    retrieved: Retrieved
    plan: ContextPlan
    options: GenerationOptions
    mode: Mode
    why: PlanReason
    loads: bool = False

    def event(self, info: ModelInfo) -> Planned:
        """The plan as the event that tells it."""
        numbers = {number: hit.rank for number, hit in enumerate(self.plan.passages, start=1)}
        plan = self.plan
        return Planned(
            info.name, info.engine, info.location, plan.window, plan.used, plan.reserved, plan.counted, numbers, plan.left_out,
            info.demonstration, self.mode, self.why, self.loads,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Learned:
    """What asking showed of a model: its real window (0: as it says), and how many tokens it counts for one of ours (1 or more)."""

    window: int = 0
    ratio: float = 1.0


class Planner:
    """Plans for one library. Remembers with which window each model was last asked; safe from several threads."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = settings
        self._windows = Windows()
        self._learned: dict[str, _Learned] = {}
        self._machine = functools.cache(this_machine)

    def short_request(self, model: AnswerModel, messages: Sequence[Message], max_tokens: int, scope: Scope) -> GenerationOptions:
        """How a model is asked something small before the answer: without thoughts, and in a window that it keeps for the answer."""
        info = model.describe()
        needed = sum(estimate_tokens(message.text) for message in messages) + max_tokens
        ceiling = self._ceiling(info, scope.mode)
        window = self._window(info, needed, ceiling, model.loaded_window)
        return GenerationOptions(max_tokens=max_tokens, window=window, think=False, cancelled=scope.cancelled)

    def documents(self, scope: Scope) -> Documents:
        """What may go in whole: the chosen documents, or the notebook where the person wants it whole."""
        if scope.mode is Mode.PASSAGES or (scope.mode is Mode.AUTO and scope.sources is None):
            return Documents(0, tuple)
        characters = self._library.catalog.documents.characters(scope.notebook, scope.sources)
        return Documents(characters if characters <= _LONGEST else 0, lambda: self._pages(scope))

    def _pages(self, scope: Scope) -> tuple[Hit, ...]:
        sources = [source.id for source in self._library.sources(scope.notebook)] if scope.sources is None else scope.sources
        return tuple(document_pages(self._library.catalog, scope.notebook, sources))

    def prepare(
        self, question: str, found: Found, scope: Scope, info: ModelInfo, count: Callable[[str], int | None]
    ) -> Prepared | None:
        """What a model of this kind is given, `settle` has the last word on the window; None where whole documents would be evidence, but do
        not fit. Raises ContextOverflow.
        """
        options = self._options(info, scope, self._ceiling(info, scope.mode))
        room = int((options.window - options.max_tokens) / self._known(info).ratio)
        options = replace(options, window=options.max_tokens + room)
        plan, why = self._documents_plan(question, found, scope, info, options, count)
        if plan is not None:
            retrieved = replace(found.retrieved, hits=plan.passages, evidence=True)
            return Prepared(retrieved, plan, options, Mode.DOCUMENTS, why)
        if not found.retrieved.evidence:
            return None
        plan = plan_context(
            question,
            language=found.retrieved.language,
            hits=found.retrieved.hits,
            history=scope.history,
            info=info,
            options=options,
            count=count,
        )
        return Prepared(found.retrieved, plan, options, Mode.PASSAGES, why)

    def _documents_plan(
        self,
        question: str,
        found: Found,
        scope: Scope,
        info: ModelInfo,
        options: GenerationOptions,
        count: Callable[[str], int | None],
    ) -> tuple[ContextPlan | None, PlanReason]:
        """The plan with whole documents, and the reason for it or against it."""
        if scope.mode is Mode.PASSAGES:
            return None, PlanReason.ASKED
        if not found.documents.characters:
            return None, PlanReason.NONE if scope.mode is Mode.AUTO else PlanReason.TOO_LARGE
        if info.max_passages:
            return None, PlanReason.FEW_PASSAGES
        plan = None
        if fewest_tokens(found.documents.characters) <= options.window - options.max_tokens:  # else they are not even read
            plan = plan_documents(
            question, language=found.retrieved.language, pages=found.documents.read(), info=info, options=options, count=count
        )  # fmt: skip
        if plan is None:
            return None, PlanReason.NO_CHOICE if scope.sources is None else PlanReason.TOO_LARGE
        if scope.mode is Mode.DOCUMENTS:
            return plan, PlanReason.ASKED
        return (None, PlanReason.SLOW) if self._slow(plan, info) else (plan, PlanReason.FITS)

    def _slow(self, plan: ContextPlan, info: ModelInfo) -> bool:
        return (
            not info.location.remote
            and not self._machine().gpu_memory
            and plan.used > self._settings.first_token_timeout_s * _READ_PER_S
        )

    def _ceiling(self, info: ModelInfo, mode: Mode) -> int:
        """The largest window that a question may take."""
        bounds = [info.window, self._known(info).window or info.window]
        if self._settings.max_context_tokens:
            bounds.append(max(self._settings.max_context_tokens, 1024))
        elif info.location.remote and mode is not Mode.DOCUMENTS:
            bounds.append(_REMOTE_WINDOW)
        elif info.window_on_demand and not info.location.remote:
            machine = self._machine()
            memory = int(machine.memory * MEMORY_SHARE)
            bounds.append(memory_window(info.size, machine.gpu_memory if machine.gpu_memory > info.size else memory))
        return min(bounds)

    def _options(self, info: ModelInfo, scope: Scope, window: int) -> GenerationOptions:
        think = scope.think.asked_of(info)
        wanted = self._settings.answer_tokens + (self._settings.thought_tokens if think else 0)
        # At most half the window for thoughts and answer: a passage must fit beside them.
        return GenerationOptions(max_tokens=min(wanted, window // 2), window=window, think=think, cancelled=scope.cancelled)

    def settle(self, made: Prepared, model: AnswerModel, scope: Scope) -> Prepared:
        """What was prepared, in the window that this model is really asked for: the one it has, where that is enough."""
        info = model.describe()
        needed = int(made.plan.used * self._known(info).ratio) + made.plan.reserved
        held = self._windows.held(info.name, model.loaded_window) if info.window_on_demand else 0
        window = self._window(info, needed, self._ceiling(info, scope.mode), lambda: held)
        made = replace(made, loads=info.window_on_demand and window != held)
        return replace(made, plan=replace(made.plan, window=window), options=replace(made.options, window=window))

    def _known(self, info: ModelInfo) -> _Learned:
        return self._learned.get(info.name, _Learned())

    def learns(self, info: ModelInfo, made: Prepared, event: Finished | Failed) -> bool:
        """Whether the end of an answer showed that the model holds less than was planned for; what it showed is kept for this model.

        A server that refuses tells exact counts. One that cuts in silence tells how much it read: so much is sent from now on.
        """
        before = self._known(info)
        if isinstance(event, Failed) and isinstance(event.error, ContextOverflow):
            needed, window = int(str(event.error.fields["needed"])), int(str(event.error.fields["window"]))
            ratio = max(before.ratio, needed / max(1, made.plan.used))
            narrower = window if not info.window_on_demand and window < info.window else before.window
            found = _Learned(narrower, ratio)
        elif isinstance(event, Finished) and event.prompt_cut and event.usage is not None:
            found = _Learned(event.usage.prompt_tokens + made.plan.reserved, before.ratio)
        else:
            return False
        self._learned[info.name] = found
        return found != before

    def _window(self, info: ModelInfo, needed: int, ceiling: int, loaded: Callable[[], int]) -> int:
        return self._windows.choose(info.name, needed, ceiling, loaded) if info.window_on_demand else ceiling
