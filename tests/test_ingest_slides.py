"""Presentations and OpenDocument texts: what they hold, where it stands, and what is hidden or deleted."""

from __future__ import annotations

from typing import Any

import pytest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from core.errors import ParserFailed, ReadingWarning
from core.places import Place
from core.types import PageKind
from ingest.chunker import chunk_document
from ingest.parsers.limits import Limits
from ingest.parsers.odt import parse_odt
from ingest.parsers.pptx import parse_pptx
from tests.office import lines, open_document, package, place_of, presentation, saved

LIMITS = Limits(100, 10.0)


def test_a_slide_is_a_page_of_its_shapes_from_top_to_bottom() -> None:
    made: Any = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    for words, top in (("Below", 5), ("Above", 2)):
        slide.shapes.add_textbox(Inches(1), Inches(top), Inches(3), Inches(1)).text_frame.text = words
    slide.shapes.title.text = "The title"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(4), Inches(1)).table
    for at, words in enumerate(("Centro", "Kilos", "Norte", "7")):
        table.cell(at // 2, at % 2).text = words
    slide.notes_slide.notes_text_frame.text = "Say this aloud"
    document = parse_pptx(saved(made), "a.pptx", LIMITS)
    (page,) = document.pages
    assert lines(page) == ["The title", "Above", "Centro | Kilos", "Norte | 7", "Below", "Say this aloud"]
    assert document.title == "The title"
    assert place_of(page, "Norte") == Place(slide=1, table=1, row=2)
    assert place_of(page, "Say") == Place(slide=1, part="notes")
    assert [heading.text for heading in page.headings] == ["The title"]


def test_charts_merged_cells_and_hidden_slides() -> None:
    made: Any = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["Norte", "Sur"]
    data.add_series("Kilos", (1.5, 2.0))
    slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, Inches(1), Inches(1), Inches(4), Inches(3), data)
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(5), Inches(4), Inches(1)).table
    table.cell(0, 0).text = "Both"
    table.cell(0, 0).merge(table.cell(0, 1))
    hidden = made.slides.add_slide(made.slide_layouts[5])
    hidden.shapes.title.text = "Do not show"
    hidden.element.set("show", "0")
    document = parse_pptx(saved(made), "a.pptx", LIMITS)
    assert "Norte | 1.5" in lines(document.pages[0])
    assert place_of(document.pages[0], "Norte").part == "chart"
    assert document.pages[0].text.count("Both") == 1
    assert (document.pages[1].text, document.pages[1].kind) == ("", PageKind.HIDDEN)
    assert document.warnings == (ReadingWarning.HIDDEN_SLIDES(numbers="2"),)
    assert document.hidden >= len("Do not show")


@pytest.mark.parametrize("data", [b"", presentation()[:-400], package({"ppt/presentation.xml": "<a/>"})])
def test_a_damaged_presentation_ends_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ParserFailed, match="could not be read as a PowerPoint presentation"):
        parse_pptx(data, "a.pptx", LIMITS)


def test_an_open_document_text() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region>"
        '</text:tracked-changes><text:h text:outline-level="1">Uno</text:h><text:p>a<text:s text:c="2"/>b<text:line-break/>c'
        "<text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>かんじ</text:ruby-text></text:ruby>"
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>The note</text:p>'
        "</text:note-body></text:note></text:p>"
        "<text:p><draw:frame><draw:text-box><text:p>In the box</text:p></draw:text-box></draw:frame><office:annotation><dc:creator>Ana"
        "</dc:creator><text:p>Source?</text:p></office:annotation></text:p>"
        "<text:list><text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>k</text:p></table:table-cell><table:table-cell>"
        "<text:p>v</text:p></table:table-cell></table:table-row></table:table-header-rows><table:table-row><table:table-cell>"
        "<text:p>x</text:p></table:table-cell><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table>"
    )
    document = parse_odt(open_document("text", body, master="<style:header><text:p>Head</text:p></style:header>"), "a.odt", LIMITS)
    (page,) = document.pages
    assert lines(page) == ["Uno", "a  b", "c漢字", "In the box", "one", "two", "k | v", "x | 1", "The note", "Ana: Source?", "Head"]
    assert place_of(page, "In the box").part == "text box"
    assert place_of(page, "The note").part == "footnote 1"
    assert place_of(page, "x |") == Place(table=1, row=2)
    assert place_of(page, "Head").part == "header"
    assert document.warnings == (ReadingWarning.DELETIONS(count=4),)
    assert {chunk.heading for chunk in chunk_document(document, 900) if chunk.text == "The note"} == {"Uno"}
