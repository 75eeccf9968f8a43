"""Text into safe HTML, and the answer with its citation chips and underlined sentences. Pure functions.

Everything that comes from a model or a document passes `escaped` before it stands in markup. Markdown of answers is read for
emphasis, lists, headings and code only: links and pictures stay the characters that they are, because a picture's address that a
document smuggles into an answer would be fetched by the reader's browser and carry words of the question away.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.text import clean
from core.types import Support, Verdict
from ui.exchange import MARK
from ui.locale import say

_HEADING = re.compile(r"#{1,6}[ \t]+")
_ITEM = re.compile(r"([ \t]*)(?:[-*+•・]|(\d{1,3})[.)])[ \t]+")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
# Marks, and the signs that open or close bold text and code. Italics are left alone: a lone star is too often not one.
_SIGNS = re.compile(rf"(?P<mark>{MARK.pattern})|(?P<bold>\*\*)|(?P<code>`+)")
# A line break between wide characters is a PDF page's layout, not a gap: shown as a break of no width, which keeps offsets valid.
_SOFT_BREAK = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])")
# A line break before a table's row, a list item, a heading or an empty line means something and is kept.
_HARD_BREAK = re.compile(r"\n(?=[ \t]*(?:\||[-*+•・][ \t]|\d{1,3}[.)][ \t]|#|\n))")
_LINE_SEPARATOR = "\u2028"

Chip = Callable[[int], str]


def escaped(text: str) -> str:
    """Text that means nothing to HTML, in content and in quoted attributes; control characters are blanked."""
    return html.escape(clean(text), quote=True)


def flowed(text: str) -> str:
    """Document text for display, of the same length: breaks inside Japanese lines take no room, breaks that mean something stay."""
    return _SOFT_BREAK.sub("\u200b", _HARD_BREAK.sub(_LINE_SEPARATOR, text))


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, heading or code block of an answer: characters `start` to `end`; `number` is a list item's."""

    kind: str
    start: int
    end: int
    number: int = 0


def blocks(text: str) -> list[Block]:
    """Cut an answer into blocks by its lines. Blocks are in order and disjoint; only layout signs lie between them."""
    found: list[Block] = []
    at, code_from, open_paragraph = 0, -1, False
    for line in text.splitlines(keepends=True):
        start, end = at, at + len(line.rstrip("\r\n"))
        at += len(line)
        if _FENCE.match(line):
            if code_from >= 0:
                found.append(Block("pre", code_from, start))
            code_from, open_paragraph = (-1 if code_from >= 0 else at), False
        elif code_from >= 0:
            continue
        elif not line.strip():
            open_paragraph = False
        elif heading := _HEADING.match(line):
            found.append(Block("h", start + heading.end(), end))
            open_paragraph = False
        elif item := _ITEM.match(line):
            found.append(Block("ol" if item[2] else "ul", start + item.end(), end, int(item[2] or 0)))
            open_paragraph = True
        elif open_paragraph:
            found[-1] = Block(found[-1].kind, found[-1].start, end, found[-1].number)
        else:
            found.append(Block("p", start, end))
            open_paragraph = True
    if code_from >= 0:  # a fence that is still being written
        found.append(Block("pre", min(code_from, len(text)), len(text)))
    return found


def answer_markup(text: str, verdicts: Sequence[Verdict], *, chip: Chip, language: str, own: Sequence[tuple[int, int]] = ()) -> str:
    """The answer as HTML: `chip` draws a mark's number; sentences are underlined by their verdict and say it to screen readers.

    `own` are spans that only this one of several answers has; they are set off.
    """
    spans = fitting(text, verdicts)
    parts: list[str] = []
    open_list = ""
    for block in blocks(text):
        kind = block.kind if block.kind in ("ul", "ol") else ""
        if kind != open_list:
            parts.append((f"</{open_list}>" if open_list else "") + (f"<{kind}>" if kind else ""))
            open_list = kind
        parts.append(_block(text, block, spans, _Inline(chip, own, language), language))
    if open_list:
        parts.append(f"</{open_list}>")
    return "".join(parts)


def fitting(text: str, verdicts: Sequence[Verdict]) -> dict[tuple[int, int], Verdict]:
    """Verdicts by the span of the text that they judge. A verdict whose sentence is not there is dropped, not drawn elsewhere."""
    spans = {}
    for verdict in verdicts:
        start, end = verdict.start, verdict.end
        if text[start:end] != verdict.sentence:
            start = text.find(verdict.sentence)
            end = start + len(verdict.sentence)
        if 0 <= start < end:
            spans[start, end] = verdict
    return spans


def _block(text: str, block: Block, spans: Mapping[tuple[int, int], Verdict], inline: _Inline, language: str) -> str:
    if block.kind == "pre":
        return f"<pre><code>{escaped(text[block.start : block.end])}</code></pre>"
    inner = []
    for start, end, verdict, last in _runs(block, spans):
        body = inline.drawn(text, start, end)
        inner.append(body if verdict is None else _sentence(body, verdict.support, last=last, language=language))
    body = "".join(inner)
    if block.kind == "p":
        return f"<p>{body}</p>"
    if block.kind == "h":
        return f'<p class="kd-subhead">{body}</p>'
    return f'<li value="{block.number}">{body}</li>' if block.number else f"<li>{body}</li>"


def _runs(block: Block, spans: Mapping[tuple[int, int], Verdict]) -> Iterator[tuple[int, int, Verdict | None, bool]]:
    """Pieces of a block: start, end, the verdict over it, and whether its sentence ends there."""
    at = block.start
    for (start, end), verdict in sorted(spans.items(), key=lambda item: item[0]):
        left, right = max(start, at), min(end, block.end)
        if left >= right:
            continue
        if at < left:
            yield at, left, None, False
        yield left, right, verdict, end <= block.end
        at = right
    if at < block.end:
        yield at, block.end, None, False


def _sentence(body: str, support: Support, *, last: bool, language: str) -> str:
    word = ""
    if last:
        shown = "kd-word" if support is Support.UNSUPPORTED else "kd-sr"
        word = f'<span class="{shown}"> ({escaped(say(support.value, language))})</span>'
    return f'<span class="kd-s kd-{support.value}">{body}</span>{word}'


@dataclass(frozen=True, slots=True)
class _Inline:
    """Draws pieces of one answer: marks, bold, code, and what only this answer says."""

    chip: Chip
    own: Sequence[tuple[int, int]]
    language: str

    def drawn(self, text: str, start: int, end: int) -> str:
        """Characters `start` to `end` of an answer."""
        parts: list[str] = []
        at, bold = start, False
        position = start
        while (sign := _SIGNS.search(text, position, end)) is not None:
            position = sign.end()
            if sign["code"]:
                closing = text.find(sign["code"], sign.end(), end)
                if closing < 0:
                    continue
                parts += self._plain(text, at, sign.start()), f"<code>{escaped(text[sign.end() : closing])}</code>"
                at = position = closing + len(sign["code"])
                continue
            if sign["bold"] and not bold and text.find("**", sign.end(), end) < 0:
                continue
            parts.append(self._plain(text, at, sign.start()))
            at = position
            if sign["bold"]:
                bold = not bold
                parts.append("<strong>" if bold else "</strong>")
            else:
                parts.append(self.chip(int(sign["mark"][1:-1])))
        parts.append(self._plain(text, at, end) + ("</strong>" if bold else ""))
        return "".join(parts)

    def _plain(self, text: str, start: int, end: int) -> str:
        parts: list[str] = []
        at = start
        for left, right in sorted(self.own):
            left, right = max(left, at), min(right, end)
            if left < right:
                word = f'<span class="kd-sr"> ({escaped(say("only_mark", self.language))})</span>'
                parts += escaped(text[at:left]), f'<span class="kd-own">{escaped(text[left:right])}</span>{word}'
                at = right
        return "".join(parts) + escaped(text[at:end])


def marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Document text with the characters of `spans` set off; spans may overlap or stick out."""
    parts: list[str] = []
    at = 0
    shown = flowed(text)
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        parts += escaped(shown[at:start]), f"<mark>{escaped(shown[start:end])}</mark>"
        at = end
    parts.append(escaped(shown[at:]))
    return "".join(parts).replace(_LINE_SEPARATOR, "<br>")
