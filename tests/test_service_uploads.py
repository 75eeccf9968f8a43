"""The folder of uploads: private, bounded, swept, and never emptied under a reading that waits."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from core.errors import LibraryUnwritable
from service.uploads import Uploads


def arrived(uploads: Uploads, name: str, text: str, key: str = "a") -> Path:
    path = uploads.incoming / key / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "library", limit=1_000)


def test_the_folder_is_for_its_owner_and_swept_at_the_start(tmp_path: Path) -> None:
    first = Uploads(tmp_path, limit=10)
    left = arrived(first, "left.txt", "x")
    taken = first.take([arrived(first, "taken.txt", "x", "b")])
    again = Uploads(tmp_path, limit=10)
    assert not left.exists()
    assert not taken[0].exists()
    for folder in (again.folder, again.incoming):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert again.folder.is_relative_to(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryUnwritable):
        Uploads(tmp_path / "file", limit=10)


def test_an_upload_belongs_to_its_reading_until_it_is_released(uploads: Uploads) -> None:
    same = [arrived(uploads, "note.txt", "one", "a"), arrived(uploads, "note.txt", "two", "b")]
    taken = uploads.take(same)
    assert [path.name for path in taken] == ["note.txt", "note.txt"]
    assert [path.read_text() for path in taken] == ["one", "two"]
    assert list(uploads.incoming.iterdir()) == []
    # However old, a file that a reading waits for is kept.
    for path in taken:
        os.utime(path, (0, 0))
        os.utime(path.parent, (0, 0))
    assert uploads.room() == 1_000 - 6
    assert all(path.exists() for path in taken)
    uploads.release(taken)
    assert not any(path.exists() for path in taken)
    assert uploads.room() == 1_000


def test_other_files_are_neither_taken_nor_released(uploads: Uploads, tmp_path: Path) -> None:
    other = tmp_path / "mine.txt"
    other.write_text("x")
    link = uploads.incoming / "link.txt"
    link.symlink_to(other)
    gone = uploads.incoming / "gone.txt"
    assert uploads.take([other, link, gone]) == [other, link, gone]
    uploads.release([other, link, gone])
    assert other.read_text() == "x"


def test_what_was_sent_and_forgotten_makes_room(uploads: Uploads) -> None:
    old, fresh = arrived(uploads, "old.txt", "xxxx", "old"), arrived(uploads, "fresh.txt", "xx", "fresh")
    os.utime(old.parent, (0, 0))
    assert uploads.room() == 1_000 - 2
    assert not old.exists()
    assert fresh.exists()


def test_parts_of_broken_uploads_go_when_the_last_upload_is_over(uploads: Uploads) -> None:
    with uploads.arriving():
        part = uploads.incoming / "tmpabc"
        with uploads.arriving():
            part.write_text("half")
        assert part.exists()
    assert not part.exists()


def test_room_never_runs_below_nothing(uploads: Uploads) -> None:
    arrived(uploads, "large.txt", "x" * 2_000)
    assert uploads.room() == 0
