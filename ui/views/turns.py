"""A turn as markup: question, thoughts, answer, how it ended, what can be done with it. Pure functions over `KeptTurn`.

What was kept and what is being written are drawn by the same function, as a list of pieces: the page sends only pieces that changed.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.place_words import say_source
from core.types import Hit, Support
from rag.answer import Answer
from rag.events import Outcome
from rag.plan.budget import estimate_tokens
from service.conversations import KeptTurn
from service.waiting import Phase, Waiting
from ui.locale import LANGUAGES, number, say
from ui.views.answer import Chip, Conflict, Notes, Words, answer_blocks
from ui.views.ending import notes_markup, retried_markup, steps_markup, verdict_markup
from ui.views.quotes import quotes_markup, reader_markup
from ui.views.text import escaped, words


class Since(enum.Enum):
    """What became of a document since an answer was given; the value ends the keys of its words."""

    SAME = "n"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Shown:
    """How a turn is shown.

    `known` holds the documents that are still there, by id, each with the number of its current version; None: all are, unchanged.
    `reading` is how many are being read, `newer` how many came since it was asked.
    """

    language: str
    known: Mapping[int, int] | None = None
    reading: int = 0
    newer: int = 0


def turn_pieces(turn: KeptTurn, shown: Shown) -> list[str]:
    """The turn as pieces of markup, to be joined without anything between.

    Of an answer that is being written the last pieces are left open, since the browser closes them: so a piece that grows is sent as what is
    new of it.
    """
    answer, language = turn.answer, shown.language
    running = "" if answer.ended else ' data-running="1"'
    head = (
        f'<article class="kd-turn" data-turn="{turn.id}"{running}><div class="kd-asked">{_branches(turn, language)}'
        f'<h2 class="kd-question"><span class="kd-sr">{words("you_asked", language)}: </span>{escaped(turn.question)}</h2>'
        f'{_edit(turn, language) if answer.ended else ""}</div><div class="kd-answer">{_searched(answer, language)}'
    )
    told = f' lang="{answer.language}"' if answer.language in LANGUAGES else ""
    pieces = [head, *_thoughts(answer, language), retried_markup(answer, language)]
    notes = answer_notes(answer, language, known=shown.known)
    if answer.text.strip():
        pieces += [f'<div class="kd-text"{told}>', *answer_blocks(answer.text, notes, answer_words(language), turn=str(turn.id))]
    if answer.quotes:
        closing = "</div>" if answer.text.strip() else reader_markup(answer, language)
        pieces.append(closing + quotes_markup(answer, notes, language, turn=str(turn.id)))
    if not answer.ended:
        return pieces
    newer = shown.newer if answer.outcome in (Outcome.NOTHING_FOUND, Outcome.REFUSED) else 0
    closing = "</div>" if answer.text.strip() and not answer.quotes else ""
    pieces.append(
        f"{closing}{notes_markup(answer, language, reading=shown.reading, newer=newer)}{verdict_markup(answer, language)}"
        f"{steps_markup(answer, language)}{_actions(turn, language)}</div></article>"
    )
    return pieces


def turn_markup(turn: KeptTurn, shown: Shown) -> str:
    """A turn that has ended, as one string."""
    return "".join(turn_pieces(turn, shown))


def answer_words(language: str) -> Words:
    """The words that stand inside an answer."""
    return Words(
        {support: say(support.value, language) for support in Support},
        copy=say("copy", language),
        claimed=say("value_claimed", language),
        found=say("value_found", language),
        only=say("only_mark", language),
        added=say("citation_added", language),
        instead=say("stands_instead", language),
    )


def answer_notes(
    answer: Answer, language: str, *, known: Mapping[int, int] | None = None, own: Collection[tuple[int, int]] = ()
) -> Notes:
    """What is drawn into an answer's text. `known` is as in `Shown`."""
    quotes = {citation.n: citation.quote for citation in reversed(answer.citations)}
    chips = {
        n: Chip(source_label(n, hit, language, since(hit, known)), quotes.get(n, ""), _tongue(hit))
        for n, hit in answer.passages().items()
    }
    conflicts = {
        at: Conflict(verdict.reason.claimed, verdict.reason.found, verdict.reason.passage)
        for at, verdict in enumerate(answer.verdicts)
        if verdict.reason.found
    }
    return Notes(answer.verdicts, chips, conflicts, tuple(own))


def since(hit: Hit, known: Mapping[int, int] | None) -> Since:
    """What became of a passage's document since it was found; `known` is as in `Shown`."""
    if known is None:
        return Since.SAME
    if hit.source_id not in known:
        return Since.GONE
    return Since.CHANGED if hit.version and hit.version != known[hit.source_id] else Since.SAME


def source_label(n: int, hit: Hit, language: str, became: Since = Since.SAME) -> str:
    """A citation in words: number, document, place, and that the document was deleted or changed."""
    return say(f"source_{became.value}", language, n=n, name=say_source(hit, language))


def waiting_markup(answer: Answer, waiting: Waiting | None, language: str) -> str:
    """What is being waited for; nothing once the answer has ended."""
    if answer.ended:
        return ""
    return f'<p class="kd-waiting"><span class="kd-dots" aria-hidden="true"></span>{escaped(status_text(answer, waiting, language))}</p>'


def status_text(answer: Answer, waiting: Waiting | None, language: str) -> str:
    """What is being waited for, in words."""
    if waiting is not None:
        if waiting.phase is Phase.SAMPLES:
            return say("status_samples", language, percent=waiting.amount)
        return say(f"status_{waiting.phase.value}", language, n=waiting.amount)
    if answer.text.strip() or answer.quotes:
        return say("status_writing", language)
    if answer.thoughts:
        return say("status_thinking", language)
    if answer.plan is not None:
        return say("status_given", language, n=len(answer.plan.sources))
    return say("status_searching", language)


def _tongue(hit: Hit) -> str:
    return hit.language if hit.language in LANGUAGES else ""


def _searched(answer: Answer, language: str) -> str:
    if not answer.searched or answer.searched == answer.question:
        return ""
    return f'<p class="kd-quiet">{words("searched_as", language, question=answer.searched)}</p>'


def _thoughts(answer: Answer, language: str) -> list[str]:
    """The model's thinking, folded to one line with its seconds."""
    if not answer.thoughts:
        return []
    key = "thought" if answer.text or answer.ended else "thinking_now"
    said = words(key, language, seconds=number(answer.thought_seconds, language, digits=1), n=estimate_tokens(answer.thoughts))
    return [
        '<details class="kd-fold"><summary>', said, '</summary><div class="kd-thoughts">', escaped(answer.thoughts.lstrip()),
        "</div></details>",
    ]  # fmt: skip


def _branches(turn: KeptTurn, language: str) -> str:
    """Which of several questions at this place is shown, with the ways to those beside it."""
    if len(turn.siblings) < 2:
        return ""
    at = turn.siblings.index(turn.id)

    def way(step: int, sign: str, key: str) -> str:
        there = 0 <= at + step < len(turn.siblings)
        target = turn.siblings[at + step] if there else turn.id
        state = "" if there else " disabled"
        label = words(key, language)
        return f'<button type="button" class="kd-icon" data-do="branch" data-turn="{target}" aria-label="{label}"{state}>{sign}</button>'

    count = words("branch_of", language, number=at + 1, total=len(turn.siblings))
    return f'<div class="kd-branches">{way(-1, "‹", "branch_before")}<span>{count}</span>{way(1, "›", "branch_after")}</div>'


def _edit(turn: KeptTurn, language: str) -> str:
    edit = words("edit", language)
    return (
        f'<button type="button" class="kd-icon kd-edit-open" data-do="edit-ask" title="{edit}" aria-label="{edit}">✎</button>'
        f'<div class="kd-edit" data-submit="edit" hidden><textarea rows="3" aria-label="{edit}">{escaped(turn.question)}</textarea>'
        f'<div class="kd-line"><button type="button" class="kd-small" data-do="edit" data-turn="{turn.id}">{words("ask_edited", language)}'
        f'</button><button type="button" class="kd-link" data-do="edit-cancel">{words("cancel", language)}</button></div></div>'
    )


def _actions(turn: KeptTurn, language: str) -> str:
    """Copy, ask again, thumbs with a reason."""
    thumb = turn.feedback.thumb if turn.feedback else 0
    reason = escaped(turn.feedback.reason) if turn.feedback else ""
    text = turn.answer.text.strip() or turn.answer.said
    copy = _button("copy", "", words("copy", language), turn.id, f' data-text="{escaped(text)}"') if text else ""
    thumbs = "".join(
        f'<button type="button" class="kd-icon" data-do="thumb" data-turn="{turn.id}" data-thumb="{value}" '
        f'aria-pressed="{str(thumb == value).lower()}" aria-label="{words(key, language)}" title="{words(key, language)}">{sign}</button>'
        for value, sign, key in ((1, _thumb(""), "thumb_up"), (-1, _thumb(' class="kd-down"'), "thumb_down"))
    )
    kept = f'<span class="kd-quiet kd-kept" role="status">✓ {words("reason_kept", language)}</span>' if reason else ""
    why = (
        f'<div class="kd-form kd-reason" data-submit="reason"><input type="text" maxlength="2000" value="{reason}" '
        f'aria-label="{words("reason", language)}" placeholder="{words("reason", language)}"><button type="button" class="kd-small" '
        f'data-do="reason" data-turn="{turn.id}" data-thumb="{thumb}">{words("keep_reason", language)}</button>{kept}</div>'
        if thumb
        else ""
    )
    again = _button("retry", "↻", words("retry", language), turn.id)
    asked = turn.answer.outcome is not Outcome.NOTHING_FOUND
    model = f'<span class="kd-quiet">{escaped(turn.model)}</span>' if asked else ""
    return f'<div class="kd-actions">{again}{copy}{thumbs}{model}</div>{why}'


def _thumb(turned: str) -> str:
    """A thumb as a picture, since few fonts have one that takes the colour of the text."""
    path = "M7 10v10H4V10h3Zm2 10V10l4-7c1.5 0 2.5 1 2.2 2.6L14.5 9H19c1.4 0 2.3 1.2 2 2.5l-1.6 6.8A2.2 2.2 0 0 1 17.3 20H9Z"
    return (
        f'<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"{turned}><path d="{path}" fill="currentColor"/></svg>'
    )


def _button(action: str, sign: str, label: str, turn: int, more: str = "") -> str:
    seen = f'<span aria-hidden="true">{sign}</span> {label}' if sign else label
    return f'<button type="button" class="kd-link" data-do="{action}" data-turn="{turn}"{more}>{seen}</button>'
