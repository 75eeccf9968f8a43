"""One GGUF file loaded by llama.cpp in this process (xllamacpp): shared by all who ask, unloaded when nobody has for a while."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from core.errors import ContextOverflow, ModelFault, ModelFileDamaged, ModelMemory, ModelRefused, Remedy
from core.sentences import Phrase
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class EngineFile:
    """What is loaded: a model's name, its file, LoRA adapters, a chat template ("": the file's own), and what helps if it is damaged."""

    name: str
    path: Path
    adapters: tuple[Path, ...] = ()
    template: str = ""
    remedy: Phrase = field(default_factory=Remedy.GET_AGAIN)


class LlamaEngine:
    """Loads at once, so that a damaged file is told at once; then again whenever it is asked after it was unloaded.

    Raises:
        ModelFileDamaged, ModelMemory: the file cannot be loaded.
    """

    def __init__(self, file: EngineFile, settings: Settings, *, window: int) -> None:
        self.file = file
        self._settings = settings
        self._key = secrets.token_hex(16)
        self._client = httpx.Client(headers={"Authorization": f"Bearer {self._key}"}, trust_env=False)
        self._changed = threading.Condition()
        self._server: Any = None
        self._window = window
        self._users = 0
        self._idle: threading.Timer | None = None
        with self._using(window):
            pass

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory now."""
        return self._server is not None

    def count_tokens(self, text: str) -> int:
        """Tokens of a text by the model's own tokenizer."""
        with self._using(self._window) as server:
            reply = self._client.post(f"{server.listening_address}/tokenize", json={"content": text})
        reply.raise_for_status()
        return len(reply.json()["tokens"])

    async def stream(self, request: dict[str, Any], *, chat: bool, window: int) -> AsyncGenerator[dict[str, Any], None]:
        """Chunks of a reply as llama.cpp gives them; leaving the iterator stops the generation at the next token.

        Raises:
            ContextOverflow, ModelRefused: llama.cpp says so.
            ModelFileDamaged, ModelMemory: the file could not be loaded again.
        """
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[dict[str, Any] | BaseException | None] = asyncio.Queue()
        stopped = threading.Event()

        def put(item: dict[str, Any] | BaseException | None) -> None:
            with contextlib.suppress(RuntimeError):  # the caller's loop is gone: nobody waits any more
                loop.call_soon_threadsafe(chunks.put_nowait, item)

        def take(chunk: dict[str, Any]) -> bool:
            put(chunk)
            return stopped.is_set()

        def run() -> None:
            try:
                with self._using(window) as server:
                    if not stopped.is_set():
                        (server.handle_chat_completions if chat else server.handle_completions)(request, take)
                put(None)
            except (RuntimeError, ValueError) as error:
                put(ModelRefused(name=self.file.name, detail=str(error)))
            except (ModelFileDamaged, ModelMemory) as error:
                put(error)

        threading.Thread(target=run, name="llama-cpp", daemon=True).start()
        try:
            while (chunk := await chunks.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                yield self._checked(chunk)
        finally:
            stopped.set()

    def close(self) -> None:
        """Unload for good, as soon as the last answer has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._users == 0, timeout=2)
            if self._idle is not None:
                self._idle.cancel()
            self._server = None
        self._client.close()

    def _checked(self, chunk: dict[str, Any]) -> dict[str, Any]:
        if "error" not in chunk:
            return chunk
        error = chunk["error"]
        if error.get("type") == "exceed_context_size_error":
            raise ContextOverflow(needed=error["n_prompt_tokens"], name=self.file.name, window=error["n_ctx"])
        raise ModelRefused(name=self.file.name, detail=str(error.get("message", error)))

    @contextlib.contextmanager
    def _using(self, window: int) -> Iterator[Any]:
        """The loaded server, kept loaded meanwhile. A larger window than the loaded one waits for the others and loads anew."""
        with self._changed:
            if self._server is not None and window > self._window:
                self._changed.wait_for(lambda: self._users == 0)
                self._server = None
            self._window = max(window, self._window)
            if self._server is None:
                self._server = self._load()
            self._users += 1
            server = self._server
        try:
            yield server
        finally:
            del server
            with self._changed:
                self._users -= 1
                self._changed.notify_all()
                self._rest()

    def _rest(self) -> None:
        """Begin to count the time until the memory is given back. The lock is held."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = threading.Timer(self._settings.unload_after_s, self._unload_if_idle)
        self._idle.daemon = True
        self._idle.start()

    def _unload_if_idle(self) -> None:
        with self._changed:
            if self._users == 0:
                self._server = None

    def _load(self) -> Any:
        import xllamacpp

        size = self.file.path.stat().st_size
        threads = self._settings.effective_threads
        params = xllamacpp.CommonParams()
        params.model.path = str(self.file.path)
        params.n_ctx = self._window
        params.n_parallel = 1
        params.cache_ram_mib = self._settings.prompt_cache_mb  # llama.cpp's own bound is 8,192: it grew with every question
        params.verbosity = -1
        params.ui = False
        params.offline = True
        params.api_keys = [self._key]  # the engine listens on 127.0.0.1; nobody else on this machine shall use it
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        if self.file.template:
            params.chat_template = self.file.template
        params.lora_adapters = [_adapter(path) for path in self.file.adapters]
        try:
            server = xllamacpp.Server(params)
            # A server that is let go before its loop has begun hangs for ever, holding the interpreter (seen with 2026.10.11549);
            # one token makes sure that it has.
            server.handle_completions({"prompt": "a", "max_tokens": 1})
            return server
        except RuntimeError as error:
            # llama.cpp gives the same reason for everything; a file larger than what is free points to the memory.
            free = psutil.virtual_memory().available
            if size > free:
                told = ModelFault.MEMORY(needed_gb=size / 1e9, free_gb=free / 1e9)
                raise ModelMemory(name=self.file.name, detail=told) from error
            detail = str(error).rstrip(".")
            raise ModelFileDamaged(path=self.file.path, detail=detail, remedy=self.file.remedy) from error


def _adapter(path: Path) -> Any:
    import xllamacpp

    lora = xllamacpp.CommonAdapterLoraInfo()
    lora.path = str(path)
    lora.scale = 1.0
    return lora
