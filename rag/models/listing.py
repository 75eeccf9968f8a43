"""Models by name: what can be opened here, which is best, and how to open it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from core.settings import Settings
from core.types import LOCAL, Engine, ModelName
from rag.models.base import AnswerModel, ModelInfo

# The command that gets a real Gemma on a machine that has Ollama but no model; the smallest of the current family.
GET_GEMMA = "ollama pull gemma4:e2b"

_log = logging.getLogger(__name__)


def list_models(settings: Settings) -> list[ModelInfo]:
    """Everything that can be opened here, the default first, remote models last. Never raises for an engine that is absent.

    Nobody outside this machine and its network is asked, not even for a list, but where a setting of Kaedama's own names them
    (KAEDAMA_GEMINI_KEY, KAEDAMA_OPENAI_URL).
    """
    from rag.models import gemini, gguf_chat, llama_cpp, ollama_server, openai_compatible

    found = list(ollama_server.answerers(settings))
    gemma_first = bool(found) and ollama_server.is_default(found[0])
    embedded = llama_cpp.embedded_info()
    own = [info for info in found if not info.location.remote]
    first = [*own, embedded] if gemma_first else [embedded, *own]
    away = [info for info in found if info.location.remote]
    others = [*away, *gguf_chat.listed(settings), *openai_compatible.listed(settings), *gemini.listed(settings)]
    return [*first, *sorted(others, key=lambda info: info.location.remote)]


def supposed(name: ModelName, settings: Settings) -> ModelInfo:
    """What a name alone tells of a model that no engine lists at the moment: who would be asked, and where that is. Asks nobody."""
    from core.addresses import location_of
    from rag.models import gemini, gguf_chat, llama_cpp, ollama_server, openai_compatible

    window = settings.context_tokens
    if name.engine is Engine.EMBEDDED:
        return llama_cpp.embedded_info()
    if name.engine is Engine.GEMINI:
        return ModelInfo(str(name), gemini.ENGINE, gemini.LOCATION, window)
    if name.engine is Engine.OPENAI:
        url = name.rest.partition("#")[0]
        return ModelInfo(str(name), openai_compatible.ENGINE, location_of(url), window, server=url)
    if name.engine is Engine.OLLAMA:
        location = ollama_server.location_in(settings, name.rest)
        return ModelInfo(str(name), ollama_server.ENGINE, location, window, server=settings.ollama_url)
    return ModelInfo(str(name), gguf_chat.ENGINE, LOCAL, window)


def open_model(name: ModelName | None, settings: Settings) -> AnswerModel:
    """Open a model; None is the default: the best Gemma in Ollama, else the embedded one. Raises ModelError."""
    begun = time.monotonic()
    model = _open(name, settings)
    _log.info("model %s opened in %.3f s", model.describe().name, time.monotonic() - begun)
    return model


def _open(name: ModelName | None, settings: Settings) -> AnswerModel:
    from rag.models import gemini, gguf_chat, llama_cpp, ollama, ollama_server, openai_compatible

    if name is None:
        best = ollama_server.default(settings)
        name = ModelName(Engine.OLLAMA, best) if best else ModelName(Engine.EMBEDDED)
    if name.engine is Engine.EMBEDDED:
        return llama_cpp.open_embedded(settings)
    openers: dict[Engine, Callable[[str, Settings], AnswerModel]] = {
        Engine.OLLAMA: ollama.open_ollama,
        Engine.GEMINI: gemini.open_gemini,
        Engine.OPENAI: openai_compatible.open_openai,
        Engine.LLAMACPP: gguf_chat.open_gguf,
    }
    return openers[name.engine](name.rest, settings)
