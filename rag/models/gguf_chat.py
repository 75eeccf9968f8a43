"""Any GGUF file as a model, in llama.cpp inside this process: how a fine-tuned Gemma is used at home.

The chat template is the file's own, one that is given, or Gemma 3's for a Gemma 3 without one (llama.cpp would take another family's).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from urllib.parse import parse_qs

from core.errors import FileFault, ModelError, ModelFileDamaged, ModelFileMissing, Remedy, UnknownModelName
from core.settings import Settings
from core.types import LOCAL, Message
from rag.models import hub
from rag.models.base import GenerationOptions, ModelInfo
from rag.models.gguf import GgufHead, NotGgufError, read_head
from rag.models.llama_engine import EngineFile, LlamaEngine
from rag.models.streaming import Piece, StreamedModel, completion_pieces, text_messages

ENGINE = "llama.cpp"
_FORM = "llamacpp:FILE.gguf[?lora=FILE][&template=FILE]"
# The turns of Gemma 3, which has no system turn: such a message goes before the first question.
_GEMMA3_TEMPLATE = (
    "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}{% if m['role'] == 'system' %}"
    "{% set ns.system = m['content'] + '\n\n' %}{% else %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else 'user' }}\n"
    "{% if m['role'] == 'user' %}{{ ns.system }}{% set ns.system = '' %}{% endif %}{{ m['content'] | trim }}<end_of_turn>\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


class GgufModel(StreamedModel):
    """A `LlamaEngine` that is given messages, around which llama.cpp puts the chat template."""

    def __init__(self, engine: LlamaEngine, info: ModelInfo, settings: Settings) -> None:
        super().__init__(info, settings)
        self._engine = engine

    async def pieces(self, messages: Sequence[Message], options: GenerationOptions) -> AsyncGenerator[Piece, None]:
        """See `StreamedModel`."""
        request = {
            "messages": text_messages(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": True,
            "chat_template_kwargs": {"enable_thinking": options.think and self._info.thinks},
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
            **({"stop": list(options.stop)} if options.stop else {}),
        }
        async with contextlib.aclosing(
            self._engine.stream(request, chat=True, window=min(options.window, self._info.window))
        ) as events:
            async for event in events:
                for piece in completion_pieces(event):
                    yield piece

    def count_tokens(self, text: str) -> int:
        """See `AnswerModel`."""
        return self._engine.count_tokens(text)

    def close(self) -> None:
        """See `AnswerModel`."""
        self._engine.close()


def open_gguf(rest: str, settings: Settings) -> GgufModel:
    """Load `FILE[?lora=FILE][&template=FILE]`; `lora` may come more than once, `template` is a file in Jinja.

    For FILE there may stand `hf:OWNER/REPO[:WISH]`: a file of the Hugging Face hub, fetched if it is not there yet (rag/models/hub.py).

    Raises:
        UnknownModelName: an option that there is none of.
        ModelError: it cannot be fetched, as `rag.models.hub.fetch` says.
        ModelFileMissing, ModelFileDamaged, ModelMemory: it cannot be loaded.
    """
    file, _, query = rest.partition("?")
    options = parse_qs(query, keep_blank_values=True)
    if set(options) - {"lora", "template"}:
        raise UnknownModelName(name=f"llamacpp:{rest}", known=_FORM)
    path = hub.obtain(hub.wanted(file), settings) if file.startswith(hub.PREFIX) else _existing(file)
    head = _head(path)
    if head.adapter:
        remedy = Remedy.WITH_MODEL(form=_FORM)
        raise ModelFileDamaged(path=path, detail=FileFault.ADAPTER(), remedy=remedy)
    adapters = tuple(_existing(adapter) for adapter in options.get("lora", []))
    given = "".join(_existing(template).read_text("utf-8") for template in options.get("template", [])[:1])
    template = given or _default_template(head)
    name = f"llamacpp:{rest}"
    info = _info(name, head, path, settings, thinks="enable_thinking" in (template or head.template))
    engine = LlamaEngine(
        EngineFile(path.name, path, adapters, template), settings, window=min(info.window, settings.context_tokens)
    )
    return GgufModel(engine, info, settings)


def listed(settings: Settings) -> list[ModelInfo]:
    """Model files that a person has put into the directory of models, and those fetched from the hub.

    Adapters, damaged files and our own are not among them.
    """
    from rag.models.llama_cpp import EMBEDDED_FILES

    names = {f"llamacpp:{path}": path for path in sorted(settings.models.glob("*.gguf")) if path.name not in EMBEDDED_FILES}
    names |= {f"llamacpp:{name}": path for name, path in hub.fetched(settings)}
    found = []
    for name, path in names.items():
        try:
            head = _head(path)
        except ModelError:
            continue
        if not head.adapter and head.window:
            found.append(_info(name, head, path, settings, thinks=head.thinks))
    return found


def _info(name: str, head: GgufHead, path: Path, settings: Settings, *, thinks: bool) -> ModelInfo:
    return ModelInfo(
        name, ENGINE, LOCAL, head.window or settings.context_tokens, thinks=thinks, size=path.stat().st_size, window_on_demand=True
    )


def _default_template(head: GgufHead) -> str:
    return _GEMMA3_TEMPLATE if not head.template and head.architecture == "gemma3" else ""


def _existing(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise ModelFileMissing(path=path, remedy=Remedy.CHECK_PATH(form=_FORM))
    return path


def _head(path: Path) -> GgufHead:
    try:
        return read_head(path)
    except (NotGgufError, OSError) as error:
        detail = error.fault if isinstance(error, NotGgufError) else error.strerror or str(error)
        raise ModelFileDamaged(path=path, detail=detail, remedy=Remedy.GET_AGAIN()) from error
