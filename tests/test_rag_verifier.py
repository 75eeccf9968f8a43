"""Verdicts: quoted, supported, weak and unsupported mean what they say, also across languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from core.types import Hit, Support
from rag.citations import claims
from rag.verifier import Verifier
from store.centring import unit
from tests.doubles import HashEmbedder

PASSAGE = "Gemma 4 E2B has 2.3 billion effective parameters. It hears audio of up to 30 seconds. Its context holds 128K tokens."


def verifier(question: str = "What about Gemma 4 E2B?", text: str = PASSAGE) -> Verifier:
    """A verifier over one passage, with vectors of hashed words."""
    hit = Hit(1, 1.0, 1.0, 1.0, 7, 3, "a.pdf", "Gemma 4", 4, None, 0, len(text), text, "en")
    embedder = HashEmbedder()

    def embed(texts: Sequence[str], _language: str) -> np.ndarray:
        return unit(embedder.embed("passage", texts))

    return Verifier(question, "en", {1: hit}, embed)


@pytest.mark.parametrize(
    ("sentence", "support", "reason"),
    [
        ("30 seconds [1]", Support.QUOTED, "quoted"),
        ("It hears audio of up to 30 seconds [1].", Support.QUOTED, "quoted"),
        ("The model hears 30 seconds of audio [1].", Support.SUPPORTED, "words"),
        ("It hears audio of up to 45 seconds [1].", Support.UNSUPPORTED, "number 45"),
        ("The context holds 256000 tokens [1].", Support.UNSUPPORTED, "number 256000"),
        ("0 seconds [1]", Support.UNSUPPORTED, "number 0"),
        ("It hears audio of up to 30 seconds.", Support.UNSUPPORTED, "uncited"),
        ("Penguins live at the south pole [1].", Support.UNSUPPORTED, "absent"),
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
def test_a_sentence_is_judged_by_what_it_cites(sentence: str, support: Support, reason: str) -> None:
    (verdict,) = verifier().verdicts(claims(sentence))
    assert (verdict.support, verdict.reason) == (support, reason)


def test_numbers_of_the_question_need_no_source() -> None:
    (verdict,) = verifier("Does the 2026 model hear audio?").verdicts(claims("The 2026 model hears audio [1]."))
    assert verdict.support is Support.SUPPORTED


def test_numbers_agree_across_ways_of_writing_them() -> None:
    spanish = verifier(text="Acepta 262.144 tokens de entrada.")
    (verdict,) = spanish.verdicts(claims("262,144 tokens [1]"))
    assert verdict.support is Support.QUOTED


def test_verdicts_say_where_their_sentence_stands() -> None:
    answer = "It hears audio [1]. Penguins swim [1]."
    for verdict in verifier().verdicts(claims(answer)):
        assert answer[verdict.start : verdict.end].replace(" [1]", "") == verdict.sentence


def test_each_quote_is_given_once_in_the_order_of_the_answer() -> None:
    said = claims("Its context holds 128K tokens [1]. It hears audio [1]. Tokens in its context: 128K [1].")
    quotes = [citation.quote for citation in verifier().citations(said)]
    assert quotes == ["Its context holds 128K tokens.", "It hears audio of up to 30 seconds."]
    assert all(PASSAGE[c.start : c.end] == c.quote for c in verifier().citations(said))
