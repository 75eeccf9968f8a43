"""Particulars: a weekday, a fraction, a code or a number word that no passage has is never ticked; another in its place contradicts."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Hit, Support, Verdict
from rag.checking.particulars import held_weekdays, particulars
from rag.checking.verify import check_answer
from store.languages import language_of
from store.search.centring import unit
from tests.doubles import HashEmbedder
from tests.growth import grows_evenly

TICKED = (Support.QUOTED, Support.SUPPORTED)


def verdict(passage: str, claim: str, question: str = "") -> Verdict:
    """The verdict on a claim that cites one passage in its own language."""
    language = language_of(passage, ("en", "es", "ja"))
    hit = Hit(1, 1.0, 1.0, 1.0, 7, 3, "a.txt", "", 1, None, 0, len(passage), passage, language)
    checked = check_answer(claim, question, language, {1: hit}, lambda texts, _: unit(HashEmbedder().embed("passage", texts)))
    (found,) = checked.verdicts
    return found


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        ("The car has four doors.", "The car has five doors [1]."),
        ("Take the pill twice a day.", "Take the pill three times a day [1]."),
        ("About two thirds of the users agreed.", "About three quarters of the users agreed [1]."),
        ("Half of the users agreed.", "A third of the users agreed [1]."),
        ("The rate rose by 15 %.", "The rate fell by 15 % [1]."),
        ("The water is at minus 20 degrees.", "The water is at 20 degrees [1]."),
        ("The station is 12 km away.", "The station is 12 miles away [1]."),
        ("The measured error is 5 %.", "The measured error is 5 ‰ [1]."),
        ("The museum is open Monday to Friday.", "The museum is open Monday to Saturday [1]."),
        ("The museum is closed on Mondays.", "The museum is closed on Tuesdays [1]."),
        ("The city was founded in 44 BC.", "The city was founded in 44 AD [1]."),
        ("The report is due in the first quarter of 2025.", "The report is due in the third quarter of 2025 [1]."),
        ("The report is due in Q1 2025.", "The report is due in Q3 2025 [1]."),
        ("The tool needs Python 3.11.", "The tool needs Python 3.12 [1]."),
        ("The tool runs on version 2.0.1.", "The tool runs on version 2.0.7 [1]."),
        ("Order the part RX-200.", "Order the part RX-300 [1]."),
        ("Order number AX-20931 covers the filter, AX-20913 the lamp.", "The lamp is AX-20931 [1]."),
        ("Firmware v1.10 adds timers; v1.1 was withdrawn.", "Firmware v1.1 adds timers [1]."),
        ("Pets are not allowed.", "Yes, pets are allowed [1]."),
        ("No se admite ningún perro en la sala.", "Se admite un perro en la sala [1]."),
        ("The meeting is in room B12.", "The meeting is in room B21 [1]."),
        ("Mix oil and vinegar 3:1.", "Mix oil and vinegar 1:3 [1]."),
        ("The final deadline is in spring.", "The final deadline is in autumn [1]."),
        ("El coche tiene cuatro puertas.", "El coche tiene cinco puertas [1]."),
        ("El precio del pan subió un 15 %.", "El precio del pan bajó un 15 % [1]."),
        ("El museo abre los lunes.", "El museo abre los martes [1]."),
        ("El programa necesita Python 3.11.", "El programa necesita Python 3.12 [1]."),
        ("その車にはドアが四つあります。", "その車にはドアが五つあります[1]。"),
        ("価格は15%上がりました。", "価格は15%下がりました[1]。"),
        ("休館日は月曜日です。", "休館日は火曜日です[1]。"),
        ("参加者の三分の二が賛成しました。", "参加者の三分の一が賛成しました[1]。"),
    ],
)
def test_another_in_its_place_contradicts(passage: str, claim: str) -> None:
    assert verdict(passage, claim).support is Support.CONTRADICTED


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        ("The rate of interest rose by 2 percentage points.", "The rate of interest rose by 2 percent [1]."),
        ("The museum shows modern art and sells books.", "The museum shows modern art on Tuesdays [1]."),
        ("The part for the pump is sold in every shop.", "The part RX-300 for the pump is sold in every shop [1]."),
        ("気温はマイナス20度です。", "気温は20度です[1]。"),
    ],
)
def test_what_no_passage_has_is_never_ticked(passage: str, claim: str) -> None:
    assert verdict(passage, claim).support not in TICKED


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        ("The oven reaches 250 °C.", "The oven reaches 482 °F [1]."),
        ("The car has four doors.", "The car has 4 doors [1]."),
        ("The box holds 12 eggs.", "The box holds a dozen eggs [1]."),
        ("75 % of the users agreed.", "Three quarters of the users agreed [1]."),
        ("The museum is open Monday to Friday.", "The museum is open on Wednesday [1]."),
        ("The report is due in the first quarter of 2025.", "The report is due in Q1 2025 [1]."),
        ("Order the part RX 200.", "Order the part RX-200 [1]."),
        ("Order number AX-20931 covers the filter, AX-20913 the lamp.", "The lamp is AX-20913 [1]."),
        ("Firmware v1.10 adds timers; v1.1 was withdrawn.", "Firmware v1.10 adds timers [1]."),
        ("Pets are not allowed.", "No, pets are not allowed [1]."),
        ("No se admite ningún perro en la sala.", "No, no se admite ningún perro en la sala [1]."),
        ("ペットの飼育は禁止されています。", "いいえ、ペットの飼育は禁止されています[1]。"),
        ("Mix oil and vinegar 3 to 1.", "Mix oil and vinegar 3:1 [1]."),
        ("The city was founded in 44 BC.", "The city was founded in 44 BCE [1]."),
        ("The run was held on 3 May 2024.", "The run was held in May 2024 [1]."),
        ("El coche tiene 4 puertas.", "El coche tiene cuatro puertas [1]."),
        ("休館日は月曜です。", "休館日は月曜日です[1]。"),
    ],
)
def test_another_writing_is_ticked(passage: str, claim: str) -> None:
    assert verdict(passage, claim).support in TICKED


POOL = "The pool is open all year. Dogs are not allowed in the garden."


@pytest.mark.parametrize(
    ("question", "claim", "support"),
    [
        ("Is the pool open all year?", "Yes [1].", Support.SUPPORTED),
        ("Is the pool open all year?", "No [1].", Support.CONTRADICTED),
        ("Are dogs allowed in the garden?", "No [1].", Support.SUPPORTED),
        ("Are dogs allowed in the garden?", "**Yes** [1].", Support.CONTRADICTED),
        ("Is there a sauna in the cellar?", "Yes [1].", Support.WEAK),
        ("Is the pool open all year, 24 hours a day?", "Yes [1].", Support.WEAK),
    ],
)
def test_yes_and_no_are_judged_by_the_question(question: str, claim: str, support: Support) -> None:
    assert verdict(POOL, claim, question).support is support


def meaning(*near: tuple[str, str]) -> Callable[[Sequence[str], str], np.ndarray]:
    """Vectors in which the two texts of a pair lie near each other and all others far apart."""
    pairs = {text: at for at, pair in enumerate(near) for text in pair}

    def embed(texts: Sequence[str], _language: str) -> np.ndarray:
        rows = np.zeros((len(texts), 600), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[pairs.get(text, 10 + zlib.crc32(text.encode()) % 590)] = 1
        return rows

    return embed


@pytest.mark.parametrize(
    ("passage", "claim", "support"),
    [
        ("The pass must be shown at the gate.", "No hace falta enseñar el pase en la puerta.", Support.CONTRADICTED),
        ("The pass must be shown at the gate.", "Hay que enseñar el pase en la puerta.", Support.SUPPORTED),
        ("A pass is not required at the gate.", "Hay que enseñar el pase en la puerta.", Support.CONTRADICTED),
        ("A pass is not required at the gate.", "門では入場証を見せる必要はありません。", Support.SUPPORTED),
        ("A pass is not required at the gate.", "門では入場証を見せる必要があります。", Support.CONTRADICTED),
        ("ペットの飼育は禁止されています。", "Keeping pets is allowed in the house.", Support.CONTRADICTED),
    ],
)
def test_a_denial_is_told_across_languages(passage: str, claim: str, support: Support) -> None:
    hit = Hit(1, 1.0, 1.0, 1.0, 7, 3, "a.txt", "", 1, None, 0, len(passage), passage, language_of(passage, ("en", "es", "ja")))
    language = language_of(claim, ("en", "es", "ja"))
    (found,) = check_answer(f"{claim} [1]", "?", language, {1: hit}, meaning((passage, claim))).verdicts
    assert found.support is support


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("twice a day", ["times 2"]),
        ("primer trimestre", ["quarter 1"]),
        ("miércoles y domingos", ["weekday 3", "weekday 7"]),
        ("水曜日と日曜", ["weekday 3", "weekday 7"]),
        ("2.0.1 and v2.0.1", ["version 2.0.1", "version 2.0.1"]),
        ("v1.10 and v1.1", ["version 1.10", "version 1.1"]),
        ("You may march on", []),
        ("half an hour", []),
        ("a quarter of the year", ["fraction 1/4"]),
    ],
)
def test_particulars(text: str, found: list[str]) -> None:
    assert [f"{one.kind} {one.value}" for one in particulars(text)] == found


def test_a_range_of_weekdays_holds_those_between() -> None:
    assert held_weekdays("Friday to Monday") == {"5", "6", "7", "1"}
    assert held_weekdays("de lunes a miércoles") == {"1", "2", "3"}


@pytest.mark.parametrize("text", ["1", "A1 ", "Monday ", "1-", "a ", "三分の"])
def test_particulars_are_found_in_even_time(text: str) -> None:
    assert grows_evenly(lambda times: particulars(text * times), 500)


@given(st.text(alphabet="aA1２.:- 曜月第分の三半halftwicequrMonday½", max_size=60))
def test_particulars_of_any_text_stand_apart_in_order(text: str) -> None:
    found = particulars(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


LICENCES = (
    "La cuarta generación, Gemma 4, se publicó con licencia Apache 2.0, de modo que está permitido usarla en un negocio y modificarla. "
    "Las generaciones anteriores, como Gemma 3, llevan una licencia propia."
)
WITHOUT_NAME = LICENCES.replace(", Gemma 4,", "")
LICENCES_JA = "Gemma 4はApache License 2.0で配られている。商用に使うことが認められている。Gemma 3は独自のライセンスだった。"
PHONES = "The mobile edition is smaller: E2B takes 1.1 GB, E4B takes 2.5 GB."


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        (LICENCES, "Gemma 4 no se puede usar en un negocio [1]."),
        (LICENCES, "No está permitido modificar Gemma 4 [1]."),
        (LICENCES, "Gemma 3 lleva licencia Apache 2.0 [1]."),
        (WITHOUT_NAME, "Gemma 3 lleva licencia Apache 2.0 [1]."),
        (LICENCES_JA, "Gemma 4は商用に使えません[1]。"),
        (LICENCES_JA, "Gemma 3はApache License 2.0で配られている[1]。"),
        ("Visitors may take photographs in the hall.", "Visitors must not take photographs in the hall [1]."),
        ("Dogs are not allowed in the hall.", "Dogs are allowed in the hall [1]."),
        (PHONES, "The mobile edition of E4B takes 1.1 GB [1]."),
    ],
)
def test_the_opposite_and_what_is_of_a_sibling_are_not_ticked(passage: str, claim: str) -> None:
    assert verdict(passage, claim).support not in TICKED


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        (LICENCES, "Gemma 4 lleva licencia Apache 2.0 [1]."),
        (LICENCES, "Gemma 3 lleva una licencia propia [1]."),
        ("Gemma 3 was released in March. It has the licence Apache 2.0.", "Gemma 3 was released with the licence Apache 2.0 [1]."),
        ("Visitors may take photographs in the hall.", "Photographs can be taken in the hall [1]."),
        ("Photographs must not be taken in the hall.", "Photographs may not be taken in the hall [1]."),
        (PHONES, "E2B takes 1.1 GB and E4B takes 2.5 GB [1]."),
    ],
)
def test_what_is_allowed_and_told_of_the_named_one_stays_ticked(passage: str, claim: str) -> None:
    assert verdict(passage, claim).support in TICKED


@pytest.mark.parametrize(
    ("passage", "question", "answer"),
    [
        ("EmbeddingGemma 2: 740 million parameters in all.", "How many passages does the service return?", "740 million [1]"),
        ("E2B puede pedir unos 6,9 GiB al cargarse.", "¿Qué límite de tokens tiene E4B de contexto?", "6,9 GiB [1]"),
        ("The model takes 3 GB.", "What is the pinned version?", "3 GB [1]"),
    ],
)
def test_a_number_of_something_else_is_no_answer(passage: str, question: str, answer: str) -> None:
    assert verdict(passage, answer, question).support not in TICKED


@pytest.mark.parametrize(
    ("passage", "question", "answer"),
    [
        ("EmbeddingGemma 2: 740 million parameters in all.", "How many parameters has EmbeddingGemma 2?", "740 million [1]"),
        ("Ames has 740 inhabitants.", "How many people live in Ames?", "740 [1]"),
        ("E4B admite 128K tokens de contexto.", "¿Qué límite de tokens tiene E4B de contexto?", "128K [1]"),
    ],
)
def test_a_number_of_what_is_asked_for_is_an_answer(passage: str, question: str, answer: str) -> None:
    assert verdict(passage, answer, question).support in TICKED
