"""The column of evidence as markup: cards of the cited passages, the others folded, the context meter. Pure functions over `Answer`."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from core.instructions import instructions
from core.place_words import say_place
from core.text import shortened
from core.types import Citation, Hit
from rag.answer import Answer
from rag.events import Outcome
from ui.locale import say
from ui.views.ending import say_language
from ui.views.passage import passage_markup
from ui.views.place import quotes_attribute
from ui.views.text import escaped, words
from ui.views.turns import Since, since

# Characters of a passage shown on each side of the quoted words; the rest unfolds.
_AROUND = 140
_LONGEST_QUESTION = 160
# Characters that are looked at for a word's end.
_LONGEST_WORD = 30
# Letters of writing without spaces between words.
_WRITTEN_TOGETHER = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
# A passage of which so much is shown needs no unfolding.
_NEARLY_ALL = 0.8


def evidence_markup(answer: Answer | None, turn: str, language: str, *, known: Mapping[int, int] | None = None) -> str:
    """Which question it belongs to, cards in the order of first mention, the others folded below, the context meter last.

    `turn` is the turn's id as it stands in the chips' data-turn; `known` is as in `Shown`.
    """
    title = f"<h2>{words('evidence', language)}</h2>"
    if answer is None or not answer.hits:
        return f'{title}<p class="kd-empty">{words("no_evidence", language)}</p>'
    question = f'<p class="kd-for">{words("evidence_for", language, question=shortened(answer.question, _LONGEST_QUESTION))}</p>'
    passages, cited = answer.passages(), answer.cited()
    cards = "".join(_card(answer, passages[n], n, turn, language, known) for n in cited)
    given = {passages[n].rank for n in cited}
    numbers = {hit.rank: n for n, hit in passages.items()}
    rest = [hit for hit in answer.hits if hit.rank not in given and hit.text]
    return title + question + cards + _rest(answer, rest, numbers, turn, language, known) + meter_markup(answer, language)


def _rest(
    answer: Answer, hits: Sequence[Hit], numbers: dict[int, int], turn: str, language: str, known: Mapping[int, int] | None
) -> str:
    if not hits:
        return ""
    nearest = answer.outcome is Outcome.NOTHING_FOUND
    cards = "".join(_card(answer, hit, numbers.get(hit.rank), turn, language, known, cited=False) for hit in hits)
    title = words("nearest" if nearest else "not_cited", language, n=len(hits))
    return f'<details class="kd-fold kd-rest"{" open" if nearest else ""}><summary>{title}</summary>{cards}</details>'


def _card(
    answer: Answer, hit: Hit, number: int | None, turn: str, language: str, known: Mapping[int, int] | None, *, cited: bool = True
) -> str:
    """One passage: its number, document, page, language, and the words around the quote."""
    anchor = f' data-card="{escaped(turn)}-{number}"' if number is not None else ""
    badge = f'<span class="kd-badge">{number}</span>' if number is not None and cited else ""
    heading = f'<p class="kd-heading">{escaped(hit.heading)}</p>' if hit.heading else ""
    quotes = [citation for citation in answer.citations if citation.n == number] if cited else []
    lang = f' lang="{escaped(hit.language)}"' if hit.language != "und" else ""
    title = escaped(hit.title or hit.source)
    became = since(hit, known)
    see, held = _seen(hit, quotes, language) if became is not Since.GONE else ("", "")
    gone = "" if became is Since.SAME else f'<p class="kd-scan">{words(f"document_{became.value}", language)}</p>'
    place = " · ".join(part for part in (escaped(say_place(hit, language)), say_language(hit.language, language)) if part)
    back = (
        f'<button type="button" class="kd-link kd-back" data-do="back-to-mark" data-turn="{escaped(turn)}" data-n="{number}">'
        f"{words('back_to_mark', language)}</button>"
        if number is not None and cited
        else ""
    )
    ours = bool(quotes) and all(quote.added for quote in quotes)
    if ours:
        badge = f'<span class="kd-badge kd-added">+{number}</span>'
        gone += f'<p class="kd-note">{words("citation_added", language)}</p>'
    if spoken := to_models(hit):
        gone += f'<p class="kd-note kd-spoken">{words("passage_to_models", language, quote=spoken)}</p>'
    return (
        f'<section class="kd-card" tabindex="-1"{anchor}{held}{" data-cited" if cited else ""} aria-label="{title}, {place}"><header>{badge}'
        f'<span class="kd-name" title="{title}">{escaped(hit.source)}</span><span class="kd-place">{place}</span></header>{gone}{heading}'
        f"<blockquote{lang}>{_passage(hit, quotes, language)}</blockquote>"
        f'<div class="kd-line">{see}{back}</div></section>'
    )


@functools.lru_cache(maxsize=512)
def to_models(hit: Hit) -> str:
    """The first sentence of a passage or its title that speaks to a language model; "" where none does."""
    return next(iter(instructions(f"{hit.title}\n\n{hit.context}\n\n{hit.text}")), "")


def _seen(hit: Hit, quotes: Sequence[Citation], language: str) -> tuple[str, str]:
    """The button that shows the place of a passage, and the attribute of its card that says which quotes are there."""
    spans = [(quote.page, quote.start, quote.end) for quote in quotes] or [(hit.page, hit.start, hit.end)]
    button = f'<button type="button" class="kd-link" data-do="place">{words("place_see", language)}</button>'
    return button, quotes_attribute(hit.source_id, hit.version, spans)


def _passage(hit: Hit, quotes: Sequence[Citation], language: str) -> str:
    spans = [(quote.start - hit.start, quote.end - hit.start) for quote in quotes if quote.page == hit.page]
    spans = [(start, end) for start, end in spans if start < len(hit.text) and end > 0]
    first, last = (min(spans)[0], max(span[1] for span in spans)) if spans else (0, 0)
    left, right = max(0, first - _AROUND), min(len(hit.text), max(last + _AROUND, 2 * _AROUND))
    left, right = _at_words(hit.text, left, right)
    whole = passage_markup(hit.text, spans, context=hit.context, copy=say("copy", language))
    cut = (hit.start > 0 and hit.text[:1].islower(), hit.text[-1:].isalnum() and not _WRITTEN_TOGETHER.match(hit.text[-1:]))
    if right - left > _NEARLY_ALL * len(hit.text):
        return f'<div class="kd-passage{_cut(*cut)}">{whole}</div>'
    excerpt = _cut(left > 0 or cut[0], right < len(hit.text) or cut[1])
    near = passage_markup(hit.text, spans, context=hit.context, window=(left, right), copy=say("copy", language))
    return (
        f'<div class="kd-excerpt{excerpt}">{near}</div>'
        f'<details class="kd-whole"><summary>{words("whole_passage", language)}</summary>'
        f'<div class="kd-passage{_cut(*cut)}">{whole}</div></details>'
    )


def _at_words(text: str, left: int, right: int) -> tuple[int, int]:
    """A span of a text without halves of words at its ends."""
    for at in range(left, min(left + _LONGEST_WORD, right)):
        if not _inside(text, at):
            left = at
            break
    for at in range(right, min(right + _LONGEST_WORD, len(text) + 1)):
        if not _inside(text, at):
            right = at
            break
    return left, right


def _inside(text: str, at: int) -> bool:
    """Whether a word goes on over a place."""
    before, after = text[max(0, at - 1) : at], text[at : at + 1]
    return before.isalnum() and after.isalnum() and not _WRITTEN_TOGETHER.match(after)


def _cut(start: bool, end: bool) -> str:  # noqa: FBT001  # a pair
    """Classes that show that a text goes on before its start and behind its end."""
    return (" kd-cut-start" if start else "") + (" kd-cut-end" if end else "")


def meter_markup(answer: Answer, language: str) -> str:
    """How much of the model's context window the question and its passages take."""
    plan = answer.plan
    if plan is None or plan.window <= 0:
        return ""
    text = words("context_of" if plan.counted else "context_estimate", language, used=plan.used, window=plan.window)
    return (
        f'<div class="kd-meter"><span>{words("context", language)}</span><meter min="0" max="{plan.window}" '
        f'value="{min(plan.used, plan.window)}" aria-label="{words("context", language)}: {text}"></meter><span>{text}</span></div>'
    )
