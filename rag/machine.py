"""What this machine holds: memory, cores and graphics cards."""

from __future__ import annotations

import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

# Bytes; memory and sizes of models are told in decimal gigabytes.
GB = 1e9
# Share of the memory that a model may take. The rest is for the system, a browser and Kaedama with its search model.
MEMORY_SHARE = 0.7
# Seconds that nvidia-smi may take; it hangs where a driver is broken.
_NVIDIA_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card; memory in bytes."""

    name: str
    memory: int
    free: int


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory in bytes, physical cores and graphics cards. `shared`: the GPU uses the machine's own memory, as Apple's chips do."""

    memory: int
    available: int
    cores: int
    gpus: tuple[Gpu, ...]
    shared: bool

    @property
    def gpu_memory(self) -> int:
        """Bytes that weights may take where a GPU computes: a card's own memory, all cards together, or a share of the common one."""
        return int(self.memory * MEMORY_SHARE) if self.shared else sum(gpu.memory for gpu in self.gpus)


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


def machine_line(machine: Machine) -> str:
    """The machine in one line."""
    if machine.shared:
        gpu = "GPU that shares it"
    else:
        gpu = ", ".join(f"{gpu.name} with {gpu.memory / GB:.0f} GB" for gpu in machine.gpus) or "no GPU found"
    return f"{machine.memory / GB:.0f} GB of memory ({machine.available / GB:.0f} GB free), {machine.cores} cores, {gpu}"
