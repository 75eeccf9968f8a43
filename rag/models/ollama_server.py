"""What an Ollama server is asked beside chatting: which models it has, what each can do, and where each runs.

The wire is read here and not by the official client (0.6.3), which drops `remote_host`, `remote_model` and `capabilities`: the first two
decide whether a question leaves this machine. Shapes: github.com/ollama/ollama, api/types.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psutil

from core.addresses import location_of
from core.errors import ModelCannotAnswer, ModelError, ModelGone, ModelMissing, ModelNonsense
from core.settings import Settings, ollama_headers
from core.types import Location
from rag.models.base import ModelInfo
from rag.models.refusals import Server, number_in
from rag.models.wire import ask_json

ENGINE = "Ollama"
KEY_SETTING = "OLLAMA_API_KEY"
# A server on this machine answers at once or is not there; the list must not hold up the page.
_LIST_TIMEOUT_S = 2.0
# Weights beyond this share of the machine's memory leave no room for context and the rest.
_MEMORY_SHARE = 0.7
# Who answers for a model of the cloud's whose host is not told.
_CLOUD = "ollama.com"
_GEMMA = re.compile(r"^(?:.*/)?gemma(\d)(n?)[:-]?", re.IGNORECASE)
# Families that Ollama's own library (ollama.com/library) has under names of one word.
_LIBRARY = re.compile(
    r"(?:embedding|function|data|shield|code|med|translate)?gemma|llama|codellama|qwen|qwq|mistral|ministral|mixtral|magistral|devstral|"
    r"phi|deepseek|gpt-oss|granite|command-|aya|smollm|olmo|yi|falcon|starcoder|solar|glm|exaone|cogito|nemotron|llava|minicpm|"
    r"nomic-embed|mxbai-embed|bge-|all-minilm|snowflake-arctic|embeddinggemma|kimi|minimax",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OllamaServer(Server):
    """An Ollama server and one of its models, for errors. The model may be one that nobody offers for download."""

    def missing(self) -> ModelError:
        """See `Server`. A name with a namespace, or of a family that the library has, can be had there; another is somebody's own."""
        if "/" in self.name or _LIBRARY.match(self.name):
            return ModelMissing(name=self.name, command=f"ollama pull {self.name}")
        return ModelGone(name=self.name, engine=self.engine)


@dataclass(frozen=True, slots=True)
class Installed:
    """A model as the server lists it.

    `size` is bytes, `recipient` who is sent what it is asked ("": it runs at the server), `abilities` what it can do (None: the list does
    not tell, as before 0.30), `window` its trained context in tokens (0: not told).
    """

    name: str
    size: int
    recipient: str
    abilities: frozenset[str] | None
    window: int

    @property
    def answers(self) -> bool:
        """Whether it may be one that answers in text; where the list does not tell, the description will."""
        return self.abilities is None or "completion" in self.abilities


def server_of(name: str, settings: Settings, window: int = 0) -> OllamaServer:
    """The server and one of its models, for errors."""
    url = settings.ollama_url.rstrip("/")
    keyed = bool(ollama_headers(settings))
    key_setting = KEY_SETTING if is_cloud_address(url) else ""
    return OllamaServer(ENGINE, url, name, window, start="ollama serve", key_setting=key_setting, has_key=keyed)


def is_cloud_address(url: str) -> bool:
    """Whether an address is Ollama's own cloud."""
    try:
        return urlsplit(url).hostname == _CLOUD
    except ValueError:
        return False


def describe(name: str, settings: Settings, *, timeout_s: float = _LIST_TIMEOUT_S) -> ModelInfo:
    """What the server says of a model. Raises ModelCannotAnswer, ModelError."""
    return _info(name, settings, show(name, settings, timeout_s=timeout_s))


def show(name: str, settings: Settings, *, timeout_s: float = _LIST_TIMEOUT_S) -> dict[str, Any]:
    """The answer of /api/show. Raises ModelError."""
    return _ask("POST", "/api/show", settings, timeout_s, name)


def _info(name: str, settings: Settings, shown: dict[str, Any]) -> ModelInfo:
    facts = _object(shown.get("model_info"))
    window = number_in(facts, f"{facts.get('general.architecture')}.context_length")
    location = location_in(settings, name, shown)
    told = _abilities(shown)
    # One that runs elsewhere is described without abilities, and answers; servers before 0.6.4 describe none with abilities.
    able = "completion" in told if told is not None else "embed" not in name
    if not able and not location.remote:
        raise ModelCannotAnswer(name=name)
    return _made(name, settings, location, told or frozenset(), window)


def _made(name: str, settings: Settings, location: Location, able: frozenset[str], window: int, size: int = 0) -> ModelInfo:
    return ModelInfo(
        f"ollama:{name}",
        ENGINE,
        location,
        window or settings.context_tokens,
        thinks="thinking" in able,
        sees="vision" in able,
        size=size,
        window_on_demand=True,
        server=settings.ollama_url,
    )


def location_in(settings: Settings, name: str, said: dict[str, Any] | None = None) -> Location:
    """Where a model of the server's runs: one that runs elsewhere is only handed on by a server that is near.

    `said` is what the server says of the model, in /api/tags or /api/show.
    """
    recipient = recipient_of(name, said or {})
    return Location(recipient) if recipient else location_of(settings.ollama_url)


def recipient_of(name: str, said: dict[str, Any]) -> str:
    """Whom the server hands a question on to, "" where the model runs at the server itself.

    A model under any name may be one of another server's: `remote_host` and `remote_model` say so. A name of the cloud's own is one also
    where the server does not list it.
    """
    if said.get("remote_host") or said.get("remote_model"):
        host = str(said.get("remote_host") or "")
        try:
            return urlsplit(host if "//" in host else f"//{host}").hostname or _CLOUD
        except ValueError:
            return host
    return _CLOUD if name.strip().casefold().endswith(("-cloud", ":cloud")) else ""


def check(settings: Settings) -> None:
    """Raises ModelError: no server is there, or what is there is none."""
    _tags(settings)


def answers(settings: Settings) -> bool:
    """Whether a server is there."""
    try:
        check(settings)
    except ModelError:
        return False
    return True


def installed(settings: Settings) -> list[Installed]:
    """The models that may answer, best first; empty where no server is.

    Gemma leads, newer before older, the largest that fits into this machine's memory first. Those that run elsewhere, as in Ollama's
    cloud, come last.
    """
    try:
        models = _tags(settings)
    except ModelError:
        return []
    memory = psutil.virtual_memory().total * _MEMORY_SHARE

    def order(model: Installed) -> tuple[bool, int, bool, int, str]:
        gemma = _GEMMA.match(model.name)
        generation = int(gemma[1]) if gemma else 0
        fits = model.size <= memory
        return (bool(model.recipient), -generation, not fits, -model.size if fits else model.size, model.name)

    return sorted((model for model in models if model.answers), key=order)


def answerers(settings: Settings) -> Iterator[ModelInfo]:
    """The models that answer, best first. The server describes only those of which its list tells too little."""
    for model in installed(settings):
        if model.abilities is not None and model.window:
            location = Location(model.recipient) if model.recipient else location_of(settings.ollama_url)
            yield _made(model.name, settings, location, model.abilities, model.window, model.size)
            continue
        try:
            shown = show(model.name, settings)
            info = _info(model.name, settings, shown)
        except ModelError:
            continue  # removed or broken since it was listed, or none that answers: it cannot be offered
        location = info.location if info.location.remote or not model.recipient else Location(model.recipient)
        yield _made(model.name, settings, location, _abilities(shown) or frozenset(), info.window, model.size)


def is_default(info: ModelInfo) -> bool:
    """Whether a model may be asked without having been chosen: a Gemma that runs here."""
    return _GEMMA.match(info.name.removeprefix("ollama:")) is not None and not info.location.remote


def default(settings: Settings) -> str:
    """The model to ask where none was chosen, "" where there is none that may be: the best, where it is a Gemma that runs here.

    The list alone decides too little: what /api/show says of the model counts as well.
    """
    best = next(answerers(settings), None)
    if best is None or not is_default(best):
        return ""
    name = best.name.removeprefix("ollama:")
    try:
        return name if is_default(describe(name, settings)) else ""
    except ModelError:
        return ""


def loaded_window(name: str, settings: Settings) -> int:
    """Tokens of the window that the server holds the model loaded with, 0 where it holds none.

    /api/ps tells it (github.com/ollama/ollama, api/types.go, ProcessModelResponse).
    """
    try:
        listed = _ask("GET", "/api/ps", settings, _LIST_TIMEOUT_S).get("models")
    except ModelError:
        return 0  # a server that is gone says so when it is asked for the answer
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    mine = {name, f"{name}:latest"}
    return next((number_in(entry, "context_length") for entry in entries if mine & {entry.get("name"), entry.get("model")}), 0)


def _tags(settings: Settings) -> list[Installed]:
    reply = _ask("GET", "/api/tags", settings, _LIST_TIMEOUT_S)
    listed = reply.get("models")
    if not isinstance(listed, list):
        raise ModelNonsense(engine=ENGINE, url=settings.ollama_url)
    found = []
    for entry in (entry for entry in listed if isinstance(entry, dict)):
        name = entry.get("model") or entry.get("name")
        if isinstance(name, str) and name:
            window = number_in(_object(entry.get("details")), "context_length")
            found.append(Installed(name, number_in(entry, "size"), recipient_of(name, entry), _abilities(entry), window))
    return found


def _abilities(said: dict[str, Any]) -> frozenset[str] | None:
    told = said.get("capabilities")
    return frozenset(str(ability) for ability in told) if isinstance(told, list) else None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _ask(method: str, path: str, settings: Settings, timeout_s: float, name: str = "") -> dict[str, Any]:
    """The JSON object that the server answers. Raises ModelError."""
    return ask_json(
        server_of(name, settings),
        method,
        path,
        timeout_s=timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        headers=ollama_headers(settings),
        body={"model": name} if name else None,
    )
