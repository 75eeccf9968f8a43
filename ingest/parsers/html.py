"""HTML: the readable part of a page as text, with its headings. Nothing of the markup survives, so nothing of it can act.

trafilatura finds the article among menus and footers. Where it finds hardly anything (a note, a fragment), or leaves out more than it keeps
(it drops code that resembles code seen before), all visible text is taken instead: a stray menu does less harm than half a document
lost. Either way headings come out as lines of their own.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import Tag

from core.text import clean
from core.types import Document, Heading, Page
from ingest.parsers.encodings import decode
from ingest.parsers.limits import Limits
from ingest.parsers.titles import LONGEST_TITLE, title_from_name

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_INVISIBLE = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "head", "nav", "footer", "aside", "button", "select", "textarea",
)  # fmt: skip
_BLOCKS = (
    "p", "div", "section", "article", "main", "li", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre",
    "dt", "dd", "figcaption", "br", "header",
)  # fmt: skip
# The reading printed over a kanji: the sentence is read without it.
_RUBY = re.compile(r"<(?:rt|rp)\b[^>]*>[^<]*(?:</(?:rt|rp)>)?", re.IGNORECASE)
# Articles shorter than this (characters) are what trafilatura scraped together after it found none.
_SHORT_ARTICLE = 300
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Stand for line breaks and spaces of preformatted text while others are run together; `clean` would remove them from any document.
_LINE, _BLANK = "\x01", "\x02"


def parse_html(data: bytes, name: str, limits: Limits) -> Document:
    """Read HTML. Raises ParserFailed, TooMuchText."""
    source = _RUBY.sub("", _decode(data, name))
    limits.check_text(name, len(source))
    soup = BeautifulSoup(source, "lxml")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    lines = _headings(soup)
    article, visible = _article(source), _visible(soup)
    text = clean(visible if len(article) < max(_SHORT_ARTICLE, len(visible) / 2) and visible else article)
    limits.check_text(name, len(text))
    first = next(iter(lines), "")
    page = Page(1, text, headings=_locate(lines, text))
    return Document(clean(title or first)[:LONGEST_TITLE] or title_from_name(name), "text/html", (page,))


def _decode(data: bytes, name: str) -> str:
    declared = _META_CHARSET.search(data[:4096])
    return decode(data, name, "", declared[1].decode("ascii") if declared else "").text


def _article(source: str) -> str:
    """The main text by trafilatura: blocks separated by blank lines, tables as rows with |; "" where it finds none."""
    import trafilatura

    found = trafilatura.extract(source, include_comments=False, include_tables=True, favor_recall=True, output_format="txt")
    return "\n\n".join(line for line in (found or "").split("\n") if line.strip())


def _visible(soup: BeautifulSoup) -> str:
    for element in soup(list(_INVISIBLE)):
        element.decompose()
    for element in soup("pre"):
        element.string = element.get_text().replace("\n", _LINE).replace(" ", _BLANK)
    for element in soup(["td", "th"]):
        element.insert_after(" | ")
    for element in soup(list(_BLOCKS)):
        element.insert_before("\n\n")
        element.insert_after("\n\n")
    lines = (" ".join(line.split()).strip("| ") for line in soup.get_text().split("\n\n"))
    return "\n\n".join(line for line in lines if line).replace(_LINE, "\n").replace(_BLANK, " ")


def _headings(soup: BeautifulSoup) -> list[str]:
    found = (" ".join(element.get_text().split()) for element in soup(list(_HEADINGS)) if isinstance(element, Tag))
    return [heading for heading in found if heading]


def _locate(headings: list[str], text: str) -> tuple[Heading, ...]:
    """Headings with the place where each stands as a line of its own, in order; those that the text lacks are left out."""
    located = []
    at = 0
    for heading in headings:
        found = re.compile(rf"^(?:_|[^\w\n])*{re.escape(heading)}\s*$", re.MULTILINE).search(text, at)
        if found:
            located.append(Heading(found.start(), heading))
            at = found.end()
    return tuple(located)
