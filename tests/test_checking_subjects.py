"""Whose value it is, and who does what to whom: another's value and changed places are told, other words for the same are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Support
from rag.checking.roles import changed_places
from rag.checking.subjects import about, distinct, match, of_one_family, subjects
from tests.growth import grows_evenly
from tests.test_checking_tables import verdict

TICKED = (Support.QUOTED, Support.SUPPORTED)
FLEET = "The Heron 5 was launched in 2011 and carries 240 passengers. The Heron 7 followed in 2019 and is 62 metres long. It is a hybrid."
STONES = "初代のコハクは一度に2,048トークンまで読める。会話用のヒスイ3は文脈の長さが256Kである。"
GEMMA = "一度に読める量は、E2BとE4Bが128K、12B以上の三つが256Kである。"


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (FLEET, "How many passengers does the Heron 7 carry?", "240 [1]."),
        (FLEET, "How many passengers does the Heron 7 carry?", "It carries 240 passengers [1]."),
        (FLEET, "When was it launched?", "The Heron 7 was launched in 2011 [1]."),
        (STONES, "コハクは何トークンまで読めますか?", "256K[1]"),
        (GEMMA, "EmbeddingGemmaは何トークン", "256K[1]"),
        (GEMMA, "¿Cuántos tokens admite EmbeddingGemma?", "256K [1]."),
    ],
)
def test_a_value_of_another_subject_is_never_ticked(text: str, question: str, answer: str) -> None:
    assert verdict(text, answer, question).support not in TICKED


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (FLEET, "How many passengers does the Heron 5 carry?", "240 [1]."),
        (FLEET, "How long is the Heron 7?", "It is 62 metres long [1]."),
        (STONES, "コハクは何トークンまで読めますか?", "2048トークンです[1]。"),
        (GEMMA, "12Bの文脈の長さは?", "256K[1]"),
        ("The file takes 253 MB on disk.", "How large is the Tamarin file?", "253 MB [1]."),
        ("In Leeds the ship carries 240 people.", "How many people does the ship carry in Leeds?", "240 [1]."),
    ],
)
def test_a_value_of_its_subject_is_ticked(text: str, question: str, answer: str) -> None:
    assert verdict(text, answer, question).support in TICKED


LIST = "Entry: adults 9 €, children 4.50 €, free under 6."
SALES = "Sales in the north rose by 4 % to 1,310 units while those in the south fell by 7 % to 960."
COVER = "治療の保険金は1名につき1,000万円、携行品は30万円を限度に支払います。"


@pytest.mark.parametrize(
    ("text", "claim", "found"),
    [
        (LIST, "Children pay 9 € [1].", "4.50 €"),
        (SALES, "Sales in the south rose by 4 % [1].", "7 %"),
        (COVER, "携行品は1,000万円です[1]。", "30万円"),
    ],
)
def test_what_is_said_of_the_value_beside_contradicts(text: str, claim: str, found: str) -> None:
    told = verdict(text, claim, "?")
    assert (told.support, told.reason.found) == (Support.CONTRADICTED, found)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (LIST, "Adults pay 9 € [1]."),
        (SALES, "Sales in the north rose by 4 % [1]."),
        (SALES, "In the south they fell by 7 % to 960 units [1]."),
        ("The lease lasts 24 months and can be extended by 12 months with notice.", "The lease can be extended by 12 months [1]."),
        (COVER, "1名あたりの限度額は1,000万円です[1]。"),
    ],
)
def test_what_is_said_of_the_value_itself_does_not(text: str, claim: str) -> None:
    assert verdict(text, claim, "?").support not in (Support.CONTRADICTED, Support.UNSUPPORTED)


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Vega Foods bought Aldermoor.", "In March 2023 Aldermoor bought Vega Foods for 1.4 billion dollars."),
        ("Aldermoor was bought by Vega Foods.", "In March 2023 Aldermoor bought Vega Foods."),
        ("Spain beat Italy.", "Italy beat Spain 2-1."),
        ("Jon Dale took over from Iris Holm in May.", "Captain Iris Holm took over from Jon Dale in May 2021."),
        ("Brazil lost to Germany.", "Germany lost to Brazil."),
        ("Cristalerías Vega demandó a Bodegas Arlanza.", "Bodegas Arlanza demandó a Cristalerías Vega en 2021."),
        ("Juan Pérez sucedió a Ana Gil.", "Ana Gil sucedió a Juan Pérez en 2010."),
        ("緑川製作所が青葉電機を買収しました。", "青葉電機は2022年に緑川製作所を買収した。"),
        ("青葉電機は緑川製作所に買収されました。", "青葉電機は2022年に緑川製作所を買収した。"),
        ("鈴木さんが田中さんに話した。", "田中さんが鈴木さんに話した。"),
        ("東京は大阪より大きい。", "大阪は東京より大きい。"),
    ],
)
def test_two_that_changed_places_are_told(claim: str, passage: str) -> None:
    assert changed_places(claim, [(1, passage)]) is not None


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("Vega Foods was bought by Aldermoor.", "In March 2023 Aldermoor bought Vega Foods."),
        ("Aldermoor bought Vega Foods.", "In March 2023 Aldermoor bought Vega Foods."),
        ("Vega Foods did not buy Aldermoor.", "Aldermoor bought Vega Foods."),
        ("Bob Smith met Anna.", "Anna met Bob Smith."),
        ("Cristalerías Vega fue demandada por Bodegas Arlanza.", "Bodegas Arlanza demandó a Cristalerías Vega en 2021."),
        ("A Cristalerías Vega la demandó Bodegas Arlanza.", "Bodegas Arlanza demandó a Cristalerías Vega en 2021."),
        ("緑川製作所は青葉電機に買収されました。", "青葉電機は2022年に緑川製作所を買収した。"),
        ("緑川製作所は青葉電機が買収しました。", "青葉電機は2022年に緑川製作所を買収した。"),
        ("Vega Foods sells bread to Aldermoor.", "Aldermoor bought Vega Foods."),
    ],
)
def test_other_words_for_the_same_are_no_change_of_places(claim: str, passage: str) -> None:
    assert changed_places(claim, [(1, passage)]) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("How many passengers does the Heron 7 carry?", ["Heron 7"]),
        ("In March 2023 Aldermoor bought Vega Foods.", ["Aldermoor", "Vega Foods"]),
        ("Take 3 kg of flour.", []),
        ("E2BとE4Bが128K、12B以上の三つが256Kである。", ["E2B", "E4B", "12B"]),
        ("The file has 7 GB.", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    assert subjects(text) == names


def test_where_and_by_whom_are_no_subjects() -> None:
    assert about("In Leeds it carries 240.") == []
    assert about("会話用のヒスイ3は長さが256Kである。") == ["ヒスイ3"]


def test_names_of_one_family_differ_in_a_number() -> None:
    assert of_one_family("Heron 5", "Heron 7")
    assert not of_one_family("Vega Foods", "Vega Steel")
    assert match("Gemma 4 E2B", "E2B")
    assert not match("Gemma 4", "EmbeddingGemma")
    assert distinct(["Leeds", "EmbeddingGemma", "Heron 7"]) == ["EmbeddingGemma", "Heron 7"]


PIECES = [
    "Ann Lee ",
    "Vega ",
    "bought ",
    "by ",
    "was ",
    "a ",
    "。",
    ". ",
    "青葉",
    "緑川",
    "は",
    "が",
    "を",
    "に",
    "された",
    "Heron 7 ",
    "İ",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_can_be_held_against_any(claim: str, passage: str) -> None:
    changed_places(claim, [(1, passage)])
    assert all(name in claim for name in subjects(claim))


@pytest.mark.parametrize("piece", ["A ", "Ab1-", "青葉の", "1B", "in the "])
def test_names_are_found_in_even_time(piece: str) -> None:
    assert grows_evenly(lambda times: about(piece * times), 400)
