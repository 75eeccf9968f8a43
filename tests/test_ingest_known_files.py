"""Files of many programs whose texts are known: each is found in a passage, with the header of its column, at its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from ingest.chunker import chunk_document
from ingest.formats import recognised
from ingest.parsers.limits import Limits
from tests.placing import normal, placed

FILES = ROOT.parent / "shared" / "files"
FORMATS = {
    "docx",
    "pptx",
    "xlsx",
    "xls",
    "ods",
    "odt",
    "csv",
    "tsv",
    "eml",
    "msg",
    "epub",
    "rtf",
    "ipynb",
    "code",
    "zip",
    "html",
    "md",
}
# Texts whose place is told in other terms than the manifest's: a cell's output is its cell's, records of a table in an archive are rows, a file
# in an archive has its own title for a heading, the same text stands in a Word document of the old kind that is not read.
OTHERWISE = {
    "W1:1.7966944727947356e-06",
    "Maple Leafs,TOR,13",
    "The way to get new ideas is to notice anomalies",
    "the best place to look for them is at the frontiers of knowledge",
    "copyright : © (00A9)",
}
# The file shows its own seconds rounded, the manifest cuts them off.
ROUNDED = "19Nov76:17:46:39"

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="the files of other programs are not here")


def _known() -> list[dict[str, Any]]:
    manifest = FILES / "manifest.json"
    return [one for one in json.loads(manifest.read_text()) if one["format"] in FORMATS] if manifest.is_file() else []


def _passages(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """Text with context, and place with heading, of every passage."""
    data = path.read_bytes()
    document = recognised(path.name, data).load_parser()(data, path.name, Limits(1_000, 10.0))
    headed = any(heading.text == document.title for page in document.pages for heading in page.headings)
    found = []
    for chunk in chunk_document(document, 900):
        heading = chunk.heading.removeprefix(f"{document.title} › ")
        says = heading and (headed or heading != document.title)  # a title alone is no heading
        place = {**chunk.place.to_json(), "heading": heading} if says else chunk.place.to_json()
        found.append(("\n".join(part for part in (chunk.context, chunk.text) if part), place))
    return found


@pytest.mark.parametrize("known", _known(), ids=lambda known: str(known["file"]))
def test_the_texts_of_a_file_are_found_and_nothing_that_nobody_sees(known: dict[str, Any]) -> None:
    passages = _passages(FILES / known["file"])
    missing, away, leaked = [], [], []
    for probe in known["probes"]:
        if "absent" in probe:
            leaked += [probe["absent"] for text, _ in passages if normal(probe["absent"]) in normal(text)]
            continue
        if probe["text"] == ROUNDED:
            continue
        wanted = [normal(text) for text in (probe["text"], *probe.get("alt", ()))]
        hits = [text for text, _ in passages if any(one in normal(text) for one in wanted)]
        if not any(normal(probe.get("header", "")) in normal(text) for text in hits):
            missing.append(probe["text"])
        elif not placed(probe, passages):
            away.append(probe["text"])
    assert (missing, leaked, set(away) - OTHERWISE) == ([], [], set())
