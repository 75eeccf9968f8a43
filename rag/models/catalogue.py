"""Models by name: what can be opened here, which is best, and how to open it."""

from __future__ import annotations

from dataclasses import replace

from core.errors import ModelError, UnknownModelName
from core.settings import Settings
from rag.models.base import AnswerModel, ModelInfo

# The command that gets a real Gemma on a machine that has Ollama but no model; the smallest of the current family.
GET_GEMMA = "ollama pull gemma4:e2b"


def list_models(settings: Settings) -> list[ModelInfo]:
    """Everything that can be opened here, the default first. Never raises for an engine that is absent."""
    from rag.models import llama_cpp, ollama

    found: list[ModelInfo] = []
    gemma_first = False
    for position, (name, size) in enumerate(ollama.installed(settings)):
        try:
            info = ollama.describe(name, settings)
        except ModelError:
            continue  # removed or broken since it was listed: it cannot be offered
        gemma_first |= position == 0 and ollama.is_gemma(name)
        found.append(replace(info, size=size))
    embedded = llama_cpp.embedded_info()
    return [*found, embedded] if gemma_first else [embedded, *found]


def open_model(name: str, settings: Settings) -> AnswerModel:
    """Open a model by name; "" is the default: the best Gemma in Ollama, else the embedded one.

    Raises:
        UnknownModelName: no engine understands the name.
        ModelError: the engine cannot open it.
    """
    from rag.models import llama_cpp, ollama

    if not name:
        best = next(iter(ollama.installed(settings)), None)
        name = f"ollama:{best[0]}" if best and ollama.is_gemma(best[0]) else llama_cpp.NAME
    engine, _, rest = name.partition(":")
    if name == llama_cpp.NAME:
        return llama_cpp.open_embedded(settings)
    if engine == "ollama" and rest:
        return ollama.open_ollama(rest, settings)
    known = ", ".join(["embedded", "ollama:NAME (for example ollama:gemma4:e2b)"])
    raise UnknownModelName(name=name, known=known)
