"""The folder that uploaded files wait in: of our own, inside the library, for nobody else's eyes, and bounded as a whole.

A file arrives in `incoming`, belongs to a reading as soon as one is begun (`take`), and is removed when that is over (`release`).
Nothing is removed because of its age while a reading waits for it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from core.errors import LibraryUnwritable

# Seconds after which a file that arrived, but for which no reading was begun, is taken to be forgotten: its page is gone.
_FORGOTTEN_S = 3_600.0


class Uploads:
    """The folder of one library.

    Args:
        library: the library's directory.
        limit: bytes that may lie in the folder at a time.

    Raises:
        LibraryUnwritable: the folder cannot be made or emptied.
    """

    def __init__(self, library: Path, *, limit: int) -> None:
        self.limit = limit
        self.folder = library / "uploads"
        self.incoming = self.folder / "incoming"
        self._taken = self.folder / "taken"
        self._guard = threading.Lock()
        self._arriving = 0
        with self._told():
            # What an earlier run left: its readings ended with it.
            shutil.rmtree(self.folder, ignore_errors=True)
            for folder in (self.folder, self.incoming, self._taken):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the system reports, as of a full disk, into the library's error."""
        try:
            yield
        except OSError as error:
            raise LibraryUnwritable(directory=self.folder.parent, detail=error.strerror or str(error)) from error

    def room(self) -> int:
        """Bytes that may still arrive."""
        self._forget()
        return max(0, self.limit - _size(self.folder))

    @contextlib.contextmanager
    def arriving(self) -> Iterator[None]:
        """Hold while files arrive; after the last of several, parts of uploads that were broken off are removed."""
        with self._guard:
            self._arriving += 1
        try:
            yield
        finally:
            with self._guard:
                self._arriving -= 1
                if not self._arriving:
                    # A whole file has a folder of its own; a part lies beside these.
                    for part in self.incoming.iterdir():
                        if part.is_file():
                            part.unlink(missing_ok=True)

    def take(self, paths: Sequence[Path]) -> list[Path]:
        """Move files that have arrived into a folder of their reading. Returns where they are now, under the same names.

        A path outside the folder, or one that is gone, stays as it is: whoever reads it says what is wrong. Raises LibraryUnwritable.
        """
        with self._told():
            return self._moved(paths)

    def _moved(self, paths: Sequence[Path]) -> list[Path]:
        home = Path(tempfile.mkdtemp(dir=self._taken))
        moved = []
        for number, path in enumerate(paths):
            place = home / str(number) / path.name
            if path.resolve().is_relative_to(self.incoming.resolve()) and path.is_file():
                place.parent.mkdir(mode=0o700)
                path.replace(place)
                with contextlib.suppress(OSError):  # another file of the same content may lie there under another name
                    path.parent.rmdir()
                moved.append(place)
            else:
                moved.append(path)
        return moved

    def copy(self, original: Path, name: str) -> Path:
        """Copy a file into a folder of a reading of its own, under a name that may have folders in it. Returns where it is now.

        Raises LibraryUnwritable; no part of it is left then.
        """
        with self._told():
            place = self._place(name)
            return self._made(place, lambda: shutil.copyfile(original, place))

    def write(self, name: str, data: bytes) -> Path:
        """Write a file into a folder of a reading of its own, as `copy` does."""
        with self._told():
            place = self._place(name)
            return self._made(place, lambda: place.write_bytes(data))

    def _made(self, place: Path, make: Callable[[], object]) -> Path:
        """A file, or where the disk is full, no part of it."""
        try:
            make()
        except BaseException:
            self.release([place])
            raise
        return place

    def _place(self, name: str) -> Path:
        home = Path(tempfile.mkdtemp(dir=self._taken))
        place = home / "0" / name
        if not place.resolve().is_relative_to(home.resolve()):
            raise ValueError(f"{name!r} leads out of the folder of uploads")
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def folder_of(self, path: Path) -> Path:
        """The folder in which the name of a file that was copied or written begins."""
        home, number, *_ = path.relative_to(self._taken).parts
        return self._taken / home / number

    def release(self, paths: Sequence[Path]) -> None:
        """Remove files and folders that were taken, after they have been read; others are left alone."""
        for path in paths:
            if not path.is_relative_to(self._taken) or path == self._taken:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            for folder in path.parents:
                if folder == self._taken:
                    break
                try:
                    folder.rmdir()
                except OSError:  # another file of the same upload is still needed
                    break

    def _forget(self) -> None:
        """Remove files that arrived long ago and for which no reading was begun."""
        before = time.time() - _FORGOTTEN_S
        for folder in self.incoming.iterdir():
            with contextlib.suppress(OSError):
                if folder.is_dir() and folder.stat().st_mtime < before:
                    shutil.rmtree(folder)


def _size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(root) / name).stat().st_size
    return total
