"""Jobs of the service: readings and downloads, seen by every page, stopped, dismissed; uploads belong to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import PassedReason, UnknownModelName, UnknownSource
from core.settings import Settings
from ingest.events import Done, Found, PassedOver, Reading, SourceDone, Status, Working
from ingest.loader import Given
from service.job_states import JobState, Kind, Lack, folded
from service.jobs import Jobs
from service.uploads import Uploads
from store.library import Library
from tests.pdfs import encrypted, pdf
from tests.servers.ollama import OllamaServer


@pytest.fixture
def uploads(library: Library) -> Uploads:
    """Where uploads arrive."""
    return Uploads(library.directory, limit=1_000_000)


@pytest.fixture
def jobs(library: Library, settings: Settings, uploads: Uploads) -> Iterator[Jobs]:
    """Jobs that are worked through, over an Ollama."""
    with OllamaServer() as ollama:
        made = Jobs(library, replace(settings, ollama_url=ollama.url), uploads)
        made.start()
        yield made
        made.close()


@pytest.fixture
def notebook(library: Library) -> int:
    """The notebook that is read into."""
    return library.open_notebook("default").id


def test_uploads_are_moved_to_the_job_read_and_removed(jobs: Jobs, library: Library, notebook: int, uploads: Uploads) -> None:
    arrived = []
    for folder in ("one", "two"):
        (uploads.incoming / folder).mkdir()
        arrived.append(uploads.incoming / folder / "report.txt")
        arrived[-1].write_text(f"The report of {folder} speaks of audio.", "utf-8")
    job = jobs.read_uploads(arrived, notebook=notebook)
    assert not any(upload.exists() for upload in arrived)
    job.over.wait()
    assert [item.status for item in job.state.items] == [Status.ADDED, Status.ADDED]
    assert [source.name for source in library.sources(notebook)] == ["report (2).txt", "report.txt"]
    assert [(item.name, item.called) for item in job.state.items] == [("report.txt", ""), ("report.txt", "report (2).txt")]
    assert [path for path in uploads.folder.rglob("*") if path.is_file()] == []
    assert jobs.states() == [job.state]
    jobs.dismiss(job.state.id)
    assert jobs.states() == []


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(jobs: Jobs, notebook: int, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.pdf"
    good.write_text("Audio of 30 seconds.", "utf-8")
    bad.write_bytes(b"%PDF-1.7 not really")
    job = jobs.read([bad, good], notebook=notebook)
    job.over.wait()
    assert [item.name for item in job.state.failed] == ["bad.pdf"]
    assert job.state.failed[0].error is not None
    assert (job.state.percent, job.state.pages) == (100, 1)


def arrived(uploads: Uploads, key: str, name: str, content: bytes) -> Path:
    """An upload that has arrived."""
    (uploads.incoming / key).mkdir()
    path = uploads.incoming / key / name
    path.write_bytes(content)
    return path


def left(uploads: Uploads) -> list[Path]:
    """Files that lie in the folder of uploads."""
    return [path for path in uploads.folder.rglob("*") if path.is_file()]


def test_a_name_that_is_there_is_asked_about_before_anything_is_read(
    jobs: Jobs, library: Library, notebook: int, uploads: Uploads
) -> None:
    (first,) = jobs.receive([arrived(uploads, "1", "a.txt", b"One."), arrived(uploads, "2", "b.txt", b"Two.")], notebook=notebook)
    first.over.wait()
    sent = [("a.txt", b"One."), ("b.txt", b"Two, and more."), ("a.txt", b"Three."), ("c.txt", b"Four.")]
    reading, asking = jobs.receive([arrived(uploads, f"3{at}", *one) for at, one in enumerate(sent)], notebook=notebook)
    reading.over.wait()
    assert [item.status for item in reading.state.items] == [Status.UNCHANGED, Status.ADDED], "the same bytes are no question"
    assert [item.name for item in asking.state.items] == ["b.txt", "a.txt"]
    assert (asking.state.asks, jobs.reading(notebook), jobs.busy) == ((0, 1), 0, False)
    jobs.answer(asking.state.id, 0, another=False)
    jobs.answer(asking.state.id, 0, another=True)
    assert asking.state.asks == (1,)
    jobs.answer(asking.state.id, None, another=True)
    asking.over.wait()
    assert [(item.status, item.called) for item in asking.state.items] == [(Status.UPDATED, ""), (Status.ADDED, "a (2).txt")]
    assert [source.name for source in library.sources(notebook)] == ["a (2).txt", "a.txt", "b.txt", "c.txt"]
    assert left(uploads) == []


def test_what_is_not_to_be_added_after_all_is_removed(jobs: Jobs, library: Library, notebook: int, uploads: Uploads) -> None:
    jobs.receive([arrived(uploads, "1", "a.txt", b"One.")], notebook=notebook)[0].over.wait()
    (asking,) = jobs.receive([arrived(uploads, "2", "a.txt", b"Two.")], notebook=notebook)
    jobs.stop(asking.state.id)
    assert (asking.state.over, asking.state.stopped, asking.state.asks) == (True, True, ())
    assert left(uploads) == []
    jobs.answer(asking.state.id, None, another=True)
    assert [source.name for source in library.sources(notebook)] == ["a.txt"]


def test_a_file_without_its_password_is_kept_until_it_has_one_or_is_dismissed(
    jobs: Jobs, library: Library, notebook: int, uploads: Uploads, caplog: pytest.LogCaptureFixture
) -> None:
    locked = encrypted(pdf("The broth needs bones."), "sesamo")
    (job,) = jobs.receive([arrived(uploads, "1", "locked.pdf", locked), arrived(uploads, "2", "a.txt", b"One.")], notebook=notebook)
    job.over.wait()
    assert [item.lacks for item in job.state.items] == [Lack.PASSWORD, None]
    assert [path.name for path in left(uploads)] == ["locked.pdf"]
    assert jobs.again(job.state.id, 1, Given(password="x")) is None, "it lacks nothing"
    wrong = jobs.again(job.state.id, 0, Given(password="wrong-one"))
    assert wrong is not None
    wrong.over.wait()
    assert [item.name for item in job.state.items] == ["a.txt"]
    assert wrong.state.items[0].lacks is Lack.PASSWORD
    right = jobs.again(wrong.state.id, 0, Given(password="sesamo"))
    assert right is not None
    right.over.wait()
    assert [source.name for source in library.sources(notebook)] == ["a.txt", "locked.pdf"]
    assert left(uploads) == []
    assert "sesamo" not in caplog.text + repr(right.given) + repr(right.state)
    assert all(given.password == "" for given in right.given.values())


def test_a_document_is_read_again_with_another_encoding(jobs: Jobs, library: Library, notebook: int, uploads: Uploads) -> None:
    text = "表\u3000スープは豚骨で作ります。"
    jobs.receive([arrived(uploads, "1", "a.txt", text.encode("cp932"))], notebook=notebook)[0].over.wait()
    (source,) = library.sources(notebook)
    jobs.read_again(source.id, Given(encoding="cp1252")).over.wait()
    (again,) = library.sources(notebook)
    assert (again.id, again.name) == (source.id, "a.txt")
    assert again.version > source.version
    assert left(uploads) == []
    with pytest.raises(UnknownSource):
        jobs.read_again(999, Given())


def test_readings_wait_for_each_other_and_one_that_is_stopped_while_waiting_reads_nothing(
    jobs: Jobs, library: Library, notebook: int, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.txt" for number in range(2)]
    for file in files:
        file.write_text(f"Audio in {file.name}.", "utf-8")
    first, second = (jobs.read([file], notebook=notebook) for file in files)
    second.stop()
    first.over.wait()
    second.over.wait()
    assert second.state.stopped
    assert [source.name for source in library.sources(notebook)] in (["0.txt"], ["0.txt", "1.txt"])
    assert jobs.reading(notebook) == 0


def test_a_download_is_joined_by_whoever_asks_for_the_same(jobs: Jobs) -> None:
    with pytest.raises(UnknownModelName):
        jobs.download("evil/model")
    one = jobs.download("gemma4:e2b")
    one.over.wait()
    assert one.state.kind is Kind.DOWNLOAD
    assert one.state.error is None


def test_a_reading_folds_its_events() -> None:
    state = JobState(1, Kind.READING, "a.pdf", total=0, begun=100.0)
    over = PassedOver("x.zip", PassedReason.UNKNOWN_KIND())
    for event in (Found(2), over, Reading("a.pdf", 1, 2), Working("a.pdf", 5, 10)):
        state = folded(state, event)
    assert (state.total, state.current, state.percent, state.passed_over) == (2, 1, 25, (over,))
    assert state.seconds_left(110.0) == pytest.approx(30.0)
    assert state.seconds_left(101.0) is None
    assert replace(state, marks=((105.0, 0.12),)).seconds_left(110.0) == pytest.approx(30.0)
    assert replace(state, marks=((105.0, 0.25),)).seconds_left(110.0) is None, "nothing has come of the last seconds"
    assert state.marked(1.0).marked(1.5).marked(4.0).marks == ((1.0, 0.25), (4.0, 0.25))
    assert folded(state, Working("a.pdf", 5, 10, 80)).pages_read == 40
    state = folded(state, SourceDone("a.pdf", Status.ADDED, 7, 10, 1.0))
    assert (state.done, state.pages, state.percent) == (1, 7, 50)
    for later in (Reading("b.pdf", 2, 2), SourceDone("b.pdf", Status.UPDATED, 1, 1, 1.0), Done(1, 0, 1, 0)):
        state = folded(state, later)
    assert (state.percent, [item.name for item in state.items]) == (100, ["a.pdf", "b.pdf"])


def test_files_that_are_read_at_the_same_time_are_told_apart() -> None:
    state = JobState(1, Kind.READING, "a.pdf", total=0, begun=100.0)
    events = (
        Found(4), Reading("a.pdf", 1, 4), Working("a.pdf", 0, 10, 20, 1), Reading("b.pdf", 2, 4), Working("b.pdf", 5, 10, 40, 2),
        Working("a.pdf", 5, 10, 20, 1),
    )  # fmt: skip
    for event in events:
        state = folded(state, event)
    assert (state.percent, state.pages_read) == (25, 30)
    state = folded(state, SourceDone("a.pdf", Status.ADDED, 20, 10, 1.0, number=1))
    assert [item.status for item in state.items] == [Status.ADDED, None]
    assert (state.done, state.percent, state.pages_read) == (1, 37, 40)
