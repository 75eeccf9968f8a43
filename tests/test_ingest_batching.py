"""Files are read ahead within bounds; passages of several documents are embedded in the order of their tokens, each once."""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import FileEmpty
from core.types import Chunk
from ingest.ahead import Ahead, Read
from ingest.batching import ENOUGH, Pool
from ingest.loader import FoundFile, LoadedFile
from store.catalog import searchable
from store.library import Library


def passages_of(words: Sequence[str]) -> tuple[Chunk, ...]:
    """A passage for each of these texts."""
    return tuple(Chunk(1, 0, len(text), text, "en") for text in words)


def test_passages_of_about_as_many_tokens_are_embedded_together(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[list[str]] = []
    plain = library.embedder.embed

    def noted(role: str, texts: Sequence[str]) -> np.ndarray:
        steps.append(list(texts))
        return plain(role, texts)

    library.warm()
    monkeypatch.setattr(library.embedder, "embed", noted)
    latin, japanese = "price list of the harbour ", "港の価格表と支払いの期限についての案内。"
    pool = Pool(library)
    first = pool.add(passages_of([latin * count for count in range(1, 21)] + ["few words"]))
    second = pool.add(passages_of([japanese * count for count in range(1, 21)] + ["few words"]))
    for _ in pool.steps():
        pass
    assert (len(pool), first.missing, second.missing) == (0, set(), set())
    embedded = [text for step in steps for text in step]
    assert len(embedded) == len(set(embedded)) == 41
    lengths = library.embedder.lengths(embedded)
    assert lengths == sorted(lengths)
    assert [len(text) for text in embedded] != sorted(len(text) for text in embedded), "a character of Japanese is more of a token"


def test_what_came_first_is_embedded_first(library: Library) -> None:
    library.warm()
    pool = Pool(library)
    first = pool.add(passages_of([f"{'many words ' * 9} {number}" for number in range(ENOUGH)]))
    second = pool.add(passages_of([f"short {number}" for number in range(20)]))
    for _ in pool.steps():
        pass
    assert (len(first.missing), len(second.missing), len(pool)) == (0, 20, 20)
    assert searchable(second.chunks[0]) == "short 0"


class Files:
    """Files that are read when they are let, noting how many are under way."""

    def __init__(self, passages: int, lanes: int) -> None:
        self.begun: queue.Queue[int] = queue.Queue()
        self.may = threading.Semaphore(0)
        self.chunks = passages_of(["words"]) * passages
        self.ahead = Ahead([FoundFile(Path(str(at)), str(at), str(at)) for at in range(300)], self.read, lanes)

    def read(self, file: FoundFile) -> Read:
        """Read a file, once it is let."""
        self.begun.put(int(file.name))
        self.may.acquire()
        if file.name == "1":
            raise FileEmpty(name=file.name)
        return Read(LoadedFile(file.name, file.origin, b"", "", "text/plain"), chunks=self.chunks)

    def read_on(self, files: Iterable[int]) -> None:
        """Let these be read, the next that are begun."""
        for at in files:
            assert self.begun.get(timeout=60) == at
            self.may.release()


@pytest.mark.parametrize(("passages", "most"), [(1, 96), (100, 22), (5_000, 2)])
def test_files_are_read_ahead_within_bounds(passages: int, most: int) -> None:
    files = Files(passages, lanes=1)  # two could end at the same moment
    with files.ahead:
        files.read_on(range(most))
        readings = [files.ahead.of(at) for at in range(most)]
        concurrent.futures.wait([reading for reading in readings if reading is not None])
        assert all(reading is not None for reading in readings)
        assert files.ahead.of(most) is None
        for at in range(most):
            files.ahead.let_go(at)
        files.read_on(range(most, most + 2))
        files.may.release(1_000)
