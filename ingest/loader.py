"""Files, folders and uploads: found, measured, told apart by content, hashed, and given a name that is safe to show.

What a file is called decides nothing but which of two kinds of text it is; a name that contradicts the content is an error that says so.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import filetype

from core.errors import DocumentFault, FileEmpty, FileKind, FileTooLarge, FileUnreadable, PathMissing, TypeMismatch, UnknownType
from core.sentences import Phrase
from core.text import clean

_BY_EXTENSION = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".text": "text/plain",
    ".log": "text/plain",
    ".rst": "text/plain",
    ".csv": "text/plain",
    ".tsv": "text/plain",
}
EXTENSIONS = tuple(_BY_EXTENSION)
_NAMES = {
    "application/pdf": FileKind.PDF(),
    "text/html": FileKind.HTML(),
    "text/markdown": FileKind.MARKDOWN(),
    "text/plain": FileKind.TEXT(),
}
# The header may follow up to 1,024 bytes of anything (PDF 1.7, implementation note 13).
_PDF_HEADER_WITHIN = 1024
_PDF_HEADER = re.compile(rb"^\s*%PDF-", re.MULTILINE)
_SNIFF = 4096
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|h[1-6]|table|article|main|span|ul|ol)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"<[a-z!/?][^<>]*>", re.IGNORECASE)
_UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# Some signatures are two letters ("BM" opens a bitmap, and a text about BMW): they count only beside bytes that no text has. Escape, which
# Japanese mail has, is no such byte; the two formats that consist of text are known by theirs alone.
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MADE_OF_TEXT = ("application/rtf", "application/postscript")
# Parts of media types, and members of ZIP files: names of members stand there uncompressed, and so does what `mimetype` holds.
_OFFICE = {
    "wordprocessingml": FileKind.WORD(),
    "spreadsheetml": FileKind.EXCEL(),
    "presentationml": FileKind.POWERPOINT(),
    "opendocument": FileKind.OPEN_DOCUMENT(),
    "epub": FileKind.EPUB(),
    "rtf": FileKind.RTF(),
}
_PACKED = {
    b"word/document.xml": FileKind.WORD(),
    b"xl/workbook.xml": FileKind.EXCEL(),
    b"ppt/presentation.xml": FileKind.POWERPOINT(),
    b"META-INF/container.xml": FileKind.EPUB(),
    b"mimetypeapplication/vnd.oasis.opendocument": FileKind.OPEN_DOCUMENT(),
}
# The older Office formats (Compound File Binary) and the streams in them, whose names are UTF-16.
_OLE_HEADER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE = {
    "__properties_version1.0": FileKind.OUTLOOK(),
    "WordDocument": FileKind.WORD(),
    "Workbook": FileKind.EXCEL(),
    "PowerPoint Document": FileKind.POWERPOINT(),
}
_LONGEST_NAME = 180
_LONGEST_EXTENSION = 16


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to be read: the name people see, and where it comes from (the key by which a later version replaces it)."""

    path: Path
    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file's bytes with what was found out about them; `sha256` is hexadecimal."""

    name: str
    origin: str
    data: bytes
    sha256: str
    media_type: str


def find_files(paths: Sequence[Path], *, upload: bool = False) -> tuple[list[FoundFile], list[str]]:
    """The files behind paths, and names of files in folders that are passed over because no parser reads their kind.

    Folders are walked in alphabetical order without hidden entries. A path that does not exist is kept, so that it fails by name.
    """
    found: list[FoundFile] = []
    passed_over: list[str] = []
    for path in paths:
        if not _is_folder(path):
            found.append(_found(path, path.name, upload=upload))
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for file in sorted(name for name in files if not name.startswith(".")):
                inner = Path(folder, file)
                if inner.suffix.lower() in EXTENSIONS:
                    found.append(_found(inner, inner.relative_to(path).as_posix(), upload=upload))
                else:
                    passed_over.append(safe_name(inner.relative_to(path).as_posix()))
    return found, passed_over


def _found(path: Path, name: str, *, upload: bool) -> FoundFile:
    name = safe_name(name)
    # A name that is no valid text for the system's encoding holds lone surrogates, which no database takes.
    place = str(path.absolute()).encode("utf-8", "backslashreplace").decode("utf-8")
    return FoundFile(path, name, f"upload:{name}" if upload else place)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a path that is too long or may not be looked at: reading it says so
        return False


def load_file(file: FoundFile, max_mb: float) -> LoadedFile:
    """Read a file and tell what it is.

    Raises:
        PathMissing, FileUnreadable, FileEmpty, FileTooLarge: it cannot or should not be read.
        UnknownType, TypeMismatch: its content is of no kind that is read, or not of the kind its name says.
    """
    try:
        if not stat.S_ISREG(file.path.stat().st_mode):  # a pipe or a device may never end
            raise FileUnreadable(name=file.name, detail=DocumentFault.NOT_REGULAR())
        with file.path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > max_mb * 1e6:
                raise FileTooLarge(name=file.name, size_mb=size / 1e6, limit_mb=max_mb)
            data = stream.read()
    except FileNotFoundError:
        raise PathMissing(name=file.name) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise FileUnreadable(name=file.name, detail=getattr(error, "strerror", None) or str(error)) from error
    if not data.strip(b"\0 \t\r\n\f"):
        raise FileEmpty(name=file.name)
    return LoadedFile(file.name, file.origin, data, hashlib.sha256(data).hexdigest(), media_type(file.name, data))


def media_type(name: str, data: bytes) -> str:
    """The media type of a file's content, held against its name. Raises UnknownType, TypeMismatch."""
    extension = Path(name).suffix.lower()
    named = _BY_EXTENSION.get(extension)
    content, description = _sniff(data)
    if named is None and (content != "text/plain" or not extension):
        named = content  # a PDF or an HTML page under an unheard-of extension is still what it is
    if named is None:
        found = description if content is None else FileKind.UNKNOWN_TEXT(extension=extension)
        raise UnknownType(name=name, found=found)
    if named == "text/html" and content == "text/plain" and _MARKUP.search(data):
        return named  # a fragment without any of the usual tags near its beginning
    if content == named or (named.startswith("text/") and content in ("text/plain", "text/html") and named != "text/html"):
        return named
    raise TypeMismatch(name=name, named=_NAMES[named], found=description)


def _sniff(data: bytes) -> tuple[str | None, Phrase]:
    """The kind of content, None for one that is not read, and what to call it."""
    head = data[:_SNIFF]
    start = head[:_PDF_HEADER_WITHIN]
    if _PDF_HEADER.search(start) or (b"%PDF-" in start and _NOT_IN_TEXT.search(head)):  # not a text that speaks of "%PDF-"
        return "application/pdf", FileKind.PDF()
    if head.startswith(_UNICODE_MARKS):
        head = head.replace(b"\0", b"")  # enough of UTF-16 to see its tags
    else:
        if head.startswith(_OLE_HEADER):
            return None, next((kind for member, kind in _OLE.items() if member.encode("utf-16-le") in data), FileKind.BINARY())
        known = filetype.guess(data[:8192])
        if known is not None and (known.mime in _MADE_OF_TEXT or _NOT_IN_TEXT.search(head)):
            return None, _called(known.mime, data)
        if b"\0" in head:
            return None, FileKind.BINARY()
    if _HTML.search(head):
        return "text/html", FileKind.HTML()
    return "text/plain", FileKind.TEXT()


def _called(media_type: str, data: bytes) -> Phrase:
    """What to call a file of a type that is not read. Containers are known by a member that all files of their kind have."""
    if media_type == "application/zip":
        return next((kind for member, kind in _PACKED.items() if member in data), FileKind.ARCHIVE())
    if media_type.startswith("image/"):
        return FileKind.PICTURE(media_type=media_type)
    return next((kind for part, kind in _OFFICE.items() if part in media_type), FileKind.OTHER(media_type=media_type))


def safe_name(name: str) -> str:
    """A name without control characters, deceptive marks or steps out of its folder, cut to 180 characters.

    Deceptive are the invisible format characters: some make a name read backwards or like another (Unicode TR 36, 3.2).
    """
    name = "".join(character for character in clean(name) if unicodedata.category(character) != "Cf").replace("\\", "/")
    parts = [" ".join(part.split()) for part in name.split("/")]
    name = "/".join(part for part in parts if part not in ("", ".", ".."))
    if len(name) > _LONGEST_NAME:
        _, dot, extension = name.rpartition(".")
        ending = f"….{extension}" if dot and len(extension) <= _LONGEST_EXTENSION else "…"
        name = name[: _LONGEST_NAME - len(ending)] + ending
    return name or "unnamed"
