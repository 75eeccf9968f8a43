"""LaTeX into MathML that can only be seen.

latex2mathml does not escape what stands in \\text{} and passes attributes of \\class, \\style and \\href on. So its tree is not printed
but copied: elements and attributes of a list, text as text, written by ElementTree. Formulas that it cannot read stay source text.
"""

from __future__ import annotations

import functools
import html
import re
from xml.etree.ElementTree import Element, SubElement, tostring

from latex2mathml import exceptions
from latex2mathml.converter import Converter

from core.text import clean

# Characters of a formula. Longer ones take long to convert: 40 000 took 0.4 s.
LONGEST = 1_000
# Open braces within each other, and elements of a tree within each other; Python's stack ends near 1 000 frames.
DEEPEST_BRACES = 40
_DEEPEST_TREE = 120
# Elements of a converted formula: a matrix of 1 000 characters has about 1 500.
_MOST_ELEMENTS = 4_000

ELEMENTS = frozenset(
    {
        *(
            "math",
            "mrow",
            "mi",
            "mn",
            "mo",
            "ms",
            "mtext",
            "mspace",
            "mfrac",
            "msqrt",
            "mroot",
            "msub",
            "msup",
            "msubsup",
            "munder",
        ),
        *("mover", "munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom"),
        "menclose",
    }
)
ATTRIBUTES = frozenset(
    {
        *(
            "display",
            "displaystyle",
            "scriptlevel",
            "mathvariant",
            "stretchy",
            "fence",
            "form",
            "separator",
            "accent",
            "accentunder",
        ),
        *("linethickness", "columnalign", "rowalign", "columnlines", "rowlines", "columnspacing", "rowspacing", "width", "height"),
        *("depth", "lspace", "rspace", "minsize", "maxsize", "movablelimits", "largeop", "symmetric", "notation"),
    }
)
_VALUE = re.compile(r"[A-Za-z0-9.%+ -]{1,60}")
# Commands that define others: a few lines of them grow without bound.
_DEFINES = re.compile(r"\\(?:def|gdef|edef|xdef|let|(?:re|provide)?(?:new)?command|newenvironment|unicode|require)(?![A-Za-z])")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|gathered|alignedat)\}")
# latex2mathml documents no exceptions: these are its own, and what its code was seen to raise on broken input.
_FAILURES: tuple[type[Exception], ...] = (
    *(value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Exception)),
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError),
)


@functools.lru_cache(maxsize=512)
def mathml(latex: str, *, display: bool) -> str:
    """A formula as one `math` element; "" where it cannot be shown. `display` is a formula on lines of its own."""
    latex = clean(latex).strip()
    if not latex or len(latex) > LONGEST or _braces(latex) > DEEPEST_BRACES or _DEFINES.search(latex):
        return ""
    try:
        found = Converter(display="block" if display else "inline").convert_to_element(_ALIGNED.sub(r"\\\1{align*}", latex))
    except _FAILURES:
        return ""
    copied = Element("math", {"display": "block" if display else "inline"})
    return tostring(copied, encoding="unicode", short_empty_elements=False) if _copy(found, copied) else ""


def _braces(latex: str) -> int:
    """How deep braces and environments stand within each other."""
    depth = deepest = 0
    for sign in re.findall(r"\{|\}|\\left(?![a-z])|\\right(?![a-z])|[_^]", latex):
        depth += 1 if sign in ("{", "\\left") else -1 if sign in ("}", "\\right") else 0
        deepest = max(deepest, depth)
    return deepest


def _copy(found: Element, into: Element) -> bool:
    """Copy what stands below `found` into `into`, listed elements and attributes only. False where it is too large to be a formula.

    An element that is not listed gives its content to the one around it.
    """
    left = _MOST_ELEMENTS

    def walk(old: Element, new: Element, depth: int) -> bool:
        nonlocal left
        left -= 1
        if left < 0 or depth > _DEEPEST_TREE:
            return False
        _add_text(new, old.text)
        for child in old:
            place = new
            if child.tag in ELEMENTS and child.tag != "math":
                place = SubElement(new, child.tag, _kept(child))
            if not walk(child, place, depth + 1):
                return False
            _add_text(new, child.tail)
        return True

    return walk(found, into, 0)


def _kept(element: Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name in ATTRIBUTES and _VALUE.fullmatch(value)}


def _add_text(element: Element, text: str | None) -> None:
    """Put text behind what `element` holds so far. latex2mathml writes signs as character references."""
    if not text:
        return
    text = clean(html.unescape(text))
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
