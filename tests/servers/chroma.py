"""A Chroma server of its own: `chroma run` on a loopback port, over a folder that goes with the test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

# The server starts in a second or two; a machine that is busy takes longer, in seconds.
_PATIENCE_S = 60.0


class ChromaServer:
    """Running from `with` on; `url` is where."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self._port = int(taken.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"
        self._folder = folder

    def __enter__(self) -> ChromaServer:
        program = str(Path(sys.executable).with_name("chroma"))
        self._process = subprocess.Popen(
            [program, "run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder), "ANONYMIZED_TELEMETRY": "False"},
        )
        until = time.monotonic() + _PATIENCE_S
        while True:
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self._port)) == 0:
                    return self
            assert self._process.poll() is None, "chroma run has ended"
            assert time.monotonic() < until, "chroma run does not listen"
            time.sleep(0.05)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(_PATIENCE_S)
