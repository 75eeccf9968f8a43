"""How well the right document is found: a set's docs put into a fresh library as shipped, its questions through the real retriever.

Chroma and FTS5 really hold the chunks, which the product's own chunker cut. Three arms are measured on the same library: "dense"
(language-centred Chroma alone), "lexical" (FTS5 coverage alone) and "fused" (what a person gets); beside them "plain dense" (vectors that
are not centred) and "rrf" (these and the words, fused by rank). A doc stands where its best chunk does.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from core.settings import Settings
from core.types import Document, Page
from evals.baselines import PlainDense, reciprocal_rank_fusion
from evals.metrics import first_is_right, interval, mean, ndcg, percent, quantile, recall, reciprocal_rank, rounded
from evals.sets import Doc, Query, QuestionSet
from evals.timed import TimedEmbedder
from ingest.chunker import chunk_document
from rag.events import Retrieved
from rag.retrieve import Retriever
from store.catalog import NewSource, content_key
from store.embedding.embedder import Embedder
from store.library import Library

NOTEBOOK = 1  # the first of a fresh library
ARMS = ("dense", "lexical", "fused")
# What others do with the same chunks: see evals/baselines.py.
BASELINES = ("plain dense", "rrf")
# Chunks looked at per question: enough that ten different docs are among them although a long doc has several chunks.
DEPTH = 50
Progress = Callable[[str], None]
Json = dict[str, object]


@contextlib.contextmanager
def filled_library(docs: Sequence[Doc], settings: Settings, embedder: Embedder, *, page: int = 0) -> Iterator[Library]:
    """A library in a temporary directory that holds each doc as a document, named by its id; gone afterwards. `page`: see `fill`."""
    with tempfile.TemporaryDirectory(prefix="kaedama-evals-") as directory, Library.open(Path(directory), embedder) as library:
        fill(library, docs, settings, page=page)
        yield library


def fill(library: Library, docs: Sequence[Doc], settings: Settings, *, page: int = 0) -> None:
    """Put each doc into the first notebook of a fresh library, as a document that is named by its id.

    `page` is how many characters a page of it has; 0: a document is one page.
    """
    assert library.open_notebook(settings.notebook).id == NOTEBOOK
    documents = [_document(doc, page) for doc in docs]
    cut = [chunk_document(document, settings.chunk_width) for document in documents]
    vectors = library.embed_chunks([chunk for chunks in cut for chunk in chunks])
    for doc, document, chunks in zip(docs, documents, cut, strict=True):
        digest = hashlib.sha256(doc.id.encode()).hexdigest()  # of the id: two docs of the same words are still two
        size = len(doc.text.encode())
        new = NewSource(NOTEBOOK, doc.id, doc.id, digest, "evals", size, document, chunks)
        library.replace(new, {key: vectors[key] for key in map(content_key, chunks)})


def _document(doc: Doc, page: int) -> Document:
    texts = [doc.text[start : start + page] for start in range(0, len(doc.text), page)] if page else [doc.text]
    return Document(doc.title, "text/plain", tuple(Page(number, text) for number, text in enumerate(texts, start=1)))


def measure_retrieval(questions: QuestionSet, settings: Settings, embedder: Embedder, *, limit: int | None, say: Progress) -> Json:
    """Measures of every arm in percent with 95 % intervals, counts, and median milliseconds of a search's steps."""
    asked = [query for query in questions.queries if query.answerable][:limit]
    say(f"{questions.name}: {len(questions.docs)} docs, {len(asked)} questions")
    ranked: dict[str, list[list[str]]] = {arm: [] for arm in (*ARMS, *BASELINES)}
    seconds: dict[str, list[float]] = {"embed": [], "windows": [], "search": []}
    with filled_library(questions.docs, settings, TimedEmbedder(embedder)) as library:
        retriever = Retriever(library, settings)
        doc_of = _doc_of_chunk(library)
        plain = PlainDense(library, NOTEBOOK)
        for query in asked:
            found = search(retriever, query.question)
            for step, spent in found.seconds.items():
                seconds.setdefault(step, []).append(spent)
            ranked["fused"].append(_once(hit.source for hit in found.hits))
            for arm, chunks in _single_arms(library, plain, query.question, found.language):
                ranked[arm].append(_once(doc_of[chunk] for chunk in chunks))
        chunk_count = len(doc_of)
    result: Json = {"set": questions.name, "docs": len(questions.docs), "chunks": chunk_count, "queries": len(asked)}
    result |= {arm: measures(ranked[arm], asked) for arm in ranked}
    result["ms"] = {step: rounded(1000 * quantile(values, 0.5), 2) for step, values in seconds.items() if values}
    return result


def search(retriever: Retriever, question: str) -> Retrieved:
    """A search as the answer pipeline makes it, only deeper."""
    return retriever.retrieve(question, notebook=NOTEBOOK, k=DEPTH)


def _single_arms(library: Library, plain: PlainDense, question: str, language: str) -> Iterator[tuple[str, list[int]]]:
    vector = library.question(question, (language,))
    yield "dense", [chunk for chunk, _ in library.search_dense(NOTEBOOK, vector, DEPTH, None)]
    words = [chunk for chunk, _ in library.lexical.search(NOTEBOOK, question, DEPTH, None)]
    meaning = plain.search(question, DEPTH)
    yield "lexical", words
    yield "plain dense", meaning
    yield "rrf", reciprocal_rank_fusion([meaning, words])


def _doc_of_chunk(library: Library) -> dict[int, str]:
    names = {source.id: source.name for source in library.sources(NOTEBOOK)}
    return {chunk.id: names[chunk.document] for chunk in library.catalog.chunks.of_notebook(NOTEBOOK)}


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def measures(ranked: Sequence[list[str]], asked: Sequence[Query]) -> dict[str, object]:
    """Figures of rankings, one a question, in percent; nDCG@10 with its 95 % interval."""
    pairs = [(order, query.relevant) for order, query in zip(ranked, asked, strict=True)]
    gains = [ndcg(order, relevant, 10) for order, relevant in pairs]
    low, high = interval(gains)
    return {
        "ndcg@10": percent(mean(gains)),
        "ndcg@10 95%": [percent(low), percent(high)],
        "recall@5": percent(mean([recall(order, relevant, 5) for order, relevant in pairs])),
        "mrr@10": percent(mean([reciprocal_rank(order, relevant, 10) for order, relevant in pairs])),
        "r@1": percent(mean([first_is_right(order, relevant) for order, relevant in pairs])),
    }
