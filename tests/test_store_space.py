"""What is deleted leaves no trace in the library's files, and its disk space comes back."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from core.settings import Settings
from ingest.pipeline import IngestPipeline
from store.library import Library
from store.search.gate import Gate
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder

SECRET = "zebrafinch"
PASSAGES = 500


def fill(library: Library, settings: Settings, folder: Path) -> list[int]:
    """Put four documents of some hundred passages each into the library, the originals too. Returns their numbers."""
    folder.mkdir()
    for number in range(4):
        lines = (
            f"Paragraph {at} of {number} tells what the {SECRET} eats with broth {at * 7919 % 10_007}." for at in range(PASSAGES)
        )
        (folder / f"{number}.txt").write_text("\n\n".join(lines))
    kept = Settings(library=settings.library, models=settings.models, chunk_width=100, keep_originals=True)
    list(IngestPipeline(library, kept).run([folder], notebook=NOTEBOOK))
    assert library.health().chunks >= 4 * PASSAGES
    return [source.id for source in library.sources(NOTEBOOK)]


def sizes(directory: Path) -> dict[str, int]:
    """Bytes of each part of a library."""
    found = dict.fromkeys(("catalog.sqlite3", "chroma.sqlite3", "vectors", "files"), 0)
    for path in directory.rglob("*"):
        if path.is_file():
            inside = path.relative_to(directory).parts
            part = "vectors" if inside[0] == "chroma" and len(inside) > 2 else "files" if inside[0] == "files" else path.name
            found[part.removesuffix("-wal")] = found.get(part.removesuffix("-wal"), 0) + path.stat().st_size
    return found


def traces(directory: Path) -> list[str]:
    """Files in which a word of the deleted documents still stands."""
    return [path.name for path in directory.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_deleting_documents_leaves_no_trace_and_gives_the_space_of_every_part_back(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    library.warm()
    library.catalog.shrink()
    before = sizes(settings.library)
    documents = fill(library, settings, tmp_path / "documents")
    full = sizes(settings.library)
    assert traces(settings.library)
    assert all(full[part] > before[part] + 50_000 for part in ("catalog.sqlite3", "chroma.sqlite3", "vectors", "files")), full
    library.delete_documents(documents)
    after = sizes(settings.library)
    assert all(after[part] < before[part] + 250_000 for part in before), after
    assert (after["vectors"], after["files"]) == (0, 0)
    assert traces(settings.library) == []
    put(library, "new.txt", "Alpha beta.")
    assert library.health().level


def test_deleting_a_notebook_does_so_too(library: Library, settings: Settings, tmp_path: Path) -> None:
    fill(library, settings, tmp_path / "documents")
    full = sum(sizes(settings.library).values())
    library.catalog.notebooks.delete(NOTEBOOK)
    library.purge(older_than_s=0)
    after = sizes(settings.library)
    assert (after["vectors"], after["files"]) == (0, 0)
    assert sum(after.values()) < full / 4
    assert traces(settings.library) == []


def test_after_most_was_deleted_the_index_is_made_anew_at_the_next_opening(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    documents = fill(library, settings, tmp_path / "documents")
    library.delete_documents(documents[:3])
    full = sizes(settings.library)["vectors"]
    library.close()
    with Library.open(settings.library, HashEmbedder()) as again:
        again.warm()
        assert sizes(settings.library)["vectors"] < full / 2
        assert again.health().level
        assert [finding for finding in again.examination().run() if not finding.ok] == []
        asked = again.question(f"What does the {SECRET} eat?", ["en"])
        assert again.search_dense(NOTEBOOK, asked, 5, None)


def test_a_process_that_died_before_the_space_was_given_back_leaves_that_to_the_next(
    library: Library, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = fill(library, settings, tmp_path / "documents")
    full = sizes(settings.library)

    def killed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(library.catalog, "shrink", killed)
    with pytest.raises(KeyboardInterrupt):
        library.delete_documents(documents)
    library.close()
    with Library.open(settings.library, HashEmbedder()) as again:
        assert not again.catalog.is_loose
        again.warm()
        assert sum(sizes(settings.library).values()) < sum(full.values()) / 4
        assert traces(settings.library) == []


def test_searches_go_on_while_deletions_give_space_back(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.search.dense._FEWEST_DELETED", 1)
    monkeypatch.setattr("store.search.chroma._WORTH_SHRINKING", 0)
    put(library, "kept.txt", "Words about noodles.")
    asked = library.question("What about noodles?", ["en"])
    over = threading.Event()
    failures: list[str] = []

    def go_on() -> None:
        try:
            while not over.is_set():
                assert library.search_dense(NOTEBOOK, asked, 50, None)
        except Exception as error:  # noqa: BLE001  # told below
            failures.append(str(error))

    threads = [threading.Thread(target=go_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(20):
        library.delete_documents([put(library, f"{number}.txt", f"Words of file {number} about noodles.")])
    over.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert library.health().level


def test_nobody_but_chroma_opens_its_database_while_it_has(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two SQLites in one process take each other's locks away."""
    put(library, "a.txt", "Alpha beta.")
    connect, opened = sqlite3.connect, list[str]()

    def watched(database: object, *rest: object, **options: object) -> sqlite3.Connection:
        opened.append(str(database))
        return connect(database, *rest, **options)  # type: ignore[call-overload,no-any-return]  # whatever it was given

    monkeypatch.setattr(sqlite3, "connect", watched)
    other = library.place.open()
    library.delete_documents([source.id for source in library.sources(NOTEBOOK)])
    other.close()
    assert not [name for name in opened if "chroma.sqlite3" in name]


def test_a_gate_lets_many_in_or_one_alone() -> None:
    gate, entered, leave = Gate(), threading.Event(), threading.Event()
    seen: list[str] = []

    def inside() -> None:
        with gate.together():
            entered.set()
            leave.wait()
            seen.append("together")

    def alone() -> None:
        with gate.alone():
            seen.append("alone")

    first = threading.Thread(target=inside)
    first.start()
    entered.wait()
    with gate.together():  # many
        pass
    second = threading.Thread(target=alone)
    second.start()
    leave.set()
    for thread in (first, second):
        thread.join()
    assert seen == ["together", "alone"]
