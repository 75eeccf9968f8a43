"""What test_kill.py kills: an ingest with an instant embedder, in a process that tells of every event."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from core.settings import Settings
from ingest.pipeline import IngestPipeline
from store.library import Library
from tests.doubles import HashEmbedder

NOTEBOOK = 1


class PausingEmbedder(HashEmbedder):
    """Takes a few milliseconds, so that there are moments between two steps."""

    def _encode(self, texts: list[str]) -> np.ndarray:
        time.sleep(0.005)
        return super()._encode(texts)


def narrow(library: Path) -> Settings:
    """Settings for a library with many short passages."""
    return Settings(library=library, chunk_width=100)


def ingest(library: Path, files: Sequence[Path], told: Connection) -> None:
    """Ingest files, telling the name of every event."""
    settings = narrow(library)
    with Library.open(library, PausingEmbedder()) as opened:
        assert opened.open_notebook("default").id == NOTEBOOK
        for event in IngestPipeline(opened, settings).run(files, notebook=NOTEBOOK):
            told.send(type(event).__name__)
