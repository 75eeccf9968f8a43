"""Programs under the stopwatch: status, output, memory of children, and a page that answers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.errors import KaedamaError
from evals.processes import free_port, run_measured, seconds_until_page

PATH = {"PATH": "/usr/bin:/bin"}
CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(120_000_000); import time; time.sleep(.5)'])"


def test_a_program_is_run_to_its_end(tmp_path: Path) -> None:
    run = run_measured([sys.executable, "-c", "import sys; print('out'); sys.exit('first\\nlast')"], PATH, tmp_path)
    assert (run.status, run.output, run.last_words) == (1, "out\n", "last")
    assert run.seconds > 0


def test_memory_of_children_counts(tmp_path: Path) -> None:
    assert 120 < run_measured([sys.executable, "-c", CHILD], PATH, tmp_path).peak_mb < 400


def test_a_page_is_waited_for_and_ended(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    assert 0 < seconds_until_page(command, f"http://127.0.0.1:{port}/", PATH, tmp_path) < 60
    again = free_port()
    assert again != 0


def test_a_server_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    with pytest.raises(KaedamaError, match="status 3: too bad"):
        seconds_until_page(
            [sys.executable, "-c", "import sys; print('too bad', file=sys.stderr); sys.exit(3)"],
            f"http://127.0.0.1:{free_port()}/",
            PATH,
            tmp_path,
        )
