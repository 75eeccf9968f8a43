"""Characters and elements that no reader sees: they are left out and counted, since they are written for machines or to deceive them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from bs4.element import Tag

from core.errors import ReadingWarning
from core.sentences import Phrase

# Invisible everywhere: tag characters, zero-width spaces, word joiners, direction marks, embeddings and isolates, Mongolian separators,
# invisible operators, interlinear annotation, Hangul fillers, variation selectors beyond the common sixteen.
_INVISIBLE = re.compile(
    "[\U000e0000-\U000e0fff\u200b\u2060-\u206f\ufeff\u200e\u200f\u061c\u202a-\u202e\u180e\ufff9-\ufffb\u115f\u1160\u3164\uffa0]+"
)
# Tag characters spell words, embeddings and overrides turn the direction of writing, runs of the others may be a code.
_CARRYING = re.compile("[\U000e0000-\U000e0fff\u202a-\u202e\u2066-\u2069]+|[\u200b-\u200f\u2060-\u2064\ufeff\u061c\u180e]{3,}")
# A joiner means something between letters of Arabic and Indic scripts and between pictures; elsewhere it is invisible.
_JOINER = re.compile(
    "(?<![\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]+"
    "|[\u200c\u200d]+(?![\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u2190-\u2bff\U0001f000-\U0001faff])"
)
_SOFT_HYPHEN = "\u00ad"
# Rules of a style sheet that are read: one class, identifier or element each. Rules for print or small screens are not.
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR = re.compile(r"(?:([a-z][\w]*)?([.#])([\w-]+)|([a-z]\w*))\Z")
# Characters of style sheets that are looked at.
_MOST_STYLE = 500_000
_NEVER_HIDDEN = frozenset({"html", "body", "[document]"})
_LENGTH = r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|vh|cm|in)?"
_HIDES = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0\d*)?(?:;|\Z)|mso-hide:all|clip:rect\((?:0|1px|1)(?:px)?[ ,]|"
    r"clip-path:inset\((?:50|100)%|transform:scale\(0\)"
)
_WHITE = re.compile(
    r"(?<![\w-])color:(?:white|#fff(?:f{3})?|rgba?\(255,255,255(?:,[\d.]+)?\)|transparent|rgba\(\d+,\d+,\d+,0\))(?:;|\Z)"
)
_BACKGROUND = re.compile(r"background")
# A letter of two points or less is no letter; what lies this far off the left or upper edge is off every screen.
_TINY = 2.0
_FAR = 500.0


@dataclass(frozen=True, slots=True)
class _Styles:
    """Declarations by selector: ".class", "#id", "p", "p.class"; `complete` says that there is no style sheet in another file."""

    rules: dict[str, str] = field(default_factory=dict)
    complete: bool = True

    def of(self, element: Tag) -> str:
        """All declarations that are known of an element, in the form "name:value;..."."""
        classes = [str(one) for one in element.get_attribute_list("class") if one]
        names = [element.name, *(f".{one}" for one in classes), *(f"{element.name}.{one}" for one in classes)]
        identifier = element.get("id")
        if identifier:
            names += [f"#{identifier}", f"{element.name}#{identifier}"]
        found = [self.rules[name] for name in names if name in self.rules] if self.rules else []
        return ";".join([*found, _plain(str(element.get("style") or ""))])


def without_invisible(text: str) -> tuple[str, int]:
    """Text without characters that nobody sees, and how many of them may have carried words or turned the direction of others.

    One or two in a row do neither: book and web pages have them to tell where a line may break. Soft hyphens go too.
    """
    if text.isascii():
        return text, 0
    carried = sum(len(match[0]) for match in _CARRYING.finditer(text))
    return _JOINER.sub("", _INVISIBLE.sub("", text)).replace(_SOFT_HYPHEN, ""), carried


def hidden_warning(count: int) -> tuple[Phrase, ...]:
    """What to say of so many hidden characters."""
    return (ReadingWarning.HIDDEN_TEXT(count=count),) if count else ()


def drop_hidden(soup: BeautifulSoup) -> int:
    """Take out the elements that no reader sees, and count their characters.

    Known by: attributes `hidden` and `aria-hidden`, and style, of the element or by simple rules of the page's own style sheets: not
    displayed, invisible, transparent, clipped away, letters of two points or less, far off the screen, white without any background.
    """
    styles = _styles(soup)
    count = 0
    for element in soup.find_all(True):
        if element.decomposed or element.name in _NEVER_HIDDEN or element.parent is None:
            continue
        if _attributes_hide(element) or _style_hides(element, styles):
            count += sum(not one.isspace() for one in element.get_text())
            element.decompose()
    return count


def _attributes_hide(element: Tag) -> bool:
    hidden = element.has_attr("hidden") and str(element.get("hidden")).lower() != "until-found"
    closed = element.name == "dialog" and not element.has_attr("open")
    return hidden or closed or str(element.get("aria-hidden", "")).lower() == "true"


def _style_hides(element: Tag, styles: _Styles) -> bool:
    style = styles.of(element)
    if not style.strip(";"):
        return False
    if _HIDES.search(style):
        return True
    size = _length(style, "font-size")
    if size is not None and size <= _TINY:
        return True
    placed = "position:absolute" in style or "position:fixed" in style
    offsets = [_length(style, name) for name in ("text-indent", *(("left", "top", "margin-left", "margin-top") if placed else ()))]
    if any(offset is not None and offset <= -_FAR for offset in offsets):
        return True
    sides = [_length(style, name) for name in ("width", "height", "max-height", "max-width")]
    if "overflow:hidden" in style and any(side is not None and side <= 1 for side in sides):
        return True
    return styles.complete and bool(_WHITE.search(style)) and not _has_background(element, styles)


def _has_background(element: Tag, styles: _Styles) -> bool:
    return any(
        isinstance(one, Tag) and (one.has_attr("bgcolor") or one.has_attr("background") or _BACKGROUND.search(styles.of(one)))
        for one in (element, *element.parents)
    )


def _length(style: str, name: str) -> float | None:
    """The last length of a declaration, about in pixels; None where there is none, or a share of something."""
    found = re.findall(rf"(?<![\w-]){name}:{_LENGTH}", style)
    if not found or found[-1][1] == "%":
        return None
    scale = {"em": 16.0, "rem": 16.0, "pt": 1.33, "vw": 10.0, "vh": 10.0, "cm": 38.0, "in": 96.0}.get(found[-1][1], 1.0)
    return float(found[-1][0]) * scale


def _plain(declarations: str) -> str:
    """Declarations in lower case without space after colons and commas, and without "!important"."""
    return re.sub(r"\s*([:;,])\s*", r"\1", declarations.lower().replace("!important", "")).strip()


def _styles(soup: BeautifulSoup) -> _Styles:
    rules: dict[str, str] = {}
    sheets = "\n".join(sheet.get_text() for sheet in soup.find_all("style"))[:_MOST_STYLE]
    for selectors, declarations in _RULE.findall(_AT_RULE.sub("", _COMMENT.sub("", sheets))):
        plain = _plain(declarations)
        for selector in selectors.split(","):
            name = selector.strip()
            if _SELECTOR.match(name):
                rules[name] = f"{rules[name]};{plain}" if name in rules else plain
    linked = any("stylesheet" in link.get_attribute_list("rel") for link in soup.find_all("link"))
    return _Styles(rules, complete=not linked)
