"""Reading and embedding on a local Ray of two CPUs: the same as here, whatever dies."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import ClusterNotInstalled, DocumentFault, ParserFailed, ReaderLost
from core.settings import ROOT, Settings
from core.types import PASSAGE
from ingest.engines import LocalEngine
from ingest.events import IngestEvent, SourceDone
from ingest.loader import FoundFile, LoadedFile, load_file
from ingest.pipeline import IngestPipeline
from ingest.ray_cluster import RayCluster, environment_of, fingerprint
from store.embedding.embedder import open_embedder
from store.library import Library
from tests.conftest import NOTEBOOK
from tests.doubles import HashEmbedder

SAMPLES = ROOT / "data" / "samples"
# What two libraries of the same documents have alike.
ALIKE = (
    "SELECT d.name, o.origin FROM documents d JOIN origins o ON o.document = d.id ORDER BY d.name, o.origin",
    "SELECT number, label, text, lines, width, height, structure, kind FROM pages ORDER BY text, number",
    'SELECT page, start, "end", language, heading, context, place, hex(content) FROM chunks ORDER BY content, page, start',
)


def ray_settings(models: Path) -> Settings:
    return Settings(models=models, threads=2, gemini_key="private", max_file_mb=20.0)


@pytest.fixture(scope="module")
def cluster(models: Path) -> Iterator[RayCluster]:
    pytest.importorskip("ray", reason="the package ray is not installed")
    with pytest.MonkeyPatch.context() as patch:
        told = environment_of(os.environ, "")
        for name, value in told.items():
            patch.setenv(name, value)
        with RayCluster(ray_settings(models), environment=told) as found:
            yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "documents"
    place.mkdir()
    for path in SAMPLES.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    (place / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing that follows")
    return place


def text_file(folder: Path) -> LoadedFile:
    path = folder / "cocina-y-restaurante.es.md"
    return load_file(FoundFile(path, path.name, str(path)), 20.0, 60.0)


def ingested(library: Path, settings: Settings, folder: Path, engine: object) -> list[IngestEvent]:
    with Library.open(library, HashEmbedder()) as opened:
        assert opened.catalog.notebooks.create("default").id == NOTEBOOK
        return list(IngestPipeline(opened, settings, engine).run([folder], notebook=NOTEBOOK))  # type: ignore[arg-type]


def rows(library: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(next(library.glob("catalog*"))) as db:
        return db.execute(query).fetchall()


@pytest.mark.slow
def test_a_library_read_on_ray_is_the_same_to_the_byte(
    cluster: RayCluster, folder: Path, tmp_path: Path, settings: Settings
) -> None:
    ends = {}
    for name, engine in (("here", LocalEngine), ("there", cluster.engine)):
        events = ingested(tmp_path / name, settings, folder, engine)
        done = [event for event in events if isinstance(event, SourceDone)]
        ends[name] = {event.name: (event.status, event.pages, event.chunks, str(event.error)) for event in done}
    assert ends["here"] == ends["there"]
    assert len(ends["here"]) == len(list(folder.iterdir())) >= 4
    for query in ALIKE:
        here, there = (rows(tmp_path / name, query) for name in ("here", "there"))
        assert here == there
        assert here


@pytest.mark.slow
def test_vectors_of_the_cluster_are_those_of_this_machine(cluster: RayCluster, models: Path) -> None:
    here, there = open_embedder(ray_settings(models)), cluster.embedder()
    texts = [f"The {word} of the house is paid on day {number}." for number in range(10) for word in ("rent", "gas bill")]
    try:
        assert there.signature == here.signature
        assert there.embed(PASSAGE, []).shape[0] == 0
        np.testing.assert_allclose((here.embed(PASSAGE, texts) * there.embed(PASSAGE, texts)).sum(axis=1), 1, atol=2e-3)
        assert there.prompts() == here.prompts()
    finally:
        there.close()


@pytest.mark.slow
def test_a_reader_that_died_is_replaced_once_for_each_file(cluster: RayCluster, folder: Path, settings: Settings) -> None:
    import ray

    file = text_file(folder)
    with cluster.engine(settings) as engine:
        crew = engine._crew
        before = set(crew._all)
        for actor in before:
            ray.kill(actor)
        assert engine.read(file).chunks
        assert len(crew._all) == len(before)
        make = crew._make

        def stillborn() -> object:
            actor = make()
            ray.kill(actor)
            return actor

        crew._make = stillborn
        for actor in crew._all:
            ray.kill(actor)
        with pytest.raises(ReaderLost, match="cocina-y-restaurante"):
            engine.read(file)
        engine.stop()
        with pytest.raises(ParserFailed) as caught:
            engine.read(file)
    stopped = ParserFailed(name=file.name, media_type=file.media_type, detail=DocumentFault.STOPPED())
    assert caught.value.to_json() == stopped.to_json()


def test_keys_do_not_leave_this_machine() -> None:
    secret = {field.name for field in dataclasses.fields(Settings) if not field.repr}
    assert secret
    full = dataclasses.replace(Settings(), **dict.fromkeys(secret, "private"))  # type: ignore[arg-type]  # names are fields
    assert "private" not in dataclasses.astuple(RayCluster(full)._settings)


def test_without_its_package_a_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterNotInstalled, match=r"pip install 'kaedama\[ray\]'"), RayCluster(Settings()):
        pass


def test_a_local_ray_tells_nobody_and_listens_to_this_machine_alone() -> None:
    told = environment_of({"PYTHONPATH": "/elsewhere"}, "")
    assert told["RAY_USAGE_STATS_ENABLED"] == "0"
    assert told["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] == "0"
    assert told["PYTHONPATH"].split(os.pathsep) == [str(ROOT), "/elsewhere"]
    assert "PYTHONPATH" not in environment_of({}, "10.0.0.1:6379")


def test_the_fingerprint_is_that_of_the_code() -> None:
    assert fingerprint() == fingerprint()
    assert len(fingerprint()) == 12
