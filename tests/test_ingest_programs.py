"""Files that programs of every day made (tests/data/programs): what stands in them is found at its place, what nobody sees is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ParserFailed, ReadingWarning, TooMuchText
from core.places import Place
from core.settings import Settings
from core.types import Document
from ingest.chunker import chunk_document
from ingest.formats import recognised
from ingest.parsers.limits import Limits
from ingest.parsers.svg import parse_svg
from ingest.workers import WorkerPool
from tests.office import open_document, package, place_of
from tests.pictures import loaded, needs_tesseract
from tests.placing import normal

MADE = Path(__file__).parent / "data" / "programs"
LIMITS = Limits(100, 10.0)
CHART = "chart"


def read(path: Path) -> Document:
    """A file as its format reads it."""
    data = path.read_bytes()
    return recognised(path.name, data).load_parser()(data, path.name, LIMITS)


KEIYAKU = {
    "業務委託契約": Place(),
    "期間は一年とする": Place(),
    "別紙一覧": Place(),
    "基本設計書": Place(),
    "設計書の作成 | 12": Place(table=1, row=2),
    "再委託は書面による": Place(part="footnote 1"),
    "税込みか確認": Place(part="comment 1"),
    "株式会社あおば": Place(part="header"),
    "無断転載を禁ず": Place(part="footer"),
}
ROW = "02/04/2026 (2026-04-02) | Cafetería «El Ñandú» segunda entrega | 87.25 | 10.5% (0.105)"
PEDIDOS = {
    ROW: Place(sheet="Pedidos", cells="A3:D3"),
    "Falta el albarán": Place(sheet="Pedidos", cells="B3", part="comment"),
    "Cifras sin portes": Place(sheet="Pedidos", part="text box"),
}


@pytest.mark.parametrize(
    ("name", "found", "absent"),
    [
        ("keiyaku.docx", {**KEIYAKU, "押印欄は次頁": Place(part="text box")}, ["削除された", "見えない"]),
        ("keiyaku.odt", {**KEIYAKU, "押印欄は次頁": Place(part="text box")}, ["削除された", "見えない"]),
        ("keiyaku.rtf", {**KEIYAKU, "押印欄は次頁": Place(part="text box 1")}, ["削除された", "見えない", "\uf095"]),
        (
            "keiyaku.epub",
            {"四十二万円": Place(chapter="業務委託契約"), "設計書の作成 | 12": Place(chapter="業務委託契約", table=1, row=2)},
            [],
        ),
        ("pedidos.ods", PEDIDOS, ["Cliente oculto"]),
        ("pedidos.xls", PEDIDOS, ["Cliente oculto"]),
        ("pedidos.xlsx", PEDIDOS, ["Cliente oculto"]),
        ("far-cell.xls", {"first": Place(sheet="A", cells="A1"), "last": Place(sheet="A", cells="IV65536")}, []),
        ("pedidos-cp1252.csv", {"Panadería Núñez; hijos | 1234.5": Place(row=2)}, []),
        ("kakeibo-cp932.csv", {"髙島屋① | 3480 | お中元 送料込み": Place(row=2), "㈱まるや食堂": Place(row=3)}, []),
        (
            "ventas.xlsb",
            {
                "2026-03-14 | Málaga | 1234.5": Place(sheet="Ventas", cells="A2:C2"),
                "大阪 | 0.125": Place(sheet="Ventas", cells="A3:C3"),
            },
            ["No se ve"],
        ),
        (
            "natsu.odp",
            {
                "夏の売上": Place(slide=1),
                "月別の杯数": Place(slide=1, part=CHART),
                "七月 | 345": Place(slide=1, part=CHART),
                "七月は祭りの日を含む": Place(slide=1, part="notes"),
                "来年の計画": Place(slide=2),
            },
            ["社外秘の原価", "Click to add"],
        ),
        (
            "teirei-ja.eml",
            {
                "定例会の日程変更": Place(part="header subject"),
                "青木 ゆい": Place(part="header"),
                "三階の「銀杏」": Place(part="body text/plain"),
                "一、倉庫の棚卸し": Place(part="attachment 議題メモ.txt", line=2),
            },
            ["iso-2022-jp", "=?"],
        ),
        (
            "pedidos-es.eml",
            {
                "Pedidos de abril — revisión": Place(part="header subject"),
                "Begoña Ibáñez": Place(part="header"),
                "sale el viernes a las 7:45": Place(part="body text/plain"),
                "Cafetería «El Ñandú»": Place(part="attachment pedidos-cp1252.csv", row=3),
            },
            ["=?"],
        ),
        ("zaiko-euc.rb", {"棚にある品物の数を返す": Place(line=3)}, []),
        ("area-cp1252.c", {"Cálculo del área": Place(line=1)}, []),
        ("oshirase-sjis.txt", {"八月十三日から十六日": Place(line=2)}, []),
    ],
)
def test_what_stands_in_a_file_is_found_at_its_place(name: str, found: dict[str, Place], absent: list[str]) -> None:
    document = read(MADE / name)
    chunks = "\n".join(f"{chunk.context}\n{chunk.text}" for chunk in chunk_document(document, 900))
    for text, place in found.items():
        (page,) = [page for page in document.pages if text in page.text]
        begun = next(mark.place for mark in reversed(page.marks) if mark.start <= page.text.index(text) + len(text) - 1)
        assert (text, begun) == (text, place)
        assert text in chunks
    assert [text for text in absent if any(text in page.text for page in document.pages)] == []


def test_the_header_of_a_table_goes_with_its_rows() -> None:
    for name in ("pedidos.ods", "pedidos.xls", "pedidos.xlsx", "pedidos-cp1252.csv"):
        for chunk in chunk_document(read(MADE / name), 100):
            if "Panadería" in chunk.text:
                assert "Fecha | Cliente | Importe | IVA" in f"{chunk.context}\n{chunk.text}"


@needs_tesseract
@pytest.mark.parametrize("name", ["yama-across.png", "yama-upright.png"])
def test_japanese_print_across_and_upright_is_recognised(name: str) -> None:
    with WorkerPool(Settings(workers=1)) as pool:
        document = pool.parse(loaded((MADE / name).read_bytes(), name))
    text = normal(document.pages[0].text)
    wanted = ("子どもたちが井戸の水をくむ", "冬になると雪が深く積もり", "古い時計を直しながら")
    assert [one for one in wanted if normal(one) not in text] == []


def test_shapes_of_a_slide_are_read_from_top_to_bottom_and_empty_places_left_out() -> None:
    body = (
        '<presentation:footer-decl presentation:name="f">Año 2026</presentation:footer-decl>'
        '<draw:page presentation:use-footer-name="f">'
        '<draw:custom-shape svg:x="1cm" svg:y="9cm"><text:p>Abajo</text:p></draw:custom-shape>'
        '<draw:g><draw:frame svg:x="1cm" svg:y="30mm"><draw:text-box><text:list><text:list-item><text:p>Arriba</text:p></text:list-item>'
        "</text:list></draw:text-box></draw:frame></draw:g>"
        '<draw:frame presentation:class="outline" presentation:placeholder="true"><draw:text-box><text:p>Pulse</text:p></draw:text-box>'
        '</draw:frame><draw:frame presentation:class="page-number"><draw:text-box><text:p>7</text:p></draw:text-box></draw:frame>'
        '<draw:frame presentation:class="title" svg:y="20cm"><draw:text-box><text:p>Título</text:p></draw:text-box></draw:frame>'
        '<draw:frame svg:y="10cm"><draw:image/><svg:title>Un gato</svg:title></draw:frame>'
        "<office:annotation><dc:creator>Ana</dc:creator><text:p>¿Seguro?</text:p></office:annotation></draw:page>"
    )
    data = open_document("presentation", body)
    (page,) = recognised("a.odp", data).load_parser()(data, "a.odp", LIMITS).pages
    assert page.text.split("\n\n")[:-1] == ["Título", "Arriba", "Abajo", "Un gato", "Año 2026", "Ana: ¿Seguro?"]
    assert [place_of(page, text).part for text in ("Un gato", "Año", "Ana")] == ["picture", "footer", "comment"]


@pytest.mark.parametrize("data", [package({"mimetype": "application/vnd.oasis.opendocument.presentation"}, stored="mimetype")])
def test_damaged_slides_end_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ParserFailed, match=r"a\.odp could not be read as an OpenDocument presentation"):
        recognised("a.odp", data).load_parser()(data, "a.odp", LIMITS)


def test_workbooks_stop_at_the_limit_of_text() -> None:
    for name in ("ventas.xlsb", "pedidos.xls"):
        data = (MADE / name).read_bytes()
        with pytest.raises(TooMuchText, match="unfolds to more than"):
            recognised(name, data).load_parser()(data, name, Limits(100, 0.00002))


def test_a_damaged_binary_workbook_ends_in_a_sentence() -> None:
    data = package({"xl/workbook.bin": b"\x83\x01\x00" * 5})
    with pytest.raises(ParserFailed, match=r"a\.xlsb could not be read as an Excel workbook"):
        recognised("a.xlsb", data).load_parser()(data, "a.xlsb", LIMITS)


def test_the_text_of_a_drawing_is_read_and_what_is_not_drawn_is_not() -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg"><title>Plano</title><defs><text>Plantilla</text></defs><g><text x="1" y="2">Cocina'
        '<tspan x="1" y="9">12 m²</tspan></text><text style="fill:red; display: none">Borrado</text></g><style>.a{}</style></svg>'
    )
    document = parse_svg(drawing.encode(), "a.svg", LIMITS)
    assert document.title == "Plano"
    assert document.pages[0].text == "Plano\n\nCocina\n12 m²\n\n"
    assert document.warnings == (ReadingWarning.HIDDEN_TEXT(count=7),)
    with pytest.raises(ParserFailed, match=r"a\.svg could not be read as a drawing"):
        parse_svg(b"<svg><a", "a.svg", LIMITS)
