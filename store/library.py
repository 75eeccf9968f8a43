"""The library: what ingest writes and rag reads. It owns the directory and keeps catalog, dense and lexical index level.

Opening is quick and loads nothing heavy, so that a page can list documents at once; `warm` loads the embedder and brings the dense
index level, and every call that needs them does so first.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import numpy as np

from core.errors import EmbedderMismatch, Signature, UnknownSource
from core.types import PASSAGE, QUERY, Chunk, Hit, Page, Source
from store.catalog import Catalog, EmbedderRecord, NewSource, Notebook, content_key, searchable
from store.embedding.embedder import Embedder
from store.files import Files, Original
from store.health import Health, examined
from store.languages import language_of
from store.lock import LibraryLock
from store.privacy import close_to_others
from store.search.centring import LanguageMeans, calibration_version, measure
from store.search.dense import DenseIndex, Scored
from store.search.levelling import Levelling
from store.search.lexical import LexicalIndex

_log = logging.getLogger(__name__)

# Chunks embedded between two reports of progress, and between two looks at "cancelled".
_EMBED_STEP = 64
# How long a deleted notebook or conversation can be restored.
UNDO_S = 10.0


@dataclass(frozen=True, slots=True)
class QuestionVector:
    """A question ready for search: its language and its centred unit vector, float32 (dimension,)."""

    text: str
    language: str
    vector: np.ndarray


class Library:
    """Open with `Library.open`; close it, or use it in a `with` statement. Safe to call from several threads."""

    def __init__(self, directory: Path, lock: LibraryLock, catalog: Catalog, embedder: Embedder) -> None:
        self.directory = directory
        self.catalog = catalog
        self.files = Files(directory)
        self.embedder = embedder
        self._lock = lock
        self._lexical = LexicalIndex(catalog)
        self._dense: DenseIndex | None = None
        self._levelling: Levelling | None = None
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
        with contextlib.ExitStack() as undo:
            lock = LibraryLock(directory)
            undo.callback(lock.release)
            catalog = Catalog(directory)
            undo.callback(catalog.close)
            record = catalog.vectors.embedder()
            if check_embedder and record is not None and record.signature != embedder.signature:
                raise EmbedderMismatch(directory=directory, found=record.signature, wanted=embedder.signature)
            library = cls(directory, lock, catalog, embedder)
            library.purge()
            if not catalog.found_without:  # else they may belong to the catalog that is missing
                library.files.sweep(catalog.documents.originals())
            close_to_others(directory)
            undo.pop_all()  # all is well: nothing is to be undone
        _log.info("library opened in %.3f s", time.monotonic() - begun)
        return library

    def close(self) -> None:
        """Close both indexes and let other processes in."""
        with self._guard:
            if self._dense is not None:
                self._dense.close()
            self.embedder.close()
            self.catalog.close()
            close_to_others(self.directory)
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
            self._levelling = Levelling(self.catalog, dense, self._means, self.embedder.signature)
            self._levelling.level()
            self._dense = dense
            close_to_others(self.directory)
            _log.info("embedder and indexes ready in %.3f s", time.monotonic() - begun)

    def _load_means(self) -> LanguageMeans:
        record = self.catalog.vectors.embedder()
        version = calibration_version()
        query, passage = self.embedder.prompts()
        if record is not None and (record.query_prompt, record.passage_prompt) != (query, passage):
            raise EmbedderMismatch(
                directory=self.directory, found=record.signature, wanted=Signature.NEW_PROMPTS(signature=self.embedder.signature)
            )
        if record is not None and record.means is not None and record.means[:8] == version.encode():
            return LanguageMeans.unpack(record.means[8:])
        means = measure({role: lambda texts, role=role: self.embedder.embed(role, texts) for role in (QUERY, PASSAGE)})  # type: ignore[misc]
        made = self._record(means)
        if record is not None:
            self._check_size(record, made.dimension)
        self.catalog.vectors.set_embedder(made)
        return means

    def _embed(self, role: str, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors (n, dimension) of texts. Raises EmbedderMismatch where they do not compare with the library's."""
        vectors = self.embedder.embed(role, texts)
        record = self.catalog.vectors.embedder()
        if record is not None and len(texts):
            self._check_size(record, vectors.shape[1])
        return vectors

    def _check_size(self, record: EmbedderRecord, numbers: int) -> None:
        if numbers != record.dimension:
            found, wanted = (
                Signature.NUMBERS(signature=signature, numbers=size)
                for signature, size in ((record.signature, record.dimension), (self.embedder.signature, numbers))
            )
            raise EmbedderMismatch(directory=self.directory, found=found, wanted=wanted)

    def _record(self, means: LanguageMeans) -> EmbedderRecord:
        query, passage = self.embedder.prompts()
        dimension = next(iter(means.means.values())).shape[0]
        return EmbedderRecord(self.embedder.signature, dimension, query, passage, calibration_version().encode() + means.pack())

    def _tag(self) -> str:
        return "\0".join((self.embedder.signature, *self.embedder.prompts(), calibration_version()))

    def _ready(self) -> tuple[DenseIndex, Levelling, LanguageMeans]:
        self.warm()
        assert self._dense is not None
        assert self._levelling is not None
        assert self._means is not None
        return self._dense, self._levelling, self._means

    # Writing

    def embed_steps(self, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, np.ndarray]]:
        """Embed chunks step by step: yields the vectors so far by content key, the same growing dict, until all are there.

        What the catalog has is not embedded again. Vectors of a long document are stored step by step, so that one that is
        interrupted goes on where it stopped. Abandoning the iterator between two steps loses nothing.
        """
        self.warm()
        keyed = {content_key(chunk): chunk for chunk in chunks}
        vectors = self.catalog.vectors.get(self.embedder.signature, keyed)
        missing = [key for key in keyed if key not in vectors]
        # By length over the whole document, so that the embedder's batches hold little padding.
        missing.sort(key=lambda key: len(keyed[key].text))
        yield vectors
        for at in range(0, len(missing), _EMBED_STEP):
            step = missing[at : at + _EMBED_STEP]
            fresh = self._embed(PASSAGE, [searchable(keyed[key]) for key in step])
            found = dict(zip(step, fresh, strict=True))
            if len(missing) > _EMBED_STEP:
                self.catalog.vectors.store(self.embedder.signature, found)
            vectors |= found
            yield vectors

    def embed_chunks(self, chunks: Sequence[Chunk]) -> dict[bytes, np.ndarray]:
        """Vectors of chunks by content key, all at once (see `embed_steps`)."""
        *_, vectors = self.embed_steps(chunks)
        return vectors

    def replace(
        self, new: NewSource, vectors: dict[bytes, np.ndarray], *, document: int | None = None, data: bytes | None = None
    ) -> int:
        """Commit a document (see `Documents.replace`) and bring the dense index level; with `data`, its original is kept.

        Returns the document's number.
        """
        with self._guard, self._loose_originals():
            if data is not None:
                self.files.keep(new.sha256, data)
                new = replace(new, original=True)
            found = self.catalog.documents.replace(new, self.embedder.signature, vectors, document=document)
            self._ready()[1].apply_pending()
        return found

    def keep_original(self, document: int, sha256: str, data: bytes) -> None:
        """Keep the bytes of a document's current version, whose hash they have, where they were not kept before."""
        with self._guard:
            self.files.keep(sha256, data)
            self.catalog.documents.keep_original(document, sha256)

    @contextlib.contextmanager
    def _loose_originals(self) -> Iterator[None]:
        """Remove the originals that no version needs any more after what is done inside."""
        before = self.catalog.documents.originals()
        yield
        self.files.remove(before - self.catalog.documents.originals())

    def delete(self, notebook: int, name: str) -> None:
        """Remove a document by name, with everything that hangs on it. Raises UnknownSource."""
        found = [source.id for source in self.catalog.documents.all(notebook) if source.name == name]
        if not found or not self.delete_documents(found):
            raise UnknownSource(name=name, notebook=self.catalog.notebooks.get(notebook).name)

    def delete_documents(self, documents: Sequence[int]) -> int:
        """Remove documents with everything that hangs on them. Returns how many were there."""
        with self._guard, self._loose_originals():
            count = sum(self.catalog.documents.delete(document) for document in documents)
            self._tell_dense()
        return count

    def _tell_dense(self) -> None:
        if self._levelling is not None:  # else the next `warm` applies what is pending
            self._levelling.apply_pending()

    def re_embed(self, *, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Embed every chunk with this library's embedder, replacing the vectors of another. Returns the number of vectors."""
        with self._guard:
            self.embedder.load()
            means = measure({role: lambda texts, role=role: self.embedder.embed(role, texts) for role in (QUERY, PASSAGE)})  # type: ignore[misc]
            keyed = dict(self.catalog.chunks.searchable_texts())
            vectors: dict[bytes, np.ndarray] = {}
            keys = sorted(keyed, key=lambda key: len(keyed[key]))
            for at in range(0, len(keys), _EMBED_STEP):
                progress(len(vectors), len(keyed))
                step = keys[at : at + _EMBED_STEP]
                vectors |= dict(zip(step, self.embedder.embed(PASSAGE, [keyed[key] for key in step]), strict=True))
            progress(len(vectors), len(keyed))
            self.catalog.vectors.replace_all(self._record(means), vectors)
            if self._dense is not None:
                self._dense.close()
                self._dense = self._levelling = None
            self.warm()
        return len(vectors)

    # Notebooks

    def open_notebook(self, name: str) -> Notebook:
        """The notebook of this name, created where there is none. Raises NotebookNameEmpty."""
        with self._guard:
            return self.catalog.notebooks.named(name) or self.catalog.notebooks.create(name)

    def move_documents(self, documents: Sequence[int], notebook: int) -> None:
        """Put documents into another notebook, without embedding anything anew. Raises UnknownSource, UnknownNotebook."""
        with self._guard:
            self.catalog.documents.move(documents, notebook)
            self._tell_dense()

    def purge(self, older_than_s: float = UNDO_S) -> None:
        """Remove for good what was deleted longer ago than this: notebooks with all that is in them, and conversations."""
        before = time.time() - older_than_s
        with self._guard, self._loose_originals():
            self.catalog.conversations.purge(before)
            self.catalog.notebooks.purge(before)
            self.catalog.documents.purge()
            self._tell_dense()

    # Reading

    def sources(self, notebook: int) -> list[Source]:
        """Documents of a notebook by name."""
        return self.catalog.documents.all(notebook)

    def languages(self, notebook: int) -> list[str]:
        """Languages of a notebook's passages, by code; as fast for many documents as for few."""
        return self.catalog.chunks.languages(notebook)

    def page(self, source: int, number: int, version: int | None = None) -> Page | None:
        """One page of a document, with line boxes: of the current version, or of another that is kept."""
        return self.catalog.documents.page(source, number, version)

    def original(self, document: int, version: int | None = None) -> Original:
        """The file with a document's bytes: the library's copy, or where it has none, the file it came from if that is unchanged.

        Raises: UnknownSource, OriginalMissing.
        """
        found = self.catalog.documents.version(document, version)
        if found is None:
            raise UnknownSource(name=str(document), notebook="")
        return self.files.original(found)

    def question(self, text: str, among: Iterable[str]) -> QuestionVector:
        """Embed a question; its language is the likeliest of `among`."""
        _, _, means = self._ready()
        language = language_of(text, tuple(among))
        vector = means.centre(QUERY, language, self._embed(QUERY, [text]))[0]
        return QuestionVector(text, language, vector)

    def search_dense(self, notebook: int, question: QuestionVector, limit: int, sources: Sequence[int] | None) -> list[Scored]:
        """Chunk ids and language-centred cosines, nearest first."""
        dense, _, _ = self._ready()
        return dense.search(self.catalog.notebooks.collection(notebook), question.vector, limit, sources)

    def search_lexical(self, notebook: int, question: str, limit: int, sources: Sequence[int] | None) -> list[Scored]:
        """Chunk ids and coverage of the question's words (0..1), best first."""
        return self._lexical.search(notebook, question, limit, sources)

    def cosines(self, question: QuestionVector, chunks: Sequence[int]) -> dict[int, float]:
        """Language-centred cosines of given chunks, exact, for those that only the word search found."""
        records = self.catalog.chunks.records(chunks)
        if not records:
            return {}
        scores = self._ready()[1].centred(records) @ question.vector
        return {record.id: float(score) for record, score in zip(records, scores, strict=True)}

    def passage_vectors(self, texts: Sequence[str], language: str) -> np.ndarray:
        """Centred vectors (n, dimension) of free text in one language, embedded as passages."""
        _, _, means = self._ready()
        return means.centre(PASSAGE, language, self._embed(PASSAGE, texts))

    def hits(self, chunks: Sequence[int]) -> dict[int, Hit]:
        """Chunks as unranked hits, by id."""
        return self.catalog.chunks.hits(chunks)

    def health(self) -> Health:
        """Count everything, in all notebooks (loads what is needed)."""
        return examined(self.catalog, self._ready()[0], self.files)
