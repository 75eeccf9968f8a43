"""What goes through the pipes between pool and workers: whole frames, whole values, and no nonsense."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ReadingWarning, UnknownType
from core.places import Mark, Place, Table
from core.types import Document, Heading, LineBox, Page, PageKind
from ingest.recognition import Picture, Recognised, RecognisedLine, RecognitionFault
from ingest.worker import frames

PAGE = Page(
    3,
    "猫 cat\nniño",
    "iii",
    (LineBox(0, 5, 1.5, 2.0, 3.25, 4.0),),
    (Heading(6, "niño"),),
    595.0,
    842.0,
    (Mark(0, Place(part="member a.txt", line=3)),),
    (Table(0, 6, 10, "Animals"),),
    PageKind.OCR,
)


def sent(value: Any) -> Any:
    """A value as it arrives."""
    return json.loads(json.dumps(value))


def test_a_document_comes_through_unchanged() -> None:
    warnings = (ReadingWarning.NOTHING_RECOGNISED(pages="3"),)
    document = Document("Title", "application/pdf", (PAGE, Page(4, "")), warnings, 7)
    pages = tuple(frames.unpack_page(sent(frames.pack_page(page))) for page in document.pages)
    assert frames.unpack_end(sent(frames.pack_end(document)), pages) == document


@pytest.mark.parametrize(
    "recognised",
    [Recognised((RecognisedLine("猫", 0, 0.25, 0.5, 1.0),), "japanese", 91.5), Recognised(fault=RecognitionFault.TIMED_OUT)],
    ids=["text", "fault"],
)
def test_recognised_text_comes_through_unchanged(recognised: Recognised) -> None:
    assert frames.unpack_recognised(sent(frames.pack_recognised(recognised))) == recognised


def test_a_picture_comes_through_unchanged() -> None:
    picture = Picture(b"png", 300, "latin")
    assert frames.unpack_picture(sent(frames.pack_picture(picture)), b"png") == picture


@given(st.lists(st.binary(max_size=50), max_size=5))
@settings(deadline=None)
def test_frames_come_out_as_they_went_in(payloads: list[bytes]) -> None:
    pipe = io.BytesIO()
    for payload in payloads:
        frames.send(pipe, payload)
    pipe.seek(0)
    assert [frames.receive(pipe, 50) for _ in payloads] == payloads
    assert frames.receive(pipe, 50) is None


@given(st.binary(min_size=1, max_size=50), st.integers(0, 57))
@settings(deadline=None)
def test_a_frame_that_is_cut_or_too_long_is_none(payload: bytes, kept: int) -> None:
    pipe = io.BytesIO()
    frames.send(pipe, payload)
    assert frames.receive(io.BytesIO(pipe.getvalue()[: min(kept, len(payload) + 7)]), 50) is None
    assert frames.receive(io.BytesIO(pipe.getvalue()), len(payload) - 1) is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=4)))
@settings(deadline=None)
def test_nothing_but_a_page_is_a_page(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        frames.unpack_page(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (0, 0), (0, "1"), (0, True), (1, ["text"]), (2, 7), (3, "wide"), (3, float("nan")), (5, [[0, 11, 0, 0, 1, 1]]),
        (5, [[3, 1, 0, 0, 1, 1]]), (5, [[0, 1]]), (6, [[0, 5]]), (6, [[99, "a"]]), (7, [[0, {"line": "3"}]]), (7, [[0, {"__class__": 1}]]),
        (8, [[5, 1, 10, ""]]), (9, "magic"),
    ],
)  # fmt: skip
def test_a_page_with_a_value_of_another_kind_is_refused(field: int, value: object) -> None:
    packed = frames.pack_page(PAGE)
    assert frames.unpack_page(sent(packed)) == PAGE
    packed[field] = value
    with pytest.raises((TypeError, ValueError)):
        frames.unpack_page(packed)


@pytest.mark.parametrize(
    "reply",
    [
        {"title": "a"},
        {"title": "a", "media_type": "b", "warnings": [], "hidden": -1},
        {"title": "a" * 100_000, "media_type": "b", "warnings": [], "hidden": 0},
        {"title": "a", "media_type": "b", "warnings": [{"phrase": "os.system"}], "hidden": 0},
    ],
    ids=["half a document", "less than nothing hidden", "an endless title", "a phrase that there is none of"],
)
def test_an_end_that_is_none_is_refused(reply: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        frames.unpack_end(reply, ())


@pytest.mark.parametrize(
    "reply",
    [{"code": "KaedamaError", "fields": {}}, {"code": "getattr"}, {"code": 7, "fields": {}}],
    ids=["an error that is none of a document", "an error without fields", "a code that is none"],
)
def test_an_error_that_is_none_of_a_document_is_refused(reply: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        frames.unpack_error(reply)


def test_an_error_comes_through_with_its_fields() -> None:
    error = UnknownType(name="a.bin", found="binary data")
    assert frames.unpack_error(sent(error.to_json())) == error
