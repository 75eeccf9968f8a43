"""Workbooks: values as shown, where they stand, headers, comments; and what is hidden or was never computed."""

from __future__ import annotations

import pytest

from core.errors import ParserFailed, PasswordUnsupported, ReadingWarning
from core.places import Place
from core.types import Document, PageKind
from ingest.chunker import chunk_document
from ingest.parsers.limits import Limits
from ingest.parsers.number_formats import shown
from ingest.parsers.ods import parse_ods
from ingest.parsers.tables import cell_position, column_name
from ingest.parsers.xls import parse_xls
from ingest.parsers.xlsx import parse_xlsx
from tests.office import cells, lines, ole, open_document, place_of, workbook

LIMITS = Limits(100, 10.0)


def read(*sheets: tuple[str, str], strings: str = "", styles: str = "", **parts: tuple[str, str]) -> Document:
    return parse_xlsx(workbook(*sheets, strings=strings, styles=styles, **parts), "a.xlsx", LIMITS)


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (1200.0, "General", "1200"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "#,##0.00", "1,234.50"),
        (6519.45, "#,##0.00\\ [$€-C0A]", "6.519,45 € (6519.45)"),
        (6519.45, '"$"#,##0.00', "$6,519.45"),
        (0.125, "0.0%", "12.5% (0.125)"),
        (-22.406, '"$"#,##0.00_);[Red]("$"#,##0.00)', "($22.41) (-22.406)"),
        (-5.0, "0", "-5"),
        (45001.0, "[$-C0A]dd/mm/yyyy", "16/03/2023 (2023-03-16)"),
        (45001.75, "yyyy-mm-dd hh:mm", "2023-03-16 18:00 (2023-03-16T18:00:00)"),
        (45001.0, "yyyy-mm-dd", "2023-03-16"),
        (45001.0, '[$-C0A]d "de" mmmm "de" yyyy', "16 de marzo de 2023 (2023-03-16)"),
        (45001.0, '[$-411]ggge"年"m"月"d"日"(aaa)', "令和5年3月16日(木) (2023-03-16)"),
        (1.5, "[h]:mm", "36:00 (1.5)"),
        (0.5, "h:mm AM/PM", "12:00 PM (12:00:00)"),
        (1234567.0, "#,##0,", "1,235 (1234567)"),
        (12345.0, "0.00E+00", "1.23E+04 (12345)"),
        (0.0, '0;-0;"-"', "- (0)"),
        (5.0, '[<10]"few";"many"', "few (5)"),
        (1.0, '"', '" (1)'),
        (-1.0, "yyyy-mm-dd", "-1"),
    ],
)
def test_a_number_is_shown_as_its_cell_shows_it(value: float, code: str, expected: str) -> None:
    assert shown(value, code) == expected


def test_columns_have_names() -> None:
    assert [column_name(number) for number in (1, 26, 27, 702, 703, 16_384)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert [cell_position(name) for name in ("A1", "$B$7", "XFD1048576", "")] == [(1, 1), (7, 2), (1_048_576, 16_384), (0, 0)]


def test_a_sheet_is_a_page_of_rows_with_their_cells() -> None:
    document = read(
        ('name="Ventas"', cells("Ventas de la almazara", "", "Fecha|Zona|Importe", "hoy|Norte|5", "ayer|Sur|7", "", "Fuente: x"))
    )
    (page,) = document.pages
    assert lines(page) == ["Ventas de la almazara", "Fecha | Zona | Importe", "hoy | Norte | 5", "ayer | Sur | 7", "Fuente: x"]
    assert page.label == "Ventas"
    (table,) = page.tables
    assert page.text[table.start : table.body] == "Fecha | Zona | Importe\n"
    assert place_of(page, "ayer") == Place(sheet="Ventas", cells="A5:C5")
    assert place_of(page, "Fuente") == Place(sheet="Ventas", cells="A7")


def test_the_last_cell_of_all_costs_nothing() -> None:
    far = '<sheetData><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far away</t></is></c></row></sheetData>'
    (page,) = read(('name="A"', far)).pages
    assert place_of(page, "far away").cells == "XFD1048576"


def test_readings_are_no_text_of_a_string() -> None:
    strings = '<si><r><t>日本</t></r><r><t>会社</t></r><rPh sb="0" eb="2"><t>ニホン</t></rPh></si>'
    (page,) = read(('name="A"', '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'), strings=strings).pages
    assert page.text.strip() == "日本会社"


def test_what_is_hidden_is_left_out_and_told() -> None:
    data = cells("a|b|c", "x|secret|1", "y|silent|2").replace('<row r="3">', '<row r="3" hidden="1">')
    document = read(
        ('name="Open"', '<cols><col min="2" max="2" hidden="1"/></cols>' + data), ('name="Shut" state="hidden"', cells("key"))
    )
    text = "".join(page.text for page in document.pages)
    assert "x | 1" in text
    assert not any(word in text for word in ("secret", "silent", "y |", "key"))
    assert ReadingWarning.HIDDEN_SHEETS(names="Shut") in document.warnings
    assert ReadingWarning.HIDDEN_ROWS(sheet="Open", names="3, B") in document.warnings
    assert document.hidden > 10
    assert [page.kind for page in document.pages] == [PageKind.TEXT, PageKind.HIDDEN]


def test_formulas_that_were_never_computed_are_told() -> None:
    data = '<sheetData><row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><f>2</f><v>2</v></c></row></sheetData>'
    document = read(('name="A"', data))
    assert document.pages[0].text.strip() == "2"
    assert document.warnings == (ReadingWarning.NOT_COMPUTED(count=1, cell="A!A1"),)


def test_a_thread_is_read_instead_of_its_twin_and_each_comment_stands_alone() -> None:
    thread = '<ThreadedComments><threadedComment ref="B2"><text>Why?</text></threadedComment></ThreadedComments>'
    old = (
        '<comments><commentList><comment ref="B2"><text><t>[Threaded comment] Your version...</t></text></comment>'
        '<comment ref="A1"><text><r><t>Old note</t></r></text></comment></commentList></comments>'
    )
    document = read(('name="S"', cells("a|b", "c|d")), t=("threadedComment", thread), c=("comments", old))
    chunks = {chunk.text: chunk.place for chunk in chunk_document(document, 900)}
    assert chunks["Why?"] == Place(sheet="S", cells="B2", part="comment")
    assert chunks["Old note"].cells == "A1"
    assert "Your version" not in document.pages[0].text


def test_tables_side_by_side_stand_apart() -> None:
    (page,) = read(('name="A"', cells("Item|Cost||City|Mayor", "Rent|5||Lima|Ana", "Gas|6||Roma|Eva"))).pages
    assert lines(page) == ["Item | Cost", "Rent | 5", "Gas | 6", "City | Mayor", "Lima | Ana", "Roma | Eva"]
    assert place_of(page, "Lima").cells == "D2:E2"


def test_a_wide_sheet_gives_every_value_with_its_column() -> None:
    names = "".join(f'<c r="{column_name(at)}1" t="inlineStr"><is><t>Größe {at}</t></is></c>' for at in range(1, 200))
    values = "".join(f'<c r="{column_name(at)}2"><v>{at}.5</v></c>' for at in range(1, 200))
    document = read(('name="A"', f'<sheetData><row r="1">{names}</row><row r="2">{values}</row></sheetData>'))
    assert any("Größe 150: 150.5" in chunk.text for chunk in chunk_document(document, 900))


def test_ods_cells_repeats_comments_and_hidden_sheets() -> None:
    row = (
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
        '<table:table-row><table:table-cell/><table:table-cell office:value-type="float" office:value="1234.5"><office:annotation>'
        "<text:p>Why so much?</text:p></office:annotation><text:p>1.234,50 €</text:p></table:table-cell><table:covered-table-cell/>"
        '<table:table-cell office:value-type="string"><text:p>two<text:s text:c="3"/>words</text:p></table:table-cell></table:table-row>'
    )
    sheets = (
        f'<table:table table:name="Uno">{row}</table:table><table:table table:name="Dos" table:style-name="off">{row}</table:table>'
    )
    style = '<style:style style:name="off"><style:table-properties table:display="false"/></style:style>'
    document = parse_ods(open_document("spreadsheet", sheets, style), "a.ods", LIMITS)
    assert lines(document.pages[0]) == ["1.234,50 € (1234.5) | two words", "Why so much?"]
    assert place_of(document.pages[0], "Why") == Place(sheet="Uno", cells="B1000001", part="comment")
    assert document.pages[1].text == ""
    assert document.warnings == (ReadingWarning.HIDDEN_SHEETS(names="Dos"),)


@pytest.mark.parametrize("data", [b"", b"x" * 600, ole("Workbook"), ole("Workbook")[:700]])
def test_a_damaged_old_workbook_ends_in_a_sentence(data: bytes) -> None:
    with pytest.raises((ParserFailed, PasswordUnsupported)):
        parse_xls(data, "a.xls", LIMITS)
