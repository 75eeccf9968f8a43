"""Outlook messages (MSG): subject, people, date, body, attachments and the messages inside of them.

Properties are streams named by identifier and type ([MS-OXMSG], https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxmsg).
Text of the type "8 bits" is decoded here: the code page that a message declares is often wrong.
"""

from __future__ import annotations

import datetime as dt
import io
import struct

from olefile import OleFileIO
from oxmsg.storage import Storage

from core.errors import DocumentError, DocumentFault, ParserFailed, ReadingWarning
from core.types import Document
from ingest.parsers.encodings import decode
from ingest.parsers.html import decode_html
from ingest.parsers.limits import Limits
from ingest.parsers.mail import Body, alternatives, message_document, safe_attachment_name
from ingest.parsers.members import Collected
from ingest.parsers.rtf import parse_rtf

_SUBJECT, _SENDER, _SENDER_ADDRESS, _SENDER_SMTP, _TO, _CC = 0x0037, 0x0C1A, 0x0C1F, 0x5D01, 0x0E04, 0x0E03
_BODY, _HTML, _RTF = 0x1000, 0x1013, 0x1009
_SENT, _DELIVERED, _CODE_PAGE, _BODY_CODE_PAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
_NAME, _SHORT_NAME, _DISPLAY_NAME, _MIME, _CONTENT, _INNER = 0x3707, 0x3704, 0x3001, 0x370E, 0x3701, "__substg1.0_3701000D"
_UTF_16, _EIGHT_BIT, _BINARY = "001F", "001E", "0102"
# Where properties of a fixed size begin in their stream: of a message in a file, of one inside of another, of an attachment.
_IN_FILE, _IN_MESSAGE = 32, 24
_CODE_PAGES = {65001: "utf-8", 20127: "us-ascii", 28591: "iso-8859-1", 50220: "iso-2022-jp", 50221: "iso-2022-jp", 51932: "euc_jp",
               20932: "euc_jp", 936: "gb18030", 54936: "gb18030", 950: "big5", 20866: "koi8_r", 51949: "euc_kr", 1200: "utf-16-le"}  # fmt: skip
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_MOST_ATTACHMENTS = 500
# What olefile and oxmsg raised on damaged files.
_BROKEN = (
    OSError, KeyError, ValueError, IndexError, TypeError, AttributeError, struct.error, OverflowError, UnicodeError, AssertionError,
)  # fmt: skip
# Compressed rich text begins with these words ([MS-OXRTFCP]).
_COMPRESSED_FROM = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
    b"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def parse_message(data: bytes, name: str, limits: Limits) -> Document:
    """Read an Outlook message. Raises ParserFailed, TooManyPages, TooMuchText."""
    try:
        with OleFileIO(io.BytesIO(data)) as opened:
            storage = Storage.from_ole(opened)
        return _document(_Properties(storage, _IN_FILE), name, limits)
    except DocumentError:
        raise
    except _BROKEN as error:
        raise ParserFailed(name=name, media_type="MSG", detail=DocumentFault.BROKEN()) from error


class _Properties:
    """The properties of a message or an attachment; those of a fixed size begin at byte `offset` of their stream."""

    def __init__(self, storage: Storage, offset: int, page: str = "") -> None:
        self.storage = storage
        self._streams = {stream.name.upper(): stream.bytes_ for stream in storage.streams}
        fixed = self._streams.get("__PROPERTIES_VERSION1.0", b"")
        self._fixed = {fixed[at + 2 : at + 4]: fixed[at + 8 : at + 16] for at in range(offset, len(fixed) - 15, 16)}
        self.page = page or self._code_page(_CODE_PAGE)
        self.body_page = self._code_page(_BODY_CODE_PAGE) or self.page

    def number(self, pid: int) -> int:
        """A property that is a number of 64 bits or less, 0 where there is none."""
        return int.from_bytes(self._fixed.get(struct.pack("<H", pid), b""), "little")

    def binary(self, pid: int) -> bytes:
        """A property's bytes, empty where there is none."""
        return self._streams.get(f"__SUBSTG1.0_{pid:04X}{_BINARY}", b"")

    def text(self, pid: int, page: str | None = None) -> str:
        """A property's text, "" where there is none."""
        wide = self._streams.get(f"__SUBSTG1.0_{pid:04X}{_UTF_16}")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._streams.get(f"__SUBSTG1.0_{pid:04X}{_EIGHT_BIT}", b"").rstrip(b"\0")
        return decode(narrow, "", declared=self.page if page is None else page).text if narrow else ""

    def _code_page(self, pid: int) -> str:
        number = int.from_bytes(self._fixed.get(struct.pack("<H", pid), b"")[:4], "little")
        return _CODE_PAGES.get(number, f"cp{number}") if number else ""


def _document(message: _Properties, name: str, limits: Limits) -> Document:
    collected = Collected(name, limits)
    address = message.text(_SENDER_SMTP) or message.text(_SENDER_ADDRESS)
    sender = message.text(_SENDER)
    shown = f"{sender} <{address}>" if "@" in address and address != sender else sender or address
    values = [("Subject", message.text(_SUBJECT)), ("From", shown), ("To", message.text(_TO)), ("Cc", message.text(_CC))]
    headers = [(title, " ".join(value.split())) for title, value in [*values, ("Date", _date(message))] if value.strip()]
    attachments: list[tuple[str, bytes, str]] = []
    inner: list[tuple[str, Document]] = []
    storages = [one for one in message.storage.storages if one.name.lower().startswith("__attach_version1.0_")]
    if len(storages) > _MOST_ATTACHMENTS:
        collected.warn(ReadingWarning.PARTS_BEYOND(count=len(storages) - _MOST_ATTACHMENTS, limit=_MOST_ATTACHMENTS))
    for number, storage in enumerate(storages[:_MOST_ATTACHMENTS], start=1):
        _attachment(_Properties(storage, 8, message.page), number, collected, attachments, inner)
    bodies = _bodies(message, limits)
    return message_document(headers, bodies, attachments, collected, "application/vnd.ms-outlook", inner)


def _attachment(
    found: _Properties,
    number: int,
    collected: Collected,
    attachments: list[tuple[str, bytes, str]],
    inner: list[tuple[str, Document]],
) -> None:
    """Sort an attachment into files and messages."""
    name = safe_attachment_name(found.text(_NAME) or found.text(_SHORT_NAME) or found.text(_DISPLAY_NAME)) or f"part {number}"
    embedded = next((one for one in found.storage.storages if one.name.lower() == _INNER.lower()), None)
    if embedded is not None:
        part = f"message {name}"
        document = collected.attempt(
            lambda: _document(_Properties(embedded, _IN_MESSAGE), name, collected.limits.inner(name)), part
        )
        if document is not None:
            inner.append((part, document))
        return
    data = found.binary(_CONTENT)
    if data:
        attachments.append((name, data, found.text(_MIME)))
    else:
        collected.warn(ReadingWarning.PART_UNREADABLE(part=f"attachment {name}", reason=DocumentFault.EMPTY()))


def _bodies(message: _Properties, limits: Limits) -> list[Body]:
    bodies = []
    plain = message.text(_BODY, message.body_page).replace("\r\n", "\n").replace("\r", "\n")
    if plain.strip():
        bodies.append(Body(plain, html=False, part="body"))
    page = message.binary(_HTML)
    html = decode_html(page, "", charset=message.body_page).text if page else message.text(_HTML, message.body_page)
    if html.strip():
        bodies.append(Body(html, html=True, part="body"))
    rich = message.binary(_RTF)
    if not bodies and rich:
        text = "\n\n".join(one.text for one in parse_rtf(unpacked_rtf(rich, limits), "body.rtf", limits).pages)
        bodies.append(Body(text, html=False, part="body"))
    return alternatives(bodies)


def _date(message: _Properties) -> str:
    """When a message was sent, or came; "" where it was neither."""
    ticks = message.number(_SENT) or message.number(_DELIVERED)  # of 100 nanoseconds
    try:
        when = _EPOCH + dt.timedelta(microseconds=ticks // 10)
    except OverflowError:
        return ""
    return f"{when:%Y-%m-%d %H:%M} UTC" if when.year > _EPOCH.year else ""


def unpacked_rtf(data: bytes, limits: Limits) -> bytes:
    """Rich text as [MS-OXRTFCP] packs it. Raises ParserFailed, TooMuchText."""
    size, kind = struct.unpack("<4xI4s4x", data[:16])
    if kind == b"MELA":
        return data[16 : 16 + size]
    limits.check_text("RTF", size)
    window = bytearray(_COMPRESSED_FROM.ljust(4096, b"\0"))
    out = bytearray()
    at, write = 16, len(_COMPRESSED_FROM)
    while at < len(data) and len(out) <= size:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                if at + 1 >= len(data):
                    return bytes(out)
                token = data[at] << 8 | data[at + 1]
                at += 2
                offset, length = token >> 4, (token & 15) + 2
                if offset == write % 4096:
                    return bytes(out)
                for step in range(length):
                    out.append(window[(offset + step) % 4096])
                    window[write % 4096] = out[-1]
                    write += 1
            elif at < len(data):
                out.append(data[at])
                window[write % 4096] = data[at]
                write += 1
                at += 1
    return bytes(out)
