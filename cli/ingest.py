"""python -m ingest PATH|URL... | report | passages: read documents into a library from the command line, and show what became of them."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import getpass
import os
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from cli import documents
from cli.engines import add_engine_options, machinery
from cli.progress import Shown, shown
from cli.web import fetched, is_address
from core import background
from core.command import FAILED, add_library_options, chosen, status_line
from core.errors import PathMissing
from core.log import configure
from core.settings import Settings, prepare_environment, read_settings
from ingest.events import Done, IngestEvent, SourceDone, Status
from ingest.loader import Given
from store.library import Library

if TYPE_CHECKING:
    from ingest.pipeline import IngestPipeline

# How long changes are gathered before they are read (milliseconds): programs save in several steps.
_GATHERED_MS = 1_600
# How long nothing may change until the watcher says so (milliseconds).
_BEGINS_MS = 500


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

    for folder in options.sync or ():
        with contextlib.suppress(background.SilenceError):  # told when it is walked
            if not background.answer(folder.is_dir, limit_s=settings.read_timeout_s):
                raise PathMissing(name=str(folder))
    password = _asked() if options.password else ""
    given = Given(encoding=options.encoding or "", password=password, afresh=options.again)
    with (
        machinery(options, settings, os.environ) as found,
        Library.open(settings.library, found.embedder, chroma_url=settings.chroma_url) as library,
        shown(as_json=options.json) as screen,
    ):
        notebook = library.open_notebook(settings.notebook).id
        reading = _Reading(IngestPipeline(library, settings, found.engine), options, screen, given, notebook, settings)
        if options.watch:
            reading.watch()
        else:
            reading.read()
            reading.read_addresses()
    return FAILED if reading.failed else 0


def _asked() -> str:
    """The password that the person types; programs give it as a line of standard input."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


@dataclasses.dataclass(slots=True)
class _Reading:
    """Reads what the options name; `failed` tells whether a file failed."""

    pipeline: IngestPipeline
    options: argparse.Namespace
    screen: Shown
    given: Given
    notebook: int
    settings: Settings
    failed: bool = False

    def read(self, only: Collection[Path] | None = None) -> None:
        """Read all of it, or of the folders only these files."""
        for paths, sync in ((self.options.paths, False), (self.options.sync or [], True)):
            if not paths:
                continue
            for event in self.pipeline.run(paths, notebook=self.notebook, sync=sync, given_all=self.given, only=only):
                self._show(event)

    def read_addresses(self) -> None:
        """Fetch and read the pages of the web that the options name."""
        if not self.options.addresses:
            return
        with tempfile.TemporaryDirectory(prefix="kaedama-") as folder:
            homes, failed = [], 0
            for page in fetched(self.options.addresses, self.settings, Path(folder)):
                if isinstance(page, Path):
                    homes.append(page)
                else:
                    failed += 1
                    self._show(page)
            for event in self.pipeline.run(homes, notebook=self.notebook, upload=True, given_all=self.given):
                self._show(dataclasses.replace(event, failed=event.failed + failed) if isinstance(event, Done) else event)

    def _show(self, event: IngestEvent) -> None:
        self.screen.show(event)
        self.failed |= isinstance(event, SourceDone) and event.status is Status.FAILED

    def watch(self) -> None:
        """Read what there is and then what changes, until it is interrupted. What changes while the first is read is not missed."""
        import watchfiles

        named = [*self.options.paths, *(self.options.sync or [])]
        paths = [path for path in named if path.exists()]
        # Watching begins when a value is first asked for; it is an empty one where nothing has changed by then.
        watched = watchfiles.watch(
            *paths, debounce=_GATHERED_MS, rust_timeout=_BEGINS_MS, yield_on_timeout=True, recursive=True, raise_interrupt=True
        )
        changes = next(watched) if paths else set()
        self.read()
        if not paths:
            return
        sys.stderr.write("Watching. Ctrl+C ends it.\n")
        while True:
            if changes:
                self.read({_as_named(Path(path), paths) for _, path in changes})
            changes = next(watched)


def _as_named(changed: Path, paths: list[Path]) -> Path:
    """A changed file as the walk of the folder that it lies in gives it."""
    for path in paths:
        if changed.is_relative_to(path.absolute()):
            return path / changed.relative_to(path.absolute())
    return changed


def _delete(options: argparse.Namespace, settings: Settings) -> int:
    from store.embedding.embedder import open_embedder

    with Library.open(settings.library, open_embedder(settings), chroma_url=settings.chroma_url) as library:
        notebook = library.open_notebook(settings.notebook).id
        for name in options.delete:
            library.delete(notebook, unicodedata.normalize("NFC", name))
            print(f"deleted    {name}", flush=True)
    return 0


def _re_embed(_: argparse.Namespace, settings: Settings) -> int:
    from store.embedding.embedder import open_embedder

    with Library.open(settings.library, open_embedder(settings), check_embedder=False, chroma_url=settings.chroma_url) as library:
        library.re_embed(progress=lambda done, total: status_line(f"embedding: {done} of {total} passages"))
        count = library.catalog.inspection.contents()
    status_line("")
    print(f"{count} passages have vectors of {settings.embedder}, and are searched by them")
    return 0


_COMMANDS = {
    "report": (documents.report, "what became of the pages of a document"),
    "passages": (documents.passages, "what was read in a document, passage by passage"),
}


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
    parser.add_argument(
        "paths", nargs="*", metavar="PATH|URL", help="files, folders, and web pages (https://...), which are fetched"
    )
    parser.add_argument(
        "--sync",
        action="append",
        type=Path,
        metavar="FOLDER",
        help="read a folder, and remove documents whose files are gone from it",
    )
    parser.add_argument("--delete", action="append", metavar="NAME", help="remove a document, as the library calls it")
    parser.add_argument("--watch", action="store_true", help="then go on reading what changes, until interrupted")
    parser.add_argument("--password", action="store_true", help="ask for the password of protected files; it is kept nowhere")
    parser.add_argument("--encoding", metavar="NAME", help="of texts whose encoding was guessed wrong, such as cp932")
    parser.add_argument(
        "--again", action="store_true", help="read also what has not changed, for instance after installing Tesseract"
    )
    parser.add_argument("--re-embed", action="store_true", help="embed the whole library again with the configured embedder")
    add_library_options(parser)
    add_engine_options(parser)
    options = parser.parse_args(words)
    options.addresses = [word for word in options.paths if is_address(word)]
    options.paths = [Path(word) for word in options.paths if not is_address(word)]
    if options.watch and options.addresses:
        parser.error("--watch is for files and folders: a web page does not tell when it changes")
    ways = {
        _ingest: bool(options.paths or options.addresses or options.sync),
        _delete: bool(options.delete),
        _re_embed: options.re_embed,
    }
    if sum(ways.values()) != 1:
        parser.error("give paths, --sync FOLDER, --delete NAME, or --re-embed, and one of these alone")
    options.run = next(run for run, asked in ways.items() if asked)
    return options
