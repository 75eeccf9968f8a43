"""Small disks of a test's own: a tmpfs that can be filled and made read-only. Mounting needs root; elsewhere such tests are skipped."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Until a file that stays open is given up, in seconds.
_PATIENCE_S = 60.0
_BALLAST = "ballast"
_BLOCK = b"\1" * (1 << 16)


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk that is mounted at `path`."""

    path: Path

    def fill(self, *, room: int = 0) -> None:
        """Fill it up but for `room` bytes."""
        with (self.path / _BALLAST).open("ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(_BLOCK)
            except OSError as error:
                assert error.errno == errno.ENOSPC
            ballast.truncate(max(0, os.fstat(ballast.fileno()).st_size - room))

    def clear(self) -> None:
        """Give the space back."""
        (self.path / _BALLAST).unlink()

    def protect(self) -> None:
        """Let nobody write on it, root neither. Waits until no file on it is open for writing: Chroma closes its own a little later."""
        end = time.monotonic() + _PATIENCE_S
        while subprocess.run(["mount", "-o", "remount,ro", self.path], check=False, capture_output=True).returncode:
            assert time.monotonic() < end, "a file stays open"
            time.sleep(0.02)


@contextlib.contextmanager
def mounted(path: Path, *, size: int) -> Iterator[Disk]:
    """A disk of `size` bytes at a new folder `path`. Skips the test where mounting is not allowed."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount a disk")
    path.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=False, capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"mounting is not allowed here: {made.stderr.strip()}")
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)
