"""Which document a file is: names in two forms, copies, renames, swaps, removals, and uploads of one name."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.errors import OriginalMissing
from core.settings import Settings
from ingest.events import Done, IngestEvent, Removed, SourceDone
from ingest.loader import Given
from ingest.pipeline import IngestPipeline
from ingest.planning import Conflict, conflicts
from store.library import Library
from tests.conftest import NOTEBOOK
from tests.doubles import HashEmbedder

LONG = "長い名前" * 30


def written(path: Path, text: str) -> Path:
    """A text file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def outcomes(events: list[IngestEvent]) -> list[tuple[str, str, str]]:
    """Each file's own name, its document's name, and what became of it."""
    return [(event.file, event.name, str(event.status)) for event in events if isinstance(event, SourceDone)]


def texts(library: Library) -> dict[str, str]:
    """What each document says, by name."""
    pages = {source.name: library.page(source.id, 1) for source in library.sources(NOTEBOOK)}
    return {name: page.text for name, page in pages.items() if page is not None}


def numbers(library: Library) -> dict[str, int]:
    """The documents' numbers by name."""
    return {source.name: source.id for source in library.sources(NOTEBOOK)}


@pytest.fixture
def pipeline(library: Library, settings: Settings) -> IngestPipeline:
    """The pipeline into the library of this test."""
    return IngestPipeline(library, settings)


def read(pipeline: IngestPipeline, *paths: Path, **asked: bool) -> list[IngestEvent]:
    """All events of reading files and folders."""
    return list(pipeline.run(paths, notebook=NOTEBOOK, **asked))  # type: ignore[arg-type]


# Files in folders


def test_a_renamed_file_is_the_same_document(library: Library, pipeline: IngestPipeline, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    old = written(folder / "lease_draft.txt", "The rent is 900.")
    read(pipeline, folder)
    before = numbers(library)["lease_draft.txt"]
    old.rename(folder / "lease_final.txt")
    events = read(pipeline, folder)
    assert outcomes(events) == [("lease_final.txt", "lease_final.txt", "renamed")]
    assert events[-1] == Done(0, 0, 0, 0, renamed=1)
    assert numbers(library) == {"lease_final.txt": before}
    assert outcomes(read(pipeline, folder)) == [("lease_final.txt", "lease_final.txt", "unchanged")]


def test_swapped_files_say_what_they_say(library: Library, pipeline: IngestPipeline, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    alpha, beta = written(folder / "alpha.txt", "It is green."), written(folder / "beta.txt", "It is violet.")
    read(pipeline, folder)
    before = numbers(library)
    written(alpha, "It is violet.")
    written(beta, "It is green.")
    assert [status for *_, status in outcomes(read(pipeline, folder))] == ["updated", "updated"]
    assert texts(library) == {"alpha.txt": "It is violet.", "beta.txt": "It is green."}
    assert numbers(library) == before
    assert library.health().level


def test_what_is_gone_from_a_folder_goes_with_sync_only(library: Library, pipeline: IngestPipeline, tmp_path: Path) -> None:
    folder, other = tmp_path / "in", written(tmp_path / "other/d.txt", "Words of d.")
    for name in "abc":
        written(folder / f"{name}.txt", f"Words of {name}.")
    copy = written(tmp_path / "other/copy of c.txt", "Words of c.")
    read(pipeline, folder, other, copy)
    for name in "ac":
        (folder / f"{name}.txt").unlink()
    other.unlink()
    assert read(pipeline, folder)[-1] == Done(0, 1, 0, 0)
    events = read(pipeline, folder, sync=True)
    assert [(event.name, event.kept) for event in events if isinstance(event, Removed)] == [("a.txt", False), ("c.txt", True)]
    assert events[-1] == Done(0, 1, 0, 0, removed=1)
    assert set(texts(library)) == {"b.txt", "d.txt", "copy of c.txt"}, "the gone file of another folder stays"
    assert library.health().level


def test_a_folder_that_is_gone_removes_nothing(library: Library, pipeline: IngestPipeline, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    written(folder / "a.txt", "Words of a.")
    read(pipeline, folder)
    folder.rename(tmp_path / "unmounted")
    read(pipeline, folder, sync=True)
    assert set(texts(library)) == {"a.txt"}


def test_a_name_in_another_form_is_the_same_name(library: Library, pipeline: IngestPipeline, tmp_path: Path) -> None:
    apart, composed = (unicodedata.normalize(form, "menú.txt") for form in ("NFD", "NFC"))
    read(pipeline, written(tmp_path / apart, "The menu of May."))
    (tmp_path / apart).unlink()
    assert outcomes(read(pipeline, written(tmp_path / composed, "The menu of June."))) == [(composed, composed, "updated")]
    assert texts(library) == {composed: "The menu of June."}
    read(pipeline, written(tmp_path / "1" / apart, "Uploaded in May."), upload=True)
    done = outcomes(read(pipeline, written(tmp_path / "2" / composed, "Uploaded in June."), upload=True))
    assert [status for *_, status in done] == ["updated"]


def test_an_original_says_whether_its_file_is_gone(library: Library, settings: Settings, tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "Words of a.")
    read(IngestPipeline(library, settings), path)
    (number,) = numbers(library).values()
    assert not library.original(number).gone
    path.unlink()
    assert library.original(number).gone
    settings_without = Settings(library=settings.library, models=settings.models, keep_originals=False)
    other = written(tmp_path / "b.txt", "Words of b.")
    read(IngestPipeline(library, settings_without), other)
    assert library.original(numbers(library)["b.txt"]).path == other
    other.unlink()
    with pytest.raises(OriginalMissing, match="is gone or has changed"):
        library.original(numbers(library)["b.txt"])


# Uploads


def test_each_of_two_names_keeps_what_it_stands_for(library: Library, pipeline: IngestPipeline, tmp_path: Path) -> None:
    first, second = written(tmp_path / "1/a_copy.txt", "X is meant."), written(tmp_path / "2/b_copy.txt", "X is meant.")
    changed = written(tmp_path / "3/a_copy.txt", "Y is meant.")
    read(pipeline, first, upload=True)
    assert outcomes(read(pipeline, second, upload=True)) == [("b_copy.txt", "a_copy.txt", "copy")]
    assert outcomes(read(pipeline, changed, upload=True)) == [("a_copy.txt", "a_copy.txt", "added")]
    assert texts(library) == {"a_copy.txt": "Y is meant.", "b_copy.txt": "X is meant."}
    assert outcomes(read(pipeline, second, upload=True)) == [("b_copy.txt", "b_copy.txt", "unchanged")]


@pytest.mark.parametrize("cut", [False, True], ids=["whole names", "names that arrive cut"])
def test_long_names_that_differ_at_their_end_replace_nothing(
    library: Library, pipeline: IngestPipeline, tmp_path: Path, cut: bool
) -> None:
    names = {season: f"{LONG}_{season}.txt" for season in "春秋"}
    paths = {season: written(tmp_path / season / f"{LONG[:65]}.txt", f"{season}の報告です。") for season in names}
    for season, name in names.items():
        full = {} if cut else {paths[season]: name}
        (done,) = [
            event for event in pipeline.run([paths[season]], notebook=NOTEBOOK, upload=True, names=full)
            if isinstance(event, SourceDone)
        ]  # fmt: skip
        assert done.status == "added"
    assert sorted(texts(library).values()) == ["春の報告です。", "秋の報告です。"]


def test_who_uploads_is_told_beforehand_what_would_be_a_new_version(
    library: Library, pipeline: IngestPipeline, tmp_path: Path
) -> None:
    read(pipeline, written(tmp_path / "1/menú.txt", "One."), upload=True)
    read(pipeline, written(tmp_path / "in/folder.txt", "Two."))
    number = numbers(library)["menú.txt"]
    asked = [unicodedata.normalize("NFD", "menú.txt"), "new.txt", "folder.txt"]
    assert conflicts(library.catalog, NOTEBOOK, asked) == (Conflict(asked[0], number, "menú.txt"),)
    another = written(tmp_path / "2/menú.txt", "Another.")
    events = list(pipeline.run([another], notebook=NOTEBOOK, upload=True, given={another: Given(another=True)}))
    assert outcomes(events) == [("menú.txt", "menú (2).txt", "added")]


# Whatever happens to three files on disk, the library says what they say

STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "rename", "remove"]), st.sampled_from("abc"), st.sampled_from("abc"), st.integers(0, 2)),
    min_size=1,
    max_size=8,
)


@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(STEPS, min_size=1, max_size=3))
def test_after_a_sync_the_library_says_what_the_folder_says(tmp_path_factory: pytest.TempPathFactory, rounds: list) -> None:  # type: ignore[type-arg]
    base = tmp_path_factory.mktemp("sync")
    folder = base / "in"
    written(folder / "a.txt", "It says 0.")
    settings = Settings(library=base / "library")
    with Library.open(settings.library, HashEmbedder()) as library:
        assert library.open_notebook("default").id == NOTEBOOK
        for steps in rounds:
            for action, name, other, said in steps:
                path = folder / f"{name}.txt"
                if action == "write":
                    written(path, f"It says {said}.")
                elif path.exists() and action == "rename":
                    path.rename(folder / f"{other}.txt")
                elif path.exists():
                    path.unlink()
            read(IngestPipeline(library, settings), folder, sync=True)
            on_disk = {path.name: path.read_text() for path in folder.iterdir()}
            assert set(texts(library).values()) == set(on_disk.values())
            for source in library.sources(NOTEBOOK):
                said_there = library.page(source.id, 1)
                assert said_there is not None
                for origin in library.catalog.origins.of(source.id):
                    assert on_disk[Path(origin.path).name] == said_there.text
                assert source.name in {origin.name for origin in library.catalog.origins.of(source.id)}
            assert library.health().level
