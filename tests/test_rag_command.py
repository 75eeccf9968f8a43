"""`python -m rag` with the real embedder and the real embedded Gemma, over the samples, in three languages and across them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT, settings_table
from rag.citations import without_marks
from store.library import Library
from tests.commands import Ran, environment, run, run_here
from tests.doubles import HashEmbedder

pytestmark = pytest.mark.slow

COOKING, FAMILY, SERVICE = "cocina-y-restaurante.es.md", "gemma4-family.ja.pdf", "rag-service.en.html"
# Question, the document that answers it (in another language) and its page.
ACROSS = {
    "Japanese to Spanish": ("LoRAによる微調整とは何ですか。", COOKING, 1),
    "Spanish to Japanese": ("¿Cuántos segundos de audio se pueden dar de una vez a Gemma 4?", FAMILY, 2),
    "English to Japanese": ("How large is the 4-bit file of Gemma 3 270M?", FAMILY, 3),
    "Spanish to English": ("¿Se pueden mezclar vectores de las dos versiones de EmbeddingGemma?", SERVICE, 1),
}
ASKED = ("Japanese to Spanish", "Spanish to Japanese", "English to Japanese")
HIT = {"rank", "score", "source", "page", "start", "end", "text"}
OUTCOMES = {"answered", "unsure", "refused", "nothing_found"}


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose library holds the samples."""
    made = environment(tmp_path_factory.mktemp("samples") / "library")
    ran = run_here(made, "ingest", ROOT / "data" / "samples", "--json")
    assert ran.status == 0, ran.err
    assert [(line["name"], line["status"], line["pages"]) for line in ran.lines[:-1]] == [
        (COOKING, "added", 1), (FAMILY, "added", 4), (SERVICE, "added", 1),
    ]  # fmt: skip
    assert all(line["chunks"] > 5 and line["seconds"] > 0 and line["error"] is None for line in ran.lines[:-1])
    assert ran.lines[-1] == {
        "event": "done", "added": 3, "unchanged": 0, "updated": 0, "failed": 0, "cancelled": False, "copies": 0, "renamed": 0, "removed": 0,
        "passed_over": 0,
    }  # fmt: skip
    return made


@pytest.fixture(scope="module")
def answers(env: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The events of three answers, by direction."""
    found = {}
    for direction in ASKED:
        ran = run_here(env, "rag", "ask", ACROSS[direction][0], "--json")
        assert (ran.status, ran.err) == (0, "")
        found[direction] = ran.lines
    return found


def sentence(ran: Ran, status: int) -> str:
    """The one sentence on standard error of a command that failed with this status."""
    assert ran.status == status, ran.err
    assert "Traceback" not in ran.err
    (line,) = ran.err.splitlines()
    return line


def one(events: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The only event of this name."""
    (event,) = (event for event in events if event["event"] == name)
    return event


def page_text(env: dict[str, str], source: str, number: int) -> str:
    """The text of a page, as the library holds it."""
    with Library.open(Path(env["KAEDAMA_LIBRARY"]), HashEmbedder("bundled")) as library:
        (found,) = (item.id for item in library.sources(library.open_notebook("default").id) if item.name == source)
        page = library.page(found, number)
    assert page is not None
    return page.text


# Asking


@pytest.mark.parametrize("direction", ASKED)
def test_events_come_in_their_order(answers: dict[str, list[dict[str, Any]]], direction: str) -> None:
    names = " ".join(event["event"] for event in answers[direction])
    assert re.fullmatch(r"conversation retrieved planned quoted (text judged )?finished", names)
    finished = answers[direction][-1]
    assert finished["outcome"] in OUTCOMES
    assert finished["answer"] == "".join(event["text"] for event in answers[direction] if event["event"] == "text")
    assert {"embed", "search", "quotes", "first_token", "generate", "total"} <= set(finished["seconds"])


@pytest.mark.parametrize("direction", ASKED)
def test_the_document_that_answers_is_among_the_first_three(answers: dict[str, list[dict[str, Any]]], direction: str) -> None:
    _, source, page = ACROSS[direction]
    retrieved = one(answers[direction], "retrieved")
    assert (source, page) in [(hit["source"], hit["page"]) for hit in retrieved["hits"][:3]]
    assert retrieved["evidence"] is True
    assert retrieved["language"] == {"J": "ja", "S": "es", "E": "en"}[direction[0]]


@pytest.mark.parametrize("direction", ASKED)
def test_the_plan_names_the_embedded_model_and_fits_its_window(answers: dict[str, list[dict[str, Any]]], direction: str) -> None:
    planned = one(answers[direction], "planned")
    assert (planned["model"], planned["engine"], planned["where"], planned["demonstration"]) == (
        "embedded",
        "llama.cpp",
        "home",
        True,
    )
    assert planned["counted"] is True
    assert 0 < planned["used"] <= planned["window"] - planned["reserved"]
    ranks = [hit["rank"] for hit in one(answers[direction], "retrieved")["hits"]]
    given = set(planned["sources"].values())  # two quotes may be of one passage
    assert sorted([*given, *(left["rank"] for left in planned["left_out"])]) == ranks


def test_quotes_are_the_page_to_the_letter(env: dict[str, str], answers: dict[str, list[dict[str, Any]]]) -> None:
    for events in answers.values():
        quotes = one(events, "quoted")["quotes"]
        assert 0 < len(quotes) <= 3
        assert [str(quote["n"]) for quote in quotes] == list(one(events, "planned")["sources"])
        for quote in quotes:
            assert {"n", "source", "page", "start", "end", "quote"} <= set(quote)
            assert 0 < len(quote["quote"].strip()) <= 300
            assert quote["quote"] == page_text(env, quote["source"], quote["page"])[quote["start"] : quote["end"]]


def test_verdicts_stand_on_sentences_of_the_answer(answers: dict[str, list[dict[str, Any]]]) -> None:
    for events in answers.values():
        for verdict in [verdict for event in events if event["event"] == "judged" for verdict in event["verdicts"]]:
            assert set(verdict) == {"start", "end", "sentence", "support", "cited", "reason", "found"}
            assert verdict["support"] in {"quoted", "supported", "weak", "unsupported", "contradicted"}
            assert set(verdict["reason"]) == {"code", "claimed", "found", "passage"}
            assert without_marks(events[-1]["answer"][verdict["start"] : verdict["end"]]) == verdict["sentence"]


def test_a_subject_that_no_document_has_is_not_answered(env: dict[str, str]) -> None:
    ran = run_here(env, "rag", "ask", "¿Quién ganó la final de tenis de Wimbledon en 1987?", "--json")
    assert ran.status == 0
    assert [line["event"] for line in ran.lines[:2]] == ["conversation", "retrieved"]
    assert ran.lines[-1]["event"] == "finished"
    assert ran.lines[-1]["outcome"] in ("nothing_found", "refused")


# Searching


@pytest.mark.parametrize("direction", ["Spanish to English", "Spanish to Japanese"])
def test_search_finds_the_passage_in_another_language(env: dict[str, str], direction: str) -> None:
    question, source, page = ACROSS[direction]
    ran = run_here(env, "rag", "search", question, "--json")
    assert (ran.status, ran.err) == (0, "")
    assert [line["rank"] for line in ran.lines] == list(range(1, 11))
    assert [line["score"] for line in ran.lines] == sorted((line["score"] for line in ran.lines), reverse=True)
    assert (source, page) in [(line["source"], line["page"]) for line in ran.lines[:3]]
    for line in ran.lines[:3]:
        assert set(line) >= HIT
        assert line["text"] == page_text(env, line["source"], line["page"])[line["start"] : line["end"]]


def test_search_for_people_shows_place_and_text(env: dict[str, str]) -> None:
    ran = run_here(env, "rag", "search", "Wie groß ist ein Tintenfisch?", "-k", "2")
    assert ran.status == 0
    place = r"(?:\S+\.pdf, p\. \d|\S+\.md, lines? \d+(?:-\d+)?|\S+\.html)"  # a page of the web is one text without places
    assert re.fullmatch(rf"  1  -?\d\.\d{{3}}  {place}\n     .+\n  2  -?\d\.\d{{3}}  {place}\n     .+\n", ran.out)
    assert ran.err in ("", "None of this is near enough to count as evidence.\n")


# Wrong usage


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("", "The question is empty. Type what you would like to know about your documents."),
        (" ?!\n", "The question is empty."),
        ("why " * 25_000, "The question has 100,000 characters; at most 8,000 are taken. Shorten it"),
    ],
    ids=["nothing", "only signs", "far too long"],
)
def test_a_question_that_is_none_is_wrong_usage(env: dict[str, str], command: str, question: str, words: str) -> None:
    ran = run_here(env, "rag", command, question)
    assert sentence(ran, 2).startswith(words)
    assert ran.out == ""


def test_with_json_a_failure_is_an_event_too(env: dict[str, str]) -> None:
    ran = run(env, "rag", "ask", "", "--json")
    assert sentence(ran, 2)
    (failed,) = ran.lines
    assert (failed["event"], failed["error"]["code"], failed["answer"]) == ("failed", "EmptyQuestion", "")
    assert failed["error"]["message"] == ran.err.strip()


def test_an_unknown_model_is_wrong_usage(env: dict[str, str]) -> None:
    ran = run_here(env, "rag", "ask", ACROSS["English to Japanese"][0], "--model", "gpt-9", "--json")
    assert sentence(ran, 2).startswith("No model is called 'gpt-9'. Known here: embedded, ")
    assert ran.lines[-1]["error"]["code"] == "UnknownModelName"


@pytest.mark.parametrize("k", ["0", "201", "many"])
def test_an_impossible_number_of_passages_is_wrong_usage(env: dict[str, str], k: str) -> None:
    ran = run_here(env, "rag", "search", "Who cooks?", "-k", k)
    assert (ran.status, ran.out) == (2, "")
    assert "argument -k" in ran.err


def test_a_question_that_is_no_valid_text_does_not_crash(env: dict[str, str]) -> None:
    assert run_here(env, "rag", "search", os.fsdecode(b"caf\xe9 y fideos"), "--json").status in (0, 2)


# Models


def models_with(folder: Path, name: str, data: bytes) -> Path:
    """A folder of models in which one file has other bytes."""
    folder.mkdir()
    for path in (ROOT / "data" / "models").iterdir():
        (folder / path.name).symlink_to(path)
    (folder / name).unlink()
    (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("gemma-3-270m-q4_k_m.gguf", "Delete it; it is made again at the next start."),
        ("gemma-3-270m-reader-ja-es-en.lora.gguf", "Restore it from the repository."),
    ],
    ids=["the model", "its adapter"],
)
def test_a_damaged_model_file_is_named_with_its_remedy(env: dict[str, str], tmp_path: Path, name: str, remedy: str) -> None:
    path = ROOT / "data" / "models" / name
    assert path.exists()
    with path.open("rb") as whole:
        models = models_with(tmp_path / "models", name, whole.read(1_000_000))
    ran = run_here(env | {"KAEDAMA_MODELS": str(models)}, "rag", "ask", ACROSS["English to Japanese"][0], "--json")
    assert ran.status == 1
    assert sentence(ran, 1) == f"The model file {models / name} is damaged (its checksum is wrong). {remedy}"
    assert [event["event"] for event in ran.lines] == ["conversation", "retrieved", "failed"]
    assert ran.lines[-1]["error"]["code"] == "ModelFileDamaged"


def test_models_lists_what_can_answer(env: dict[str, str]) -> None:
    ran = run(env, "rag", "models", "--json")
    embedded, found = ran.lines
    assert (embedded["name"], embedded["engine"], embedded["where"], embedded["demonstration"]) == (
        "embedded",
        "llama.cpp",
        "home",
        True,
    )
    text = run(env, "rag", "models")
    assert (ran.status, text.status) == (0, 0)
    assert text.out.startswith("embedded ")
    assert "ollama pull gemma" in text.out
    assert found["recommendations"]["machine"]["cores"] >= 1
    assert "Gemma Terms of Use" in text.err


# What the doctor looks at, in order.
CHECKS = ("catalog", "originals", "words", "embedder", "vectors", "embedder", "model")


def test_doctor_finds_everything_in_order(env: dict[str, str]) -> None:
    ran = run_here(env, "rag", "doctor", "--json")
    assert ran.status == 0
    assert [(line["check"], line["ok"]) for line in ran.lines] == [(check, True) for check in CHECKS]
    assert "3 documents, 38 passages" in ran.lines[0]["detail"]


def test_doctor_finds_a_damaged_model(env: dict[str, str], tmp_path: Path) -> None:
    models = models_with(tmp_path / "models", "gemma-3-270m-q4_k_m.gguf", b"GGUF")
    ran = run_here(env | {"KAEDAMA_MODELS": str(models)}, "rag", "doctor")
    assert ran.status == 1
    assert [line[:4] for line in ran.out.splitlines()] == ["ok  "] * (len(CHECKS) - 1) + ["FAIL"]
    assert "is damaged" in ran.out


def test_doctor_prints_the_table_of_settings(env: dict[str, str]) -> None:
    ran = run(env, "rag", "doctor", "--settings")
    assert (ran.status, ran.out) == (0, settings_table() + "\n")
