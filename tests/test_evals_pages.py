"""Evidence pages are counted within the question's own document, after a whole ingest; what is missing is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import MeasurementFailed, PathMissing
from core.settings import Settings
from evals.pages import measure_pages
from evals.sets import PageQuery, read_page_queries
from tests.doubles import HashEmbedder
from tests.pdfs import pdf


def quiet(text: str) -> None:
    """Say nothing."""


def test_an_evidence_page_counts_where_it_is_found_in_its_own_document(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "one.pdf").write_bytes(pdf("Whales sleep upright.", "Kettles boil at noon.", "Ferries leave at dawn."))
    (tmp_path / "two.pdf").write_bytes(pdf("Kettles boil at noon.", "Nothing else."))
    rows = [
        {"id": "a", "file": "one.pdf", "question": "When do kettles boil?", "relevant": ["one#p2"], "answerable": True},
        {
            "id": "b",
            "file": "one.pdf",
            "question": "When do kettles boil?",
            "relevant": ["one#p3"],
            "answerable": True,
            "cross": True,
        },
        {"id": "c", "file": "two.pdf", "question": "Who sings?", "relevant": [], "answerable": False},
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = measure_pages(tmp_path, read_page_queries(tmp_path / "q.jsonl"), settings, HashEmbedder(), limit=None, say=quiet)
    same = {"questions": 1, "r@1": 100.0, "r@5": 100.0, "r@10": 100.0, "kept": 100.0}
    cross = same | {"r@1": 0.0}
    every = {"questions": 2, "r@1": 50.0, "r@5": 100.0, "r@10": 100.0, "kept": 100.0}
    assert result == every | {"by": {"same": same, "cross": cross, "all": every}}


def test_a_file_that_is_missing_or_cannot_be_read_is_named(settings: Settings, tmp_path: Path) -> None:
    asked = [PageQuery("a", "Who?", "one.pdf", frozenset({"one#p1"}), answerable=True)]
    with pytest.raises(PathMissing, match=r"one\.pdf"):
        measure_pages(tmp_path, asked, settings, HashEmbedder(), limit=None, say=quiet)
    (tmp_path / "one.pdf").write_bytes(b"%PDF-1.7 nothing")
    with pytest.raises(MeasurementFailed, match=r"one\.pdf"):
        measure_pages(tmp_path, asked, settings, HashEmbedder(), limit=None, say=quiet)
