"""Values: one value in many writings is one value, in three languages."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checking.polarity import bare_answer, denials
from rag.checking.quantities import COUNT, DATE, Quantity, quantities, readings
from rag.checking.units import MONEY
from rag.checking.wanted import wanted_kinds
from tests.growth import grows_evenly


def one(text: str) -> Quantity:
    """The one value of a text."""
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("3.5 GB", "3,5 GB"),
        ("1,200,000 people", "1.2 million people"),
        ("120万人", "1,200,000 people"),
        ("1.2 millones", "120万"),
        ("1億2,000万円", "120,000,000円"),
        ("12 TB", "12,000 GB"),
        ("18 months", "a year and a half"),
        ("18 meses", "un año y medio"),
        ("five-year warranty", "cinco años"),
        ("2年間", "二年間"),
        ("3 hours and 25 minutes", "3時間25分"),
        ("1 September 2024", "2024-09-01"),
        ("15 de octubre de 2024", "15/10/2024"),
        ("令和6年4月1日", "2024/04/01"),
        ("7月26日", "July 26, 2025"),
        ("7 p.m.", "19:00"),
        ("午後3時", "15:00"),
        ("£1,150", "1150 pounds"),
        ("25 %", "25 por ciento"),
        ("20 pence", "£0.20"),
        ("−18 °C", "-18℃"),
        ("1 234,5 kg", "1,234.5 kg"),
        ("３億２，０００万円", "320 million yen"),
        ("tres millones", "3,000,000"),
        ("CHF 120.00", "120 Swiss francs"),
        ("280百万円", "2億8000万円"),
        ("(020) 7946-0018", "020 7946 0018"),
    ],
)
def test_one_value_in_two_writings(mine: str, theirs: str) -> None:
    assert one(mine).same(one(theirs))
    assert one(theirs).same(one(mine))


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("182 MB", "182 GB"),
        ("3.5 GB", "35 GB"),
        ("12 March 2025", "12 May 2025"),
        ("7月26日", "7月27日"),
        ("5 euros", "5 dollars"),
        ("4 days", "4 weeks"),
        ("120万", "12万"),
        ("7 a.m.", "7 p.m."),
        ("312 CHF", "312 EUR"),
        ("020 7946 0018", "020 7946 0081"),
        ("12,345 people", "12,346 people"),
    ],
)
def test_two_values(mine: str, theirs: str) -> None:
    assert not one(mine).same(one(theirs))


@pytest.mark.parametrize("unit", ["", " km", "億", " million", " euros"])
def test_a_number_longer_than_any_value_is_none(unit: str) -> None:
    assert quantities("9" * 1_000_000 + unit) == []
    assert [value.text for value in quantities("9" * 100 + f"{unit} and 3 km")] == ["3 km"]


def test_numbers_in_names_are_no_values() -> None:
    assert [value.text for value in quantities("The Corriente E3 and the U-300 weigh 3 kg")] == ["3 kg"]
    assert [value.text for value in quantities("Aqualine 50 weighs 17 kg") if not value.named] == ["17 kg"]


def test_a_range_gives_its_unit_to_both_ends() -> None:
    low, high = quantities("Store it between 10 and 20 °C")
    assert (low.dimension, high.dimension) == ("temperature", "temperature")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("4 18.00 CHF 72.00 CHF Total 312.00 CHF EUR 331.80", ["4", "18.00 CHF", "72.00 CHF", "312.00 CHF", "EUR 331.80"]),
        ("CHF 120.00 CHF 240.00", ["CHF 120.00", "CHF 240.00"]),
        ("EUR 331.80 312.00 CHF", ["EUR 331.80", "312.00 CHF"]),
        ("2 CHF 240.00", ["2", "CHF 240.00"]),
        ("2 x 4.50 € 9.00 €", ["2", "4.50 €", "9.00 €"]),
    ],
)
def test_an_amount_takes_the_currency_that_is_its_own(text: str, values: list[str]) -> None:
    assert [value.text for value in quantities(text)] == values


def test_a_year_before_a_word_is_a_date() -> None:
    assert [one(f"in 2019{rest}").dimension for rest in (" and", " the", ".", " kg")] == ["date", "date", "date", "mass"]
    assert [one(f"{word} 2019 it opened").dimension for word in ("In", "Since", "En", "Desde", "Until", "by")] == ["date"] * 6


@pytest.mark.parametrize("text", ["+81-3-1234-5678", "978-3-16-148410-0", "0120-444-444", "+34 912 345 678", "229.077.5154"])
def test_digits_in_groups_are_one_identifier(text: str) -> None:
    assert (one(text).dimension, one(text).text) == ("identifier", text)


@pytest.mark.parametrize("text", ["912 345 678", "1.234.567", "2020 2021 2022", "1990-2005", "100 200 300 400"])
def test_numbers_are_no_identifiers(text: str) -> None:
    assert "identifier" not in {value.dimension for value in quantities(text)}


@pytest.mark.parametrize(
    ("claimed", "exact", "agrees"),
    [
        ("about 3 million people", "2.98 million people", True),
        ("unos 3 millones", "2.980.000", True),
        ("約300万人", "298万人", True),
        ("3 million people", "2.98 million people", False),
        ("about 3 million people", "2.6 million people", False),
        ("about 2.98 million people", "3 million people", False),
        ("roughly 5 km", "5.6 km", False),
        ("about 20 beds", "22 beds", True),
    ],
)
def test_a_rounded_value_agrees_with_what_it_is_rounded_from(claimed: str, exact: str, agrees: bool) -> None:
    assert one(claimed).same(one(exact)) is agrees


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("No, pets are not allowed.", 1),
        ("No se admite ningún perro ni gato.", 1),
        ("No hay nada ni nadie nunca.", 1),
        ("Neither dogs nor cats are allowed.", 1),
        ("必ず鍵をかける。", 0),
        ("鍵をかけずに出る。", 1),
    ],
)
def test_denials(text: str, times: int) -> None:
    assert denials(text) % 2 == times % 2


@pytest.mark.parametrize(
    ("text", "answer"),
    [("Sí.", True), ("**Yes**", True), ("はい。", True), ("いいえ", False), ("No", False), ("No 5", None), ("Yes, so", None)],
)
def test_bare_answers(text: str, answer: bool | None) -> None:
    assert bare_answer(text) is answer


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("up to 30 seconds", "most"),
        ("al menos 30 segundos", "least"),
        ("30秒以内", "most"),
        ("30秒以上", "least"),
        ("30 seconds", ""),
        ("no more than 30 seconds", "most"),
    ],
)
def test_bounds(text: str, bound: str) -> None:
    assert one(text).bound == bound


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How many tokens does it accept?", {"count", "percent"}),
        ("何トークンですか", {"count", "percent"}),
        ("31Bの4ビット版は何GB", {"bytes"}),
        ("¿Cuánto cuesta?", set(MONEY)),
        ("How long is the ship?", {"time", "span", "date", "clock", "length"}),
        ("What is it?", set()),
    ],
)
def test_the_kind_of_value_that_a_question_asks_for(question: str, kinds: set[str]) -> None:
    assert wanted_kinds(question) == kinds


def test_a_sign_between_digits_may_group_or_divide() -> None:
    assert readings("1.234") == (Decimal(1234), Decimal("1.234"))
    assert readings("0.450") == (Decimal("0.450"),)


@given(st.text(alphabet="0123456789.,:/-年月日時分秒万億円 kKgGBmMaehlns€$%半de", max_size=40))
def test_any_text_has_values_in_order_and_apart(text: str) -> None:
    found = quantities(text)
    for before, after in itertools.pairwise(found):
        assert before.start < before.end <= after.start


@pytest.mark.parametrize(
    "text", ["31B", "the 4b model", "26B A4B", "26B-A4B", "E2B", "Q4_K_M", "phi-3-mini-128k", "a 5G phone", "in 3D", "12B以上"]
)
def test_sizes_in_names_are_no_values(text: str) -> None:
    assert quantities(text.replace("the ", "").replace("a ", "")) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$3B", "3000000000"), ("$3bn", "3000000000"), ("7B parameters", "7000000000"), ("256K tokens", "256000"), ("128K", "128000"),
        ("20C", "20"), ("300DPI", "300"), ("5x", "5"), ("12V", "12"),
    ],
)  # fmt: skip
def test_letters_behind_digits_that_leave_a_value(text: str, value: str) -> None:
    (found,) = quantities(text)
    assert found.values == (Decimal(value),)


def test_may_is_no_month_behind_a_name() -> None:
    assert [one.dimension for one in quantities("Gemma 4 may be used. It came out on 4 May.")] == [COUNT, DATE]


@pytest.mark.parametrize("text", [" ", "\n", "no ", "no, "])
def test_denials_are_counted_in_even_time(text: str) -> None:
    assert grows_evenly(lambda times: denials(text * times), 1_000)
