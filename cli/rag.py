"""python -m rag search | ask | compare | models | doctor | backup...: the same pipelines as the page, from the command line."""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from cli import answers as answer_commands
from cli import health as health_commands
from cli import history as history_commands
from cli import models as model_commands
from core.command import add_library_options, chosen
from core.log import configure
from core.settings import Settings, prepare_environment, read_settings
from core.text import clean
from rag.events import Mode
from rag.models.base import Thinking


def main(export: history_commands.Exports) -> int:
    """Parse arguments and run one command; `export` writes conversations as files.

    Exit status: 0 done, 1 something failed, 2 wrong usage.
    """
    parser = _parser()
    options = parser.parse_args()
    for name, value in vars(options).items():
        if type(value) is str:  # words of an enumeration are what they are
            setattr(options, name, clean(value))  # a terminal may hand over bytes that are no text
    settings = dataclasses.replace(read_settings(os.environ), **chosen(options))  # type: ignore[arg-type]  # names are fields
    configure(settings.log)
    prepare_environment(os.environ)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    options.export = export
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
    backup = commands.add_parser("backup", help="the library as one file, also while the page runs")
    restore = commands.add_parser("restore", help="put a backup in the place of the library")
    history = commands.add_parser("history", help="the conversations that are kept")
    notebooks = commands.add_parser("notebooks", help="the notebooks of the library")
    runs = (
        (search, answer_commands.search),
        (ask, answer_commands.ask),
        (compare, answer_commands.compare),
        (votes, answer_commands.votes),
        (models, model_commands.models),
        (pull, model_commands.pull),
        (doctor, health_commands.doctor),
        (backup, health_commands.backup),
        (restore, health_commands.restore),
    )
    for command, run in runs:
        add_library_options(command)
        command.set_defaults(run=run)
    _add_history(history)
    _add_notebooks(notebooks)
    pull.add_argument("name", metavar="NAME", help="as in Ollama's registry: gemma4:e2b; or llamacpp:hf:OWNER/REPO")
    _add_questions(search, ask, compare)
    for command in (backup, restore):
        command.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="also where the library holds something, which goes")
    doctor.add_argument("--repair", action="store_true", help="first make both indexes anew from the catalog")
    doctor.add_argument("--settings", action="store_true", help="print the table of settings and stop")
    return parser


def _add_questions(search: argparse.ArgumentParser, ask: argparse.ArgumentParser, compare: argparse.ArgumentParser) -> None:
    for command in (search, ask, compare):
        command.add_argument("question")
        command.add_argument("-k", type=_positive, metavar="N", help="how many passages (KAEDAMA_TOP_K)")
    ask.add_argument("--model", metavar="NAME", help="the answering model (KAEDAMA_MODEL); `python -m rag models` lists them")
    for command in (ask, compare):
        command.add_argument(
            "--mode",
            type=Mode,
            choices=list(Mode),
            default=Mode.AUTO,
            metavar="|".join(Mode),
            help="what the model reads: passages, or whole documents",
        )
        command.add_argument(
            "--think",
            type=Thinking,
            choices=list(Thinking),
            default=Thinking.AUTO,
            metavar="off|auto|on",
            help="think before answering; auto: only models that run remotely",
        )
    ask.add_argument("--conversation", default="new", metavar="ID|new|last", help="the conversation that the question goes on with")
    compare.add_argument("--models", required=True, type=_names, metavar="A,B", help="two models or more, separated by commas")
    compare.add_argument("--vote", action="store_true", help="hide the names, ask which answer is best and keep the vote")


def _add_history(history: argparse.ArgumentParser) -> None:
    kinds = {
        "list": "those of the notebook, the last used first; --all: of every notebook",
        "show": "the turns of one",
        "export": "one as a file",
        "delete": "remove one",
    }
    below = _add_below(history, kinds)
    for name in ("show", "export", "delete"):
        below[name].add_argument("id", metavar="ID", help="its id, or last: the one used last in the notebook")
    for parser, unset in ((history, False), (below["list"], argparse.SUPPRESS)):
        parser.add_argument("--all", action="store_true", default=unset, help="list the conversations of every notebook")
    below["export"].add_argument("--format", choices=("md", "html", "json"), default="md")
    history.set_defaults(run=history_commands.history)


def _add_notebooks(notebooks: argparse.ArgumentParser) -> None:
    kinds = {
        "list": "all of them",
        "new": "make one",
        "rename": "give one another name",
        "delete": "remove one with all that is in it",
    }
    below = _add_below(notebooks, kinds)
    for name in ("new", "rename", "delete"):
        below[name].add_argument("name", metavar="NAME")
    below["rename"].add_argument("new_name", metavar="NEW_NAME")
    notebooks.set_defaults(run=history_commands.notebooks)


def _add_below(command: argparse.ArgumentParser, kinds: Mapping[str, str]) -> dict[str, argparse.ArgumentParser]:
    """What a command can do, each with its help; all take the options of the library, before or behind the word."""
    what = command.add_subparsers(dest="what", metavar="|".join(kinds))
    made = {name: what.add_parser(name, help=text) for name, text in kinds.items()}
    add_library_options(command)
    for parser in made.values():
        add_library_options(parser, below=True)
    return made


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
