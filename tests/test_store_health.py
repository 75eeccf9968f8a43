"""An examination finds every fault that was put into a library, says what helps, and a repair ends those that the catalog can end."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryRemedy, LibraryState
from core.sentences import LANGUAGES, Phrase
from core.settings import Settings
from store.health import Finding
from store.library import Library
from store.search.dense import DenseIndex
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder

DOCUMENTS = 60


class Unloadable(HashEmbedder):
    """An embedder of the same signature that must not be needed."""

    def load(self) -> None:
        """Must not be called."""
        pytest.fail("an embedder was loaded")

    def _encode(self, texts: list[str]) -> np.ndarray:
        pytest.fail("something was embedded")


@pytest.fixture
def filled(settings: Settings) -> Path:
    """The directory of a closed library with documents, two of them with the same words, and an original each."""
    with Library.open(settings.library, HashEmbedder()) as library:
        for number in range(DOCUMENTS):
            put(library, f"{number}.txt", f"Alpha beta gamma number {number // 2}. Delta {number // 2} epsilon.")
            library.keep_original(number + 1, original_of(number), b"bytes")
        with library.catalog.connections.transaction() as db:
            db.execute("UPDATE versions SET sha256 = ?, original = 1", (original_of(0),))
        library.files.sweep({original_of(0)})
    return settings.library


def original_of(_: int) -> str:
    """The hash of the bytes that all documents there have."""
    import hashlib

    return hashlib.sha256(b"bytes").hexdigest()


def look(directory: Path, *, repair: bool = False) -> list[Finding]:
    """What an examination finds, without an embedder."""
    with Library.open(directory, Unloadable(), check_embedder=False) as library:
        examination = library.examination()
        repaired = [examination.repair()] if repair else []
        return repaired + list(examination.run())


def faults(findings: list[Finding]) -> set[object]:
    """The words of what is wrong."""
    return {
        finding.said.words if isinstance(finding.said, Phrase) else type(finding.said).__name__
        for finding in findings
        if not finding.ok
    }


def change(directory: Path, sql: str, *values: object) -> None:
    """Change the catalog behind the library's back."""
    with sqlite3.connect(directory / "catalog.sqlite3") as db:
        db.execute(sql, values)
    db.close()


def index_of(library: Library) -> DenseIndex:
    """The dense index of a library, opened beside it."""
    record = library.catalog.vectors.embedder()
    assert record is not None
    return DenseIndex(library.place, record.tag)


def without_chunks(directory: Path) -> None:
    """Take passages out of the dense index."""
    with Library.open(directory, HashEmbedder()) as library:
        dense = index_of(library)
        dense.delete(library.catalog.notebooks.collection(NOTEBOOK), [1, 2, 3])
        dense.close()


def with_others(directory: Path) -> None:
    """Put the vectors of other passages into the place of some, so that all counts agree."""
    with Library.open(directory, HashEmbedder()) as library:
        dense, collection = index_of(library), library.catalog.notebooks.collection(NOTEBOOK)
        dense.add(collection, list(range(1, 21)), [1] * 20, np.tile(np.eye(64, dtype=np.float32)[:1], (20, 1)) * -1)
        dense.close()


def with_a_loose_collection(directory: Path) -> None:
    """Leave a collection that no notebook has."""
    with Library.open(directory, HashEmbedder()) as library:
        dense = index_of(library)
        dense.add("nobody", [1], [1], np.eye(64, dtype=np.float32)[:1])
        dense.close()


def without_original(directory: Path) -> None:
    """Delete an original."""
    next((directory / "files").glob("??/*")).unlink()


def with_a_changed_original(directory: Path) -> None:
    """Write other bytes into an original."""
    next((directory / "files").glob("??/*")).write_bytes(b"other")


@pytest.mark.parametrize(("passed_over", "well"), [(1, True), (2, False)])
def test_a_search_may_pass_over_hardly_any_passage_that_the_index_holds(
    filled: Path, monkeypatch: pytest.MonkeyPatch, passed_over: int, well: bool
) -> None:
    found = DenseIndex.found_by_themselves

    def without_some(index: DenseIndex, key: str, ids: Sequence[int], vectors: np.ndarray) -> set[int]:
        return found(index, key, ids, vectors) - set(sorted(ids)[:passed_over])

    monkeypatch.setattr(DenseIndex, "found_by_themselves", without_some)
    assert all(finding.ok for finding in look(filled)) is well


SHORT_VECTOR = "UPDATE vectors SET vector = x'0011' WHERE content = (SELECT content FROM chunks LIMIT 1)"
# Each fault: how it is made, what is found, and whether the catalog can end it.
FAULTS: list[tuple[Callable[[Path], object], object, bool]] = [
    (lambda at: change(at, "DELETE FROM lexical WHERE rowid IN (1, 2)"), LibraryState.WORDS_DIFFER, True),
    (lambda at: change(at, "INSERT INTO lexical (rowid, tokens) VALUES (999, 'x')"), LibraryState.WORDS_DIFFER, True),
    (lambda at: change(at, "UPDATE lexical SET tokens = 'x' WHERE rowid = 5"), LibraryState.WORDS_CHANGED, True),
    (lambda at: change(at, "UPDATE lexical_data SET block = x'00' WHERE id > 10"), LibraryState.WORDS_DAMAGED, True),
    (without_chunks, LibraryState.INDEX_DIFFERS, True),
    (with_others, LibraryState.INDEX_LOST, True),
    (with_a_loose_collection, LibraryState.INDEX_LOOSE, True),
    (without_original, LibraryState.ORIGINALS_MISSING, False),
    (with_a_changed_original, LibraryState.ORIGINALS_CHANGED, False),
    (
        lambda at: change(at, "DELETE FROM vectors WHERE content = (SELECT content FROM chunks LIMIT 1)"),
        LibraryState.VECTORS_MISSING,
        False,
    ),
    (
        lambda at: change(at, SHORT_VECTOR),
        LibraryState.VECTORS_SIZE,
        False,
    ),
    (lambda at: change(at, "UPDATE versions SET page_count = 9 WHERE id = 3"), LibraryState.PAGES, False),
    (lambda at: change(at, "UPDATE versions SET chunk_count = 9 WHERE id = 3"), LibraryState.PASSAGES, False),
    (lambda at: change(at, 'UPDATE chunks SET "end" = 999999 WHERE id = 7'), LibraryState.SLICES, False),
    (lambda at: change(at, "UPDATE versions SET languages = '[' WHERE id = 3"), LibraryState.LISTS, False),
    (lambda at: change(at, "DELETE FROM versions WHERE id = 3"), LibraryState.VERSIONS, False),
]


def test_a_library_in_order_is_found_so_without_embedding_anything(filled: Path) -> None:
    findings = look(filled)
    assert faults(findings) == set()
    said = {finding.said.words for finding in findings if isinstance(finding.said, Phrase)}
    assert said == {
        LibraryState.CATALOG_WHOLE, LibraryState.ORIGINALS_WHOLE, LibraryState.WORDS_LEVEL, LibraryState.EMBEDDER, LibraryState.VECTORS_LEVEL,
    }  # fmt: skip


@pytest.mark.parametrize(("harm", "words", "mended"), FAULTS)
def test_every_fault_is_found_and_what_the_catalog_can_end_is_ended(
    filled: Path, harm: Callable[[Path], object], words: LibraryState, mended: bool
) -> None:
    harm(filled)
    found = look(filled)
    assert words in faults(found)
    for finding in found:
        assert finding.ok or finding.helps is not None or not isinstance(finding.said, Phrase)
    healed = faults(look(filled, repair=True))
    assert (healed == set()) == mended
    # A vector of the wrong size is removed, and so missing.
    assert ((LibraryState.VECTORS_MISSING if words is LibraryState.VECTORS_SIZE else words) in healed) != mended
    assert faults(look(filled)) == healed


def test_findings_speak_three_languages_and_turn_into_json(filled: Path) -> None:
    without_chunks(filled)
    finding = next(one for one in look(filled) if not one.ok)
    assert len({finding.sentence(language) for language in LANGUAGES}) == 3
    assert finding.helps == LibraryRemedy.REPAIR()
    told = json.loads(json.dumps(finding.to_json()))
    assert told["check"] == "vectors"
    assert told["found"] == {"phrase": "LibraryState.INDEX_DIFFERS", "fields": {"missing": 3, "extra": 0}}
    assert "--repair" in told["detail"]


def test_what_was_not_told_yet_is_no_fault(filled: Path) -> None:
    change(
        filled,
        "INSERT INTO pending SELECT c.id, n.collection, 'delete' FROM chunks c JOIN notebooks n ON n.id = c.notebook WHERE c.id = 1",
    )
    change(filled, "DELETE FROM lexical WHERE rowid = 1")
    change(filled, "UPDATE versions SET chunk_count = 0 WHERE id = (SELECT version FROM chunks WHERE id = 1)")
    change(filled, "DELETE FROM chunks WHERE id = 1")
    findings = look(filled)
    assert faults(findings) == set()
    assert LibraryState.PENDING in {finding.said.words for finding in findings if isinstance(finding.said, Phrase)}


def test_an_index_that_was_deleted_is_made_anew_by_the_next_use(filled: Path) -> None:
    shutil.rmtree(filled / "chroma")
    assert faults(look(filled)) == set()
    with Library.open(filled, HashEmbedder()) as library:
        assert library.health().level
    assert faults(look(filled)) == set()


def test_a_repair_keeps_the_originals_of_a_catalog_that_is_missing(filled: Path) -> None:
    for file in filled.glob("catalog.sqlite3*"):
        file.unlink()
    assert faults(look(filled)) == {LibraryState.FOUND_WITHOUT}
    left = look(filled, repair=True)
    assert faults(left) == {LibraryState.FOUND_WITHOUT}
    (said,) = (finding.said for finding in left if not finding.ok)
    assert isinstance(said, Phrase)
    assert (said.fields["passages"], said.fields["originals"]) == (0, 1)
    shutil.rmtree(filled / "files")
    assert faults(look(filled)) == set()


@pytest.fixture
def damaged_index(filled: Path) -> Path:
    """A library whose Chroma database has rubbish in the middle."""
    path = filled / "chroma" / "chroma.sqlite3"
    data = bytearray(path.read_bytes())
    data[4096 * 4 : 4096 * 40] = b"\xa5" * (4096 * 36)
    path.write_bytes(data)
    return filled


def test_a_damaged_index_is_a_sentence_and_is_repaired(damaged_index: Path) -> None:
    found = faults(look(damaged_index))
    assert found <= {"IndexUnusable", LibraryState.INDEX_DIFFERS, LibraryState.INDEX_LOST}
    assert faults(look(damaged_index, repair=True)) == set()
    with Library.open(damaged_index, HashEmbedder()) as library:
        assert library.search_dense(NOTEBOOK, library.question("alpha number 3", ("en",)), 5, None)


def test_a_word_index_of_an_earlier_version_is_made_anew_when_the_library_is_used(filled: Path) -> None:
    with Library.open(filled, HashEmbedder()) as library, library.catalog.connections.transaction() as db:
        db.execute("UPDATE lexical SET tokens = 'other'")
        db.execute("DELETE FROM meta WHERE key = 'words'")
    assert faults(look(filled)) == set()
    assert LibraryState.WORDS_OUTDATED in {one.said.words for one in look(filled) if isinstance(one.said, Phrase)}
    with Library.open(filled, HashEmbedder()) as library:
        library.warm()
        assert not library.catalog.inspection.words_outdated()
    assert LibraryState.WORDS_LEVEL in {one.said.words for one in look(filled) if isinstance(one.said, Phrase)}
