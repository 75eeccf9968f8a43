"""`python -m ingest report` and `passages`: what became of documents, and what was read in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import FileKind, ReadingWarning
from core.settings import Settings
from core.types import Chunk, Document, Page, PageKind
from ingest.events import SourceDone
from ingest.pipeline import IngestPipeline
from ingest.report import Report, Seconds
from store.library import Library
from tests.commands import environment, run_here
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder

REPORT = ["file", "pages", "languages", "tables", "hidden", "garbled", "unread", "passages", "seconds", "warnings"]


def made(library: Path, *files: Path) -> None:
    """A library with some files in it, as if the bundled embedder had made it."""
    with Library.open(library, HashEmbedder("bundled")) as opened:
        for _ in IngestPipeline(opened, Settings(library=library)).run(files, notebook=opened.open_notebook("default").id):
            pass


def test_a_report_counts_what_was_read_and_survives_json() -> None:
    pages = (
        Page(1, "Words."), Page(2, "", kind=PageKind.PICTURE), Page(3, "????", kind=PageKind.GARBLED), Page(4, "", kind=PageKind.EMPTY),
        Page(5, "More words."),
    )  # fmt: skip
    document = Document("Title", "application/pdf", pages, warnings=(FileKind.OTHER(media_type="x/y"),), hidden=17)
    chunks = (Chunk(1, 0, 6, "Words.", "en"), Chunk(5, 0, 5, "日本", "ja"), Chunk(5, 5, 11, "words.", "en"))
    report = Report.of(document, chunks, Seconds(load=0.5, parse=1.25))
    assert report.pages == {PageKind.TEXT: 2, PageKind.PICTURE: 1, PageKind.GARBLED: 1, PageKind.EMPTY: 1}
    assert (report.languages, report.hidden, report.passages) == (("en", "ja"), 17, 3)
    assert (report.garbled, report.unread) == ((3,), (2, 3))
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report
    assert Report.from_json({}) == Report({})


def test_the_report_of_a_document_is_kept_with_it(library: Library, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Broth\n\nBoil the bones all night.")
    list(IngestPipeline(library, settings).run([path], notebook=1))
    (source,) = library.sources(1)
    report = Report.from_json(library.catalog.documents.report(source.id))
    assert (report.pages, report.languages, report.passages) == ({PageKind.TEXT: 1}, ("en",), 1)
    assert report.seconds.parse > 0
    assert library.catalog.documents.report(99) == {}


def test_the_command_tells_of_every_document_or_of_one(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"What the cook does with the broth is told at some length in the paragraphs of {name}.")
    made(tmp_path / "library", tmp_path / "a.txt", tmp_path / "b.txt")
    env = environment(tmp_path / "library")
    ran = run_here(env, "ingest", "report", "--json")
    assert ran.status == 0
    assert [list(line) for line in ran.lines] == [REPORT, REPORT]
    assert [(line["file"], line["pages"], line["passages"]) for line in ran.lines] == [
        ("a.txt", {"text": 1}, 1), ("b.txt", {"text": 1}, 1),
    ]  # fmt: skip
    told = run_here(env, "ingest", "report", "b.txt").out.splitlines()
    assert told[0] == "b.txt: pages: 1 with text; passages: 1; languages: English"
    assert told[1].startswith("  seconds: load ")
    missing = run_here(env, "ingest", "report", "c.txt")
    assert (missing.status, missing.err) == (1, "There is no document c.txt in the notebook default.\n")


def test_passages_are_lines_of_file_place_and_text(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", HashEmbedder("bundled")) as library:
        put(library, "a.txt", "The first page.", "The second page.", title="Title")
    env = environment(tmp_path / "library")
    assert run_here(env, "ingest", "passages", "a.txt", "--json").lines == [
        {"file": "a.txt", "place": {"page": 1}, "text": "The first page."},
        {"file": "a.txt", "place": {"page": 2}, "text": "The second page."},
    ]
    assert run_here(env, "ingest", "passages").out.startswith("--- a.txt: page 1\nThe first page.\n\n--- a.txt: page 2")


def test_a_report_ends_with_the_command_that_reads_the_file_again(tmp_path: Path) -> None:
    path = tmp_path / "una nota.txt"
    path.write_text("El menú del día: piñón y café.", "utf-8")
    made(tmp_path / "library", path)
    with Library.open(tmp_path / "library", HashEmbedder("bundled")) as library:
        (source,) = library.sources(library.open_notebook("default").id)
        told_of = Report({PageKind.TEXT: 1}, warnings=(ReadingWarning.ENCODING_GUESSED(encoding="cp1252"),))
        library.catalog.documents.keep_report(source.id, told_of.to_json())
    told = run_here(environment(tmp_path / "library"), "ingest", "report").out
    assert f"  again: python -m ingest '{path}' --encoding NAME\n" in told


def test_seconds_of_a_file_are_those_of_its_steps_and_not_those_it_waited(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    for number in range(8):
        (tmp_path / f"{number}.txt").write_text(f"Note {number} about the kettle.", "utf-8")
    paths = [tmp_path / f"{number}.txt" for number in range(8)]
    done = [event for event in IngestPipeline(library, settings).run(paths, notebook=NOTEBOOK) if isinstance(event, SourceDone)]
    assert len(done) == 8
    for event in done:
        assert event.document is not None
        steps = Report.from_json(library.catalog.documents.report(event.document)).seconds
        assert event.seconds == pytest.approx(steps.whole, abs=1e-3)
