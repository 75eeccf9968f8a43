"""Plain text and Markdown in any encoding. The text stays as it was written, marks and all, so that quotes are exact."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from core.errors import ParserFailed
from core.text import clean
from core.types import Document, Heading, Page
from ingest.parsers.limits import Limits
from ingest.parsers.titles import title_from_name

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Encodings that documents in this project's languages come in; charset-normalizer is asked among these before it is asked at large.
_LIKELY = ["cp932", "euc_jp", "iso2022_jp", "cp1252", "latin_1", "utf_16_le", "utf_16_be", "gb18030", "big5", "cp949"]
_SAMPLE = 200_000
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def parse_plain(data: bytes, name: str, limits: Limits) -> Document:
    """Read plain text. Raises ParserFailed, TooMuchText."""
    text = decode(data, name)
    limits.check_text(name, len(text))
    return Document(title_from_name(name), "text/plain", (Page(1, text),))


def parse_markdown(data: bytes, name: str, limits: Limits) -> Document:
    """Read Markdown: the text as written, with its headings. Raises ParserFailed, TooMuchText."""
    text = decode(data, name)
    limits.check_text(name, len(text))
    fenced = [match.span() for match in _FENCE.finditer(text)]
    headings = tuple(
        Heading(match.start(), match[2])
        for match in _HEADING.finditer(text)
        if not any(start <= match.start() < end for start, end in fenced)
    )
    first = next((match[2] for match in _HEADING.finditer(text) if len(match[1]) == 1), "")
    return Document(first or title_from_name(name), "text/markdown", (Page(1, text, headings=headings),))


def decode(data: bytes, name: str) -> str:
    """Bytes of unknown encoding as text with `\\n` line ends.

    A byte order mark decides; then UTF-8, which other encodings hardly ever imitate; then the likeliest by charset-normalizer.

    Raises:
        ParserFailed: no encoding makes text of it.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _tidy(data.decode(encoding, errors="replace"))
    try:
        # ISO-2022-JP is pure ASCII to look at: its escapes tell it from UTF-8.
        if b"\x1b$" not in data:
            return _tidy(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    sample = data[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=_LIKELY).best() or from_bytes(sample).best()
    if best is None:
        raise ParserFailed(name=name, media_type="text", detail="its character encoding cannot be told")
    return _tidy(data.decode(best.encoding, errors="replace"))


def _tidy(text: str) -> str:
    return clean(text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
