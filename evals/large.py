"""Search in libraries that grow to a million chunks: what it takes beside the vectors, which are made up as all the text is.

Words are drawn by Zipf's law, as those of real text are: a few stand in every chunk, most in hardly any. Vectors are random numbers, among
which nothing is near: the index has no easier work than with real ones. Sentences beside passages are looked at as by the bundled embedder.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil

from core.settings import Settings
from core.types import PASSAGE, Chunk, Document, Page
from evals.ingest_speed import MadeUpEmbedder
from evals.metrics import quantile
from rag.retrieve import Retriever
from store.catalog import NewSource, content_key
from store.library import Library

SIZES = (10_000, 100_000, 1_000_000)
QUESTIONS = 100
# A chunk is about 660 characters, as those of real documents are (docs/scaling.md).
_CHUNKS, _SENTENCES, _WORDS = 200, 8, 14
# Words of a question, which stand together in one of the chunks.
_ASKED = 8
_VOCABULARY = 30_000
# Documents that a search within chosen documents is about.
_SCOPE = 5
_STEPS_SAID = 20_000
_CONSONANTS, _VOWELS = "bcdfghklmnprstvz", "aeiou"
Json = dict[str, object]


class QuickMadeUp(MadeUpEmbedder):
    """Made-up vectors of an embedder that is quick enough for sentences beside passages."""

    quick = True


class MadeText:
    """Documents of words that are made up: the same for the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        weights = 1 / np.arange(1, _VOCABULARY + 1)
        self._cumulated = np.cumsum(weights / weights.sum())
        self._words = [made_word(rank) for rank in range(_VOCABULARY)]

    def sentences(self, count: int) -> list[str]:
        """So many sentences."""
        drawn = np.searchsorted(self._cumulated, self._random.random((count, _WORDS)), side="right")
        return [" ".join(self._words[min(rank, _VOCABULARY - 1)] for rank in row).capitalize() + "." for row in drawn.tolist()]

    def documents(self, notebook: int) -> Iterator[NewSource]:
        """Documents of 200 chunks each, without end."""
        for number in itertools.count():
            sentences = self.sentences(_CHUNKS * _SENTENCES)
            texts = [" ".join(sentences[at : at + _SENTENCES]) for at in range(0, len(sentences), _SENTENCES)]
            ends = list(itertools.accumulate(len(text) + 1 for text in texts))
            chunks = tuple(Chunk(1, end - len(text) - 1, end - 1, text, "en") for text, end in zip(texts, ends, strict=True))
            page = "\n".join(texts)
            document = Document(f"Made {number}", "text/plain", (Page(1, page),))
            yield NewSource(notebook, f"made:{number}", f"{number}.txt", f"{number:064x}", "made", len(page), document, chunks)


def made_word(rank: int) -> str:
    """A word of two to four syllables, each rank its own; the most frequent ones are the shortest."""
    syllables: list[str] = []
    left = rank
    while left or len(syllables) < 2:
        left, one = divmod(left, len(_CONSONANTS) * len(_VOWELS))
        syllables.append(_CONSONANTS[one // len(_VOWELS)] + _VOWELS[one % len(_VOWELS)])
    return "".join(syllables)


def measure_large(settings: Settings, *, sizes: Sequence[int] = SIZES, say: Callable[[str], None]) -> Iterator[Json]:
    """Milliseconds of a search at each size in turn, in all documents and in five chosen ones; one result a size, as it comes.

    The largest takes about 6 GB of the temporary directory and an hour.
    """
    with tempfile.TemporaryDirectory(prefix="kaedama-large-") as name, Library.open(Path(name), QuickMadeUp()) as library:
        library.warm()
        notebook = library.open_notebook(settings.notebook).id
        documents = MadeText().documents(notebook)
        retriever = Retriever(library, settings)
        count = 0
        for size in sizes:
            while count < size:
                count += _add(library, next(documents))
                if count % _STEPS_SAID == 0:
                    say(f"{count} chunks of {max(sizes)}")
            yield {"chunks": count, **_searched(library, retriever, notebook)}


def _add(library: Library, new: NewSource) -> int:
    texts = {content_key(chunk): chunk.text for chunk in new.chunks}
    vectors = library.embedder.embed(PASSAGE, list(texts.values()))
    library.replace(new, dict(zip(texts, vectors, strict=True)))
    return len(new.chunks)


def _searched(library: Library, retriever: Retriever, notebook: int) -> Json:
    ids = library.catalog.chunks.ids(notebook)
    chosen = ids[:: max(1, len(ids) // QUESTIONS)][:QUESTIONS]
    questions = [" ".join(hit.text.split()[:_ASKED]) for hit in library.hits(chosen).values()]
    scope = [source.id for source in library.sources(notebook)][:_SCOPE]
    retriever.retrieve(questions[0], notebook=notebook)  # opens what is opened once; not counted
    result: Json = {"questions": len(questions)}
    for place, sources in (("all documents", None), (f"{_SCOPE} documents", scope)):
        steps = [retriever.retrieve(question, notebook=notebook, sources=sources).seconds for question in questions]
        result[place] = {
            f"{step} ms": _spread([one[step] for one in steps if step in one]) for step in ("search", "windows") if step in steps[0]
        }
    return result | {"memory MB": round(psutil.Process(os.getpid()).memory_info().rss / 1e6)}


def _spread(seconds: Sequence[float]) -> Json:
    return {"p50": round(1000 * quantile(seconds, 0.5), 1), "p95": round(1000 * quantile(seconds, 0.95), 1)}
