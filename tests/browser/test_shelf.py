"""The left column in a browser: several documents at once, the filter, two notebooks in two tabs, the menu of notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core.settings import Settings
from store.embedding.embedder import open_embedder
from store.library import Library
from tests.browser.driving import NEEDS_BROWSER, PATIENCE_MS, browser, in_a_new_notebook, opened, tab
from tests.conftest import put
from tests.servers.ollama import OllamaServer
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # the fixture
pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with a quick model."""
    library = tmp_path_factory.mktemp("library")
    with OllamaServer({"gemma4:e2b": ["completion"]}) as ollama, served(library, ollama_url=ollama.url) as url:
        yield url


def test_what_a_filter_hides_is_not_deleted_and_the_filter_goes_with_its_field(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    files = [tmp_path / f"{kind} {number}.txt" for kind, count in (("nota", 5), ("otro", 2)) for number in range(count)]
    for file in files:
        file.write_text(f"Esta es la página de {file.stem}.", "utf-8")
    with tab(browser, address) as page:
        page.click(".kd-notebooks summary")
        page.fill(".kd-menu [data-submit=new-notebook] input", "Notas")
        page.press(".kd-menu [data-submit=new-notebook] input", "Enter")
        page.wait_for_function("() => document.querySelector('.kd-notebooks summary')?.textContent.includes('Notas')")
        assert page.get_attribute(".kd-notebooks", "open") is None
        assert page.input_value(".kd-menu [data-submit=new-notebook] input") == ""
        page.set_input_files("#kd-upload input[type=file]", [str(file) for file in files])
        page.wait_for_function("() => document.querySelectorAll('.kd-document').length === 7", timeout=3 * PATIENCE_MS)
        page.fill("[data-do=filter]", "nota")
        page.click(".kd-bulk summary")
        assert page.is_disabled("[data-do=bulk-ask]")
        page.check("[data-do=select-all]")
        assert page.inner_text("[data-do=bulk-ask]") == "Delete 5 documents…"
        page.click("[data-do=bulk-ask]")
        assert "Delete 5 documents?" in page.inner_text(".kd-bulk .kd-confirm")
        page.click("[data-do=delete-selected]")
        page.wait_for_function("() => document.querySelectorAll('.kd-document').length === 2")
        assert page.locator(".kd-document:visible").count() == 2


def test_a_new_conversation_is_in_the_notebook_that_its_tab_shows(browser: Browser, address: str) -> None:
    with tab(browser, address) as page:
        shown = page.get_attribute("[data-conversation]", "data-notebook")
        page.wait_for_url(f"**/?n={shown}")
        with opened(page.context, address) as second:
            second.click(".kd-notebooks summary")
            second.fill(".kd-menu [data-submit=new-notebook] input", "Otro")
            second.press(".kd-menu [data-submit=new-notebook] input", "Enter")
            second.wait_for_function("() => document.querySelector('.kd-notebooks summary')?.textContent.includes('Otro')")
        before = page.get_attribute("[data-drawn]", "data-drawn")
        page.click("[data-do=open][data-id='']")
        page.wait_for_function("(before) => document.querySelector('[data-drawn]')?.dataset.drawn !== before", arg=before)
        assert page.get_attribute("[data-conversation]", "data-notebook") == shown


def test_documents_deleted_one_after_another_come_back_each_and_their_notices_go(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    names = [f"caldo {number}.txt" for number in range(3)]
    for name in names:
        (tmp_path / name).write_text(f"Esta es la página de {name}.", "utf-8")
    with tab(browser, address) as page:
        in_a_new_notebook(page, "Caldos")
        page.set_input_files("#kd-upload input[type=file]", [str(tmp_path / name) for name in names])
        page.wait_for_function("() => document.querySelectorAll('.kd-document').length === 3", timeout=3 * PATIENCE_MS)
        page.clock.install()
        for name in names[:2]:
            row = page.locator(f'.kd-document[data-name="{name}"]')
            row.locator(".kd-delete").click()
            row.locator("[data-do=delete]").click()
            row.wait_for(state="detached")
            page.wait_for_selector(f'.kd-undo:has-text("{name}")')
        assert page.locator(".kd-undo").count() == 2
        page.click(f'.kd-undo:has-text("{names[0]}") [data-do=restore]')
        page.wait_for_selector(f'.kd-document[data-name="{names[0]}"]')
        assert page.locator(".kd-undo").count() == 1
        assert "1 document is back." in page.inner_text("#kd-notices")
        page.clock.run_for(10_500)
        page.wait_for_selector("#kd-notices .kd-note", state="detached")
        assert page.locator(".kd-document").count() == 2


def test_a_library_of_sixty_documents_keeps_adding_in_sight(browser: Browser, tmp_path: Path) -> None:
    with OllamaServer({"gemma4:e2b": ["completion"], "embeddinggemma:latest": ["embedding"]}) as ollama:
        chosen: dict[str, Any] = {"ollama_url": ollama.url, "embedder": "ollama:embeddinggemma", "samples": str(tmp_path / "none")}
        made = Settings(library=tmp_path / "library", ollama_url=ollama.url, embedder="ollama:embeddinggemma")
        with Library.open(made.library, open_embedder(made)) as library:
            for number in range(60):
                put(library, f"{'acta-de-la-reunión-del-consejo-WWWWWWWWWWW' if number % 2 else 'nota'} {number:02}.txt", "Caldo.")
        with served(made.library, **chosen) as url, tab(browser, url) as page:
            page.wait_for_function("() => document.querySelectorAll('.kd-document').length === 60")
            page.locator(".kd-document").last.scroll_into_view_if_needed()
            assert page.evaluate("document.querySelector('#kd-left').scrollTop") > 500
            drop, job = page.locator(".kd-drop"), page.locator(".kd-job")
            assert inside(page, ".kd-drop")
            (tmp_path / "vacío.txt").write_text("", "utf-8")
            page.set_input_files("#kd-upload input[type=file]", str(tmp_path / "vacío.txt"))
            job.wait_for()
            assert inside(page, ".kd-job")
            assert drop.bounding_box() != job.bounding_box()
            lines = "(one) => one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight)"
            assert max(name.evaluate(lines) for name in page.locator(".kd-document .kd-name").all()) < 2.1
            page.fill("[data-do=filter]", "nota")
            assert page.locator(".kd-document:visible").count() == 30
            page.uncheck("[data-do=every]")
            page.wait_for_selector("text=Questions search 30 of 60")
            page.fill("[data-do=filter]", "")
            page.select_option("[data-do=sort]", "newest")
            page.wait_for_function("() => document.querySelector('.kd-document').dataset.name.endsWith('59.txt')")
            ticked = "[...document.querySelectorAll('.kd-document:has([data-do=scope]:checked)')].map((one) => one.dataset.name.slice(0, 4))"
            page.wait_for_function(f"() => {ticked}.join() === Array(30).fill('acta').join()")


def inside(page: Page, selector: str) -> bool:
    """Whether an element is seen whole, with nothing over its middle."""
    return bool(
        page.evaluate(
            "(selector) => { const one = document.querySelector(selector), at = one.getBoundingClientRect();"
            " return at.top >= 0 && at.bottom <= innerHeight"
            " && one.contains(document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2)); }",
            selector,
        )
    )
