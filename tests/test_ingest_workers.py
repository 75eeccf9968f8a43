"""The pool of workers: hostile files cost one worker at most, never the pool, and end in a document or in a sentence."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from core.errors import DocumentError, Encrypted, PageMissing, ParserFailed, ParserTimedOut, TooManyPages, TooMuchText
from core.settings import ROOT, Settings
from core.types import Document
from ingest.formats import recognised
from ingest.loader import FoundFile, LoadedFile, load_file, safe_name
from ingest.tasks import Parse, Progress, Render, Step
from ingest.worker import frames, process
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
        return pool.parse(load_file(FoundFile(BAD / row["file"], safe_name(row.get("upload_as") or row["file"]), "x"), 200.0, 60.0))
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
def test_instructions_in_a_document_are_text_where_they_are_seen_and_counted_where_they_are_not(
    shared_pool: WorkerPool, row: dict[str, str]
) -> None:
    result = read(shared_pool, row)
    assert isinstance(result, Document)
    unseen = row["file"].removesuffix(".pdf").endswith(("mode3", "tiny", "white", "offpage"))
    assert ("PWNED-7431" in result.title + result.pages[0].text) == (not unseen)
    assert (result.hidden >= len("PWNED-7431")) == unseen


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


# The pool


def test_several_threads_may_submit_and_each_gets_its_own() -> None:
    with WorkerPool(dataclasses.replace(LIMITS, workers=2)) as pool, concurrent.futures.ThreadPoolExecutor(8) as threads:
        texts = [f"Words number {number}" for number in range(40)]
        documents = threads.map(lambda text: pool.parse(loaded(text.encode(), "a.txt")), texts)
        assert [document.pages[0].text for document in documents] == texts
        assert 1 <= len(workers_of(pool)) <= 2


def test_pages_that_are_done_are_told() -> None:
    told: list[Progress] = []
    with WorkerPool(LIMITS) as pool:
        pool.parse(loaded(pdf("a", "b", "c")), progress=told.append)
    assert told[0] == Progress(Step.READING, 1, 3)
    assert told[-1] == Progress(Step.READING, 3, 3)


def test_a_page_is_drawn_at_the_size_asked_for() -> None:
    file = dataclasses.replace(loaded(pdf("a", "b")), sha256="1")
    with WorkerPool(LIMITS) as pool:
        pool.parse(file)
        for dots_per_inch, size in ((72, (595, 842)), (144, (1190, 1684))):
            assert Image.open(io.BytesIO(pool.submit(Render(file, 2, dots_per_inch)).result())).size == size
        with pytest.raises(PageMissing, match=r"a\.pdf has no page 3"):
            pool.submit(Render(file, 3)).result()
        with pytest.raises(PageMissing):
            pool.submit(Render(loaded(b"Words", "a.txt"), 1)).result()


def test_a_page_of_an_enormous_size_is_drawn_smaller() -> None:
    file = loaded(pdf("a", page="/MediaBox [0 0 14400 14400]"))
    with WorkerPool(dataclasses.replace(LIMITS, max_picture_mpx=1.0)) as pool:
        width, height = Image.open(io.BytesIO(pool.submit(Render(file, 1, 300)).result())).size
        assert 990_000 <= width * height <= 1_010_000


def test_a_worker_that_has_done_much_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_MOST_TASKS", 3)
    with WorkerPool(LIMITS) as pool:
        first = worker_of(pool)
        assert worker_of(pool) == first
        assert pool.parse(loaded(b"Words", "a.txt")).pages[0].text == "Words"
        assert workers_of(pool) == []
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


@pytest.mark.slow
def test_cancelling_ends_one_task_and_its_worker_within_a_moment() -> None:
    with WorkerPool(dataclasses.replace(LIMITS, workers=1)) as pool:
        worker = psutil.Process(worker_of(pool))
        before_s = worker.cpu_times().user
        slow = pool.submit(Parse(loaded(pdf(*("word " * 200 for _ in range(15_000))))))
        waiting = pool.submit(Parse(loaded(b"Words", "a.txt")))
        never = pool.submit(Parse(loaded(b"Words", "b.txt")))
        assert never.cancel()
        while worker.cpu_times().user < before_s + 0.1:  # it has begun to read
            threading.Event().wait(0.005)
        assert slow.cancel()
        worker.wait(SLACK_S)
        assert waiting.result().pages[0].text == "Words", "the next task has a worker of its own"
        assert concurrent.futures.wait([slow, never], SLACK_S).not_done == set()
        assert slow.cancelled()
        assert never.cancelled()


def test_what_is_submitted_after_the_end_is_cancelled() -> None:
    pool = WorkerPool(LIMITS)
    pool.stop()
    pool.stop()
    future = pool.submit(Parse(loaded(b"Words", "a.txt")))
    assert concurrent.futures.wait([future], SLACK_S).done == {future}
    assert future.cancelled()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_the_worker_has_no_file_of_its_parent_open(tmp_path: Path) -> None:
    with (tmp_path / "private.txt").open("w"), WorkerPool(LIMITS) as pool:
        files = Path(f"/proc/{worker_of(pool)}/fd")
        assert not [link for link in files.iterdir() if "private" in str(link.readlink())]


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_the_worker_knows_nothing_of_its_parents_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAEDAMA_GEMINI_KEY", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    with WorkerPool(LIMITS) as pool:
        environment = Path(f"/proc/{worker_of(pool)}/environ").read_bytes()
    names = {entry.partition(b"=")[0].decode() for entry in environment.split(b"\0") if entry}
    assert names <= {
        "PATH", "LC_ALL", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_the_worker_has_the_limits_of_the_settings() -> None:
    with WorkerPool(dataclasses.replace(LIMITS, parse_memory_mb=700)) as pool:
        pid = worker_of(pool)
        limits = Path(f"/proc/{pid}/limits").read_text("ascii")
        status = Path(f"/proc/{pid}/status").read_text("ascii")
    assert re.search(r"Max address space +700000000 +700000000", limits)
    assert re.search(r"Max file size +0 +0", limits)
    assert re.search(r"NoNewPrivs:\s+1", status)


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
def test_the_worker_ends_with_its_parent() -> None:
    code = (
        "import sys; from core.settings import Settings; from ingest.workers import WorkerPool; from ingest.loader import LoadedFile\n"
        "pool = WorkerPool(Settings(workers=1)); pool.parse(LoadedFile('a.txt', 'a', b'Words', '', 'text/plain'))\n"
        "print(pool._readers._idle[0].process.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    with contextlib.suppress(psutil.NoSuchProcess):
        worker.wait(SLACK_S)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


def test_a_worker_that_talks_nonsense_fails_the_file_and_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with WorkerPool(LIMITS) as pool:
        first = worker_of(pool)
        with monkeypatch.context() as patch:
            patch.setattr(frames, "unpack_end", lambda end, pages: frames.unpack_page(end))
            with pytest.raises(ParserFailed, match="its parser answered nonsense"):
                pool.parse(loaded(b"Words", "a.txt"))
        assert worker_of(pool) != first
