"""The page's HTML as it leaves: a policy that lets only our own scripts run, no trace of other sites, and words before the first paint.

The policy is the tightest under which Gradio's page works: it compiles handlers with eval and inserts style elements.
"""

from __future__ import annotations

import html
import json
import re
import secrets
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.locale import pick_language
from ui.shell.gates import is_link_from_elsewhere
from ui.shell.keys import Caller, Sessions
from ui.shell.words import shell_words

TITLE = "Kaedama"
_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    # For whatever is not the page: nothing may be run from it.
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
# Names and pictures of other sites, an installable app that is not ours, and a loader for pages that sit in frames.
_STRIPPED = re.compile(
    r"<meta\s+(?:property=\"og:|name=\"twitter:)[^>]*>|<link\s+rel=\"manifest\"[^>]*>"
    r"|<script data-gradio-mode>.*?</script>|<script>(?:(?!</script>).)*iframeResizer(?:(?!</script>).)*</script>",
    re.DOTALL,
)
_FUNCTIONS = re.compile(r"(window\.gradio_api_info = ).*?(;</script>)", re.DOTALL)
_NO_FUNCTIONS = r'\g<1>{"named_endpoints": {}, "unnamed_endpoints": {}}\g<2>'
# What the removed script set besides.
_MODE = '<script>window.__gradio_mode__ = "app";</script>'
# Opens the same address again, this time from our own page, so that the browser sends the session's cookie.
_STEP = "<!doctype html><title>Kaedama</title><script nonce='{nonce}'>location.replace(location.href)</script>"


@dataclass(frozen=True, slots=True)
class Look:
    """What a page brings along.

    Args:
        css: its style sheet.
        script: its script, which runs when the document is parsed and before Gradio does.
        ready: a CSS selector that matches something as soon as the page is drawn.
    """

    css: str = ""
    script: str = ""
    ready: str = "gradio-app .gradio-container"


class HeaderLayer:
    """An ASGI layer that puts the security headers on every response that has not got its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed)


class FrameLayer:
    """An ASGI layer that dresses the page's HTML and gives a session to who opens the page without one."""

    def __init__(self, app: ASGIApp, sessions: Sessions, look: Look, *, boot: str) -> None:
        self._app = app
        self._sessions = sessions
        self._look = look
        self._boot = boot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        given = Headers(scope=scope)
        if is_link_from_elsewhere(scope, given):
            await HTMLResponse(_STEP.format(nonce=nonce), headers=_page_headers(nonce))(scope, receive, send)
            return
        # The query is the page's own matter; Gradio would look up files by it. What comes back must not be compressed.
        inner = dict(scope) | {"query_string": b"", "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        status, body = await _gathered(self._app, inner, receive)
        if status != 200:
            await HTMLResponse(body, status)(scope, receive, send)
            return
        language = pick_language(given.get("accept-language", ""))
        headers = _page_headers(nonce)
        if not isinstance(scope.get("state", {}).get("caller"), Caller):
            headers["set-cookie"] = self._sessions.new()
        page = dressed(body.decode("utf-8"), self._look, nonce=nonce, boot=self._boot, language=language)
        await HTMLResponse(page, headers=headers)(scope, receive, send)


def _page_headers(nonce: str) -> dict[str, str]:
    return {"content-security-policy": _POLICY.format(nonce=nonce), "cache-control": "no-store"}


async def _gathered(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, bytes]:
    """Status and whole body of a response."""
    status, body = 500, bytearray()

    async def keep(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(message["status"])
        elif message["type"] == "http.response.body":
            body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return status, bytes(body)


def dressed(page: str, look: Look, *, nonce: str, boot: str, language: str) -> str:
    """Gradio's HTML with our head and first paint, and without its traces. Only scripts of the server's own get the nonce.

    Args:
        nonce: of this response's policy.
        boot: the server's run, by which a page sees that it was started anew.
        language: of the words that are shown until the page says its own.
    """
    every = shell_words()
    words = every[language]
    page = _FUNCTIONS.sub(_NO_FUNCTIONS, _STRIPPED.sub("", page))
    page = page.replace("<head>", "<head>" + _MODE, 1)
    page = re.sub(r"<script(?=[\s>])", f'<script nonce="{nonce}"', page)
    told = html.escape(json.dumps(every, ensure_ascii=False), quote=True)
    head = (
        f'<title>{TITLE}</title><link rel="icon" href="/favicon.ico" sizes="32x32"><link rel="icon" href="/kaedama/icon.svg" '
        'type="image/svg+xml"><meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/kaedama/shell.css">'
        f'<script nonce="{nonce}" src="/kaedama/shell.js" id="kaedama-shell" data-boot="{boot}" data-words="{told}" '
        f'data-ready="{html.escape(look.ready, quote=True)}"></script>'
        '<link rel="stylesheet" href="/kaedama/page.css">'
        f'<script nonce="{nonce}" src="/kaedama/page.js" defer></script>'
    )
    frame = (
        '<div id="kaedama-frame" role="status"><p><img src="/kaedama/icon.svg" alt="" width="48" height="48"></p>'
        f'<p id="kaedama-frame-words">{html.escape(words["opening"])}</p><noscript>{html.escape(words["script"])}</noscript></div>'
        '<div id="kaedama-notice" role="alert" hidden></div>'
    )
    page = page.replace('<html\n\tlang="en"', f'<html lang="{language}" data-kaedama="opening"', 1)
    page = re.sub(r"(<meta charset=[^>]*>)", lambda found: found[0] + head, page, count=1)
    return re.sub(r"<body[^>]*>", lambda found: found[0] + frame, page, count=1)
