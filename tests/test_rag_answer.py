"""Answer: the fold of the event stream, and its way through JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.errors import KaedamaError, LibraryLocked, ModelQuota, StoredError
from core.types import LOCAL, Citation, Hit
from rag.answer import Answer
from rag.events import (
    Cited,
    Condensed,
    Ending,
    Event,
    Failed,
    Finished,
    LeftOut,
    Mode,
    Numbered,
    Outcome,
    OutReason,
    Planned,
    PlanReason,
    Retried,
    Retrieved,
    RetryReason,
    Text,
    Thought,
    Usage,
)

HIT = Hit(1, 0.9, 0.8, 0.7, 11, 5, "guía.md", "Guía", 3, "iii", 10, 20, "El texto", "es", "Contexto")
CITATION = Citation(1, 5, "guía.md", 3, "iii", 10, 18, "El texto", 11)
PLAN = Planned(
    "ollama:gemma4:e2b", "Ollama", LOCAL, 8192, 900, 1024, False, {1: 1}, (LeftOut(2, OutReason.WINDOW),), False, Mode.PASSAGES, PlanReason.NONE
)  # fmt: skip
ERRORS: list[KaedamaError] = [ModelQuota(name="gemini:x", delay_s=3.0), LibraryLocked(directory=Path("/a"), owner="b")]


def folded(*events: Event) -> Answer:
    """The answer that these events make."""
    answer = Answer("¿Qué dice?")
    for event in events:
        answer = answer.take(event)
    return answer


def test_everything_that_is_told_is_in_the_answer() -> None:
    answer = folded(
        Condensed("¿Qué dice la guía?"),
        Retrieved((HIT,), "es", True, {"search": 0.1}),
        PLAN,
        Thought("hmm", 0.5),
        Thought(" ya", 1.5),
        Retried(RetryReason.NO_TEXT, think=False),
        Text("Dice "),
        Text("El texto [1]."),
        Cited((CITATION,)),
        Cited((CITATION,)),
        Finished(Outcome.ANSWERED, "Dice El texto [1].", Usage(9, 4, Ending.STOP), {"total": 2.0}),
    )
    assert (answer.text, answer.thoughts, answer.thought_seconds) == ("Dice El texto [1].", "hmm ya", 1.5)
    assert answer.citations == (CITATION,)
    assert answer.cited() == (1,)
    assert answer.passages() == {1: HIT}
    assert answer.seconds == {"search": 0.1, "total": 2.0}
    assert answer.ended
    turn = answer.turn()
    assert turn is not None
    assert (turn.question, turn.answer) == ("¿Qué dice la guía?", "Dice El texto.")


def test_marks_lead_to_the_passages_that_got_their_numbers() -> None:
    other = replace(HIT, rank=2, chunk_id=12, source="otra.md")
    added, cited = replace(CITATION, added=True), replace(CITATION, n=2)
    answer = folded(
        Retrieved((HIT, other), "es", True, {}), PLAN, Numbered({1: 2}), Text("Dice [1]. "), Numbered({2: 1}), Cited((added, cited))
    )
    assert answer.passages() == {1: other, 2: HIT}
    assert answer.take(Cited((CITATION,))).citations == (CITATION, cited), "what the model cites too is no longer only added"
    assert answer.take(Cited((added,))).citations == answer.citations
    assert Answer.from_json(json.loads(json.dumps(answer.to_json()))) == answer
    assert answer.take(Thought("", retracts=True)).numbers == {}


def test_what_had_come_stays_where_an_answer_fails_is_stopped_or_interrupted() -> None:
    assert folded(Text("half"), Failed(ERRORS[0], "half")).text == "half"
    assert folded(Text("half")).stop().stopped
    assert folded(Text("half")).interrupt().interrupted
    finished = folded(Text("x"), Finished(Outcome.CUT, "x", None, {}))
    assert finished.stop() == finished == finished.interrupt()


def test_text_that_turns_out_to_be_thought_leaves_the_answer() -> None:
    answer = folded(Text("It says 3 [1]."), Cited((CITATION,)), Thought("It says 3 [1].", retracts=True), Text("Three."))
    assert (answer.thoughts, answer.text, answer.citations) == ("It says 3 [1].", "Three.", ())


events = st.lists(
    st.one_of(
        st.builds(Condensed, st.text()),
        st.just(Retrieved((HIT,), "es", True, {"search": 0.25})),
        st.just(PLAN),
        st.builds(Thought, st.text(), st.floats(0, 100), st.booleans()),
        st.builds(Text, st.text()),
        st.builds(Numbered, st.dictionaries(st.integers(1, 9), st.integers(1, 9), max_size=3)),
        st.just(Cited((CITATION,))),
        st.just(Retried(RetryReason.BUSY, think=True, wait_s=3.0)),
        st.builds(
            Finished, st.sampled_from(Outcome), st.text(), st.just(Usage(1, 2, Ending.STOP)), st.just({"total": 1.0}), st.booleans()
        ),
    ),
    max_size=12,
)


@given(events)
def test_an_answer_comes_back_from_json_as_it_was(told: list[Event]) -> None:
    answer = folded(*told)
    assert Answer.from_json(json.loads(json.dumps(answer.to_json()))) == answer


def test_an_error_comes_back_from_json_with_its_fields() -> None:
    for error in ERRORS:
        answer = folded(Failed(error, "so far"))
        back = Answer.from_json(json.loads(json.dumps(answer.to_json())))
        assert type(back.error) is type(error)
        assert str(back.error) == str(error)
        assert back.text == "so far"


def test_an_error_that_this_version_does_not_know_keeps_its_sentence() -> None:
    back = Answer.from_json({"question": "q", "error": {"code": "FromTheFuture", "fields": {}, "message": "Once upon a time."}})
    assert isinstance(back.error, StoredError)
    assert "Once upon a time" in str(back.error)
