"""Places in words, in three languages, whatever a document calls its parts."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.place_words import place_fields, say_place, say_source
from core.places import Place
from core.types import Citation

NAMES = st.text(max_size=120)
NUMBERS = st.integers(0, 10**6)
PLACES = st.builds(
    Place, **{one.name: NAMES if one.type == "str" else NUMBERS for one in fields(Place)}
)  # fmt: skip


def cited(place: Place, *, page: int = 1, label: str | None = None, paged: bool = False) -> Citation:
    return Citation(1, 7, "informe", page, label, 0, 1, "x", 1, place, paged)


@pytest.mark.parametrize(
    ("place", "en", "es", "ja"),
    [
        (Place(), "", "", ""),
        (Place(slide=3), "slide 3", "diapositiva 3", "スライド3"),
        (Place(slide=3, part="notes"), "slide 3, notes", "diapositiva 3, notas", "スライド3、ノート"),
        (
            Place(sheet="Ventas", cells="A5:F9", table=1, row=5, last_row=9),
            "sheet Ventas, A5:F9", "hoja Ventas, A5:F9", "シート「Ventas」、A5:F9",
        ),
        (Place(chapter="II"), "chapter II", "capítulo II", "第II章"),
        (Place(chapter="The Bishop"), "“The Bishop”", "«The Bishop»", "「The Bishop」"),
        (Place(cell=4), "cell 4", "celda 4", "セル4"),
        (Place(cell=4, last_cell=6, part="output"), "output, cells 4-6", "salida, celdas 4-6", "出力、セル4～6"),
        (Place(line=12, last_line=30), "lines 12-30", "líneas 12-30", "12～30行目"),
        (Place(line=12, last_line=12), "line 12", "línea 12", "12行目"),
        (Place(part="footnote 3"), "footnote 3", "nota al pie 3", "脚注3"),
        (Place(part="header subject"), "subject", "asunto", "件名"),
        (Place(part="body text/plain"), "message text", "texto del mensaje", "本文"),
        (Place(part="text box"), "text box", "cuadro de texto", "テキストボックス"),
        (Place(part="Anhang"), "Anhang", "Anhang", "Anhang"),
        (Place(table=2, row=5), "table 2, row 5", "tabla 2, fila 5", "表2、5行目"),
        (Place(row=5, last_row=9), "rows 5-9", "filas 5-9", "5～9行目"),
        (Place(part="attachment x.pdf", page=2), "attachment x.pdf, p. 2", "adjunto x.pdf, p. 2", "添付ファイル「x.pdf」、2ページ"),
        (
            Place(part="member a.pptx › notes", slide=2),
            "file a.pptx, slide 2, notes", "archivo a.pptx, diapositiva 2, notas", "ファイル「a.pptx」、スライド2、ノート",
        ),
    ],
)  # fmt: skip
def test_a_place_in_words(place: Place, en: str, es: str, ja: str) -> None:
    assert [say_place(cited(place), language) for language in ("en", "es", "ja")] == [en, es, ja]


def test_pages_are_named_where_a_document_has_sheets() -> None:
    assert say_place(cited(Place(), page=3, paged=True)) == "p. 3"
    assert say_place(cited(Place(), page=3, label="iv", paged=True), "es") == "p. iv (hoja 3)"
    assert say_place(cited(Place(), page=3, label="3", paged=True), "ja") == "3ページ"
    assert say_place(cited(Place(table=2, row=5), page=3, paged=True)) == "p. 3, table 2, row 5"
    assert say_place(cited(Place(), page=3)) == ""


def test_the_document_stands_before_its_place() -> None:
    assert say_source(cited(Place())) == "informe"
    assert say_source(cited(Place(slide=3))) == "informe, slide 3"
    assert say_source(cited(Place(slide=3)), "ja") == "informe、スライド3"
    assert place_fields(cited(Place(slide=3))) == {"place": {"slide": 3}, "where": "slide 3"}


@given(place=PLACES, language=st.sampled_from(["en", "es", "ja"]))
def test_names_from_documents_stay_short_and_in_one_line(place: Place, language: str) -> None:
    said = say_place(cited(place), language)
    assert said == " ".join(said.split())
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in said)
    assert len(said) < 1500
