"""The formats that are read: ONE record each, with its names, how its content is recognised, its parser, its version.

A format is added here and with a parser file in `ingest/parsers/`; nothing else names formats. What a file is called decides only between
formats that are text; a name that contradicts the content is an error that says so.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import filetype

from core.errors import FileKind, OldFormat, PasswordUnsupported, TypeMismatch, UnknownType
from core.sentences import Phrase
from core.types import Document
from ingest.parsers.containers import OLE_HEADER, ZIP_HEADER, declared_type, has_member, ole_names
from ingest.parsers.encodings import utf_16_without_mark
from ingest.parsers.limits import Limits
from ingest.parsers.pictured import with_recognised

Parser = Callable[[bytes, str, Limits], Document]
# Gives a page (from 1) of a file as PNG at so many dots an inch, None where it has no picture.
Renderer = Callable[[bytes, int, int, Limits], bytes | None]

# Bytes looked at for signs of a text format.
_SNIFF = 4096
# The header may follow up to 1,024 bytes of anything (PDF 1.7, implementation note 13).
_PDF_HEADER_WITHIN = 1024
_PDF_HEADER = re.compile(rb"^\s*%PDF-", re.MULTILINE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|h[1-6]|table|article|main|span|ul|ol)\b", re.IGNORECASE)
_MARKUP = re.compile(rb"<[a-z!/?][^<>]*>", re.IGNORECASE)
_UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# Some signatures are two letters ("BM" opens a bitmap, and a text about BMW): they count only beside bytes that no text has. Escape, which
# Japanese mail has, is no such byte; the two formats that consist of text are known by theirs alone.
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MADE_OF_TEXT = ("application/rtf", "application/postscript")


_ZIP_EMPTY = b"PK\x05\x06"
_BOOK = re.compile(r"META-INF/container\.xml")
_OLE_MESSAGE = "__properties_version1.0"
# A header line of a mail (RFC 5322), or the line that mailboxes put before it.
_MAIL_START = re.compile(rb"\s{0,8}(?:From [^\n]{3,300}\n|>From [^\n]{3,300}\n)?[A-Za-z][A-Za-z0-9-]{1,60}:[ \t\r\n]")
_MAIL_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,60}):", re.MULTILINE)
_MAIL_NAMES = frozenset({
    b"from", b"to", b"subject", b"date", b"message-id", b"mime-version", b"received", b"return-path", b"content-type", b"cc", b"reply-to",
    b"delivered-to", b"x-mailer", b"sender", b"in-reply-to", b"references", b"content-transfer-encoding", b"dkim-signature",
})  # fmt: skip
_MAIL_CERTAIN = frozenset({
    b"message-id", b"mime-version", b"received", b"return-path", b"delivered-to", b"from", b"x-mailer", b"content-type",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that is read.

    `parser` is "module:function" of a `Parser`, imported in the worker process only. `version` goes up when the parser makes something
    else of the same bytes: documents are then read again when they are next ingested. `renderer` is "module:function" of a `Renderer`, ""
    where pages of the format have no picture. Exactly one of these tells by content:
    `signature` for binary formats takes all bytes; `looks` for text formats takes the first 4,096, and None means that any text will do.
    """

    media_type: str
    kind: Phrase
    extensions: tuple[str, ...]
    parser: str
    version: int
    signature: Callable[[bytes], bool] | None = None
    looks: Callable[[bytes], bool] | None = None
    renderer: str = ""

    def load_parser(self) -> Parser:
        """Import the parser. That of a format whose pages have pictures has their text recognised where a page has no other."""
        parser: Parser = _imported(self.parser)
        renderer = self.load_renderer()
        if renderer is None:
            return parser

        def reading(data: bytes, name: str, limits: Limits) -> Document:
            document = parser(data, name, limits)
            return with_recognised(document, name, lambda page, dots_per_inch: renderer(data, page, dots_per_inch, limits), limits)

        return reading

    def load_renderer(self) -> Renderer | None:
        """Import the renderer; None where pages of this format have no picture."""
        renderer: Renderer | None = _imported(self.renderer) if self.renderer else None
        return renderer


def _imported(place: str) -> Any:
    """What "module:function" names."""
    module, _, function = place.partition(":")
    return getattr(importlib.import_module(module), function)


def _is_pdf(data: bytes) -> bool:
    start = data[:_PDF_HEADER_WITHIN]
    # Not a text that speaks of "%PDF-".
    return bool(_PDF_HEADER.search(start)) or (b"%PDF-" in start and bool(_NOT_IN_TEXT.search(data[:_SNIFF])))


def _has(member: str) -> Callable[[bytes], bool]:
    """Whether a file is a ZIP with a member whose whole name matches the pattern."""
    return functools.partial(has_member, name=re.compile(member))


def _declares(kind: str) -> Callable[[bytes], bool]:
    """Whether a file declares itself an OpenDocument of a kind, or a template of it."""
    named = f"application/vnd.oasis.opendocument.{kind}".encode()
    return lambda data: declared_type(data).removesuffix(b"-template") == named


def _is_xls(data: bytes) -> bool:
    return not ole_names(data).isdisjoint({"Workbook", "Book"})


def _has_markup(head: bytes) -> bool:
    return bool(_HTML.search(head))


def _is_drawing(head: bytes) -> bool:
    before, opened, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"<svg")
    return bool(opened) and (not before or before.startswith((b"<?xml", b"<!"))) and not _HTML.search(before)


def _is_rtf(data: bytes) -> bool:
    return data[:64].lstrip().startswith(b"{\\rtf")


def _is_outlook(data: bytes) -> bool:
    """Whether a compound file has at its root the stream of properties that every message has."""
    return _OLE_MESSAGE in ole_names(data)


def _is_epub(data: bytes) -> bool:
    return declared_type(data) == b"application/epub+zip" or has_member(data, _BOOK)


# Every package of Office has this member (ECMA-376, part 2).
_OFFICE_PACKAGE = re.compile(r"\[Content_Types\]\.xml")


def _is_archive(data: bytes) -> bool:
    """Whether a ZIP file is no package of something else: neither of OpenDocument nor of Office, one that no record above knows included."""
    return data.startswith((ZIP_HEADER, _ZIP_EMPTY)) and not declared_type(data) and not has_member(data, _OFFICE_PACKAGE)


def _has_mail_headers(head: bytes) -> bool:
    """Whether a text begins with the header lines of a mail, three of them known ones, one of them about sender or transport."""
    names = {name.lower() for name in _MAIL_HEADER.findall(head.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0])}
    lines = bool(_MAIL_START.match(head))
    return lines and len(names & _MAIL_NAMES) >= 2 and bool(names & _MAIL_CERTAIN)


def _is_notebook(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and (
        b'"cells"' in head or b'"worksheets"' in head or b'"nbformat"' in head or b'"cell_type"' in head
    )


# Source code, and the files of settings and markup that lie beside it.
_SOURCE = (
    ".py", ".pyw", ".pyi", ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".m", ".mm", ".cs", ".java", ".kt", ".kts", ".scala", ".groovy",
    ".go", ".rs", ".swift", ".dart", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".php", ".rb", ".pl", ".pm", ".lua",
    ".r", ".jl", ".hs", ".ml", ".fs", ".ex", ".exs", ".erl", ".clj", ".lisp", ".el", ".scm", ".vb", ".bas", ".pas", ".f90", ".f", ".asm",
    ".s", ".sql", ".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd", ".css", ".scss", ".less", ".json", ".jsonl", ".yaml", ".yml",
    ".toml", ".ini", ".cfg", ".conf", ".properties", ".xml", ".xsl", ".proto", ".graphql", ".tf", ".cmake", ".mk", ".gradle", ".tex",
    ".bib", ".diff", ".patch",
)  # fmt: skip


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    """Whether content begins with one of these and is binary."""
    return lambda data: data.startswith(marks) and bool(_NOT_IN_TEXT.search(data[:_SNIFF]))


def _is_avif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis")


def _is_webp(data: bytes) -> bool:
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP"


# In the order in which content is held against them.
FORMATS: tuple[Format, ...] = (
    Format(
        "application/pdf", FileKind.PDF(), (".pdf",), "ingest.parsers.pdf:parse_pdf", 9, signature=_is_pdf,
        renderer="ingest.parsers.pictures:render_pdf",
    ),
    *(
        Format(
            media_type, FileKind.PICTURE(media_type=media_type), extensions, "ingest.parsers.image:parse_image", 1, signature=signature,
            renderer="ingest.parsers.image:render_image",
        )
        for media_type, extensions, signature in (
            ("image/png", (".png",), _begins(b"\x89PNG\r\n\x1a\n")),
            ("image/jpeg", (".jpg", ".jpeg", ".jpe"), _begins(b"\xff\xd8\xff")),
            ("image/tiff", (".tif", ".tiff"), _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
            ("image/webp", (".webp",), _is_webp),
            ("image/gif", (".gif",), _begins(b"GIF87a", b"GIF89a")),
            ("image/bmp", (".bmp", ".dib"), _begins(b"BM")),
            ("image/avif", (".avif",), _is_avif),
        )
    ),
    Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", FileKind.WORD(), (".docx", ".docm", ".dotx", ".dotm"),
        "ingest.parsers.docx:parse_docx", 1, signature=_has(r"word/document\d*\.xml"),
    ),
    Format(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation", FileKind.POWERPOINT(),
        (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"), "ingest.parsers.pptx:parse_pptx", 2, signature=_has(r"ppt/presentation\d*\.xml"),
    ),
    Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", FileKind.EXCEL(), (".xlsx", ".xlsm", ".xltx", ".xltm"),
        "ingest.parsers.xlsx:parse_xlsx", 1, signature=_has(r"xl/workbook\d*\.xml"),
    ),
    Format(
        "application/vnd.ms-excel.sheet.binary.macroEnabled.12", FileKind.EXCEL(), (".xlsb",), "ingest.parsers.xlsb:parse_xlsb", 1,
        signature=_has(r"xl/workbook\d*\.bin"),
    ),
    Format(
        "application/vnd.ms-excel", FileKind.EXCEL(), (".xls", ".xlt"), "ingest.parsers.xls:parse_xls", 2, signature=_is_xls,
    ),
    Format(
        "application/vnd.oasis.opendocument.spreadsheet", FileKind.OPEN_SHEET(), (".ods", ".ots"), "ingest.parsers.ods:parse_ods", 2,
        signature=_declares("spreadsheet"),
    ),
    Format(
        "application/vnd.oasis.opendocument.text", FileKind.OPEN_TEXT(), (".odt", ".ott"), "ingest.parsers.odt:parse_odt", 2,
        signature=_declares("text"),
    ),
    Format(
        "application/vnd.oasis.opendocument.presentation", FileKind.OPEN_SLIDES(), (".odp", ".otp"), "ingest.parsers.odp:parse_odp", 1,
        signature=_declares("presentation"),
    ),
    Format(
        "application/vnd.ms-outlook", FileKind.OUTLOOK(), (".msg", ".oft"), "ingest.parsers.outlook:parse_message", 1,
        signature=_is_outlook,
    ),
    Format(
        "application/epub+zip", FileKind.EPUB(), (".epub",), "ingest.parsers.epub:parse_epub", 1, signature=_is_epub,
    ),
    Format(
        "application/rtf", FileKind.RTF(), (".rtf",), "ingest.parsers.rtf:parse_rtf", 2, signature=_is_rtf,
    ),
    Format(
        "application/zip", FileKind.ARCHIVE(), (".zip",), "ingest.parsers.archive:parse_zip", 1, signature=_is_archive,
    ),
    Format(
        "message/rfc822", FileKind.MAIL(), (".eml", ".mht", ".mhtml"), "ingest.parsers.mail:parse_mail", 2, looks=_has_mail_headers,
    ),
    Format(
        "application/x-ipynb+json", FileKind.NOTEBOOK(), (".ipynb",), "ingest.parsers.notebook:parse_notebook", 2, looks=_is_notebook,
    ),
    Format(
        "image/svg+xml", FileKind.SVG(), (".svg",), "ingest.parsers.svg:parse_svg", 1, looks=_is_drawing,
    ),
    Format(
        "text/html", FileKind.HTML(), (".html", ".htm", ".xhtml"), "ingest.parsers.html:parse_html", 2, looks=_has_markup,
    ),
    Format(
        "text/markdown", FileKind.MARKDOWN(), (".md", ".markdown"), "ingest.parsers.text:parse_markdown", 2,
    ),
    Format(
        "text/csv", FileKind.DELIMITED(), (".csv", ".tsv", ".tab"), "ingest.parsers.delimited:parse_delimited", 1,
    ),
    Format(
        "text/plain", FileKind.TEXT(), (".txt", ".text", ".log", ".rst", ".adoc", ".org", ".srt", ".vtt"),
        "ingest.parsers.text:parse_plain", 2,
    ),
    Format(
        "text/x-source", FileKind.SOURCE(), _SOURCE, "ingest.parsers.code:parse_code", 1,
    ),
)  # fmt: skip
_BY_MEDIA_TYPE = {one.media_type: one for one in FORMATS}
_BY_EXTENSION = {extension: one for one in FORMATS for extension in one.extensions}
EXTENSIONS = tuple(_BY_EXTENSION)
PLAIN = _BY_MEDIA_TYPE["text/plain"]

# What is not read but can be named, by parts of media types.
_OFFICE = {
    "wordprocessingml": FileKind.WORD(),
    "spreadsheetml": FileKind.EXCEL(),
    "presentationml": FileKind.POWERPOINT(),
    "opendocument": FileKind.OPEN_DOCUMENT(),
    "epub": FileKind.EPUB(),
    "rtf": FileKind.RTF(),
}
# Documents of Office 97 to 2003 by their stream, and what they are to be saved as.
_OLD = {
    "WordDocument": (FileKind.OLD_WORD(), "Word / LibreOffice", "DOCX"),
    "PowerPoint Document": (FileKind.OLD_POWERPOINT(), "PowerPoint / LibreOffice", "PPTX"),
}
# Documents of Apple's programs are packages of members of a kind of their own; only their names tell them apart.
_APPLE = {".pages": ("Pages", "DOCX"), ".numbers": ("Numbers", "XLSX"), ".key": ("Keynote", "PPTX")}
_APPLE_MEMBER = re.compile(r"Index/[^/]+\.iwa|Index\.zip|index\.(?:xml|apxl)(?:\.gz)?")


def format_of(media_type: str) -> Format:
    """The format of a media type that `recognised` gave. Raises KeyError."""
    return _BY_MEDIA_TYPE[media_type]


def recognised(name: str, data: bytes) -> Format:
    """The format of a file's content, held against its name. Raises UnknownType, TypeMismatch, OldFormat, PasswordUnsupported."""
    extension = PurePath(name).suffix.lower()
    named = _BY_EXTENSION.get(extension)
    content, description = _sniff(data)
    if content is None:
        _check_office(name, data)
    _check_apple(name, data)
    if named is None:
        if content is None:
            raise UnknownType(name=name, found=description)
        if content is PLAIN and extension:
            raise UnknownType(name=name, found=FileKind.UNKNOWN_TEXT(extension=extension))
        return content  # a PDF or an HTML page under an unheard-of extension is still what it is
    if (
        content is not None and content.parser == named.parser
    ):  # a picture called by another picture's extension is read as what it is
        return content if content.signature is not None else named
    if content is named or (named.signature is None and content is not None and content.signature is None and _may_be(named, data)):
        return named
    raise TypeMismatch(name=name, named=named.kind, found=description)


def _check_office(name: str, data: bytes) -> None:
    """Raises PasswordUnsupported for an office file with a password, OldFormat for a document of Office 97 to 2003."""
    streams = ole_names(data)
    if "EncryptedPackage" in streams:
        raise PasswordUnsupported(name=name)
    for stream, (kind, programs, extension) in _OLD.items():
        if stream in streams:
            raise OldFormat(name=name, found=kind, programs=programs, extension=extension)


def _check_apple(name: str, data: bytes) -> None:
    """Raises OldFormat for a document of Pages, Numbers or Keynote: a ZIP archive with members of theirs."""
    program, extension = _APPLE.get(PurePath(name).suffix.lower(), ("", ""))
    if program and has_member(data, _APPLE_MEMBER):
        raise OldFormat(name=name, found=FileKind.APPLE(program=program), programs=program, extension=extension)


def _may_be(named: Format, data: bytes) -> bool:
    """Whether a text may be what its name says. HTML may be a fragment without any of the usual tags near its beginning."""
    return named.looks is None or named.looks(data[:_SNIFF]) or (named.media_type == "text/html" and bool(_MARKUP.search(data)))


def _sniff(data: bytes) -> tuple[Format | None, Phrase]:
    """The format of content, None for one that is not read, and what to call it."""
    for one in FORMATS:
        if one.signature is not None and one.signature(data):
            return one, one.kind
    head = data[:_SNIFF]
    if head.startswith(_UNICODE_MARKS) or utf_16_without_mark(data[: 2 * _SNIFF]):
        head = head.replace(b"\0", b"")  # enough of UTF-16 to see its tags
    else:
        if head.startswith(OLE_HEADER):
            return None, FileKind.BINARY()
        known = filetype.guess(data[:8192])
        if known is not None and (known.mime in _MADE_OF_TEXT or _NOT_IN_TEXT.search(head)):
            return None, _called(known.mime, data)
        if b"\0" in head:
            return None, FileKind.BINARY()
    found = next((one for one in FORMATS if one.looks is not None and one.looks(head)), PLAIN)
    return found, found.kind


def _called(media_type: str, data: bytes) -> Phrase:
    """What to call a file of a type that is not read."""
    if media_type == "application/zip":
        declared = declared_type(data).decode("latin-1")
        return next((kind for part, kind in _OFFICE.items() if part in declared), FileKind.ARCHIVE())
    if media_type.startswith("image/"):
        return FileKind.PICTURE(media_type=media_type)
    return next((kind for part, kind in _OFFICE.items() if part in media_type), FileKind.OTHER(media_type=media_type))
