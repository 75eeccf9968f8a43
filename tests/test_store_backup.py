"""A backup holds all that a library cannot make again, is taken while the library is used, and is believed in nothing when it is restored."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import (
    BackupDamaged,
    BackupMissing,
    BackupTaken,
    BackupTooNew,
    BackupUnwritable,
    KaedamaError,
    LibraryLocked,
    LibraryMissing,
    LibraryNotEmpty,
    LibraryUnwritable,
)
from core.settings import Settings
from store.backup import backup
from store.catalog import STEPS
from store.library import Library
from store.restoring import restore
from tests.commands import environment, run_here
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder


def add(library: Library, name: str, text: str) -> int:
    """A document with its original."""
    number = put(library, name, text)
    data = text.encode()
    with library.catalog.connections.transaction() as db:
        db.execute("UPDATE versions SET sha256 = ? WHERE document = ?", (hashlib.sha256(data).hexdigest(), number))
    library.keep_original(number, hashlib.sha256(data).hexdigest(), data)
    return number


@pytest.fixture
def filled(settings: Settings) -> Path:
    """The directory of a closed library with three documents, a conversation and originals."""
    with Library.open(settings.library, HashEmbedder()) as library:
        for name, text in (("a.txt", "Alpha beta gamma."), ("b.txt", "Delta epsilon."), ("c.txt", "替え玉は120円です。")):
            add(library, name, text)
        library.catalog.conversations.create(NOTEBOOK, "kept")
    return settings.library


def content(directory: Path) -> dict[str, list[Any]]:
    """The rows of every table that is not about the index."""
    db = sqlite3.connect(directory / "catalog.sqlite3")
    names = [
        name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('meta', 'pending')")
    ]
    found = {
        name: db.execute(f"SELECT * FROM {name}").fetchall()
        for name in names
        if not name.startswith(("lexical", "vocabulary", "sqlite"))
    }
    db.close()
    return found


def in_order(directory: Path) -> bool:
    """Whether an examination finds nothing wrong."""
    with Library.open(directory, HashEmbedder()) as library:
        return all(finding.ok for finding in library.examination().run())


def test_what_was_backed_up_is_restored_searched_and_in_order(filled: Path, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "one.zip")
    assert (made.documents, made.originals, made.missing) == (3, 3, 0)
    assert (tmp_path / "one.zip").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    done = restore(tmp_path / "one.zip", tmp_path / "new")
    assert (done.documents, done.originals) == (3, 3)
    assert content(tmp_path / "new") == content(filled)
    assert not (tmp_path / "new" / "restoring").exists()
    assert in_order(tmp_path / "new")
    with Library.open(tmp_path / "new", HashEmbedder()) as library:
        nearest = library.search_dense(NOTEBOOK, library.question("delta epsilon", ("en",)), 1, None)[0].chunk
        assert library.hits([nearest])[nearest].source == "b.txt"
        assert library.original(3).path.read_text("utf-8") == "替え玉は120円です。"
        assert library.health().level
    with Library.open(filled, HashEmbedder()) as old, Library.open(tmp_path / "new", HashEmbedder()) as new:
        assert old.catalog.identity != new.catalog.identity, "a Chroma server tells the two apart"


def test_a_backup_is_taken_while_the_library_is_written(filled: Path, tmp_path: Path) -> None:
    with Library.open(filled, HashEmbedder()) as library:
        done = threading.Event()
        told: list[BaseException] = []

        def write() -> None:
            try:
                for number in range(30):
                    add(library, f"new-{number}.txt", f"Word {number} of many.")
                    if number % 3 == 0:
                        library.delete(NOTEBOOK, f"new-{number}.txt")
            except BaseException as error:  # noqa: BLE001  # told to the main thread
                told.append(error)
            finally:
                done.set()

        writer = threading.Thread(target=write)
        writer.start()
        count = 0
        while not done.is_set() or count == 0:
            backup(filled, tmp_path / f"{count}.zip")
            count += 1
        writer.join()
    assert not told
    for number in range(count):
        assert restore(tmp_path / f"{number}.zip", tmp_path / f"restored-{number}").missing == 0
        assert in_order(tmp_path / f"restored-{number}")


def test_an_original_that_the_library_lacks_is_told_and_keeps_nothing_else_out(filled: Path, tmp_path: Path) -> None:
    next((filled / "files").glob("??/*")).unlink()
    made = backup(filled, tmp_path / "one.zip")
    assert (made.originals, made.missing) == (2, 1)
    assert restore(tmp_path / "one.zip", tmp_path / "new").missing == 1


def test_a_library_that_holds_something_is_replaced_only_when_asked(filled: Path, tmp_path: Path) -> None:
    backup(filled, tmp_path / "one.zip")
    with Library.open(filled, HashEmbedder()) as library:
        add(library, "later.txt", "Words that came later.")
        library.delete(NOTEBOOK, "a.txt")
        library.warm()
    before = content(filled)
    with pytest.raises(LibraryNotEmpty, match="--replace"):
        restore(tmp_path / "one.zip", filled)
    assert content(filled) == before
    restore(tmp_path / "one.zip", filled, replace=True)
    assert in_order(filled)
    with Library.open(filled, HashEmbedder()) as library:
        assert {source.name for source in library.sources(NOTEBOOK)} == {"a.txt", "b.txt", "c.txt"}
        assert library.health().level
        assert len(library.files.hashes()) == 3


def test_a_library_in_use_is_not_replaced(filled: Path, tmp_path: Path) -> None:
    backup(filled, tmp_path / "one.zip")
    with Library.open(filled, HashEmbedder()), pytest.raises(LibraryLocked):
        restore(tmp_path / "one.zip", filled, replace=True)


def test_a_damaged_library_is_replaced(filled: Path, tmp_path: Path) -> None:
    backup(filled, tmp_path / "one.zip")
    (filled / "catalog.sqlite3").write_bytes(b"no database " * 1000)
    with pytest.raises(LibraryNotEmpty):
        restore(tmp_path / "one.zip", filled)
    restore(tmp_path / "one.zip", filled, replace=True)
    assert in_order(filled)


Change = Callable[[dict[str, bytes]], None]


def remade(path: Path, change: Change) -> Path:
    """The backup with other members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    changed = path.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return changed


def listed(members: dict[str, bytes], name: str, data: bytes) -> None:
    """Put in a member with its right hash in the list."""
    manifest = json.loads(members["manifest.json"])
    manifest["members"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    members |= {name: data, "manifest.json": json.dumps(manifest).encode()}


def versioned(members: dict[str, bytes], **changed: int) -> None:
    """Change what the list says of versions."""
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | changed).encode()


def an_original(members: dict[str, bytes]) -> str:
    """The name of some original."""
    return next(name for name in members if name.startswith("files/"))


HOSTILE: list[tuple[Change, type[KaedamaError], str]] = [
    (lambda members: listed(members, "../out.txt", b"x"), BackupDamaged, r"\.\./out\.txt"),
    (lambda members: listed(members, "/etc/out.txt", b"x"), BackupDamaged, "/etc/out"),
    (lambda members: listed(members, "files/ab/../../out", b"x"), BackupDamaged, "belongs to no library"),
    (lambda members: listed(members, f"files/ab/{'c' * 64}", b"x"), BackupDamaged, "belongs to no library"),
    (lambda members: listed(members, "uploads/x", b"x"), BackupDamaged, "belongs to no library"),
    (lambda members: members.update({f"files/aa/{'a' * 64}": b"x"}), BackupDamaged, "belongs to no library"),
    (lambda members: members.update({an_original(members): b"other"}), BackupDamaged, "not what was put in"),
    (lambda members: members.update({an_original(members): b"longer" * 1000}), BackupDamaged, "not what was put in"),
    (lambda members: members.__delitem__(an_original(members)), BackupDamaged, "is missing in it"),
    (lambda members: members.__delitem__("catalog.sqlite3"), BackupDamaged, "is missing in it"),
    (lambda members: listed(members, "catalog.sqlite3", b"no database" * 1000), BackupDamaged, "catalog is damaged"),
    (lambda members: members.__delitem__("manifest.json"), BackupDamaged, "no list"),
    (lambda members: members.update({"manifest.json": b"[]"}), BackupDamaged, "no list"),
    (lambda members: versioned(members, format=99), BackupTooNew, "format 99"),
    (lambda members: versioned(members, catalog=len(STEPS) + 1), BackupTooNew, "newer Kaedama"),
]


@pytest.mark.parametrize(("change", "kind", "words"), HOSTILE)
def test_a_backup_that_is_not_whole_changes_nothing(
    filled: Path, tmp_path: Path, change: Change, kind: type[KaedamaError], words: str
) -> None:
    backup(filled, tmp_path / "one.zip")
    changed = remade(tmp_path / "one.zip", change)
    before, originals = content(filled), {path: path.read_bytes() for path in filled.glob("files/??/*")}
    with pytest.raises(kind, match=words):
        restore(changed, filled, replace=True)
    assert content(filled) == before
    assert {path: path.read_bytes() for path in filled.glob("files/??/*")} == originals
    assert not (filled / "restoring").exists()
    assert not (tmp_path / "out.txt").exists()
    assert in_order(filled)


def test_what_is_no_backup_is_told(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupMissing):
        restore(tmp_path / "nothing.zip", tmp_path / "new")
    (tmp_path / "text.zip").write_text("some text")
    with pytest.raises(BackupDamaged, match="no ZIP archive"):
        restore(tmp_path / "text.zip", tmp_path / "new")
    with pytest.raises(BackupTaken):
        backup(filled, tmp_path / "text.zip")
    assert (tmp_path / "text.zip").read_text() == "some text"
    with pytest.raises(LibraryMissing):
        backup(tmp_path / "empty", tmp_path / "one.zip")
    with pytest.raises(BackupUnwritable):
        backup(filled, tmp_path / "no such folder" / "one.zip")
    backup(filled, tmp_path / "one.zip")
    backup(filled, tmp_path / "one.zip")  # an earlier backup may be replaced
    monkeypatch.setattr("store.restoring.shutil.disk_usage", lambda path: type("Usage", (), {"free": 10})())
    with pytest.raises(LibraryUnwritable, match="MB"):
        restore(tmp_path / "one.zip", tmp_path / "new")


def test_the_commands(filled: Path, tmp_path: Path) -> None:
    made = run_here(environment(filled), "rag", "backup", tmp_path / "one.zip", "--json")
    assert (made.status, made.lines[0]["documents"]) == (0, 3)
    again = run_here(environment(filled), "rag", "restore", tmp_path / "one.zip")
    assert again.status == 1
    assert "--replace" in again.err
    done = run_here(environment(filled), "rag", "restore", tmp_path / "one.zip", "--library", tmp_path / "new")
    assert (done.status, done.out.startswith(str(tmp_path / "new"))) == (0, True)
