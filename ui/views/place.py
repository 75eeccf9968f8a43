"""The place of a quote as markup: its page with the quote framed, or as it reads with the quote marked. Pure functions.

The page's script shows it in a dialog of its own (ui/page/script/3_place.js), asks for the pictures, and fits the text to them, which lies over
them unseen, so that it can be selected, searched and read aloud.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.place_words import say_place, say_source
from core.places import PAGED, place_at
from core.types import Citation, LineBox, Page
from service.places import Quote, QuotedPage, QuotePlace, Shown, Span
from ui.locale import LANGUAGES, say
from ui.views.passage import passage_markup
from ui.views.text import escaped, words

# Characters of a page's text shown on each side of a quote: a whole book or web page may be one page.
_AROUND = 15_000
# Points by which a frame stands off its words.
_OFF = 1.5


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the pictures of the pages are, by page, and the original; "" where there is none."""

    pictures: Mapping[int, str] = field(default_factory=dict)
    original: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked at: the place of one of several `quotes`, the one numbered `at` from 0, or a page of the same document without it.

    `beside` are the other quotes on these pages, by page. `language` is that of the quote, "" where it is not known.
    """

    place: QuotePlace
    quotes: tuple[Quote, ...]
    at: int
    addresses: Addresses
    beside: Mapping[int, QuotedPage] = field(default_factory=dict)
    language: str = ""
    text: bool = False


def place_markup(looked: Looked, language: str) -> str:
    """What the dialog holds: where it is, what can be done, and the pages."""
    place = looked.place
    pages = "".join(_page(looked, quoted, language) for quoted in place.pages)
    picture = place.shown is Shown.PICTURE
    notes = [key for key, told in _told(looked) if told]
    said = "".join(f'<p class="kd-note kd-place-note">{words(key, language)}</p>' for key in notes)
    failed = f'<p class="kd-note kd-place-failed" role="alert" hidden>{words("place_failed", language)}</p>' if picture else ""
    seen = " kd-as-text" if looked.text or not picture else ""
    return (
        f'<div class="kd-placed{seen}">{_head(looked, language)}{_tools(looked, language)}{said}{failed}'
        f'<div class="kd-sheets" tabindex="0" role="region" aria-label="{words("place_pages", language)}">{pages}</div></div>'
    )


def missing_markup(said: str, language: str) -> str:
    """What the dialog holds where the place is gone: the sentence that says so."""
    return (
        f'<div class="kd-placed kd-as-text"><header class="kd-place-head"><h2 id="kd-place-title" tabindex="-1">{words("place", language)}</h2>'
        f'{_close(language)}</header><p class="kd-note kd-place-note">{escaped(said)}</p></div>'
    )


def quotes_attribute(document: int, version: int, spans: Sequence[tuple[int, int, int]]) -> str:
    """An attribute that holds quotes for the page's script: of a version of a document, each as page, start, end."""
    told = json.dumps([[document, version, *span] for span in spans])
    return f' data-quotes="{escaped(told)}"'


def _told(looked: Looked) -> Iterator[tuple[str, bool]]:
    yield "place_no_original", looked.place.shown is Shown.NO_ORIGINAL
    yield "place_changed", looked.place.changed


def _head(looked: Looked, language: str) -> str:
    place = looked.place
    wheres = [_where(place, quoted, language) for quoted in place.pages]
    total = words("place_of", language, total=place.count) if place.media_type in PAGED and place.count > 1 else ""
    where = " · ".join(escaped(where) for where in dict.fromkeys(wheres) if where)
    quote = " … ".join(" ".join(one.page.text[span.start : span.end].split()) for one in place.pages for span in one.spans)
    lang = f' lang="{looked.language}"' if looked.language in LANGUAGES else ""
    said = f'<blockquote class="kd-place-quote"{lang}>{escaped(quote)}</blockquote>' if quote else ""
    return (
        f'<header class="kd-place-head"><h2 id="kd-place-title" tabindex="-1">{escaped(place.name)}</h2>'
        f'<p class="kd-place">{where}{f" {total}" if total else ""}</p>{_close(language)}{said}</header>'
    )


def _where(place: QuotePlace, quoted: QuotedPage, language: str) -> str:
    return say_place(_citation(place, quoted), language)


def _citation(place: QuotePlace, quoted: QuotedPage) -> Citation:
    """The quoted words as a citation, whose place has words."""
    page = quoted.page
    start, end = (quoted.spans[0].start, quoted.spans[-1].end) if quoted.spans else (0, 1)
    return Citation(
        0, place.document, place.name, page.number, page.label, start, end, "", 0, place_at(page.marks, start, end),
        paged=place.media_type in PAGED,
    )  # fmt: skip


def _close(language: str) -> str:
    said = words("report_close", language)
    return f'<button type="button" class="kd-icon" data-do="close-place" title="{said}" aria-label="{said}">&times;</button>'


def _tools(looked: Looked, language: str) -> str:
    place, numbers = looked.place, [quoted.page.number for quoted in looked.place.pages]
    paged, many = place.media_type in PAGED, len(looked.quotes)
    before = _button("turn", "‹", say("place_page_before" if paged else "place_part_before", language), data=numbers[0] - 1)
    after = _button("turn", "›", say("place_page_after" if paged else "place_part_after", language), data=numbers[-1] + 1)
    if numbers[0] <= 1:
        before = before.replace("<button ", "<button disabled ", 1)
    if numbers[-1] >= place.count:
        after = after.replace("<button ", "<button disabled ", 1)
    groups = []
    away = not any(quoted.spans for quoted in place.pages)
    if many > 1 or away:
        nearest = [
            _button("hit", sign, say(key, language), data=(looked.at + step) % many)
            for sign, key, step in (("↑", "place_hit_before", -1), ("↓", "place_hit_after", 1))
        ]
        count = words("place_hit", language, at=looked.at + 1, total=many)
        back = f'<button type="button" class="kd-link" data-do="hit" data-to="{looked.at}">{count}</button>'
        shown = back if away else count
        around = (nearest[0], nearest[1]) if many > 1 else ("", "")
        groups.append(f'{around[0]}<span class="kd-place-count" aria-live="polite">{shown}</span>{around[1]}')
    if place.count > 1:
        groups.append(f"{before}{after}")
    if place.shown is Shown.PICTURE:
        zoom = (
            _button("zoom", "−", say("place_smaller", language), data=-1),
            _button("zoom", "+", say("place_larger", language), data=1),
        )
        seen = "true" if looked.text else "false"
        groups.append(
            f'<span class="kd-zooms">{zoom[0]}<span class="kd-zoom" aria-live="polite"></span>{zoom[1]}</span>'
            f'<button type="button" class="kd-small" data-do="as-text" aria-pressed="{seen}">{words("place_text", language)}</button>'
        )
    groups.append(_leaving(looked, language))
    body = "".join(f'<div class="kd-place-group">{group}</div>' for group in groups)
    return f'<div class="kd-place-tools">{body}</div>'


def _leaving(looked: Looked, language: str) -> str:
    """What leads away: a question about the page, and its file."""
    place = looked.place
    source = say_source(_citation(place, place.pages[0]), language)
    ask = escaped(say("place_ask_begin", language, name=source) + " ")
    asks = (
        f'<button type="button" class="kd-small" data-do="ask-page" data-document="{place.document}" data-words="{ask}">'
        f"{words('place_ask' if place.media_type in PAGED else 'place_ask_part', language)}</button>"
    )
    address = looked.addresses.original
    save = f'<a class="kd-small" href="{escaped(address)}" download>{words("place_save", language)}</a>' if address else ""
    return ("" if place.changed else asks) + save


def _button(name: str, sign: str, said: str, *, data: int) -> str:
    label = escaped(said)
    return (
        f'<button type="button" class="kd-icon" data-do="{name}" data-to="{data}" title="{label}" aria-label="{label}">'
        f'<span aria-hidden="true">{sign}</span></button>'
    )


# Pages


def _page(looked: Looked, quoted: QuotedPage, language: str) -> str:
    address = looked.addresses.pictures.get(quoted.page.number, "")
    lang = f' lang="{looked.language}"' if looked.language in LANGUAGES else ""
    reading = f'<section class="kd-reading"{lang}>{_reading(quoted, language)}</section>'
    if looked.place.shown is not Shown.PICTURE or not address:
        return reading
    return _picture(looked, quoted, address, language) + reading


def _picture(looked: Looked, quoted: QuotedPage, address: str, language: str) -> str:
    """The sheet: its picture, frames around what is quoted, and its text over it, unseen."""
    page = quoted.page
    beside = looked.beside.get(page.number)
    here = {(one.start, one.end) for one in quoted.rectangles}
    others = [one for one in beside.rectangles if (one.start, one.end) not in here] if beside else []
    frames = "".join(_frame(page, one, "kd-frame kd-other") for one in others)
    frames += "".join(_frame(page, one, "kd-frame") for one in quoted.rectangles)
    alt = words("place_picture", language, name=_where(looked.place, quoted, language) or looked.place.name)
    return (
        f'<div class="kd-sheet" style="width:100%;aspect-ratio:{page.width:.2f}/{page.height:.2f}" data-page="{page.number}">'
        f'<img alt="{alt}" data-src="{escaped(address)}" draggable="false">{frames}'
        f'<div class="kd-layer">{_layer(page, quoted.spans)}</div></div>'
    )


def _frame(page: Page, box: LineBox, kind: str) -> str:
    left, top = max(0.0, box.left - _OFF), max(0.0, box.top - _OFF)
    right, bottom = min(page.width, box.right + _OFF), min(page.height, box.bottom + _OFF)
    return f'<div class="{kind}" style="{_box(page, left, top, right, bottom)}" aria-hidden="true"></div>'


def _box(page: Page, left: float, top: float, right: float, bottom: float) -> str:
    """A part of the page in shares of its size."""
    return (
        f"width:{100 * (right - left) / page.width:.3f}%;height:{100 * (bottom - top) / page.height:.3f}%;"
        f"left:{100 * left / page.width:.3f}%;top:{100 * top / page.height:.3f}%"
    )


def _layer(page: Page, spans: Sequence[Span]) -> str:
    """The text of the page's lines, each where it stands."""
    parts = []
    for line in page.lines:
        runs_down = line.end - line.start > 2 and line.bottom - line.top > 2 * (line.right - line.left)
        down = ' class="kd-down"' if runs_down else ""
        text = _marked(page.text, line.start, line.end, spans)
        parts.append(f'<span{down} style="{_box(page, line.left, line.top, line.right, line.bottom)}"><i>{text}</i></span>')
    return "".join(parts)


def _marked(text: str, start: int, end: int, spans: Sequence[Span]) -> str:
    parts: list[str] = []
    at = start
    for span in spans:
        first, last = max(span.start, start), min(span.end, end)
        if first < last:
            parts += [escaped(text[at:first]), f"<mark>{escaped(text[first:last])}</mark>"]
            at = last
    return "".join([*parts, escaped(text[at:end])])


def _reading(quoted: QuotedPage, language: str) -> str:
    """The page's text with the quote marked; of a long one, what is around it."""
    page = quoted.page
    first, last = (quoted.spans[0].start, quoted.spans[-1].end) if quoted.spans else (0, 0)
    start = page.text.rfind("\n", 0, first - _AROUND) + 1 if first > _AROUND else 0
    end = page.text.find("\n", last + _AROUND) if last + _AROUND < len(page.text) else len(page.text)
    end = min(end if end >= 0 else len(page.text), last + 2 * _AROUND)
    start = max(start, first - 2 * _AROUND, 0)
    spans = [(span.start - start, span.end - start) for span in quoted.spans]
    shown = passage_markup(page.text[start:end], spans, context=_context(page, start), copy=say("copy", language))
    more = f'<p class="kd-quiet">{words("place_cut", language)}</p>'
    return (
        (more if start else "")
        + (shown or f'<p class="kd-quiet">{words("place_no_text", language)}</p>')
        + (more if end < len(page.text) else "")
    )


def _context(page: Page, start: int) -> str:
    """Caption and header of the table that is cut at `start`."""
    at = bisect.bisect_right(page.tables, start, key=lambda table: table.start) - 1
    if at < 0 or not page.tables[at].body <= start < page.tables[at].end:
        return ""
    table = page.tables[at]
    return "\n".join(part for part in (table.caption, page.text[table.start : table.body].strip()) if part)
