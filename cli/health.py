"""doctor, backup, restore: whether everything is in order, and what is kept for the day when it is not."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.models import ollama_trouble
from core.command import FAILED
from core.errors import KaedamaError, LibraryError, ModelError
from core.settings import Settings, settings_table
from core.types import QUERY, ModelName

if TYPE_CHECKING:
    from store.health import Finding
    from store.library import Library


class _Report:
    """Findings as they come: a line of text or of JSON each; `good` while none was a fault."""

    def __init__(self, *, as_json: bool) -> None:
        self.good = True
        self._json = as_json

    def tell(self, name: str, *, fine: bool, text: str, **more: object) -> None:
        """Tell one thing, in `text` for people; `more` is for programs."""
        self.good &= fine
        line = json.dumps({"check": name, "ok": fine, "detail": text, **more}, ensure_ascii=False)
        print(line if self._json else f"{'ok  ' if fine else 'FAIL'} {name}: {text}", flush=True)

    def tell_finding(self, finding: Finding) -> None:
        """Tell what an examination of the library found."""
        more = finding.to_json()
        self.tell(finding.check, fine=finding.ok, text=finding.sentence("en"), found=more["found"], helps=more["helps"])


def doctor(options: argparse.Namespace, settings: Settings) -> int:
    """Check library, embedder and models. Exit status: 0 all in order, 1 something is not."""
    if options.settings:
        print(settings_table())
        return 0
    from store.embedding.embedder import open_embedder
    from store.library import Library

    report = _Report(as_json=options.json)
    try:
        embedder = open_embedder(settings)
        with Library.open(settings.library, embedder, check_embedder=False, chroma_url=settings.chroma_url) as library:
            for finding in _findings(library, repair=options.repair):
                report.tell_finding(finding)
            _check_embedder(library, report)
    except LibraryError as error:
        report.tell("library", fine=False, text=str(error), found=error.to_json(), helps=None)
    _check_models(settings, report)
    return 0 if report.good else FAILED


def _findings(library: Library, *, repair: bool) -> Iterator[Finding]:
    examination = library.examination()
    if repair:
        yield examination.repair()
    yield from examination.run()


def _check_embedder(library: Library, report: _Report) -> None:
    """Have the embedder make one vector, whose size must be that of the library's."""
    record = library.catalog.vectors.embedder()
    if record is not None and record.signature != library.embedder.signature:
        return  # told by the examination
    try:
        numbers = library.embedder.embed(QUERY, ["?"]).shape[1]
        fine = record is None or record.dimension == numbers
        text = f"{library.embedder.signature} answers with vectors of {numbers} numbers"
        searched = "by passages and, for the best of them, by sentences" if library.embedder.quick else "by passages alone"
        report.tell(
            "embedder",
            fine=fine,
            text=f"{text}; searched {searched}" if fine or record is None else f"{text}, but the library has {record.dimension}",
        )
    except KaedamaError as error:
        report.tell("embedder", fine=False, text=str(error))


def _check_models(settings: Settings, report: _Report) -> None:
    from rag.models.listing import list_models, open_model

    trouble = ollama_trouble(settings)
    if trouble is not None:
        report.tell("ollama", fine=False, text=str(trouble))
    for info in list_models(settings):
        try:
            open_model(ModelName.parse(info.name), settings).close()
            report.tell("model", fine=True, text=f"{info.name} ({info.engine}, {info.window:,} tokens)")
        except ModelError as error:
            report.tell("model", fine=False, text=str(error))


def backup(options: argparse.Namespace, settings: Settings) -> int:
    """Write the library into one file, while others may use it."""
    from store.backup import backup

    made = backup(settings.library, options.file.expanduser().absolute())
    if options.json:
        fields = {"documents": made.documents, "originals": made.originals, "missing": made.missing, "size": made.size}
        print(json.dumps({"event": "backup", "file": str(made.path), **fields}, ensure_ascii=False))
    else:
        print(f"{made.path}: {made.documents} documents, {made.originals} originals, {made.size / 1e6:.1f} MB")
        _tell_missing(made.missing)
    return 0


def restore(options: argparse.Namespace, settings: Settings) -> int:
    """Put a backup in the place of the library."""
    from store.restoring import restore

    done = restore(options.file.expanduser().absolute(), settings.library, replace=options.replace)
    if options.json:
        fields = {"documents": done.documents, "originals": done.originals, "missing": done.missing}
        print(json.dumps({"event": "restored", "library": str(done.directory), **fields}, ensure_ascii=False))
    else:
        print(
            f"{done.directory}: {done.documents} documents, {done.originals} originals. The next question makes the vector index anew."
        )
        _tell_missing(done.missing)
    return 0


def _tell_missing(count: int) -> None:
    if count:
        sys.stderr.write(f"{count} originals are missing, as they were in the library; `python -m rag doctor` names them.\n")
