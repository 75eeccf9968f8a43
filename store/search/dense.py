"""Vector search: Chroma as an index over the catalog's vectors, one collection per notebook, cosine distance.

The index is disposable: everything in it is made from the catalog, `Library` keeps it level, and deleting it costs a rebuild and nothing
else. It holds language-centred vectors (centring.py). Only one process may write it; the library's lock sees to that.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from store.search.chroma import Opened, Place

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

# Wider than Chroma's defaults (100, 100, 16): recall of the top 100 stays near exact search up to some 100,000 chunks.
_HNSW: CreateHNSWConfiguration = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
# Ids that are listed in one request, and vectors that are searched in one.
_LISTED = 10_000
_SEARCHED = 32


class Scored(NamedTuple):
    """A chunk that a search found, with its score there."""

    chunk: int
    score: float


class DenseIndex:
    """Collections by key. `tag` names embedder, prompts and calibration: vectors made otherwise never meet in one collection."""

    def __init__(self, place: Place, tag: str) -> None:
        self._place = place
        self._tag = tag
        self._lock = threading.Lock()
        self._open: Opened | None = None
        self._collections: dict[str, Collection] = {}

    def add(self, key: str, ids: Sequence[int], sources: Sequence[int], vectors: np.ndarray) -> None:
        """Insert or replace chunks: vectors (n, dimension), centred, unit length."""
        with self._place.told():
            collection = self._collection(key)
            step = self._opened().get_max_batch_size()
            for at in range(0, len(ids), step):
                part = slice(at, at + step)
                collection.upsert(
                    ids=[str(chunk) for chunk in ids[part]],
                    embeddings=vectors[part],
                    metadatas=[{"source": source} for source in sources[part]],
                )

    def delete(self, key: str, ids: Sequence[int]) -> None:
        """Remove chunks; unknown ids are no error."""
        with self._place.told():
            collection = self._collection(key)
            step = self._opened().get_max_batch_size()
            for at in range(0, len(ids), step):
                collection.delete(ids=[str(chunk) for chunk in ids[at : at + step]])

    def search(self, key: str, vector: np.ndarray, limit: int, sources: Sequence[int] | None = None) -> list[Scored]:
        """Chunk ids and cosines (-1..1), nearest first; only from `sources` where these are given."""
        if sources is not None and not sources:
            return []
        where: Any = {"source": {"$in": list(sources)}} if sources is not None else None
        with self._place.told():
            found = self._collection(key).query(query_embeddings=[vector], n_results=limit, where=where, include=["distances"])
        assert found["distances"] is not None
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [Scored(int(chunk), 1.0 - float(distance)) for chunk, distance in pairs]

    def count(self, key: str) -> int:
        """Number of chunks in a collection."""
        with self._place.told():
            return self._collection(key).count()

    # Looking it over

    def ids(self, key: str) -> set[int]:
        """Ids of all chunks in a collection; none where there is no such collection."""
        found: set[int] = set()
        with self._place.told():
            if not any(one.name == self._name(key) for one in self._ours()):
                return found
            collection = self._collection(key)
            while part := collection.get(include=[], limit=_LISTED, offset=len(found))["ids"]:
                found.update(map(int, part))
        return found

    def dimension(self, key: str) -> int:
        """How many numbers the vectors of a collection have; 0 while it is empty."""
        with self._place.told():
            found = self._collection(key).get(include=["embeddings"], limit=1)["embeddings"]
        return len(found[0]) if found is not None and len(found) else 0

    def found_by_themselves(self, key: str, ids: Sequence[int], vectors: np.ndarray) -> set[int]:
        """Those of these chunks that a search by their own vector finds, or that stand as near as whatever was found instead."""
        found: set[int] = set()
        for at in range(0, len(ids), _SEARCHED):
            part = ids[at : at + _SEARCHED]
            with self._place.told():
                answer = self._collection(key).query(
                    query_embeddings=list(vectors[at : at + _SEARCHED]), n_results=10, include=["distances"]
                )
            assert answer["distances"] is not None
            for chunk, near, distances in zip(part, answer["ids"], answer["distances"], strict=True):
                # Many passages may have the same words, and so the same vector: then ten others may come first.
                if str(chunk) in near or (len(near) == 10 and distances[-1] < 1e-3):
                    found.add(chunk)
        return found

    def stray(self, keys: set[str]) -> int:
        """Number of chunks, of this embedder, in collections with other keys than these."""
        with self._place.told():
            kept = [one for one in self._ours() if (one.metadata or {}).get("tag") == self._tag]
            return sum(one.count() for one in kept if (one.metadata or {}).get("notebook") not in keys)

    def stray_everywhere(self, keys: set[str]) -> int:
        """Number of chunks, of any embedder, in collections with other keys than these."""
        with self._place.told():
            return sum(one.count() for one in self._ours() if (one.metadata or {}).get("notebook") not in keys)

    def loose(self, keys: set[str], tags: set[str]) -> int:
        """Number of collections of other notebooks than these, or of other tags than these."""
        with self._place.told():
            return len(self._loose(keys, tags))

    def drop_loose(self, keys: set[str], tags: set[str]) -> None:
        """Delete the collections of other notebooks than these, and of other tags than these."""
        with self._place.told():
            for one in self._loose(keys, tags):
                self._opened().delete_collection(one.name)

    def _loose(self, keys: set[str], tags: set[str]) -> list[Collection]:
        told = [(one, one.metadata or {}) for one in self._ours()]
        return [one for one, metadata in told if metadata.get("notebook") not in keys or metadata.get("tag") not in tags]

    def _ours(self) -> list[Collection]:
        """The collections of this library; a server may hold those of others."""
        marked = [one for one in self._opened().list_collections() if "notebook" in (one.metadata or {})]
        return [one for one in marked if not self._place.url or (one.metadata or {}).get("library") == self._place.owner]

    # Making anew

    def clear(self, key: str) -> None:
        """Empty a collection, to be filled anew."""
        with self._lock:
            self._collections.pop(key, None)
        from chromadb.errors import ChromaError

        with self._place.told():
            client = self._opened()
            with contextlib.suppress(ChromaError):  # a missing or damaged collection is what is being cleared away
                client.delete_collection(self._name(key))

    def clear_all(self) -> None:
        """Delete the whole index, whatever state it is in, to be filled anew."""
        if self._place.url:
            self.drop_loose(set(), set())
            with self._lock:
                self._collections.clear()
        else:
            self.close()
            self._place.clear()

    def close(self) -> None:
        """Let go of files. The object can be used again and reopens."""
        with self._lock:
            opened, self._open = self._open, None
            self._collections.clear()
        if opened is not None:
            opened.close()

    def _name(self, key: str) -> str:
        owner = f"{self._place.owner}\0" if self._place.url else ""
        digest = hashlib.sha256(f"{owner}{key}\0{self._tag}".encode()).hexdigest()[:32]
        return f"notebook-{digest}"  # a name may be Japanese, Chroma's may not

    def _collection(self, key: str) -> Collection:
        client = self._opened()
        with self._lock:
            if key not in self._collections:
                owner = {"library": self._place.owner} if self._place.url else {}
                self._collections[key] = client.get_or_create_collection(
                    self._name(key),
                    configuration={"hnsw": _HNSW},
                    metadata={"notebook": key, "tag": self._tag, **owner},
                    embedding_function=None,
                )
            return self._collections[key]

    def _opened(self) -> ClientAPI:
        with self._lock:
            if self._open is None:
                self._open = self._place.open()
            return self._open.client
