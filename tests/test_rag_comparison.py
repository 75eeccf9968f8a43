"""Models side by side: the very same messages, columns that end on their own, and numbers that say what each answer took."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from core.errors import Defect, InvalidSetting, ModelBlocked, ModelInterrupted, ModelUnavailable
from core.settings import ROOT, Settings
from core.types import LOCAL, Location, Message
from rag.comparison import Compared, CompareEvent, Opener, compare, joint_model, shuffled
from rag.events import Ending, Failed, Finished, Judged, Outcome, Planned, Retrieved, Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions, ModelInfo, PromptStyle, Thinking
from rag.models.scripted import ScriptedModel, Step
from rag.pipeline import AnswerPipeline
from rag.plan.planner import Scope
from rag.prices import Price, Prices, read_prices
from store.library import Library
from tests.conftest import NOTEBOOK, put

AUDIO = "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures."
QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
PRICES = Prices("USD", (Price("gemini:b", 1.0, 10.0, "s", "d"), Price("gemini:c", 1.0, 10.0, "s", "d")))


@pytest.fixture
def filled(library: Library) -> Library:
    """A library with a few documents."""
    put(library, "gemma.txt", AUDIO)
    put(library, "rivers.txt", "The river floods every spring near the old mill.", "A second page about bridges over the river.")
    return library


def model(name: str, *script: Step, window: int = 8192, location: Location = LOCAL, thinks: bool = False) -> ScriptedModel:
    """A scripted model of this name."""
    return ScriptedModel(script, ModelInfo(name, "script", location, window=window, thinks=thinks))


def run(library: Library, settings: Settings, models: dict[str, Opener], question: str = QUESTION) -> list[CompareEvent]:
    """All events of a comparison."""
    scope = Scope(NOTEBOOK, (), None, None, Thinking.AUTO, lambda: False)
    return list(compare(AnswerPipeline(library, settings), question, models=models, scope=scope, prices=PRICES))


def test_all_models_are_given_the_very_same_messages_for_the_smallest_window(filled: Library, settings: Settings) -> None:
    first = model("a", Text("Up to 30 seconds [1]."), window=2048)
    second = model(
        "gemini:b", Thought("hm"), Text("45 seconds [1]."), Usage(1000, 100, Ending.STOP), location=Location("Google"), thinks=True
    )
    events = run(filled, settings, {"a": first, "gemini:b": second})
    assert first.asked == second.asked
    assert len(first.asked) == 1
    plans = [found.event for found in events if isinstance(found.event, Planned)]
    assert [(plan.model, plan.window) for plan in plans] == [("a", 2048), ("gemini:b", 8192)], "each its own window"
    assert sum(isinstance(found.event, Retrieved) for found in events) == 1
    last = events[-1]
    assert last.model == ""
    assert isinstance(last.event, Compared)
    mine, theirs = last.event.measures
    assert mine.cost == 0.0
    assert theirs.cost == pytest.approx(0.002)
    assert (theirs.tokens_in, theirs.tokens_out, theirs.estimated) == (1000, 100, False)
    assert (mine.estimated, mine.tokens_in) == (True, plans[0].used)
    assert theirs.thought_tokens >= 1
    assert theirs.first_token_s is not None
    assert theirs.first_word_s is not None
    assert 0 <= theirs.first_token_s <= theirs.first_word_s <= theirs.total_s
    assert [fact.text for fact in last.event.differences["gemini:b"].facts] == ["45 seconds"]
    assert last.event.differences["gemini:b"].unsupported
    assert not last.event.differences["a"].unsupported


def test_models_run_at_once_and_events_keep_each_models_order(filled: Library, settings: Settings) -> None:
    slow = model("slow", Text("Up to "), 0.3, Text("30 seconds [1]."))
    quick = model("quick", 0.1, Text("30 seconds "), Text("[1]."))
    events = run(filled, settings, {"slow": slow, "quick": quick})
    order = [found.model for found in events if isinstance(found.event, Text)]
    assert order[0] == "slow"
    assert order[-1] == "slow"
    assert "quick" in order
    for name in ("slow", "quick"):
        kinds = [type(found.event) for found in events if found.model == name]
        assert kinds[0] is Planned
        assert kinds[-1] is Finished
        assert kinds.index(Judged) > kinds.index(Text)


def test_a_model_that_fails_leaves_the_others_alone(filled: Library, settings: Settings) -> None:
    def absent() -> AnswerModel:
        raise ModelUnavailable(engine="Ollama", url="http://x", start="ollama serve")

    broken = model("broken", Text("Up to 30 "), ModelInterrupted(name="broken", detail="gone"))
    good = model("good", Text("Up to 30 seconds [1]."))
    events = run(filled, settings, {"absent": absent, "broken": broken, "good": good})
    ends = {found.model: found.event for found in events if isinstance(found.event, Finished | Failed)}
    assert isinstance(ends["absent"], Failed)
    assert isinstance(ends["broken"], Failed)
    assert ends["broken"].answer.startswith("Up to 30")
    assert isinstance(ends["good"], Finished)
    last = events[-1].event
    assert isinstance(last, Compared)
    assert [(row.model, row.outcome) for row in last.measures] == [("broken", "failed"), ("good", "answered")]


def test_without_evidence_no_model_is_opened(filled: Library, settings: Settings) -> None:
    def refuse() -> AnswerModel:
        raise AssertionError("the model was opened")

    last = run(filled, settings, {"a": refuse, "b": refuse}, "Penguin colonies, krill?")[-1]
    assert isinstance(last.event, Finished)
    assert last.event.outcome is Outcome.NOTHING_FOUND
    (only,) = run(filled, settings, {"a": refuse}, "")
    assert isinstance(only.event, Failed)


def test_leaving_stops_every_model(filled: Library, settings: Settings) -> None:
    models = {name: model(name, *[step for _ in range(200) for step in (Text("word "), 0.01)]) for name in ("a", "b")}
    scope = Scope(NOTEBOOK, (), None, None, Thinking.OFF, lambda: False)
    stream = compare(AnswerPipeline(filled, settings), QUESTION, models=models, scope=scope, prices=PRICES)
    for found in stream:
        if isinstance(found.event, Text):
            break
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert all(one.stopped for one in models.values())


def test_every_event_is_json(filled: Library, settings: Settings) -> None:
    for found in run(
        filled, settings, {"a": model("a", Text("30 [1]."), Usage(9, 9, Ending.STOP)), "b": model("b", Text("Ana Ruiz [1]."))}
    ):
        line = json.loads(json.dumps(found.to_json()))
        assert "event" in line
        assert "model" in line


def test_the_joint_model_is_as_narrow_as_the_narrowest() -> None:
    embedded = ModelInfo("r", "e", LOCAL, 4096, style=PromptStyle.EXTRACTIVE, max_passages=3)
    chat = ModelInfo("c", "e", Location("Google"), 100_000, thinks=True)
    joint, count = joint_model([chat, embedded], [lambda text: None, lambda text: 1000])
    assert (joint.window, joint.style, joint.max_passages, joint.location) == (4096, PromptStyle.EXTRACTIVE, 3, Location("Google"))
    assert count("word") == 1000
    assert joint_model([chat], [lambda text: None])[1]("a word") is not None


def test_what_a_failed_answer_and_a_first_try_took_is_paid_for(filled: Library, settings: Settings) -> None:
    away = Location("Google")
    blocked = model("gemini:b", Usage(1000, 0, Ending.FAILED), ModelBlocked(name="m", reason="SAFETY"), location=away)
    twice = Usage(500, 50, Ending.STOP, earlier_prompt_tokens=500, earlier_answer_tokens=50)
    events = run(filled, settings, {"gemini:b": blocked, "gemini:c": model("gemini:c", Text("Yes [1]."), twice, location=away)})
    assert isinstance(events[-1].event, Compared)
    first, second = events[-1].event.measures
    assert (first.tokens_in, second.tokens_in, second.tokens_out) == (1000, 500, 50)
    assert first.cost == pytest.approx(0.001)
    assert second.cost == pytest.approx(0.002)


def test_shuffling_keeps_every_model() -> None:
    names = [str(number) for number in range(8)]
    assert all(sorted(shuffled(names)) == names for _ in range(5))
    assert len({tuple(shuffled(names)) for _ in range(20)}) > 1


def test_prices_know_long_prompts_dates_and_that_they_do_not_know(tmp_path: Path) -> None:
    table = Prices(
        "USD",
        (
            Price("m", 1.0, 2.0, "s", "d", until="2026-12-31", long_from=100, long_input=10.0, long_output=20.0),
            Price("m", 5.0, 5.0, "s", "d"),
            Price("u", None, 1.0, "s", "d"),
        ),
    )
    day = dt.date(2026, 12, 31)
    assert table.cost("m", Location("Google"), prompt_tokens=100, answer_tokens=50, today=day) == pytest.approx(200e-6)
    assert table.cost("m", Location("Google"), prompt_tokens=200, answer_tokens=50, today=day) == pytest.approx(3000e-6)
    assert table.cost("m", Location("Google"), prompt_tokens=100, answer_tokens=0, today=dt.date(2027, 1, 1)) == pytest.approx(
        500e-6
    )
    assert table.cost("u", Location("Google"), prompt_tokens=1, answer_tokens=1) is None
    assert table.cost("x", Location("Google"), prompt_tokens=1, answer_tokens=1) is None
    assert table.cost("x", LOCAL, prompt_tokens=1, answer_tokens=1) == 0.0
    assert read_prices(tmp_path / "none.json").rows == ()
    (tmp_path / "bad.json").write_text('{"currency": "USD", "rows": [{"modell": 1}]}', "utf-8")
    with pytest.raises(InvalidSetting, match="price table"):
        read_prices(tmp_path / "bad.json")


def test_every_row_of_the_price_table_says_where_and_when_it_was_read() -> None:
    for row in read_prices(ROOT / "data" / "prices.json").rows:
        assert row.source
        assert dt.date.fromisoformat(row.date)
        assert not row.until or dt.date.fromisoformat(row.until)


def test_a_defect_of_one_model_is_told_as_one_and_the_others_go_on(filled: Library, settings: Settings) -> None:
    events = run(filled, settings, {"a": _Defective(()), "b": model("b", Text("x"))})
    ends = {event.model: event.event for event in events if isinstance(event.event, Failed | Finished)}
    assert isinstance(ends["a"], Failed)
    assert ends["a"].error == Defect(detail="RuntimeError")
    assert isinstance(ends["b"], Finished)
    assert isinstance(events[-1].event, Compared)


class _Defective(ScriptedModel):
    """A model with a bug in it."""

    def stream(self, *_: object) -> object:  # type: ignore[override]  # it never gets to return
        """Fails as no model may."""
        raise RuntimeError("a defect")


class Timed(ScriptedModel):
    """Notes which of several models are being asked at once."""

    running: ClassVar[set[str]] = set()
    most: ClassVar[dict[str, int]] = {}

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Thought | Text | Usage]:
        """See `ScriptedModel`."""
        info = self.describe()
        Timed.running.add(info.name)
        same = [name for name in Timed.running if name.partition(":")[0] == info.name.partition(":")[0]]
        Timed.most[info.server] = max(Timed.most.get(info.server, 0), len(same))
        yield from super().stream(messages, options)
        Timed.running.discard(info.name)


def test_models_of_one_server_are_asked_one_after_the_other_and_timed_by_the_engine(filled: Library, settings: Settings) -> None:
    script: list[Step] = [Text("Up to 30 "), 0.05, Text("seconds [1]."), Usage(900, 9, Ending.STOP, 1.5, 0.25, 0.5)]
    names = ["one:a", "one:b", "one:c"]
    models = {name: Timed(script, ModelInfo(name, "Ollama", LOCAL, 8192, server="http://one")) for name in names}
    last = run(filled, settings, dict(models))[-1].event
    assert isinstance(last, Compared)
    assert Timed.most == {"http://one": 1}
    assert [(row.load_s, row.read_s, row.write_s) for row in last.measures] == [(1.5, 0.25, 0.5)] * 3
