"""What stands behind the paths that a person names: files, keys, and what is passed over and why."""

from __future__ import annotations

import os
import socket
import stat
import sys
import unicodedata
from pathlib import Path

import pytest

from core.errors import FileUnreadable
from ingest.finding import Walked, find_files, upload_key
from ingest.loader import load_file


def written(path: Path, data: bytes = b"Words of a file.") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def passed(walked: Walked) -> list[tuple[str, str]]:
    """Names and reasons of what was passed over."""
    return [(one.name, one.reason.words.name) for one in walked.passed_over]


def test_a_folder_is_walked_in_alphabetical_order_without_hidden_entries(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "z/c.html", "d/e.PDF", ".secret.txt", ".git/f.txt", "z/.g.txt"):
        written(tmp_path / name)
    walked = find_files([tmp_path])
    assert [file.name for file in walked.files] == ["a.md", "b.txt", "d/e.PDF", "z/c.html"]
    assert sorted(passed(walked)) == [(".git", "HIDDEN"), (".secret.txt", "HIDDEN"), ("z/.g.txt", "HIDDEN")]


def test_files_of_other_kinds_in_a_folder_are_passed_over_by_name(tmp_path: Path) -> None:
    for name in ("a.txt", "photo.raw", "deep/table.qqq", "Makefile"):
        written(tmp_path / name)
    walked = find_files([tmp_path])
    assert [file.name for file in walked.files] == ["a.txt"]
    assert sorted(passed(walked)) == [
        ("Makefile", "UNKNOWN_KIND"), ("deep/table.qqq", "UNKNOWN_KIND"), ("photo.raw", "UNKNOWN_KIND"),
    ]  # fmt: skip


def test_links_are_followed_inside_of_the_folder_only_and_told(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    written(folder / "a.txt")
    written(folder / "sub/b.txt")
    written(outside / "secret.txt")
    (folder / "inner.txt").symlink_to(folder / "a.txt")
    (folder / "out.txt").symlink_to(outside / "secret.txt")
    (folder / "nowhere.txt").symlink_to(folder / "gone.txt")
    (folder / "circle.txt").symlink_to(folder / "circle.txt")
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    (folder / "twice").symlink_to(folder / "sub", target_is_directory=True)
    walked = find_files([folder])
    assert [file.name for file in walked.files] == ["a.txt", "inner.txt", "sub/b.txt"]
    assert sorted(passed(walked)) == [
        ("circle.txt", "LINK_BROKEN"), ("linked", "LINK_OUT"), ("nowhere.txt", "LINK_BROKEN"), ("out.txt", "LINK_OUT"),
        ("twice", "LINK_INSIDE"),
    ]  # fmt: skip
    assert [file.name for file in find_files([folder / "linked"]).files] == ["secret.txt"], "named itself, it is read"


def test_what_cannot_be_opened_or_is_no_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "a.txt")
    written(tmp_path / "closed/b.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    walked = find_files([tmp_path])
    assert [file.name for file in walked.files] == ["a.txt"]
    assert sorted(passed(walked)) == [("closed", "FOLDER_UNREADABLE"), ("pipe.txt", "NOT_REGULAR")]
    assert str(walked.passed_over[-1].reason) == "the folder cannot be opened (Permission denied); check its permissions"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_socket_is_passed_over_and_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket may have 107 bytes
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket.txt")
        assert passed(find_files([tmp_path])) == [("socket.txt", "NOT_REGULAR")]
        with pytest.raises(FileUnreadable):
            load_file(find_files([tmp_path / "socket.txt"]).files[0], 1.0, 10.0)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux may make a device")
def test_a_device_is_passed_over_and_not_opened(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "zero.txt", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero, which never ends
    except PermissionError:
        pytest.skip("devices may not be made here")
    assert passed(find_files([tmp_path])) == [("zero.txt", "NOT_REGULAR")]
    with pytest.raises(FileUnreadable):
        load_file(find_files([tmp_path / "zero.txt"]).files[0], 1.0, 10.0)


def test_names_in_two_forms_are_one_unless_both_are_there(tmp_path: Path) -> None:
    apart, composed = unicodedata.normalize("NFD", "café.txt"), unicodedata.normalize("NFC", "café.txt")
    written(tmp_path / apart)
    (one,) = find_files([tmp_path]).files
    assert (one.name, one.origin) == (composed, str(tmp_path / composed))
    written(tmp_path / composed, b"Others.")
    assert {file.origin for file in find_files([tmp_path]).files} == {str(tmp_path / apart), str(tmp_path / composed)}
    assert upload_key(apart) == upload_key(composed)


def test_an_upload_is_known_by_its_whole_name(tmp_path: Path) -> None:
    path = written(tmp_path / "x.txt")
    spring, autumn = "長い名前" * 50 + "_春.txt", "長い名前" * 50 + "_秋.txt"
    one, two = (find_files([path], upload=True, names={path: name}).files[0] for name in (spring, autumn))
    assert one.name == two.name
    assert one.origin != two.origin


def test_a_file_given_by_name_is_looked_at_whatever_its_kind(tmp_path: Path) -> None:
    walked = find_files([written(tmp_path / "Makefile"), written(tmp_path / ".hidden.txt"), tmp_path / "none.txt"])
    assert [file.name for file in walked.files] == ["Makefile", ".hidden.txt", "none.txt"]
    assert walked.passed_over == ()


def test_paths_keep_the_order_in_which_they_are_given(tmp_path: Path) -> None:
    second, first = written(tmp_path / "a/x.txt").parent, written(tmp_path / "b.txt")
    assert [file.path for file in find_files([first, second]).files] == [first, second / "x.txt"]


def test_a_linked_folder_that_leads_back_is_not_walked(tmp_path: Path) -> None:
    written(tmp_path / "a.txt")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [file.name for file in find_files([tmp_path]).files] == ["a.txt"]


def test_the_origin_is_the_absolute_path_or_the_name_of_an_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "in/a.txt")
    monkeypatch.chdir(tmp_path)
    assert find_files([Path("in/a.txt")]).files[0].origin == str(path)
    assert find_files([path], upload=True).files[0].origin == "upload:a.txt"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_name_that_is_no_valid_text_has_a_name_and_an_origin_that_are(tmp_path: Path) -> None:
    written(tmp_path / os.fsdecode(b"caf\xe9.txt"))
    (file,) = find_files([tmp_path]).files
    assert file.name.encode().endswith(b".txt")
    assert file.origin.encode()
    assert load_file(file, 1.0, 60.0).data == b"Words of a file."
