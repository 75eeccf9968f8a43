"""Every way in which a server refuses, as an error of ours.

`REFUSALS` is the one table from a server's refusal to our error; the failures of a connection are in rag/models/wire.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from core.addresses import is_home
from core.errors import (
    ContextOverflow,
    ModelAddress,
    ModelBusy,
    ModelCannotAnswer,
    ModelCannotSee,
    ModelCannotThink,
    ModelError,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelLoading,
    ModelMemory,
    ModelMissing,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelSignIn,
    ModelUnavailable,
    ModelUnreachable,
)

# How long to wait where a server names no delay: most quotas are counted by the minute.
QUOTA_DELAY_S = 60.0
_LONGEST_DETAIL = 300
# How often one server's refusal may be wrapped into another's.
_MOST_WRAPPINGS = 12


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


def told_of(text: str, retry_after: str = "") -> Told:
    """What the body of a refusal says; `retry_after` is the header of that name.

    A server in front of another wraps that one's refusal into its own, as text of text: all wrappings come off.
    """
    delay_s = float(retry_after) if re.fullmatch(r"\d+(\.\d+)?", retry_after) else None
    value: object = text
    sign_in = ""
    for _ in range(_MOST_WRAPPINGS):
        if isinstance(value, str) and (inner := container(value)) is not None:
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


def container(text: str) -> dict[str, Any] | list[Any] | None:
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
