"""What counts as evidence: near in meaning, or near in meaning and words together, among the first few passages."""

from __future__ import annotations

import pytest

from core.types import Hit
from rag.retrieve import is_evidence


def hit(rank: int, dense: float, coverage: float) -> Hit:
    return Hit(rank, 0.0, dense, coverage, rank, 1, "a.txt", "A", 1, None, 0, 1, "x", "en")


@pytest.mark.parametrize(
    ("found", "evidence"),
    [
        ([(0.30, 0.0)], True),  # meaning alone, as across languages
        ([(0.20, 0.30)], True),  # meaning and words
        ([(0.26, 0.0)], False),
        ([(0.05, 0.30)], False),  # words alone, as names that two subjects share
        ([(0.10, 0.0), (0.10, 0.0), (0.30, 0.0)], True),
        ([(0.10, 0.0)] * 3 + [(0.30, 0.0)], False),  # too far down
        ([], False),
    ],
)
def test_evidence_is_near_in_meaning_or_in_both(found: list[tuple[float, float]], *, evidence: bool) -> None:
    assert is_evidence([hit(rank, *scores) for rank, scores in enumerate(found, start=1)]) is evidence
