"""Jobs of the service: readings and downloads, seen by every page, stopped, dismissed; uploads belong to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UnknownModelName
from core.settings import Settings
from ingest.events import Done, Found, Reading, SourceDone, Status, Working
from service.jobs import Jobs, JobState, Kind, folded
from service.uploads import Uploads
from store.library import Library
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
    for event in (Found(2, ("x.zip",)), Reading("a.pdf", 1, 2), Working("a.pdf", 5, 10)):
        state = folded(state, event)
    assert (state.total, state.current, state.percent, state.passed_over) == (2, 1, 25, ("x.zip",))
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
