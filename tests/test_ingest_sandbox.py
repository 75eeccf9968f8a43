"""The sandbox: hostile files cost one worker at most, never the parent, and end in a document or in a sentence."""

from __future__ import annotations

import dataclasses
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DocumentError, Encrypted, ParserFailed, ParserTimedOut, TooManyPages, TooMuchText, UnknownType
from core.settings import Settings
from core.types import Document, Heading, LineBox, Page
from ingest.formats import recognised
from ingest.loader import FoundFile, LoadedFile, load_file, safe_name
from ingest.sandbox import Sandbox, _pack, _receive, _send, _unpack
from tests.pdfs import bomb, encrypted, pdf

BAD = Path(__file__).parents[2] / "shared" / "pdfs" / "bad"
LIMITS = Settings(parse_timeout_s=20.0)
# A worker takes a moment to end, and a busy machine another.
SLACK_S = 10.0


def loaded(data: bytes, name: str = "a.pdf") -> LoadedFile:
    """Bytes as a loaded file."""
    return LoadedFile(name, name, data, "", recognised(name, data).media_type)


def worker_of(sandbox: Sandbox) -> int:
    """The worker's process id, after it has answered."""
    assert sandbox.parse(loaded(b"Words", "a.txt")).pages[0].text == "Words"
    assert sandbox._process is not None
    return sandbox._process.pid


# Every bad file


def bad_files() -> list[dict[str, str]]:
    """The manifest of bad files; empty where the shared PDFs are not there."""
    manifest = BAD / "manifest.jsonl"
    return [json.loads(line) for line in manifest.read_text("utf-8").splitlines()] if manifest.exists() else []


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """One sandbox for all bad files, as one folder of them would have."""
    with Sandbox(LIMITS) as sandbox:
        yield sandbox


def read(sandbox: Sandbox, row: dict[str, str]) -> Document | DocumentError:
    """What becomes of a bad file."""
    try:
        return sandbox.parse(load_file(FoundFile(BAD / row["file"], safe_name(row.get("upload_as") or row["file"]), "x"), 200.0))
    except DocumentError as error:
        return error


@pytest.mark.slow
@pytest.mark.skipif(not BAD.is_dir(), reason="the shared PDFs are not beside this checkout")
@pytest.mark.parametrize("row", bad_files(), ids=lambda row: f"{row['kind']}: {row['file']}")
def test_a_bad_file_ends_in_a_document_or_a_sentence(shared_sandbox: Sandbox, row: dict[str, str]) -> None:
    result = read(shared_sandbox, row)
    if isinstance(result, DocumentError):
        assert str(result).endswith(".")
        assert "Traceback" not in str(result)
    else:
        assert 0 < len(result.pages) <= LIMITS.max_pages
        assert sum(len(page.text) for page in result.pages) <= LIMITS.max_text_mb * 1e6
        assert len(result.title) <= 200
        assert json.dumps(_pack(result), ensure_ascii=False).encode("utf-8")
    if row["kind"] == "encrypted, password needed":
        assert isinstance(result, Encrypted)
    elif "encrypted" not in row["kind"]:
        assert not isinstance(result, Encrypted), "no file is called encrypted because one before it was"


@pytest.mark.skipif(not BAD.is_dir(), reason="the shared PDFs are not beside this checkout")
@pytest.mark.parametrize("row", [row for row in bad_files() if row["kind"] == "prompt injection"], ids=lambda row: row["file"])
def test_instructions_in_a_document_are_text_like_any_other(shared_sandbox: Sandbox, row: dict[str, str]) -> None:
    result = read(shared_sandbox, row)
    assert isinstance(result, Document)
    assert "PWNED-7431" in result.title + result.pages[0].text


# Limits


@pytest.mark.slow
def test_a_decompression_bomb_costs_one_worker_and_the_next_file_gets_a_new_one() -> None:
    with Sandbox(dataclasses.replace(LIMITS, parse_memory_mb=600)) as sandbox:
        first = worker_of(sandbox)
        with pytest.raises(ParserFailed, match=r"bomb\.pdf could not be read .*too much memory or ended abruptly"):
            sandbox.parse(loaded(bomb(700), "bomb.pdf"))
        second = worker_of(sandbox)
        assert first != second
        assert not psutil.pid_exists(first)
        assert worker_of(sandbox) == second, "a worker that lives is kept"


@pytest.mark.slow
def test_a_file_that_takes_too_long_is_given_up() -> None:
    before = psutil.Process().children()
    slow = loaded(pdf(*("word " * 200 for _ in range(15_000))))
    with (
        Sandbox(dataclasses.replace(LIMITS, parse_timeout_s=1.0)) as sandbox,
        pytest.raises(ParserTimedOut, match=r"a\.pdf was still being read after 1 s .*KAEDAMA_PARSE_TIMEOUT_S"),
    ):
        sandbox.parse(slow)
    assert psutil.Process().children() == before


def test_limits_of_pages_and_text_hold_in_the_worker() -> None:
    with Sandbox(dataclasses.replace(LIMITS, max_pages=2, max_text_mb=0.001)) as sandbox:
        with pytest.raises(TooManyPages, match="has 3 pages; at most 2 are taken"):
            sandbox.parse(loaded(pdf("a", "b", "c")))
        with pytest.raises(TooMuchText):
            sandbox.parse(loaded(b"word " * 300, "a.txt"))
        assert worker_of(sandbox)


def test_one_file_says_nothing_about_the_next() -> None:
    with Sandbox(LIMITS) as sandbox:
        with pytest.raises(Encrypted):
            sandbox.parse(loaded(encrypted(pdf("Secret"), "sesame")))
        first = sandbox._process
        with pytest.raises(ParserFailed, match="its structure is broken, or it has no page"):
            sandbox.parse(loaded(pdf()))
        assert sandbox.parse(loaded(pdf("Words"))).pages[0].text == "Words"
        assert sandbox._process is first


def test_a_worker_that_was_killed_is_replaced() -> None:
    with Sandbox(LIMITS) as sandbox:
        first = worker_of(sandbox)
        psutil.Process(first).kill()
        psutil.Process(first).wait(SLACK_S)
        assert worker_of(sandbox) != first


# Stopping


def test_stopping_ends_the_worker_and_whatever_comes_after() -> None:
    sandbox = Sandbox(LIMITS)
    worker = worker_of(sandbox)
    sandbox.stop()
    assert not psutil.pid_exists(worker)
    with pytest.raises(ParserFailed, match="reading was stopped"):
        sandbox.parse(loaded(b"Words", "a.txt"))


@pytest.mark.slow
def test_another_thread_may_stop_it_in_the_middle_of_a_file() -> None:
    with Sandbox(LIMITS) as sandbox:
        worker = psutil.Process(worker_of(sandbox))
        before_s = worker.cpu_times().user

        def stop_amid() -> None:
            while worker.cpu_times().user < before_s + 0.1:  # it has begun to read
                threading.Event().wait(0.005)
            sandbox.stop()

        stopper = threading.Thread(target=stop_amid)
        stopper.start()
        with pytest.raises(ParserFailed, match="too much memory or ended abruptly"):
            sandbox.parse(loaded(pdf(*("word " * 200 for _ in range(15_000)))))
        stopper.join()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_the_worker_has_no_file_of_its_parent_open(tmp_path: Path) -> None:
    with (tmp_path / "private.txt").open("w"), Sandbox(LIMITS) as sandbox:
        files = Path(f"/proc/{worker_of(sandbox)}/fd")
        assert not [link for link in files.iterdir() if "private" in str(link.readlink())]


# What goes through the pipes


def test_a_document_comes_through_unchanged() -> None:
    page = Page(3, "猫 cat\nniño", "iii", (LineBox(0, 5, 1.5, 2.0, 3.25, 4.0),), (Heading(6, "niño"),), 595.0, 842.0)
    document = Document("Title", "application/pdf", (page, Page(4, "")))
    assert _unpack(json.loads(json.dumps(_pack(document)))) == document


@given(st.lists(st.binary(max_size=50), max_size=5))
@settings(deadline=None)
def test_frames_come_out_as_they_went_in(frames: list[bytes]) -> None:
    pipe = io.BytesIO()
    for frame in frames:
        _send(pipe, frame)
    pipe.seek(0)
    assert [_receive(pipe, 50) for _ in frames] == frames
    assert _receive(pipe, 50) is None


@given(st.binary(min_size=1, max_size=50), st.integers(0, 57))
@settings(deadline=None)
def test_a_frame_that_is_cut_or_too_long_is_none(frame: bytes, kept: int) -> None:
    pipe = io.BytesIO()
    _send(pipe, frame)
    assert _receive(io.BytesIO(pipe.getvalue()[: min(kept, len(frame) + 7)]), 50) is None
    assert _receive(io.BytesIO(pipe.getvalue()), len(frame) - 1) is None


@pytest.mark.parametrize(
    "reply",
    [
        {"code": "KaedamaError", "fields": {}},
        {"code": "getattr"},
        {"title": "a"},
        {"title": "a", "media_type": "b", "pages": [[1]]},
    ],
    ids=["an error that is none of a document", "an error without fields", "half a document", "half a page"],
)
def test_nonsense_from_a_worker_is_an_error_that_the_parent_expects(reply: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        _unpack(reply)


def test_an_error_comes_through_with_its_fields() -> None:
    with pytest.raises(UnknownType, match=r"^a\.bin is binary data"):
        _unpack({"code": "UnknownType", "fields": {"name": "a.bin", "found": "binary data"}})
