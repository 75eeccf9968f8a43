"""SIGTERM ends a command in one sentence, and in time."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from core.settings import ROOT

STOPPED = "Stopped. What was finished is kept.\n"
# A command that goes on whatever is raised in it.
STUBBORN = """
import sys, time
from core.command import guarded
def main():
    print("begun", flush=True)
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass
sys.exit(guarded(main))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that could be handled")
def test_a_command_that_hangs_ends_all_the_same() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.communicate()[1] == STOPPED
    assert process.returncode == 143
