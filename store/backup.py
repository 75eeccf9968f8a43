"""One file with all that a library cannot make again: the catalog and the originals. Vectors are in the catalog, so Chroma is left out.

A backup is a ZIP archive: `catalog.sqlite3`, `files/ab/abcd…` and `manifest.json`, which lists sizes and hashes of the others. It is made by
SQLite's online backup from a connection that only reads, so that another process may own and use the library meanwhile. restore.py reads it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import BackupTaken, BackupUnwritable, LibraryMissing
from store.catalog import FILE
from store.catalog.connection import library_error

FORMAT = 1
MANIFEST = "manifest.json"
# Bytes that are in memory at a time.
BLOCK = 1 << 20
# Originals may go while they are copied, with a document that somebody deletes; then the catalog is taken anew, so often at most.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds; `missing` counts originals that the library itself lacks."""

    path: Path
    documents: int
    originals: int
    missing: int
    size: int


def backup(directory: Path, path: Path) -> BackedUp:
    """Write the library `directory` into one file, whole or not at all; an earlier backup of that name is replaced.

    Raises: LibraryMissing, LibraryDamaged, LibraryUnwritable, BackupTaken, BackupUnwritable.
    """
    if not (directory / FILE).is_file():
        raise LibraryMissing(directory=directory)
    if path.exists() and not _is_backup(path):
        raise BackupTaken(path=path)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as beside:
            made = _written(directory, Path(beside))
            size = (Path(beside) / "backup").stat().st_size
            (Path(beside) / "backup").replace(path)
    except OSError as error:
        raise BackupUnwritable(path=path, detail=error.strerror or str(error)) from error
    return BackedUp(path, made.documents, made.originals, made.missing, size)


@dataclass(frozen=True, slots=True)
class _Made:
    documents: int
    originals: int
    missing: int


def _written(directory: Path, beside: Path) -> _Made:
    """Write `backup` into the folder `beside`, which is on the disk of the target."""
    members: dict[str, dict[str, object]] = {}
    catalog, lacking = beside / FILE, None
    with (beside / "backup").open("xb") as target, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        (beside / "backup").chmod(0o600)
        for _ in range(_TRIES):
            _copy_catalog(directory, catalog)
            wanted = _originals(catalog)
            gone = set()
            for sha256 in sorted(wanted):
                name = f"files/{sha256[:2]}/{sha256}"
                if name not in members and not _add(archive, directory / name, name, members):
                    gone.add(sha256)
            if not gone or gone == lacking:  # those that the catalog of a moment later names too are missing for good
                break
            lacking = gone
        _add(archive, catalog, FILE, members, zipfile.ZIP_DEFLATED)
        with contextlib.closing(sqlite3.connect(catalog)) as db:
            (documents,) = db.execute("SELECT count(*) FROM documents").fetchone()
            (version,) = db.execute("PRAGMA user_version").fetchone()
        manifest = {
            "format": FORMAT, "catalog": version, "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "documents": documents, "missing": sorted(gone), "members": members,
        }  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(manifest), zipfile.ZIP_DEFLATED)
        catalog.unlink()
        archive.close()
        target.flush()
        os.fsync(target.fileno())
    return _Made(documents, len(wanted) - len(gone), len(gone))


def _copy_catalog(directory: Path, target: Path) -> None:
    """One state of the catalog, whoever writes into it meanwhile: a single step of the backup holds one read transaction."""
    target.unlink(missing_ok=True)
    try:
        with (
            contextlib.closing(
                sqlite3.connect(f"{(directory / FILE).absolute().as_uri()}?{_way(directory)}", uri=True, timeout=10)
            ) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy, pages=-1)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF == sqlite3.SQLITE_FULL:
            raise OSError(str(error)) from error  # of the disk that is written
        raise library_error(error, directory) or error from error


def _way(directory: Path) -> str:
    """How SQLite opens the catalog: one that cannot be written, as on a read-only disk, and that nobody has open, without its log files."""
    logs = any((directory / f"{FILE}{end}").exists() for end in ("-wal", "-shm"))
    return "mode=ro" if logs or os.access(directory, os.W_OK) else "mode=ro&immutable=1"


def _originals(catalog: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(catalog)) as db:
        return {str(sha256) for (sha256,) in db.execute("SELECT DISTINCT sha256 FROM versions WHERE original")}


def _add(
    archive: zipfile.ZipFile, path: Path, name: str, members: dict[str, dict[str, object]], how: int = zipfile.ZIP_STORED
) -> bool:
    """Add a file; false where it is not there. The hash in the list is that of what was added."""
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return False
    about = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    about.compress_type, about.external_attr = how, 0o600 << 16
    digest, size = hashlib.sha256(), 0
    with source, archive.open(about, "w", force_zip64=True) as member:
        while block := source.read(BLOCK):
            member.write(block)
            digest.update(block)
            size += len(block)
    members[name] = {"size": size, "sha256": digest.hexdigest()}
    return True


def _is_backup(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {MANIFEST, FILE} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
