"""Pages drawn as pictures, for eyes and for the recognition of their text."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import pypdfium2

from ingest.parsers.limits import Limits

_POINTS_PER_INCH = 72


def render_pdf(data: bytes, pages: Sequence[int], dots_per_inch: int, limits: Limits) -> Iterator[bytes]:
    """Pages of a PDF as PNG; a page too large for the limit of pixels is drawn smaller, one that cannot be drawn is left out.

    Raises:
        pypdfium2.PdfiumError: the file cannot be opened.
    """
    document = pypdfium2.PdfDocument(data, password=limits.password or None)
    try:
        for number in pages:
            png = _drawn(document, number, dots_per_inch, limits) if 1 <= number <= len(document) else None
            if png is not None:
                yield png
    finally:
        document.close()


def _drawn(document: pypdfium2.PdfDocument, number: int, dots_per_inch: int, limits: Limits) -> bytes | None:
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return None
    try:
        width, height = page.get_size()
        scale = dots_per_inch / _POINTS_PER_INCH
        too_large = width * height * scale * scale / (limits.max_picture_mpx * 1e6)
        if too_large > 1:
            scale /= too_large**0.5
        bitmap = page.render(scale=scale)
        stream = io.BytesIO()
        bitmap.to_pil().save(stream, "png", compress_level=1)
        bitmap.close()
        return stream.getvalue()
    except (pypdfium2.PdfiumError, ValueError, SystemError):  # nothing to draw, as on a page of no size
        return None
    finally:
        page.close()
