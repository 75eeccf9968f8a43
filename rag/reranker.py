"""An optional second look at the best candidates: a cross-encoder reads question and passage together, which no vector does.

It is many times slower than the search itself, so it sees the first candidates only; what it cannot do is find what was not among them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.errors import ModelFileMissing, Remedy

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# Candidates that are read again. Beyond these the right passage is hardly ever, and each costs as much as embedding it.
DEPTH = 30
_BATCH = 8


class Reranker:
    """A cross-encoder of sentence-transformers by hub id or directory; loaded on first use. Safe from several threads."""

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._threads = threads
        self._model: CrossEncoder | None = None
        self._lock = threading.Lock()

    def order(self, question: str, passages: Sequence[str]) -> list[int]:
        """Positions of the passages, most relevant first; equals keep their order. Raises ModelFileMissing."""
        with self._lock:
            self._model = self._model or self._load()
            pairs: Any = [(question, passage) for passage in passages]
            scores: Any = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False) if pairs else []
        return sorted(range(len(passages)), key=lambda at: -float(scores[at]))

    def _load(self) -> CrossEncoder:
        import torch
        from sentence_transformers import CrossEncoder
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(self._threads)
        try:
            # Checkpoints in float16 are several times slower than float32 on a processor.
            kwargs = {} if torch.cuda.is_available() else {"dtype": torch.float32}
            model: CrossEncoder = CrossEncoder(self._name, model_kwargs=kwargs)
            return model
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            remedy = Remedy.CHECK_RERANKER(detail=reason)
            raise ModelFileMissing(path=self._name, remedy=remedy) from error
