"""One suite for the vector index, embedded and at a Chroma server: the library cannot tell the two apart."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import ChromaUnavailable, LibraryState
from core.sentences import Phrase
from core.settings import Settings
from store.backup import backup
from store.library import Library
from store.restoring import restore
from store.search.chroma import Place
from store.search.dense import DenseIndex
from tests.commands import environment, run_here
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder
from tests.servers.chroma import ChromaServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """One server for all tests of this file."""
    with ChromaServer(tmp_path_factory.mktemp("chroma")) as running:
        yield running


@pytest.fixture(params=["embedded", pytest.param("server", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest) -> str:
    """Where the index lies: "" for embedded."""
    return "" if request.param == "embedded" else request.getfixturevalue("server").url


@pytest.fixture
def dense(tmp_path: Path, url: str) -> Iterator[DenseIndex]:
    """An index of a library of its own."""
    index = DenseIndex(Place(tmp_path / "chroma", url, tmp_path.name), "tag")
    yield index
    index.clear_all()
    index.close()


def vectors(count: int) -> np.ndarray:
    """Unit vectors of 32 numbers, all different."""
    made = np.random.default_rng(1).normal(size=(count, 32)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def test_what_was_added_is_found_nearest_first_and_only_among_the_sources_asked_for(dense: DenseIndex) -> None:
    made = vectors(50)
    dense.add("one", range(1, 51), [number % 5 for number in range(50)], made)
    assert dense.count("one") == 50
    assert dense.ids("one") == set(range(1, 51))
    assert dense.dimensions("one") == {32}
    found = dense.search("one", made[6], 5)
    assert found[0].chunk == 7
    assert found[0].score == pytest.approx(1, abs=1e-4)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert {(one.chunk - 1) % 5 for one in dense.search("one", made[6], 50, [2, 3])} == {2, 3}
    assert dense.search("one", made[6], 5, []) == []
    assert dense.found_by_themselves("one", range(1, 51), made) == set(range(1, 51))


def test_collections_are_apart_and_go_one_by_one(dense: DenseIndex) -> None:
    made = vectors(10)
    dense.add("one", range(1, 6), [1] * 5, made[:5])
    dense.add("two", range(6, 11), [1] * 5, made[5:])
    dense.delete("one", [1, 2, 999])
    assert dense.ids("one") == {3, 4, 5}
    assert dense.ids("none") == set()
    assert (dense.stray({"one"}), dense.loose({"one"}, {"tag"}), dense.loose({"one", "two"}, {"other"})) == (5, 1, 2)
    dense.drop_loose({"one"}, {"tag"})
    assert dense.loose({"one"}, {"tag"}) == 0
    dense.clear("one")
    assert dense.count("one") == 0
    dense.add("one", [1], [1], made[:1])
    assert dense.ids("one") == {1}


def test_segments_are_searched_together_and_one_that_is_empty_goes(tmp_path: Path, url: str) -> None:
    made, ids = vectors(60), range(95, 155)
    index = DenseIndex(Place(tmp_path / "chroma", url, tmp_path.name), "tag", segment=20)
    index.add("one", ids, [number % 5 for number in range(60)], made)
    index.add("two", [7], [1], made[:1])
    assert (index.count("one"), index.ids("one"), index.dimensions("one")) == (60, set(ids), {32})
    asked = made[30]
    nearest = np.argsort(-(made @ asked))[:20]
    assert [one.chunk for one in index.search("one", asked, 20)] == [int(ids[at]) for at in nearest]
    assert {(one.chunk - 95) % 5 for one in index.search("one", asked, 60, [2, 3])} == {2, 3}
    assert index.found_by_themselves("one", ids, made) == set(ids)
    assert index.holding("one", [*ids, 999], np.vstack([made[:3], -made[3:5], made[5:], made[:1]])) == set(ids) - {98, 99}
    assert index.holding("none", ids, made) == set()
    assert len(index._opened().list_collections()) >= 5  # four segments of "one", and "two"
    before = len(index._opened().list_collections())
    index.delete("one", [*range(100, 120), 95, 999])
    assert len(index._opened().list_collections()) == before - 1
    assert index.ids("one") == {96, 97, 98, 99, *range(120, 155)}
    index.close()
    assert index.count("one") == 39, "opened again, all segments are known"
    index.add("one", [101], [1], made[6:7])
    assert index.search("one", made[6], 1)[0].chunk == 101
    index.clear("one")
    assert (index.count("one"), index.count("two")) == (0, 1)
    index.clear_all()
    index.close()


def test_a_segment_that_is_dropped_while_it_is_asked_is_passed_over(dense: DenseIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    from chromadb.api.models.Collection import Collection

    made = vectors(10)
    dense.add("one", range(1, 11), [1] * 10, made)
    plain = Collection.query

    def after_deletion(collection: Collection, *values: Any, **more: Any) -> Any:
        dense.delete("one", range(1, 11))
        return plain(collection, *values, **more)

    monkeypatch.setattr(Collection, "query", after_deletion)
    assert dense.search("one", made[0], 5) == []


def test_the_collections_of_an_earlier_version_are_filled_anew_and_go(tmp_path: Path, url: str) -> None:
    with open_library(tmp_path / "library", url) as library:
        put(library, "a.txt", "Alpha beta gamma.")
        record, collection = library.catalog.vectors.embedder(), library.catalog.notebooks.collection(NOTEBOOK)
        place = library.place
    assert record is not None
    index = DenseIndex(place, record.tag)
    index.clear(collection)
    owner = {"library": place.owner} if url else {}
    earlier = index._opened().create_collection("earlier", metadata={"notebook": collection, "tag": record.tag, **owner})
    earlier.add(ids=["1"], embeddings=np.zeros((1, 64), np.float32), metadatas=[{"source": 1}])
    assert index.outdated()
    index.close()
    with Library.open(tmp_path / "library", HashEmbedder(), chroma_url=url) as library:
        findings = list(library.examination().run())
        assert all(one.ok for one in findings)
        assert LibraryState.INDEX_NOT_MADE in {one.said.words for one in findings if isinstance(one.said, Phrase)}
        nearest = library.search_dense(NOTEBOOK, library.question("beta gamma", ("en",)), 1, None)[0].chunk
        assert library.hits([nearest])[nearest].source == "a.txt"
        assert library.health().level
        findings = list(library.examination().run())
        assert all(one.ok for one in findings)
        assert LibraryState.VECTORS_LEVEL in {one.said.words for one in findings if isinstance(one.said, Phrase)}
    assert not index.outdated()
    index.close()


def open_library(directory: Path, url: str) -> Library:
    """A library whose index lies there."""
    return Library.open(directory, HashEmbedder(), chroma_url=url)


def test_a_library_is_filled_searched_examined_and_made_level(tmp_path: Path, url: str) -> None:
    with open_library(tmp_path / "library", url) as library:
        for number in range(12):
            put(library, f"{number}.txt", f"Alpha {' '.join(f'word{number}{letter}' for letter in 'abcd')}.")
        library.delete(NOTEBOOK, "3.txt")
        assert library.health().level
        assert (tmp_path / "library" / "chroma").exists() == (not url)
        nearest = library.search_dense(NOTEBOOK, library.question("word7a word7b", ("en",)), 1, None)[0].chunk
        assert library.hits([nearest])[nearest].source == "7.txt"
        assert [finding.sentence("en") for finding in library.examination().run() if not finding.ok] == []
    with open_library(tmp_path / "library", url) as library:
        assert library.health().level
        record = library.catalog.vectors.embedder()
        assert record is not None
        index = DenseIndex(library.place, record.tag)
        index.delete(library.catalog.notebooks.collection(NOTEBOOK), [1, 2])
        index.close()
        wrong = [one.said.words for one in library.examination().run() if not one.ok and isinstance(one.said, Phrase)]
        assert wrong == [LibraryState.INDEX_DIFFERS]
        assert library.examination().repair().ok
        assert all(finding.ok for finding in library.examination().run())
        assert library.health().level


@pytest.mark.slow
def test_libraries_share_a_server_and_never_meet(tmp_path: Path, server: ChromaServer) -> None:
    with open_library(tmp_path / "one", server.url) as one:
        put(one, "a.txt", "Alpha beta gamma.")
    backup(tmp_path / "one", tmp_path / "one.zip")
    restore(tmp_path / "one.zip", tmp_path / "two")
    with open_library(tmp_path / "two", server.url) as two, open_library(tmp_path / "one", server.url) as one:
        put(two, "b.txt", "Delta epsilon.")
        assert (one.health().dense, two.health().dense) == (1, 2)
        two.examination().repair()
        assert (one.health().level, two.health().level) == (True, True)
        assert all(finding.ok for finding in one.examination().run())


@pytest.mark.slow
def test_a_proxy_of_the_environment_is_not_asked_for_a_server_near_by(
    tmp_path: Path, server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with open_library(tmp_path / "library", server.url) as library:
        put(library, "a.txt", "Alpha beta gamma.")
        assert library.health().level


@pytest.mark.slow
def test_a_server_that_goes_away_is_a_sentence_and_what_was_added_is_told_when_it_is_back(tmp_path: Path) -> None:
    running = ChromaServer(tmp_path / "chroma")
    with running, open_library(tmp_path / "library", running.url) as library:
        put(library, "a.txt", "Alpha beta gamma.")
        asked = library.question("alpha", ("en",))
        running.stop()
        with pytest.raises(ChromaUnavailable, match="KAEDAMA_CHROMA_URL"):
            library.search_dense(NOTEBOOK, asked, 1, None)
        with pytest.raises(ChromaUnavailable):
            put(library, "b.txt", "Delta epsilon.")
        with running:
            put(library, "c.txt", "Zeta eta.")
            assert library.health().level
            assert library.health().chunks == 3


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "ftp://127.0.0.1:9", "http://127.0.0.1:99999"])
def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path, url: str) -> None:
    with open_library(tmp_path / "library", url) as library, pytest.raises(ChromaUnavailable, match="chroma run"):
        put(library, "a.txt", "Alpha beta gamma.")


def test_the_command_line_tells_of_a_server_that_is_not_there(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.open(settings.library, HashEmbedder()) as library:
        put(library, "a.txt", "Alpha beta gamma.")
    monkeypatch.setattr("store.embedding.embedder.open_embedder", lambda settings: HashEmbedder())
    done = run_here(environment(settings.library, chroma_url="http://127.0.0.1:9"), "rag", "search", "alpha")
    assert done.status == 1
    assert "The Chroma server at http://127.0.0.1:9 cannot be used" in done.err
    assert "Traceback" not in done.err


def test_vectors_that_leave_this_network_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chromadb.HttpClient", lambda **options: object())
    with caplog.at_level(logging.WARNING, "store"):
        Place(tmp_path, "https://chroma.example.com").open()
        Place(tmp_path, "http://127.0.0.1:8000").open()
        Place(tmp_path, "http://chroma.local:8000").open()
    assert [record.getMessage() for record in caplog.records] == [
        "the vectors of all passages go to chroma.example.com, which is outside of this machine's network"
    ]
