"""The place of a quote as markup: strict, escaped, in three languages, framed where the words stand, and as text where there is no picture."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given

from core.places import Table
from core.types import LineBox, Page
from service.places import Quote, QuotePlace, Shown, Span, quoted_page
from tests.strict_html import HOSTILE, read
from ui.locale import LANGUAGES
from ui.views.place import Addresses, Looked, missing_markup, place_markup, quotes_attribute

IMAGE = re.compile(r'<img alt="[^"<>]*" data-src="/places/1/2/3/picture" draggable="false">')


def looked(
    page: Page, *spans: tuple[int, int], shown: Shown = Shown.PICTURE, name: str = "a.pdf", media_type: str = "application/pdf"
) -> Looked:
    quoted = quoted_page(page, [Span(*span) for span in spans])
    place = QuotePlace(1, 2, name, media_type, 9, changed=False, shown=shown, pages=(quoted,))
    quotes = tuple(Quote(1, 2, page.number, *span) for span in spans) or (Quote(1, 2, 1, 0, 1),)
    return Looked(place, quotes, 0, Addresses({3: "/places/1/2/3/picture"}, "/places/1/2/original"), {3: quoted})


def sheet(text: str) -> Page:
    lines = (LineBox(0, len(text), 50.0, 100.0, 150.0, 110.0),)
    return Page(3, text, "iv", lines, width=200.0, height=400.0)


def test_a_page_has_its_picture_a_frame_and_its_text_over_it() -> None:
    markup = place_markup(looked(sheet("Noodles boil."), (0, 7)), "en")
    assert len(IMAGE.findall(markup)) == 1
    assert "p. iv (sheet 3) of 9" in read(IMAGE.sub("", markup))
    frame = re.search(r'class="kd-frame" style="width:([\d.]+)%;height:([\d.]+)%;left:([\d.]+)%;top:([\d.]+)%"', markup)
    assert frame is not None
    width, height, left, top = map(float, frame.groups())
    assert left < 25 < left + width
    assert top < 25 < 27.5 < top + height
    assert "<i><mark>Noodles</mark> boil.</i>" in markup
    assert 'data-do="turn" data-to="2"' in markup
    assert 'data-do="turn" data-to="4"' in markup


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_original_that_is_gone_is_told_and_the_text_is_shown(language: str) -> None:
    markup = place_markup(looked(sheet("Noodles boil."), (0, 7), shown=Shown.NO_ORIGINAL), language)
    assert 'kd-sheet"' not in markup
    assert "<mark>Noodles</mark>" in markup
    told = {"en": "was not copied into the library", "es": "no se copió en la biblioteca", "ja": "写しがライブラリになく"}
    assert told[language] in read(markup)


def test_a_page_without_the_quote_leads_back_to_it() -> None:
    markup = place_markup(looked(sheet("Noodles boil.")), "en")
    assert '<button type="button" class="kd-link" data-do="hit" data-to="0">Quote 1 of 1</button>' in markup
    assert "kd-frame" not in markup


def test_a_long_text_is_cut_around_its_quote_and_a_cut_table_keeps_its_head() -> None:
    rows = "Dish | Price\n" + "".join(f"Ramen {number} | {number} euros\n" for number in range(4_000))
    page = Page(1, rows, tables=(Table(0, 13, len(rows)),))
    start = rows.index("Ramen 3000")
    found = looked(page, (start, start + 10), shown=Shown.TEXT, name="a.csv", media_type="text/csv")
    markup = place_markup(found, "en")
    assert len(markup) < 120_000
    assert '<th scope="col">Price</th>' in markup
    assert "<mark>Ramen 3000</mark>" in markup
    assert read(markup).count("The text goes on") == 2


@given(HOSTILE, HOSTILE)
def test_nothing_of_a_document_gets_out_of_its_text(text: str, name: str) -> None:
    for shown in Shown:
        page = replace(sheet(text), label=name)
        found = looked(page, (0, len(text)), shown=shown, name=name)
        read(IMAGE.sub("", place_markup(found, "es")))
    read(missing_markup(name, "ja"))
    read(f"<div{quotes_attribute(1, 2, [(3, 4, 5)])}></div>")
