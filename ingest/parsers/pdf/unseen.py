"""Text that nobody sees on the page: beside the sheet, too small to be made out, in the ground's own colour, or written invisibly.

The invisible text that lies over the picture of a scan says what the picture shows, and stays.
"""

from __future__ import annotations

import ctypes
import enum

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.parsers.pdf.words import Piece, Word, piece_of

# Nobody reads letters lower than this many points, unless the whole sheet is that small.
_SMALLEST, _SMALL_SHEET = 1.5, 150.0
# Every channel of a colour at least this (0..255) is as good as white; an opacity below the other is as good as none.
_WHITE, _CLEAR = 244, 12
# A box whose brightness (0..255) varies less shows nothing.
_CONTRAST = 10
_LONGER_SIDE_PX = 1200
_INVISIBLE_MODES = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_FILLED_MODES = (pdfium.FPDF_TEXTRENDERMODE_FILL, pdfium.FPDF_TEXTRENDERMODE_FILL_CLIP)
# How deep pictures are looked for in forms within forms.
_DEPTH = 4

Box = tuple[float, float, float, float]


class Doubt(enum.Enum):
    """Why a word may not be seen."""

    NONE = 0
    PALE = 1  # in white, which a dark ground shows
    INVISIBLE = 2  # written invisibly, which is right over a picture of the same


class Unseen:
    """Counts `characters` of one page that nobody sees, and leaves them out."""

    def __init__(self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, width: float, height: float) -> None:
        self.characters = 0
        self._page = page
        self._text = textpage.raw
        self._size = width, height
        self._smallest = _SMALLEST if max(width, height) > _SMALL_SHEET else 0.0
        self._doubts: dict[int, Doubt] = {}
        self._doubtful = False
        self._colour = [ctypes.c_uint() for _ in range(4)]
        self._references = [ctypes.byref(channel) for channel in self._colour]

    def shows(self, text: str, box: Box, size: float) -> bool:
        """Whether a word lies on the sheet and is large enough to be read; counts it where it is not."""
        width, height = self._size
        if size >= self._smallest and box[2] > 0 and box[0] < width and 0 < box[1] + box[3] < 2 * height:
            return True
        self.characters += len(text)
        return False

    def doubt(self, index: int) -> Doubt:
        """What speaks against a character's being seen, by the object that draws it."""
        drawn = pdfium.FPDFText_GetTextObject(self._text, index)
        if not drawn:
            return Doubt.NONE
        address = ctypes.addressof(drawn.contents)
        found = self._doubts.get(address)
        if found is None:
            found = self._doubts[address] = self._of(drawn)
            self._doubtful |= found is not Doubt.NONE
        return found

    def _of(self, drawn: object) -> Doubt:
        mode = pdfium.FPDFTextObj_GetTextRenderMode(drawn)
        if mode in _INVISIBLE_MODES:
            return Doubt.INVISIBLE
        if mode in _FILLED_MODES and pdfium.FPDFPageObj_GetFillColor(drawn, *self._references):
            *channels, opacity = (channel.value for channel in self._colour)
            if min(channels) >= _WHITE or opacity < _CLEAR:
                return Doubt.PALE
        return Doubt.NONE

    def sift(self, pieces: list[Piece]) -> list[Piece]:
        """The pieces without words that are not seen, which are counted."""
        if not self._doubtful:
            return pieces
        grounds = _Grounds(self._page, *self._size)
        sifted: list[Piece] = []
        for piece in pieces:
            words = [word for word in piece.words if not grounds.hide(word)]
            if len(words) < len(piece.words):
                kept = set(map(id, words))
                self.characters += sum(len(word.text) for word in piece.words if id(word) not in kept)
            if words:
                sifted.append(piece if len(words) == len(piece.words) else piece_of(words, piece.order, soft=piece.soft))
        return sifted


class _Grounds:
    """What lies under words in doubt: pictures, and the page as it is drawn; both made when first asked for."""

    def __init__(self, page: pypdfium2.PdfPage, width: float, height: float) -> None:
        self._page = page
        self._size = width, height
        self._pictures: bool | None = None
        self._pixels: tuple[bytes, int, int, int, float] | None = None

    def hide(self, word: Word) -> bool:
        """Whether a word is not seen."""
        match word.doubt:
            case Doubt.INVISIBLE.value:
                if self._pictures is None:
                    kinds = self._page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_DEPTH)
                    self._pictures = next(kinds, None) is not None
                return not self._pictures or self._plain(word)
            case Doubt.PALE.value:
                return self._plain(word)
        return False

    def _plain(self, word: Word) -> bool:
        """Whether the page shows one colour where the word stands."""
        if self._pixels is None:
            self._pixels = self._drawn()
        data, stride, width, height, scale = self._pixels
        left, right = max(0, int(word.left * scale)), min(width, int(word.right * scale) + 1)
        top, bottom = max(0, int(word.top * scale)), min(height, int(word.bottom * scale) + 1)
        rows = [data[row * stride + left : row * stride + right] for row in range(top, bottom)]
        return max(map(max, filter(None, rows)), default=0) - min(map(min, filter(None, rows)), default=0) < _CONTRAST

    def _drawn(self) -> tuple[bytes, int, int, int, float]:
        """Brightness of the page's pixels, a byte each: bytes, bytes a row, width, height, pixels a point."""
        scale = min(2.0, _LONGER_SIDE_PX / max(*self._size, 1.0))
        bitmap = self._page.render(scale=scale, grayscale=True, may_draw_forms=False)
        try:
            return bytes(bitmap.buffer), bitmap.stride, bitmap.width, bitmap.height, scale
        finally:
            bitmap.close()
