"""A second try where the first came to nothing, announced, and never more than one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from core.errors import ModelBusy, ModelCannotThink, ModelError, ModelLoading, ModelQuota, ModelRefused
from core.types import LOCAL, Location, Message
from rag import retries
from rag.events import Ending, Retried, RetryReason, Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions, ModelInfo, Thinking
from rag.models.scripted import Step
from rag.retries import answer_events

THINKER = ModelInfo("m", "script", LOCAL, 8192, thinks=True)
PLAIN = ModelInfo("m", "script", LOCAL, 8192)
OPTIONS = GenerationOptions(max_tokens=64, window=4096, think=True)


class Takes(AnswerModel):
    """Plays one script after another, and notes whether it was asked to think."""

    def __init__(self, *scripts: Sequence[Step], info: ModelInfo = THINKER) -> None:
        self.scripts = list(scripts)
        self.info = info
        self.thought: list[bool] = []

    def describe(self) -> ModelInfo:
        """What was given."""
        return self.info

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Thought | Text | Usage]:
        """The next script."""
        self.thought.append(options.think)
        for step in self.scripts.pop(0):
            if isinstance(step, ModelError):
                raise step
            assert not isinstance(step, float)
            yield step


def run(model: AnswerModel, options: GenerationOptions = OPTIONS) -> list[Thought | Text | Usage | Retried]:
    """All events."""
    return list(answer_events(model, [], options))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "BUSY_WAIT_S", 0.0)


GOOD: list[Step] = [Text("30 seconds."), Usage(1, 2, Ending.STOP)]


def test_an_answer_is_passed_on_as_it_is() -> None:
    model = Takes([Thought("hm"), *GOOD])
    assert run(model) == [Thought("hm"), *GOOD]
    assert model.thought == [True]


def test_the_tokens_of_a_first_try_are_told() -> None:
    model = Takes([Thought("and on"), Usage(10, 64, Ending.LENGTH)], GOOD)
    assert run(model)[-1] == Usage(1, 2, Ending.STOP, earlier_prompt_tokens=10, earlier_answer_tokens=64)
    failing = Takes(
        [Thought("and on"), Usage(10, 64, Ending.LENGTH)], [Usage(5, 3, Ending.FAILED), ModelRefused(name="m", detail="no")]
    )
    told: list[object] = []
    with pytest.raises(ModelRefused):
        told.extend(answer_events(failing, [], OPTIONS))
    assert told[-1] == Usage(5, 3, Ending.FAILED, earlier_prompt_tokens=10, earlier_answer_tokens=64)
    assert isinstance(told[-1], Usage)
    assert (told[-1].paid_prompt_tokens, told[-1].paid_answer_tokens) == (15, 67)


def test_a_model_that_is_still_being_loaded_is_waited_for_and_that_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "LOADING_WAIT_S", 0.0)
    loading: list[Step] = [ModelLoading(name="m")]
    model = Takes(loading, loading, loading, GOOD)
    assert run(model) == [Retried(RetryReason.LOADING, think=True), *GOOD]
    monkeypatch.setattr(retries, "LONGEST_LOAD_S", 0.0)
    with pytest.raises(ModelLoading, match="still being loaded"):
        run(Takes(loading, loading))


def test_text_that_was_taken_back_is_no_answer() -> None:
    taken_back: list[Step] = [Text("Let me see."), Thought("Let me see.", retracts=True), Usage(1, 2, Ending.STOP)]
    model = Takes(taken_back, GOOD)
    assert run(model)[:-1] == [*taken_back[:2], Retried(RetryReason.NO_TEXT, think=False), GOOD[0]]


@pytest.mark.parametrize(
    ("first", "retried"),
    [
        ([Thought("and on"), Usage(1, 64, Ending.LENGTH)], Retried(RetryReason.THOUGHTS_USED_THE_LIMIT, think=False)),
        ([Text(" \n"), Usage(1, 1, Ending.STOP)], Retried(RetryReason.NO_TEXT, think=False)),
        ([ModelCannotThink(name="m")], Retried(RetryReason.CANNOT_THINK, think=False)),
        ([ModelBusy(name="m", detail="503")], Retried(RetryReason.BUSY, think=True)),
        ([Thought("hm"), ModelQuota(name="m", delay_s=0.05)], Retried(RetryReason.QUOTA, think=True, wait_s=0.05)),
    ],
)
def test_what_comes_to_nothing_is_asked_once_more_and_says_so(first: list[Step], retried: Retried) -> None:
    model = Takes(first, GOOD)
    events = run(model)
    assert events[-3:-1] == [retried, GOOD[0]]
    assert [type(event) for event in events].count(Usage) == 1
    assert model.thought == [True, retried.think]


def test_a_model_silent_without_thoughts_is_asked_with_them() -> None:
    model = Takes([Usage(1, 0, Ending.STOP)], GOOD)
    assert run(model, GenerationOptions(max_tokens=64, window=4096))[0] == Retried(RetryReason.NO_TEXT, think=True)
    assert model.thought == [False, True]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ([ModelRefused(name="m", detail="x")], ModelRefused),
        ([ModelQuota(name="m", delay_s=3600)], ModelQuota),
        ([Text("Half"), ModelBusy(name="m", detail="503")], ModelBusy),
    ],
)
def test_what_a_second_try_would_not_help_is_told_at_once(script: list[Step], error: type[ModelError]) -> None:
    model = Takes(script)
    with pytest.raises(error):
        run(model)


def test_there_is_no_third_try() -> None:
    model = Takes([ModelBusy(name="m", detail="503")], [ModelBusy(name="m", detail="503")])
    with pytest.raises(ModelBusy):
        run(model)


def test_a_model_that_cannot_think_is_never_asked_to() -> None:
    model = Takes([Usage(1, 0, Ending.STOP)], info=PLAIN)
    assert run(model, GenerationOptions(max_tokens=64, window=4096)) == [Usage(1, 0, Ending.STOP)]
    assert not any(choice.asked_of(PLAIN) for choice in Thinking)


def test_thinking_on_its_own_is_for_remote_models() -> None:
    remote = ModelInfo("r", "script", Location("Google"), 8192, thinks=True)
    assert [choice.asked_of(THINKER) for choice in (Thinking.OFF, Thinking.AUTO, Thinking.ON)] == [False, False, True]
    assert [choice.asked_of(remote) for choice in (Thinking.OFF, Thinking.AUTO, Thinking.ON)] == [False, True, True]


def test_stop_works_while_waiting() -> None:
    looks = iter([False] * 4)
    options = GenerationOptions(max_tokens=64, window=4096, cancelled=lambda: next(looks, True))
    model = Takes([ModelQuota(name="m", delay_s=20)])
    assert run(model, options) == [Retried(RetryReason.QUOTA, think=False, wait_s=20), Usage(0, 0, Ending.STOPPED)]
