"""The web application around a page: our FastAPI, Gradio's page mounted in it, and the layers before it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from core.settings import Settings
from service.uploads import Uploads
from ui.shell.calls import CallLayer, Limits
from ui.shell.frame import FrameLayer, HeaderLayer, Look
from ui.shell.gates import Gates, caller_check, host_check, origin_check, route_check
from ui.shell.keys import Caller, Sessions

_STATIC = Path(__file__).resolve().parent / "static"
_OURS = {
    "/favicon.ico": ("favicon.ico", "image/x-icon"),
    "/kaedama/icon.svg": ("icon.svg", "image/svg+xml"),
    "/kaedama/shell.css": ("shell.css", "text/css"),
    "/kaedama/shell.js": ("shell.js", "text/javascript"),
}
# States of tabs that Gradio keeps; the oldest goes first.
_STATES = 500
_PLAIN, _LIMITS = Look(), Limits()


def build(
    blocks: gr.Blocks,
    settings: Settings,
    *,
    uploads: Uploads,
    look: Look = _PLAIN,
    routes: Sequence[BaseRoute] = (),
    limits: Limits = _LIMITS,
) -> ASGIApp:
    """The application that serves a page.

    Args:
        blocks: the page, with its queue set up.
        settings: host, names and port it is reached under; the library, which keeps the secrets; the largest file.
        uploads: the folder that uploads arrive in. GRADIO_TEMP_DIR names its `incoming` before `blocks` is made.
        look: style sheet and script of the page.
        routes: further routes of the page; they answer sessions of the page only (`caller_of` says which).
        limits: how much one caller may ask.

    Raises:
        LibraryUnwritable: the library cannot keep the secrets.
    """
    boot = secrets.token_urlsafe(8)
    sessions = Sessions(settings.library, settings.port)
    site = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    _add_files(site, look, boot)
    site.router.routes.extend(routes)
    blocks.state_session_capacity = _STATES
    gr.mount_gradio_app(
        site,
        blocks,
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        footer_links=[],
        run_history=False,
        app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
        max_file_size=int(settings.max_file_mb * 1_000_000),
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=gr.themes.Base(font=gr.themes.Font("system-ui"), font_mono=gr.themes.Font("ui-monospace")),
    )
    framed = FrameLayer(CallLayer(site, blocks, uploads, limits), sessions, look, boot=boot)
    names = [name for name in settings.host_names.split(",") if name.strip()]
    checks = [host_check(settings.host, names), origin_check, route_check(routes), caller_check(sessions, routes)]
    return HeaderLayer(Gates(framed, checks))


def caller_of(request: Request) -> Caller:
    """Who sent a request to one of the page's own routes, or (`gr.Request.request`) to a handler."""
    caller: Caller = request.scope["state"]["caller"]
    return caller


def _add_files(site: FastAPI, look: Look, boot: str) -> None:
    for path, (name, kind) in _OURS.items():
        _add(site, path, (_STATIC / name).read_bytes(), kind)
    _add(site, "/kaedama/page.css", look.css.encode(), "text/css")
    _add(site, "/kaedama/page.js", look.script.encode(), "text/javascript")

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "up", "boot": boot}, headers={"cache-control": "no-store"})

    site.add_route("/healthz", healthz, methods=["GET"])


def _add(site: FastAPI, path: str, content: bytes, kind: str) -> None:
    async def file(_: Request) -> Response:
        return Response(content, media_type=kind, headers={"cache-control": "no-cache"})

    site.add_route(path, file, methods=["GET"])
