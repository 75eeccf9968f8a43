"""Web pages on the command line: fetched like the page does, one document by its address, a new version where it changed."""

from __future__ import annotations

from pathlib import Path

import pytest

import ingest.web
from core.errors import PageRefused, WebFault
from core.settings import Settings
from ingest.loader import LoadedFile
from store.library import Library
from tests.commands import environment, run_here
from tests.doubles import HashEmbedder
from tests.test_service_web import page

ADDRESS = "https://example.org/docs/broth.html"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is at each address; all others are refused. The embedder is an instant one."""
    held: dict[str, str] = {}

    def fetch(address: str, _: Settings) -> LoadedFile:
        if address not in held:
            raise PageRefused(url=address, detail=WebFault.THIS_COMPUTER(host="localhost"))
        return page(address, held[address])

    monkeypatch.setattr(ingest.web, "fetch", fetch)
    monkeypatch.setattr("store.embedding.embedder.open_embedder", lambda _: HashEmbedder("bundled"))
    return held


def test_an_address_is_one_document_that_gets_new_versions(pages: dict[str, str], tmp_path: Path) -> None:
    env = environment(tmp_path / "library")
    (tmp_path / "a.txt").write_text("Words of a file.", "utf-8")
    pages[ADDRESS] = "The broth needs four hours."
    ends = []
    for text in ("The broth needs four hours.", "The broth needs four hours.", "The broth needs five hours."):
        pages[ADDRESS] = text
        ran = run_here(env, "ingest", ADDRESS, tmp_path / "a.txt", "--json")
        assert ran.status == 0, ran.err
        ends.append([(line["name"], line["status"]) for line in ran.lines if line["event"] == "source"])
    name = ends[0][1][0]
    assert name == "example.org/docs/index.html"
    assert [end[1] for end in ends] == [(name, "added"), (name, "unchanged"), (name, "updated")]
    with Library.open(tmp_path / "library", HashEmbedder("bundled")) as library:
        assert len(library.sources(library.open_notebook("default").id)) == 2


def test_one_that_cannot_be_had_is_a_sentence_and_the_others_are_read(pages: dict[str, str], tmp_path: Path) -> None:
    env = environment(tmp_path / "library")
    pages[ADDRESS] = "The broth needs four hours."
    ran = run_here(env, "ingest", "http://localhost/", ADDRESS)
    assert ran.status == 1
    failed, added, counts = ran.out.splitlines()
    assert failed.startswith("failed     http://localhost/ is not fetched: localhost is this computer itself")
    assert added.startswith("added      example.org/docs/index.html: 1 passage, ")
    assert counts == "1 added, 0 updated, 0 unchanged, 1 failed"


def test_a_page_is_not_watched(tmp_path: Path) -> None:
    ran = run_here(environment(tmp_path / "library"), "ingest", ADDRESS, "--watch")
    assert ran.status == 2
    assert "--watch is for files and folders" in ran.err
