"""Vector search: Chroma as an index over the catalog's vectors, one collection per notebook, cosine distance.

The index is disposable: everything in it is made from the catalog, `Library` keeps it level, and deleting its directory costs a
rebuild and nothing else. It holds language-centred vectors (centring.py). Only one process may write it; the library's lock sees to that.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from core.errors import IndexUnusable

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

# Wider than Chroma's defaults (100, 100, 16): recall of the top 100 stays near exact search up to some 100,000 chunks.
_HNSW: CreateHNSWConfiguration = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}


class Scored(NamedTuple):
    """A chunk that a search found, with its score there."""

    chunk: int
    score: float


class DenseIndex:
    """Collections by key. `tag` names embedder, prompts and calibration: vectors made otherwise never meet in one collection."""

    def __init__(self, directory: Path, tag: str) -> None:
        self._directory = directory
        self._tag = tag
        self._lock = threading.Lock()
        self._client: ClientAPI | None = None
        self._collections: dict[str, Collection] = {}

    def add(self, key: str, ids: Sequence[int], sources: Sequence[int], vectors: np.ndarray) -> None:
        """Insert or replace chunks: vectors (n, dimension), centred, unit length."""
        with self._told():
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
        with self._told():
            collection = self._collection(key)
            step = self._opened().get_max_batch_size()
            for at in range(0, len(ids), step):
                collection.delete(ids=[str(chunk) for chunk in ids[at : at + step]])

    def search(self, key: str, vector: np.ndarray, limit: int, sources: Sequence[int] | None = None) -> list[Scored]:
        """Chunk ids and cosines (-1..1), nearest first; only from `sources` where these are given."""
        if sources is not None and not sources:
            return []
        where: Any = {"source": {"$in": list(sources)}} if sources is not None else None
        with self._told():
            found = self._collection(key).query(query_embeddings=[vector], n_results=limit, where=where, include=["distances"])
        assert found["distances"] is not None
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return [Scored(int(chunk), 1.0 - float(distance)) for chunk, distance in pairs]

    def count(self, key: str) -> int:
        """Number of chunks in a collection."""
        with self._told():
            return self._collection(key).count()

    def stray(self, keys: set[str]) -> int:
        """Number of chunks, of this embedder, in collections with other keys than these."""
        with self._told():
            kept = [one for one in self._opened().list_collections() if (one.metadata or {}).get("tag") == self._tag]
            return sum(one.count() for one in kept if (one.metadata or {}).get("notebook") not in keys)

    def clear(self, key: str) -> None:
        """Empty a collection, to be filled anew."""
        with self._lock:
            self._collections.pop(key, None)
        client = self._opened()
        from chromadb.errors import ChromaError

        with contextlib.suppress(ChromaError):  # a missing or damaged collection is what is being cleared away
            client.delete_collection(self._name(key))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what Chroma reports into the library's error."""
        from chromadb.errors import ChromaError

        try:
            yield
        except ChromaError as error:
            raise IndexUnusable(directory=self._directory, detail=str(error)) from error

    def close(self) -> None:
        """Let go of files. The object can be used again and reopens."""
        with self._lock:
            client, self._client = self._client, None
            self._collections.clear()
        if client is not None:
            client.close()  # type: ignore[attr-defined]  # on the client, not in its declared interface

    def _name(self, key: str) -> str:
        digest = hashlib.sha256(f"{key}\0{self._tag}".encode()).hexdigest()[:32]
        return f"notebook-{digest}"  # a name may be Japanese, Chroma's may not

    def _collection(self, key: str) -> Collection:
        client = self._opened()
        with self._lock:
            if key not in self._collections:
                self._collections[key] = client.get_or_create_collection(
                    self._name(key),
                    configuration={"hnsw": _HNSW},
                    metadata={"notebook": key, "tag": self._tag},
                    embedding_function=None,
                )
            return self._collections[key]

    def _opened(self) -> ClientAPI:
        with self._lock:
            if self._client is None:
                import chromadb
                from chromadb.config import Settings

                _sweep(self._directory)
                settings = Settings(anonymized_telemetry=False)
                self._client = chromadb.PersistentClient(str(self._directory), settings)
            return self._client


def _sweep(directory: Path) -> None:
    """Delete the folders that Chroma leaves behind when a collection is deleted (seen with 1.5.9)."""
    database = directory / "chroma.sqlite3"
    if not database.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            known = {str(row[0]) for row in db.execute("SELECT id FROM segments")}
    except sqlite3.DatabaseError:
        shutil.rmtree(directory)  # not a database any more: it is rebuilt from the catalog
        return
    for folder in directory.iterdir():
        if folder.is_dir() and _is_uuid(folder.name) and folder.name not in known:
            shutil.rmtree(folder)


def _is_uuid(name: str) -> bool:
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True
