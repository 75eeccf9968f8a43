"""Mail (EML, RFC 5322): who wrote what to whom and when, the message, and its attachments, each read by the parser of its own format."""

from __future__ import annotations

import email
import email.errors
import email.header
import email.message
import email.policy
import mimetypes
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bs4 import BeautifulSoup

from core.errors import DocumentFault, ParserFailed, ReadingWarning
from core.places import Place
from core.text import clean, shortened
from core.types import Document
from ingest.parsers.encodings import decode
from ingest.parsers.hidden import drop_hidden, hidden_warning, without_invisible
from ingest.parsers.html import decode_html
from ingest.parsers.limits import Limits
from ingest.parsers.markup import MarkupWriter
from ingest.parsers.members import Collected
from ingest.parsers.titles import LONGEST_TITLE, title_from_name
from ingest.parsers.writing import Writer

# Header lines that are part of the text, in the order in which they are shown.
_SHOWN = ("Subject", "From", "To", "Cc", "Date")
# Characters of a header that are read: a list of 20,000 recipients is no text.
_LONGEST_HEADER = 2_000
# Parts of a message that are read, and how deep parts lie in parts.
_MOST_PARTS = 500
_DEEPEST = 40
_LONGEST_NAME = 120
# Bodies say the same where this share of the words of each stands in the other.
_SAME_SHARE = 0.95
_WORDS = re.compile(r"\w+")
_ENCODED_WORD_GAP = re.compile(r"(?<=\?=)\s*\r?\n?\s+(?==\?)")
# Signatures over a message (RFC 8551, RFC 3156): they have no text.
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})


@dataclass(frozen=True, slots=True)
class Body:
    """A body of a message: its text, or an HTML page, and what `Place.part` calls it."""

    text: str
    html: bool
    part: str


@dataclass(slots=True)
class _Message:
    """What is found while the parts of a message are walked."""

    collected: Collected
    bodies: list[Body] = field(default_factory=list)
    attachments: list[tuple[str, bytes, str]] = field(default_factory=list)
    parts: int = 0


def parse_mail(data: bytes, name: str, limits: Limits) -> Document:
    """Read a message. Raises ParserFailed, TooManyPages, TooMuchText."""
    try:
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        collected = Collected(name, limits)
        found = _Message(collected)
        _walk(message, found, 0)
    except RecursionError:
        raise ParserFailed(name=name, media_type="EML", detail=DocumentFault.TOO_DEEP(kind="multipart")) from None
    headers = [(title, value) for title in _SHOWN if (value := header_text(message, title))]
    return message_document(headers, found.bodies, found.attachments, collected, "message/rfc822")


def message_document(
    headers: list[tuple[str, str]],
    bodies: list[Body],
    attachments: list[tuple[str, bytes, str]],
    collected: Collected,
    media_type: str,
    inner: Sequence[tuple[str, Document]] = (),
) -> Document:
    """A message as a document: a page of headers and bodies, then the pages of its attachments (name, bytes, media type) and of messages
    inside of it, which have been read (part, document).

    Raises:
        TooManyPages, TooMuchText: all together are more than is read.
    """
    writer = Writer()
    for title, value in headers:
        part = "header subject" if title == "Subject" else "header"
        writer.paragraph(f"{title}: {value}", Place(part=part), item=True)
    writer.gap()
    for body in bodies:
        _write_body(body, writer, collected)
    collected.add(writer.page(1))
    taken: dict[str, int] = {}
    for called, data, kind in attachments[:_MOST_PARTS]:
        taken[called] = taken.get(called, 0) + 1
        shown = called if taken[called] == 1 else f"{called} ({taken[called]})"
        part = f"message {shown}" if kind == "message/rfc822" else f"attachment {shown}"
        collected.read(data, called, part, aliases=_aliases(called, kind))
    for part, document in inner:
        collected.add_document(document, part)
    if len(attachments) > _MOST_PARTS:
        collected.warn(ReadingWarning.PARTS_BEYOND(count=len(attachments) - _MOST_PARTS, limit=_MOST_PARTS))
    collected.warn_all(hidden_warning(collected.hidden))
    subject = next((value for title, value in headers if title == "Subject"), "")
    return collected.document(subject[:LONGEST_TITLE] or title_from_name(collected.name), media_type)


def _aliases(name: str, kind: str) -> tuple[str, ...]:
    """Names that fit the media type that a message says an attachment has."""
    guessed = mimetypes.guess_extension(kind) if kind not in ("application/octet-stream", "") else None
    return (*([f"{name}{guessed}"] if guessed else []), *([f"{name}.txt"] if kind.startswith("text/") else []))


def alternatives(bodies: list[Body]) -> list[Body]:
    """Of bodies that say the same in other forms, the plain ones and then the HTML ones, both only where their words differ.

    Where only markup differs, the HTML one is kept if it has tables, else the plain one.
    """
    plain, html = [one for one in bodies if not one.html], [one for one in bodies if one.html]
    if not plain or not html:
        return bodies
    seen = _plain_words(" ".join(BeautifulSoup(one.text + "\n", "lxml").get_text(" ") for one in html))
    own = _plain_words(" ".join(one.text for one in plain))
    common = len(seen & own)
    if common < _SAME_SHARE * len(seen) or common < _SAME_SHARE * len(own):
        return [*plain, *html]
    return html if any("<table" in one.text.lower() for one in html) else plain


def _plain_words(text: str) -> set[str]:
    """The words of a text, without addresses, which an HTML body hides behind links."""
    return set(_WORDS.findall(re.sub(r"https?://\S+", " ", text).casefold()))


def _write_body(body: Body, writer: Writer, collected: Collected) -> None:
    text, invisible = without_invisible(body.text)
    collected.hidden += invisible
    if not body.html:
        writer.verbatim(text, Place(part=body.part))
        return
    soup = BeautifulSoup(text + "\n", "lxml")  # the line end tells that a short text is no file name
    collected.hidden += drop_hidden(soup)
    MarkupWriter(writer, Place(part=body.part)).write(soup)


def _walk(part: email.message.Message, found: _Message, depth: int) -> None:
    """Sort the parts of a message into bodies and attachments."""
    found.parts += 1
    if found.parts > _MOST_PARTS or depth > _DEEPEST:
        found.collected.warn(ReadingWarning.PARTS_BEYOND(count=1, limit=_MOST_PARTS))
        return
    kind = part.get_content_type()
    if kind == "message/rfc822" and part.is_multipart():
        _enclosed(part, found)
    elif part.is_multipart():
        parts = [one for one in part.get_payload() if isinstance(one, email.message.Message)]
        before = len(found.bodies)
        for one in parts:
            _walk(one, found, depth + 1)
        if kind == "multipart/alternative":
            found.bodies[before:] = alternatives(found.bodies[before:])
    else:
        _leaf(part, kind, found)


def _enclosed(part: email.message.Message, found: _Message) -> None:
    inner = part.get_payload(0)
    assert isinstance(inner, email.message.Message)
    name = _file_name(part) or f"{header_text(inner, 'Subject') or 'message'}.eml"
    try:
        data = inner.as_bytes()
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError, KeyError):  # what the generator raised on odd headers
        found.collected.warn(ReadingWarning.PART_UNREADABLE(part=name, reason=DocumentFault.BROKEN()))
        return
    name = name if name.lower().endswith((".eml", ".mht")) else f"{name}.eml"
    found.attachments.append((name, data, "message/rfc822"))


def _leaf(part: email.message.Message, kind: str, found: _Message) -> None:
    if kind in _SIGNATURES:
        return
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, TypeError, LookupError, AssertionError):  # encodings of the transfer that are none
        payload = None
    data = payload if isinstance(payload, bytes) else str(part.get_payload()).encode("utf-8", "surrogateescape")
    name = _file_name(part)
    attached = part.get_content_disposition() == "attachment" or bool(name)
    if kind in ("text/plain", "text/html", "message/delivery-status", "text/enriched") and not attached:
        charset = _charset(part)
        html = kind == "text/html"
        decoded = decode_html(data, "", charset=charset) if html else decode(data, "", declared=charset)
        for warning in decoded.warnings:
            found.collected.warn(warning)
        if decoded.text.strip():
            found.bodies.append(Body(decoded.text, html, f"body {'text/html' if html else 'text/plain'}"))
    elif data.strip():
        found.attachments.append((name or f"part {found.parts}{mimetypes.guess_extension(kind) or ''}", data, kind))


def _charset(part: email.message.Message) -> str:
    """The character set that a part declares, as it is written there."""
    try:
        declared = part.get_param("charset")
    except (ValueError, LookupError, TypeError, IndexError):
        return ""
    return str(declared[2] if isinstance(declared, tuple) else declared or "")


def _file_name(part: email.message.Message) -> str:
    """The name of an attachment in one line, without folders; "" where it has none."""
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, IndexError):
        return ""
    return safe_attachment_name(decoded_words(str(name or "")))


def safe_attachment_name(name: str) -> str:
    """The last step of a name in one line, cut in the middle where it is long: its end says what it is."""
    name = " ".join(clean(without_invisible(name)[0]).replace("\\", "/").rpartition("/")[2].split())
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 21]}…{name[-20:]}"


def header_text(message: email.message.Message, title: str) -> str:
    """A header in one line, at most 2,000 characters of it; "" where there is none."""
    raw = next((value for name, value in message.raw_items() if name.lower() == title.lower()), "")
    return shortened(without_invisible(clean(decoded_words(str(raw)[: 2 * _LONGEST_HEADER])))[0], _LONGEST_HEADER)


def decoded_words(raw: str) -> str:
    """A header's value with its encoded words (RFC 2047) and bytes beyond ASCII as text."""
    if not raw.isascii():
        raw = decode(raw.encode("utf-8", "surrogateescape"), "").text
    if "=?" not in raw:
        return raw
    pieces: list[tuple[bytes, str]] = []
    try:
        for piece, charset in email.header.decode_header(_ENCODED_WORD_GAP.sub("", raw)):
            known = charset or ""
            data = piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape")
            if pieces and pieces[-1][1] == known:
                pieces[-1] = (pieces[-1][0] + data, known)  # a character may be cut in two between words
            else:
                pieces.append((data, known))
    except (email.errors.HeaderParseError, ValueError, LookupError):
        return raw
    return "".join(_piece(data, charset) for data, charset in pieces)


def _piece(data: bytes, charset: str) -> str:
    if not data:
        return ""
    return decode(data, "", declared=charset.partition("*")[0]).text
