#!/usr/bin/env bash
# Makes the samples of this folder anew, into the folder given as first argument. Needs Debian's libreoffice-writer, libreoffice-calc,
# libreoffice-impress, fonts-noto-cjk, mutt, nkf, and Python's python-pptx, pypdfium2 and pyxlsbwriter 0.1.0.
set -euo pipefail
out=$(realpath "$1")
cd "$(mktemp -d)"
office() { soffice --headless "-env:UserInstallation=file://$PWD/profile" --convert-to "$@" >/dev/null; }

# Tables as people save them: a spreadsheet with formats and a chart, written again as XLS, ODS and CSV.
cat > pedidos.fods <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:automatic-styles>
<number:date-style style:name="D"><number:day number:style="long"/><number:text>/</number:text><number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style>
<number:percentage-style style:name="P"><number:number number:decimal-places="1" number:min-integer-digits="1"/><number:text>%</number:text></number:percentage-style>
<style:style style:name="d" style:family="table-cell" style:data-style-name="D"/><style:style style:name="p" style:family="table-cell" style:data-style-name="P"/>
</office:automatic-styles><office:body><office:spreadsheet><table:table table:name="Pedidos">
<table:table-row><table:table-cell office:value-type="string"><text:p>Fecha</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Cliente</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Importe</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>IVA</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell table:style-name="d" office:value-type="date" office:date-value="2026-03-14"/><table:table-cell office:value-type="string"><text:p>Panadería Núñez; hijos</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="1234.5"/><table:table-cell table:style-name="p" office:value-type="percentage" office:value="0.21"/></table:table-row>
<table:table-row><table:table-cell table:style-name="d" office:value-type="date" office:date-value="2026-04-02"/><table:table-cell office:value-type="string"><text:p>Cafetería «El Ñandú»</text:p><text:p>segunda entrega</text:p><office:annotation><dc:creator>Ana</dc:creator><text:p>Falta el albarán</text:p></office:annotation></table:table-cell><table:table-cell office:value-type="float" office:value="87.25"/><table:table-cell table:style-name="p" office:value-type="percentage" office:value="0.105"/></table:table-row>
<table:table-row table:visibility="collapse"><table:table-cell table:style-name="d" office:value-type="date" office:date-value="2026-05-01"/><table:table-cell office:value-type="string"><text:p>Cliente oculto</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="1"/></table:table-row>
<table:table-row><table:table-cell/><table:table-cell/><table:table-cell table:formula="of:=SUM([.C2:.C4])" office:value-type="float" office:value="0"/><table:table-cell><draw:frame svg:width="5cm" svg:height="2cm"><draw:text-box><text:p>Cifras sin portes</text:p></draw:text-box></draw:frame></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document>
X
office ods pedidos.fods
office xls pedidos.ods
office xlsx pedidos.ods
office 'csv:Text - txt - csv (StarCalc):59,34,ANSI,1,,0,false,true,false' pedidos.ods
mv pedidos.csv pedidos-cp1252.csv
printf '日付,店名,金額,備考\n2026/1/9,髙島屋①,"3,480","お中元\n送料込み"\n2026/1/10,㈱まるや食堂,980,昼食\n' > a.csv
soffice --headless "-env:UserInstallation=file://$PWD/profile" --infilter='CSV:44,34,76,1' --convert-to 'csv:Text - txt - csv (StarCalc):44,34,64,1' --outdir cp932 a.csv >/dev/null
mv cp932/a.csv kakeibo-cp932.csv

# A workbook whose two cells stand in opposite corners.
cat > far-cell.fods <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet><table:table table:name="A">
<table:table-row><table:table-cell office:value-type="string"><text:p>first</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="65534"><table:table-cell/></table:table-row>
<table:table-row><table:table-cell table:number-columns-repeated="255"/><table:table-cell office:value-type="string"><text:p>last</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document>
X
office xls far-cell.fods

# Slides: a table, a chart, notes, a hidden slide, an empty place for text.
python3 - <<'X'
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Cm
made = Presentation()
one = made.slides.add_slide(made.slide_layouts[5])
one.shapes.title.text = "夏の売上"
data = CategoryChartData()
data.categories = ["六月", "七月"]
data.add_series("かき氷", (120, 345))
chart = one.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(2), Cm(5), Cm(12), Cm(8), data).chart
chart.has_title = True
chart.chart_title.text_frame.text = "月別の杯数"
one.notes_slide.notes_text_frame.text = "七月は祭りの日を含む。"
two = made.slides.add_slide(made.slide_layouts[1])
two.shapes.title.text = "来年の計画"
three = made.slides.add_slide(made.slide_layouts[5])
three.shapes.title.text = "社外秘の原価"
three.element.set("show", "0")
made.save("natsu.pptx")
X
office odp natsu.pptx
python3 - <<'X'
import datetime
from pyxlsbwriter import XlsbWriter
with XlsbWriter("ventas.xlsb", compressionLevel=6) as book:
    book.add_sheet("Ventas")
    book.write_sheet([
        ["Fecha", "Ciudad", "Importe"],
        [datetime.date(2026, 3, 14), "Málaga", 1234.5],
        [datetime.datetime(2026, 3, 15, 9, 30), "大阪", 0.125],
    ])
    book.add_sheet("Oculta", hidden=True)
    book.write_sheet([["No se ve"]])
X

# Rich text and Word of a text in Japanese with a note, a comment, a text box, tracked changes, a field and a nested list.
cat > keiyaku.fodt <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"
 office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text"><office:automatic-styles>
<style:style style:name="hid" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:page-layout style:name="pl"><style:header-style/><style:footer-style/></style:page-layout></office:automatic-styles><office:master-styles>
<style:master-page style:name="Standard" style:page-layout-name="pl"><style:header><text:p>株式会社あおば</text:p></style:header><style:footer><text:p>無断転載を禁ず</text:p></style:footer></style:master-page>
</office:master-styles><office:body><office:text><text:tracked-changes><text:changed-region xml:id="c1"><text:deletion><office:change-info><dc:creator>森</dc:creator><dc:date>2026-01-02T03:04:05</dc:date></office:change-info><text:p>削除された一文</text:p></text:deletion></text:changed-region><text:changed-region xml:id="c2"><text:insertion><office:change-info><dc:creator>森</dc:creator><dc:date>2026-01-02T03:04:05</dc:date></office:change-info></text:insertion></text:changed-region></text:tracked-changes>
<text:h text:outline-level="1">業務委託契約</text:h>
<text:p>甲は乙に業務を委託する<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>再委託は書面による承諾を要する</text:p></text:note-body></text:note>。<text:change text:change-id="c1"/><text:change-start text:change-id="c2"/>期間は一年とする。<text:change-end text:change-id="c2"/></text:p>
<text:p>報酬は月額<office:annotation><dc:creator>林</dc:creator><text:p>税込みか確認</text:p></office:annotation>四十二万円<text:span text:style-name="hid">見えない文字</text:span>、詳細は<text:a xlink:href="https://example.com/">別紙一覧</text:a>のとおり。</text:p>
<text:list><text:list-item><text:p>設計</text:p><text:list><text:list-item><text:p>基本設計書</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>試験</text:p></text:list-item></text:list>
<table:table table:name="T"><table:table-column/><table:table-column/><table:table-row><table:table-cell><text:p>工程</text:p></table:table-cell><table:table-cell><text:p>人日</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>設計書の作成</text:p></table:table-cell><table:table-cell><text:p>12</text:p></table:table-cell></table:table-row></table:table>
<text:p><draw:frame text:anchor-type="paragraph" svg:width="5cm" svg:height="2cm"><draw:text-box><text:p>押印欄は次頁</text:p></draw:text-box></draw:frame></text:p>
</office:text></office:body></office:document>
X
office rtf keiyaku.fodt
office docx keiyaku.fodt
office odt keiyaku.fodt
office epub keiyaku.fodt

# Mail by mutt: Japanese in ISO-2022-JP with an encoded name of an attachment, Spanish in Windows-1252 with a table.
printf '来週の定例会は水曜の十五時に変更します。\n会議室は三階の「銀杏」です。\n' > body.txt
printf '議題\n一、倉庫の棚卸し\n' > 議題メモ.txt
cat > send.sh <<'X'
#!/bin/sh
cat > sent.eml
X
chmod +x send.sh
printf 'set charset=utf-8 use_from=yes from="yui@example.jp" realname="青木 ゆい" copy=no user_agent=no hostname=example.jp sendmail="%s/send.sh" sendmail_wait=0\n' "$PWD" > muttrc
LC_ALL=C.UTF-8 mutt -n -F muttrc -e 'set send_charset=iso-2022-jp rfc2047_parameters=yes' -s '定例会の日程変更' -a 議題メモ.txt -- ken@example.jp < body.txt
mv sent.eml teirei-ja.eml
sed -i 's/青木 ゆい/Begoña Ibáñez/; s/yui@example.jp/begona@example.es/' muttrc
printf 'Señor Peña:\n\nLe adjunto los pedidos de abril. El transporte sale el viernes a las 7:45.\n' > body.txt
LC_ALL=C.UTF-8 mutt -n -F muttrc -e 'set send_charset=windows-1252' -s 'Pedidos de abril — revisión' -a pedidos-cp1252.csv -- pena@example.es < body.txt
mv sent.eml pedidos-es.eml

# Code in encodings of its time, by nkf.
printf '# 在庫を数える\ndef count_stock(shelf)\n  # 棚にある品物の数を返す。\n  shelf.length\nend\n' | nkf -W -e > zaiko-euc.rb
printf '/* Cálculo del área */\ndouble area(double ancho, double alto) {\n    return ancho * alto; // en metros cuadrados\n}\n' | iconv -t cp1252 > area-cp1252.c
printf '■営業時間のお知らせ\n八月十三日から十六日まで休業いたします。\n' | nkf -W -s > oshirase-sjis.txt

# Japanese pictures: a page laid out by LibreOffice, across and upright, drawn by PDFium.
for way in lr-tb tb-rl; do
cat > "p-$way.fodt" <<X
<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text"><office:styles>
<style:default-style style:family="paragraph"><style:paragraph-properties fo:line-height="180%"/><style:text-properties style:font-name-asian="Noto Serif CJK JP" style:font-size-asian="16pt" fo:font-size="16pt" style:language-asian="ja" style:country-asian="JP"/></style:default-style></office:styles>
<office:automatic-styles><style:page-layout style:name="pl"><style:page-layout-properties fo:page-width="14cm" fo:page-height="12cm" fo:margin="1.5cm" style:writing-mode="$way"/></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="pl"/></office:master-styles><office:body><office:text>
<text:p>山の学校では毎朝、子どもたちが井戸の水をくむ。冬になると雪が深く積もり、道は一本だけになる。</text:p><text:p>先生は古い時計を直しながら、春の遠足の話をした。</text:p></office:text></office:body></office:document>
X
office pdf "p-$way.fodt"
python3 -c "import pypdfium2; pypdfium2.PdfDocument('p-$way.pdf')[0].render(scale=150/72, grayscale=True).to_pil().save('p-$way.png', optimize=True)"
done
mv p-lr-tb.png yama-across.png; mv p-tb-rl.png yama-upright.png
cp far-cell.xls pedidos.ods pedidos.xls pedidos.xlsx pedidos-cp1252.csv kakeibo-cp932.csv natsu.odp ventas.xlsb keiyaku.rtf keiyaku.docx keiyaku.odt keiyaku.epub \
  teirei-ja.eml pedidos-es.eml zaiko-euc.rb area-cp1252.c oshirase-sjis.txt yama-across.png yama-upright.png "$out"
