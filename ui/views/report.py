"""What reading a document has shown: a few words in the list of documents, and a panel with everything. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import ReadingWarning
from core.places import PAGED
from core.sentences import Phrase
from core.types import PageKind, Source
from ingest.formats import FORMATS
from ingest.report import Report
from ingest.units import unit_of
from service.reports import Kept
from ui.locale import number, say
from ui.views.ending import say_language
from ui.views.jobs import encodings_markup
from ui.views.text import escaped, sentence_markup, words

# Numbers of pages that are listed; the rest is an ellipsis.
_LISTED_PAGES = 8
_LISTED_PAGES_IN_PANEL = 60
# Seconds from which on no decimal is told.
_WHOLE_SECONDS = 10
# Less is not told.
_LEAST_SECONDS = 0.005
# Formats whose encoding has to be found out, so that a person may know it better.
_TEXTS = frozenset(one.media_type for one in FORMATS if one.signature is None)

# Warnings of text that speaks to a language model.
_TO_MODELS = (ReadingWarning.INSTRUCTIONS, ReadingWarning.INSTRUCTIONS_IN_TITLE)


def told_in_short(source: Source, report: Report | None, language: str) -> list[str]:
    """What a person should know of a document before relying on it, each in a few words."""
    if report is None:
        return [say("needs_ocr", language, list=_pages(source.textless, _LISTED_PAGES))] if source.textless else []
    said = [say("report_unread", language, list=_pages(report.unread, _LISTED_PAGES))] if report.unread else []
    if ocr := report.pages.get(PageKind.OCR, 0):
        said.append(say("kind_ocr", language, n=ocr))
    if report.hidden:
        said.append(say("report_hidden_left_out", language))
    guessed = any(warning.words is ReadingWarning.ENCODING_GUESSED for warning in report.warnings)
    said += [say("report_encoding_guessed", language)] if guessed else []
    spoken = sum(warning.words in _TO_MODELS for warning in report.warnings)
    said += [say("report_to_models", language)] if spoken else []
    others = len(report.warnings) - guessed - spoken
    return said + ([say("report_warnings", language, n=others)] if others else [])


def size_in_words(source: Source, language: str) -> str:
    """How much a document holds, in what its format counts; "" where it counts nothing."""
    unit = unit_of(source.media_type, source.pages)
    return say(unit.value, language, n=source.pages) if unit is not None else ""


def report_markup(source: Source, report: Report | None, language: str, *, at: int, kept: Kept = Kept.COPY) -> str:
    """The panel of a document, which the page's script opens. `at` tells two requests for the same panel apart."""
    body = f"<p>{words('report_none', language)}</p>" if report is None else _facts(source, report, language)
    if kept is not Kept.COPY:
        body += f'<p class="kd-original">{words(f"original_{kept.value}", language)}</p>'
    close = words("report_close", language)
    return (
        f'<dialog class="kd-report" data-at="{at}" data-id="{source.id}" aria-labelledby="kd-report-title"><div class="kd-title">'
        f'<h2 id="kd-report-title" tabindex="-1">{words("report_of", language, name=source.name)}</h2><button type="button" class="kd-icon" '
        f'data-do="close-report" title="{close}" aria-label="{close}">&times;</button></div>{body}{_helps(source, language)}</dialog>'
    )


def _facts(source: Source, report: Report, language: str) -> str:
    pages = [say(f"kind_{kind.value}", language, n=report.pages[kind]) for kind in PageKind if report.pages.get(kind)]
    seconds = report.seconds
    steps = {"load": seconds.load, "parse": seconds.parse, "embed": seconds.embed, "store": seconds.store}
    spent = [
        say(f"report_{step}", language, seconds=number(took, language, digits=0 if took >= _WHOLE_SECONDS else 2))
        for step, took in steps.items()
        if took >= _LEAST_SECONDS
    ]
    rows: list[tuple[str, str]] = [
        ("report_pages" if source.media_type in PAGED else "report_parts", " · ".join(pages)),
        ("report_without_text", _list(report.unread, language)),
        ("report_garbled", _list(report.garbled, language)),
        ("report_languages", " · ".join(say_language(one, language) for one in report.languages)),
        ("report_tables", number(report.tables, language) if report.tables else ""),
        ("report_hidden", number(report.hidden, language) if report.hidden else ""),
        ("report_passages", number(report.passages, language)),
        ("report_seconds", " · ".join(spent)),
    ]
    shown = "".join(f"<dt>{words(key, language)}</dt><dd>{escaped(value)}</dd>" for key, value in rows if value)
    return f'<dl class="kd-steps">{shown}</dl>{_warnings(report.warnings, language)}'


def _warnings(warnings: Sequence[Phrase], language: str) -> str:
    if not warnings:
        return ""
    rows = "".join(f"<li>{sentence_markup(_with_code(warning).format_in(language))}</li>" for warning in warnings)
    return f'<h3>{words("report_to_know", language)}</h3><ul class="kd-warnings">{rows}</ul>'


def _with_code(phrase: Phrase) -> Phrase:
    """The phrase with its command between backticks, which are drawn as code."""
    fields: Mapping[str, object] = phrase.fields
    return Phrase(phrase.words, {**fields, "command": f"`{fields['command']}`"}) if "command" in fields else phrase


def _helps(source: Source, language: str) -> str:
    """What may help: reading it again, a text in another encoding; or that it goes."""
    field = ""
    if source.media_type in _TEXTS:
        field = encodings_markup(words("encoding_ask", language, name=source.name), automatic=words("encoding_automatic", language))
    question = words("delete_ask", language)
    name = escaped(source.name)
    return (
        f'<div class="kd-form" data-submit="read-again">{field}<button type="button" class="kd-small" data-do="read-again" '
        f'data-id="{source.id}">{words("read_again", language)}</button></div>'
        f'<div><button type="button" class="kd-small kd-danger" data-do="ask-delete">{words("report_delete", language)}</button>'
        f'<div class="kd-confirm" role="alertdialog" aria-label="{question}" hidden><span>{question}</span>'
        f'<button type="button" class="kd-danger" data-do="delete" data-name="{name}">{words("delete_yes", language)}</button>'
        f'<button type="button" data-do="keep">{words("delete_no", language)}</button></div></div>'
    )


def _list(pages: Sequence[int], language: str) -> str:
    return say("report_page_list", language, list=_pages(pages, _LISTED_PAGES_IN_PANEL)) if pages else ""


def _pages(pages: Sequence[int], longest: int) -> tuple[str, ...]:
    return (*(str(page) for page in pages[:longest]), *(("…",) if len(pages) > longest else ()))
