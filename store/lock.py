"""One owner process per library directory: a lock that the operating system releases when the owner dies, and a note of who it is.

Chroma's embedded client loses vectors in silence when two processes write one directory; that is why reading is locked out too.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import LibraryLocked, LibraryUnwritable, Owner
from core.sentences import Phrase
from store.privacy import private_directory


class LibraryLock:
    """Held from construction until `release`.

    Raises:
        LibraryLocked: another process holds it; the message names that process.
        LibraryUnwritable: the directory cannot be created or written.
    """

    def __init__(self, directory: Path) -> None:
        self._note = directory / "owner.json"
        try:
            private_directory(directory)
            self._lock = FileLock(directory / "library.lock", mode=0o600)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise LibraryLocked(directory=directory, owner=_describe(self._note)) from None
        except OSError as error:
            raise LibraryUnwritable(directory=directory, detail=error.strerror or str(error)) from error
        try:
            self._note.write_text(json.dumps(_this_process()), "utf-8")
        except OSError as error:
            self._lock.release()
            raise LibraryUnwritable(directory=directory, detail=error.strerror or str(error)) from error

    def release(self) -> None:
        """Let others in."""
        with contextlib.suppress(OSError):  # the note is for people; a directory that vanished needs none
            self._note.unlink(missing_ok=True)
        self._lock.release()


def _this_process() -> dict[str, object]:
    program = " ".join([Path(sys.argv[0]).name or "python", *sys.argv[1:3]])
    return {"pid": os.getpid(), "program": program, "host": platform.node(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}


def _describe(note: Path) -> Phrase:
    try:
        owner = json.loads(note.read_text("utf-8"))
        return Owner.PROCESS(**{name: str(owner[name]) for name in ("pid", "program", "host", "since")})
    except (OSError, ValueError, KeyError, TypeError):
        return Owner.UNKNOWN()
