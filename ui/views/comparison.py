"""The compare view as markup: which models, their columns side by side, what each alone says, the vote. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from core.text import shortened
from rag.comparison import Measures
from rag.differences import Kind, Own
from rag.models.base import ModelInfo
from rag.plan.budget import estimate_tokens
from rag.prices import money
from service.comparisons import MOST_MODELS, TIE, Column, Comparison
from store.catalog.votes import Standing
from ui.locale import LANGUAGES, LocalFormatter
from ui.views.answer import answer_markup
from ui.views.ending import notes_markup, retried_markup, say_duration, verdict_markup
from ui.views.models import where, where_markup
from ui.views.text import escaped, words
from ui.views.turns import answer_notes, answer_words, waiting_markup

_MOST_CHARACTERS = 200
# What a sentence is written with in Markdown and what it cites; neither is read in a list of sentences.
_MARKS = re.compile(
    r"\s*\[\d{1,3}\]|\*\*|(?<!\w)[*_](?=\w)|(?<=[\w.!?])[*_](?!\w)|`|^\s*(?:#{1,6}|[-*+>]|\d+[.)])\s+|\s*\|\s*$|^\s*\|\s*",
    re.MULTILINE,
)


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


def comparison_markup(comparison: Comparison, number: int, models: Sequence[ModelInfo], language: str) -> str:
    """The question, the columns and the vote. `number` is the comparison's, by which its citations find their cards."""
    state = "" if comparison.over else f' data-running="1" data-number="{number}"'
    where_to = {model.name: where(model, language) for model in models}
    columns = "".join(
        _column(comparison, column, number, where_to.get(column.model, ""), language) for column in comparison.columns
    )
    joint = comparison.joint
    begun = joint.plan is not None
    common = "" if begun or comparison.over else waiting_markup(joint, comparison.waiting, language)
    nothing = notes_markup(joint, language) if comparison.over and not begun else ""
    shown = columns if begun or any(column.answer.error for column in comparison.columns) else ""
    return (
        f'<article class="kd-comparison"{state}><h2 class="kd-question"><span class="kd-sr">{words("you_asked", language)}: </span>'
        f"{escaped(comparison.question)}</h2>{common}{nothing}"
        f'<div class="kd-versus" tabindex="0" role="group" aria-label="{words("compare", language)}">{shown}</div>'
        f"{_vote(comparison, language)}{_again(comparison, language)}</article>"
    )


def _column(comparison: Comparison, column: Column, number: int, place: str, language: str) -> str:
    answer, hidden = column.answer, comparison.hidden
    title = words("answer_letter", language, letter=column.letter) if comparison.blind and hidden else escaped(column.model)
    aside = "" if hidden or not place else f'<span class="kd-quiet">{escaped(place)}</span>'
    notes = notes_markup(answer, language) if answer.ended else ""
    if hidden and answer.error is not None:
        notes = f'<p class="kd-note">{words("hidden_failure", language)}</p>'
    # How a model thinks and how fast it is give it away, so both wait for the vote.
    thoughts = "" if hidden else _thoughts(column, language) + retried_markup(answer, language)
    measured = "" if hidden or column.measures is None else _measures(column.measures, place, language)
    label = f"{column.letter}: {title}" if comparison.blind and not hidden else title
    return (
        f'<section class="kd-side" aria-label="{label}"><header><h3>{label}</h3>{aside}</header>{thoughts}'
        f"{_body(column, number, language)}{waiting_markup(answer, None, language) if comparison.joint.plan is not None else ''}{notes}"
        f"{verdict_markup(answer, language)}{_only(column.own, answer.text, language)}{measured}</section>"
    )


def _thoughts(column: Column, language: str) -> str:
    answer = column.answer
    if not answer.thoughts:
        return ""
    key = "thought" if answer.text or answer.ended else "thinking_now"
    said = words(key, language, seconds=round(answer.thought_seconds, 1), n=estimate_tokens(answer.thoughts))
    return f'<details class="kd-fold"><summary>{said}</summary><div class="kd-thoughts">{escaped(answer.thoughts.strip())}</div></details>'


def _body(column: Column, number: int, language: str) -> str:
    answer = column.answer
    if not answer.text.strip():
        return ""
    lang = f' lang="{answer.language}"' if answer.language in LANGUAGES else ""
    own = [(fact.start, fact.end) for fact in column.own.facts] if column.own is not None else []
    body = answer_markup(answer.text, answer_notes(answer, language, own=own), answer_words(language), turn=f"c{number}")
    return f'<div class="kd-text"{lang}>{body}</div>'


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
        short = shortened(_MARKS.sub("", verdict.sentence).strip(), _MOST_CHARACTERS)
        lines.append(words("only_unsupported", language, list=short))
    items = "".join(f"<li>{line}</li>" for line in lines) or f"<li>{words('only_nothing', language)}</li>"
    return f'<div class="kd-only"><h4>{words("only_here", language)}</h4><ul>{items}</ul></div>'


def _measures(row: Measures, place: str, language: str) -> str:
    local = LocalFormatter(language)
    values: list[tuple[str, str]] = []
    # By the engine's own clock, where it tells: what the first word had to wait for.
    told = (("m_load", row.load_s), ("m_read", row.read_s), ("m_write", row.write_s))
    values += [(key, say_duration(value, language)) for key, value in told if value is not None]
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
            f"<li>{words('was', language, letter=column.letter, name=column.model)}</li>" for column in comparison.columns
        )
        return f'<div class="kd-note" role="status"><p>{words("voted", language)}</p>{f"<ul>{known}</ul>" if comparison.blind else ""}</div>'
    if not comparison.can_vote:
        return ""
    names = [
        (column.letter, column.letter if comparison.hidden else column.model) for column in comparison.columns if column.answered
    ]
    buttons = "".join(
        f'<button type="button" data-do="vote" data-winner="{letter}">{words("vote_for", language, letter=name)}</button>'
        for letter, name in names
    )
    return (
        f'<div class="kd-vote" role="group" aria-label="{words("vote_ask", language)}"><span>{words("vote_ask", language)}</span>{buttons}'
        f'<button type="button" data-do="vote" data-winner="{TIE}">{words("vote_tie", language)}</button></div>'
    )


def _again(comparison: Comparison, language: str) -> str:
    if not comparison.over:
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
        f'<div class="kd-scroll" tabindex="0"><table class="kd-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<button type="button" class="kd-link" data-do="export-votes">{words("export_votes", language)}</button></details>'
    )
