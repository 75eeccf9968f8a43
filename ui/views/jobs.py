"""Jobs as markup: one line each, with how far it is and how long it will take; what failed is named. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.events import Status
from service.job_states import Item, JobState, Kind, Lack
from ui.locale import say
from ui.views.text import escaped, middle_shortened, progress_markup, sentence_markup, words

_MINUTE_S = 60
# Seconds left are told in steps of this, since no forecast is better.
_STEP_S = 5
GB = 1e9
# Pages a second from which on no decimal is told.
_WHOLE_SPEED = 10
# What came in, and what was there before.
_IN = (Status.ADDED, Status.UPDATED, Status.RENAMED)
_KNOWN = (Status.UNCHANGED, Status.COPY)
# Encodings that a person may choose, by Python's names, with what other programs call them.
ENCODINGS = {
    "utf-8": "UTF-8", "cp932": "Shift_JIS (Windows-31J)", "euc_jp": "EUC-JP", "iso2022_jp_ext": "ISO-2022-JP", "cp1252": "Windows-1252",
    "iso8859-15": "ISO-8859-15", "utf-16": "UTF-16", "mac_roman": "Mac Roman", "cp850": "IBM 850", "gb18030": "GB 18030", "big5": "Big5",
    "cp949": "Windows-949", "cp1250": "Windows-1250", "cp1251": "Windows-1251", "koi8_r": "KOI8-R",
}  # fmt: skip


def jobs_markup(jobs: Sequence[JobState], language: str, *, notebook: int, now: float) -> str:
    """The readings of a notebook, and a new search model that takes over all of them. `now` is monotonic seconds."""
    takeovers = "".join(_takeover(job, language, now=now) for job in jobs if job.kind is Kind.TAKEOVER)
    readings = [job for job in jobs if job.kind is Kind.READING]
    first = next((job.id for job in readings if not (job.over or job.asks)), 0)
    return takeovers + "".join(
        job_markup(job, language, now=now, waits=job.id != first) for job in readings if job.notebook == notebook
    )


def job_markup(job: JobState, language: str, *, now: float, waits: bool = False) -> str:
    """A reading: while it runs its file, pages and time left; afterwards one line, which unfolds. `waits` for those before it."""
    if job.over:
        return _ended(job, language)
    if job.asks:
        return _clashes(job, language)
    title = words("samples_job", language) if job.samples else _doing(job, language, waits=waits)
    told = [say("read_so_far", language, counted=say(job.unit.value, language, n=job.pages_read))] if job.pages_read else []
    speed = job.pages_per_second(now)
    told += _speed(job, speed, language) if speed is not None else []
    left = job.seconds_left(now)
    told += [say_left(left, language)] if left is not None else []
    stop = f'<button type="button" class="kd-link" data-do="stop-job" data-job="{job.id}">{words("stop", language)}</button>'
    failed = "".join(_row(item, language) for item in job.failed)
    return (
        f'<div class="kd-job" data-job="{job.id}" data-working="1"><p><span>{title}</span>{stop}</p>'
        f'{progress_markup(job.percent, say("reading_progress", language))}<p class="kd-quiet">{escaped(" · ".join(told))}</p>'
        f"{f'<ul>{failed}</ul>' if failed else ''}</div>"
    )


def _takeover(job: JobState, language: str, *, now: float) -> str:
    """A new search model that makes its vectors: how far it is, or how it ended."""
    if job.over:
        dismiss = (
            f'<button type="button" class="kd-link" data-do="dismiss" data-job="{job.id}">{words("dismiss", language)}</button>'
        )
        wrong = f'<p class="kd-row-error" role="alert">{sentence_markup(job.error.sentence(language))}</p>' if job.error else ""
        key = "takeover_stopped" if job.stopped or job.error else "takeover_done"
        said = words(key, language, name=job.name)
        line = f'<div class="kd-line"><span>{said}</span>{dismiss}</div>'
        return f'<div class="kd-job kd-over" data-job="{job.id}" role="status">{wrong}{line}</div>'
    left = job.seconds_left(now)
    told = [say("takeover_of", language, counted=say("passages", language, n=job.total), done=job.done)] if job.total else []
    told += [say_left(left, language)] if left is not None else []
    stop = f'<button type="button" class="kd-link" data-do="stop-job" data-job="{job.id}">{words("stop", language)}</button>'
    return (
        f'<div class="kd-job" data-job="{job.id}" data-working="1"><p><span>{words("takeover", language, name=job.name)}</span>{stop}</p>'
        f'{progress_markup(job.percent, say("takeover_progress", language))}<p class="kd-quiet">{escaped(" · ".join(told))}</p></div>'
    )


def _speed(job: JobState, speed: float, language: str) -> list[str]:
    """How many pages, slides or sheets a second, in words; nothing where that rounds to none."""
    told = round(speed, 0 if speed >= _WHOLE_SPEED else 1)
    return [say("speed", language, counted=say(job.unit.value, language, n=told))] if told else []


def _doing(job: JobState, language: str, *, waits: bool) -> str:
    if not job.current:
        return words("job_waiting" if waits else "job_begins", language)
    name = job.items[job.current - 1].name if job.current <= len(job.items) else ""
    return words("reading", language, name=middle_shortened(name), number=job.current, total=job.total)


def _ended(job: JobState, language: str) -> str:
    dismiss = f'<button type="button" class="kd-link" data-do="dismiss" data-job="{job.id}">{words("dismiss", language)}</button>'
    wrong = f'<p class="kd-row-error" role="alert">{sentence_markup(job.error.sentence(language))}</p>' if job.error else ""
    good = sum(item.status in _IN for item in job.items)
    known = sum(item.status in _KNOWN for item in job.items)
    parts = (
        []
        if job.error or not (good or job.stopped or not known)
        else [say("job_stopped" if job.stopped else "job_done", language, n=good)]
    )
    parts += [say("job_known", language, n=known)] if known else []
    if job.failed:
        parts.append(say("job_failed", language, n=len(job.failed)))
    if job.passed_over:
        parts.append(say("job_passed_over", language, n=len(job.passed_over)))
    lacking = "".join(_lacking(job, at, language) for at, item in enumerate(job.items) if item.lacks is not None)
    asked = f"<ul>{lacking}</ul>" if lacking else ""
    rows = "".join(_row(item, language) for item in job.items if item.status is not None and item.lacks is None)
    rows += "".join(
        f'<li class="kd-row-quiet">{_name(one.name)} <span class="kd-quiet">{escaped(one.reason.format_in(language))}</span></li>'
        for one in job.passed_over
    )
    details = (
        f'<details class="kd-fold"><summary>{escaped(" · ".join(parts))}</summary><ul>{rows}</ul></details>'
        if rows
        else f"<span>{escaped(' · '.join(parts))}</span>"
    )
    read = f' data-name="{escaped(job.name)}"' if good or known else ""
    line = f'<div class="kd-line">{details}{dismiss}</div>'
    return f'<div class="kd-job kd-over" data-job="{job.id}"{read} role="status">{wrong}{asked}{line}</div>'


def _row(item: Item, language: str) -> str:
    assert item.status is not None
    tone = "bad" if item.status is Status.FAILED else "good"
    text = words(f"row_{item.status.value}", language)
    if item.called:
        text += f" · {words('row_called', language, name=item.called)}"
    if item.status in (Status.ADDED, Status.UPDATED):
        pages = f" · {words(item.unit.value, language, n=item.pages)}" if item.unit is not None else ""
        text += f"{pages} · {words('passages', language, n=item.chunks)}"
    wrong = f'<span class="kd-row-error">{sentence_markup(item.error.sentence(language))}</span>' if item.error else ""
    return f'<li class="kd-row-{tone}">{_name(item.name)} <span class="kd-quiet">{text}</span>{wrong}</li>'


def _clashes(job: JobState, language: str) -> str:
    """Files that have the names of earlier uploads, and the question what they are."""
    title = words("clash_title", language, n=len(job.asks))
    rows = "".join(
        f'<li>{_name(job.items[at].name)}<div class="kd-answers">{_answers(job.id, str(at), language)}</div></li>'
        for at in job.asks
    )
    every = f'<div class="kd-answers">{_answers(job.id, "", language)}</div>' if len(job.asks) > 1 else ""
    stop = f'<button type="button" class="kd-link" data-do="stop-job" data-job="{job.id}">{words("clash_stop", language)}</button>'
    return (
        f'<div class="kd-job kd-asks" data-job="{job.id}" role="group" aria-label="{title}"><p role="alert">{title}</p>{every}'
        f"<ul>{rows}</ul>{stop}</div>"
    )


def _answers(job: int, item: str, language: str) -> str:
    """Both answers, for one file or for all (item "")."""
    keys = (("clash_version", ""), ("clash_another", "1")) if item else (("clash_versions", ""), ("clash_others", "1"))
    return "".join(
        f'<button type="button" class="kd-small" data-do="answer" data-job="{job}" data-item="{item}" data-another="{another}">'
        f"{words(key, language)}</button>"
        for key, another in keys
    )


def _lacking(job: JobState, at: int, language: str) -> str:
    """A file that can be read with something that a person may know, with the field for that."""
    item = job.items[at]
    assert item.error is not None
    if item.lacks is Lack.PASSWORD:
        label = words("password_ask", language, name=item.name)
        field = f'<input type="password" autocomplete="off" maxlength="500" aria-label="{label}" placeholder="{words("password", language)}">'
        give, hint = words("password_give", language), f'<span class="kd-hint">{words("password_hint", language)}</span>'
    else:
        label = words("encoding_ask", language, name=item.name)
        field, give, hint = encodings_markup(label), words("encoding_give", language), ""
    return (
        f'<li class="kd-row-bad">{_name(item.name)} <span class="kd-row-error">{sentence_markup(item.error.sentence(language))}</span>'
        f'<div class="kd-form" data-submit="again">{field}<button type="button" class="kd-small" data-do="again" data-job="{job.id}" '
        f'data-item="{at}">{give}</button></div>{hint}</li>'
    )


def encodings_markup(label: str, *, automatic: str = "") -> str:
    """A choice of encodings; `label` is markup already, and so are the words for leaving it to the program ("": that is no choice)."""
    options = (f'<option value="">{automatic}</option>' if automatic else "") + "".join(
        f'<option value="{escaped(name)}">{escaped(called)}</option>' for name, called in ENCODINGS.items()
    )
    return f'<select aria-label="{label}">{options}</select>'


def _name(name: str) -> str:
    return f'<span class="kd-name" title="{escaped(name)}">{escaped(middle_shortened(name))}</span>'


def say_left(seconds: float, language: str) -> str:
    """A forecast in words: steps of five seconds below a minute, then minutes."""
    if seconds < _MINUTE_S:
        return say("seconds_left", language, n=max(_STEP_S, _STEP_S * round(seconds / _STEP_S)))
    return say("minutes_left", language, n=round(seconds / _MINUTE_S))
