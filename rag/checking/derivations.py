"""Values of a claim that follow from those of its passages, and changes that are told the other way round. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal

from core.types import Reason, ReasonCode
from rag.checking.bindings import Place
from rag.checking.polarity import opposite_directions
from rag.checking.quantities import COUNT, Quantity


def follows(value: Quantity, found: Sequence[Place], asked: Sequence[Quantity]) -> bool:
    """Whether a value is the sum, the difference or the product of values that the passages (or the question) have."""
    pool = list(
        dict.fromkeys(place.quantity.values[0] for place in found if place.quantity.comparable(value) and place.quantity.values)
    )[:24]
    counts = {one.values[0] for one in [*asked, *(place.quantity for place in found)] if one.dimension == COUNT and one.values}
    sums = {sum(some, Decimal(0)) for size in (2, 3, 4) for some in itertools.islice(itertools.combinations(pool, size), 4000)}
    differences = {abs(one - other) for one, other in itertools.combinations(pool, 2)}
    products = {one * count for one in pool for count in {*counts, Decimal(2)} if count > 1}
    return any(reading in sums | differences | products for reading in value.values)


def turned_round(said: str, values: Sequence[Quantity], found: Sequence[Place]) -> Reason | None:
    """A change told the other way round: from what it became to what it was."""
    for one, other in itertools.pairwise(values):
        if not one.comparable(other) or one.same(other) or one.soft or other.soft:
            continue
        for first, second in itertools.pairwise(found):
            same_sentence = first.sentence == second.sentence and not first.label
            if (
                same_sentence
                and one.same(second.quantity)
                and other.same(first.quantity)
                and opposite_directions(said, first.sentence)
            ):
                return Reason(ReasonCode.OTHER_DIRECTION, one.text, first.quantity.text, first.passage)
    return None
