"""An answer as markup: its Markdown, the chip behind each citation, and under each sentence how far its sources bear it out.

Plain arguments only. Words come from the caller, in the person's language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.text import shortened
from core.types import Support, Verdict
from ui.views.escaping import escaped
from ui.views.markdown import Mark, Style, drawn
from ui.views.plain import plain

# Characters of a quote in a citation's tip.
_TIP = 240
_CITATIONS = re.compile(r"\s*\[\d{1,3}(?:\s*[,、，;]\s*\d{1,3})*\]")
# States whose word everybody sees.
_SAID = (Support.UNSUPPORTED, Support.CONTRADICTED)


@dataclass(frozen=True, slots=True)
class Chip:
    """What a citation's number stands for: `label` names document and page, `quote` is the document's own words in `language`."""

    label: str
    quote: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values for one thing: the answer's, and the one in passage `number`."""

    claimed: str
    found: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """Words that stand in an answer, in the person's language. `copy` is on the button of a code block.

    `added` says that a citation is ours, `instead` that its passage has what the cited one has not.
    """

    states: Mapping[Support, str]
    copy: str
    claimed: str
    found: str
    only: str = ""
    added: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """What is known about an answer's text: verdicts in order, chips by number, conflicts by the verdict's position, and the characters
    that only this one of several answers has.
    """

    verdicts: Sequence[Verdict] = ()
    chips: Mapping[int, Chip] = field(default_factory=dict)
    conflicts: Mapping[int, Conflict] = field(default_factory=dict)
    own: Sequence[tuple[int, int]] = ()


def answer_blocks(text: str, notes: Notes, words: Words, *, turn: str = "", anchor: str = "") -> list[str]:
    """The answer as pieces of markup, to be joined without anything between.

    A piece is a sentence or a row at most; while an answer grows, pieces only change at its end, or where a sentence gets its verdict. So
    what is sent for a list of pieces grows with what is new. `turn` goes into the chips' data-turn. Where nothing can be pressed, as on
    paper, give `anchor`: chips are links to the element `anchor`-n, values stand in the text. Never raises.
    """
    own = [Mark(start, end, '<span class="kd-own">', "</span>", _unseen(words.only)) for start, end in sorted(notes.own)]
    placed = fitting(text, notes.verdicts)
    marks = [_mark(notes, number, words, "" if anchor else turn, anchor) for number in placed]
    chips = {number: _link(number, anchor) if anchor else chip_markup(number, chip, turn) for number, chip in notes.chips.items()}
    found = drawn(text, marks, Style(copy=words.copy, chips=chips), own)
    listed = "".join(_listed(notes.verdicts[placed[at]], placed[at], words) for at in found.unplaced)
    return [*found.pieces, f'<ul class="kd-unplaced">{listed}</ul>'] if listed else found.pieces


def answer_markup(text: str, notes: Notes, words: Words, *, turn: str = "") -> str:
    """The answer as one string of markup."""
    return "".join(answer_blocks(text, notes, words, turn=turn))


def fitting(text: str, verdicts: Sequence[Verdict]) -> list[int]:
    """Positions of the verdicts whose offsets cut their sentence out of the text, marks aside; in the text's order, disjoint.

    One that does not fit is dropped: it is never drawn under other words.
    """
    found: list[int] = []
    end = 0
    for number, verdict in sorted(enumerate(verdicts), key=lambda item: item[1].start):
        inside = end <= verdict.start < verdict.end <= len(text)
        if inside and _bare(text[verdict.start : verdict.end]) == _bare(verdict.sentence):
            found.append(number)
            end = verdict.end
    return found


def _bare(text: str) -> str:
    bare, changed = "".join(text.split()), 1
    while changed:  # a bracket may hold another
        bare, changed = _CITATIONS.subn("", bare)
    return bare


def _mark(notes: Notes, number: int, words: Words, turn: str, anchor: str) -> Mark:
    verdict = notes.verdicts[number]
    opening = f'<span class="kd-s kd-s-{verdict.support.value}" data-s="{number}">'
    said = f" ({escaped(words.states[verdict.support])})"
    conflict = notes.conflicts.get(number)
    if conflict is not None and verdict.support is Support.CONTRADICTED:
        after = _both(conflict, words, turn)
    elif verdict.support in _SAID:
        after = f'<span class="kd-word">{said}</span>'
    else:
        after = f'<span class="kd-sr">{said}</span>'
    return Mark(verdict.start, verdict.end, opening, "</span>", after + _added(verdict, notes, words, turn, anchor))


def _added(verdict: Verdict, notes: Notes, words: Words, turn: str, anchor: str) -> str:
    """The citations that were found for a sentence, told apart from the model's by a plus and words."""
    chips = [
        _link(number, anchor, sign="+") if anchor else chip_markup(number, chip, turn, added=words.added)
        for number in verdict.found
        if (chip := notes.chips.get(number)) is not None
    ]
    if not chips:
        return ""
    said = f'<span class="kd-instead"> ({escaped(words.instead)})</span>' if verdict.cited and words.instead else ""
    return "".join(chips) + said


def _both(conflict: Conflict, words: Words, turn: str) -> str:
    """The word of a contradicted sentence, as a button that shows both values and leads to the passage."""
    state = escaped(words.states[Support.CONTRADICTED])
    values = f"{escaped(words.claimed)}: {escaped(conflict.claimed)} · {escaped(words.found)}: {escaped(conflict.found)}"
    if not turn:
        return f' <span class="kd-word">({state}. {values})</span>'
    leads = f' data-do="cite" data-turn="{escaped(turn)}" data-n="{conflict.number}"' if conflict.number else ""
    return (
        f' <button type="button" class="kd-word kd-differs"{leads} aria-label="{state}. {values}">({state})'
        f'<span class="kd-tip" aria-hidden="true">{values}</span></button>'
    )


def chip_markup(number: int, chip: Chip, turn: str, *, added: str = "") -> str:
    """A citation's button: named by its source, described by its quote, which shows on hover and focus; `added` says that it is ours."""
    quote = escaped(shortened(plain(chip.quote), _TIP))
    lang = f' lang="{escaped(chip.language)}"' if chip.language else ""
    tip = f'<span class="kd-tip" aria-hidden="true"{lang}>{quote}</span>' if quote else ""
    described = f' aria-description="{quote}"' if quote else ""
    kind, sign, label = ("kd-cite kd-added", "+", f"{chip.label}. {added}") if added else ("kd-cite", "", chip.label)
    return (
        f'<button type="button" class="{kind}" data-do="cite" data-turn="{escaped(turn)}" data-n="{number}" '
        f'aria-label="{escaped(label)}"{described}>{sign}{number}{tip}</button>'
    )


def _link(number: int, anchor: str, sign: str = "") -> str:
    return f'<a href="#{escaped(anchor)}-{number}">[{sign}{number}]</a>'


def _listed(verdict: Verdict, number: int, words: Words) -> str:
    """A sentence that the drawn text does not show as one: named below, with its state."""
    quoted = escaped(shortened(plain(verdict.sentence), _TIP))
    said = escaped(words.states[verdict.support])
    return f'<li data-s="{number}"><span class="kd-s kd-s-{verdict.support.value}">{quoted}</span> ({said})</li>'


def _unseen(word: str) -> str:
    return f'<span class="kd-sr"> ({escaped(word)})</span>' if word else ""
