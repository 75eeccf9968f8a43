"""The parts of the page around the conversation, as markup: header, documents, ingests, model line, empty state. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from core.errors import KaedamaError
from core.types import Source
from ingest.events import Status
from rag.models.base import ModelInfo, Thinking
from rag.models.listing import GET_GEMMA
from rag.planner import Mode
from ui.locale import EXAMPLES, LANGUAGE_NAMES, LANGUAGES, say
from ui.render import words
from ui.views.escaping import escaped


@dataclass(slots=True)
class Row:
    """One file of a running or finished ingest. `status` is None while it waits or is worked on."""

    name: str
    status: Status | None = None
    begun: bool = False
    done: int = 0
    total: int = 0
    pages: int = 0
    chunks: int = 0
    error: KaedamaError | None = None


@dataclass(slots=True)
class JobView:
    """An ingest as the page shows it; `number` of `total` files is the one being read.

    `finished` but not `complete` is one that ended without saying how.
    """

    id: int
    samples: bool = False
    number: int = 0
    total: int = 0
    rows: list[Row] = field(default_factory=list)
    finished: bool = False
    complete: bool = False
    stopped: bool = False
    error: KaedamaError | None = None

    @property
    def percent(self) -> int:
        """How far the whole job is; passages count within their file."""
        if self.finished or not self.rows:
            return 100 if self.finished else 0
        parts = [1.0 if row.status else (row.done / row.total if row.total else 0.0) for row in self.rows]
        return int(100 * sum(parts) / max(self.total, len(parts)))


def header_markup(notebook: str, language: str) -> str:
    """The page's name, its views, the notebook, the language switch and the light switch."""
    views = "".join(
        f'<button type="button" data-do="view" data-view="{view}"{current}>{words(f"view_{view}", language)}</button>'
        for view, current in (("ask", ' aria-current="page"'), ("compare", ""), ("models", ""))
    )
    switch = "".join(
        f'<button type="button" data-do="language" data-language="{code}" lang="{code}" '
        f'aria-pressed="{str(code == language).lower()}">{LANGUAGE_NAMES[code]}</button>'
        for code in LANGUAGES
    )
    return (
        f'<header class="kd-header" data-page-language="{language}"><h1><span class="kd-logo" aria-hidden="true">替</span>Kaedama'
        f"<small>{words('tagline', language)}</small></h1>"
        f'<nav class="kd-views" aria-label="{words("views", language)}">{views}</nav>'
        f'<span class="kd-notebook" title="{words("notebook", language)}">{escaped(notebook)}</span>'
        f'<div class="kd-switch" role="group" aria-label="{words("language", language)}">{switch}</div>'
        f'<button type="button" class="kd-icon" data-do="theme" aria-label="{words("theme", language)}" '
        f'title="{words("theme", language)}">'
        "◐</button></header>"
    )


def tabs_markup(language: str) -> str:
    """The three parts of the page, for a narrow window."""
    tabs = "".join(
        f'<button type="button" data-do="tab" data-tab="{name}"{current}>{words(name, language)}</button>'
        for name, current in (("documents", ""), ("chat", ' aria-current="true"'), ("evidence", ""))
    )
    return f'<nav class="kd-tabs" aria-label="{words("panels", language)}">{tabs}</nav>'


def drop_markup(language: str, limit_mb: float) -> str:
    """The place where files are dropped; a button, so that the keyboard reaches it. The limit is checked again on the server."""
    return (
        f'<button type="button" class="kd-drop" data-do="choose" data-limit="{int(limit_mb * 1_000_000)}" '
        f'data-sending="{words("sending", language)}"><strong>+ {words("add", language)}</strong>'
        f"<span>{words('add_hint', language, limit=f'{limit_mb:g}')}</span></button>"
    )


def documents_markup(sources: Sequence[Source], left_out: Collection[int], language: str, *, note: str = "") -> str:
    """The documents, each with a box that takes it into the search, and a delete button that asks first. `note` is plain text."""
    chosen = sum(source.id not in left_out for source in sources)
    if not sources:
        scope = words("no_documents", language)
    elif chosen == len(sources):
        scope = words("scope_all", language)
    else:
        scope = words("scope_some" if chosen else "scope_none", language, chosen=chosen, total=len(sources))
    said = f'<p class="kd-note" role="status">{escaped(note)}</p>' if note else ""
    items = "".join(_document(source, language, chosen=source.id not in left_out) for source in sources)
    return (
        f'<h2>{words("documents", language)} <span class="kd-count">{len(sources)}</span></h2>{said}'
        f'<ul class="kd-documents">{items}</ul><p class="kd-quiet">{scope}</p>'
    )


def _document(source: Source, language: str, *, chosen: bool) -> str:
    name = escaped(source.name)
    delete = words("delete", language, name=source.name)
    counts = f"{words('pages', language, n=source.pages)} · {words('passages', language, n=source.chunks)}"
    scan = ""
    if source.textless:
        listed = ", ".join(str(number) for number in source.textless[:8]) + ("…" if len(source.textless) > 8 else "")
        scan = f'<span class="kd-scan">{words("needs_ocr", language, list=listed)}</span>'
    return (
        f'<li class="kd-document" data-id="{source.id}"><label><input type="checkbox" data-do="scope" data-id="{source.id}" '
        f'aria-label="{words("search_in", language, name=source.name)}"{" checked" if chosen else ""}>'
        f'<span class="kd-what"><span class="kd-name" title="{escaped(source.title or source.name)}">{name}</span>'
        f'<span class="kd-quiet">{counts}</span>{scan}</span></label>'
        f'<button type="button" class="kd-icon kd-delete" data-do="ask-delete" title="{delete}" '
        f'aria-label="{delete}">&times;</button>'
        f'<div class="kd-confirm" role="alertdialog" aria-label="{words("delete_ask", language)}" hidden>'
        f"<span>{words('delete_ask', language)}</span>"
        f'<button type="button" class="kd-danger" data-do="delete" data-name="{name}">{words("delete_yes", language)}</button>'
        f'<button type="button" data-do="keep">{words("delete_no", language)}</button></div></li>'
    )


def job_markup(job: JobView, language: str) -> str:
    """An ingest: a bar, Stop, and one line per file with what became of it."""
    rows = "".join(_row(row, language, over=job.finished) for row in job.rows)
    if job.finished:
        title = words("job_stopped" if job.stopped else "job_done" if job.complete else "job_broken", language)
        act = f'<button type="button" class="kd-link" data-do="dismiss" data-job="{job.id}">{words("dismiss", language)}</button>'
    else:
        key = "samples_job" if job.samples else "reading" if job.number else "job_waiting"
        title = words(key, language, number=job.number, total=job.total)
        act = f'<button type="button" class="kd-link" data-do="stop-job" data-job="{job.id}">{words("stop", language)}</button>'
    bar = (
        ""
        if job.finished
        else (
            f'<div class="kd-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{job.percent}" '
            f'aria-label="{title}">'
            f'<i class="kd-used" style="width:{job.percent}%"></i></div>'
        )
    )
    wrong = f'<p class="kd-row-error" role="alert">{escaped(job.error.sentence(language))}</p>' if job.error else ""
    return f'<div class="kd-job"><p role="status"><span>{title}</span>{act}</p>{bar}{wrong}<ul>{rows}</ul></div>'


def _row(row: Row, language: str, *, over: bool) -> str:
    if row.status is None:
        tone, state = "quiet", "row_working" if row.total else "row_reading" if row.begun else "row_waiting"
        text = "" if over else words(state, language, done=row.done, total=row.total)
    else:
        tone = "bad" if row.status is Status.FAILED else "good"
        text = words(f"row_{row.status.value}", language)
        if row.status in (Status.ADDED, Status.UPDATED):
            text += f" · {words('pages', language, n=row.pages)} · {words('passages', language, n=row.chunks)}"
    wrong = f'<span class="kd-row-error">{escaped(row.error.sentence(language))}</span>' if row.error else ""
    name = f'<span class="kd-name">{escaped(row.name)}</span>'
    return f'<li class="kd-row-{tone}">{name} <span class="kd-quiet">{text}</span>{wrong}</li>'


def welcome_markup(language: str, *, examples: bool) -> str:
    """What stands in the middle before the first question. `examples` are about the sample documents."""
    chips = "".join(
        f'<button type="button" class="kd-example" data-do="example" lang="{code}" data-question="{escaped(text)}">'
        f"{escaped(text)}</button>"
        for code, text in EXAMPLES
    )
    offer = f'<p class="kd-quiet">{words("try_one", language)}</p><div class="kd-examples">{chips}</div>' if examples else ""
    return (
        f'<div class="kd-welcome"><span class="kd-bowl" aria-hidden="true">替</span><h2>{words("welcome", language)}</h2>'
        f"<p>{words('welcome_more', language)}</p>{offer}</div>"
    )


def model_markup(
    models: Sequence[ModelInfo],
    chosen: str,
    language: str,
    *,
    think: Thinking = Thinking.AUTO,
    mode: Mode = Mode.AUTO,
) -> str:
    """The answering model, where it runs, how it is asked, and a notice where it is only a demonstration."""
    info = next((model for model in models if model.name == chosen), None)
    if info is None:
        return ""
    options = "".join(
        f'<option value="{escaped(model.name)}"{" selected" if model.name == chosen else ""}>{escaped(model.name)}'
        f"{_aside(model, language)}</option>"
        for model in models
    )
    remote = info.location.remote
    place = where_markup(info, language)
    thinking = f'<span class="kd-quiet">{words("think_never", language)}</span>'
    if info.thinks:
        thinking = _select("think", [(value.value, f"think_{value.value}") for value in Thinking], think.value, language)
    reading = _select("reads", [(value.value, f"reads_{value.value}") for value in Mode], mode.value, language)
    notice = ""
    if info.demonstration:
        sentence = words("demonstration", language, command=GET_GEMMA).replace(GET_GEMMA, f"<code>{GET_GEMMA}</code>")
        more = f'<button type="button" class="kd-link" data-do="view" data-view="models">{words("view_models", language)}</button>'
        notice = f'<p class="kd-demo">{sentence} {more}</p>'
    return (
        f'<div class="kd-models"{" data-remote" if remote else ""}><label><span class="kd-sr">{words("model", language)}</span>'
        f'<select data-do="model">{options}</select></label>{place}{thinking}{reading}'
        f'<button type="button" class="kd-link" data-do="new">{words("new_chat", language)}</button></div>{notice}'
    )


def _select(name: str, values: Sequence[tuple[str, str]], chosen: str, language: str) -> str:
    """A choice whose words say what it is about; longer words on hover."""
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{words(key, language)}</option>' for value, key in values
    )
    return (
        f'<label title="{words(f"{name}_hint", language)}"><span class="kd-sr">{words(name, language)}</span>'
        f'<select data-do="{name}">{options}</select></label>'
    )


def where_markup(model: ModelInfo, language: str) -> str:
    """Where a model runs, in the colour that tells it; longer words on hover."""
    tone = "remote" if model.location.remote else "home"
    title = escaped(where_long(model, language))
    return f'<span class="kd-where kd-{tone}" title="{title}">{escaped(where(model, language))}</span>'


def where(model: ModelInfo, language: str) -> str:
    """*at home* or *sent to ...*."""
    return _placed("sent_to", model, language) if model.location.remote else _placed("at_home", model, language)


def where_long(model: ModelInfo, language: str) -> str:
    """What that means for the reader's documents."""
    return _placed("sent_to_long" if model.location.remote else "at_home_long", model, language)


def _placed(key: str, model: ModelInfo, language: str) -> str:
    return say(key, language, place=model.location.recipient)


def _aside(model: ModelInfo, language: str) -> str:
    return f" · {escaped(where(model, language))}" if model.location.remote else ""
