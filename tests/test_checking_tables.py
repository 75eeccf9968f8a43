"""Tables in passages: the subject of a value is its row and column; words of two rows are no quotation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Hit, ReasonCode, Support, Verdict
from rag.checking.passages import Row, sections
from rag.checking.tables import columns_named, rows_named
from rag.checking.verify import Checked, check_answer
from store.languages import language_of
from store.search.centring import unit
from tests.doubles import HashEmbedder
from tests.growth import grows_evenly

CUPS = "Team | Location | Stanley Cups\nBlues | STL | 1\nFlyers | PHI | 2\nMaple Leafs | TOR | 13\nCanadiens | MTL | 24"
PEOPLE = "佐藤太郎 | 30 | 東京\n三木英子 | 25 | 大阪\n髙橋淳 | 35 | 名古屋"
PRICES = "H0037 | Cinta métrica | 6,50\nH0054 | Llave inglesa | 7,65"
BARS = "| Zone | Single | Day ticket |\n|---|---|---|\n| A | 2.40 € | 6.80 € |\n| B | 3.10 € | 8.50 € |"
YEARS = (
    "| 項目 | 2022年度 | 2023年度 |\n|---|---|---|\n| 売上高 | 4,200百万円 | 5,100百万円 |\n| 営業利益 | 310百万円 | 280百万円 |"
)
SUMS = "Year | Visitors\n2022 | 4100\n2023 | 5200"


def checked(text: str, answer: str, question: str = "", *, context: str = "", heading: str = "") -> Checked:
    """What checking finds in an answer over one passage."""
    language = language_of(text, ("en", "es", "ja"))
    hit = Hit(1, 1.0, 1.0, 1.0, 7, 3, "a", "", 1, None, 0, len(text), text, language, heading, context=context)
    return check_answer(
        answer,
        question,
        language_of(question, ("en", "es", "ja")),
        {1: hit},
        lambda texts, _: unit(HashEmbedder().embed("passage", texts)),
    )


def verdict(text: str, answer: str, question: str = "", *, context: str = "", heading: str = "") -> Verdict:
    """The one verdict on an answer."""
    (found,) = checked(text, answer, question, context=context, heading=heading).verdicts
    return found


@pytest.mark.parametrize(
    ("text", "context", "question", "answer"),
    [
        (CUPS, "", "How many cups have the Maple Leafs won?", "13 [1]."),
        (CUPS, "", "How many cups?", "The Flyers have won 2 cups and the Maple Leafs 13 [1]."),
        (PEOPLE, "名前 | 年齢 | 住所", "三木英子さんは何歳ですか?", "25歳です[1]。"),
        (PEOPLE, "名前 | 年齢 | 住所", "大阪に住んでいるのは誰ですか?", "三木英子です[1]。"),
        (PRICES, "Código | Descripción | Precio (€)", "¿Cuánto cuesta la llave inglesa?", "Cuesta 7,65 € [1]."),
        (BARS, "", "What does a day ticket cost in zone B?", "8.50 € [1]."),
        (BARS, "", "¿Cuánto cuesta el billete de un día en la zona B?", "8,50 € [1]."),
        (SUMS, "", "How many visitors came in 2023?", "5,200 [1]."),
        (YEARS, "", "売上高は?", "2022年度の4,200百万円から2023年度の5,100百万円に増えました[1]。"),
    ],
)
def test_a_value_of_its_row_is_borne_out(text: str, context: str, question: str, answer: str) -> None:
    assert verdict(text, answer, question, context=context).support in (Support.QUOTED, Support.SUPPORTED)


@pytest.mark.parametrize(
    ("text", "context", "question", "answer", "found"),
    [
        (CUPS, "", "How many cups have the Maple Leafs won?", "2 [1].", "13"),
        (CUPS, "", "How many cups have the Maple Leafs won?", "14 [1].", "13"),
        (CUPS, "", "Which teams?", "The Flyers have won 13 cups [1].", "2"),
        (CUPS, "", "Which teams?", "The Flyers are at home in TOR [1].", "PHI"),
        (PEOPLE, "名前 | 年齢 | 住所", "三木英子さんは何歳ですか?", "30歳です[1]。", "25"),
        (PEOPLE, "名前 | 年齢 | 住所", "大阪に住んでいるのは誰ですか?", "佐藤太郎です[1]。", "三木英子"),
        (PRICES, "Código | Descripción | Precio (€)", "¿Cuánto cuesta?", "La llave inglesa cuesta 6,50 € [1].", "7,65"),
        (BARS, "", "What does a day ticket cost in zone B?", "The day ticket costs 3.10 € in zone B [1].", "8.50 €"),
        (SUMS, "", "How many visitors came in 2023?", "4,100 [1].", "5200"),
        (YEARS, "", "2023年度の営業利益は?", "310百万円です[1]。", "280百万円"),
    ],
)
def test_another_row_or_column_contradicts(text: str, context: str, question: str, answer: str, found: str) -> None:
    told = verdict(text, answer, question, context=context)
    assert (told.support, told.reason.found) == (Support.CONTRADICTED, found)


@pytest.mark.parametrize("answer", ["東京三木英子[1]", "太郎 30[1]", "東京 三木英子[1]"])
def test_cells_put_together_are_no_quotation(answer: str) -> None:
    for context in ("", "名前 | 年齢 | 住所"):
        assert verdict(PEOPLE, answer, "誰ですか?", context=context).support is not Support.QUOTED


def test_words_of_two_rows_are_never_ticked() -> None:
    assert verdict(PEOPLE, "東京三木英子[1]", "東京の人は誰ですか?").support is Support.CONTRADICTED


def test_the_quote_of_a_row_is_the_row() -> None:
    (citation,) = checked(CUPS, "13 [1].", "How many cups have the Maple Leafs won?").citations
    assert citation.quote == "Maple Leafs | TOR | 13"


def test_what_stands_in_the_heading_alone_says_so() -> None:
    told = verdict("Bread costs 4 euros.", "La Noria [1].", "What is the bakery called?", heading="Bakery La Noria › Prices")
    assert (told.support, told.reason.code) == (Support.SUPPORTED, ReasonCode.HEADING)


def test_sections_of_prose_and_tables() -> None:
    text = f"Before it.\n\n{CUPS}\n\nBehind it, a | b here.\n\n{BARS}\nThe end."
    found = sections(text)
    assert [text[one.start : one.end].strip() for one in found if one.row is None and not one.head] == [
        "Before it.",
        "Behind it, a | b here.",
        "The end.",
    ]
    rows = [one.row for one in found if one.row is not None]
    assert [row.label for row in rows] == ["Blues", "Flyers", "Maple Leafs", "Canadiens", "A", "B"]
    assert rows[0].head == ("Team", "Location", "Stanley Cups")
    assert rows[-1].head == ("Zone", "Single", "Day ticket")


def test_an_empty_cell_keeps_its_column() -> None:
    (_, section) = sections("Name | City | Age\nAnn |  | 7")
    assert section.row is not None
    assert section.row.cells == ("Ann", "", "7")


def test_rows_and_columns_that_a_text_names() -> None:
    one, other = (
        Row(0, ("Cinta métrica", "6,50"), ("Artículo", "Precio")),
        Row(1, ("Llave inglesa", "7,65"), ("Artículo", "Precio")),
    )
    assert rows_named("la llave inglesa", [one, other]) == [other]
    assert rows_named("el martillo", [one, other]) == []
    assert columns_named("¿Qué precio tiene?", one) == {1}


MODELS = (
    "| Modelo | Pesos a 4 bits | Contexto | Entiende audio |\n|---|---|---|---|\n| E2B | 2,9 GB | 128K | sí |\n| E4B | 4,5 GB | 128K | sí |\n"
    "| 26B A4B | 14,4 GB | 256K | no |\n| 31B | 17,5 GB | 256K | no |\n| 270M | 0,2 GB | 32K | no |"
)
WEIGHTS = "表3 重みだけの容量（GB）\n名前 | BF16 | 8ビット | 4ビット\nE2B | 11.4 | 5.7 | 2.9\nE4B | 17.9 | 8.9 | 4.5"


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (MODELS, "¿Cuánto pesa?", "El modelo 31B pesa 17,5 GB a 4 bits [1]."),
        (MODELS, "¿Qué contexto tiene?", "31B tiene un contexto de 256K tokens [1]."),
        (MODELS, "¿Qué contexto tiene?", "270M tiene un contexto de 32K [1]."),
        (WEIGHTS, "¿Cuánto ocupa E2B en 4 bits?", "2,9 GB [1]."),
        (WEIGHTS, "E2Bの4ビットの容量は何GBですか?", "E2Bの4ビットの容量は2.9GBです[1]。"),
        (WEIGHTS, "E2Bの4ビットの容量は何GBですか?", "2.9 [1]。"),
        (WEIGHTS, "E2Bの容量は何GBですか?", "E2BのBF16の容量は11.4GBです[1]。"),
    ],
)
def test_names_with_numbers_and_units_of_captions(text: str, question: str, answer: str) -> None:
    assert verdict(text, answer, question).support in (Support.QUOTED, Support.SUPPORTED)


@pytest.mark.parametrize(
    ("text", "question", "answer", "found"),
    [
        (MODELS, "¿Qué contexto tiene?", "31B tiene un contexto de 128K [1].", "256K"),
        (WEIGHTS, "E2Bの4ビットの容量は何GBですか?", "E2Bの4ビットの容量は5.7GBです[1]。", "2.9"),
        (WEIGHTS, "E2Bの4ビットの容量は何GBですか?", "11.4 GB [1]", "2.9"),
        (WEIGHTS, "E2Bの4ビットの容量は何GBですか?", "4.5 [1]", "2.9"),
    ],
)
def test_the_wrong_column_of_a_caption_with_a_unit_contradicts(text: str, question: str, answer: str, found: str) -> None:
    told = verdict(text, answer, question)
    assert (told.support, told.reason.found) == (Support.CONTRADICTED, found)


@pytest.mark.parametrize(
    ("answer", "denied"),
    [
        ("26B A4B entiende audio [1].", True),
        ("The 31B model understands audio [1].", True),
        ("E2B no entiende audio [1].", True),
        ("26B A4B no entiende audio [1].", False),
        ("The 31B model does not understand audio [1].", False),
        ("E2B entiende audio [1].", False),
        ("E2B entiende audio y 31B no [1].", False),
    ],
)
def test_cells_with_yes_and_no(answer: str, *, denied: bool) -> None:
    assert (verdict(MODELS, answer, "¿Qué modelos entienden audio?").reason.code is ReasonCode.OPPOSITE) == denied


def test_the_unit_of_a_caption_in_the_context() -> None:
    caption, head, *rows = WEIGHTS.split("\n")
    told = verdict("\n".join(rows), "2.9 GB [1]", "E2Bの4ビットの容量は何GBですか?", context=f"{caption}\n{head}")
    assert told.support in (Support.QUOTED, Support.SUPPORTED)


PIECES = st.lists(
    st.sampled_from(["a", "B", " | ", "|", "\n", "|-|-|\n", "3 kg", "- ", "```\n", " ", "東京", "\n\n", "Team | Cups\n"]),
    max_size=20,
)


@given(PIECES.map("".join), PIECES.map("".join))
def test_sections_are_apart_and_in_order(text: str, context: str) -> None:
    at = 0
    for section in sections(text, context):
        assert at <= section.start < section.end <= len(text)
        at = section.end


@given(PIECES.map("".join), PIECES.map("".join), PIECES.map("".join))
def test_no_table_breaks_the_checking(text: str, context: str, answer: str) -> None:
    checked(text or "x", f"{answer} 3 kg [1].", "Team B?", context=context)


@pytest.mark.parametrize("line", ["a | b\n", "|a|\n", "x\n", " | \n"])
def test_sections_are_found_in_even_time(line: str) -> None:
    assert grows_evenly(lambda times: sections(line * times), 300)
