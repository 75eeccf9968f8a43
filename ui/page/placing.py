"""The handler that shows the place of a quote: which quotes, from the page's script; what stands there, from the service."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import gradio as gr

from core.errors import KaedamaError, QuoteGone
from service.app import Application
from service.places import Quote, QuotePlace, Shown
from store.languages import language_of
from ui.locale import LANGUAGES
from ui.page.context import read
from ui.page.routes import original_address, picture_address
from ui.views.place import Addresses, Looked, missing_markup, place_markup
from ui.views.text import escaped

# Quotes that one answer can have on the page.
_MOST_QUOTES = 500
# Numbers that a row of SQLite can have.
_MOST = 2**63 - 1


class Placing:
    """The handler over one application."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def show(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """The place of the quote numbered `at` of `quotes`, or `page` of its document where that is not 0. Outputs: the place.

        A quote is told as document, version, page, start, end; `text` tells that pages are to be shown as they read.
        """
        here = read(self._application, kept, request)
        try:
            quotes = quotes_told(event.quotes)
            looked = self._looked(quotes, _number(event.at), _number(event.page), text=bool(event.text))
            drawn = place_markup(looked, here.language)
        except KaedamaError as error:
            drawn = missing_markup(error.sentence(here.language), here.language)
        # Handed over as an attribute: the page's script shows it outside of what is drawn anew.
        return f'<span hidden data-at="{time.monotonic_ns()}" data-markup="{escaped(drawn)}"></span>'

    def warm(self, kept: str, request: gr.Request, event: gr.EventData) -> None:
        """Make ready what shows a document, as its citation is pointed at."""
        with contextlib.suppress(KaedamaError):  # whoever presses is told
            self._application.places.warm(_number(event.document), _number(event.version))

    def _looked(self, quotes: Sequence[Quote], at: int, page: int, *, text: bool) -> Looked:
        if not 0 <= at < len(quotes):
            raise QuoteGone
        places, quote = self._application.places, quotes[at]
        place = places.page(quote.document, quote.version, page) if page else places.of([quote])
        numbers = [quoted.page.number for quoted in place.pages]
        beside = {number: places.page(quote.document, quote.version, number, quotes).pages[0] for number in numbers}
        return Looked(place, tuple(quotes), at, _addresses(place), beside, _language(place), text)


def _addresses(place: QuotePlace) -> Addresses:
    numbers = [quoted.page.number for quoted in place.pages] if place.shown is Shown.PICTURE else []
    pictures = {number: picture_address(place.document, place.version, number) for number in numbers}
    return Addresses(pictures, "" if place.shown is Shown.NO_ORIGINAL else original_address(place.document, place.version))


def _language(place: QuotePlace) -> str:
    text = " ".join(quoted.page.text[span.start : span.end] for quoted in place.pages for span in quoted.spans)
    return language_of(text or place.pages[0].page.text[:2_000], LANGUAGES)


def quotes_told(told: Any) -> list[Quote]:
    """The quotes that the page's script tells. Raises QuoteGone where they are none."""
    try:
        return [Quote(*map(_number, one)) for one in told[:_MOST_QUOTES]]
    except TypeError:
        raise QuoteGone from None


def _number(told: Any) -> int:
    """A number that a row of SQLite can have, 0 for less. Raises QuoteGone where it is none."""
    try:
        return min(max(0, int(told)), _MOST)
    except (TypeError, ValueError, OverflowError):
        raise QuoteGone from None
