"""python -m evals as people call it: wrong calls and missing files become a sentence and a status."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import ROOT


def evals(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "evals", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", ["retrieval", "refusal", "answers", "citations"])
def test_a_missing_set_is_named(command: str, tmp_path: Path) -> None:
    done = evals(command, "--docs", tmp_path / "nowhere.jsonl", "--queries", tmp_path / "nowhere.jsonl")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path}/nowhere.jsonl does not exist. Check the path.\n"


def test_a_folder_without_sets_or_pdfs_is_named(tmp_path: Path) -> None:
    assert "*.docs.jsonl does not exist" in evals("all", "--sets", tmp_path).stderr
    assert "*.pdf does not exist" in evals("bench", "--pdfs", tmp_path).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("retrieval",),
        ("all", "--limit", "0"),
        ("all", "--limit", "few"),
        ("memory", "--questions", "30"),
        ("draft", "--out", "q.jsonl"),
        ("citations", "--docs", "d", "--library", "l", "--queries", "q"),
    ],
)
def test_a_wrong_call_ends_with_status_2(arguments: tuple[str, ...]) -> None:
    done = evals(*arguments)
    assert done.returncode == 2
    assert "usage: python -m evals" in done.stderr


def test_a_library_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("", "utf-8")
    done = evals("retrieval", "--library", tmp_path / "none", "--queries", tmp_path / "q.jsonl")
    assert done.returncode == 1
    assert "There is no library in" in done.stderr
    assert not (tmp_path / "none").exists()
