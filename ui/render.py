"""An exchange as markup: question, waiting line, thoughts, answer, verdicts, steps, evidence cards. Pure functions over `Exchange`.

Every string that was not written in ui/locale goes through `escaped`. Elements that do something carry `data-do` and are wired by
ui/page.js; nothing here holds a script or an event attribute.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import KaedamaError, ModelMemory, ModelMissing, ModelNotServed, ModelUnavailable
from core.types import Citation, Hit, Support
from rag.budget import estimate_tokens
from rag.events import Outcome
from ui.exchange import Exchange, Phase
from ui.locale import LANGUAGES, LocalFormatter, say
from ui.views.answer import Chip, Notes, Words, answer_markup
from ui.views.escaping import escaped
from ui.views.passage import passage_markup

_GOOD = (Support.QUOTED, Support.SUPPORTED)
# Characters of a passage shown on each side of the quoted words; the rest unfolds.
_AROUND = 140
# Failures that getting, starting or choosing a model mends.
_ANOTHER_MODEL = (ModelMissing, ModelUnavailable, ModelMemory, ModelNotServed)
_STEPS = ("embed", "search", "first_token", "generate", "verify", "total")


def words(key: str, language: str, **fields: object) -> str:
    """`say`, safe to stand in markup: fields may come from documents."""
    return escaped(say(key, language, **fields))


def exchange_markup(exchange: Exchange, language: str, *, retry: bool = False) -> str:
    """The question and all that stands under it. `retry` offers to ask again."""
    state = ' data-running="1"' if exchange.running else ""
    return (
        f'<article class="kd-exchange"{state} data-turn="{exchange.number}">'
        f'<div class="kd-question"><span class="kd-sr">{words("you_asked", language)}: </span>{escaped(exchange.question)}</div>'
        f'<div class="kd-answer"><h3 class="kd-sr">{words("answer", language)}</h3>'
        f"{_searched(exchange, language)}{thoughts_markup(exchange, language)}{retried_markup(exchange, language)}"
        f"{_body(exchange, language)}{waiting_markup(exchange, language)}"
        f"{notes_markup(exchange, language)}{verdict_markup(exchange, language)}{steps_markup(exchange, language)}"
        f"{_again(exchange, language) if retry and not exchange.running else ''}</div></article>"
    )


def _searched(exchange: Exchange, language: str) -> str:
    if not exchange.searched or exchange.searched == exchange.question:
        return ""
    return f'<p class="kd-quiet">{words("searched_as", language, question=exchange.searched)}</p>'


def _body(exchange: Exchange, language: str) -> str:
    if not exchange.text.strip():
        return ""
    lang = f' lang="{exchange.language}"' if exchange.language in LANGUAGES else ""
    return f'<div class="kd-text"{lang}>{text_markup(exchange, language)}</div>'


def text_markup(exchange: Exchange, language: str, own: Sequence[tuple[int, int]] = ()) -> str:
    """The answer's text; `own` are the characters that only this one of several answers has."""
    notes = Notes(exchange.verdicts, chips(exchange, language), own=own)
    return answer_markup(exchange.text, notes, answer_words(language), turn=str(exchange.number))


def answer_words(language: str) -> Words:
    """What stands in an answer besides its own words."""
    return Words(
        states={support: say(support.value, language) for support in Support},
        copy=say("copy", language),
        claimed=say("value_claimed", language),
        found=say("value_found", language),
        only=say("only_mark", language),
    )


def chips(exchange: Exchange, language: str) -> dict[int, Chip]:
    """What the marks of an answer stand for. A number without a passage is not among them and stays plain text."""
    quotes: dict[int, str] = {}
    for citation in exchange.citations:
        quotes.setdefault(citation.n, citation.quote)
    return {
        number: Chip(
            say("source_n", language, n=number, name=hit.source, page=say_page(hit, language)),
            quotes.get(number, ""),
            hit.language if hit.language != "und" else "",
        )
        for number, hit in exchange.shown_hits().items()
    }


def say_page(hit: Hit, language: str) -> str:
    """The page as the reader finds it: the printed label first where it differs from the sheet's number."""
    if hit.label and hit.label != str(hit.page):
        return say("page_label", language, label=hit.label, n=hit.page)
    return say("page", language, n=hit.page)


def status_text(exchange: Exchange, language: str) -> str:
    """What is being waited for, in words (not escaped: no foreign text in it)."""
    if exchange.phase is Phase.SAMPLES:
        return say("status_samples", language, percent=exchange.amount)
    return say(f"status_{exchange.phase.value}", language, n=exchange.amount)


def waiting_markup(exchange: Exchange, language: str) -> str:
    """What is being waited for; nothing once the answer has ended."""
    if not exchange.running:
        return ""
    text = escaped(status_text(exchange, language))
    return f'<p class="kd-waiting" role="status"><span class="kd-dots" aria-hidden="true"></span>{text}</p>'


def thoughts_markup(exchange: Exchange, language: str) -> str:
    """The model's thinking, folded to one line with its seconds."""
    if not exchange.thoughts:
        return ""
    key = "thinking_now" if exchange.phase is Phase.THINKING else "thought"
    seconds = LocalFormatter(language).format("{0:.1f}", exchange.thinking_seconds)
    tokens = estimate_tokens(exchange.thoughts)
    return (
        f'<details class="kd-fold"><summary>{words(key, language, seconds=seconds, n=tokens)}</summary>'
        f'<div class="kd-thoughts">{escaped(exchange.thoughts.strip())}</div></details>'
    )


def retried_markup(exchange: Exchange, language: str) -> str:
    """That the model was asked twice, and why; the wait too, while it lasts."""
    if exchange.retried is None:
        return ""
    text = words(f"retried_{exchange.retried.reason}", language, seconds=round(exchange.retried.wait_s))
    return f'<p class="kd-note">{text}</p>'


def verdict_markup(exchange: Exchange, language: str) -> str:
    """How many sentences are borne out by their sources; those that are not are named."""
    if not exchange.verdicts:
        return ""
    good = sum(verdict.support in _GOOD for verdict in exchange.verdicts)
    total = len(exchange.verdicts)
    tone = "supported" if good == total else "weak" if good else "unsupported"
    parts = [words("verdict", language, good=good, n=total)]
    for support in (Support.WEAK, Support.UNSUPPORTED, Support.CONTRADICTED):
        count = sum(verdict.support is support for verdict in exchange.verdicts)
        if count:
            parts.append(f"{count} {words(support.value, language)}")
    sign = {"supported": "✓", "weak": "!", "unsupported": "✕"}[tone]
    return f'<p class="kd-verdict kd-tone-{tone}"><span class="kd-sign" aria-hidden="true">{sign}</span>{" · ".join(parts)}</p>'


def notes_markup(exchange: Exchange, language: str) -> str:
    """How the answer ended, where that needs saying."""
    if exchange.error is not None:
        return error_markup(exchange.error, language)
    if exchange.stopped:
        return f'<p class="kd-note">{words("stopped", language)}</p>'
    if exchange.broken:
        return f'<div class="kd-error" role="alert"><p>{words("broke_off", language)}</p></div>'
    if exchange.outcome is Outcome.NOTHING_FOUND:
        return f'<div class="kd-note"><p>{words("nothing_found", language)}</p><p>{words("nothing_found_hint", language)}</p></div>'
    cut = f'<p class="kd-note">{words("prompt_cut", language)}</p>' if exchange.prompt_cut else ""
    if exchange.outcome in (Outcome.REFUSED, Outcome.CUT):
        return f'<p class="kd-note">{words(exchange.outcome.value, language)}</p>{cut}'
    return cut


def error_markup(error: KaedamaError, language: str) -> str:
    """A failure in one sentence, where it happened, with the way to the view of models where another model is what helps."""
    way = ""
    if isinstance(error, _ANOTHER_MODEL):
        label = words("see_models", language)
        way = f'<p><button type="button" class="kd-small" data-do="view" data-view="models">{label}</button></p>'
    return (
        f'<div class="kd-error" role="alert"><strong>{words("error", language)}</strong>'
        f"<p>{escaped(error.sentence(language))}</p>{way}</div>"
    )


def _again(exchange: Exchange, language: str) -> str:
    return (
        f'<p class="kd-actions"><button type="button" class="kd-link" data-do="retry" data-turn="{exchange.number}">'
        f"↻ {words('retry', language)}</button></p>"
    )


def steps_markup(exchange: Exchange, language: str) -> str:
    """How the answer was found, folded: times, passages, model."""
    if exchange.running or not exchange.seconds:
        return ""
    search = round(1000 * (exchange.seconds.get("embed", 0.0) + exchange.seconds.get("search", 0.0)))
    short = words("steps_short", language, search=search, n=len(exchange.hits))
    rows = "".join(
        f"<dt>{words(key, language, **fields)}</dt><dd>{value}</dd>" for key, fields, value in _step_rows(exchange, language)
    )
    return (
        f'<details class="kd-fold"><summary>{words("steps", language)} <span class="kd-quiet">{short}</span></summary>'
        f'<dl class="kd-steps">{rows}</dl></details>'
    )


def _step_rows(exchange: Exchange, language: str) -> list[tuple[str, dict[str, object], str]]:
    rows: list[tuple[str, dict[str, object], str]] = []
    if exchange.language:
        rows.append(("step_language", {}, say_language(exchange.language, language)))
    rows.append(("step_found", {}, str(len(exchange.hits))))
    plan = exchange.plan
    if plan is not None:
        rows.append(("step_given", {}, str(len(plan.sources))))
        for reason in ("window", "reader"):
            count = sum(left.reason == reason for left in plan.left_out)
            if count:
                rows.append(("step_left_out", {}, words(f"left_{reason}", language, n=count)))
        why = f" ({words(f'why_{plan.why}', language)})" if plan.why else ""
        rows.append(("step_mode", {}, words(f"mode_{plan.mode}", language) + why))
        rows.append(("step_model", {}, escaped(f"{plan.model} · {plan.engine}")))
    rows += [(f"step_{name}", {}, say_duration(exchange.seconds[name], language)) for name in _STEPS if name in exchange.seconds]
    if exchange.usage is not None and exchange.usage.prompt_tokens:
        rows.append(("step_tokens", {}, f"{exchange.usage.prompt_tokens:d} / {exchange.usage.answer_tokens:d}"))
    return rows


def say_duration(seconds: float, language: str) -> str:
    """Milliseconds below one second, else seconds with one decimal."""
    if seconds < 1:
        return words("ms", language, n=round(1000 * seconds))
    return words("seconds", language, n=LocalFormatter(language).format("{0:.1f}", seconds))


def say_language(code: str, language: str) -> str:
    """A language's name in the page's language; the code itself for one that the page has no name for."""
    return words(f"lang_{code}", language) if code in (*LANGUAGES, "und") else escaped(code)


def evidence_markup(exchange: Exchange | None, language: str) -> str:
    """Cards of the cited passages in the order of first mention; the others folded below; the context meter last."""
    title = f"<h2>{words('evidence', language)}</h2>"
    if exchange is None or not exchange.hits:
        return f'{title}<p class="kd-empty">{words("no_evidence", language)}</p>'
    known = exchange.shown_hits()
    cited = exchange.cited_numbers()
    cards = "".join(card_markup(exchange, known[n], n, language) for n in cited)
    given = {known[n].rank for n in cited}
    rest = [hit for hit in exchange.hits if hit.rank not in given]
    numbers = {hit.rank: n for n, hit in known.items()}
    return title + cards + _rest(exchange, rest, numbers, language) + meter_markup(exchange, language)


def _rest(exchange: Exchange, hits: Sequence[Hit], numbers: dict[int, int], language: str) -> str:
    if not hits:
        return ""
    nearest = exchange.outcome is Outcome.NOTHING_FOUND
    cards = "".join(card_markup(exchange, hit, numbers.get(hit.rank), language, cited=False) for hit in hits)
    title = words("nearest" if nearest else "not_cited", language, n=len(hits))
    return f'<details class="kd-fold kd-rest"{" open" if nearest else ""}><summary>{title}</summary>{cards}</details>'


def card_markup(exchange: Exchange, hit: Hit, number: int | None, language: str, *, cited: bool = True) -> str:
    """One passage: its number, document, page, language, and the words around the quote."""
    anchor = f' data-card="{exchange.number}-{number}"' if number is not None else ""
    badge = f'<span class="kd-badge">{number}</span>' if number is not None and cited else ""
    heading = f'<p class="kd-heading">{escaped(hit.heading)}</p>' if hit.heading else ""
    quotes = [citation for citation in exchange.citations if citation.n == number] if cited else []
    lang = f' lang="{escaped(hit.language)}"' if hit.language != "und" else ""
    title = escaped(hit.title or hit.source)
    place = f"{escaped(say_page(hit, language))} · {say_language(hit.language, language)}"
    return (
        f'<section class="kd-card" tabindex="-1"{anchor}><header>{badge}'
        f'<span class="kd-name" title="{title}">{escaped(hit.source)}</span><span class="kd-place">{place}</span></header>{heading}'
        f'<blockquote class="kd-passage"{lang}>{_passage(hit, quotes, language)}</blockquote></section>'
    )


def _passage(hit: Hit, quotes: Sequence[Citation], language: str) -> str:
    spans = [(quote.start - hit.start, quote.end - hit.start) for quote in quotes if quote.page == hit.page]
    spans = [(max(0, start), min(len(hit.text), end)) for start, end in spans if start < len(hit.text) and end > 0]
    first, last = (min(spans)[0], max(span[1] for span in spans)) if spans else (0, 0)
    left, right = max(0, first - _AROUND), min(len(hit.text), max(last + _AROUND, 2 * _AROUND))
    left, right = _at_gap(hit.text, left, -1), _at_gap(hit.text, right, 1)
    copy = say("copy", language)
    whole = passage_markup(hit.text, spans, copy=copy)
    if right - left > 0.8 * len(hit.text):
        return whole
    near = passage_markup(hit.text, spans, window=(left, right), copy=copy)
    before, after = ('<span class="kd-quiet">…</span>' if cut else "" for cut in (left, right < len(hit.text)))
    return (
        f'<div class="kd-excerpt">{before}{near}{after}</div><details class="kd-whole">'
        f"<summary>{words('whole_passage', language)}</summary><div>{whole}</div></details>"
    )


def _at_gap(text: str, at: int, step: int) -> int:
    """The nearest place from `at` on, within a word's length, where no word is cut."""
    for place in range(at, at + 20 * step, step):
        if place <= 0 or place >= len(text):
            return min(max(place, 0), len(text))
        if text[place - 1].isspace() or text[place].isspace():
            return place
    return at


def meter_markup(exchange: Exchange, language: str) -> str:
    """How much of the model's context window the question and its passages take, and what is kept for the answer."""
    plan = exchange.plan
    if plan is None or plan.window <= 0:
        return ""
    used, kept = (min(100.0, 100 * part / plan.window) for part in (plan.used, plan.reserved))
    text = words("context_of" if plan.counted else "context_estimate", language, used=plan.used, window=plan.window)
    return (
        f'<div class="kd-meter"><span>{words("context", language)}</span><div class="kd-bar" role="meter" aria-valuemin="0" '
        f'aria-valuemax="{plan.window}" aria-valuenow="{plan.used}" aria-label="{words("context", language)}: {text}">'
        f'<i class="kd-used" style="width:{used:.1f}%"></i><i class="kd-kept" style="width:{min(kept, 100 - used):.1f}%"></i></div>'
        f"<span>{text}</span></div>"
    )
