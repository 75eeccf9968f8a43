"""The real page in a real browser: the app as a process of its own, with the bundled search model and the embedded answering model.

One app and one browser serve all tests, since loading both is what takes time; each test opens its own tab, that is, its own session.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.driving import NEEDS_BROWSER, ask, browser, tab, wait_for_answer
from tests.serving import address, home

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["address", "browser", "home"]  # the fixtures
pytestmark = NEEDS_BROWSER


def test_a_japanese_question_about_a_spanish_sample(browser: Browser, address: str) -> None:
    with tab(browser, address, locale="ja-JP") as page:
        # Asked while the samples are still being read: the question waits and is answered.
        assert page.inner_text("#kd-documents h2").startswith("文書")
        ask(page, "API_KEY_INVALIDは何番のエラーですか?")
        wait_for_answer(page)
        assert page.locator(".kd-document").count() == 3
        card = page.locator(".kd-card").first
        assert card.is_visible()
        assert "cocina-y-restaurante.es.md" in page.inner_text("#kd-right")
        chip = page.locator(".kd-cite").first
        chip.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".kd-card.kd-lit")
        assert page.locator(".kd-card.kd-lit mark").count() >= 1
        page.wait_for_selector("#kd-place-dialog[open] .kd-reading mark")
        page.keyboard.press("Escape")
        assert page.locator(".kd-quotes blockquote").count() >= 1
        # Another language redraws everything and loses nothing.
        page.click("[data-language=es]")
        page.wait_for_selector("html[lang=es]")
        assert page.inner_text("#kd-documents h2").startswith("Documentos")
        assert page.locator("#kd-live .kd-turn").count() == 1


def test_upload_scope_and_delete(browser: Browser, address: str, tmp_path: Path) -> None:
    note, empty = tmp_path / "nota de prueba.md", tmp_path / "vacío.txt"
    note.write_text("# Nota\n\nEl puente de Zubizuri mide 75 metros y se abrió en 1997.\n", "utf-8")
    empty.write_text("", "utf-8")
    with tab(browser, address) as page:
        with page.expect_file_chooser() as chooser:
            page.click(".kd-drop")
        chooser.value.set_files([str(note), str(empty)])
        page.wait_for_selector(".kd-over:has(.kd-row-bad) .kd-row-good", state="attached")
        page.click(".kd-over:has(.kd-row-bad) summary")
        page.wait_for_selector(".kd-row-bad")
        assert "is empty" in page.inner_text("#kd-jobs")
        mine = page.locator(".kd-document", has_text="nota de prueba.md")
        mine.wait_for()
        for other in page.locator(".kd-document", has_not_text="nota de prueba.md").all():
            other.locator("[data-do=scope]").uncheck()
        page.wait_for_selector("text=Questions search 1 of")
        ask(page, "¿Cuánto mide el puente de Zubizuri?")
        assert "75" in wait_for_answer(page)
        assert page.locator(".kd-card .kd-name").all_inner_texts() == ["nota de prueba.md"]
        mine.locator(".kd-delete").click()
        mine.locator("[data-do=keep]").click()
        assert mine.count() == 1
        mine.locator(".kd-delete").click()
        mine.locator("[data-do=delete]").click()
        page.wait_for_selector("text=nota de prueba.md was deleted.")
        assert mine.count() == 0


def test_stop_ends_at_once_and_tabs_do_not_see_each_other(browser: Browser, address: str) -> None:
    with tab(browser, address) as page, tab(browser, address) as other:
        ask(page, "What must be written next to the index, and why?")
        page.click("#kd-stop")
        page.wait_for_selector("text=Stopped.", timeout=5_000)
        assert page.locator("#kd-send").is_visible()
        assert other.locator(".kd-turn").count() == 0
        page.click("[data-do=open][data-id='']")
        page.wait_for_selector(".kd-welcome")


def test_a_phone_has_one_column_and_no_sideways_scroll(browser: Browser, address: str) -> None:
    with tab(browser, address, size=(390, 844)) as page:
        for name, part in (("library", "#kd-left"), ("evidence", "#kd-right"), ("chat", "#kd-middle")):
            page.click(f".kd-tabs [data-tab={name}]")
            assert page.locator(part).is_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            overflowing = (
                "[...document.querySelectorAll('#kd-columns *')].filter(e => e.getBoundingClientRect().right > 391).length"
            )
            assert page.evaluate(overflowing) == 0
