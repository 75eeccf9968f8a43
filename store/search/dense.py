"""Vector search: Chroma as an index over the catalog's vectors, cosine distance.

A notebook's chunks lie in segments, by their numbers: one collection of Chroma holds those of 16,384 numbers. Adding to a graph of
neighbours (HNSW) costs the more the larger it is; the segments bound that. A search asks all segments and takes the best of them.

The index is disposable: everything in it is made from the catalog, `Library` keeps it level, and deleting it costs a rebuild and nothing
else. It holds language-centred vectors (centring.py). Only one process may write it; the library's lock sees to that.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import hashlib
import heapq
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from store.search.chroma import Opened, Place
from store.search.gate import Gate

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

# Chroma's defaults but for the search, which looks wider (100 by default): recall of the top 100 is 0.996 and of the top 10 is 1 among 8,000
# clustered vectors; twice the neighbours and the width of construction add 0.002 and take twice the time (docs/measurements.md).
_HNSW: CreateHNSWConfiguration = {"space": "cosine", "ef_construction": 100, "ef_search": 400, "max_neighbors": 16}
# Numbers of chunks of one segment. In smaller ones adding is faster, and a search asks more of them.
SEGMENT = 16_384
# Segments that one search asks at the same time: Chroma computes without holding the interpreter.
_ASKED = 4
# Ids that are listed in one request, and vectors that are searched in one.
_LISTED = 10_000
_SEARCHED = 32
# Two vectors of unit length are one from this cosine on: the index keeps numbers of four bytes, and makes lengths equal once more.
_SAME = 0.999
# Deleted vectors that are worth it to make files smaller: about 2 MB at 384 numbers each.
_FEWEST_DELETED = 1_000


class Scored(NamedTuple):
    """A chunk that a search found, with its score there."""

    chunk: int
    score: float


class DenseIndex:
    """Segments by key. `tag` names embedder, prompts and calibration: vectors made otherwise never meet in one collection.

    A segment holds the chunks of `segment` numbers. An index that was made with others has to be cleared before.
    """

    def __init__(self, place: Place, tag: str, *, segment: int = SEGMENT) -> None:
        self._place = place
        self._tag = tag
        self._segment = segment
        self._lock = threading.Lock()
        self._open: Opened | None = None
        self._known: dict[str, dict[int, Collection]] | None = None
        self._threads: concurrent.futures.ThreadPoolExecutor | None = None
        self._gate = Gate()
        self._deleted = 0  # vectors whose space has not been given back

    @contextlib.contextmanager
    def _using(self) -> Iterator[None]:
        with self._gate.together(), self._place.told():
            yield

    def add(self, key: str, ids: Sequence[int], sources: Sequence[int], vectors: np.ndarray) -> None:
        """Insert or replace chunks: vectors (n, dimension), centred, unit length."""
        with self._using():
            step = self._opened().get_max_batch_size()
            for number, rows in self._by_segment(ids).items():
                collection = self._made(key, number)
                for at in range(0, len(rows), step):
                    part = rows[at : at + step]
                    collection.upsert(
                        ids=[str(ids[row]) for row in part],
                        embeddings=vectors[part],
                        metadatas=[{"source": sources[row]} for row in part],
                    )

    def delete(self, key: str, ids: Sequence[int]) -> None:
        """Remove chunks; unknown ids are no error. A segment that is empty then goes, with its files."""
        with self._using():
            step = self._opened().get_max_batch_size()
            segments = self._segments(key)
            for number, rows in self._by_segment(ids).items():
                if (collection := segments.get(number)) is None:
                    continue
                for at in range(0, len(rows), step):
                    collection.delete(ids=[str(ids[row]) for row in rows[at : at + step]])
                if not collection.count():
                    self._drop(key, number)
        self._deleted += len(ids)

    def search(self, key: str, vector: np.ndarray, limit: int, sources: Sequence[int] | None = None) -> list[Scored]:
        """Chunk ids and cosines (-1..1), nearest first; only from `sources` where these are given."""
        if sources is not None and not sources:
            return []
        where: Any = {"source": {"$in": list(sources)}} if sources is not None else None

        def ask(number: int, collection: Collection) -> list[Scored]:
            from chromadb.errors import NotFoundError

            try:
                found = collection.query(query_embeddings=[vector], n_results=limit, where=where, include=["distances"])
            except NotFoundError:
                if number in self._segments(key):
                    raise
                return []  # it was dropped meanwhile
            assert found["distances"] is not None
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            return [Scored(int(chunk), 1.0 - float(distance)) for chunk, distance in pairs]

        with self._using():
            segments = self._segments(key)
            if len(segments) == 1:
                return [one for number, collection in segments.items() for one in ask(number, collection)]
            asked = [self._several().submit(ask, number, collection) for number, collection in segments.items()]
            found = [one for answer in asked for one in answer.result()]
        return heapq.nlargest(limit, found, key=lambda one: one.score)

    def count(self, key: str) -> int:
        """Number of chunks of a key."""
        with self._using():
            return sum(collection.count() for collection in self._segments(key).values())

    # Looking it over

    def ids(self, key: str) -> set[int]:
        """Ids of all chunks of a key; none where there is no segment of it."""
        found: set[int] = set()
        with self._using():
            for collection in self._segments(key).values():
                at = 0
                while part := collection.get(include=[], limit=_LISTED, offset=at)["ids"]:
                    found.update(map(int, part))
                    at += len(part)
        return found

    def dimensions(self, key: str) -> set[int]:
        """How many numbers the vectors of a key have: one size, where all is well; none while it is empty."""
        sizes: set[int] = set()
        with self._using():
            for collection in self._segments(key).values():
                found = collection.get(include=["embeddings"], limit=1)["embeddings"]
                sizes.update(len(vector) for vector in (found if found is not None else ()))
        return sizes

    def found_by_themselves(self, key: str, ids: Sequence[int], vectors: np.ndarray) -> set[int]:
        """Those of these chunks that a search of their segment by their own vector finds, or that stand as near as what was found instead."""
        found: set[int] = set()
        with self._using():
            segments = self._segments(key)
            for number, rows in self._by_segment(ids).items():
                if (collection := segments.get(number)) is None:
                    continue
                for at in range(0, len(rows), _SEARCHED):
                    part = rows[at : at + _SEARCHED]
                    answer = collection.query(query_embeddings=list(vectors[part]), n_results=10, include=["distances"])
                    assert answer["distances"] is not None
                    for row, near, distances in zip(part, answer["ids"], answer["distances"], strict=True):
                        # Many passages may have the same words, and so the same vector: then ten others may come first.
                        if str(ids[row]) in near or (len(near) == 10 and distances[-1] < 1e-3):
                            found.add(ids[row])
        return found

    def holding(self, key: str, ids: Sequence[int], vectors: np.ndarray) -> set[int]:
        """Those of these chunks whose vector in the index is this one (n, dimension), whether a search reaches it or not."""
        held: set[int] = set()
        with self._using():
            segments = self._segments(key)
            for number, rows in self._by_segment(ids).items():
                if (collection := segments.get(number)) is None:
                    continue
                answer = collection.get(ids=[str(ids[row]) for row in rows], include=["embeddings"])
                found = answer["embeddings"]
                stored = dict(zip(map(int, answer["ids"]), found if found is not None else (), strict=True))
                held.update(
                    ids[row] for row in rows if ids[row] in stored and float(np.dot(stored[ids[row]], vectors[row])) >= _SAME
                )
        return held

    def stray(self, keys: set[str]) -> int:
        """Number of chunks, of this embedder, in collections with other keys than these."""
        with self._using():
            kept = [one for one in self._ours() if (one.metadata or {}).get("tag") == self._tag]
            return sum(one.count() for one in kept if (one.metadata or {}).get("notebook") not in keys)

    def stray_everywhere(self, keys: set[str]) -> int:
        """Number of chunks, of any embedder, in collections with other keys than these."""
        with self._using():
            return sum(one.count() for one in self._ours() if (one.metadata or {}).get("notebook") not in keys)

    def loose(self, keys: set[str], tags: set[str]) -> int:
        """Number of collections of other notebooks than these, or of other tags than these."""
        with self._using():
            return len(self._loose(keys, tags))

    def drop_loose(self, keys: set[str], tags: set[str]) -> None:
        """Delete the collections of other notebooks than these, and of other tags than these."""
        with self._using():
            for one in self._loose(keys, tags):
                self._opened().delete_collection(one.name)
                self._deleted += _FEWEST_DELETED

    def outdated(self) -> bool:
        """Whether there are collections of an earlier version, which had one for each notebook: they are not searched any more."""
        with self._using():
            return any(_is_outdated(one) for one in self._ours())

    def drop_outdated(self) -> None:
        """Delete the collections of an earlier version."""
        with self._using():
            for one in self._ours():
                if _is_outdated(one):
                    self._opened().delete_collection(one.name)
                    self._deleted += _FEWEST_DELETED
                self._deleted += _FEWEST_DELETED

    def _loose(self, keys: set[str], tags: set[str]) -> list[Collection]:
        told = [(one, one.metadata or {}) for one in self._ours()]
        return [one for one, metadata in told if metadata.get("notebook") not in keys or metadata.get("tag") not in tags]

    def _ours(self) -> list[Collection]:
        """The collections of this library; a server may hold those of others."""
        marked = [one for one in self._opened().list_collections() if "notebook" in (one.metadata or {})]
        return [one for one in marked if not self._place.url or (one.metadata or {}).get("library") == self._place.owner]

    # Making anew

    def drop_wasteful(self, key: str) -> None:
        """Delete the segments whose files were mostly of deleted vectors when they were opened, to be filled anew."""
        with self._using():
            for number, collection in self._segments(key).items():
                left = collection.count()
                assert self._open is not None, "its segments were listed"
                deleted = self._open.elements.get(str(collection.id), 0) - left
                if deleted >= max(_FEWEST_DELETED, left):
                    self._drop(key, number)

    def give_space_back(self) -> None:
        """Where much was deleted, close the files and open them again, which gives its space back; searches wait for that."""
        if self._place.url or self._deleted < _FEWEST_DELETED:
            return
        self._deleted = 0
        with self._gate.alone():
            self.close()
            with self._place.told():
                self._opened()

    def clear(self, key: str) -> None:
        """Empty all segments of a key, to be filled anew."""
        with self._using():
            for number in list(self._segments(key)):
                self._drop(key, number)

    def clear_all(self) -> None:
        """Delete the whole index, whatever state it is in, to be filled anew."""
        if self._place.url:
            self.drop_loose(set(), set())
            with self._lock:
                self._known = None
        else:
            self.close()
            self._place.clear()

    def close(self) -> None:
        """Let go of files and threads. The object can be used again and reopens."""
        with self._lock:
            opened, self._open = self._open, None
            threads, self._threads = self._threads, None
            self._known = None
        if threads is not None:
            threads.shutdown()
        if opened is not None:
            opened.close()

    # Segments

    def _by_segment(self, ids: Sequence[int]) -> dict[int, list[int]]:
        """Positions of chunks in `ids`, by the number of their segment."""
        rows: dict[int, list[int]] = {}
        for row, chunk in enumerate(ids):
            rows.setdefault(chunk // self._segment, []).append(row)
        return rows

    def _segments(self, key: str) -> Mapping[int, Collection]:
        """The segments of a key that there are, by number."""
        self._opened()
        with self._lock:
            known = self._known
        if known is None:
            known = {}
            for one in self._ours():
                metadata = one.metadata or {}
                if metadata.get("tag") == self._tag and not _is_outdated(one):
                    known.setdefault(str(metadata["notebook"]), {})[int(str(metadata["segment"]))] = one
            with self._lock:
                self._known = known = self._known if self._known is not None else known
        with self._lock:
            return dict(known.get(key, {}))

    def _made(self, key: str, number: int) -> Collection:
        """A segment, made where there is none."""
        found = self._segments(key).get(number)
        if found is not None:
            return found
        owner = {"library": self._place.owner} if self._place.url else {}
        made = self._opened().get_or_create_collection(
            self._name(key, number),
            configuration={"hnsw": _HNSW},
            metadata={"notebook": key, "tag": self._tag, "segment": number, **owner},
            embedding_function=None,
        )
        with self._lock:
            if self._known is not None:
                self._known.setdefault(key, {})[number] = made
        return made

    def _drop(self, key: str, number: int) -> None:
        from chromadb.errors import ChromaError

        with self._lock:
            if self._known is not None:
                self._known.get(key, {}).pop(number, None)
        with contextlib.suppress(ChromaError):  # a missing or damaged collection is what is being cleared away
            self._opened().delete_collection(self._name(key, number))
        self._deleted += _FEWEST_DELETED

    def _several(self) -> concurrent.futures.ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._threads = concurrent.futures.ThreadPoolExecutor(_ASKED, "segment")
            return self._threads

    def _name(self, key: str, number: int) -> str:
        owner = f"{self._place.owner}\0" if self._place.url else ""
        digest = hashlib.sha256(f"{owner}{key}\0{self._tag}\0{number}".encode()).hexdigest()[:32]
        return f"segment-{digest}"  # a name may be Japanese, Chroma's may not

    def _opened(self) -> ClientAPI:
        with self._lock:
            if self._open is None:
                self._open = self._place.open()
            return self._open.client


def _is_outdated(collection: Collection) -> bool:
    return "segment" not in (collection.metadata or {})
