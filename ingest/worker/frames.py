"""What pool and worker say to each other over pipes: frames of eight bytes of length and JSON or raw bytes, and what JSON may hold.

Nothing that a worker says is code, and every value is held against its type and range: a file may have taken the worker over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import IO, Any, TypeVar

from core.errors import DocumentError, error_from
from core.places import Mark, Place, Table
from core.sentences import phrase_from
from core.types import Document, Heading, LineBox, Page, PageKind
from ingest.locating import LinePart, Located
from ingest.recognition import Picture, Recognised, RecognisedLine, RecognitionFault

T = TypeVar("T")
# A frame of JSON from the pool, or of one picture.
MOST_HEAD = 1 << 24
MOST_PICTURE = 1 << 28
# Characters of a name, a title, a label or a phrase from a worker.
_MOST_WORDS = 10_000


def send(stream: IO[bytes], payload: bytes, *, more: bool = False) -> None:
    """Write one frame, which may wait in the stream's buffer where `more` follow at once. Raises OSError."""
    stream.write(len(payload).to_bytes(8, "big"))
    stream.write(payload)
    if not more:
        stream.flush()


def receive(stream: IO[bytes], most: int) -> bytes | None:
    """One frame, or None at the end of the stream or for a frame larger than `most` bytes."""
    head = stream.read(8)
    if len(head) < 8 or (size := int.from_bytes(head, "big")) > most:
        return None
    payload = stream.read(size)
    return payload if len(payload) == size else None


def send_json(stream: IO[bytes], message: dict[str, Any], *, more: bool = False) -> None:
    """Write one frame of JSON, as `send` does. Raises OSError."""
    send(stream, json.dumps(message).encode(), more=more)


def receive_json(stream: IO[bytes], most: int) -> dict[str, Any] | None:
    """One frame of a JSON object; None where there is none."""
    raw = receive(stream, most)
    try:
        message = json.loads(raw) if raw is not None else None
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


# Values


def pack_page(page: Page) -> list[Any]:
    """A page as plain data."""
    return [
        page.number, page.text, page.label, page.width, page.height,
        [[b.start, b.end, b.left, b.top, b.right, b.bottom] for b in page.lines],
        [[heading.start, heading.text] for heading in page.headings],
        [[mark.start, mark.place.to_json()] for mark in page.marks],
        [[table.start, table.body, table.end, table.caption] for table in page.tables],
        page.kind,
    ]  # fmt: skip


def unpack_page(data: object) -> Page:
    """The page that `pack_page` made `data` of. Raises TypeError, ValueError."""
    number, text, label, width, height, lines, headings, marks, tables, kind = _list(data)
    size = len(_of(str, text))
    return Page(
        _count(number, low=1),
        text,
        None if label is None else _words(label),
        tuple(_box(line, size) for line in _list(lines)),
        tuple(Heading(_count(start, high=size), _of(str, words)) for start, words in map(_list, _list(headings))),
        _number(width),
        _number(height),
        tuple(Mark(_count(start, high=size), _place(place)) for start, place in map(_list, _list(marks))),
        tuple(_table(table, size) for table in _list(tables)),
        PageKind(kind),
    )


def pack_end(document: Document) -> dict[str, Any]:
    """What a document has beside its pages."""
    warnings = [warning.to_json() for warning in document.warnings]
    return {"title": document.title, "media_type": document.media_type, "warnings": warnings, "hidden": document.hidden}


def unpack_end(data: dict[str, Any], pages: tuple[Page, ...]) -> Document:
    """The document of these pages. Raises KeyError, TypeError, ValueError."""
    warnings = tuple(phrase_from(_of(dict, warning)) for warning in _list(data["warnings"]))
    return Document(_words(data["title"]), _words(data["media_type"]), pages, warnings, _count(data["hidden"]))


def unpack_error(data: dict[str, Any]) -> DocumentError:
    """The error that a worker tells of. Raises KeyError, TypeError, ValueError."""
    error = error_from(_words(data["code"]), _of(dict, data["fields"]))
    if not isinstance(error, DocumentError):
        raise TypeError(error.code)
    return error


def pack_picture(picture: Picture) -> dict[str, Any]:
    """What is said of a picture; its bytes are a frame of their own."""
    return {"dots_per_inch": picture.dots_per_inch, "script": picture.script}


def unpack_picture(data: dict[str, Any], png: bytes) -> Picture:
    """The picture. Raises KeyError, TypeError, ValueError."""
    return Picture(png, _count(data["dots_per_inch"], low=1, high=10_000), _words(data["script"]))


def pack_part(part: LinePart) -> list[Any]:
    """A part of a line as plain data."""
    return [part.text, part.start, part.end, part.left, part.top, part.right, part.bottom]


def unpack_part(data: object) -> LinePart:
    """The part that `pack_part` made `data` of. Raises TypeError, ValueError."""
    text, start, end, *box = _list(data)
    left, top, right, bottom = map(_number, box)
    return LinePart(_of(str, text), _count(start), _count(end), left, top, right, bottom)


def unpack_located(data: object, parts: Sequence[LinePart]) -> Located:
    """What a worker found of these parts, each kept within its line. Raises TypeError, ValueError."""
    return Located(tuple(_inside(box, part) for box, part in zip(_list(data), parts, strict=True)))


def _inside(box: object, part: LinePart) -> LinePart | None:
    if box is None:
        return None
    left, top, right, bottom = map(_number, _list(box))
    left, top, right, bottom = max(left, part.left), max(top, part.top), min(right, part.right), min(bottom, part.bottom)
    return replace(part, left=left, top=top, right=right, bottom=bottom) if left < right and top < bottom else None


def pack_recognised(recognised: Recognised) -> dict[str, Any]:
    """Recognised text as plain data."""
    lines = [[line.text, line.left, line.top, line.right, line.bottom] for line in recognised.lines]
    return {"lines": lines, "script": recognised.script, "confidence": recognised.confidence, "fault": recognised.fault}


def unpack_recognised(data: dict[str, Any]) -> Recognised:
    """The recognised text. Raises KeyError, TypeError, ValueError."""
    lines = tuple(RecognisedLine(_words(text), *map(_number, box)) for text, *box in map(_list, _list(data["lines"])))
    fault = None if data["fault"] is None else RecognitionFault(data["fault"])
    return Recognised(lines, _words(data["script"]), _number(data["confidence"]), fault)


def _of(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected")
    return value


def _list(value: object) -> list[Any]:
    return _of(list, value)


def _words(value: object) -> str:
    if len(_of(str, value)) > _MOST_WORDS:
        raise ValueError("too long")
    return str(value)


def _count(value: object, *, low: int = 0, high: int = 1 << 53) -> int:
    if not low <= _of(int, value) <= high:
        raise ValueError("out of range")
    return _of(int, value)


def _number(value: object) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):  # type: ignore[arg-type]  # looked at just before
        raise TypeError("number expected")
    return value  # type: ignore[return-value]


def _box(value: object, size: int) -> LineBox:
    start, end, *box = _list(value)
    left, top, right, bottom = map(_number, box)
    return LineBox(_count(start, high=size), _count(end, low=start, high=size), left, top, right, bottom)


def _table(value: object, size: int) -> Table:
    start, body, end, caption = _list(value)
    return Table(_count(start, high=size), _count(body, low=start, high=size), _count(end, low=body, high=size), _of(str, caption))


def _place(value: object) -> Place:
    place = Place.from_json(_of(dict, value))
    for name, kind in Place.__annotations__.items():
        if type(getattr(place, name)).__name__ != kind:
            raise TypeError(name)
    return place
