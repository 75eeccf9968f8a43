"""The library: what ingest writes and rag reads. It owns the directory and keeps catalog, dense and lexical index level.

Opening is quick and loads nothing heavy, so that a page can list documents at once; `warm` loads the embedder and brings the dense
index level, and every call that needs them does so first.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np

from core.errors import EmbedderMismatch, Signature, UnknownSource
from core.types import PASSAGE, QUERY, Chunk, Hit, Page, Source
from store.catalog import Catalog, EmbedderRecord, NewSource, Notebook, content_key, searchable
from store.embedding.embedder import Embedder
from store.files import Files, Original
from store.health import Examination, Health, examined
from store.languages import language_of
from store.lock import LibraryLock
from store.made_vectors import Nearness, QuestionVector, VectorsOf, record_of
from store.privacy import RESTORING, close_to_others
from store.re_embedding import ReEmbedding
from store.search.centring import LanguageMeans, means_of
from store.search.chroma import Place
from store.search.dense import DenseIndex, Scored
from store.search.levelling import Levelling
from store.search.lexical import LexicalIndex

_log = logging.getLogger(__name__)

# How long a deleted notebook or conversation can be restored.
UNDO_S = 10.0


class Library:
    """Open with `Library.open`; close it, or use it in a `with` statement. Safe to call from several threads."""

    def __init__(self, directory: Path, lock: LibraryLock, catalog: Catalog, embedder: Embedder, chroma_url: str = "") -> None:
        self.directory = directory
        self.catalog = catalog
        self.files = Files(directory)
        self.embedder = embedder
        self.place = Place(directory / "chroma", chroma_url, catalog.identity)
        self._lock = lock
        self.lexical = LexicalIndex(catalog)
        self._asked: QuestionVector | None = None
        self._dense: DenseIndex | None = None
        self._levelling: Levelling | None = None
        self._means: LanguageMeans | None = None
        self._guard = threading.RLock()

    @classmethod
    def open(cls, directory: Path, embedder: Embedder, *, check_embedder: bool = True, chroma_url: str = "") -> Library:
        """Take ownership of `directory`, creating it where needed; the dense index is in it, or at the Chroma server `chroma_url`.

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
            library = cls(directory, lock, catalog, embedder, chroma_url)
            library.purge()
            if catalog.is_loose:
                catalog.shrink()
            shutil.rmtree(directory / RESTORING, ignore_errors=True)  # left by a restore that was killed
            if not catalog.found_without:  # else they may belong to the catalog that is missing
                library.files.sweep(catalog.documents.originals())
                library.files.pictures.sweep(catalog.documents.hashes)
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

    @property
    def ready(self) -> bool:
        """Whether `warm` has nothing left to do."""
        return self._dense is not None

    def warm(self) -> None:
        """Load the embedder, its language means and the dense index, and bring the latter level with the catalog."""
        with self._guard:
            if self._dense is not None:
                return
            begun = time.monotonic()
            self.embedder.load()
            self._means = self._load_means()
            record = self.catalog.vectors.embedder()
            assert record is not None, "its means were measured"
            dense = DenseIndex(self.place, record.tag)
            levelling = Levelling(self.catalog, dense, self._means, record.signature)
            try:
                levelling.level()
            except BaseException:
                dense.close()
                raise
            self._dense, self._levelling = dense, levelling
            if self.catalog.vectors.remove_left():
                dense.drop_loose(self.catalog.notebooks.collections(), self.catalog.vectors.tags())
            close_to_others(self.directory)
            _log.info("embedder and indexes ready in %.3f s", time.monotonic() - begun)

    def _load_means(self) -> LanguageMeans:
        record = self.catalog.vectors.embedder()
        query, passage = self.embedder.prompts()
        if record is not None and (record.query_prompt, record.passage_prompt) != (query, passage):
            raise EmbedderMismatch(
                directory=self.directory, found=record.signature, wanted=Signature.NEW_PROMPTS(signature=self.embedder.signature)
            )
        known = means_of(record)
        if known is not None:
            return known
        made = record_of(self.embedder)
        if record is not None:
            self._check_size(record, made.dimension)
        self.catalog.vectors.set_embedder(made)
        means = means_of(made)
        assert means is not None, "it was measured just now"
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

    def _ready(self) -> tuple[DenseIndex, Levelling, LanguageMeans]:
        self.warm()
        assert self._dense is not None
        assert self._levelling is not None
        assert self._means is not None
        return self._dense, self._levelling, self._means

    # Writing

    def known_vectors(self, keys: Iterable[bytes]) -> VectorsOf:
        """Vectors of the catalog by content key; keys without a vector are absent. Makes ready what embedding needs."""
        self.warm()
        maker = self.embedder
        return VectorsOf(maker, self.catalog.vectors.get(maker.signature, keys))

    def embed_passages(self, texts: Mapping[bytes, str], *, keep: Collection[bytes] = ()) -> VectorsOf:
        """Vectors of searchable texts by content key. Those to `keep` are stored at once, so that a long document goes on where it stopped."""
        self.warm()
        maker = self.embedder
        found = VectorsOf(maker, dict(zip(texts, self._embed(PASSAGE, list(texts.values())), strict=True)))
        if self.embedder is not maker:  # another has taken over
            return self.embed_passages(texts, keep=keep)
        if keep:
            self.catalog.vectors.store(maker.signature, {key: found[key] for key in keep})
        return found

    def embed_chunks(self, chunks: Sequence[Chunk]) -> VectorsOf:
        """Vectors of chunks by content key. What the catalog has is not embedded again."""
        keyed = {content_key(chunk): chunk for chunk in chunks}
        vectors = self.known_vectors(keyed)
        missing = {key: searchable(chunk) for key, chunk in keyed.items() if key not in vectors}
        fresh = self.embed_passages(missing)
        if fresh.maker is not vectors.maker:
            return self.embed_chunks(chunks)
        vectors |= fresh
        return vectors

    def replace(
        self, new: NewSource, vectors: dict[bytes, np.ndarray], *, document: int | None = None, data: bytes | None = None
    ) -> int:
        """Commit a document (see `Documents.replace`) and bring the dense index level; with `data`, its original is kept.

        Returns the document's number.
        """
        with self._guard, self._loose_originals():
            if isinstance(vectors, VectorsOf) and vectors.maker is not self.embedder:
                vectors = self.embed_chunks(new.chunks)
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
        self.files.pictures.sweep(self.catalog.documents.hashes)

    def delete(self, notebook: int, name: str) -> None:
        """Remove a document by name, with everything that hangs on it. Raises UnknownSource."""
        found = [source.id for source in self.catalog.documents.all(notebook) if source.name == name]
        if not found or not self.delete_documents(found):
            raise UnknownSource(name=name, notebook=self.catalog.notebooks.get(notebook).name)

    def delete_documents(self, documents: Sequence[int]) -> int:
        """Remove documents with everything that hangs on them, and give their space back. Returns how many were there."""
        with self._guard, self._loose_originals():
            count = sum(self.catalog.documents.delete(document) for document in documents)
            self._tell_dense()
        if count:
            self.catalog.shrink()
        return count

    def _tell_dense(self) -> None:
        if self._levelling is not None:  # else the next `warm` applies what is pending
            self._levelling.apply_pending()

    def re_embed(
        self,
        embedder: Embedder | None = None,
        *,
        progress: Callable[[int, int], None] = lambda done, total: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Embed every chunk with another embedder (this library's own, for one that was opened unchecked) and search by it from then on.

        What is searched stays as it is until all vectors are there; other threads may ask and add documents meanwhile. What was made is
        kept, so that the next call goes on from there. Returns whether it is done: false where it was cancelled.
        """
        chosen = embedder or self.embedder
        chosen.load()
        work = ReEmbedding(self.catalog, self.place, chosen, record_of(chosen))
        if not work.embed(progress, cancelled):
            return False
        work.fill()
        with self._guard:
            work.embed(lambda done, total: None, lambda: False)  # what was added meanwhile
            work.fill()
            work.switch()
            if self._dense is not None:
                self._dense.close()
                self._dense = self._levelling = None
            if chosen is not self.embedder:
                self.embedder.close()
                self.embedder, self._asked = chosen, None
            self.warm()
        return True

    # Notebooks

    def open_notebook(self, name: str) -> Notebook:
        """The notebook that a name opens, created where there is none. Raises NotebookNameEmpty."""
        with self._guard:
            return self.catalog.notebooks.opened_by(name) or self.catalog.notebooks.create(name)

    def move_documents(self, documents: Sequence[int], notebook: int) -> None:
        """Put documents into another notebook, without embedding anything anew. Raises UnknownSource, UnknownNotebook."""
        with self._guard:
            self.catalog.documents.move(documents, notebook)
            self._tell_dense()

    def purge(self, older_than_s: float = UNDO_S) -> None:
        """Remove for good what was deleted longer ago than this, notebooks with all that is in them and conversations, with their space."""
        before = time.time() - older_than_s
        with self._guard, self._loose_originals():
            removed = self.catalog.conversations.purge(before) + self.catalog.documents.purge()
            notebooks = self.catalog.notebooks.purge(before)
            self._tell_dense()
        if notebooks:
            self.catalog.shrink()
        elif removed:
            self.catalog.connections.shrink()

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
        """Embed a question; its language is the likeliest of `among`. The one asked last is remembered: its steps ask one after another."""
        language = language_of(text, tuple(among))
        maker, asked = self.embedder, self._asked
        if asked is None or (asked.text, asked.language, asked.maker) != (text, language, maker):
            vector = self._ready()[2].centre(QUERY, language, self._embed(QUERY, [text]))[0]
            asked = self._asked = QuestionVector(text, language, vector, maker)
        return asked if self.embedder is maker else self.question(text, (language,))

    def _current(self, question: QuestionVector) -> QuestionVector:
        """The question by the embedder that is searched now, whichever it was when it was asked."""
        return question if question.maker in (None, self.embedder) else self.question(question.text, (question.language,))

    def search_dense(self, notebook: int, question: QuestionVector, limit: int, sources: Sequence[int] | None) -> list[Scored]:
        """Chunk ids and language-centred cosines, nearest first."""
        dense, _, _ = self._ready()
        return dense.search(self.catalog.notebooks.collection(notebook), self._current(question).vector, limit, sources)

    def nearness(self, question: QuestionVector, chunks: Sequence[int]) -> dict[int, Nearness]:
        """How near chunks are to a question, exact."""
        records = self.catalog.chunks.records(chunks)
        if not records:
            return {}
        vectors = self._ready()[1].centred(records)
        near = map(Nearness, (vectors @ self._current(question).vector).tolist(), self.crowding(vectors).tolist())
        return dict(zip((record.id for record in records), near, strict=True))

    def passage_vectors(self, texts: Sequence[str], language: str) -> np.ndarray:
        """Centred vectors (n, dimension) of free text in one language, embedded as passages."""
        return self._ready()[2].centre(PASSAGE, language, self._embed(PASSAGE, texts))

    def crowding(self, vectors: np.ndarray) -> np.ndarray:
        """See `LanguageMeans.crowding`."""
        return self._ready()[2].crowding(vectors)

    def hits(self, chunks: Sequence[int]) -> dict[int, Hit]:
        """Chunks as unranked hits, by id."""
        return self.catalog.chunks.hits(chunks)

    def examination(self) -> Examination:
        """An examination of this library, which needs no embedder. The dense index is closed for it, and opened again when needed."""
        with self._guard:
            if self._dense is not None:
                self._dense.close()
                self._dense = self._levelling = None
            return Examination(self.catalog, self.files, self.place, self.embedder.signature)

    def health(self) -> Health:
        """Count everything, in all notebooks (loads what is needed)."""
        return examined(self.catalog, self._ready()[0], self.files)
