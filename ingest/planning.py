"""What becomes of a file: a new document, a new version, one more place of a document, or a document's new name.

A document is known by its places. A file whose place is known is that document, whatever its bytes are now. A file of an unknown place
whose bytes are known is one more place of their document, or, where that document's own file is gone, its new name. When one of several
places gets other bytes, it leaves the document and is one of its own.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.finding import UPLOAD, may_be_cut, storable, upload_key
from ingest.loader import FoundFile
from store.catalog import Catalog, Known, Origin
from store.files import is_gone


class Fate(enum.Enum):
    """What a file is to the library."""

    NEW = enum.auto()
    CHANGED = enum.auto()  # other bytes than before at the place of a document
    SAME = enum.auto()  # the bytes of the document of this place
    COPY = enum.auto()  # the bytes of a document that has other places
    RENAMED = enum.auto()  # the bytes of a document whose own file is gone


@dataclass(frozen=True, slots=True)
class Way:
    """How a file is read: format, versions, width of passages; and the encoding that the person gave, "" where none was given.

    `afresh`: as no document was read before.
    """

    base: str
    encoding: str = ""
    afresh: bool = False

    def __str__(self) -> str:
        return f"{self.base}.{self.encoding}" if self.encoding else self.base

    def is_of(self, known: Known) -> bool:
        """Whether a document was read like this; an encoding that was given once stays until another is."""
        if self.afresh:
            return False
        return known.reading == str(self) or (not self.encoding and known.reading.startswith(f"{self.base}."))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with a file.

    `document` is the one that it belongs to, None for a new one. `key` is the key of its place. `current` tells that its bytes are in the
    library, read as they would be now. `leaves` is the document that the place is taken from; `gone` the key of the place that it takes the
    place of. `kept` tells that its bytes are in the library's files. `origin` is the place as the
    catalog has it, where a document is read again from a copy of its bytes.
    """

    fate: Fate
    key: str
    document: int | None = None
    current: bool = False
    leaves: int | None = None
    gone: str = ""
    kept: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """An upload whose name an earlier upload has: the document that it would be a new version of, and what that is called."""

    name: str
    document: int
    called: str


class Planner:
    """Plans for the files of one run into a notebook.

    `taken` are the documents that files of this run have become: no other upload of
    the run replaces them. With `keep_both`, uploads replace nothing.
    """

    def __init__(self, catalog: Catalog, notebook: int, *, upload: bool, keep_both: bool) -> None:
        self._catalog = catalog
        self._notebook = notebook
        self._upload = upload
        self._keep_both = keep_both
        self.taken: set[int] = set()

    def plan(self, file: FoundFile, sha256: str, way: Way) -> Plan:
        """What becomes of a file with bytes of this hash, which would be read in this way."""
        if not self._upload:
            own = self._catalog.documents.find(self._notebook, origin=file.origin)
            if own is not None:
                return self._at_its_place(file.origin, own, sha256, way)
        alike = self._catalog.documents.alike(self._notebook, sha256)
        if alike:
            return self._of_known_bytes(file, alike, way)
        return self._uploaded(file, sha256) if self._upload else Plan(Fate.NEW, file.origin)

    def _at_its_place(self, key: str, own: Known, sha256: str, way: Way) -> Plan:
        if own.sha256 == sha256:
            return Plan(Fate.SAME, key, own.id, way.is_of(own), kept=own.original)
        if len(self._catalog.origins.of(own.id)) == 1:
            return Plan(Fate.CHANGED, key, own.id)
        alike = self._catalog.documents.alike(self._notebook, sha256)
        if alike:
            return Plan(Fate.COPY, key, alike[0].id, current=way.is_of(alike[0]), leaves=own.id, kept=alike[0].original)
        return Plan(Fate.NEW, key, leaves=own.id)

    def _of_known_bytes(self, file: FoundFile, alike: Sequence[Known], way: Way) -> Plan:
        if file.given.afresh:
            named = next((known for known in alike if known.name == file.name), alike[0])
            origin = self._catalog.origins.of(named.id)[0]
            return Plan(Fate.SAME, origin.key, named.id, kept=named.original, origin=origin)
        for known in alike:
            current = way.is_of(known)
            for origin in self._catalog.origins.of(known.id):
                if self._upload and _unnumbered(origin.key) == file.origin:
                    return Plan(Fate.SAME, origin.key, known.id, current, kept=known.original)
                if not self._upload and origin.path and is_gone(Path(origin.path)):
                    return Plan(Fate.RENAMED, file.origin, known.id, current, gone=origin.key, kept=known.original)
        return Plan(Fate.COPY, self._free_key(file.origin), alike[0].id, way.is_of(alike[0]), kept=alike[0].original)

    def _uploaded(self, file: FoundFile, sha256: str) -> Plan:
        """By name: the documents of this name in the order in which they came have "upload:report.txt", "upload/2:report.txt"."""
        if may_be_cut(file.origin):
            return Plan(Fate.NEW, f"{file.origin}#{sha256[:16]}")
        for key in _numbered(file.origin):
            before = self._catalog.documents.find(self._notebook, origin=key)
            if before is None:
                return Plan(Fate.NEW, key)
            if not (self._keep_both or file.given.another) and before.id not in self.taken:
                shared = len(self._catalog.origins.of(before.id)) > 1
                return Plan(Fate.NEW, key, leaves=before.id) if shared else Plan(Fate.CHANGED, key, before.id)
        raise AssertionError("numbers do not end")

    def _free_key(self, key: str) -> str:
        if not self._upload:
            return key
        find = self._catalog.documents.find
        return next(key for key in _numbered(key) if find(self._notebook, origin=key) is None)

    def settle(self, plan: Plan, file: FoundFile, name: str) -> None:
        """Note in the catalog where a file belongs whose document is there already."""
        assert plan.document is not None
        origin = origin_of(plan, file, upload=self._upload)
        if plan.leaves is not None:
            self._catalog.origins.leave(plan.leaves, plan.key)
        if plan.fate is Fate.RENAMED:
            self._catalog.origins.rename(plan.document, plan.gone, origin, name)
        elif plan.fate is Fate.COPY:
            self._catalog.origins.add(plan.document, origin)
        self.taken.add(plan.document)


def origin_of(plan: Plan, file: FoundFile, *, upload: bool) -> Origin:
    """The place that a file is."""
    if plan.origin is not None:
        return plan.origin
    path = str(file.path.absolute())
    # A name that is no valid text for the system's encoding cannot be kept: such a file is never known to be gone.
    return Origin(plan.key, "" if upload or path != storable(file.path.absolute()) else path, file.name)


def conflicts(catalog: Catalog, notebook: int, names: Collection[str]) -> tuple[Conflict, ...]:
    """Which of these uploads would be a new version of an earlier upload, unless their bytes are the same or both are to be kept."""
    found = []
    for name in names:
        key = upload_key(name)
        known = None if may_be_cut(key) else catalog.documents.find(notebook, origin=key)
        if known is not None:
            found.append(Conflict(name, known.id, known.name))
    return tuple(found)


def _numbered(key: str) -> itertools.chain[str]:
    others = (key.replace(UPLOAD, f"upload/{number}:", 1) for number in itertools.count(2))
    return itertools.chain([key], others)


def _unnumbered(key: str) -> str:
    """The key that an upload's name alone would give."""
    whole = re.sub(r"^upload/\d+:", UPLOAD, key)
    return re.sub(r"#[0-9a-f]{16}$", "", whole) if may_be_cut(whole) else whole
