"""Adding documents in a browser: a name that is there already, a file that needs a password; with the keyboard and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.driving import NEEDS_BROWSER, PATIENCE_MS, browser, in_a_new_notebook, quick_app, tab
from tests.pdfs import encrypted, pdf

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # the fixture
pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with quick models."""
    with quick_app(tmp_path_factory.mktemp("library")) as url:
        yield url


def send(page: Page, *files: Path) -> None:
    """Upload files."""
    page.set_input_files("#kd-upload input[type=file]", [str(file) for file in files])


def listed(page: Page, *names: str) -> None:
    """Wait until the list of documents has these names."""
    for name in names:
        page.wait_for_selector(f'.kd-document[data-name="{name}"]', timeout=3 * PATIENCE_MS)


def test_a_name_that_is_there_is_asked_about_with_the_keyboard(browser: Browser, address: str, tmp_path: Path) -> None:
    note, other = tmp_path / "nota.txt", tmp_path / "otra.txt"
    with tab(browser, address) as page:
        in_a_new_notebook(page, "Nombres")
        for text in ("Uno.", "Dos."):
            note.write_text(f"{text} La nota trata de caldo.", "utf-8")
            other.write_text(f"{text} La otra trata de fideos.", "utf-8")
            send(page, note, other)
            if text == "Uno.":
                listed(page, "nota.txt", "otra.txt")
        page.wait_for_selector(".kd-asks")
        assert "2 files have the names of documents that are here" in page.inner_text(".kd-asks")
        first = page.locator(".kd-asks li [data-do=answer][data-another='']").first
        first.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelectorAll('.kd-asks li').length === 1")
        page.wait_for_function("() => document.activeElement.matches('.kd-asks [data-do=answer]')")
        page.locator(".kd-asks li [data-do=answer][data-another='1']").click()
        listed(page, "nota.txt", "otra.txt", "otra (2).txt")
        assert page.locator(".kd-document").count() == 3


def test_a_protected_pdf_is_read_with_its_password_on_a_phone(browser: Browser, address: str, tmp_path: Path) -> None:
    locked = tmp_path / "cerrado.pdf"
    locked.write_bytes(encrypted(pdf("The broth needs four hours."), "sesamo"))
    with tab(browser, address, size=(375, 812)) as page:
        page.click("[data-tab=library]")
        in_a_new_notebook(page, "Cerrado")
        page.click("[data-tab=library]")
        send(page, locked)
        field = ".kd-job input[type=password]"
        page.wait_for_selector(field, timeout=3 * PATIENCE_MS)
        assert page.get_attribute(field, "aria-label") == "Password of cerrado.pdf"
        page.fill(field, "otra")
        page.press(field, "Enter")
        page.wait_for_function("(field) => document.querySelector(field)?.value === ''", arg=field)
        page.wait_for_selector(field)
        page.fill(field, "sesamo")
        page.click(".kd-job [data-do=again]")
        listed(page, "cerrado.pdf")
        page.wait_for_function("(field) => !document.querySelector(field)", arg=field)
        assert "sesamo" not in page.content()
