"""python -m rag search | ask | compare | votes | models | pull | doctor: the same pipelines as the page, from the command line."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.command import FAILED, INTERRUPTED, add_library_options, chosen, guarded, status_line
from core.errors import KaedamaError, ModelError
from core.settings import Settings, prepare_environment, read_settings, settings_table
from rag.events import Failed
from rag.models.base import Thinking
from rag.reports import ComparisonReport, JsonReport, TextReport, hit_fields, place, progress

if TYPE_CHECKING:
    from rag.models.base import ModelInfo
    from store.library import Library


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
    compare = commands.add_parser("compare", help="the same passages to several models at once")
    votes = commands.add_parser("votes", help="which models won comparisons; --json gives every vote")
    models = commands.add_parser("models", help="the models that can answer here")
    pull = commands.add_parser("pull", help="download a model: by Ollama, or from the Hugging Face hub")
    doctor = commands.add_parser("doctor", help="check library, embedder and models")
    runs = (
        (search, _search),
        (ask, _ask),
        (compare, _compare),
        (votes, _votes),
        (models, _models),
        (pull, _pull),
        (doctor, _doctor),
    )
    for command, run in runs:
        add_library_options(command)
        command.set_defaults(run=run)
    pull.add_argument("name", metavar="NAME", help="as in Ollama's registry: gemma4:e2b; or llamacpp:hf:OWNER/REPO")
    for command in (search, ask, compare):
        command.add_argument("question")
        command.add_argument("-k", type=_positive, metavar="N", help="how many passages (KAEDAMA_TOP_K)")
    ask.add_argument("--model", metavar="NAME", help="the answering model (KAEDAMA_MODEL); `python -m rag models` lists them")
    for command in (ask, compare):
        command.add_argument(
            "--mode",
            choices=("auto", "passages", "whole"),
            default="auto",
            help="what the model reads: passages, or the notebook whole",
        )
        command.add_argument(
            "--think",
            type=Thinking,
            choices=list(Thinking),
            default=Thinking.AUTO,
            metavar="off|auto|on",
            help="think before answering; auto: only models that run remotely",
        )
    compare.add_argument("--models", required=True, type=_names, metavar="A,B", help="two models or more, separated by commas")
    compare.add_argument("--vote", action="store_true", help="hide the names, ask which answer is best and keep the vote")
    doctor.add_argument("--settings", action="store_true", help="print the table of settings and stop")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 200:
        raise argparse.ArgumentTypeError("give a number from 1 to 200")
    return value


def _names(text: str) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if len(names) < 2:
        raise argparse.ArgumentTypeError("give at least two different models, separated by a comma")
    return names


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
            print(json.dumps(hit_fields(hit), ensure_ascii=False))
        else:
            print(f"{hit.rank:>3}  {hit.score:.3f}  {place(hit)}\n     {' '.join(hit.text.split())[:300]}")
    if not options.json and not found.evidence:
        sys.stderr.write(
            "None of this is near enough to count as evidence.\n" if found.hits else "The notebook holds no documents.\n"
        )
    return 0


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models.base import AnswerModel
    from rag.models.catalogue import open_model
    from rag.pipeline import AnswerPipeline
    from rag.planner import Mode
    from store.embedder import open_embedder
    from store.library import Library

    name = options.model if options.model is not None else settings.model
    report = JsonReport() if options.json else TextReport(settings)
    failure: KaedamaError | None = None
    with contextlib.ExitStack() as stack:
        library = stack.enter_context(Library.open(settings.library, open_embedder(settings)))

        def model() -> AnswerModel:
            opened = open_model(name, settings)
            stack.callback(opened.close)
            return opened

        pipeline = AnswerPipeline(library, settings)
        asked = pipeline.stream(
            options.question,
            model=model,
            notebook=settings.notebook,
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


def _compare(options: argparse.Namespace, settings: Settings) -> int:
    from rag.compare import compare, shuffled
    from rag.models.base import AnswerModel
    from rag.models.catalogue import open_model
    from rag.pipeline import AnswerPipeline
    from rag.planner import Mode, Scope
    from rag.prices import read_prices
    from store.embedder import open_embedder
    from store.library import Library

    order = shuffled(options.models) if options.vote else options.models
    prices = read_prices(settings.prices)
    report = ComparisonReport(order, settings, hidden=options.vote, as_json=options.json)
    with contextlib.ExitStack() as stack:
        library = stack.enter_context(Library.open(settings.library, open_embedder(settings)))

        def opener(name: str) -> Callable[[], AnswerModel]:
            def model() -> AnswerModel:
                opened = open_model(name, settings)
                stack.callback(opened.close)
                return opened

            return model

        scope = Scope(settings.notebook, (), None, options.k, options.think, lambda: False, Mode(options.mode))
        openers = {name: opener(name) for name in order}
        for found in compare(AnswerPipeline(library, settings), options.question, models=openers, scope=scope, prices=prices):
            report.show(found)
        if options.vote and len(report.answers) > 1:
            _vote(report, library, options.question, settings.notebook)
        if options.vote:
            report.reveal()
    if report.failure is not None:
        raise report.failure
    return 0 if report.answers else FAILED


def _vote(report: ComparisonReport, library: Library, question: str, notebook: str) -> None:
    from store.votes import Vote, Votes

    letters = {report.names[model]: model for model in report.names if model in report.answers}
    sys.stderr.write(f"Which answer is best? {', '.join(letters)}, = for a tie, nothing for no vote: ")
    sys.stderr.flush()
    said = sys.stdin.readline().strip().upper()
    if said == "=" or said in letters:
        answers = {model: report.answers[model] for model in letters.values()}
        Votes(library.catalog).add(Vote(notebook, question, answers, letters.get(said, ""), blind=True))


def _votes(options: argparse.Namespace, settings: Settings) -> int:
    from rag.tables import win_rates
    from store.embedder import open_embedder
    from store.library import Library
    from store.votes import Votes, as_jsonl, standings

    with Library.open(settings.library, open_embedder(settings)) as library:
        votes = Votes(library.catalog).all(settings.notebook)
    print(as_jsonl(votes), end="") if options.json else print("\n".join(win_rates(standings(votes))))
    return 0


def _models(options: argparse.Namespace, settings: Settings) -> int:
    from rag.kitchen import guide, machine_line, rows, this_machine
    from rag.models.catalogue import list_models
    from rag.models.llama_cpp import TERMS
    from rag.tables import columns

    models = list_models(settings)
    ours = [model.name.removeprefix("ollama:") for model in models if model.name.startswith("ollama:") and model.where == "home"]
    kitchen = guide(this_machine(), ours)
    if options.json:
        for model in models:
            print(json.dumps(dataclasses.asdict(model), ensure_ascii=False))
        print(json.dumps({"kitchen": dataclasses.asdict(kitchen)}, ensure_ascii=False))
        return 0
    print("\n".join(columns([_model_row(model) for model in models])))
    print(f"\nThis machine: {machine_line(kitchen.machine)}\n")
    print("\n".join(columns(rows(kitchen))))
    if kitchen.command:
        first = "" if ours else f"No model in Ollama at {settings.ollama_url}. Install it (https://ollama.com) and start it, then: "
        print(f"\n* is the best fit here. {first}{kitchen.command}")
    elif kitchen.best:
        print(f"\n* is the best fit here, and it is installed: --model ollama:{kitchen.best}")
    sys.stderr.write(f"{TERMS}\n")
    return 0


def _pull(options: argparse.Namespace, settings: Settings) -> int:
    from rag.models.pulling import pull

    name = options.name
    try:
        for event in pull(name, settings):
            name = event.name
            if options.json:
                print(json.dumps({"event": "pulling", **dataclasses.asdict(event)}, ensure_ascii=False), flush=True)
            else:
                status_line(progress(event))
    except KeyboardInterrupt:
        status_line("")
        sys.stderr.write("Stopped. What was downloaded is kept; the same command goes on from there.\n")
        return INTERRUPTED
    except KaedamaError:
        status_line("")
        raise
    status_line("")
    model = f"llamacpp:{name}" if name.startswith("hf:") else f"ollama:{name}"
    print(json.dumps({"event": "done", "name": name}) if options.json else f"{name} is there: --model {model}")
    return 0


def _model_row(model: ModelInfo) -> tuple[str, ...]:
    able = (("thinks", model.thinks), ("sees", model.sees), ("demonstration", model.demonstration))
    can = ", ".join(word for word, true in able if true)
    size = f"{model.size / 1e9:.1f} GB" if model.size else ""
    return (model.name, model.engine, "at home" if model.where == "home" else "remote", f"{model.window:,} tokens", size, can)


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
