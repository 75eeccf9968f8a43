"""Styles of a Word document: which paragraphs are headings, captions, items of lists.

A heading is what has an outline level, its own or that of a style that its style is based on; styles are called differently in every
language. ISO/IEC 29500-1, 17.3.1.20 and 17.7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ingest.parsers.xml import attribute, child, children

# The level of body text.
_BODY = 9
# Names of the built-in styles in the file, in any language of the program.
_HEADING = re.compile(r"(?i)(heading \d|title)")
_CAPTION = re.compile(r"(?i)caption")
# Styles that are followed from one to the next.
_MOST_BASES = 20


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a paragraph is by its style."""

    heading: bool
    caption: bool
    listed: bool


@dataclass(frozen=True, slots=True)
class Styles:
    """The paragraph styles by identifier; `default` is that of paragraphs that name none."""

    styles: Mapping[str, Element]
    default: str

    @classmethod
    def of(cls, root: Element | None) -> Styles:
        """The styles of a styles part, none where a document has no such part."""
        styles = {
            attribute(one, "styleId"): one for one in children(root, "style") if attribute(one, "type", "paragraph") == "paragraph"
        }
        default = next((key for key, one in styles.items() if attribute(one, "default") in ("1", "true", "on")), "")
        return cls(styles, default)

    def of_paragraph(self, paragraph: Element) -> ParagraphStyle:
        """What a paragraph is."""
        properties = child(paragraph, "pPr")
        named = child(properties, "pStyle")
        chain = self._chain(attribute(named, "val") if named is not None else self.default)
        level, listed = _level(properties), child(properties, "numPr") is not None
        names = [attribute(name, "val") for style in chain if (name := child(style, "name")) is not None]
        for style in chain:
            own = child(style, "pPr")
            level = _level(own) if level is None else level
            listed = listed or child(own, "numPr") is not None
        outlined = level is not None and level < _BODY
        titled = level is None and any(_HEADING.fullmatch(name) for name in names)
        return ParagraphStyle(outlined or titled, any(_CAPTION.fullmatch(name) for name in names), listed)

    def _chain(self, identifier: str) -> list[Element]:
        """A style and those that it is based on."""
        found: list[Element] = []
        while (style := self.styles.get(identifier)) is not None and style not in found and len(found) < _MOST_BASES:
            found.append(style)
            base = child(style, "basedOn")
            identifier = attribute(base, "val") if base is not None else ""
        return found


def _level(properties: Element | None) -> int | None:
    element = child(properties, "outlineLvl")
    value = attribute(element, "val") if element is not None else ""
    return int(value) if value.isdecimal() else None
