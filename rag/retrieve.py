"""From a question to passages: vector search and word search, fused so that no language is at a disadvantage.

Rank fusion gives a blind arm half the vote: when the passage is in another language than the question, word search knows nothing, and
its ranks are noise that halves the result. Here scores are added instead, both with a scale of their own: the language-centred cosine,
and the share of the question's weighted words that a passage covers, which is honestly small when it knows nothing. How much that share
counts depends on where the vectors point. Where the best passage by vector is in the question's language (or all passages are), words
decide as much as meaning does; where a passage in another language is nearer, words that merely occur in the question's own language
must not outvote it. Words are counted over the passage, and once more in its best sentence (covering.py). From the cosine a part of what
the passage has in common with questions of any kind is taken off. To this the best passages add the cosine of their nearest sentence
(windows.py), where the embedder is quick enough.
docs/measurements.md has the measurements.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.settings import Settings
from core.text import clean
from core.types import Hit
from rag.covering import Held, held, names
from rag.events import Retrieved
from rag.reranker import DEPTH, Reranker
from rag.windows import CROWDING, PASSAGES, Nearest, Windows
from store.catalog import searchable
from store.library import Library
from store.made_vectors import QuestionVector

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

# Candidates that each arm brings; what neither arm has among its first hundred is not what the question asks for.
_ARM_DEPTH = 100
# Weight of coverage (0..1) beside the centred cosine (spread about 0.1 over a collection), by whether the evidence speaks the question's
# language, and of the words that one sentence holds (0..1) where it does. The mean of nDCG@10 over eighteen sets changes by a tenth of a
# point between 0.4 and 0.8, with 1 minus that for sentences (docs/measurements.md).
_WORDS_SAME_LANGUAGE = 0.6
_WORDS_OTHER_LANGUAGE = 0.1
_HELD = 0.4
# What a sentence with all names of the question adds, where two of them stand hardly anywhere else: in whatever language, it is the one.
_EXACT = 0.3
# What a document adds to its passages where the question names it. From 0.05 to 0.2 it gains up to a point on sets with such
# questions, and changes no other (docs/measurements.md).
_DOCUMENT = 0.1
# Candidates in whose sentences words are looked for; ten or thirty find the same.
_HELD_DEPTH = 20
# How much nearer (centred cosine) the best passage in the question's language must be than the best in any other for words to count fully.
_LANGUAGE_MARGIN = 0.1
# Weight of the nearest sentence's cosine beside the fused score. From 0.5 to 0.8 the mean of nDCG@10 over eighteen sets changes by a tenth of
# a point; a larger weight loses where sentences of other passages look alike (docs/measurements.md).
_WINDOW = 0.6
# What counts as evidence: among the first few passages one that is near in meaning with its sentences, or a sentence that holds all names of
# the question or half of its words, weighed by how much they tell. Of questions that can be answered this keeps 99.5 in 100 and more on
# every set; it turns away 6 (Japanese) to 36 in 100 of those whose article is not there (docs/measurements.md). More of the no comes from
# reading.
_EVIDENCE_DEPTH = 5
_EVIDENCE_NEAR = 0.44
_EVIDENCE_HELD = 0.5
# The languages of the page: a question is in one of these or in a language of the documents.
PAGE_LANGUAGES = ("en", "es", "ja")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk with what both arms say of it: cosine, coverage, what it has in common with any question, and what one sentence holds."""

    chunk: int
    language: str
    dense: float
    coverage: float
    crowding: float = 0.0
    held: Held = Held()

    @property
    def telling(self) -> float:
        """The cosine without what is crowding."""
        return self.dense - CROWDING * self.crowding


class Retriever:
    """Searches a library. Stateless but for the library; safe from several threads."""

    def __init__(self, library: Library, settings: Settings, reranker: Reranker | None = None) -> None:
        self._library = library
        self._settings = settings
        named = Reranker(settings.reranker, settings.effective_threads) if settings.reranker else None
        self._reranker = reranker or named
        self.windows = Windows(library)

    def retrieve(
        self,
        question: str,
        *,
        notebook: int,
        k: int | None = None,
        sources: Sequence[int] | None = None,
        languages: Collection[str] = (),
    ) -> Retrieved:
        """The `k` best passages for a question (default: the setting top_k), only from `sources` where these are given.

        `languages` are those that the documents are in, where the caller knows; otherwise the notebook is asked.
        """
        seconds = self._load()
        started = time.perf_counter()
        question = clean(question)
        if not languages:
            languages = self._library.languages(notebook)
        asked = self._library.question(question, {*PAGE_LANGUAGES, *languages})
        embedded = time.perf_counter()
        candidates = self.candidates(asked, notebook=notebook, sources=sources)
        scored = fuse(self._with_held(candidates, asked), asked.language)
        seconds |= {"embed": embedded - started, "search": time.perf_counter() - embedded}
        nearest: Mapping[int, Nearest] = {}
        if self._library.embedder.quick:
            begun = time.perf_counter()
            first = self._library.hits([candidate.chunk for candidate, _ in scored[:PASSAGES]])
            nearest = self.windows.nearest(asked, list(first.values()))
            seconds["windows"] = time.perf_counter() - begun
        scored = beside_windows(scored, nearest)
        begun = time.perf_counter()
        wanted = k or self._settings.top_k
        hits = self._hits(scored[:wanted] if self._reranker is None else scored[: max(DEPTH, wanted)])
        seconds["search"] += time.perf_counter() - begun
        evidence = is_evidence([candidate for candidate, _ in scored], nearest)  # before a reranker, which only changes the order
        if self._reranker is not None and hits:
            begun = time.perf_counter()
            hits = self._reordered(self._reranker, question, hits)[:wanted]
            seconds["rerank"] = time.perf_counter() - begun
        return Retrieved(hits, asked.language, evidence, seconds)

    def _load(self) -> dict[str, float]:
        """Make the library ready where it is not: the first question after a start does. Returns what that took, by step."""
        if self._library.ready:
            return {}
        begun = time.perf_counter()
        self._library.warm()
        return {"load": time.perf_counter() - begun}

    def candidates(self, asked: QuestionVector, *, notebook: int, sources: Sequence[int] | None = None) -> list[Candidate]:
        """What the two arms bring together, each candidate with both scores."""
        dense = dict(self._library.search_dense(notebook, asked, _ARM_DEPTH, sources))
        coverage = dict(self._library.lexical.search(notebook, asked.text, _ARM_DEPTH, sources))
        near = self._library.nearness(asked, list(dense | coverage))
        languages = {record.id: record.language for record in self._library.catalog.chunks.records(list(near))}
        return [
            Candidate(chunk, languages[chunk], nearness.cosine, coverage.get(chunk, 0.0), nearness.crowding)
            for chunk, nearness in near.items()
            if chunk in languages
        ]

    def _with_held(self, candidates: Sequence[Candidate], asked: QuestionVector) -> list[Candidate]:
        """The candidates, the best of them with what one of their sentences holds."""
        best = [candidate.chunk for candidate, _ in fuse(candidates, asked.language)[:_HELD_DEPTH]]
        words = self._library.lexical.words(asked.text, asked.language)
        named = names(asked.text, words.usual)
        found = {chunk: held(words, named, hit) for chunk, hit in self._library.hits(best).items()}
        return [
            replace(candidate, held=found[candidate.chunk]) if candidate.chunk in found else candidate for candidate in candidates
        ]

    def as_langchain(self, *, notebook: int, k: int | None = None) -> BaseRetriever:
        """This search as a LangChain retriever: documents carry source, page, start, end and score as metadata."""
        from rag.langchain import KaedamaRetriever

        return KaedamaRetriever(retriever=self, notebook=notebook, k=k)

    def _reordered(self, reranker: Reranker, question: str, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        texts = [searchable(hit) for hit in hits[:DEPTH]]
        order = [*reranker.order(question, texts), *range(len(texts), len(hits))]
        return tuple(replace(hits[at], rank=rank) for rank, at in enumerate(order, start=1))

    def _hits(self, scored: Sequence[tuple[Candidate, float]]) -> tuple[Hit, ...]:
        found = self._library.hits([candidate.chunk for candidate, _ in scored])
        return tuple(
            replace(found[candidate.chunk], rank=rank, score=score, dense=candidate.dense, coverage=candidate.coverage)
            for rank, (candidate, score) in enumerate((pair for pair in scored if pair[0].chunk in found), start=1)
        )


def is_evidence(candidates: Sequence[Candidate], nearest: Mapping[int, Nearest]) -> bool:
    """Whether passages, best first, are near enough to their question to be shown to a model."""
    return any(
        candidate.dense + (nearest[candidate.chunk].cosine if candidate.chunk in nearest else candidate.dense) >= _EVIDENCE_NEAR
        or candidate.held.share >= _EVIDENCE_HELD
        or candidate.held.named
        for candidate in candidates[:_EVIDENCE_DEPTH]
    )


def fuse(candidates: Sequence[Candidate], language: str) -> list[tuple[Candidate, float]]:
    """Candidates with their fused score, best first; `language` is the question's."""
    share = words_share(candidates, language)
    weight = _WORDS_OTHER_LANGUAGE + share * (_WORDS_SAME_LANGUAGE - _WORDS_OTHER_LANGUAGE)
    scored = []
    for candidate in candidates:
        words = weight * candidate.coverage + _HELD * share * candidate.held.share + _EXACT * candidate.held.exact
        scored.append((candidate, candidate.telling + words + _DOCUMENT * candidate.held.document))
    return sorted(scored, key=lambda pair: (-pair[1], pair[0].chunk))


def beside_windows(scored: Sequence[tuple[Candidate, float]], nearest: Mapping[int, Nearest]) -> list[tuple[Candidate, float]]:
    """Candidates with the cosine of their nearest window added, best first. The passage's own stands in for one that is not in `nearest`."""
    added = []
    for candidate, score in scored:
        window = nearest.get(candidate.chunk)
        added.append((candidate, score + _WINDOW * (candidate.telling if window is None else window.telling)))
    return sorted(added, key=lambda pair: (-pair[1], pair[0].chunk))


def words_share(candidates: Sequence[Candidate], language: str) -> float:
    """How fully words count for one question (0..1), by how the nearest passages in its language and in others compare."""
    same = max((candidate.dense for candidate in candidates if candidate.language == language), default=None)
    other = max((candidate.dense for candidate in candidates if candidate.language != language), default=None)
    if other is None:
        return 1.0
    if same is None:
        return 0.0
    return min(1.0, max(0.0, (same - other) / _LANGUAGE_MARGIN))
