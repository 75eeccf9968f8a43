"""Sentences beside passages: how near the nearest sentence of each of the best passages is to the question.

The vector of a passage is an average in which its best sentence hides. A window is a sentence, a row of a table, or a part of a sentence
that is too long; it is embedded as a text of its own. Means of the token vectors that embedding the passage gives anyway keep too much
of the sentences around, and lose where passages look alike (docs/measurements.md).
Windows are embedded when a question is asked, for the best passages only, and the latest of them stay in memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.text import flowing, sentence_spans, trim
from core.types import Hit
from store.embedding.embedder import Embedder
from store.library import Library
from store.made_vectors import QuestionVector

# Passages whose windows are embedded: some 20 windows, as many tokens as the passages have. Five, eight or twelve find no more.
PASSAGES = 4
# A longer sentence is cut into parts of so many characters, each of which begins so many before the one before it ends.
_LONGEST = 300
_OVERLAP = 60
# Windows kept in memory: 384 numbers of two bytes each come to 13 MB.
_KEPT = 16_384
# How much of a text's likeness to questions of any kind (`LanguageMeans.crowding`) is taken off.
CROWDING = 0.4


@dataclass(frozen=True, slots=True)
class Nearest:
    """The cosine (-1..1) of the window that is nearest to a question, and the highest that is left without what is crowding."""

    cosine: float
    telling: float


def window_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of every window of a passage, in order. Only white space lies between them; parts of a long sentence overlap."""
    return [part for start, end in _sentences(text) for part in _parts(start, end)]


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, and the rows of tables, whose cells are joined by bars."""
    for start, end in sentence_spans(text):
        if " | " not in text[start:end]:
            yield start, end
            continue
        at = start
        for row in text[start:end].split("\n"):
            span = trim(text, at, at + len(row))
            if span is not None:
                yield span
            at += len(row) + 1


def _parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > _LONGEST:
        yield start, start + _LONGEST
        start += _LONGEST - _OVERLAP
    yield start, end


class Windows:
    """Vectors of short texts of one library's passages; the latest are kept. Safe from several threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()  # by language and text: centred, float16
        self._maker: Embedder | None = None

    def vectors(self, texts: Sequence[str], language: str) -> np.ndarray:
        """Centred unit vectors (n, dimension), float32 rounded to float16, of texts in one language, as of passages. Raises EmbedderError."""
        found = self._look_up(texts, language)
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            maker = self._library.embedder
            vectors = self._library.passage_vectors(missing, language).astype(np.float16)
            found |= dict(zip(missing, vectors, strict=True))
            self._keep(dict(zip(missing, vectors, strict=True)), language, maker)
        return np.array([found[text] for text in texts], np.float32)

    def nearest(self, question: QuestionVector, hits: Sequence[Hit]) -> dict[int, Nearest]:
        """The nearest window of each passage, by chunk. Raises EmbedderError."""
        texts: dict[str, list[str]] = defaultdict(list)
        chunks: dict[str, list[int]] = defaultdict(list)
        for hit in hits:
            windows = [flowing(hit.text[start:end]) for start, end in window_spans(hit.text)]
            if not windows:
                continue
            texts[hit.language] += windows
            chunks[hit.language] += [hit.chunk_id] * len(windows)
        best: dict[int, Nearest] = {}
        for language, found in texts.items():
            vectors = self.vectors(found, language)
            cosines = vectors @ question.vector
            telling = cosines - CROWDING * self._library.crowding(vectors)
            for chunk, *one in zip(chunks[language], map(float, cosines), map(float, telling), strict=True):
                known = best.get(chunk, Nearest(*one))
                best[chunk] = Nearest(max(known.cosine, one[0]), max(known.telling, one[1]))
        return best

    def _look_up(self, texts: Sequence[str], language: str) -> dict[str, np.ndarray]:
        with self._lock:
            if self._maker is not self._library.embedder:  # another has taken over
                self._kept.clear()
                self._maker = self._library.embedder
            known = [text for text in dict.fromkeys(texts) if (language, text) in self._kept]
            for text in known:
                self._kept.move_to_end((language, text))
            return {text: self._kept[language, text] for text in known}

    def _keep(self, made: Mapping[str, np.ndarray], language: str, maker: Embedder) -> None:
        with self._lock:
            if self._maker is not maker or self._library.embedder is not maker:
                return
            for text, vector in made.items():
                self._kept[language, text] = vector
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
