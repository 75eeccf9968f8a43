"""A passage of a document as markup, with the quoted words set off.

Rows of a table whose cells stand between bars are drawn as a table. Its caption and header come from the passage's context where the
passage begins in the middle of it: they are no part of what can be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.text import clean, trim, width
from ui.views.escaping import escaped
from ui.views.markdown import Mark, Style, drawn

Span = tuple[int, int]
_BAR = re.compile(r"(?<!\\)\|")
_LINE = re.compile(r"[^\n]*\n?")
# The line between head and rows of a Markdown table, which is read by the Markdown renderer.
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")
# Cells of a row that are drawn; the rest stands in the last one.
_MOST_CELLS = 100
# Columns (a wide character takes two) of a cell that is not broken into lines.
_SHORT_CELL = 22


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of a passage, from `start` to `end`: `rows` of a table, or other text (no rows)."""

    start: int
    end: int
    rows: tuple[Span, ...] = ()


def passage_markup(text: str, quotes: Sequence[Span] = (), *, context: str = "", window: Span | None = None, copy: str = "") -> str:
    """Document text: tables as tables, lines of a page joined, Japanese ones without a gap.

    `quotes` are spans of `text` that are marked; they may overlap or stick out. `context` is caption and header of the table whose rows
    the passage begins with. `window` are the characters to show: words outside it are left out, rows of a table come with its head.
    `copy` is the word on the button of a code block. Never raises.
    """
    spans, text = merged(quotes, len(text)), clean(text.replace("\r", "\n"))
    parts: list[str] = []
    for number, block in enumerate(_blocks(text, header=bool(_header(context)))):
        if window is not None and not (block.start < window[1] and block.end > window[0]):
            continue
        if block.rows:
            parts.append(_table(text, block, spans, window, context if number == 0 else ""))
            continue
        start, end = block.start, block.end
        marks = [Mark(a - start, b - start, "<mark>", "</mark>") for a, b in _cut(spans, start, end)]
        shown = (window[0] - start, window[1] - start) if window is not None else None
        above = _above(context) if number == 0 else ""
        parts.append(above + "".join(drawn(text[start:end], marks, Style(answer=False, copy=copy, window=shown)).pieces))
    return "".join(parts)


def merged(spans: Sequence[Span], length: int) -> list[Span]:
    """Spans cut to 0..`length`, sorted; those that touch are one."""
    found: list[Span] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _blocks(text: str, *, header: bool) -> list[_Block]:
    """The passage as tables and other text. With a `header` above it, even a single first row is a table."""
    lines = [match.span() for match in _LINE.finditer(text) if match.end() > match.start()]
    if len(text.strip()) == 0 or not lines:
        return [_Block(0, len(text))] if text else []
    bars = [_bars(text[start:end]) for start, end in lines]
    ruled = any(_RULE.match(text[start:end].rstrip("\n")) and count for (start, end), count in zip(lines, bars, strict=True))
    found: list[_Block] = []
    at = 0
    while at < len(lines):
        after = at + 1
        while after < len(lines) and bars[after] == bars[at]:
            after += 1
        rows = bool(bars[at]) and not ruled and (after - at > 1 or (header and at == 0))
        start, end = lines[at][0], lines[after - 1][1]
        if rows:
            found.append(_Block(start, end, tuple(lines[at:after])))
        elif found and not found[-1].rows:
            found[-1] = _Block(found[-1].start, end)
        else:
            found.append(_Block(start, end))
        at = after
    return found


def _bars(line: str) -> int:
    """Bars between the cells of a line, 0 where it is no row."""
    start, end = _between(line, 0, len(line))
    inner = line[start:end]
    return len(_BAR.findall(inner)) if inner != line.strip() or " | " in line else 0


def _between(text: str, start: int, end: int) -> Span:
    """A row without white space and without its outer bars, which it has at both ends or not at all.

    A bar behind a space, or at one end alone, is one between cells of which the first or the last is empty.
    """
    indented = text[start : start + 1] == " "
    first, last = trim(text, start, end) or (start, start)
    outer = text[first : first + 1] == "|" == text[last - 1 : last] and last - first > 1 and text[last - 2 : last] != "\\|"
    return (first + 1, last - 1) if outer and not indented else (first, last)


def _table(text: str, block: _Block, spans: Sequence[Span], window: Span | None, context: str) -> str:
    header, caption = _header(context), _caption(context)
    shown = [row for row in block.rows if window is None or (row[0] < window[1] and row[1] > window[0])]
    head = "".join(_row("th", line, _cells(line, 0, len(line)), ()) for line in header)
    body = "".join(_row("td", text, _cells(text, *row), spans) for row in shown)
    return (
        f'<div class="kd-scroll" tabindex="0"><table class="kd-table">{f"<caption>{escaped(caption)}</caption>" if caption else ""}'
        f"{f'<thead>{head}</thead>' if head else ''}<tbody>{body}</tbody></table></div>"
    )


def _row(tag: str, text: str, cells: Iterable[Span], spans: Sequence[Span]) -> str:
    """A row; cells of a few words, as numbers and names are, stay in one line."""
    scope = ' scope="col"' if tag == "th" else ""
    drawn_cells = []
    for cell in cells:
        long = ' class="kd-long"' if width(text[slice(*cell)]) > _SHORT_CELL else ""
        drawn_cells.append(f"<{tag}{scope}{long}>{_words(text, cell, spans)}</{tag}>")
    return f"<tr>{''.join(drawn_cells)}</tr>"


def _cells(text: str, start: int, end: int) -> Iterator[Span]:
    """The cells of a row, white space and outer bars excluded."""
    start, end = _between(text, start, end)
    for number, bar in enumerate(_BAR.finditer(text, start, end)):
        if number >= _MOST_CELLS:
            break
        yield _trimmed(text, start, bar.start())
        start = bar.end()
    yield _trimmed(text, start, end)


def _trimmed(text: str, start: int, end: int) -> Span:
    return trim(text, start, end) or (start, start)


def _words(text: str, cell: Span, spans: Sequence[Span]) -> str:
    """The words of a cell, quoted ones marked."""
    start, end = cell
    parts: list[str] = []
    at = start
    for first, last in [*_cut(spans, start, end), (end, end)]:
        parts += [_unbarred(text[at:first]), f"<mark>{_unbarred(text[first:last])}</mark>" if first < last else ""]
        at = last
    return "".join(parts)


def _unbarred(text: str) -> str:
    return escaped(text.replace("\\|", "|"))


def _cut(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """What lies between `start` and `end` of spans that are in order and do not touch."""
    return [(max(first, start), min(last, end)) for first, last in spans if first < end and last > start]


def _header(context: str) -> list[str]:
    """The last lines of a context that are rows."""
    lines = clean(context).split("\n")
    first = next((at for at in range(len(lines), 0, -1) if not _bars(lines[at - 1])), 0)
    return [line for line in lines[first:] if not _RULE.match(line)]


def _caption(context: str) -> str:
    lines = [line.strip() for line in clean(context).split("\n")]
    return " ".join(line for line in lines if line and not _bars(line))


def _above(context: str) -> str:
    """A context that is no header of rows, above the passage."""
    said = " ".join(clean(context).split())
    return f'<p class="kd-quiet">{escaped(said)}</p>' if said else ""
