"""A drive that says nothing, as a network drive whose server is gone: what lies on it is given up, and the run goes on.

One drive is made up; the other is the kernel's: a FUSE file system whose server never answers, where this process may mount one.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from ingest.events import Done, PassedOver, Removed, SourceDone
from ingest.finding import find_files
from ingest.pipeline import IngestPipeline
from store.files import is_gone
from store.library import Library
from tests.conftest import NOTEBOOK
from tests.test_ingest_finding import passed, written

# Short enough for a test, far above what a disk takes.
LIMIT_S = 0.5
_DETACH = 2


@pytest.fixture(autouse=True)
def _nobody_waits_for_threads_that_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.background._JOIN_S", 0.0)


@pytest.fixture
def silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose listing never comes, until the test is over."""
    folder = tmp_path / "home" / "drive"
    folder.mkdir(parents=True)
    over = threading.Event()
    scandir = os.scandir

    def waiting(path: Path) -> object:
        if Path(path) == folder:
            over.wait()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", waiting)
    yield folder
    over.set()


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[Path]:
    """A mounted FUSE file system that nobody serves."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    try:
        device = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"no FUSE here: {error}")
    place = tmp_path / "home" / "dead"
    place.mkdir(parents=True)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    if libc.mount(b"dead", bytes(place), b"fuse", 0, options) != 0:
        os.close(device)
        pytest.skip(f"this process may not mount: {os.strerror(ctypes.get_errno())}")
    try:
        yield place
    finally:
        libc.umount2(bytes(place), _DETACH)
        os.close(device)  # whoever waits for an answer gets an error


def test_a_folder_that_says_nothing_is_passed_over_and_the_others_are_read(silent: Path) -> None:
    written(silent / "on_it.txt")
    for name in ("a.txt", "x/b.txt"):
        written(silent.parent / name)
    walked = find_files([silent.parent], limit_s=LIMIT_S)
    assert [file.name for file in walked.files] == ["a.txt", "x/b.txt"]
    assert passed(walked) == [("drive", "SILENT")]
    assert "0.5 s" in str(walked.passed_over[0].reason)
    assert walked.seen == ()


def test_cancelling_ends_a_walk_that_waits(silent: Path) -> None:
    written(silent.parent / "a.txt")
    stop = threading.Event()
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    walked = find_files([silent.parent], limit_s=3_600, cancelled=stop.is_set)
    timer.join()
    assert walked.stopped
    assert walked.seen == ()


def test_nothing_is_swept_from_a_folder_with_a_drive_that_says_nothing(silent: Path, library: Library, settings: Settings) -> None:
    gone, folder = written(silent.parent / "a.txt"), silent.parent
    limited = Settings(library=settings.library, models=settings.models, read_timeout_s=LIMIT_S)
    pipeline = IngestPipeline(library, limited)
    list(pipeline.run([folder], notebook=NOTEBOOK))
    gone.unlink()
    events = list(pipeline.run([folder], notebook=NOTEBOOK, sync=True))
    assert [event for event in events if isinstance(event, Removed)] == []
    assert [source.name for source in library.sources(NOTEBOOK)] == ["a.txt"]


def test_after_several_silent_entries_the_rest_of_a_folder_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    for number in range(6):
        written(tmp_path / f"{number}.txt")
    stat = Path.stat

    def waiting(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.suffix == ".txt" and path.name >= "1.txt":
            over.wait()
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", waiting)
    walked = find_files([tmp_path], limit_s=0.1)
    over.set()
    assert [file.name for file in walked.files] == ["0.txt"]
    assert passed(walked) == [(f"{number}.txt", "SILENT") for number in range(1, 6)]


def test_a_dead_mount_is_given_up_wherever_it_is_met(dead: Path, library: Library, settings: Settings) -> None:
    """Within a folder, behind a link, and named itself."""
    folder = dead.parent
    written(folder / "a.txt")
    (folder / "b.txt").symlink_to(dead / "b.txt")
    limited = Settings(library=settings.library, models=settings.models, read_timeout_s=LIMIT_S)
    events = list(IngestPipeline(library, limited).run([folder, dead / "named.txt"], notebook=NOTEBOOK, sync=True))
    assert {event.name: event.reason.words.name for event in events if isinstance(event, PassedOver)} == {
        "b.txt": "SILENT", "dead": "SILENT",
    }  # fmt: skip
    done = {event.file: event.error.code if event.error else None for event in events if isinstance(event, SourceDone)}
    assert done == {"a.txt": None, "named.txt": "FileUnreadable"}
    assert isinstance(events[-1], Done)


def test_a_file_on_a_dead_mount_is_not_known_to_be_gone(dead: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.files._ANSWER_S", 0.1)
    assert not is_gone(dead / "a.txt")
    assert is_gone(dead.parent / "none.txt")
