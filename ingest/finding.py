"""The files behind what a person names: folders are walked, what is passed over is told with its reason, and each file gets its key.

A key is what a later version of a file is recognised by. It is in Unicode form C, because systems write one name in different forms.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import PassedReason
from core.sentences import Phrase
from core.text import clean
from ingest.events import PassedOver
from ingest.formats import EXTENSIONS
from ingest.loader import FoundFile, safe_name

UPLOAD = "upload:"
# A browser's upload of a longer name may arrive cut: Gradio keeps 200 bytes of it, whole characters, with the extension.
_CUT_FROM_BYTES = 190


@dataclass(frozen=True, slots=True)
class Walked:
    """The files to be read, in order, and what was passed over on the way."""

    files: tuple[FoundFile, ...]
    passed_over: tuple[PassedOver, ...]


def find_files(
    paths: Sequence[Path], *, upload: bool = False, names: Mapping[Path, str] | None = None, only: Collection[Path] | None = None
) -> Walked:
    """Find the files behind paths.

    Folders are walked in alphabetical order, without hidden entries and without links that lead out of them. A path that does not exist
    is kept, so that it fails by name. `names` are the full names of uploads whose files had to be called otherwise. With `only`, files in
    folders are taken only where they are among these paths.
    """
    found: list[FoundFile] = []
    passed: list[PassedOver] = []
    for path in paths:
        if not _is_folder(path):
            found.append(found_upload(path, (names or {}).get(path, path.name)) if upload else found_file(path, path.name))
            continue
        for one in _walk(path):
            if isinstance(one, PassedOver):
                passed.append(one)
            elif only is None or one in only:
                name = one.relative_to(path).as_posix()
                found.append(found_upload(one, name) if upload else found_file(one, name))
    return Walked(tuple(found), tuple(passed))


def found_file(path: Path, name: str) -> FoundFile:
    """A file where it lies."""
    return FoundFile(path, safe_name(name), path_key(path))


def found_upload(path: Path, name: str) -> FoundFile:
    """A file that was uploaded under `name`."""
    return FoundFile(path, safe_name(name), upload_key(name))


def path_key(path: Path) -> str:
    """The key of a file: its absolute path in form C, unless another file of that folder has the same name in that form."""
    place = path.absolute()
    composed = Path(unicodedata.normalize("NFC", str(place)))
    if composed != place and _is_another(composed, place):
        composed = place
    return storable(composed)


def storable(path: Path) -> str:
    """A path as text that a database takes: a name that is no valid text for the system's encoding holds lone surrogates."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def upload_key(name: str) -> str:
    """The key of an upload: its whole name, however long, without what no name may hold."""
    return UPLOAD + unicodedata.normalize("NFC", clean(name).replace("\\", "/").strip("/ "))


def may_be_cut(key: str) -> bool:
    """Whether an upload's name may have arrived cut, so that files of other names would have the same key."""
    return len(key.removeprefix(UPLOAD).encode()) >= _CUT_FROM_BYTES


def _walk(root: Path) -> Iterator[Path | PassedOver]:
    unreadable: list[OSError] = []
    inside = root.resolve()
    for folder, folders, files in os.walk(root, onerror=unreadable.append):
        for error in unreadable:
            yield _passed(root, Path(error.filename), PassedReason.FOLDER_UNREADABLE(detail=error.strerror or str(error)))
        unreadable.clear()
        for name in sorted(folders):
            reason = _why_no_folder(Path(folder, name), inside)
            if reason is not None:
                folders.remove(name)
                yield _passed(root, Path(folder, name), reason)
        folders.sort()
        for name in sorted(files):
            path = Path(folder, name)
            reason = _why_no_file(path, inside)
            yield path if reason is None else _passed(root, path, reason)
    for error in unreadable:
        yield _passed(root, Path(error.filename), PassedReason.FOLDER_UNREADABLE(detail=error.strerror or str(error)))


def _why_no_folder(path: Path, inside: Path) -> Phrase | None:
    """Why a folder is not walked; None where it is."""
    if path.name.startswith("."):
        return PassedReason.HIDDEN()
    if path.is_symlink():
        return PassedReason.LINK_INSIDE() if _leads_into(path, inside) else PassedReason.LINK_OUT()
    return None


def _why_no_file(path: Path, inside: Path) -> Phrase | None:
    """Why a file in a folder is not read; None where it is."""
    if path.name.startswith("."):
        return PassedReason.HIDDEN()
    if path.is_symlink() and not _leads_into(path, inside):
        return PassedReason.LINK_OUT() if path.exists() else PassedReason.LINK_BROKEN()
    if path.suffix.lower() not in EXTENSIONS:
        return PassedReason.UNKNOWN_KIND()
    try:
        return None if stat.S_ISREG(path.stat().st_mode) else PassedReason.NOT_REGULAR()
    except OSError:  # reading it says what is wrong
        return None


def _leads_into(link: Path, inside: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(inside)
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return False


def _passed(root: Path, path: Path, reason: Phrase) -> PassedOver:
    name = path.relative_to(root).as_posix() if path != root else path.name
    return PassedOver(safe_name(name), reason)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a path that is too long or may not be looked at: reading it says so
        return False


def _is_another(one: Path, other: Path) -> bool:
    try:
        return not one.samefile(other)
    except (OSError, ValueError):  # there is none, or none that may be looked at
        return False
