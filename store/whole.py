"""Whole documents as passages: every page in order, so that a model can read all and a citation still names a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from core.types import Hit
from store.catalog import Catalog

# A page beyond this is no sheet but a whole web page or text file: it goes in as its chunks, lest a citation point at everything.
_LONGEST_PAGE = 6_000


def length(catalog: Catalog, notebook: str, sources: Sequence[int]) -> int:
    """Characters of all pages of these documents."""
    sql = "SELECT coalesce(sum(length(p.text)), 0) FROM pages p JOIN sources s ON s.id = p.source WHERE s.notebook = ? AND s.id IN "
    return int(catalog.query(sql + "(SELECT value FROM json_each(?))", (notebook, json.dumps(list(sources))))[0][0])


def whole_documents(catalog: Catalog, notebook: str, sources: Sequence[int]) -> list[Hit]:
    """The pages of these documents that have text, by name and number, as hits ranked from 1 without scores."""
    rows = catalog.query(
        "SELECT s.id, s.name, s.title, p.number, p.label, p.text FROM pages p JOIN sources s ON s.id = p.source "
        "WHERE s.notebook = ? AND s.id IN (SELECT value FROM json_each(?)) ORDER BY s.name, s.id, p.number",
        (notebook, json.dumps(list(sources))),
    )
    chunks: dict[tuple[int, int], list[Hit]] = {}
    ids = [
        int(row[0])
        for row in catalog.query(
            "SELECT id FROM chunks WHERE notebook = ? AND source IN (SELECT value FROM json_each(?)) ORDER BY source, page, start",
            (notebook, json.dumps(list(sources))),
        )
    ]
    found = catalog.hits(ids)
    for hit in (found[number] for number in ids if number in found):
        chunks.setdefault((hit.source_id, hit.page), []).append(hit)
    passages: list[Hit] = []
    for source, name, title, number, label, text in rows:
        parts = chunks.get((source, number), [])
        if not str(text).strip() or not parts:
            continue
        if len(text) > _LONGEST_PAGE:
            passages += parts
        else:
            first = parts[0]
            place = (source, name, title, number, label, 0, len(text), text, first.language, first.heading)
            passages.append(Hit(0, 0.0, 0.0, 0.0, first.chunk_id, *place))
    return [replace(hit, rank=rank) for rank, hit in enumerate(passages, start=1)]
