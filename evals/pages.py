"""Is the evidence page of a real PDF found: files go through the whole ingest, each question is searched within its own document.

A line of questions is as in evals/sets.py, with `file` (the PDF, below the folder), `relevant` (FILE#pN: name without ending, physical page
from 1), and where it is told `cross`: whether question and document differ in language. A page stands where its best passage does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import MeasurementFailed, PathMissing
from core.settings import Settings
from evals.metrics import mean, percent
from evals.retrieval import DEPTH, NOTEBOOK, Json, Progress
from evals.sets import PageQuery
from evals.timed import TimedEmbedder
from ingest.events import SourceDone
from ingest.pipeline import IngestPipeline
from rag.retrieve import Retriever
from store.embedding.embedder import Embedder
from store.library import Library

_DEPTHS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one question found: whether across languages, the rank of the first evidence page (0: none), and whether it went on to a model."""

    cross: bool
    rank: int
    kept: bool


def measure_pages(
    pdfs: Path, queries: Sequence[PageQuery], settings: Settings, embedder: Embedder, *, limit: int | None, say: Progress
) -> Json:
    """Share of answerable questions with an evidence page among the first 1, 5 and 10 pages, and of those that are kept, in percent.

    Raises:
        PathMissing: a file of the questions is not below `pdfs`.
        MeasurementFailed: a file cannot be read.
    """
    asked = [query for query in queries if query.answerable][:limit]
    paths = sorted({pdfs / query.file for query in asked})
    say(f"{len(paths)} files, {len(asked)} questions")
    with (
        tempfile.TemporaryDirectory(prefix="kaedama-evals-") as directory,
        Library.open(Path(directory), TimedEmbedder(embedder)) as library,
    ):
        numbers = read_pdfs(library, paths, settings)
        retriever = Retriever(library, settings)
        found = [_find(retriever, query, numbers[pdfs / query.file]) for query in asked]
    parts = {"same": [one for one in found if not one.cross], "cross": [one for one in found if one.cross], "all": found}
    return _shares(found) | {"by": {name: _shares(part) for name, part in parts.items()}}


def read_pdfs(library: Library, paths: Sequence[Path], settings: Settings) -> dict[Path, int]:
    """Read files one by one into a new library; their documents' numbers by path. Raises PathMissing, MeasurementFailed."""
    assert library.open_notebook(settings.notebook).id == NOTEBOOK
    numbers: dict[Path, int] = {}
    for path in paths:
        if not path.exists():
            raise PathMissing(name=str(path))
        for event in IngestPipeline(library, settings).run([path], notebook=NOTEBOOK):
            if isinstance(event, SourceDone):
                if event.error is not None:
                    raise MeasurementFailed(detail=f"{path}: {event.error}")
                assert event.document is not None
                numbers[path] = event.document
    return numbers


def _find(retriever: Retriever, query: PageQuery, document: int) -> _Found:
    found = retriever.retrieve(query.question, notebook=NOTEBOOK, k=DEPTH, sources=[document])
    name = Path(query.file).stem
    pages = list(dict.fromkeys(f"{name}#p{hit.page}" for hit in found.hits))
    rank = next((rank for rank, page in enumerate(pages, start=1) if page in query.relevant), 0)
    return _Found(query.cross, rank, found.evidence)


def _shares(found: Sequence[_Found]) -> Json:
    shares: Json = {"questions": len(found)}
    for depth in _DEPTHS:
        shares[f"r@{depth}"] = percent(mean([float(0 < one.rank <= depth) for one in found]))
    return shares | {"kept": percent(mean([float(one.kept) for one in found]))}
