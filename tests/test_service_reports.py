"""Reports of documents at hand: those that were kept, once read, and none where none can be read."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import Settings
from core.types import PageKind
from ingest.pipeline import IngestPipeline
from service.reports import Kept, Reports
from store.catalog.documents import Documents
from store.library import Library
from tests.conftest import NOTEBOOK


def test_reports_are_read_once_and_those_of_another_version_count_as_none(
    library: Library, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{name}.txt" for name in "abc"]
    for path in paths:
        path.write_text(f"The broth of {path.stem}.", "utf-8")
    list(IngestPipeline(library, settings).run(paths, notebook=NOTEBOOK))
    first, second, third = library.sources(NOTEBOOK)
    with sqlite3.connect(library.directory / "catalog.sqlite3") as db:
        unknown = '{"warnings": [{"phrase": "ReadingWarning.OF_TOMORROW", "fields": {}}]}'
        db.execute("UPDATE versions SET report = ? WHERE id = ?", (unknown, second.version))
        db.execute("UPDATE versions SET report = '{}' WHERE id = ?", (third.version,))
    reports = Reports(library)
    found = reports.of(library.sources(NOTEBOOK))
    assert set(found) == {first.id}
    assert found[first.id].pages == {PageKind.TEXT: 1}
    assert found[first.id].passages == 1
    monkeypatch.setattr(Documents, "reports", lambda self, versions: pytest.fail("asked again"))
    assert reports.of([first, second, third]) == found


def test_where_the_original_of_a_document_is(library: Library, settings: Settings, tmp_path: Path) -> None:
    for keep in (True, False):
        path = tmp_path / f"{keep}.txt"
        path.write_text(f"The broth, {keep}.", "utf-8")
        list(IngestPipeline(library, replace(settings, keep_originals=keep)).run([path], notebook=NOTEBOOK))
    kept, left = sorted(library.sources(NOTEBOOK), key=lambda source: source.name, reverse=True)
    reports = Reports(library)
    assert (reports.kept(kept.id), reports.kept(left.id)) == (Kept.COPY, Kept.PLACE)
    for keep in (True, False):
        (tmp_path / f"{keep}.txt").unlink()
    assert (reports.kept(kept.id), reports.kept(left.id)) == (Kept.COPY_ALONE, Kept.NOWHERE)
    assert reports.kept(99) is Kept.NOWHERE
