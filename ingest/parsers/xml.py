"""XML of documents through defusedxml: entities are refused, names are compared without namespace.

Office programs write the same element under two namespaces (ECMA-376 transitional and strict), so only local names are looked at.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse


def parse_xml(data: bytes) -> Element | None:
    """The root element, or None where the bytes are no XML, or XML that declares entities."""
    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    return root


def xml_events(data: bytes, *wanted: str) -> Iterator[Element]:
    """Elements named `wanted` (without namespace) as they end; each is emptied after it was used. Raises ValueError for broken XML."""
    try:
        for _, element in iterparse(io.BytesIO(data)):
            if local(element) in wanted:
                yield element
                element.clear()
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise ValueError("not well-formed") from error


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str, otherwise: str = "") -> str:
    """The value of the attribute with this local name."""
    found = element.get(name)
    if found is not None:
        return found
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), otherwise)


def child(element: Element | None, *path: str) -> Element | None:
    """The first element down a path of local names, None where there is none."""
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return element


def first_child(element: Element, *names: str) -> Element:
    """The child with the first of several local names that there is; an empty element where there is none."""
    found = (child(element, name) for name in names)
    return next((one for one in found if one is not None), Element("none"))


def children(element: Element | None, name: str) -> list[Element]:
    """The children with a local name."""
    return [one for one in element if local(one) == name] if element is not None else []


def descendants(element: Element | None, name: str) -> Iterator[Element]:
    """All elements below `element`, itself included, with a local name, in document order."""
    if element is not None:
        yield from (one for one in element.iter() if local(one) == name)


def switched_on(element: Element | None) -> bool:
    """Whether an element such as `<w:vanish w:val="true"/>` stands there and is not switched off."""
    return element is not None and attribute(element, "val", "true").lower() not in ("0", "false", "off", "none")
