"""The report of a document: what the list says in short, and the panel, in every language and against hostile names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from core.errors import ReadingWarning
from core.types import PageKind, Source
from ingest.report import Report, Seconds
from service.reports import Kept
from tests.strict_html import HOSTILE, read
from ui.locale import LANGUAGES
from ui.views.report import report_markup, size_in_words, told_in_short

WARNINGS = (
    ReadingWarning.NO_RECOGNITION(pages="3, 7", command="sudo apt install tesseract-ocr"),
    ReadingWarning.ENCODING_GUESSED(encoding="cp932"),
)
FULL = Report(
    {PageKind.TEXT: 5, PageKind.OCR: 2, PageKind.PICTURE: 1, PageKind.GARBLED: 1},
    ("en", "ja"), tables=3, hidden=1_200, garbled=(7,), unread=(3, 7), passages=40, seconds=Seconds(0.01, 12.4, 3.25, 0.2), warnings=WARNINGS,
)  # fmt: skip


def source(name: str = "guía.pdf", media_type: str = "application/pdf", **changes: object) -> Source:
    fields: dict[str, object] = {
        "id": 3, "notebook": 1, "name": name, "title": "", "sha256": "", "media_type": media_type, "size": 1, "pages": 9, "chunks": 40,
        "languages": ("en",), "added": 0.0, **changes,
    }  # fmt: skip
    return Source(**fields)  # type: ignore[arg-type]


def test_the_list_says_in_short_what_should_be_known() -> None:
    assert told_in_short(source(), Report({PageKind.TEXT: 9}), "en") == []
    assert told_in_short(source(), None, "en") == []
    assert told_in_short(source(textless=(2,)), None, "en") == ["p. 2 needs OCR"]
    assert told_in_short(source(), FULL, "en") == [
        "no text: p. 3 and 7", "2 pages recognised (OCR)", "hidden text left out", "encoding guessed", "1 warning",
    ]  # fmt: skip


def test_the_panel_says_everything_and_what_helps() -> None:
    shown = report_markup(source(), FULL, "en", at=1)
    text = read(shown)
    for words in (
        "What was read in guía.pdf", "5 with text · 2 pages recognised (OCR) · 1 picture without text · 1 unreadable", "English · Japanese",
        "1200", "reading 12 s · embedding 3.25 s", "Read again", "Delete this document…",
    ):  # fmt: skip
        assert words in text, words
    assert "<code>sudo apt install tesseract-ocr</code>" in shown
    assert "<select" not in shown, "a PDF has no encoding"
    plain = report_markup(source("a.txt", "text/plain"), FULL, "en", at=1)
    assert '<option value="">encoding: automatic</option><option value="utf-8">' in plain
    assert "Read it again to have a report" in read(report_markup(source(), None, "en", at=1))


def test_a_document_counts_what_its_format_counts() -> None:
    said = [
        size_in_words(source("x", kind, pages=pages), "en")
        for kind, pages in (
            ("application/pdf", 1), ("application/vnd.openxmlformats-officedocument.presentationml.presentation", 3), ("text/plain", 1),
            ("application/vnd.oasis.opendocument.spreadsheet", 1), ("application/epub+zip", 12), ("message/rfc822", 2),
        )
    ]  # fmt: skip
    assert said == ["1 page", "3 slides", "", "1 sheet", "12 chapters", "2 sections"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "German · Chinese"), ("es", "alemán · chino"), ("ja", "ドイツ語 · 中国語")],
)
def test_hidden_sheets_are_not_empty_ones_and_languages_have_names(language: str, said: str) -> None:
    report = Report({PageKind.TEXT: 2, PageKind.EMPTY: 1, PageKind.HIDDEN: 1}, ("de", "zh"), passages=3)
    text = read(report_markup(source("a.xlsx", "application/vnd.ms-excel"), report, language, at=1))
    assert said in text
    assert {"en": "1 empty · 1 hidden (left out)", "es": "1 vacía · 1 oculta (omitida)", "ja": "空白1 · 非表示1"}[language] in text


def test_the_panel_says_where_the_file_is() -> None:
    assert "kd-original" not in report_markup(source(), FULL, "en", at=1, kept=Kept.COPY)
    said = [read(report_markup(source(), FULL, "en", at=1, kept=kept)) for kept in (Kept.COPY_ALONE, Kept.PLACE, Kept.NOWHERE)]
    assert "no longer where it was; the library keeps a copy" in said[0]
    assert "still where it was read" in said[1]
    assert "the text is all that is left" in said[2]


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=40, deadline=None)
@given(name=HOSTILE, text=HOSTILE)
def test_hostile_names_and_warnings_stay_text(language: str, name: str, text: str) -> None:
    report = Report({PageKind.TEXT: 1}, (text,), warnings=(ReadingWarning.ENCODING_GUESSED(encoding=text),))
    read(report_markup(source(name), report, language, at=1))
    read(report_markup(source(name, "text/plain"), None, language, at=1))
