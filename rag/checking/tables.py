"""Which row and column of a table a claim is about, and what they say of its values and names. Pure.

In a table the subject of a value is its row and the name of its column: a value of another row or column never speaks against a claim, one
of the same row and column does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.text import fold, tokens
from core.types import Reason, ReasonCode
from rag.checking.bindings import Place, content
from rag.checking.passages import Row
from rag.checking.polarity import bare_answer, denials
from rag.checking.quantities import COUNT, DATE, Quantity
from rag.checking.statements import stands_in

_LETTER = re.compile(r"[^\W\d_]")
_ASCII = re.compile(r"[\x00-\x7f]+\Z")
# As much of the words of a row's cells must stand in a text for it to be about the row.
_LEAST = 0.3
# What a part of a cell's words weighs beside the whole cell.
_PART = 0.5
_EXCEPT = re.compile(r"\b(?:besides|other than|except\w*|apart from|unlike|salvo|excepto|aparte de)\b|以外|除", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What tables say of a value: whether it stands in the claim's own row and column, or what speaks against it."""

    holds: bool
    reason: Reason | None = None


def rows_named(text: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that a text is about: those of whose cells it holds most, rare ones counting more; none where it holds none."""
    folded, held = fold(text), set(content(text))
    cells = Counter(fold(cell) for row in rows for cell in set(row.cells))
    words = Counter(word for row in rows for word in {word for cell in row.cells for word in content(cell)})
    heads = {word for row in rows for name in row.head for word in content(name)}
    scored = []
    for row in rows:
        score = 0.0
        for at, cell in enumerate(row.cells):
            many = cells[fold(cell)]
            if many == len(rows) > 1:
                continue
            if _stands(cell, at, row, text, folded):
                score += 1 / many
            elif _LETTER.search(cell):
                own = [word for word in content(cell) if word not in heads]
                score += (
                    _PART
                    * sum(1 / words[word] for word in own if word in held and words[word] < max(len(rows), 2))
                    / max(1, len(own))
                )
        scored.append(score)
    best = max(scored, default=0.0)
    return [row for row, score in zip(rows, scored, strict=True) if score >= best - 1e-9] if best >= _LEAST else []


def _stands(cell: str, at: int, row: Row, text: str, folded: str) -> bool:
    if len(cell) == 1 and cell.isascii() and cell.isupper():
        alone = re.search(rf"(?<![\w']){cell}(?![\w'])", text) if cell not in "AIYEO" else None
        name = re.escape(fold(row.name(0))[:3])
        return alone is not None or (
            bool(name) and re.search(rf"{name}\w*[ :]{cell.lower()}(?!\w)|(?<![a-z]){cell.lower()}{name}", folded) is not None
        )
    if not _LETTER.search(cell) and at:
        return False
    return len(cell) > 1 and stands_in(fold(cell), folded)


def columns_named(text: str, row: Row) -> set[int]:
    """The columns of a row that a text names: those of whose names it holds most."""
    held = set(_words(text))
    counts = Counter(word for name in row.head for word in set(_words(name)))
    shares = {}
    for column, name in enumerate(row.head):
        own = [word for word in _words(name) if counts[word] < max(2, len(row.head))]
        shares[column] = sum(word in held for word in own) / len(own) if own else 0.0
    best = max(shares.values(), default=0.0)
    return {column for column, share in shares.items() if share == best} if best >= _LEAST else set()


def _words(text: str) -> list[str]:
    """The words that say something, and the numbers: columns may differ in a year."""
    return [*content(text), *(token for token in tokens(text) if token.isdigit())]


def told_of(value: Quantity, texts: Sequence[str], found: Sequence[Place], *, bare: bool, foreign: bool) -> Told | None:
    """What tables say of a value of a claim; None where they do not tell.

    `texts` are its clause, the whole claim and the question, without the value; `bare` tells that the claim says nothing but the value.
    """
    rows = list(dict.fromkeys(place.row for place in found if place.row is not None))
    named = next((some for text in texts if (some := rows_named(text, rows))), [])
    if not named:
        return None
    alike = [place for place in found if place.row is not None and value.same(place.quantity)]
    own = [place for place in alike if place.row in named]
    theirs = [
        place
        for place in found
        if place.row in named and not value.same(place.quantity) and _comparable(value, place.quantity) and not _names_row(place)
    ]
    columns = _columns(texts if bare else texts[:-1], named)
    code = ReasonCode.OTHER_SUBJECT if alike else ReasonCode.OTHER_VALUE
    if own:
        if foreign and not _by_number(columns, named[0], texts):
            return None
        wrong = bool(columns) and not any(place.column in columns for place in own)
        others = [place for place in theirs if wrong and place.column in columns]
        return Told(not others, _reason(code, value, others))
    if any(place.row is None and value.same(place.quantity) for place in found):
        return None
    columns = columns or {place.column for place in alike}
    others = [place for place in theirs if place.column in columns] if columns else theirs if len(theirs) == 1 else []
    if others:
        return Told(holds=False, reason=_reason(code, value, others))
    return Told(holds=False, reason=Reason(ReasonCode.ABSENT, claimed=value.text)) if alike else None


def _by_number(columns: set[int], row: Row, texts: Sequence[str]) -> bool:
    """Whether a text in another language tells one column by the number in its name: "4ビット" and "at 4 bits"."""
    numbers = {column: {word for word in tokens(row.name(column)) if word.isdigit()} for column in columns}
    return len(columns) == 1 and any(own & set(tokens(text)) for text in texts for own in numbers.values())


def in_name_of_row(value: Quantity, said: str, found: Sequence[Place]) -> bool:
    """Whether a value is a part of the name of a row, as it stands in a claim: "270M has a context of 32K"."""
    folded = fold(said)
    return any(value.same(place.quantity) and _names_row(place) and stands_in(fold(place.label), folded) for place in found)


def _names_row(place: Place) -> bool:
    """Whether a value stands in the name of its row: "270M", "Model 3"."""
    return place.row is not None and not place.column and _LETTER.search(place.label) is not None


def _columns(texts: Sequence[str], named: Sequence[Row]) -> set[int]:
    for text in texts:
        found = {column for row in named for column in columns_named(text, row)}
        if found:
            return found
    return set()


def _comparable(one: Quantity, other: Quantity) -> bool:
    """Whether two values can stand in one column; a cell may leave out the unit."""
    kinds = {one.dimension, other.dimension}
    return len(kinds) == 1 or (COUNT in kinds and DATE not in kinds)


def _reason(code: ReasonCode, value: Quantity, others: Sequence[Place]) -> Reason | None:
    return Reason(code, value.text, others[0].quantity.text, others[0].passage) if others else None


def misplaced(said: str, question: str, rows: Sequence[tuple[int, Row]]) -> Reason | None:
    """Whether a claim puts words of one row beside the subject of another; `rows` are those of the passages, with their numbers.

    >>> a, b = Row(0, ("Terns", "Hull"), ()), Row(1, ("Foxes", "York"), ())
    >>> misplaced("The Terns come from York.", "", [(1, a), (1, b)])
    Reason(code=<ReasonCode.OTHER_SUBJECT: 'other_subject'>, claimed='York', found='Hull', passage=1)
    """
    if not rows or denials(said) or denials(question) or _EXCEPT.search(f"{said} {question}"):
        return None
    mine, asked = _cells_in(said, rows), _cells_in(question, rows)
    subjects = [one for one in mine if one[2] == 0]
    labels = {row.label for _, row, _ in subjects}
    if len(labels) == 1:
        own = {id(row) for _, row, _ in subjects}
        others = [one for one in [*mine, *asked] if one[2] and one[1].label not in labels]
        for number, row, column in others:
            text = row.cells[column]
            holders = {id(other) for _, other in rows if column < len(other.cells) and other.cells[column] == text}
            if holders & own or any(text in other.cells for _, other in rows if id(other) in own):
                continue
            wrong = (number, row, column) in mine
            found = subjects[0][1].cells[column] if wrong and column < len(subjects[0][1].cells) else row.label
            if found:
                claimed = text if wrong else subjects[0][1].label
                return Reason(ReasonCode.OTHER_SUBJECT, claimed, found, number)
    elif not labels:
        named = [(number, row) for number, row, column in asked if column == 0]
        for number, row in named if len({row.label for _, row in named}) == 1 else []:
            for _, other, column in mine:
                own_cell = row.cells[column] if column < len(row.cells) else ""
                if own_cell and other.label != row.label and not any(other.cells[column] in one.cells for _, one in named):
                    return Reason(ReasonCode.OTHER_SUBJECT, other.cells[column], own_cell, number)
    return None


def denied_by_cell(said: str, rows: Sequence[tuple[int, Row]]) -> Reason | None:
    """Whether a claim denies what a cell with yes affirms, or affirms what one with no denies, of the one row and column that it names.

    >>> denied_by_cell("Terns fly south", [(1, Row(0, ("Terns", "no"), ("Birds", "Fly south")))])
    Reason(code=<ReasonCode.OPPOSITE: 'opposite'>, claimed='Terns fly south', found='no', passage=1)
    """
    folded = fold(said)
    named = [(number, row) for number, row in rows if len(row.label) > 1 and stands_in(fold(row.label), folded)]
    if len(named) != 1:
        return None
    (number, row), held = named[0], set(content(said))
    told = []
    for column, cell in enumerate(row.cells[1:], start=1):
        words = content(row.name(column))
        if words and sum(word in held for word in words) >= len(words) / 2 and not denials(row.name(column)):
            told.append(cell)
    yes = bare_answer(told[0]) if len(told) == 1 else None
    return Reason(ReasonCode.OPPOSITE, said, told[0], number) if yes is not None and yes != (denials(said) % 2 == 0) else None


def _cells_in(text: str, rows: Sequence[tuple[int, Row]]) -> list[tuple[int, Row, int]]:
    """The cells of words that stand in a text as they are, with passage, row and column; a cell within a longer one there is none."""
    folded = fold(text)
    found = []
    for number, row in rows:
        for column, cell in enumerate(row.cells):
            bare = fold(cell)
            if _LETTER.search(cell) and len(cell) > (2 if _ASCII.match(cell) else 1) and stands_in(bare, folded):
                found.append((number, row, column, bare))
    longest = {one[3] for one in found}
    return [one[:3] for one in found if not any(one[3] != other and one[3] in other for other in longest)]
