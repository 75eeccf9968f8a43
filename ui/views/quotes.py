"""The answer of a reader that quotes, as markup: what it is, and each quote with its mark and place. Pure functions over `Answer`."""

from __future__ import annotations

from core.place_words import say_source
from core.text import flowing
from rag.answer import Answer, Status
from ui.locale import LANGUAGES
from ui.views.answer import Notes, chip_markup
from ui.views.escaping import escaped
from ui.views.plain import plain
from ui.views.text import words


def quotes_markup(answer: Answer, notes: Notes, language: str, *, turn: str) -> str:
    """The quotes below what they are told as: an answer, or what came nearest; "" where the answer has none."""
    if not answer.quotes:
        return ""
    passages = answer.passages()
    items = []
    for quote in answer.quotes:
        hit = passages.get(quote.n)
        lang = f' lang="{hit.language}"' if hit is not None and hit.language in LANGUAGES else ""
        chip = chip_markup(quote.n, notes.chips[quote.n], turn) if quote.n in notes.chips else ""
        place = escaped(say_source(quote, language))
        items.append(
            f'<li><blockquote{lang}>{_lines(quote.quote)}</blockquote><p class="kd-quiet"><span>{place}</span> {chip}</p></li>'
        )
    return f'<div class="kd-quotes"><p class="kd-lead">{words(_lead(answer), language)}</p><ol>{"".join(items)}</ol></div>'


def reader_markup(answer: Answer, language: str) -> str:
    """In the place of a short answer: that one is looked for, or that this reader quotes and has none."""
    if not answer.quotes or answer.text.strip():
        return ""
    return f'<p class="kd-quiet kd-reader">{words("reader_quotes" if answer.ended else "reader_looks", language)}</p>'


def _lead(answer: Answer) -> str:
    if answer.status is Status.REFUSED:
        return "quotes_nearest"
    return "quotes_say" if answer.ended else "quotes_found"


def _lines(quote: str) -> str:
    """A quote's words, a row of a table on a line of its own."""
    rows = quote.split("\n") if " | " in quote else [quote]
    return "<br>".join(escaped(flowing(plain(row))) for row in rows if row.strip())
