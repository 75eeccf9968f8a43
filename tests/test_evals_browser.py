"""The browser of the measurements: which handler it calls, and that every byte which comes back is counted."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from core.errors import KaedamaError
from evals.browser import Caller, told

DEPENDENCIES = [
    {"id": 4, "targets": [[1, "click"]], "api_name": "ask"},
    {"id": 7, "targets": [[None, "load"], [2, "kd_watch"]], "api_name": "watch"},
]


def sse(*messages: dict[str, Any]) -> bytes:
    """Messages as they come."""
    return b"".join(b"data: %s\n\n" % json.dumps(message).encode() for message in messages)


DONE = {"msg": "process_completed", "success": True, "output": {"data": ["whole"]}}
PLAIN = b'event: generating\ndata: ["a"]\n\nevent: complete\ndata: ["b"]\n\n'
STREAM = sse({"msg": "estimation"}, {"msg": "process_generating", "output": {"data": [[["append", [], "é"]]]}}, DONE)


def test_all_bytes_count_wherever_the_stream_is_cut() -> None:
    for size in (1, 7, len(STREAM)):
        chunks = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
        reply = told(chunks, before=10)
        assert (reply.messages, reply.data) == (3, ["whole"])
        assert len(STREAM) + 9 <= reply.received <= len(STREAM) + 10, "the empty line behind the last message may not be waited for"


@pytest.mark.parametrize("stream", [b"", sse({"msg": "estimation"}), sse(DONE | {"success": False})])
def test_a_call_that_fails_or_breaks_off_is_told(stream: bytes) -> None:
    with pytest.raises(KaedamaError):
        told([stream])


def answered(request: httpx.Request) -> httpx.Response:
    """A page with two handlers."""
    path, body = request.url.path, json.loads(request.content or b"{}")
    if path == "/":
        return httpx.Response(200, text=f"<script>window.gradio_config = {json.dumps({'dependencies': DEPENDENCIES})};</script>")
    if path == "/config":
        return httpx.Response(200 if "authorization" in request.headers else 403, json={"dependencies": DEPENDENCIES})
    if path.endswith("/queue/data"):
        return httpx.Response(200, content=iter([STREAM]))
    if path.endswith("/call/ask"):
        return httpx.Response(200, json={"event_id": "e"})
    if path.endswith("/call/ask/e"):
        return httpx.Response(200, content=iter([PLAIN]))
    return httpx.Response(200, json={"data": [body["fn_index"], body["data"], request.url.query.decode()]})


def test_handlers_are_called_by_event_and_by_name() -> None:
    browser = Caller.browser("http://page", httpx.MockTransport(answered))
    assert browser.on_event("kd_watch") == browser.on_event("load") == 7
    assert browser.at_once(7, ["x"], "?c=1").data == [7, ["x"], "c=1"]
    joined = len(json.dumps({"data": [7, ["x"], ""]}, separators=(",", ":")))
    reply = browser.queued(7, ["x"])
    assert len(STREAM) + joined - 1 <= reply.received <= len(STREAM) + joined
    with pytest.raises(KaedamaError):
        browser.on_event("kd_nothing")


def test_a_program_calls_what_has_a_name() -> None:
    program = Caller.program("http://page", "token", httpx.MockTransport(answered))
    assert program.named("ask") == 4
    reply = program.plainly("ask", ["x"])
    assert (reply.messages, reply.data) == (2, ["b"])
    assert reply.received == len('{"event_id":"e"}') + len(PLAIN)
