"""Which Gemma fits a machine, which of them are installed, and the command that gets the best fit.

Sizes of Gemma 4 are from ai.google.dev/gemma/docs/core (Q4_0, weights only), of Gemma 3 from the 4-bit QAT releases.
Loading takes more than the weights: `loaded_gb` where it was seen in Ollama, elsewhere an estimate on the high side, told as "about".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rag.machine import GB, MEMORY_SHARE, Machine

# Memory per byte of weights, and gigabytes of the engine with a window of 8k tokens; rounded up from the loads that were seen.
_BESIDE_WEIGHTS = 1.2
_RUNTIME_GB = 1.5
# Billion parameters that a token may pass on a processor: beyond them writing an answer is slower than reading it.
_ACTIVE_ON_PROCESSOR = 4.5
# Cores up to which half as many parameters are the limit.
_FEW_CORES = 4


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


class Place(StrEnum):
    """What computes a model on a machine: NO where it is too large, UNKNOWN where its size is."""

    GPU = "gpu"
    PROCESSOR = "processor"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fit:
    """A Gemma on this machine. `bearable`: it writes at least as fast as a person reads."""

    gemma: Gemma
    place: Place
    bearable: bool
    installed: bool


@dataclass(frozen=True, slots=True)
class Recommendations:
    """The family on a machine. `best` is the tag of the best fit ("" where none fits); `command` gets it ("" where it is installed)."""

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
    Gemma("gemma3:270m", "270M", 0.27, 0.25, None, 32 * _K, False, False, False, "fine-tuning; the embedded model is one"),
)  # fmt: skip


def recommend(machine: Machine, installed: Collection[str]) -> Recommendations:
    """What fits on a machine; `installed` are names as Ollama lists them."""
    have = {_family_tag(name) for name in installed}
    fits = tuple(_fit(gemma, machine, gemma.tag in have) for gemma in FAMILY)
    best = _best(fits)
    tag = best.gemma.tag if best else ""
    return Recommendations(machine, fits, tag, f"ollama pull {tag}" if best and not best.installed else "")


def _fit(gemma: Gemma, machine: Machine, installed: bool) -> Fit:  # noqa: FBT001  # it becomes the field of that name
    needed = gemma.needed_gb
    if needed is None:
        return Fit(gemma, Place.UNKNOWN, False, installed)
    if needed * GB <= machine.gpu_memory:
        return Fit(gemma, Place.GPU, True, installed)
    if needed * GB <= machine.memory * MEMORY_SHARE:
        limit = _ACTIVE_ON_PROCESSOR if machine.cores > _FEW_CORES else _ACTIVE_ON_PROCESSOR / 2 + 0.1
        return Fit(gemma, Place.PROCESSOR, gemma.active <= limit, installed)
    return Fit(gemma, Place.NO, False, installed)


def _best(fits: Sequence[Fit]) -> Fit | None:
    """The first of the family, which is in order of what it can do, that runs here at a bearable speed.

    One of the present generation that a GPU runs goes before a larger one that the processor would have to run.
    """
    on_gpu = (fit for fit in fits if fit.place is Place.GPU and fit.gemma.tag.startswith("gemma4:"))
    return next(on_gpu, None) or next((fit for fit in fits if fit.bearable), None)


def _family_tag(name: str) -> str:
    """A name as Ollama lists it, by the tag of the family: `gemma4`, `gemma4:latest` and `gemma4:e4b-it-q4_K_M` are `gemma4:e4b`."""
    model, _, tag = name.rpartition("/")[2].partition(":")
    if tag in ("", "latest"):
        tag = {"gemma4": "e4b", "gemma3": "4b", "gemma3n": "e4b"}.get(model, "latest")
    return f"{model}:{tag.partition('-')[0]}"


def rows(found: Recommendations) -> list[tuple[str, ...]]:
    """The family as rows of text, with a head."""
    table: list[tuple[str, ...]] = [("", "size", "4 bits", "needs", "context", "takes", "thinks", "here", "good for")]
    places = {Place.GPU: "on the GPU", Place.PROCESSOR: "fits", Place.NO: "too large", Place.UNKNOWN: "?"}
    for fit in found.fits:
        gemma = fit.gemma
        here = places[fit.place] + (", slow" if fit.place is Place.PROCESSOR and not fit.bearable else "")
        takes = "text" + (", pictures" if gemma.sees else "") + (", sound" if gemma.hears else "")
        table.append(
            (
                ("* " if gemma.tag == found.best else "  ") + gemma.tag,
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
