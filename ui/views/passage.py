"""A passage of a document as markup, with the quoted words set off."""

from __future__ import annotations

from collections.abc import Sequence

from ui.views.markdown import Mark, Style, drawn


def passage_markup(
    text: str, quotes: Sequence[tuple[int, int]] = (), *, window: tuple[int, int] | None = None, copy: str = ""
) -> str:
    """Document text: tables as tables, lines of a page joined, Japanese ones without a gap.

    `quotes` are spans of `text` that are marked; they may overlap or stick out. `window` are the characters to show: words outside it are
    left out, rows of a table come with its head. `copy` is the word on the button of a code block. Never raises.
    """
    marks = [Mark(start, end, "<mark>", "</mark>") for start, end in merged(quotes, len(text))]
    return "".join(drawn(text, marks, Style(answer=False, copy=copy, window=window)).pieces)


def merged(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Spans cut to 0..`length`, sorted; those that touch are one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
