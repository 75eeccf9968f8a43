"""Image files: a page a picture, whose text is recognised in it. Decoded by Pillow: https://pillow.readthedocs.io

The size is looked at before anything is decoded. A TIFF has pages; of a moving GIF or WebP the first picture counts.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from PIL import Image, ImageOps

from core.errors import DocumentFault, ParserFailed
from core.places import Mark, Place
from core.types import Document, Page, PageKind
from ingest.parsers.limits import Limits
from ingest.parsers.titles import title_from_name

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "AVIF")
_POINTS_PER_INCH = 72
# What an image says of its dots an inch is taken within these; screens have 96.
_LEAST_DPI, _MOST_DPI, _USUAL_DPI = 50, 2_400, 96
# A picture is drawn larger than it is up to so many dots of its longer side: small type is recognised better then.
_LARGEST_ENLARGED = 2_000
_MOST_ENLARGED = 3.0
# What Pillow raises on damaged files.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, struct.error, zlib.error)
# Its own limit only warns at first; ours is held before it decodes.
Image.MAX_IMAGE_PIXELS = None


def parse_image(data: bytes, name: str, limits: Limits) -> Document:
    """The pages of an image file, as pictures. Raises ParserFailed, PictureTooLarge, TooManyPages."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of damage that can be lived with
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            count = _count(image)
            limits.check_pages(name, count)
            pages = tuple(_page(image, number, count, name, limits) for number in range(1, count + 1))
    except _DAMAGED:
        raise ParserFailed(name=name, media_type="image", detail=DocumentFault.BROKEN()) from None
    return Document(title_from_name(name), Image.MIME.get(image.format or "", "image"), pages)


def _page(image: Image.Image, number: int, count: int, name: str, limits: Limits) -> Page:
    image.seek(number - 1)
    limits.check_picture(name, *image.size)
    width, height = _upright_size(image)
    scale = _POINTS_PER_INCH / _dots_per_inch(image)
    # An image has no page that a person could turn to, unless it has several.
    marks = (Mark(0, Place(page=number)),) if count > 1 else ()
    return Page(number, "", width=width * scale, height=height * scale, marks=marks, kind=PageKind.PICTURE)


def render_image(data: bytes, page: int, dots_per_inch: int, limits: Limits) -> bytes | None:
    """A page as PNG, upright and on white; None where it cannot be decoded or is too large."""
    try:
        with warnings.catch_warnings(action="ignore"):
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            if not 1 <= page <= _count(image):
                return None
            image.seek(page - 1)
            return _drawn(image, dots_per_inch) if image.width * image.height <= limits.max_picture_mpx * 1e6 else None
    except _DAMAGED:
        return None


def _drawn(image: Image.Image, dots_per_inch: int) -> bytes:
    scale = dots_per_inch / _dots_per_inch(image)
    upright = _on_white(ImageOps.exif_transpose(image))
    longer = max(upright.size)
    scale = min(scale, 1.0) if longer >= _LARGEST_ENLARGED else min(_LARGEST_ENLARGED / longer, _MOST_ENLARGED)
    if scale != 1.0:
        size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
        upright = upright.convert("L" if upright.mode == "1" else upright.mode).resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    upright.save(stream, "png", compress_level=1)
    return stream.getvalue()


def _count(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1


def _dots_per_inch(image: Image.Image) -> float:
    told = image.info.get("dpi", (0, 0))
    across = float(told[0]) if isinstance(told, tuple) and told else 0.0
    return across if _LEAST_DPI <= across <= _MOST_DPI else _USUAL_DPI


def _upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as shown: cameras note in EXIF tag 274 how they were held."""
    turned = image.getexif().get(274, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if turned else image.size


def _on_white(image: Image.Image) -> Image.Image:
    """The picture without transparency, in gray or colour."""
    if image.mode in ("1", "L", "RGB"):
        return image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    seen = image.convert("RGBA")
    white = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(white, seen).convert("RGB")
