"""Libraries of earlier versions for tests, and what test_kill.py kills: a migration, by the process itself after so many steps."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import tarfile
from pathlib import Path

from store.catalog import Catalog
from store.catalog.connection import Connections
from store.library import Library

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


def unpacked(archive: Path, parent: Path) -> Path:
    """The library in an archive of tests/data, unpacked."""
    directory = parent / "library"
    with tarfile.open(archive) as opened:
        opened.extractall(directory, filter="data")
    return directory


def assert_searched(library: Library) -> None:
    """Both kinds of search find what stands in the libraries of tests/data, in three languages and two notebooks."""
    default, other = library.catalog.notebooks.all()
    for notebook, question, name in (
        (default, "What is on the price list of spring 2026?", "prices.txt"),
        (default, "¿Qué día cierra la tienda?", "tienda.txt"),
        (other, "替え玉の値段はいくらですか", "替え玉.md"),
    ):
        asked = library.question(question, ("en", "es", "ja"))
        nearest = library.search_dense(notebook.id, asked, 1, None)[0].chunk
        assert library.hits([nearest])[nearest].source == name
        words = library.lexical.search(notebook.id, asked.text, 1, None)[0].chunk
        assert library.hits([words])[words].source == name


if __name__ == "__main__":
    open_counted(Path(sys.argv[1]), int(sys.argv[2]))
