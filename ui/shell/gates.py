"""What a request must be like before anything of it is looked at: host, origin, route, caller. Pure functions and one ASGI layer.

Names: RFC 9110 (421 Misdirected Request), Fetch metadata https://www.w3.org/TR/fetch-metadata/.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.shell.keys import Sessions

# A check returns the status to refuse with, or None to let the request pass.
Check = Callable[[Scope, Headers], int | None]

API = "/gradio_api"
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(?::\d{1,5})?")
# What the page itself asks for. Everything else that Gradio serves (its monitoring, its documentation, files by address) is not there.
_OPEN = re.compile(r"/|/theme\.css|/favicon\.ico|/healthz|/(?:assets|static|kaedama)/[^?]+")
_PAGE_READS = re.compile(rf"{API}/(?:queue/data|upload_progress|app_id|heartbeat/[^/]+)")
_PAGE_WRITES = re.compile(rf"{API}/(?:queue/join|run/predict|upload|cancel|reset)")
_PROGRAM_READS = re.compile(rf"/config|{API}/(?:info|queue/data|heartbeat/[^/]+|call/[^/]+/[^/]+)")
_PROGRAM_WRITES = re.compile(rf"{API}/(?:queue/join|cancel|call/[^/]+)")
# Headers with which a client could choose under which address Gradio believes to be reached.
_DROPPED = frozenset({b"x-forwarded-host", b"x-gradio-server"})
_REASONS = {
    403: "Not allowed from here. Open the page in a browser, or send the token of the library as `Authorization: Bearer ...`.",
    404: "There is nothing here.",
    421: "This address does not belong to the page. Name it in KAEDAMA_HOST_NAMES if it should.",
}


class Gates:
    """An ASGI layer that refuses what a check refuses and drops headers that speak for a proxy."""

    def __init__(self, app: ASGIApp, checks: Sequence[Check]) -> None:
        self._app = app
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI. Websockets are refused: the page uses none."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            for check in self._checks:
                status = check(scope, headers)
                if status is not None:
                    await refusal(status)(scope, receive, send)
                    return
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _DROPPED]
        await self._app(scope, receive, send)


def refusal(status: int, reason: str = "") -> PlainTextResponse:
    """A refusal in a sentence."""
    return PlainTextResponse(reason or _REASONS[status], status_code=status)


def host_check(host: str, names: Iterable[str] = ()) -> Check:
    """Only requests to the address that is listened on, to localhost and to loopback addresses pass, else 421.

    A page elsewhere whose name was made to point here (DNS rebinding) sends its own name. Where every address of the machine is listened
    on (`0.0.0.0`, `::`), any address in numbers passes, since a number cannot be made to point elsewhere.

    Args:
        host: the address that is listened on.
        names: other names under which the page is reached.
    """
    known = {name.strip().lower() for name in (host, "localhost", *names) if name.strip()}
    listened = _number(host)
    everywhere = listened is not None and listened.is_unspecified

    def check(_: Scope, headers: Headers) -> int | None:
        given = headers.getlist("host")
        found = _HOST.fullmatch(given[0]) if len(given) == 1 else None
        if found is None:
            return 421
        name = found["name"].strip("[]").lower().removesuffix(".")
        number = _number(name)
        passes = name in known or (number is not None and (number.is_loopback or everywhere))
        return None if passes else 421

    return check


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def origin_check(scope: Scope, headers: Headers) -> int | None:
    """Refuse with 403 what a page of another origin sends. A link to the page is not refused: nothing but the page is behind it."""
    host = headers.get("host", "")
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower()):
        return 403
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none") or is_link_from_elsewhere(scope, headers):
        return None
    return 403


def is_link_from_elsewhere(scope: Scope, headers: Headers) -> bool:
    """Whether a person follows a link on another site's page to the page."""
    return (
        headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
        and scope["method"] == "GET"
        and scope["path"] == "/"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def route_check(own: Sequence[BaseRoute] = ()) -> Check:
    """Refuse with 404 whatever neither the page nor a program needs.

    Args:
        own: the page's own routes; they need a session.
    """

    def check(scope: Scope, _: Headers) -> int | None:
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        listed = (_OPEN, _PAGE_READS, _PROGRAM_READS) if reads else (_PAGE_WRITES, _PROGRAM_WRITES)
        if scope["method"] in ("GET", "HEAD", "POST") and any(pattern.fullmatch(path) for pattern in listed):
            return None
        return None if _owns(own, scope) else 404

    return check


def caller_check(sessions: Sessions, own: Sequence[BaseRoute] = ()) -> Check:
    """Refuse with 403 who has no session where one is needed, and a program where it has no business.

    Who asks is put into the scope, where handlers find it (`caller_of`).
    """

    def check(scope: Scope, headers: Headers) -> int | None:
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        caller = sessions.caller(headers)
        if caller is not None:
            scope.setdefault("state", {})["caller"] = caller
        if reads and _OPEN.fullmatch(path):
            return None
        if caller is None:
            return 403 if path != "/config" else 404
        if caller.program:
            return None if (_PROGRAM_READS if reads else _PROGRAM_WRITES).fullmatch(path) else 403
        if (_PAGE_READS if reads else _PAGE_WRITES).fullmatch(path) or _owns(own, scope):
            return None
        return 404

    return check


def _owns(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
