"""The page of results: its tables by hand, its plots, and the figures of other systems."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from core.errors import KaedamaError
from evals import plots, report
from evals.kept import Key, Row
from evals.peers import Peer, read_peers
from evals.report import Report, shown

PEERS = """# Hybrid retrieval

## Tables
### XQuAD en: 240 passages, 500 questions
| system | R@1 | R@5 | MRR@10 | nDCG@10 | ms/query |
| --- | ---: | ---: | ---: | ---: | ---: |
| 1 LangChain Ensemble | 1.0 | 1.0 | 1.0 | 1.0 | 2.5 |

### tiny (shared): 6 passages, 4 questions

| system | R@1 | R@5 | MRR@10 | nDCG@10 | ms/query |
| --- | ---: | ---: | ---: | ---: | ---: |
| 1 LangChain Ensemble | 30.0 | 92.5 | 57.4 | 67.7 | 2.5 |
| 4b txtai hybrid, bb25 | **79.5** | 98.5 | 87.6 | **90.6** | 3.0 |
| own dense | 89.0 | 98.5 | 92.9 | 94.6 | 0.0 |

## Files
| 9 nothing | 1.0 | 1.0 | 1.0 | 1.0 | 1.0 |
"""


def arm(ndcg: float) -> dict[str, Any]:
    return {"ndcg@10": ndcg, "ndcg@10 95%": [ndcg - 2, ndcg + 2], "recall@5": 99.0, "mrr@10": 98.0, "r@1": 97.0}


RETRIEVAL = {"docs": 6, "chunks": 7, "queries": 4} | {
    name: arm(value) for name, value in {"dense": 90.0, "lexical": 80.5, "fused": 92.25, "plain dense": 70.0, "rrf": 60.0}.items()
}
REFUSAL = {
    "answerable": 4,
    "unanswerable": 2,
    "auc": 0.9912,
    "kept": 100.0,
    "kept 95%": [51.0, 100.0],
    "refused": 50.0,
    "refused 95%": [9.5, 90.5],
    "refusal precision": 100.0,
}
SHARES = {"questions": 3, "r@1": 66.67, "r@5": 100.0, "r@10": 100.0, "kept": 100.0}
PAGES = SHARES | {"by": {"same": SHARES, "cross": SHARES | {"questions": 0}, "all": SHARES}}
ANSWERS = {
    "set": "tiny", "model": "m", "engine": "e",
    "en": {"answerable": 3, "unanswerable": 1, "f1": 50.0, "f1 95%": [40.0, 60.0], "exact": 33.3, "right citation": 66.7,
           "refusal precision": None, "refusal recall": 0.0, "seconds": {"median": 1.5, "p90": 2.0, "mean": 1.6}},
}  # fmt: skip
CITATIONS = {
    "all": {"answerable": 3, "unanswerable": 1, "citation precision": None, "citation precision 95%": [None, None], "citation recall": 25.0,
            "citation recall 95%": [0.0, 50.0], "supported share": 80.0, "answerable refused": 0.0, "refusal precision": 100.0,
            "refusal recall": 100.0, "seconds": {"p50": 1.0, "p90": 2.0, "p95": 3.0}},
}  # fmt: skip
SEEN = {"questions": 3, "first": 66.67, "shown": 100.0, "wrong_ticked": 0.0, "refused": 0.0}
DOCUMENTS = {"by": {"same": SEEN, "cross": SEEN | {"questions": 0}}, "seconds": {"p50": 2.5, "p90": 3.0}}
VERDICTS = {"all": {kind: {"percent": 96.0, "of": 50} for kind in
                    ("ticks deserved", "wrong caught", "contradictions told", "false alarms", "no claim judged")}}  # fmt: skip


def row(command: str, result: dict[str, Any], error: str = "", model: str = "") -> Row:
    return Row(Key(command, "tiny", 50, model, "abc1234"), "2026-01-02T03:04:05+00:00", 1.0, result, error)


ROWS = [
    row("retrieval", RETRIEVAL),
    row("refusal", REFUSAL),
    row("pages", PAGES),
    row("verdicts", VERDICTS),
    row("answers", ANSWERS, model="embedded"),
    row("citations", CITATIONS, model="embedded"),
    row("document answers", DOCUMENTS, model="embedded"),
    row("answers", {}, "no passage", model="embedded"),
]


def written(tmp_path: Path, *rows: Row) -> str:
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "peers.md").write_text(PEERS, "utf-8")
    page = tmp_path / "docs" / "evaluation.md"
    Report(rows, "python -m evals all --limit 50", read_peers(tmp_path / "peers.md"), "peers.md").write(page)
    return page.read_text("utf-8")


def test_every_part_has_its_figures(tmp_path: Path) -> None:
    page = written(tmp_path, *ROWS)
    assert "`python -m evals all --limit 50`" in page
    assert "Code: abc1234. Search: the first 50 questions of a set." in " ".join(page.split())
    for line in (
        "| tiny | 6 / 7 / 4 | 70.0 | 80.5 | 60.0 | 90.0 | 92.2 | [90.2, 94.2] | 99.0 | 98.0 | 97.0 | +2.2 |",
        "| tiny | 92.2 | 4 | 67.7 | 90.6 |",
        "| tiny | 4 / 2 | 0.991 | 100.0 [51.0, 100.0] | 50.0 [9.5, 90.5] | 100.0 |",
        "| tiny | same | 3 | 66.7 | 100.0 | 100.0 | 100.0 |",
        "| tiny | en | embedded | 3 / 1 | 50.0 | [40.0, 60.0] | 33.3 | 66.7 |  / 0.0 | 1.5 |",
        "| tiny | all | 96.0 of 50 | 96.0 of 50 | 96.0 of 50 | 96.0 of 50 | 96.0 of 50 |",
        "| tiny | same | 3 | 66.7 | 100.0 | 0.0 | 0.0 | 2.5 |",
        "- answers tiny: no passage",
    ):
        assert line in page, line
    assert "| tiny | cross |" not in page
    assert "from `peers.md`" in page


def test_tables_are_whole(tmp_path: Path) -> None:
    widths: list[int] = []
    for line in written(tmp_path, *ROWS).splitlines():
        if not line.startswith("|"):
            widths.clear()
            continue
        widths.append(line.count("|"))
        assert len(set(widths)) == 1, line


def test_plots_are_drawn_and_the_same_every_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    page = written(tmp_path / "one", *ROWS)
    written(tmp_path / "two", *ROWS)
    for name in ("search", "peers", "citations"):
        assert f"(evaluation/{name}.svg)" in page
        drawn = [(tmp_path / place / "docs" / "evaluation" / f"{name}.svg").read_bytes() for place in ("one", "two")]
        assert drawn[0] == drawn[1]
        assert b">tiny<" in drawn[0], "the sets are text"
        assert ET.fromstring(drawn[0]).tag.endswith("svg")


def test_without_matplotlib_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "can_draw", lambda: False)
    page = written(tmp_path, *ROWS)
    assert page.count("matplotlib was not installed") == 3
    assert ".svg" not in page


def test_a_part_that_was_not_measured_is_left_out(tmp_path: Path) -> None:
    page = written(tmp_path, ROWS[1])
    assert "## Telling that" in page
    assert page.count("## ") == 1


def test_a_page_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("", "utf-8")
    with pytest.raises(KaedamaError, match="cannot be written"):
        written(tmp_path, *ROWS)


def test_other_systems_are_read_by_set(tmp_path: Path) -> None:
    (tmp_path / "peers.md").write_text(PEERS, "utf-8")
    assert read_peers(tmp_path / "peers.md") == [
        Peer("tiny", "1", "LangChain Ensemble", 67.7, 4),
        Peer("tiny", "4b", "txtai hybrid, bb25", 90.6, 4),
    ]
    assert read_peers(tmp_path / "nowhere.md") == []


def test_the_figures_that_stand_beside_this_checkout_are_read(shared: Path) -> None:
    found = read_peers(shared / "facts" / "peers-measured.md")
    assert len({peer.set for peer in found}) >= 15
    assert all(0 < peer.ndcg <= 100 for peer in found)
    assert "LangChain Ensemble" in {peer.system for peer in found}


def test_cells() -> None:
    assert [shown(cell) for cell in (None, 1.25, 3, "x", [1.0, None])] == ["", "1.2", "3", "x", "[1.0, ]"]


def test_matplotlib_is_told_whether_it_is_there() -> None:
    assert isinstance(plots.can_draw(), bool)
