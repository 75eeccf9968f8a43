"""What is kept, on the command line: conversations that go on, history, exports, notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.export import from_json
from tests.commands import Ran, environment, run_here
from tests.servers.ollama import OllamaServer

QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
SUPPORT = {"quoted", "supported", "weak", "unsupported", "contradicted"}


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A library with one document, over an Ollama."""
    folder = tmp_path_factory.mktemp("history")
    note = folder / "gemma.txt"
    note.write_text("Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.", "utf-8")
    with OllamaServer() as ollama:
        made = environment(folder / "library", ollama_url=ollama.url, model="ollama:gemma3:4b")
        assert run_here(made, "ingest", note).status == 0
        yield made


def asked(env: dict[str, str], *options: str) -> tuple[str, int]:
    """Ask, and give the ids of conversation and turn."""
    ran = run_here(env, "rag", "ask", QUESTION, "--json", *options)
    assert ran.status == 0, ran.err
    first = ran.lines[0]
    assert first["event"] == "conversation"
    assert ran.lines[-1]["event"] == "finished"
    return first["id"], first["turn"]


def sentence(ran: Ran, status: int) -> str:
    """The one sentence of a command that failed with this status."""
    assert (ran.status, ran.out) == (status, ""), ran.err
    (line,) = ran.err.splitlines()
    return line


pytestmark = pytest.mark.slow


def test_conversations_go_on_are_shown_exported_and_deleted(env: dict[str, str], tmp_path: Path) -> None:
    conversation, first = asked(env)
    other, _ = asked(env, "--conversation", "new")
    same, second = asked(env, "--conversation", conversation)
    last, third = asked(env, "--conversation", "last")
    assert other != conversation
    assert same == last == conversation
    assert len({first, second, third}) == 3

    listed = run_here(env, "rag", "history", "--json").lines
    assert [(one["id"], one["turns"]) for one in listed] == [(conversation, 3), (other, 1)]
    assert run_here(env, "rag", "history", "list").out.count("\n") == 3

    turns = run_here(env, "rag", "history", "show", conversation, "--json").lines
    assert [turn["turn"] for turn in turns] == [first, second, third]
    assert list(turns[0]) == ["turn", "question", "model", "asked", "answer", "feedback"]
    assert list(turns[0]["answer"]) == ["text", "outcome", "citations", "verdicts"]
    assert all(list(one) == ["n", "source", "page", "quote", "added", "place", "where"] for one in turns[0]["answer"]["citations"])
    assert turns[0]["answer"]["verdicts"]
    assert all(list(one) == ["sentence", "support", "reason", "cited", "found"] for one in turns[0]["answer"]["verdicts"])
    assert {one["support"] for one in turns[0]["answer"]["verdicts"]} <= SUPPORT
    assert (turns[0]["model"], turns[0]["answer"]["outcome"], turns[0]["feedback"]) == ("ollama:gemma3:4b", "answered", None)
    shown = run_here(env, "rag", "history", "show", conversation).out
    assert shown.count(f"> {QUESTION}") == 3
    assert " supported\n" in shown
    assert conversation.isalnum()

    kept = from_json(run_here(env, "rag", "history", "export", conversation, "--format", "json").out)
    assert [turn.id for turn in kept.turns] == [first, second, third]
    assert run_here(env, "rag", "history", "export", conversation).out.startswith("# How many seconds")
    assert run_here(env, "rag", "history", "export", "last").out == run_here(env, "rag", "history", "export", conversation).out
    page = run_here(env, "rag", "history", "export", conversation, "--format", "html").out
    assert page.startswith("<!DOCTYPE html>")
    assert QUESTION in page

    gone = run_here(env, "rag", "history", "delete", other, "--json")
    assert gone.lines == [{"event": "deleted", "id": other}]
    assert other in sentence(run_here(env, "rag", "history", "show", other), 1)
    assert "nobody" in sentence(run_here(env, "rag", "ask", QUESTION, "--conversation", "nobody"), 1)


def test_notebooks_are_made_renamed_and_deleted(env: dict[str, str]) -> None:
    made = run_here(env, "rag", "notebooks", "new", "仕事", "--json")
    assert made.lines[0]["event"] == "created"
    assert (made.lines[0]["name"], made.lines[0]["documents"]) == ("仕事", 0)
    assert "仕事" in sentence(run_here(env, "rag", "notebooks", "new", "仕事"), 2)
    assert run_here(env, "rag", "notebooks", "rename", "仕事", "Trabajo").status == 0
    names = [one["name"] for one in run_here(env, "rag", "notebooks", "--json").lines]
    assert names == ["Trabajo", "default"]
    asked(env, "--conversation", "new")
    there = run_here(env, "rag", "history", "list", "--notebook", "Trabajo")
    assert there.out == "No conversations yet.\n"
    kept = len(run_here(env, "rag", "history", "--json").lines)
    assert there.err == f"{kept} more in other notebooks: --all lists them, --notebook NAME those of one.\n"
    every = run_here(env, "rag", "history", "--all", "--notebook", "Trabajo")
    assert (every.err, every.out.count("default")) == ("", kept)
    listed = run_here(env, "rag", "history", "list", "--all", "--notebook", "Trabajo", "--json").lines
    assert [one["notebook"] for one in listed] == ["default"] * kept
    assert run_here(env, "rag", "notebooks", "delete", "Trabajo").status == 0
    assert "Trabajo" in sentence(run_here(env, "rag", "notebooks", "delete", "Trabajo"), 1)
    assert json.loads(run_here(env, "rag", "notebooks", "list", "--json").out)["name"] == "default"
