"""Search in libraries that grow, on little."""

from __future__ import annotations

from itertools import islice
from typing import Any

from core.settings import Settings
from evals.large import MadeText, made_word, measure_large


def test_every_size_is_measured_as_it_is_reached(settings: Settings) -> None:
    found: list[dict[str, Any]] = list(measure_large(settings, sizes=(200, 600), say=lambda _: None))
    assert [one["chunks"] for one in found] == [200, 600]
    for one in found:
        assert one["questions"] == 100
        for place in ("all documents", "5 documents"):
            for step in ("search ms", "windows ms"):
                assert 0 < one[place][step]["p50"] <= one[place][step]["p95"]
        assert one["memory MB"] > 0


def test_made_text_is_like_text_and_the_same_every_time() -> None:
    one, two = (list(islice(MadeText().documents(1), 2)) for _ in range(2))
    assert [new.document.pages for new in one] == [new.document.pages for new in two]
    assert one[0].document.pages != one[1].document.pages
    (page,) = one[0].document.pages
    assert len(one[0].chunks) == 200
    assert all(page.text[chunk.start : chunk.end] == chunk.text for chunk in one[0].chunks)
    assert 500 < sum(len(chunk.text) for chunk in one[0].chunks) / 200 < 900
    words = page.text.lower().replace(".", "").split()
    commonest = max(map(words.count, set(words[:50])))
    assert commonest > len(words) / 50, "a few words are everywhere"
    assert len(set(words)) > len(words) / 6, "most are rare"


def test_every_word_is_its_own() -> None:
    assert len({made_word(rank) for rank in range(30_000)}) == 30_000
    assert len(made_word(3)) < len(made_word(29_999))
