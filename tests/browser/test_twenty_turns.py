"""A conversation of twenty turns in three languages, with citations, verdicts and thoughts: reload, restart, a kill in mid-answer, two tabs and
Back show the same; the command line prints it; what is exported comes back equal."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from core.types import Citation, Hit, Location, Reason, ReasonCode, Support, Verdict
from rag.answer import Answer
from rag.events import Cited, Ending, Finished, Judged, Mode, Outcome, Planned, Retrieved, Text, Thought, Usage
from service.export import from_json
from store.library import Library
from tests.browser.driving import NEEDS_BROWSER, ask, browser, opened
from tests.browser.test_conversations import QUESTIONS, kill, line, shown, where
from tests.commands import environment, run
from tests.doubles import HashEmbedder
from tests.servers.ollama import OllamaServer
from tests.servers.ollama_streams import STREAMS
from tests.serving import free_port, served

__all__ = ["browser"]  # the fixture
pytestmark = NEEDS_BROWSER
SAID = {
    "en": ("How large is number {n}?", "Number {n} takes {n}.5 GB [1]. It is *not* small.", "Let me see, {n}."),
    "ja": ("{n}番の容量は?", "{n}番は{n}.5 GBです[1]。**小さくはありません。**", "{n}番を見ます。"),
    "es": ("¿Cuánto ocupa el número {n}?", "El número {n} ocupa {n},5 GB [1]. No es pequeño.", "Veamos el {n}."),
}
TURNS = 20


def answer_of(number: int, language: str) -> Answer:
    """A whole answer: thoughts, a citation, a sentence that is quoted and one that nothing bears out."""
    question, text, thought = (said.format(n=number) for said in SAID[language])
    first = text.index("]") + 2
    hit = Hit(1, 0.9, 0.8, 0.7, number, 1, "sizes.md", "Sizes", 1, None, 0, 20, text[:20], language, "Sizes")
    answer = Answer(question)
    for event in (
        Retrieved((hit,), language, evidence=True, seconds={"search": 0.01}),
        Planned("ollama:gemma4:e2b", "Ollama", Location(), 8192, 900, 1024, False, {1: 1}, (), False, Mode.PASSAGES),
        Thought(thought, 1.5),
        Text(text),
        Cited((Citation(1, 1, "sizes.md", 1, None, 0, 20, text[:20], number),)),
        Judged(
            (
                Verdict(0, first, text[:first], Support.QUOTED, (1,), Reason(ReasonCode.QUOTED)),
                Verdict(first, len(text), text[first:].strip(), Support.UNSUPPORTED, (), Reason(ReasonCode.UNCITED)),
            )
        ),
        Finished(Outcome.ANSWERED, text, Usage(900, 30, Ending.STOP), {"total": 2.0}),
    ):
        answer = answer.take(event)
    return answer


def kept(library: Path) -> str:
    """A conversation of nineteen answered turns; its id."""
    with Library.open(library, HashEmbedder("bundled")) as opened_library:
        conversations = opened_library.catalog.conversations
        made = conversations.create(opened_library.open_notebook("default").id, "Twenty turns")
        parent = None
        for number in range(1, TURNS):
            answer = answer_of(number, ("en", "ja", "es")[number % 3])
            turn = conversations.add_turn(
                made.id, parent=parent, question=answer.question, model="ollama:gemma4:e2b", scope={}, answer=answer.to_json()
            )
            parent = turn.id
        return made.id


def test_twenty_turns_survive_reload_restart_kill_two_tabs_and_back(browser: Any, tmp_path: Path) -> None:
    over = threading.Event()

    def halting(_: dict[str, Any]) -> Iterator[bytes | None]:
        yield line("", message={"role": "assistant", "content": "", "thinking": "Let me think. "})
        yield line("Half an answer. ")
        over.wait(240)

    number, port = kept(tmp_path), free_port()
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.dict(STREAMS, halting=halting))
        server = stack.enter_context(OllamaServer({"halting": ["completion", "thinking"]}))
        stack.callback(over.set)
        settings: dict[str, Any] = {"port": port, "ollama_url": server.url, "model": "ollama:halting"}
        context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
        stack.callback(context.close)
        with contextlib.suppress(AssertionError, psutil.NoSuchProcess), served(tmp_path, **settings) as address:
            page = stack.enter_context(opened(context, address, f"?c={number}"))
            page.wait_for_selector(f".kd-turn >> nth={TURNS - 2}")
            said = shown(page)
            assert said.count("GB") == TURNS - 1
            assert page.locator(".kd-cite").count() >= TURNS - 1
            assert page.locator(".kd-s-quoted").count() >= TURNS - 1
            page.reload()
            page.wait_for_selector(f".kd-turn >> nth={TURNS - 2}")
            assert shown(page) == said
            page.click("[data-do=open][data-id='']")
            page.wait_for_selector(".kd-welcome")
            page.go_back()
            page.wait_for_selector(f".kd-turn >> nth={TURNS - 2}")
            assert shown(page) == said
            ask(page, QUESTIONS[0])
            page.wait_for_selector("#kd-live:has-text('Half an answer')")
            with opened(context, address, f"?c={number}") as other:
                other.wait_for_selector("#kd-live:has-text('Half an answer')")
                assert shown(other).startswith(said)
            kill(port)  # which `served` holds against it
        with served(tmp_path, **settings):
            page.wait_for_selector("#kd-live:has-text('ended unexpectedly')")
            again = shown(page)
            assert again.startswith(said)
            assert where(page) == number
            page.reload()
            page.wait_for_selector(f".kd-turn >> nth={TURNS - 1}")
            assert shown(page) == again
    check_history(tmp_path, number)


def check_history(library: Path, number: str) -> None:
    """The command line prints the same, and an export comes back equal."""
    printed = run(environment(library), "rag", "history", "show", number, "--json").lines
    assert len(printed) == TURNS
    assert [turn["answer"]["outcome"] for turn in printed] == ["answered"] * (TURNS - 1) + ["interrupted"]
    assert {verdict["support"] for turn in printed[:-1] for verdict in turn["answer"]["verdicts"]} == {"quoted", "unsupported"}
    whole = run(environment(library), "rag", "history", "export", number, "--format", "json").out
    back = from_json(whole)
    assert [turn.answer for turn in back.turns[:-1]] == [answer_of(n, ("en", "ja", "es")[n % 3]) for n in range(1, TURNS)]
    assert json.loads(whole)["turns"][0]["answer"]["thoughts"]
