"""Words that rule each other out, the parts that say what a claim says, and what a claim joins that stands apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checking.contrasts import contrasts
from rag.checking.counterparts import Counterparts, parts
from rag.checking.crossings import crossed, of_other_part, turned_comparison

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        ("The cellar stays above freezing.", "The cellar stays below freezing."),
        ("Rain is unlikely.", "Rain is likely."),
        ("Lock the gate after the visit.", "Lock the gate before the visit."),
        ("Few seats are left.", "Most seats are left."),
        ("Most rooms face the sea.", "All rooms face the sea."),
        ("All rooms except the attic face the sea.", "All rooms including the attic face the sea."),
        ("The bridge is planned.", "The bridge has already opened."),
        ("The lender may ask for proof.", "The lender must ask for proof."),
        ("La mayoría de las salas da al mar.", "Todas las salas dan al mar."),
        ("El pago es mensual.", "El pago es anual."),
        ("Es improbable que llueva.", "Es probable que llueva."),
        ("まれに発熱します。", "よく発熱します。"),
        ("会員だけが使えます。", "全員が使えます。"),
        ("Most rooms face the sea.", "Todas las habitaciones dan al mar."),
    ],
)
def test_words_of_a_class_rule_each_other_out(said: str, claim: str) -> None:
    assert contrasts(claim, said)
    assert not contrasts(said, said)
    assert not contrasts(claim, claim)


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        ("All rooms face the sea.", "Most rooms face the sea."),  # what holds for all holds for most
        ("Wash your hands before eating.", "Eat after washing your hands."),
        ("外してから点眼します。", "点眼の前に外します。"),
        ("It opens at nine and closes at five.", "It opens at nine."),
        ("You must not enter.", "You may not enter."),
    ],
)
def test_what_comes_to_the_same_is_no_contrast(said: str, claim: str) -> None:
    assert not contrasts(claim, said)


@given(st.text(max_size=80))
def test_nothing_is_in_contrast_with_itself(text: str) -> None:
    assert not contrasts(text, text)


def test_a_part_without_words_of_its_own_goes_on_with_those_before() -> None:
    one, other = parts(1, "Letters are franked, parcels are not.")
    assert "frank" in " ".join(one.words)
    assert one.words < other.words


@pytest.mark.parametrize(
    ("said", "claim", "against"),
    [
        ("Letters are franked, parcels are not.", "Parcels are franked, letters are not.", True),
        ("Letters are franked, parcels are not.", "Letters are franked.", False),
        ("Never use bleach on the lid.", "Use bleach on the lid.", True),
        ("The files are stored in Lyon, not outside France.", "The files are stored in Lyon.", False),
        ("La tapa se limpia con agua; nunca use lejía.", "Use lejía.", True),
        ("Frequent effects are coughing; rare ones are fever and chills.", "Fever and chills are frequent effects.", True),
    ],
)
def test_the_part_that_says_the_same_may_say_otherwise(said: str, claim: str, against: bool) -> None:
    assert (Counterparts([(1, said)]).otherwise(claim) is not None) == against


@pytest.mark.parametrize(
    ("said", "claim", "speaks", "against"),
    [
        ("All guests except children pay the tax.", "Children pay the tax.", True, True),
        ("All guests except children pay the tax.", "Only children do not pay the tax.", True, False),
        ("Todas las salas, salvo la biblioteca, están abiertas.", "La biblioteca no está abierta.", True, False),
        ("月曜日以外は無料で入れます。", "月曜日は無料で入れます。", True, True),
        ("The fee is 4 €, except on the quay, where it is 6 €.", "On the quay the fee is 6 €.", False, False),
        ("All guests pay the tax.", "Children pay the tax.", False, False),
    ],
)
def test_what_a_sentence_excepts_is_not_like_the_rest(said: str, claim: str, speaks: bool, against: bool) -> None:
    told, reason = Counterparts([(1, said)]).excepted(claim)
    assert (told, reason is not None) == (speaks, against)


@pytest.mark.parametrize(
    ("said", "claim", "against"),
    [
        ("In 2019 it sold 310 boats, in 2021 it sold 280.", "In 2019 it sold 280 boats, in 2021 it sold 310.", True),
        ("In 2019 it sold 310 boats, in 2021 it sold 280.", "In 2021 it sold 280, in 2019 it sold 310 boats.", False),
        ("Ms Adu teaches music and Mr Berg teaches art.", "Mr Berg teaches music and Ms Adu teaches art.", True),
        ("交通費は甲が負担し、印刷費は乙が負担する。", "交通費は乙が負担し、印刷費は甲が負担する。", True),
        ("交通費は甲が負担し、印刷費は乙が負担する。", "印刷費は乙が、交通費は甲が負担する。", False),
        (
            "Si parpadea, falta papel; si queda fija, hay que reiniciar.",
            "Si parpadea, hay que reiniciar; si queda fija, falta papel.",
            True,
        ),
    ],
)
def test_what_stands_in_two_parts_may_have_changed_places(said: str, claim: str, against: bool) -> None:
    assert (crossed(claim, [(1, said)]) is not None) == against


@pytest.mark.parametrize(
    ("said", "claim", "against"),
    [
        ("Archives are packed with lz4 instead of bzip.", "Archives are packed with bzip instead of lz4.", True),
        ("The effect is greater in girls than in boys.", "The effect is greater in boys than in girls.", True),
        ("The effect is greater in girls than in boys.", "The effect is smaller in boys than in girls.", False),
        ("El norte crece más que el sur.", "El sur crece más que el norte.", True),
    ],
)
def test_a_comparison_may_be_turned_round(said: str, claim: str, against: bool) -> None:
    assert (turned_comparison(claim, [(1, said)]) is not None) == against


@pytest.mark.parametrize(
    ("said", "claim", "against"),
    [
        ("It opens from 8:00 to 20:00 and on Sundays from 10:00 to 13:00.", "On Sundays it opens from 8:00.", True),
        ("It opens from 8:00 to 20:00 and on Sundays from 10:00 to 13:00.", "On Sundays it opens from 10:00.", False),
        ("Abre de lunes a viernes de 8:00 a 20:00 y los domingos de 10:00 a 13:00.", "On Sundays it opens from 8:00.", True),
        ("The oil is changed every year, the filter every two months.", "The oil is changed every two months.", True),
        ("The lease begins in May and runs for 18 months.", "The lease lasts 18 months.", False),
    ],
)
def test_a_value_may_stand_in_the_part_of_another(said: str, claim: str, against: bool) -> None:
    assert (of_other_part(claim, [(1, said)]) is not None) == against


def test_the_two_halves_of_the_labelled_answers_share_no_passage() -> None:
    halves = []
    for name in ("develop", "unseen"):
        cases = [json.loads(line) for line in (DATA / f"verdicts_{name}.jsonl").read_text("utf-8").splitlines()]
        assert len(cases) >= 65
        halves.append({passage["text"] for case in cases for passage in case["passages"][:1]})
    assert not halves[0] & halves[1]
