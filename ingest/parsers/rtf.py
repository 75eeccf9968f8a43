"""Rich text (RTF): body, tables, headings, notes, comments, headers and footers, each with its place.

Read token by token (Rich Text Format Specification 1.9.1, https://interoperability.blob.core.windows.net/files/Archive_References/
%5bMSFT-RTF%5d.pdf): groups open and close, control words change what the text that follows belongs to. Deleted and hidden text is left out.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from core.errors import DocumentFault, ParserFailed
from core.text import clean, whole
from core.types import Document
from ingest.parsers.hidden import hidden_warning, without_invisible
from ingest.parsers.limits import Limits
from ingest.parsers.rtf_blocks import Sink, write_sinks
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Writer

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n\0]+|([^\\{}\r\n\0]+)|\\", re.DOTALL
)
# Groups whose text is shown nowhere in the text. Others that begin with "\*" are left out too, unless they are among those that are kept.
_UNREAD = frozenset((
    "colortbl", "stylesheet", "pict", "objdata", "info", "fldinst", "datafield", "shprslt", "nonshppict", "template", "filetbl", "revtbl",
    "listtable", "listoverridetable", "rsidtbl", "generator", "themedata", "colorschememapping", "latentstyles", "datastore", "xmlnstbl",
    "atnid", "atnauthor", "atndate", "atnref", "atnparent", "atrfstart", "atrfend", "bkmkstart", "bkmkend", "xe", "tc", "txe", "rxe", "upr",
    "nonesttables", "nesttableprops", "falt", "panose", "sp", "operator", "author", "company", "private", "userprops", "objclass", "objname",
    "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "pgptbl", "wgrffmtfilter", "mmathPr", "do", "background", "fontemb",
))  # fmt: skip
_KEPT = frozenset({"shpinst", "shptxt", "annotation", "footnote", "ud", "pntext", "listtext", "objalias", "shpgrp", "ftnalt"})
# Groups that are a part of the document beside its body.
_PARTS = {
    "footnote": "footnote", "annotation": "comment", "shptxt": "text box",
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
}  # fmt: skip
_SIGNS = {
    "tab": "\t", "line": "\n", "softline": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ", "zwj": "\u200d", "zwnj": "\u200c",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n", "\t": "\t"}
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
# Ruby is a field: EQ \o(\s(reading),base).
_RUBY = re.compile(r"\A\s*EQ\b.*\\o.*\(.*?\)\s*,(.*)\)\s*\Z", re.IGNORECASE | re.DOTALL)
_DEEPEST = 10_000
# Characters of symbol fonts, most of them bullets: they mean nothing outside of their font.
_SYMBOL_FONTS = range(0xF000, 0xF100)


@dataclass(frozen=True, slots=True)
class _State:
    """What holds within a group and ends with it. `read` says whether its text is kept, `sink` how many parts lie around it."""

    destination: str = ""
    read: bool = True
    font: int = -1
    far_east: int = -1
    in_far_east: bool = False
    skip: int = 1
    hidden: bool = False
    deleted: bool = False
    in_table: bool = False
    level: int = -1
    opens: bool = False


@dataclass(slots=True)
class _Reader:
    """The state of a reading: groups that are open, parts that are being written, fonts and styles so far."""

    state: _State = field(default_factory=_State)
    stack: list[_State] = field(default_factory=list)
    sinks: list[Sink] = field(default_factory=lambda: [Sink()])
    done: list[Sink] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    levels: dict[int, int] = field(default_factory=dict)
    page: str = "cp1252"
    font_named: int = -1
    style_named: int = -1
    to_skip: int = 0
    starred: bool = False
    begun: bool = False
    hidden: int = 0
    title: list[str] = field(default_factory=list)
    instruction: list[str] = field(default_factory=list)
    codec: str = ""
    decoder: codecs.IncrementalDecoder | None = None


def parse_rtf(data: bytes, name: str, limits: Limits) -> Document:
    """Read rich text. Raises ParserFailed, TooMuchText."""
    source = data.decode("latin-1")
    if not source.lstrip().startswith("{\\rtf"):
        raise ParserFailed(name=name, media_type="RTF", detail=DocumentFault.BROKEN())
    reader = _Reader()
    _read(reader, source)
    limits.check_text(name, sum(sink.characters for sink in (*reader.done, *reader.sinks)))
    _flush(reader)
    for sink in reversed(reader.sinks):
        sink.end()
    writer = Writer()
    write_sinks([reader.sinks[0], *reader.done], writer)
    page = writer.page(1)
    title = " ".join(clean(whole("".join(reader.title))).split())
    warnings = hidden_warning(reader.hidden)
    return Document(title[:LONGEST_TITLE] or title_from_name(name), "application/rtf", (page,), warnings, reader.hidden)


def _read(reader: _Reader, source: str) -> None:
    at = 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        assert token is not None  # the pattern takes any character
        at = token.end()
        word, number, code, symbol, brace, text = token.groups()
        if brace == "{":
            if len(reader.stack) >= _DEEPEST:
                raise RecursionError
            reader.stack.append(reader.state)
            reader.state = replace(reader.state, opens=False)
            reader.begun, reader.starred = True, False
        elif brace == "}":
            _close(reader)
        elif word:
            if word == "bin":
                at += max(0, int(number or 0))
            else:
                _control(reader, word, int(number) if number else None)
            reader.begun = False
        elif code:
            _bytes(reader, bytes((int(code, 16),)))
        elif symbol == "*":
            reader.starred = True
        elif symbol:
            _characters(reader, _SYMBOLS.get(symbol, ""))
        elif text:
            _bytes(reader, text.encode("latin-1"))


def _close(reader: _Reader) -> None:
    _flush(reader)
    closed = reader.state
    if not reader.stack:
        return
    reader.state = reader.stack.pop()
    if closed.opens and len(reader.sinks) > 1:
        sink = reader.sinks.pop()
        sink.end()
        reader.done.append(sink)
    if closed.destination == "fldinst" and reader.state.destination != "fldinst":
        found = _RUBY.match("".join(reader.instruction))
        reader.instruction.clear()
        if found and reader.state.read:
            reader.sinks[-1].text(found[1].replace("\\", ""))


def _control(reader: _Reader, word: str, number: int | None) -> None:
    state = reader.state
    starred, reader.starred = reader.starred, False
    if word in _PARTS or word in _UNREAD or word in ("fonttbl", "fldrslt", "result", "ud") or (starred and word not in _KEPT):
        _flush(reader)
        reader.state = _destination(reader, word, starred=starred)
        return
    if word == "u":
        _unicode(reader, number or 0)
        return
    if word in _SIGNS:
        _characters(reader, _SIGNS[word])
        return
    if state.destination == "fonttbl":
        _font(reader, word, number or 0)
    elif state.destination == "stylesheet":
        if word == "s":
            reader.style_named = number or 0
        elif word == "outlinelevel":
            reader.levels[reader.style_named] = number or 0
    elif word == "title" and state.destination == "info":
        reader.state = replace(state, destination="title")
    elif word in ("ansicpg", "mac", "pc", "pca"):
        page = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}.get(word, f"cp{number}")
        reader.page = {"cp936": "gb18030", "cp950": "big5", "cp65001": "utf-8", "cp10000": "mac_roman"}.get(page, page)
    elif state.read:
        _flow(reader, word, number)
    if word == "uc":
        reader.state = replace(reader.state, skip=max(0, min(number if number is not None else 1, 50)))


def _destination(reader: _Reader, word: str, *, starred: bool) -> _State:
    """The state of a group that begins with this word."""
    state = reader.state
    if word in _PARTS and state.read:
        reader.sinks.append(Sink(_PARTS[word], heading=reader.sinks[0].heading))
        return replace(state, destination=word, opens=True, in_table=False, level=-1)
    if word in ("fldrslt", "result"):
        return state
    if word == "ud":
        return replace(state, destination="", read=_read_outside(reader))
    if word in _UNREAD or word == "fonttbl" or starred:
        return replace(state, destination=word, read=False)
    return replace(state, read=False)


def _read_outside(reader: _Reader) -> bool:
    """Whether the text around a pair of old and Unicode text is kept."""
    return next((one.read for one in reversed(reader.stack) if one.destination != "upr"), True)


def _font(reader: _Reader, word: str, number: int) -> None:
    if word == "f":
        reader.font_named = number
    elif word == "fcharset" and number in _CHARSETS:
        reader.fonts[reader.font_named] = _CHARSETS[number] if number else ""
    elif word == "cpg":
        reader.fonts[reader.font_named] = {936: "gb18030", 950: "big5", 65001: "utf-8"}.get(number, f"cp{number}")


def _flow(reader: _Reader, word: str, number: int | None) -> None:
    """Control words that end paragraphs, cells and rows, or say what the text after them is."""
    sink, state = reader.sinks[-1], reader.state
    on = number != 0
    if word in ("par", "sect", "page", "cell", "row", "nestcell", "nestrow", "trowd"):
        _flush(reader)
        sink.control(word, in_table=state.in_table, level=state.level)
    elif word == "pard":
        reader.state = replace(state, in_table=False, level=-1)
    elif word == "plain":
        reader.state = replace(state, hidden=False, font=-1, deleted=False)
    elif word == "intbl":
        reader.state = replace(state, in_table=True)
    elif word == "s":
        reader.state = replace(state, level=reader.levels.get(number or 0, -1))
    elif word == "outlinelevel":
        reader.state = replace(state, level=number if number is not None and number < 9 else -1)
    elif word == "ftnalt":
        sink.part = "endnote"
    elif word in ("f", "af", "dbch", "loch", "hich"):
        _flush(reader)
        far = word == "dbch" if word in ("dbch", "loch", "hich") else state.in_far_east
        reader.state = replace(
            state,
            in_far_east=far,
            font=(number or 0) if word == "f" else state.font,
            far_east=(number or 0) if word == "af" and state.in_far_east else state.far_east,
        )
    elif word in ("v", "deleted"):
        _flush(reader)
        reader.state = replace(state, hidden=on) if word == "v" else replace(state, deleted=on)


def _unicode(reader: _Reader, number: int) -> None:
    reader.to_skip = 0
    if number % 65_536 not in _SYMBOL_FONTS:
        _characters(reader, chr(number % 65_536))
    reader.to_skip = reader.state.skip


def _bytes(reader: _Reader, data: bytes) -> None:
    """Take bytes of the font's character set; those that repeat a Unicode character for old programs are passed over."""
    if reader.to_skip:
        passed = min(reader.to_skip, len(data))
        reader.to_skip -= passed
        data = data[passed:]
    if not data:
        return
    codec = _codec(reader)
    if codec != reader.codec or reader.decoder is None:
        _flush(reader)
        reader.codec = codec
        try:
            reader.decoder = codecs.getincrementaldecoder(codec)("replace")
        except LookupError:
            reader.decoder = codecs.getincrementaldecoder("cp1252")("replace")
    _take(reader, reader.decoder.decode(data))


def _codec(reader: _Reader) -> str:
    state = reader.state
    far = reader.fonts.get(state.far_east) if state.in_far_east else None
    return far or reader.fonts.get(state.font) or reader.page


def _characters(reader: _Reader, text: str) -> None:
    if reader.to_skip and text:
        reader.to_skip -= 1
        return
    _flush(reader)
    _take(reader, text)


def _flush(reader: _Reader) -> None:
    """End a character that was begun."""
    decoder, reader.decoder = reader.decoder, None
    if decoder is not None:
        _take(reader, decoder.decode(b"", final=True))


def _take(reader: _Reader, text: str) -> None:
    state = reader.state
    if state.destination == "title":
        reader.title.append(text)
    elif state.destination == "fldinst":
        reader.instruction.append(text)
    elif state.read and text:
        shown, invisible = without_invisible(text)
        if state.hidden:
            reader.hidden += sum(not one.isspace() for one in text)
        elif not state.deleted:
            reader.hidden += invisible
            reader.sinks[-1].text(shown)
