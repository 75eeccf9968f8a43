"""The report of a document in a browser: opened and closed with the keyboard, read again in another encoding, without fault for axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pptx import Presentation

from tests.browser.driving import NEEDS_BROWSER, PATIENCE_MS, ask, browser, in_a_new_notebook, quick_app, tab, wait_for_answer
from tests.browser.test_access import AXE, violations
from tests.office import saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser"]  # the fixture
pytestmark = [*NEEDS_BROWSER, pytest.mark.skipif(AXE is None, reason="axe-playwright-python is not installed")]
NAMED = '.kd-document[data-name="menú.txt"]'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with a quick model, and the real search for citations."""
    with quick_app(tmp_path_factory.mktemp("library"), embedder="bundled") as url:
        yield url


def test_the_report_opens_over_the_page_and_gives_the_focus_back(browser: Browser, address: str, tmp_path: Path) -> None:
    path = tmp_path / "menú.txt"
    path.write_bytes("El menú del día lleva sopa de miso y fideos.".encode("cp1252"))
    with tab(browser, address) as page:
        page.set_input_files("#kd-upload input[type=file]", str(path))
        page.wait_for_selector(NAMED, timeout=3 * PATIENCE_MS)
        page.focus(f"{NAMED} [data-do=report]")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog.kd-report[open]")
        assert "What was read in menú.txt" in page.inner_text("dialog.kd-report")
        assert page.evaluate("document.activeElement.matches('dialog h2')")
        assert violations(page) == []
        page.click("dialog [data-do=ask-delete]")
        page.keyboard.press("Escape")
        assert page.locator("dialog .kd-confirm").is_hidden()
        page.keyboard.press("Escape")
        assert page.locator("dialog").is_hidden()
        assert page.evaluate("document.activeElement.matches('[data-do=report]')")
        # Once more, and read it in an encoding that makes other words of it.
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog.kd-report[open]")
        page.select_option("dialog select", "cp1251")
        page.click("dialog [data-do=read-again]")
        page.wait_for_selector(".kd-job.kd-over .kd-row-good >> text=updated", state="attached", timeout=3 * PATIENCE_MS)


def test_on_a_phone_the_report_fits_and_deletes(browser: Browser, address: str, tmp_path: Path) -> None:
    path = tmp_path / "otra.txt"
    path.write_text("Otra nota que trata de caldo.", "utf-8")
    named = '.kd-document[data-name="otra.txt"]'
    with tab(browser, address, size=(375, 812)) as page:
        page.click("[data-tab=library]")
        page.set_input_files("#kd-upload input[type=file]", str(path))
        page.wait_for_selector(named, timeout=3 * PATIENCE_MS)
        page.click(f"{named} [data-do=report]")
        page.wait_for_selector("dialog.kd-report[open]")
        box = page.locator("dialog").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        page.click("dialog [data-do=ask-delete]")
        page.click("dialog [data-do=delete]")
        page.wait_for_selector(named, state="detached")
        assert page.locator("dialog").is_hidden()


def table(path: Path) -> Path:
    """Delimited text of so many records that a passage holds a part of them."""
    rows = [f"Ramen número {number},{7 + number} euros" for number in range(1, 120)]
    path.write_text("\n".join(["Plato,Precio", *rows]), "utf-8")
    return path


def note(path: Path) -> Path:
    """A text whose third line says how long the noodles boil."""
    path.write_text("Cocina\n\nLos fideos hierven noventa segundos en agua sin sal.\n", "utf-8")
    return path


def slides(path: Path) -> Path:
    """Three slides, of which the second says how long a broth boils."""
    made = Presentation()
    for words in (
        "El caldo de shio lleva sal marina",
        "El caldo de tonkotsu hierve doce horas",
        "El caldo de shoyu lleva salsa de soja",
    ):
        made.slides.add_slide(made.slide_layouts[5]).shapes.title.text = words
    path.write_bytes(saved(made))
    return path


@pytest.mark.parametrize(
    ("make", "name", "question", "place", "head"),
    [
        (table, "precios.csv", "¿Cuál es el precio del ramen número 77?", "rows ", "Precio"),
        (note, "fideos.txt", "¿Cuántos segundos hierven los fideos?", "lines 1-3", ""),
        (slides, "caldos.pptx", "¿Cuántas horas hierve el caldo de tonkotsu?", "slide 2", ""),
    ],
)
def test_a_citation_says_the_place_in_the_documents_own_terms(
    browser: Browser, address: str, tmp_path: Path, make: Callable[[Path], Path], name: str, question: str, place: str, head: str
) -> None:
    with tab(browser, address) as page:
        in_a_new_notebook(page, name)
        page.set_input_files("#kd-upload input[type=file]", str(make(tmp_path / name)))
        page.wait_for_selector(f'.kd-document[data-name="{name}"]', timeout=3 * PATIENCE_MS)
        ask(page, question)
        wait_for_answer(page)
        label = page.locator("#kd-live .kd-cite").first.get_attribute("aria-label") or ""
        assert label.startswith(f"Source 1: {name}, {place}")
        assert place in page.inner_text("#kd-evidence .kd-card .kd-place")
        assert not head or head in page.inner_text("#kd-evidence .kd-card thead")
        assert violations(page) == []
