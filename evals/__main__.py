"""python -m evals retrieval | refusal | answers | citations | draft | pages | verdicts | bench | ingest | overhead | listing |
conversations | memory | all: measure this checkout on this machine."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.command import FAILED, chosen, guarded
from core.log import configure
from core.settings import ROOT, Settings, prepare_environment, read_settings

if TYPE_CHECKING:
    from evals.bench import Bench
    from store.embedding.embedder import Embedder

_SHARED = ROOT.parent / "shared"
_Json = dict[str, object]
# Of evals/ingest_speed.py, whose import takes long.
_PARTS = ("recipe", "parsing", "embedding", "again", "memory", "growth")
# One more than evals/memory.py asks before it weighs for the first time.
_FEWEST_WEIGHED = 31
# Asked of a model where no number is given; of PDFs all are.
_QUESTIONS = 60


def main() -> int:
    """Parse arguments, measure, print. Exit status: 0 measured, 1 something failed, 2 wrong usage."""
    options = _arguments()
    settings = read_settings(os.environ)
    configure(settings.log)
    prepare_environment(os.environ)
    failed = False
    for result in _measured(options, settings):
        failed = failed or "error" in result
        print(json.dumps(result, ensure_ascii=False) if options.json else "\n".join(_lines(result)), flush=True)
    return FAILED if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m evals", description="Measure retrieval, refusal, answers, verdicts and speed.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_questions(commands)
    _add_draft(commands)
    _add_pages(commands)
    verdicts = commands.add_parser("verdicts", help="are the verdicts on sentences of answers true")
    verdicts.add_argument(
        "--data", type=Path, required=True, metavar="V.jsonl", help="questions, passages, answers, labelled sentences"
    )
    verdicts.add_argument("--details", action="store_true", help="with every verdict that is not as labelled")
    bench = commands.add_parser("bench", help="speed and memory against the quick-start recipe")
    _add_speed_options(bench)
    bench.add_argument("--questions", type=_many, default=300, metavar="N", help="of the part memory, at least 31; default: 300")
    bench.add_argument("--large", action="store_true", help="only search, in libraries that grow to 1,000,000 made-up chunks")
    bench.add_argument("--sizes", type=_count, nargs="+", metavar="N", help="chunks of these libraries, rising; only with --large")
    speed = commands.add_parser("ingest", help="how fast documents get in, in ratios; a part of bench")
    speed.add_argument(
        "parts", nargs="*", type=_part, metavar="PART", help="recipe, parsing, embedding, again, memory, growth; default: all"
    )
    _add_speed_options(speed)
    speed.add_argument("--made-up", type=Path, metavar="DIR", help="only read DIR, with made-up vectors (what `memory` weighs)")
    overhead = commands.add_parser("overhead", help="what the model seam adds to the first word; a part of bench")
    overhead.add_argument(
        "--repeats", type=_count, default=51, metavar="N", help="first words, of which the median counts; default: 51"
    )
    memory = commands.add_parser(
        "memory", help="what many different questions to the embedded model cost in memory; a part of bench"
    )
    memory.add_argument("--questions", type=_many, default=300, metavar="N", help="how many, at least 31; default: 300")
    commands.add_parser("listing", help="how much later documents are listed while a large one is planned whole; a part of bench")
    commands.add_parser("conversations", help="opening long conversations, and the bytes of a streamed answer; a part of bench")
    _add_all(commands)
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", help="one JSON object a line instead of text")
    options = parser.parse_args()
    if options.command == "answers" and not options.pdfs:
        if len(options.queries) > 1:
            parser.error("only with --pdfs does the argument --queries name several files")
        options.queries, options.limit = options.queries[0], options.limit or _QUESTIONS
    return options


def _add_questions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, text in (
        ("retrieval", "is the right document found: vectors, words, and both fused"),
        ("refusal", "can search tell that the documents do not answer"),
        ("answers", "does a model answer from the right passage, and refuse without it; with --library: does the whole pipeline"),
        ("citations", "do answers of the whole pipeline cite what answers"),
    ):
        command = commands.add_parser(name, help=text)
        asked = command.add_mutually_exclusive_group(required=True)
        asked.add_argument("--docs", type=Path, metavar="D.jsonl", help="id, lang, title, text")
        asked.add_argument("--library", type=Path, metavar="DIR", help="one's own documents; `relevant` are pages of them, FILE#pN")
        command.add_argument("--notebook", metavar="NAME", help="of the library (KAEDAMA_NOTEBOOK)")
        queries = command.add_argument(
            "--queries", type=Path, required=True, metavar="Q.jsonl", help="id, lang, question, answers, relevant"
        )
        command.add_argument("--limit", type=_count, metavar="N", help="at most so many (answerable) questions")
        if name in ("answers", "citations"):
            command.add_argument(
                "--model", default="embedded", metavar="NAME", help="see `python -m rag models`; default: embedded"
            )
            command.set_defaults(limit=_QUESTIONS)
        if name == "answers":
            asked.add_argument("--pdfs", type=Path, metavar="DIR", help="where the files of the questions are: whole pipeline")
            queries.nargs = "+"
            command.add_argument("--answers", action="store_true", help="with every answer; not with --library")
            command.set_defaults(limit=None)


def _add_pages(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    pages = commands.add_parser("pages", help="is the evidence page of a PDF found, through the whole ingest")
    pages.add_argument("--pdfs", type=Path, required=True, metavar="DIR", help="where the files of the questions are")
    pages.add_argument(
        "--queries", type=Path, required=True, nargs="+", metavar="Q.jsonl", help="file, question, relevant: FILE#pN"
    )
    pages.add_argument("--limit", type=_count, metavar="N", help="at most so many questions")


def _add_draft(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    draft = commands.add_parser("draft", help="have a model write questions about one's own documents, to be edited by a person")
    draft.add_argument("--library", type=Path, metavar="DIR", help="the library's directory (KAEDAMA_LIBRARY)")
    draft.add_argument("--notebook", metavar="NAME", help="the notebook (KAEDAMA_NOTEBOOK)")
    draft.add_argument("--model", required=True, metavar="NAME", help="a capable one; see `python -m rag models`")
    draft.add_argument("--out", type=Path, required=True, metavar="Q.jsonl", help="a new file: a line a question")
    draft.add_argument("--count", type=_count, default=50, metavar="N", help="passages that are asked about; default: 50")
    draft.add_argument("--language", default="", metavar="CODE", help="the questions' language, as es; default: each passage's own")


def _add_all(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    every = commands.add_parser("all", help="every measure of quality, on every set of a folder, and a page about it")
    every.add_argument("--sets", type=Path, default=_SHARED / "qa", metavar="DIR", help="default: ../shared/qa")
    every.add_argument("--pdfs", type=Path, metavar="DIR", help="PDFs with NAME.queries.jsonl beside them")
    every.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these sets; default: all")
    every.add_argument("--limit", type=_count, metavar="N", help="at most so many questions a set")
    every.add_argument("--model", default="", metavar="NAME", help="a model that is asked too; default: none")
    every.add_argument("--asked", type=_count, default=60, metavar="N", help="questions a set that it is asked; default: 60")
    every.add_argument("--kept", type=Path, metavar="FILE", help="results are kept here as they come, and not measured again")
    every.add_argument("--report", type=Path, metavar="FILE.md", help="a page with tables and plots")
    every.add_argument(
        "--peers",
        type=Path,
        default=_SHARED / "facts" / "peers-measured.md",
        metavar="FILE.md",
        help="figures of other systems for that page; default: ../shared/facts/peers-measured.md",
    )


def _add_speed_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pdfs", type=Path, default=_SHARED / "pdfs" / "good", metavar="DIR", help="default: ../shared/pdfs/good")
    parser.add_argument(
        "--recipe", type=Path, default=_SHARED / "bench" / "quickstart_recipe.py", metavar="PATH", help="the script"
    )
    parser.add_argument(
        "--recipe-python", type=Path, default=Path(sys.executable), metavar="PATH", help="a Python with its packages"
    )
    parser.add_argument("--repeats", type=_count, default=3, metavar="N", help="rounds, of which the median counts; default: 3")


def _part(text: str) -> str:
    if text not in _PARTS:
        raise argparse.ArgumentTypeError(f"it is one of {', '.join(_PARTS)}, not {text!r}")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"it is a number from 1 on, not {text!r}")
    return int(text)


def _many(text: str) -> int:
    """More questions than are asked before memory is weighed for the first time."""
    if (count := _count(text)) < _FEWEST_WEIGHED:
        raise argparse.ArgumentTypeError(f"it is a number from {_FEWEST_WEIGHED} on, not {text}")
    return count


def _measured(options: argparse.Namespace, settings: Settings) -> Iterator[_Json]:
    from store.embedding.embedder import open_embedder

    if options.command == "answers" and options.docs:
        from evals.answers import measure_answers
        from evals.sets import read_set

        questions = read_set(options.docs, options.queries)
        yield measure_answers(questions, settings, options.model, limit=options.limit, answers=options.answers, say=_say)
    elif options.command == "memory":
        from evals.memory import measure_memory

        yield measure_memory(settings, questions=options.questions, say=_say)
    elif options.command == "listing":
        from evals.listing import measure_listing

        yield measure_listing(settings, say=_say)
    elif options.command == "bench" and options.large:
        from evals.large import SIZES, measure_large

        yield from measure_large(settings, sizes=sorted(options.sizes or SIZES), say=_say)
    elif options.command == "draft" or getattr(options, "library", None):
        settings = replace(settings, **chosen(options))  # type: ignore[arg-type]  # names are fields
        yield _own(options, settings, open_embedder(settings))
    elif options.command == "all":
        yield from _all(options, settings, open_embedder(settings))
    else:
        yield _embedding(options, settings, open_embedder(settings))


def _embedding(options: argparse.Namespace, settings: Settings, embedder: Embedder) -> _Json:
    """What one of the commands that embed has measured."""
    match options.command:
        case "citations":
            from evals.citations import measure_citations
            from evals.sets import read_set

            questions = read_set(options.docs, options.queries)
            return measure_citations(questions, settings, embedder, options.model, limit=options.limit, say=_say)
        case "retrieval" | "refusal":
            return _search(options, settings, embedder)
        case "ingest":
            return _ingest_speed(options, settings, embedder)
        case "conversations":
            from evals.conversations import measure_conversations

            return measure_conversations(settings, embedder, os.environ, say=_say)
        case "answers":
            return _document_answers(options, settings, embedder)
        case "pages":
            return _evidence_pages(options, settings, embedder)
        case "verdicts":
            from evals.verdicts import measure_file

            return measure_file(options.data, embedder, details=options.details)
        case "bench":
            return _bench(options, settings, options.questions).run(embedder)
        case _:
            from evals.overhead import measure_overhead

            return measure_overhead(settings, embedder, repeats=options.repeats, say=_say)


def _own(options: argparse.Namespace, settings: Settings, embedder: Embedder) -> _Json:
    """A measure of one's own documents, or questions about them."""
    from evals import own
    from evals.draft import draft

    if options.command == "draft":
        return draft(settings, embedder, options.model, options.out, count=options.count, language=options.language, say=_say)
    with own.opened_own(options.queries, settings, embedder) as asked:
        given: _Json = {"library": str(settings.library), "notebook": settings.notebook}
        if options.command in ("retrieval", "refusal"):
            search = own.own_retrieval if options.command == "retrieval" else own.own_refusal
            return given | search(asked, settings, limit=options.limit, say=_say)
        whole = own.own_answers if options.command == "answers" else own.own_citations
        return given | whole(asked, settings, options.model, limit=options.limit, say=_say)


def _bench(options: argparse.Namespace, settings: Settings, questions: int = 0) -> Bench:
    from evals.bench import Bench

    paths = {name: getattr(options, name).absolute() for name in ("pdfs", "recipe", "recipe_python")}
    return Bench(**paths, repeats=options.repeats, questions=questions, settings=settings, environment=dict(os.environ), say=_say)


def _evidence_pages(options: argparse.Namespace, settings: Settings, embedder: Embedder) -> _Json:
    from evals.pages import measure_pages
    from evals.sets import read_page_queries

    asked = [query for file in options.queries for query in read_page_queries(file)]
    return measure_pages(options.pdfs, asked, settings, embedder, limit=options.limit, say=_say)


def _document_answers(options: argparse.Namespace, settings: Settings, embedder: Embedder) -> _Json:
    from evals.document_answers import measure_document_answers
    from evals.sets import read_page_queries

    asked = [query for file in options.queries for query in read_page_queries(file)]
    given = {"limit": options.limit, "answers": options.answers}
    return measure_document_answers(options.pdfs, asked, settings, embedder, options.model, **given, say=_say)


def _ingest_speed(options: argparse.Namespace, settings: Settings, embedder: Embedder) -> _Json:
    from evals.ingest_speed import IngestSpeed, Part, read_made_up

    if options.made_up is not None:
        return read_made_up(options.made_up, settings, embedder)
    parts = [Part(name) for name in options.parts] or list(Part)
    result: _Json = {"recipe": _bench(options, settings).against_recipe()} if Part.RECIPE in parts else {}
    return result | IngestSpeed(options.pdfs, options.repeats, settings, dict(os.environ), _say).run(parts, embedder)


def _search(options: argparse.Namespace, settings: Settings, embedder: Embedder) -> _Json:
    from evals.refusal import measure_refusal
    from evals.retrieval import measure_retrieval
    from evals.sets import read_set

    measure = measure_retrieval if options.command == "retrieval" else measure_refusal
    return measure(read_set(options.docs, options.queries), settings, embedder, limit=options.limit, say=_say)


def _all(options: argparse.Namespace, settings: Settings, embedder: Embedder) -> Iterator[_Json]:
    """Every row as it comes; the page at the end, also where something failed."""
    from evals.everything import Everything
    from evals.kept import Kept, run
    from evals.peers import read_peers
    from evals.report import Report

    every = Everything(
        options.sets, options.pdfs, options.model, options.limit, options.asked, frozenset(options.only), settings, _say
    )
    rows = []
    for row in run(every.measurements(embedder), Kept(options.kept), _say):
        rows.append(row)
        yield row.to_json()
    if options.report is not None:
        command = f"python -m evals {' '.join(sys.argv[1:])}"
        Report(rows, command, read_peers(options.peers), options.peers.name).write(options.report)
        _say(f"written: {options.report}")


def _lines(result: _Json, indent: str = "") -> Iterator[str]:
    """A result as text: one figure a line, groups indented."""
    for name, value in result.items():
        if isinstance(value, dict):
            plain = not any(isinstance(inner, dict) for inner in value.values())
            if plain and len(value) <= 6:
                yield f"{indent}{name}: " + ", ".join(f"{key} {inner}" for key, inner in value.items())
            else:
                yield f"{indent}{name}:"
                yield from _lines(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{indent}{name}:"
            yield from (f"{indent}  " + json.dumps(item, ensure_ascii=False) for item in value)
        else:
            yield f"{indent}{name}: {value}"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(guarded(main))
