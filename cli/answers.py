"""search, ask, compare, votes: questions and what came of them."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from cli.reports import ComparisonReport, JsonReport, TextReport, hit_fields, place
from core.command import FAILED
from core.errors import KaedamaError
from core.settings import Settings
from core.types import ModelName
from rag.events import Failed

if TYPE_CHECKING:
    from store.library import Library


def search(options: argparse.Namespace, settings: Settings) -> int:
    """Print the passages nearest to a question."""
    from rag.pipeline import check_question
    from rag.retriever import Retriever
    from store.embedder import open_embedder
    from store.library import Library

    check_question(options.question, settings)
    with Library.open(settings.library, open_embedder(settings)) as library:
        found = Retriever(library, settings).retrieve(
            options.question, notebook=library.open_notebook(settings.notebook).id, k=options.k
        )
    for hit in found.hits:
        if options.json:
            print(json.dumps(hit_fields(hit), ensure_ascii=False))
        else:
            print(f"{hit.rank:>3}  {hit.score:.3f}  {place(hit)}\n     {' '.join(hit.text.split())[:300]}")
    if not options.json and not found.evidence:
        sys.stderr.write(
            "None of this is near enough to count as evidence.\n" if found.hits else "The notebook holds no documents.\n"
        )
    return 0


def ask(options: argparse.Namespace, settings: Settings) -> int:
    """An answer with its sources."""
    from rag.models.base import AnswerModel
    from rag.models.listing import open_model
    from rag.pipeline import AnswerPipeline
    from rag.planner import Mode
    from store.embedder import open_embedder
    from store.library import Library

    name = options.model if options.model is not None else settings.model
    report = JsonReport() if options.json else TextReport()
    failure: KaedamaError | None = None
    with contextlib.ExitStack() as stack:
        library = stack.enter_context(Library.open(settings.library, open_embedder(settings)))

        def model() -> AnswerModel:
            opened = open_model(ModelName.parse(name) if name else None, settings)
            stack.callback(opened.close)
            return opened

        pipeline = AnswerPipeline(library, settings)
        asked = pipeline.stream(
            options.question,
            model=model,
            notebook=library.open_notebook(settings.notebook).id,
            k=options.k,
            think=options.think,
            mode=Mode(options.mode),
        )
        for event in asked:
            report.show(event)
            failure = event.error if isinstance(event, Failed) else None
    if failure is not None:
        raise failure
    return 0


def compare(options: argparse.Namespace, settings: Settings) -> int:
    """The same passages to several models at once."""
    from rag.compare import compare, shuffled
    from rag.models.base import AnswerModel
    from rag.models.listing import open_model
    from rag.pipeline import AnswerPipeline
    from rag.planner import Mode, Scope
    from rag.prices import read_prices
    from store.embedder import open_embedder
    from store.library import Library

    order = shuffled(options.models) if options.vote else options.models
    prices = read_prices(settings.prices)
    report = ComparisonReport(order, hidden=options.vote, as_json=options.json)
    with contextlib.ExitStack() as stack:
        library = stack.enter_context(Library.open(settings.library, open_embedder(settings)))

        def opener(name: str) -> Callable[[], AnswerModel]:
            def model() -> AnswerModel:
                opened = open_model(ModelName.parse(name), settings)
                stack.callback(opened.close)
                return opened

            return model

        notebook = library.open_notebook(settings.notebook).id
        scope = Scope(notebook, (), None, options.k, options.think, lambda: False, Mode(options.mode))
        openers = {name: opener(name) for name in order}
        for found in compare(AnswerPipeline(library, settings), options.question, models=openers, scope=scope, prices=prices):
            report.show(found)
        if options.vote and len(report.answers) > 1:
            _vote(report, library, options.question, notebook)
        if options.vote:
            report.reveal()
    if report.failure is not None:
        raise report.failure
    return 0 if report.answers else FAILED


def _vote(report: ComparisonReport, library: Library, question: str, notebook: int) -> None:
    from store.catalog import Vote

    letters = {report.names[model]: model for model in report.names if model in report.answers}
    sys.stderr.write(f"Which answer is best? {', '.join(letters)}, = for a tie, nothing for no vote: ")
    sys.stderr.flush()
    said = sys.stdin.readline().strip().upper()
    if said == "=" or said in letters:
        answers = {model: report.answers[model] for model in letters.values()}
        library.vote(Vote(notebook, question, answers, letters.get(said, ""), blind=True))


def votes(options: argparse.Namespace, settings: Settings) -> int:
    """Which models won comparisons, or every vote as JSON."""
    from cli.tables import win_rates
    from store.catalog.votes import as_jsonl, standings
    from store.embedder import open_embedder
    from store.library import Library

    with Library.open(settings.library, open_embedder(settings)) as library:
        notebook = library.open_notebook(settings.notebook)
        votes = library.votes(notebook.id)
    print(as_jsonl(votes, {notebook.id: notebook.name}), end="") if options.json else print("\n".join(win_rates(standings(votes))))
    return 0
