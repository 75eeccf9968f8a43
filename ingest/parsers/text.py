"""Plain text and Markdown in any encoding. The text stays as it was written, marks and all, so that quotes are exact."""

from __future__ import annotations

import bisect
import re

from charset_normalizer import from_bytes

from core.errors import DocumentFault, ParserFailed
from core.text import clean
from core.types import Document, Heading, Page
from ingest.parsers.limits import Limits
from ingest.parsers.titles import LONGEST_TITLE, title_from_name

_MARKED = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
BYTE_ORDER_MARKS = tuple(mark for mark, _ in _MARKED)
# Encodings that documents in this project's languages come in; charset-normalizer is asked among these before it is asked at large.
_LIKELY = ["cp932", "euc_jp", "iso2022_jp", "cp1252", "latin_1", "utf_16_le", "utf_16_be", "gb18030", "big5", "cp949"]
_ASCII = bytes(range(128))
# Japanese sentences are half kana; the same bytes in a wrong encoding give hardly any. Western languages write one letter in twenty with a
# mark of its own, other scripts nearly all.
_KANA_SHARE = 0.2
_WESTERN_SHARE = 0.25
_SAMPLE = 200_000
_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*)$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)


def parse_plain(data: bytes, name: str, limits: Limits) -> Document:
    """Read plain text. Raises ParserFailed, TooMuchText."""
    text = decode(data, name)
    limits.check_text(name, len(text))
    return Document(title_from_name(name), "text/plain", (Page(1, text),))


def parse_markdown(data: bytes, name: str, limits: Limits) -> Document:
    """Read Markdown: the text as written, with its headings. Raises ParserFailed, TooMuchText."""
    text = decode(data, name)
    limits.check_text(name, len(text))
    fences = [place for match in _FENCE.finditer(text) for place in match.span()]
    found = [match for match in _HEADING.finditer(text) if bisect.bisect_right(fences, match.start()) % 2 == 0]  # outside of any
    headings = tuple(Heading(match.start(), _words(match[2])) for match in found)
    first = next((_words(match[2]) for match in found if len(match[1]) == 1), "")
    return Document(first[:LONGEST_TITLE] or title_from_name(name), "text/markdown", (Page(1, text, headings=headings),))


def _words(heading: str) -> str:
    """A heading without the marks that may close it (those of "C#" close nothing)."""
    heading = heading.strip()
    bare = heading.rstrip("#")
    return bare.strip() if bare != bare.rstrip() or not bare else heading


def decode(data: bytes, name: str) -> str:
    """Bytes of unknown encoding as text with `\\n` line ends.

    A byte order mark decides; then UTF-8, which other encodings hardly ever imitate; then the look of Japanese or of a western language;
    then the likeliest by charset-normalizer.

    Raises:
        ParserFailed: no encoding makes text of it.
    """
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return _tidy(data.decode(encoding, errors="replace"))
    # ISO-2022-JP is pure ASCII to look at: its escapes tell it from UTF-8.
    for encoding in ("iso2022_jp_ext", "utf-8") if b"\x1b$" in data else ("utf-8",):
        try:
            return _tidy(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    text = _by_look(data)
    if text is not None:
        return _tidy(text)
    sample = data[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=_LIKELY).best() or from_bytes(sample).best()
    if best is None:
        raise ParserFailed(name=name, media_type="text", detail=DocumentFault.NO_ENCODING())
    return _tidy(data.decode(best.encoding, errors="replace"))


def _by_look(data: bytes) -> str | None:
    """Text in an encoding of Japanese that gives kana, or in the western one where few letters lie outside ASCII; else None.

    Of 10 to 1,000 characters of Japanese in EUC-JP, charset-normalizer alone takes one text in four for another script, this one in sixty.
    """
    for encoding in ("euc_jp", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        beyond = [character for character in text[:_SAMPLE] if character > "\x7f"]
        if beyond and sum("\u3041" <= character <= "\u30ff" for character in beyond) >= _KANA_SHARE * len(beyond):
            return text
    try:
        return data.decode("cp1252") if len(data.translate(None, _ASCII)) < _WESTERN_SHARE * len(data) else None
    except UnicodeDecodeError:
        return None


def _tidy(text: str) -> str:
    return clean(text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
