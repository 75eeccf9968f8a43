"""Word search: BM25 by SQLite's FTS5 over tokens of our own, scored as the share of the question that a passage covers.

BM25 [1] has no natural scale: its size depends on the question. Divided by the highest value that the question could reach, a passage
that holds every word of it very often, it becomes a number in 0..1 that is honest across languages: a passage in another language
covers little, and says so, where a rank would pretend that the best of nothing is first.

[1] Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009. FTS5 fixes k1 = 1.2 and b = 0.75
    (sqlite.org/fts5.html#the_bm25_function) and the inverse document frequency ln((N - n + 0.5) / (n + 0.5)), at least 1e-6.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.text import compounds, tokens
from store.catalog import Catalog
from store.search.dense import Scored
from store.search.usual import rarity, usual_anywhere, usual_words

_K1 = 1.2
_LEAST_WEIGHT = 1e-6
# The rarest words of a question decide; more only cost time. A question of 8,000 characters has thousands.
_MOST_TOKENS = 48
# Tokens of a question that are looked for in sentences; of a longer one its beginning.
_MOST_WEIGHED = 500


@dataclass(frozen=True, slots=True)
class WordsOf:
    """The tokens of a question: how much each tells, which of them are usual anywhere, and how many chunks hold those that any holds."""

    weights: Mapping[str, float]
    usual: frozenset[str]
    holding: Mapping[str, int]


class LexicalIndex:
    """BM25 coverage over the catalog's token table, which commits together with the chunks and so is never behind."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._db = catalog.connections

    def search(self, notebook: int, question: str, limit: int, sources: Sequence[int] | None = None) -> list[Scored]:
        """Chunk ids and coverage (0..1], best first, at most `limit`; only from `sources` where these are given."""
        weights, possible = self._weigh(question)
        if not weights:
            return []
        match = " OR ".join(f'"{token}"' for token in weights)
        sql = "SELECT l.rowid, -bm25(lexical) AS score FROM lexical l JOIN chunks c ON c.id = l.rowid WHERE lexical MATCH ? AND c.notebook = ?"
        values: list[object] = [match, notebook]
        if sources is not None:
            sql += f" AND c.document IN ({','.join('?' * len(sources))})"
            values += sources
        rows = self._db.rows(f"{sql} ORDER BY score DESC, l.rowid LIMIT ?", (*values, limit))
        return [Scored(int(chunk), min(1.0, float(score) / possible)) for chunk, score in rows]

    def words(self, question: str, language: str) -> WordsOf:
        """How much each token of a question in `language` tells: its rarity here, or less where it is usual in that language."""
        words = list(dict.fromkeys(tokens(question)))[:_MOST_WEIGHED]
        count, known, usual = self._catalog.chunks.lexical_count(), self._frequencies(words), usual_words(language)
        weights = {word: min(rarity(count, known.get(word, 0)), usual.get(word, math.inf)) for word in words}
        return WordsOf(weights, usual_anywhere() & weights.keys(), known)

    def _frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """How many chunks hold each of these tokens, for those that any holds."""
        known: dict[str, int] = {}
        for at in range(0, len(words), 500):
            part = words[at : at + 500]
            rows = self._db.rows(f"SELECT term, doc FROM vocabulary WHERE term IN ({','.join('?' * len(part))})", part)
            known.update({str(term): int(frequency) for term, frequency in rows})
        return known

    def _weigh(self, question: str) -> tuple[dict[str, float], float]:
        """The question's telling tokens with their weights, and the highest BM25 score that all its tokens could reach."""
        words = list(dict.fromkeys(tokens(question)))
        wanted = list(dict.fromkeys([*words, *compounds(question)]))
        count = self._catalog.chunks.lexical_count()
        known = self._frequencies(wanted)
        weights = {word: _weight(count, known.get(word, 0)) for word in wanted}
        # A compound is a second form of words that count already.
        possible = sum(weights[word] for word in words) * (_K1 + 1)
        found = [word for word in wanted if word in known]
        # Words that most chunks hold only cost time, unless there are no others: in a library of a few chunks every word is common.
        telling = sorted((word for word in found if weights[word] > _LEAST_WEIGHT), key=lambda word: -weights[word]) or found
        return {word: weights[word] for word in telling[:_MOST_TOKENS]}, max(possible, _LEAST_WEIGHT)


def _weight(count: int, frequency: int) -> float:
    """FTS5's inverse document frequency of a token that `frequency` of `count` chunks hold."""
    return max(math.log((count - frequency + 0.5) / (frequency + 0.5)), _LEAST_WEIGHT) if count else _LEAST_WEIGHT
