"""The question flow with a scripted model: the order of events, and every way an answer can end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest

from core.errors import ModelBlocked, ModelInterrupted
from core.settings import Settings
from core.types import Location, Turn
from rag.answer import Answer
from rag.events import (
    Cited,
    Condensed,
    Ending,
    Event,
    Failed,
    Finished,
    Judged,
    Numbered,
    Outcome,
    Planned,
    Retrieved,
    Text,
    Thought,
    Usage,
    to_json,
)
from rag.models.base import AnswerModel, ModelInfo
from rag.models.scripted import ScriptedModel, Step
from rag.pipeline import AnswerPipeline
from rag.retrieve import Candidate, Retriever, fuse, words_share
from store.library import Library
from tests.conftest import NOTEBOOK, put

AUDIO = "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures."
QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"


@pytest.fixture
def filled(library: Library) -> Library:
    """A library with a few documents."""
    put(library, "gemma.txt", AUDIO)
    put(library, "rivers.txt", "The river floods every spring near the old mill.", "A second page about bridges over the river.")
    put(library, "taxes.txt", "Taxes are due on the last day of March each year.")
    return library


def ask(library: Library, settings: Settings, script: Sequence[Step], question: str = QUESTION, **kwargs: object) -> list[Event]:
    """All events of one answer."""
    pipeline = AnswerPipeline(library, settings)
    return list(pipeline.stream(question, model=ScriptedModel(script), notebook=NOTEBOOK, **kwargs))  # type: ignore[arg-type]


def names(events: Sequence[Event]) -> list[str]:
    """Kinds of events, neighbours of one kind taken together."""
    kinds = [type(event).__name__ for event in events]
    return [kind for at, kind in enumerate(kinds) if at == 0 or kinds[at - 1] != kind]


def test_a_failed_answer_tells_what_it_took(filled: Library, settings: Settings) -> None:
    script: list[Step] = [Text("Up to"), Usage(21, 3, Ending.FAILED), ModelBlocked(name="m", reason="SAFETY")]
    last = ask(filled, settings, script)[-1]
    assert last == Failed(ModelBlocked(name="m", reason="SAFETY"), "Up to", Usage(21, 3, Ending.FAILED))
    silent = ask(filled, settings, [Usage(21, 0, Ending.STOP)])[-1]
    assert isinstance(silent, Failed)
    assert silent.usage == Usage(21, 0, Ending.STOP)


def test_text_that_turns_out_to_be_thought_is_neither_kept_nor_cited(filled: Library, settings: Settings) -> None:
    wrong = "The river floods every spring [2]."
    script: list[Step] = [
        Text(wrong + " ["),
        Thought(wrong, retracts=True),
        Text("Up to 30 seconds [1]."),
        Usage(10, 5, Ending.STOP),
    ]
    events = ask(filled, settings, script)
    cited = next(event for event in events if isinstance(event, Cited))
    assert [citation.n for citation in cited.citations] == [1]
    assert isinstance(events[-1], Finished)
    assert events[-1].answer == "Up to 30 seconds [1]."


def test_an_answer_runs_from_search_to_verdict(filled: Library, settings: Settings) -> None:
    events = ask(filled, settings, [Thought("hm"), Text("Up to 30 "), Text("seconds [1"), Text("]."), Usage(10, 5, Ending.STOP)])
    assert names(events) == ["Retrieved", "Planned", "Thought", "Text", "Numbered", "Text", "Cited", "Judged", "Finished"]
    retrieved, planned, *_, cited, judged, finished = events
    assert isinstance(retrieved, Retrieved)
    assert isinstance(planned, Planned)
    assert retrieved.hits[planned.sources[1] - 1].source == "gemma.txt"
    assert isinstance(cited, Cited)
    (citation,) = cited.citations
    assert (citation.n, citation.source, citation.page, citation.quote) == (
        1,
        "gemma.txt",
        1,
        AUDIO.split(". ", maxsplit=1)[0] + ".",
    )
    assert AUDIO[citation.start : citation.end] == citation.quote
    assert isinstance(judged, Judged)
    assert [verdict.support for verdict in judged.verdicts] == ["quoted"]
    assert isinstance(finished, Finished)
    assert finished.outcome is Outcome.ANSWERED
    assert finished.answer == "Up to 30 seconds [1]."
    assert {"embed", "search", "first_token", "generate", "verify", "total"} <= set(finished.seconds)


def test_each_sentence_is_cited_and_judged_while_the_next_is_written(filled: Library, settings: Settings) -> None:
    script: list[Step] = [Text("Up to 30 seconds [1]."), Text(" It also"), Text(" sees pictures [1]."), Usage(10, 5, Ending.STOP)]
    events = ask(filled, settings, script)
    kinds = names(events)
    assert kinds[2:] == ["Text", "Numbered", "Text", "Cited", "Judged", "Text", "Cited", "Judged", "Finished"]
    judged = [[verdict.sentence for verdict in event.verdicts] for event in events if isinstance(event, Judged)]
    assert judged == [["Up to 30 seconds."], ["It also sees pictures."]]


@pytest.mark.parametrize(
    "answer",
    [
        "[[99]77]",
        "[1[99]77] so",
        "[1[2]] [1].",
        "``` [1] `",
        "| [1] |",
        "[1]",
        "1.",
        "[9]. [1",
        "【1】［1］[0, 1]",
        "\n\n- \n[1]\n",
    ],
)
def test_no_answer_whatever_it_holds_breaks_the_stream(filled: Library, settings: Settings, answer: str) -> None:
    events = ask(filled, settings, [Text(sign) for sign in answer])
    assert isinstance(events[-1], Finished)
    assert all(
        0 <= verdict.start < verdict.end <= len(events[-1].answer)
        for event in events
        if isinstance(event, Judged)
        for verdict in event.verdicts
    )


def test_a_refusal_that_says_more_is_judged(filled: Library, settings: Settings) -> None:
    answer = "The documents do not contain the price, but it hears up to 30 seconds of audio [1]."
    events = ask(filled, settings, [Text(answer)])
    assert names(events)[2:] == ["Text", "Numbered", "Text", "Cited", "Judged", "Finished"]
    assert events[-1].outcome is Outcome.ANSWERED  # type: ignore[union-attr]  # it is Finished


def test_what_an_interrupted_answer_had_said_is_judged(filled: Library, settings: Settings) -> None:
    events = ask(filled, settings, [Text("Up to 30 seconds [1]."), ModelInterrupted(name="scripted", detail="gone")])
    assert names(events)[2:] == ["Text", "Numbered", "Text", "Cited", "Judged", "Failed"]


def test_every_event_becomes_one_line_of_json(filled: Library, settings: Settings) -> None:
    for event in ask(filled, settings, [Text("Up to 30 seconds [1].")]):
        line = json.loads(json.dumps(to_json(event)))
        assert line["event"] == type(event).__name__.lower()


def test_unknown_marks_never_reach_the_answer(filled: Library, settings: Settings) -> None:
    events = ask(filled, settings, [Text("Up to 30 seconds [9]"), Text("[42].")])
    assert events[-1].answer == "Up to 30 seconds."  # type: ignore[union-attr]  # it is Finished


def test_without_evidence_the_model_is_not_even_opened(filled: Library, settings: Settings) -> None:
    def refuse_to_open() -> AnswerModel:
        raise AssertionError("the model was opened")

    pipeline = AnswerPipeline(filled, settings)
    events = list(pipeline.stream("Penguin colonies, krill?", model=refuse_to_open, notebook=NOTEBOOK))
    assert names(events) == ["Retrieved", "Finished"]
    assert isinstance(events[0], Retrieved)
    assert events[0].hits, "what came nearest is shown"
    assert events[-1].outcome is Outcome.NOTHING_FOUND  # type: ignore[union-attr]  # it is Finished


def test_an_empty_library_answers_that_nothing_is_there(library: Library, settings: Settings) -> None:
    events = ask(library, settings, [Text("x")])
    assert names(events) == ["Retrieved", "Finished"]
    assert events[0].hits == ()  # type: ignore[union-attr]  # it is Retrieved


def test_a_refusal_is_told_as_one_and_cites_nothing(filled: Library, settings: Settings) -> None:
    events = ask(filled, settings, [Text("The documents do not contain this information.")])
    assert names(events) == ["Retrieved", "Planned", "Text", "Finished"]
    assert events[-1].outcome is Outcome.REFUSED  # type: ignore[union-attr]  # it is Finished


def test_an_answer_cut_at_the_limit_says_so(filled: Library, settings: Settings) -> None:
    events = ask(filled, settings, [Text("Up to 30 [1]"), Usage(10, 5, Ending.LENGTH)])
    assert events[-1].outcome is Outcome.CUT  # type: ignore[union-attr]  # it is Finished


def test_a_model_that_breaks_off_leaves_what_it_had_said(filled: Library, settings: Settings) -> None:
    events = ask(filled, settings, [Text("Up to 30 seconds [1]. And"), ModelInterrupted(name="scripted", detail="gone")])
    last = events[-1]
    assert isinstance(last, Failed)
    assert last.answer == "Up to 30 seconds [1]. And"
    assert last.error.code == "ModelInterrupted"


def test_an_answer_without_a_word_is_a_failure(filled: Library, settings: Settings) -> None:
    last = ask(filled, settings, [Thought("only thoughts")])[-1]
    assert isinstance(last, Failed)
    assert "no text" in str(last.error)


@pytest.mark.parametrize(
    ("question", "code"),
    [("", "EmptyQuestion"), (" ?!。 ", "EmptyQuestion"), ("word " * 20_000, "QuestionTooLong")],
    ids=["empty", "signs", "long"],
)
def test_a_question_that_is_none_fails_with_a_sentence(filled: Library, settings: Settings, question: str, code: str) -> None:
    (event,) = ask(filled, settings, [Text("x")], question)
    assert isinstance(event, Failed)
    assert event.error.code == code


def test_closing_the_stream_stops_the_model(filled: Library, settings: Settings) -> None:
    model = ScriptedModel([Text("one "), Text("two "), Text("three")])
    stream = AnswerPipeline(filled, settings).stream(QUESTION, model=model, notebook=NOTEBOOK)
    assert isinstance(stream, Iterator)
    for event in stream:
        if isinstance(event, Text):
            break
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert model.stopped


def test_a_follow_up_is_searched_with_its_question_and_history_reaches_the_model(filled: Library, settings: Settings) -> None:
    model = ScriptedModel([Text("Yes [1].")])
    history = [Turn(QUESTION, "Up to 30 seconds.")]
    events = list(AnswerPipeline(filled, settings).stream("And pictures?", model=model, notebook=NOTEBOOK, history=history))
    assert isinstance(events[0], Condensed)
    assert events[0].question.startswith(QUESTION)
    assert "Up to 30 seconds." in [message.text for message in model.asked[-1]]


def test_a_search_bound_to_documents_shows_no_others(filled: Library, settings: Settings) -> None:
    rivers = next(source.id for source in filled.sources(NOTEBOOK) if source.name == "rivers.txt")
    events = ask(filled, settings, [Text("x")], "When does the river flood in spring?", sources=[rivers])
    assert {hit.source for hit in events[0].hits} == {"rivers.txt"}  # type: ignore[union-attr]  # it is Retrieved


def test_langchain_code_can_use_the_search(filled: Library, settings: Settings) -> None:
    found = Retriever(filled, settings).as_langchain(notebook=NOTEBOOK, k=2).invoke(QUESTION)
    assert found[0].metadata["source"] == "gemma.txt"
    assert found[0].page_content.startswith("Gemma 4 E2B hears")
    assert len(found) == 2


def candidate(chunk: int, language: str, dense: float, coverage: float) -> Candidate:
    """A candidate."""
    return Candidate(chunk, language, dense, coverage)


def test_words_count_fully_where_every_passage_is_in_the_questions_language() -> None:
    same = [candidate(1, "ja", 0.4, 0.1), candidate(2, "ja", 0.3, 0.4)]
    assert [found.chunk for found, _ in fuse(same, "ja")] == [2, 1]


def test_words_in_the_questions_language_do_not_outvote_a_nearer_passage_in_another() -> None:
    mixed = [candidate(1, "es", 0.5, 0.0), candidate(2, "ja", 0.3, 0.35)]
    assert [found.chunk for found, _ in fuse(mixed, "ja")] == [1, 2]
    assert words_share(mixed, "ja") < words_share(mixed[1:], "ja")


def test_equal_scores_keep_a_stable_order() -> None:
    tied = [candidate(chunk, "en", 0.3, 0.0) for chunk in (3, 1, 2)]
    assert [found.chunk for found, _ in fuse(tied, "en")] == [1, 2, 3]


def test_an_answer_that_thinking_left_empty_is_asked_again_and_says_so(filled: Library, settings: Settings) -> None:
    info = ModelInfo("thinker", "script", Location("Google"), 8192, thinks=True)
    model = ScriptedModel([Thought("and on"), Usage(9, 3072, Ending.LENGTH)], info)
    pipeline = AnswerPipeline(filled, settings)
    events = list(pipeline.stream(QUESTION, model=model, notebook=NOTEBOOK))
    assert names(events) == ["Retrieved", "Planned", "Thought", "Retried", "Thought", "Failed"]
    assert [options.think for options in model.options] == [True, False]
    assert model.options[0].max_tokens == settings.answer_tokens + settings.thought_tokens


def numbered(events: Sequence[Event]) -> dict[int, str]:
    """The documents of passages by the numbers that the answer's marks have."""
    (found,) = (event for event in events if isinstance(event, Retrieved))
    ranks = {hit.rank: hit.source for hit in found.hits}
    told = {number: rank for event in events if isinstance(event, Numbered) for number, rank in event.sources.items()}
    return {number: ranks[rank] for number, rank in told.items()}


def test_marks_are_numbered_as_a_reader_meets_them(filled: Library, settings: Settings) -> None:
    sources = next(event.sources for event in ask(filled, settings, [Text("x")]) if isinstance(event, Planned))
    assert len(sources) >= 3
    events = ask(filled, settings, [Text("One thing [3]. Another [2, 3]"), Text(". A third [1].")])
    assert events[-1].answer == "One thing [1]. Another [2][1]. A third [3]."  # type: ignore[union-attr]  # it is Finished
    hits = next(event.hits for event in events if isinstance(event, Retrieved))
    assert numbered(events) == {1: hits[sources[3] - 1].source, 2: hits[sources[2] - 1].source, 3: hits[sources[1] - 1].source}
    at = {type(event): place for place, event in reversed(list(enumerate(events)))}
    assert at[Numbered] < at[Text] or "[" not in events[at[Text]].text  # type: ignore[union-attr]  # it is Text


def test_an_answer_that_cites_nothing_gets_citations_marked_as_added(filled: Library, settings: Settings) -> None:
    script: list[Step] = [Text("It hears audio of up to 30 seconds at once. The river floods every spring near the old mill.")]
    events = ask(filled, settings, script)
    assert events[-1].answer == script[0].text  # type: ignore[union-attr]  # the model's words stay as they are
    citations = [one for event in events if isinstance(event, Cited) for one in event.citations]
    assert [(one.n, one.source, one.added) for one in citations] == [(1, "gemma.txt", True), (2, "rivers.txt", True)]
    verdicts = [one for event in events if isinstance(event, Judged) for one in event.verdicts]
    assert [(one.cited, one.found) for one in verdicts] == [((), (1,)), ((), (2,))]
    assert numbered(events) == {1: "gemma.txt", 2: "rivers.txt"}


def test_a_passage_that_does_bear_out_a_sentence_is_found_beside_the_one_it_cites(filled: Library, settings: Settings) -> None:
    hits = next(event.hits for event in ask(filled, settings, [Text("x")]) if isinstance(event, Retrieved))
    taxes = next(hit.rank for hit in hits if hit.source == "taxes.txt")
    events = ask(filled, settings, [Text(f"It hears audio of up to 30 seconds at once [{taxes}].")])
    (verdict,) = (one for event in events if isinstance(event, Judged) for one in event.verdicts)
    assert (verdict.support, verdict.cited, verdict.found) == ("unsupported", (1,), (2,))
    assert numbered(events) == {1: "taxes.txt", 2: "gemma.txt"}
    citations = [one for event in events if isinstance(event, Cited) for one in event.citations]
    assert [(one.n, one.added) for one in citations] == [(1, False), (2, True)]


def test_thoughts_that_are_taken_back_take_their_numbers_along(filled: Library, settings: Settings) -> None:
    wrong = "The river floods [2]."
    events = ask(filled, settings, [Text(wrong + " "), Thought(wrong, retracts=True), Text("Up to 30 seconds [1].")])
    answer = Answer(QUESTION)
    for event in events:
        answer = answer.take(event)
    assert (answer.text, {n: hit.source for n, hit in answer.passages().items()}) == ("Up to 30 seconds [1].", {1: "gemma.txt"})
