"""Answers as markup: formatting, sentences marked through it, citations, and text that tries to break out."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Reason, ReasonCode, Support, Verdict
from rag.checking.claims import claims
from tests.strict_html import HOSTILE, read
from ui.views.answer import Chip, Conflict, Notes, Words, answer_blocks, answer_markup, fitting

WORDS = Words({support: support.value for support in Support}, "Copy", "answer", "source", "only here")
CHIPS = {1: Chip("Source 1: guía.md", "Dos tres"), 2: Chip("Source 2", "")}


def judged(text: str, *sentences: str, support: Support = Support.QUOTED) -> Notes:
    """Notes whose verdicts are for these parts of the text."""
    starts = [text.index(sentence) for sentence in sentences]
    verdicts = [
        Verdict(at, at + len(part), part, support, (), Reason(ReasonCode.WORDS)) for at, part in zip(starts, sentences, strict=True)
    ]
    return Notes(verdicts, CHIPS)


def markup(text: str, *sentences: str, support: Support = Support.QUOTED) -> str:
    drawn = answer_markup(text, judged(text, *sentences, support=support), WORDS, turn="1")
    read(drawn)
    return drawn


def under(drawn: str, number: int) -> str:
    """The text under a sentence's mark, put together from its spans. Spans hold no spans but tips."""
    drawn = re.sub(r'<span class="kd-(?:tip|sr|word)".*?</span>', "", drawn)
    return read("".join(re.findall(rf'<span class="kd-s [^>]*data-s="{number}">(.*?)</span>', drawn)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a *b* **c** ~~d~~ `e`", "<p>a <em>b</em> <strong>c</strong> <s>d</s> <code>e</code></p>"),
        ("# t\n> q", '<h4 class="kd-subhead">t</h4><blockquote><p>q</p></blockquote>'),
        ("3. a\n4. b", '<ol><li value="3">a</li><li value="4">b</li></ol>'),
        ("- a\n\n- b\n\n  c", "<ul><li>a</li><li>b<p>c</p></li></ul>"),
        ("a\nb", "<p>a<br>b</p>"),
        ("**「太字」**です", "<p><strong>「太字」</strong>です</p>"),
        ("**太字。**です", "<p><strong>太字。</strong>です</p>"),
        ("これは**50%**です", "<p>これは<strong>50%</strong>です</p>"),
        ("2*3*4 y 5 * 6", "<p>2*3*4 y 5 * 6</p>"),
        ("cuesta $5 and $10, 5$ o $HOME/$USER", "<p>cuesta $5 and $10, 5$ o $HOME/$USER</p>"),
        ("$5M in A and 5$ more", "<p>$5M in A and 5$ more</p>"),
        ("[a](http://x) ![](http://y) <http://z> <b>", "<p>[a](http://x) ![](http://y) &lt;http://z&gt; &lt;b&gt;</p>"),
        ("[1]: http://x", "<p>[1]: http://x</p>"),
        ("text\n---\nmore", "<p>text</p><hr><p>more</p>"),
        ("", ""),
    ],
)
def test_markdown(text: str, shown: str) -> None:
    assert answer_markup(text, Notes(), WORDS) == shown


def test_code_has_a_button_that_copies_it() -> None:
    drawn = markup("```py\nx < 1 [1]\n```")
    button = '<button type="button" class="kd-copy" data-copy="">Copy</button>'
    assert f'<span class="kd-quiet">py</span>{button}<pre tabindex="0"><code>x &lt; 1 [1]\n</code>' in drawn


def test_tables_scroll_and_align_without_styles() -> None:
    drawn = markup("| a | b |\n|---|--:|\n| x\\|y | **1** [1] |")
    assert '<td>x|y</td><td class="kd-right"><strong>1</strong> <button type="button" class="kd-cite"' in drawn
    assert '<th scope="col" class="kd-right">b</th>' in drawn
    assert "style=" not in drawn


@pytest.mark.parametrize("text", ["a $x^2$ b", r"a \(x^2\) b", r"\[x^2\]", "$$\nx^2\n$$", "a: $$x^2$$", "$x^2$ cuesta 5"])
def test_formulas_become_mathml(text: str) -> None:
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in markup(text)


@pytest.mark.parametrize("text", ["Dos tres [1].", "Dos tres. [1]", "二三です[1]。", "Dos **tres** [1]."])
def test_a_mark_may_stand_before_or_behind_the_full_stop(text: str) -> None:
    sentence = text.replace(" [1]", "").replace("[1]", "")
    notes = Notes([Verdict(0, len(text), sentence, Support.QUOTED, (1,), Reason(ReasonCode.WORDS))], CHIPS)
    drawn = answer_markup(text, notes, WORDS)
    assert 'class="kd-s kd-s-quoted" data-s="0"' in drawn
    assert read(drawn).count("(quoted)") == 1


def test_a_sentence_keeps_its_number_through_formatting() -> None:
    drawn = markup("Uno **dos. Tres** cuatro. Fin", "Uno **dos.", "Tres** cuatro.")
    assert drawn == (
        '<p><span class="kd-s kd-s-quoted" data-s="0">Uno </span><strong><span class="kd-s kd-s-quoted" data-s="0">dos.</span>'
        '<span class="kd-sr"> (quoted)</span> <span class="kd-s kd-s-quoted" data-s="1">Tres</span></strong>'
        '<span class="kd-s kd-s-quoted" data-s="1"> cuatro.</span><span class="kd-sr"> (quoted)</span> Fin</p>'
    )


def test_sentences_in_items_cells_quotes_and_headings() -> None:
    text = "- Uno.\n- Dos `c` \\* &amp; $x$.\n\n> ### Tres. ##\n\n| a | b |\n|---|---|\n| Cu\\|atro. | Cinco. |"
    sentences = ("Uno.", "Dos `c` \\* &amp; $x$.", "Tres.", "Cu\\|atro.", "Cinco.")
    drawn = markup(text, *sentences)
    assert [under(drawn, number) for number in range(5)] == ["Uno.", "Dos c * & x.", "Tres.", "Cu|atro.", "Cinco."]
    assert read(drawn).count("(quoted)") == 5


def test_a_sentence_over_two_blocks_says_its_state_once() -> None:
    drawn = markup("- one\n- two", "- one\n- two", support=Support.UNSUPPORTED)
    assert drawn.count('data-s="0"') == 2
    assert read(drawn).count("unsupported") == 1


def test_a_formula_of_its_own_is_marked_as_a_block() -> None:
    drawn = markup("\\[\nx = 1\n\\]", "\\[\nx = 1\n\\]")
    assert '<div class="kd-math"><span class="kd-s kd-s-quoted" data-s="0"><math' in drawn


def test_a_sentence_without_a_place_is_listed() -> None:
    drawn = markup("```\nx = 1\n```", "x = 1")
    assert '<ul class="kd-unplaced"><li data-s="0"><span class="kd-s kd-s-quoted">x = 1</span> (quoted)</li></ul>' in drawn


def test_a_verdict_that_does_not_fit_is_not_drawn_elsewhere() -> None:
    verdicts = [
        Verdict(0, 4, "gone", Support.WEAK, (), Reason(ReasonCode.WORDS)),
        Verdict(0, 99, "text", Support.WEAK, (), Reason(ReasonCode.PART)),
    ]
    assert answer_markup("text", Notes(verdicts), WORDS) == "<p>text</p>"
    assert fitting("text", verdicts) == []


@pytest.mark.parametrize("text", ["It hears [1[2]] more.", "It hears [[2]1] more.", "It hears [[1]] more [2].", "[1[2[1]]] is it"])
def test_a_bracket_within_a_bracket_costs_no_verdict(text: str) -> None:
    verdicts = [
        Verdict(claim.start, claim.end, claim.text, Support.WEAK, claim.numbers, Reason(ReasonCode.PART)) for claim in claims(text)
    ]
    assert verdicts
    assert fitting(text, verdicts) == [*range(len(verdicts))]


def test_a_contradicted_sentence_shows_both_values() -> None:
    text = "Son 45 [1]."
    notes = Notes(
        [Verdict(0, len(text), "Son 45.", Support.CONTRADICTED, (1,), Reason(ReasonCode.WORDS))],
        CHIPS,
        {0: Conflict("45", "54 <b>", 1)},
    )
    drawn = answer_markup(text, notes, WORDS, turn="7")
    read(drawn)
    assert 'class="kd-word kd-differs" data-do="cite" data-turn="7" data-n="1"' in drawn
    assert 'aria-label="contradicted. answer: 45 · source: 54 &lt;b&gt;"' in drawn
    assert '<span class="kd-tip" aria-hidden="true">answer: 45 · source: 54 &lt;b&gt;</span>' in drawn


def test_citations_are_chips_and_other_numbers_stay() -> None:
    drawn = markup("a[1] **b [1, 2]** [3] [2, 9] `[1]` \\[1\\] $x[1]$ [1](http://x)")
    text = re.sub(r'<span class="kd-tip".*?</span>', "", drawn)
    assert read(text) == "a1 b 12 [3] 2[9] [1] [1] x[1] 1(http://x)"
    assert (
        '<button type="button" class="kd-cite" data-do="cite" data-turn="1" data-n="1" aria-label="Source 1: guía.md" '
        'aria-description="Dos tres">1<span class="kd-tip" aria-hidden="true">Dos tres</span></button>' in drawn
    )


def test_a_japanese_quote_has_no_gap_at_line_ends() -> None:
    drawn = answer_markup("[1]", Notes(chips={1: Chip("n", "長い行の\n続き", "ja")}), WORDS)
    assert 'aria-hidden="true" lang="ja">長い行の続き</span>' in drawn


def test_what_only_one_answer_says_is_set_off_within_its_sentence() -> None:
    text = "Son **45** GB."
    drawn = answer_markup(text, Notes(judged(text, text).verdicts, own=[(6, 8)]), WORDS)
    assert (
        '<strong><span class="kd-s kd-s-quoted" data-s="0"><span class="kd-own">45</span><span class="kd-sr"> (only here)</span></span>'
        in drawn
    )


@pytest.mark.parametrize("text", [">" * 500 + " fin", "- " * 300 + "fin", "x" * 250_000, "$" * 20_000, "\\(" * 5_000 + "[" * 5_000])
def test_absurd_texts_are_shown_as_they_are(text: str) -> None:
    drawn = answer_markup(text, Notes([Verdict(0, len(text), text, Support.WEAK, (), Reason(ReasonCode.WORDS))]), WORDS)
    assert read(drawn).replace(" (weak)", "")[-3:] in (text[-3:], "".join(text[-3:].split()))
    assert drawn.count("data-s=") == 1


@settings(max_examples=300, deadline=None)
@given(text=HOSTILE, cuts=st.lists(st.integers(0, 80), min_size=2, max_size=6), cut=st.integers(0, 200))
def test_no_answer_comes_out_active_and_no_character_is_lost(text: str, cuts: list[int], cut: int) -> None:
    text = text[: cut or None]
    edges = sorted({min(cut, len(text)) for cut in cuts})
    verdicts = [Verdict(a, b, text[a:b], Support.QUOTED, (), Reason(ReasonCode.WORDS)) for a, b in itertools.pairwise(edges)]
    shown = read(answer_markup(text, Notes(verdicts, CHIPS), WORDS, turn=text))
    if "|---" in text:
        return  # cells that a table's head has no column for are not shown
    kept = re.sub(r"\$.*\$|\\\(.*?\\\)|\\\[.*?\\\]|&\w+;", "", text, flags=re.DOTALL)  # formulas and entities
    for letter in "scriptalevil":
        assert shown.count(letter) >= kept.count(letter)


PROSE = st.lists(
    st.sampled_from(
        ["Uno dos", "tres. ", "El año 2026", "東京です。", "「引用」", "the end! ", "¿no?", " ", "é", "\n\n", ", ", "(a) "]
    ),
    max_size=20,
).map("".join)


@settings(max_examples=200, deadline=None)
@given(text=PROSE, cuts=st.lists(st.integers(0, 120), max_size=8))
def test_plain_text_is_shown_whole_and_marks_lie_on_their_characters(text: str, cuts: list[int]) -> None:
    edges = sorted({min(cut, len(text)) for cut in cuts})
    parts = [(a, b) for a, b in itertools.pairwise(edges) if text[a:b].strip()]
    notes = Notes([Verdict(a, b, text[a:b], Support.QUOTED, (), Reason(ReasonCode.WORDS)) for a, b in parts])
    drawn = answer_markup(text, notes, WORDS)
    assert "".join(read(drawn).replace(" (quoted)", "").split()) == "".join(text.split())
    for number, (start, end) in enumerate(parts):
        assert "".join(under(drawn, number).split()) == "".join(text[start:end].split())


FORMATTED = st.lists(
    st.sampled_from(
        [
            *(
                "Uno ",
                "dos. ",
                "東京",
                "です。",
                "**",
                "*",
                "_",
                "~~",
                "`",
                "`c`",
                "$x$",
                "\\*",
                "&amp;",
                "[1]",
                "[9]",
                "\n",
                "\n\n",
                "\r\n",
            ),
            *(
                "- ",
                "1. ",
                "> ",
                "# ",
                " #",
                "| a | b |\n|---|---|\n",
                "| c \\| d | e |\n",
                "```\n",
                "  ",
                "\t",
                "\\[",
                "\\]",
                "---\n",
            ),
        ]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(text=FORMATTED, start=st.integers(0, 60), length=st.integers(1, 40))
def test_marked_words_come_from_the_sentence_and_all_of_them_are_marked(text: str, start: int, length: int) -> None:
    start, end = min(start, len(text)), min(start + length, len(text))
    drawn = answer_markup(
        text, Notes([Verdict(start, end, text[start:end], Support.QUOTED, (), Reason(ReasonCode.WORDS))], CHIPS), WORDS
    )
    shown = read(drawn)
    if 'class="kd-unplaced"' in drawn or "data-s" not in drawn:
        return
    marked = "".join(re.findall(r"[A-Za-z\u3000-\u9fff]", under(drawn, 0)))
    source = "".join(re.findall(r"[A-Za-z\u3000-\u9fff]", text[start:end]))
    letters = iter(source)
    if not set("`$\\&") & set(text):  # code, formulas and entities belong whole to the sentence that they begin in
        assert all(letter in letters for letter in marked), (marked, source)
    assert shown.count("(quoted)") == 1


@settings(max_examples=200, deadline=None)
@given(text=FORMATTED)
def test_pieces_put_together_are_the_answer(text: str) -> None:
    pieces = answer_blocks(text, Notes(), WORDS)
    assert "".join(pieces) == answer_markup(text, Notes(), WORDS)
    assert all(pieces)


def test_citations_of_ours_carry_a_plus_and_words() -> None:
    text = "Up to 30 s [1]. It is free."
    verdicts = [
        Verdict(0, 15, "Up to 30 s.", Support.UNSUPPORTED, (1,), Reason(ReasonCode.VALUE_ABSENT), (2,)),
        Verdict(16, 27, "It is free.", Support.QUOTED, (), Reason(ReasonCode.QUOTED), (2,)),
    ]
    chips = {1: Chip("Source 1: a"), 2: Chip("Source 2: b", "30 s")}
    markup = answer_markup(
        text, Notes(verdicts, chips), replace(WORDS, added="added by us", instead="stands here instead"), turn="7"
    )
    assert markup.count('class="kd-cite kd-added"') == 2
    assert markup.count('data-n="2" aria-label="Source 2: b. added by us"') == 2
    assert markup.count(">+2<") == 2
    assert markup.count("(stands here instead)") == 1
    assert markup.index("(unsupported)") < markup.index("(stands here instead)") < markup.index("It is free")
