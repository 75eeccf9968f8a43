"""From a question to passages: vector search and word search, fused so that no language is at a disadvantage.

Rank fusion gives a blind arm half the vote: when the passage is in another language than the question, word search knows nothing, and
its ranks are noise that halves the result. Here scores are added instead, both with a scale of their own: the language-centred cosine,
and the share of the question's weighted words that a passage covers, which is honestly small when it knows nothing. How much that share
counts depends on where the vectors point. Where the best passage by vector is in the question's language (or all passages are), words
decide as much as meaning does; where a passage in another language is nearer, words that merely occur in the question's own language
must not outvote it. To this the best passages add the cosine of their nearest sentence (windows.py), where the embedder is quick enough.
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
from rag.events import Retrieved
from rag.reranker import DEPTH, Reranker
from rag.windows import PASSAGES, Windows
from store.catalog import searchable
from store.library import Library
from store.made_vectors import QuestionVector

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

# Candidates that each arm brings; what neither arm has among its first hundred is not what the question asks for.
_ARM_DEPTH = 100
# Weight of coverage (0..1) beside the centred cosine (spread about 0.1 over a collection), by whether the evidence speaks the question's
# language. Chosen on seven question sets; between 1.0 and 1.4, and between 0.1 and 0.2, nDCG@10 changes by less than half a point on six
# of them (docs/measurements.md).
_WORDS_SAME_LANGUAGE = 1.2
_WORDS_OTHER_LANGUAGE = 0.1
# How much nearer (centred cosine) the best passage in the question's language must be than the best in any other for words to count fully.
_LANGUAGE_MARGIN = 0.1
# Weight of the nearest sentence's cosine beside the fused score. Up to 1.0 nDCG@10 changes by half a point on most sets, one to two points on
# the few where sentences of other passages look alike (docs/measurements.md).
_WINDOW = 0.5
# What counts as evidence: among the first few hits one that is near in meaning, or near in meaning and words together. The fused score
# does not tell it, since its scale changes with the weight of the words. Of questions that can be answered this keeps 96 to 100 in 100;
# of those whose article is not there it turns away 36 (Japanese) to 80 (docs/measurements.md). The model may still refuse.
_EVIDENCE_DEPTH = 3
_EVIDENCE_DENSE = 0.27
_EVIDENCE_TOGETHER = 0.40
# The languages of the page: a question is in one of these or in a language of the documents.
PAGE_LANGUAGES = ("en", "es", "ja")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk with what both arms say of it."""

    chunk: int
    language: str
    dense: float
    coverage: float


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
        scored = fuse(candidates, asked.language)
        seconds |= {"embed": embedded - started, "search": time.perf_counter() - embedded}
        if self._library.embedder.quick:
            begun = time.perf_counter()
            scored = self._beside_windows(scored, asked)
            seconds["windows"] = time.perf_counter() - begun
        begun = time.perf_counter()
        wanted = k or self._settings.top_k
        hits = self._hits(scored[:wanted] if self._reranker is None else scored[: max(DEPTH, wanted)])
        seconds["search"] += time.perf_counter() - begun
        evidence = is_evidence(hits)  # before a reranker, which only changes the order
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
        coverage = dict(self._library.search_lexical(notebook, asked.text, _ARM_DEPTH, sources))
        dense |= self._library.cosines(asked, [chunk for chunk in coverage if chunk not in dense])
        languages = {record.id: record.language for record in self._library.catalog.chunks.records(list(dense))}
        return [
            Candidate(chunk, languages[chunk], cosine, coverage.get(chunk, 0.0))
            for chunk, cosine in dense.items()
            if chunk in languages
        ]

    def _beside_windows(self, scored: Sequence[tuple[Candidate, float]], asked: QuestionVector) -> list[tuple[Candidate, float]]:
        """Passages with the score that their nearest sentence adds, best first."""
        first = self._library.hits([candidate.chunk for candidate, _ in scored[:PASSAGES]])
        return beside_windows(scored, self.windows.nearest(asked, list(first.values())))

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


def is_evidence(hits: Sequence[Hit]) -> bool:
    """Whether passages, best first, are near enough to their question to be shown to a model."""
    return any(hit.dense >= _EVIDENCE_DENSE or hit.dense + hit.coverage >= _EVIDENCE_TOGETHER for hit in hits[:_EVIDENCE_DEPTH])


def fuse(candidates: Sequence[Candidate], language: str) -> list[tuple[Candidate, float]]:
    """Candidates with their fused score, best first; `language` is the question's."""
    weight = words_weight(candidates, language)
    scored = [(candidate, candidate.dense + weight * candidate.coverage) for candidate in candidates]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0].chunk))


def beside_windows(scored: Sequence[tuple[Candidate, float]], nearest: Mapping[int, float]) -> list[tuple[Candidate, float]]:
    """Candidates with the cosine of their nearest window added, best first. The passage's own stands in for one that is not in `nearest`."""
    added = [(candidate, score + _WINDOW * nearest.get(candidate.chunk, candidate.dense)) for candidate, score in scored]
    return sorted(added, key=lambda pair: (-pair[1], pair[0].chunk))


def words_weight(candidates: Sequence[Candidate], language: str) -> float:
    """The weight of coverage for one question: between the two constants, by how the nearest passages of either side compare."""
    same = max((candidate.dense for candidate in candidates if candidate.language == language), default=None)
    other = max((candidate.dense for candidate in candidates if candidate.language != language), default=None)
    if other is None:
        return _WORDS_SAME_LANGUAGE
    if same is None:
        return _WORDS_OTHER_LANGUAGE
    share = min(1.0, max(0.0, (same - other) / _LANGUAGE_MARGIN))
    return _WORDS_OTHER_LANGUAGE + share * (_WORDS_SAME_LANGUAGE - _WORDS_OTHER_LANGUAGE)
