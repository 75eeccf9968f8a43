"""Parsers: bytes to pages. Text in any encoding, Markdown, HTML without its menus; and the limits of all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import KaedamaError, ParserFailed, TooMuchText
from core.settings import ROOT
from core.types import Document
from ingest.formats import FORMATS, format_of
from ingest.parsers import xlsb
from ingest.parsers.encodings import decode
from ingest.parsers.html import parse_html
from ingest.parsers.limits import Limits
from ingest.parsers.text import parse_markdown, parse_plain
from ingest.parsers.titles import title_from_name
from tests import messages, office
from tests.growth import grows_evenly
from tests.pdfs import pdf

MEDIA_TYPES = sorted(one.media_type for one in FORMATS)
LIMITS = Limits(20_000, 64.0)
SAMPLES = ROOT / "data" / "samples"
JAPANESE = (
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは"
    "記憶している。吾輩はここで始めて人間というものを見た。"
)
SPANISH = (
    "El niño comió piñas y pidió «más» café; la señora contestó: ¿cuántas quieres? Después se fueron a la montaña, donde hacía frío, "
    "y volvieron al anochecer."
)
ENGLISH = "The café’s menu — “today’s special” — costs €12 and isn’t naïve at all, whatever the guests may say about it."


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
    assert decode(text.encode(encoding), "a.txt").text == text


@pytest.mark.parametrize("text", ["¿Cuántos años?", "mañana", "Año 2026", "猫である。"], ids=lambda text: text)
@pytest.mark.parametrize("encoding", ["utf-8", "legacy"])
def test_even_a_few_words_are_read_right(text: str, encoding: str) -> None:
    legacy = "cp932" if "猫" in text else "cp1252"
    assert decode(text.encode(legacy if encoding == "legacy" else encoding), "a.txt").text == text


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "iso2022_jp"])
def test_real_japanese_paragraphs_are_read_in_the_encodings_of_old_files(shared: Path, encoding: str) -> None:
    with (shared / "qa" / "jsquad.docs.jsonl").open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(150), strict=False)]
    encoded = {text: text.encode(encoding, errors="replace") for text in texts}
    wrong = [text for text, data in encoded.items() if decode(data, "a.txt").text != data.decode(encoding)]
    assert len(wrong) <= 2, wrong


def test_line_ends_become_one_kind_and_control_characters_spaces() -> None:
    assert decode(b"one\r\ntwo\rthree\nfour\x00\x1b five", "a.txt").text == "one\ntwo\nthree\nfour   five"


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_become_storable_text_or_an_error(data: bytes) -> None:
    try:
        text = decode(data, "a.txt").text
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
# Learn C#

```
# a fence that nobody closes
"""


def test_headings_outside_code_are_found_where_they_stand() -> None:
    document = parse_markdown(MARKDOWN.encode(), "a.md", LIMITS)
    (page,) = document.pages
    assert page.text == MARKDOWN
    assert [heading.text for heading in page.headings] == ["The kitchen", "Pans", "鍋", "Learn C#"]
    for heading in page.headings:
        line = page.text[heading.start :].split("\n")[0]
        assert line.lstrip("# ").removesuffix(" ##") == heading.text


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
    assert len(format_of(media_type).load_parser()(data.encode(), "a", LIMITS).title) == 160


@pytest.mark.parametrize(
    "text",
    [lambda n: "# a" + " " * n * 10 + "b", lambda n: "```\n# a\n```\n" * n, lambda n: "```x\n~~~y\n" * n, lambda n: "# h\n" * n],
    ids=["a heading of spaces", "many fences", "fences that nobody closes", "many headings"],
)
def test_hostile_markdown_takes_no_longer_than_other_text(text: Callable[[int], str]) -> None:
    assert grows_evenly(lambda count: parse_markdown(text(count).encode(), "a.md", LIMITS), 10_000)


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
        pytest.param("<ul><li>miso<li>shoyu</ul>", "- miso\n- shoyu", id="a list"),
        pytest.param("<table><tr><td>E2B<td>2.9<tr><td>E4B<td>4.5</table>", "E2B | 2.9\nE4B | 4.5", id="a table"),
        pytest.param("<h2>Code</h2><pre>if x:\n    y()</pre>", "Code\n\nif x:\n    y()", id="code keeps its lines"),
        pytest.param("<div>First</div><div>Second<br>Third</div>", "First\n\nSecond\nThird", id="boxes and breaks"),
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
    assert page_of(html).pages[0].text.rstrip() == expected


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
    assert page_of(html.encode(written)).pages[0].text.rstrip() == text


# Limits


# Documents of more than a thousand characters, of the formats that are no plain text.
LONG_DOCUMENTS = {"application/pdf": pdf("Words", "Words" * 300), **messages.LONG, **office.LONG}


@pytest.mark.parametrize("media_type", [media_type for media_type in MEDIA_TYPES if not media_type.startswith("image/")])
def test_every_parser_stops_at_its_limits(media_type: str) -> None:
    data = LONG_DOCUMENTS.get(media_type, b"<p>Words of a page</p>" * 99)
    if media_type in ("application/vnd.ms-outlook", "application/vnd.ms-excel", xlsb.MEDIA_TYPE):
        pytest.skip(
            "no program that writes it is here; real ones are read in the tests of messages, of programs and of known files"
        )
    with pytest.raises(TooMuchText, match="unfolds to more than"):
        format_of(media_type).load_parser()(data, "a", Limits(10, 0.001))
    assert format_of(media_type).load_parser()(data, "a", LIMITS).media_type == media_type


@given(st.sampled_from(MEDIA_TYPES), st.binary(max_size=200))
@example("text/html", b".xml")
@example("text/html", b"http://host")
@example("text/html", b"<?xml version='1.0'?><p>a</p>")
@settings(deadline=None)
def test_no_bytes_end_a_parser_otherwise_than_by_a_sentence(media_type: str, data: bytes) -> None:
    try:
        document = format_of(media_type).load_parser()(data, "a", LIMITS)
    except KaedamaError as error:
        assert str(error)
    else:
        assert all(page.text == page.text.encode("utf-8").decode("utf-8") for page in document.pages)
