"""Originals outlive the files they came from; a library is for its owner alone; versions of a document keep its number."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from pathlib import Path

import pytest

from core.errors import LibraryUnwritable, OriginalMissing, UnknownSource
from core.settings import Settings
from ingest.events import IngestEvent, SourceDone
from ingest.pipeline import IngestPipeline
from store.files import Files
from store.library import Library
from store.pages import document_pages
from tests.conftest import NOTEBOOK
from tests.doubles import HashEmbedder


def written(path: Path, text: str) -> Path:
    """A text file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def run(library: Library, settings: Settings, *paths: Path, upload: bool = False, keep_both: bool = False) -> list[SourceDone]:
    """The ends of all files of one ingest."""
    events: list[IngestEvent] = list(
        IngestPipeline(library, settings).run(paths, notebook=NOTEBOOK, upload=upload, keep_both=keep_both)
    )
    return [event for event in events if isinstance(event, SourceDone)]


def kept(library: Library) -> set[str]:
    """Contents of all originals."""
    return {file.read_text("utf-8") for file in (library.directory / "files").rglob("*") if file.is_file()}


# Originals


def test_an_original_outlives_its_file(library: Library, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "Words of a.")
    (done,) = run(library, settings, path)
    path.unlink()
    assert done.document is not None
    original = library.original(done.document)
    assert (original.path.read_text("utf-8"), original.name, original.media_type) == ("Words of a.", "a.txt", "text/plain")
    assert original.path.parent.parent == library.directory / "files"


def test_originals_go_with_the_last_version_that_has_them(library: Library, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "First words.")
    run(library, settings, path)
    written(path, "Second words.")
    run(library, settings, path)
    assert kept(library) == {"Second words."}
    library.delete(NOTEBOOK, "a.txt")
    assert kept(library) == set()


def test_bytes_of_two_notebooks_are_kept_once_and_survive_one_of_them(library: Library, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "The same words.")
    run(library, settings, path)
    other = library.catalog.notebooks.create("other").id
    list(IngestPipeline(library, settings).run([path], notebook=other))
    assert library.files.count() == 1
    library.catalog.notebooks.delete(NOTEBOOK)
    library.purge(older_than_s=0)
    assert kept(library) == {"The same words."}
    library.catalog.notebooks.delete(other)
    library.purge(older_than_s=0)
    assert kept(library) == set()


def test_without_copies_the_file_itself_is_shown_while_it_is_unchanged(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    off = dataclasses.replace(settings, keep_originals=False)
    path = written(tmp_path / "a.txt", "Words of a.")
    (done,) = run(library, off, path)
    assert done.document is not None
    assert kept(library) == set()
    assert library.original(done.document).path == path
    written(path, "Other words.")
    with pytest.raises(OriginalMissing, match="is gone or has changed"):
        library.original(done.document)
    path.unlink()
    with pytest.raises(OriginalMissing):
        library.original(done.document)
    with pytest.raises(UnknownSource):
        library.original(99)


def test_an_upload_is_kept_whatever_the_setting_says(library: Library, settings: Settings, tmp_path: Path) -> None:
    off = dataclasses.replace(settings, keep_originals=False)
    run(library, off, written(tmp_path / "a.txt", "Words of a."), upload=True)
    assert kept(library) == {"Words of a."}


def test_a_second_ingest_keeps_what_was_not_kept_before(library: Library, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "Words of a.")
    run(library, dataclasses.replace(settings, keep_originals=False), path)
    assert [str(done.status) for done in run(library, settings, path)] == ["unchanged"]
    assert kept(library) == {"Words of a."}


def test_what_a_killed_process_left_is_swept_away(library: Library, settings: Settings, tmp_path: Path) -> None:
    run(library, settings, written(tmp_path / "a.txt", "Words of a."))
    library.files.keep(hashlib.sha256(b"orphan").hexdigest(), b"orphan")
    written(library.directory / "files" / "ab" / "writing-x1y2", "half")
    library.close()
    with Library.open(settings.library, HashEmbedder()) as again:
        assert kept(again) == {"Words of a."}


def test_originals_of_a_missing_catalog_are_not_swept_away(library: Library, settings: Settings, tmp_path: Path) -> None:
    run(library, settings, written(tmp_path / "a.txt", "Words of a."))
    library.close()
    for file in settings.library.glob("catalog.sqlite3*"):
        file.unlink()
    for _ in range(2):  # the second opening finds a catalog, but still not theirs
        with Library.open(settings.library, HashEmbedder()) as again:
            assert kept(again) == {"Words of a."}


def test_a_full_disk_is_told_and_leaves_nothing_half_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    files = Files(tmp_path)
    with pytest.raises(LibraryUnwritable, match="No space left"):
        files.keep("ab" * 32, b"data")
    assert files.count() == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "AB" * 32, "", "ab" * 31])
def test_only_a_hash_names_a_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no SHA-256"):
        Files(tmp_path).path(name)


# Versions


def test_a_document_keeps_its_number_over_new_bytes(library: Library, settings: Settings, tmp_path: Path) -> None:
    first, second = written(tmp_path / "one/a.txt", "Words of one."), written(tmp_path / "two/a.txt", "Words of two.")
    (before,) = run(library, settings, first, upload=True)
    (after,) = run(library, settings, second, upload=True)
    assert (str(after.status), after.document) == ("updated", before.document)
    (source,) = library.sources(NOTEBOOK)
    assert source.id == before.document
    assert [hit.text for hit in library.hits([record.id for record in library.catalog.chunks.of_notebook(NOTEBOOK)]).values()] == [
        "Words of two."
    ]


def test_a_version_that_an_answer_may_cite_is_kept_until_the_conversation_goes(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.txt", "Old words.")
    (done,) = run(library, settings, path)
    assert done.document is not None
    old = library.sources(NOTEBOOK)[0].version
    assert [hit.version for hit in library.hits([one.id for one in library.catalog.chunks.of_notebook(NOTEBOOK)]).values()] == [old]
    assert [hit.version for hit in document_pages(library.catalog, NOTEBOOK, [done.document])] == [old]
    talk = library.catalog.conversations.create(NOTEBOOK)
    library.catalog.conversations.add_turn(talk.id, parent=None, question="q", model="m", scope={})
    written(path, "New words.")
    run(library, settings, path)
    page, before = library.page(done.document, 1), library.page(done.document, 1, old)
    assert page is not None
    assert before is not None
    assert (page.text, before.text) == ("New words.", "Old words.")
    assert library.original(done.document, old).path.read_text("utf-8") == "Old words."
    assert library.lexical.search(NOTEBOOK, "old", 5, None) == []
    assert library.health().level
    library.catalog.conversations.delete(talk.id)
    library.purge(older_than_s=0)
    assert library.page(done.document, 1, old) is None
    assert kept(library) == {"New words."}


def test_two_files_of_one_name_in_one_upload_are_two_documents(library: Library, settings: Settings, tmp_path: Path) -> None:
    one, two = written(tmp_path / "1/report.txt", "Words of one."), written(tmp_path / "2/report.txt", "Words of two.")
    events = run(library, settings, one, two, upload=True)
    assert [(done.name, done.file, str(done.status)) for done in events] == [
        ("report.txt", "report.txt", "added"),
        ("report (2).txt", "report.txt", "added"),
    ]
    assert [source.name for source in library.sources(NOTEBOOK)] == ["report (2).txt", "report.txt"]
    written(one, "Words of one, changed.")
    events = run(library, settings, two, one, upload=True)
    assert [(done.name, str(done.status)) for done in events] == [("report (2).txt", "unchanged"), ("report.txt", "updated")]
    assert library.lexical.search(NOTEBOOK, "two", 5, None) != []


def test_a_file_of_a_known_name_can_be_kept_beside_it(library: Library, settings: Settings, tmp_path: Path) -> None:
    one, two = written(tmp_path / "1/report.txt", "Words of one."), written(tmp_path / "2/report.txt", "Words of two.")
    run(library, settings, one, upload=True)
    (done,) = run(library, settings, two, upload=True, keep_both=True)
    assert (done.name, str(done.status)) == ("report (2).txt", "added")
    assert len(library.sources(NOTEBOOK)) == 2


# Permissions


def test_a_library_is_for_its_owner_alone(settings: Settings, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with Library.open(settings.library, HashEmbedder()) as library:
            notebook = library.open_notebook("default").id
            events = IngestPipeline(library, settings).run([written(tmp_path / "a.txt", "Words.")], notebook=notebook)
            assert sum(isinstance(event, SourceDone) for event in events) == 1
            assert settings.library.stat().st_mode & 0o777 == 0o700
            assert {file.name: oct(file.stat().st_mode & 0o077) for file in settings.library.iterdir() if file.is_file()} == {
                file.name: "0o0" for file in settings.library.iterdir() if file.is_file()
            }
    finally:
        os.umask(before)
    for path in settings.library.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_open_library_of_before_is_closed_to_others(settings: Settings) -> None:
    with Library.open(settings.library, HashEmbedder()):
        pass
    settings.library.chmod(0o755)
    (settings.library / "catalog.sqlite3").chmod(0o644)
    with Library.open(settings.library, HashEmbedder()):
        assert settings.library.stat().st_mode & 0o777 == 0o700
        assert (settings.library / "catalog.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_directory_with_other_things_in_it_is_left_as_open_as_it_was(settings: Settings) -> None:
    written(settings.library / "holiday.txt", "not ours")
    settings.library.chmod(0o755)
    with Library.open(settings.library, HashEmbedder()):
        assert settings.library.stat().st_mode & 0o777 == 0o755
        assert (settings.library / "catalog.sqlite3").stat().st_mode & 0o777 == 0o600


def test_deleting_gives_the_disk_space_back(library: Library, settings: Settings, tmp_path: Path) -> None:
    words = "\n\n".join(
        f"Paragraph {number} tells what the cook {number * 7919 % 10_007} does with broth {number}." for number in range(6_000)
    )
    small = written(tmp_path / "small.txt", "Words of a small file.")
    run(library, settings, small)
    catalog = library.directory / "catalog.sqlite3"
    library.catalog.shrink()
    before = catalog.stat().st_size
    (done,) = run(library, settings, written(tmp_path / "large.txt", words))
    library.catalog.shrink()
    assert catalog.stat().st_size > before + 1_000_000
    assert done.document is not None
    library.delete_documents([done.document])
    assert catalog.stat().st_size < before + 100_000
    assert b"Paragraph 5999" not in catalog.read_bytes()
    assert library.health().level
