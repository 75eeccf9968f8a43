"""Reading order over a set of pages by real programs (tests/data/order): as they wrote them, and the same pages written row by row."""

from __future__ import annotations

import functools
import io
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.pdf.layout import lines_of
from ingest.parsers.pdf.order import rows_of
from ingest.parsers.pdf.sheets import read_sheet

LIMITS = Limits(1_000, 8.0)
SET = Path(__file__).parent / "data" / "order"
SENTENCES: dict[str, str] = json.loads((SET / "sentences.json").read_text("utf-8"))
# Name of the file and number of the page -> streams of text, the sentences of each in order.
ORDER: dict[str, list[list[str]]] = json.loads((SET / "order.json").read_text("utf-8"))
JAPANESE = {"japanese 1", "japanese 2", "japanese 3", "vertical-office"}


@dataclass(frozen=True, slots=True)
class Run:
    """Text on a page with its box: left, bottom, right, top in points from the page's lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def file_of(name: str) -> tuple[bytes, int]:
    """The bytes of a file of the set and the index of a page in it, from "NAME" or "NAME NUMBER"."""
    stem, _, number = name.partition(" ")
    return (SET / f"{stem}.pdf").read_bytes(), int(number or 1) - 1


@functools.cache
def as_made(name: str) -> str:
    data, index = file_of(name)
    return parse_pdf(data, f"{name}.pdf", LIMITS).pages[index].text


@functools.cache
def row_by_row(name: str) -> str:
    """The text of a page of the set when its runs are written anew from the top down, each row from left to right."""
    data, index = file_of(name)
    with pypdfium2.PdfDocument(data) as document:
        page = document[index]
        size, runs = page.get_size(), runs_of(page.get_textpage())
    return parse_pdf(written(size, [run for row in rows(runs) for run in row]), f"{name}.pdf", LIMITS).pages[0].text


def runs_of(textpage: pypdfium2.PdfTextPage) -> list[Run]:
    found = []
    for at in range(textpage.count_rects()):
        box = textpage.get_rect(at)
        text = re.sub("[\ufffe\x02]", "-", textpage.get_text_bounded(*box)).strip()
        if text and "\n" not in text:
            found.append(Run(text, *box))
    return found


def rows(runs: list[Run]) -> list[list[Run]]:
    made: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: run.bottom - run.top):  # the tallest first: signs of footnotes join their line
        row = next(
            (row for row in made if min(row[0].top, run.top) - max(row[0].bottom, run.bottom) > (run.top - run.bottom) / 2), None
        )
        if row is None:
            made.append([run])
        else:
            row.append(run)
    return [sorted(row, key=lambda run: run.left) for row in sorted(made, key=lambda row: -row[0].top)]


def written(size: tuple[float, float], runs: list[Run]) -> bytes:
    """A PDF of one page with these runs in this order, each as wide as it was."""
    out = io.BytesIO()
    canvas = Canvas(out, size)
    for run in runs:
        height = min(run.top - run.bottom, 11.0) if len(run.text) > 2 else run.top - run.bottom
        text = canvas.beginText(run.left, run.bottom)
        text.setFont("Helvetica", height)
        text.setHorizScale(100 * (run.right - run.left) / pdfmetrics.stringWidth(run.text, "Helvetica", height))
        text.textOut(run.text)
        canvas.drawText(text)
    canvas.save()
    return out.getvalue()


def squeezed(text: str) -> str:
    """Text as it is compared: one width and form, no white space, no signs of footnotes."""
    return re.sub(r"\s|(?<=[.。])\d(?=[A-Z]|$)", "", unicodedata.normalize("NFKC", text.replace("’", "'")))


def wrong(text: str, streams: list[list[str]]) -> list[str]:
    """The sentences that are not whole, or not after the one before in their stream, or there twice."""
    text = squeezed(text)
    found = []
    for stream in streams:
        end = 0
        for key in stream:
            sentence = squeezed(SENTENCES[key])
            at = text.find(sentence, end)
            if at < 0 or text.count(sentence) != 1:
                found.append(key)
            else:
                end = at + len(sentence)
    return found


@pytest.mark.parametrize("name", ORDER)
def test_sentences_are_whole_and_in_order(name: str) -> None:
    assert wrong(as_made(name), ORDER[name]) == []


@pytest.mark.parametrize("name", [name for name in ORDER if name not in JAPANESE])
def test_the_same_page_written_row_by_row_is_read_in_the_same_order(name: str) -> None:
    assert wrong(row_by_row(name), ORDER[name]) == []


def test_japanese_columns_whose_stream_goes_row_by_row() -> None:
    data, index = file_of("japanese 3")
    with pypdfium2.PdfDocument(data) as document:
        sheet = read_sheet(document[index], document[index].get_textpage())
    sheet.pieces = [piece for row in rows_of(sheet.pieces) for piece in row]
    for order, piece in enumerate(sheet.pieces):
        piece.order = order
    assert wrong("\n".join(line.text for line in lines_of(sheet)), ORDER["japanese 3"]) == []
