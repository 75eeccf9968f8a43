"""Verdicts: quoted, supported, weak and unsupported mean what they say, also across languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Hit, ReasonCode, Support, Verdict
from rag.checking.claims import Claim
from rag.checking.judge import Judge
from rag.checking.verify import LONGEST_CLAIM, Checked, Checker, check_answer
from rag.citations import MarkReader, without_marks
from store.search.centring import unit
from tests.doubles import HashEmbedder

PASSAGE = "Gemma 4 E2B has 2.3 billion effective parameters. It hears audio of up to 30 seconds. Its context holds 128K tokens."
QUESTION = "What about Gemma 4 E2B?"


class CountingEmbed:
    """Vectors of hashed words; remembers what it was asked to embed."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._embedder = HashEmbedder()

    def __call__(self, texts: Sequence[str], _language: str) -> np.ndarray:
        self.texts += texts
        return unit(self._embedder.embed("passage", texts))


def passage(text: str = PASSAGE, language: str = "en", title: str = "Gemma 4") -> Hit:
    """A passage."""
    return Hit(1, 1.0, 1.0, 1.0, 7, 3, "a.pdf", title, 4, None, 0, len(text), text, language)


def checked(answer: str, question: str = QUESTION, text: str = PASSAGE) -> Checked:
    """What checking finds in an answer over one passage."""
    return check_answer(answer, question, "en", {1: passage(text)}, CountingEmbed())


def verdict(answer: str, question: str = QUESTION, text: str = PASSAGE) -> Verdict:
    """The one verdict on an answer."""
    (found,) = checked(answer, question, text).verdicts
    return found


@pytest.mark.parametrize(
    ("sentence", "support", "reason"),
    [
        ("30 seconds [1]", Support.QUOTED, ReasonCode.QUOTED),
        ("It hears audio of up to 30 seconds [1].", Support.QUOTED, ReasonCode.QUOTED),
        ("The model hears 30 seconds of audio [1].", Support.SUPPORTED, ReasonCode.VALUES),
        ("It hears audio of up to 45 seconds [1].", Support.CONTRADICTED, ReasonCode.OTHER_VALUE),
        ("The context holds 256000 tokens [1].", Support.CONTRADICTED, ReasonCode.OTHER_VALUE),
        ("0 seconds [1]", Support.UNSUPPORTED, ReasonCode.VALUE_ABSENT),
        ("Penguins live at the south pole.", Support.UNSUPPORTED, ReasonCode.UNCITED),
        ("Penguins live at the south pole [1].", Support.UNSUPPORTED, ReasonCode.ABSENT),
    ],
    ids=[
        "a-short-answer",
        "word-for-word",
        "in-other-words",
        "wrong-number",
        "the-tail-of-a-number",
        "number-from-nowhere",
        "no-mark",
        "off-the-subject",
    ],
)
def test_a_sentence_is_judged_by_what_it_cites(sentence: str, support: Support, reason: ReasonCode) -> None:
    found = verdict(sentence)
    assert (found.support, found.reason.code) == (support, reason)


def test_numbers_of_the_question_need_no_source() -> None:
    assert verdict("The 2026 model hears audio [1].", "Does the 2026 model hear audio?").support is Support.SUPPORTED


def test_numbers_agree_across_ways_of_writing_them() -> None:
    assert verdict("262,144 tokens [1]", text="Acepta 262.144 tokens de entrada.").support is Support.QUOTED


def test_verdicts_say_where_their_sentence_stands() -> None:
    answer = "It hears audio [1]. Penguins swim. [1]"
    found = checked(answer).verdicts
    assert [one.sentence for one in found] == ["It hears audio.", "Penguins swim."]
    for one in found:
        assert answer[one.start : one.end].replace(" [1]", "") == one.sentence


def test_each_quote_is_given_once_in_the_order_of_the_answer() -> None:
    citations = checked("Its context holds 128K tokens [1]. It hears audio [1]. Tokens in its context: 128K [1].").citations
    assert [citation.quote for citation in citations] == ["Its context holds 128K tokens.", "It hears audio of up to 30 seconds."]
    assert all(PASSAGE[citation.start : citation.end] == citation.quote for citation in citations)


def test_a_claim_is_judged_as_soon_as_it_has_ended() -> None:
    checker = Checker(QUESTION, "en", {1: passage()}, CountingEmbed())
    assert checker.feed("It hears audio of up to 30 seconds [1].") == Checked((), ())
    told = checker.feed(" Its")
    assert [one.support for one in told.verdicts] == [Support.QUOTED]
    assert [one.quote for one in told.citations] == ["It hears audio of up to 30 seconds."]
    assert checker.feed(" context holds 128K tokens [1].") == Checked((), ())
    assert [one.sentence for one in checker.flush().verdicts] == ["Its context holds 128K tokens."]


def test_each_text_is_embedded_once() -> None:
    embed = CountingEmbed()
    answer = " ".join(f"Penguins number {word} live at the south pole [1]." for word in ("one", "two", "three", "four", "five"))
    check_answer(answer + " " + answer, QUESTION, "en", {1: passage()}, embed)
    assert embed.texts, "words cannot tell here"
    assert len(embed.texts) == len(set(embed.texts))


MODELS = "Tamarin-2 accepts inputs of up to 2,048 tokens. The file takes 253 MB on disk. Its predecessor, Tamarin-1, accepted 512 tokens."
FILE = "The file takes 253 MB on disk. It hears audio of up to 30 seconds."
TABLE = "| Model | Weight | Price |\n|---|---|---|\n"
TABLE += "| Aqua 50 | 17 kg | €229 |\n| Aqua 80 | 24 kg | €279 |\n\nThe tank has a five-year warranty."


@pytest.mark.parametrize(
    ("question", "text", "answer", "support", "code", "found"),
    [
        ("How many tokens?", MODELS, "253 MB [1].", Support.UNSUPPORTED, ReasonCode.NOT_ASKED, ""),
        ("How large is the file?", FILE, "30 seconds [1].", Support.UNSUPPORTED, ReasonCode.NOT_ASKED, ""),
        ("How large is the file?", FILE, "The answer is 30 seconds [1].", Support.UNSUPPORTED, ReasonCode.NOT_ASKED, ""),
        ("¿Cuánto ocupa el archivo?", FILE, "El archivo ocupa 30 segundos [1].", Support.UNSUPPORTED, ReasonCode.NOT_ASKED, ""),
        ("ファイルの容量は何MBですか?", FILE, "答えは30秒です [1]。", Support.UNSUPPORTED, ReasonCode.NOT_ASKED, ""),
        ("How large is the file?", FILE, "253 MB [1].", Support.QUOTED, ReasonCode.QUOTED, ""),
        ("How many olives?", "Use 5-10 kg of olives.", "Use 5 to 10 kg of olives [1].", Support.SUPPORTED, ReasonCode.VALUES, ""),
        ("When did it open?", "It opened in 2019. The work cost 5 euros.", "It cost 5 euros [1].", Support.SUPPORTED, ReasonCode.VALUES, ""),
        ("How large is the file, and how long is the audio?", FILE, "30 seconds [1].", Support.QUOTED, ReasonCode.QUOTED, ""),
        ("Which model?", "The 12B takes 7 GB, the 27B takes 17 GB.", "The 27B takes 17 GB [1].", Support.QUOTED, ReasonCode.QUOTED, ""),
        ("How many tokens does Tamarin-2 accept?", MODELS, "Tamarin-2 accepts up to 4,096 tokens [1].",
            Support.CONTRADICTED, ReasonCode.OTHER_VALUE, "2,048"),
        ("What does it take?", MODELS, "The file takes 253 GB on disk [1].", Support.CONTRADICTED, ReasonCode.OTHER_VALUE, "253 MB"),
        ("How heavy is the Aqua 50?", TABLE, "The Aqua 50 weighs 24 kg [1].", Support.CONTRADICTED, ReasonCode.OTHER_SUBJECT, "17 kg"),
        ("How heavy is the Aqua 50?", TABLE, "It weighs 17 kg [1].", Support.SUPPORTED, ReasonCode.VALUES, ""),
        ("What do both cost?", TABLE, "Both together cost €508 [1].", Support.SUPPORTED, ReasonCode.COMPUTED, ""),
        ("What do both cost?", TABLE, "Both together cost €608 [1].", Support.UNSUPPORTED, ReasonCode.VALUE_ABSENT, ""),
        ("Pets?", "Pets are not allowed without consent.", "Pets are allowed without consent [1].",
            Support.CONTRADICTED, ReasonCode.OPPOSITE, None),
        ("Yield?", "Late sowing lowered the yield from 8.7 to 8.1 t/ha.", "Late sowing raised the yield from 8.1 to 8.7 t/ha [1].",
            Support.CONTRADICTED, ReasonCode.OTHER_DIRECTION, None),
        ("Who?", "Ann Lee was elected chair and replaces Tom Birch.", "Tom Birch was elected chair and replaces Ann Lee [1].",
            Support.CONTRADICTED, ReasonCode.OTHER_SUBJECT, "Ann Lee"),
        ("How large?", "The file takes 3.5 GB.", "It takes 3,5 GB [1].", Support.SUPPORTED, ReasonCode.VALUES, ""),
        ("How many people?", "1,200,000 people live there.", "1.2 million people live there [1].", Support.SUPPORTED, ReasonCode.VALUES, ""),
        ("When?", "The lease begins on 1 September 2024.", "The lease begins on 2024-09-01 [1].", Support.SUPPORTED, ReasonCode.VALUES, ""),
        ("Colour and price?", "The price is 30 euros.", "The documents do not contain the colour, but the price is 30 euros [1].",
            Support.QUOTED, ReasonCode.QUOTED, ""),
    ],
)  # fmt: skip
def test_a_claim_is_judged_as_an_answer_and_by_its_values(
    question: str, text: str, answer: str, support: Support, code: ReasonCode, found: str | None
) -> None:
    told = verdict(answer, question, text)
    assert (told.support, told.reason.code) == (support, code)
    assert found is None or told.reason.found == found


PIECES = [
    "| a | 3 kg |\n", "|-|-|\n", "- ", "It weighs ", "3,5 kg", "12 May 2025", "0 %", "1億", "not ", " [1]", "[9]", ". ", "。", "\n\n", "三年",
    "$5", "both ", "Ann Lee ", "山根恵子さん", "10 to 20 °C", "from 8 to 7", "raised ", "lowered ", "The documents do not contain it, but ",
    "```\n", "「大」", "a:", "半", "E3",
]  # fmt: skip
SAID = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@given(SAID, SAID, SAID)
def test_no_answer_and_no_passage_breaks_the_checking(answer: str, text: str, question: str) -> None:
    reader = MarkReader((1,))
    shown = reader.feed(answer) + reader.flush()
    hits = {1: passage(text or "x", "ja")}
    for told in check_answer(shown, question, "en", hits, CountingEmbed()).verdicts:
        if "`" not in shown and "~~~" not in shown:  # cut out, ticks begin other code than where they stand
            assert without_marks(shown[told.start : told.end], (1,)) == told.sentence
        assert told.reason.passage in (0, 1)


@pytest.mark.parametrize(
    ("answer", "support", "cited", "found"),
    [
        ("It hears audio of up to 30 seconds.", Support.QUOTED, (), (1,)),
        ("It hears audio of up to 30 seconds [2].", Support.UNSUPPORTED, (2,), (1,)),
        ("It hears audio of up to 30 seconds [1].", Support.QUOTED, (1,), ()),
        ("It hears audio of up to 45 seconds [2].", Support.UNSUPPORTED, (2,), ()),
        ("Penguins live at the south pole [2].", Support.UNSUPPORTED, (2,), ()),
        ("La gema oye audio de hasta 30 segundos.", Support.SUPPORTED, (), (1,)),
    ],
    ids=["uncited", "cited-elsewhere", "cited", "wrong-value", "off-the-subject", "in-another-language"],
)
def test_what_bears_out_a_sentence_is_found_among_the_other_passages(
    answer: str, support: Support, cited: tuple[int, ...], found: tuple[int, ...]
) -> None:
    sources = {1: passage(), 2: replace(passage("Taxes are due on the last day of March each year."), chunk_id=2)}
    checked = check_answer(answer, QUESTION, "en", sources, CountingEmbed())
    (told,) = checked.verdicts
    assert (told.support, told.cited, told.found) == (support, cited, found)
    assert [one.n for one in checked.citations if one.added] == list(found)


def test_a_contradiction_stays_one_though_another_passage_agrees() -> None:
    sources = {1: passage("The fee is 40 euros."), 2: replace(passage("The fee is 45 euros."), chunk_id=2)}
    (told,) = check_answer("The fee is 45 euros [1].", "What is the fee?", "en", sources, CountingEmbed()).verdicts
    assert (told.support, told.found) == (Support.CONTRADICTED, (2,))


def test_a_quote_that_was_added_is_given_again_where_the_model_cites_it() -> None:
    answer = "It hears audio of up to 30 seconds. Indeed, it hears audio of up to 30 seconds [1]."
    citations = check_answer(answer, QUESTION, "en", {1: passage()}, CountingEmbed()).citations
    assert [(one.n, one.added) for one in citations] == [(1, True), (1, False)]


@pytest.mark.parametrize("sign", ["1-", "1 ", "1.5 km ", "One-", "Anna Bell ", "version 1.2 ", "9:30 ", "not "])
def test_a_sentence_without_end_is_judged_by_its_beginning(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0
    judged = Judge.verdict

    def verdict_of(judge: Judge, claim: Claim) -> Verdict:
        nonlocal longest
        longest = max(longest, len(claim.text))
        return judged(judge, replace(claim, text=claim.text[:40]))

    monkeypatch.setattr(Judge, "verdict", verdict_of)
    answer = "30 seconds " + sign * 20_000 + " [1]."
    told = check_answer(answer, QUESTION, "en", {1: passage()}, CountingEmbed()).verdicts
    assert 0 < longest <= LONGEST_CLAIM
    assert all(one.support not in (Support.QUOTED, Support.SUPPORTED) for one in told if len(one.sentence) > LONGEST_CLAIM)
