"""Conversations in a real browser: what is asked survives reload, restart, Back and a second tab; a draft is never lost; nothing is blanked."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import psutil
import pytest

from tests.browser.driving import NEEDS_BROWSER, ask, browser, opened, tab, wait_for_answer
from tests.servers.ollama import OllamaServer
from tests.servers.ollama_streams import STREAMS
from tests.serving import free_port, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["browser"]  # the fixture
pytestmark = NEEDS_BROWSER
QUESTIONS = ("Which port does Ollama listen on by default?", "E2Bの4ビットの容量は何GBですか?", "¿Cuántos tokens lee como máximo?")
BOX = "#kd-box textarea"
SLOW, LONG = "ollama:patient", "ollama:long"
# What 5 000 characters of an answer may cost the browser, in bytes.
MOST_BYTES = 300_000
PIECES, PACE_S = 250, 0.02


def line(text: str, **fields: object) -> bytes:
    """A line of a streamed answer as Ollama writes it."""
    return json.dumps({"message": {"role": "assistant", "content": text}, "done": False, **fields}).encode() + b"\n"


@pytest.fixture(scope="module")
def ollama() -> Iterator[OllamaServer]:
    """An Ollama with a quick model, one that begins to answer and then says nothing more, and one that writes 5 000 characters."""
    over = threading.Event()

    def patient(_: dict[str, Any]) -> Iterator[bytes | None]:
        yield line("Half an answer")
        over.wait(120)

    def long(_: dict[str, Any]) -> Iterator[bytes | None]:
        sentence = "The model of the port is what it listens on by default [1]. "
        for number in range(PIECES):
            over.wait(PACE_S)  # as fast as a quick card writes
            yield line((sentence * 2)[number % 40 :][:20] if number % 25 else "\n\n" + sentence[:18])
        yield line("", done=True, done_reason="stop", prompt_eval_count=900, eval_count=PIECES)

    with (
        patch.dict(STREAMS, patient=patient, long=long),
        OllamaServer({"gemma4:e2b": ["completion", "thinking"], "patient": ["completion"], "long": ["completion"]}) as server,
    ):
        yield server
        over.set()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, ollama: OllamaServer) -> Iterator[str]:
    """The address of an app with a quick model."""
    with served(tmp_path_factory.mktemp("library"), ollama_url=ollama.url, model="ollama:gemma4:e2b") as url:
        yield url


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps what it is given."""
    context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    yield context
    context.close()


def shown(page: Page) -> str:
    """The conversation as it is read, without the times of the search."""
    parts = "[...turn.querySelectorAll('.kd-question, .kd-text, .kd-verdict')].map((one) => one.innerText).join('|')"
    return str(page.evaluate(f"() => [...document.querySelectorAll('.kd-turn')].map((turn) => {parts}).join('\\n')"))


def where(page: Page) -> str:
    """The conversation that the address names."""
    return page.url.partition("?c=")[2]


def test_a_conversation_survives_reload_back_and_a_second_tab(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        for question in QUESTIONS:
            ask(page, question)
            wait_for_answer(page)
        number, said = where(page), shown(page)
        assert number
        assert all(question in said for question in QUESTIONS)
        page.reload()
        page.wait_for_selector(".kd-turn >> nth=2")
        assert shown(page) == said
        page.click("[data-do=open][data-id='']")
        page.wait_for_selector(".kd-welcome")
        assert where(page) == ""
        page.go_back()
        page.wait_for_selector(".kd-turn >> nth=2")
        assert shown(page) == said
        with opened(person, address, f"?c={number}") as other:
            other.wait_for_selector(".kd-turn >> nth=2")
            assert shown(other) == said


def test_nothing_is_blanked_and_a_draft_is_never_lost(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        ask(page, QUESTIONS[0])
        wait_for_answer(page)
        said = shown(page)
        page.fill(BOX, "   ")
        page.press(BOX, "Enter")
        page.click("#kd-send")
        assert shown(page) == said
        page.fill(BOX, "half a question")
        page.reload()
        page.wait_for_selector(".kd-turn")
        page.wait_for_function("() => document.querySelector('#kd-box textarea').value === 'half a question'")
        page.click("[data-do=open][data-id='']")
        page.wait_for_selector(".kd-welcome")
        page.wait_for_function("() => document.querySelector('#kd-box textarea').value === ''")
        page.go_back()
        page.wait_for_function("() => document.querySelector('#kd-box textarea').value === 'half a question'")


def test_a_question_that_comes_while_an_answer_runs_is_asked_next(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        page.click(".kd-model summary")
        page.select_option("[data-do=model]", SLOW)
        page.wait_for_selector(".kd-model .kd-name:has-text('patient')")
        ask(page, QUESTIONS[0])
        page.fill(BOX, QUESTIONS[1])
        page.press(BOX, "Enter")
        page.wait_for_selector("#kd-waits:has-text('asked as soon as')")
        assert page.input_value(BOX) == QUESTIONS[1]
        assert page.locator(".kd-turn").count() == 1
        page.click("#kd-stop")
        page.wait_for_selector(f"#kd-live .kd-question:has-text('{QUESTIONS[1]}')")
        assert page.input_value(BOX) == ""
        page.click("#kd-stop")
        wait_for_answer(page)


def test_an_answer_goes_on_in_every_tab_and_after_a_reload(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        page.click(".kd-model summary")
        page.select_option("[data-do=model]", SLOW)
        page.wait_for_selector(".kd-model .kd-name:has-text('patient')")
        ask(page, QUESTIONS[0])
        page.wait_for_function("() => location.search.startsWith('?c=')")
        with opened(person, address, f"?c={where(page)}") as other:
            other.wait_for_selector("#kd-live [data-running]")
            page.reload()
            page.wait_for_selector("#kd-live [data-running]")
            other.click("#kd-stop")
            for one in (page, other):
                one.wait_for_selector("text=Stopped.")


def test_an_answer_of_five_thousand_characters_costs_little(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        page.click(".kd-model summary")
        page.select_option("[data-do=model]", LONG)
        page.wait_for_selector(".kd-model .kd-name:has-text('long')")
        wire = person.new_cdp_session(page)
        wire.send("Network.enable")
        received: list[int] = []
        wire.on("Network.dataReceived", lambda event: received.append(event["dataLength"]))
        ask(page, QUESTIONS[0])
        wait_for_answer(page)
        assert len(page.inner_text("#kd-live .kd-text")) > 4_500
        assert 5_000 < sum(received) < MOST_BYTES


def test_a_deleted_conversation_can_be_had_back(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        ask(page, QUESTIONS[0])
        wait_for_answer(page)
        number = where(page)
        row = page.locator(f".kd-conversation[data-id='{number}']")
        row.wait_for()
        row.hover()
        row.locator("[data-do=rename-ask]").click()
        row.locator("input").fill("Puertos")
        row.locator("input").press("Enter")
        page.wait_for_selector(f".kd-conversation[data-id='{number}']:has-text('Puertos')")
        row.hover()
        row.locator("[data-do=delete-conversation]").click()
        page.wait_for_selector(".kd-welcome")
        assert row.count() == 0
        page.click(".kd-undo [data-do=restore]")
        page.wait_for_selector(".kd-turn")
        assert where(page) == number
        page.fill("[data-do=search]", "Puertos")
        row.wait_for()


def test_notebooks_are_made_named_and_left(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        page.click(".kd-notebooks summary")
        page.fill("[data-submit=new-notebook] input", "Trabajo")
        page.press("[data-submit=new-notebook] input", "Enter")
        page.wait_for_selector(".kd-notebooks strong:has-text('Trabajo')")
        page.wait_for_selector("text=No documents yet.")
        page.click(".kd-notebooks summary")
        page.fill("[data-submit=rename-notebook] input", "Oficina")
        page.click("[data-do=rename-notebook]")
        page.wait_for_selector(".kd-notebooks strong:has-text('Oficina')")
        page.click("[data-do=delete-notebook]")
        page.wait_for_selector(".kd-notebooks strong:has-text('default')")
        page.click(".kd-undo [data-do=restore]")
        page.wait_for_selector(".kd-notebooks strong:has-text('Oficina')")


def test_a_killed_server_keeps_what_was_shown(browser: Browser, ollama: OllamaServer, tmp_path: Path) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        with (
            contextlib.suppress(AssertionError, psutil.NoSuchProcess),
            served(tmp_path, port=port, ollama_url=ollama.url, model="ollama:gemma4:e2b") as address,
        ):
            page = stack.enter_context(tab(browser, address))
            ask(page, QUESTIONS[0])
            wait_for_answer(page)
            said = shown(page)
            page.click(".kd-model summary")
            page.select_option("[data-do=model]", SLOW)
            page.wait_for_selector(".kd-model .kd-name:has-text('patient')")
            ask(page, QUESTIONS[1])
            page.fill(BOX, "a draft")
            kill(port)  # which `served` holds against it
        page.wait_for_selector("#kaedama-notice:not([hidden])")
        with served(tmp_path, port=port, ollama_url=ollama.url, model="ollama:gemma4:e2b"):
            page.wait_for_selector("#kd-live:has-text('ended unexpectedly')")
            assert shown(page).startswith(said)
            assert QUESTIONS[1] in shown(page)
            assert page.input_value(BOX) == "a draft"


def kill(port: int) -> None:
    """End whoever listens on a port, as a power cut would."""
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN and connection.pid:
            os.kill(connection.pid, signal.SIGKILL)


GAP = "() => { const talk = document.querySelector('#kd-talk'); return talk.scrollHeight - talk.scrollTop - talk.clientHeight; }"


def test_a_question_that_was_declined_can_be_asked_at_once(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        page.wait_for_selector(".kd-document")
        page.uncheck("[data-do=every]")
        page.wait_for_selector("#kd-documents:has-text('No document is chosen')")
        page.fill(BOX, QUESTIONS[0])
        page.press(BOX, "Enter")
        page.wait_for_selector("#kd-notice:has-text('No document is chosen')")
        page.check("[data-do=every]")
        page.wait_for_selector("#kd-notice:has-text('No document is chosen')", state="detached")
        page.press(BOX, "Enter")
        assert QUESTIONS[0] in wait_for_answer(page)
        assert not page.locator("#kd-waits").is_visible()


def test_the_end_of_an_answer_is_in_sight_and_so_it_is_after_a_reload(person: BrowserContext, address: str) -> None:
    with opened(person, address) as page:
        page.set_viewport_size({"width": 1024, "height": 600})
        for question in QUESTIONS:
            ask(page, question)
            wait_for_answer(page)
            page.wait_for_function(f"() => ({GAP})() < 4")
        page.reload()
        page.wait_for_selector(".kd-turn >> nth=2")
        page.wait_for_function(f"() => document.querySelector('#kd-talk').scrollTop > 0 && ({GAP})() < 4")


def test_the_focus_stays_near_and_another_tab_is_told_of_a_deletion(person: BrowserContext, address: str) -> None:
    focused = "(selector) => !!document.activeElement?.matches(selector)"
    with opened(person, address) as page:
        ask(page, QUESTIONS[0])
        wait_for_answer(page)
        number = where(page)
        page.focus("#kd-live [data-do=retry]")
        page.keyboard.press("Enter")
        page.wait_for_function(focused, arg=BOX)
        wait_for_answer(page)
        row = page.locator(f".kd-conversation[data-id='{number}']")
        row.hover()
        row.locator("[data-do=rename-ask]").click()
        row.locator("input").fill("Named anew")
        row.locator("input").press("Enter")
        page.wait_for_selector(".kd-conversation:has-text('Named anew')")
        page.wait_for_function(focused, arg=f".kd-conversation[data-id='{number}'] > a")
        with opened(person, address, f"?c={number}") as other:
            other.wait_for_selector(".kd-turn")
            row.hover()
            row.locator("[data-do=delete-conversation]").click()
            other.click("#kd-notice:has-text('Named anew') [data-do=restore]")
            other.wait_for_selector(".kd-turn")
