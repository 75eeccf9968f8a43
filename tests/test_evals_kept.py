"""Results kept as they come: what is resumed, what is measured again, and what a failure leaves."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import KaedamaError, MeasurementFailed
from evals.baselines import reciprocal_rank_fusion
from evals.kept import Json, Kept, Key, Measurement, Row, revision_of, run

KEY = Key("retrieval", "tiny", 5, "", "abc1234")


class Counted:
    """Measures its name and counts how often; fails where it is told to."""

    def __init__(self, key: Key, failure: Exception | None = None) -> None:
        self.measurement = Measurement(key, self._measure)
        self.failure = failure
        self.times = 0

    def _measure(self) -> Json:
        self.times += 1
        if self.failure is not None:
            raise self.failure
        return {"set": "tiny", "times": self.times}


def measured(path: Path | None, *counted: Counted) -> list[Row]:
    return list(run([one.measurement for one in counted], Kept(path), lambda _: None))


def test_what_is_kept_is_not_measured_again(tmp_path: Path) -> None:
    one = Counted(KEY)
    first = measured(tmp_path / "deep" / "kept.jsonl", one)
    assert measured(tmp_path / "deep" / "kept.jsonl", one) == first
    assert one.times == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, limit=0),
        replace(KEY, revision="def5678"),
        replace(KEY, model="embedded"),
        replace(KEY, set="small"),
        replace(KEY, command="refusal"),
    ],
)
def test_anything_else_is_measured(tmp_path: Path, other: Key) -> None:
    measured(tmp_path / "kept.jsonl", Counted(KEY))
    different = Counted(other)
    measured(tmp_path / "kept.jsonl", different)
    assert different.times == 1


def test_a_failure_loses_nothing_else_and_is_tried_again(tmp_path: Path) -> None:
    fine = replace(KEY, set="fine")
    bad, unforeseen = Counted(KEY, MeasurementFailed(detail="no passage")), Counted(replace(KEY, set="odd"), ZeroDivisionError("x"))
    rows = measured(tmp_path / "kept.jsonl", bad, unforeseen, Counted(fine))
    assert [bool(row.error) for row in rows] == [True, True, False]
    assert "no passage" in rows[0].error
    bad.failure = None
    again = measured(tmp_path / "kept.jsonl", bad)
    assert (bad.times, again[0].error, again[0].result["times"]) == (2, "", 2)
    assert measured(tmp_path / "kept.jsonl", bad) == again


def test_a_run_that_is_stopped_keeps_what_it_had(tmp_path: Path) -> None:
    first, second = Counted(KEY), Counted(replace(KEY, set="second"), KeyboardInterrupt())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path / "kept.jsonl", first, second)
    second.failure = None
    measured(tmp_path / "kept.jsonl", first, second)
    assert (first.times, second.times) == (1, 2)


def test_a_last_line_that_was_cut_is_measured_again_and_the_next_begins_a_line(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    one, two = Counted(KEY), Counted(replace(KEY, set="two"))
    measured(path, one, two)
    path.write_text(path.read_text("utf-8")[:-20], "utf-8")
    measured(path, one, two)
    assert (one.times, two.times) == (1, 2)


@pytest.mark.parametrize("line", ["no JSON", "[]", "{}", json.dumps({"command": "x", "limit": "many"})])
def test_a_line_that_is_no_result_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "kept.jsonl"
    measured(path, Counted(KEY))
    path.write_text(f"{line}\n{path.read_text('utf-8')}", "utf-8")
    with pytest.raises(KaedamaError, match="line 1 of"):
        Kept(path)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(KaedamaError, match="cannot be written"):
        measured(tmp_path / "file" / "kept.jsonl", Counted(KEY))


def test_without_a_file_nothing_is_kept() -> None:
    one = Counted(KEY)
    measured(None, one)
    measured(None, one)
    assert one.times == 2


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-C", str(root), "-c", "user.name=x", "-c", "user.email=x@example.org", *words], check=True, capture_output=True
    )


def test_the_revision_tells_changes_but_those_of_docs(tmp_path: Path) -> None:
    assert revision_of(tmp_path) == ""
    git(tmp_path, "init")
    (tmp_path / "docs").mkdir()
    for name in ("docs/page.md", "code.py"):
        (tmp_path / name).write_text("one", "utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    clean = revision_of(tmp_path)
    assert len(clean) == 7
    (tmp_path / "docs/page.md").write_text("two", "utf-8")
    assert revision_of(tmp_path) == clean
    (tmp_path / "code.py").write_text("two", "utf-8")
    assert revision_of(tmp_path) == f"{clean}+"


# Fusion by rank, which results are compared with


def test_fusion_by_rank_by_hand() -> None:
    assert reciprocal_rank_fusion([[1, 2, 3], [3, 4]]) == [3, 1, 2, 4]
    assert reciprocal_rank_fusion([[2], [1]]) == [1, 2], "ties by id"
    assert reciprocal_rank_fusion([]) == []


@given(st.lists(st.lists(st.integers(0, 9), unique=True), max_size=3))
def test_fusion_holds_every_id_once(rankings: list[list[int]]) -> None:
    fused = reciprocal_rank_fusion(rankings)
    assert sorted(fused) == sorted({one for ranking in rankings for one in ranking})


@given(st.lists(st.integers(0, 9), unique=True))
def test_one_ranking_stays_as_it_is(ranking: list[int]) -> None:
    assert reciprocal_rank_fusion([ranking, ranking]) == ranking
