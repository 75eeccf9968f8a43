"""Fixtures that most tests share. A library of its own for every test; the models are unpacked once for all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from core.settings import ROOT, Settings, prepare_environment
from core.types import Document, Page
from ingest.chunker import chunk_document
from store.catalog import NewSource
from store.library import Library
from tests.doubles import HashEmbedder

prepare_environment(os.environ)
# The first notebook of a fresh library.
NOTEBOOK = 1
SHARED = ROOT.parent / "shared"

# No test fails because a machine is busy, and the same commit gives the same result everywhere: examples follow from the test's own source.
# `make fuzz` draws new ones instead.
hypothesis_settings.register_profile("kaedama", deadline=None, derandomize=True, database=None)
hypothesis_settings.register_profile("fuzz", deadline=None)
hypothesis_settings.load_profile("kaedama")


@pytest.fixture(scope="session")
def models() -> Path:
    """Where the model files are unpacked: with the project, so that the next run finds them."""
    return ROOT / "data" / "models"


@pytest.fixture
def settings(tmp_path: Path, models: Path) -> Settings:
    """Settings with a library of this test's own."""
    return Settings(library=tmp_path / "library", models=models)


@pytest.fixture
def embedder() -> HashEmbedder:
    """An instant embedder."""
    return HashEmbedder()


@pytest.fixture
def library(settings: Settings, embedder: HashEmbedder) -> Iterator[Library]:
    """An empty library with the instant embedder."""
    with Library.open(settings.library, embedder) as opened:
        assert opened.catalog.notebooks.create("default").id == NOTEBOOK
        yield opened


@pytest.fixture(scope="session")
def shared() -> Path:
    """The question sets and PDFs that stand beside the project; a stranger's clone has none."""
    if not SHARED.is_dir():
        pytest.skip("the shared question sets and PDFs are not beside this checkout")
    return SHARED


def put(library: Library, name: str, *pages: str, notebook: int | None = None, title: str = "") -> int:
    """Put a text document straight into a library, without a file. Returns the document's number."""
    document = Document(title or name, "text/plain", tuple(Page(number, text) for number, text in enumerate(pages, start=1)))
    chunks = chunk_document(document, 900)
    notebook = library.open_notebook("default").id if notebook is None else notebook
    new = NewSource(notebook, f"upload:{name}", name, f"{name}:{hash(pages)}", "1.900", sum(map(len, pages)), document, chunks)
    return library.replace(new, library.embed_chunks(chunks))
