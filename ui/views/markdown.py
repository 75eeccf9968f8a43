"""The one renderer of answers and of passages: Markdown into markup that holds nothing active.

Elements and attributes come from this file and ui/views/formula.py only; all text passes `escaped`. Sentences and quotes are marked by
their offsets in the source, through whatever formatting lies between; what cannot be placed with certainty is not marked.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from core.text import clean, flowing
from ui.views.escaping import escaped
from ui.views.formula import mathml
from ui.views.parser import AT, DEEPEST, DISPLAY, NUMBERS, OFFSETS, SPAN, parsed, source_span

# Characters; longer texts are shown as they are, since reading them takes seconds.
LONGEST = 200_000
_INLINE_TAGS = frozenset({"strong", "em", "s"})
_BLOCK_TAGS = {
    "bullet_list": "ul", "ordered_list": "ol", "blockquote": "blockquote", "thead": "thead", "tbody": "tbody", "tr": "tr"
}  # fmt: skip
# Blocks that are left out where no character of theirs lies in what is shown.
_DROPPED = frozenset(
    {
        *("paragraph_open", "heading_open", "list_item_open", "blockquote_open", "bullet_list_open", "ordered_list_open"),
        *("table_open", "tr_open", "fence", "formula_block", "hr"),
    }
)
# Key of `meta` of a cell's content, which the window does not cut.
_WHOLE = "whole"
# What begins a line of its own although Markdown does not say so.
_POINTS = "・•◦‣●○■□▪◆◇▶※①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳☐☑✓"


@dataclass(frozen=True, slots=True)
class Mark:
    """Markup around characters `start` to `end` of the source. `after` comes once, behind its last character. Marks are disjoint."""

    start: int
    end: int
    opening: str
    closing: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is drawn.

    `answer` keeps line breaks and reads escapes; else lines of a page are joined. `copy` is the word on a code block's button ("" for
    none). `chips` is the markup for each number that a mark `[n]` may have. `window` are the characters shown (all where None).
    """

    answer: bool = True
    copy: str = ""
    chips: dict[int, str] = field(default_factory=dict)
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pieces of markup, to be put together without anything between, and the positions of the marks that found no place."""

    pieces: list[str]
    unplaced: list[int]


@dataclass(frozen=True, slots=True)
class _Run:
    """Markup of some characters under one mark (-1 for none), or a tag (`nesting` 1 opens, -1 closes)."""

    markup: str
    mark: int = -1
    nesting: int = 0


def drawn(text: str, marks: Sequence[Mark], style: Style, under: Sequence[Mark] = ()) -> Drawn:
    """A text as markup, with `marks` around their characters; `under` are marks drawn inside those, sorted too. Never raises."""
    return _Drawing(text, marks, style, under).result()


class _Drawing:
    def __init__(self, text: str, marks: Sequence[Mark], style: Style, under: Sequence[Mark]) -> None:
        self._text = clean(text.replace("\r", "\n"))
        self._marks, self._style, self._under = marks, style, under
        self._starts = [mark.start for mark in marks]
        edges = {edge for mark in (*marks, *under) for edge in (mark.start, mark.end)}
        self._edges = sorted(edges | set(style.window or ()))
        self._last: dict[int, _Run] = {}
        self._pieces: list[str] = []
        self._waiting = ""  # tags that the next piece begins with

    def result(self) -> Drawn:
        """Draw everything."""
        tokens = _within(self._tokens(), self._style.window)
        runs = {id(token): list(self._runs(token)) for token in tokens if token.type in ("inline", "formula_block")}
        for found in runs.values():
            self._last.update((run.mark, run) for run in found if run.mark >= 0)
        behind = None
        closing: list[str] = []  # closing tags of open paragraphs
        for token in tokens:
            if id(token) in runs:
                self._inline(runs[id(token)])
            elif token.type == "paragraph_open":
                # An item's first paragraph stands without tags, loose list or not: a blank line would change items shown already.
                bare = behind is not None and behind.type == "list_item_open"
                closing.append("" if bare else "</p>")
                self._waiting += "" if bare else "<p>"
            elif token.type == "paragraph_close":
                self._waiting += closing.pop()
            else:
                self._block(token)
            behind = token
        if self._waiting:
            self._pieces.append(self._waiting)
        return Drawn(self._pieces, [number for number in range(len(self._marks)) if number not in self._last])

    def _tokens(self) -> list[Token]:
        if len(self._text) > LONGEST:
            return _plain(self._text)
        try:
            tokens = parsed(self._text, known=self._style.chips, answer=self._style.answer)
        except RecursionError:
            return _plain(self._text)
        return tokens if all(token.level < DEEPEST - 1 for token in tokens) else _plain(self._text)

    def _piece(self, markup: str) -> None:
        if markup:
            self._pieces.append(self._waiting + markup)
            self._waiting = ""

    def _block(self, token: Token) -> None:
        """Draw a token that stands for a block."""
        kind = token.type.removesuffix("_open").removesuffix("_close")
        slash = "/" if token.nesting < 0 else ""
        if kind in _BLOCK_TAGS:
            self._waiting += f"<{slash}{_BLOCK_TAGS[kind]}>"
        elif kind == "heading":
            tag = "h4" if self._style.answer else "p"
            self._waiting += f"</{tag}>" if slash else f'<{tag} class="kd-subhead">'
        elif kind == "list_item":
            number = f' value="{int(token.info)}"' if token.info.isdecimal() else ""
            self._waiting += "</li>" if slash else f"<li{number}>"
        elif kind == "table":
            self._waiting += "</table></div>" if slash else '<div class="kd-scroll" tabindex="0"><table class="kd-table">'
        elif kind in ("th", "td"):
            side = str(token.attrs.get("style", "")).removeprefix("text-align:")
            aligned = f' class="kd-{side}"' if side in ("right", "center") else ""
            scope = ' scope="col"' if kind == "th" else ""
            self._waiting += f"</{kind}>" if slash else f"<{kind}{scope}{aligned}>"
        elif kind == "hr":
            self._piece("<hr>")
        elif kind == "plain":
            self._waiting += "</p>" if slash else '<p class="kd-plain">'
        else:
            self._code(token)

    def _code(self, token: Token) -> None:
        button = ""
        if self._style.copy:
            button = f'<button type="button" class="kd-copy" data-copy="">{escaped(self._style.copy)}</button>'
        named = f'<span class="kd-quiet">{escaped(token.info)}</span>' if token.info.strip() else ""
        self._waiting += f'<div class="kd-code">{named}{button}<pre tabindex="0"><code>'
        self._piece(escaped(token.content))
        self._waiting += "</code></pre></div>"

    def _inline(self, runs: Sequence[_Run]) -> None:
        """Draw a block's runs: spans close before tags and open again behind them. A piece ends where no tag is open."""
        parts: list[str] = []
        mark, depth = -1, 0
        for run in runs:
            if run.mark != mark:
                parts.append(self._marks[mark].closing if mark >= 0 else "")
                if not depth:
                    self._piece("".join(parts))
                    parts = []
                parts.append(self._marks[run.mark].opening if run.mark >= 0 else "")
                mark = run.mark
            parts.append(run.markup)
            depth += run.nesting
            if mark >= 0 and self._last[mark] is run:
                parts.append(self._marks[mark].closing + self._marks[mark].after)
                mark = -1
                if not depth:
                    self._piece("".join(parts))
                    parts = []
        parts.append(self._marks[mark].closing if mark >= 0 else "")
        self._piece("".join(parts))

    def _runs(self, token: Token) -> Iterator[_Run]:
        """What stands in a block, cut where marks begin and end."""
        if token.type == "formula_block":
            span = token.meta.get(SPAN)
            yield _Run('<div class="kd-math">', nesting=1)
            yield _Run(self._formula(token), self._mark_over(*span) if span else -1)
            yield _Run("</div>", nesting=-1)
            return
        for child in token.children or ():
            if child.nesting and child.tag in _INLINE_TAGS:
                yield _Run(f"<{child.tag}>" if child.nesting > 0 else f"</{child.tag}>", nesting=child.nesting)
            elif child.type == "text":
                yield from self._words(token, child)
            else:
                span = source_span(token, child)
                if span is None or self._shown(token, *span):
                    yield _Run(self._sign(token, child), self._mark_at(span[0]) if span else -1)

    def _words(self, token: Token, child: Token) -> Iterator[_Run]:
        offsets, at = token.meta.get(OFFSETS), child.meta.get(AT)
        if offsets is None or at is None or at[1] - at[0] != len(child.content):
            if child.content:
                yield _Run(escaped(child.content))
            return
        places: Sequence[int] = offsets[at[0] : at[1]]
        begin = 0
        while begin < len(places):
            edge = bisect.bisect_right(self._edges, places[begin])
            end = bisect.bisect_left(places, self._edges[edge], begin) if edge < len(self._edges) else len(places)
            start, stop = places[begin], places[end - 1] + 1
            if self._shown(token, start, stop):
                yield _Run(self._lower(escaped(child.content[begin:end]), start, stop), self._mark_at(start))
            begin = end

    def _lower(self, markup: str, start: int, end: int) -> str:
        """The lower layer's mark around some characters."""
        for mark in self._under:
            if mark.start <= start < mark.end:
                return mark.opening + markup + mark.closing + (mark.after if end == mark.end else "")
        return markup

    def _sign(self, token: Token, child: Token) -> str:
        """A token that is not plain text."""
        match child.type:
            case "code_inline":
                return f"<code>{escaped(child.content)}</code>"
            case "formula":
                return self._formula(child)
            case "cite":
                chips = self._style.chips
                return "".join(chips.get(number, f"[{number}]") for number in child.meta[NUMBERS])
            case "hardbreak":
                return "<br>"
            case "softbreak":
                return "<br>" if self._style.answer else self._joint(token.content, child.meta[AT])
            case _:
                return escaped(child.content)

    def _joint(self, content: str, at: tuple[int, int]) -> str:
        """What stands for a line break of a page: nothing between Japanese words, else a space; a break before a point of a list."""
        before, after = content[: at[0]].rstrip("*_~` \t\u3000"), content[at[1] :].lstrip("*_~` \t")
        numbered = after[:1].isdecimal() and after[:5].lstrip("0123456789")[:2] in (". ", ") ")
        if numbered or (after and after[0] in _POINTS):
            return "<br>"
        return " " if " " in flowing(f"{before[-1:]}\n{after[:1]}") else ""

    def _formula(self, token: Token) -> str:
        display = token.meta.get(DISPLAY, token.type == "formula_block")
        shown = mathml(token.content, display=display)
        return shown or f"<code>{escaped(token.content.strip())}</code>"

    def _shown(self, token: Token, start: int, end: int) -> bool:
        window = self._style.window
        return window is None or _WHOLE in token.meta or (start < window[1] and end > window[0])

    def _mark_at(self, at: int) -> int:
        """The mark over a character of the source."""
        number = bisect.bisect_right(self._starts, at) - 1
        return number if number >= 0 and at < self._marks[number].end else -1

    def _mark_over(self, start: int, end: int) -> int:
        """The only mark over some lines; -1 where there are several."""
        over = [number for number, mark in enumerate(self._marks) if mark.start < end and mark.end > start]
        return over[0] if len(over) == 1 else -1


def _plain(text: str) -> list[Token]:
    """A text that is not read as Markdown."""
    inline = Token("inline", "", 0, content=text, children=[Token("text", "", 0, content=text, meta={AT: (0, len(text))})])
    inline.meta[OFFSETS] = range(len(text) + 1)
    return [Token("plain_open", "p", 1), inline, Token("plain_close", "p", -1)]


def _within(tokens: list[Token], window: tuple[int, int] | None) -> list[Token]:
    """The tokens of blocks that have characters in the window; a table keeps its head."""
    if window is None:
        return tokens
    kept: list[Token] = []
    skipped = 0  # open tags of what is being left out
    head = row = False
    for token in tokens:
        if skipped:
            skipped += token.nesting
            continue
        row = token.type == "tr_open" or (row and token.type != "tr_close")
        if row:
            token.meta[_WHOLE] = True
        head = token.type == "thead_open" or (head and token.type != "thead_close")
        span = token.meta.get(SPAN)
        if token.type in _DROPPED and not head and span and not (span[0] < window[1] and span[1] > window[0]):
            skipped = token.nesting
            continue
        kept.append(token)
    return kept
