"""Words as markup, and pieces that several views share."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from itertools import accumulate
from unicodedata import east_asian_width

from store.library import UNDO_S
from ui.locale import say
from ui.views.escaping import escaped

_CODE = re.compile("`([^`]+)`")

__all__ = ["escaped", "middle_shortened", "note_markup", "progress_markup", "sentence_markup", "undo_markup", "words"]


def words(key: str, language: str, **fields: object) -> str:
    """`say`, safe to stand in markup: fields may come from documents."""
    return escaped(say(key, language, **fields))


def sentence_markup(said: str) -> str:
    """A sentence of ours; what stands in it between backticks is drawn as code."""
    return _CODE.sub(r"<code>\1</code>", escaped(said))


def note_markup(said: str) -> str:
    """One sentence to the person; "" says nothing."""
    return f'<p class="kd-note" role="status" {_for_a_while()}>{sentence_markup(said)}</p>' if said else ""


def undo_markup(kind: str, number: str, said: str, language: str, *, notebook: int = 0) -> str:
    """That something was deleted, with the button that brings it back; the page's script hides it after `UNDO_S` seconds.

    `notebook` is the one that deleted documents were in.
    """
    return (
        f'<p class="kd-note kd-undo" role="status" {_for_a_while()}><span>{escaped(said)}</span> '
        f'<button type="button" class="kd-link" data-do="restore" data-kind="{kind}" data-id="{escaped(number)}" '
        f'data-notebook="{notebook}">{words("undo", language)}</button></p>'
    )


def _for_a_while() -> str:
    """How long a notice is seen, and the time that tells it from others."""
    return f'data-until="{UNDO_S:g}" data-at="{time.monotonic_ns()}"'


def middle_shortened(name: str, width: int = 44) -> str:
    """A name of at most `width` columns (a wide character takes two), shortened in the middle: the end tells files apart."""
    widths = [2 if east_asian_width(one) in "WF" else 1 for one in name]
    if sum(widths) <= width:
        return name
    tail = _cut(list(reversed(widths)), width // 3)
    return f"{name[: _cut(widths, width - width // 3 - 1)]}…{name[len(name) - tail :]}"


def _cut(widths: Sequence[int], room: int) -> int:
    """How many characters of these widths have room."""
    return sum(total <= room for total in accumulate(widths))


def progress_markup(percent: int, label: str) -> str:
    """A bar. `label` is plain text that says what it measures."""
    return f'<progress class="kd-bar" max="100" value="{percent}" aria-label="{escaped(label)}"></progress>'
