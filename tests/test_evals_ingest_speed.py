"""The parts of `python -m evals ingest`, on little."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import evals.ingest_speed
from core.settings import Settings
from evals.__main__ import _PARTS
from evals.ingest_speed import IngestSpeed, MadeUpEmbedder, Part, read_made_up, write_documents


@pytest.fixture
def speed(tmp_path: Path, settings: Settings) -> IngestSpeed:
    write_documents(tmp_path / "pdfs", 3)
    return IngestSpeed(tmp_path / "pdfs", 1, settings, dict(os.environ), lambda text: None)


def test_every_part_can_be_named() -> None:
    assert tuple(Part) == _PARTS


def test_ratios_of_parts(speed: IngestSpeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evals.ingest_speed, "_FEW_CHUNKS", 400)
    monkeypatch.setattr(evals.ingest_speed, "_MANY_CHUNKS", 1_200)
    monkeypatch.setattr(evals.ingest_speed, "_ADDED_TO_FEW", 400)
    monkeypatch.setattr(evals.ingest_speed, "_ADDED_TO_MANY", 400)
    result = speed.run((Part.PARSING, Part.EMBEDDING, Part.AGAIN, Part.GROWTH), MadeUpEmbedder())
    assert list(result) == ["parsing", "embedding", "again", "growth"]
    assert result["parsing"]["pages"] == 3  # type: ignore[index]
    assert result["embedding"]["chunks"] > 3  # type: ignore[index]
    assert result["again"]["first / second"] > 0  # type: ignore[index]
    assert result["growth"]["many / few"] > 0  # type: ignore[index]


def test_made_documents_are_read_whole(tmp_path: Path, settings: Settings) -> None:
    write_documents(tmp_path / "made", 251)
    assert len(list((tmp_path / "made").iterdir())) == 2
    assert read_made_up(tmp_path / "made", settings, MadeUpEmbedder())["pages"] == 251
