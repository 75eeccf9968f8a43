"""Headings that a PDF declares: entries of its outline, and headings of its structure tree (PDF 1.7, 12.3.3 and 14.7)."""

from __future__ import annotations

import ctypes
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from core.text import clean, width

# Entries of an outline that are read, and how deep.
_MOST_ENTRIES, _DEPTH = 5_000, 8
# Elements of a page's structure tree that are visited, and how deep; objects of a page that are asked for their element.
_MOST_ELEMENTS, _TREE_DEPTH, _MOST_OBJECTS = 5_000, 40, 20_000
_HEADING = re.compile(r"H([1-6])?|Title")
# Characters of a string that are read; a title of more columns (core.text.width) is a paragraph that was set as a heading.
_LONGEST, _WIDEST = 400, 120


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading by its words: on which sheet it stands (from 1), how far from the lower edge in points (None where that is not told).

    `level` 0 is the outermost.
    """

    page: int
    level: int
    title: str
    height: float | None = None


def outline_of(document: pypdfium2.PdfDocument) -> list[Entry]:
    """The entries of a document's outline that point at pages of it; as many as could be read where it is damaged."""
    found: list[Entry] = []
    try:
        for item in itertools.islice(document.get_toc(max_depth=_DEPTH), _MOST_ENTRIES):
            target = item.get_dest()
            title = " ".join(clean(item.get_title()).split())
            index = target.get_index() if target is not None else None
            if target is None or index is None or not title or width(title) > _WIDEST:
                continue
            kind, place = target.get_view()
            height = place[1] if kind == pdfium.PDFDEST_VIEW_XYZ and len(place) > 1 else None
            found.append(Entry(index + 1, item.level, title, height or None))
    except (pypdfium2.PdfiumError, ValueError):
        return found
    return found


def tagged_headings(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, number: int) -> list[Entry]:
    """The headings that the structure tree has for a page, in its order."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return []
    try:
        roots = [
            pdfium.FPDF_StructTree_GetChildAtIndex(tree, at) for at in range(_bounded(pdfium.FPDF_StructTree_CountChildren(tree)))
        ]
        headings = list(itertools.islice(_headings(roots), _MOST_ELEMENTS))
        if not headings:
            return []
        texts = _texts(page, textpage, {one for _, marks in headings for one in marks})
    finally:
        pdfium.FPDF_StructTree_Close(tree)
    found = []
    for level, marks in headings:
        title = " ".join(clean("".join(texts.get(mark, "") for mark in marks)).split())
        if title and width(title) <= _WIDEST:
            found.append(Entry(number, level, title))
    return found


def _headings(roots: list[Any]) -> Iterator[tuple[int, list[int]]]:
    """Levels of heading elements with the marks of their content, in the tree's order."""
    waiting = [(root, 0) for root in reversed(roots) if root]
    for _ in range(_MOST_ELEMENTS):
        if not waiting:
            return
        element, depth = waiting.pop()
        kind = _HEADING.fullmatch(_string(pdfium.FPDF_StructElement_GetType, element))
        if kind is not None:
            yield (int(kind[1]) if kind[1] else 0 if kind[0] == "Title" else 1), list(_marks(element))
        elif depth < _TREE_DEPTH:
            count = _bounded(pdfium.FPDF_StructElement_CountChildren(element))
            children = [pdfium.FPDF_StructElement_GetChildAtIndex(element, at) for at in range(count)]
            waiting += [(child, depth + 1) for child in reversed(children) if child]


def _marks(element: Any) -> Iterator[int]:
    """The marks of the content of an element and of what is in it."""
    waiting = [element]
    for _ in range(_MOST_ELEMENTS):
        if not waiting:
            return
        one = waiting.pop()
        for at in range(_bounded(pdfium.FPDF_StructElement_GetMarkedContentIdCount(one))):
            mark = pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(one, at)
            if mark >= 0:
                yield mark
        count = _bounded(pdfium.FPDF_StructElement_CountChildren(one))
        waiting += [child for at in reversed(range(count)) if (child := pdfium.FPDF_StructElement_GetChildAtIndex(one, at))]


def _texts(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, wanted: set[int]) -> dict[int, str]:
    """The text of marked content, by mark."""
    texts: dict[int, list[str]] = defaultdict(list)
    for at in range(min(_MOST_OBJECTS, pdfium.FPDFPage_CountObjects(page.raw))):
        drawn = pdfium.FPDFPage_GetObject(page.raw, at)
        if pdfium.FPDFPageObj_GetType(drawn) == pdfium.FPDF_PAGEOBJ_TEXT and (
            (mark := pdfium.FPDFPageObj_GetMarkedContentID(drawn)) in wanted
        ):
            texts[mark].append(_string(pdfium.FPDFTextObj_GetText, drawn, textpage.raw))
    return {mark: "".join(parts) for mark, parts in texts.items()}


def _string(get: Any, *of: Any) -> str:
    """A string that pdfium gives as UTF-16; `get(*of, buffer, size)` returns its size in bytes."""
    size = min(get(*of, None, 0), 2 * _LONGEST + 2)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    words = ctypes.POINTER(pdfium.FPDF_WCHAR)
    get(*of, ctypes.cast(buffer, words if get is pdfium.FPDFTextObj_GetText else ctypes.c_void_p), size)
    return buffer.raw[:size].decode("utf-16-le", "replace").split("\0", 1)[0]


def _bounded(count: int) -> int:
    return max(0, min(count, _MOST_ELEMENTS))
