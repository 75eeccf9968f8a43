"""Recommendations: what fits on which machine, and the one command that gets it."""

from __future__ import annotations

import dataclasses

import pytest

from cli.tables import columns
from rag.machine import Gpu, Machine, gpus, machine_line, this_machine
from rag.recommendations import FAMILY, Recommendations, recommend, rows


def machine(memory_gb: float, *, gpu_gb: float = 0, cores: int = 8, shared: bool = False) -> Machine:
    """A machine with so much memory."""
    cards = (Gpu("card", int(gpu_gb * 1e9), int(gpu_gb * 1e9)),) if gpu_gb else ()
    return Machine(int(memory_gb * 1e9), int(memory_gb * 1e9), cores, cards, shared)


def place(made: Recommendations, tag: str) -> str:
    """Where a model runs."""
    return next(fit.place for fit in made.fits if fit.gemma.tag == tag)


@pytest.mark.parametrize(
    ("here", "best"),
    [
        (machine(64, gpu_gb=48), "gemma4:31b"),
        (machine(64, gpu_gb=20), "gemma4:26b"),
        (machine(32, gpu_gb=12), "gemma4:12b"),
        (machine(16, gpu_gb=0), "gemma4:e4b"),
        (machine(16, cores=2), "gemma4:e2b"),
        (machine(64, cores=16), "gemma4:26b"),
        (machine(36, shared=True), "gemma4:31b"),
        (machine(8, cores=8), "gemma3:4b"),
        (machine(4, cores=4), "gemma3:1b"),
        (machine(1), ""),
    ],
    ids=["workstation", "gamer", "card", "laptop", "small", "server", "mac", "old", "tiny", "none"],
)
def test_the_best_fit_runs_here_at_a_bearable_speed(here: Machine, best: str) -> None:
    made = recommend(here, [])
    assert made.best == best
    assert made.command == (f"ollama pull {best}" if best else "")


def test_what_is_installed_needs_no_command() -> None:
    made = recommend(machine(16), ["gemma4:latest", "llama3:8b"])
    assert (made.best, made.command) == ("gemma4:e4b", "")
    assert [fit.gemma.tag for fit in made.fits if fit.installed] == ["gemma4:e4b"]
    assert recommend(machine(16), ["someone/gemma4:e4b-it-q8_0"]).command == ""


def test_more_memory_never_makes_anything_not_fit() -> None:
    order = ["no", "processor", "gpu"]
    for gemma in FAMILY:
        found = [place(recommend(machine(size), []), gemma.tag) for size in (1, 2, 4, 8, 16, 32, 64, 128)]
        if "unknown" not in found:
            assert found == sorted(found, key=order.index)


def test_cards_are_read_as_nvidia_lists_them() -> None:
    assert gpus("NVIDIA L4, 23034, 22000\nNVIDIA X, [N/A], [N/A]\n") == [Gpu("NVIDIA L4", 23034 << 20, 22000 << 20)]
    assert gpus("") == []


def test_this_machine_is_described_and_the_table_is_whole() -> None:
    here = this_machine()
    assert here.memory >= here.available > 0
    made = recommend(here, [])
    assert "GB of memory" in machine_line(here)
    lines = columns(rows(made))
    assert len(lines) == len(FAMILY) + 1
    assert dataclasses.asdict(made)["fits"]
