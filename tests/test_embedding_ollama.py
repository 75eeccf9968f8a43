"""An embedding model on an Ollama server: no text is too long for it, and what is constant for a model is measured once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import EmbedderRefused, EmbedderUnavailable
from core.settings import Settings
from store.embedding.embedder import open_embedder
from store.embedding.means import language_means
from store.embedding.ollama import OllamaEmbedder
from store.library import Library
from tests.conftest import put
from tests.servers.ollama import OllamaServer


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    """A server whose embedding model has a window of 512 tokens."""
    with OllamaServer() as running:
        yield running


@pytest.fixture
def embedder(server: OllamaServer, tmp_path: Path) -> Iterator[OllamaEmbedder]:
    """Its client."""
    made = OllamaEmbedder("embeddinggemma", server.url, connect_timeout_s=5, models=tmp_path / "models")
    yield made
    made.close()


def requests_of(server: OllamaServer) -> list[list[str]]:
    """The texts of every request to embed."""
    return [list(body["input"]) for path, body in server.requests if path == "/api/embed"]


def test_a_text_that_is_longer_than_the_window_is_embedded_in_parts(server: OllamaServer, embedder: OllamaEmbedder) -> None:
    long = "The quick brown fox jumps over the lazy dog. " * 300
    vectors = embedder.embed("passage", ["short", long, "also short"])
    assert vectors.shape == (3, 3)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = embedder.embed("passage", ["short", "also short"])
    assert np.allclose(vectors[[0, 2]], alone), "the others are as without it"
    parts = {text for request in requests_of(server) for text in request}
    assert all(text.startswith("title: none | text: ") for text in parts)


def test_a_text_without_a_space_is_embedded_in_parts(embedder: OllamaEmbedder) -> None:
    assert embedder.embed("passage", ["替え玉は一玉百二十円です。" * 400]).shape == (1, 3)


def test_a_library_is_filled_past_a_passage_that_is_too_long(server: OllamaServer, tmp_path: Path) -> None:
    settings = Settings(
        library=tmp_path / "library", models=tmp_path / "models", embedder="ollama:embeddinggemma", ollama_url=server.url
    )
    with Library.open(settings.library, open_embedder(settings)) as library:
        put(library, "a.txt", "x" * 6000)
        assert library.health().level


def test_what_is_no_embedder_is_told_as_that(server: OllamaServer) -> None:
    for name in ("gemma3:4b", "nothing"):
        embedder = OllamaEmbedder(name, server.url, connect_timeout_s=5)
        with pytest.raises(EmbedderRefused, match="embedding model"):
            embedder.embed("passage", ["a"])
        embedder.close()
    nobody = OllamaEmbedder("embeddinggemma", "http://127.0.0.1:9", connect_timeout_s=0.5)
    with pytest.raises(EmbedderUnavailable):
        nobody.embed("passage", ["a"])
    nobody.close()


def test_a_model_is_measured_once_for_all_libraries_and_anew_when_it_has_changed(
    server: OllamaServer, embedder: OllamaEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "_digest", lambda: "one")
    first = language_means(embedder)
    asked = requests_of(server)
    assert sum(map(len, asked)) == 2 * 96 * 3
    assert len(asked) <= 8, "in few requests"
    again = language_means(embedder)
    assert len(requests_of(server)) == len(asked)
    assert all(np.array_equal(again.means[key], mean) for key, mean in first.means.items())
    monkeypatch.setattr(embedder, "_digest", lambda: "another")
    language_means(embedder)
    assert len(requests_of(server)) == 2 * len(asked)


def test_the_digest_is_the_servers(embedder: OllamaEmbedder, server: OllamaServer) -> None:
    file = embedder.means_file("text")
    assert file is not None
    server.installed = {"other:latest": ["embedding"]}
    assert embedder.means_file("text") is None
