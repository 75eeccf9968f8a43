"""Small documents of the formats that carry other documents or are marked up, for the tests of their parsers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping


def packed(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return stream.getvalue()


def mail(body: str = "Words of a mail.", headers: str = "", kind: str = "text/plain; charset=utf-8") -> bytes:
    """A message of one part."""
    return (
        f"From: Ann <ann@example.com>\nTo: Bob <bob@example.com>\nSubject: Broth\nDate: Fri, 16 Oct 2009 23:39:34 +1100\n"
        f"MIME-Version: 1.0\n{headers}Content-Type: {kind}\nContent-Transfer-Encoding: 8bit\n\n{body}\n"
    ).encode()


def mail_of_parts(*parts: tuple[str, bytes], kind: str = "mixed", boundary: str = "X--X") -> bytes:
    """A message of parts, each of them header lines and content."""
    head = (
        "From: ann@example.com\nTo: bob@example.com\nSubject: Parts\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'
    )
    body = b"".join(f"--{boundary}\n".encode() + lines.encode() + b"\n\n" + content + b"\n" for lines, content in parts)
    return head.encode() + body + f"--{boundary}--\n".encode()


def notebook(*cells: Mapping[str, object]) -> bytes:
    """A notebook of format 4."""
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def cell(source: str | list[str], kind: str = "code", outputs: list[dict[str, object]] | None = None) -> dict[str, object]:
    """A cell of a notebook."""
    return {"cell_type": kind, "source": source, "metadata": {}, **({"outputs": outputs or []} if kind == "code" else {})}


_CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def book(
    chapters: Mapping[str, str],
    contents: Mapping[str, str],
    title: str = "A Book of Broth",
    linear: Mapping[str, str] | None = None,
) -> bytes:
    """A book of files (name: body) with a list of contents (label: reference); `linear` gives files the attribute of that name."""
    items = "".join(f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters))
    spine = "".join(
        f'<itemref idref="i{n}"' + (f' linear="{linear[name]}"' if linear and name in linear else "") + "/>"
        for n, name in enumerate(chapters)
    )
    opf = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="2.0"><metadata '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata><manifest>{items}'
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
        f'<spine toc="ncx">{spine}</spine></package>'
    )
    points = "".join(
        f'<navPoint id="p{n}"><navLabel><text>{label}</text></navLabel><content src="{target}"/></navPoint>'
        for n, (label, target) in enumerate(contents.items())
    )
    ncx = f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'
    from urllib.parse import unquote

    pages = {
        f"OPS/{unquote(name)}": (
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
            f"<body>{body}</body></html>"
        )
        for name, body in chapters.items()
    }
    return packed({
        "mimetype": "application/epub+zip", "META-INF/container.xml": _CONTAINER, "OPS/book.opf": opf, "OPS/toc.ncx": ncx, **pages,
    })  # fmt: skip


def rich(body: str) -> bytes:
    """Rich text with a western font 0, a Japanese font 1 and a heading style 1."""
    return (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fmodern\fcharset128 MS Mincho;}}"
        r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}}{\info{\title Broth}{\author Ann}}" + body + "}"
    ).encode("latin-1")


# Documents of more than a thousand characters, of the formats that are no plain text.
LONG = {
    "application/zip": packed({"a.txt": "Words " * 300}),
    "application/epub+zip": book({"a.xhtml": f"<p>{'Words ' * 300}</p>"}, {"One": "a.xhtml"}),
    "application/rtf": rich("Words " * 300),
    "application/x-ipynb+json": notebook(cell("Words " * 300, "markdown")),
    "message/rfc822": mail("Words " * 300),
}
