"""A real browser for the tests of this folder, and what they do with a page."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.ollama import OllamaServer
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# First answers load two models on a shared machine.
PATIENCE_MS = 120_000
NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="playwright is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield found
        found.close()


@contextlib.contextmanager
def tab(
    browser: Browser, address: str, *, locale: str = "en-US", size: tuple[int, int] = (1440, 900), path: str = ""
) -> Iterator[Page]:
    """A fresh session on the page. Fails where anything outside this machine is asked for or a script breaks."""
    context = browser.new_context(locale=locale, viewport={"width": size[0], "height": size[1]})
    try:
        with opened(context, address, path) as page:
            yield page
    finally:
        context.close()


@contextlib.contextmanager
def opened(context: BrowserContext, address: str, path: str = "") -> Iterator[Page]:
    """One more tab of a browser that has been here before."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    outside: list[str] = []
    broken: list[str] = []
    page.on(
        "request", lambda request: outside.append(request.url) if not request.url.startswith((address, "data:", "blob:")) else None
    )
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(address + path)
    page.wait_for_selector(".kd-welcome, .kd-turn")
    try:
        yield page
        assert outside == []
        assert broken == []
    finally:
        page.close()


def in_a_new_notebook(page: Page, name: str) -> None:
    """Make a notebook and show it."""
    page.click(".kd-notebooks summary")
    page.fill(".kd-menu [data-submit=new-notebook] input", name)
    page.press(".kd-menu [data-submit=new-notebook] input", "Enter")
    page.wait_for_function("(name) => document.querySelector('.kd-notebooks summary')?.textContent.includes(name)", arg=name)


def ask(page: Page, question: str) -> None:
    page.fill("#kd-box textarea", question)
    page.press("#kd-box textarea", "Enter")
    page.wait_for_selector("[data-running]")


def wait_for_answer(page: Page) -> str:
    page.wait_for_selector("#kd-live .kd-turn:not([data-running]) .kd-actions")
    return page.inner_text("#kd-live .kd-turn")


@contextlib.contextmanager
def quick_app(library: Path, *, embedder: str = "ollama:embeddinggemma") -> Iterator[str]:
    """The address of an app over a library without samples, whose models answer at once; `embedder` may name a real one."""
    models = {"gemma4:e2b": ["completion"], "embeddinggemma:latest": ["embedding"]}
    samples = str(library / "none")
    with OllamaServer(models) as ollama, served(library, ollama_url=ollama.url, embedder=embedder, samples=samples) as url:
        yield url
