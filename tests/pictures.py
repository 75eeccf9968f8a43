"""Pictures with text on them, as files."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.formats import recognised
from ingest.loader import LoadedFile

needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
WORDS = (
    "The broth simmers for twelve hours\nand the noodles are cut by hand.\n"
    "Nobody lifts the lid before noon,\nfor the steam keeps the flavour in."
)
# Where Debian's fonts-noto-cjk puts its font.
NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def drawn(text: str, *, turn: int = 0, font: Path | None = None, size: int = 36) -> Image.Image:
    """A white page with text on it, turned clockwise."""
    image = Image.new("L", (1240, 900), 255)
    face = ImageFont.load_default(size) if font is None else ImageFont.truetype(str(font), size)
    ImageDraw.Draw(image).multiline_text((90, 120), text, font=face, fill=0, spacing=24)
    return image.rotate(-turn, expand=True, fillcolor=255) if turn else image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """An image as a file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def loaded(data: bytes, name: str) -> LoadedFile:
    """Bytes as a loaded file."""
    return LoadedFile(name, name, data, "", recognised(name, data).media_type)
