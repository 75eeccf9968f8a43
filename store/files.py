"""Originals: the bytes of documents, kept by content hash, so that what a citation shows outlives the file that it came from.

`files/ab/abcd…`: the name is the SHA-256 of the content. A file is written whole under another name and renamed, so that none is ever half
there; it is written before the catalog speaks of it and removed after, so that a process that is killed leaves at most one too many, which
`sweep` removes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core import background
from core.errors import LibraryUnwritable, OriginalMissing
from store.catalog import StoredVersion
from store.pictures import Pictures

_HASH = re.compile(r"[0-9a-f]{64}")
# Begins the name of a file that is being written.
_UNFINISHED = "writing-"
# Until a file is taken to be on a drive that is silent, in seconds.
_ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class Original:
    """A document's bytes as a file, which is not to be changed, with the name people see and its media type.

    `gone` tells that this is the library's copy and the file that it was made of is no longer where it was.
    """

    path: Path
    name: str
    media_type: str
    gone: bool = False


class Files:
    """The originals of the library `directory`. The caller sees to it that none is kept and removed at the same time."""

    def __init__(self, directory: Path) -> None:
        self._library = directory
        self._directory = directory / "files"
        self.pictures = Pictures(directory)

    def path(self, sha256: str) -> Path:
        """Where the content of this hash (64 hexadecimal digits) lies, whether it is there or not."""
        if not _HASH.fullmatch(sha256):
            raise ValueError(f"no SHA-256: {sha256!r}")
        return self._directory / sha256[:2] / sha256

    def keep(self, sha256: str, data: bytes) -> None:
        """Write content under its hash unless it is there. Raises LibraryUnwritable."""
        target = self.path(sha256)
        with self._told():
            if target.exists():
                return
            for folder in (self._directory, target.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=target.parent)  # readable by its owner alone
            try:
                with os.fdopen(number, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(target)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def remove(self, hashes: Iterable[str]) -> None:
        """Remove content; unknown hashes are no error. Raises LibraryUnwritable."""
        with self._told():
            for sha256 in hashes:
                self.path(sha256).unlink(missing_ok=True)

    def sweep(self, known: set[str]) -> None:
        """Remove whatever is not of a known hash: what a killed process left. Raises LibraryUnwritable."""
        with self._told():
            for file in self._all():
                if file.name not in known:
                    file.unlink()

    def original(self, version: StoredVersion) -> Original:
        """The file with a version's bytes: the copy that is kept, or where there is none, the file it came from if that is unchanged.

        Raises OriginalMissing.
        """
        paths = [Path(origin.path) for origin in version.origins if origin.path]
        gone = len(paths) == len(version.origins) and all(map(is_gone, paths))
        if version.original:
            path = self.path(version.sha256)
            if path.is_file():
                return Original(path, version.name, version.media_type, gone)
        for path in () if version.original else paths:
            if path.is_absolute() and _has_hash(path, version.sha256):
                return Original(path, version.name, version.media_type)
        places = ", ".join(map(str, paths)) or version.name
        raise OriginalMissing(name=version.name, origin=places)

    def count(self) -> int:
        """Number of originals."""
        return sum(1 for _ in self._all())

    def hashes(self) -> set[str]:
        """Hashes of all originals that are there."""
        return {file.name for file in self._all()}

    def is_whole(self, sha256: str) -> bool:
        """Whether an original is there with the bytes that it was kept with."""
        return _has_hash(self.path(sha256), sha256)

    def _all(self) -> Iterator[Path]:
        if self._directory.is_dir():
            yield from self._directory.glob("??/*")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LibraryUnwritable(directory=self._library, detail=error.strerror or str(error)) from error


def is_gone(path: Path) -> bool:
    """Whether there is no file of this path; one that may not be looked at, or whose drive is silent, is not known to be gone."""
    try:
        background.answer(path.lstat, limit_s=_ANSWER_S)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError, background.SilenceError):
        return False
    return False


def _has_hash(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False
