"""Views of several models in a real browser: comparing, voting blind, consent before anything leaves, recommendations and a download.

Ollama and the Gemini API are servers of this test's own that speak their wire; the embedded model answers for real beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.driving import NEEDS_BROWSER, browser, tab, wait_for_answer
from tests.servers.gemini import KEY, GeminiServer
from tests.servers.ollama import OllamaServer
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # the fixture
pytestmark = NEEDS_BROWSER
HOME, AWAY = "ollama:gemma4:e2b", "gemini:gemini-3.5-flash"
QUESTION = "Gemma 4のE2Bに一度に渡せる音声は何秒までですか?"


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiServer]:
    """A Gemini API."""
    with GeminiServer() as server:
        yield server


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, gemini: GeminiServer) -> Iterator[str]:
    """The address of an app that has an Ollama with one Gemma, a Gemini API and the embedded model."""
    library = tmp_path_factory.mktemp("library")
    with (
        OllamaServer({"gemma4:e2b": ["completion", "thinking"]}) as ollama,
        served(library, ollama_url=ollama.url, gemini_url=gemini.url, gemini_key=KEY) as url,
    ):
        yield url


def sent(server: GeminiServer) -> int:
    """How many questions went to the API."""
    return sum("GenerateContent" in path for path, _, _ in server.requests)


def compare(page: Page, question: str) -> None:
    page.fill("#kd-versus-box textarea", question)
    page.press("#kd-versus-box textarea", "Enter")


def test_asking_a_remote_model_asks_first(browser: Browser, address: str, gemini: GeminiServer) -> None:
    before = sent(gemini)
    with tab(browser, address) as page:
        page.wait_for_selector(f'[data-do=model] option[value="{AWAY}"]', state="attached")
        page.click(".kd-model summary")
        page.select_option("[data-do=model]", AWAY)
        page.wait_for_selector(".kd-model[data-remote]")
        page.fill("#kd-box textarea", QUESTION)
        page.press("#kd-box textarea", "Enter")
        page.click(".kd-consent [data-do=refuse]")
        page.wait_for_selector("text=Nothing was sent.")
        assert page.input_value("#kd-box textarea") == QUESTION, "the question is given back"
        assert sent(gemini) == before
        page.press("#kd-box textarea", "Enter")
        page.click(".kd-consent [data-do=allow]")
        assert "30 seconds" in wait_for_answer(page)
        assert sent(gemini) == before + 1
        assert "Thought" in page.inner_text("#kd-live")
        page.fill("#kd-box textarea", QUESTION + " ")
        page.press("#kd-box textarea", "Enter")
        page.wait_for_selector("#kd-turns .kd-turn")
        wait_for_answer(page)
        assert page.locator(".kd-consent").count() == 0, "the session was asked once"


def test_a_blind_comparison_hides_the_names_until_the_vote(browser: Browser, address: str) -> None:
    with tab(browser, address) as page:
        page.wait_for_selector(f'[data-do=model] option[value="{AWAY}"]', state="attached")
        page.click(".kd-views [data-view=compare]")
        page.click(".kd-choice summary")
        page.check(f'[data-do=pick][data-name="{AWAY}"]')
        page.wait_for_selector(f".kd-picked:has-text('{AWAY}')")
        page.click(".kd-choice summary")
        page.check("[data-do=blind]")
        compare(page, QUESTION)
        page.click(".kd-consent [data-do=allow]")
        page.wait_for_selector(".kd-vote")
        hidden = page.inner_html("#kd-board")
        assert page.locator(".kd-side").count() == 3
        assert not any(name in hidden for name in (HOME, AWAY, "embedded", "tokens/s"))
        page.locator(".kd-side .kd-cite").first.click()
        page.wait_for_selector("#kd-versus-evidence .kd-card.kd-lit mark")
        page.wait_for_selector("#kd-place-dialog[open] mark")
        page.keyboard.press("Escape")
        page.click(".kd-vote [data-winner=B]")
        page.wait_for_selector("text=Your vote is kept.")
        shown = page.inner_text("#kd-board")
        assert all(name in shown for name in (HOME, AWAY, "embedded"))
        page.click(".kd-votes summary")
        with page.expect_download() as download:
            page.click("[data-do=export-votes]")
        vote = json.loads(Path(download.value.path()).read_text("utf-8").splitlines()[-1])
        assert (vote["question"], vote["blind"], len(vote["answers"])) == (QUESTION, True, 3)
        # The other view still has its own question box, and nothing of this in it.
        page.click(".kd-views [data-view=ask]")
        assert page.locator(".kd-welcome").first.is_visible()
        assert page.locator("#kd-board").is_hidden()


def test_a_gemma_is_got_from_the_page_and_can_be_chosen(browser: Browser, address: str) -> None:
    with tab(browser, address) as page:
        page.click(".kd-views [data-view=models]")
        page.wait_for_selector("text=Ollama runs at")
        page.click('[data-do=get][data-name="gemma3:1b"]')
        page.wait_for_selector("tr:has-text('gemma3:1b') >> text=installed")
        page.click(".kd-views [data-view=ask]")
        page.wait_for_selector('[data-do=model] option[value="ollama:gemma3:1b"]', state="attached")


def test_a_phone_can_compare(browser: Browser, address: str) -> None:
    with tab(browser, address, size=(390, 844), locale="es-ES") as page:
        page.wait_for_selector(f'[data-do=model] option[value="{HOME}"]', state="attached")
        page.click(".kd-views [data-view=compare]")
        compare(page, "¿Cuántos segundos de audio se pueden dar de una vez a Gemma 4?")
        page.wait_for_selector(".kd-vote")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("document.querySelector('.kd-versus').scrollWidth") > 390, "the columns scroll by themselves"
        page.click(".kd-views [data-view=models]")
        page.wait_for_selector(".kd-recommendations .kd-table")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
