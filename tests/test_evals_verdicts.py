"""The measure of verdicts: what counts as deserved, caught, a false alarm and judged without a claim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import KaedamaError
from evals.verdicts import files_in, judge, measure_file, measure_verdicts, read_cases
from tests.doubles import HashEmbedder
from tests.test_checking_verify import CountingEmbed

CASE = {
    "id": "en-1",
    "lang": "en",
    "question": "How heavy is the bicycle?",
    "passages": [{"name": "bike", "title": "Bicycle", "text": "The bicycle weighs 23 kg. The motor assists up to 25 km/h."}],
    "answer": "## Weight\nThe bicycle weighs 23 kg {bike}. Penguins swim far south {bike}.",
    "sentences": [
        {"text": "## Weight", "state": "none", "kind": "heading"},
        {"text": "The bicycle weighs 23 kg.", "state": "ok", "kind": "verbatim"},
        {"text": "Penguins swim far south.", "state": "bad", "kind": "invented", "also": ["weak"]},
    ],
}


def write(tmp_path: Path, *lines: str) -> Path:
    """A data file of these lines."""
    path = tmp_path / "verdicts.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_labels_meet_their_verdicts(tmp_path: Path) -> None:
    (case,) = read_cases(write(tmp_path, json.dumps(CASE)))
    assert case.answer.startswith("## Weight\nThe bicycle weighs 23 kg [1].")
    heading, true, invented = judge(case, CountingEmbed())
    assert heading.verdict is None
    assert true.ticked
    assert invented.alarmed


def test_the_figures_are_shares_of_sentences(tmp_path: Path) -> None:
    result = measure_verdicts(read_cases(write(tmp_path, json.dumps(CASE))), CountingEmbed(), details=True)
    figures = result["all"]
    assert isinstance(figures, dict)
    assert figures["ticks deserved"] == {"percent": 100.0, "of": 1}
    assert figures["wrong caught"] == {"percent": 100.0, "of": 1}
    assert figures["false alarms"] == {"percent": 0.0, "of": 1}
    assert figures["no claim judged"] == {"percent": 0.0, "of": 1}
    assert figures["contradictions told"] == {"percent": None, "of": 0}
    assert result["not as labelled"] == []
    assert result["en"] == figures


def test_a_line_that_is_no_case_is_named(tmp_path: Path) -> None:
    with pytest.raises(KaedamaError, match="line 2"):
        read_cases(write(tmp_path, json.dumps(CASE), "{}"))


def test_files_of_cases_lie_beside_question_sets(tmp_path: Path) -> None:
    assert files_in(tmp_path) == []
    (tmp_path / "verdicts").mkdir()
    file = write(tmp_path / "verdicts", json.dumps(CASE), json.dumps(CASE))
    assert files_in(tmp_path) == [file]
    result = measure_file(file, HashEmbedder(), limit=1)
    assert (result["set"], result["cases"], result["sentences"]) == ("verdicts", 1, 3)
