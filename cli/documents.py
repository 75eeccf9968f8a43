"""python -m ingest report | passages [NAME]: what became of the documents of a notebook, and what was read in them."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator

from core.errors import ReadingWarning, UnknownSource
from core.sentences import Words
from core.settings import Settings
from core.types import Hit, PageKind, Source
from ingest.report import Report
from ingest.units import Unit, unit_of
from store.languages import UNKNOWN
from store.library import Library

# Numbers of pages that a line names.
_MOST_PAGES = 12
_KINDS = {PageKind.TEXT: "with text", PageKind.OCR: "recognised (OCR)", PageKind.HIDDEN: "hidden (left out)"}
# Warnings after which a document is worth reading again, with the options for that.
_MENDED: dict[Words, str] = {
    ReadingWarning.NO_RECOGNITION: "--again",
    ReadingWarning.NO_LANGUAGE: "--again",
    ReadingWarning.ENCODING_GUESSED: "--encoding NAME",
}


def report(options: argparse.Namespace, settings: Settings) -> int:
    """Print the report of one document, or of all of the notebook."""
    with _opened(settings) as library:
        for source in _sources(library, settings, options.name):
            told = Report.from_json(library.catalog.documents.report(source.id))
            if options.json:
                print(json.dumps({"file": source.name, **_report_fields(told)}, ensure_ascii=False), flush=True)
            else:
                lines = [*_report_lines(source, told), *_helps(library, source, told)]
                print("\n".join(lines), flush=True)
    return 0


def passages(options: argparse.Namespace, settings: Settings) -> int:
    """Print the passages of one document, or of all of the notebook, in the order in which they are read."""
    with _opened(settings) as library:
        for source in _sources(library, settings, options.name):
            headed = _title_is_heading(library, source)
            for hit in _hits(library, source):
                place, text = _place(source, hit, headed=headed), "\n".join(part for part in (hit.context, hit.text) if part)
                if options.json:
                    print(json.dumps({"file": source.name, "place": place, "text": text}, ensure_ascii=False))
                else:
                    where = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in place.items())
                    print(f"--- {source.name}{': ' if where else ''}{where}\n{text}\n")
    return 0


def _opened(settings: Settings) -> Library:
    from store.embedding.embedder import open_embedder

    return Library.open(settings.library, open_embedder(settings), chroma_url=settings.chroma_url)


def _sources(library: Library, settings: Settings, name: str | None) -> list[Source]:
    """The document of this name, or all of the notebook. Raises UnknownSource."""
    notebook = library.open_notebook(settings.notebook)
    found = [source for source in library.sources(notebook.id) if name is None or source.name == name]
    if name is not None and not found:
        raise UnknownSource(name=name, notebook=notebook.name)
    return found


def _hits(library: Library, source: Source) -> Iterator[Hit]:
    for page in library.catalog.chunks.pages([source.id], source.notebook):
        yield from page.chunks


def _title_is_heading(library: Library, source: Source) -> bool:
    """Whether the title of a document is a heading in it, not only its name."""
    page = library.catalog.documents.page(source.id, 1)
    return page is not None and any(heading.text == source.title for heading in page.headings)


def _place(source: Source, hit: Hit, *, headed: bool) -> dict[str, object]:
    """Where a passage stands, in the terms of its format; pages only where the document has several, its heading where it has one."""
    place = hit.place.to_json()
    if source.pages > 1 and not place.keys() & {"page", "slide", "sheet", "chapter", "cell", "part"}:
        place["page"] = hit.page
    heading = hit.heading.removeprefix(f"{source.title} › ")
    if heading and (headed or heading != source.title):
        place["heading"] = heading
    return place


def _report_fields(told: Report) -> dict[str, object]:
    return {**told.to_json(), "warnings": [{**warning.to_json(), "text": str(warning)} for warning in told.warnings]}


def _report_lines(source: Source, told: Report) -> Iterator[str]:
    unit = unit_of(source.media_type, source.pages) or Unit.PAGES
    kinds = ", ".join(f"{count} {_KINDS.get(kind, kind)}" for kind, count in told.pages.items()) or f"{source.pages}"
    spoken = ", ".join(_called(language) for language in source.languages) or "none"
    yield f"{source.name}: {unit}: {kinds}; passages: {source.chunks}; languages: {spoken}"
    if told.tables:
        yield f"  tables: {told.tables}"
    if told.hidden:
        yield f"  characters that no reader sees, left out: {told.hidden:,}"
    if told.unread:
        shown = ", ".join(map(str, told.unread[:_MOST_PAGES])) + (" ..." if len(told.unread) > _MOST_PAGES else "")
        yield f"  {unit} without readable text: {shown}"
    for warning in told.warnings:
        yield f"  {warning}"
    spent = told.seconds
    yield f"  seconds: load {spent.load:.2f}, parse {spent.parse:.2f}, embed {spent.embed:.2f}, store {spent.store:.2f}"


def _called(language: str) -> str:
    """A language by its English name."""
    from babel import Locale

    return "unknown" if language == UNKNOWN else str(Locale("en").languages.get(language, language))


def _helps(library: Library, source: Source, told: Report) -> Iterator[str]:
    """The command that reads a document again whose warnings say that this may help; none for one whose file is not known."""
    found = {warning.words for warning in told.warnings} & _MENDED.keys()
    paths = [origin.path for origin in library.catalog.origins.of(source.id) if origin.path]
    for words in sorted(found, key=lambda one: one.name) if paths else ():
        yield f"  again: python -m ingest {shlex.quote(paths[0])} {_MENDED[words]}"
