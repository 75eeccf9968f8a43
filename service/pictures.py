"""Pictures of pages: drawn on demand by a worker process of their own, which reads one file at a time, and kept on disk."""

from __future__ import annotations

import concurrent.futures
import hashlib
import math
import threading
from collections.abc import Callable
from dataclasses import replace

from core.errors import DocumentFault, OriginalMissing, PageMissing, ParserFailed
from core.settings import Settings
from core.types import Page
from ingest.formats import format_of
from ingest.loader import LoadedFile
from ingest.locating import LinePart, Located
from ingest.tasks import Locate, Render
from ingest.workers import WorkerPool
from store.catalog import StoredVersion
from store.files import Original
from store.pictures import PictureKey, Pictures

_POINTS_PER_INCH = 72
# Pixels across that a page is drawn with at least and at most: a thumbnail, a large screen of high density at three times its width.
LEAST_WIDTH, MOST_WIDTH = 64, 6_000
# A renderer takes no more dots an inch than frames.py allows for pictures.
_MOST_DOTS = 1_200
# A page that takes longer to draw is given up, in seconds; pages behind it wait for it.
_LONGEST_S = 30.0
# The process that draws, and the file that it holds, are given back when nobody has looked at a page for so long, in seconds.
_IDLE_S = 300.0


def has_pictures(media_type: str, page: Page) -> bool:
    """Whether a page of a document of this type can be drawn: its format has a renderer, and the page has a size."""
    try:
        drawable = bool(format_of(media_type).renderer)
    except KeyError:  # of a version of Kaedama that read more
        return False
    return drawable and page.width > 0 and page.height > 0


class PageDrawer:
    """Draws pages of originals; safe from several threads. A page that several ask for is drawn once."""

    def __init__(self, kept: Pictures, settings: Settings) -> None:
        self._kept = kept
        self._limit_mb = settings.picture_cache_mb
        self._settings = replace(settings, workers=1, parse_timeout_s=min(settings.parse_timeout_s, _LONGEST_S))
        self._guard = threading.Lock()
        self._pool: WorkerPool | None = None
        self._file: LoadedFile | None = None
        self._drawing: dict[PictureKey, concurrent.futures.Future[bytes]] = {}
        self._idle: threading.Timer | None = None
        self._closed = False

    def drawn(self, version: StoredVersion, page: Page, width: int, find: Callable[[], Original]) -> bytes:
        """A page as PNG, `width` pixels wide give or take a dot an inch; `find` finds the original where it is needed.

        Raises OriginalMissing, DocumentError.
        """
        if not has_pictures(version.media_type, page):
            raise PageMissing(name=version.name, page=page.number)
        width = min(max(width, LEAST_WIDTH), MOST_WIDTH)
        dots = min(max(1, math.ceil(width * _POINTS_PER_INCH / page.width)), _MOST_DOTS)
        key = PictureKey(version.sha256, page.number, dots)
        known = self._kept.get(key)
        return known if known is not None else self._draw(key, version, find)

    def located(self, version: StoredVersion, page: int, parts: tuple[LinePart, ...], find: Callable[[], Original]) -> Located:
        """Where parts of lines of a page stand. Raises OriginalMissing, DocumentError."""
        with self._guard:
            finding = self._running().submit(Locate(self._loaded(version, find), page, parts))
        try:
            return finding.result()
        except concurrent.futures.CancelledError:
            raise _stopped(version) from None

    def warm(self, version: StoredVersion, find: Callable[[], Original]) -> None:
        """Begin a process with this file, so that its pages are drawn sooner. Raises OriginalMissing."""
        with self._guard:
            self._running().submit(Locate(self._loaded(version, find), 1, ()))

    def close(self) -> None:
        """End the process; what is being drawn is given up. Idempotent."""
        with self._guard:
            self._closed = True
        self._release()

    def _draw(self, key: PictureKey, version: StoredVersion, find: Callable[[], Original]) -> bytes:
        with self._guard:
            drawing = self._drawing.get(key)
            mine = drawing is None
            if drawing is None:
                file = self._loaded(version, find)
                drawing = self._drawing[key] = self._running().submit(Render(file, key.page, key.dots_per_inch))
        try:
            png = drawing.result()
        except concurrent.futures.CancelledError:
            raise _stopped(version) from None
        finally:
            if mine:
                with self._guard:
                    del self._drawing[key]
        if mine:
            self._kept.keep(key, png, self._limit_mb)
        return png

    def _loaded(self, version: StoredVersion, find: Callable[[], Original]) -> LoadedFile:
        """The file with its bytes, which are kept for its next page."""
        if self._file is None or self._file.sha256 != version.sha256:
            data = _read(find(), version)
            self._file = LoadedFile(version.name, "", data, version.sha256, version.media_type)
        return self._file

    def _running(self) -> WorkerPool:
        if self._idle is not None:
            self._idle.cancel()
        if self._pool is None:
            self._pool = WorkerPool(self._settings)
            if self._closed:
                self._pool.stop()
        self._idle = threading.Timer(_IDLE_S, self._release)
        self._idle.daemon = True
        self._idle.start()
        return self._pool

    def _release(self) -> None:
        with self._guard:
            pool, self._pool, self._file = self._pool, None, None
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
        if pool is not None:
            pool.stop()


def _stopped(version: StoredVersion) -> ParserFailed:
    return ParserFailed(name=version.name, media_type=format_of(version.media_type).kind, detail=DocumentFault.STOPPED())


def _read(original: Original, version: StoredVersion) -> bytes:
    """The bytes of an original. Raises OriginalMissing where they are not those that were read into the library."""
    try:
        data = original.path.read_bytes()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != version.sha256:
        raise OriginalMissing(name=version.name, origin=str(original.path))
    return data
