"""Whole documents or passages, and in which window: every reason that a plan can give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from core.errors import ContextOverflow
from core.settings import Settings
from core.types import LOCAL, Message
from rag.answer import Answer
from rag.events import Cited, Ending, Event, Finished, Mode, Outcome, Planned, Retried, Retrieved, RetryReason, Text, Thought, Usage
from rag.models.base import GenerationOptions, ModelInfo
from rag.models.scripted import ScriptedModel
from rag.pipeline import AnswerPipeline
from rag.plan.budget import WINDOW_STEPS, estimate_tokens
from store.library import Library
from store.pages import document_pages
from tests.conftest import NOTEBOOK, put

ROOMY = ModelInfo("roomy", "script", LOCAL, window=32_768, window_on_demand=True)
SMALL = ModelInfo("small", "script", LOCAL, window=2048)
FEW = ModelInfo("few", "script", LOCAL, window=32_768, max_passages=3)
QUESTION = "When does the river flood near the old mill?"


@pytest.fixture
def rivers(library: Library) -> int:
    """A document of three pages, the second empty, beside another; the id of the first."""
    put(library, "taxes.txt", "Taxes are due on the last day of March each year.")
    return put(
        library, "rivers.txt", "The river floods every spring near the old mill.", "", "Bridges over the river are closed then."
    )


def ask(
    library: Library, settings: Settings, info: ModelInfo, question: str = QUESTION, answer: str = "In spring [1].", **how: object
) -> tuple[ScriptedModel, list[Event]]:
    """The model that was asked, and the events of its answer."""
    model = ScriptedModel([Text(answer)], info)
    pipeline = AnswerPipeline(library, settings)
    return model, list(pipeline.stream(question, model=model, notebook=NOTEBOOK, **how))  # type: ignore[arg-type]


def plan_of(events: list[Event]) -> Planned:
    """The plan among events."""
    return next(event for event in events if isinstance(event, Planned))


def test_chosen_documents_that_fit_go_in_whole_and_citations_name_their_pages(
    library: Library, settings: Settings, rivers: int
) -> None:
    model, events = ask(library, settings, ROOMY, answer="Bridges over the river are closed then [2].", sources=[rivers])
    plan = plan_of(events)
    assert (plan.mode, plan.why, plan.sources) == ("documents", "fits", {1: 1, 2: 2})
    first, second = [event for event in events if isinstance(event, Retrieved)]
    assert [(hit.page, hit.start, hit.rank) for hit in second.hits] == [(1, 0, 1), (3, 0, 2)]
    assert first.hits
    (cited,) = [event for event in events if isinstance(event, Cited)]
    (citation,) = cited.citations
    page = library.page(rivers, 3)
    assert page is not None
    assert (citation.page, page.text[citation.start : citation.end]) == (3, "Bridges over the river are closed then.")
    assert "Taxes" not in model.asked[0][-1].text


def test_a_question_about_everything_needs_no_evidence_when_documents_go_in_whole(
    library: Library, settings: Settings, rivers: int
) -> None:
    _, events = ask(library, settings, ROOMY, "Zusammenfassung?", answer="Floods [1].", sources=[rivers])
    assert plan_of(events).mode == "documents"
    _, events = ask(library, settings, SMALL, "Zusammenfassung?")
    assert isinstance(events[-1], Finished)
    assert events[-1].outcome is Outcome.NOTHING_FOUND


@pytest.mark.parametrize(
    ("info", "mode", "chosen", "expected"),
    [
        (ROOMY, Mode.AUTO, False, ("passages", "")),
        (ROOMY, Mode.DOCUMENTS, False, ("documents", "asked")),
        (ROOMY, Mode.PASSAGES, True, ("passages", "asked")),
        (FEW, Mode.AUTO, True, ("passages", "few_passages")),
        (FEW, Mode.DOCUMENTS, True, ("passages", "few_passages")),
    ],
)
def test_the_person_can_force_either(
    library: Library, settings: Settings, rivers: int, info: ModelInfo, mode: Mode, chosen: bool, expected: tuple[str, str]
) -> None:
    _, events = ask(library, settings, info, mode=mode, sources=[rivers] if chosen else None)
    plan = plan_of(events)
    assert (plan.mode, plan.why) == expected


def test_what_does_not_fit_goes_in_as_passages_and_says_so(library: Library, settings: Settings) -> None:
    long = put(library, "long.txt", *[f"The river floods near the old mill, page {number}. " * 60 for number in range(12)])
    for mode, sources, why in ((Mode.AUTO, [long], "too_large"), (Mode.DOCUMENTS, None, "no_choice")):
        _, events = ask(library, settings, SMALL, mode=mode, sources=sources)
        plan = plan_of(events)
        assert (plan.mode, plan.why) == ("passages", why)
        assert plan.used + plan.reserved <= plan.window == 2048


def test_whole_documents_are_read_page_by_page_and_evenly(library: Library) -> None:
    source = put(library, "long.txt", "\n\n".join(f"Paragraph {number} is about rivers." for number in range(3_000)))
    statements: list[str] = []
    with library.catalog.connections.reading() as db:
        db.set_trace_callback(statements.append)
    document_pages(library.catalog, NOTEBOOK, [source])
    assert not any("substr" in statement for statement in statements)
    assert sum("pages" in statement for statement in statements) == 1


def test_a_page_that_is_no_sheet_goes_in_as_its_chunks(library: Library) -> None:
    text = "\n\n".join(f"Paragraph {number} is about rivers and mills and taxes. " * 5 for number in range(40))
    source = put(library, "web.html", text)
    pages = document_pages(library.catalog, NOTEBOOK, [source])
    assert len(pages) > 3
    assert [hit.rank for hit in pages] == list(range(1, len(pages) + 1))
    assert all(text[hit.start : hit.end] == hit.text for hit in pages)
    assert document_pages(library.catalog, 2, [source]) == []


def test_an_engine_that_allocates_on_demand_is_asked_for_a_step_and_keeps_it(
    library: Library, settings: Settings, rivers: int
) -> None:
    pipeline = AnswerPipeline(library, settings)
    seen: list[int] = []

    class Noting(ScriptedModel):
        def stream(self, messages, options: GenerationOptions):  # type: ignore[no-untyped-def]
            seen.append(options.window)
            return super().stream(messages, options)

    put(library, "long.txt", *[f"The river floods near the old mill, page {number}. " * 100 for number in range(5)])
    model = Noting([Text("In spring [1].")], ROOMY)
    for mode in (Mode.PASSAGES, Mode.DOCUMENTS, Mode.PASSAGES):
        list(pipeline.stream(QUESTION, model=model, notebook=NOTEBOOK, mode=mode))
    assert seen[1] > seen[0]
    assert seen[2] == seen[1]
    assert set(seen) <= set(WINDOW_STEPS)


def test_the_setting_bounds_the_window(library: Library, settings: Settings, rivers: int) -> None:
    import dataclasses

    _, events = ask(library, dataclasses.replace(settings, max_context_tokens=3000), ROOMY)
    assert plan_of(events).window == 3000


@pytest.mark.parametrize(("read", "cut"), [(1100, True), (0, False), (20_000, False)])
def test_where_the_engine_cut_the_prompt_the_answer_begins_anew_within_what_it_reads(
    library: Library, settings: Settings, read: int, cut: bool
) -> None:
    put(library, "long.txt", *[f"The river floods near the old mill, page {number}. " * 100 for number in range(9)])
    model = ScriptedModel([Text("In spring [1]."), Usage(read, 5, Ending.STOP)], ROOMY)
    pipeline = AnswerPipeline(library, settings)
    answer = Answer(QUESTION)
    for event in pipeline.stream(QUESTION, model=model, notebook=NOTEBOOK, mode=Mode.DOCUMENTS):
        answer = answer.take(event)
    assert (answer.retried == Retried(RetryReason.WINDOW, think=False)) is cut
    assert answer.text == "In spring [1]."
    assert not answer.prompt_cut
    assert answer.plan is not None
    assert (answer.plan.used <= 1100) is cut
    assert answer.usage is not None
    assert answer.usage.paid_prompt_tokens == read * (2 if cut else 1), "the first try is paid for as well"
    list(pipeline.stream(QUESTION, model=model, notebook=NOTEBOOK, mode=Mode.DOCUMENTS))
    assert len(model.asked) == (3 if cut else 2), "what was learned is kept"


def test_a_prompt_that_is_cut_again_is_told(library: Library, settings: Settings) -> None:
    put(library, "long.txt", *[f"The river floods near the old mill, page {number}. " * 200 for number in range(9)])
    model = ScriptedModel([Text("In spring [1]."), Usage(1000, 5, Ending.STOP)], ModelInfo("wide", "script", LOCAL, window=60_000))
    events = list(AnswerPipeline(library, settings).stream(QUESTION, model=model, notebook=NOTEBOOK, k=60))
    assert sum(isinstance(event, Retried) for event in events) <= 1
    assert isinstance(events[-1], Finished)


def test_a_refused_prompt_is_planned_again_with_the_exact_counts(library: Library, settings: Settings) -> None:
    put(library, "long.txt", *[f"The river floods near the old mill, page {number}. " * 40 for number in range(9)])

    class Strict(ScriptedModel):
        """Holds 3,000 tokens and counts half as many again as we do."""

        def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Thought | Text | Usage]:
            """See `AnswerModel`."""
            needed = int(1.5 * sum(estimate_tokens(message.text) for message in messages))
            if needed > 3000 - options.max_tokens:
                raise ContextOverflow(needed=needed, name="strict", window=3000)
            yield from super().stream(messages, options)

    model = Strict([Text("In spring [1].")], ModelInfo("strict", "script", LOCAL, window=8192))
    answer = Answer(QUESTION)
    for event in AnswerPipeline(library, settings).stream(QUESTION, model=model, notebook=NOTEBOOK):
        answer = answer.take(event)
    assert answer.retried == Retried(RetryReason.WINDOW, think=False)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.plan is not None
    assert answer.plan.left_out


def test_documents_that_no_window_holds_are_not_read(library: Library, settings: Settings, rivers: int, monkeypatch: Any) -> None:
    def never(*_: object) -> None:
        raise AssertionError("read")

    monkeypatch.setattr("rag.plan.planner.document_pages", never)
    _, events = ask(library, settings, FEW, sources=[rivers])
    assert plan_of(events).why == "few_passages"
    put(library, "long.txt", *[f"The river floods near the old mill, page {number}. " * 900 for number in range(9)])
    _, events = ask(library, settings, ROOMY, mode=Mode.DOCUMENTS)
    assert plan_of(events).why == "no_choice"
