"""Holds the places of passages against those of a manifest of files with known texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any


def normal(text: str) -> str:
    """Text as probes are compared: NFKC, without white space, case-folded."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def placed(probe: Mapping[str, Any], passages: Iterable[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether a passage (text, place) holds the probe's text, or another way to show it, at the probe's place."""
    wanted = [normal(text) for text in (probe["text"], *probe.get("alt", ()))]
    return any(_at(probe["place"], place) for text, place in passages if any(one in normal(text) for one in wanted))


def _at(wanted: Mapping[str, Any], place: Mapping[str, Any]) -> bool:
    return all(_same(name, value, wanted, place) for name, value in wanted.items())


def _same(name: str, value: Any, wanted: Mapping[str, Any], place: Mapping[str, Any]) -> bool:
    if value is None:
        return name == "page" or not place.get(name)
    if name == "column":
        return True
    if name == "part":
        return normal(value.replace(" > ", " › ")) in normal(str(place.get("part", "")))
    if name == "heading":
        return normal(str(place.get("heading", ""))).endswith(normal(value))
    if name == "cell" and isinstance(value, str):
        return _inside(value, str(place.get("cells", "")))
    if name in ("row", "line", "cell"):
        first = place.get(name, 0)
        return bool(first <= value <= max(first, place.get(f"last_{name}", 0)))
    return bool(place.get(name) == value)


def _inside(cell: str, cells: str) -> bool:
    """Whether a cell lies in a range such as "A5:F63"."""
    first, _, last = cells.partition(":")
    found = [re.fullmatch(r"([A-Z]+)(\d+)", one) for one in (cell, first, last or first)]
    if not all(found):
        return False
    columns = [(len(one[1]), one[1]) for one in found if one]
    rows = [int(one[2]) for one in found if one]
    return columns[1] <= columns[0] <= columns[2] and rows[1] <= rows[0] <= rows[2]
