"""What all engines over HTTP share: one streamed POST, its lines, and every way in which it fails as an error of ours.

`REFUSALS` is the one table from a server's refusal to our error; the rest of the failures are in `post_lines`.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from core.errors import (
    ContextOverflow,
    ModelBusy,
    ModelCannotThink,
    ModelError,
    ModelFault,
    ModelInterrupted,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelMemory,
    ModelMissing,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelUnavailable,
    ModelUnreachable,
)
from core.types import LOCAL, Location

# How long to wait where a server names no delay: most quotas are counted by the minute.
QUOTA_DELAY_S = 60.0
_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True)
class Server:
    """Who is asked, as far as errors speak of it.

    `name` is the model; `start` the command that starts the server, "" for one that is not ours to start; `get` the command that installs
    a missing model; `key_setting` the setting that holds its key, "" where keys are unknown.
    """

    engine: str
    url: str
    name: str
    window: int = 0
    start: str = ""
    get: str = ""
    key_setting: str = ""
    has_key: bool = False

    @property
    def at_home(self) -> bool:
        """Whether it runs on this machine or in its own network."""
        return is_home(self.url)

    def absent(self) -> ModelError:
        """The error for a server that does not answer, with what helps."""
        if self.start:
            return ModelUnavailable(engine=self.engine, url=self.url, start=self.start)
        return ModelUnreachable(engine=self.engine, url=self.url)

    def refusal(self, status: int, detail: str, delay_s: float | None = None) -> ModelError:
        """The error of ours for a refusal of the server's."""
        said = " ".join(detail.split()).rstrip(".")[:_LONGEST_DETAIL] or f"status {status}"
        for statuses, words, make in REFUSALS:
            if (not statuses or status in statuses) and words.search(said):
                return make(self, said, delay_s)
        return ModelRefused(name=self.name, detail=said)


def _overflow(server: Server, said: str, _: float | None) -> ModelError:
    # Where both numbers are told, the larger is what was needed.
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]{2,}", said)]
    needed, window = (max(numbers), min(numbers)) if len(numbers) >= 2 else (server.window + 1, server.window)
    return ContextOverflow(needed=needed, name=server.name, window=window)


def _key(server: Server, said: str, _: float | None) -> ModelError:
    if not server.key_setting:
        return ModelRefused(name=server.name, detail=said)
    if not server.has_key:
        return ModelKeyMissing(engine=server.engine, setting=server.key_setting)
    return ModelKeyRejected(engine=server.engine, detail=said, setting=server.key_setting)


def _missing(server: Server, _: str, __: float | None) -> ModelError:
    if server.get:
        return ModelMissing(name=server.name, command=server.get)
    return ModelNotServed(engine=server.engine, url=server.url, name=server.name)


def _quota(server: Server, _: str, delay_s: float | None) -> ModelError:
    return ModelQuota(name=server.name, delay_s=QUOTA_DELAY_S if delay_s is None else delay_s)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# (statuses, words of the refusal, our error); the first row that fits. No statuses: any.
REFUSALS: Sequence[tuple[frozenset[int], re.Pattern[str], Callable[[Server, str, float | None], ModelError]]] = (
    (
        frozenset({400, 422}),
        _words(r"not support thinking|thinking.*not (supported|enabled)|thinking_?(config|level|budget)|chat_template_kwargs"),
        lambda server, said, delay_s: ModelCannotThink(name=server.name),
    ),
    (
        frozenset(),
        _words(
            r"longer than the context|exceeds the context|exceed_context_size|maximum context length|available context size"
            r"|exceeds the maximum number of tokens|context.?length.?exceeded"
        ),
        _overflow,
    ),
    (frozenset({401, 403}), _words(""), _key),
    (frozenset({400}), _words(r"api_key_invalid|api key (not valid|expired)|invalid api key"), _key),
    (frozenset({404}), _words(""), _missing),
    (frozenset({429}), _words(""), _quota),
    (
        frozenset(),
        _words(r"requires .* available|out of memory|(unable|failed) to allocate|insufficient memory"),
        lambda server, said, delay_s: ModelMemory(name=server.name, detail=said),
    ),
    (
        frozenset({502, 503, 504, 529}),
        _words(""),
        lambda server, said, delay_s: ModelBusy(name=server.name, detail=said),
    ),
)


async def post_lines(
    server: Server, path: str, body: dict[str, Any], *, headers: dict[str, str], connect_timeout_s: float
) -> AsyncIterator[str]:
    """The lines of a streamed reply, without the empty ones. Silence is timed by the caller; only connecting is timed here.

    Raises:
        ModelError: as `Server.refusal` and `Server.absent` say; ModelInterrupted where the connection breaks after the first line.
    """
    begun = False
    # Proxies are for the outside; a server at home is reached directly.
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(None, connect=connect_timeout_s), trust_env=not server.at_home, verify=certificates()
    )
    try:
        async with client, client.stream("POST", f"{server.url}{path}", json=body, headers=headers) as reply:
            if reply.status_code != 200:
                await reply.aread()
                raise server.refusal(reply.status_code, *error_of(reply.text, reply.headers.get("Retry-After", "")))
            async for line in _lines(reply):
                begun = True
                yield line
    except httpx.TransportError as error:
        if begun:
            raise ModelInterrupted(name=server.name, detail=ModelFault.CONNECTION_LOST(engine=server.engine)) from error
        raise server.absent() from error


async def post_events(
    server: Server, path: str, body: dict[str, Any], *, headers: dict[str, str], connect_timeout_s: float
) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of a stream of server-sent events, up to its `[DONE]` where it has one. Raises ModelError as `post_lines`."""
    async for line in post_lines(server, path, body, headers=headers, connect_timeout_s=connect_timeout_s):
        field, _, data = line.partition(":")
        if field not in ("data", "error"):
            continue  # comments keep the connection open; names and numbers of events say nothing here
        if data.strip() == "[DONE]":
            return
        event = parsed(server, data)
        if "error" in event or field == "error":
            detail, delay_s = error_of(data)
            raise server.refusal(status_in(event), detail, delay_s)
        yield event


def parsed(server: Server, line: str) -> dict[str, Any]:
    """One JSON object of a stream. Raises ModelInterrupted."""
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise ModelInterrupted(name=server.name, detail=ModelFault.GARBLED(engine=server.engine))
    return event


def error_of(text: str, retry_after: str = "") -> tuple[str, float | None]:
    """What a server says of its refusal, and after how many seconds to come back, where it tells."""
    delay = float(retry_after) if re.fullmatch(r"\d+(\.\d+)?", retry_after) else None
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip(), delay
    if isinstance(value, list) and value:
        value = value[0]
    error = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return str(error), delay
    told = [detail for detail in error.get("details") or [] if isinstance(detail, dict)]
    reasons = [str(detail["reason"]) for detail in told if detail.get("reason")]
    for detail in told:  # google.rpc.RetryInfo
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay", ""))):
            delay = float(match[1])
    said = str(error.get("message") or error.get("detail") or error)
    return f"{said} ({', '.join(reasons)})" if reasons else said, delay


def status_in(event: dict[str, Any]) -> int:
    """The status that an error in mid-stream carries, 500 where it has none."""
    error = event.get("error", event)
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else 500


def is_home(url: str) -> bool:
    """Whether a URL leads to this machine or its own network: loopback, private addresses, names without a dot, `.local`."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa"))


def location_of(url: str) -> Location:
    """Where a server is: here or in the network of this machine, or at the host that its address names."""
    return LOCAL if is_home(url) else Location(urlsplit(url).hostname or url)


@functools.cache
def certificates() -> ssl.SSLContext:
    """The certificates that httpx would load anew for every client, which takes longer than a local server's first word."""
    return httpx.create_ssl_context()


async def _lines(reply: httpx.Response) -> AsyncIterator[str]:
    """Lines by newline only: httpx's own also end at U+0085 and U+2028, which may stand inside a JSON string."""
    held = b""
    async for part in reply.aiter_bytes():
        *whole, held = (held + part).split(b"\n")
        for line in whole:
            if line.strip():
                yield line.decode("utf-8", "replace")
    if held.strip():
        yield held.decode("utf-8", "replace")
