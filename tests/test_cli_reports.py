"""What the command line says of an answer's sentences."""

from __future__ import annotations

from cli.reports import supported_line
from core.types import Reason, ReasonCode, Support, Verdict


def test_both_values_of_a_contradiction_are_told() -> None:
    good = Verdict(0, 4, "Yes.", Support.QUOTED, (1,), Reason(ReasonCode.QUOTED))
    wrong = Verdict(5, 20, "It takes 13 GB.", Support.CONTRADICTED, (2,), Reason(ReasonCode.OTHER_VALUE, "13", "2", 2))
    assert supported_line([good]) == "1 of 1 sentence supported"
    assert supported_line([good, wrong]) == (
        "1 of 2 sentences supported\ncontradicted: “It takes 13 GB.”: 13 in the answer, 2 in passage 2"
    )
