"""Whole documents as passages: every page in order, so that a model can read all and a citation still names a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.types import Hit
from store.catalog import Catalog

# A page beyond this is no sheet but a whole web page or text file: it goes in as its chunks, lest a citation point at everything.
_LONGEST_PAGE = 6_000


def document_pages(catalog: Catalog, notebook: int, sources: Sequence[int]) -> list[Hit]:
    """The pages of these documents that have text, by name and number, as hits ranked from 1 without scores.

    Every page is read once: the time grows with the length (`Documents.characters` tells that beforehand).
    """
    passages: list[Hit] = []
    for page in catalog.chunks.pages(sources, notebook):
        if not page.text.strip() or not page.chunks:
            continue
        if len(page.text) > _LONGEST_PAGE:
            passages += page.chunks
        else:
            passages.append(replace(page.chunks[0], start=0, end=len(page.text), text=page.text))
    return [replace(hit, rank=rank) for rank, hit in enumerate(passages, start=1)]
