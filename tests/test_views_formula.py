"""Formulas: what latex2mathml lets through does not come out, and whatever it cannot read stays source text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strict_html import read
from ui.views.formula import LONGEST, mathml


@pytest.mark.parametrize(
    ("latex", "part"),
    [
        (r"\frac{a}{b}", "<mfrac>"),
        (r"\sqrt[3]{x}", "<mroot>"),
        (r"\sum_{i=1}^n i", "<mo>∑</mo>"),
        (r"\begin{bmatrix}1&2\\3&4\end{bmatrix}", "<mtable"),
        (r"\begin{aligned}a&=b\\c&=d\end{aligned}", "<mtable"),
        (r"\text{容量 < 5}", "容量"),
        (r"a < b", "&lt;"),
        (r"\hat{x}", "<mover"),
    ],
)
def test_formulas(latex: str, part: str) -> None:
    shown = mathml(latex, display=True)
    read(shown)
    assert part in shown
    assert "&amp;" not in shown


@pytest.mark.parametrize(
    "latex",
    [
        "\\text{<img\tsrc=x\tonerror=alert(1)>}",
        "\\mbox{</math><iframe/src=javascript:alert(1)>}",
        r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
        r"\href{javascript:alert(1)}{x}",
        r"\class{kd-danger}{x}",
        r"\style{background:url(http://x)}{y}",
        r"\color{red;background:url(x)}{y}",
        r"\unicode{60}script\unicode{62}",
    ],
)
def test_nothing_active_comes_out(latex: str) -> None:
    shown = mathml(latex, display=False)
    read(shown)
    assert "<script" not in shown
    for name in ("href", "style=", "class=", "onerror=alert"):
        assert f" {name}" not in shown


@pytest.mark.parametrize(
    "latex", ["", "{" * 5, r"\frac", "x_" * 3, "{" * 1000, "x" * (LONGEST + 1), r"\def\a{\a\a}\a", r"\newcommand{\b}{x}\b"]
)
def test_what_cannot_be_read_gives_nothing(latex: str) -> None:
    assert mathml(latex, display=False) == ""


PIECES = [
    *(
        r"\frac",
        r"\sqrt",
        r"\sum",
        "_",
        "^",
        "{",
        "}",
        "&",
        r"\\",
        r"\begin{matrix}",
        r"\end{matrix}",
        r"\left(",
        r"\right)",
        r"\text{",
    ),
    *(
        r"\mbox{",
        "x",
        "1",
        "+",
        "<",
        ">",
        '"',
        "'",
        r"\href{",
        r"\class{",
        r"\style{",
        r"\color{",
        r"\begin{cases}",
        r"\end{cases}",
    ),
    *(
        r"\limits",
        r"\int",
        r"\overset",
        r"\binom",
        r"\genfrac",
        r"\rule{1em}{1em}",
        r"\hspace{1em}",
        r"\mathbb",
        r"\bf",
        r"\cancel",
    ),
    *(
        r"\vec",
        r"\prime",
        "''",
        "%",
        "#",
        r"\substack{",
        r"\operatorname{",
        r"\underbrace",
        r"\xrightarrow",
        r"\not",
        r"\mod",
        r"\tag{1}",
    ),
]


@settings(max_examples=400, deadline=None)
@given(latex=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=25).map(" ".join), display=st.booleans())
def test_no_formula_raises_or_comes_out_active(latex: str, display: bool) -> None:
    read(mathml(latex, display=display))
