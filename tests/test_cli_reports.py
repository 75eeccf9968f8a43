"""What the command line prints of a stream of events: what leaves the machine, second tries, and where each line goes."""

from __future__ import annotations

import pytest

from cli.reports import ComparisonReport, JsonReport, TextReport, leaving, second_try
from core.errors import ModelUnavailable
from core.types import Location
from rag.comparison import CompareEvent
from rag.events import Event, Failed, Finished, Mode, Outcome, Planned, Retried, RetryReason, Text, Thought


def planned(model: str, *, recipient: str = "Google", mode: Mode = Mode.PASSAGES, count: int = 3) -> Planned:
    """A plan for a model of this name."""
    return Planned(
        model, "E", Location(recipient), 8192, 500, 100, False, {number: number for number in range(1, count + 1)}, (), False, mode
    )


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        (planned("embedded", recipient=""), ""),
        (planned("gemini:gemini-3.5-flash"), "Your question and 3 passages go to Google (gemini:gemini-3.5-flash)."),
        (planned("gemini:x", mode=Mode.DOCUMENTS, count=12), "Your question and 12 pages go to Google (gemini:x)."),
        (planned("gemini:x", count=1), "Your question and 1 passage go to Google (gemini:x)."),
        (
            planned("ollama:gemma4:cloud", recipient="ollama.com"),
            "Your question and 3 passages go to ollama.com (ollama:gemma4:cloud).",
        ),
        (
            planned("ollama:gemma4:31b", recipient="models.example.org"),
            "Your question and 3 passages go to models.example.org (ollama:gemma4:31b).",
        ),
        (
            planned("openai:https://api.example.com/v1#gemma", recipient="api.example.com"),
            "Your question and 3 passages go to api.example.com (openai:https://api.example.com/v1#gemma).",
        ),
    ],
    ids=lambda value: value.model if isinstance(value, Planned) else "",
)
def test_what_leaves_the_machine_is_told_with_its_recipient(plan: Planned, line: str) -> None:
    assert leaving(plan) == line


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Retried(RetryReason.BUSY, think=False, wait_s=3.0), "It has too much to do at the moment; asking once more in 3 s."),
        (Retried(RetryReason.LOADING, think=False), "The server is still loading the model; waiting for it."),
        (Retried(RetryReason.QUOTA, think=True, wait_s=12.5), "Its quota is used up for now; asking once more in 12.5 s."),
        (Retried(RetryReason.CANNOT_THINK, think=False), "It cannot think; asking once more without thinking."),
        (Retried(RetryReason.NO_TEXT, think=True), "It ended without a word; asking once more with thinking."),
        (
            Retried(RetryReason.THOUGHTS_USED_THE_LIMIT, think=False),
            "The whole length went into thinking; asking once more without thinking.",
        ),
    ],
    ids=lambda value: value.reason if isinstance(value, Retried) else "",
)
def test_a_second_try_says_why_and_how(event: Retried, line: str) -> None:
    assert second_try(event) == line


def test_an_answer_is_told_before_it_begins_and_thoughts_are_ended_by_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = TextReport()
    report.show(planned("gemini:x"))
    before = capsys.readouterr()
    assert before.out == ""
    assert before.err.endswith("\nYour question and 3 passages go to Google (gemini:x).\n")
    for event in (Thought("Hm"), Retried(RetryReason.NO_TEXT, think=False), Text("Yes [1].")):
        report.show(event)
    after = capsys.readouterr()
    assert (after.out, after.err) == ("Yes [1].", "Hm\nIt ended without a word; asking once more without thinking.\n")


def test_text_that_turns_out_to_be_thought_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    report = TextReport()
    for event in (Text("Six?"), Thought("Six?", retracts=True), Text("Six [1].")):
        report.show(event)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("Six?\nSix [1].", "That was the model thinking; its answer follows.\n")


def test_with_json_nothing_but_events_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    JsonReport().show(planned("gemini:x"))
    ComparisonReport(["gemini:x", "b"], hidden=False, as_json=True).show(CompareEvent("gemini:x", planned("gemini:x")))
    said = capsys.readouterr()
    assert said.err == ""
    assert [line.count('"where": "remote"') for line in said.out.splitlines()] == [1, 1]


def test_a_comparison_tells_before_it_begins_and_not_in_the_order_of_hidden_names(capsys: pytest.CaptureFixture[str]) -> None:
    order = ["ollama:z", "gemini:a", "absent", "embedded"]
    report = ComparisonReport(order, hidden=True, as_json=False)
    absent = Failed(ModelUnavailable(engine="Ollama", url="u", start="s"), "")
    plans: list[tuple[str, Event]] = [
        ("absent", absent),
        ("ollama:z", planned("ollama:z", recipient="models.example.org")),
        ("gemini:a", planned("gemini:a")),
    ]
    for model, event in plans:
        report.show(CompareEvent(model, event))
    assert capsys.readouterr().err == "", "the order in which plans come is that of the letters"
    report.show(CompareEvent("embedded", planned("embedded", recipient="")))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" go to ")[1] for line in lines] == ["Google (gemini:a).", "models.example.org (ollama:z)."]
    for event in (Retried(RetryReason.BUSY, think=False, wait_s=3.0), Finished(Outcome.ANSWERED, "Yes.", None, {})):
        report.show(CompareEvent("gemini:a", event))
    said = capsys.readouterr()
    assert (said.out, said.err) == ("== B\nYes.\n\n", "B: It has too much to do at the moment; asking once more in 3 s.\n")
