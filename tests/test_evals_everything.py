"""What `python -m evals all` measures, on a folder of one set, without measuring it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import KaedamaError
from core.settings import Settings
from evals.everything import Everything
from tests.doubles import HashEmbedder
from tests.test_evals_sets import DOC, QUERY, write_set


def everything(directory: Path, pdfs: Path | None = None, model: str = "", *only: str) -> list[tuple[str, str, int, str]]:
    every = Everything(directory, pdfs, model, 50, 9, frozenset(only), Settings(), lambda _: None)
    keys = [one.key for one in every.measurements(HashEmbedder())]
    return [(key.command, key.set, key.limit, key.model) for key in keys]


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """A set that can be answered, one that cannot always, and a file of verdicts."""
    write_set(tmp_path, "plain", [DOC], [QUERY])
    write_set(tmp_path, "tricky", [DOC], [QUERY, QUERY | {"answerable": False, "relevant": []}])
    (tmp_path / "verdicts").mkdir()
    (tmp_path / "verdicts" / "cases.jsonl").write_text("", "utf-8")
    return tmp_path


def test_every_set_is_searched_and_those_with_unanswerable_questions_refused(sets: Path) -> None:
    assert everything(sets) == [
        ("retrieval", "plain", 50, ""),
        ("retrieval", "tricky", 50, ""),
        ("refusal", "tricky", 50, ""),
        ("verdicts", "cases", 50, ""),
    ]


def test_a_model_is_asked_where_one_is_named(sets: Path) -> None:
    assert everything(sets, None, "embedded", "plain") == [
        ("retrieval", "plain", 50, ""),
        ("citations", "plain", 9, "embedded"),
    ], "there is no passage to stand beside the right one"


def test_a_model_is_given_the_right_passage_where_others_can_stand_beside_it(tmp_path: Path) -> None:
    docs: list[object] = [DOC | {"id": f"d{at}", "text": f"The code of house {at} is {at}{at}{at}."} for at in range(3)]
    write_set(tmp_path, "codes", docs, [QUERY | {"answers": ["111"], "relevant": ["d1"]}])
    assert ("answers", "codes", 9, "embedded") in everything(tmp_path, None, "embedded")


def test_questions_about_pages_of_a_file_are_found(sets: Path, tmp_path: Path) -> None:
    pdfs = tmp_path / "pdfs"
    pdfs.mkdir()
    for name, row in (("manual", QUERY | {"file": "manual.pdf"}), ("whole", QUERY)):
        (pdfs / f"{name}.queries.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    assert everything(sets, pdfs, "", "manual") == [("pages", "manual", 50, "")]
    assert everything(sets, pdfs, "embedded", "manual")[1:] == [("document answers", "manual", 9, "embedded")]
    with pytest.raises(KaedamaError, match="there is no set whole"):
        everything(sets, pdfs, "", "whole", "manual")
