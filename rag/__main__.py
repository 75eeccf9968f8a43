"""python -m rag search | ask | models | doctor: the same pipelines as the page, from the command line."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Callable

from core.command import FAILED, add_library_options, chosen, guarded
from core.errors import KaedamaError, ModelError
from core.settings import Settings, prepare_environment, read_settings, settings_table
from core.types import Citation, Hit
from rag.events import Cited, Event, Failed, Finished, Outcome, Planned, Retrieved, Text, Thought, Verified, to_json


def main() -> int:
    """Parse arguments and run one command. Exit status: 0 done, 1 something failed, 2 wrong usage."""
    parser = _parser()
    options = parser.parse_args()
    settings = dataclasses.replace(read_settings(os.environ), **chosen(options))  # type: ignore[arg-type]  # names are fields
    prepare_environment(os.environ)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    return run(options, settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m rag", description="Search a Kaedama library and ask it questions.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    search = commands.add_parser("search", help="the passages nearest to a question")
    ask = commands.add_parser("ask", help="an answer with its sources")
    models = commands.add_parser("models", help="the models that can answer here")
    doctor = commands.add_parser("doctor", help="check library, embedder and models")
    for command, run in ((search, _search), (ask, _ask), (models, _models), (doctor, _doctor)):
        add_library_options(command)
        command.set_defaults(run=run)
    for command in (search, ask):
        command.add_argument("question")
        command.add_argument("-k", type=_positive, metavar="N", help="how many passages (KAEDAMA_TOP_K)")
    ask.add_argument("--model", metavar="NAME", help="the answering model (KAEDAMA_MODEL); `python -m rag models` lists them")
    doctor.add_argument("--settings", action="store_true", help="print the table of settings and stop")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 200:
        raise argparse.ArgumentTypeError("give a number from 1 to 200")
    return value


def _search(options: argparse.Namespace, settings: Settings) -> int:
    from rag.pipeline import check_question
    from rag.retriever import Retriever
    from store.embedder import open_embedder
    from store.library import Library

    check_question(options.question, settings)
    with Library.open(settings.library, open_embedder(settings)) as library:
        found = Retriever(library, settings).retrieve(options.question, notebook=settings.notebook, k=options.k)
    for hit in found.hits:
        if options.json:
            print(json.dumps(_hit(hit), ensure_ascii=False))
        else:
            print(f"{hit.rank:>3}  {hit.score:.3f}  {_place(hit)}\n     {' '.join(hit.text.split())[:300]}")
    if not options.json and not found.evidence:
        sys.stderr.write(
            "None of this is near enough to count as evidence.\n" if found.hits else "The notebook holds no documents.\n"
        )
    return 0


def _hit(hit: Hit) -> dict[str, object]:
    fields = {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "source": hit.source,
        "page": hit.page,
        "start": hit.start,
        "end": hit.end,
    }
    return {**fields, "text": hit.text, "label": hit.label, "language": hit.language, "heading": hit.heading}


def _place(hit: Hit | Citation) -> str:
    return f"{hit.source}, p. {hit.label or hit.page}"


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models.base import AnswerModel
    from rag.models.catalogue import open_model
    from rag.pipeline import AnswerPipeline
    from store.embedder import open_embedder
    from store.library import Library

    name = options.model if options.model is not None else settings.model
    report = _JsonReport() if options.json else _TextReport()
    failure: KaedamaError | None = None
    with contextlib.ExitStack() as stack:
        library = stack.enter_context(Library.open(settings.library, open_embedder(settings)))

        def model() -> AnswerModel:
            opened = open_model(name, settings)
            stack.callback(opened.close)
            return opened

        pipeline = AnswerPipeline(library, settings)
        for event in pipeline.stream(options.question, model=model, notebook=settings.notebook, k=options.k):
            report.show(event)
            failure = event.error if isinstance(event, Failed) else None
    if failure is not None:
        raise failure
    return 0


class _JsonReport:
    """Every event as one line of JSON."""

    def show(self, event: Event) -> None:
        print(json.dumps(to_json(event), ensure_ascii=False), flush=True)


class _TextReport:
    """The answer as it comes on standard output, with the quotes below; the rest on standard error."""

    def __init__(self) -> None:
        self._hits: tuple[Hit, ...] = ()

    def show(self, event: Event) -> None:
        if isinstance(event, Retrieved):
            self._hits = event.hits
            sys.stderr.write(f"{len(event.hits)} passages in {sum(event.seconds.values()) * 1000:.0f} ms\n")
        elif isinstance(event, Planned) and event.demonstration:
            sys.stderr.write(f"{DEMONSTRATION}\n")
        elif isinstance(event, Thought):
            sys.stderr.write(event.text)
        elif isinstance(event, Text):
            print(event.text, end="", flush=True)
        elif isinstance(event, Cited):
            print("\n")
            for citation in event.citations:
                print(f"[{citation.n}] {_place(citation)}: {' '.join(citation.quote.split())}")
        elif isinstance(event, Verified):
            good = sum(verdict.support in ("quoted", "supported") for verdict in event.verdicts)
            print(f"{good} of {len(event.verdicts)} sentences supported")
        elif isinstance(event, Finished):
            self._finish(event)

    def _finish(self, event: Finished) -> None:
        if event.outcome is Outcome.NOTHING_FOUND:
            print("Nothing in the documents comes near enough to answer this.")
        if event.outcome in (Outcome.NOTHING_FOUND, Outcome.REFUSED) and self._hits:
            print("\nThis came nearest:")
            for hit in self._hits[:3]:
                print(f"- {_place(hit)}: {' '.join(hit.text.split())[:200]}")
        if event.outcome is Outcome.CUT:
            print("The answer reached the limit of its length (KAEDAMA_ANSWER_TOKENS).")


DEMONSTRATION = (
    "The embedded Gemma 3 270M is a demonstration model: rely on the quoted passages. For a real Gemma install Ollama "
    "(https://ollama.com) and run `ollama pull gemma4:e2b`."
)


def _models(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models.catalogue import GET_GEMMA, list_models
    from rag.models.llama_cpp import TERMS

    models = list_models(settings)
    for model in models:
        if options.json:
            print(json.dumps(dataclasses.asdict(model), ensure_ascii=False))
            continue
        size = f"{model.size / 1e9:.1f} GB" if model.size else ""
        can = ", ".join(
            word for word, able in (("thinks", model.thinks), ("sees", model.sees), ("demonstration", model.demonstration)) if able
        )
        where = "at home" if model.where == "home" else "remote"
        print(f"{model.name:<28} {model.engine:<10} {where:<8} {model.window:>8,} tokens  {size:>8}  {can}")
    if not options.json:
        if len(models) == 1:
            sys.stderr.write(
                f"No Ollama at {settings.ollama_url}. For a real Gemma install it (https://ollama.com), then: {GET_GEMMA}\n"
            )
        sys.stderr.write(f"{TERMS}\n")
    return 0


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    if options.settings:
        print(settings_table())
        return 0
    from rag.models.catalogue import list_models, open_model
    from store.embedder import open_embedder
    from store.library import Library

    good = True

    def tell(name: str, *, fine: bool, text: str) -> None:
        nonlocal good
        good &= fine
        print(
            json.dumps({"check": name, "ok": fine, "detail": text})
            if options.json
            else f"{'ok  ' if fine else 'FAIL'} {name}: {text}"
        )

    with Library.open(settings.library, open_embedder(settings)) as library:
        health = library.health()
        counts = (
            f"{health.sources} documents, {health.chunks} passages; {health.dense} in Chroma, {health.lexical} in the word index"
        )
        tell("library", fine=health.level, text=f"{settings.library}: {counts}")
        record = library.catalog.embedder()
        tell(
            "embedder",
            fine=record is not None,
            text=f"{library.embedder.signature}, {record.dimension if record else 0} dimensions",
        )
    for info in list_models(settings):
        try:
            open_model(info.name, settings).close()
            tell("model", fine=True, text=f"{info.name} ({info.engine}, {info.window:,} tokens)")
        except ModelError as error:
            tell("model", fine=False, text=str(error))
    return 0 if good else FAILED


if __name__ == "__main__":
    sys.exit(guarded(main))
