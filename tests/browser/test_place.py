"""The place of a quote in a browser: pressed, framed on its page, gone through, left with the keyboard; on a phone a sheet."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.browser.driving import NEEDS_BROWSER, PATIENCE_MS, ask, browser, in_a_new_notebook, quick_app, tab, wait_for_answer
from tests.browser.test_access import AXE, violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser"]  # the fixture
pytestmark = [*NEEDS_BROWSER, pytest.mark.skipif(AXE is None, reason="axe-playwright-python is not installed")]
DIALOG = "#kd-place-dialog[open]"
SHOTS = os.environ.get("KAEDAMA_SHOTS", "")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with a quick model, and the real search for citations."""
    with quick_app(tmp_path_factory.mktemp("library"), embedder="bundled") as url:
        yield url


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def manual(path: Path) -> Path:
    """Three pages of prose; the second says how long noodles boil."""
    canvas = Canvas(str(path), A4)
    told = (
        "The broth of the house simmers for twelve hours with bones and kelp.",
        "Fresh noodles boil for ninety seconds in water without salt.",
        "The bowl is warmed with hot water before it is filled.",
    )
    for number, words in enumerate(told, start=1):
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 760, f"Chapter {number}")
        canvas.setFont("Helvetica", 12)
        for line in range(18):
            canvas.drawString(72, 720 - 18 * line, f"This is line {line} of the manual of a house, which says nothing of use.")
        canvas.drawString(72, 380, words)
        for line in range(14):
            canvas.drawString(72, 350 - 18 * line, f"Further line {line} of the manual of a house follows here below.")
        canvas.showPage()
    canvas.save()
    return path


def answered(page: Page, path: Path, question: str) -> None:
    """Ask about one file in a notebook of its own."""
    narrow = page.locator(".kd-tabs [data-tab=library]").is_visible()
    if narrow:
        page.click(".kd-tabs [data-tab=library]")
    in_a_new_notebook(page, path.stem)
    if narrow:
        page.click(".kd-tabs [data-tab=library]")
    page.set_input_files("#kd-upload input[type=file]", str(path))
    page.wait_for_selector(f'.kd-document[data-name="{path.name}"]', timeout=3 * PATIENCE_MS, state="attached")
    if narrow:
        page.click(".kd-tabs [data-tab=chat]")
    ask(page, question)
    wait_for_answer(page)


def opened(page: Page) -> None:
    page.wait_for_selector(f"{DIALOG} .kd-sheet.kd-drawn")


def colours(page: Page, selector: str) -> set[tuple[int, int, int]]:
    """The colours of an element as it is seen."""
    with Image.open(io.BytesIO(page.locator(selector).first.screenshot())) as image:
        return {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or []}  # type: ignore[misc]


def test_a_press_on_a_citation_frames_the_quote_on_its_page(browser: Browser, address: str, tmp_path: Path) -> None:
    with tab(browser, address) as page:
        answered(page, manual(tmp_path / "manual.pdf"), "How many seconds do fresh noodles boil?")
        chip = page.locator("#kd-live .kd-cite").first
        chip.focus()
        page.keyboard.press("Enter")
        opened(page)
        shot(page, "desktop")
        assert "manual.pdf" in page.inner_text(f"{DIALOG} h2")
        assert "p. 2 of 3" in page.inner_text(f"{DIALOG} .kd-place")
        assert page.evaluate("document.activeElement.matches('#kd-place-title')")
        assert "ninety seconds" in page.inner_text(f"{DIALOG} .kd-place-quote")
        # Inside of the frame stand the words, dark on a marked ground; the mark is seen nowhere else.
        seen = colours(page, f"{DIALOG} .kd-frame")
        assert any(max(colour) < 90 for colour in seen)
        assert any(red > 200 and blue < red - 25 for red, _, blue in seen)
        frame, line = (page.locator(one).first.bounding_box() for one in (f"{DIALOG} .kd-frame", f"{DIALOG} .kd-layer mark"))
        assert frame is not None
        assert line is not None
        assert abs(frame["y"] - line["y"]) < 8
        assert violations(page) == []
        # The picture's text can be selected.
        page.locator(f"{DIALOG} .kd-layer mark").first.evaluate("(one) => getSelection().selectAllChildren(one)")
        assert "ninety seconds" in page.evaluate("getSelection().toString()")
        page.keyboard.press("Escape")
        assert page.locator(DIALOG).count() == 0
        assert page.evaluate("document.activeElement.matches('#kd-live .kd-cite')")


def test_pages_zoom_text_and_a_question_with_the_keyboard_alone(browser: Browser, address: str, tmp_path: Path) -> None:
    with tab(browser, address) as page:
        answered(page, manual(tmp_path / "second.pdf"), "How many seconds do fresh noodles boil?")
        page.locator("#kd-live .kd-cite").first.press("Enter")
        opened(page)
        for name, sign in (("page after", 3), ("page before", 2), ("page before", 1)):
            page.get_by_role("button", name=name).press("Enter")
            page.wait_for_selector(f"{DIALOG} .kd-sheet.kd-drawn[data-page='{sign}']")
        assert page.locator(f"{DIALOG} .kd-frame:not(.kd-other)").count() == 0
        assert page.get_by_role("button", name="page before").is_disabled()
        page.get_by_role("button", name="Quote 1 of").press("Enter")
        page.wait_for_selector(f"{DIALOG} .kd-sheet.kd-drawn[data-page='2'] .kd-frame")
        before = page.locator(f"{DIALOG} .kd-sheet").first.evaluate("(one) => one.offsetWidth")
        page.get_by_role("button", name="Larger").press("Enter")
        assert page.locator(f"{DIALOG} .kd-sheet").first.evaluate("(one) => one.offsetWidth") > before
        assert "125 %" in page.inner_text(f"{DIALOG} .kd-zoom")
        page.get_by_role("button", name="Text", exact=True).press("Enter")
        assert "ninety seconds" in page.inner_text(f"{DIALOG} .kd-reading mark")
        shot(page, "text")
        with page.expect_download() as download:
            page.get_by_role("link", name="Save the file").press("Enter")
        assert download.value.suggested_filename == "second.pdf"
        assert Path(download.value.path()).read_bytes() == (tmp_path / "second.pdf").read_bytes()
        page.get_by_role("button", name="Ask about this page").press("Enter")
        assert page.locator(DIALOG).count() == 0
        assert page.input_value("#kd-box textarea") == "About second.pdf, p. 2: "
        assert page.evaluate("document.activeElement.matches('#kd-box textarea')")


ANOTHER = """(card) => { const quotes = JSON.parse(card.dataset.quotes);
  card.dataset.quotes = JSON.stringify([...quotes, [quotes[0][0], quotes[0][1], 3, 0, 40]]); }"""


def test_the_next_quote_of_an_answer_is_framed_on_its_own_page(browser: Browser, address: str, tmp_path: Path) -> None:
    with tab(browser, address) as page:
        answered(page, manual(tmp_path / "fourth.pdf"), "How many seconds do fresh noodles boil?")
        page.locator("#kd-evidence .kd-card[data-cited]").evaluate(ANOTHER)
        page.locator("#kd-evidence .kd-card[data-cited] [data-do=place]").press("Enter")
        for name, number in (("Next", 3), ("Next", 2), ("Previous", 3)):
            opened(page)
            page.get_by_role("button", name=f"{name} quote").press("Enter")
            page.wait_for_selector(f"{DIALOG} .kd-sheet.kd-drawn[data-page='{number}'] .kd-frame")
            assert page.evaluate("document.activeElement.matches('[data-do=hit]')")
        assert "Quote 2 of 2" in page.inner_text(f"{DIALOG} .kd-place-tools")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.matches('[data-do=place]')")


def test_on_a_phone_the_place_is_a_sheet(browser: Browser, address: str, tmp_path: Path) -> None:
    with tab(browser, address, size=(375, 812), locale="ja-JP") as page:
        answered(page, manual(tmp_path / "third.pdf"), "How many seconds do fresh noodles boil?")
        page.locator("#kd-live .kd-cite").first.click()
        opened(page)
        shot(page, "phone")
        box = page.locator(DIALOG).bounding_box()
        assert box is not None
        assert (box["x"], box["width"]) == (0, 375)
        assert box["y"] > 0
        assert round(box["y"] + box["height"]) == 812
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        assert page.evaluate("document.querySelector('#kd-place-dialog').scrollWidth") <= 375
        frame = page.locator(f"{DIALOG} .kd-frame").first.bounding_box()
        assert frame is not None
        assert box["y"] < frame["y"] < 812
        assert violations(page) == []
        page.get_by_role("button", name="閉じる").click()
        assert page.locator(DIALOG).count() == 0
        assert page.evaluate("document.activeElement.matches('#kd-live .kd-cite')")


def test_a_table_of_another_format_is_shown_as_it_reads(browser: Browser, address: str, tmp_path: Path) -> None:
    path = tmp_path / "precios.csv"
    path.write_text("\n".join(["Plato,Precio", *(f"Ramen número {n},{7 + n} euros" for n in range(1, 40))]), "utf-8")
    with tab(browser, address, locale="es-ES") as page:
        answered(page, path, "¿Cuál es el precio del ramen número 33?")
        page.locator("#kd-live .kd-cite").first.click()
        page.wait_for_selector(f"{DIALOG} .kd-reading table")
        shot(page, "table")
        assert page.locator(f"{DIALOG} .kd-sheet").count() == 0
        assert page.locator(f"{DIALOG} .kd-reading mark").count() >= 1
        assert page.locator(f"{DIALOG} .kd-reading tr").count() >= 39
        assert page.locator(f"{DIALOG} .kd-reading mark").first.is_visible()
        assert violations(page) == []
