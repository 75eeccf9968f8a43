"""The log: one line an event on standard error, of a time, a level, the module and what happened.

Modules log through `logging.getLogger(__name__)`, in words that hold no question, document, answer, name of a document or key. Where such
a content helps to find a fault it is logged at the level `CONTENTS`, which only the setting KAEDAMA_LOG=contents shows. Keys are never
logged. Other libraries are heard from the level warning on.

A defect follows its line as indented lines: where it happened and what class of exception it was. The exception's message may quote a
document, so that it stands there at the level `CONTENTS` only.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections.abc import Iterator

from core.errors import Defect, KaedamaError

# Below DEBUG (10): whatever people ask and read.
CONTENTS = 5
LEVELS = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "contents": CONTENTS,
}
# Names of this project's packages, whose loggers follow the setting.
PACKAGES = ("app", "cli", "core", "evals", "ingest", "rag", "service", "store", "ui", "__main__")
# Libraries with handlers or levels of their own, which would write in another form or about every request.
_FOREIGN = ("uvicorn", "uvicorn.error", "uvicorn.access", "gradio", "chromadb", "httpx", "httpcore")


class LineFormatter(logging.Formatter):
    """`2026-11-27T22:40:00Z WARNING rag.pipeline: words`, control characters escaped; `contents` adds the messages of exceptions."""

    def __init__(self, *, contents: bool) -> None:
        super().__init__()
        self._contents = contents

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`. What another formatter has left in the record is not used: it holds messages of exceptions."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        lines = [_one_line(f"{moment} {record.levelname} {record.name}: {record.getMessage()}")]
        if record.exc_info:
            lines += [f"  {_one_line(line)}" for line in self._trace(record.exc_info[1])]
        return "\n".join(lines)

    def _trace(self, error: BaseException | None) -> Iterator[str]:
        if error is None:
            return
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is not None:
            yield from self._trace(before)
            yield "which led to"
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"{frame.filename}:{frame.lineno} in {frame.name}"
        kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
        yield f"{kind}: {error}" if self._contents else kind


def configure(level: str) -> None:
    """Let the log begin; `level` is a key of `LEVELS`. A second call replaces the first."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Stderr)]:
        root.removeHandler(handler)
    handler = _Stderr()
    handler.setFormatter(LineFormatter(contents=LEVELS[level] <= CONTENTS))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.addLevelName(CONTENTS, "CONTENTS")
    for name in PACKAGES:
        logging.getLogger(name).setLevel(LEVELS[level])
    for name in _FOREIGN:
        foreign = logging.getLogger(name)
        foreign.handlers.clear()
        foreign.propagate = True
        foreign.setLevel(max(logging.WARNING, LEVELS[level]))


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic for type checkers only
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _one_line(text: str) -> str:
    """Text with its control characters escaped, so that no name and no message of a server forges a line or moves the cursor."""
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode() for character in text)


def as_error(error: BaseException, log: logging.Logger, what: str) -> KaedamaError:
    """The error itself where it is one of ours; else the `Defect` that names its class, logged with its traceback. `what` ended in it."""
    if isinstance(error, KaedamaError):
        return error
    log.error("%s ended in a defect", what, exc_info=error)
    return Defect(detail=type(error).__name__)
