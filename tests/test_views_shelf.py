"""The left column and the frame as markup: notebooks, conversations, documents, jobs, models; names of people and files stay text."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings

from core.errors import DocumentFault, Encrypted, NoText, ParserFailed, ReadingWarning
from core.types import LOCAL, Location, Source
from ingest.events import Status
from ingest.formats import FORMATS
from rag.machine import GB, Machine
from rag.models.base import ModelInfo
from rag.recommendations import recommend
from service.job_states import Item, JobState, Kind, Lack
from store.catalog import Conversation, Notebook
from tests.strict_html import HOSTILE, read
from ui.choices import Choices
from ui.locale import LANGUAGES
from ui.views.consent import consent_markup
from ui.views.conversations import conversations_markup
from ui.views.documents import documents_markup, drop_markup, ordered
from ui.views.frame import header_markup, tabs_markup, welcome_markup
from ui.views.jobs import job_markup, jobs_markup, say_left
from ui.views.models import model_markup
from ui.views.notebooks import notebooks_markup
from ui.views.recommendations import recommendations_markup
from ui.views.text import middle_shortened, note_markup, undo_markup

TODAY = dt.date(2026, 11, 5)
MODELS = [
    ModelInfo("ollama:gemma4:e2b", "Ollama", LOCAL, 8192, thinks=True),
    ModelInfo("gemini:flash", "Gemini", Location("Google"), 8192),
    ModelInfo("embedded", "embedded", LOCAL, 4096, demonstration=True),
]


def source(number: int, name: str, *, added: float = 0.0, size: int = 1) -> Source:
    return Source(number, 1, name, "", "0", "text/plain", size, 1, 1, ("es",), added, ())


def conversation(number: str, title: str, updated: float = 0.0) -> Conversation:
    return Conversation(number, 1, title, updated, updated, 1, 1)


def test_the_open_notebook_is_named_and_the_last_one_cannot_be_deleted() -> None:
    two = [Notebook(1, "Casa", 0.0, 3), Notebook(2, "Trabajo", 0.0, 1)]
    drawn = notebooks_markup(two, 2, "es")
    assert "3 documentos" in read(drawn)
    assert '<a href="?n=2" data-do="switch-notebook" data-id="2" aria-current="true">' in drawn
    assert "delete-notebook" in drawn
    assert "delete-notebook" not in notebooks_markup(two[:1], 1, "es")


def test_conversations_have_links_of_their_own() -> None:
    now = dt.datetime(2026, 11, 5, 12, 30).astimezone().timestamp()
    drawn = conversations_markup(
        [conversation("abc", "¿Qué?", now), conversation("def", "")], "abc", "en", running=["def"], today=TODAY
    )
    text = read(drawn)
    assert '<a href="?c=abc" data-do="open" data-id="abc" aria-current="page">' in drawn
    for words in ("¿Qué?", "Untitled", "12:30"):
        assert words in text, words
    assert "Nothing found" in read(conversations_markup([], "", "en", search="x", today=TODAY))
    many = [conversation(str(number), f"t{number}") for number in range(130)]
    assert "30 older ones" in read(conversations_markup(many, "", "en", today=TODAY))


def test_documents_are_ordered_as_asked() -> None:
    three = [source(1, "b", added=1, size=5), source(2, "A", added=3, size=1), source(3, "c", added=2, size=9)]
    assert [one.name for one in ordered(three, "name")] == ["A", "b", "c"]
    assert [one.name for one in ordered(three, "newest")] == ["A", "c", "b"]
    assert [one.name for one in ordered(three, "largest")] == ["c", "b", "A"]


def test_what_is_searched_is_said_and_many_documents_can_be_filtered() -> None:
    few, many = [source(1, "a"), source(2, "b")], [source(number, f"d{number}") for number in range(60)]
    assert "Questions search all documents" in read(documents_markup(few, (), "en"))
    assert "Questions search 1 of 2" in read(documents_markup(few, {1}, "en"))
    assert "No document is chosen" in read(documents_markup(few, {1, 2}, "en"))
    assert 'data-do="filter"' in documents_markup(many, (), "en")
    assert 'data-do="filter"' not in documents_markup(few, (), "en")
    elsewhere = documents_markup(few, (), "en", elsewhere=[Notebook(2, "Work", 0.0, 0)])
    assert "Move to Work" in read(elsewhere)
    assert "Delete {n} documents?" in elsewhere, "how many is counted where they are selected"
    assert "checked" not in elsewhere.partition("kd-bulk")[2].partition("</details>")[0], "nothing is selected by itself"


def test_a_long_name_shows_its_end() -> None:
    name = "informe-anual-de-la-cooperativa-con-todos-los-anexos-version-definitiva-2.pdf"
    drawn = documents_markup([source(1, name)], (), "en")
    assert f'title="{name}"' in drawn
    assert "informe-anual-de" in read(drawn)
    assert "a-2.pdf" in read(drawn)
    assert name not in read(drawn)
    assert middle_shortened("あ" * 22) == "あ" * 22
    assert middle_shortened("あ" * 40) == f"{'あ' * 14}…{'あ' * 7}"


def test_a_running_job_tells_pages_and_time_left_and_an_ended_one_folds() -> None:
    items = (Item("a.pdf", begun=True, done=1, total=4), Item("b.pdf"))
    job = JobState(1, Kind.READING, "a.pdf", 1, items=items, current=1, total=2, pages=18, begun=100.0)
    text = read(job_markup(job, "en", now=110.0))
    for words in ("Reading a.pdf (1 of 2)", "read: 18 pages · 1.8 pages/s", "about 1 minute left", "Stop"):
        assert words in text, words
    done = (
        Item("a.pdf", status=Status.ADDED, pages=2, chunks=3),
        Item(
            "b.pdf",
            status=Status.FAILED,
            error=NoText(name="b.pdf", pages=2, detail=ReadingWarning.NO_RECOGNITION(pages="1-2", command="get ocr")),
        ),
        Item("copy.pdf", status=Status.UNCHANGED, called="a.pdf"),
    )
    over = JobState(1, Kind.READING, "a.pdf", 1, items=done, current=2, done=2, total=2, over=True)
    text = read(job_markup(over, "en", now=0.0))
    assert '<details class="kd-fold">' in job_markup(over, "en", now=0.0), "folded, what failed too"
    for words in (
        "1 document is in · 1 was here already · 1 could not be read",
        "2 pages · 3 passages",
        "copy.pdf already here, unchanged · here as a.pdf",
    ):
        assert words in text, words
    failed = job_markup(over, "es", now=0.0)
    assert "<code>get ocr</code>" in failed
    assert "`" not in failed
    waiting = [
        JobState(2, Kind.READING, "a", 1, items=(Item("a"),), total=1),
        JobState(3, Kind.READING, "b", 1, items=(Item("b"),), total=1),
    ]
    first, second = read(jobs_markup(waiting, "en", notebook=1, now=0.0)).split("Getting ready to read")
    assert first == ""
    assert "Waiting for the documents before it" in second
    assert jobs_markup([over], "en", notebook=2, now=0.0) == "", "another notebook's"


@pytest.mark.parametrize("language", ["en", "es", "ja"])
def test_a_new_search_model_tells_how_far_it_is_and_can_be_stopped(language: str) -> None:
    job = JobState(0, Kind.TAKEOVER, "ollama:bge-m3", done=500, total=1_000, begun=100.0)
    shown = jobs_markup([job], language, notebook=7, now=110.0)
    assert 'data-do="stop-job" data-job="0"' in shown
    assert 'value="50"' in shown
    for told in ("ollama:bge-m3", "500", "10"):
        assert told in read(shown)
    over = jobs_markup([replace(job, over=True)], language, notebook=7, now=110.0)
    stopped = jobs_markup([replace(job, over=True, stopped=True)], language, notebook=7, now=110.0)
    assert read(over) != read(stopped)
    assert 'data-do="dismiss" data-job="0"' in over


def test_a_reading_counts_what_its_documents_count() -> None:
    slides, sheets = "application/vnd.oasis.opendocument.presentation", "application/vnd.ms-excel"
    running = JobState(
        1, Kind.READING, "a", 1, items=(Item("a", True, 1, 2, 2, media_type=slides),), current=1, total=1, begun=100.0
    )
    said = [read(job_markup(running, language, now=101.0 + 1)) for language in ("en", "es", "ja")]
    assert [words in text for words, text in zip(("read: 1 slide", "leído: 1 diapositiva", "スライド1枚"), said, strict=True)] == [
        True
    ] * 3
    assert "slides/s" not in read(job_markup(running, "en", now=200.0)), "none a second says nothing"
    assert "1 page/s" in read(job_markup(replace(running, items=(Item("a", True, 1, 1, 2),)), "en", now=102.0))
    mixed = (*running.items, Item("b", True, 2, 2, 4, media_type=sheets))
    assert "5 pages" in read(job_markup(replace(running, items=mixed, current=2, total=2), "en", now=103.0))
    over = (
        Item("a", status=Status.ADDED, pages=3, chunks=1, media_type=slides),
        Item("b", status=Status.ADDED, pages=1, chunks=2, media_type=sheets),
        Item("c", status=Status.ADDED, pages=1, chunks=1, media_type="text/plain"),
    )
    text = read(job_markup(replace(running, items=over, over=True), "en", now=0.0))
    for words in ("a added · 3 slides · 1 passage", "b added · 1 sheet · 2 passages", "c added · 1 passage"):
        assert words in text, words
    ended = JobState(3, Kind.READING, "https://x.example/a", 1, items=over[:1], over=True)
    assert 'data-name="https://x.example/a"' in job_markup(ended, "en", now=0.0), "its address may leave the field"
    failed = (Item("a", status=Status.FAILED, error=NoText(name="a", pages=1, detail=DocumentFault.BLANK())),)
    assert "data-name" not in job_markup(replace(ended, items=failed), "en", now=0.0)
    known = (Item("a", status=Status.COPY, called="b"),)
    assert "1 was here already" in (text := read(job_markup(replace(running, items=known, over=True), "en", now=0.0)))
    assert "0 documents" not in text


def test_what_can_be_added_is_told_and_a_web_page_by_its_address_with_what_is_sent() -> None:
    drawn = drop_markup("en", 200, FORMATS)
    assert "up to 200 MB each: PDF, " in read(drawn)
    assert "source code" in read(drawn)
    for called in ("DOCX, PPTX, XLSX, XLSB, XLS, ODS, ODT, ODP", "CSV, TSV", "EML, MHT", "plain text"):
        assert called in read(drawn)
    assert all(f"{extension}" in drawn for one in FORMATS for extension in one.extensions)
    assert '<div class="kd-form" data-submit="address"><input type="url"' in drawn
    assert "fetches the page at that address from the internet" in read(drawn)


def test_files_whose_names_are_here_are_asked_about_one_by_one_and_all_at_once() -> None:
    job = JobState(4, Kind.READING, "a.txt", 1, items=(Item("a.txt"), Item("b.txt")), total=2, asks=(0, 1))
    drawn = jobs_markup([job], "en", notebook=1, now=0.0)
    assert "2 files have the names of documents that are here." in read(drawn)
    assert 'data-do="answer" data-job="4" data-item="1" data-another="1"' in drawn
    assert 'data-do="answer" data-job="4" data-item="" data-another=""' in drawn
    one = job_markup(replace(job, asks=(1,)), "es", now=0.0)
    assert "a.txt" not in read(one)
    assert 'data-item=""' not in one


def test_a_file_that_lacks_a_password_or_an_encoding_has_a_field_for_it() -> None:
    unknown = ParserFailed(name="b.txt", media_type="text/plain", detail=DocumentFault.NO_ENCODING())
    items = (
        Item("a.pdf", status=Status.FAILED, error=Encrypted(name="a.pdf")),
        Item("b.txt", status=Status.FAILED, error=unknown),
        Item("c.pdf", status=Status.FAILED, error=NoText(name="c.pdf", pages=2, detail=DocumentFault.BLANK())),
    )
    drawn = job_markup(JobState(4, Kind.READING, "a.pdf", 1, items=items, over=True), "en", now=0.0)
    assert [item.lacks for item in items] == [Lack.PASSWORD, Lack.ENCODING, None]
    assert '<input type="password" autocomplete="off" maxlength="500" aria-label="Password of a.pdf"' in drawn
    assert '<select aria-label="Character encoding of b.txt"><option value="utf-8">' in drawn
    assert drawn.count('data-do="again"') == 2
    assert drawn.index("a.pdf") < drawn.index("<details"), "not folded away"


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "about 5 seconds left"), (33, "about 35 seconds left"), (400, "about 7 minutes left")]
)
def test_a_forecast_is_as_rough_as_it_is(seconds: float, said: str) -> None:
    assert say_left(seconds, "en") == said


def test_the_model_line_tells_where_it_runs_and_the_notice_can_be_put_away() -> None:
    away = model_markup(MODELS, "gemini:flash", Choices(), "en")
    assert "data-remote" in away
    assert "sent to Google" in read(away)
    assert "demonstration" in read(model_markup(MODELS, "embedded", Choices(), "en"))
    assert "demonstration" not in read(model_markup(MODELS, "embedded", Choices(notice=False), "en"))
    assert model_markup(MODELS, "gone", Choices(), "en") == ""


def test_a_download_is_shown_with_a_stop_and_an_installed_model_can_be_used() -> None:
    found = recommend(Machine(int(32 * GB), int(24 * GB), 8, (), shared=False), ["gemma3:4b"])
    job = JobState(7, Kind.DOWNLOAD, "gemma3:1b", done=int(GB / 2), total=int(GB))
    drawn = recommendations_markup(found, {"gemma3:1b": job}, "es", url="http://x", answers=True)
    text = read(drawn)
    assert "0,5 de 1 GB" in text
    assert 'data-do="stop-job" data-job="7"' in drawn
    assert 'data-do="use" data-name="ollama:gemma3:4b"' in drawn


@settings(max_examples=60, deadline=None)
@given(name=HOSTILE, text=HOSTILE)
def test_hostile_names_stay_text(name: str, text: str) -> None:
    error = NoText(name=name, pages=2, detail=DocumentFault.BLANK())
    job = JobState(1, Kind.READING, name, 1, items=(Item(name, status=Status.FAILED, error=error),), over=True)
    running = JobState(1, Kind.READING, name, 1, items=(Item(name),), current=1, total=1)
    model = ModelInfo(name or "m", text, Location(text), 10, demonstration=True)
    for language in LANGUAGES:
        for markup in (
            notebooks_markup([Notebook(1, name, 0.0, 2), Notebook(2, text, 0.0, 2)], 1, language),
            conversations_markup([conversation("abc", name)], "abc", language, search=text, today=TODAY),
            documents_markup([source(1, name)], (), language, elsewhere=[Notebook(2, text, 0.0, 0)]),
            job_markup(job, language, now=0.0),
            job_markup(running, language, now=0.0),
            model_markup([model], model.name, Choices(), language),
            consent_markup([name], language, question=text),
            note_markup(name),
            undo_markup("notebook", text, name, language),
        ):
            read(markup)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_draws_the_frame(language: str) -> None:
    for markup in (
        header_markup(language),
        tabs_markup(language),
        drop_markup(language, 200, FORMATS),
        welcome_markup(language, examples=True),
    ):
        assert read(markup)
