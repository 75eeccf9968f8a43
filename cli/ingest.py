"""python -m ingest PATH... | report | passages: read documents into a library from the command line, and show what became of them."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from cli import documents
from cli.engines import add_engine_options, machinery
from core.command import FAILED, add_library_options, chosen, status_line
from core.log import configure
from core.settings import Settings, prepare_environment, read_settings
from ingest.events import Done, Found, IngestEvent, Reading, SourceDone, Status, Working


def main() -> int:
    """Parse arguments and run one command. Exit status: 0 all read, 1 something failed, 2 wrong usage."""
    options = _arguments()
    settings = dataclasses.replace(read_settings(os.environ), **chosen(options))  # type: ignore[arg-type]  # names are fields
    configure(settings.log)
    prepare_environment(os.environ)
    run: Callable[[argparse.Namespace, Settings], int] = options.run
    return run(options, settings)


def _ingest(options: argparse.Namespace, settings: Settings) -> int:
    from ingest.pipeline import IngestPipeline
    from store.library import Library

    failed = False
    with (
        machinery(options, settings, os.environ) as found,
        Library.open(settings.library, found.embedder, chroma_url=settings.chroma_url) as library,
    ):
        notebook = library.open_notebook(settings.notebook).id
        for event in IngestPipeline(library, settings, found.engine).run(options.paths, notebook=notebook):
            _report_json(event) if options.json else _report(event)
            failed |= isinstance(event, SourceDone) and event.status is Status.FAILED
    return FAILED if failed else 0


def _arguments() -> argparse.Namespace:
    words = sys.argv[1:]
    # A file of such a name is given as ./report.
    return _command(words) if words and words[0] in _COMMANDS else _reading(words)


def _command(words: list[str]) -> argparse.Namespace:
    """`COMMAND [NAME]`."""
    run, description = _COMMANDS[words[0]]
    parser = argparse.ArgumentParser(f"python -m ingest {words[0]}", description=description)
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help="one document, as the library calls it; without: all of the notebook"
    )
    add_library_options(parser)
    parser.set_defaults(run=run)
    return parser.parse_args(words[1:])


def _reading(words: list[str]) -> argparse.Namespace:
    """`PATH...` with options."""
    parser = argparse.ArgumentParser(
        "python -m ingest",
        description="Read documents into a Kaedama library.",
        epilog=" ".join(f"`python -m ingest {name} [NAME]`: {text}." for name, (_, text) in _COMMANDS.items()),
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders (PDF, HTML, Markdown, text)")
    add_library_options(parser)
    add_engine_options(parser)
    parser.add_argument("--re-embed", action="store_true", help="embed the whole library again with the configured embedder")
    options = parser.parse_args(words)
    if bool(options.paths) == options.re_embed:
        parser.error("give paths, or --re-embed alone")
    options.run = _re_embed if options.re_embed else _ingest
    return options


def _report_json(event: IngestEvent) -> None:
    if isinstance(event, SourceDone):
        fields = {name: getattr(event, name) for name in ("name", "file", "document", "status", "pages", "chunks")}
        fields |= {
            "seconds": round(event.seconds, 3),
            "textless": event.textless,
            "error": str(event.error) if event.error else None,
        }
        print(json.dumps({"event": "source", **fields}, ensure_ascii=False), flush=True)
    elif isinstance(event, Done):
        print(json.dumps({"event": "done", **dataclasses.asdict(event)}, ensure_ascii=False), flush=True)


def _report(event: IngestEvent) -> None:
    if isinstance(event, Found) and event.passed_over:
        _say(f"Passed over {len(event.passed_over)} files of kinds that are not read, such as {event.passed_over[0]}")
    elif isinstance(event, Reading):
        status_line(f"[{event.number}/{event.total}] {event.name}: reading")
    elif isinstance(event, Working):
        status_line(f"{event.name}: {event.done} of {event.total} passages")
    elif isinstance(event, SourceDone):
        status_line("")
        print(_line(event), flush=True)
    elif isinstance(event, Done):
        stopped = ", stopped before the end" if event.cancelled else ""
        print(f"{event.added} added, {event.updated} updated, {event.unchanged} unchanged, {event.failed} failed{stopped}")


def _line(event: SourceDone) -> str:
    if event.error:
        return f"failed     {event.error}"
    name = event.name if event.file in ("", event.name) else f"{event.file} (here as {event.name})"
    line = f"{event.status:<10} {name}: {event.pages} pages, {event.chunks} passages, {event.seconds:.1f} s"
    if event.textless:
        pages = ", ".join(map(str, event.textless[:10])) + (" ..." if len(event.textless) > 10 else "")
        line += f"; no text on page {pages} (scanned?)"
    return line


def _re_embed(_: argparse.Namespace, settings: Settings) -> int:
    from store.embedding.embedder import open_embedder
    from store.library import Library

    with Library.open(settings.library, open_embedder(settings), check_embedder=False, chroma_url=settings.chroma_url) as library:
        library.re_embed(progress=lambda done, total: status_line(f"embedding: {done} of {total} passages"))
        count = library.catalog.inspection.contents()
    print(f"{count} passages have vectors of {settings.embedder}, and are searched by them")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


_COMMANDS = {
    "report": (documents.report, "what became of the pages of a document"),
    "passages": (documents.passages, "what was read in a document, passage by passage"),
}
