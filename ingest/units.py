"""What the pages of a format are to the people who use its programs: pages, slides, sheets, chapters, or sections."""

from __future__ import annotations

import enum

from core.places import PAGED


class Unit(enum.StrEnum):
    """What a document is counted in."""

    PAGES = "pages"
    SLIDES = "slides"
    SHEETS = "sheets"
    CHAPTERS = "chapters"
    SECTIONS = "sections"


# By a part of the media type.
_UNITS = {"presentation": Unit.SLIDES, "spreadsheet": Unit.SHEETS, "ms-excel": Unit.SHEETS, "epub": Unit.CHAPTERS}


def unit_of(media_type: str, pages: int) -> Unit | None:
    """What a document of so many pages is counted in, pages where its type is not known; None where it has nothing to count."""
    if media_type in PAGED or not media_type:
        return Unit.PAGES
    own = next((unit for part, unit in _UNITS.items() if part in media_type), None)
    return own or (Unit.SECTIONS if pages > 1 else None)


def counted(unit: Unit, count: float) -> str:
    """A number of them in English: "1 page", "2 slides"."""
    return f"{count:g} {unit.value.removesuffix('s') if count == 1 else unit.value}"
