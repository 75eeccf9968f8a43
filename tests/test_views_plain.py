"""Words of a document without their Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given

from core.types import Support
from tests.growth import grows_evenly
from tests.strict_html import HOSTILE
from ui.views.answer import Chip, Notes, Words, answer_markup
from ui.views.export import KeptQuote, KeptTurn, export_html, export_markdown
from ui.views.plain import plain

WORDS = Words({support: support.value for support in Support}, "Copy", "answer", "source")
ROW = "| E2B | 2,9 GB |"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ROW, "E2B · 2,9 GB"),
        ("| a | b |\n|---|:-:|\n| **c** | `d` |", "a · b; c · d"),
        ("B | 2,9 GB |\n| E4B", "B · 2,9 GB; E4B"),
        ("## Título\n- uno *dos*\n> tres", "Título uno dos tres"),
        ("![imagen](http://x/a_b) [nombre](http://y/(z))", "imagen nombre"),
        ("```sh\nollama pull\n```", "ollama pull"),
        ("E2B**の容量", "E2Bの容量"),
        ("10 * 3 * 2, snake_case, a|b", "10 * 3 * 2, snake_case, a|b"),
        ("", ""),
    ],
)
def test_marks_go_and_words_stay(text: str, words: str) -> None:
    assert plain(text) == words


@given(HOSTILE)
def test_any_text_comes_out_in_one_line(text: str) -> None:
    assert "\n" not in plain(text)


def test_tips_and_exports_hold_plain_words() -> None:
    tip = answer_markup("Son 2,9 GB [1].", Notes(chips={1: Chip("guía.md, p. 3", ROW)}), WORDS)
    turn = KeptTurn("?", "Son 2,9 GB [1].", [KeptQuote(1, "guía.md, p. 3", ROW)], notes=["Detenido."])
    for text in (
        tip,
        export_html("t", [turn], WORDS, sources="s", language="es"),
        export_markdown("t", [turn], WORDS, sources="s"),
    ):
        assert "E2B · 2,9 GB" in text
        assert "| E2B" not in text
    assert "*Detenido.*" in export_markdown("t", [turn], WORDS, sources="s")


@pytest.mark.parametrize("piece", ["[", "![", "[a](", "![a](", "| [", "*_"])
def test_marks_that_never_close_are_read_in_even_time(piece: str) -> None:
    assert grows_evenly(lambda times: plain(piece * times), 1_000)
