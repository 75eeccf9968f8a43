"""What test_kill.py kills: the migration of a catalog, by the process itself after so many steps of SQLite's machine."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path

from store.catalog import Catalog
from store.catalog.connection import Connections

# Steps of SQLite's virtual machine between two looks.
EACH = 100


def open_counted(directory: Path, last: int) -> int:
    """Open a catalog, migrating it; kill this process at look number `last` (0: never). Returns the number of looks."""
    looks = 0

    def look() -> int:
        nonlocal looks
        looks += 1
        if looks == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    plain = Connections._open

    def watched(connections: Connections) -> sqlite3.Connection:
        connection = plain(connections)
        connection.set_progress_handler(look, EACH)
        return connection

    Connections._open = watched  # type: ignore[method-assign, assignment]
    try:
        Catalog(directory).close()
    finally:
        Connections._open = plain  # type: ignore[method-assign]
    return looks


if __name__ == "__main__":
    open_counted(Path(sys.argv[1]), int(sys.argv[2]))
