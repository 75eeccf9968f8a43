"""search, ask, compare, votes: questions and what came of them."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from cli.reports import NO_DOCUMENTS, ComparisonReport, JsonReport, TextReport, hit_fields
from core.command import FAILED
from core.errors import KaedamaError
from core.place_words import say_source
from core.settings import Settings
from rag.events import Failed

if TYPE_CHECKING:
    from service.app import Application


def search(options: argparse.Namespace, settings: Settings) -> int:
    """Print the passages nearest to a question."""
    from rag.pipeline import check_question
    from rag.retrieve import Retriever
    from store.embedding.embedder import open_embedder
    from store.library import Library

    check_question(options.question, settings)
    with Library.open(settings.library, open_embedder(settings), chroma_url=settings.chroma_url) as library:
        found = Retriever(library, settings).retrieve(
            options.question, notebook=library.open_notebook(settings.notebook).id, k=options.k
        )
    for hit in found.hits:
        if options.json:
            print(json.dumps(hit_fields(hit), ensure_ascii=False))
        else:
            print(f"{hit.rank:>3}  {hit.score:.3f}  {say_source(hit)}\n     {' '.join(hit.text.split())[:300]}")
    if not options.json and not found.evidence:
        sys.stderr.write("None of this is near enough to count as evidence.\n" if found.hits else f"{NO_DOCUMENTS}\n")
    return 0


def ask(options: argparse.Namespace, settings: Settings) -> int:
    """An answer with its sources, kept as a turn of a conversation."""
    from service.app import Application
    from service.ask import Ask
    from service.waiting import Phase, Waiting

    report = JsonReport() if options.json else TextReport()
    with Application.open(settings) as application:
        try:
            session = application.sessions.of("terminal")
            info = application.models.info(options.model if options.model is not None else settings.model)
            session.allow({info.location.recipient})  # naming a remote model is leave; what goes there is told before it goes
            conversation = (
                application.conversations.newest(session.notebook) if options.conversation == "last" else options.conversation
            )
            if conversation not in ("", "new") and options.notebook is None:  # it goes on in the notebook that it is in
                session.notebook = application.conversations.get(conversation).about.notebook
            question = Ask(
                options.question,
                model=info.name,
                conversation="" if conversation == "new" else conversation,
                think=options.think,
                mode=options.mode,
                k=options.k,
            )
            running = application.questions.ask(session, question)
        except KaedamaError as error:
            if options.json:
                report.show(Failed(error, ""))  # a question that cannot be asked is an event too
            raise
        try:
            report.begin(running.conversation, running.turn)
            for batch in running.events():
                for event in batch:
                    if not isinstance(event, Waiting):
                        report.show(event)
                    elif event.phase is Phase.SEARCH_MODEL and not options.json:
                        sys.stderr.write("Loading the search model.\n")
        finally:
            running.stop()  # where the person pressed Ctrl-C; what has come is kept
    failure = running.answer.error
    if failure is not None:
        raise failure
    return 0


def compare(options: argparse.Namespace, settings: Settings) -> int:
    """The same passages to several models at once."""
    from rag.comparison import shuffled
    from service.app import Application
    from service.ask import Ask
    from service.waiting import Waiting

    order = shuffled(options.models) if options.vote else options.models
    report = ComparisonReport(order, hidden=options.vote, as_json=options.json)
    with Application.open(settings) as application:
        notebook = application.sessions.of("terminal").notebook
        question = Ask(options.question, think=options.think, mode=options.mode, k=options.k)
        for found in application.answering.compare(question, notebook=notebook, models=order, stopped=lambda: False):
            if not isinstance(found, Waiting):
                report.show(found)
        if options.vote and len(report.answers) > 1:
            _vote(report, application, options.question, notebook)
        if options.vote:
            report.reveal()
    if report.failure is not None:
        raise report.failure
    return 0 if report.answers else FAILED


def _vote(report: ComparisonReport, application: Application, question: str, notebook: int) -> None:
    from store.catalog import Vote

    letters = {report.names[model]: model for model in report.names if model in report.answers}
    sys.stderr.write(f"Which answer is best? {', '.join(letters)}, = for a tie, nothing for no vote: ")
    sys.stderr.flush()
    said = sys.stdin.readline().strip().upper()
    if said == "=" or said in letters:
        answers = {model: report.answers[model] for model in letters.values()}
        application.notebooks.vote(Vote(notebook, question, answers, letters.get(said, ""), blind=True))


def votes(options: argparse.Namespace, settings: Settings) -> int:
    """Which models won comparisons, or every vote as JSON."""
    from cli.tables import win_rates
    from store.catalog.votes import as_jsonl, standings
    from store.embedding.embedder import open_embedder
    from store.library import Library

    with Library.open(settings.library, open_embedder(settings), chroma_url=settings.chroma_url) as library:
        notebook = library.open_notebook(settings.notebook)
        votes = library.catalog.votes.all(notebook.id)
    print(as_jsonl(votes, {notebook.id: notebook.name}), end="") if options.json else print("\n".join(win_rates(standings(votes))))
    return 0
