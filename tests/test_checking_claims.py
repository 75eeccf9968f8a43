"""Claims: what says something is one, what does not is none, and they are the same while the answer is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checking.claims import ClaimReader, claims
from rag.citations import MarkReader, without_marks
from tests.growth import grows_evenly

PIECES = [
    "**", "__", "`", "``", "| c | d |\n", "||e|\n", "- Mr. A. ", "[1[2]]", "[[1]]",
    "- ", "1. ", "|a|b|\n", "|-|-|\n", "## ", "```\n", "`x[1]`", " [1]", "[2]", "[9]", "Foo bar. ", "Second one.", "3.5 km", "次のとおりです。",
    "\n",
    "\n\n", "$$\n", "**B**\n", "> ", "![", "](b", ")", "Here is:", "以下の", "a", "12", ". ", "? ", " ", "」", "(",
]  # fmt: skip
ANSWERS = st.one_of(
    st.text(alphabet="aA1 .\n|-#*`~$[]>。あ：:?\\", max_size=60), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
)


def shown(pieces: list[str]) -> list[str]:
    """The pieces as they are shown, with two sources."""
    reader = MarkReader([1, 2])
    return [*map(reader.feed, pieces), reader.flush()]


def said(answer: str) -> list[tuple[str, tuple[int, ...]]]:
    """Words and numbers of the claims of an answer with three sources."""
    return [(claim.text, claim.numbers) for claim in claims(answer, (1, 2, 3))]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("1. Open the lid [1].\n2. Press the button [1].", [("Open the lid.", (1,)), ("Press the button.", (1,))]),
        ("1) Abra la tapa [1].\n   Espere.\n2) Pulse [2].", [("Abra la tapa.", (1,)), ("Espere.", ()), ("Pulse.", (2,))]),
        ("・ふたを開ける[1]。\n①ボタンを押す[2]。", [("ふたを開ける。", (1,)), ("ボタンを押す。", (2,))]),
        ("## Step 2\nPress it [1].", [("Press it.", (1,))]),
        ("**Paso 2**\n\nPulse [1].", [("Pulse.", (1,))]),
        ("Here is a table:\n\nIt is 3 m [1].", [("It is 3 m.", (1,))]),
        ("主な点は次のとおりです。\n\n- 3mです[1]。", [("3mです。", (1,))]),
        ("The steps are the following.\n- Press [1]", [("Press", (1,))]),
        ("| Model | Weight |\n| --- | ---: |\n| A | 3 kg [1] |\n", [("| A | 3 kg |", (1,))]),
        ("```\nx = 1. So.\n```\nIt is 3 [1].", [("It is 3.", (1,))]),
        ("$$\nx = 3\n$$\n\\[ y = 2. \\]\nIt is 3 [1].", [("It is 3.", (1,))]),
        ("`make all`\n\n---\n\nIt is 3 [1].", [("It is 3.", (1,))]),
        ("![the pump. Side view](img/pump.png)\n\nIt is 3 [1].", [("It is 3.", (1,))]),
        ("Do you want to know more?", []),
        ("It weighs 3 kg [1]:\n- more [2]", [("It weighs 3 kg:", (1,)), ("more", (2,))]),
        ("It takes 3.5 hours [1]. 2.5 is less [2].", [("It takes 3.5 hours.", (1,)), ("2.5 is less.", (2,))]),
        ("First thing. [1] Second thing [2]. Third.", [("First thing.", (1,)), ("Second thing.", (2,)), ("Third.", ())]),
        ("一つ目です。[1][2]二つ目です[3]。", [("一つ目です。", (1, 2)), ("二つ目です。", (3,))]),
        ("[1] First thing. [2] Second.", [("First thing.", (1, 2)), ("Second.", ())]),
        ("Nothing [9] known [12] here [1].", [("Nothing [9] known [12] here.", (1,))]),
        ("The documents do not contain this information.", []),
        ("The documents do not contain the colour, but it costs 30 euros [1].", [
            ("The documents do not contain the colour, but it costs 30 euros.", (1,))
        ]),
    ],
)  # fmt: skip
def test_claims_are_what_says_something(answer: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert said(answer) == expected


def test_a_row_carries_its_cells_and_the_tables_head() -> None:
    (claim,) = claims("| Model | Weight |\n|---|---|\n| A | 3 kg [1] |", (1,))
    assert claim.row is not None
    assert (claim.row.cells, claim.row.head) == (("A", "3 kg"), ("Model", "Weight"))


def test_claims_slice_the_answer() -> None:
    answer = "First thing. [1] Second thing [2].\n- third [1]"
    assert [answer[claim.start : claim.end] for claim in claims(answer)] == ["First thing. [1]", "Second thing [2].", "third [1]"]


@given(ANSWERS, st.lists(st.integers(0, 80), max_size=8))
def test_claims_are_the_same_while_the_answer_is_written(answer: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(answer)) for cut in cuts})
    whole = "".join(shown([answer]))
    expected = claims(whole, (1, 2))
    for pieces in (list(answer), [answer[a:b] for a, b in zip([0, *places], [*places, len(answer)], strict=True)]):
        reader = ClaimReader((1, 2))
        found = [claim for piece in shown(pieces) for claim in reader.feed(piece)]
        assert [*found, *reader.flush()] == expected
    for claim in expected:
        if "`" not in whole and "~~~" not in whole:  # cut out, ticks begin other code than where they stand
            assert without_marks(whole[claim.start : claim.end], (1, 2)) == claim.text


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        ("", "Gemma hears 30 seconds [1]. "),
        ("", "It takes 1.5 . "),
        ("- ", "Is it so? "),
        ("Foo `x` ``y [1]. ", "Gemma hears 30 seconds [1]. "),
        ("| a | b |\n|---|---|\n", "| x | 30 [1] |\n"),
        ("", "| x | 30 [1] |\n"),
        ("```\n", "code. Line\n"),
        ("", "# Head\n"),
        ("", "あれは三です[1]。"),
    ],
)
def test_work_grows_evenly_with_the_answer(begin: str, again: str) -> None:
    def read(times: int) -> None:
        reader = ClaimReader((1,))
        for sign in begin + again * times:
            reader.feed(sign)
        reader.flush()

    assert grows_evenly(read, 100)


@pytest.mark.parametrize("again", ["Gemma hears 30 seconds [1]. ", "| x | 30 [1] |\n", "Is `it` so [1]. "])
def test_an_answer_in_one_piece_is_read_evenly(again: str) -> None:
    assert grows_evenly(lambda times: claims(again * times, (1,)), 100)


def test_sentences_on_a_line_that_becomes_a_heading_are_no_claims() -> None:
    reader = ClaimReader(())
    assert [claim for piece in ("**Foo. ", "Bar", "**", "\n", "It is blue.") for claim in reader.feed(piece)] == []
    assert [claim.text for claim in reader.flush()] == ["It is blue."]


def test_a_claim_is_known_as_soon_as_the_next_begins() -> None:
    reader = ClaimReader((1,))
    assert reader.feed("It is blue [1].") == []
    assert reader.feed(" ") == []
    assert [claim.text for claim in reader.feed("It")] == ["It is blue."]
    assert reader.feed(" is round [1].\n\n") == []
    assert [claim.text for claim in reader.feed("And")] == ["It is round."]
    assert [claim.text for claim in reader.flush()] == ["And"]
