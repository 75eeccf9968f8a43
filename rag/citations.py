"""Citation marks in a stream of text. Pure.

A model writes marks as it likes ([1], [1, 2], 【3】, ［４］, superscripts) and cuts them anywhere between two tokens. `MarkReader` lets
text through as it comes, holds back only what may still become a mark, writes marks in one form, and changes nothing else: code, indices,
lists of numbers and powers are text. A number that no source has is dropped where it stands as a mark, which is behind a claim and at its
end. `Numbering` gives the passages new numbers in the order in which a reader meets them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from core.types import Citation, Hit
from rag.checking.blocks import fence_closed, fence_opened

LARGEST_NUMBER = 999
# Longest inside of a mark, in characters; more is no mark but a list or a formula.
_LONGEST = 24
# Longest code span within a line, in characters. It is held back until it closes, and what does not close is text.
LONGEST_CODE = 300
_BLANK = "[ \t\u00a0\u3000]"
_INSIDE = rf"{_BLANK}*\d{{1,3}}{_BLANK}*(?:[,、，;]{_BLANK}*\d{{1,3}}{_BLANK}*)*"
_ANY_MARK = (
    "(?:" + "|".join(rf"\{a}(?=[^{b}]{{1,{_LONGEST}}}{b}){_INSIDE}{b}" for a, b in (("[", r"\]"), ("［", "］"), ("【", "】"))) + ")"
)
_MARK = re.compile(_ANY_MARK)
_UNFINISHED_MARK = re.compile(rf"[\[［【][\d,、，; \t\u00a0\u3000]{{0,{_LONGEST}}}\Z")
_CLEAN_MARK = re.compile(r"\[(\d{1,3})\]")
# What may follow a mark at the end of a claim; other marks may stand between.
_AFTER = re.compile(rf"(?:{_BLANK}*{_ANY_MARK})*{_BLANK}*(?P<next>[^\s]|\n)?")
_CLOSING = frozenset('.。．!！?？…,、，;；:：|)）」』"”*_\n')
# Words before a bracket that make it a part of the sentence ("see [12]", "the list [1, 2]"), in the languages of the page.
_LEADS_ON = re.compile(
    r"(?:\b(?:see|in|of|to|from|by|at|as|and|or|than|with|for|on|into|under|cf|vs|refs?|reference|section|chapter|figure|table|equation|page"
    r"|is|are|be|was|were|equals|véase|ver|en|del?|al?|según|y|o|con|por|para|como|es|son|era|eran|sección|capítulo|figura|tabla|página"
    r"|list|array|range|interval|tuple|vector|set|matrix|rows?|columns?|lista|rango|intervalo|conjunto|matriz|filas?)[\W_]*"
    r"|(?:リスト|配列|範囲|区間|集合|行列|文献|規格))\Z",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9_)\]]\Z")
# Before these alone no claim has been made yet: list signs, quotes, table borders.
_NO_CLAIM_YET = re.compile(r"[\s>#|*+•・\-]*(?:\d{1,3}[.)])?[\s>#|*\"“「『(（]*\Z")
# An open bracket with digits before a mark: without the mark, what stands around it would read as another.
_NUMBERS_OPEN = re.compile(r"[\[［【][\d,、，; \t\u00a0\u3000]{0,24}\d[,、，; \t\u00a0\u3000]{0,24}\Z")
_TICKS = re.compile(r"`+")
# Letters from here on (kana, ideographs) are written without spaces between words.
_FIRST_UNSPACED = 0x2E80
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED_MARK = re.compile(rf"[{_RAISED}]+(?:[,˒]?[ \u00a0\u202f]?[{_RAISED}]+)*")
_UNFINISHED_RAISED = re.compile(rf"[{_RAISED}]+(?:[,˒]?[ \u00a0\u202f]?[{_RAISED}]+)*[,˒]?[ \u00a0\u202f]?\Z")
# Before a raised number that cites: the end of a sentence or clause, or a word. Behind shorter words it may be a power ("km²", "x²").
_BEFORE_RAISED = re.compile(
    rf"(?:[^\W\d_{_RAISED}]{{4,}}|[ぁ-ゖァ-ヶー一-龯々]|(?<![{_RAISED}])[.,;:。．！？、，；：!?…»”’」』\]])[*_\"]*[ \t\u00a0\u3000]?\Z"
)
_TOKEN = re.compile(rf"\s+|`+|[\[［【]|[{_RAISED}]|[^\s`\[［【{_RAISED}]+")
# In front of these a mark may begin.
_MAY_BEGIN = re.compile(rf"(?=[\[［【])|(?<![{_RAISED}])(?=[{_RAISED}])")


class Numbering:
    """The numbers of passages as a reader meets them: the first that is cited is 1.

    A passage's key is its number in the prompt; passages that were found but not given have further keys. `fixed` are keys that keep their
    numbers. A taken back answer begins anew with `reset`.
    """

    def __init__(self, fixed: Collection[int] = ()) -> None:
        self._fixed = tuple(fixed)
        self._shown: dict[int, int] = {}  # by key
        self._keys: dict[int, int] = {}  # by number
        self._new: dict[int, int] = {}
        self.reset()

    @property
    def known(self) -> Collection[int]:
        """The numbers that have been given; it follows what is given later."""
        return self._keys.keys()

    def number(self, key: int) -> int:
        """The number that a reader sees for a passage; the next one where it has none yet."""
        if key not in self._shown:
            number = max(self._keys, default=0) + 1
            self._shown[key], self._keys[number], self._new[number] = number, key, key
        return self._shown[key]

    def key(self, number: int) -> int:
        """The key of the passage that has a number. Raises KeyError where none has."""
        return self._keys[number]

    def new(self) -> dict[int, int]:
        """Keys by number, of the numbers given since this was last asked."""
        new, self._new = self._new, {}
        return new

    def reset(self) -> None:
        """Forget every number that was given."""
        self._shown.clear()
        self._keys.clear()
        for key in self._fixed:
            self._shown[key] = self._keys[key] = key
        self._new = {}


def parts(piece: str) -> list[str]:
    """A piece of an answer, cut where a mark may begin: what stands before a mark is read and numbered before it."""
    return [part for part in _MAY_BEGIN.split(piece) if part]


class MarkReader:
    """Feed it pieces of an answer; it returns what may be shown. `known` are the numbers that sources have.

    What it returns in all does not depend on where the answer was cut. Marks keep their numbers where there is no `numbering`.
    """

    def __init__(self, known: Collection[int], numbering: Numbering | None = None) -> None:
        self._known = frozenset(known)
        self._numbering = numbering if numbering is not None else Numbering(self._known)
        self._held = ""
        self._line = ""  # what was shown of the current line
        self._fence = ""  # the signs that opened the code block we are in
        self._marked = False  # whether the last thing read was a mark

    def feed(self, piece: str) -> str:
        """Text that is now certain: marks in it are whole, written `[n]`, and known."""
        return self._read(self._held + piece, last=False)

    def flush(self) -> str:
        """What was still held back when the stream ended."""
        return self._read(self._held, last=True)

    def _read(self, text: str, *, last: bool) -> str:
        shown: list[str] = []
        at = 0
        while at < len(text):
            taken = self._code_line(text, at, last=last) if self._fence else self._next(text, at, last=last)
            if taken is None:
                break
            at, piece = taken
            shown.append(piece)
            line_break = piece.rfind("\n")
            self._line = (self._line if line_break < 0 else "") + piece[line_break + 1 :]
            self._line = self._line[-LONGEST_CODE:]
        self._held = text[at:]
        return "".join(shown)

    def _code_line(self, text: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """The next piece of a code block: a line, or the part of one that cannot close the block any more."""
        end = text.find("\n", at)
        line = text[at : end if end >= 0 else len(text)]
        if not self._line.strip() and not line.strip().strip(self._fence[0]):  # it may close the block
            if end < 0 and not last:
                return None
            if fence_closed(line, self._fence):
                self._fence = ""
        stop = end + 1 if end >= 0 else len(text)
        return stop, text[at:stop]

    def _next(self, text: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """The next piece of prose and where it ends, or None where more must be known first."""
        token = _TOKEN.match(text, at)
        assert token is not None, "every character is white space, a tick, a bracket or another"
        sign, end = token[0], token.end()
        if sign[0].isspace():
            if end == len(text) and not last:
                return None
            if end < len(text) and text[end] in "[［【" and "\n" not in sign:
                return self._bracket(text, at, end, last=last)
            return end, sign
        if not self._line.strip() and sign[0] in "`~":
            return self._maybe_fence(text, at, last=last)
        if sign[0] == "`":
            return self._code_span(text, at, end, last=last)
        if sign[0] in "[［【":
            return self._bracket(text, at, at, last=last)
        if sign[0] in _RAISED:
            return self._raised(text, at, last=last)
        self._marked = False
        return end, sign

    def _maybe_fence(self, text: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """A line that begins with ticks or tildes: the start of a code block, or prose."""
        end = text.find("\n", at)
        line = text[at : end if end >= 0 else len(text)]
        fence = fence_opened(line)
        could = bool(fence) or not line.strip("`") or not line.strip("~")
        if end < 0 and not last and could:
            return None
        self._marked = False
        if fence and (end >= 0 or last):
            self._fence = fence
            stop = end + 1 if end >= 0 else len(text)
            return stop, text[at:stop]
        run = re.match(r"`+|~+", text[at:])
        assert run is not None
        return (at + run.end(), run[0]) if run[0][0] == "~" else self._code_span(text, at, at + run.end(), last=last)

    def _code_span(self, text: str, at: int, opened: int, *, last: bool) -> tuple[int, str] | None:
        """A run of ticks with the code behind it up to the run that closes it; the run alone where none does in this line."""
        if opened == len(text) and not last:
            return None
        self._marked = False
        stop = code_end(text, at, opened)
        if stop is not None and (stop < len(text) or last):
            return stop, text[at:stop]
        whole = last or "\n" in text[opened : opened + LONGEST_CODE] or len(text) - opened > LONGEST_CODE
        return (opened, text[at:opened]) if whole and stop is None else None

    def _bracket(self, text: str, at: int, opened: int, *, last: bool) -> tuple[int, str] | None:
        """A bracket with the space before it: a mark in its one form, nothing where it is dropped, or the text as it is."""
        match = _MARK.match(text, opened)
        if match is None:
            if not last and _UNFINISHED_MARK.match(text, opened):
                return None
            self._marked = False
            return opened + 1, text[at : opened + 1]
        if _NUMBERS_OPEN.search(self._line):  # a bracket within another
            self._marked = False
            return match.end(), text[at : match.end()]
        numbers = [int(number) for number in re.findall(r"\d+", unicodedata.normalize("NFKC", match[0]))]
        attached = at == opened and not self._marked and _IDENTIFIER.search(self._line) is not None
        whole = all(number in self._known for number in numbers) and not (len(numbers) > 1 and (attached or self._leads_on()))
        if not whole:
            ends = self._ends_claim(text, match.end(), last=last)
            if ends is None:
                return None
            whole = ends and self._may_be_mark(numbers, attached=attached)
        if not whole:
            self._marked = False
            return match.end(), text[at : match.end()]
        self._marked = True
        kept = self._written(numbers)
        return match.end(), text[at:opened] + kept if kept else ""

    def _written(self, numbers: Sequence[int]) -> str:
        """Marks in their one form; numbers that no source has are left out."""
        return "".join(f"[{self._numbering.number(number)}]" for number in dict.fromkeys(numbers) if number in self._known)

    def _raised(self, text: str, at: int, *, last: bool) -> tuple[int, str] | None:
        """Raised digits behind a claim as marks where sources have their numbers; else the first of them as it is."""
        match = _RAISED_MARK.match(text, at)
        assert match is not None, "it begins with a raised digit"
        long = len(match[0]) > _LONGEST
        if not (last or long) and _UNFINISHED_RAISED.match(text, at):
            return None
        fits = not long and ((self._marked and self._line.strip() != "") or _BEFORE_RAISED.search(self._line) is not None)
        numbers = [number for run in re.findall(rf"[{_RAISED}]+", match[0]) for number in self._numbers_of(run)] if fits else []
        ends = self._ends_word(text, match.end(), last=last) if numbers and all(one in self._known for one in numbers) else False
        if ends is None:
            return None
        self._marked = ends
        return (match.end(), self._written(numbers)) if ends else (at + 1, text[at])

    def _numbers_of(self, run: str) -> list[int]:
        """What a run of raised digits means: one number, or where no source has that, one number a digit."""
        digits = unicodedata.normalize("NFKC", run)
        return [int(digits)] if int(digits) in self._known else [int(digit) for digit in digits]

    @staticmethod
    def _ends_word(text: str, at: int, *, last: bool) -> bool | None:
        """Whether no letter or digit follows; None where that is not known yet."""
        return (True if last else None) if at >= len(text) else not text[at].isalnum() or ord(text[at]) > _FIRST_UNSPACED

    def _may_be_mark(self, numbers: list[int], *, attached: bool) -> bool:
        """Whether numbers at the end of a claim are a mark, though not all of them are known (or they stand like an index)."""
        if 0 in numbers or self._leads_on() or _NO_CLAIM_YET.match(self._line):
            return False
        some_known = any(number in self._known for number in numbers)
        return some_known if len(numbers) > 1 else not attached

    def _leads_on(self) -> bool:
        """Whether the words before need what follows: then it is no mark."""
        return not self._marked and _LEADS_ON.search(self._line) is not None

    def _ends_claim(self, text: str, at: int, *, last: bool) -> bool | None:
        """Whether the claim ends behind a mark; None where that is not known yet."""
        after = _AFTER.match(text, at)
        assert after is not None, "it matches nothing too"
        if after["next"] is None:
            return True if last else None
        if after["next"] in "[［【" and not last and _UNFINISHED_MARK.match(text, after.start("next")):
            return None
        return after["next"] in _CLOSING


def code_end(text: str, at: int, opened: int) -> int | None:
    """Where a code span ends that opens with the ticks from `at` to `opened`: behind as many ticks in the same line; None without."""
    line_end = text.find("\n", opened, opened + LONGEST_CODE)
    stop = line_end if line_end >= 0 else min(len(text), opened + LONGEST_CODE)
    for run in _TICKS.finditer(text, opened, stop):
        if len(run[0]) == opened - at:
            return run.end()
    return None


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark `[n]` of an answer as it is shown: characters `start` to `end`."""

    start: int
    end: int
    number: int


def marks(answer: str, known: Collection[int] | None = None) -> list[Mark]:
    """The marks of an answer that went through `MarkReader`, in order: not those in code, nor numbers that are not `known`."""
    code = code_spans(answer)
    found = (Mark(match.start(), match.end(), int(match[1])) for match in _CLEAN_MARK.finditer(answer))
    return [
        mark
        for mark in found
        if (known is None or mark.number in known)
        and not any(start <= mark.start < end for start, end in code)
        and not _NUMBERS_OPEN.search(answer, max(0, mark.start - 50), mark.start)
    ]


def code_spans(text: str) -> list[tuple[int, int]]:
    """Where code stands in a text: blocks between fences (to the end where one stays open) and spans between ticks."""
    spans: list[tuple[int, int]] = []
    at, fence, fence_from = 0, "", 0
    for line in text.split("\n") if "`" in text or "~~~" in text else ():
        end = at + len(line)
        if fence:
            if fence_closed(line, fence):
                spans.append((fence_from, end))
                fence = ""
        elif opened := fence_opened(line):
            fence, fence_from = opened, at
        else:
            spans += _inline_code(text, at, end)
        at = end + 1
    return [*spans, (fence_from, len(text))] if fence else spans


def _inline_code(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    run = _TICKS.search(text, start, end)
    while run is not None:
        stop = code_end(text, run.start(), run.end())
        if stop is not None:
            yield run.start(), stop
        run = _TICKS.search(text, stop or run.end(), end)


def without_marks(answer: str, known: Collection[int] | None = None) -> str:
    """An answer as it goes into the history: no marks, and none of the space before them."""
    kept: list[str] = []
    at = 0
    for mark in marks(answer, known):
        kept.append(answer[at : mark.start].rstrip() if at < mark.start else "")
        at = mark.end
    return "".join([*kept, answer[at:]]).strip()


def cite(number: int, hit: Hit, start: int, end: int, *, added: bool = False) -> Citation:
    """The citation of characters `start` to `end` of a passage; its place is given within the page. `added` as in `Citation`."""
    return Citation(
        number,
        hit.source_id,
        hit.source,
        hit.page,
        hit.label,
        hit.start + start,
        hit.start + end,
        hit.text[start:end],
        hit.chunk_id,
        hit.place,
        hit.paged,
        added,
    )
