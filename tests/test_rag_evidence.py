"""What counts as evidence: near in meaning with its sentences, or a sentence with the question's names or most of its words."""

from __future__ import annotations

import pytest

from rag.covering import Held
from rag.retrieve import Candidate, is_evidence
from rag.windows import Nearest

_NONE = Held()


def candidate(chunk: int, dense: float, held: Held = _NONE) -> Candidate:
    return Candidate(chunk, "en", dense, 0.0, held=held)


@pytest.mark.parametrize(
    ("found", "evidence"),
    [
        ([(0.23, None)], True),  # no sentence of it was looked at: its own cosine stands for that
        ([(0.14, 0.31)], True),  # a passage on many things, one of which is asked for
        ([(0.14, 0.29)], False),
        ([(0.1, 0.1), (0.1, 0.1), (0.2, 0.3)], True),
        ([(0.1, 0.1)] * 5 + [(0.4, 0.4)], False),  # too far down
        ([], False),
    ],
)
def test_evidence_is_near_in_meaning(found: list[tuple[float, float | None]], *, evidence: bool) -> None:
    candidates = [candidate(chunk, dense) for chunk, (dense, _) in enumerate(found)]
    nearest = {chunk: Nearest(cosine, 0.0) for chunk, (_, cosine) in enumerate(found) if cosine is not None}
    assert is_evidence(candidates, nearest) is evidence


@pytest.mark.parametrize(
    ("held", "evidence"),
    [(Held(0.5), True), (Held(0.2, named=True), True), (Held(0.45), False)],
)
def test_words_are_evidence_where_one_sentence_holds_the_names_or_half_of_them(held: Held, *, evidence: bool) -> None:
    assert is_evidence([candidate(1, 0.05, held)], {}) is evidence
