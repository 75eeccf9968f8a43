"""What a document may take, the checks that every parser makes while it reads, and what the person said of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from core.errors import NestedTooDeep, PictureTooLarge, TooManyPages, TooMuchText, UnpacksTooMuch
from ingest.recognition import Allowance, Recognise

# Members of an archive or an office file. Real ones seen had hundreds; a list of more is itself a load.
MOST_MEMBERS = 10_000
# Pages recognised where nobody says how many.
_RECOGNISED = 2_000
# How many times its packed size a member above a megabyte may unpack to: real ones seen came to 51, bombs to 1,020.
MOST_RATIO = 200
_RATIO_COUNTS_FROM = 1_000_000


def _unheard(done: int, total: int) -> None:
    """Take progress that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take. Megabytes are 10^6 bytes, of text 10^6 characters; megapixels 10^6 pixels.

    `ocr_timeout_s` is seconds for a page. `encoding` and `password` are what the person gave for this file, "" where nothing was given.
    `nesting` is the number of files that this one lies inside of. A parser of many pages calls `progress(done, total)` after each.
    `recognise` gives the text in pictures, in their order, and is None where nothing can; `recognisable` counts those
    of the outermost file and of all that lies in it, so each such file is given one of its own.
    """

    max_pages: int
    max_text_mb: float
    encoding: str = ""
    password: str = ""
    max_unpacked_mb: float = 200.0
    max_nesting: int = 3
    max_picture_mpx: float = 100.0
    ocr_timeout_s: float = 120.0
    nesting: int = 0
    progress: Callable[[int, int], object] = _unheard
    recognise: Recognise | None = None
    recognisable: Allowance = field(default_factory=lambda: Allowance(_RECOGNISED))

    def check_pages(self, name: str, pages: int) -> None:
        """Raises TooManyPages."""
        if pages > self.max_pages:
            raise TooManyPages(name=name, pages=pages, limit=self.max_pages)

    def check_text(self, name: str, characters: int) -> None:
        """Raises TooMuchText."""
        if characters > self.max_text_mb * 1e6:
            raise TooMuchText(name=name, limit_mb=self.max_text_mb)

    def check_members(self, name: str, sizes: Iterable[tuple[int, int]]) -> None:
        """Hold an archive against the limits before anything of it is unpacked.

        Args:
            name: what the archive is called.
            sizes: bytes of every member, unpacked and packed, as the archive states them.

        Raises:
            UnpacksTooMuch: too many members, too many bytes, or a member that unpacks to too many times its size.
        """
        total = 0
        for count, (size, packed) in enumerate(sizes, start=1):
            total += size
            bomb = size > _RATIO_COUNTS_FROM and size > MOST_RATIO * max(1, packed)
            if bomb or count > MOST_MEMBERS or total > self.max_unpacked_mb * 1e6:
                raise UnpacksTooMuch(name=name, limit_mb=self.max_unpacked_mb, members=MOST_MEMBERS)

    def check_picture(self, name: str, width: int, height: int) -> None:
        """Raises PictureTooLarge; `width` and `height` are pixels."""
        if width * height > self.max_picture_mpx * 1e6:
            raise PictureTooLarge(name=name, size_mpx=width * height / 1e6, limit_mpx=self.max_picture_mpx)

    def inner(self, name: str) -> Limits:
        """The limits for a file that lies inside of the one called `name`: nothing that the person said is meant for it.

        Raises:
            NestedTooDeep: files lie in files deeper than is read.
        """
        if self.nesting >= self.max_nesting:
            raise NestedTooDeep(name=name, limit=self.max_nesting)
        return replace(self, nesting=self.nesting + 1, encoding="", password="", progress=_unheard)
