"""The chunker: passages that are slices of their page, cover it once, keep their size and end where sentences end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.places import Mark, Place, Table
from core.text import width
from core.types import Chunk, Document, Heading, Page
from ingest.chunker import chunk_document
from tests.growth import grows_evenly

ANYTHING = st.characters(exclude_categories=["Cs"])
PIECES = st.sampled_from(
    [
        "猫",
        "である。",
        "。」",
        "The ",
        "end. ",
        "e.g. ",
        "Sr. ",
        "¿Qué? ",
        "\n",
        "\n\n",
        " ",
        "\u3000",
        "3.14",
        "- ",
        "!",
        "…",
        "x" * 120,
        "\t",
        "# ",
    ]
)
TEXT = st.one_of(
    st.text(ANYTHING, max_size=800), st.lists(PIECES, max_size=80).map("".join), st.lists(ANYTHING | PIECES).map("".join)
)
JAPANESE = st.integers(1, 999).map(lambda n: f"{n}番目の客は替え玉を{n % 7}回頼み、「うまい」と言って帰った。")
SPANISH = st.integers(1, 999).map(lambda n: f"El cliente número {n} pidió {n % 7} raciones, dio 3.50 euros al Sr. Ruiz y se fue.")


def document(text: str, *headings: tuple[int, str], title: str = "") -> Document:
    """A document of one page."""
    return Document(title, "text/plain", (Page(1, text, headings=tuple(Heading(*heading) for heading in headings)),))


@st.composite
def pages(draw: st.DrawFn) -> Document:
    """A document of up to three pages of anything, with headings anywhere."""
    made = []
    for number, text in enumerate(draw(st.lists(TEXT, min_size=1, max_size=3)), start=1):
        starts = draw(st.sets(st.integers(0, max(0, len(text) - 1)), max_size=4))
        made.append(Page(number, text, headings=tuple(Heading(start, f"Heading {start}") for start in sorted(starts))))
    return Document(draw(st.sampled_from(["", "Title"])), "text/plain", tuple(made))


@given(pages(), st.sampled_from([100, 250, 900]))
@settings(max_examples=150, deadline=None)
def test_chunks_are_slices_that_cover_every_letter_once_within_the_width(made: Document, longest: int) -> None:
    chunks = chunk_document(made, longest)
    for page in made.pages:
        mine = [chunk for chunk in chunks if chunk.page == page.number]
        at = 0
        for chunk in mine:
            assert chunk.text == page.text[chunk.start : chunk.end]
            assert chunk.text == chunk.text.strip()
            assert any(map(str.isalnum, chunk.text))
            assert width(chunk.text) <= longest
            assert not any(map(str.isalnum, page.text[at : chunk.start])), "a letter is in no chunk"
            assert chunk.start >= at, "two chunks overlap"
            at = chunk.end
        assert not any(map(str.isalnum, page.text[at:]))
    assert [chunk.page for chunk in chunks] == sorted(chunk.page for chunk in chunks)


@given(st.lists(st.sampled_from(["猫が鳴く。", "A cat sleeps.", "Un gato come."]), min_size=1, max_size=120))
@settings(max_examples=30, deadline=None)
def test_no_character_but_white_space_is_lost_where_there_are_only_words(sentences: list[str]) -> None:
    text = " ".join(sentences)
    chunks = chunk_document(document(text), 200)
    assert "".join(re.sub(r"\s", "", chunk.text) for chunk in chunks) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(("sentences", "joint", "end"), [(JAPANESE, "", "。"), (SPANISH, " ", ".")], ids=["Japanese", "Spanish"])
@pytest.mark.parametrize("longest", [120, 300, 900])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_chunks_end_where_sentences_end(
    sentences: st.SearchStrategy[str], joint: str, end: str, longest: int, data: st.DataObject
) -> None:
    paragraphs = data.draw(st.lists(st.lists(sentences, min_size=1, max_size=25).map(joint.join), min_size=1, max_size=3))
    for chunk in chunk_document(document("\n\n".join(paragraphs)), longest):
        assert chunk.text.endswith(end)
        assert not chunk.text.endswith(("Sr.", "3."))
        assert re.match(r"\d+番目|El cliente", chunk.text)


def test_chunks_are_as_long_as_they_may_be() -> None:
    text = " ".join(f"El cliente número {number} pidió otra ración y se fue contento." for number in range(100))
    chunks = chunk_document(document(text), 900)
    assert [width(chunk.text) > 800 for chunk in chunks[:-1]] == [True] * (len(chunks) - 1)


def test_a_japanese_chunk_holds_half_as_many_characters() -> None:
    chunks = chunk_document(document("麺を茹でて湯を切る。" * 200), 900)
    assert max(len(chunk.text) for chunk in chunks) == 450


def test_lines_of_a_pdf_are_not_sentences() -> None:
    chunks = chunk_document(document("一行目の文章は次の\n行まで続いている。\n" * 30), 200)
    assert all(chunk.text.endswith("。") for chunk in chunks)


def chunks_of_sections() -> tuple[Chunk, ...]:
    """The chunks of a document whose first section is too short to stand alone."""
    first, second, third = (
        "# Broth\n\n",
        "## Bones\n\n" + "Boil the bones. " * 30 + "\n",
        "## Noodles\n\n" + "Knead the dough. " * 30,
    )
    text = first + second + third
    headings = ((0, "Broth"), (len(first), "Bones"), (len(first + second), "Noodles"))
    return chunk_document(document(text, *headings, title="Broth"), 900)


def test_a_chunk_does_not_run_across_a_heading_unless_its_section_is_short() -> None:
    chunks = chunks_of_sections()
    assert [chunk.text[:8] for chunk in chunks] == ["# Broth\n", "## Noodl"]


def test_a_chunk_says_under_which_title_and_heading_it_stands() -> None:
    assert [chunk.heading for chunk in chunks_of_sections()] == ["Broth", "Broth › Noodles"]
    (untitled,) = chunk_document(document("Words.", (0, "Only heading")), 900)
    assert untitled.heading == "Only heading"
    (bare,) = chunk_document(document("Words."), 900)
    assert bare.heading == ""


def test_a_chunk_carries_its_own_language() -> None:
    texts = [
        "El caldo hierve despacio toda la noche. " * 6,
        "スープは一晩かけてゆっくり煮込む。" * 8,
        "The broth boils slowly all night. " * 6,
    ]
    made = Document("", "text/plain", tuple(Page(number, text) for number, text in enumerate(texts, start=1)))
    assert [chunk.language for chunk in chunk_document(made, 900)] == ["es", "ja", "en"]


def test_a_chunk_of_few_words_takes_the_language_of_its_document() -> None:
    made = [Page(number, "El caldo hierve despacio toda la noche en la cocina. " * 4) for number in range(1, 30)]
    chunks = chunk_document(Document("", "text/plain", (*made, Page(30, "Gemma 3 270M"), Page(31, "2026"))), 900)
    assert {chunk.language for chunk in chunks} == {"es"}


def test_many_headings_take_no_longer_than_other_text() -> None:
    def chunks(count: int) -> tuple[Chunk, ...]:
        text = "# heading\n" * count
        return chunk_document(document(text, *((at, f"{at}") for at in range(0, len(text), 10))), 900)

    assert grows_evenly(chunks, 10_000)
    assert [chunk.heading for chunk in chunks(1_000)] == [str(chunk.start) for chunk in chunks(1_000)]


@pytest.mark.parametrize("text", ["", " \n\t", "--- *** …", "•\n•"], ids=["nothing", "white space", "rules", "bullets"])
def test_a_page_without_a_letter_has_no_chunk(text: str) -> None:
    assert chunk_document(document(text), 900) == ()


@st.composite
def tables(draw: st.DrawFn) -> Page:
    """A page of prose and tables in turn, of any size, with marks on every row."""
    text, found, marks = "", list[Table](), list[Mark]()
    for _ in range(draw(st.integers(1, 3))):
        text += draw(st.sampled_from(["", "Prose before it.\n\n", "A longer sentence stands here. " * 12 + "\n\n"]))
        start = len(text)
        columns = draw(st.integers(1, 6))
        text += " | ".join(f"column {n}" for n in range(columns)) + "\n"
        body = len(text)
        for row in range(draw(st.integers(0, 60))):
            marks.append(Mark(len(text), Place(table=len(found) + 1, row=row + 2)))
            text += " | ".join(f"value {row}.{n}" for n in range(columns)) + "\n"
        found.append(Table(start, body, len(text), draw(st.sampled_from(["", "Prices of 2026"]))))
    return Page(1, text, tables=tuple(found), marks=tuple(marks))


@given(tables(), st.sampled_from([100, 250, 900]))
@settings(max_examples=100, deadline=None)
def test_every_passage_of_a_table_ends_with_a_row_and_carries_header_and_caption(page: Page, longest: int) -> None:
    at = 0
    for chunk in chunk_document(Document("", "text/plain", (page,)), longest):
        assert chunk.text == page.text[chunk.start : chunk.end]
        assert width(chunk.text) <= longest
        assert not any(map(str.isalnum, page.text[at : chunk.start]))
        at = chunk.end
        table = next((one for one in page.tables if one.body <= chunk.start < one.end), None)
        assert chunk.context == (
            "" if table is None else "\n".join(filter(None, [table.caption, page.text[table.start : table.body].strip()]))
        )
        if table is not None:
            assert page.text[chunk.end] == "\n", "a row was cut"
            first, last = (page.text[:n].count("\n", table.start) + 1 for n in (chunk.start, chunk.end))
            assert (chunk.place.row, chunk.place.last_row or chunk.place.row) == (first, last)
    assert not any(map(str.isalnum, page.text[at:]))


def test_a_table_of_many_rows_is_cut_in_time_that_grows_with_it() -> None:
    def cut(rows: int) -> None:
        text = "name | price\n" + "".join(f"thing {n} | {n} euros\n" for n in range(rows))
        marks = tuple(Mark(match.end(), Place(row=n)) for n, match in enumerate(re.finditer("\n", text), start=2))
        chunk_document(Document("", "text/plain", (Page(1, text, marks=marks, tables=(Table(0, 13, len(text)),)),)), 900)

    assert grows_evenly(cut, 1_000)


def languages(*texts: str) -> list[str]:
    """The languages of the passages of a document with one passage a page."""
    pages = tuple(Page(number, text) for number, text in enumerate(texts, 1))
    return [chunk.language for chunk in chunk_document(Document("", "text/plain", pages), 900)]


def test_a_few_words_are_in_a_language_that_their_document_is_in() -> None:
    prose = "El menú del día lleva sopa de miso, fideos hechos a mano y un huevo cocido durante seis minutos. " * 6
    assert languages(prose, "Total 1.250,00", "Ref. A-12 / B-7", "Nome, Preço, Data", "12 345") == ["es"] * 5
    japanese = "この文書は契約の条件を定めるものです。支払いは月末までに行います。" * 8
    assert languages(japanese, "個人情報保護方針東京都千代田区丸之内一丁目東京都港区芝公園四丁目", "合計 1,250") == ["ja"] * 3
    german = "Die Brühe muss vier Stunden lang kochen, damit sie kräftig schmeckt und klar bleibt. " * 6
    assert languages(prose, german) == ["es", "de"], "a passage that is long enough is sure"
    assert languages("Total 1.250,00 Nome")[0] in ("es", "en"), "a document of a few words is in a language of the page"
    assert languages("12 345") == ["und"]
