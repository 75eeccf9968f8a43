"""The pipeline: what a second run costs, what a change costs, names, cancelling, and failures that stay with their file."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import ingest.engines
from core.errors import DocumentFault, FileEmpty, FileUnreadable, NoText, ParserFailed, PassedReason, PathMissing, TypeMismatch
from core.settings import Settings
from core.types import Document
from ingest.events import Done, Found, IngestEvent, PassedOver, Reading, SourceDone, Status, Working
from ingest.loader import LoadedFile
from ingest.pipeline import IngestPipeline
from ingest.tasks import Progress
from ingest.workers import WorkerPool
from store.library import Library
from tests.conftest import NOTEBOOK
from tests.doubles import HashEmbedder
from tests.pdfs import pdf

# So narrow that each paragraph of `paragraphs` is a passage of its own.
NARROW = 100
# How long a test waits for what has to happen, in seconds; never reached where it does.
PATIENCE_S = 60.0


def written(path: Path, text: str | bytes) -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def paragraphs(count: int, subject: str = "broth") -> str:
    """Text of so many different paragraphs of some eighty columns."""
    return "\n\n".join(
        f"Paragraph number {number} tells at some length what the cook does with the {subject}." for number in range(count)
    )


def run(library: Library, settings: Settings, *paths: Path, upload: bool = False, notebook: int = NOTEBOOK) -> list[IngestEvent]:
    """All events of one ingest."""
    return list(IngestPipeline(library, settings).run(paths, notebook=notebook, upload=upload))


def outcomes(events: list[IngestEvent]) -> list[tuple[str, str]]:
    """Name and status of every file, in order."""
    return [(event.name, str(event.status)) for event in events if isinstance(event, SourceDone)]


def texts(library: Library) -> dict[str, str]:
    """What the first page of each document says, by name."""
    pages = {source.name: library.page(source.id, 1) for source in library.sources(NOTEBOOK)}
    return {name: page.text for name, page in pages.items() if page is not None}


def names(library: Library) -> list[str]:
    """Names of the documents in the library."""
    return [source.name for source in library.sources(NOTEBOOK)]


@pytest.fixture
def narrow(settings: Settings) -> Settings:
    """Settings that cut short passages."""
    return dataclasses.replace(settings, chunk_width=NARROW)


# Adding, running again, changing


def test_events_tell_how_each_file_goes(library: Library, narrow: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    written(folder / "a.txt", paragraphs(150))
    written(folder / "b.md", "# Bones\n\nBoil the bones.")
    written(folder / "c.zzz", "no text")
    events = run(library, narrow, folder)
    assert events[:2] == [Found(2), PassedOver("c.zzz", PassedReason.UNKNOWN_KIND())]
    assert [event for event in events if isinstance(event, Reading)] == [Reading("a.txt", 1, 2), Reading("b.md", 2, 2)]
    steps = [event for event in events if isinstance(event, Working)]
    assert {(event.name, event.number, event.total, event.pages) for event in steps} == {("a.txt", 1, 150, 1), ("b.md", 2, 1, 1)}
    done = [event.done for event in steps if event.number == 1]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 150)
    assert len(done) > 3
    assert [(e.name, e.number, e.status, e.pages, e.chunks, e.error) for e in events if isinstance(e, SourceDone)] == [
        ("a.txt", 1, Status.ADDED, 1, 150, None),
        ("b.md", 2, Status.ADDED, 1, 1, None),
    ]
    assert events[-1] == Done(added=2, unchanged=0, updated=0, failed=0, passed_over=1)
    assert library.health().level
    assert library.health().chunks == 151


def test_a_second_run_embeds_nothing_and_starts_no_worker(
    library: Library, settings: Settings, embedder: HashEmbedder, tmp_path: Path
) -> None:
    files = [written(tmp_path / f"{name}.txt", f"Words about {name}.") for name in "abc"]
    run(library, settings, *files)
    embedded, children, seen = embedder.embedded, psutil.Process().children(), []
    for event in IngestPipeline(library, settings).run(files, notebook=NOTEBOOK):
        seen.append(event)
        assert psutil.Process().children() == children
    assert outcomes(seen) == [("a.txt", "unchanged"), ("b.txt", "unchanged"), ("c.txt", "unchanged")]
    assert seen[-1] == Done(added=0, unchanged=3, updated=0, failed=0)
    assert embedder.embedded == embedded


def test_a_second_run_looks_up_each_file_and_lists_nothing(
    library: Library, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [written(tmp_path / f"{number}.txt", f"Words about {number}.") for number in range(12)]
    run(library, settings, *files)
    statements: list[str] = []
    reader = library.catalog.connections._reader

    def traced() -> sqlite3.Connection:
        connection = reader()
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(library.catalog.connections, "_reader", traced)
    events = run(library, settings, *files)
    statements = [statement for statement in statements if statement.startswith("SELECT")]
    assert events[-1] == Done(added=0, unchanged=12, updated=0, failed=0)
    assert not any("ORDER BY d.name" in statement for statement in statements)
    assert len(statements) <= 3 * len(files)


def test_a_changed_file_embeds_only_what_changed(
    library: Library, narrow: Settings, embedder: HashEmbedder, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.txt", paragraphs(30))
    run(library, narrow, path)
    embedded = embedder.embedded
    written(path, paragraphs(30).replace("number 7 tells", "number 7 shows"))
    assert outcomes(run(library, narrow, path)) == [("a.txt", "updated")]
    assert embedder.embedded == embedded + 1
    assert library.catalog.connections.rows("SELECT count(*) FROM vectors") == [(30,)], "the vector of the old paragraph is gone"
    assert library.health() == dataclasses.replace(library.health(), sources=1, chunks=30, dense=30, lexical=30)
    (source,) = library.sources(NOTEBOOK)
    page = library.page(source.id, 1)
    assert page is not None
    assert "number 7 shows" in page.text


def test_passages_that_two_documents_share_are_embedded_once(
    library: Library, narrow: Settings, embedder: HashEmbedder, tmp_path: Path
) -> None:
    text = f"# Broth\n\n{paragraphs(20)}"
    run(library, narrow, written(tmp_path / "a.md", text))
    embedded, chunks = embedder.embedded, library.health().chunks
    run(library, narrow, written(tmp_path / "b.md", f"{text}\n\nOne more paragraph that only the second document has."))
    assert embedder.embedded == embedded + 1
    assert library.health().chunks == 2 * chunks + 1


def test_the_same_content_under_two_names_is_one_document(library: Library, settings: Settings, tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.txt", "The same words."), written(tmp_path / "b.txt", "The same words.")
    events = run(library, settings, first, second)
    assert outcomes(events) == [("a.txt", "added"), ("a.txt", "copy")]
    assert [event.file for event in events if isinstance(event, SourceDone)] == ["a.txt", "b.txt"], "each by its own name as well"
    assert names(library) == ["a.txt"]


def test_a_copy_becomes_a_document_when_the_first_changes(library: Library, settings: Settings, tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.txt", "The same words."), written(tmp_path / "b.txt", "The same words.")
    run(library, settings, first, second)
    (before,) = library.sources(NOTEBOOK)
    written(first, "Other words.")
    assert outcomes(run(library, settings, first, second)) == [("a.txt", "added"), ("b.txt", "unchanged")]
    assert texts(library) == {"a.txt": "Other words.", "b.txt": "The same words."}
    assert {source.name: source.id for source in library.sources(NOTEBOOK)}["b.txt"] == before.id
    assert outcomes(run(library, settings, first, second)) == [("a.txt", "unchanged"), ("b.txt", "unchanged")]


def test_another_width_of_passages_reads_a_document_again(
    library: Library, settings: Settings, narrow: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.txt", paragraphs(20))
    run(library, settings, path)
    wide = library.health().chunks
    assert outcomes(run(library, narrow, path)) == [("a.txt", "updated")]
    assert library.health().chunks == 20 > wide
    assert library.health().level


def test_notebooks_are_apart_but_share_vectors(
    library: Library, settings: Settings, embedder: HashEmbedder, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.txt", "The same words.")
    run(library, settings, path)
    embedded, other = embedder.embedded, library.catalog.notebooks.create("料理").id
    assert outcomes(run(library, settings, path, notebook=other)) == [("a.txt", "added")]
    assert embedder.embedded == embedded
    assert [len(library.sources(notebook)) for notebook in (NOTEBOOK, other)] == [1, 1]
    assert library.health().level


# Names


def test_files_of_one_name_from_two_folders_are_told_apart(library: Library, settings: Settings, tmp_path: Path) -> None:
    files = [written(tmp_path / folder / "a.txt", f"Words of {folder}.") for folder in ("one", "two")]
    assert outcomes(run(library, settings, *files)) == [("a.txt", "added"), ("two/a.txt", "added")]
    assert outcomes(run(library, settings, *files)) == [("a.txt", "unchanged"), ("two/a.txt", "unchanged")]


def test_paths_that_are_alike_in_two_folders_are_told_apart(library: Library, settings: Settings, tmp_path: Path) -> None:
    folders = [written(tmp_path / folder / "sub/a.txt", f"Words of {folder}.").parent.parent for folder in ("one", "two")]
    assert outcomes(run(library, settings, *folders)) == [("sub/a.txt", "added"), ("two/sub/a.txt", "added")]


def test_an_upload_replaces_the_one_of_the_same_name(library: Library, settings: Settings, tmp_path: Path) -> None:
    first, second = (written(tmp_path / folder / "a.txt", f"Words of {folder}.") for folder in ("one", "two"))
    assert outcomes(run(library, settings, first, upload=True)) == [("a.txt", "added")]
    assert outcomes(run(library, settings, second, upload=True)) == [("a.txt", "updated")]
    assert outcomes(run(library, settings, written(tmp_path / "three/a.txt", "Words of three."))) == [("three/a.txt", "added")]
    assert names(library) == ["a.txt", "three/a.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_file_whose_name_is_no_valid_text_is_added(library: Library, settings: Settings, tmp_path: Path) -> None:
    written(tmp_path / "in" / os.fsdecode(b"caf\xe9.txt"), "Words about coffee.")
    assert outcomes(run(library, settings, tmp_path / "in")) == [("caf .txt", "added")]
    assert outcomes(run(library, settings, tmp_path / "in")) == [("caf .txt", "unchanged")]


# Failures


def test_a_file_that_fails_does_not_stop_the_others(library: Library, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    written(folder / "a.txt", "")
    written(folder / "b.pdf", "no PDF")
    written(folder / "c.pdf", pdf("Words of a page."))
    written(folder / "d.pdf", pdf("", ""))
    os.mkfifo(tmp_path / "e.txt")
    events = run(library, settings, folder, tmp_path / "e.txt", tmp_path / "gone.txt")
    assert [type(event.error) for event in events if isinstance(event, SourceDone)] == [
        FileEmpty, TypeMismatch, type(None), NoText, FileUnreadable, PathMissing,
    ]  # fmt: skip
    assert events[-1] == Done(added=1, unchanged=0, updated=0, failed=5)
    assert names(library) == ["c.pdf"]


def test_blank_pages_are_called_blank(library: Library, settings: Settings, tmp_path: Path) -> None:
    events = run(library, settings, written(tmp_path / "blank.pdf", pdf("", "")))
    assert str(events[-2].error).startswith("No text was found in blank.pdf (pages: 2): its pages are blank;")  # type: ignore[union-attr]
    assert names(library) == []


@pytest.mark.parametrize("text", ["\ufeff \n", "--- *** !!!"], ids=["a mark and white space", "nothing but signs"])
def test_a_text_without_a_word_is_empty(library: Library, settings: Settings, tmp_path: Path, text: str) -> None:
    events = run(library, settings, written(tmp_path / "a.txt", text))
    assert [type(event.error) for event in events if isinstance(event, SourceDone)] == [FileEmpty]
    assert names(library) == []


def test_pages_without_text_are_named(library: Library, settings: Settings, tmp_path: Path) -> None:
    events = run(library, settings, written(tmp_path / "a.pdf", pdf("Words", "", "More words", "")))
    assert [(event.pages, event.textless) for event in events if isinstance(event, SourceDone)] == [(4, (2, 4))]
    assert library.sources(NOTEBOOK)[0].textless == (2, 4)


def test_a_document_that_no_longer_can_be_read_stays_as_it_was(library: Library, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "Words to keep.")
    run(library, settings, path)
    written(path, "")
    assert outcomes(run(library, settings, path)) == [("a.txt", "failed")]
    assert names(library) == ["a.txt"]
    assert library.lexical.search(NOTEBOOK, "words to keep", 5, None)


# Cancelling


def test_cancelling_between_files_keeps_the_finished_ones(library: Library, narrow: Settings, tmp_path: Path) -> None:
    files = [written(tmp_path / f"{name}.txt", paragraphs(600, name)) for name in "abc"]
    stop = threading.Event()
    seen: list[IngestEvent] = []
    for event in IngestPipeline(library, narrow).run(files, notebook=NOTEBOOK, cancelled=stop.is_set):
        seen.append(event)
        if isinstance(event, SourceDone):
            stop.set()
    done = seen[-1]
    assert isinstance(done, Done)
    assert done.cancelled
    assert 1 <= done.added < 3
    assert names(library) == [name for name, status in outcomes(seen) if status == "added"]
    assert library.health().level
    again = [status for _, status in outcomes(run(library, narrow, *files))]
    assert again == ["unchanged"] * done.added + ["added"] * (3 - done.added)


def test_cancelling_amid_a_file_keeps_its_vectors_but_not_the_file(
    library: Library, narrow: Settings, embedder: HashEmbedder, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.txt", paragraphs(200))
    stop = threading.Event()
    for event in IngestPipeline(library, narrow).run([path], notebook=NOTEBOOK, cancelled=stop.is_set):
        if isinstance(event, Working) and event.done >= 128:
            stop.set()
    assert names(library) == []
    assert library.catalog.connections.rows("SELECT count(*) FROM chunks") == [(0,)]
    embedded = embedder.embedded
    assert outcomes(run(library, narrow, path)) == [("a.txt", "added")]
    assert 0 < embedder.embedded - embedded <= 200 - 128, "it goes on where it stopped"


def test_cancelling_does_not_wait_for_a_file_that_is_still_being_read(
    library: Library, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, stopped = threading.Event(), threading.Event()
    left: list[bool] = []

    class Endless(WorkerPool):
        """Reads until it is stopped."""

        def parse(
            self, file: LoadedFile, *, encoding: str = "", password: str = "", progress: Callable[[Progress], object] | None = None
        ) -> Document:
            reading.set()
            left.append(stopped.wait(PATIENCE_S))
            raise ParserFailed(name=file.name, media_type=file.media_type, detail=DocumentFault.STOPPED())

        def stop(self) -> None:
            super().stop()
            stopped.set()

    monkeypatch.setattr(ingest.engines, "WorkerPool", Endless)
    path = written(tmp_path / "a.txt", "Words.")
    events = list(IngestPipeline(library, settings).run([path], notebook=NOTEBOOK, cancelled=reading.is_set))
    assert left == [True], "the pipeline waited for the file instead of stopping its reading"
    assert events[-1] == Done(added=0, unchanged=0, updated=0, failed=0, cancelled=True)


def test_whoever_stops_listening_leaves_nothing_behind(library: Library, settings: Settings, tmp_path: Path) -> None:
    files = [written(tmp_path / f"{name}.txt", f"Words about {name}.") for name in "abc"]
    children, threads = psutil.Process().children(), threading.active_count()
    events = IngestPipeline(library, settings).run(files, notebook=NOTEBOOK)
    while not isinstance(next(events), SourceDone):
        pass
    events.close()  # type: ignore[attr-defined]  # it is a generator
    assert psutil.Process().children() == children
    assert threading.active_count() == threads
    kept = names(library)
    assert kept[:1] == ["a.txt"]
    assert library.health().level
    assert outcomes(run(library, settings, *files)) == [
        (path.name, "unchanged" if path.name in kept else "added") for path in files
    ]


def test_a_stop_does_not_wait_for_the_embedder_to_be_loaded(settings: Settings, tmp_path: Path) -> None:
    loading, go_on = threading.Event(), threading.Event()

    class Slow(HashEmbedder):
        def load(self) -> None:
            loading.set()
            assert go_on.wait(60)
            super().load()

    (tmp_path / "a.txt").write_text("Words of a note.")
    with Library.open(settings.library, Slow()) as library:
        notebook = library.open_notebook("default").id
        events = list(IngestPipeline(library, settings).run([tmp_path / "a.txt"], notebook=notebook, cancelled=loading.is_set))
        go_on.set()
        assert isinstance(events[-1], Done)
        assert (events[-1].cancelled, events[-1].added) == (True, 0)
        events = list(IngestPipeline(library, settings).run([tmp_path / "a.txt"], notebook=notebook))
        assert isinstance(events[-1], Done)
        assert events[-1].added == 1
