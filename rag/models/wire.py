"""What all engines over HTTP share: one question for a JSON object, one streamed POST with its lines, and how a connection fails."""

from __future__ import annotations

import contextlib
import functools
import json
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, TypeVar

import httpx

from core.errors import (
    ModelAddress,
    ModelFault,
    ModelInterrupted,
    ModelLoading,
    ModelNonsense,
)
from rag.models.proxies import checked, unreached
from rag.models.refusals import Server, container, told_of

# How often a server that is loading is asked again, in seconds.
_LOADING_POLL_S = 0.5
T = TypeVar("T")
# Bytes beyond which a line of a stream, or a whole reply, is none that a model's server sends: events have kilobytes, descriptions a few MB.
_LONGEST_LINE = 4 << 20
_LONGEST_REPLY = 64 << 20


async def post_lines(
    server: Server, path: str, body: dict[str, Any], *, headers: dict[str, str], connect_timeout_s: float
) -> AsyncGenerator[str, None]:
    """The lines of a streamed reply, without the empty ones. Silence is timed by the caller; only connecting is timed here.

    Raises:
        ModelError: as `Server.refusal` and `Server.absent` say; ModelInterrupted where the connection breaks after the first line.
    """
    server.check_address()
    begun = False
    # Proxies are for the outside; a server at home is reached directly.
    timeout = httpx.Timeout(None, connect=connect_timeout_s)
    client = checked(
        lambda: httpx.AsyncClient(timeout=timeout, trust_env=not server.near, verify=certificates()),
        engine=server.engine,
        url=server.url,
    )
    try:
        async with client, client.stream("POST", f"{server.url}{path}", json=body, headers=headers) as reply:
            if reply.status_code != 200:
                text = b"".join([part async for part in _bounded(reply, server)]).decode("utf-8", "replace")
                raise server.refusal(reply.status_code, told_of(text, reply.headers.get("Retry-After", "")))
            async for line in _lines(reply, server):
                begun = True
                yield line
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise ModelAddress(engine=server.engine, url=server.url) from error
    except httpx.RequestError as error:
        if begun:
            raise ModelInterrupted(name=server.name, detail=ModelFault.CONNECTION_LOST(engine=server.engine)) from error
        raise unreached(error, server.absent(), engine=server.engine, url=server.url, near=server.near) from error


async def post_events(
    server: Server, path: str, body: dict[str, Any], *, headers: dict[str, str], connect_timeout_s: float
) -> AsyncGenerator[dict[str, Any], None]:
    """The JSON objects of a stream of server-sent events, up to its `[DONE]` where it has one. Raises ModelError as `post_lines`."""
    async with contextlib.aclosing(post_lines(server, path, body, headers=headers, connect_timeout_s=connect_timeout_s)) as lines:
        async for line in lines:
            field, _, data = line.partition(":")
            if field not in ("data", "error"):
                continue  # comments keep the connection open; names and numbers of events say nothing here
            if data.strip() == "[DONE]":
                return
            event = parsed(server, data)
            if "error" in event or field == "error":
                told = told_of(data)
                raise server.refusal(told.status or 500, told)
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


def ask_json(
    server: Server,
    method: str,
    path: str,
    *,
    timeout_s: float,
    connect_timeout_s: float,
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> dict[str, Any]:
    """The JSON object that a server answers.

    Raises:
        ModelAddress: the address is none.
        ModelNonsense: what answers is something else.
        ModelError: as `Server.refusal` and `Server.absent` say.
    """
    server.check_address()
    timeout = httpx.Timeout(timeout_s, connect=min(connect_timeout_s, timeout_s))
    client = checked(
        lambda: httpx.Client(timeout=timeout, trust_env=not server.near, verify=certificates()),
        engine=server.engine,
        url=server.url,
    )
    try:
        with client, client.stream(method, f"{server.url}{path}", json=body, headers=dict(headers or {})) as reply:
            text = _limited(reply, server)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise ModelAddress(engine=server.engine, url=server.url) from error
    except httpx.RequestError as error:
        raise unreached(error, server.absent(), engine=server.engine, url=server.url, near=server.near) from error
    if reply.status_code != 200:
        raise server.refusal(reply.status_code, told_of(text, reply.headers.get("Retry-After", "")))
    value = container(text)
    if not isinstance(value, dict):
        raise ModelNonsense(engine=server.engine, url=server.url)
    return value


def once_loaded(ask: Callable[[], T], limit_s: float) -> T:
    """What a server answers that may still be loading: it is asked again for `limit_s` seconds. Raises ModelLoading after that."""
    until = time.monotonic() + limit_s
    while True:
        try:
            return ask()
        except ModelLoading:
            if time.monotonic() >= until:
                raise
            time.sleep(_LOADING_POLL_S)


def _limited(reply: httpx.Response, server: Server) -> str:
    """The body of a reply as text. Raises ModelNonsense."""
    body = bytearray()
    for part in reply.iter_bytes():
        body += part
        if len(body) > _LONGEST_REPLY:
            raise ModelNonsense(engine=server.engine, url=server.url)
    return body.decode("utf-8", "replace")


@functools.cache
def certificates() -> ssl.SSLContext:
    """The certificates that httpx would load anew for every client, which takes longer than a local server's first word."""
    return httpx.create_ssl_context()


async def _lines(reply: httpx.Response, server: Server) -> AsyncGenerator[str, None]:
    """Lines by newline only: httpx's own also end at U+0085 and U+2028, which may stand inside a JSON string.

    Raises:
        ModelInterrupted: a line without end.
    """
    held: list[bytes] = []
    length = 0
    async for part in reply.aiter_bytes():
        *whole, rest = part.split(b"\n")
        for line in whole:
            full = b"".join([*held, line])
            held, length = [], 0
            if full.strip():
                yield full.decode("utf-8", "replace")
        held.append(rest)
        length += len(rest)
        if length > _LONGEST_LINE:
            raise ModelInterrupted(name=server.name, detail=ModelFault.GARBLED(engine=server.engine))
    if last := b"".join(held).strip():
        yield last.decode("utf-8", "replace")


async def _bounded(reply: httpx.Response, server: Server) -> AsyncIterator[bytes]:
    """The bytes of a refusal. Raises ModelNonsense."""
    length = 0
    async for part in reply.aiter_bytes():
        length += len(part)
        if length > _LONGEST_REPLY:
            raise ModelNonsense(engine=server.engine, url=server.url)
        yield part
