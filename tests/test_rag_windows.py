"""Sentences beside passages: where they begin and end, what they change, and that none is embedded twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Settings
from core.text import flowing
from core.types import Document, Page
from ingest.chunker import chunk_document
from rag.retrieve import Candidate, Retriever, beside_windows
from rag.windows import PASSAGES, Nearest, Windows, window_spans
from store.catalog import NewSource, content_key
from store.library import Library
from tests.doubles import HashEmbedder

NOTEBOOK = 1
QUESTION = "Which copper kettle whistles loudest?"
PADDING = "Stations along the northern railway were painted green during an unusually mild winter. "


class QuickEmbedder(HashEmbedder):
    """One that embeds sentences while a person waits."""

    quick = True


@pytest.fixture
def embedder() -> QuickEmbedder:
    """As a library opens it."""
    return QuickEmbedder()


@pytest.fixture
def library(tmp_path: Path, embedder: QuickEmbedder) -> Iterator[Library]:
    """Twelve passages; the answer stands in one that says much else."""
    texts = [f"{PADDING}{PADDING}The copper kettle whistles loudest. {PADDING}"]
    texts += [f"Number {n}: which copper pipe, which loudest bell? {PADDING}" for n in range(11)]
    with Library.open(tmp_path / "library", embedder) as library:
        library.open_notebook("default")
        for number, text in enumerate(texts):
            document = Document("", "text/plain", (Page(1, text),))
            chunks = chunk_document(document, 900)
            vectors = library.embed_chunks(chunks)
            new = NewSource(
                NOTEBOOK, f"/{number}", f"{number}.txt", f"{number:064d}", "test", len(text), document, chunks
            )  # fmt: skip
            library.replace(new, {key: vectors[key] for key in map(content_key, chunks)})
        yield library


@given(st.text(alphabet="aé日。. |\n!?", max_size=900))
def test_windows_hold_every_word_in_order_and_none_is_long(text: str) -> None:
    spans = window_spans(text)
    covered: set[int] = set()
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert end - start <= 300
        covered.update(range(start, end))
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert all(character.isspace() for at, character in enumerate(text) if at not in covered)


def test_rows_of_a_table_are_windows_of_their_own() -> None:
    text = "Port | Service\n22 | shell\n80 | web"
    assert [text[start:end] for start, end in window_spans(text)] == ["Port | Service", "22 | shell", "80 | web"]


def test_a_long_sentence_is_cut_into_parts_that_overlap() -> None:
    assert window_spans("a" * 700) == [(0, 300), (240, 540), (480, 700)]


def test_the_nearest_sentence_decides_between_passages_that_are_alike() -> None:
    one, other, far = (Candidate(chunk, "en", dense, 0.0) for chunk, dense in ((1, 0.5), (2, 0.48), (3, 0.1)))
    scored = [(one, 0.5), (other, 0.48), (far, 0.1)]
    assert [candidate.chunk for candidate, _ in beside_windows(scored, {1: Nearest(0.4, 0.4), 2: Nearest(0.8, 0.8)})] == [2, 1, 3]
    assert [candidate.chunk for candidate, _ in beside_windows(scored, {})] == [1, 2, 3]


def test_a_search_tells_what_its_sentences_took(library: Library) -> None:
    found = Retriever(library, Settings()).retrieve(QUESTION, notebook=NOTEBOOK)
    assert found.hits[0].source == "0.txt"
    assert found.hits[0].score > found.hits[0].dense
    assert found.seconds["windows"] > 0


def test_sentences_are_embedded_once_and_only_of_the_best_passages(library: Library, embedder: QuickEmbedder) -> None:
    retriever = Retriever(library, Settings())
    retriever.retrieve(QUESTION, notebook=NOTEBOOK)
    before = embedder.embedded
    retriever.retrieve(QUESTION, notebook=NOTEBOOK)
    assert embedder.embedded == before
    fresh = Retriever(library, Settings())
    fresh.retrieve(QUESTION, notebook=NOTEBOOK)
    assert embedder.embedded - before <= 4 * PASSAGES


def test_an_embedder_that_is_not_quick_embeds_the_question_alone(
    library: Library, embedder: QuickEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuickEmbedder, "quick", False)
    before = embedder.embedded
    found = Retriever(library, Settings()).retrieve(QUESTION, notebook=NOTEBOOK)
    assert "windows" not in found.seconds
    assert embedder.embedded == before + 1


def test_windows_have_the_vectors_of_passages_and_forget_those_of_another_embedder(library: Library) -> None:
    windows = Windows(library)
    texts = [flowing(PADDING), "The copper kettle whistles loudest.", flowing(PADDING)]
    found = windows.vectors(texts, "en")
    assert np.allclose(found, library.passage_vectors(texts, "en"), atol=1e-3)
    assert np.array_equal(found, windows.vectors(texts, "en"))
    library.embedder = other = QuickEmbedder()
    assert np.array_equal(found, windows.vectors(texts, "en"))
    assert other.embedded == len(set(texts))
