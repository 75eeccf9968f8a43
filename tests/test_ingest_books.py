"""Books, rich text, notebooks and source code: their text in order, and the places that their own programs show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ParserFailed, PasswordUnsupported
from core.places import Place
from core.types import Document
from ingest.chunker import chunk_document
from ingest.formats import recognised
from ingest.parsers.code import parse_code
from ingest.parsers.epub import parse_epub
from ingest.parsers.limits import Limits
from ingest.parsers.notebook import parse_notebook
from ingest.parsers.rtf import parse_rtf
from ingest.parsers.text import parse_markdown, parse_plain
from tests.growth import grows_evenly
from tests.messages import book, cell, notebook, packed, rich

LIMITS = Limits(20_000, 64.0)


def said(document: Document) -> str:
    return "\n".join(page.text for page in document.pages)


def place_of(document: Document, words: str) -> Place:
    """The place of the passage that holds these words."""
    (found,) = (chunk for chunk in chunk_document(document, 900) if words in chunk.text)
    return found.place


# Books


def test_chapters_come_in_reading_order_and_are_called_as_the_contents_call_them() -> None:
    data = book(
        {"z%20last.xhtml": "<p>First words.</p>", "a.xhtml": "<p>Second words.</p>", "b.xhtml": "<p>Third words.</p>"},
        {"I. The Pot": "z%20last.xhtml", "II. The Broth": "a.xhtml"},
        linear={"z%20last.xhtml": "no"},
    )
    document = parse_epub(data, "a.epub", LIMITS)
    assert document.title == "A Book of Broth"
    assert [(page.number, page.marks[0].place.chapter) for page in document.pages] == [(1, "I. The Pot"), (2, "II. The Broth")]
    assert said(document).split() == ["First", "words.", "Second", "words.", "Third", "words."]
    assert [page.headings[0].text for page in document.pages] == ["I. The Pot", "II. The Broth"]


def test_chapters_of_one_file_begin_where_the_contents_lead() -> None:
    body = '<h2 id="one">One</h2><p>Words of one.</p><div><p>More.</p><h2 id="two">Two</h2></div><p>Words of two.</p>'
    document = parse_epub(
        book({"all.xhtml": f"<p>Before.</p>{body}"}, {"One": "all.xhtml#one", "Two": "all.xhtml#two"}), "a", LIMITS
    )
    assert [page.marks[0].place.chapter for page in document.pages] == ["", "One", "Two"]
    assert place_of(document, "Words of two.").chapter == "Two"


def test_a_book_without_contents_has_a_page_a_file() -> None:
    document = parse_epub(
        book({"a.xhtml": "<p>One.</p>", "b.xhtml": "<p>Two.</p>"}, {}, title="Unknown Title"), "my_book.epub", LIMITS
    )
    assert (document.title, [page.text.strip() for page in document.pages]) == ("my book", ["One.", "Two."])


def test_notes_of_a_book_are_notes_and_readings_are_folded() -> None:
    body = (
        '<p>Text<a epub:type="noteref" href="#n">1</a> of <ruby>漢<rt>かん</rt></ruby>字&nbsp;here.</p>'
        '<aside epub:type="footnote" id="n"><p>The note.</p></aside><p>After.</p>'
    )
    document = parse_epub(book({"a.xhtml": body}, {"One": "a.xhtml"}), "a.epub", LIMITS)
    assert "漢字 here." in said(document)
    assert place_of(document, "The note.") == Place(chapter="One", part="footnote")
    assert place_of(document, "After.") == Place(chapter="One")


def test_a_book_that_only_its_shop_can_open_is_told() -> None:
    locked = '<encryption><EncryptedData><CipherReference URI="OPS/a.xhtml"/></EncryptedData></encryption>'
    container = '<container><rootfiles><rootfile full-path="OPS/b.opf"/></rootfiles></container>'
    opf = (
        '<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    data = packed({
        "META-INF/container.xml": container, "META-INF/encryption.xml": locked, "OPS/b.opf": opf, "OPS/a.xhtml": bytes(range(200)),
    })  # fmt: skip
    with pytest.raises(PasswordUnsupported):
        parse_epub(data, "a.epub", LIMITS)


def test_a_package_without_pages_is_told() -> None:
    with pytest.raises(ParserFailed, match="EPUB"):
        parse_epub(packed({"META-INF/container.xml": "<container/>"}), "a.epub", LIMITS)


# Rich text


def test_rich_text_keeps_headings_notes_comments_and_tables_with_their_places() -> None:
    body = (
        r"{\header Head line\par}{\footer Foot line\par}"
        r"\pard\s1\outlinelevel0 The pot\par\pard\plain Words{\footnote The note.} go on{\*\atnid AA}{\*\annotation A comment.}.\par"
        r"\trowd\pard\intbl Soup\cell Price\cell\row\trowd\pard\intbl Miso\cell 700\cell\row\pard After the table.\par"
        r"{\v hidden words}{\deleted gone words}"
    )
    document = parse_rtf(rich(body), "a.rtf", LIMITS)
    (page,) = document.pages
    assert document.title == "Broth"
    assert [heading.text for heading in page.headings][:1] == ["The pot"]
    assert "Words go on." in page.text
    assert "Soup | Price\nMiso | 700\n" in page.text
    (table,) = page.tables
    assert page.text[table.start : table.body] == "Soup | Price\n"
    places = {page.text[mark.start :].split("\n")[0]: mark.place for mark in page.marks}
    assert places["Miso | 700"] == Place(table=1, row=2)
    assert [places[words].part for words in ("The note.", "A comment.", "Head line", "Foot line")] == [
        "footnote 1", "comment 1", "header", "footer",
    ]  # fmt: skip
    assert "hidden words" not in page.text
    assert "gone words" not in page.text
    assert document.hidden == len("hiddenwords")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"{\f1 \'93\'fa\'96\'7b\'8c\'ea}", "日本語"),
        (r"{\f1 \'83A\'83C\'83X}", "アイス"),
        (r"caf\'e9 \'93quoted\'94", "café “quoted”"),
        (r"\u26085?\u26412?", "日本"),
        (r"\uc2\u26085??\uc1 x", "日x"),
        (r"\u-10179?\u-8704?", "😀"),
        (r"a\tab b\line c\~d\_e\-f", "a b\nc\u00a0d-ef"),
        (r"\{braces\} \\ slash", "{braces} \\ slash"),
        (r"{\field{\*\fldinst HYPERLINK http://x}{\fldrslt link}}", "link"),
        (r"{\upr{old}{\*\ud{new}}}", "new"),
        (r"{\*\unheard of}kept", "kept"),
        (r"{\pict 00ff00ff}kept", "kept"),
        ("{\\object{\\*\\objdata 0102}{\\result shown}}", "shown"),
        (r"{\field{\*\fldinst EQ \\* jc2 \\o\\ad(\\s\\up 11(かん),K)}{\fldrslt }}".replace("かん", "x"), "K"),
    ],
)
def test_control_words_of_rich_text(body: str, expected: str) -> None:
    assert said(parse_rtf(rich(body + r"\par"), "a.rtf", LIMITS)).strip().replace("\t", " ") == expected


def test_pictures_of_bytes_are_passed_over() -> None:
    data = rich(r"before {\pict\bin6 @@@@@@}after\par").replace(b"@@@@@@", b"}{\\}}{")
    assert said(parse_rtf(data, "a.rtf", LIMITS)).split() == ["before", "after"]


@given(st.text(alphabet="\\{}ab1 '*\n", max_size=120))
@settings(deadline=None)
def test_any_rich_text_has_an_end(body: str) -> None:
    document = parse_rtf(rich(body), "a.rtf", LIMITS)
    assert len(document.pages) == 1
    assert len(said(document).encode()) <= 4 * len(rich(body))


@pytest.mark.parametrize(
    "text",
    [lambda n: "{" * n + "x" + "}" * n, lambda n: "\\b x" * n, lambda n: r"\trowd x\cell\row " * n, lambda n: r"{\footnote x}" * n],
    ids=["groups in groups", "control words", "rows", "notes"],
)
def test_hostile_rich_text_takes_no_longer_than_other_text(text: Callable[[int], str]) -> None:
    assert grows_evenly(lambda count: parse_rtf(rich(text(count)), "a.rtf", LIMITS), 2_000)


# Notebooks


def test_cells_of_a_notebook_are_places_and_its_headings_headings() -> None:
    printed: dict[str, object] = {"output_type": "stream", "text": ["loss \x1b[31m0.5\x1b[0m\n"]}
    failed: dict[str, object] = {"output_type": "error", "ename": "ValueError", "evalue": "no broth", "traceback": ["x"]}
    data = notebook(
        cell(["# The pot\n", "Words."], "markdown"),
        cell("def cook():\n    return 1", outputs=[printed, failed]),
        cell("After."),
    )
    document = parse_notebook(data, "a.ipynb", LIMITS)
    (page,) = document.pages
    assert recognised("a.ipynb", data).media_type == document.media_type
    assert document.title == "The pot"
    assert "def cook():\n    return 1\n\nloss 0.5\n\nValueError: no broth" in page.text
    assert [mark.place.cell for mark in page.marks] == [1, 2, 3]
    assert page.headings[0].text == "The pot"


def test_tables_that_a_cell_puts_out_are_tables() -> None:
    html = "<table><thead><tr><th>soup</th><th>price</th></tr></thead><tbody><tr><td>miso</td><td>700</td></tr></tbody></table>"
    shown: dict[str, object] = {"output_type": "execute_result", "data": {"text/html": [html], "text/plain": ["x"]}}
    (page,) = parse_notebook(notebook(cell("df", outputs=[shown])), "a.ipynb", LIMITS).pages
    assert "soup | price\nmiso | 700\n" in page.text
    assert len(page.tables) == 1


def test_a_notebook_of_format_3_keeps_its_cells_in_worksheets() -> None:
    cells = [
        {"cell_type": "heading", "source": ["The pot"], "level": 1},
        {"cell_type": "code", "input": ["x = 1"], "outputs": [{"output_type": "pyout", "text": ["1"]}]},
    ]
    document = parse_notebook(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode(), "a.ipynb", LIMITS)
    assert document.title == "The pot"
    assert said(document).split() == ["The", "pot", "x", "=", "1", "1"]


@pytest.mark.parametrize(
    "data", [b"{", b"[]", b"[" * 100_000, b'{"cells": 5, "worksheets": "x"}', b'{"cells": [1, {"source": 7}]}']
)
def test_what_is_no_notebook_is_told_or_empty(data: bytes) -> None:
    try:
        assert said(parse_notebook(data, "a.ipynb", LIMITS)) == ""
    except ParserFailed as error:
        assert "Jupyter" in str(error)


# Lines


def test_lines_of_code_are_places_and_definitions_headings() -> None:
    source = "# 設定\nimport os\n\n\nclass Pot:\n    def boil(self) -> None:\n        pass\n"
    document = parse_code(source.encode("euc_jp"), "pot.py", LIMITS)
    (page,) = document.pages
    assert page.text == source
    assert [heading.text for heading in page.headings] == ["class Pot", "def boil"]
    assert page.marks[4].place == Place(line=5)
    assert page.text[page.marks[4].start :].startswith("class Pot")


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.js", "export async function boil(x) {}\nclass Pot {}\n", ["function boil", "class Pot"]),
        ("a.go", "func (p *Pot) Boil() {}\ntype Pot struct {}\n", ["func (p *Pot) Boil", "type Pot"]),
        ("a.rs", "pub fn boil() {}\nimpl Pot {}\n", ["fn boil", "impl Pot"]),
        ("a.java", "public final class Pot {\n}\n", ["class Pot"]),
        ("a.c", "static int boil(int x)\n{\n  if (x) {\n  }\n}\n", ["static int boil"]),
        ("a.sql", "CREATE TABLE soups (id int);\n", ["CREATE TABLE soups"]),
        ("a.sh", "boil() {\n}\n", ["boil"]),
        ("a.toml", "[x]\n", []),
    ],
)
def test_definitions_of_many_languages_are_headings(name: str, source: str, expected: list[str]) -> None:
    (page,) = parse_code(source.encode(), name, LIMITS).pages
    assert [heading.text for heading in page.headings] == expected


def test_a_comment_may_name_the_encoding() -> None:
    assert said(parse_code("# -*- coding: koi8-r -*-\n# Привет\n".encode("koi8_r"), "a.py", LIMITS)).endswith("# Привет\n")


@given(st.lists(st.text(alphabet="ab \t", max_size=5), max_size=30))
@settings(deadline=None)
def test_every_line_has_its_number(lines: list[str]) -> None:
    (page,) = parse_plain("\n".join(lines).encode(), "a.txt", LIMITS).pages
    starts = {mark.place.line: mark.start for mark in page.marks}
    for number, line in enumerate(page.text.split("\n"), start=1):
        if line:
            assert page.text[starts[number] :].startswith(line)


def test_lines_of_a_very_long_text_share_marks_that_cover_them() -> None:
    (page,) = parse_plain(b"x\n" * 50_000, "a.txt", LIMITS).pages
    assert len(page.marks) <= 20_000
    assert page.marks[0].place == Place(line=1, last_line=3)
    assert page.marks[-1].place.last_line == 50_000


def test_tables_of_markdown_keep_their_header_beside_every_row() -> None:
    rows = "".join(f"| soup {n} | {n} |\n" for n in range(200))
    text = f"# Menu\n\nWords.\n\n| soup | price |\n|---|---:|\n{rows}\nAfter.\n\n```\n| a | b |\n|---|---|\n| c | d |\n```\n"
    document = parse_markdown(text.encode(), "a.md", LIMITS)
    (table,) = document.pages[0].tables
    assert document.pages[0].text[table.start : table.body] == "| soup | price |\n|---|---:|\n"
    last = next(chunk for chunk in chunk_document(document, 900) if "soup 199" in chunk.text)
    assert "| soup | price |" in last.context
    assert last.place.last_line >= 206


@pytest.mark.parametrize(
    "text",
    [lambda n: "|-" * n, lambda n: "| a |\n|---|\n" * n, lambda n: "def f(" * n, lambda n: "[" * n + "](" * n],
    ids=["bars", "tables without rows", "definitions", "links"],
)
def test_hostile_lines_take_no_longer_than_others(text: Callable[[int], str]) -> None:
    assert grows_evenly(lambda count: parse_markdown(text(count).encode(), "a.md", LIMITS), 4_000)
    assert grows_evenly(lambda count: parse_code(text(count).encode(), "a.c", LIMITS), 4_000)


# The set of real files: what must be found is, at its place


def test_real_books_rich_texts_and_notebooks_are_read(shared: Path) -> None:
    files = shared / "files"
    novel = parse_epub((files / "epub-inheritors-03.epub").read_bytes(), "a.epub", LIMITS)
    assert place_of(novel, "we glided out on to a current of mediocre conversation").chapter == "III"
    various = parse_rtf((files / "rtf-various-03.rtf").read_bytes(), "a.rtf", LIMITS)
    assert "ゾルゲと尾崎、淡々と最期" in said(various)
    assert place_of(various, "This is a footnote.").part == "footnote 1"
    old = parse_notebook((files / "ipynb-v3-03.ipynb").read_bytes(), "a.ipynb", LIMITS)
    assert 'Image("http://ipython.org/_static/IPy_header.png")' in said(old)
