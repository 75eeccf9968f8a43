"""The compare view as markup: which models, their columns side by side, what each alone says, the vote. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from core.text import shortened
from rag.compare import Measures
from rag.differences import Kind, Own
from rag.models.base import ModelInfo
from rag.prices import money
from store.catalog.votes import Standing
from ui.comparison import MOST_MODELS, Column, Comparison
from ui.locale import LANGUAGES, LocalFormatter
from ui.panels import where, where_markup
from ui.render import (
    notes_markup,
    retried_markup,
    say_duration,
    text_markup,
    thoughts_markup,
    verdict_markup,
    waiting_markup,
    words,
)
from ui.views.escaping import escaped

_MOST_CHARACTERS = 200


def setup_markup(models: Sequence[ModelInfo], chosen: Collection[str], language: str, *, blind: bool) -> str:
    """The models to choose from, each with where it runs, and the box that hides their names."""
    if len(models) < 2:
        return f'<p class="kd-note">{words("compare_one", language)}</p>'
    picked = [model for model in models if model.name in chosen]
    full = len(picked) >= MOST_MODELS
    boxes = "".join(_box(model, language, chosen=model in picked, full=full) for model in models)
    said = "".join(f'<span class="kd-picked">{escaped(model.name)} {where_markup(model, language)}</span>' for model in picked)
    few = "" if len(picked) > 1 else f'<span class="kd-quiet">{words("compare_few", language)}</span>'
    remote = any(model.location.remote for model in picked)
    return (
        f'<div class="kd-setup"{" data-remote" if remote else ""}><details class="kd-choice"><summary>'
        f'{words("compare_with", language)}: {said}{few}</summary><div role="group" '
        f'aria-label="{words("compare_with", language)}" class="kd-picks">{boxes}</div></details>'
        f'<label class="kd-pick"><input type="checkbox" data-do="blind"{" checked" if blind else ""}>{words("blind", language)}</label></div>'
    )


def _box(model: ModelInfo, language: str, *, chosen: bool, full: bool) -> str:
    state = " checked" if chosen else " disabled" if full else ""
    return (
        f'<label class="kd-pick"><input type="checkbox" data-do="pick" data-name="{escaped(model.name)}"{state}>'
        f"<span>{escaped(model.name)}</span> {where_markup(model, language)}</label>"
    )


def empty_markup(language: str) -> str:
    """What stands there before the first comparison."""
    return (
        f'<div class="kd-welcome"><span class="kd-bowl" aria-hidden="true">替</span><h2>{words("compare_title", language)}</h2>'
        f"<p>{words('compare_more', language)}</p></div>"
    )


def comparison_markup(comparison: Comparison, models: Sequence[ModelInfo], language: str) -> str:
    """The question, the columns and the vote."""
    state = ' data-running="1"' if comparison.running else ""
    where_to = {model.name: where(model, language) for model in models}
    columns = "".join(_column(comparison, column, where_to.get(column.name, ""), language) for column in comparison.columns)
    joint = comparison.joint
    common = waiting_markup(joint, language) if joint.plan is None else ""
    nothing = "" if joint.running or joint.plan is not None else notes_markup(joint, language)
    shown = columns if joint.plan is not None or any(column.exchange.error for column in comparison.columns) else ""
    return (
        f'<article class="kd-comparison"{state}><div class="kd-question"><span class="kd-sr">{words("you_asked", language)}: </span>'
        f"{escaped(comparison.question)}</div>{common}{nothing}"
        f'<div class="kd-versus">{shown}</div>{_vote(comparison, language)}{_again(comparison, language)}</article>'
    )


def _column(comparison: Comparison, column: Column, place: str, language: str) -> str:
    exchange = column.exchange
    hidden = comparison.hidden
    title = words("answer_letter", language, letter=column.letter) if comparison.blind and hidden else escaped(column.name)
    aside = "" if hidden or not place else f'<span class="kd-quiet">{escaped(place)}</span>'
    notes = notes_markup(exchange, language)
    if hidden and exchange.error is not None:
        notes = f'<p class="kd-note">{words("hidden_failure", language)}</p>'
    # How a model thinks and how fast it is give it away, so both wait for the vote.
    thoughts = "" if hidden else thoughts_markup(exchange, language) + retried_markup(exchange, language)
    measured = "" if hidden or column.measures is None else _measures(column.measures, place, language)
    state = ' data-answering="1"' if exchange.running else ""
    label = f"{column.letter}: {title}" if comparison.blind and not hidden else title
    return (
        f'<section class="kd-side"{state} aria-label="{label}"><header><h3>{label}</h3>{aside}</header>{thoughts}'
        f"{_body(column, language)}{waiting_markup(exchange, language) if comparison.joint.plan is not None else ''}{notes}"
        f"{verdict_markup(exchange, language)}{_only(column.own, exchange.text, language)}{measured}</section>"
    )


def _body(column: Column, language: str) -> str:
    exchange = column.exchange
    if not exchange.text.strip():
        return ""
    lang = f' lang="{exchange.language}"' if exchange.language in LANGUAGES else ""
    own = [(fact.start, fact.end) for fact in column.own.facts] if column.own is not None else []
    return f'<div class="kd-text"{lang}>{text_markup(exchange, language, own)}</div>'


def _only(own: Own | None, text: str, language: str) -> str:
    """What this answer alone says."""
    if own is None or not text.strip():
        return ""
    lines = []
    for kind in Kind:
        listed = list(dict.fromkeys(fact.text for fact in own.facts if fact.kind is kind))
        if listed:
            lines.append(words(f"only_{kind.value}", language, list=", ".join(listed)))
    if own.passages:
        lines.append(words("only_cites", language, list=", ".join(f"[{number}]" for number in own.passages)))
    for verdict in own.unsupported:
        short = shortened(verdict.sentence, _MOST_CHARACTERS)
        lines.append(words("only_unsupported", language, list=short))
    items = "".join(f"<li>{line}</li>" for line in lines) or f"<li>{words('only_nothing', language)}</li>"
    return f'<div class="kd-only"><h4>{words("only_here", language)}</h4><ul>{items}</ul></div>'


def _measures(row: Measures, place: str, language: str) -> str:
    local = LocalFormatter(language)
    values: list[tuple[str, str]] = []
    if row.first_word_s is not None:
        values.append(("m_first", say_duration(row.first_word_s, language)))
    values.append(("m_total", say_duration(row.total_s, language)))
    if row.tokens_per_s is not None:
        values.append(("m_speed", words("m_speed_value", language, n=local.format("{0:.1f}", row.tokens_per_s))))
    if row.thought_tokens:
        seconds = local.format("{0:.1f}", row.thought_s)
        values.append(("m_thought", words("m_thought_value", language, seconds=seconds, n=row.thought_tokens)))
    about = "~" if row.estimated else ""
    values.append(("m_tokens", escaped(local.format("{0:,} / {1}{2:,}", row.tokens_in, about, row.tokens_out))))
    cost = words("cost_unknown", language) if row.cost is None else escaped(money(row.cost, row.currency))
    values.append(("m_cost", cost))
    if place:
        values.append(("m_where", escaped(place)))
    rows = "".join(f"<dt>{words(key, language)}</dt><dd>{value}</dd>" for key, value in values)
    return f'<dl class="kd-steps" aria-label="{words("measures", language)}">{rows}</dl>'


def _vote(comparison: Comparison, language: str) -> str:
    if comparison.vote:
        known = "".join(
            f"<li>{words('was', language, letter=column.letter, name=column.name)}</li>" for column in comparison.columns
        )
        return f'<div class="kd-note" role="status"><p>{words("voted", language)}</p>{f"<ul>{known}</ul>" if comparison.blind else ""}</div>'
    if not comparison.can_vote:
        return ""
    names = [
        (column.letter, column.letter if comparison.hidden else column.name) for column in comparison.columns if column.answered
    ]
    buttons = "".join(
        f'<button type="button" data-do="vote" data-winner="{letter}">{words("vote_for", language, letter=name)}</button>'
        for letter, name in names
    )
    return (
        f'<div class="kd-vote" role="group" aria-label="{words("vote_ask", language)}"><span>{words("vote_ask", language)}</span>{buttons}'
        f'<button type="button" data-do="vote" data-winner="=">{words("vote_tie", language)}</button></div>'
    )


def _again(comparison: Comparison, language: str) -> str:
    if comparison.running:
        return ""
    return f'<p class="kd-actions"><button type="button" class="kd-link" data-do="again">↻ {words("retry", language)}</button></p>'


def standings_markup(table: Sequence[Standing], count: int, language: str) -> str:
    """The win rates, folded, and the way to take all votes along."""
    if not count:
        return ""
    head = "".join(f"<th>{words(key, language)}</th>" for key in ("col_model", "v_rate", "v_won", "v_tied", "v_lost"))
    rows = "".join(
        f"<tr><td>{escaped(row.model)}</td><td>{row.rate:.0%}</td><td>{row.won}</td><td>{row.tied}</td><td>{row.lost}</td></tr>"
        for row in table
    )
    return (
        f'<details class="kd-fold kd-votes"><summary>{words("votes_title", language)} · {words("votes_count", language, n=count)}</summary>'
        f'<div class="kd-scroll"><table class="kd-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<button type="button" class="kd-link" data-do="export">{words("export_votes", language)}</button></details>'
    )
