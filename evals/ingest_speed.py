"""How fast documents get in, in ratios of one run: each part of `python -m evals ingest` can be measured alone.

What is said to be made up are the vectors: random ones that cost nothing, where catalog, index or memory are what is measured.
"""

from __future__ import annotations

import enum
import itertools
import json
import os
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil

from core.errors import DocumentError, MeasurementFailed
from core.settings import ROOT, Settings
from core.types import PASSAGE, Chunk, Document, Page, PageKind
from evals.metrics import quantile
from evals.processes import run_measured
from ingest.engines import LocalEngine
from ingest.events import SourceDone, Status
from ingest.loader import FoundFile, load_file
from ingest.pipeline import IngestPipeline
from ingest.workers import WorkerPool
from store.catalog import NewSource, content_key
from store.embedding.embedder import Embedder
from store.library import Library
from store.search.dense import SEGMENT

Json = dict[str, object]
# Pages of each generated document.
_PAGES = 250
_FEW_PAGES, _MANY_PAGES = 1_000, 10_000
_FEW_CHUNKS, _MANY_CHUNKS = 10_000, 200_000
# Chunks whose addition is timed at the sizes, and chunks of a document. The rate falls within a segment of the index and begins anew with the
# next, so that among many, a whole one is timed.
_ADDED_TO_FEW, _ADDED_TO_MANY, _CHUNKS = 4_000, SEGMENT, 200
# Passages that a search is asked for, as many as the retriever asks for (rag/retrieve.py).
_SEARCHED = 100
# The system counts processor time in such steps.
_TICK_S = 0.01
_WORDS = (
    "ledger", "harbour", "invoice", "tenant", "notice", "clause", "river", "window", "engine", "payment", "garden", "report",
    "station", "winter", "copper", "letter",
)  # fmt: skip


class Part(enum.StrEnum):
    """What can be measured alone. RECIPE is measured by `evals.bench.Bench`."""

    RECIPE = "recipe"
    PARSING = "parsing"
    EMBEDDING = "embedding"
    AGAIN = "again"
    MEMORY = "memory"
    GROWTH = "growth"


@dataclass(frozen=True, slots=True)
class IngestSpeed:
    """Measures on `pdfs` and on made documents, `repeats` times; the median counts."""

    pdfs: Path
    repeats: int
    settings: Settings
    environment: Mapping[str, str]
    say: Callable[[str], None]

    def run(self, parts: Sequence[Part], embedder: Embedder) -> Json:
        """The parts in turn."""
        measures: dict[Part, Callable[[], Json]] = {
            Part.PARSING: self.parsing,
            Part.EMBEDDING: lambda: self.embedding(embedder),
            Part.AGAIN: lambda: self.again(embedder),
            Part.MEMORY: self.memory,
            Part.GROWTH: self.growth,
        }
        result: Json = {}
        for part in parts:
            if part not in measures:
                continue
            self.say(f"ingest: {part}")
            result[part.value] = measures[part]()
        return result

    def parsing(self) -> Json:
        """Pages a second of one core: pages over the processor time of the worker that parses them.

        Documents with scanned pages are left out; recognition, which has processes of its own, does not count.
        """
        settings = replace(self.settings, workers=1)
        files = [
            load_file(FoundFile(path, path.name, str(path)), settings.max_file_mb, settings.read_timeout_s)
            for path in self._files()
        ]
        rates: list[float] = []
        with WorkerPool(settings) as pool:
            pool.parse(files[0])  # starts the worker
            for _ in range(self.repeats):
                spent, pages = 0.0, 0
                for file in files:
                    before = _spent_below()
                    try:
                        document = pool.parse(file)
                    except DocumentError:
                        continue
                    if not any(page.kind is PageKind.OCR for page in document.pages):
                        spent += max(0.0, _spent_below() - before)
                        pages += len(document.pages)
                rates.append(pages / max(spent, _TICK_S))
        return {"pages": pages, "pages/s a core": round(quantile(rates, 0.5), 1)}

    def embedding(self, embedder: Embedder) -> Json:
        """The whole of an ingest against embedding the same passages and doing nothing else; models and index are open before."""
        ratios = []
        chunks = 0
        for _ in range(self.repeats):
            with tempfile.TemporaryDirectory(prefix="kaedama-bench-") as name, Library.open(Path(name), _Kept(embedder)) as library:
                library.warm()
                whole = self._ingested(library, self._files())
                texts = [text for _, text in library.catalog.chunks.searchable_texts()]
                started = time.perf_counter()
                embedder.embed(PASSAGE, texts)
                ratios.append(whole / (time.perf_counter() - started))
                chunks = len(texts)
        return {"chunks": chunks, "whole / embedding alone": round(quantile(ratios, 0.5), 3)}

    def again(self, embedder: Embedder) -> Json:
        """A first reading against a second one of the same files."""
        ratios = []
        for _ in range(self.repeats):
            with tempfile.TemporaryDirectory(prefix="kaedama-bench-") as name, Library.open(Path(name), _Kept(embedder)) as library:
                library.warm()
                first = self._ingested(library, self._files())
                ratios.append(first / self._ingested(library, self._files()))
        return {"first / second": round(quantile(ratios, 0.5), 1)}

    def memory(self) -> Json:
        """Peak memory of the process and its workers over documents that are made here, the model loaded, most vectors made up."""
        peaks: dict[int, float] = {}
        with tempfile.TemporaryDirectory(prefix="kaedama-bench-") as name:
            for pages in (_FEW_PAGES, _MANY_PAGES):
                folder = Path(name) / str(pages)
                write_documents(folder, pages)
                command: list[str | Path] = [sys.executable, "-m", "evals", "ingest", "--made-up", folder, "--json"]
                run = run_measured(command, self.environment, ROOT)
                if run.status:
                    raise MeasurementFailed(detail=f"reading {pages} pages ended with status {run.status}: {run.last_words}")
                read = json.loads(run.output.strip().splitlines()[-1])["pages"]
                if read != pages:
                    raise MeasurementFailed(detail=f"{read} pages of {pages} were read")
                peaks[pages] = run.peak_mb
        ratio = round(peaks[_MANY_PAGES] / peaks[_FEW_PAGES], 3)
        return {f"peak MB at {pages} pages": round(peak) for pages, peak in peaks.items()} | {"many / few": ratio}

    def growth(self) -> Json:
        """Chunks added a second, by catalog and index alone, to a library of many against one of few. Vectors are made up.

        Seconds of the clock, and of the processor, which other programs do not lengthen.
        """
        clock: dict[int, float] = {}
        processor: dict[int, float] = {}
        embedder = MadeUpEmbedder()
        with tempfile.TemporaryDirectory(prefix="kaedama-bench-") as name, Library.open(Path(name), embedder) as library:
            library.warm()
            notebook = library.open_notebook("default").id
            documents = _made_documents(notebook)
            count = 0
            for size, added in ((_FEW_CHUNKS, _ADDED_TO_FEW), (_MANY_CHUNKS, _ADDED_TO_MANY)):
                while count < size:
                    count += _add(library, next(documents))
                self.say(f"ingest: growth, {count} chunks")
                timed = list(itertools.islice(documents, -(-added // _CHUNKS)))
                started, spent = time.perf_counter(), time.process_time()
                new = sum(_add(library, one) for one in timed)
                clock[size] = new / (time.perf_counter() - started)
                processor[size] = new / (time.process_time() - spent)
                count += new
            searched = _searched(library, notebook)
        figures: Json = {f"chunks/s at {size}": round(rate) for size, rate in clock.items()}
        figures |= {f"chunks/s of the processor at {size}": round(rate) for size, rate in processor.items()}
        figures |= {"many / few": round(clock[_MANY_CHUNKS] / clock[_FEW_CHUNKS], 3)}
        figures |= {"many / few of the processor": round(processor[_MANY_CHUNKS] / processor[_FEW_CHUNKS], 3)}
        return figures | {"search of many, ms": round(1000 * searched, 1)}

    def _files(self) -> list[Path]:
        files = sorted(self.pdfs.glob("*.pdf"))
        if not files:
            raise MeasurementFailed(detail=f"there is no PDF in {self.pdfs}")
        return files

    def _ingested(self, library: Library, files: Sequence[Path]) -> float:
        """Seconds of one ingest."""
        notebook = library.open_notebook("default").id
        started = time.perf_counter()
        for _ in IngestPipeline(library, self.settings, LocalEngine).run(files, notebook=notebook):
            pass
        return time.perf_counter() - started


class MadeUpEmbedder(Embedder):
    """Vectors of random numbers, the same for the same text, in no time."""

    signature = "made up"

    def load(self) -> None:
        """Nothing to load."""

    def prompts(self) -> tuple[str, str]:
        """No prompts."""
        return "", ""

    def _encode(self, texts: list[str]) -> np.ndarray:
        seeds = [zlib.crc32(text.encode()) for text in texts]
        return np.stack([np.random.default_rng(seed).standard_normal(384, np.float32) for seed in seeds])


class _Kept(Embedder):
    """Another embedder, which stays open when the library closes."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.signature = inner.signature

    def load(self) -> None:
        self._inner.load()

    def prompts(self) -> tuple[str, str]:
        return self._inner.prompts()

    def embed(self, role: str, texts: Sequence[str]) -> np.ndarray:
        return self._inner.embed(role, texts)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return self._inner.lengths(texts)

    def _encode(self, texts: list[str]) -> np.ndarray:
        return self._inner._encode(texts)  # noqa: SLF001  # the seam that all embedders share


def read_made_up(folder: Path, settings: Settings, embedder: Embedder) -> Json:
    """Read a folder of made documents: what `memory` weighs. The model is loaded and embeds once; the passages' vectors are made up."""
    embedder.embed(PASSAGE, [" ".join(_WORDS * 8)] * 64)
    with tempfile.TemporaryDirectory(prefix="kaedama-bench-") as name, Library.open(Path(name), MadeUpEmbedder()) as library:
        notebook = library.open_notebook("default").id
        events = IngestPipeline(library, settings, LocalEngine).run([folder], notebook=notebook)
        done = [event for event in events if isinstance(event, SourceDone) and event.status is Status.ADDED]
    return {"pages": sum(event.pages for event in done), "chunks": sum(event.chunks for event in done)}


def write_documents(folder: Path, pages: int) -> None:
    """PDF documents of 250 pages each, some 40 lines of words on a page, no two alike."""
    folder.mkdir(parents=True)
    for first in range(0, pages, _PAGES):
        numbers = range(first, min(first + _PAGES, pages))
        (folder / f"document {first // _PAGES:03}.pdf").write_bytes(_pdf([_lines(number) for number in numbers]))


def _lines(page: int) -> list[str]:
    random = np.random.default_rng(page)
    return [f"{' '.join(random.choice(_WORDS, 11))} {page}.{line}." for line in range(40)]


def _pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF (ISO 32000-1, 7.5) of text in Helvetica, one list of lines a page; ASCII without brackets."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, lines in enumerate(pages):
        text = "BT /F1 9 Tf 40 800 Td 18 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        needs = f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * at} 0 R"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {needs} >>")
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream")
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("ascii")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + end.encode("ascii")


def _made_documents(notebook: int) -> Iterator[NewSource]:
    for number in itertools.count():
        text = "\n".join(line for page in range(6) for line in _lines(number * 6 + page))
        step = len(text) // _CHUNKS
        spans = [(at * step, (at + 1) * step) for at in range(_CHUNKS)]
        chunks = tuple(Chunk(1, start, end, text[start:end], "en") for start, end in spans)
        document = Document(f"{number}", "text/plain", (Page(1, text),))
        yield NewSource(notebook, f"made:{number}", f"{number}.txt", f"{number:064x}", "made", len(text), document, chunks)


def _add(library: Library, new: NewSource) -> int:
    texts = {content_key(chunk): chunk.text for chunk in new.chunks}
    vectors = library.embedder.embed(PASSAGE, list(texts.values()))
    library.replace(new, dict(zip(texts, vectors, strict=True)))
    return len(new.chunks)


def _searched(library: Library, notebook: int) -> float:
    """Seconds that a search of the dense index takes, median."""
    questions = [library.question(f"{word} {number}", ("en",)) for number in range(3) for word in _WORDS]
    seconds = []
    for question in questions:
        started = time.perf_counter()
        library.search_dense(notebook, question, _SEARCHED, None)
        seconds.append(time.perf_counter() - started)
    return quantile(seconds, 0.5)


def _spent_below() -> float:
    """Seconds of processor time that the workers that read have taken."""
    spent = 0.0
    for child in psutil.Process(os.getpid()).children():
        if "read" not in child.cmdline():
            continue
        times = child.cpu_times()
        spent += times.user + times.system
    return spent
