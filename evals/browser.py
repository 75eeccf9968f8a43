"""The page and its API as a browser and a program ask them, over HTTP, with every byte counted that comes back.

Gradio's wire: a call is put into the queue (`queue/join`), and its messages come as server-sent events (`queue/data`); handlers without a
queue answer at once (`run/predict`); programs without a client of Gradio's use `call/NAME`.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from core.errors import MeasurementFailed

_API = "/gradio_api"
_CONFIG = re.compile(r"window\.gradio_config = (\{.*?\});</script>", re.DOTALL)
# Seconds without a byte after which a call has failed.
_SILENCE_S = 60.0
_ENDS = ("process_completed", "unexpected_error", "close_stream")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back of a call: bytes of bodies, messages of its stream, and the data of the last of them."""

    received: int
    messages: int
    data: list[Any]


class Caller:
    """Asks one server, as the browser of a person (with the cookie that the page gives) or as a program (with the library's token)."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._tab = uuid.uuid4().hex
        self._dependencies: list[dict[str, Any]] = []

    @classmethod
    def browser(cls, address: str, transport: httpx.BaseTransport | None = None) -> Caller:
        """A person's browser that has loaded the page."""
        made = cls(httpx.Client(base_url=address, timeout=_SILENCE_S, trust_env=False, transport=transport))
        page = made._client.get("/").raise_for_status().text
        found = _CONFIG.search(page)
        if found is None:
            raise MeasurementFailed(detail="the page holds no configuration")
        made._dependencies = json.loads(found[1])["dependencies"]
        return made

    @classmethod
    def program(cls, address: str, token: str, transport: httpx.BaseTransport | None = None) -> Caller:
        """A program with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        made = cls(httpx.Client(base_url=address, timeout=_SILENCE_S, trust_env=False, headers=headers, transport=transport))
        made._dependencies = made._client.get("/config").raise_for_status().json()["dependencies"]
        return made

    def close(self) -> None:
        """Let its connections go."""
        self._client.close()

    def on_event(self, event: str) -> int:
        """The number of the first handler of an event. Raises MeasurementFailed where there is none."""
        return self._number(one["id"] for one in self._dependencies if any(target[1] == event for target in one["targets"]))

    def named(self, name: str) -> int:
        """The number of the endpoint of a name. Raises MeasurementFailed where there is none."""
        return self._number(one["id"] for one in self._dependencies if one["api_name"] == name)

    def _number(self, found: Iterator[int]) -> int:
        number = next(found, None)
        if number is None:
            raise MeasurementFailed(detail="the page has no such handler")
        return number

    def at_once(self, number: int, data: list[Any], place: str = "") -> Reply:
        """Call a handler that has no queue; `place` is the query of the page's address."""
        reply = self._client.post(f"{_API}/run/predict{place}", json=self._call(number, data)).raise_for_status()
        return Reply(len(reply.content), 1, reply.json()["data"])

    def queued(self, number: int, data: list[Any], place: str = "") -> Reply:
        """Call a handler by the queue and read its messages to the end."""
        joined = self._client.post(f"{_API}/queue/join{place}", json=self._call(number, data)).raise_for_status()
        with self._client.stream("GET", f"{_API}/queue/data", params={"session_hash": self._tab}) as stream:
            return told(stream.iter_raw(), len(joined.content))

    def plainly(self, name: str, data: list[Any]) -> Reply:
        """Call an endpoint in the way that needs no client of Gradio's."""
        begun = self._client.post(f"{_API}/call/{name}", json={"data": data}).raise_for_status()
        with self._client.stream("GET", f"{_API}/call/{name}/{begun.json()['event_id']}") as stream:
            received = len(begun.content)
            body = b"".join(stream.iter_raw())
        lines = [line.removeprefix("data: ") for line in body.decode().splitlines() if line.startswith("data: ")]
        return Reply(
            received + len(body), len(lines), json.loads(lines[-2] if len(lines) > 1 and lines[-1] == "null" else lines[-1])
        )

    def _call(self, number: int, data: list[Any]) -> dict[str, Any]:
        return {"fn_index": number, "data": data, "session_hash": self._tab, "event_data": None, "trigger_id": None}


def told(chunks: Iterable[bytes], before: int = 0) -> Reply:
    """The reply that a stream of server-sent events makes, read until its call has ended; `before` are bytes that came earlier.

    Raises:
        MeasurementFailed: the call failed, or the stream broke off.
    """
    received, messages, left = before, 0, b""
    for chunk in chunks:
        received += len(chunk)
        *lines, left = (left + chunk).split(b"\n")
        for line in lines:
            if not line.startswith(b"data: "):
                continue
            message = json.loads(line.removeprefix(b"data: "))
            messages += 1
            if message["msg"] in _ENDS:
                if not message.get("success", False):
                    raise MeasurementFailed(detail=f"a call of the page failed: {message}")
                return Reply(received, messages, message["output"]["data"])
    raise MeasurementFailed(detail="the page's stream broke off")
