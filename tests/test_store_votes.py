"""Votes: kept, counted, and given out as they are."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from store.catalog import STEPS, Catalog, Vote
from store.catalog.votes import Standing, as_jsonl, standings

ANSWERS = {"a": "Thirty [1].", "b": "三十 [1]。"}


def test_votes_come_back_as_they_were_given(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    votes, names = catalog.votes, {catalog.notebooks.create(name).id: name for name in ("default", "other")}
    given = [Vote(1, "q", ANSWERS, "b", blind=True), Vote(2, "q2", ANSWERS, "", blind=False)]
    for vote in given:
        votes.add(vote)
    assert votes.all() == given
    assert votes.all(2) == given[1:]
    assert [json.loads(line)["winner"] for line in as_jsonl(given, names).splitlines()] == ["b", ""]
    assert "三十" in as_jsonl(given, names)


def test_a_vote_for_nobody_who_stood_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not compared"):
        Catalog(tmp_path).votes.add(Vote(1, "q", ANSWERS, "c", blind=False))


def test_a_tie_counts_half() -> None:
    votes = [Vote(1, "q", ANSWERS, winner, blind=True) for winner in ("a", "a", "", "b")]
    assert standings(votes) == [Standing("a", 2, 1, 1), Standing("b", 1, 1, 2)]
    assert [row.rate for row in standings(votes)] == [0.625, 0.375]
    assert standings([]) == []


def test_a_catalog_from_before_votes_learns_to_keep_them(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "catalog.sqlite3", isolation_level=None)) as db:
        db.executescript(f"BEGIN; {STEPS[0]}; PRAGMA user_version = 1; COMMIT;")
    db.close()
    catalog = Catalog(tmp_path)
    catalog.votes.add(Vote(catalog.notebooks.create("default").id, "q", ANSWERS, "a", blind=False))
    assert len(catalog.votes.all()) == 1
