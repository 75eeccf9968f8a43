"""The answering model as markup: which, where it runs, how it is asked. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from rag.events import Mode
from rag.models.base import ModelInfo, Thinking
from rag.models.listing import GET_GEMMA
from ui.choices import Choices
from ui.locale import say
from ui.views.text import escaped, words


def model_markup(models: Sequence[ModelInfo], chosen: str, choices: Choices, language: str) -> str:
    """The line under the question box, and a notice where the model is only a demonstration. `chosen` is a model's name."""
    info = next((model for model in models if model.name == chosen), None)
    if info is None:
        return ""
    options = "".join(
        f'<option value="{escaped(model.name)}"{" selected" if model.name == chosen else ""}>{escaped(model.name)}'
        f"{_aside(model, language)}</option>"
        for model in models
    )
    thinking = f'<span class="kd-quiet">{words("think_never", language)}</span>'
    if info.thinks:
        thinking = _select("think", [(value.value, f"think_{value.value}") for value in Thinking], choices.think.value, language)
    reading = _select("reads", [(value.value, f"reads_{value.value}") for value in Mode], choices.mode.value, language)
    exports = "".join(
        f'<button type="button" class="kd-small" data-do="export" data-format="{form}">{label}</button>'
        for form, label in (("md", "Markdown"), ("html", "HTML"), ("json", "JSON"))
    )
    better = next((one.name for one in models if "gemma" in one.name and not one.demonstration and not one.location.remote), "")
    return (
        f"{_notice(better, language) if info.demonstration and choices.notice else ''}"
        f'<details class="kd-model"{" data-remote" if info.location.remote else ""}><summary>'
        f'<span class="kd-sr">{words("model", language)}: </span><span class="kd-name">{escaped(chosen)}</span> '
        f"{where_markup(info, language)}</summary>"
        f'<div class="kd-models"><label><span class="kd-sr">{words("model", language)}</span><select data-do="model">{options}</select></label>'
        f'{thinking}{reading}<span class="kd-export" role="group" aria-label="{words("export", language)}">'
        f"<span>{words('export', language)}:</span> {exports}</span></div></details>"
    )


def _notice(better: str, language: str) -> str:
    """That this model only quotes, and the way to one that reasons: `better` is here already, "" where none is."""
    hide = words("dismiss", language)
    if better:
        name = better.partition(":")[2]
        use = f'<button type="button" class="kd-small" data-do="model" data-name="{escaped(better)}">'
        way = f"{words('demonstration_here', language)} {use}{words('use_named', language, name=name)}</button>"
    else:
        sentence = words("demonstration", language, command=GET_GEMMA).replace(GET_GEMMA, f"<code>{GET_GEMMA}</code>")
        see = '<button type="button" class="kd-link" data-do="view" data-view="models">'
        way = f"{sentence} {see}{words('view_models', language)}</button>"
    return (
        f'<div class="kd-demo"><p>{way}</p><button type="button" class="kd-icon" data-do="hide-notice" aria-label="{hide}" '
        f'title="{hide}">&times;</button></div>'
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
    tone = "remote" if model.location.remote else "local"
    title = escaped(say("sent_to_long" if model.location.remote else "at_home_long", language, place=model.location.recipient))
    return f'<span class="kd-where kd-{tone}" title="{title}">{escaped(where(model, language))}</span>'


def where(model: ModelInfo, language: str) -> str:
    """*at home* or *sent to ...*."""
    return say("sent_to" if model.location.remote else "at_home", language, place=model.location.recipient)


def _aside(model: ModelInfo, language: str) -> str:
    return f" · {escaped(where(model, language))}" if model.location.remote else ""
