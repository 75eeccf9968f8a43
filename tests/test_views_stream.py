"""What a growing answer costs on the wire, by Gradio's own difference of two values, and that what was shown stays."""

from __future__ import annotations

import json

from gradio.utils import diff
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import sentence_spans
from core.types import Reason, ReasonCode, Support, Verdict
from ui.views.answer import Chip, Notes, Words, answer_blocks

WORDS = Words({support: support.value for support in Support}, "Copy", "answer", "source")
# Bytes of a message around the difference, of which 250 are sent.
ENVELOPE, PIECES = 330, 250
CHIPS = {
    n: Chip(f"Source {n}: guía.md, p. {n}", "La memoria de contexto llega a 256.000 tokens en el modelo grande. " * 2)
    for n in (1, 2, 3)
}

PROSE = "El modelo **31B** llega a 256.000 tokens [1]. La memoria que usa depende de la ventana, y crece con ella [2]. "
PROSE += "日本語の文もあります[3]。"
ITEMS = "\n".join(f"- Punto {n}: cada elemento dice *algo* y cita [1]." for n in range(30))
ROWS = "| Modelo | Memoria |\n|---|--:|\n" + "\n".join(f"| gemma-{n} | {n} GB [2] |" for n in range(40))
CODE = "```py\n" + "print('hola')\n" * 60 + "```"
ANSWERS = {
    "prose": "\n\n".join([" ".join([PROSE] * 4)] * 10),
    "one paragraph": " ".join([PROSE] * 40),
    "all kinds": "\n\n".join(["## Resumen", PROSE, ITEMS, PROSE, ROWS, CODE, f"> {PROSE}", PROSE * 4]),
}


def judged(text: str) -> list[Verdict]:
    """A verdict for each sentence that has ended."""
    spans = [(start, end) for start, end in sentence_spans(text) if end < len(text)]
    return [Verdict(start, end, text[start:end], Support.SUPPORTED, (1,), Reason(ReasonCode.WORDS)) for start, end in spans]


def sent(text: str) -> int:
    """Bytes of an answer of 5 000 characters that comes in 250 pieces, each sentence judged when it has ended."""
    text = text[:5_000]
    before: list[str] = []
    total = 0
    for number in range(1, PIECES + 1):
        shown = text[: len(text) * number // PIECES]
        pieces = answer_blocks(shown, Notes(judged(shown), CHIPS), WORDS, turn="1")
        change = diff(before, pieces)  # type: ignore[no-untyped-call]
        total += ENVELOPE + len(json.dumps(change, ensure_ascii=False).encode())
        before = pieces
    return total


def test_what_is_sent_grows_with_what_is_new() -> None:
    costs = {name: sent(text) for name, text in ANSWERS.items()}
    assert max(costs.values()) < 300_000, costs


BLOCKS = st.lists(
    st.sampled_from(
        [
            "Uno dos. **Tres** [1].",
            "- a\n- b",
            "1. x\n2. y",
            "| a | b |\n|---|---|\n| c | d |",
            "> q",
            "```\ncode\n```",
            "$$\nx\n$$",
        ]
    ),
    min_size=2,
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(blocks=BLOCKS, following=st.text(alphabet="ab*`|-#>=1.\n $[]", max_size=20))
def test_a_closed_block_stays_as_it_was_shown(blocks: list[str], following: str) -> None:
    """Only what the last block was is drawn anew, whatever follows: the closing tags of the first one may be continued."""
    first = "Primero *uno*. Y [1] dos."
    alone = answer_blocks(first + "\n\n", Notes(chips=CHIPS), WORDS)
    later = answer_blocks("\n\n".join([first, *blocks]) + "\n\n" + following, Notes(chips=CHIPS), WORDS)
    assert later[: len(alone) - 1] == alone[:-1]
    assert later[len(alone) - 1].startswith(alone[-1])
    whole = answer_blocks("\n\n".join([first, *blocks]) + "\n\nfin\n\n", Notes(chips=CHIPS), WORDS)
    longer = answer_blocks("\n\n".join([first, *blocks]) + "\n\nfin\n\n" + following, Notes(chips=CHIPS), WORDS)
    assert "".join(longer).startswith("".join(whole))
