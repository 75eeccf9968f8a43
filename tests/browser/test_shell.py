"""The shell around the page in a real browser: the policy, other sites, the first paint, and a server that goes and comes back."""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.driving import NEEDS_BROWSER, PATIENCE_MS, ask, browser, wait_for_answer
from tests.serving import address, free_port, home, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["address", "browser", "home"]  # the fixtures
pytestmark = NEEDS_BROWSER


@contextlib.contextmanager
def other_site(markup: str) -> Iterator[str]:
    """Another page on another port of this machine, which a browser holds to be the same site."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(markup.encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def violations(page: Page) -> list[str]:
    """Collects what the policy refuses from now on; to be called before the page is opened."""
    found: list[str] = []
    page.on("console", lambda told: found.append(told.text) if "Content Security Policy" in told.text else None)
    return found


def test_the_page_is_driven_without_a_violation_of_its_policy(browser: Browser, address: str, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("The bridge of Zubizuri is 75 metres long.", "utf-8")
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    refused = violations(page)
    page.goto(address)
    page.wait_for_selector(".kd-welcome")
    assert page.title() == "Kaedama"
    with page.expect_file_chooser() as chooser:
        page.click(".kd-drop")
    chooser.value.set_files([str(note)])
    page.wait_for_selector(".kd-job.kd-over")
    ask(page, "How long is the bridge of Zubizuri?")
    wait_for_answer(page)
    page.click("[data-do=theme]")
    page.click("[data-language=es]")
    page.wait_for_selector("html[lang=es]")
    page.click(".kd-views [data-view=models]")
    page.wait_for_selector("#kd-recommendations")
    page.click(".kd-views [data-view=compare]")
    assert refused == []
    # A script that somebody smuggles in does not run.
    page.evaluate("() => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.smuggled = 1\">'); }")
    page.wait_for_function("() => true")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.smuggled = 1'; document.body.append(s); }"
    )
    assert page.evaluate("window.smuggled") is None
    assert refused != []
    context.close()


def test_the_chosen_scheme_stays_whatever_gradio_does_to_the_class(browser: Browser, address: str) -> None:
    """Gradio sets body's class by the system's scheme whenever it has started: at no moment does the page keep one half of a scheme."""
    context = browser.new_context(locale="en-US", color_scheme="light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.wait_for_selector(".kd-welcome")
    both = "() => [document.body.classList.contains('dark'), document.documentElement.style.colorScheme]"
    page.click("[data-do=theme]")
    page.evaluate("() => document.body.classList.remove('dark')")
    page.wait_for_function("() => document.body.classList.contains('dark')")
    assert page.evaluate(both) == [True, "dark"]
    page.reload()
    page.wait_for_selector(".kd-welcome")
    assert page.evaluate(both) == [True, "dark"]
    page.click("[data-do=theme]")
    page.evaluate("() => localStorage.removeItem('kaedama-theme')")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("() => document.body.classList.contains('dark')")
    assert page.evaluate(both) == [True, "dark"]
    context.close()


def test_another_site_can_neither_frame_the_page_nor_reach_it(browser: Browser, address: str, home: Path) -> None:
    script = f"""<iframe id=f src="{address}"></iframe><a href="{address}?c=abc">open</a><script>
      window.tell = async () => {{
        const form = new FormData(); form.append('files', new Blob(['x']), 'evil.txt');
        const tries = [['upload', form], ['queue/join', JSON.stringify({{fn_index: 0, data: ['x'], session_hash: 'x'}})]];
        for (const mode of ['cors', 'no-cors']) for (const [path, body] of tries)
          await fetch('{address}gradio_api/' + path, {{method: 'POST', mode, body, credentials: 'include'}}).catch(() => 0);
        return fetch('{address}').then(() => 'read', () => 'refused');
      }}</script>"""
    with other_site(script) as elsewhere:
        context = browser.new_context()
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.wait_for_selector(".kd-welcome")
        cookies = context.cookies()
        sent: list[str] = []
        lost: list[str] = []
        page.on("request", lambda one: sent.append(one.url) if "/gradio_api/" in one.url else None)
        page.on("requestfailed", lambda one: lost.append(one.url) if "/gradio_api/" in one.url else None)
        page.goto(elsewhere)
        assert page.evaluate("tell()") == "refused"
        assert len(sent) == 4
        assert [one for one in lost if one in sent] == sent, "the other site learns nothing of an answer"
        assert list((home / "uploads").rglob("evil.txt")) == []
        frame = page.query_selector("#f")
        assert frame is not None
        content = frame.content_frame()
        assert content is not None
        assert content.query_selector("#kaedama-frame, .kd-welcome") is None
        # A link is followed, and the session is still the same.
        page.click("a")
        page.wait_for_selector(".kd-welcome")
        assert page.url == f"{address}?c=abc"
        assert context.cookies() == cookies
        context.close()


def test_nine_tabs_are_open_at_once(browser: Browser, address: str) -> None:
    context = browser.new_context()
    for _ in range(9):
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".kd-welcome", timeout=PATIENCE_MS)
    context.close()


def test_the_window_is_never_empty_and_nothing_jumps(browser: Browser, address: str) -> None:
    for width in (375, 768, 1440):
        context = browser.new_context(locale="ja-JP", viewport={"width": width, "height": 800})
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(
            "window.jumps = 0; new PerformanceObserver((list) => { for (const one of list.getEntries()) window.jumps += one.value; })"
            ".observe({ type: 'layout-shift', buffered: true });"
        )
        page.goto(address, wait_until="commit")
        page.wait_for_selector("#kaedama-frame", state="visible")
        assert "ページを開いています" in page.inner_text("#kaedama-frame")
        page.wait_for_selector("#kaedama-frame", state="detached")
        page.wait_for_selector(".kd-welcome", state="visible")
        assert page.evaluate("window.jumps") < 0.05
        context.close()


def choose_japanese(page: Page) -> None:
    """Press the language as a person does: again where the page was just being drawn anew and nothing came of it."""
    from playwright.sync_api import TimeoutError as NothingCame

    for _ in range(10):
        page.click("[data-language=ja]")
        with contextlib.suppress(NothingCame):
            page.wait_for_selector("html[lang=ja]", timeout=10_000)
            return
    raise AssertionError("the page does not change its language")


def test_a_server_that_is_killed_is_told_of_and_the_page_comes_back(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    words = {"es": "Se ha perdido la conexión", "ja": "接続が切れました"}
    with contextlib.ExitStack() as stack:
        context = browser.new_context(locale="es-ES")
        stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        with served(tmp_path, port=port) as address:
            page.goto(address)
            page.wait_for_selector(".kd-welcome")
            page.fill("#kd-box textarea", "un borrador")
        notice = page.locator("#kaedama-notice")
        notice.wait_for(state="visible")
        assert words["es"] in notice.inner_text()
        assert page.locator(".toast-wrap").evaluate_all("all => all.every((one) => getComputedStyle(one).display === 'none')")
        with served(tmp_path, port=port):
            notice.wait_for(state="hidden")
            page.wait_for_selector(".kd-welcome")
            page.wait_for_function("() => document.querySelector('#kd-box textarea')?.value === 'un borrador'")
            # The session from before is still good.
            choose_japanese(page)
            ask(page, "API_KEY_INVALIDは何番のエラーですか?")
        notice.wait_for(state="visible")
        assert words["ja"] in notice.inner_text()
        assert re.search(r"[A-Za-z]{12,}", notice.inner_text()) is None
