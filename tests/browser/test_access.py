"""The page for everybody: no violation that axe finds in any view, the keyboard's way through, narrow and low windows, nothing jumps."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.driving import NEEDS_BROWSER, ask, browser, opened, tab, wait_for_answer
from tests.servers.ollama import OllamaServer
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # the fixture
AXE = importlib.util.find_spec("axe_playwright_python")
pytestmark = [*NEEDS_BROWSER, pytest.mark.skipif(AXE is None, reason="axe-playwright-python is not installed")]
QUESTION = "Which port does Ollama listen on by default?"
RUN = (
    "() => axe.run(document, {resultTypes: ['violations'], preload: false})"
    ".then((found) => found.violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 120))]))"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with a quick model."""
    library = tmp_path_factory.mktemp("library")
    with OllamaServer({"gemma4:e2b": ["completion", "thinking"]}) as ollama, served(library, ollama_url=ollama.url) as url:
        yield url


def violations(page: Page) -> Any:
    """What axe finds wrong now."""
    assert AXE is not None
    assert AXE.origin is not None
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate((Path(AXE.origin).parent / "axe.min.js").read_text("utf-8"))
    return page.evaluate(RUN)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_in_any_view(browser: Browser, address: str, dark: bool) -> None:  # a parameter of the test
    with tab(browser, address) as page:
        page.wait_for_selector(".kd-model")
        if dark:
            page.click("[data-do=theme]")
        assert violations(page) == []
        ask(page, QUESTION)
        wait_for_answer(page)
        page.wait_for_selector(".kd-card")
        assert violations(page) == []
        page.click("#kd-live [data-thumb='1']")
        page.wait_for_selector(".kd-reason")
        for opener in ("#kd-live [data-do=edit-ask]", ".kd-notebooks summary", ".kd-model summary", ".kd-bulk summary"):
            page.click(opener)
        page.locator(".kd-document .kd-delete").last.click()
        assert violations(page) == []
        page.click(".kd-views [data-view=models]")
        page.wait_for_selector(".kd-recommendations .kd-table")
        assert violations(page) == []
        page.click(".kd-views [data-view=compare]")
        assert violations(page) == []


def test_axe_finds_nothing_on_a_phone(browser: Browser, address: str) -> None:
    with tab(browser, address, size=(375, 812), locale="ja-JP") as page:
        ask(page, QUESTION)
        wait_for_answer(page)
        for name in ("library", "evidence", "chat"):
            page.click(f".kd-tabs [data-tab={name}]")
            assert violations(page) == []


def test_the_keyboard_goes_to_the_evidence_and_back(browser: Browser, address: str) -> None:
    with tab(browser, address) as page:
        ask(page, QUESTION)
        wait_for_answer(page)
        page.wait_for_function("() => document.querySelector('#kd-announced').textContent.includes('ended')")
        page.locator("#kd-live .kd-cite").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".kd-card.kd-lit")
        page.wait_for_selector("#kd-place-dialog[open]")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('#kd-live .kd-cite')")
        page.locator(".kd-card.kd-lit .kd-back").press("Enter")
        assert page.evaluate("document.activeElement.matches('#kd-live .kd-cite')")


def test_escape_closes_what_asks_and_gives_the_focus_back(browser: Browser, address: str) -> None:
    with tab(browser, address) as page:
        delete = page.locator(".kd-document .kd-delete").first
        delete.click()
        page.wait_for_selector(".kd-confirm:not([hidden])")
        page.keyboard.press("Escape")
        assert page.locator(".kd-confirm:not([hidden])").count() == 0
        assert delete.evaluate("(one) => one === document.activeElement")


def test_the_links_that_skip_are_reached_with_the_keyboard_alone(browser: Browser, address: str) -> None:
    with tab(browser, address) as page:
        page.click(".kd-header h1")  # where the keyboard goes on from
        for part, selector in (("kd-right", "#kd-right"), ("kd-middle", "#kd-box textarea")):
            page.keyboard.press("Shift+Tab")
            link = page.locator(f".kd-skip[data-part={part}]")
            assert link.evaluate("(one) => one === document.activeElement")
            assert link.evaluate("(one) => one.getBoundingClientRect().top >= 0")
            page.keyboard.press("Enter")
            assert page.evaluate("(selector) => document.activeElement.matches(selector)", selector)
            link.focus()


TIPS = """(names) => { const [chip, frame] = names.map((name) => document.querySelector(name));
  const tip = chip.querySelector('.kd-tip').getBoundingClientRect(), area = frame.getBoundingClientRect(), at = chip.getBoundingClientRect();
  return { inside: tip.height > 0 && tip.top >= area.top && tip.bottom <= area.bottom && tip.left >= area.left && tip.right <= area.right,
    above: tip.bottom <= at.top, below: tip.top >= at.bottom }; }"""


def test_the_tip_of_a_citation_opens_where_there_is_room(browser: Browser, address: str) -> None:
    names = ["#kd-live .kd-cite", "#kd-talk"]
    with tab(browser, address, size=(1024, 640)) as page:
        for _ in range(3):
            ask(page, QUESTION)
            wait_for_answer(page)
        for block, side in (("end", "above"), ("start", "below")):
            page.evaluate("document.activeElement.blur()")
            page.evaluate(
                "([name, block]) => document.querySelector(name).scrollIntoView({ block, behavior: 'instant' })", [names[0], block]
            )
            page.locator(names[0]).first.hover()
            found = page.evaluate(TIPS, names)
            assert found["inside"]
            assert found[side]
            page.mouse.move(1, 1)


def test_a_low_window_leaves_half_to_the_conversation(browser: Browser, address: str) -> None:
    with tab(browser, address, size=(375, 430)) as page:
        ask(page, QUESTION)
        wait_for_answer(page)
        page.evaluate("document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight")
        assert page.evaluate("document.querySelector('#kd-composer').getBoundingClientRect().top") >= 215
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        # The end of the answer can be seen whole.
        bottom = page.locator("#kd-live .kd-actions").evaluate("(one) => one.getBoundingClientRect().bottom")
        assert bottom <= page.evaluate("document.querySelector('#kd-composer').getBoundingClientRect().top")


def test_evidence_stays_beside_the_conversation_at_768(browser: Browser, address: str) -> None:
    with tab(browser, address, size=(768, 1024)) as page:
        ask(page, QUESTION)
        wait_for_answer(page)
        assert page.locator("#kd-middle").is_visible()
        assert page.locator("#kd-right .kd-card").first.is_visible()


def test_on_a_phone_the_evidence_is_a_sheet_that_goes_away(browser: Browser, address: str) -> None:
    with tab(browser, address, size=(375, 812)) as page:
        ask(page, QUESTION)
        wait_for_answer(page)
        page.locator("#kd-live .kd-cite").first.click()
        page.wait_for_selector("#kd-place-dialog[open]")
        page.keyboard.press("Escape")
        assert page.locator("#kd-right").is_hidden()
        assert page.evaluate("document.activeElement.matches('.kd-cite')")
        page.click(".kd-tabs [data-tab=evidence]")
        assert page.locator("#kd-right .kd-card.kd-lit").is_visible()
        assert page.locator("#kd-middle").is_visible()
        page.keyboard.press("Escape")
        assert page.locator("#kd-right").is_hidden()


SMALL = """() => [...document.querySelectorAll('button, a, select, summary, textarea, input')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches('.kd-cite, .kd-skip') && !one.closest('#kd-upload'))
  .map((one) => [one, (one.closest('label') || one).getBoundingClientRect()])
  .filter(([, area]) => area.width < 44 || area.height < 44).map(([one]) => one.outerHTML.slice(0, 120))"""


def test_everything_that_is_pressed_has_room_for_a_finger(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="en-US", viewport={"width": 375, "height": 812}, has_touch=True, is_mobile=True)
    with opened(context, address) as page:
        ask(page, QUESTION)
        wait_for_answer(page)
        assert page.evaluate(SMALL) == []
        page.click("[data-tab=library]")
        page.click(".kd-notebooks summary")
        assert page.evaluate(SMALL) == []
        page.click("[data-view=compare]")
        page.click(".kd-choice summary")
        assert page.evaluate(SMALL) == []
    context.close()


@pytest.mark.parametrize("size", [(375, 430), (720, 450), (360, 225)], ids=["keyboard", "200 %", "400 %"])
def test_a_low_window_scrolls_as_a_whole(browser: Browser, address: str, size: tuple[int, int]) -> None:
    with tab(browser, address, size=size) as page:
        ask(page, QUESTION)
        wait_for_answer(page)
        assert page.evaluate("() => getComputedStyle(document.documentElement).overflowY") == "auto"
        assert page.evaluate("() => document.documentElement.scrollHeight > innerHeight")
        page.locator("#kd-live .kd-actions").scroll_into_view_if_needed()
        box = page.locator("#kd-box textarea").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < size[1]
