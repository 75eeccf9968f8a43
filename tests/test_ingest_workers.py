"""The pool of workers: hostile files cost one worker at most, never the pool, and end in a document or in a sentence."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import DocumentError, Encrypted, ParserFailed, ParserTimedOut, TooManyPages, TooMuchText
from core.settings import Settings
from core.types import Document
from ingest.formats import recognised
from ingest.loader import FoundFile, LoadedFile, load_file, safe_name
from ingest.worker.frames import pack_end, pack_page
from ingest.workers import WorkerPool
from tests.pdfs import bomb, encrypted, pdf

BAD = Path(__file__).parents[2] / "shared" / "pdfs" / "bad"
LIMITS = Settings(parse_timeout_s=20.0, workers=1)
# A worker takes a moment to end, and a busy machine another.
SLACK_S = 10.0


def loaded(data: bytes, name: str = "a.pdf") -> LoadedFile:
    """Bytes as a loaded file."""
    return LoadedFile(name, name, data, "", recognised(name, data).media_type)


def workers_of(pool: WorkerPool) -> list[int]:
    """Process ids of the workers that wait for work."""
    return [worker.process.pid for worker in pool._readers._idle]


def worker_of(pool: WorkerPool) -> int:
    """The worker's process id, after it has answered."""
    assert pool.parse(loaded(b"Words", "a.txt")).pages[0].text == "Words"
    return workers_of(pool)[0]


# Every bad file


def bad_files() -> list[dict[str, str]]:
    """The manifest of bad files; empty where the shared PDFs are not there."""
    manifest = BAD / "manifest.jsonl"
    return [json.loads(line) for line in manifest.read_text("utf-8").splitlines()] if manifest.exists() else []


@pytest.fixture(scope="module")
def shared_pool() -> Iterator[WorkerPool]:
    """One pool for all bad files, as one folder of them would have."""
    with WorkerPool(LIMITS) as pool:
        yield pool


def read(pool: WorkerPool, row: dict[str, str]) -> Document | DocumentError:
    """What becomes of a bad file."""
    try:
        return pool.parse(load_file(FoundFile(BAD / row["file"], safe_name(row.get("upload_as") or row["file"]), "x"), 200.0))
    except DocumentError as error:
        return error


@pytest.mark.slow
@pytest.mark.skipif(not BAD.is_dir(), reason="the shared PDFs are not beside this checkout")
@pytest.mark.parametrize("row", bad_files(), ids=lambda row: f"{row['kind']}: {row['file']}")
def test_a_bad_file_ends_in_a_document_or_a_sentence(shared_pool: WorkerPool, row: dict[str, str]) -> None:
    result = read(shared_pool, row)
    if isinstance(result, DocumentError):
        assert str(result).endswith(".")
        assert "Traceback" not in str(result)
    else:
        assert 0 < len(result.pages) <= LIMITS.max_pages
        assert sum(len(page.text) for page in result.pages) <= LIMITS.max_text_mb * 1e6
        assert len(result.title) <= 200
        assert json.dumps([pack_end(result), *map(pack_page, result.pages)], ensure_ascii=False).encode("utf-8")
    if row["kind"] == "encrypted, password needed":
        assert isinstance(result, Encrypted)
    elif "encrypted" not in row["kind"]:
        assert not isinstance(result, Encrypted), "no file is called encrypted because one before it was"


@pytest.mark.skipif(not BAD.is_dir(), reason="the shared PDFs are not beside this checkout")
@pytest.mark.parametrize("row", [row for row in bad_files() if row["kind"] == "prompt injection"], ids=lambda row: row["file"])
def test_instructions_in_a_document_are_text_like_any_other(shared_pool: WorkerPool, row: dict[str, str]) -> None:
    result = read(shared_pool, row)
    assert isinstance(result, Document)
    assert "PWNED-7431" in result.title + result.pages[0].text


# Limits


@pytest.mark.slow
def test_a_decompression_bomb_costs_one_worker_and_the_next_file_gets_a_new_one() -> None:
    with WorkerPool(dataclasses.replace(LIMITS, parse_memory_mb=600)) as pool:
        first = worker_of(pool)
        with pytest.raises(
            ParserFailed,
            match=r"bomb\.pdf could not be read .*more than 600 MB of memory, KAEDAMA_PARSE_MEMORY_MB, or ended abruptly",
        ):
            pool.parse(loaded(bomb(700), "bomb.pdf"))
        second = worker_of(pool)
        assert first != second
        assert not psutil.pid_exists(first)
        assert worker_of(pool) == second, "a worker that lives is kept"


@pytest.mark.slow
def test_a_file_that_takes_too_long_is_given_up() -> None:
    before = psutil.Process().children()
    slow = loaded(pdf(*("word " * 200 for _ in range(15_000))))
    with (
        WorkerPool(dataclasses.replace(LIMITS, parse_timeout_s=1.0)) as pool,
        pytest.raises(ParserTimedOut, match=r"a\.pdf was still being read after 1 s .*KAEDAMA_PARSE_TIMEOUT_S"),
    ):
        pool.parse(slow)
    assert psutil.Process().children() == before


def test_limits_of_pages_and_text_hold_in_the_worker() -> None:
    with WorkerPool(dataclasses.replace(LIMITS, max_pages=2, max_text_mb=0.001)) as pool:
        with pytest.raises(TooManyPages, match="has 3 pages; at most 2 are taken"):
            pool.parse(loaded(pdf("a", "b", "c")))
        with pytest.raises(TooMuchText):
            pool.parse(loaded(b"word " * 300, "a.txt"))
        assert worker_of(pool)


def test_one_file_says_nothing_about_the_next() -> None:
    with WorkerPool(LIMITS) as pool:
        with pytest.raises(Encrypted):
            pool.parse(loaded(encrypted(pdf("Secret"), "sesame")))
        first = workers_of(pool)
        with pytest.raises(ParserFailed, match="its structure is broken, or it has no page"):
            pool.parse(loaded(pdf()))
        assert pool.parse(loaded(pdf("Words"))).pages[0].text == "Words"
        assert workers_of(pool) == first


def test_a_worker_that_was_killed_is_replaced() -> None:
    with WorkerPool(LIMITS) as pool:
        first = worker_of(pool)
        psutil.Process(first).kill()
        psutil.Process(first).wait(SLACK_S)
        assert worker_of(pool) != first


# Stopping


def test_stopping_ends_the_worker_and_whatever_comes_after() -> None:
    pool = WorkerPool(LIMITS)
    worker = worker_of(pool)
    pool.stop()
    assert not psutil.pid_exists(worker)
    with pytest.raises(ParserFailed, match="reading was stopped"):
        pool.parse(loaded(b"Words", "a.txt"))


@pytest.mark.slow
def test_another_thread_may_stop_it_in_the_middle_of_a_file() -> None:
    with WorkerPool(LIMITS) as pool:
        worker = psutil.Process(worker_of(pool))
        before_s = worker.cpu_times().user

        def stop_amid() -> None:
            while worker.cpu_times().user < before_s + 0.1:  # it has begun to read
                threading.Event().wait(0.005)
            pool.stop()

        stopper = threading.Thread(target=stop_amid)
        stopper.start()
        with pytest.raises(ParserFailed, match="reading was stopped"):
            pool.parse(loaded(pdf(*("word " * 200 for _ in range(15_000)))))
        stopper.join()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_the_worker_has_no_file_of_its_parent_open(tmp_path: Path) -> None:
    with (tmp_path / "private.txt").open("w"), WorkerPool(LIMITS) as pool:
        files = Path(f"/proc/{worker_of(pool)}/fd")
        assert not [link for link in files.iterdir() if "private" in str(link.readlink())]
