"""The library: what ingest writes and rag reads. It owns the directory and keeps catalog, dense and lexical index level.

Opening is quick and loads nothing heavy, so that a page can list documents at once; `warm` loads the embedder and brings the dense
index level, and every call that needs them does so first.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from core.errors import EmbedderMismatch, Signature, UnknownSource
from core.types import PASSAGE, QUERY, Chunk, Hit, Page, Source
from store.catalog import Catalog, EmbedderRecord, NewSource, content_key, searchable
from store.centring import LanguageMeans, calibration_version, measure
from store.dense import DenseIndex
from store.embedder import Embedder
from store.languages import language_of
from store.lexical import LexicalIndex
from store.lock import LibraryLock

_log = logging.getLogger(__name__)

# Chunks embedded between two reports of progress, and between two looks at "cancelled".
_EMBED_STEP = 64


@dataclass(frozen=True, slots=True)
class QuestionVector:
    """A question ready for search: its language and its centred unit vector, float32 (dimension,)."""

    text: str
    language: str
    vector: np.ndarray


@dataclass(frozen=True, slots=True)
class Health:
    """Counts that must agree: chunks in the catalog, in the dense index and in the lexical index."""

    sources: int
    chunks: int
    dense: int
    lexical: int

    @property
    def level(self) -> bool:
        """Whether both indexes hold exactly the catalog's chunks."""
        return self.chunks == self.dense == self.lexical


class Library:
    """Open with `Library.open`; close it, or use it in a `with` statement. Safe to call from several threads."""

    def __init__(self, directory: Path, lock: LibraryLock, catalog: Catalog, embedder: Embedder) -> None:
        self.directory = directory
        self.catalog = catalog
        self.embedder = embedder
        self._lock = lock
        self._lexical = LexicalIndex(catalog)
        self._dense: DenseIndex | None = None
        self._means: LanguageMeans | None = None
        self._guard = threading.RLock()

    @classmethod
    def open(cls, directory: Path, embedder: Embedder, *, check_embedder: bool = True) -> Library:
        """Take ownership of `directory`, creating it where needed.

        Raises:
            LibraryLocked, LibraryUnwritable, LibraryTooNew, LibraryDamaged: the directory cannot be used.
            EmbedderMismatch: its vectors come from another embedder (unless `check_embedder` is false: for `re_embed`).
        """
        begun = time.monotonic()
        lock = LibraryLock(directory)
        try:
            catalog = Catalog(directory)
            record = catalog.embedder()
            if check_embedder and record is not None and record.signature != embedder.signature:
                raise EmbedderMismatch(directory=directory, found=record.signature, wanted=embedder.signature)
        except BaseException:
            lock.release()
            raise
        _log.info("library opened in %.3f s", time.monotonic() - begun)
        return cls(directory, lock, catalog, embedder)

    def close(self) -> None:
        """Close both indexes and let other processes in."""
        with self._guard:
            if self._dense is not None:
                self._dense.close()
            self.embedder.close()
            self.catalog.close()
            self._lock.release()
        _log.info("library closed")

    def __enter__(self) -> Library:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # Making ready

    def warm(self) -> None:
        """Load the embedder, its language means and the dense index, and bring the latter level with the catalog."""
        with self._guard:
            if self._dense is not None:
                return
            begun = time.monotonic()
            self.embedder.load()
            self._means = self._load_means()
            dense = DenseIndex(self.directory / "chroma", self._tag())
            self._level(dense)
            self._dense = dense
            _log.info("embedder and indexes ready in %.3f s", time.monotonic() - begun)

    def _load_means(self) -> LanguageMeans:
        record = self.catalog.embedder()
        version = calibration_version()
        query, passage = self.embedder.prompts()
        if record is not None and (record.query_prompt, record.passage_prompt) != (query, passage):
            raise EmbedderMismatch(
                directory=self.directory, found=record.signature, wanted=Signature.NEW_PROMPTS(signature=self.embedder.signature)
            )
        if record is not None and record.means is not None and record.means[:8] == version.encode():
            return LanguageMeans.unpack(record.means[8:])
        means = measure({role: lambda texts, role=role: self.embedder.embed(role, texts) for role in (QUERY, PASSAGE)})  # type: ignore[misc]
        self.catalog.set_embedder(self._record(means))
        return means

    def _record(self, means: LanguageMeans) -> EmbedderRecord:
        query, passage = self.embedder.prompts()
        dimension = next(iter(means.means.values())).shape[0]
        return EmbedderRecord(self.embedder.signature, dimension, query, passage, calibration_version().encode() + means.pack())

    def _tag(self) -> str:
        return "\0".join((self.embedder.signature, *self.embedder.prompts(), calibration_version()))

    def _level(self, dense: DenseIndex) -> None:
        """Tell the dense index what it missed; where it still differs from the catalog, fill it anew."""
        self._apply_pending(dense)
        for notebook in self.catalog.notebooks():
            expected = len(self.catalog.chunk_rows(notebook))
            if dense.count(notebook) != expected:
                dense.clear(notebook)
                self._add(dense, self.catalog.chunk_rows(notebook))

    def _apply_pending(self, dense: DenseIndex) -> None:
        rows = self.catalog.query("SELECT chunk, notebook, action FROM pending")
        if not rows:
            return
        for notebook in {str(row[1]) for row in rows}:
            dense.delete(notebook, [int(row[0]) for row in rows if row[1:] == (notebook, "delete")])
        added = [int(row[0]) for row in rows if row[2] == "add"]
        self._add(dense, self.catalog.chunk_rows(ids=added))
        with self.catalog.transaction() as db:
            db.executemany("DELETE FROM pending WHERE chunk = ? AND action = ?", [(row[0], row[2]) for row in rows])

    def _add(self, dense: DenseIndex, rows: Sequence[tuple[int, int, str, str, bytes]]) -> None:
        for notebook in {row[2] for row in rows}:
            mine = [row for row in rows if row[2] == notebook]
            dense.add(notebook, [row[0] for row in mine], [row[1] for row in mine], self._centred(mine))

    def _centred(self, rows: Sequence[tuple[int, int, str, str, bytes]]) -> np.ndarray:
        """Centred vectors (n, dimension) of chunk rows, from the catalog."""
        assert self._means is not None
        stored = self.catalog.vectors(self.embedder.signature, [row[4] for row in rows])
        vectors = np.stack([stored[row[4]] for row in rows])
        for language in {row[3] for row in rows}:
            mine = np.array([row[3] == language for row in rows])
            vectors[mine] = self._means.centre(PASSAGE, language, vectors[mine])
        return vectors

    # Writing

    def embed_steps(self, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, np.ndarray]]:
        """Embed chunks step by step: yields the vectors so far by content key, the same growing dict, until all are there.

        What the catalog has is not embedded again. Vectors of a long document are stored step by step, so that one that is
        interrupted goes on where it stopped. Abandoning the iterator between two steps loses nothing.
        """
        self.warm()
        keyed = {content_key(chunk): chunk for chunk in chunks}
        vectors = self.catalog.vectors(self.embedder.signature, keyed)
        missing = [key for key in keyed if key not in vectors]
        # By length over the whole document, so that the embedder's batches hold little padding.
        missing.sort(key=lambda key: len(keyed[key].text))
        yield vectors
        for at in range(0, len(missing), _EMBED_STEP):
            step = missing[at : at + _EMBED_STEP]
            fresh = self.embedder.embed(PASSAGE, [searchable(keyed[key].heading, keyed[key].text) for key in step])
            found = dict(zip(step, fresh, strict=True))
            if len(missing) > _EMBED_STEP:
                self.catalog.store_vectors(self.embedder.signature, found)
            vectors |= found
            yield vectors

    def embed_chunks(self, chunks: Sequence[Chunk]) -> dict[bytes, np.ndarray]:
        """Vectors of chunks by content key, all at once (see `embed_steps`)."""
        *_, vectors = self.embed_steps(chunks)
        return vectors

    def replace(self, new: NewSource, vectors: dict[bytes, np.ndarray]) -> int:
        """Commit a document (see `Catalog.replace`) and bring the dense index level. Returns the source's id."""
        with self._guard:
            source = self.catalog.replace(new, self.embedder.signature, vectors)
            self.warm()
            assert self._dense is not None
            self._apply_pending(self._dense)
        return source

    def delete(self, notebook: str, name: str) -> None:
        """Remove a document by name, with everything that hangs on it. Raises UnknownSource."""
        with self._guard:
            found = [source.id for source in self.catalog.sources(notebook) if source.name == name]
            if not found or not self.catalog.delete(notebook, found[0]):
                raise UnknownSource(name=name, notebook=notebook)
            if self._dense is not None:  # else the next `warm` applies what is pending
                self._apply_pending(self._dense)

    def re_embed(self, *, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Embed every chunk with this library's embedder, replacing the vectors of another. Returns the number of vectors."""
        with self._guard:
            self.embedder.load()
            means = measure({role: lambda texts, role=role: self.embedder.embed(role, texts) for role in (QUERY, PASSAGE)})  # type: ignore[misc]
            keyed = dict(self.catalog.searchable_texts())
            vectors: dict[bytes, np.ndarray] = {}
            keys = sorted(keyed, key=lambda key: len(keyed[key]))
            for at in range(0, len(keys), _EMBED_STEP):
                progress(len(vectors), len(keyed))
                step = keys[at : at + _EMBED_STEP]
                vectors |= dict(zip(step, self.embedder.embed(PASSAGE, [keyed[key] for key in step]), strict=True))
            progress(len(vectors), len(keyed))
            self.catalog.swap_embedder(self._record(means), vectors)
            if self._dense is not None:
                self._dense.close()
                self._dense = None
            self.warm()
        return len(vectors)

    # Reading

    def sources(self, notebook: str) -> list[Source]:
        """Documents of a notebook by name."""
        return self.catalog.sources(notebook)

    def page(self, source: int, number: int) -> Page | None:
        """One page of a document, with line boxes."""
        return self.catalog.page(source, number)

    def question(self, text: str, among: Iterable[str]) -> QuestionVector:
        """Embed a question; its language is the likeliest of `among`."""
        self.warm()
        assert self._means is not None
        language = language_of(text, tuple(among))
        vector = self._means.centre(QUERY, language, self.embedder.embed(QUERY, [text]))[0]
        return QuestionVector(text, language, vector)

    def search_dense(
        self, notebook: str, question: QuestionVector, limit: int, sources: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        """Chunk ids and language-centred cosines, nearest first."""
        self.warm()
        assert self._dense is not None
        return self._dense.search(notebook, question.vector, limit, sources)

    def search_lexical(self, notebook: str, question: str, limit: int, sources: Sequence[int] | None) -> list[tuple[int, float]]:
        """Chunk ids and coverage of the question's words (0..1), best first."""
        return self._lexical.search(notebook, question, limit, sources)

    def cosines(self, question: QuestionVector, chunks: Sequence[int]) -> dict[int, float]:
        """Language-centred cosines of given chunks, exact, for those that only the word search found."""
        if not chunks:
            return {}
        rows = self.catalog.chunk_rows(ids=chunks)
        scores = self._centred(rows) @ question.vector
        return {row[0]: float(score) for row, score in zip(rows, scores, strict=True)}

    def passage_vectors(self, texts: Sequence[str], language: str) -> np.ndarray:
        """Centred vectors (n, dimension) of free text in one language, embedded as passages."""
        self.warm()
        assert self._means is not None
        return self._means.centre(PASSAGE, language, self.embedder.embed(PASSAGE, texts))

    def hits(self, chunks: Sequence[int]) -> dict[int, Hit]:
        """Chunks as unranked hits, by id."""
        return self.catalog.hits(chunks)

    def health(self) -> Health:
        """Count everything, in all notebooks (loads what is needed)."""
        self.warm()
        assert self._dense is not None
        notebooks = self.catalog.notebooks()
        dense = sum(self._dense.count(notebook) for notebook in notebooks)
        (lexical,) = self.catalog.query("SELECT count(*) FROM lexical_docsize")[0]
        (sources,) = self.catalog.query("SELECT count(*) FROM sources")[0]
        return Health(int(sources), len(self.catalog.chunk_rows()), dense, int(lexical))
