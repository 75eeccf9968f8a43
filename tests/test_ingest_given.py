"""What a person says of a file: its encoding, its password, and that it is another document than the one of its name."""

from __future__ import annotations

from pathlib import Path

from core.settings import Settings
from ingest.engines import LocalEngine, ReadFile
from ingest.events import SourceDone
from ingest.loader import Given, LoadedFile
from ingest.pipeline import IngestPipeline
from store.library import Library
from tests.conftest import NOTEBOOK


def test_what_is_given_for_a_file_reaches_its_engine_and_an_encoding_is_kept(
    library: Library, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "menu.txt"
    path.write_text("Sopa de miso.", "utf-8")
    asked: list[Given] = []

    class Listening(LocalEngine):
        def read(self, file: LoadedFile) -> ReadFile:
            asked.append(file.given)
            return super().read(file)

    def read(given: Given | None) -> list[str]:
        told = {path: given} if given else None
        events = IngestPipeline(library, settings, Listening).run([path], notebook=NOTEBOOK, given=told)
        return [event.status.value for event in events if isinstance(event, SourceDone)]

    assert read(None) == ["added"]
    assert read(Given(encoding="cp932", password="x")) == ["updated"]
    assert read(None) == ["unchanged"]
    assert read(Given(encoding="cp932")) == ["unchanged"]
    assert asked == [Given(), Given(encoding="cp932", password="x")]
    assert "x" not in repr(Given(password="x")).replace("password", "")


def test_an_upload_is_another_document_where_that_was_said(library: Library, settings: Settings, tmp_path: Path) -> None:
    pipeline = IngestPipeline(library, settings)
    for text, given in (("Uno.", Given()), ("Dos.", Given(another=True)), ("Tres.", Given())):
        path = tmp_path / text / "nota.txt"
        path.parent.mkdir()
        path.write_text(text, "utf-8")
        list(pipeline.run([path], notebook=NOTEBOOK, upload=True, given={path: given}))
    assert [one.name for one in library.sources(NOTEBOOK)] == ["nota (2).txt", "nota.txt"]
    assert {one.name: one.version for one in library.sources(NOTEBOOK)} == {"nota (2).txt": 2, "nota.txt": 3}
