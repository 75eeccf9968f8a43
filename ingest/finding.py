"""The files behind what a person names: folders are walked, what is passed over is told with its reason, and each file gets its key.

A key is what a later version of a file is recognised by. It is in Unicode form C, because systems write one name in different forms.
"""

from __future__ import annotations

import functools
import math
import os
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core import background
from core.errors import PassedReason
from core.sentences import Phrase
from core.text import clean
from ingest.events import PassedOver
from ingest.formats import EXTENSIONS
from ingest.loader import FoundFile, safe_name

UPLOAD = "upload:"
# A browser's upload of a longer name may arrive cut: Gradio keeps 200 bytes of it, whole characters, with the extension.
_CUT_FROM_BYTES = 190
# So many entries of a folder are waited for until they are given up as silent; then the rest of the folder is.
_MOST_SILENT = 3
# Until a file that is asked for its identity is taken to be silent, in seconds.
_ANSWER_S = 10.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Walked:
    """The files to be read, in order, and what was passed over on the way.

    `seen` are the folders among the paths that were walked to the end, without silence; `stopped` tells whether it was cancelled.
    """

    files: tuple[FoundFile, ...]
    passed_over: tuple[PassedOver, ...]
    seen: tuple[Path, ...] = ()
    stopped: bool = False


def find_files(
    paths: Sequence[Path],
    *,
    upload: bool = False,
    names: Mapping[Path, str] | None = None,
    only: Collection[Path] | None = None,
    limit_s: float = math.inf,
    cancelled: Callable[[], bool] = lambda: False,
) -> Walked:
    """Find the files behind paths.

    Folders are walked in alphabetical order, without hidden entries and without links that lead out of them. A path that does not exist
    is kept, so that it fails by name. `names` are the full names of uploads whose files had to be called otherwise. With `only`, files in
    folders are taken only where they are among these paths. A folder or an entry of which the system says nothing for `limit_s` seconds, as
    of a dead network drive, is passed over. Ends early once `cancelled` says so.
    """
    found: list[FoundFile] = []
    passed: list[PassedOver] = []
    walked: list[Path] = []
    patience = _Patience(limit_s, cancelled)
    for path in paths:
        seen = _seen(path, patience)
        if not isinstance(seen, _Folder):
            named = found_upload(path, (names or {}).get(path, path.name)) if upload else found_file(path, path.name)
            found.append(replace(named, size=seen.size))
            continue
        answered = True
        for one in _walk(path, patience):
            if isinstance(one, PassedOver):
                passed.append(one)
                answered &= one.reason.words is not PassedReason.SILENT
            elif only is None or one.path in only:
                name = one.path.relative_to(path).as_posix()
                named = found_upload(one.path, name) if upload else found_file(one.path, name)
                found.append(replace(named, size=one.size))
        if answered:
            walked.append(path)
    stopped = cancelled()
    return Walked(tuple(found), tuple(passed), () if stopped else tuple(walked), stopped)


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


@dataclass(frozen=True, slots=True)
class _Patience:
    """How many seconds the system may say nothing, and whether to go on."""

    limit_s: float
    cancelled: Callable[[], bool]

    def each(self, make: Callable[[], Iterable[_T]]) -> Iterator[_T]:
        """The items of what blocks as long as a dead network drive does. Raises SilenceError."""
        return background.run(
            lambda stop: make(), first_s=self.limit_s, between_s=self.limit_s, cancelled=self.cancelled, name="looking"
        )


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that is walked."""

    path: Path


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is read, with its size in bytes, 0 where it is not known."""

    path: Path
    size: int


def _seen(path: Path, patience: _Patience) -> _Folder | _File:
    """What a path that a person named is. Reading says what is wrong with one that is missing, closed or silent."""
    try:
        for one in patience.each(lambda: (path.stat(),)):
            return _Folder(path) if stat.S_ISDIR(one.st_mode) else _File(path, one.st_size)
    except (OSError, ValueError, background.SilenceError):
        return _File(path, 0)
    return _File(path, 0)  # cancelled


def _walk(root: Path, patience: _Patience) -> Iterator[_File | PassedOver]:
    folders = [root]
    while folders and not patience.cancelled():
        folder = folders.pop()
        below: list[Path] = []
        for one in _within(root, folder, patience):
            if isinstance(one, _Folder):
                below.append(one.path)
            else:
                yield one
        folders += reversed(below)


def _within(root: Path, folder: Path, patience: _Patience) -> Iterator[_Folder | _File | PassedOver]:
    """What is in a folder, by name. Where an entry is silent, the rest is looked at without it, or given up after several."""
    silent = PassedReason.SILENT(limit_s=patience.limit_s)
    try:
        entries = sorted(patience.each(lambda: os.scandir(folder)), key=lambda entry: entry.name)
    except background.SilenceError:
        yield _passed(root, folder, silent)
        return
    except OSError as error:
        yield _passed(root, folder, PassedReason.FOLDER_UNREADABLE(detail=error.strerror or str(error)))
        return
    at = silences = 0
    while at < len(entries):
        try:
            for seen in patience.each(functools.partial(_looked_at, root, entries[at:])):
                yield _passed(root, Path(entries[at].path), seen) if isinstance(seen, Phrase) else seen
                at += 1
            return
        except background.SilenceError:
            silences += 1
            given_up = entries[at:] if silences == _MOST_SILENT else entries[at : at + 1]
            for entry in given_up:
                yield _passed(root, Path(entry.path), silent)
            at += len(given_up)


def _looked_at(root: Path, entries: Sequence[os.DirEntry[str]]) -> Iterator[_Folder | _File | Phrase]:
    """What each entry is, or why it is passed over."""
    inside = root.resolve()
    for entry in entries:
        if entry.name.startswith("."):
            yield PassedReason.HIDDEN()
        elif _is_folder(entry):
            yield _why_no_folder(Path(entry.path), inside) or _Folder(Path(entry.path))
        else:
            yield _file(Path(entry.path), inside)


def _why_no_folder(path: Path, inside: Path) -> Phrase | None:
    """Why a folder is not walked; None where it is."""
    if path.is_symlink():
        return PassedReason.LINK_INSIDE() if _leads_into(path, inside) else PassedReason.LINK_OUT()
    return None


def _file(path: Path, inside: Path) -> _File | Phrase:
    """A file in a folder, or why it is not read."""
    if path.is_symlink() and not _leads_into(path, inside):
        return PassedReason.LINK_OUT() if path.exists() else PassedReason.LINK_BROKEN()
    if path.suffix.lower() not in EXTENSIONS:
        return PassedReason.UNKNOWN_KIND()
    try:
        told = path.stat()
    except OSError:  # reading it says what is wrong
        return _File(path, 0)
    return _File(path, told.st_size) if stat.S_ISREG(told.st_mode) else PassedReason.NOT_REGULAR()


def _leads_into(link: Path, inside: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(inside)
    except (OSError, RuntimeError):  # it leads nowhere, or in a circle
        return False


def _passed(root: Path, path: Path, reason: Phrase) -> PassedOver:
    name = path.relative_to(root).as_posix() if path != root else path.name
    return PassedOver(safe_name(name), reason)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads nowhere, or in a circle
        return False


def _is_another(one: Path, other: Path) -> bool:
    try:
        return not background.answer(lambda: one.samefile(other), limit_s=_ANSWER_S)
    except (OSError, ValueError, background.SilenceError):  # there is none, or none that may be looked at
        return False
