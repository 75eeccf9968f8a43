"""kill -9 at random instants of an ingest of files of all formats, again and again, until all of them are in the library."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.events import Done, SourceDone, Status
from ingest.pipeline import IngestPipeline
from store.library import Library
from tests.doubles import HashEmbedder
from tests.ingesting import NOTEBOOK, narrow
from tests.test_kill import PATIENCE_S, Facts, Started, check_whole, kill, start

pytestmark = pytest.mark.slow

# How often it is killed; as many as one likes: KAEDAMA_TEST_KILLS=100 make test.
KILLS = int(os.environ.get("KAEDAMA_TEST_KILLS", "8"))
FILES = (
    "code-zpipe-03.c", "csv-mskanji-ja-01.csv", "csv-pipe-05.csv", "docx-derechos-es-09.docx", "docx-tables-07.docx",
    "eml-attachment-ja-01.eml", "eml-derechos-es-03.eml", "epub-simple-05.epub", "html-fable-ja-01.html", "html-tables-08.html",
    "img-phototest-03.tif", "ipynb-layers-ja-01.ipynb", "md-cheatsheet-ja-01.md", "md-readme-03.md", "msg-attachment-01.msg",
    "ods-columnar-03.ods", "odt-derechos-es-01.odt", "pptx-derechos-es-07.pptx", "pptx-huertos-es-01.pptx", "rtf-comment-05.rtf",
    "tsv-emoji-07.tsv", "xls-inventario-es-01.xls", "xlsx-budget-08.xlsx", "zip-shiftjis-ja-01.zip", "zip-simple-03.zip",
)  # fmt: skip
PDFS = ("jo.pdf", "senate-expenditures.pdf", "PDFUA-Ref-2-02_Invoice.pdf", "scotus-transcript-p1.pdf")


@dataclass(frozen=True, slots=True)
class Mixed:
    """Files of all formats, in the order in which they are read, what each has in a library, and how long a whole run takes (seconds)."""

    paths: list[Path]
    whole: dict[str, Facts]
    seconds: float


@pytest.fixture(scope="module")
def mixed(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    """30 files, read once without any disturbance."""
    folder = tmp_path_factory.mktemp("mixed")
    found = [*(shared / "files" / name for name in FILES), *(shared / "pdfs" / "good" / name for name in PDFS)]
    if not all(path.is_file() for path in found):
        pytest.skip("the shared files are not beside this checkout")
    paths = [Path(shutil.copy(path, folder)) for path in found]
    paths.append(folder / "notes.txt")
    paths[-1].write_text("\n\n".join(f"Note {number} about the broth of the day." for number in range(300)), "utf-8")
    library = tmp_path_factory.mktemp("undisturbed")
    started = start(library, paths, 1)  # the first one waits for what all of them are made of
    begun = time.monotonic()
    heard(started)
    seconds = time.monotonic() - begun
    started.process.join(PATIENCE_S)
    with Library.open(library, HashEmbedder()) as opened:
        whole = {source.name: Facts(source.pages, source.chunks) for source in opened.sources(NOTEBOOK)}
    assert len(whole) >= len(paths) - 1, "a picture cannot be read without Tesseract"
    return Mixed(paths, whole, seconds)


def heard(started: Started) -> list[str]:
    """The names of all further events that a process tells of before it ends."""
    told: list[str] = []
    with contextlib.suppress(EOFError):
        while True:
            told.append(started.listen.recv())
    started.listen.close()
    return told


def test_killed_again_and_again_it_loses_nothing_and_shows_nothing_half_done(mixed: Mixed, tmp_path: Path) -> None:
    chance = random.Random(20261128)
    library, finished = tmp_path / "0", set[str]()
    for number in range(KILLS):
        started = start(library, mixed.paths, 0)
        left = 1 - len(finished) / len(mixed.whole)
        time.sleep(chance.uniform(0.0, mixed.seconds * left))
        kill(started.process)
        told = heard(started).count("SourceDone")
        with Library.open(library, HashEmbedder()) as opened:
            now = check_whole(opened, mixed.whole)
            assert finished <= now, "what was there after an earlier kill is lost"
            assert {path.name for path in mixed.paths[:told]} & mixed.whole.keys() <= now, (
                "a document that was told finished is lost"
            )
            assert [finding for finding in opened.examination().run() if not finding.ok] == []
        finished = now
        if finished == mixed.whole.keys():  # all is there: from the beginning
            library, finished = tmp_path / str(number + 1), set()
    with Library.open(library, HashEmbedder()) as opened:
        assert opened.open_notebook("default").id == NOTEBOOK
        events = list(IngestPipeline(opened, narrow(library)).run(mixed.paths, notebook=NOTEBOOK))
        outcomes = {event.file: event.status for event in events if isinstance(event, SourceDone)}
        assert check_whole(opened, mixed.whole) == mixed.whole.keys()
        assert {name for name, status in outcomes.items() if status is Status.UNCHANGED} >= finished
        assert isinstance(events[-1], Done)
