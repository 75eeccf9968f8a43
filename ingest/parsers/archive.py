"""ZIP archives: their members, each read by the parser of its own format.

Names without the UTF-8 flag are in the code page of whoever packed the archive, in Japan CP932. Nothing is unpacked to disk, so a name that
leads out of its folder leads nowhere.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from core.errors import DocumentFault, FileKind, ParserFailed, ReadingWarning
from core.text import clean
from core.types import Document
from ingest.parsers.encodings import decode
from ingest.parsers.hidden import hidden_warning, without_invisible
from ingest.parsers.limits import Limits
from ingest.parsers.members import Collected
from ingest.parsers.titles import title_from_name

_UTF_8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
# What programs leave in archives beside the files.
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini", "mimetype")


def parse_zip(data: bytes, name: str, limits: Limits) -> Document:
    """Read the members of an archive in its order. Raises ParserFailed, TooManyPages, TooMuchText, UnpacksTooMuch."""
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError, UnicodeError) as error:
        raise ParserFailed(name=name, media_type="ZIP", detail=DocumentFault.BROKEN()) from error
    with packed:
        members = [one for one in packed.infolist() if not one.is_dir()]
        limits.check_members(name, ((one.file_size, one.compress_size) for one in members))
        collected = Collected(name, limits)
        names = _names(members)
        for member, called in zip(members, names, strict=True):
            if not called or called.startswith(_LITTER) or called.rpartition("/")[2] in _LITTER:
                continue
            if member.flag_bits & _ENCRYPTED_FLAG:
                collected.warn(ReadingWarning.PART_UNREADABLE(part=f"member {called}", reason=DocumentFault.ENCRYPTED()))
                continue
            content = _content(packed, member)
            if content is None:
                collected.warn(ReadingWarning.PART_UNREADABLE(part=f"member {called}", reason=DocumentFault.BROKEN()))
                continue
            collected.read(content, called, f"member {called}")
    collected.warn_all(hidden_warning(collected.hidden))
    if not collected.pages and collected.unread:
        raise ParserFailed(name=name, media_type=str(FileKind.ARCHIVE()), detail=DocumentFault.NO_MEMBER(count=collected.unread))
    return collected.document(title_from_name(name), "application/zip")


def _content(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a member, None where they are damaged or packed in a way that is not known."""
    try:
        return packed.read(member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        return None


def _names(members: list[zipfile.ZipInfo]) -> list[str]:
    """The names of members as their packer wrote them; those without the UTF-8 flag are told from all of them together."""
    raw = [None if one.flag_bits & _UTF_8_FLAG else _bytes(one) for one in members]
    unsure = [one for one in raw if one is not None and not one.isascii()]
    encoding = decode(b"\n".join(unsure), "").encoding if unsure else "utf-8"
    return [_shown(one.filename if own is None else own.decode(encoding, "replace")) for one, own in zip(members, raw, strict=True)]


def _bytes(member: zipfile.ZipInfo) -> bytes | None:
    try:
        return member.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return None


def _shown(name: str) -> str:
    """A member's name in one line, without steps out of its folder."""
    parts = (" ".join(part.split()) for part in clean(without_invisible(name)[0]).replace("\\", "/").split("/"))
    return "/".join(part for part in parts if part not in ("", ".", ".."))
