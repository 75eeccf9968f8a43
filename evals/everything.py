"""Every measurement of quality over the sets of a folder: what `python -m evals all` and `make eval` run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import MeasurementFailed
from core.settings import ROOT, Settings
from evals.answers import measure_answers, tasks
from evals.citations import measure_citations
from evals.document_answers import measure_document_answers
from evals.kept import Json, Key, Measurement, Progress, revision_of
from evals.pages import measure_pages
from evals.refusal import measure_refusal
from evals.retrieval import measure_retrieval
from evals.sets import QUERIES, QuestionSet, read_page_queries, sets_in
from evals.timed import TimedEmbedder
from evals.verdicts import files_in, measure_file
from store.embedding.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Everything:
    """What is measured. `pdfs` has NAME.queries.jsonl beside its PDFs, None for none; `model` answers `asked` questions a set, "" for none.

    `limit` is how many questions of a set are searched, None for all; `only` are the names of the sets that are measured, empty for all.
    """

    sets: Path
    pdfs: Path | None
    model: str
    limit: int | None
    asked: int
    only: frozenset[str]
    settings: Settings
    say: Progress

    def measurements(self, embedder: Embedder) -> list[Measurement]:
        """All of them, the quick ones first. Raises as `sets_in`, and MeasurementFailed where there is no set of a name."""
        revision = revision_of(ROOT)

        def of(command: str, name: str, limit: int | None, measure: Callable[[], Json], model: str = "") -> Measurement:
            return Measurement(Key(command, name, limit or 0, model, revision), measure)

        sets = sets_in(self.sets)
        found = [of("retrieval", one.name, self.limit, self._retrieval(one, embedder)) for one in sets]
        found += [
            of("refusal", one.name, self.limit, self._refusal(one, embedder))
            for one in sets
            if not all(query.answerable for query in one.queries)
        ]
        found += [of("verdicts", file.stem, self.limit, self._verdicts(file, embedder)) for file in files_in(self.sets)]
        found += [of("pages", name, self.limit, self._pages(file, embedder)) for name, file in self._page_files()]
        if self.model:
            for one in sets:
                if tasks(one, self.settings.chunk_width, 1):  # an answer in one passage, and others to stand beside it
                    found.append(of("answers", one.name, self.asked, self._answers(one), self.model))
                found.append(of("citations", one.name, self.asked, self._citations(one, embedder), self.model))
            for name, file in self._page_files():
                found.append(of("document answers", name, self.asked, self._document_answers(file, embedder), self.model))
        if missing := self.only - {one.key.set for one in found}:
            raise MeasurementFailed(detail=f"there is no set {', '.join(sorted(missing))}")
        return [one for one in found if not self.only or one.key.set in self.only]

    def _page_files(self) -> Iterator[tuple[str, Path]]:
        """The question files about PDFs whose questions name pages of one file."""
        if self.pdfs is None:
            return
        for file in sorted(self.pdfs.glob(f"*{QUERIES}")):
            if '"file":' in file.read_text("utf-8").partition("\n")[0]:
                yield file.name.removesuffix(QUERIES), file

    def _retrieval(self, questions: QuestionSet, embedder: Embedder) -> Callable[[], Json]:
        return lambda: measure_retrieval(questions, self.settings, embedder, limit=self.limit, say=self.say)

    def _refusal(self, questions: QuestionSet, embedder: Embedder) -> Callable[[], Json]:
        return lambda: measure_refusal(questions, self.settings, embedder, limit=self.limit, say=self.say)

    def _verdicts(self, file: Path, embedder: Embedder) -> Callable[[], Json]:
        return lambda: measure_file(file, embedder, limit=self.limit)

    def _pages(self, file: Path, embedder: Embedder) -> Callable[[], Json]:
        assert self.pdfs is not None
        folder = self.pdfs
        return lambda: measure_pages(folder, read_page_queries(file), self.settings, embedder, limit=self.limit, say=self.say)

    def _document_answers(self, file: Path, embedder: Embedder) -> Callable[[], Json]:
        assert self.pdfs is not None
        folder, one = self.pdfs, TimedEmbedder(embedder)  # which the library does not close
        return lambda: measure_document_answers(
            folder, read_page_queries(file), self.settings, one, self.model, limit=self.asked, answers=False, say=self.say
        )

    def _answers(self, questions: QuestionSet) -> Callable[[], Json]:
        return lambda: measure_answers(questions, self.settings, self.model, limit=self.asked, answers=False, say=self.say)

    def _citations(self, questions: QuestionSet, embedder: Embedder) -> Callable[[], Json]:
        return lambda: measure_citations(questions, self.settings, embedder, self.model, limit=self.asked, say=self.say)
