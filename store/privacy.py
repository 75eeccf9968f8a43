"""A library is for its owner alone: directories 0700, files 0600, whatever the umask says."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

# Where a backup is unpacked and checked before it is put in place.
RESTORING = "restoring"
# What a library directory holds. A directory that holds anything else is not ours to close.
_OURS = frozenset(
    {
        "catalog.sqlite3", "catalog.sqlite3-wal", "catalog.sqlite3-shm", "catalog.sqlite3-journal", "chroma", "files", "library.lock",
        "owner.json", "pictures", "uploads", RESTORING,
    }
)  # fmt: skip
_FOLDER, _FILE = 0o700, 0o600


def private_directory(directory: Path) -> None:
    """Make the directory where it is missing, and close it to others where nothing else than a library is in it. Raises OSError."""
    directory.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    if {entry.name for entry in directory.iterdir()} <= _OURS:
        _close(directory, _FOLDER)


def close_to_others(directory: Path) -> None:
    """Close everything in a library directory to others; what vanishes meanwhile is no error."""
    for name in _OURS:
        path = directory / name
        if path.is_dir() and not path.is_symlink():
            for folder, _, files in os.walk(path):
                _close(Path(folder), _FOLDER)
                for file in files:
                    _close(Path(folder, file), _FILE)
        else:
            _close(path, _FILE)


def _close(path: Path, mode: int) -> None:
    # A file system without permissions, or somebody else's file, cannot be closed by us; neither keeps the library from working.
    with contextlib.suppress(OSError):
        if not path.is_symlink() and path.stat().st_mode & 0o777 & ~mode:
            path.chmod(mode)
