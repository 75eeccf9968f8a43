"""Exported conversations: what they hold, and that a viewer neither runs nor fetches anything for them."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import example, given, settings
from markdown_it import MarkdownIt

from core.types import Reason, ReasonCode, Support, Verdict
from tests.strict_html import HOSTILE
from ui.views.answer import Conflict, Words
from ui.views.export import KeptQuote, KeptTurn, export_html, export_markdown, inert

WORDS = Words({support: support.value for support in Support}, "Copy", "answer", "source")
ANSWER = "Son **45** GB [1].\n\n| a | b |\n|---|---|\n| c | $x^2$ |"
TURN = KeptTurn(
    "¿Cuánto *ocupa*?",
    ANSWER,
    [KeptQuote(1, "guía.md, p. 3", "ocupa 54\nGB", "es"), KeptQuote(1, "guía.md, p. 4", "otra")],
    [Verdict(0, 18, "Son **45** GB.", Support.CONTRADICTED, (1,), Reason(ReasonCode.WORDS))],
    {0: Conflict("45", "54", 1)},
    "ollama:gemma4:e2b",
    "27 Nov 2026",
    "es",
)


class Page(HTMLParser):
    """Gathers tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_markdown_holds_question_answer_doubts_and_quotes() -> None:
    text = export_markdown("Mi *tema*", [TURN], WORDS, sources="Fuentes")
    assert text.startswith("# Mi \\*tema\\*\n\n## ¿Cuánto \\*ocupa\\*?\n\n*ollama:gemma4:e2b · 27 Nov 2026*\n\nSon **45** GB [1].")
    assert "- **contradicted**: Son 45 GB. (answer: 45 · source: 54)\n" in text
    assert "### Fuentes\n\n- \\[1\\] **guía.md, p. 3**: “ocupa 54 GB”" in text


def test_the_page_stands_alone() -> None:
    text = export_html("Mi tema", [TURN], WORDS, sources="Fuentes", language="es")
    assert '<a href="#quote-1-1">[1]</a>' in text
    assert text.count('id="quote-1-1"') == 1
    assert "(contradicted. answer: 45 · source: 54)" in text
    assert "<msup>" in text
    assert '<blockquote lang="es">ocupa 54 GB</blockquote>' in text
    page = Page(text)
    assert not {"script", "img", "iframe", "link", "button", "form"} & set(page.tags)


def test_quotes_that_were_added_are_told_from_the_models() -> None:
    verdicts = [
        Verdict(0, 13, "Son 45 GB [1]", Support.UNSUPPORTED, (1,), Reason(ReasonCode.VALUE_ABSENT), (2,)),
        Verdict(15, 23, "Es libre", Support.QUOTED, (), Reason(ReasonCode.QUOTED), (2,)),
    ]
    quotes = [KeptQuote(1, "guía.md, p. 3", "54 GB"), KeptQuote(2, "otra.md", "45 GB", added=True)]
    turn = KeptTurn("?", "Son 45 GB [1]. Es libre.", quotes, verdicts)
    words = replace(WORDS, added="ours", instead="here instead")
    text = export_markdown("T", [turn], words, sources="S")
    assert "Son 45 GB [1] [+2]. Es libre [+2]." in text
    assert "- \\[+2\\] **otra.md**: “45 GB” (ours)" in text
    page = export_html("T", [turn], words, sources="S", language="es")
    assert page.count('<a href="#quote-1-2">[+2]</a>') == 2
    assert page.count("(here instead)") == 1
    assert '<strong>otra.md</strong> <span class="kd-quiet">(ours)</span>' in page


def test_code_of_an_answer_is_exported_as_it_is() -> None:
    assert inert("a <b> `<i>[x](y)`\n\n```\n<c>[x](y)\n```\n[x](y)") == "a \\<b> `<i>[x](y)`\n\n```\n<c>[x](y)\n```\n[x\\](y)"


@settings(max_examples=200, deadline=None)
@example(answer="0```\n<SCRIPT>```", other="")
@given(answer=HOSTILE, other=HOSTILE)
def test_nothing_runs_and_nothing_is_fetched(answer: str, other: str) -> None:
    turn = KeptTurn(other, answer, [KeptQuote(1, other, other, other)], (), {}, other, other, other)
    page = Page(export_html(other, [turn], WORDS, sources=other, language="en"))
    assert not {"script", "img", "iframe", "link", "button", "form", "svg", "base"} & set(page.tags)
    assert all(value is not None and value.startswith("#quote-1-") for name, value in page.attributes if name == "href")
    assert not any(name.startswith("on") or name in ("src", "style") for name, _ in page.attributes)
    viewer = MarkdownIt("commonmark", {"html": True}).enable("table")
    shown = Page(viewer.render(export_markdown(other, [turn], WORDS, sources=other)))
    assert not {"script", "img", "iframe", "a", "svg"} & set(shown.tags)
