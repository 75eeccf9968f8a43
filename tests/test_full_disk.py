"""A disk that runs full ends work in one sentence that names the place.

With space again, what was finished is there and nothing is half done.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import BackupUnwritable, LibraryUnwritable
from core.settings import Settings
from rag.answer import Answer
from rag.events import Text
from service import questions
from service.app import Application
from service.ask import Ask
from store.backup import backup
from store.library import Library
from tests.commands import environment, run_here
from tests.conftest import NOTEBOOK, put
from tests.disks import Disk, mounted
from tests.doubles import HashEmbedder
from tests.servers.ollama import OllamaServer

# Bytes of the disk. An empty library with its indexes takes 0.5 MB.
SIZE = 16_000_000
FILES = 4
QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"


@pytest.fixture(autouse=True)
def _instant_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.embedding.embedder.open_embedder", lambda settings: HashEmbedder(settings.embedder))
    monkeypatch.setattr("rag.models.listing.list_models", lambda settings: [])
    monkeypatch.setattr("cli.health.ollama_trouble", lambda settings: None)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk", size=SIZE) as made:
        yield made


def text(seed: int, paragraphs: int = 60) -> str:
    """Paragraphs no two of which are alike."""
    chance = random.Random(seed)
    words = [f"word{number}" for number in range(5_000)]
    return "\n\n".join(" ".join(chance.choices(words, k=60)) for _ in range(paragraphs))


def files(folder: Path) -> list[Path]:
    """Texts of 30 kB."""
    folder.mkdir()
    paths = [folder / f"{number}.txt" for number in range(FILES)]
    for number, path in enumerate(paths):
        path.write_text(text(number), "utf-8")
    return paths


def check_whole(library: Path, *, embedder: str = "bundled") -> set[str]:
    """The names of all documents of a library in which an examination finds nothing wrong."""
    with Library.open(library, HashEmbedder(embedder)) as opened:
        opened.warm()
        assert [finding for finding in opened.examination().run() if not finding.ok] == []
        return {source.name for source in opened.sources(NOTEBOOK)}


def is_one_sentence(told: str, place: Path) -> bool:
    """Whether standard error has one line, which names the place."""
    return told.count("\n") == 1 and told.endswith("\n") and str(place) in told and "space" in told


@pytest.mark.parametrize("room", [4_096, 400_000, 700_000])
def test_reading_stops_in_one_sentence_and_goes_on_later(tmp_path: Path, disk: Disk, room: int) -> None:
    library, paths = disk.path / "library", files(tmp_path / "in")
    env = environment(library)
    assert run_here(env, "ingest", paths[0]).status == 0
    disk.fill(room=room)
    ran = run_here(env, "ingest", *paths, "--json")
    assert ran.status == 1
    assert is_one_sentence(ran.err, library), ran.err
    finished = {line["name"] for line in ran.lines if line["event"] == "source"} | {paths[0].name}
    doctor = run_here(env, "rag", "doctor")
    assert doctor.err == ""
    disk.clear()
    there = check_whole(library)
    assert finished <= there < {path.name for path in paths}
    assert run_here(env, "ingest", *paths).status == 0
    assert check_whole(library) == {path.name for path in paths}


def test_a_library_that_cannot_even_begin_is_told(tmp_path: Path, disk: Disk) -> None:
    disk.fill()
    library, paths = disk.path / "library", files(tmp_path / "in")
    ran = run_here(environment(library), "ingest", paths[0])
    assert (ran.status, ran.out) == (1, "")
    assert is_one_sentence(ran.err, library), ran.err
    disk.clear()
    assert run_here(environment(library), "ingest", paths[0]).status == 0
    assert check_whole(library) == {"0.txt"}


@pytest.mark.parametrize("room", [4_096, 100_000])
def test_embedding_again_stops_in_one_sentence_and_goes_on_later(tmp_path: Path, disk: Disk, room: int) -> None:
    library = disk.path / "library"
    assert run_here(environment(library), "ingest", *files(tmp_path / "in")[:2]).status == 0
    env = environment(library, embedder="ollama:other")
    disk.fill(room=room)
    ran = run_here(env, "ingest", "--re-embed")
    assert (ran.status, ran.out) == (1, "")
    assert is_one_sentence(ran.err, library), ran.err
    disk.clear()
    assert check_whole(library) == {"0.txt", "1.txt"}, "it is searched by its old vectors"
    assert run_here(env, "ingest", "--re-embed").status == 0
    assert check_whole(library, embedder="ollama:other") == {"0.txt", "1.txt"}


@pytest.mark.parametrize("room", [0, 4_096, 100_000])
def test_a_backup_that_finds_no_room_leaves_nothing(library: Library, disk: Disk, room: int) -> None:
    put(library, "a.txt", text(1))
    earlier = disk.path / "earlier.zip"
    backup(library.directory, earlier)
    before = earlier.read_bytes()
    disk.fill(room=room)
    kept = {path.name for path in disk.path.iterdir()}
    for path in (disk.path / "new.zip", earlier):
        with pytest.raises(BackupUnwritable, match="space") as told:
            backup(library.directory, path)
        assert str(path) in str(told.value)
    assert {path.name for path in disk.path.iterdir()} == kept
    assert earlier.read_bytes() == before


# What the page does


@pytest.fixture
def application(disk: Disk, settings: Settings) -> Iterator[Application]:
    """An application over a library with one document on the disk, and an Ollama."""
    directory = disk.path / "library"
    with OllamaServer() as ollama, Library.open(directory, HashEmbedder()) as library:
        assert library.open_notebook("default").id == NOTEBOOK
        put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
        made = Application(library, replace(settings, library=directory, ollama_url=ollama.url, model="ollama:gemma3:4b"))
        made.answering.ready()
        made.jobs.start()
        yield made
        made.questions.close()
        made.jobs.close()
        made.models.close()


def asked(application: Application) -> questions.RunningAnswer:
    return application.questions.ask(application.sessions.of("someone"), Ask(QUESTION))


def test_an_answer_that_cannot_be_kept_ends_in_words_and_stays_in_sight(
    application: Application, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "_SAVE_S", 0.0)  # it is saved at every event
    save = application.conversations.save

    def on_a_full_disk(turn: int, answer: Answer) -> None:
        if answer.text:
            disk.fill()
        save(turn, answer)

    monkeypatch.setattr(application.conversations, "save", on_a_full_disk)
    running = asked(application)
    shown = "".join(event.text for batch in running.events() for event in batch if isinstance(event, Text))
    assert shown
    assert running.answer.text == shown
    assert isinstance(running.answer.error, LibraryUnwritable)
    with pytest.raises(LibraryUnwritable):
        asked(application)
    disk.clear()
    monkeypatch.undo()
    again = asked(application)
    for _ in again.events():
        pass
    assert again.answer.error is None
    assert [finding for finding in application.library.examination().run() if not finding.ok] == []


def test_an_upload_that_finds_no_room_is_refused_in_words(application: Application, disk: Disk) -> None:
    uploads, jobs = application.uploads, application.jobs
    arrived = uploads.incoming / "a" / "new.txt"
    arrived.parent.mkdir()
    arrived.write_text(text(7), "utf-8")
    disk.fill()
    (job,) = jobs.receive([arrived], notebook=NOTEBOOK)
    assert job.over.wait(60)
    assert isinstance(job.state.error, LibraryUnwritable), job.state
    with pytest.raises(LibraryUnwritable):
        uploads.write("page.html", b"x" * 100_000)
    disk.fill()
    with pytest.raises(LibraryUnwritable):
        uploads.copy(Path(__file__), "copy.txt")
    assert [path for path in uploads.folder.rglob("*") if path.is_file()] == [], "half a file is left"
    assert [source.name for source in application.library.sources(NOTEBOOK)] == ["gemma.txt"]
    disk.clear()
    arrived.parent.mkdir()
    arrived.write_text(text(7), "utf-8")
    (job,) = jobs.receive([arrived], notebook=NOTEBOOK)
    assert job.over.wait(60)
    assert job.state.error is None
    assert {source.name for source in application.library.sources(NOTEBOOK)} == {"gemma.txt", "new.txt"}
