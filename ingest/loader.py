"""Files, folders and uploads: found, measured, told apart by content, hashed, and given a name that is safe to show."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core import background
from core.errors import DocumentFault, FileEmpty, FileTooLarge, FileUnreadable, PathMissing
from core.text import clean
from ingest.formats import recognised

_LONGEST_NAME = 180
_LONGEST_EXTENSION = 16
# Bytes read at a time.
_PIECE = 4_000_000
# Windows has neither; there a file is opened as bytes.
_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Given:
    """What a person said of a file: its character encoding (a name that Python knows) and its password, "" where nothing was said.

    `another` tells that an upload is no new version of the document that has its name, `afresh` that it is read even where the library has
    it as it would be read now (a program for recognising text may have come since). The password is shown nowhere.
    """

    encoding: str = ""
    password: str = field(default="", repr=False)
    another: bool = False
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to be read: the name people see, and where it comes from (the key by which a later version is recognised).

    `size` is in bytes, 0 where it is not known yet.
    """

    path: Path
    name: str
    origin: str
    given: Given = Given()
    size: int = 0


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file's bytes with what was found out about them; `sha256` is hexadecimal."""

    name: str
    origin: str
    data: bytes
    sha256: str
    media_type: str
    given: Given = Given()


def load_file(file: FoundFile, max_mb: float, limit_s: float) -> LoadedFile:
    """Read a file and tell what it is.

    `limit_s` is how many seconds its system may say nothing: a dead network drive says nothing ever, and its thread is left behind.

    Raises:
        PathMissing, FileUnreadable, FileEmpty, FileTooLarge: it cannot or should not be read.
        UnknownType, TypeMismatch: its content is of no kind that is read, or not of the kind its name says.
    """
    try:
        data = b"".join(background.run(lambda stop: _pieces(file, max_mb), first_s=limit_s, between_s=limit_s, name="loading"))
    except background.SilenceError:
        raise FileUnreadable(name=file.name, detail=DocumentFault.SILENT(limit_s=limit_s)) from None
    except FileNotFoundError:
        raise PathMissing(name=str(file.path)) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise FileUnreadable(name=file.name, detail=getattr(error, "strerror", None) or str(error)) from error
    if not data.strip(b"\0 \t\r\n\f"):
        raise FileEmpty(name=file.name)
    media_type = recognised(file.name, data).media_type
    return LoadedFile(file.name, file.origin, data, hashlib.sha256(data).hexdigest(), media_type, file.given)


def _pieces(file: FoundFile, max_mb: float) -> Iterator[bytes]:
    """A file's bytes. Raises OSError, ValueError, FileUnreadable, FileTooLarge."""
    if not stat.S_ISREG(file.path.stat().st_mode):  # a pipe or a device may never end
        raise FileUnreadable(name=file.name, detail=DocumentFault.NOT_REGULAR())
    # Opening a pipe that took the file's place meanwhile, and reading what is none but looks like a file (/proc), must not wait.
    with open(os.open(file.path, os.O_RDONLY | _NOT_WAITING), "rb") as stream:  # noqa: PTH123  # a descriptor
        told = os.fstat(stream.fileno())
        if not stat.S_ISREG(told.st_mode):
            raise FileUnreadable(name=file.name, detail=DocumentFault.NOT_REGULAR())
        size = told.st_size
        if size > max_mb * 1e6:
            raise FileTooLarge(name=file.name, size_mb=size / 1e6, limit_mb=max_mb)
        size = 0
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > max_mb * 1e6:  # it grows, or does not tell its size
                raise FileTooLarge(name=file.name, size_mb=size / 1e6, limit_mb=max_mb)
            yield piece


def safe_name(name: str) -> str:
    """A name without control characters, deceptive marks or steps out of its folder, cut to 180 characters.

    Deceptive are the invisible format characters: some make a name read backwards or like another (Unicode TR 36, 3.2).
    """
    name = "".join(character for character in clean(name) if unicodedata.category(character) != "Cf").replace("\\", "/")
    parts = [" ".join(part.split()) for part in name.split("/")]
    name = unicodedata.normalize("NFC", "/".join(part for part in parts if part not in ("", ".", "..")))
    if len(name) > _LONGEST_NAME:
        _, dot, extension = name.rpartition(".")
        ending = f"….{extension}" if dot and len(extension) <= _LONGEST_EXTENSION else "…"
        name = name[: _LONGEST_NAME - len(ending)] + ending
    return name or "unnamed"
