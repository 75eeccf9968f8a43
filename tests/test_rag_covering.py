"""The words of a question in one sentence of a passage, and an exact name that stands in one row of a table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import Settings
from core.text import tokens
from core.types import Document, Hit, Page
from ingest.chunker import chunk_document
from rag.covering import Held, held, names
from rag.retrieve import Retriever
from store.catalog import NewSource, content_key
from store.library import Library
from store.search.lexical import WordsOf
from store.search.usual import rarity, usual_anywhere, usual_words
from tests.doubles import HashEmbedder

HIT = Hit(1, 0.0, 0.0, 0.0, 1, 1, "a.txt", "A", 1, None, 0, 1, "The kettle is red. The bell is blue.", "en", heading="Colours")
ROWS = "\n".join(f"{n} | Member{n} Person{n} | town {n} | m{n}@example.org" for n in range(40))
TABLE = f"Index | Name | City | Email\n{ROWS}\n40 | Preston Lozano | East Jimmychester | vmata@colon.example"
PROSE = "What is the email of the office? Which city is it in? When does it open, and who works there?"


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What is the email of Preston Lozano?", {"preston", "lozano"}),
        ("¿Cuál es el correo de Preston Lozano?", {"preston", "lozano"}),
        ("Preston Lozanoのメールアドレスは？", {"preston", "lozano"}),
        ("How long does RX200 last?", {"rx200"}),
        ("how long does it last", set()),
    ],
)
def test_names_are_written_with_capitals_or_digits(question: str, found: set[str]) -> None:
    assert names(question, usual_anywhere()) == found


def test_a_sentence_counts_with_its_heading_and_not_with_other_sentences() -> None:
    words = WordsOf({"kettle": 2.0, "blue": 1.0, "colours": 1.0}, frozenset(), {"kettle": 1, "blue": 1, "colours": 1})
    assert held(words, frozenset(), HIT) == Held(0.75)
    assert held(words, frozenset({"kettle", "colours"}), HIT) == Held(0.75, named=True, exact=True)
    assert held(words, frozenset({"kettle", "blue"}), HIT) == Held(0.75)
    assert held(words, frozenset({"kettle"}), HIT) == Held(0.75)  # one name alone may be that of many


def test_names_that_stand_everywhere_are_not_exact() -> None:
    words = WordsOf({"kettle": 1.0}, frozenset(), {"kettle": 90, "red": 80})
    assert held(words, frozenset({"kettle", "red"}), replace(HIT, heading="")) == Held(1.0, named=True)


def test_words_of_questions_weigh_little_in_a_library_that_has_none_of_them() -> None:
    assert usual_words("en")["what"] < rarity(100, 0) / 2
    assert "lozano" not in usual_words("en")
    assert usual_words("xx") == {}


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Which tea does the Kettle Manual advise?", True),
        ("what does a-17 say of tea", True),
        ("Which kettle is red?", False),
        ("Which tea?", False),
    ],
)
def test_a_document_is_asked_for_by_its_title_or_its_files_name(question: str, *, asked: bool) -> None:
    words = WordsOf(dict.fromkeys(tokens(question), 1.0), frozenset(), {})
    hit = replace(HIT, source="A-17.pdf", title="The Kettle Manual")
    assert held(words, frozenset(), hit).document is asked
    assert not held(words, frozenset(), replace(hit, source="what.txt", title="")).document  # a usual word names nothing


@pytest.mark.parametrize(
    "question", ["In which city does Preston Lozano live?", "¿En qué ciudad vive Preston Lozano?", "Preston Lozanoの町は？"]
)
def test_the_row_with_an_exact_name_comes_first_and_is_evidence(tmp_path: Path, question: str) -> None:
    with Library.open(tmp_path / "library", HashEmbedder()) as library:
        notebook = library.open_notebook("default").id
        for number, text in enumerate((TABLE, PROSE, PROSE.replace("office", "shop"))):
            document = Document("", "text/plain", (Page(1, text),))
            chunks = chunk_document(document, 900)
            vectors = library.embed_chunks(chunks)
            new = NewSource(notebook, f"/{number}", f"{number}.txt", f"{number:064d}", "test", len(text), document, chunks)
            library.replace(new, {key: vectors[key] for key in map(content_key, chunks)})
        found = Retriever(library, Settings()).retrieve(question, notebook=notebook)
    assert found.evidence
    assert "Preston Lozano" in found.hits[0].text
