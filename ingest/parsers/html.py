"""HTML: what a reader sees of a page, without its menus and banners, with headings, tables and lists. Nothing of the markup survives, so
nothing of it can act.

trafilatura finds the article; what it finds bounds the page: before its beginning and behind its end, links and short lines are left out.
What lies between stays, since trafilatura drops code, notes and lists of references there. Where it finds hardly anything (a note, a
fragment), all visible text is taken: a stray menu does less harm than half a document lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup
from bs4.element import Tag

from core.places import Place
from core.text import clean
from core.types import Document
from ingest.parsers.encodings import Decoded, decode
from ingest.parsers.hidden import drop_hidden, hidden_warning, without_invisible
from ingest.parsers.limits import Limits
from ingest.parsers.markup import BLOCKS, HEADINGS, MarkupWriter, is_data
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Writer

_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE
)
# Elements and roles that are about the site, not the page.
_SITE = ("nav", "footer", "menu")
_SITE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "menu", "menubar", "complementary", "toolbar", "dialog", "alertdialog"}
)
_SITE_NAMES = re.compile(
    r"(?i)cookie|consent|gdpr|newsletter|breadcrumb|skip-?link|mw-editsection|noprint|mw-jump|catlinks|share-?buttons"
)
# The reading printed over a kanji: the sentence is read without it.
_RUBY = re.compile(r"<(?:rt|rp)\b[^>]*>[^<]*(?:</(?:rt|rp)>)?", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\s*<\?xml[^<>]*>")
# XHTML may write an element without content as "<title/>", which HTML takes for the beginning of one.
_EMPTY = re.compile(
    r"<(title|script|style|a|p|div|span|i|b|em|strong|td|th|tr|li|ul|ol|dt|dd|iframe|textarea|h[1-6]|section|aside|table|sup|sub|small|pre)"
    r"(\s[^<>]{0,2000})?/>"
)
# Articles shorter than this (characters), or than this share of the page, are what trafilatura scraped together after it found none.
_SHORT_ARTICLE = 300
_LEAST_SHARE = 0.5
# Outside of the article a block of which this share are links, or that is shorter than this (characters), belongs to the site.
_LINK_SHARE = 0.4
_SHORT_BLOCK = 200
# Within the article a list of this many links that are nearly all of its text is a menu.
_MENU_LINKS = 8
_MENU_SHARE = 0.9
_WORD = re.compile(r"\w")


def parse_html(data: bytes, name: str, limits: Limits) -> Document:
    """Read HTML. Raises ParserFailed, TooMuchText, UnknownEncoding."""
    decoded = decode_html(data, name, limits.encoding)
    limits.check_text(name, len(decoded.text))
    source, invisible = without_invisible(decoded.text)
    soup = parsed_html(source)
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    hidden = drop_hidden(soup) + invisible
    _drop_site(soup)
    writer = Writer()
    MarkupWriter(writer, Place()).write(soup)
    page = writer.page(1)
    limits.check_text(name, len(page.text))
    first = next((heading.text for heading in page.headings), "")
    warnings = decoded.warnings + hidden_warning(hidden)
    return Document(clean(title or first)[:LONGEST_TITLE] or title_from_name(name), "text/html", (page,), warnings, hidden)


def decode_html(data: bytes, name: str, given: str = "", charset: str = "") -> Decoded:
    """The text of an HTML file; `charset` is what a mail's header says of it. Raises ParserFailed, UnknownEncoding."""
    found = _META_CHARSET.search(data[:4096])
    declared = (found[1] or found[2]).decode("ascii") if found else ""
    # A declaration that can be read is not in UTF-16.
    return decode(data, name, given, charset or ("" if declared.lower().startswith("utf-16") else declared))


def parsed_html(source: str) -> BeautifulSoup:
    """The elements of an HTML or XHTML text, without the readings over kanji."""
    if "<?xml" in source[:200] or "1999/xhtml" in source[:2000]:
        source = _EMPTY.sub(r"<\1\2></\1>", _DECLARATION.sub("", source))
    # The line end tells Beautiful Soup that a short text is no file name, about which it would warn.
    return BeautifulSoup(_RUBY.sub("", source) + "\n", "lxml")


def _drop_site(soup: BeautifulSoup) -> None:
    """Take out menus, banners and what else is about the site."""
    for element in soup.find_all(True):
        if not element.decomposed and element.parent is not None and _is_site(element):
            element.decompose()
    article = _letters(_article(str(soup)))
    blocks = _leaves(soup)
    texts = [_letters(block.get_text()) for block in blocks]
    whole = sum(map(len, texts))
    inside = [bool(text) and text in article for text in texts]
    if len(article) < max(_SHORT_ARTICLE, whole * _LEAST_SHARE) or True not in inside:
        return
    first, last = inside.index(True), len(inside) - 1 - inside[::-1].index(True)
    for index, (block, text) in enumerate(zip(blocks, texts, strict=True)):
        if inside[index] or not text:
            continue
        outside = not first <= index <= last
        if (outside and block.name != "h1" and _belongs_to_site(block, text)) or (not outside and _is_menu(block, text)):
            block.decompose()


def _is_site(element: Tag) -> bool:
    if element.name in _SITE or (element.name == "aside" and element.find_parent(["article", "main"]) is None):
        return True
    if str(element.get("role", "")).lower() in _SITE_ROLES:
        return element.find(["main", "article"]) is None
    names = " ".join(map(str, [element.get("id") or "", *(one or "" for one in element.get_attribute_list("class"))]))
    return bool(_SITE_NAMES.search(names)) and element.name not in ("body", "html", "main", "article") and not _is_most(element)


def _is_most(element: Tag) -> bool:
    """Whether an element called like a banner holds a page's worth of text."""
    return len(element.get_text()) > 3000


def _leaves(soup: BeautifulSoup) -> list[Tag]:
    """The blocks that hold text and no other block, in order; a table of data is one."""
    blocks = [element for element in soup.find_all(BLOCKS) if isinstance(element, Tag)]
    outer: set[int] = set()
    whole: set[int] = set()
    for block in blocks:
        for parent in block.parents:
            if id(parent) in outer:
                break
            outer.add(id(parent))
        if block.name == "table" and is_data(block):
            whole.add(id(block))
    leaves = []
    for block in blocks:
        in_table = any(id(parent) in whole for parent in block.parents) if whole else False
        if not in_table and (id(block) not in outer or id(block) in whole):
            leaves.append(block)
    return leaves


def _belongs_to_site(block: Tag, text: str) -> bool:
    if _link_share(block, text) >= _LINK_SHARE:
        return True
    return len(text) < _SHORT_BLOCK and block.find_parent(["main", "article"]) is None


def _is_menu(block: Tag, text: str) -> bool:
    """Whether a block amid an article is links only, and so are the ones beside it."""
    if block.name in HEADINGS or block.name == "table" or _link_share(block, text) < _MENU_SHARE:
        return False
    parent = block.parent
    if not isinstance(parent, Tag) or parent.name not in ("ul", "ol", "tr", "dl"):
        return False
    links = parent.find_all("a")
    return len(links) >= _MENU_LINKS and _link_share(parent, _letters(parent.get_text())) >= _MENU_SHARE


def _link_share(block: Tag, text: str) -> float:
    around = block.find_parent("a") is not None
    return 1.0 if around else len(_letters(_joined(link.get_text() for link in block.find_all("a")))) / max(1, len(text))


def _joined(texts: Iterable[str]) -> str:
    return " ".join(texts)


def _letters(text: str) -> str:
    """Letters and digits alone: what of a text is the same however it is laid out."""
    return "".join(_WORD.findall(text)).replace("_", "")


def _article(source: str) -> str:
    """The main text by trafilatura, "" where it finds none."""
    import trafilatura

    return trafilatura.extract(source, include_comments=False, include_tables=True, favor_recall=True, output_format="txt") or ""
