"""Parsers: bytes to pages. Text in any encoding, Markdown, HTML without its menus, PDF with places."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Encrypted, KaedamaError, ParserFailed, TooManyPages, TooMuchText
from core.settings import ROOT
from core.types import Document
from ingest.parsers import PARSERS
from ingest.parsers.html import parse_html
from ingest.parsers.limits import Limits
from ingest.parsers.pdf import parse_pdf
from ingest.parsers.text import decode, parse_markdown, parse_plain
from ingest.parsers.titles import title_from_name
from tests.pdfs import encrypted, pdf

LIMITS = Limits(20_000, 64.0)
SAMPLES = ROOT / "data" / "samples"
GOOD = Path(__file__).parents[2] / "shared" / "pdfs" / "good"
JAPANESE = (
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは"
    "記憶している。吾輩はここで始めて人間というものを見た。"
)
SPANISH = (
    "El niño comió piñas y pidió «más» café; la señora contestó: ¿cuántas quieres? Después se fueron a la montaña, donde hacía frío, "
    "y volvieron al anochecer."
)
ENGLISH = "The café’s menu — “today’s special” — costs €12 and isn’t naïve at all, whatever the guests may say about it."


def squeezed(text: str) -> str:
    """Text as it is compared across programs: one width, no white space."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


# Text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(text, encoding, id=f"{name} in {encoding}")
        for name, text, encodings in (
            ("Japanese", JAPANESE, ("utf-8", "utf-8-sig", "utf-16", "shift_jis", "cp932", "euc_jp", "iso2022_jp")),
            ("Spanish", SPANISH, ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin_1")),
            ("English", ENGLISH, ("utf-8", "utf-16", "cp1252")),
        )
        for encoding in encodings
    ],
)
def test_text_is_read_in_the_encoding_it_was_written_in(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize("text", ["¿Cuántos años?", "mañana", "Año 2026", "猫である。"], ids=lambda text: text)
@pytest.mark.parametrize("encoding", ["utf-8", "legacy"])
def test_even_a_few_words_are_read_right(text: str, encoding: str) -> None:
    legacy = "cp932" if "猫" in text else "cp1252"
    assert decode(text.encode(legacy if encoding == "legacy" else encoding), "a.txt") == text


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "iso2022_jp"])
def test_real_japanese_paragraphs_are_read_in_the_encodings_of_old_files(shared: Path, encoding: str) -> None:
    with (shared / "qa" / "jsquad.docs.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(150), strict=False)]
    encoded = {text: text.encode(encoding, errors="replace") for text in texts}
    wrong = [text for text, data in encoded.items() if decode(data, "a.txt") != data.decode(encoding)]
    assert len(wrong) <= 2, wrong


def test_line_ends_become_one_kind_and_control_characters_spaces() -> None:
    assert decode(b"one\r\ntwo\rthree\nfour\x00\x1b five", "a.txt") == "one\ntwo\nthree\nfour   five"


@given(st.binary(max_size=300))
def test_any_bytes_become_storable_text_or_an_error(data: bytes) -> None:
    try:
        text = decode(data, "a.txt")
    except ParserFailed as error:
        assert "encoding" in str(error)
    else:
        assert text.encode("utf-8").decode("utf-8") == text
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)


def test_plain_text_is_one_page_as_it_was_written() -> None:
    document = parse_plain(b"  Two  spaces\n\n# no heading\n", "my_notes-2025.es.txt", LIMITS)
    (page,) = document.pages
    assert (document.title, page.number, page.text, page.headings) == (
        "my notes 2025", 1, "  Two  spaces\n\n# no heading\n", (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "title"),
    [("a/b_c-d.md", "b c d"), ("informe.es.pdf", "informe"), ("資料.ja.html", "資料"), ("archive.tar.gz", "archive.tar.gz")],
    ids=lambda value: value,
)
def test_a_title_is_made_of_the_file_name(name: str, title: str) -> None:
    assert title_from_name(name) == title


# Markdown

MARKDOWN = """# The kitchen

Words.

```sh
# a comment in a shell script
```

## Pans ##

~~~~
# another
~~~
# and one more
~~~~

#no heading
####### no heading either
### 鍋

```
# a fence that nobody closes
"""


def test_headings_outside_code_are_found_where_they_stand() -> None:
    document = parse_markdown(MARKDOWN.encode(), "a.md", LIMITS)
    (page,) = document.pages
    assert page.text == MARKDOWN
    assert [heading.text for heading in page.headings] == ["The kitchen", "Pans", "鍋"]
    for heading in page.headings:
        line = page.text[heading.start :].split("\n")[0]
        assert line.strip("# ") == heading.text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        pytest.param("Intro\n\n# Title\n", "Title", id="the first heading of the first level"),
        pytest.param("```\n# code\n```\n\n# Title\n", "Title", id="not a comment in code"),
        pytest.param("## Only second level\n", "the name", id="the file's name where there is none"),
    ],
)
def test_the_title_of_markdown(text: str, title: str) -> None:
    assert parse_markdown(text.encode(), "the_name.md", LIMITS).title == title


@pytest.mark.parametrize("media_type", ["text/html", "text/markdown"])
def test_an_endless_title_is_cut(media_type: str) -> None:
    data = f"# {'long ' * 999}" if media_type == "text/markdown" else f"<title>{'long ' * 999}</title><p>Words</p>"
    assert len(PARSERS[media_type](data.encode(), "a", LIMITS).title) == 160


# HTML


def page_of(html: str | bytes) -> Document:
    """The document of an HTML page."""
    return parse_html(html if isinstance(html, bytes) else html.encode(), "page.html", LIMITS)


def test_the_sample_page_keeps_its_article_and_loses_menu_footer_and_styles() -> None:
    document = page_of((SAMPLES / "rag-service.en.html").read_bytes())
    text = document.pages[0].text
    assert document.title == "Putting a RAG service together: what you host, what you call"
    for kept in (
        "Vectors from the two EmbeddingGemma versions cannot be mixed, yet both are 768 wide",
        "A service that answers questions about your own papers has two halves.",
        "never write it to a log, and say plainly that the passages leave the computer with every call.",
    ):
        assert kept in text
    for lost in ("Subscribe to", "Back to top", "Cookie settings", "max-width", "font:", "<"):
        assert lost not in text


def test_headings_of_a_page_are_found_where_they_stand() -> None:
    (page,) = page_of((SAMPLES / "rag-service.en.html").read_bytes()).pages
    assert [heading.text for heading in page.headings][1:4] == ["The parts at a glance", "Parsing and chunking", "Embeddings"]
    for heading in page.headings:
        assert page.text[heading.start :].lstrip("#- ").startswith(heading.text)


LONG = "The broth simmers for two days before anybody may taste it, and nobody complains about that. "


@pytest.mark.parametrize("times", [1, 20], ids=["a short page", "a long page"])
def test_what_is_around_an_article_is_left_out(times: int) -> None:
    html = f"""<html><head><title>Broth</title><style>p {{color: red}}</style></head><body>
        <nav><a href="/">Home</a> <a href="/shop">Our shop</a></nav>
        <article><h1>Broth</h1>{f"<p>{LONG}</p>" * times}</article>
        <aside>Buy our spoons</aside><script>alert("danger")</script><footer>Imprint and cookies</footer></body></html>"""
    text = page_of(html).pages[0].text
    assert LONG.strip() in text
    for lost in ("Our shop", "spoons", "danger", "Imprint", "color"):
        assert lost not in text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<p>One <b>bold</b> word, <a href=x>a link</a>.", "One bold word, a link.", id="a paragraph stays together"),
        pytest.param("<ul><li>miso<li>shoyu</ul>", "miso\n\nshoyu", id="a list"),
        pytest.param("<table><tr><td>E2B<td>2.9<tr><td>E4B<td>4.5</table>", "E2B | 2.9\n\nE4B | 4.5", id="a table"),
        pytest.param("<h2>Code</h2><pre>if x:\n    y()</pre>", "Code\n\nif x:\n    y()", id="code keeps its lines"),
        pytest.param("<div>First</div><div>Second<br>Third</div>", "First\n\nSecond\n\nThird", id="boxes and breaks"),
        pytest.param(
            "<p>Fish &amp; chips &lt;b&gt; caf&eacute; &#12354;</p>", "Fish & chips <b> café あ", id="character references"
        ),
        pytest.param(
            "<p><ruby>替<rt>か</rt></ruby>え<ruby>玉<rp>(</rp><rt>だま</rt><rp>)</rp></ruby></p>", "替え玉", id="readings"
        ),
        pytest.param("<form><p>A page in a form.</p><button>Send</button></form>", "A page in a form.", id="a form"),
    ],
)
def test_fragments_of_html_keep_all_visible_text(html: str, expected: str) -> None:
    assert page_of(html).pages[0].text == expected


def test_a_page_of_which_the_article_search_drops_most_is_taken_whole() -> None:
    boxes = "".join(f"<div><span>Part number {number}</span><span>costs {number} euros</span></div>" for number in range(60))
    text = page_of(f"<html><body><p>{LONG}</p>{boxes}</body></html>").pages[0].text
    assert all(f"Part number {number}" in text for number in range(60))


@pytest.mark.parametrize(
    ("declared", "written", "text"),
    [
        ("shift_jis", "cp932", JAPANESE + "①㈱"),
        ("euc-jp", "euc_jp", JAPANESE),
        ("iso-8859-1", "cp1252", "“El niño” cuesta 5 € — sí."),
        ("windows-1252", "cp1252", SPANISH),
        ("iso-8859-1", "utf-8-sig", SPANISH),
        ("utf-16", "utf-8", SPANISH),
        ("utf-8", "cp1252", SPANISH),
        ("idna", "utf-8", SPANISH),
        ("no-such-code", "utf-8", JAPANESE),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_a_page_is_read_in_the_encoding_it_declares_if_it_can_be(declared: str, written: str, text: str) -> None:
    html = f'<html><head><meta charset="{declared}"></head><body><p>{text}</p></body></html>'
    assert page_of(html.encode(written)).pages[0].text == text


# PDF


@functools.cache
def good_pdf(name: str) -> Document:
    """One of the shared PDFs, read once."""
    return parse_pdf((GOOD / name).read_bytes(), name, LIMITS)


def good_pdfs() -> list[dict[str, object]]:
    """The manifest's entries that have text; empty where the shared PDFs are not there."""
    manifest = GOOD / "manifest.jsonl"
    rows = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()] if manifest.exists() else []
    return [row for row in rows if row["text_layer"]]


@pytest.mark.skipif(not GOOD.is_dir(), reason="the shared PDFs are not beside this checkout")
@pytest.mark.parametrize("row", good_pdfs(), ids=lambda row: str(row["file"]))
class TestRealPdfs:
    """Every shared PDF that has text."""

    def test_known_sentences_are_found_on_their_page(self, row: dict[str, object]) -> None:
        document = good_pdf(str(row["file"]))
        assert len(document.pages) == row["pages"]
        assert [page.number for page in document.pages] == list(range(1, len(document.pages) + 1))
        probes: list[dict[str, object]] = row["probes"]  # type: ignore[assignment]
        for probe in probes:
            number = int(str(probe["page"]))
            assert squeezed(str(probe["sentence"])) in squeezed(document.pages[number - 1].text), f"page {number}"

    def test_lines_are_slices_of_the_text_and_stand_on_the_sheet(self, row: dict[str, object]) -> None:
        lines = 0
        for page in good_pdf(str(row["file"])).pages:
            end = 0
            for line in page.lines:
                text = page.text[line.start : line.end]
                assert text.strip()
                assert "\n" not in text
                assert line.start >= end
                assert 0 <= line.left < line.right <= page.width
                assert 0 <= line.top < line.bottom <= page.height
                end = line.end
                lines += 1
        assert lines > 0


@pytest.mark.skipif(not GOOD.is_dir(), reason="the shared PDFs are not beside this checkout")
def test_printed_labels_stand_beside_physical_numbers() -> None:
    pages = good_pdf("GeoTopo-komprimiert.pdf").pages
    assert [(page.number, page.label) for page in pages[:5]] == [(1, "i"), (2, "ii"), (3, "iii"), (4, "1"), (5, "2")]
    assert {page.label for page in good_pdf("tracemonkey.pdf").pages} == {None}


def test_the_japanese_sample_is_read_with_its_places() -> None:
    document = parse_pdf((SAMPLES / "gemma4-family.ja.pdf").read_bytes(), "gemma4-family.ja.pdf", LIMITS)
    assert document.title == "Gemma 4 ファミリー案内 ― 家で動かす人のために"
    assert len(document.pages) == 4
    second, third = document.pages[1], document.pages[2]
    assert "一度に渡せる音声は30秒まで" in squeezed(second.text)
    assert "いちばん小さい270Mは4ビット版のファイルが253MBしかなく" in squeezed(third.text)
    heading = next(line for line in second.lines if second.text[line.start : line.end] == "3 思考モード")
    beneath = next(line for line in second.lines if second.text[line.start : line.end].startswith("Gemma 4 は、答える前に"))
    assert (round(second.width), round(second.height)) == (595, 842)
    assert heading.top < heading.bottom < beneath.top


def test_places_follow_the_text_of_a_page() -> None:
    (page,) = parse_pdf(pdf("First line\nSecond (line)"), "a.pdf", LIMITS).pages
    first, second = page.lines
    assert page.text == "First line\nSecond (line)"
    assert [page.text[line.start : line.end] for line in page.lines] == ["First line", "Second (line)"]
    assert first.left == pytest.approx(72, abs=2)
    assert first.bottom == pytest.approx(842 - 760, abs=5)
    assert second.top - first.top == pytest.approx(14, abs=1)


def test_places_of_a_turned_page_are_those_on_the_screen() -> None:
    (page,) = parse_pdf(pdf("A line", page="/Rotate 90"), "a.pdf", LIMITS).pages
    (line,) = page.lines
    assert (page.width, page.height) == (842, 595)
    assert line.bottom - line.top > line.right - line.left, "the line runs downwards"
    assert line.top == pytest.approx(72, abs=2)


def test_text_beside_the_sheet_has_no_place_on_it() -> None:
    (page,) = parse_pdf(pdf("In\nOut", page="/CropBox [0 755 595 842]"), "a.pdf", LIMITS).pages
    assert [page.text[line.start : line.end] for line in page.lines] == ["In"]


@pytest.mark.parametrize(
    ("catalog", "labels"),
    [
        pytest.param("/PageLabels <</Nums [0 <</S /r>> 2 <</S /D /P (A-)>>]>>", ["i", "ii", "A-1"], id="Roman, then with a prefix"),
        pytest.param("/PageLabels <</Nums [0 <</S /D>>]>>", [None, None, None], id="plain numbers say nothing"),
        pytest.param("", [None, None, None], id="no labels"),
        pytest.param("/PageLabels 17", [None, None, None], id="labels that are none"),
    ],
)
def test_labels_are_told_where_they_differ_from_the_numbers(catalog: str, labels: list[str | None]) -> None:
    assert [page.label for page in parse_pdf(pdf("a", "b", "c", catalog=catalog), "a.pdf", LIMITS).pages] == labels


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Annual report", "Annual report"), ("", "my file"), ("Microsoft Word - x.doc", "my file"), ("draft.indd", "my file")],
    ids=["a title", "no title", "a program's greeting", "a file name"],
)
def test_a_title_that_says_nothing_gives_way_to_the_file_name(title: str, expected: str) -> None:
    assert parse_pdf(pdf("Words", title=title), "my_file.pdf", LIMITS).title == expected


def test_a_pdf_with_a_password_asks_for_a_copy_without() -> None:
    with pytest.raises(Encrypted, match=r"a\.pdf is protected by a password\. .* save a copy without password"):
        parse_pdf(encrypted(pdf("Secret"), "open sesame"), "a.pdf", LIMITS)


def test_a_pdf_with_an_empty_password_is_read() -> None:
    assert parse_pdf(encrypted(pdf("No secret"), ""), "a.pdf", LIMITS).pages[0].text == "No secret"


def test_a_damaged_pdf_says_so() -> None:
    with pytest.raises(ParserFailed, match=r"a\.pdf could not be read as PDF: .*may be damaged"):
        parse_pdf(b"%PDF-1.7\nnothing more", "a.pdf", LIMITS)


# Limits


@pytest.mark.parametrize("media_type", sorted(PARSERS))
def test_every_parser_stops_at_its_limits(media_type: str) -> None:
    data = pdf("Words", "Words" * 300) if media_type == "application/pdf" else b"<p>Words of a page</p>" * 99
    with pytest.raises(TooMuchText, match="unfolds to more than"):
        PARSERS[media_type](data, "a", Limits(10, 0.001))
    assert PARSERS[media_type](data, "a", LIMITS).media_type == media_type


def test_a_pdf_of_too_many_pages_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooManyPages, match=r"a\.pdf has 3 pages; at most 2 are taken"):
        parse_pdf(pdf("a", "b", "c"), "a.pdf", Limits(2, 64.0))


@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=200))
def test_no_bytes_end_a_parser_otherwise_than_by_a_sentence(media_type: str, data: bytes) -> None:
    try:
        document = PARSERS[media_type](data, "a", LIMITS)
    except KaedamaError as error:
        assert str(error)
    else:
        assert all(page.text == page.text.encode("utf-8").decode("utf-8") for page in document.pages)
