"""Puts a backup (backup.py) in the place of a library.

Nothing in the file is believed: names, sizes, hashes and the catalog are checked within a folder of their own before anything in the library
is touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.errors import BackupDamaged, BackupFault, BackupMissing, BackupTooNew, LibraryNotEmpty, LibraryUnwritable
from store.backup import BLOCK, FORMAT, MANIFEST
from store.catalog import FILE, STEPS
from store.lock import LibraryLock
from store.privacy import RESTORING

_ORIGINAL = re.compile(r"files/([0-9a-f]{2})/(\1[0-9a-f]{62})")
# A list of a million originals takes some 150 MB; a longer one is none of ours.
_LONGEST_MANIFEST = 512 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place."""

    directory: Path
    documents: int
    originals: int
    missing: int


def restore(path: Path, directory: Path, *, replace: bool = False) -> Restored:
    """Put a backup in the place of the library `directory`, which has to be empty unless `replace`.

    All of it is unpacked and checked in a folder within the library first; the catalog is put in place last, by one rename. A process that
    is killed leaves the library as it was, with originals too many at most, which the next opening removes.

    Raises:
        BackupMissing, BackupDamaged, BackupTooNew: the file cannot be restored.
        LibraryNotEmpty, LibraryLocked, LibraryUnwritable: the directory cannot take it.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        lock = LibraryLock(directory)
        try:
            if not replace and _holds_something(directory):
                raise LibraryNotEmpty(directory=directory)
            return _put(archive, manifest, path, directory)
        except OSError as error:
            raise LibraryUnwritable(directory=directory, detail=error.strerror or str(error)) from error
        finally:
            lock.release()


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupMissing(path=path, detail=error.strerror or str(error)) from error
    with file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise BackupDamaged(path=path, detail=BackupFault.NO_ARCHIVE()) from error
        with archive:
            yield archive


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    """The list of contents, checked against what is there. Raises BackupDamaged, BackupTooNew."""
    fault = BackupDamaged(path=path, detail=BackupFault.NO_MANIFEST())
    try:
        about = archive.getinfo(MANIFEST)
        if about.file_size > _LONGEST_MANIFEST:
            raise fault
        with archive.open(about) as file:
            manifest: dict[str, Any] = json.loads(file.read(_LONGEST_MANIFEST))
        members = {str(name): (int(one["size"]), str(one["sha256"])) for name, one in manifest["members"].items()}
        form, version = int(manifest["format"]), int(manifest["catalog"])
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise fault from error
    for found, known in ((form, FORMAT), (version, len(STEPS))):
        if found > known:
            raise BackupTooNew(path=path, found=found, known=known)
    names = [about.filename for about in archive.infolist() if about.filename != MANIFEST]
    for name in (*names, *members):
        if name != FILE and not _ORIGINAL.fullmatch(name):
            raise BackupDamaged(path=path, detail=BackupFault.FOREIGN(name=name))
    if len(names) != len(set(names)) or set(names) - set(members):
        extra = next((name for name in names if name not in members), names[0])
        raise BackupDamaged(path=path, detail=BackupFault.FOREIGN(name=extra))
    for name in {*members, FILE} - set(names):
        raise BackupDamaged(path=path, detail=BackupFault.LACKS(name=name))
    return manifest | {"members": members}


def _holds_something(directory: Path) -> bool:
    if any((directory / "files").glob("??/*")) or (directory / "chroma" / "chroma.sqlite3").exists():
        return True
    if not (directory / FILE).exists():
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"{(directory / FILE).absolute().as_uri()}?mode=ro", uri=True)) as db:
            tables = ("documents", "conversations", "votes")
            return any(db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)
    except sqlite3.Error:
        return True  # damaged, or of an earlier version: somebody's in any case


def _put(archive: zipfile.ZipFile, manifest: dict[str, Any], path: Path, directory: Path) -> Restored:
    staged = directory / RESTORING
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)
    try:
        members: dict[str, tuple[int, str]] = manifest["members"]
        needed, free = sum(size for size, _ in members.values()), shutil.disk_usage(staged).free
        if needed > free:
            detail = BackupFault.NO_ROOM(needed=math.ceil(needed / 1e6), free=free // 1_000_000)
            raise LibraryUnwritable(directory=directory, detail=detail)
        for name, (size, sha256) in members.items():
            _unpack(archive, name, staged / Path(name).name, size, sha256, path)
        _check_catalog(staged / FILE, path)
        originals = [name for name in members if name != FILE]
        _prepare_catalog(staged / FILE, directory)
        for name in originals:
            target = directory / name
            for folder in (target.parent.parent, target.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            (staged / target.name).replace(target)
        _close_old(directory / FILE)
        (staged / FILE).replace(directory / FILE)
        # Its collections are dropped by the new catalog in any case; this gives the space back.
        shutil.rmtree(directory / "chroma", ignore_errors=True)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Restored(directory, int(manifest.get("documents", 0)), len(originals), len(manifest.get("missing", ())))


def _unpack(archive: zipfile.ZipFile, name: str, target: Path, size: int, sha256: str, path: Path) -> None:
    """Write one member, and not a byte more than its list says. Raises BackupDamaged."""
    fault = BackupDamaged(path=path, detail=BackupFault.CHANGED(name=name))
    digest, written = hashlib.sha256(), 0
    try:
        member: IO[bytes] = archive.open(name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise fault from error
    with member, target.open("xb") as file:
        target.chmod(0o600)
        while block := _block(member, fault):
            written += len(block)
            if written > size:
                raise fault
            file.write(block)
            digest.update(block)
        file.flush()
        os.fsync(file.fileno())
    if written != size or digest.hexdigest() != sha256:
        raise fault


def _block(member: IO[bytes], fault: BackupDamaged) -> bytes:
    try:
        return member.read(BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise fault from error


def _check_catalog(catalog: Path, path: Path) -> None:
    fault = BackupDamaged(path=path, detail=BackupFault.CATALOG())
    try:
        with contextlib.closing(sqlite3.connect(catalog)) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            whole = (
                db.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
                and not db.execute("PRAGMA foreign_key_check").fetchone()
            )
    except sqlite3.Error as error:
        raise fault from error
    if version > len(STEPS):
        raise BackupTooNew(path=path, found=version, known=len(STEPS))
    if not whole or version < 1:
        raise fault


def _prepare_catalog(catalog: Path, directory: Path) -> None:
    """Make the catalog that of this directory: whatever collections there are have to be made anew, under its own name at a server."""
    with contextlib.closing(sqlite3.connect(catalog)) as db, db:
        tables = {str(name) for (name,) in db.execute("SELECT name FROM sqlite_master")}
        db.execute("DELETE FROM pending")
        if "notebooks" in tables:
            db.execute("INSERT INTO pending (chunk, collection, action) SELECT 0, collection, 'drop' FROM notebooks")
        db.execute("DELETE FROM meta WHERE key IN ('library', 'found_without_catalog')")
        own = _identity(directory)
        if own:
            db.execute("INSERT INTO meta VALUES ('library', ?)", (own,))
    _fsync(catalog)


def _identity(directory: Path) -> str:
    """What tells the library that is replaced apart at a Chroma server; "" where there is none, or it cannot be read."""
    if not (directory / FILE).exists():
        return ""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(directory / FILE)) as db:
        row = db.execute("SELECT value FROM meta WHERE key = 'library'").fetchone()
        return str(row[0]) if row is not None else ""
    return ""


def _close_old(catalog: Path) -> None:
    """Have the catalog that is replaced leave no log behind, which SQLite would take for one of the new catalog."""
    if catalog.exists():
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(catalog)) as db:
            db.execute("PRAGMA journal_mode = DELETE")
    for ending in ("-wal", "-shm", "-journal"):
        catalog.with_name(catalog.name + ending).unlink(missing_ok=True)


def _fsync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
