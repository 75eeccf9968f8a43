"""Which device and which numbers an embedding model computes with: measured once on this machine, and kept beside the models.

A way is taken only where its vectors keep their quality: on the calibration text no cosine to the float32 vectors of the CPU below 0.999.
(int8 by dynamic quantisation does not: 0.964 at worst for the bundled model, docs/measurements.md, so it is not tried.)
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.settings import ROOT

_LEAST_COSINE = 0.999
# Rounds in which every way has its turn; the median of each counts.
_ROUNDS = 3
# Texts of the calibration that are embedded in one round.
_TEXTS = 24
_CALIBRATION = ROOT / "data" / "calibration.json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Way:
    """A device of torch ("cpu", "cuda") and the name of a dtype ("float32", "bfloat16", "float16")."""

    device: str
    dtype: str


PLAIN = Way("cpu", "float32")


def possible_ways() -> tuple[Way, ...]:
    """The ways that this machine computes natively; the plain one first. Others are slower without a look."""
    import torch

    found = [PLAIN]
    if computes_bfloat16():
        found.append(Way("cpu", "bfloat16"))
    if torch.cuda.is_available():
        found += [Way("cuda", "float32"), Way("cuda", "float16")]
    return tuple(found)


def best_way(file: Path, model: str, embed: Callable[[Way, list[str]], np.ndarray]) -> Way:
    """The fastest way for a model here, as kept in `file`, else measured with `embed` (unit vectors (n, dimension)) and kept there."""
    ways = possible_ways()
    if len(ways) == 1:
        return ways[0]
    key = _machine(model, ways)
    kept = _kept(file)
    if (row := kept.get(key)) is not None and (found := Way(*row)) in ways:
        return found
    chosen = fastest(ways, embed, _texts())
    _keep(file, kept | {key: [chosen.device, chosen.dtype]})
    return chosen


def fastest(ways: Sequence[Way], embed: Callable[[Way, list[str]], np.ndarray], texts: list[str]) -> Way:
    """The way that takes the least time among those whose vectors are as good as those of the first."""
    reference = embed(ways[0], texts)  # each way's first turn is not counted: it compiles and allocates
    good = [ways[0]]
    for way in ways[1:]:
        worst = float((embed(way, texts) * reference).sum(axis=1).min())
        if worst >= _LEAST_COSINE:
            good.append(way)
        _log.info("embedding on %s in %s: least cosine %.5f", way.device, way.dtype, worst)
    seconds: dict[Way, list[float]] = {way: [] for way in good}
    for _ in range(_ROUNDS):
        for way in good:
            started = time.perf_counter()
            embed(way, texts)
            seconds[way].append(time.perf_counter() - started)
    for way, took in seconds.items():
        _log.info("embedding on %s in %s: %.3f s for %d texts", way.device, way.dtype, statistics.median(took), len(texts))
    return min(good, key=lambda way: statistics.median(seconds[way]))


def computes_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 natively; elsewhere float32 is faster."""
    import torch

    able = torch.cpu.get_capabilities()
    return any(able.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16"))


def _texts() -> list[str]:
    corpus = json.loads(_CALIBRATION.read_text("utf-8"))
    texts = [item[language] for item in corpus["passages"] for language in corpus["languages"]]
    return texts[:: max(1, len(texts) // _TEXTS)][:_TEXTS]


def _machine(model: str, ways: Sequence[Way]) -> str:
    """Names the model and what it runs on: another processor, card or torch is measured anew."""
    import torch

    card = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    told = (
        model,
        platform.machine(),
        str(torch.cpu.get_capabilities()),
        card,
        torch.__version__,
        str(ways),
    )
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]


def _kept(file: Path) -> dict[str, list[str]]:
    try:
        rows = json.loads(file.read_text("utf-8"))
        return {str(key): [str(device), str(dtype)] for key, (device, dtype) in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _keep(file: Path, rows: dict[str, list[str]]) -> None:
    """Write what was found; where the directory cannot be written it is measured anew the next time."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(rows), "utf-8")
        part.replace(file)
    except OSError as error:
        _log.warning("what embeds fastest here cannot be kept in %s: %s", file, error.strerror)
