"""What a caller may send to the handlers: which ones, how much, how many at once, and for which tab.

Gradio lets everybody call every handler with a number, keeps whatever is sent, and works through questions that nobody waits for.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.uploads import Uploads
from ui.shell.gates import API, refusal
from ui.shell.keys import Caller

_HEARTBEAT = f"{API}/heartbeat/"
_CALL = re.compile(rf"{API}/call/(?P<name>[^/]+)(?:/(?P<event>[^/]+))?")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one caller may ask.

    Args:
        body: bytes of a call.
        values: JSON values in a call; an upload of 1,000 files has 8,000.
        event: JSON values in what a press of a button brings along.
        waiting: calls of one session that run or wait; a tab has up to three.
        waiting_address: the same of all sessions at one network address.
        unfetched_s: seconds until a call whose answer nobody fetches is dropped.
        tabs: tabs that are remembered; the longest unused goes first.
    """

    body: int = 1_000_000
    values: int = 20_000
    event: int = 1_000
    waiting: int = 32
    waiting_address: int = 96
    unfetched_s: float = 15.0
    tabs: int = 10_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A call that was taken: its event's id, who sent it, and by which key its answer is fetched."""

    event: str
    caller: Caller
    address: str
    key: str


class CallLayer:
    """An ASGI layer before Gradio's handlers.

    Args:
        app: what it stands before.
        blocks: the page, whose handlers are called.
        uploads: the folder that uploads arrive in.
        limits: how much one caller may ask.
    """

    def __init__(self, app: ASGIApp, blocks: gr.Blocks, uploads: Uploads, limits: Limits) -> None:
        self._app = app
        self._blocks = blocks
        self._uploads = uploads
        self._limits = limits
        self._owners: OrderedDict[str, str] = OrderedDict()  # tab: session
        self._streams: Counter[str] = Counter()  # key: responses being streamed
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{API}/"):
            await self._app(scope, receive, send)
        elif scope["path"].startswith(_HEARTBEAT):
            # A browser keeps six connections to a host; a heartbeat would hold one for each tab, for good.
            await Response(status_code=204)(scope, receive, send)
        elif scope["method"] == "POST" and scope["path"] == f"{API}/upload":
            await self._upload(scope, receive, send)
        elif scope["method"] == "POST":
            await self._call(scope, receive, send)
        else:
            await self._read(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take files, as many bytes as there is room for."""
        room = self._uploads.room()
        if _announced(scope) > room:
            limit = f"{self._uploads.limit / 1e6:g} MB"
            await refusal(413, f"Too much at once: {limit} may wait to be read. Try again later, or with less.")(
                scope, receive, send
            )
            return
        with self._uploads.arriving():
            await self._app(scope, _Counted(receive, room), send)

    async def _read(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand out results to whoever asked for them."""
        found = _CALL.fullmatch(scope["path"])
        tabs = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])
        key = (found["event"] or "") if found else tabs[0]
        # Of several the application would take another one than the one that is checked here.
        if len(tabs) > 1 or not self._may(_caller(scope), key):
            await refusal(403)(scope, receive, send)
            return
        self._streams[key] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._streams[key] -= 1
            if self._streams[key] <= 0:
                del self._streams[key]

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a call's body, then pass it on and remember what it began."""
        try:
            body = await _whole(_Counted(receive, self._limits.body))
            call = _parsed(body)
        except _TooLarge:
            await refusal(413, "The call is too large.")(scope, receive, send)
            return
        except (ValueError, RecursionError):
            await refusal(400, "The call is not a JSON object.")(scope, receive, send)
            return
        status = self._refused(scope, call)
        if status is not None:
            await refusal(status, _WHY.get(status, ""))(scope, receive, send)
            return
        answer = _Answer(send)
        await self._app(scope, _replayed(body, receive), answer)
        event = answer.event()
        if event:
            self._begin(_Waiting(event, _caller(scope), _address(scope), str(call.get("session_hash") or event)))

    def _refused(self, scope: Scope, call: dict[str, Any]) -> int | None:
        caller = _caller(scope)
        limits = self._limits
        if _values(call, limits.values) > limits.values or _values(call.get("event_data"), limits.event) > limits.event:
            return 413
        if caller.program and not self._is_for_programs(scope, call):
            return 403
        tab = call.get("session_hash")
        if tab is not None and (not isinstance(tab, str) or not self._may(caller, tab)):
            return 403
        if scope["path"].endswith(("/cancel", "/reset")):
            event = self._waiting.get(str(call.get("event_id")))
            return 403 if event is not None and event.caller != caller else None
        return 429 if self._is_full(caller, _address(scope)) else None

    def _is_for_programs(self, scope: Scope, call: dict[str, Any]) -> bool:
        """Whether a call names a handler that is published for programs; /cancel and /reset name none."""
        if scope["path"].endswith(("/cancel", "/reset")):
            return True
        found = _CALL.fullmatch(scope["path"])
        functions = self._blocks.fns
        if found is not None:
            named = [one for one in functions.values() if one.api_name == found["name"]]
        else:
            number = call.get("fn_index")
            named = [functions[number]] if isinstance(number, int) and number in functions else []
        return bool(named) and named[0].api_visibility == "public"

    def _may(self, caller: Caller, tab: str) -> bool:
        """Whether a tab, or an event, belongs to the caller; one that nobody has used does from now on."""
        if not tab:
            return True
        owner = self._owners.setdefault(tab, caller.session)
        self._owners.move_to_end(tab)
        while len(self._owners) > self._limits.tabs:
            self._owners.popitem(last=False)
        return owner == caller.session

    def _is_full(self, caller: Caller, address: str) -> bool:
        queue = self._blocks._queue  # noqa: SLF001  # Gradio tells nowhere else which calls are over
        for event in [event for event in self._waiting if event not in queue.event_ids_to_events]:
            del self._waiting[event]
        mine = sum(one.caller == caller for one in self._waiting.values())
        near = sum(one.address == address for one in self._waiting.values())
        return mine >= self._limits.waiting or near >= self._limits.waiting_address

    def _begin(self, waiting: _Waiting) -> None:
        self._waiting[waiting.event] = waiting
        self._may(waiting.caller, waiting.event)
        task = asyncio.get_running_loop().create_task(self._drop_unless_fetched(waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drop_unless_fetched(self, waiting: _Waiting) -> None:
        await asyncio.sleep(self._limits.unfetched_s)
        if not self._streams[waiting.key] and not self._streams[waiting.event]:
            await self._blocks._queue.clean_events(event_id=waiting.event)  # noqa: SLF001


_WHY = {413: "The call is too large.", 429: "Too many questions of yours are waiting. Try again when some of them are answered."}


class _TooLarge(HTTPException):  # Starlette answers with its status where it is raised below Gradio
    def __init__(self) -> None:
        super().__init__(413, "Too large.")


class _Counted:
    """A `receive` that raises _TooLarge after so many bytes."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise _TooLarge
        return message


def _announced(scope: Scope) -> int:
    """Bytes that the request's head promises, 0 where it promises nothing."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


class _Answer:
    """A `send` that keeps the small answer of a call, which names the event that was begun."""

    # Bytes; `{"event_id": "..."}` has 51.
    _LONGEST = 200

    def __init__(self, send: Send) -> None:
        self._send = send
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body" and len(self._body) <= self._LONGEST:
            self._body += message.get("body", b"")[: self._LONGEST + 1]
        await self._send(message)

    def event(self) -> str:
        """The event's id, or "" where none was begun."""
        try:
            told = json.loads(bytes(self._body))
        except ValueError:
            return ""
        return str(told.get("event_id") or "") if isinstance(told, dict) else ""


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the caller went away
            raise ValueError
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Callable[[], Any]:
    """A `receive` that hands the body over once and then listens on."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _parsed(body: bytes) -> dict[str, Any]:
    call = json.loads(body, parse_constant=_no_json)
    json.dumps(call, ensure_ascii=False).encode()  # ValueError for half a character
    if not isinstance(call, dict):
        raise ValueError  # noqa: TRY004  # as for whatever else is not JSON
    return call


def _no_json(constant: str) -> object:
    raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's


def _values(value: object, most: int) -> int:
    """How many JSON values a value holds; counting ends above `most`."""
    count, left = 0, [value]
    while left and count <= most:
        one = left.pop()
        count += 1
        if isinstance(one, dict):
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
    return count


def _caller(scope: Scope) -> Caller:
    caller: Caller = scope["state"]["caller"]
    return caller


def _address(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""
