"""PDFs written by hand for tests: a few pages of Helvetica, with what a test needs to be odd about them."""

from __future__ import annotations

import ctypes
import io
import zlib

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium

from core.types import LineBox

_HEAD = b"%PDF-1.7\n"


def pdf(*pages: str, catalog: str = "", title: str = "", page: str = "", streams: tuple[bytes, ...] = ()) -> bytes:
    """A PDF of A4 pages, one per text; `catalog` and `page` are entries added to those dictionaries, `streams` replaces contents."""
    contents = streams or tuple(_content(text) for text in pages)
    kids = " ".join(f"{5 + 2 * at} 0 R" for at in range(len(contents)))
    objects = [
        f"<</Type /Catalog /Pages 2 0 R {catalog}>>".encode(),
        f"<</Type /Pages /Kids [{kids}] /Count {len(contents)} /MediaBox [0 0 595 842]>>".encode(),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
        f"<</Title ({title})>>".encode("latin-1"),
    ]
    for at, content in enumerate(contents):
        font = f"/Resources <</Font <</F1 3 0 R>>>> /Contents {6 + 2 * at} 0 R"
        objects.append(f"<</Type /Page /Parent 2 0 R {font} {page}>>".encode())
        flate = b"/Filter /FlateDecode " if content[:1] == b"\x78" else b""
        objects.append(b"<<%s/Length %d>>\nstream\n%s\nendstream" % (flate, len(content), content))
    return _file(objects)


def encrypted(data: bytes, password: str) -> bytes:
    """The PDF, protected by a password with AES."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb(megabytes: int) -> bytes:
    """A PDF of some kilobytes whose page unfolds to many megabytes of spaces."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    return pdf(streams=(packed,))


def _content(text: str) -> bytes:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    lines = " ".join(f"({line}) Tj T*" for line in escaped.split("\n"))
    return f"BT /F1 12 Tf 14 TL 72 760 Td {lines} ET".encode("cp1252") if text else b""


def _file(objects: list[bytes]) -> bytes:
    out = bytearray(_HEAD)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d /Root 1 0 R /Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


_PRECISE = 100


def under(page: pypdfium2.PdfPage, box: LineBox) -> str:
    """What pdfium reads within a box of the page as shown."""
    width, height = (round(side * _PRECISE) for side in page.get_size())
    corners = []
    for x, y in ((box.left, box.top), (box.right, box.bottom)):
        across, up = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDF_DeviceToPage(page.raw, 0, 0, width, height, 0, round(x * _PRECISE), round(y * _PRECISE), across, up)
        corners.append((across.value, up.value))
    (x0, y0), (x1, y1) = corners
    return str(page.get_textpage().get_text_bounded(min(x0, x1) - 0.5, min(y0, y1) - 0.5, max(x0, x1) + 0.5, max(y0, y1) + 0.5))
