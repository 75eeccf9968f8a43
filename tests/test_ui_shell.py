"""The application around a page, in process: what page, programs, other sites and strangers get from it, and how much they may send."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.events import api
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from core.settings import Settings
from service.uploads import Uploads
from ui.shell.calls import Limits
from ui.shell.frame import Look
from ui.shell.keys import TOKEN_FILE
from ui.shell.site import build, caller_of

HOME = "http://127.0.0.1:7860"
LIMITS = Limits(body=20_000, values=200, event=20, waiting=3, waiting_address=4, unfetched_s=60.0)


@dataclass
class Stand:
    """A small page that is served, and what its handlers were given."""

    client: TestClient
    library: Path
    uploads: Uploads
    blocks: gr.Blocks
    called: list[object] = field(default_factory=list)
    going: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def number(self, name: str) -> int:
        """The number of a handler."""
        return next(int(number) for number, one in self.blocks.fns.items() if one.name == name)

    def join(self, name: str, data: list[object], tab: str = "tab", **more: object) -> Any:
        """Put a call into the queue, as the page does."""
        body = {"fn_index": self.number(name), "data": data, "session_hash": tab, **more}
        return self.client.post("/gradio_api/queue/join", json=body)

    def told(self, tab: str = "tab") -> list[dict[str, Any]]:
        """What the queue answers a tab, until it has no more to say."""
        reply = self.client.get("/gradio_api/queue/data", params={"session_hash": tab})
        assert reply.status_code == 200
        return [json.loads(line.removeprefix("data: ")) for line in reply.text.splitlines() if line]


def _page(stand: Stand) -> gr.Blocks:
    def ask(question: str) -> Iterator[str]:
        stand.called.append(question)
        try:
            while True:
                yield "…"
                if stand.going.wait(0.01):
                    break
            yield "done"
        finally:
            stand.ended.set()

    def delete(name: str) -> str:
        stand.called.append(name)
        return "gone"

    blocks: gr.Blocks
    with gr.Blocks(analytics_enabled=False) as blocks:
        api(ask, api_name="ask", concurrency_limit=2)
        box = gr.Textbox()
        box.submit(delete, box, box, api_visibility="private")
        box.change(delete, box, box, api_visibility="private", queue=False, api_name="direct")
    blocks.queue()
    return blocks


@pytest.fixture
def limits() -> Limits:
    return LIMITS


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: Limits) -> Iterator[Stand]:
    uploads = Uploads(tmp_path, limit=30_000)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(uploads.incoming))
    found = Stand.__new__(Stand)
    found = Stand(None, tmp_path, uploads, None)  # type: ignore[arg-type]

    def whoami(request: Request) -> Response:
        return PlainTextResponse(caller_of(request).session)

    async def made() -> ASGIApp:
        found.blocks = _page(found)
        return build(
            found.blocks,
            Settings(library=tmp_path, max_file_mb=0.02),
            uploads=uploads,
            look=Look(".x { color: red }", "/* ours */", ready=".x"),
            routes=[Route("/me", whoami, methods=["GET"])],
            limits=limits,
        )

    # Inside a loop, since Gradio opens a loop for each lock where none runs.
    site = asyncio.run(made())
    with TestClient(site, base_url=HOME) as found.client:
        yield found
        found.going.set()


@pytest.fixture
def opened(stand: Stand) -> Stand:
    """After a browser has loaded the page."""
    assert stand.client.get("/").status_code == 200
    return stand


def test_every_answer_has_the_headers_that_keep_others_out(stand: Stand) -> None:
    for path in ("/", "/healthz", "/nothing", "/gradio_api/queue/data", "/favicon.ico"):
        headers = stand.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_the_page_lets_only_its_own_scripts_run_and_names_no_other_site(stand: Stand) -> None:
    reply = stand.client.get("/", headers={"accept-language": "ja", "accept-encoding": "br"})
    policy = reply.headers["content-security-policy"]
    assert "*" not in policy
    assert "http" not in policy
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    assert nonce is not None
    scripts = re.findall(r"<script[^>]*>", reply.text)
    assert scripts
    assert all(f'nonce="{nonce[1]}"' in one for one in scripts)
    assert int(reply.headers["content-length"]) == len(reply.content)
    head = reply.text.split("window.gradio_config")[0] + reply.text.split("window.gradio_api_info")[1]
    assert not re.search(r"https?://(?!127\.0\.0\.1)", head)
    assert "<title>Kaedama</title>" in head
    for trace in ("og:", "twitter:", "manifest", "iframeResizer", "gradio.app"):
        assert trace not in head
    assert '<html lang="ja"' in head
    assert "ページを開いています" in head
    assert '"named_endpoints": {}' in head
    assert stand.client.get("/").headers["content-security-policy"] != policy


def test_the_icon_and_the_shells_files_are_our_own(stand: Stand) -> None:
    assert stand.client.get("/favicon.ico").content[:4] == b"\0\0\1\0"
    assert "svg" in stand.client.get("/kaedama/icon.svg").headers["content-type"]
    assert stand.client.get("/kaedama/page.js").text == "/* ours */"
    assert stand.client.get("/kaedama/page.css").headers["content-type"].startswith("text/css")
    assert '<link rel="stylesheet" href="/kaedama/page.css">' in stand.client.get("/").text
    assert stand.client.get("/kaedama/shell.js").status_code == 200
    first, second = (stand.client.get("/healthz").json() for _ in range(2))
    assert first == second
    assert first["boot"]


def test_a_session_is_signed_and_kept(stand: Stand) -> None:
    reply = stand.client.get("/")
    given = reply.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in given.split(";")}
    assert "set-cookie" not in stand.client.get("/").headers
    me = stand.client.get("/me").text
    assert me
    assert stand.client.get("/me").text == me
    stand.client.cookies.clear()
    assert stand.client.get("/me").status_code == 403


def test_another_host_and_another_origin_reach_no_handler(opened: Stand) -> None:
    body = {"fn_index": opened.number("delete"), "data": ["x"], "session_hash": "tab"}
    evil = opened.client.post("/gradio_api/queue/join", json=body, headers={"host": "rebind.example:7860"})
    assert evil.status_code == 421
    for origin in ("http://127.0.0.1:1234", "http://evil.example", "null"):
        assert opened.client.post("/gradio_api/queue/join", json=body, headers={"origin": origin}).status_code == 403
        files = {"files": ("x.txt", b"x")}
        assert opened.client.post("/gradio_api/upload", files=files, headers={"origin": origin}).status_code == 403
    assert opened.called == []
    assert list(opened.uploads.incoming.iterdir()) == []
    assert opened.client.get("/", headers={"x-forwarded-host": "evil.example"}).text.count("evil.example") == 0


def test_the_page_reaches_its_handlers(opened: Stand) -> None:
    assert opened.join("delete", ["a"]).status_code == 200
    assert opened.told()[-2]["output"]["data"] == ["gone"]
    body = {
        "fn_index": next(n for n, one in opened.blocks.fns.items() if one.api_name == "direct"),
        "data": ["b"],
        "session_hash": "tab",
    }
    assert opened.client.post("/gradio_api/run/predict", json=body).json()["data"] == ["gone"]
    assert opened.called == ["a", "b"]


def test_nobody_without_a_session_reaches_a_handler(stand: Stand) -> None:
    for path in ("queue/join", "run/predict", "run/direct", "call/delete", "call/ask", "api/direct", "cancel", "reset"):
        body = {"fn_index": stand.number("delete"), "data": ["x"], "session_hash": "made-up"}
        assert stand.client.post(f"/gradio_api/{path}", json=body).status_code in (403, 404)
    assert stand.client.get("/gradio_api/queue/data", params={"session_hash": "made-up"}).status_code == 403
    assert stand.client.post("/gradio_api/upload", files={"files": ("x.txt", b"x")}).status_code == 403
    assert stand.called == []


def test_one_session_cannot_read_the_tab_of_another(opened: Stand) -> None:
    assert opened.join("delete", ["mine"]).status_code == 200
    opened.client.cookies.clear()
    opened.client.get("/")
    assert opened.client.get("/gradio_api/queue/data", params={"session_hash": "tab"}).status_code == 403
    assert opened.join("delete", ["theirs"]).status_code == 403
    assert opened.client.post("/gradio_api/reset", json={"session_hash": "tab", "event_id": "x"}).status_code == 403


def _program(stand: Stand) -> dict[str, str]:
    return {"authorization": f"Bearer {(stand.library / TOKEN_FILE).read_text()}"}


def test_a_program_with_the_token_asks_and_does_nothing_else(stand: Stand) -> None:
    stand.going.set()
    token = _program(stand)
    assert stand.client.get("/config", headers=token).status_code == 200
    assert "/ask" in stand.client.get("/gradio_api/info", headers=token).json()["named_endpoints"]
    begun = stand.client.post("/gradio_api/call/ask", json={"data": ["why?"]}, headers=token)
    assert begun.status_code == 200
    read = stand.client.get(f"/gradio_api/call/ask/{begun.json()['event_id']}", headers=token)
    assert "done" in read.text
    for path, body in (
        ("call/delete", {"data": ["x"]}),
        ("call/nothing", {"data": ["x"]}),
        ("queue/join", {"fn_index": stand.number("delete"), "data": ["x"], "session_hash": "p"}),
        ("queue/join", {"fn_index": 999, "data": ["x"], "session_hash": "p"}),
        ("queue/join", {"data": ["x"], "session_hash": "p"}),
        ("run/predict", {"fn_index": stand.number("delete"), "data": ["x"], "session_hash": "p"}),
    ):
        assert stand.client.post(f"/gradio_api/{path}", json=body, headers=token).status_code == 403
    assert stand.client.post("/gradio_api/upload", files={"files": ("x", b"x")}, headers=token).status_code == 403
    assert stand.client.get("/me", headers=token).status_code == 403
    assert stand.called == ["why?"]
    wrong = {"authorization": "Bearer nonsense"}
    assert stand.client.get("/config", headers=wrong).status_code == 404
    assert stand.client.post("/gradio_api/call/ask", json={"data": ["x"]}, headers=wrong).status_code == 403


def test_arguments_are_bounded(opened: Stand) -> None:
    refused = {
        "bytes": opened.join("delete", ["x" * 20_001]),
        "values": opened.join("delete", [["x"] * 201]),
        "event": opened.join("delete", ["x"], event_data={"files": [{"name": "x", "size": 1}] * 8}),
    }
    assert {name: reply.status_code for name, reply in refused.items()} == dict.fromkeys(refused, 413)
    for content in (b"[1]", b"nonsense", b"[" * 15_000, b"\xff"):
        reply = opened.client.post("/gradio_api/queue/join", content=content, headers={"content-type": "application/json"})
        assert reply.status_code == 400
    assert opened.join("delete", ["x"], tab=7).status_code == 403  # type: ignore[arg-type]
    assert opened.called == []


def test_one_session_and_one_address_have_so_many_questions_waiting(opened: Stand) -> None:
    statuses = [opened.join("ask", ["x"], tab=f"t{n}").status_code for n in range(4)]
    assert statuses == [200, 200, 200, 429]
    opened.client.cookies.clear()
    opened.client.get("/")
    statuses = [opened.join("ask", ["x"], tab=f"u{n}").status_code for n in range(2)]
    assert statuses == [200, 429], "another session at the same address"


@pytest.mark.parametrize("limits", [dataclasses.replace(LIMITS, unfetched_s=0.05)])
def test_questions_that_nobody_waits_for_are_dropped(opened: Stand) -> None:
    for number in range(3):
        assert opened.join("ask", ["abandoned"], tab=f"t{number}").status_code == 200
    assert opened.ended.wait(30), "the answer that ran was closed"
    opened.going.set()
    # There is room again, and what is asked now is answered.
    reply = opened.join("ask", ["kept"], tab="kept")
    while reply.status_code == 429:
        reply = opened.join("ask", ["kept"], tab="kept")
    assert "done" in json.dumps(opened.told("kept"))


def test_a_heartbeat_holds_no_connection(opened: Stand) -> None:
    reply = opened.client.get("/gradio_api/heartbeat/tab")
    assert (reply.status_code, reply.content) == (204, b"")


def test_uploads_lie_in_the_library_and_are_bounded(opened: Stand) -> None:
    reply = opened.client.post("/gradio_api/upload", files={"files": ("a.txt", b"text")})
    (path,) = reply.json()
    assert Path(path).is_relative_to(opened.library)
    assert Path(path).read_bytes() == b"text"
    assert opened.client.post("/gradio_api/upload", files={"files": ("b.txt", b"x" * 21_000)}).status_code == 413
    big = [("files", (f"{number}.txt", str(number).encode() * 15_000)) for number in range(3)]
    assert opened.client.post("/gradio_api/upload", files=big).status_code == 413

    def unannounced() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 1_000
        yield b"\r\n--x--\r\n"

    kind = {"content-type": "multipart/form-data; boundary=x"}
    assert opened.client.post("/gradio_api/upload", content=unannounced(), headers=kind).status_code == 413
    assert [found.name for found in opened.uploads.folder.rglob("*") if found.is_file()] == ["a.txt"]
    # Reached by nobody afterwards.
    assert opened.client.get(f"/gradio_api/file={path}").status_code == 404


def test_a_link_from_another_site_opens_the_page_with_its_session(opened: Stand) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    cookies = dict(opened.client.cookies)
    opened.client.cookies.clear()
    reply = opened.client.get("/?c=abc", headers=link)
    assert reply.status_code == 200
    assert "location.replace" in reply.text
    assert "set-cookie" not in reply.headers, "a session that the browser kept back is not replaced"
    assert cookies
    assert opened.client.get("/", headers={**link, "sec-fetch-dest": "iframe"}).status_code == 403


def test_files_named_by_a_query_are_not_looked_up(opened: Stand) -> None:
    assert opened.client.get("/?deep_link=x&page=nothing").status_code == 200


def test_websockets_are_refused(opened: Stand) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), opened.client.websocket_connect("/gradio_api/queue/join"):
        pass
