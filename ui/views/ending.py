"""How an answer ended, as markup: notes, errors with their way out, verdicts in sum, steps. Pure functions over `Answer`."""

from __future__ import annotations

from core.errors import KaedamaError, ModelMemory, ModelMissing, ModelNotServed, ModelUnavailable
from core.types import Support
from rag.answer import Answer
from rag.events import Outcome, OutReason
from ui.locale import locale_of, number, say
from ui.views.text import escaped, sentence_markup, words

# States that are counted by name, the worst first.
_BAD = (Support.CONTRADICTED, Support.UNSUPPORTED, Support.WEAK)
# Failures that getting, starting or choosing a model mends.
_ANOTHER_MODEL = (ModelMissing, ModelUnavailable, ModelMemory, ModelNotServed)
# Outcomes of an answer that are told in a note.
_TOLD = (Outcome.REFUSED, Outcome.UNSURE, Outcome.CUT)
# Passages whose documents are named where nothing was found.
_NEAREST = 5
_STEPS = ("load", "embed", "search", "windows", "quotes", "first_token", "generate", "verify", "total")


def retried_markup(answer: Answer, language: str) -> str:
    """That the model was asked twice, and why; the wait too, while it lasts."""
    if answer.retried is None:
        return ""
    text = words(f"retried_{answer.retried.reason}", language, seconds=round(answer.retried.wait_s))
    return f'<p class="kd-note">{text}</p>'


def verdict_text(answer: Answer, language: str) -> str:
    """How many sentences are borne out by their sources, in words; "" where none was judged."""
    if not answer.verdicts:
        return ""
    good, total = sum(verdict.support.ticked for verdict in answer.verdicts), len(answer.verdicts)
    parts = [say("verdict", language, good=good, n=total)]
    for support in _BAD:
        count = sum(verdict.support is support for verdict in answer.verdicts)
        if count:
            parts.append(f"{count} {say(support.value, language)}")
    if added := sum(bool(verdict.found) for verdict in answer.verdicts):
        parts.append(say("citations_added", language, n=added))
    return " · ".join(parts)


def verdict_markup(answer: Answer, language: str) -> str:
    """How many sentences are borne out by their sources; those that are not are counted by their state."""
    if not answer.verdicts:
        return ""
    good, total = sum(verdict.support.ticked for verdict in answer.verdicts), len(answer.verdicts)
    worst = any(verdict.support is Support.CONTRADICTED for verdict in answer.verdicts)
    tone = "supported" if good == total else "weak" if good and not worst else "unsupported"
    sign = {"supported": "✓", "weak": "!", "unsupported": "✕"}[tone]
    shown = f'<span class="kd-sign" aria-hidden="true">{sign}</span>{escaped(verdict_text(answer, language))}'
    return f'<p class="kd-verdict kd-tone-{tone}">{shown}</p>'


def ended_text(answer: Answer, language: str) -> str:
    """How an answer ended where it did not end by itself, or had nothing to say; "" for one that is whole."""
    came = bool(answer.said)
    if answer.error is not None:
        return answer.error.sentence(language)
    if answer.stopped:
        return say("stopped" if came else "stopped_empty", language)
    if answer.interrupted:
        return say("broke_off" if came else "broke_off_empty", language)
    if answer.outcome is Outcome.NOTHING_FOUND:
        return say("nothing_found" if answer.hits else "nothing_to_search", language)
    if answer.outcome is Outcome.REFUSED and answer.quotes:
        return say("not_in_documents", language)
    return say(answer.outcome.value, language) if answer.outcome in _TOLD else ""


def notes_markup(answer: Answer, language: str, *, reading: int = 0, newer: int = 0) -> str:
    """How the answer ended, where that needs saying. `reading` documents are still being read, `newer` came since the question."""
    if answer.error is not None:
        return error_markup(answer.error, language)
    if answer.stopped:
        return f'<p class="kd-note">{escaped(ended_text(answer, language))}</p>'
    if answer.interrupted:
        return f'<div class="kd-error" role="alert"><p>{escaped(ended_text(answer, language))}</p></div>'
    unread = f'<p data-unread="{reading}">{words("still_reading", language, n=reading)}</p>' if reading else ""
    if newer and not reading:
        unread = f"<p>{words('read_since', language, n=newer)}</p>"
    if answer.outcome is Outcome.NOTHING_FOUND:
        hint = unread or (f"<p>{words('nothing_found_hint', language)}</p>" if answer.hits else "")
        return f'<div class="kd-note"><p>{escaped(ended_text(answer, language))}</p>{_searched(answer, language)}{hint}</div>'
    cut = f'<p class="kd-note">{words("prompt_cut", language)}</p>' if answer.prompt_cut else ""
    if answer.outcome in _TOLD:
        searched = _searched(answer, language) if answer.outcome is Outcome.REFUSED else ""
        return f'<div class="kd-note"><p>{escaped(ended_text(answer, language))}</p>{searched}{unread}</div>{cut}'
    return cut + (f'<div class="kd-note">{unread}</div>' if unread else "")


def _searched(answer: Answer, language: str) -> str:
    """In which words was searched, and which documents came nearest."""
    if not answer.hits:
        return ""
    names = ", ".join(dict.fromkeys(hit.source for hit in answer.hits[:_NEAREST]))
    return f"<p>{words('searched_in', language, question=answer.searched or answer.question, names=names)}</p>"


def error_markup(error: KaedamaError, language: str) -> str:
    """A failure in one sentence, where it happened, with the way to the view of models where another model is what helps."""
    way = ""
    if isinstance(error, _ANOTHER_MODEL):
        label = words("see_models", language)
        way = f'<p><button type="button" class="kd-small" data-do="view" data-view="models">{label}</button></p>'
    return (
        f'<div class="kd-error" role="alert"><strong>{words("error", language)}</strong>'
        f"<p>{sentence_markup(error.sentence(language))}</p>{way}</div>"
    )


def steps_markup(answer: Answer, language: str) -> str:
    """How the answer was found, folded: times, passages, model."""
    if not answer.seconds:
        return ""
    search = duration(answer.seconds.get("embed", 0.0) + answer.seconds.get("search", 0.0), language)
    short = words("steps_short", language, search=search, n=len(answer.hits))
    rows = "".join(f"<dt>{words(key, language)}</dt><dd>{value}</dd>" for key, value in _step_rows(answer, language))
    return (
        f'<details class="kd-fold"><summary>{words("steps", language)} <span class="kd-quiet">{short}</span></summary>'
        f'<dl class="kd-steps">{rows}</dl></details>'
    )


def _step_rows(answer: Answer, language: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if answer.language:
        rows.append(("step_language", say_language(answer.language, language)))
    rows.append(("step_found", number(len(answer.hits), language)))
    plan = answer.plan
    if plan is not None:
        rows.append(("step_given", number(len(plan.sources), language)))
        for reason in OutReason:
            count = sum(left.reason is reason for left in plan.left_out)
            if count:
                rows.append(("step_left_out", words(f"left_{reason}", language, n=count)))
        why = f" ({words(f'why_{plan.why}', language)})" if plan.why else ""
        rows.append(("step_mode", words(f"mode_{plan.mode}", language) + why))
        rows.append(("step_model", escaped(f"{plan.model} · {plan.engine}")))
    rows += [(f"step_{name}", say_duration(answer.seconds[name], language)) for name in _STEPS if name in answer.seconds]
    if answer.usage is not None and answer.usage.prompt_tokens:
        used = (number(count, language, grouped_from=1_000) for count in (answer.usage.prompt_tokens, answer.usage.answer_tokens))
        rows.append(("step_tokens", " / ".join(used)))
    return rows


def duration(seconds: float, language: str) -> str:
    """Milliseconds below one second, else seconds with one decimal."""
    if seconds < 1:
        return say("ms", language, n=round(1000 * seconds))
    return say("seconds", language, n=round(seconds, 1))


def say_duration(seconds: float, language: str) -> str:
    """`duration`, safe in markup."""
    return escaped(duration(seconds, language))


def say_language(code: str, language: str) -> str:
    """A language's name in the page's language. Safe in markup."""
    return words("lang_und", language) if code == "und" else escaped(locale_of(language).languages.get(code, code))
