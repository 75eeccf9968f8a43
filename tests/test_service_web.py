"""Web pages by their addresses, as jobs: each is a document of its own by host and path, and one that cannot be had says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import ingest.web
from core.errors import PageRefused, WebFault
from core.settings import Settings
from ingest.events import Status
from ingest.loader import LoadedFile
from service.jobs import Jobs
from service.uploads import Uploads
from store.library import Library

# How long a test waits for what has to happen, in seconds; never reached where it does.
PATIENCE_S = 60.0


@pytest.fixture
def jobs(library: Library, settings: Settings) -> Iterator[Jobs]:
    """Jobs that are worked through."""
    made = Jobs(library, settings, Uploads(library.directory, limit=1_000_000))
    made.start()
    yield made
    made.close()


def page(address: str, text: str) -> LoadedFile:
    """A page as it is fetched."""
    data = f"<title>Broth</title><p>{text} The broth simmers for four hours.</p>".encode()
    return LoadedFile("index.html", address, data, "", "text/html")


def test_pages_of_one_name_are_documents_of_their_own_and_come_again_as_new_versions(
    jobs: Jobs, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = library.open_notebook("default").id
    texts = iter(["One.", "Two.", "Three.", "Four."])
    monkeypatch.setattr(ingest.web, "fetch", lambda address, settings: page(address, next(texts)))
    addresses = (
        "https://a.example/x/index.html",
        "https://a.example/.y/",
        "https://a.example/x/?q=1",
        "https://a.example/x/index.html",
    )
    became = []
    for address in addresses:
        job = jobs.read_address(address, notebook=notebook)
        assert job.over.wait(PATIENCE_S)
        became += [item.status for item in job.state.items]
    assert became == [Status.ADDED, Status.ADDED, Status.ADDED, Status.UPDATED]
    first, second, third = (source.name for source in library.sources(notebook))
    assert (second, third) == ("a.example/x/index.html", "a.example/y/index.html")
    assert first.startswith("a.example/x/index ")
    assert [path for path in (library.directory / "uploads").rglob("*") if path.is_file()] == []


def test_a_page_that_cannot_be_had_says_why(jobs: Jobs, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    error = PageRefused(url="http://10.0.0.1/", detail=WebFault.NOT_PUBLIC(host="10.0.0.1", address="10.0.0.1"))

    def refused(address: str, settings: Settings) -> LoadedFile:
        raise error

    monkeypatch.setattr(ingest.web, "fetch", refused)
    job = jobs.read_address("http://10.0.0.1/", notebook=library.open_notebook("default").id)
    assert job.over.wait(PATIENCE_S)
    assert job.state.error == error


def test_whoever_stops_a_page_does_not_wait_for_its_server(jobs: Jobs, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = threading.Event(), threading.Event()

    def slow(address: str, settings: Settings) -> LoadedFile:
        asked.set()
        answers.wait(PATIENCE_S)
        return page(address, "Late.")

    monkeypatch.setattr(ingest.web, "fetch", slow)
    job = jobs.read_address("https://a.example/", notebook=library.open_notebook("default").id)
    assert asked.wait(PATIENCE_S)
    jobs.stop(job.state.id)
    assert job.over.wait(PATIENCE_S), "before the server has answered"
    answers.set()
    assert (job.state.stopped, job.state.error) == (True, None)
