"""What a person looks for in a PDF is found by its words, whatever form the page has them in."""

from __future__ import annotations

import pytest

from core.types import Chunk
from ingest.chunker import chunk_document
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from store.catalog import NewSource
from store.library import Library
from tests.conftest import put
from tests.pdfs import pdf

LIMITS = Limits(1_000, 8.0)
DIVIDED = "The heater is a low-\nvoltage device with part code RX-\n200 and it is insu-\nlated with cork. Its label was a mis-\nmatch of two."


def kept(library: Library, data: bytes) -> tuple[Chunk, ...]:
    """Put a PDF into a library, beside other documents."""
    for number in range(8):
        put(library, f"{number}.txt", f"Of gardens, walls and rivers in village number {number}.")
    document = parse_pdf(data, "a.pdf", LIMITS)
    chunks = chunk_document(document, 900)
    notebook = library.open_notebook("default").id
    library.replace(
        NewSource(notebook, "upload:a.pdf", "a.pdf", "a", "1.900", len(data), document, chunks), library.embed_chunks(chunks)
    )
    return chunks


def found(library: Library, question: str) -> bool:
    notebook = library.open_notebook("default").id
    hits = library.lexical.search(notebook, question, 1, None)
    return bool(hits) and next(iter(library.catalog.chunks.hits([hits[0].chunk]).values())).source == "a.pdf"


@pytest.mark.parametrize(
    "question", ["low-voltage", "lowvoltage", "RX-200", "RX200", "insulated", "insu-lated", "mismatch", "mis-match", "voltage"]
)
def test_a_word_that_a_line_divides_is_found_with_its_hyphen_and_without(library: Library, question: str) -> None:
    (chunk,) = kept(library, pdf(DIVIDED))
    assert "low-voltage device with part code RX-200 and it is insulated" in chunk.text
    assert found(library, question)
    assert not found(library, "turbine-hall")


def test_ligatures_and_full_width_are_folded_for_the_search_and_kept_in_the_quote(library: Library) -> None:
    put(library, "other.txt", "Of gardens and walls.")
    put(library, "a.pdf", "The \ufb01nal e\ufb03cient \uff32\uff38\uff0d\uff12\uff10\uff10 \uff76\uff80\uff9b\uff78\uff9e")
    for question in ("final", "efficient", "RX-200", "カタログ"):
        assert found(library, question)
    notebook = library.open_notebook("default").id
    (hit,) = library.lexical.search(notebook, "efficient", 1, None)
    assert "e\ufb03cient" in next(iter(library.catalog.chunks.hits([hit.chunk]).values())).text
