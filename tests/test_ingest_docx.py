"""DOCX: every kind of text that a Word document holds, where it stands, and what is no text of it."""

from __future__ import annotations

import pytest

from core.errors import ParserFailed, ReadingWarning, TooMuchText, UnpacksTooMuch
from core.places import Place
from core.types import Document, Page
from ingest.chunker import chunk_document
from ingest.parsers.docx import parse_docx
from ingest.parsers.limits import Limits
from tests.office import lines, package, paragraph, place_of, row, word

LIMITS = Limits(100, 10.0)
STYLES = (
    '<w:style w:type="paragraph" w:default="1" w:styleId="a"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="Überschrift 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Kapitel"/><w:basedOn w:val="1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Titel"/><w:basedOn w:val="1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>'
)


def read(body: str, **parts: str) -> Document:
    return parse_docx(word(body, **parts), "a.docx", LIMITS)


def page(body: str, **parts: str) -> Page:
    return read(body, **parts).pages[0]


def test_paragraphs_breaks_and_special_characters() -> None:
    runs = "<w:p><w:r><w:t>Uno</w:t><w:br/><w:t>dos</w:t><w:tab/><w:t>tres</w:t><w:noBreakHyphen/><w:softHyphen/><w:t>4</w:t></w:r></w:p>"
    assert page(runs + paragraph("cinco")).text == "Uno\ndos\ttres-4\n\ncinco\n\n"


def test_headings_are_told_by_the_outline_level_that_styles_inherit() -> None:
    found = page(paragraph("Eins", "1") + paragraph("x") + paragraph("Zwei", "Own") + paragraph("Drei", "T"), styles=STYLES)
    assert [heading.text for heading in found.headings] == ["Eins", "Zwei"]
    assert [found.text[heading.start :].split("\n")[0] for heading in found.headings] == ["Eins", "Zwei"]


def test_the_reading_over_a_kanji_is_left_out_and_the_kanji_is_kept() -> None:
    ruby = (
        "<w:p><w:r><w:t>次の</w:t></w:r><w:r><w:ruby><w:rt><w:r><w:t>かんじ</w:t></w:r></w:rt>"
        "<w:rubyBase><w:r><w:t>漢字</w:t></w:r></w:rubyBase></w:ruby></w:r><w:r><w:t>を読む</w:t></w:r></w:p>"
    )
    assert page(ruby).text.strip() == "次の漢字を読む"


def test_insertions_are_text_and_deletions_are_counted() -> None:
    body = (
        "<w:p><w:ins><w:r><w:t>new </w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>come</w:t></w:r></w:moveTo></w:p>"
        '<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hush</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>loud</w:t></w:r></w:p>'
    )
    document = read(body)
    assert lines(document.pages[0]) == ["new come", "loud"]
    assert document.hidden == 11
    assert ReadingWarning.DELETIONS(count=7) in document.warnings
    assert ReadingWarning.HIDDEN_TEXT(count=4) in document.warnings


def test_a_text_box_is_read_once_where_it_hangs() -> None:
    box = "<wp:txbx><w:txbxContent>" + paragraph("In the box") + "</w:txbxContent></wp:txbx>"
    drawn = (
        f'<w:p><w:r><w:t>Before</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    found = page(drawn + paragraph("After"))
    assert lines(found) == ["Before", "In the box", "After"]
    assert place_of(found, "In the box").part == "text box"
    assert place_of(found, "After") == Place()


def test_the_description_of_a_picture_is_read() -> None:
    found = page(
        '<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="Una gata negra"/></wp:inline></w:drawing></w:r></w:p>'
    )
    assert place_of(found, "Una gata negra").part == "picture"


def test_notes_and_comments_stand_under_the_heading_of_their_text() -> None:
    body = (
        paragraph("Eins", "1")
        + '<w:p><w:r><w:t>Body one</w:t><w:footnoteReference w:id="7"/></w:r></w:p>'
        + paragraph("Zwei", "1")
        + '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>Body two</w:t></w:r><w:r><w:footnoteReference w:id="3"/></w:r></w:p>'
    )
    notes = (
        f'<w:footnote w:id="-1" w:type="separator">{paragraph("- - -")}</w:footnote>'
        f'<w:footnote w:id="3">{paragraph("Second note")}</w:footnote><w:footnote w:id="7">{paragraph("First note")}</w:footnote>'
    )
    comments = f'<w:comment w:id="0" w:author="Ana">{paragraph("Source?")}</w:comment>'
    document = read(body, styles=STYLES, footnotes=notes, comments=comments)
    assert lines(document.pages[0]) == ["Eins", "Body one", "Zwei", "Body two", "First note", "Second note", "Ana: Source?"]
    chunks = {chunk.text: chunk for chunk in chunk_document(document, 900)}
    assert chunks["First note"].place == Place(part="footnote 1")
    assert chunks["First note"].heading == "Eins"
    assert chunks["Second note"].heading.endswith("Zwei")
    assert chunks["Ana: Source?"].place == Place(part="comment 1")


def test_headers_and_footers_are_read_once_each() -> None:
    found = page(paragraph("Body"), header1=paragraph("Head"), header2=paragraph("Head"), footer1=paragraph("Foot"))
    assert lines(found) == ["Body", "Head", "Foot"]
    assert place_of(found, "Head").part == "header"
    assert place_of(found, "Foot").part == "footer"


def test_a_table_is_rows_with_merged_cells_once_and_late_rows_in_their_columns() -> None:
    table = (
        "<w:tbl>" + row("Zone", "Year", "Sum") + row("vMerge:restart|North", "2024", "7") + row("vMerge:continue|", "2025", "8")
        + row("gridSpan:2|Both", "15") + '<w:tr><w:trPr><w:gridBefore w:val="2"/></w:trPr><w:tc>' + paragraph("end") + "</w:tc></w:tr></w:tbl>"
    )  # fmt: skip
    found = page(paragraph("Sums by zone") + table)
    assert lines(found)[1:] == ["Zone | Year | Sum", "North | 2024 | 7", " | 2025 | 8", "Both |  | 15", " |  | end"]
    (one,) = found.tables
    assert found.text[one.start : one.body] == "Zone | Year | Sum\n"
    assert one.caption == "Sums by zone"
    assert place_of(found, "Both") == Place(table=1, row=4)


def test_what_stands_in_cells_cannot_look_like_their_borders() -> None:
    cell = "<w:tc><w:p><w:r><w:t>a | b</w:t><w:br/><w:t>c</w:t></w:r></w:p>" + paragraph("d") + "</w:tc>"
    inner = "<w:tbl>" + row("i", "j") + row("k", "l") + "</w:tbl>"
    found = page(f"<w:tbl><w:tr>{cell}<w:tc>{inner}<w:p/></w:tc></w:tr>{row('e', 'f')}</w:tbl>")
    assert lines(found) == ["a|b c d | i, j; k, l", "e | f"]


def test_a_frame_of_one_column_is_text() -> None:
    found = page(f"<w:tbl><w:tr><w:tc>{paragraph('One')}{paragraph('Two')}</w:tc></w:tr></w:tbl>" + paragraph("Three"))
    assert found.text == "One\n\nTwo\n\nThree\n\n"
    assert not found.tables
    assert place_of(found, "Two") == Place(table=1, row=1)


def test_a_long_row_is_written_with_the_name_of_every_column() -> None:
    long = "word " * 150
    found = page("<w:tbl>" + row("Key", "First", "Second") + row("k1", long, "late value") + row("k2", "short", "x") + "</w:tbl>")
    assert any("Second: late value" in line and line.startswith("Key: k1 | ") for line in lines(found) if "late value" in line)
    assert "k2 | short | x" in lines(found)
    assert all(len(line) <= 760 for line in lines(found))


def test_a_chart_is_read_with_its_values() -> None:
    chart = (
        "<c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Cosecha</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart><c:ser>"
        '<c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>Kilos</c:v></c:pt></c:strCache></c:strRef></c:tx>'
        '<c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>Norte</c:v></c:pt></c:strCache></c:strRef></c:cat>'
        '<c:val><c:numRef><c:numCache><c:pt idx="0"><c:v>12.300000000000001</c:v></c:pt></c:numCache></c:numRef></c:val>'
        "</c:ser></c:barChart></c:plotArea></c:chart>"
    )
    found = page('<w:p><w:r><w:drawing><c:chart r:id="rId1"/></w:drawing></w:r></w:p>', chart1=chart.replace("<c:chart>", "", 0))
    assert found.text.strip() == ""  # the part is no chart: its root has another name
    members = word('<w:p><w:r><w:drawing><c:chart r:id="rId1"/></w:drawing></w:r></w:p>', chart1=chart)
    document = parse_docx(_with_root(members, "word/chart1.xml", "w:chart1", "c:chartSpace"), "a.docx", LIMITS)
    assert lines(document.pages[0]) == ["Cosecha", " | Kilos", "Norte | 12.3"]
    assert place_of(document.pages[0], "Norte").part == "chart"


def test_macros_are_told() -> None:
    members = {**_members(word(paragraph("Body"))), "word/vbaProject.bin": b"x"}
    assert parse_docx(package(members), "a.docm", LIMITS).warnings == (ReadingWarning.MACROS(),)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK\x03\x04", word(paragraph("x"))[:-200], package({"a": "b"}), word("<w:p>"), word("</w:body>"),
        package({"word/document.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
    ],
)  # fmt: skip
def test_a_damaged_document_ends_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ParserFailed, match="could not be read as a Word document"):
        parse_docx(data, "a.docx", LIMITS)


def test_the_limits_hold() -> None:
    with pytest.raises(TooMuchText):
        parse_docx(word(paragraph("x" * 2000)), "a.docx", Limits(1, 0.001))
    with pytest.raises(UnpacksTooMuch):
        parse_docx(word(paragraph("x" * 2_000_000)), "a.docx", LIMITS)


def _members(data: bytes) -> dict[str, str | bytes]:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _with_root(data: bytes, member: str, before: str, after: str) -> bytes:
    members = _members(data)
    content = members[member]
    assert isinstance(content, bytes)
    members[member] = content.replace(before.encode(), after.encode())
    return package(members)
