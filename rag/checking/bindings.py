"""Which value of a passage a value of a claim stands for: the one whose surroundings say what the claim says. Pure but for vectors.

A passage's values each have a context: the clause they stand in, its sentence and, in a table, the labels of row and column. The claim's
value is held against all values of its kind; the one with the nearest context is what the passage says of that subject.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from core.text import fold, sentence_spans, tokens
from core.types import Hit
from rag.checking.blocks import Kind, blocks
from rag.checking.passages import Row, sections
from rag.checking.quantities import COUNT, Quantity, quantities

# Texts whose words are kept: parts of sentences are compared with each other.
_KEPT = 4_096
_CLAUSE = re.compile(
    r"(?:[,;:](?=\s)|[、；：;]|\s+(?=(?:and|but|while|whereas|which|y|pero|mientras|e|que)\s))|(?<=で)、|\s\|\s", re.IGNORECASE
)
_UNIT_OF_COLUMN = re.compile(r"[(\[（［](?P<unit>[^)\]）］]{1,16})[)\]）］]")
_BEFORE_UNIT = re.compile(r"(?:単位\s*[:：は]?|units?:|unidad(?:es)?:|in\b|en\b)\s*", re.IGNORECASE)
_STOP = frozenset(
    re.findall(
        r"\S+",
        "the of to in on at is are was were be it its and or for with by as from that this than has have had per each can may "
        "will up most least not no el la los las de del en es son fue un una y o por con que se su sus al lo le para como hasta a "
        "an does do how many much what which when cuánto cuántos cuántas cuanto cuantos cuantas qué cuál cual cuándo dónde tiene "
        "tienen cost desde since into onto they them he she him her his their these those there so did done been being also then "
        "thus we you i ellos ellas ello esto esta este estos estas eso esa ese hay ha han ser está están muy más también así cada "
        "según cuyo cuya ",
    )
)
# A sentence that begins so goes on about what the one before names; of that as many characters are kept.
_GOES_ON = re.compile(
    r"(?:It|Its|They|Their|He|She|His|Her|This|These|Su|Sus|Este|Esta|Estos|Estas|それ|その|同)(?![A-Za-zÀ-ÿ])"
    r"|(?=.*[ぁ-ゖ])[^はが]*\Z"
)
_LONGEST_BEFORE = 400
_SHORTEST_BEGINNING = 4
# Pairs of kana, and pairs across a particle, are grammar.
_HIRAGANA = re.compile(r"(?:[ぁ-ゖ]+|[はがをにでとのもへや].|.[はがをにでとのもへや])\Z")
_NAMES = re.compile(
    r"(?:[A-Za-zÀ-ÿ]+-?|[A-ZÀ-Þ][A-Za-zÀ-ÿ]* |[ァ-ヶー]+[- ]?)\d+[A-Za-z]?(?![\w%]|[.,]\d)"
    r"|[ぁ-ヶー一-龯]{2,8}\d+(?![\d.,年月日時分秒万億円%])|(?<=「)[^」]{1,20}(?=」)"
)


_PEOPLE = re.compile(
    r"(?!(?:Don|Doña|Mr|Mrs|Ms|Dr|The|El|La|In|On)\b)[A-ZÀ-Þ][a-zà-ÿ'’-]+"
    r"(?: (?:de |del |la |van |von )*[A-ZÀ-Þ][a-zà-ÿ'’-]+)+|[一-龯々ァ-ヶー]{2,8}(?=さん|氏|様|先生)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a passage with its context: words of its clause, of its whole sentence, and in a table its row and column.

    `before` is the sentence before, where this one goes on about what that names ("It ...").
    """

    passage: int
    quantity: Quantity
    clause: str
    sentence: str
    before: str = ""
    row: Row | None = None
    column: int = 0

    @property
    def label(self) -> str:
        """What its row is about; "" in prose."""
        return self.row.label if self.row is not None else ""


def places(number: int, hit: Hit) -> list[Place]:
    """The values of a passage, with their contexts."""
    found: list[Place] = []
    for section in sections(hit.text, hit.context):
        text = hit.text[section.start : section.end]
        if section.row is not None:
            found += _cells(number, section.row)
        elif not section.head:
            for block in blocks(text):
                if block.kind in (Kind.TEXT, Kind.ITEM):
                    found += _said(number, text[block.start : block.end])
    return found


def _cells(number: int, row: Row) -> Iterator[Place]:
    for at, cell in enumerate(row.cells):
        name = row.name(at)
        for quantity in quantities(cell):
            yield Place(
                number,
                _with_unit(quantity, name, row.caption if at else ""),
                f"{name} {row.label}",
                f"{name} {cell} {row.label}",
                row=row,
                column=at,
            )


def _with_unit(quantity: Quantity, name: str, caption: str) -> Quantity:
    """A bare number of a table with the unit that stands in the name of its column, or else in the table's caption: "Price (€)".

    It can still be read as the bare number.
    """
    if quantity.dimension != COUNT:
        return quantity
    units = [found["unit"] for text in (name, caption) for found in _UNIT_OF_COLUMN.finditer(text)]
    for unit in units:
        told = quantities(f"{quantity.text} {_BEFORE_UNIT.sub('', unit).strip()}")
        if len(told) == 1 and told[0].dimension != COUNT:
            values = tuple(dict.fromkeys([*told[0].values, *quantity.values]))
            return replace(quantity, dimension=told[0].dimension, values=values, named=False)
    return quantity


def _said(number: int, text: str) -> Iterator[Place]:
    before = ""
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        told = f"{before} {sentence}" if _GOES_ON.match(sentence) else sentence
        yield from (
            Place(number, one, clause_at(sentence, one.start), sentence, told[: -len(sentence)]) for one in quantities(sentence)
        )
        before = told[-_LONGEST_BEFORE:]


def clause_at(sentence: str, at: int) -> str:
    """The clause of a sentence that holds character `at`."""
    edges = [0, *(match.end() for match in _CLAUSE.finditer(sentence)), len(sentence)]
    start = max(edge for edge in edges if edge <= at)
    return sentence[start : min((edge for edge in edges if edge > at), default=len(sentence))]


def content(text: str) -> list[str]:
    """The words of a text that say something, in a form that endings do not change; numbers apart."""
    return [*_content(text)]


@functools.lru_cache(maxsize=_KEPT)
def _content(text: str) -> tuple[str, ...]:
    return tuple(
        _stem(token) for token in tokens(text) if token not in _STOP and not token.isdigit() and not _HIRAGANA.match(token)
    )


def _stem(token: str) -> str:
    return token[:5] if token.isascii() and len(token) > 5 else token


def names(text: str) -> set[str]:
    """Names with a number in them, and what stands in Japanese quotes: subjects that are told apart by little."""
    return {"".join(re.findall(r"\w+", fold(name))) for name in _NAMES.findall(text)}


def people(text: str) -> list[str]:
    """Names of people in the order of a text: two capitalised words and more, or Japanese names with a form of address."""
    return [match[0] for match in _PEOPLE.finditer(text)]


class Weights:
    """How much a word tells between the contexts of passages: rare ones more."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._number = len(texts) + 1
        self._counts = Counter(word for text in texts for word in set(content(text)))

    def of(self, word: str) -> float:
        """The weight of a word; 0.3 at least."""
        return max(0.3, math.log(self._number / (1 + self._counts[word])))

    def share(self, wanted: Sequence[str], clause: Sequence[str], sentence: Sequence[str], rest: float = 0.4) -> float:
        """Weighted share (0..1) of wanted words that a context holds; those of the sentence alone count `rest`."""
        total = sum(self.of(word) for word in wanted)
        near, far = set(clause), set(sentence)
        held = sum(self.of(word) * (1.0 if among(word, near) else rest if among(word, far) else 0.0) for word in wanted)
        return held / total if total else 0.0


def among(word: str, words: Collection[str]) -> bool:
    """Whether a word is among others, or one of four letters and more begins it or is begun by it: "dura" and "duración"."""
    return word in words or (
        len(word) >= _SHORTEST_BEGINNING
        and word.isascii()
        and any(len(other) >= _SHORTEST_BEGINNING and (other.startswith(word) or word.startswith(other)) for other in words)
    )
