"""Which Gemma fits this machine, what is installed, and getting one, as markup. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from rag.machine import GB, Machine
from rag.recommendations import Fit, Place, Recommendations
from service.job_states import JobState
from ui.locale import number, say
from ui.views.text import escaped, progress_markup, sentence_markup, words

_K = 1024
_COLUMNS = ("col_model", "col_here", "col_needs", "col_size", "col_weights", "col_window", "col_takes", "col_thinks")


def recommendations_markup(
    found: Recommendations, downloads: Mapping[str, JobState], language: str, *, url: str, answers: bool
) -> str:
    """The family as a table. `downloads` by model; `url` is where Ollama was looked for, and `answers` whether it is there."""
    there = words("ollama_here" if answers else "ollama_absent", language, url=url)
    if found.command:
        best = f"<p>{words('best_command', language)} <code>{escaped(found.command)}</code></p>"
    elif found.best:
        best = f"<p>{words('best_installed', language, tag=found.best)}</p>"
    else:
        best = f"<p>{words('best_none', language)}</p>"
    head = "".join(f"<th>{words(key, language)}</th>" for key in _COLUMNS)
    rows = "".join(
        _row(fit, fit.gemma.tag == found.best, downloads.get(fit.gemma.tag), language, there=answers) for fit in found.fits
    )
    return (
        f'<div class="kd-recommendations"><h2>{words("recommendations", language)}</h2><p>{_machine(found.machine, language)}</p>'
        f'<p class="kd-{"good" if answers else "wanting"}">{there} '
        f'<button type="button" class="kd-link" data-do="look">{words("look_again", language)}</button></p>{best}'
        f'<div class="kd-scroll" tabindex="0"><table class="kd-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def _machine(machine: Machine, language: str) -> str:
    if machine.shared:
        gpu = say("gpu_shared", language)
    else:
        cards = [say("gpu_card", language, name=gpu.name, memory=round(gpu.memory / GB)) for gpu in machine.gpus]
        gpu = ", ".join(cards) or say("gpu_none", language)
    memory, free = round(machine.memory / GB), round(machine.available / GB)
    return words("machine", language, memory=memory, free=free, cores=machine.cores, gpu=gpu)


def _row(fit: Fit, best: bool, job: JobState | None, language: str, *, there: bool) -> str:  # noqa: FBT001  # a column of the table
    gemma = fit.gemma
    takes = [key for key, true in (("text", True), ("pictures", gemma.sees), ("sound", gemma.hears)) if true]
    weights = "?" if gemma.weights_gb is None else words("gb", language, n=number(gemma.weights_gb, language, digits=1))
    needs = "?" if gemma.needed_gb is None else words("about_gb", language, n=round(gemma.needed_gb))
    badge = f' <span class="kd-best">{words("best_here", language)}</span>' if best else ""
    good_for = f'<br><span class="kd-quiet">{words(f"good_{gemma.tag}", language)}</span>'
    cells = (
        f"<strong>{escaped(gemma.tag)}</strong>{badge}{good_for}",
        _here(fit, job, language, there=there),
        needs,
        escaped(gemma.parameters),
        weights,
        f"{gemma.window // _K}K",
        ", ".join(words(f"takes_{key}", language) for key in takes),
        words("yes" if gemma.thinks else "no", language),
    )
    return f"<tr{' data-best' if best else ''}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _here(fit: Fit, job: JobState | None, language: str, *, there: bool) -> str:
    """Whether it runs here, and the way to get it."""
    tag = escaped(fit.gemma.tag)
    if job is not None and not job.over:
        size = ""
        if job.total:
            done, total = (number(size / GB, language, digits=1) for size in (job.done, job.total))
            size = f"<span>{words('pulling_size', language, done=done, total=total)}</span>"
        label = say("pulling", language, percent=job.percent)
        stop = f'<button type="button" class="kd-link" data-do="stop-job" data-job="{job.id}">{words("stop", language)}</button>'
        return f'<div class="kd-pull"><span>{escaped(label)}</span>{progress_markup(job.percent, label)}{size} {stop}</div>'
    if fit.installed:
        use = words("use_model", language)
        return (
            f'<span class="kd-good">✓ {words("installed", language)}</span><br><button type="button" class="kd-small" data-do="use" '
            f'data-name="ollama:{tag}">{use}<span class="kd-sr">: {tag}</span></button>'
        )
    slow = fit.place is Place.PROCESSOR and not fit.bearable
    said = words("fit_slow" if slow else f"fit_{fit.place}", language)
    if job is not None and job.error is not None:
        said += f'<span class="kd-row-error" role="alert">{sentence_markup(job.error.sentence(language))}</span>'
    elif job is not None and job.stopped:
        said += f'<span class="kd-quiet">{words("pull_stopped", language)}</span>'
    if fit.place is Place.NO or not there:
        return said
    label = words("get", language, name=fit.gemma.tag)
    return f'{said}<br><button type="button" class="kd-small" data-do="get" data-name="{tag}">{label}</button>'
