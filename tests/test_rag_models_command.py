"""`python -m rag ask`, `compare` and `votes` as commands, with the real embedder and models of a server that answers as it is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.commands import Ran, environment, run, run_here
from tests.servers.gemini import KEY, GeminiServer
from tests.servers.ollama import INSTALLED_FOR_CHAT, OllamaServer

pytestmark = pytest.mark.slow

QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
GOOD, OTHER, BROKEN = "ollama:gemma4:e2b", "ollama:gemma3:4b", "ollama:error-in-stream"


@pytest.fixture(scope="module")
def server() -> Iterator[OllamaServer]:
    """One server for all."""
    with OllamaServer(INSTALLED_FOR_CHAT) as running:
        yield running


@pytest.fixture(scope="module")
def env(server: OllamaServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose library holds one document, and whose server is ours."""
    folder = tmp_path_factory.mktemp("compare")
    document = folder / "gemma.txt"
    document.write_text("Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.\n", "utf-8")
    made = environment(folder / "library", ollama_url=server.url)
    ran = run_here(made, "ingest", document)
    assert ran.status == 0, ran.err
    return made


def compared(env: dict[str, str], *arguments: str, models: str = f"{GOOD},{OTHER},{BROKEN}", said: str = "") -> Ran:
    """A comparison as a command."""
    return run(env, "rag", "compare", QUESTION, "--models", models, *arguments, said=said)


def of(ran: Ran, model: str) -> list[dict[str, Any]]:
    """The events of one model."""
    return [line for line in ran.lines if line["model"] == model]


def thinks(server: OllamaServer) -> list[bool]:
    """Whether the models were asked to think, since the last look."""
    asked = [body["think"] for path, body in server.requests if path == "/api/chat"]
    server.requests.clear()
    return asked


@pytest.mark.parametrize(("think", "asked"), [("off", False), ("auto", False), ("on", True)])
def test_thinking_is_passed_on_to_one_model(env: dict[str, str], server: OllamaServer, think: str, asked: bool) -> None:
    server.requests.clear()
    ran = run_here(env, "rag", "ask", QUESTION, "--model", GOOD, "--think", think, "--json")
    assert ran.status == 0, ran.err
    assert thinks(server) == [asked]
    assert ("thought" in {line["event"] for line in ran.lines}) == asked
    assert ran.lines[-1]["answer"] == "The answer is 30 seconds [1]."


def test_thinking_is_passed_on_to_those_that_can(env: dict[str, str], server: OllamaServer) -> None:
    server.requests.clear()
    ran = run_here(env, "rag", "compare", QUESTION, "--models", f"{GOOD},{OTHER}", "--think", "on", "--json")
    assert ran.status == 0, ran.err
    assert sorted(thinks(server)) == [False, True]
    assert [line["event"] for line in of(ran, GOOD)][1] == "thought"


def test_another_word_for_thinking_is_wrong_usage(env: dict[str, str]) -> None:
    ran = run_here(env, "rag", "ask", QUESTION, "--think", "hard")
    assert ran.status == 2
    assert "argument --think" in ran.err


def test_a_remote_model_is_announced_before_it_answers(env: dict[str, str]) -> None:
    with GeminiServer() as gemini:
        remote = env | {"KAEDAMA_GEMINI_URL": gemini.url, "KAEDAMA_GEMINI_KEY": KEY}
        name = "gemini:gemini-3.5-flash"
        ran = run_here(remote, "rag", "ask", QUESTION, "--model", name)
        quiet = run_here(remote, "rag", "ask", QUESTION, "--model", name, "--json")
        both = compared(remote, models=f"{GOOD},{name}")
    assert ran.status == 0, ran.err
    line = f"Your question and 1 passage go to Google ({name}).\n"
    assert line in ran.err
    assert ran.err.index(line) < ran.err.index("Let me see.")
    assert quiet.err == ""
    assert both.err == line


def test_a_comparison_shows_answers_figures_and_what_failed(env: dict[str, str]) -> None:
    ran = compared(env)
    assert (ran.status, ran.err) == (0, "")
    for model in (GOOD, OTHER):
        assert f"== {model}\nThe answer is 30 seconds [1].\n" in ran.out
    assert f"== {BROKEN}\nHalf\n(error-in-stream could not answer: model runner has unexpectedly stopped." in ran.out
    head, *rows = ran.out[ran.out.index("\n  ") :].strip("\n").splitlines()
    assert head.split()[:5] == ["loading", "reading", "first", "word", "total"]
    assert [row.split()[0] for row in rows[:3]] == [GOOD, OTHER, BROKEN]
    assert [row.split()[-1] for row in rows[:3]] == ["answered", "answered", "failed"]


def test_with_json_every_event_names_its_model_and_the_last_compares(env: dict[str, str]) -> None:
    ran = compared(env, "--json")
    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[0]["event"] == "retrieved"
    for model in (GOOD, OTHER):
        kinds = [kind for kind, _ in itertools.groupby(line["event"] for line in of(ran, model))]
        assert kinds == ["planned", "text", "cited", "judged", "finished"]
    failed = of(ran, BROKEN)[-1]
    assert (failed["event"], failed["answer"], failed["error"]["code"]) == ("failed", "Half", "ModelRefused")
    last = ran.lines[-1]
    assert (last["model"], last["event"]) == ("", "compared")
    assert [(row["model"], row["outcome"], row["cost"]) for row in last["measures"]] == [
        (GOOD, "answered", 0.0), (OTHER, "answered", 0.0), (BROKEN, "failed", 0.0),
    ]  # fmt: skip


def test_where_no_model_answers_the_comparison_fails(env: dict[str, str]) -> None:
    ran = compared(env, models=f"{BROKEN},ollama:nope")
    assert ran.status == 1
    # Nobody offers a model of this name for download, so that no such advice is given.
    assert "The model nope is not in Ollama, and nobody offers it for download." in ran.out


def test_one_model_is_no_comparison(env: dict[str, str]) -> None:
    ran = run_here(env, "rag", "compare", QUESTION, "--models", GOOD)
    assert ran.status == 2
    assert "at least two different models" in ran.err


def test_votes_are_blind_kept_and_counted(env: dict[str, str]) -> None:
    def letters(ran: Ran) -> dict[str, str]:
        assert ran.status == 0, ran.err
        before, _, after = ran.err.partition("nothing for no vote: ")
        assert not any(model in before + ran.out for model in (GOOD, OTHER, BROKEN)), "no name before the vote"
        return {line[0]: line[1:].removeprefix(" was ").partition(". ")[0].removesuffix(".") for line in after.splitlines()}

    assert run(env, "rag", "votes").out == "No votes yet.\n"
    tie = compared(env, "--vote", said="=\n")
    assert set(letters(tie).values()) == {GOOD, OTHER, BROKEN}
    assert "It failed: error-in-stream could not answer" in tie.err
    assert "\nHalf\n(it failed)\n" in tie.out
    won = letters(compared(env, "--vote", models=f"{GOOD},{OTHER}", said="b\n"))
    assert list(won) == ["A", "B"]
    letters(compared(env, "--vote", models=f"{GOOD},{OTHER}", said="\n"))
    votes = run(env, "rag", "votes", "--json").lines
    alone = compared(env, "--vote", models=f"{GOOD},{BROKEN}")
    assert "nothing for no vote" not in alone.err, "there is nothing to choose between"
    assert f" was {GOOD}.\n" in alone.err
    assert [(vote["winner"], vote["question"], vote["blind"]) for vote in votes] == [
        ("", QUESTION, True),
        (won["B"], QUESTION, True),
    ]
    assert set(votes[0]["answers"]) == {GOOD, OTHER}
    head, *rows = run(env, "rag", "votes").out.splitlines()
    assert head.split() == ["wins", "won", "tied", "lost"]
    assert [row.split() for row in rows] == [[won["B"], "75%", "1", "1", "0"], [won["A"], "25%", "0", "1", "1"]]
    assert run(env, "rag", "votes", "--notebook", "other").out == "No votes yet.\n"
