"""Parsers read hostile files, so they run in a worker process with limits of time, memory and output.

pdfium ends its whole process on some decompression bombs; the worker dies, the document gets a sentence, and the next one a new worker.
Parent and worker send frames over pipes: eight bytes of length, then JSON, a request being followed by a frame of raw bytes.
Nothing that the worker says can run code in the parent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from core.errors import DocumentError, DocumentFault, ParserFailed, ParserTimedOut, error_from
from core.places import Mark, Place, Table
from core.sentences import phrase_from
from core.settings import ROOT, Settings
from core.types import Document, Heading, LineBox, Page, PageKind
from ingest.formats import format_of
from ingest.loader import LoadedFile

# JSON of text and boxes is a few times the text; anything beyond is not an honest answer.
_MOST_REPLY_BYTES_PER_TEXT_MB = 40_000_000
# How often the worker looks whether its parent still lives.
_LOOK_S = 1.0


class Sandbox:
    """A worker that parses one file after another. Use as a context manager. One thread parses; any may stop it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._guard = threading.Lock()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the worker, at once and for good: what is being parsed fails, and so does what comes after."""
        with self._guard:
            self._stopped = True
        self._end()

    def _end(self) -> None:
        with self._guard:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def parse(self, file: LoadedFile) -> Document:
        """Parse a file within the limits. Raises DocumentError."""
        with self._guard:
            if self._stopped:
                raise ParserFailed(name=file.name, media_type=file.media_type, detail=DocumentFault.STOPPED())
            process = self._worker()
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(self._settings.parse_timeout_s, expire)
        timer.start()
        try:
            reply = self._exchange(process, file)
        finally:
            timer.cancel()
            timer.join()  # it may be killing the worker at this moment
        if reply is None or expired.is_set():
            self._end()
        if reply is None:
            if expired.is_set():
                raise ParserTimedOut(name=file.name, limit_s=self._settings.parse_timeout_s)
            raise ParserFailed(name=file.name, media_type=file.media_type, detail=DocumentFault.EXHAUSTED())
        try:
            return _unpack(reply)
        except (KeyError, TypeError, ValueError) as error:  # not from our worker's code: a file has taken it over
            raise ParserFailed(name=file.name, media_type=file.media_type, detail=DocumentFault.NONSENSE()) from error

    def _exchange(self, process: subprocess.Popen[bytes], file: LoadedFile) -> dict[str, Any] | None:
        """Send a file, wait for the answer; None where the worker died."""
        assert process.stdin is not None
        assert process.stdout is not None
        request = {"name": file.name, "media_type": file.media_type}
        try:
            _send(process.stdin, json.dumps(request).encode())
            _send(process.stdin, file.data)
            raw = _receive(process.stdout, int(self._settings.max_text_mb * _MOST_REPLY_BYTES_PER_TEXT_MB))
            reply = json.loads(raw) if raw is not None else None
        except (OSError, ValueError):
            return None
        return reply if isinstance(reply, dict) else None

    def _worker(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._process.communicate()  # it died between two files: close its pipes
            self._process = None
        if self._process is None:
            limits = (self._settings.max_pages, self._settings.max_text_mb, self._settings.parse_memory_mb)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingest.sandbox", *map(str, (*limits, os.getpid()))],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _send(stream: IO[bytes], payload: bytes) -> None:
    stream.write(len(payload).to_bytes(8, "big"))
    stream.write(payload)
    stream.flush()


def _receive(stream: IO[bytes], most: int) -> bytes | None:
    """One frame, or None at the end of the stream or for a frame larger than `most` bytes."""
    head = stream.read(8)
    if len(head) < 8 or (size := int.from_bytes(head, "big")) > most:
        return None
    payload = stream.read(size)
    return payload if len(payload) == size else None


def _pack(document: Document) -> dict[str, Any]:
    pages = [
        [
            page.number, page.text, page.label, page.width, page.height,
            [[b.start, b.end, b.left, b.top, b.right, b.bottom] for b in page.lines],
            [[heading.start, heading.text] for heading in page.headings],
            [[mark.start, mark.place.to_json()] for mark in page.marks],
            [[table.start, table.body, table.end, table.caption] for table in page.tables],
            page.kind,
        ]
        for page in document.pages
    ]  # fmt: skip
    warnings = [warning.to_json() for warning in document.warnings]
    told = {"title": document.title, "media_type": document.media_type, "warnings": warnings, "hidden": document.hidden}
    return {**told, "pages": pages}


def _unpack(reply: dict[str, Any]) -> Document:
    """The document in a reply, or the error that it tells of."""
    if "code" in reply:
        error = error_from(str(reply["code"]), reply["fields"])
        if not isinstance(error, DocumentError):
            raise ValueError(error.code)
        raise error
    pages = tuple(
        Page(
            number, text, label, tuple(LineBox(*line) for line in lines), tuple(Heading(*one) for one in headings), width, height,
            tuple(Mark(start, Place.from_json(place)) for start, place in marks), tuple(Table(*one) for one in tables), PageKind(kind),
        )
        for number, text, label, width, height, lines, headings, marks, tables, kind in reply["pages"]
    )  # fmt: skip
    warnings = tuple(phrase_from(warning) for warning in reply["warnings"])
    return Document(reply["title"], reply["media_type"], pages, warnings, int(reply["hidden"]))


def serve(max_pages: int, max_text_mb: float, memory_mb: int, parent: int) -> None:
    """The worker's loop: requests from standard input, answers to standard output, until the parent closes the pipe."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not reach the answers
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    from ingest.parsers.limits import Limits

    _limit_memory(memory_mb)
    limits = Limits(max_pages, max_text_mb)
    requests = sys.stdin.buffer
    while (head := _receive(requests, 1 << 20)) is not None and (data := _receive(requests, 1 << 40)) is not None:
        request = json.loads(head)
        name, media_type = request["name"], request["media_type"]
        try:
            reply = _pack(format_of(media_type).load_parser()(data, name, limits))
        except DocumentError as error:
            reply = error.to_json()
        except (MemoryError, RecursionError) as error:
            detail = DocumentFault.TOO_DEEP(kind=type(error).__name__)
            reply = ParserFailed(name=name, media_type=media_type, detail=detail).to_json()
        _send(answers, json.dumps(reply).encode())


def _end_with(parent: int) -> None:
    """End this process when its parent was killed, even amid a file that would be read for ever. (Windows does not tell: no harm.)"""
    while os.name == "nt" or os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


def _limit_memory(memory_mb: int) -> None:
    """Bound the worker's address space where the system can (Linux); elsewhere time and output limits remain."""
    try:
        import resource
    except ImportError:  # Windows
        return
    size = memory_mb * 1_000_000
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux" and (hard == resource.RLIM_INFINITY or hard >= size):
        resource.setrlimit(resource.RLIMIT_AS, (size, hard))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    serve(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
