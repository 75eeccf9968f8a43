"""Passages of several documents are embedded together, in batches of about one length: little is computed on padding, and none waits alone.

Length is counted in tokens: a Japanese passage has three times the tokens of a Spanish one of as many characters.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from core.types import Chunk
from store.catalog import content_key, searchable
from store.library import Library
from store.made_vectors import VectorsOf

# Passages that are put in order of length together; documents are taken in until there are so many.
ENOUGH = 512
# Passages of one step, between two looks at "cancelled" and two reports of progress: as many as take about so many seconds.
_FEWEST, _MOST, _STEP_S = 8, 64, 0.5


@dataclass(eq=False, slots=True)
class Embedding:
    """A document whose passages are being embedded: its vectors so far by content key, and what is missing.

    Vectors of a `long` one are stored step by step. `seconds` is its share of the time, by passages.
    """

    chunks: tuple[Chunk, ...]
    vectors: VectorsOf
    missing: set[bytes]
    long: bool
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """Passages that have a vector, the same words counted once."""
        return len(self.vectors)


@dataclass(slots=True)
class _Wanted:
    text: str
    documents: list[Embedding] = field(default_factory=list)


class Pool:
    """What is still to be embedded, in the order in which it came."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._wanted: dict[bytes, _Wanted] = {}
        self._step = _FEWEST

    def __len__(self) -> int:
        return len(self._wanted)

    def add(self, chunks: tuple[Chunk, ...]) -> Embedding:
        """Take in a document. What the catalog has is not embedded again, nor what another document in the pool is waiting for."""
        keyed = {content_key(chunk): chunk for chunk in chunks}
        vectors = self._library.known_vectors(keyed)
        missing = keyed.keys() - vectors.keys()
        embedding = Embedding(chunks, vectors, set(missing), len(missing) > _MOST)
        for key, chunk in keyed.items():
            if key in missing:
                self._wanted.setdefault(key, _Wanted(searchable(chunk))).documents.append(embedding)
        return embedding

    def steps(self) -> Iterator[Collection[Embedding]]:
        """Embed what came first, about 512 passages; yields after each step the documents that it brought on.

        Raises EmbedderError.
        """
        keys = [key for key, _ in zip(self._wanted, range(ENOUGH), strict=False)]
        lengths = dict(zip(keys, self._library.embedder.lengths([self._wanted[key].text for key in keys]), strict=True))
        keys.sort(key=lengths.__getitem__)
        while keys:
            part, keys = keys[: self._step], keys[self._step :]
            begun = time.perf_counter()
            long = [key for key in part if any(one.long for one in self._wanted[key].documents)]
            found = self._library.embed_passages({key: self._wanted[key].text for key in part}, keep=long)
            spent = time.perf_counter() - begun
            self._step = max(_FEWEST, min(_MOST, int(self._step * 2 if spent < _STEP_S / 2 else self._step * _STEP_S / spent)))
            yield self._hand_out(found, spent / len(part))

    def _hand_out(self, found: VectorsOf, seconds: float) -> Collection[Embedding]:
        touched: dict[int, Embedding] = {}
        for key, vector in found.items():
            for embedding in self._wanted.pop(key).documents:
                if (
                    found.maker is not embedding.vectors.maker
                ):  # another embedder has taken over: all of it is embedded again at the end
                    embedding.vectors.maker = None
                embedding.vectors[key] = vector
                embedding.missing.discard(key)
                embedding.seconds += seconds
                touched[id(embedding)] = embedding
        return list(touched.values())
