"""Pages drawn as pictures, for eyes and for the recognition of their text."""

from __future__ import annotations

import io

import pypdfium2

from ingest.parsers.limits import Limits

_POINTS_PER_INCH = 72


def render_pdf(data: bytes, page: int, dots_per_inch: int, limits: Limits) -> bytes | None:
    """A page of a PDF as PNG, drawn smaller where it is too large for the limit of pixels; None where it cannot be drawn."""
    try:
        document = pypdfium2.PdfDocument(data, password=limits.password or None)
    except pypdfium2.PdfiumError:
        return None
    try:
        return _drawn(document, page, dots_per_inch, limits) if 1 <= page <= len(document) else None
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
