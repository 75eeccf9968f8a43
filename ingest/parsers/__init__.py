"""One parser per format, in one table. A parser turns bytes into a `Document`; it runs in a worker process and may die there."""

from __future__ import annotations

from collections.abc import Callable

from core.types import Document
from ingest.parsers.html import parse_html
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.text import parse_markdown, parse_plain

# Media type -> parser(data, name, limits). `name` is the file's name, for titles and messages.
PARSERS: dict[str, Callable[[bytes, str, Limits], Document]] = {
    "application/pdf": parse_pdf,
    "text/html": parse_html,
    "text/markdown": parse_markdown,
    "text/plain": parse_plain,
}
