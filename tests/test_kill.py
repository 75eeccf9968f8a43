"""kill -9 at any moment of an ingest loses nothing that was finished and leaves nothing half done."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import random
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from core.settings import ROOT, Settings
from ingest.chunker import chunk_document
from ingest.events import SourceDone
from ingest.parsers.limits import Limits
from ingest.parsers.text import parse_plain
from ingest.pipeline import IngestPipeline
from store.embedding.embedder import Embedder, open_embedder
from store.library import Library
from tests.commands import command, environment
from tests.doubles import HashEmbedder
from tests.ingesting import NOTEBOOK, ingest, narrow
from tests.pdfs import pdf

pytestmark = pytest.mark.slow

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.ingesting", "chromadb", "langchain_text_splitters", "lingua"])
SUBJECTS = ("bones", "noodles", "seaweed", "mushrooms")
PARAGRAPHS = 100
MOMENTS = 18
# About as many as a whole run has: Found, for each document Reading, Working some times and SourceDone, then Done.
EVENTS = 1 + len(SUBJECTS) * 6 + 1
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What a whole document has in the library."""

    pages: int
    chunks: int


WHOLE = Facts(1, PARAGRAPHS)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Documents of a hundred passages, every one about a subject of its own."""
    folder = tmp_path_factory.mktemp("documents")
    paths = []
    for subject in SUBJECTS:
        path = folder / f"{subject}.txt"
        path.write_text(
            "\n\n".join(f"Paragraph {number} tells at some length what is done with the {subject}." for number in range(PARAGRAPHS))
        )
        paths.append(path)
    return paths


@dataclass(frozen=True, slots=True)
class Started:
    """A process that ingests, what it tells through (to be kept, or it fails), and the names of the events that it has told of."""

    process: BaseProcess
    listen: Connection
    told: tuple[str, ...]


def start(library: Path, files: Sequence[Path], events: int) -> Started:
    """A process that ingests, after it has told of so many events or has ended."""
    listen, tell = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=ingest, args=(library, files, tell))
    process.start()
    tell.close()
    told: list[str] = []
    with contextlib.suppress(EOFError):
        while len(told) < events:
            assert listen.poll(PATIENCE_S)
            told.append(listen.recv())
    return Started(process, listen, tuple(told))


def kill(process: BaseProcess) -> None:
    """kill -9, and see that what it started goes too."""
    assert process.pid is not None
    family = []
    with contextlib.suppress(psutil.NoSuchProcess):  # the last moments are those after its end
        family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.join(PATIENCE_S)
    until = time.monotonic() + 10
    while not all(map(over, family)):
        assert time.monotonic() < until, "a parser outlives its parent"
        time.sleep(0.01)


def over(process: psutil.Process) -> bool:
    """Whether a process has ended, even if nobody has asked for its exit status yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def check_whole(library: Library, whole: dict[str, Facts]) -> set[str]:
    """Assert that every document in the library has all that belongs to it, and nothing else is there. Returns their names."""
    rows = library.catalog.connections.rows
    sources = library.sources(NOTEBOOK)
    for source in sources:
        assert Facts(source.pages, source.chunks) == whole[source.name]
        assert rows("SELECT count(*) FROM pages WHERE version = ?", (source.version,)) == [(source.pages,)]
    for orphans in (
        "SELECT count(*) FROM pages WHERE version NOT IN (SELECT version FROM documents)",
        "SELECT count(*) FROM chunks WHERE document NOT IN (SELECT id FROM documents)",
        "SELECT count(*) FROM chunks WHERE content NOT IN (SELECT content FROM vectors)",
        "SELECT count(*) FROM chunks WHERE id NOT IN (SELECT id FROM lexical_docsize)",
        "SELECT count(*) FROM lexical_docsize WHERE id NOT IN (SELECT id FROM chunks)",
    ):
        assert rows(orphans) == [(0,)], orphans
    health = library.health()
    assert health.level, health
    assert health.chunks == sum(source.chunks for source in sources)
    assert rows("SELECT count(*) FROM pending") == [(0,)]
    assert rows("PRAGMA integrity_check") == [("ok",)]
    return {source.name for source in sources}


def check_found(library: Library, names: set[str]) -> None:
    """Assert that both searches find each document by what only it speaks of."""
    ids = {source.name: source.id for source in library.sources(NOTEBOOK)}
    for name in names:
        asked = library.question(f"What is done with the {name.removesuffix('.txt')}?", ["en"])
        for found in (library.lexical.search(NOTEBOOK, asked.text, 5, None), library.search_dense(NOTEBOOK, asked, 5, None)):
            assert {hit.source_id for hit in library.hits([chunk for chunk, _ in found]).values()} == {ids[name]}


def complete(library: Library, settings: Settings, files: Sequence[Path], finished: set[str], whole: dict[str, Facts]) -> None:
    """Run the ingest again: it adds what was missing, touches nothing else, and all is whole."""
    events = IngestPipeline(library, settings).run(files, notebook=NOTEBOOK)
    outcomes = {event.name: str(event.status) for event in events if isinstance(event, SourceDone)}
    assert outcomes == {path.name: "unchanged" if path.name in finished else "added" for path in files}
    assert check_whole(library, whole) == {path.name for path in files}


def moments() -> list[tuple[int, float]]:
    """Events to wait for, spread over the whole run, and seconds after the last of them."""
    chance = random.Random(20261122)
    return [(round(at * (EVENTS - 1) / (MOMENTS - 1)), chance.uniform(0.0, 0.04)) for at in range(MOMENTS)]


@pytest.mark.parametrize(
    ("events", "seconds"), moments(), ids=lambda value: f"{value} events" if isinstance(value, int) else f"{value:.3f} s"
)
def test_a_killed_ingest_leaves_whole_documents_and_goes_on(tmp_path: Path, files: list[Path], events: int, seconds: float) -> None:
    started = start(tmp_path, files, events)
    time.sleep(seconds)
    kill(started.process)
    started.listen.close()
    with Library.open(tmp_path, HashEmbedder()) as library:
        assert library.open_notebook("default").id == NOTEBOOK
        whole = dict.fromkeys((path.name for path in files), WHOLE)
        finished = check_whole(library, whole)
        told = started.told.count("SourceDone")
        assert {path.name for path in files[:told]} <= finished, "a document that was told finished is lost"
        check_found(library, finished)
        complete(library, narrow(tmp_path), files, finished, whole)


def test_the_moments_are_those_of_a_whole_run(tmp_path: Path, files: list[Path]) -> None:
    started = start(tmp_path, files, 10 * EVENTS)
    started.process.join(PATIENCE_S)
    started.listen.close()
    assert started.process.exitcode == 0
    assert started.told.count("SourceDone") == len(files)
    assert EVENTS / 2 <= len(started.told) <= 2 * EVENTS


def test_a_parser_at_work_ends_with_its_killed_parent(tmp_path: Path) -> None:
    path = tmp_path / "slow.pdf"
    path.write_bytes(pdf(*("word " * 400 for _ in range(20_000))))
    started = start(tmp_path / "library", [path], 2)
    process = started.process
    assert process.pid is not None
    until = time.monotonic() + PATIENCE_S
    while not (workers := psutil.Process(process.pid).children()) and time.monotonic() < until:
        time.sleep(0.01)
    assert workers
    while workers[0].is_running() and workers[0].cpu_times().user < 1.0:  # it has loaded and begun to read
        time.sleep(0.01)
    assert workers[0].is_running(), "the file is read too fast for this test"
    kill(process)
    started.listen.close()


# With the real embedder and the real command line


@pytest.fixture(scope="module")
def real(models: Path) -> Embedder:
    """The bundled embedder, loaded once."""
    embedder = open_embedder(Settings(models=models))
    embedder.load()
    return embedder


def chunks_of(path: Path) -> int:
    """How many passages a text is cut into by default."""
    return len(chunk_document(parse_plain(path.read_bytes(), path.name, Limits(1, 1.0)), Settings().chunk_width))


@pytest.mark.parametrize(("lines", "seconds"), [(1, 0.0), (2, 0.15)], ids=["after the first document", "amid the third"])
def test_a_killed_command_leaves_whole_documents_and_goes_on(
    tmp_path: Path, files: list[Path], models: Path, real: Embedder, lines: int, seconds: float
) -> None:
    process = subprocess.Popen(command("ingest", *files, "--json"), cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = [json.loads(process.stdout.readline())["name"] for _ in range(lines)]
    time.sleep(seconds)
    process.kill()
    process.communicate()
    settings = Settings(library=tmp_path, models=models)
    with Library.open(tmp_path, real) as library:
        whole = {path.name: Facts(1, chunks_of(path)) for path in files}
        finished = check_whole(library, whole)
        assert set(told) <= finished
        complete(library, settings, files, finished, whole)
