"""How embedding is made fast: batches of neighbours in length, and the device and numbers that are fastest and good enough."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import store.embedding.precision
from core.settings import ROOT
from core.types import PASSAGE
from store.embedding.embedder import BatchLimits, SentenceTransformerEmbedder, batched
from store.embedding.precision import PLAIN, Way, best_way, fastest

BF16 = Way("cpu", "bfloat16")
LIMITS = BatchLimits(tokens=2_048, texts=64)


@given(st.lists(st.integers(1, 512), max_size=300))
def test_every_text_is_in_one_batch_and_no_batch_is_too_large(tokens: list[int]) -> None:
    batches = batched(tokens, LIMITS)
    assert sorted(at for batch in batches for at in batch) == list(range(len(tokens)))
    for batch in batches:
        longest = max(tokens[at] for at in batch)
        assert len(batch) <= LIMITS.texts
        assert len(batch) * (-(-longest // 16) * 16) <= LIMITS.tokens
    lengths = [tokens[at] for batch in batches for at in batch]
    assert lengths == sorted(lengths, reverse=True)


def test_a_text_longer_than_the_limit_has_a_batch_of_its_own() -> None:
    assert batched([5_000, 10, 4_000], LIMITS) == [[0], [2], [1]]


def vectors(way: Way, worst: float) -> np.ndarray:
    """Two unit vectors; the second turned away from that of the plain way by `worst` as its cosine."""
    turned = worst if way != PLAIN else 1.0
    return np.array([[1.0, 0.0], [turned, np.sqrt(1 - turned**2)]], np.float32)


@pytest.mark.parametrize(("cosine", "chosen"), [(0.9995, BF16), (0.99, PLAIN)])
def test_a_fast_way_is_taken_only_where_its_vectors_are_as_good(
    cosine: float, chosen: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def embed(way: Way, texts: list[str]) -> np.ndarray:
        clock[0] += 1.0 if way == BF16 else 2.0
        return vectors(way, cosine)

    assert fastest((PLAIN, BF16), embed, ["a", "b"]) == chosen


def test_the_choice_is_measured_once_a_machine_and_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.embedding.precision, "possible_ways", lambda: (PLAIN, BF16))
    asked: list[Way] = []

    def embed(way: Way, texts: list[str]) -> np.ndarray:
        asked.append(way)
        return np.tile(np.array([[1.0, 0.0]], np.float32), (len(texts), 1))

    file = tmp_path / "models" / "precision.json"
    first = best_way(file, "bundled", embed)
    measured = len(asked)
    assert measured > 2
    assert best_way(file, "bundled", embed) == first
    assert len(asked) == measured
    best_way(file, "another", embed)
    assert len(asked) == 2 * measured
    file.write_text("[1", "utf-8")
    assert best_way(file, "bundled", embed) in (PLAIN, BF16)


def test_where_there_is_one_way_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.embedding.precision, "possible_ways", lambda: (PLAIN,))
    assert best_way(tmp_path / "precision.json", "bundled", lambda way, texts: pytest.fail("measured")) == PLAIN
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_vector_does_not_depend_on_what_it_was_embedded_beside(models: Path) -> None:
    corpus = json.loads((ROOT / "data" / "calibration.json").read_text("utf-8"))
    texts = [item[language] for item in corpus["passages"] for language in corpus["languages"]][:20]
    texts += [" ".join(texts[at : at + 6]) for at in range(0, 18, 6)]
    embedder = SentenceTransformerEmbedder("bundled", models=models, threads=2)
    together = embedder.embed(PASSAGE, texts)
    alone = np.concatenate([embedder.embed(PASSAGE, [text]) for text in texts[::5]])
    apart = embedder.embed(PASSAGE, texts[::5])
    # float16, in which they are kept, rounds numbers of this size to steps of 1e-4; bfloat16 computes in steps eight times as large.
    for other in (alone, apart):
        assert float((together[::5] * other).sum(axis=1).min()) > 0.9999
        assert float(np.abs(together[::5] - other).max()) < 2e-3
    plain = SentenceTransformerEmbedder("bundled", models=models, precision="float32", threads=2)
    assert float((plain.embed(PASSAGE, texts[::5]) * apart).sum(axis=1).min()) > 0.999
