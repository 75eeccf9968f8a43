"""Files are read ahead of what is embedded: loaded, hashed, and unless the library has them already, parsed and cut.

How far ahead is bounded by files, by their bytes and by the passages that were read, so that memory does not grow with the number of files.
"""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from core.settings import Settings
from core.types import Chunk, Document
from ingest.engines import Engine
from ingest.formats import format_of
from ingest.loader import FoundFile, LoadedFile, load_file
from ingest.planning import Planner, Way
from ingest.recognition import without_text
from ingest.report import Seconds

# Goes up when the chunker makes something else of the same pages: documents are then read again when they are next ingested.
_CHUNKER_VERSION = 2
# Files under way at a time: enough that notes of one passage fill a batch together.
_MOST_FILES = 96
# Bytes of files under way at a time, unless it is one file: what is parsed of them takes a few times as much memory.
_MOST_BYTES = 64_000_000
# Passages read and not stored yet, from which on no more files are read ahead than there are lanes: four times what is embedded together,
# some 20 MB with the boxes of their lines.
_MOST_PASSAGES = 2_048


@dataclass(frozen=True, slots=True)
class Read:
    """A file that has been read: loaded and, unless it is already in the library, parsed and cut."""

    loaded: LoadedFile
    document: Document | None = None
    chunks: tuple[Chunk, ...] = ()
    seconds: Seconds = Seconds()


class Reader:
    """Reads single files with an engine. Safe from several threads."""

    def __init__(self, settings: Settings, engine: Engine, planner: Planner) -> None:
        self._settings = settings
        self._engine = engine
        self._planner = planner

    def read(self, file: FoundFile) -> Read:
        """Load a file and, unless the library has it already, parse and cut it. Raises DocumentError."""
        begun = time.perf_counter()
        loaded = load_file(file, self._settings.max_file_mb, self._settings.read_timeout_s)
        seconds = Seconds(load=time.perf_counter() - begun)
        if self._planner.plan(file, loaded.sha256, self.way_of(loaded)).current:
            return Read(loaded, seconds=seconds)
        return self.parse(Read(loaded, seconds=seconds))

    def parse(self, read: Read) -> Read:
        """Parse and cut a file that was loaded. Raises DocumentError."""
        begun = time.perf_counter()
        found = self._engine.read(read.loaded)
        if not found.chunks:  # no letter or digit on any page
            raise without_text(read.loaded.name, found.document)
        seconds = replace(read.seconds, parse=time.perf_counter() - begun)
        return replace(read, document=found.document, chunks=found.chunks, seconds=seconds)

    def way_of(self, loaded: LoadedFile) -> Way:
        """How a file is read: documents that were read in another way are worth reading again."""
        version = format_of(loaded.media_type).version
        way = f"{loaded.media_type}.{version}.{_CHUNKER_VERSION}.{self._settings.chunk_width}"
        return Way(way, loaded.given.encoding, loaded.given.afresh)


class Ahead:
    """The files of a run, read ahead in order. Use as a context manager; leaving it waits for no file."""

    def __init__(self, files: Sequence[FoundFile], read: Callable[[FoundFile], Read], lanes: int) -> None:
        self._files = files
        self._read = read
        self._lanes = lanes
        self._threads = concurrent.futures.ThreadPoolExecutor(lanes, "reader")
        self._guard = threading.Lock()
        self._reading: dict[int, concurrent.futures.Future[Read]] = {}
        self._sizes: dict[int, int] = {}
        self._took: dict[int, float] = {}
        self._passages: dict[int, int] = {}
        self._begun = 0
        self._left = False

    def __enter__(self) -> Ahead:
        self._go_on()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._guard:
            self._left = True
        self._threads.shutdown(cancel_futures=True)

    def of(self, at: int) -> concurrent.futures.Future[Read] | None:
        """The reading of file number `at`, from 0; None where it has not begun, since too much is under way."""
        with self._guard:
            return self._reading.get(at)

    def took(self, at: int) -> float:
        """Seconds that reading file number `at` took, once it is done."""
        return self._took[at]

    def let_go(self, at: int) -> None:
        """File number `at` is over: what was read of it is let go, and as much more is read."""
        with self._guard:
            del self._reading[at], self._sizes[at]
            self._passages.pop(at, None)
            self._took.pop(at, None)
        self._go_on()

    def _read_one(self, at: int) -> Read:
        passages, begun = 0, time.perf_counter()
        try:
            read = self._read(self._files[at])
            passages = len(read.chunks)
            return read
        finally:
            with self._guard:
                if at in self._reading:
                    self._passages[at] = passages
                    self._took[at] = time.perf_counter() - begun
            self._go_on()

    def _go_on(self) -> None:
        """Begin to read as many more files as the bounds let."""
        with self._guard:
            while not self._left and self._begun < len(self._files) and self._has_room():
                self._reading[self._begun] = self._threads.submit(self._read_one, self._begun)
                self._begun += 1

    def _has_room(self) -> bool:
        """Whether the next file may be read now."""
        if len(self._reading) > self._lanes:  # so many are read whatever the others hold
            unread = len(self._reading) - len(self._passages)
            if len(self._reading) >= _MOST_FILES or unread >= self._lanes or sum(self._passages.values()) >= _MOST_PASSAGES:
                return False
        size = self._files[self._begun].size
        under_way = sum(self._sizes.values())
        if under_way and under_way + size > _MOST_BYTES:
            return False
        self._sizes[self._begun] = size
        return True
