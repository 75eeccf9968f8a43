"""Thoughts that an engine leaks into its text, taken out of the stream again (pure).

Gemma 4 writes `<|channel>thought ... <channel|>`, others `<think>...</think>` or `<thought>...</thought>`; most engines turn these into a
field of their own, some do not. No marker, whole or put together from the pieces around another, ever gets into a `Text`; and where the
stream happens to be cut makes no difference.
"""

from __future__ import annotations

from rag.events import Text, Thought

_CHANNEL = "<|channel>"
_CHANNEL_NAME = "thought\n"
_OPENERS = (_CHANNEL, "<think>", "<thought>", "<thinking>")
_CLOSERS = ("<channel|>", "</think>", "</thought>", "</thinking>")
MARKERS = (*_OPENERS, *_CLOSERS)


class ThoughtSplitter:
    """Feed it a model's text as it comes; it gives back the thoughts and the text in it, apart. One splitter for one answer.

    Any closing marker ends a thought, whatever opened it, for models mix them up; a thought that is never closed stays one. White space
    before the first word of the answer is dropped: it only stood between thought and answer.
    """

    def __init__(self) -> None:
        self._thinking = False
        self._named = False  # just after `<|channel>`: the channel's name is still to come
        self._begun = False  # the answer has its first word
        self._text = ""  # may still become a marker; kept across a thought, so that its two sides cannot make one
        self._thought = ""

    def feed(self, piece: str) -> list[Thought | Text]:
        """What is certain after this piece."""
        found: list[Thought | Text] = []
        rest = piece
        while rest:
            rest = self._think(rest, found) if self._thinking else self._write(rest, found)
        if not self._thinking:
            self._emit_text(found, _certain(self._text))
        return found

    def flush(self) -> list[Thought | Text]:
        """The end of the stream: what was held back is what it looks like."""
        found: list[Thought | Text] = []
        if self._named and _CHANNEL_NAME.startswith(self._thought):
            self._thought = ""
        self._emit_thought(found, len(self._thought))
        self._emit_text(found, len(self._text))
        return found

    def _write(self, rest: str, found: list[Thought | Text]) -> str:
        """Take in text up to the marker that begins a thought; return what follows it. Markers that end none are dropped."""
        for at, character in enumerate(rest, start=1):
            self._text += character
            marker = _ending(self._text) if character == ">" else ""
            if not marker:
                continue
            self._text = self._text[: -len(marker)]
            if marker in _OPENERS:
                self._thinking, self._named = True, marker == _CHANNEL
                self._emit_text(found, _certain(self._text))
                return rest[at:]
        return ""

    def _think(self, rest: str, found: list[Thought | Text]) -> str:
        """Take in thought up to the marker that ends it; return what follows it. Markers that begin another are dropped."""
        for at, character in enumerate(rest, start=1):
            self._thought += character
            self._drop_name()
            marker = _ending(self._thought) if character == ">" else ""
            if not marker:
                continue
            self._thought = self._thought[: -len(marker)]
            self._named = marker == _CHANNEL
            if self._named or marker in _CLOSERS:
                self._emit_thought(found, len(self._thought))  # a name that follows is looked for in what comes, not in what was
            if marker in _CLOSERS:
                self._thinking = False
                return rest[at:]
        if not self._named:
            self._emit_thought(found, _certain(self._thought))
        return ""

    def _drop_name(self) -> None:
        if self._named and not (_CHANNEL_NAME.startswith(self._thought) and self._thought != _CHANNEL_NAME):
            self._thought = self._thought.removeprefix(_CHANNEL_NAME.rstrip()).removeprefix("\n")
            self._named = False

    def _emit_thought(self, found: list[Thought | Text], end: int) -> None:
        if self._thought[:end]:
            found.append(Thought(self._thought[:end]))
        self._thought = self._thought[end:]

    def _emit_text(self, found: list[Thought | Text], end: int) -> None:
        said, self._text = self._text[:end], self._text[end:]
        if not self._begun:
            said = said.lstrip()
            self._begun = bool(said)
        if said:
            found.append(Text(said))


def _ending(text: str) -> str:
    """The marker that a text ends with, or ""."""
    return next((marker for marker in MARKERS if text[-len(marker) :].lower() == marker), "")


def _certain(text: str) -> int:
    """How much of a text can no longer be part of a marker.

    What may still be is a row of unfinished markers, not just the last: dropping the inner one of `<th</think>ink>` would make another.
    """
    end = len(text)
    while True:
        start = text.rfind("<", 0, end)
        if start < 0 or not any(marker.startswith(text[start:end].lower()) for marker in MARKERS):
            return end
        end = start
