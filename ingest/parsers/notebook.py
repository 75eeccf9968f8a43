"""Jupyter notebooks of format 3 and 4: cells in order, their sources and the text that they put out.

https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup

from core.errors import DocumentFault, ParserFailed
from core.places import Place
from core.types import Document
from ingest.parsers.encodings import decode
from ingest.parsers.hidden import hidden_warning, without_invisible
from ingest.parsers.limits import Limits
from ingest.parsers.markup import MarkupWriter
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Writer

_HEADING = re.compile(r"\A {0,3}#{1,6}[ \t]+(\S[^\n]*)", re.MULTILINE)
# Colours and moves of a terminal, which stand in what programs put out.
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Characters of one output that are read: training logs run to megabytes.
_LONGEST_OUTPUT = 100_000
# What stands for an output where its true form cannot be shown: <Figure size 640x480 with 1 Axes>.
_STANDS_IN = re.compile(r"<[^<>]{1,200}>")


def parse_notebook(data: bytes, name: str, limits: Limits) -> Document:
    """Read a notebook. Raises ParserFailed, TooMuchText, UnknownEncoding."""
    decoded = decode(data, name, limits.encoding)
    limits.check_text(name, len(decoded.text))
    try:
        notebook = json.loads(decoded.text)
    except (ValueError, RecursionError):
        notebook = None
    if not isinstance(notebook, dict):
        raise ParserFailed(name=name, media_type="Jupyter", detail=DocumentFault.BROKEN())
    writer = Writer()
    hidden = 0
    title = ""
    for number, cell in enumerate(_cells(notebook), start=1):
        source, invisible = without_invisible(_text(cell.get("source", cell.get("input"))))
        hidden += invisible
        place = Place(cell=number)
        kind = cell.get("cell_type")
        heading = source.strip() if kind == "heading" else ""
        found = _HEADING.match(source.lstrip("\n")) if kind == "markdown" else None
        heading = heading or (found[1].strip().rstrip("#").strip() if found else "")
        if heading:
            writer.govern(" ".join(heading.split()))
            title = title or " ".join(heading.split())
        writer.verbatim(source, place)
        for output in _list(cell.get("outputs")):
            _write_output(output, writer, place)
        limits.check_text(name, writer.characters)
    warnings = decoded.warnings + hidden_warning(hidden)
    return Document(title[:LONGEST_TITLE] or title_from_name(name), "application/x-ipynb+json", (writer.page(1),), warnings, hidden)


def _cells(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Cells in order; format 3 keeps them in worksheets."""
    for holder in (notebook, *_list(notebook.get("worksheets"))):
        yield from _list(holder.get("cells"))


def _list(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """A text that may be written as a list of lines."""
    if isinstance(value, list):
        return "".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _write_output(output: Mapping[str, Any], writer: Writer, place: Place) -> None:
    """Write the text of an output: what was printed, a value, a table, an error."""
    data = output.get("data") if isinstance(output.get("data"), dict) else output
    assert isinstance(data, dict)
    html = _text(data.get("text/html", data.get("html")))
    plain = _text(data.get("text/plain"))
    stands_in = bool(_STANDS_IN.fullmatch(plain.strip()))
    if html and len(html) <= _LONGEST_OUTPUT and ("<table" in html or stands_in):
        MarkupWriter(writer, place).write(BeautifulSoup(html + "\n", "lxml"))
        return
    text = _text(output.get("text")) or _text(data.get("text/markdown")) or ("" if stands_in and _is_shown(data) else plain)
    text = text or _text(data.get("text/latex"))
    if output.get("output_type") in ("error", "pyerr"):
        text = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
    shown, _ = without_invisible(_TERMINAL.sub("", text[:_LONGEST_OUTPUT]))
    writer.verbatim(shown, place)


def _is_shown(data: Mapping[str, Any]) -> bool:
    """Whether an output has a form that is shown in the place of its plain text."""
    return any(kind.startswith(("image/", "text/latex", "text/html", "application/")) for kind in data)
