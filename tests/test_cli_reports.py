"""What the command line says of an answer's sentences."""

from __future__ import annotations

import pytest

from cli.reports import NO_DOCUMENTS, TextReport, citation_line, supported_line
from core.types import Citation, Reason, ReasonCode, Support, Verdict
from rag.events import Finished, Outcome, Retrieved


def test_both_values_of_a_contradiction_are_told() -> None:
    good = Verdict(0, 4, "Yes.", Support.QUOTED, (1,), Reason(ReasonCode.QUOTED))
    wrong = Verdict(5, 20, "It takes 13 GB.", Support.CONTRADICTED, (2,), Reason(ReasonCode.OTHER_VALUE, "13", "2", 2))
    assert supported_line([good]) == "1 of 1 sentence supported"
    assert supported_line([good, wrong]) == (
        "1 of 2 sentences supported\ncontradicted: “It takes 13 GB.”: 13 in the answer, 2 in passage 2"
    )


def test_an_empty_notebook_says_how_documents_are_added(capsys: pytest.CaptureFixture[str]) -> None:
    report = TextReport()
    report.show(Retrieved((), "en", False, {}))
    report.show(Finished(Outcome.NOTHING_FOUND, "", None, {}))
    assert capsys.readouterr().out == f"{NO_DOCUMENTS}\n"
    assert "python -m ingest" in NO_DOCUMENTS


def test_what_was_found_beside_the_models_citations_is_told() -> None:
    found = Verdict(0, 4, "It is 5.", Support.UNSUPPORTED, (1,), Reason(ReasonCode.VALUE_ABSENT), (2,))
    assert supported_line([found]).endswith("found by Kaedama: “It is 5.” stands in [+2] instead")
    citation = Citation(2, 3, "a.md", 1, None, 0, 8, "It is 5.", 7, paged=False, added=True)
    assert citation_line(citation) == "[+2] a.md: It is 5. (added by Kaedama)"
