"""Models by name: what can be opened here, which is best, and how to open it."""

from __future__ import annotations

from dataclasses import replace

from core.errors import ModelError, UnknownModelName
from core.settings import Settings
from rag.models.base import AnswerModel, ModelInfo

# The command that gets a real Gemma on a machine that has Ollama but no model; the smallest of the current family.
GET_GEMMA = "ollama pull gemma4:e2b"
# Every kind of name, with an example.
NAMES = (
    "embedded",
    "ollama:NAME (ollama:gemma4:e2b)",
    "gemini:NAME (gemini:gemini-3.5-flash)",
    "openai:URL#NAME (openai:http://host:8000/v1#gemma)",
    "llamacpp:FILE (llamacpp:/models/gemma.gguf?lora=/models/adapter.gguf)",
    "llamacpp:hf:OWNER/REPO (llamacpp:hf:ggml-org/gemma-3-4b-it-GGUF:Q4_K_M)",
)


def list_models(settings: Settings) -> list[ModelInfo]:
    """Everything that can be opened here, the default first, remote models last. Never raises for an engine that is absent.

    Nobody outside this machine and its network is asked, not even for a list, but where a setting of Kaedama's own names them
    (KAEDAMA_GEMINI_KEY, KAEDAMA_OPENAI_URL).
    """
    from rag.models import gemini, gguf_chat, llama_cpp, ollama, openai_compatible

    found: list[ModelInfo] = []
    gemma_first = False
    for position, model in enumerate(ollama.installed(settings)):
        try:
            info = ollama.describe(model.name, settings)
        except ModelError:
            continue  # removed or broken since it was listed: it cannot be offered
        if model.recipient:  # the list and the description are both believed where they say that it leaves
            info = replace(info, where="remote", place=info.place or model.recipient)
        gemma_first |= position == 0 and ollama.is_default(model) and info.where == "home"
        found.append(replace(info, size=model.size))
    embedded = llama_cpp.embedded_info()
    own = [info for info in found if info.where == "home"]
    first = [*own, embedded] if gemma_first else [embedded, *own]
    away = [info for info in found if info.where == "remote"]
    others = [*away, *gguf_chat.listed(settings), *openai_compatible.listed(settings), *gemini.listed(settings)]
    return [*first, *sorted(others, key=lambda info: info.where == "remote")]


def supposed(name: str, settings: Settings) -> ModelInfo:
    """What a name alone tells of a model that no engine lists at the moment: who would be asked, and where that is. Asks nobody."""
    from rag.models import gemini, gguf_chat, llama_cpp, ollama, openai_compatible
    from rag.models.wire import whereabouts

    engine, _, rest = name.partition(":")
    if engine == "gemini":
        return ModelInfo(name, gemini.ENGINE, "remote", settings.context_tokens, place=gemini.PLACE)
    if engine == "openai":
        where, place = whereabouts(rest.partition("#")[0])
        return ModelInfo(name, openai_compatible.ENGINE, where, settings.context_tokens, place=place)
    if engine == "ollama":
        where, place = ollama.whereabouts_of(rest, settings)
        return ModelInfo(name, ollama.ENGINE, where, settings.context_tokens, place=place)
    return (
        llama_cpp.embedded_info() if name == llama_cpp.NAME else ModelInfo(name, gguf_chat.ENGINE, "home", settings.context_tokens)
    )


def open_model(name: str, settings: Settings) -> AnswerModel:
    """Open a model by name; "" is the default: the best Gemma in Ollama, else the embedded one.

    Raises:
        UnknownModelName: no engine understands the name.
        ModelError: the engine cannot open it.
    """
    from rag.models import gemini, gguf_chat, llama_cpp, ollama, openai_compatible

    if not name:
        best = ollama.default(settings)
        name = f"ollama:{best}" if best else llama_cpp.NAME
    if name == llama_cpp.NAME:
        return llama_cpp.open_embedded(settings)
    openers = {
        "ollama": ollama.open_ollama,
        "gemini": gemini.open_gemini,
        "openai": openai_compatible.open_openai,
        "llamacpp": gguf_chat.open_gguf,
    }
    engine, _, rest = name.partition(":")
    if engine not in openers or not rest:
        raise UnknownModelName(name=name, known=", ".join(NAMES))
    return openers[engine](rest, settings)
