"""HTML: the readable part of a page as text, with its headings. Nothing of the markup survives, so nothing of it can act.

trafilatura finds the article among menus and footers; where it finds none (a fragment, a table, a form), BeautifulSoup gives all visible
text. Either way headings come out as lines of their own.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import Tag

from core.text import clean
from core.types import Document, Heading, Page
from ingest.parsers.limits import Limits
from ingest.parsers.text import BYTE_ORDER_MARKS, decode
from ingest.parsers.titles import title_from_name

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# What browsers take a declaration for (https://encoding.spec.whatwg.org/#names-and-labels): the encoding that people then really used. A
# declaration that could be read is not in UTF-16.
_MEANT = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "shift_jis": "cp932", "shift-jis": "cp932",
    "x-sjis": "cp932", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "utf-16": "utf-8", "utf-16le": "utf-8", "utf-16be": "utf-8",
}  # fmt: skip
_INVISIBLE = ("script", "style", "noscript", "template", "svg", "iframe", "object", "head", "nav", "footer", "aside", "form")
_BLOCKS = (
    "p", "div", "section", "article", "main", "li", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre",
    "dt", "dd", "figcaption", "br", "header",
)  # fmt: skip
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def parse_html(data: bytes, name: str, limits: Limits) -> Document:
    """Read HTML. Raises ParserFailed, TooMuchText."""
    source = _decode(data, name)
    limits.check_text(name, len(source))
    soup = BeautifulSoup(source, "lxml")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    lines = _headings(soup)
    text = clean(_article(source) or _visible(soup))
    limits.check_text(name, len(text))
    first = next(iter(lines), "")
    page = Page(1, text, headings=_locate(lines, text))
    return Document(clean(title or first) or title_from_name(name), "text/html", (page,))


def _decode(data: bytes, name: str) -> str:
    declared = _META_CHARSET.search(data[:4096])
    if declared and not data.startswith(BYTE_ORDER_MARKS):
        label = declared[1].decode("ascii").lower()
        try:
            return data.decode(_MEANT.get(label, label))
        except (LookupError, ValueError):
            pass  # a wrong declaration is common; the bytes themselves are asked next
    return decode(data, name)


def _article(source: str) -> str:
    """The main text by trafilatura: blocks separated by blank lines, tables as rows with |; "" where it finds none."""
    import trafilatura

    found = trafilatura.extract(source, include_comments=False, include_tables=True, favor_recall=True, output_format="txt")
    return "\n\n".join(line for line in (found or "").split("\n") if line.strip())


def _visible(soup: BeautifulSoup) -> str:
    for element in soup(list(_INVISIBLE)):
        element.decompose()
    for element in soup(list(_BLOCKS)):
        element.insert_before("\n\n")
        element.insert_after("\n\n")
    lines = (" ".join(line.split()) for line in soup.get_text().split("\n\n"))
    return "\n\n".join(line for line in lines if line)


def _headings(soup: BeautifulSoup) -> list[str]:
    found = (" ".join(element.get_text().split()) for element in soup(list(_HEADINGS)) if isinstance(element, Tag))
    return [heading for heading in found if heading]


def _locate(headings: list[str], text: str) -> tuple[Heading, ...]:
    """Headings with the place where each stands as a line of its own, in order; those that the text lacks are left out."""
    located = []
    at = 0
    for heading in headings:
        found = re.compile(rf"^[\W_]*{re.escape(heading)}\s*$", re.MULTILINE).search(text, at)
        if found:
            located.append(Heading(found.start(), heading))
            at = found.end()
    return tuple(located)
