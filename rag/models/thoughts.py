"""Thoughts, ends of turns and control tokens that an engine leaves in its text, taken out of the stream (pure).

Most engines hand out thoughts apart from the text; some leave the chat format's marks in it (rag/models/marks.py). The rules:

- A thought opens only before the answer's first word. Behind it an opening mark is text: an answer may explain `<think>`.
- A closing mark alone means that the prompt had opened the thought. Where name or template of the model say so beforehand, text is a
  thought from the start. Elsewhere it has been shown as the answer by then, for to hold back every answer's beginning would delay the
  first word of all models; so `Thought(..., retracts=True)` takes it back.
- A mark that ends a turn, or begins another, ends the answer; what a model invents behind it is never shown.
- A mark in code, behind a quotation mark, or as a word of a sentence (a blank before it and no line end behind it) is spoken about: text.
- Where the stream is cut makes no difference.
"""

from __future__ import annotations

import enum
import re

from rag.events import Text, Thought
from rag.models.marks import NAMED, OTHERS, THOUGHT_CHANNELS, Kind, Marks, marks_of, may_be_name, name_end

_NAME = "thought\n"
_FENCE = re.compile(r"\s*(?:```|~~~)")
_TICKS = re.compile(r"`+")
_QUOTES = frozenset("\"'“”‘’«‹„「『（(【〈《`")


class _Mode(enum.Enum):
    """What the text that comes is."""

    START = enum.auto()  # white space, marks, or the answer's first word
    HEADER = enum.auto()  # the name of a turn or channel
    THOUGHT = enum.auto()
    TEXT = enum.auto()
    ENDED = enum.auto()


class _Line:
    """The line that is being written and whether it stands in a block of code."""

    __slots__ = ("_fenced", "_text")

    def __init__(self) -> None:
        self._text = ""
        self._fenced = False

    def add(self, text: str) -> None:
        first, *more = text.split("\n")
        self._text += first
        for line in more:
            if _FENCE.match(self._text):
                self._fenced = not self._fenced
            self._text = line

    @property
    def code(self) -> bool:
        """Whether what comes now is code."""
        return self._fenced or _FENCE.match(self._text) is not None or len(_TICKS.findall(self._text)) % 2 == 1

    def speaks_of(self, following: str) -> bool:
        """Whether a mark that comes now, with `following` behind it ("" for the end), is spoken about."""
        if self.code:
            return True
        before = self._text[-1:]
        return before in _QUOTES if before not in (" ", "\t", "") else bool(self._text) and following not in ("", "\n", "\r", "<")


class ThoughtSplitter:
    """Feed it a model's text as it comes; it gives back the thoughts and the text in it, apart. One splitter for one answer.

    `think` tells that the model was asked to think. White space before the answer's first word is dropped.
    """

    def __init__(self, marks: Marks | None = None, *, think: bool = False) -> None:
        self._marks = marks or marks_of("")
        self._think = think
        self._pending = ""  # may still become a mark
        self._line = _Line()
        self._untouched = True  # nothing has come yet
        self._named = False  # just after a mark that a thought's name may follow
        self._spoken: set[str] = set()  # opening marks that the answer speaks about
        self._said: list[str] = []  # the answer since its first word
        self._thought: list[str] = []  # the thought that the prompt is supposed to have opened
        self._supposed = think and self._marks.opens_itself
        self._mode = _Mode.THOUGHT if self._supposed else _Mode.START
        self.passed_over = 0  # characters that came behind the answer's end

    @property
    def ended(self) -> bool:
        """Whether a mark has ended the answer; nothing that comes is shown any more."""
        return self._mode is _Mode.ENDED

    def apart(self) -> None:
        """The engine hands out thoughts apart from the text: the text begins with the answer."""
        if self._supposed and self._untouched:
            self._supposed, self._mode = False, _Mode.START

    def feed(self, piece: str) -> list[Thought | Text]:
        """What is certain after this piece."""
        found: list[Thought | Text] = []
        self._pending += piece
        while self._pending and self._step(found, last=False):
            pass
        return found

    def flush(self, *, complete: bool = True) -> list[Thought | Text]:
        """The end of the stream: what was held back is what it looks like.

        `complete` tells that the model ended of its own accord. A thought that was only supposed to be one, and that nothing closed, was the
        answer then: the engine had taken the thoughts away.
        """
        found: list[Thought | Text] = []
        while self._pending and self._step(found, last=True):
            pass
        if self._supposed and complete:
            self._mode, self._supposed = _Mode.START, False
            self._emit(found, "".join(self._thought))
        return found

    def _step(self, found: list[Thought | Text], *, last: bool) -> bool:
        """Take in the pending text up to and with its next mark. Returns whether there is more to do."""
        if self.ended:
            self.passed_over += len(self._pending)
            self._pending = ""
            return False
        if self._mode is _Mode.HEADER:
            return self._read_name(last=last)
        if self._untouched and not self._read_bare(last=last):
            return False
        if self._named and not self._drop_name(last=last):
            return False
        match = self._marks.search(self._pending)
        if match is None:
            end = len(self._pending) if last else self._marks.certain(self._pending)
            self._emit(found, self._take(end))
            return False
        self._emit(found, self._take(match.start()))
        mark = match.group()
        following = self._pending[len(mark) : len(mark) + 1]
        if not following and not last:
            return False  # what stands behind it may decide
        self._take(len(mark))
        self._apply(mark, following, found)
        return True

    def _apply(self, mark: str, following: str, found: list[Thought | Text]) -> None:
        kind = self._marks.kind(mark)
        if self._mode is _Mode.TEXT:
            self._apply_in_text(mark, kind, following, found)
            return
        thinking = self._mode is _Mode.THOUGHT
        if thinking and kind not in (Kind.OPEN, Kind.CLOSE, Kind.FINAL) and self._line.speaks_of(following):
            self._emit(found, mark)
        elif kind is Kind.OPEN:
            self._begin(_Mode.THOUGHT)
            self._named = mark.lower() in NAMED
        elif kind is Kind.CLOSE:
            self._begin(_Mode.START)
        elif kind is Kind.HEADER:
            self._begin(_Mode.HEADER)
        elif kind is Kind.FINAL:
            self._begin(_Mode.START) if thinking else self._emit(found, mark)
        elif kind is Kind.USER or (thinking and kind is Kind.MODEL):
            self._begin(_Mode.ENDED)
        elif thinking and kind is Kind.END:
            self._begin(_Mode.START if mark == "<|end|>" else _Mode.ENDED)

    def _apply_in_text(self, mark: str, kind: Kind, following: str, found: list[Thought | Text]) -> None:
        if kind in (Kind.OPEN, Kind.FINAL) or self._line.speaks_of(following) or self._pairs(mark, kind):
            if not self._line.code:
                self._spoken.add(mark.lower())
            self._emit(found, mark)
        elif kind is Kind.CLOSE:
            found.append(Thought("".join(self._said), retracts=True))
            self._said.clear()
            self._begin(_Mode.START)
        elif kind is not Kind.DROP:
            self._begin(_Mode.ENDED)

    def _pairs(self, mark: str, kind: Kind) -> bool:
        """Whether the answer has the mark that this one belongs to: `<s>old</s>` is struck through and ends nothing."""
        opener = self._marks.opener(mark)
        return opener in self._spoken or (kind is Kind.END and opener != "" and opener in "".join(self._said).lower())

    def _begin(self, mode: _Mode) -> None:
        self._mode, self._line, self._named, self._supposed = mode, _Line(), False, False

    def _read_bare(self, *, last: bool) -> bool:
        """At the very beginning: what is left of a stripped opening mark. Returns whether that is decided."""
        bare = self._marks.bare
        if self._mode is _Mode.START and not last and bare.startswith(self._pending) and bare != self._pending:
            return False
        self._untouched = False
        if self._mode is _Mode.START and self._pending.startswith(bare):
            self._take(len(bare))
            if self._think or self._marks.bare_closes:
                self._begin(_Mode.THOUGHT)
        return True

    def _drop_name(self, *, last: bool) -> bool:
        """Behind an opening mark: the thought's name. Returns whether that is decided."""
        name = _NAME.rstrip()
        rest = self._pending.removeprefix(name)
        match = self._marks.search(rest)
        if self._pending.startswith(_NAME):
            self._take(len(_NAME))
        elif self._pending.startswith(name) and match and match.start() == 0:
            self._take(len(name))
        elif last and name.startswith(self._pending):
            self._take(len(self._pending))
        elif not last and (name.startswith(self._pending) or (rest != self._pending and self._marks.certain(rest) == 0)):
            return False
        self._named = False
        return True

    def _read_name(self, *, last: bool) -> bool:
        """The name of a turn or channel says whose the text is that follows."""
        span = name_end(self._pending)
        if span is None or span[0] > 64:
            if span is None and not last and may_be_name(self._pending):
                return False
            self._begin(_Mode.START)
            if last and len(self._pending) <= 64:
                self._take(len(self._pending))
            return bool(self._pending)
        name = self._take(span[1])[: span[0]].strip().lower().partition(" ")[0]
        self._begin(_Mode.ENDED if name in OTHERS else _Mode.THOUGHT if name in THOUGHT_CHANNELS else _Mode.START)
        return True

    def _take(self, end: int) -> str:
        taken, self._pending = self._pending[:end], self._pending[end:]
        return taken

    def _emit(self, found: list[Thought | Text], text: str) -> None:
        if self._mode is _Mode.START:
            text = text.lstrip()
            if text:
                self._begin(_Mode.TEXT)
        if not text:
            return
        self._line.add(text)
        if self._mode is _Mode.TEXT:
            self._said.append(text)
            found.append(Text(text))
        else:
            if self._supposed:
                self._thought.append(text)
            found.append(Thought(text))
