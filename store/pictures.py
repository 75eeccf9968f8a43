"""Pictures of pages, kept on disk for the next look: `pictures/SHA-256/PAGE-DOTS.png`, the least recently seen go when there are too many.

They can all be deleted at any time: whatever is missing is drawn again from the original.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)
_HASH = re.compile(r"[0-9a-f]{64}")
# When the limit is passed, pictures go until so much of it is taken: not one for every new one.
_KEPT_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class PictureKey:
    """A page (from 1) of the file with this hash, drawn with so many dots an inch."""

    sha256: str
    page: int
    dots_per_inch: int


class Pictures:
    """The pictures of the library `directory`; safe from several threads. Its faults are logged: a picture is drawn again at any time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "pictures"
        self._guard = threading.Lock()
        self._size: int | None = None  # bytes of all; not counted yet

    def get(self, key: PictureKey) -> bytes | None:
        """The PNG file of a page, None where it is not kept."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def keep(self, key: PictureKey, png: bytes, limit_mb: int) -> None:
        """Keep a picture; of more than `limit_mb` megabytes in all, the least recently seen go."""
        limit = limit_mb * 1_000_000
        if len(png) > limit:
            return
        path = self._path(key)
        with self._guard:
            try:
                before = path.stat().st_size if path.exists() else 0
                for folder in (self._directory, path.parent):
                    folder.mkdir(mode=0o700, exist_ok=True)
                _write(path, png)
                self._size = self._counted() if self._size is None else self._size + len(png) - before
                if self._size > limit:
                    self._size = self._cut(int(limit * _KEPT_SHARE))
            except OSError:
                _log.warning("a picture of a page could not be kept", exc_info=True)

    def sweep(self, known: Callable[[], set[str]]) -> None:
        """Remove the pictures of all files but those whose hashes are known; these are asked for only where there are pictures."""
        with self._guard:
            folders = [folder for folder in self._directory.iterdir() if folder.is_dir()] if self._directory.is_dir() else []
            hashes = known() if folders else set()
            for folder in folders:
                if folder.name not in hashes:
                    shutil.rmtree(folder, ignore_errors=True)
                    self._size = None

    def _path(self, key: PictureKey) -> Path:
        if not _HASH.fullmatch(key.sha256):
            raise ValueError(f"no SHA-256: {key.sha256!r}")
        return self._directory / key.sha256 / f"{key.page:d}-{key.dots_per_inch:d}.png"

    def _counted(self) -> int:
        return sum(path.stat().st_size for path in self._directory.glob("*/*"))

    def _cut(self, size: int) -> int:
        """Remove the least recently seen until at most `size` bytes are left. Returns how many are."""
        seen = sorted((told.st_mtime, told.st_size, str(path)) for path in self._directory.glob("*/*") for told in [path.stat()])
        left = sum(one[1] for one in seen)
        for _, taken, path in seen:
            if left <= size:
                break
            Path(path).unlink(missing_ok=True)
            left -= taken
        return left


def _write(path: Path, data: bytes) -> None:
    """Put a file in place whole, readable by its owner alone. Raises OSError."""
    number, name = tempfile.mkstemp(prefix="writing-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
