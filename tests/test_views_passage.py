"""Passages of documents as markup: tables, lines of pages, and quotes marked on their characters."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.strict_html import HOSTILE, read
from ui.views.passage import merged, passage_markup


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("長い行の\n続きです。\n次", "<p>長い行の続きです。次</p>"),
        ("una línea\nsigue aquí", "<p>una línea sigue aquí</p>"),
        ("見出し\n・一\n・二", "<p>見出し<br>・一<br>・二</p>"),
        ("pasos\n2. dos\n3) tres", "<p>pasos<br>2. dos<br>3) tres</p>"),
        ("C:\\_x &amp; y", "<p>C:\\_x &amp;amp; y</p>"),
        ("    indented", "<p>indented</p>"),
        ("# Título", '<p class="kd-subhead">Título</p>'),
        ("[1] <b>", "<p>[1] &lt;b&gt;</p>"),
    ],
)
def test_lines(text: str, shown: str) -> None:
    assert passage_markup(text) == shown


def test_tables_and_their_quotes() -> None:
    text = "| a | b |\n|---|---|\n| c1 | d1 |\n| c2 | d2 |"
    at = text.index("c1 | d1")
    shown = passage_markup(text, [(at, at + 7)])
    assert "<td><mark>c1</mark></td><td><mark>d1</mark></td>" in shown
    read(shown)


def test_rows_between_bars_are_a_table_below_their_header() -> None:
    text = "Norte | 12\nSur | 9 \\| 10\n"
    at = text.index("Sur")
    shown = passage_markup(text, [(at, at + 7)], context="Ventas por zona\nZona | Total")
    assert "<caption>Ventas por zona</caption>" in shown
    assert '<tr><th scope="col">Zona</th><th scope="col">Total</th></tr></thead>' in shown
    assert "<tr><td>Norte</td><td>12</td></tr>" in shown
    assert "<tr><td><mark>Sur</mark></td><td><mark>9</mark> | 10</td></tr>" in shown
    assert read(passage_markup(text, [(at, at + 3)], context="Zona | Total", window=(at, at + 3))) == "ZonaTotalSur9 | 10"


def test_a_single_row_is_one_where_it_has_a_header_and_prose_stays_prose() -> None:
    header = "| a | b |\n|---|---|"
    assert "<td>1</td><td>2</td>" in passage_markup("| 1 | 2 |", context=header)
    assert passage_markup("uno | dos") == "<p>uno | dos</p>"
    assert passage_markup("Antes.\nuno | dos\ntres | cuatro\nDespués.").startswith("<p>Antes.</p><div")
    assert passage_markup("def f():", context="module x") == '<p class="kd-quiet">module x</p><p>def f():</p>'


def test_a_window_keeps_a_tables_head_and_whole_rows() -> None:
    text = "Antes uno dos.\n\n| a | b |\n|---|---|\n| c1 | d1 |\n| c2 | d2 |\n\nDespués."
    at = text.index("d2")
    shown = read(passage_markup(text, window=(at, at + 1)))
    assert shown == "abc2d2"
    assert read(passage_markup(text, window=(6, 9))) == "uno"


def test_quotes_may_overlap_or_stick_out() -> None:
    assert passage_markup("abcdef", [(4, 99), (1, 3), (2, 3)]) == "<p>a<mark>bc</mark>d<mark>ef</mark></p>"
    assert merged([(-3, 2), (2, 4), (9, 9), (7, 5)], 8) == [(0, 4)]


@settings(max_examples=300, deadline=None)
@given(text=HOSTILE, spans=st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90)), max_size=4), window=st.integers(0, 60))
def test_no_passage_comes_out_active(text: str, spans: list[tuple[int, int]], window: int) -> None:
    read(passage_markup(text, spans, copy="Copy"))
    read(passage_markup(text, spans, context=f"{text}\n| a | b", copy="Copy"))
    read(passage_markup(text, spans, window=(window, window + 30), copy="Copy"))


PAGE = st.lists(
    st.sampled_from(["Uno dos", " tres. ", "東京は", "大きい。", "\n", "\n\n", "(x)", "5 % ", "・点", "año", "[1]", "\r\n", "\t"]),
    max_size=20,
).map("".join)


ROWS = st.lists(st.sampled_from(["Uno", " | ", "|", "12", "\\|", "\n", "東京", " ", "---", "<b>"]), max_size=24).map("".join)


@settings(max_examples=300, deadline=None)
@example(text="Uno | \n---\nUno | Uno", start=0, length=1)
@example(text="Uno | 12\n--- | ---\nUno | 12 | 東京 | 12", start=20, length=8)
@given(text=ROWS, start=st.integers(0, 40), length=st.integers(1, 20))
def test_no_word_of_a_row_is_lost_or_wrongly_marked(text: str, start: int, length: int) -> None:
    start, end = min(start, len(text)), min(start + length, len(text))
    shown = passage_markup(text, [(start, end)])
    signs = re.compile(r"[\s|\\-]")
    assert signs.sub("", read(shown)) == signs.sub("", text)
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", shown))
    assert signs.sub("", read(marked)) == signs.sub("", text[start:end])


@settings(max_examples=300, deadline=None)
@given(text=PAGE, start=st.integers(0, 80), length=st.integers(1, 40))
def test_the_quote_is_marked_exactly(text: str, start: int, length: int) -> None:
    start, end = min(start, len(text)), min(start + length, len(text))
    shown = passage_markup(text, [(start, end)])
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", shown))
    assert "".join(read(marked).split()) == "".join(text[start:end].split())
    assert "".join(read(shown).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("Huerta | Mañana | Tarde", ["Huerta", "Mañana", "Tarde"]),
        (" | Mañana | Tarde", ["", "Mañana", "Tarde"]),
        ("| Mañana | Tarde", ["", "Mañana", "Tarde"]),
        ("Huerta | Mañana | ", ["Huerta", "Mañana", ""]),
        (" | Mañana | ", ["", "Mañana", ""]),
        ("| Huerta | Mañana | Tarde |", ["Huerta", "Mañana", "Tarde"]),
    ],
)
def test_an_empty_cell_at_the_edge_keeps_its_place(row: str, cells: list[str]) -> None:
    shown = passage_markup(f"{row}\n{row}", (), context="Huerta | Turno 1 | Turno 2")
    body = shown[shown.index("<tbody>") :]
    first = body[: body.index("</tr>")]
    assert re.findall(r"<td>(.*?)</td>", first) == cells


def test_only_a_long_cell_may_be_broken_into_lines() -> None:
    shown = passage_markup("Caldo | 1 250,00 €\nFideos hechos a mano con harina | 7", context="Plato | Precio")
    assert "<td>1 250,00 €</td>" in shown
    assert '<td class="kd-long">Fideos hechos a mano con harina</td><td>7</td>' in shown
