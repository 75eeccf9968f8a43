"""The kitchen guide: what this machine holds, which Gemma fits here, what is installed, and the one command that gets the best fit.

Sizes of Gemma 4 are from ai.google.dev/gemma/docs/core (Q4_0, weights only), of Gemma 3 from the 4-bit QAT releases. What loading
really takes is more; where it was seen it stands in the table, elsewhere it is estimated on the high side, and the guide says "about".
"""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

GB = 1e9
# The engine and a window of 8k tokens beside the weights; rounded up from the loads that were seen.
_BESIDE_WEIGHTS = 1.2
_RUNTIME_GB = 1.5
# The rest of a machine (system, browser, Kaedama with its search model) keeps this share of its memory.
MEMORY_SHARE = 0.7
# Without a GPU a token costs a pass over the active weights: beyond some 4.5 billion parameters reading an answer is faster than writing it.
_ACTIVE_ON_PROCESSOR = 4.5
# Below this many cores even those are slow; only the smallest is then bearable.
_FEW_CORES = 4
_NVIDIA_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card; memory in bytes."""

    name: str
    memory: int
    free: int


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to cook with. Bytes; `shared` tells that the GPU uses the machine's own memory, as Apple's chips do."""

    memory: int
    available: int
    cores: int
    gpus: tuple[Gpu, ...]
    shared: bool

    @property
    def gpu_memory(self) -> int:
        """Bytes that weights may take where a GPU computes: a card's own memory, all cards together, or a share of the common one."""
        return int(self.memory * MEMORY_SHARE) if self.shared else sum(gpu.memory for gpu in self.gpus)


@dataclass(frozen=True, slots=True)
class Gemma:
    """A member of the family. `weights_gb` at 4 bits and `loaded_gb` as seen in Ollama (None: not known), `active` billion parameters
    that each token takes, `window` in tokens."""

    tag: str
    parameters: str
    active: float
    weights_gb: float | None
    loaded_gb: float | None
    window: int
    sees: bool
    hears: bool
    thinks: bool
    good_for: str

    @property
    def needed_gb(self) -> float | None:
        """Memory that running it takes: as seen, or estimated from the weights."""
        if self.loaded_gb is not None or self.weights_gb is None:
            return self.loaded_gb
        return round(self.weights_gb * _BESIDE_WEIGHTS + _RUNTIME_GB, 1)


@dataclass(frozen=True, slots=True)
class Fit:
    """A Gemma on this machine. `place`: "gpu", "processor", "no" (too large), or "unknown"."""

    gemma: Gemma
    place: str
    bearable: bool
    installed: bool


@dataclass(frozen=True, slots=True)
class Guide:
    """What to cook here. `best` is the tag of the best fit ("" where none fits); `command` gets it ("" where it is installed)."""

    machine: Machine
    fits: tuple[Fit, ...]
    best: str
    command: str


_K = 1024
FAMILY = (
    Gemma("gemma4:31b", "31B", 31.0, 17.5, None, 256 * _K, True, False, True, "the best answers; long and difficult documents"),
    Gemma("gemma4:26b", "26B, 3.8B active", 3.8, 14.4, None, 256 * _K, True, False, True, "nearly the best answers, and quick"),
    Gemma("gemma4:12b", "12B", 12.0, 6.7, None, 256 * _K, True, True, True, "good answers on one consumer card; long documents"),
    Gemma("gemma4:e4b", "8B, 4.5B effective", 4.5, 4.5, 9.6, 128 * _K, True, True, True, "everyday questions on a laptop"),
    # 6.9 GiB asked for at load: huggingface.co/google/gemma-4-E2B/discussions/14
    Gemma("gemma4:e2b", "5.1B, 2.3B effective", 2.3, 2.9, 7.4, 128 * _K, True, True, True, "everyday questions without a GPU"),
    Gemma("gemma3:27b", "27B", 27.0, 14.1, None, 128 * _K, True, False, False, "the previous generation's best"),
    Gemma("gemma3:12b", "12B", 12.0, 6.6, None, 128 * _K, True, False, False, "the previous generation on one card"),
    Gemma("gemma3:4b", "4B", 4.0, 2.6, None, 128 * _K, True, False, False, "simple questions on a small machine"),
    Gemma("gemma3n:e4b", "e4b", 4.0, None, None, 32 * _K, False, False, False, "text on a phone-class machine"),
    Gemma("gemma3n:e2b", "e2b", 2.0, None, None, 32 * _K, False, False, False, "text on a phone-class machine"),
    Gemma("gemma3:1b", "1B", 1.0, 0.5, None, 32 * _K, False, False, False, "short answers where nothing else fits"),
    Gemma("gemma3:270m", "270M", 0.27, 0.25, None, 32 * _K, False, False, False, "fine-tuning; the embedded reader is one"),
)  # fmt: skip


def this_machine() -> Machine:
    """What this machine holds. Never raises: what cannot be found out is not there."""
    memory = psutil.virtual_memory()
    limit = _container_limit()
    shared = platform.system() == "Darwin" and platform.machine() == "arm64"
    return Machine(
        min(memory.total, limit), min(memory.available, limit), psutil.cpu_count(logical=False) or 1, tuple(_nvidia()), shared
    )


def _container_limit() -> int:
    """Bytes that a container may use; beyond any machine where there is no limit."""
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text("ascii"))
    except (OSError, ValueError):
        return 1 << 62


def _nvidia() -> list[Gpu]:
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    query = [command, "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=_NVIDIA_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return gpus(done.stdout)


def gpus(listing: str) -> list[Gpu]:
    """The cards that nvidia-smi lists, one a line: name, MiB, MiB free. Lines without numbers (a card that is lost) are left out."""
    found = []
    for line in listing.splitlines():
        name, _, sizes = line.partition(",")
        total, _, free = sizes.partition(",")
        if total.strip().isdigit() and free.strip().isdigit():
            found.append(Gpu(name.strip(), int(total) << 20, int(free) << 20))
    return found


def guide(machine: Machine, installed: Collection[str]) -> Guide:
    """What fits on a machine; `installed` are names as Ollama lists them."""
    have = {_whole_tag(name) for name in installed}
    fits = tuple(_fit(gemma, machine, gemma.tag in have) for gemma in FAMILY)
    best = _best(fits)
    tag = best.gemma.tag if best else ""
    return Guide(machine, fits, tag, f"ollama pull {tag}" if best and not best.installed else "")


def _fit(gemma: Gemma, machine: Machine, installed: bool) -> Fit:  # noqa: FBT001  # a column of the table
    needed = gemma.needed_gb
    if needed is None:
        return Fit(gemma, "unknown", False, installed)
    if needed * GB <= machine.gpu_memory:
        return Fit(gemma, "gpu", True, installed)
    if needed * GB <= machine.memory * MEMORY_SHARE:
        limit = _ACTIVE_ON_PROCESSOR if machine.cores > _FEW_CORES else _ACTIVE_ON_PROCESSOR / 2 + 0.1
        return Fit(gemma, "processor", gemma.active <= limit, installed)
    return Fit(gemma, "no", False, installed)


def _best(fits: Sequence[Fit]) -> Fit | None:
    """The first of the family, which is in order of what it can do, that runs here at a bearable speed.

    One of the present generation that a GPU runs goes before a larger one that the processor would have to run.
    """
    on_gpu = (fit for fit in fits if fit.place == "gpu" and fit.gemma.tag.startswith("gemma4:"))
    return next(on_gpu, None) or next((fit for fit in fits if fit.bearable), None)


def _whole_tag(name: str) -> str:
    """A name as Ollama lists it, by the tag of the family: `gemma4`, `gemma4:latest` and `gemma4:e4b-it-q4_K_M` are `gemma4:e4b`."""
    model, _, tag = name.rpartition("/")[2].partition(":")
    if tag in ("", "latest"):
        tag = {"gemma4": "e4b", "gemma3": "4b", "gemma3n": "e4b"}.get(model, "latest")
    return f"{model}:{tag.partition('-')[0]}"


def machine_line(machine: Machine) -> str:
    """The machine in one line."""
    if machine.shared:
        gpu = "GPU that shares it"
    else:
        gpu = ", ".join(f"{gpu.name} with {gpu.memory / GB:.0f} GB" for gpu in machine.gpus) or "no GPU found"
    return f"{machine.memory / GB:.0f} GB of memory ({machine.available / GB:.0f} GB free), {machine.cores} cores, {gpu}"


def rows(guide: Guide) -> list[tuple[str, ...]]:
    """The family as rows of text, with a head."""
    table: list[tuple[str, ...]] = [("", "size", "4 bits", "needs", "context", "takes", "thinks", "here", "good for")]
    places = {"gpu": "on the GPU", "processor": "fits", "no": "too large", "unknown": "?"}
    for fit in guide.fits:
        gemma = fit.gemma
        here = places[fit.place] + (", slow" if fit.place == "processor" and not fit.bearable else "")
        takes = "text" + (", pictures" if gemma.sees else "") + (", sound" if gemma.hears else "")
        table.append(
            (
                ("* " if gemma.tag == guide.best else "  ") + gemma.tag,
                gemma.parameters,
                "?" if gemma.weights_gb is None else f"{gemma.weights_gb:.1f} GB",
                "?" if gemma.needed_gb is None else f"about {gemma.needed_gb:.0f} GB",
                f"{gemma.window // _K}K",
                takes,
                "yes" if gemma.thinks else "no",
                "installed" if fit.installed else here,
                gemma.good_for,
            )
        )
    return table
