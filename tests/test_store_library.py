"""The library keeps catalog and both indexes level, whatever happens to any of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest

from core.errors import EmbedderMismatch, LibraryLocked, LibraryUnwritable, UnknownSource
from core.settings import ROOT, Settings
from core.types import PASSAGE, QUERY
from rag.retrieve import Retriever
from store.library import Library
from store.search.centring import LanguageMeans, measure, unit
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder


def found(library: Library, question: str, notebook: int = NOTEBOOK) -> list[str]:
    """Names of documents by vector search."""
    asked = library.question(question, ("en", "es", "ja"))
    chunks = library.search_dense(notebook, asked, 10, None)
    hits = library.hits([chunk for chunk, _ in chunks])
    return [hits[chunk].source for chunk, _ in chunks]


def test_what_is_put_is_found_by_both_searches(library: Library) -> None:
    put(library, "rivers.txt", "The river floods every spring near the old mill.")
    put(library, "taxes.txt", "Taxes are due on the last day of March.")
    assert found(library, "when does the river flood in spring")[0] == "rivers.txt"
    ((chunk, coverage), *_) = library.lexical.search(NOTEBOOK, "due taxes", 5, None)
    assert library.hits([chunk])[chunk].source == "taxes.txt"
    assert 0 < coverage <= 1
    assert library.health().level


def test_deleting_takes_effect_in_both_searches(library: Library) -> None:
    put(library, "a.txt", "Alpha beta gamma.")
    put(library, "b.txt", "Delta epsilon zeta.")
    library.delete(NOTEBOOK, "a.txt")
    assert found(library, "alpha beta") == ["b.txt"]
    assert library.lexical.search(NOTEBOOK, "alpha", 5, None) == []
    with pytest.raises(UnknownSource, match=r"no document a\.txt"):
        library.delete(NOTEBOOK, "a.txt")


def test_notebooks_do_not_see_each_other(library: Library) -> None:
    one, two, empty = (library.catalog.notebooks.create(name).id for name in ("one", "日本", "none"))
    put(library, "a.txt", "Alpha beta gamma.", notebook=one)
    put(library, "b.txt", "Alpha beta delta.", notebook=two)
    assert found(library, "alpha", one) == ["a.txt"]
    assert found(library, "alpha", two) == ["b.txt"]
    assert [len(library.lexical.search(name, "beta", 5, None)) for name in (one, two, empty)] == [1, 1, 0]


def test_a_search_can_be_bound_to_documents(library: Library) -> None:
    ids = [put(library, name, f"Alpha beta {name} gamma.") for name in ("a.txt", "b.txt", "c.txt")]
    asked = library.question("alpha beta", ("en",))
    for search in (
        library.search_dense(NOTEBOOK, asked, 10, ids[1:2]),
        library.lexical.search(NOTEBOOK, "a.txt gamma", 9, ids[1:2]),
    ):
        assert {library.hits([chunk])[chunk].source for chunk, _ in search} <= {"b.txt"}
    assert library.search_dense(NOTEBOOK, asked, 10, []) == []


def test_the_dense_index_is_rebuilt_from_the_catalog_without_embedding(settings: Settings) -> None:
    with Library.open(settings.library, HashEmbedder()) as library:
        put(library, "a.txt", "Alpha beta gamma.")
    shutil.rmtree(settings.library / "chroma")
    embedder = HashEmbedder()
    with Library.open(settings.library, embedder) as library:
        assert library.health().level
        assert embedder.embedded == 0, "means and vectors are in the catalog"
        assert found(library, "alpha") == ["a.txt"]


def test_a_damaged_dense_index_is_rebuilt(settings: Settings) -> None:
    with Library.open(settings.library, HashEmbedder()) as library:
        put(library, "a.txt", "Alpha beta gamma.")
    (settings.library / "chroma" / "chroma.sqlite3").write_bytes(b"noise" * 1000)
    with Library.open(settings.library, HashEmbedder()) as library:
        assert found(library, "alpha") == ["a.txt"]


def test_what_the_dense_index_missed_is_caught_up(settings: Settings) -> None:
    with Library.open(settings.library, HashEmbedder()) as library:
        put(library, "a.txt", "Alpha beta gamma.")
        source = library.sources(NOTEBOOK)[0]
        library.catalog.documents.delete(source.id)  # as if the process had died before Chroma was told
    with Library.open(settings.library, HashEmbedder()) as library:
        assert library.health().level
        assert found(library, "alpha") == []


def test_another_embedder_is_refused_and_re_embedding_heals(settings: Settings) -> None:
    with Library.open(settings.library, HashEmbedder("one")) as library:
        put(library, "a.txt", "Alpha beta gamma.")
    with pytest.raises(EmbedderMismatch, match="--re-embed"):
        Library.open(settings.library, HashEmbedder("two"))
    with Library.open(settings.library, HashEmbedder("two"), check_embedder=False) as library:
        assert library.re_embed()
    with Library.open(settings.library, HashEmbedder("two")) as library:
        assert found(library, "alpha") == ["a.txt"]
        assert library.health().level


def test_unchanged_chunks_are_not_embedded_again(library: Library, embedder: HashEmbedder) -> None:
    put(library, "a.txt", "Alpha beta gamma.", "Page two.", title="T")
    before = embedder.embedded
    put(library, "a.txt", "Alpha beta gamma.", "Page two, changed.", title="T")
    assert embedder.embedded == before + 1


def test_a_second_process_is_told_who_owns_the_library(settings: Settings, library: Library) -> None:
    code = (
        "import sys; from pathlib import Path; from store.library import Library; from tests.doubles import HashEmbedder\n"
        "try: Library.open(Path(sys.argv[1]), HashEmbedder())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code, settings.library], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("LibraryLocked")
    assert f"process {__import__('os').getpid()}" in done.stdout
    with pytest.raises(LibraryLocked):
        Library.open(settings.library, HashEmbedder())


def test_a_directory_that_cannot_be_made_is_told(settings: Settings) -> None:
    settings.library.parent.mkdir(exist_ok=True)
    settings.library.write_text("a file")
    with pytest.raises(LibraryUnwritable, match="cannot be written"):
        Library.open(settings.library / "below", HashEmbedder())


def test_threads_may_search_while_others_write(library: Library) -> None:
    put(library, "start.txt", "Alpha beta gamma.")
    failures: list[BaseException] = []

    def search() -> None:
        try:
            for _ in range(30):
                assert found(library, "alpha")
        except BaseException as error:  # noqa: BLE001  # told to the main thread
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(10):
        put(library, f"{number}.txt", f"Alpha number {number} beta.")
    for thread in threads:
        thread.join()
    assert not failures
    assert library.health().level


def test_centring_takes_away_what_a_language_adds() -> None:
    rng = np.random.default_rng(0)
    meaning = rng.normal(size=(96, 32)).astype(np.float32)
    accent = {"en": rng.normal(size=32), "es": rng.normal(size=32), "ja": rng.normal(size=32)}
    calls = iter(["en", "es", "ja"] * 2)

    def embed(texts: list[str]) -> np.ndarray:
        assert len(texts) == 96 * 3
        return np.concatenate([unit(meaning + 4 * accent[next(calls)]) for _ in range(3)])

    means = measure({QUERY: embed, PASSAGE: embed})
    english = means.centre(QUERY, "en", unit(meaning[:5] + 4 * accent["en"]))
    spanish = means.centre(PASSAGE, "es", unit(meaning[:5] + 4 * accent["es"]))
    assert (np.argmax(english @ spanish.T, axis=1) == np.arange(5)).all()
    assert np.allclose(np.linalg.norm(means.centre(QUERY, "fr", meaning), axis=1), 1, atol=1e-5)
    again = LanguageMeans.unpack(means.pack())
    assert all(np.array_equal(again.means[key], value) for key, value in means.means.items())
    assert np.allclose(again.questions, means.questions, atol=1e-3)
    assert means.crowding(english)[0] == pytest.approx(float(np.sort(means.questions @ english[0])[-8:].mean()), abs=1e-5)


def test_languages_of_a_notebook_are_known_without_listing_its_documents(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    put(library, "a.txt", "The river floods every spring near the old mill.")
    put(library, "b.txt", "Los lunes la tienda está cerrada, y los martes también.")
    put(library, "c.txt", "替え玉とは、残ったスープに追加する麺のことです。")
    other = library.catalog.notebooks.create("other").id
    monkeypatch.setattr(library.catalog.documents, "all", lambda *_: pytest.fail("they were listed"))
    assert library.languages(NOTEBOOK) == ["en", "es", "ja"]
    assert library.languages(other) == []
    assert Retriever(library, Settings()).retrieve("spring", notebook=NOTEBOOK).hits


def test_listing_does_not_wait_for_a_writer_or_a_reader(library: Library) -> None:
    put(library, "a.txt", "Alpha beta gamma.")
    with library.catalog.connections.transaction() as db, library.catalog.connections.reading() as reader:
        db.execute("DELETE FROM chunks")
        reader.execute("SELECT * FROM pages").fetchone()
        listed: list[int] = []
        other = threading.Thread(target=lambda: listed.append(len(library.sources(NOTEBOOK))))
        other.start()
        other.join(60)
        assert listed == [1]
        assert library.catalog.chunks.count() == 1, "readers see the last commit"


def test_the_default_notebook_is_the_first_one_after_it_was_renamed(library: Library) -> None:
    first = library.open_notebook("default")
    library.catalog.notebooks.rename(first.id, "Recetas")
    library.open_notebook("another")
    assert library.open_notebook("default").id == first.id
    assert library.open_notebook("new") != first
    assert [notebook.name for notebook in library.catalog.notebooks.all()] == ["Recetas", "another", "new"]


def test_a_question_asked_again_is_not_embedded_again(library: Library) -> None:
    put(library, "a.txt", "Alpha beta gamma.")
    asked = library.question("Alpha?", ("en",))
    before = library.embedder.embedded  # type: ignore[attr-defined]
    assert library.question("Alpha?", ("en",)) is asked
    assert library.embedder.embedded == before  # type: ignore[attr-defined]
    assert library.question("Alpha?", ("es",)) is not asked
    assert library.question("Beta?", ("en",)) is not asked
