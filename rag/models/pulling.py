"""Getting a model, with progress: into Ollama, which does the downloading itself, or a GGUF file from the Hugging Face hub.

What arrived is kept; asked again, it goes on from there.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.background import SilenceError, run
from core.errors import (
    DownloadFailed,
    DownloadFault,
    DownloadInterrupted,
    ModelError,
    ModelFault,
    ModelInterrupted,
    ModelNotPublished,
    UnknownModelName,
)
from core.settings import Settings, ollama_headers
from rag.models.ollama_server import ENGINE
from rag.models.refusals import Server, Told, told_of
from rag.models.wire import parsed, post_lines

# The server says nothing while it checks a layer it has received; reading 60 GB from a hard disk takes 10 minutes.
SILENCE_S = 600.0
# How Ollama words that its registry has no such model, or could not have one of that name.
_NOT_PUBLISHED = re.compile(r"file does not exist|manifest unknown|invalid model name|model .* not found", re.IGNORECASE)
_PREFIX = "ollama:"


@dataclass(frozen=True, slots=True)
class Pulling:
    """How far a download is: `status` as the server words it, bytes `done` and in `total` over all layers that it has named.

    `total` is 0 while unknown and grows when a further layer begins; neither ever falls.
    """

    name: str
    status: str
    done: int
    total: int


class _Registry(Server):
    """Ollama as the one that downloads: what it refuses is told as a download that came to nothing."""

    __slots__ = ()

    def refusal(self, status: int, told: Told) -> ModelError:
        """See `Server`."""
        if _NOT_PUBLISHED.search(told.detail):
            return ModelNotPublished(name=self.name, where="https://ollama.com/search")
        return DownloadFailed(name=self.name, detail=" ".join(told.detail.split()).rstrip(".") or f"status {status}")


def pull(
    name: str, settings: Settings, *, cancelled: Callable[[], bool] = lambda: False, silence_s: float = SILENCE_S
) -> Iterator[Pulling]:
    """Get a model: `gemma4:e2b` or `ollama:gemma4:e2b` by Ollama, `llamacpp:hf:OWNER/REPO...` by ourselves (rag/models/hub.py).

    It can be opened once the iterator has ended.

    Ends early, and quietly, once `cancelled` says so. That, and closing the iterator, makes the server stop.

    Raises:
        UnknownModelName: the name is empty, or not as the hub has them.
        ModelUnavailable, ModelUnreachable: no server answers.
        ModelNotPublished: Ollama's registry has no such model.
        DownloadFailed: the server says what is wrong, as a full disk.
        DownloadInterrupted: the stream ended without its last line, or said nothing for `silence_s` seconds.
        ModelError: what `rag.models.hub.fetch` raises.
    """
    from rag.models import hub  # which tells its progress as we do

    bare = name.strip().removeprefix(_PREFIX)
    want = hub.named(bare)
    if want is not None:
        yield from hub.get(want, settings, cancelled=cancelled)
        return
    if not bare:
        raise UnknownModelName(name=name, known="ollama:NAME, llamacpp:hf:OWNER/REPO")
    server = _Registry(ENGINE, settings.ollama_url, bare, start="ollama serve")

    async def lines() -> AsyncIterator[dict[str, Any]]:
        body = {"model": bare, "stream": True}
        async with contextlib.aclosing(
            post_lines(server, "/api/pull", body, headers=ollama_headers(settings), connect_timeout_s=settings.connect_timeout_s)
        ) as received:
            async for line in received:
                yield parsed(server, line)

    layers, status = _Layers(), ""
    try:
        for event in run(lambda stop: lines(), first_s=silence_s, between_s=silence_s, cancelled=cancelled):
            if "error" in event:
                raise server.refusal(500, told_of(json.dumps(event)))
            status = str(event.get("status", ""))
            done, total = layers.take(event)
            yield Pulling(bare, status, done, total)
    except SilenceError as silence:
        raise DownloadInterrupted(name=bare, detail=DownloadFault.SILENT(server=ENGINE, seconds=silence.limit_s)) from None
    except ModelInterrupted as error:
        raise DownloadInterrupted(name=bare, detail=error.fields["detail"]) from error
    if status != "success" and not cancelled():
        raise DownloadInterrupted(name=bare, detail=ModelFault.STREAM_CUT())


class _Layers:
    """Bytes of every layer, by digest. A layer that the server begins anew keeps its best mark, so that no bar runs backwards."""

    def __init__(self) -> None:
        self._bytes: dict[str, tuple[int, int]] = {}

    def take(self, event: dict[str, Any]) -> tuple[int, int]:
        """Bytes done and in total over all layers, after this line of the stream."""
        if digest := str(event.get("digest") or ""):
            done, total = self._bytes.get(digest, (0, 0))
            total = max(total, int(event.get("total") or 0))
            self._bytes[digest] = min(total, max(done, int(event.get("completed") or 0))), total
        return sum(done for done, _ in self._bytes.values()), sum(total for _, total in self._bytes.values())
