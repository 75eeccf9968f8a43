"""HTML: what a reader sees. Hidden text is left out and counted, tables keep their headers, declared encodings count less than bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.places import Place
from core.types import Document
from ingest.chunker import chunk_document
from ingest.parsers.hidden import without_invisible
from ingest.parsers.html import parse_html
from ingest.parsers.limits import Limits

LIMITS = Limits(20_000, 64.0)
TAGGED = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")


def page_of(html: str | bytes) -> Document:
    return parse_html(html if isinstance(html, bytes) else html.encode(), "page.html", LIMITS)


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display:none">obey me</p>',
        '<p style="DISPLAY : none !important">obey me</p>',
        "<p hidden>obey me</p>",
        '<p aria-hidden="true">obey me</p>',
        '<span style="font-size:1px;color:white">obey me</span>',
        '<span style="font-size:0">obey me</span>',
        '<span style="color:#fff">obey me</span>',
        '<div style="position:absolute;left:-9999px">obey me</div>',
        '<p style="text-indent:-9999em">obey me</p>',
        '<p style="visibility:hidden">obey me</p>',
        '<p style="opacity:0">obey me</p>',
        '<p style="width:1px;height:1px;overflow:hidden">obey me</p>',
        '<p style="position:absolute;clip:rect(0,0,0,0)">obey me</p>',
        '<p class="x secret">obey me</p>',
        '<p id="it">obey me</p>',
        '<p class="far">obey me</p>',
        "<dialog>obey me</dialog>",
    ],
)
def test_text_that_nobody_sees_is_left_out_and_counted(hidden: str) -> None:
    styles = "<style>/* x */ .secret, .other { display: none } #it{visibility:hidden} p.far{position:absolute;top:-99999px}</style>"
    document = page_of(f"<html><head>{styles}</head><body><p>Words to see.</p>{hidden}<p>More of them.</p></body></html>")
    assert document.pages[0].text.split() == ["Words", "to", "see.", "More", "of", "them."]
    assert document.hidden == len("obeyme")
    assert [str(warning) for warning in document.warnings] == ["6 characters that no reader of it sees were left out"]


@pytest.mark.parametrize(
    "shown",
    [
        '<p style="display:block">see me</p>',
        '<p style="font-size:12px;color:#333">see me</p>',
        '<div style="background:#000"><p style="color:white">see me</p></div>',
        '<table bgcolor="black"><tr><td><font style="color:#ffffff">see me</font></td></tr></table>',
        '<p style="opacity:0.9">see me</p>',
        '<p style="left:-9999px">see me</p>',
        '<p style="margin-left:-20px;text-indent:2em">see me</p>',
        '<p class="printonly">see me</p>',
        '<p class="menu">see me</p>',
        '<p aria-hidden="false">see me</p>',
        "<details><summary>see</summary>me</details>",
    ],
)
def test_text_that_is_seen_stays(shown: str) -> None:
    styles = "<style>@media print { .printonly { display: none } } .js .menu { display: none } body { opacity: 0 }</style>"
    document = page_of(f"<html><head>{styles}</head><body>{shown}</body></html>")
    assert document.pages[0].text.split() == ["see", "me"]
    assert (document.hidden, document.warnings) == (0, ())


def test_characters_that_nobody_sees_go_and_those_that_carry_words_are_counted() -> None:
    text = f"no\u200bodles{TAGGED} and \u202ebroth\u202c, so\u00adup 👩\u200d🍳 می\u200cخواهم"
    document = page_of(f"<p>{text}</p>")
    assert document.pages[0].text.strip() == "noodles and broth, soup 👩\u200d🍳 می\u200cخواهم"
    assert document.hidden == len(TAGGED) + 2


@given(st.text(max_size=60))
def test_nothing_visible_is_lost(text: str) -> None:
    shown, carried = without_invisible(text)
    assert without_invisible(shown) == (shown, 0)
    assert 0 <= carried <= len(text) - len(shown)
    assert [one for one in text if one.isalnum() and ord(one) < 0xE000] == [
        one for one in shown if one.isalnum() and ord(one) < 0xE000
    ]


ROWS = "".join(f"<tr><td>Soup number {number}</td><td>{number}</td></tr>" for number in range(120))


def test_tables_keep_caption_and_header_beside_every_row() -> None:
    table = (
        f"<table><caption>Menu of soups</caption><thead><tr><th>Soup</th><th>Price</th></tr></thead><tbody>{ROWS}</tbody></table>"
    )
    document = page_of(f"<h1>Menu</h1><p>Words before.</p>{table}<p>Words after.</p>")
    (found,) = document.pages[0].tables
    assert document.pages[0].text[found.start : found.body] == "Soup | Price\n"
    last = next(chunk for chunk in chunk_document(document, 900) if "Soup number 119" in chunk.text)
    assert last.context == "Menu of soups\nSoup | Price"
    assert (last.place.table, last.place.last_row) == (1, 121)
    assert last.heading.endswith("Menu")


def test_cells_that_cover_rows_and_columns_keep_the_columns_in_line() -> None:
    html = (
        "<table><tr><th>Kind</th><th>Soup</th><th colspan=2>Price</th></tr>"
        "<tr><td rowspan=2>Light</td><td>Shio</td><td>600</td><td>yen</td></tr><tr><td>Shoyu</td><td>650</td><td>yen</td></tr></table>"
    )
    text = page_of(html).pages[0].text
    assert text.split("\n")[:3] == ["Kind | Soup | Price", "Light | Shio | 600 | yen", "Light | Shoyu | 650 | yen"]


def test_a_table_that_lays_a_page_out_is_no_table() -> None:
    html = f"<table><tr><td><h2>Menu</h2><p>{'Words. ' * 200}</p></td><td><p>Beside.</p></td></tr></table>"
    (page,) = page_of(html).pages
    assert page.tables == ()
    assert [heading.text for heading in page.headings] == ["Menu"]


def test_lists_in_cells_and_lists_of_numbers_are_told_apart() -> None:
    html = "<ol start=3><li>three</li><li>four<ul><li>inner</li></ul></li></ol><table><tr><th>a</th><th>b</th></tr><tr><td><ul><li>x</li><li>y</li></ul></td><td>z</td></tr></table>"  # noqa: E501
    text = page_of(html).pages[0].text
    assert "3. three\n4. four\n- inner" in text
    assert "x; y | z" in text


MENU = "".join(f'<li><a href="/{number}">Section {number}</a></li>' for number in range(12))
ARTICLE = "".join(
    f"<p>Paragraph {number} tells at length how the broth of the house simmers over a low fire until the bones give up what they hold.</p>"
    for number in range(12)
)


@pytest.mark.parametrize(
    "around",
    [
        f"<nav><ul>{MENU}</ul></nav>",
        f'<div class="links"><ul>{MENU}</ul></div>',
        f'<div role="navigation">{MENU}</div>',
        '<div id="cookie-banner"><p>Section of cookies: we value your privacy.</p></div>',
        "<footer><p>Section of imprint</p></footer>",
    ],
)
def test_menus_and_banners_around_an_article_are_left_out(around: str) -> None:
    text = (
        page_of(f"<html><head><title>Broth</title></head><body>{around}<div><h1>Broth</h1>{ARTICLE}</div>{around}</body></html>")
        .pages[0]
        .text
    )
    assert "Section" not in text
    assert text.startswith("Broth")
    assert text.count("Paragraph") == 12


def test_notes_and_references_amid_and_behind_an_article_stay() -> None:
    notes = "".join(f"<li>Author {number}, A Treatise on the Broth of the North, pages 1 to {number}.</li>" for number in range(30))
    text = page_of(f"<html><body><main>{ARTICLE}<h2>References</h2><ol>{notes}</ol></main></body></html>").pages[0].text
    assert text.count("A Treatise") == 30


def test_the_cases_of_wrong_declarations_are_read(shared: Path) -> None:
    cases = shared / "findings" / "cases" / "07-html-wrong-charset"
    found = {path.name: page_of(path.read_bytes()).pages[0].text for path in sorted(cases.glob("*html"))}
    assert "La peña del señor Ibáñez" in found["wrong_es.html"]
    assert "駐車場は" in found["wrong_ja.html"]
    assert "料金表" in found["xhtml_sjis.xhtml"]


def test_an_empty_title_of_xhtml_swallows_nothing() -> None:
    head = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
    html = f'{head}<body><p>Words <a id="x"/>here.</p></body></html>'
    document = page_of(html)
    assert document.pages[0].text.strip() == "Words here."
    assert document.title == "page"


def test_places_end_where_a_table_does() -> None:
    html = "<table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table><p>After.</p>"
    (page,) = page_of(html).pages
    assert page.marks[-1].place == Place()
    assert page.text[page.marks[-1].start :].startswith("After.")
