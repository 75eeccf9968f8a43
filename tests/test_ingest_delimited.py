"""Delimited text: the separator, records over several lines, the header, and where values stand."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import TooMuchText
from core.places import Place
from core.types import Page
from ingest.chunker import chunk_document
from ingest.parsers.delimited import parse_delimited, separator_of
from ingest.parsers.limits import Limits
from ingest.parsers.writing import plain_cell
from tests.office import lines, place_of

LIMITS = Limits(100, 10.0)


def page(text: str, encoding: str = "utf-8") -> Page:
    return parse_delimited(text.encode(encoding), "a.csv", LIMITS).pages[0]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("Producto;Precio\nAceite;6,50\nPan;1,20\n", ";"),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ("id|name|note\n1|x|a, b, c\n2|y|d\n", "|"),
        ('name,note\nx,"a;b;c;d"\ny,"e;f;g;h"\n', ","),
        ("Ventas de enero\nFecha;Zona;Importe\n1/1/24;Norte;1.234,50\n2/1/24;Sur;99,00\n", ";"),
        ("one column\nof words\n", ","),
        ("", ","),
        ("氏名,住所\n佐藤,東京都\n", ","),
    ],
)
def test_the_separator(text: str, separator: str) -> None:
    assert separator_of(text) == separator


def test_rows_are_records_whatever_lines_they_take() -> None:
    found = page('Name,Note\n"Ana\nMaría","a | b"\n\nLuis,"say ""no"""\n')
    assert lines(found) == ["Name | Note", "Ana María | a|b", 'Luis | say "no"']
    (table,) = found.tables
    assert found.text[table.start : table.body] == "Name | Note\n"
    assert place_of(found, "Luis") == Place(row=4)


def test_titles_stand_above_the_table() -> None:
    found = page("Stanley Cups,,\nTeam,Location,Cups\nBlues,STL,1\nFlyers,PHI,2\n")
    assert lines(found)[0] == "Stanley Cups"
    (table,) = found.tables
    assert found.text[table.start : table.body] == "Team | Location | Cups\n"


def test_numbers_alone_have_no_header() -> None:
    (table,) = page("1,2\n3,4\n").tables
    assert table.start == table.body


def test_every_passage_knows_its_rows_and_its_columns() -> None:
    text = "Fecha;Zona;Importe\n" + "".join(f"{n:02}/01/2024;Zona {n};{n},50 €\n" for n in range(1, 200))
    chunks = chunk_document(parse_delimited(text.encode("cp1252"), "ventas.csv", LIMITS), 900)
    assert len(chunks) > 3
    assert all("Importe" in f"{chunk.context}\n{chunk.text}" for chunk in chunks)
    assert (chunks[0].place.row, chunks[-1].place.last_row) == (1, 200)


def test_a_wide_record_gives_each_value_with_the_name_of_its_column() -> None:
    names = [f"Messgröße {n}" for n in range(300)]
    text = ",".join(["Anlage", *names]) + "\n" + ",".join(["Werk 7", *(f"v{n}" for n in range(300))]) + "\n"
    chunks = chunk_document(parse_delimited(text.encode(), "a.csv", LIMITS), 900)
    values = [chunk for chunk in chunks if "Messgröße 250: v250" in chunk.text]
    assert len(values) == 1
    assert values[0].text.startswith("Anlage: Werk 7 | ")
    assert values[0].place == Place(row=2, last_row=2)


def test_excels_own_word_for_the_separator_is_followed() -> None:
    assert lines(page("sep=;\na,x;b\n1,5;2\n")) == ["a,x | b", "1,5 | 2"]


def test_more_text_than_the_limit_is_refused() -> None:
    with pytest.raises(TooMuchText):
        parse_delimited(b"a,b\n" * 1000, "a.csv", Limits(1, 0.001))


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=2, max_size=5), max_size=6
    )
)
@settings(deadline=None)
def test_any_record_is_one_line_of_its_cells(records: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written).writerows(records)
    found = page("sep=,\n" + written.getvalue())
    for table in found.tables:
        rows = found.text[table.start : table.end].split("\n")[:-1]
        assert len(rows) <= len(records)
        for row in rows:
            assert all(plain_cell(cell) == cell for cell in row.split(" | ") if row)
