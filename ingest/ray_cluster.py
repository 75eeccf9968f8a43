"""Reading and embedding on a Ray cluster (docs.ray.io): actors that hold what is slow to start, and this process, which owns the library.

Readers parse in a confined worker process of their own, as on one machine; embedders load the model once. At most one file is under way a
reader. An actor that dies is replaced and its work given out once more; what is lost twice fails with a sentence.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import math
import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np

from core.errors import (
    ClusterDiffers,
    ClusterFault,
    ClusterNotInstalled,
    ClusterUnavailable,
    DocumentError,
    DocumentFault,
    EmbedderError,
    EmbedderLost,
    KaedamaError,
    ParserFailed,
    ReaderLost,
)
from core.settings import ROOT, Settings
from ingest.engines import LocalEngine, ReadFile
from ingest.loader import LoadedFile
from store.embedding.embedder import Embedder, open_embedder

LOCAL = "127.0.0.1"
# For the environment before Ray is imported. Without an address Ray listens on the loopback device only where it believes that no cluster
# of several machines is wanted, which this variable says in spite of its name (ray/_private/services.py, get_node_ip_address).
_ALWAYS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
# How often "stopped" is looked at while an actor works.
_LOOK_S = 0.1
# Until an actor must stand, its model loaded: a cluster may have to start a machine for it.
_START_S = 600.0
_TRIES = 2
# Files as large as the limit that fit into the object store of a local Ray beside each other.
_FILES_IN_STORE = 4
# CPUs for each embedding actor: more threads give little for models of this size, and each actor holds the model (0.7 GB) once.
_EMBEDDER_CPUS = 4
# Fewer passages than these are not worth another actor.
_FEWEST = 8


class _Lost(Exception):
    """An actor died, and the one that followed it too."""


class _Stopped(Exception):
    """Nobody waits any more."""


class _Reader:
    """An actor: parses and cuts files. Errors are returned, since Ray gives those that are raised another class."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine = LocalEngine(dataclasses.replace(settings, workers=1))

    def fingerprint(self) -> str:
        return fingerprint()

    def read(self, file: LoadedFile) -> ReadFile | DocumentError:
        try:
            return self._engine.read(file)
        except DocumentError as error:
            return error


class _Embedding:
    """An actor: holds the embedder. Errors are returned as in `_Reader`."""

    def __init__(self, settings: Settings) -> None:
        self._embedder = open_embedder(settings)

    def prompts(self) -> tuple[str, str] | EmbedderError:
        try:
            self._embedder.load()
            return self._embedder.prompts()
        except EmbedderError as error:
            return error

    def embed(self, role: str, texts: list[str]) -> np.ndarray | EmbedderError:
        try:
            return self._embedder.embed(role, texts)
        except EmbedderError as error:
            return error


class _Crew:
    """Actors of one kind, each at one thing at a time. Safe to ask from several threads."""

    def __init__(self, make: Callable[[], Any], size: int) -> None:
        self.size = size
        self._make = make
        self._free: queue.Queue[Any] = queue.Queue()
        self._all: set[Any] = set()
        self._guard = threading.Lock()
        self._stopped = threading.Event()
        for _ in range(size):
            self._free.put(self._started())

    def _started(self) -> Any:
        with self._guard:
            if self._stopped.is_set():
                raise _Stopped
            actor = self._make()
            self._all.add(actor)
        return actor

    def ask(self, method: str, *arguments: object, limit_s: float = math.inf) -> Any:
        """What an actor's method gives; errors that it returned are raised. Raises _Lost, _Stopped, TimeoutError."""
        actor = self._taken()
        try:
            for tries_left in reversed(range(_TRIES)):
                try:
                    result = self._waited(getattr(actor, method).remote(*arguments), limit_s)
                    break
                except _deaths():
                    actor = self._replaced(actor)
                    if not tries_left:
                        raise _Lost from None
        finally:
            self._free.put(actor)
        if isinstance(result, KaedamaError):
            raise result
        return result

    def _replaced(self, actor: Any) -> Any:
        import ray

        with self._guard:
            self._all.discard(actor)
        with contextlib.suppress(Exception):  # it is dead, or is to be
            ray.kill(actor)
        return self._started()

    def _taken(self) -> Any:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Empty):
                return self._free.get(timeout=_LOOK_S)
        raise _Stopped

    def _waited(self, reference: Any, limit_s: float) -> Any:
        import ray

        waited = 0.0
        while not ray.wait([reference], timeout=_LOOK_S)[0]:
            waited += _LOOK_S
            if self._stopped.is_set():
                raise _Stopped
            if waited > limit_s:
                raise TimeoutError
        return ray.get(reference)

    def stop(self) -> None:
        """End all actors, whatever they are at. Idempotent."""
        import ray

        self._stopped.set()
        with self._guard:
            actors, self._all = self._all, set()
        for actor in actors:
            ray.kill(actor)


class RayEngine:
    """Reads files on the cluster (see `ingest.engines.Engine`)."""

    def __init__(self, settings: Settings, crew: _Crew) -> None:
        self._settings = settings
        self._crew = crew

    @property
    def lanes(self) -> int:
        """See `Engine`."""
        return self._crew.size

    def read(self, file: LoadedFile) -> ReadFile:
        """See `Engine`."""
        try:
            result: ReadFile = self._crew.ask("read", file)
            return result
        except _Stopped:
            detail = DocumentFault.STOPPED()
            raise ParserFailed(name=file.name, media_type=file.media_type, detail=detail) from None
        except _Lost:
            raise ReaderLost(name=file.name) from None

    def stop(self) -> None:
        """See `Engine`."""
        self._crew.stop()

    def __enter__(self) -> RayEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class RayEmbedder(Embedder):
    """The embedder that the settings name, on the cluster: each actor embeds a share of what is asked for."""

    def __init__(self, signature: str, crew: Callable[[], _Crew], address: str) -> None:
        self.signature = signature
        self._make = crew
        self._address = address
        self._crew: _Crew | None = None
        self._prompts = ("", "")
        self._guard = threading.Lock()

    def load(self) -> None:
        """See `Embedder`. Raises ClusterUnavailable too."""
        with self._guard:
            if self._crew is not None:
                return
            crew = self._make()
            try:
                self._prompts = _answer(crew, "prompts", self._address)
            except KaedamaError:
                crew.stop()
                raise
            self._crew = crew

    def prompts(self) -> tuple[str, str]:
        """See `Embedder`."""
        return self._prompts

    def embed(self, role: str, texts: Sequence[str]) -> np.ndarray:
        """See `Embedder`."""
        self.load()
        assert self._crew is not None
        count = max(1, min(self._crew.size, len(texts) // _FEWEST))
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        shares = [order[at::count] for at in range(count)]  # each with short and long ones
        with concurrent.futures.ThreadPoolExecutor(count, "embedding") as threads:
            asked = [threads.submit(self._share, role, [texts[at] for at in share]) for share in shares]
            parts = [future.result() for future in asked]
        vectors = np.empty((len(texts), parts[0].shape[1]), np.float32)
        for share, part in zip(shares, parts, strict=True):
            vectors[share] = part
        return vectors

    def _share(self, role: str, texts: list[str]) -> np.ndarray:
        assert self._crew is not None
        try:
            vectors: np.ndarray = self._crew.ask("embed", role, texts)
            return vectors
        except (_Lost, _Stopped):
            raise EmbedderLost(name=self.signature) from None

    def _encode(self, texts: list[str]) -> np.ndarray:
        raise AssertionError("embed gives everything to the cluster")

    def close(self) -> None:
        """End the actors."""
        if self._crew is not None:
            self._crew.stop()


class RayCluster:
    """A connection to Ray: to the cluster at `address`, or without one to a Ray that is started here and ended on leaving.

    Use as a context manager. `environment` is what actors get beside the machine's own: the environment of `environment_of`.
    """

    def __init__(self, settings: Settings, address: str = "", environment: Mapping[str, str] | None = None) -> None:
        self._address = address
        # Keys stay here: no actor asks a model that needs one.
        self._settings = dataclasses.replace(settings, ollama_key="", gemini_key="", openai_key="", hub_token="")
        self._own = settings
        self._environment = dict(environment or {})
        self._cpus = self._gpus = 0

    def __enter__(self) -> RayCluster:
        try:
            import ray
        except ImportError:
            raise ClusterNotInstalled from None
        told: dict[str, Any] = {"runtime_env": {"env_vars": self._environment}, "log_to_driver": False, "logging_level": "ERROR"}
        if self._address:
            told |= {"address": self._address}
        else:
            store = int(_FILES_IN_STORE * self._settings.max_file_mb * 1e6)
            told |= {"num_cpus": self._settings.effective_threads, "include_dashboard": False, "object_store_memory": store}
        try:
            ray.init(**told)
            found = ray.cluster_resources()  # type: ignore[no-untyped-call]
        except (ConnectionError, OSError, RuntimeError, ValueError, ImportError) as error:
            ray.shutdown()
            raise ClusterUnavailable(address=self._address or LOCAL, detail=_first_line(error)) from error
        self._cpus, self._gpus = int(found.get("CPU", 1)), int(found.get("GPU", 0))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        import ray

        ray.shutdown()

    def engine(self, settings: Settings) -> RayEngine:
        """Readers for one run, about one a CPU. Raises ClusterDiffers, ClusterUnavailable."""
        told = dataclasses.replace(self._settings, chunk_width=settings.chunk_width)
        crew = self._crew(_Reader, told, max(1, self._cpus), num_cpus=0.5)
        theirs = _answer(crew, "fingerprint", self._address or LOCAL)
        if theirs != fingerprint():
            crew.stop()
            raise ClusterDiffers(address=self._address or LOCAL, theirs=theirs, ours=fingerprint())
        return RayEngine(settings, crew)

    def embedder(self) -> Embedder:
        """The embedder on the cluster: an actor a GPU, else one for every four CPUs. A model server is asked from here."""
        if self._settings.embedder.startswith("ollama:"):
            return open_embedder(self._own)
        size = self._gpus or math.ceil(self._cpus / _EMBEDDER_CPUS)
        threads = max(1, min(_EMBEDDER_CPUS, self._cpus))
        needs = {"num_gpus": 1} if self._gpus else {"num_cpus": threads / 2}
        told = dataclasses.replace(self._settings, threads=threads)
        return RayEmbedder(told.embedder, lambda: self._crew(_Embedding, told, size, **needs), self._address or LOCAL)

    def _crew(self, kind: type, settings: Settings, size: int, **needs: float) -> _Crew:
        import ray

        remote: Any = ray.remote(kind).options(max_restarts=0, scheduling_strategy="SPREAD", **needs)
        return _Crew(lambda: remote.remote(settings), size)


def environment_of(environment: Mapping[str, str], address: str) -> dict[str, str]:
    """What the environment must hold before Ray is imported, beside `environment`; for its processes too.

    Ray's own telemetry is off; without an address it listens on the loopback device only, and its processes find this code.
    """
    found = {**_ALWAYS, **({} if address else _LOOPBACK)}
    if not address:
        before = environment.get("PYTHONPATH", "")
        found["PYTHONPATH"] = f"{ROOT}{os.pathsep}{before}" if before else str(ROOT)
    return found


def fingerprint() -> str:
    """Names the code that reads and embeds: machines with the same one make the same of a file."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in ("core", "ingest", "store") for path in (ROOT / folder).rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _answer(crew: _Crew, method: str, address: str) -> Any:
    """What the first actor to stand says. Raises ClusterUnavailable, EmbedderError."""
    try:
        return crew.ask(method, limit_s=_START_S)
    except (TimeoutError, _Lost, _Stopped) as error:
        crew.stop()
        raise ClusterUnavailable(address=address, detail=ClusterFault.NO_PROCESS(limit_s=_START_S)) from error


def _deaths() -> tuple[type[Exception], ...]:
    """What Ray raises where an actor or its machine is gone."""
    from ray import exceptions

    return exceptions.RayActorError, exceptions.ObjectLostError, exceptions.WorkerCrashedError


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
