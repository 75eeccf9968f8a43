"""All settings, as one frozen value that is read from the environment once and handed down.

Only `app.py` and the `__main__` modules read the environment; everything else receives a `Settings`. A field's metadata holds its
unit, its help line and its range, from which the README's table is generated (`python -m rag doctor --settings`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.errors import InvalidSetting, SettingFault, Unit, UnknownSetting
from core.log import LEVELS
from core.sentences import Phrase

PREFIX = "KAEDAMA_"
# What Kubernetes and linked containers set for a service whose name begins like our variables (KAEDAMA_SERVICE_HOST,
# KAEDAMA_PORT_7860_TCP_ADDR, KAEDAMA_OLLAMA_SERVICE_PORT_HTTP, KAEDAMA_ENV_PATH) and, by their values, KAEDAMA_PORT and KAEDAMA_NAME:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_SERVICE_NAME = re.compile(
    rf"{PREFIX}(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR|START|END))?|ENV_\w+)"
)
_SERVICE_VALUE = {"PORT": re.compile(r"(?:tcp|udp|sctp)://"), "NAME": re.compile(r"/\w")}
PRECISIONS = ("auto", "bfloat16", "float32")
_LAST_PORT = 65_535
# Workers beside the embedder, which takes all cores itself: more of them only wait, and each may take its memory.
_MOST_WORKERS = 4
# Opened where nobody names a notebook.
DEFAULT_NOTEBOOK = "default"
ROOT = Path(__file__).resolve().parent.parent


def _setting(
    default: Any, unit: str, text: str, *, low: float | None = None, high: float | None = None, secret: bool = False
) -> Any:
    # A secret is left out of `repr`, so that no log or traceback shows it.
    return dataclasses.field(default=default, repr=not secret, metadata={"unit": unit, "help": text, "low": low, "high": high})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set from outside. A field `max_file_mb` is read from KAEDAMA_MAX_FILE_MB."""

    library: Path = _setting(ROOT / "data" / "library", "path", "where catalog and index are kept")
    keep_originals: bool = _setting(
        True,
        "on, off",
        "documents read by path are copied into the library, so that their pages can be shown when the file is gone",
    )
    chroma_url: str = _setting(
        "",
        "URL",
        "a Chroma server that keeps the vector index, for example http://127.0.0.1:8000; empty: it is kept in the library",
    )
    models: Path = _setting(ROOT / "data" / "models", "path", "where model files are kept and unpacked")
    samples: Path = _setting(ROOT / "data" / "samples", "path", "documents that an empty library is filled with on the first start")
    notebook: str = _setting(DEFAULT_NOTEBOOK, "name", "the notebook that is opened")
    host: str = _setting("127.0.0.1", "address", "where the page listens; anything but 127.0.0.1 lets others in")
    port: int = _setting(7860, "port", "where the page listens", low=1, high=65535)
    host_names: str = _setting(
        "",
        "names",
        "further names under which the page is reached, separated by commas (a proxy's, a container's); others are refused",
    )
    prices: Path = _setting(ROOT / "data" / "prices.json", "path", "what remote models cost; unknown models cost an unknown amount")
    model: str = _setting("", "name", "the answering model; empty: the best Gemma in Ollama, else the embedded one")
    ollama_url: str = _setting("http://127.0.0.1:11434", "URL", "the Ollama server (OLLAMA_HOST is read too)")
    ollama_key: str = _setting(
        "", "key", "for models of ollama.com (OLLAMA_API_KEY is read too); no other server is shown it", secret=True
    )
    gemini_key: str = _setting("", "key", "allows Gemini models; a key set for other programs is not used", secret=True)
    gemini_url: str = _setting("https://generativelanguage.googleapis.com", "URL", "where the Gemini API is")
    openai_url: str = _setting("", "URL", "an OpenAI-compatible server whose models are listed, for example http://host:8000/v1")
    openai_key: str = _setting("", "key", "for that server, where it asks for one; no other is shown it", secret=True)
    hub_url: str = _setting("https://huggingface.co", "URL", "where `llamacpp:hf:OWNER/REPO` gets its file; asked for nothing else")
    hub_token: str = _setting("", "key", "for models there that are not open to everybody (HF_TOKEN is read too)", secret=True)
    unload_after_s: float = _setting(
        600.0, "seconds", "a model file that nobody has asked for so long gives its memory back", low=0.1, high=1_000_000
    )
    embedder: str = _setting("bundled", "name", "`bundled`, a sentence-transformers model id or path, or `ollama:NAME`")
    reranker: str = _setting(
        "", "name", "a cross-encoder (sentence-transformers id or path, as BAAI/bge-reranker-v2-m3) that reorders what was found"
    )
    precision: str = _setting(
        "auto", "auto, bfloat16, float32", "numbers the embedder computes with; auto: what was fastest when first tried here"
    )
    threads: int = _setting(0, "count", "CPU threads of embedder and embedded model; 0: all cores", low=0, high=1024)
    prompt_cache_mb: int = _setting(
        256,
        "MB",
        "memory in which a model inside Kaedama keeps the prompts that it has read, for the next question",
        low=0,
        high=1_000_000,
    )
    max_file_mb: float = _setting(200.0, "MB", "a larger file is refused", low=0.001, high=100_000)
    max_upload_mb: float = _setting(
        2_000.0, "MB", "files sent to the page that wait to be read; more is refused until some are", low=0.001, high=1_000_000
    )
    max_pages: int = _setting(20_000, "pages", "a longer document is refused", low=1, high=1_000_000)
    max_text_mb: float = _setting(64.0, "MB", "a document that unfolds to more text is refused", low=0.001, high=4_000)
    parse_timeout_s: float = _setting(180.0, "seconds", "a document that takes longer to read is given up", low=0.1, high=86_400)
    parse_memory_mb: int = _setting(2_000, "MB", "memory that reading one document may take", low=256, high=1_000_000)
    ocr_timeout_s: float = _setting(
        120.0, "seconds", "a page whose text takes longer to recognise in its picture stays a picture", low=0.1, high=86_400
    )
    max_ocr_pages: int = _setting(
        2_000,
        "pages",
        "so many pages of a document that are pictures are recognised; further ones stay pictures",
        low=0,
        high=1_000_000,
    )
    read_timeout_s: float = _setting(
        60.0,
        "seconds",
        "a file or folder of which nothing comes for so long (a dead network drive) is given up",
        low=0.1,
        high=86_400,
    )
    max_unpacked_mb: float = _setting(
        200.0, "MB", "an archive or office file that unpacks to more is refused", low=0.001, high=100_000
    )
    max_nesting: int = _setting(3, "files", "how deep files in files are read (a PDF in a ZIP in a mail is 2 deep)", low=0, high=20)
    max_picture_mpx: float = _setting(100.0, "megapixels", "a larger picture is not decoded", low=0.01, high=10_000)
    picture_cache_mb: int = _setting(
        200, "MB", "pictures of pages that were looked at, kept on disk for the next time; 0: none", low=0, high=1_000_000
    )
    workers: int = _setting(0, "count", "processes that read documents; 0: one a core, at most 4", low=0, high=256)
    chunk_width: int = _setting(900, "columns", "longest passage; a kana or kanji counts two columns", low=100, high=8_000)
    top_k: int = _setting(10, "passages", "how many passages a search returns", low=1, high=200)
    max_question_chars: int = _setting(8_000, "characters", "a longer question is refused", low=1, high=1_000_000)
    answer_tokens: int = _setting(1_024, "tokens", "longest answer", low=16, high=1_000_000)
    thought_tokens: int = _setting(
        2_048, "tokens", "room for thoughts beside the answer, for a model that thinks", low=0, high=1_000_000
    )
    context_tokens: int = _setting(
        8_192, "tokens", "context window of a model that does not tell its own", low=1_024, high=1_000_000
    )
    max_context_tokens: int = _setting(
        0, "tokens", "largest context window that a question may take; 0: what model and memory hold", low=0, high=10_000_000
    )
    connect_timeout_s: float = _setting(5.0, "seconds", "wait for a model server to accept", low=0.1, high=3_600)
    first_token_timeout_s: float = _setting(120.0, "seconds", "wait for the first word of an answer", low=0.1, high=86_400)
    between_tokens_timeout_s: float = _setting(30.0, "seconds", "wait between two words of an answer", low=0.1, high=86_400)
    log: str = _setting(
        "warning",
        "error, warning, info, debug, contents",
        "least level that is logged to standard error; contents: questions and documents too",
    )

    @property
    def effective_threads(self) -> int:
        """CPU threads to use: the setting, or the cores this process may run on."""
        return self.threads or _cores()

    @property
    def effective_workers(self) -> int:
        """Processes that read documents: the setting, or one a core, at most `_MOST_WORKERS`."""
        return self.workers or min(_MOST_WORKERS, _cores())


def _cores() -> int:
    """CPU cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def variable(field: dataclasses.Field[Any]) -> str:
    """The environment variable that sets a field."""
    return PREFIX + field.name.upper()


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read settings from environment variables.

    Raises:
        UnknownSetting: a KAEDAMA_* name that no setting has.
        InvalidSetting: a value that cannot be read or is out of range.
    """
    fields = {variable(field): field for field in dataclasses.fields(Settings)}
    values: dict[str, Any] = {}
    if environment.get("OLLAMA_HOST"):
        values["ollama_url"] = ollama_address(environment["OLLAMA_HOST"])
    if environment.get("OLLAMA_API_KEY"):
        values["ollama_key"] = environment["OLLAMA_API_KEY"].strip()
    if environment.get("HF_TOKEN"):
        values["hub_token"] = environment["HF_TOKEN"].strip()
    for name, raw in environment.items():
        if not name.startswith(PREFIX) or _of_a_service(name, raw):
            continue
        if name not in fields:
            nearest = difflib.get_close_matches(name, fields, n=1, cutoff=0.0)
            raise UnknownSetting(name=name, nearest=nearest[0])
        values[fields[name].name] = _convert(name, fields[name], raw)
    return Settings(**values)


def _of_a_service(name: str, raw: str) -> bool:
    """Whether a variable describes a network service and is no setting of ours."""
    told = _SERVICE_VALUE.get(name.rpartition("_")[2])
    return _SERVICE_NAME.fullmatch(name) is not None or (told is not None and told.match(raw) is not None)


def ollama_address(text: str) -> str:
    """An Ollama address as people write it, as the URL that Ollama's own client asks.

    The rules are those of `Host` in github.com/ollama/ollama, envconfig/config.go: blanks and quotes around it do not count; without a
    scheme it is http and the port 11434; with one the port is the scheme's own; a port that is none is the default; a path is kept.
    Added here: an address that servers listen at (0.0.0.0, ::) is asked at the loopback address. What is no address stays none, and is
    told when it is asked.
    """
    bare = text.strip().strip("\"'").strip()
    scheme, divided, rest = bare.partition("://")
    if not divided:
        scheme, rest = ("https", "ollama.com:443") if bare == "ollama.com" else ("http", bare)
    scheme = scheme.lower()
    usual = {"http": "80", "https": "443"}.get(scheme, "11434") if divided else "11434"
    place, slash, path = rest.partition("/")
    account, at, place = place.rpartition("@")
    host, port = _host_and_port(place, usual)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{account}{at}{host}:{port}{slash}{path}".rstrip("/")


def _host_and_port(place: str, usual: str) -> tuple[str, str]:
    """Host (an IPv6 address without brackets) and port of `host`, `host:port`, `[::1]:port`, `::1`; 127.0.0.1 where there is none."""
    bare = place.strip("[]")
    if bare.count(":") > 1 and "]:" not in place:
        return bare, usual  # an IPv6 address alone
    host, colon, port = place.rpartition(":")
    if not colon or place.endswith("]"):
        host, port = place, usual
    valid = port.isascii() and port.isdigit() and len(port) <= len(str(_LAST_PORT)) and int(port) <= _LAST_PORT
    return host.strip("[]") if host.startswith("[") and host.endswith("]") else host or "127.0.0.1", port if valid else usual


def ollama_headers(settings: Settings) -> dict[str, str]:
    """What every request to the Ollama server carries: the key, where the server is ollama.com itself and asked over https."""
    try:
        address = urlsplit(settings.ollama_url)
        theirs = (address.scheme, address.hostname) == ("https", "ollama.com")
    except ValueError:
        theirs = False
    return {"Authorization": f"Bearer {settings.ollama_key}"} if settings.ollama_key and theirs else {}


def prepare_environment(environment: MutableMapping[str, str]) -> None:
    """Prepare the process for heavy libraries: nothing is told to the outside, and threads wait without spinning.

    Hub look-ups are switched off too, unless an embedder or reranker from a hub is asked for. To be called before any of these is imported;
    values that the person has set stay.
    """
    quiet = {
        "GRADIO_ANALYTICS_ENABLED": "False",
        # Gradio sums up the times of all handlers after every event, for a view that the page does not offer: once in so many events.
        "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
        "ANONYMIZED_TELEMETRY": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "LANGSMITH_TRACING": "false",
        "LANGCHAIN_TRACING_V2": "false",
        "TOKENIZERS_PARALLELISM": "false",
        # OpenMP threads that spin while they wait fight with every other program: beside one busy process the embedded model was
        # four times slower with spinning (14.5 s a question) than without (3.8 s); alone there is no difference.
        "OMP_WAIT_POLICY": "PASSIVE",
        # oneDNN keeps up to 1,024 compiled kernels, one for each shape of batch it ever saw, with their working memory: reading 900 pages
        # grew to 1.9 GB. The embedder pads to few shapes (store/embedding/embedder.py), so that this many are enough.
        "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "96",
    }
    named = (environment.get(f"{PREFIX}EMBEDDER", "bundled"), environment.get(f"{PREFIX}RERANKER", ""))
    if all(name in ("bundled", "") or name.startswith("ollama:") or Path(name).is_dir() for name in named):
        quiet |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    for name, value in quiet.items():
        environment.setdefault(name, value)


@contextlib.contextmanager
def without_proxies(environment: MutableMapping[str, str]) -> Iterator[None]:
    """Hide the proxies that an environment names (HTTP_PROXY, all_proxy...) for as long as it is held.

    Gradio makes an HTTP client when it is imported, and that fails on a SOCKS proxy; it asks nobody anything through it.
    """
    hidden = {name: environment.pop(name) for name in list(environment) if name.lower().endswith("_proxy")}
    try:
        yield
    finally:
        environment.update(hidden)


def settings_table() -> str:
    """The settings as a Markdown table, for the README."""
    rows = ["| variable | unit | default | what it does |", "| --- | --- | --- | --- |"]
    for field in dataclasses.fields(Settings):
        default = field.default
        if isinstance(default, Path):
            default = default.relative_to(ROOT).as_posix()
        if isinstance(default, bool):
            default = "on" if default else "off"
        shown = f"`{default}`" if default != "" else "(empty)"
        rows.append(f"| `{variable(field)}` | {field.metadata['unit']} | {shown} | {field.metadata['help']} |")
    return "\n".join(rows)


def _convert(name: str, field: dataclasses.Field[Any], raw: str) -> object:
    kind: Any = type(field.default)
    if issubclass(kind, Path):
        if not raw.strip():
            raise InvalidSetting(name=name, value=raw, detail=SettingFault.NEEDS_PATH())
        return Path(raw).expanduser().absolute()
    if field.name == "ollama_url":
        return ollama_address(raw) if raw.strip() else field.default
    if kind is str:
        return _checked_word(name, field, raw.strip())
    if kind is bool:
        return _switch(name, raw)
    try:
        value = kind(raw)
    except ValueError:
        raise InvalidSetting(name=name, value=raw, detail=SettingFault.NEEDS_NUMBER(unit=_unit(field))) from None
    low, high = field.metadata["low"], field.metadata["high"]
    if not low <= value <= high:
        raise InvalidSetting(name=name, value=raw, detail=SettingFault.OUT_OF_RANGE(low=low, high=high, unit=_unit(field)))
    return value


def _switch(name: str, raw: str) -> bool:
    """What a setting that is on or off is set to."""
    word = raw.strip().lower()
    if word not in ("on", "off", "1", "0", "true", "false", "yes", "no"):
        raise InvalidSetting(name=name, value=raw, detail=SettingFault.ONE_OF(choices="on, off"))
    return word in ("on", "1", "true", "yes")


def _unit(field: dataclasses.Field[Any]) -> Phrase | str:
    """The unit of a setting in every language, where it has words."""
    told = str(field.metadata["unit"])
    return next((unit() for unit in Unit if unit.value.en == told), told)


def _checked_word(name: str, field: dataclasses.Field[Any], value: str) -> str:
    choices = {"precision": PRECISIONS, "log": tuple(LEVELS)}.get(field.name, ())
    if choices and value not in choices:
        raise InvalidSetting(name=name, value=value, detail=SettingFault.ONE_OF(choices=", ".join(choices)))
    if field.name == "notebook" and not value:
        raise InvalidSetting(name=name, value=value, detail=SettingFault.NEEDS_NAME())
    return value
