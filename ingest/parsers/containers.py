"""What is in a ZIP or an OLE file by the names in its directory, read in bounded time: enough to tell formats apart.

OLE (Compound File Binary): https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb/
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterable

ZIP_HEADER = b"PK\x03\x04"
OLE_HEADER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_OF_DIRECTORY = b"PK\x05\x06"
# The end record is followed by a comment of at most 65,535 bytes.
_END_WITHIN = 65_557
# A directory larger than this (bytes) lists more members than any document has.
_LARGEST_DIRECTORY = 4_000_000
# Chains of sectors are followed this far (sectors); a directory of an honest file has a few hundred entries.
_MOST_SECTORS = 4_096
_ENTRY = 128
_NO_STREAM = 0xFFFFFFFF


def zip_names(data: bytes) -> tuple[str, ...]:
    """Names of a ZIP's members; those of local headers where the directory is missing, as in a file that was cut; () for others."""
    if not data.startswith(ZIP_HEADER):
        return ()
    end = data.rfind(_END_OF_DIRECTORY, max(0, len(data) - _END_WITHIN))
    if end < 0 or end + 16 > len(data):
        return tuple(_local_names(data))
    if struct.unpack_from("<I", data, end + 12)[0] > _LARGEST_DIRECTORY:
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, struct.error):
        return tuple(_local_names(data))


def has_member(data: bytes, name: re.Pattern[str]) -> bool:
    """Whether a ZIP has a member whose whole name matches."""
    return any(name.fullmatch(one) for one in zip_names(data))


def declared_type(data: bytes) -> bytes:
    """What an OpenDocument file or a book declares itself to be: the member `mimetype`, stored as the first; b"" for others."""
    if not data.startswith(ZIP_HEADER) or data[30:38] != b"mimetype":
        return b""
    size, extra = struct.unpack_from("<I", data, 18)[0], struct.unpack_from("<H", data, 28)[0]
    start = 38 + extra
    found = data[start : start + min(size or 100, 100)]
    return found.split(b"PK")[0].strip()


def ole_names(data: bytes) -> frozenset[str]:
    """Names of the streams and storages at the root of an OLE file; none for others and for damaged ones."""
    if not data.startswith(OLE_HEADER) or len(data) < 512:
        return frozenset()
    try:
        entries = _directory(data)
        return frozenset(_root_names(entries))
    except (struct.error, IndexError, ValueError):
        return frozenset()


def _local_names(data: bytes) -> Iterable[str]:
    for at in (match.start() for match in re.finditer(re.escape(ZIP_HEADER), data[:_LARGEST_DIRECTORY])):
        if at + 30 <= len(data):
            length = struct.unpack_from("<H", data, at + 26)[0]
            yield data[at + 30 : at + 30 + length].decode("cp437")


def _directory(data: bytes) -> bytes:
    """The sectors of the directory, one after another."""
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        raise ValueError("no sector size of this format")
    size = 1 << shift
    tables = struct.unpack_from("<109I", data, 76)
    sector = struct.unpack_from("<I", data, 48)[0]
    found = bytearray()
    for _ in range(_MOST_SECTORS):
        start = (sector + 1) * size
        if start + _ENTRY > len(data):
            break
        found += data[start : start + size]
        table = tables[sector // (size // 4)]
        sector = struct.unpack_from("<I", data, (table + 1) * size + 4 * (sector % (size // 4)))[0]
    return bytes(found)


def _root_names(entries: bytes) -> Iterable[str]:
    """Names in the tree below the root entry: its child, and the two siblings of each."""
    waiting = [struct.unpack_from("<I", entries, 76)[0]]
    seen: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index == _NO_STREAM or index in seen or (index + 1) * _ENTRY > len(entries):
            continue
        seen.add(index)
        entry = entries[index * _ENTRY : (index + 1) * _ENTRY]
        length = struct.unpack_from("<H", entry, 64)[0]
        yield entry[: max(0, min(64, length) - 2)].decode("utf-16-le", "replace")
        waiting += struct.unpack_from("<II", entry, 68)
