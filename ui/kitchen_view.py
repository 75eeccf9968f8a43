"""The view of models: this machine, which Gemma fits, what is installed, and getting one with progress. Markup and Gradio handlers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import gradio as gr

from core.errors import KaedamaError
from rag.kitchen import GB, Fit, Guide, Machine, guide, this_machine
from ui.backend import Backend
from ui.locale import LocalFormatter, say
from ui.pulls import Pull
from ui.render import words
from ui.views.escaping import escaped

_LOOK_S = 0.25
_K = 1024
_COLUMNS = ("col_model", "col_here", "col_needs", "col_size", "col_weights", "col_window", "col_takes", "col_thinks")


class Kitchen:
    """The handlers over one backend. All of them draw the whole view."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def drawn(self, language: str, *, error: KaedamaError | None = None) -> str:
        """The view as things are now; asks the machine and Ollama."""
        wrong = f'<p class="kd-row-error" role="alert">{escaped(error.sentence(language))}</p>' if error is not None else ""
        return self._draw(*self._seen(), language) + wrong

    def _seen(self) -> tuple[Guide, bool]:
        """The guide, and whether Ollama answers."""
        from rag.models.ollama_server import answers  # loads an HTTP client: not before the page is up

        models = self._backend.models.known()
        ours = [
            info.name.removeprefix("ollama:") for info in models if info.name.startswith("ollama:") and not info.location.remote
        ]
        return guide(this_machine(), ours), answers(self._backend.settings)

    def _draw(self, found: Guide, answers: bool, language: str) -> str:  # noqa: FBT001  # half of what was seen
        return kitchen_markup(found, self._backend.pulls.known(), language, url=self._backend.settings.ollama_url, answers=answers)

    @property
    def busy(self) -> bool:
        """Whether a download runs."""
        return any(not pull.over.is_set() for pull in self._backend.pulls.known().values())

    def get(self, language: str, event: gr.EventData) -> Iterator[str]:
        """Get a model, showing how it goes."""
        try:
            self._backend.pulls.start(str(event.name))
        except KaedamaError as error:
            yield self.drawn(language, error=error)
            return
        yield from self.watch(language)

    def watch(self, language: str) -> Iterator[str]:
        """Draw until no download runs; machine and Ollama are asked once, at the beginning and at the end."""
        before, seen = "", self._seen()
        while self.busy:
            now = self._draw(*seen, language)
            if now != before:
                yield now
                before = now
            time.sleep(_LOOK_S)
        yield self.drawn(language)

    def stop(self, event: gr.EventData) -> None:
        """Stop a download; its watcher draws the rest."""
        self._backend.pulls.stop(str(event.name))


def kitchen_markup(found: Guide, pulls: Mapping[str, Pull], language: str, *, url: str, answers: bool) -> str:
    """The guide as a table. `url` is where Ollama was looked for."""
    there = words("ollama_here" if answers else "ollama_absent", language, url=url)
    if found.command:
        best = f"<p>{words('best_command', language)} <code>{escaped(found.command)}</code></p>"
    elif found.best:
        best = f"<p>{words('best_installed', language, tag=found.best)}</p>"
    else:
        best = f"<p>{words('best_none', language)}</p>"
    head = "".join(f"<th>{words(key, language)}</th>" for key in _COLUMNS)
    rows = "".join(_row(fit, fit.gemma.tag == found.best, pulls.get(fit.gemma.tag), language, there=answers) for fit in found.fits)
    return (
        f'<div class="kd-kitchen"><h2>{words("recommendations", language)}</h2><p>{_machine(found.machine, language)}</p>'
        f'<p class="kd-{"good" if answers else "wanting"}">{there} '
        f'<button type="button" class="kd-link" data-do="look">{words("look_again", language)}</button></p>{best}'
        f'<div class="kd-scroll"><table class="kd-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></div>'
    )


def _machine(machine: Machine, language: str) -> str:
    if machine.shared:
        gpu = say("gpu_shared", language)
    else:
        cards = [say("gpu_card", language, name=gpu.name, memory=round(gpu.memory / GB)) for gpu in machine.gpus]
        gpu = ", ".join(cards) or say("gpu_none", language)
    memory, free = round(machine.memory / GB), round(machine.available / GB)
    return words("machine", language, memory=memory, free=free, cores=machine.cores, gpu=gpu)


def _row(fit: Fit, best: bool, pull: Pull | None, language: str, *, there: bool) -> str:  # noqa: FBT001  # a column of the table
    gemma = fit.gemma
    local = LocalFormatter(language)
    takes = [key for key, true in (("text", True), ("pictures", gemma.sees), ("sound", gemma.hears)) if true]
    weights = "?" if gemma.weights_gb is None else words("gb", language, n=local.format("{0:.1f}", gemma.weights_gb))
    needs = "?" if gemma.needed_gb is None else words("about_gb", language, n=local.format("{0:.0f}", gemma.needed_gb))
    badge = f' <span class="kd-best">{words("best_here", language)}</span>' if best else ""
    good_for = f'<br><span class="kd-quiet">{words(f"good_{gemma.tag}", language)}</span>'
    cells = (
        f"<strong>{escaped(gemma.tag)}</strong>{badge}{good_for}",
        _here(fit, pull, language, there=there),
        needs,
        escaped(gemma.parameters),
        weights,
        f"{gemma.window // _K}K",
        ", ".join(words(f"takes_{key}", language) for key in takes),
        words("yes" if gemma.thinks else "no", language),
    )
    return f"<tr{' data-best' if best else ''}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _here(fit: Fit, pull: Pull | None, language: str, *, there: bool) -> str:
    """Whether it runs here, and the way to get it."""
    tag = escaped(fit.gemma.tag)
    if pull is not None and not pull.over.is_set():
        local = LocalFormatter(language)
        done, total = (local.format("{0:.1f}", size / GB) for size in (pull.done, pull.total))
        size = f"<span>{words('pulling_size', language, done=done, total=total)}</span>" if pull.total else ""
        label = words("pulling", language, percent=pull.percent)
        stop = f'<button type="button" class="kd-link" data-do="unpull" data-name="{tag}">{words("stop", language)}</button>'
        return (
            f'<div class="kd-pull"><span role="status">{label}</span><div class="kd-bar" role="progressbar" aria-valuemin="0" '
            f'aria-valuemax="100" aria-valuenow="{pull.percent}" aria-label="{label}"><i class="kd-used" style="width:{pull.percent}%">'
            f"</i></div>{size} {stop}</div>"
        )
    if fit.installed:
        return f'<span class="kd-good">✓ {words("installed", language)}</span>'
    slow = fit.place == "processor" and not fit.bearable
    said = words("fit_slow" if slow else f"fit_{fit.place}", language)
    if pull is not None and pull.error is not None:
        said += f'<span class="kd-row-error" role="alert">{escaped(pull.error.sentence(language))}</span>'
    elif pull is not None and pull.stop.is_set():
        said += f'<span class="kd-quiet">{words("pull_stopped", language)}</span>'
    if fit.place == "no" or not there:
        return said
    label = words("get", language, name=fit.gemma.tag)
    return f'{said}<br><button type="button" class="kd-small" data-do="get" data-name="{tag}">{label}</button>'
