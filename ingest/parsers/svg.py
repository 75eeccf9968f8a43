"""SVG: the text of a drawing, its title and its descriptions, in the order of the file. SVG 2: https://www.w3.org/TR/SVG2/"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from core.errors import DocumentFault, FileKind, ParserFailed
from core.places import Place
from core.types import Document
from ingest.parsers.hidden import hidden_warning
from ingest.parsers.limits import Limits
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Writer
from ingest.parsers.xml import attribute, child, local, parse_xml

MEDIA_TYPE = "image/svg+xml"
_NOT_DRAWN = frozenset({"defs", "metadata", "style", "script", "clipPath", "mask", "pattern", "marker", "namedview"})
_UNSEEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\s*(?:;|$)", re.IGNORECASE)


def parse_svg(data: bytes, name: str, limits: Limits) -> Document:
    """Read the text of a drawing. Raises ParserFailed, TooMuchText."""
    root = parse_xml(data)
    if root is None or local(root) != "svg":
        raise ParserFailed(name=name, media_type=FileKind.SVG(), detail=DocumentFault.BROKEN())
    writer, hidden = Writer(), 0
    waiting = [root]
    while waiting:
        element = waiting.pop()
        kind = local(element)
        if _unseen(element):
            hidden += sum(len(text.strip()) for text in element.itertext())
        elif kind in ("title", "desc"):
            writer.paragraph(" ".join("".join(element.itertext()).split()), Place(part="picture"))
        elif kind in ("text", "foreignObject"):
            writer.paragraph("\n".join(filter(None, _lines(element))))
        elif kind not in _NOT_DRAWN:
            waiting += reversed(element)
        limits.check_text(name, writer.characters)
    titled = child(root, "title")
    title = " ".join("".join(titled.itertext()).split()) if titled is not None else ""
    hidden += writer.hidden
    page = writer.page(1)
    return Document(title[:LONGEST_TITLE] or title_from_name(name), MEDIA_TYPE, (page,), hidden_warning(hidden), hidden)


def _lines(text: Element) -> Iterator[str]:
    """Lines of a text: a part of it that has a place of its own begins one."""
    line = text.text or ""
    for part in text:
        if attribute(part, "y") or attribute(part, "dy") or local(part) in ("p", "div", "br"):
            yield line.strip()
            line = ""
        line += "".join(part.itertext()) + (part.tail or "")
    yield line.strip()


def _unseen(element: Element) -> bool:
    return (
        attribute(element, "display") == "none"
        or attribute(element, "visibility") in ("hidden", "collapse")
        or bool(_UNSEEN.search(attribute(element, "style")))
    )
