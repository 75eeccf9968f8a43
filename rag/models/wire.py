"""What all engines over HTTP share: one streamed POST, its lines, and every way in which it fails as an error of ours.

`REFUSALS` is the one table from a server's refusal to our error; the rest of the failures are in `post_lines`.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from core.errors import (
    ContextOverflow,
    ModelAddress,
    ModelBusy,
    ModelCannotAnswer,
    ModelCannotSee,
    ModelCannotThink,
    ModelError,
    ModelFault,
    ModelInterrupted,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelLoading,
    ModelMemory,
    ModelMissing,
    ModelNonsense,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelSignIn,
    ModelUnavailable,
    ModelUnreachable,
)
from core.types import LOCAL, Location

# How long to wait where a server names no delay: most quotas are counted by the minute.
QUOTA_DELAY_S = 60.0
_LONGEST_DETAIL = 300
# How often a server that is loading is asked again, in seconds.
_LOADING_POLL_S = 0.5
T = TypeVar("T")
# How often one server's refusal may be wrapped into another's.
_MOST_WRAPPINGS = 12
# Bytes beyond which a line of a stream, or a whole reply, is none that a model's server sends: events have kilobytes, descriptions a few MB.
_LONGEST_LINE = 4 << 20
_LONGEST_REPLY = 64 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """What a server says of its refusal. 0, "" and None: it does not say.

    `delay_s` is when to come back, in seconds; `kind` the refusal's own code; `status` the HTTP status that it names inside its body.
    `needed` and `window` are the tokens of a prompt and of the window that does not hold it; `sign_in` is the page where one signs in.
    """

    detail: str
    delay_s: float | None = None
    kind: str = ""
    status: int = 0
    needed: int = 0
    window: int = 0
    sign_in: str = ""


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
    def near(self) -> bool:
        """Whether it runs on this machine or in its own network."""
        return is_home(self.url)

    def absent(self) -> ModelError:
        """The error for a server that does not answer, with what helps."""
        if self.start:
            return ModelUnavailable(engine=self.engine, url=self.url, start=self.start)
        return ModelUnreachable(engine=self.engine, url=self.url)

    def check_address(self) -> None:
        """Raises ModelAddress: the address has no scheme, host or port that can be asked."""
        try:
            parts = urlsplit(self.url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ModelAddress(engine=self.engine, url=self.url)

    def missing(self) -> ModelError:
        """The error for a model that the server does not have."""
        if self.get:
            return ModelMissing(name=self.name, command=self.get)
        return ModelNotServed(engine=self.engine, url=self.url, name=self.name)

    def refusal(self, status: int, told: Told) -> ModelError:
        """The error of ours for a refusal of the server's."""
        said = " ".join(told.detail.split()).rstrip(".")[:_LONGEST_DETAIL] or f"status {status}"
        for statuses, words, make in REFUSALS:
            if (not statuses or status in statuses) and words.search(f"{said} {told.kind}"):
                return make(self, replace(told, detail=said))
        return ModelRefused(name=self.name, detail=said)


def _overflow(server: Server, told: Told) -> ModelError:
    if told.needed and told.window:
        return ContextOverflow(needed=told.needed, name=server.name, window=told.window)
    # Where both numbers are told, the larger is what was needed.
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]{2,}", told.detail)]
    needed, window = (max(numbers), min(numbers)) if len(numbers) >= 2 else (server.window + 1, server.window)
    return ContextOverflow(needed=needed, name=server.name, window=window)


def _key(server: Server, told: Told) -> ModelError:
    if told.sign_in:
        return ModelSignIn(engine=server.engine, name=server.name, url=told.sign_in)
    if not server.key_setting:
        return ModelRefused(name=server.name, detail=told.detail)
    if not server.has_key:
        return ModelKeyMissing(engine=server.engine, setting=server.key_setting)
    return ModelKeyRejected(engine=server.engine, detail=told.detail, setting=server.key_setting)


def _quota(server: Server, told: Told) -> ModelError:
    return ModelQuota(name=server.name, delay_s=QUOTA_DELAY_S if told.delay_s is None else told.delay_s)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# (statuses, words of the refusal, our error); the first row that fits. No statuses: any.
REFUSALS: Sequence[tuple[frozenset[int], re.Pattern[str], Callable[[Server, Told], ModelError]]] = (
    (
        frozenset({400, 422}),
        _words(r"not support thinking|thinking.*not (supported|enabled)|thinking_?(config|level|budget)|chat_template_kwargs"),
        lambda server, told: ModelCannotThink(name=server.name),
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
    (frozenset({404}), _words(""), lambda server, told: server.missing()),
    (frozenset({429}), _words(""), _quota),
    (
        frozenset(),
        _words(r"requires .* available|out of memory|(unable|failed) to allocate|insufficient memory"),
        lambda server, told: ModelMemory(name=server.name, detail=told.detail),
    ),
    (
        frozenset({400}),
        _words(r"does not support (chat|generate)"),
        lambda server, told: ModelCannotAnswer(name=server.name),
    ),
    (
        frozenset({400, 500}),
        _words(r"not support multimodal|missing data required for image"),
        lambda server, told: ModelCannotSee(name=server.name),
    ),
    (
        frozenset({503}),
        _words(r"loading model|model.*(is )?loading"),
        lambda server, told: ModelLoading(name=server.name),
    ),
    (
        frozenset({502, 503, 504, 529}),
        _words(""),
        lambda server, told: ModelBusy(name=server.name, detail=told.detail),
    ),
)


async def post_lines(
    server: Server, path: str, body: dict[str, Any], *, headers: dict[str, str], connect_timeout_s: float
) -> AsyncIterator[str]:
    """The lines of a streamed reply, without the empty ones. Silence is timed by the caller; only connecting is timed here.

    Raises:
        ModelError: as `Server.refusal` and `Server.absent` say; ModelInterrupted where the connection breaks after the first line.
    """
    server.check_address()
    begun = False
    # Proxies are for the outside; a server at home is reached directly.
    client = httpx.AsyncClient(
        timeout=httpx.Timeout(None, connect=connect_timeout_s), trust_env=not server.near, verify=certificates()
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


def told_of(text: str, retry_after: str = "") -> Told:
    """What the body of a refusal says; `retry_after` is the header of that name.

    A server in front of another wraps that one's refusal into its own, as text of text: all wrappings come off.
    """
    delay_s = float(retry_after) if re.fullmatch(r"\d+(\.\d+)?", retry_after) else None
    value: object = text
    sign_in = ""
    for _ in range(_MOST_WRAPPINGS):
        if isinstance(value, str) and (inner := _container(value)) is not None:
            value = inner
        elif isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict) and "error" in value:
            sign_in = str(value.get("signin_url") or sign_in)
            value = value["error"]
        else:
            break
    if not isinstance(value, dict):
        return Told("" if value is None or isinstance(value, list) else str(value).strip(), delay_s, sign_in=sign_in)
    listed = value.get("details")
    told = [detail for detail in listed if isinstance(detail, dict)] if isinstance(listed, list) else []
    reasons = [str(detail["reason"]) for detail in told if detail.get("reason")]
    for detail in told:  # google.rpc.RetryInfo
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay", ""))):
            delay_s = float(match[1])
    words = [value.get("message"), value.get("detail")]
    said = next((word for word in words if isinstance(word, str) and word), "")
    return Told(
        f"{said} ({', '.join(reasons)})" if reasons else said,
        delay_s,
        kind=str(value.get("type") or value.get("status") or ""),
        status=number_in(value, "code"),
        needed=number_in(value, "n_prompt_tokens"),
        window=number_in(value, "n_ctx"),
        sign_in=sign_in,
    )


def _container(text: str) -> dict[str, Any] | list[Any] | None:
    """A text as the JSON object or list that it is, or None."""
    try:
        value = json.loads(text) if text.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def number_in(value: Mapping[str, Any], name: str) -> int:
    """A whole number of a JSON object, 0 where there is none of that name."""
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


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
    try:
        client = httpx.Client(timeout=timeout, trust_env=not server.near, verify=certificates())
        with client, client.stream(method, f"{server.url}{path}", json=body, headers=dict(headers or {})) as reply:
            text = _limited(reply, server)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise ModelAddress(engine=server.engine, url=server.url) from error
    except httpx.RequestError as error:
        raise server.absent() from error
    if reply.status_code != 200:
        raise server.refusal(reply.status_code, told_of(text, reply.headers.get("Retry-After", "")))
    value = _container(text)
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


def is_home(url: str) -> bool:
    """Whether a URL leads to this machine or its own network: loopback, private addresses, names without a dot, `.local`."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa"))


def location_of(url: str) -> Location:
    """Where a server is: here or in the network of this machine, or at the host that its address names."""
    if is_home(url):
        return LOCAL
    try:
        return Location(urlsplit(url).hostname or url)
    except ValueError:
        return Location(url)


@functools.cache
def certificates() -> ssl.SSLContext:
    """The certificates that httpx would load anew for every client, which takes longer than a local server's first word."""
    return httpx.create_ssl_context()


async def _lines(reply: httpx.Response, server: Server) -> AsyncIterator[str]:
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
