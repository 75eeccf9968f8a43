"""One's own documents: a library as it stands, and questions about it whose `relevant` are pages, FILE#pN.

FILE is a document's name, with or without its ending, N a page from 1. `python -m evals draft` writes such questions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from core.errors import LibraryMissing, MeasurementFailed, UnknownNotebook
from core.settings import Settings
from core.types import Hit, Source
from evals.asked import Asked, Progress, ask, chosen, opened
from evals.citations import by_language
from evals.metrics import (
    exact_match,
    holds_answer,
    interval,
    latency,
    mean,
    percent,
    percents,
    token_f1,
    without_marks,
)
from evals.refusal import refusal_measures
from evals.retrieval import DEPTH, Json, measures
from evals.sets import Query, read_queries
from rag.retrieve import Retriever
from store.catalog import FILE
from store.embedding.embedder import Embedder
from store.library import Library


@dataclass(frozen=True, slots=True)
class Own:
    """A library that is open, the notebook that is asked about, and the questions with their pages as `place_of` names them."""

    library: Library
    notebook: int
    queries: tuple[Query, ...]


@contextlib.contextmanager
def opened_library(settings: Settings, embedder: Embedder) -> Iterator[tuple[Library, int]]:
    """The library and the notebook that the settings name; neither is made where it is missing.

    Raises:
        LibraryMissing, UnknownNotebook, and as `Library.open`.
    """
    if not (settings.library / FILE).is_file():
        raise LibraryMissing(directory=settings.library)
    with Library.open(settings.library, embedder, chroma_url=settings.chroma_url) as library:
        notebook = library.catalog.notebooks.named(settings.notebook)
        if notebook is None:
            raise UnknownNotebook(name=settings.notebook)
        yield library, notebook.id


@contextlib.contextmanager
def opened_own(path: Path, settings: Settings, embedder: Embedder) -> Iterator[Own]:
    """The library with the questions of a file. Raises as `opened_library`, `read_queries` and `placed`."""
    queries = read_queries(path)
    with opened_library(settings, embedder) as (library, notebook):
        yield Own(library, notebook, placed(queries, library.sources(notebook)))


def page_id(name: str, page: int) -> str:
    """A page as questions name it."""
    return f"{name}#p{page}"


def place_of(hit: Hit) -> str:
    """The page that a passage is of."""
    return page_id(hit.source, hit.page)


def placed(queries: Sequence[Query], sources: Sequence[Source]) -> tuple[Query, ...]:
    """The questions with the whole names of their documents.

    Raises MeasurementFailed for a page that names none of the documents, or several.
    """
    return tuple(replace(query, relevant=frozenset(_place(query, place, sources) for place in query.relevant)) for query in queries)


def _place(query: Query, place: str, sources: Sequence[Source]) -> str:
    file, mark, number = place.rpartition("#p")
    named = [source for source in sources if source.name == file] or [
        source for source in sources if PurePosixPath(source.name).stem == file
    ]
    if not mark or not number.isdecimal():
        raise MeasurementFailed(detail=f"question {query.id}: {place!r} is no page; write FILE#pN")
    if len(named) != 1:
        raise MeasurementFailed(detail=f"question {query.id}: {len(named)} documents of the notebook are called {file!r}")
    if not 1 <= int(number) <= named[0].pages:
        raise MeasurementFailed(detail=f"question {query.id}: {named[0].name} has no page {number}")
    return page_id(named[0].name, int(number))


def own_retrieval(own: Own, settings: Settings, *, limit: int | None, say: Progress) -> Json:
    """How well the right page is found, in percent, over the answerable questions. A page stands where its best passage does."""
    asked = [query for query in own.queries if query.answerable][:limit]
    say(f"{len(asked)} questions")
    retriever = Retriever(own.library, settings)
    ranked = [
        list(dict.fromkeys(place_of(hit) for hit in retriever.retrieve(query.question, notebook=own.notebook, k=DEPTH).hits))
        for query in asked
    ]
    return {"queries": len(asked), "fused": measures(ranked, asked)}


def own_refusal(own: Own, settings: Settings, *, limit: int | None, say: Progress) -> Json:
    """What search alone makes of answerable and of unanswerable questions: see `evals.refusal`."""
    retriever = Retriever(own.library, settings)
    kinds = {kind: [query for query in own.queries if query.answerable is kind][:limit] for kind in (True, False)}
    say(f"{len(kinds[True])} answerable, {len(kinds[False])} unanswerable questions")
    found = {kind: [retriever.retrieve(query.question, notebook=own.notebook) for query in each] for kind, each in kinds.items()}
    return refusal_measures(found[True], found[False])


def own_answers(own: Own, settings: Settings, name: str, *, limit: int | None, say: Progress) -> Json:
    """Answers of the whole pipeline against the right ones: F1, exact match and whether a right answer stands in it, in percent."""
    asked, described = _asked(own, settings, name, limit, say)
    return described | answer_measures(asked)


def own_citations(own: Own, settings: Settings, name: str, *, limit: int | None, say: Progress) -> Json:
    """Citations of the whole pipeline: see `evals.citations`. A place is a page."""
    asked, described = _asked(own, settings, name, limit, say)
    return described | by_language(asked)


def _asked(own: Own, settings: Settings, name: str, limit: int | None, say: Progress) -> tuple[list[Asked], Json]:
    with opened(name, settings) as model:
        asked = ask(own.library, own.notebook, chosen(own.queries, limit), model, settings, place_of, say)
        info = model.describe()
    return asked, {"model": info.name, "engine": info.engine}


def answer_measures(asked: Sequence[Asked]) -> Json:
    """Answers against the right ones in percent, over the answerable questions: a refusal has a share of 0."""
    answerable = [one for one in asked if one.query.answerable]
    said = [(without_marks(one.answer.text), (*one.query.answers, *one.query.in_passage), one.query.language) for one in answerable]
    f1 = [token_f1(*each) for each in said]
    return {
        "answerable": len(answerable),
        "failed": sum(one.failed for one in asked),
        "f1": percent(mean(f1)),
        "f1 95%": percents(interval(f1)),
        "exact": percent(mean([exact_match(*each) for each in said])),
        "holds a right answer": percent(mean([holds_answer(text, gold) for text, gold, _ in said])),
        "refused": percent(mean([float(one.refused) for one in answerable])),
        "seconds": latency([one.answer.seconds["total"] for one in asked if "total" in one.answer.seconds]),
    }
