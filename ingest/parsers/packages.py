"""Documents that are ZIP packages (OOXML, OpenDocument): opened within limits, members by name, relationships between members.

`zipfile` reads no more of a member than the size that the directory declares, which is what the limits are held against.
Relationships: ECMA-376 part 2 (https://ecma-international.org/publications-and-standards/standards/ecma-376/).
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from core.errors import DocumentFault, ParserFailed, PasswordUnsupported
from core.sentences import Phrase
from ingest.parsers.limits import Limits
from ingest.parsers.xml import attribute, parse_xml, xml_events

_ENCRYPTED_FLAG = 0x1


@dataclass(frozen=True, slots=True)
class Relation:
    """A relationship of a member: its identifier, the last word of its type ("comments"), the member that it leads to."""

    identifier: str
    kind: str
    target: str


class Package:
    """An opened package. Use as a context manager."""

    def __init__(self, data: bytes, name: str, kind: Phrase, limits: Limits) -> None:
        """Open a package of a `kind`. Raises PasswordUnsupported, ParserFailed, UnpacksTooMuch."""
        self._name, self._kind = name, kind
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise self.broken() from error
        limits.check_members(name, ((member.file_size, member.compress_size) for member in self._zip.infolist()))
        self._members = {member.filename: member for member in self._zip.infolist()}
        if any(member.flag_bits & _ENCRYPTED_FLAG for member in self._members.values()):
            raise PasswordUnsupported(name=name)

    def __enter__(self) -> Package:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def broken(self) -> ParserFailed:
        """The error of a package that is not what it should be."""
        return ParserFailed(name=self._name, media_type=self._kind, detail=DocumentFault.BROKEN())

    def members(self, prefix: str = "") -> list[str]:
        """Names of the members that begin with `prefix`, in the order of the package."""
        return [member for member in self._members if member.startswith(prefix)]

    def read(self, member: str) -> bytes:
        """The bytes of a member. Raises ParserFailed where there is none, or its bytes are damaged."""
        try:
            return self._zip.read(self._members[member])
        except (
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            RuntimeError,
            OSError,
            EOFError,
            ValueError,
        ) as error:
            raise self.broken() from error

    def xml(self, member: str) -> Element:
        """The root element of a member. Raises ParserFailed."""
        root = parse_xml(self.read(member))
        if root is None:
            raise self.broken()
        return root

    def events(self, member: str, *wanted: str) -> Iterator[Element]:
        """Elements named `wanted` (without namespace) of a member as they end; each is emptied afterwards. Raises ParserFailed."""
        try:
            yield from xml_events(self.read(member), *wanted)
        except ValueError as error:
            raise self.broken() from error

    def optional(self, member: str) -> Element | None:
        """The root element of a member, or None where there is none. Raises ParserFailed where it is damaged."""
        return self.xml(member) if member in self._members else None

    def relations(self, member: str) -> tuple[Relation, ...]:
        """Where a member leads inside of the package ("" is the package itself). Raises ParserFailed."""
        folder, base = posixpath.split(member)
        root = self.optional(posixpath.join(folder, "_rels", f"{base}.rels"))
        if root is None:
            return ()
        return tuple(
            Relation(attribute(one, "Id"), attribute(one, "Type").rpartition("/")[2], _resolved(folder, attribute(one, "Target")))
            for one in root
            if attribute(one, "TargetMode") != "External"
        )

    def related(self, member: str, kind: str) -> list[str]:
        """The members that relationships of `kind` lead to, those that the package lacks left out."""
        return [one.target for one in self.relations(member) if one.kind == kind and one.target in self._members]


def _resolved(folder: str, target: str) -> str:
    """The member that a relationship's target names, seen from the folder of the member that has it."""
    target = unquote(target)
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
