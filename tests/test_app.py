"""The running web app through its API, in all three languages, with the real embedder and the real small Gemma."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.serving import address, home, program, served

__all__ = ["address", "home"]  # the fixtures

pytestmark = pytest.mark.slow
QUESTIONS = [
    ("ja", "E2Bの4ビットの重みは何GBですか。", {"gemma4-family.ja.pdf", "cocina-y-restaurante.es.md"}),
    ("es", "¿Cuántos segundos de audio se pueden dar de una vez a Gemma 4?", {"gemma4-family.ja.pdf"}),
    ("en", "How large is the 4-bit file of Gemma 3 270M?", {"gemma4-family.ja.pdf"}),
]


@pytest.fixture(scope="module")
def client(address: str, home: Path) -> Any:  # the fixtures by these names
    """A program that talks to the page, as gradio_client makes one."""
    from gradio_client import Client

    return Client(address, verbose=False, headers=program(home))


@pytest.mark.parametrize(("language", "question", "sources"), QUESTIONS, ids=[row[0] for row in QUESTIONS])
def test_a_question_is_answered_in_every_language(client: Any, language: str, question: str, sources: set[str]) -> None:
    *_, last = client.submit(question, api_name="/ask")
    assert last["error"] is None
    kinds = [event["event"] for event in last["events"]]
    assert kinds[:2] == ["retrieved", "planned"]
    assert kinds[-1] == "finished"
    retrieved = last["events"][0]
    assert retrieved["language"] == language
    assert {hit["source"] for hit in retrieved["hits"][:3]} & sources
    for citation in last["citations"]:
        assert {"n", "source", "page", "start", "end", "quote"} <= set(citation)
        assert citation["quote"]


def test_the_documents_are_listed(client: Any) -> None:
    samples = {"gemma4-family.ja.pdf", "cocina-y-restaurante.es.md", "rag-service.en.html"}
    until = time.monotonic() + 60
    while time.monotonic() < until:  # the samples are read behind the page
        names = {document["name"] for document in client.predict(api_name="/documents")}
        if samples <= names:
            return
        time.sleep(0.2)
    pytest.fail(f"only {names}")


def test_it_ends_in_the_middle_of_reading_too(tmp_path: Path) -> None:
    with served(tmp_path):
        pass  # its end is tested on the way: status 0 while models are being loaded and samples read


def test_a_model_that_nobody_offers_is_an_error_in_the_answer(client: Any) -> None:
    *_, wrong = client.submit("What is it?", "nobody", api_name="/ask")
    assert wrong["error"]["code"] == "UnknownModelName"
