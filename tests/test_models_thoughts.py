"""Thought markers in a stream: nothing of them in the answer, wherever the stream is cut."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.events import Text, Thought
from rag.models.thoughts import MARKERS, ThoughtSplitter

PIECES = st.sampled_from(
    [*MARKERS, *(marker[:-3] for marker in MARKERS), "ink>", "el>", "thought", "\n", "<", ">", "|", "夜は長い。", "a [1]", " "]
)
STREAMS = st.lists(PIECES, max_size=12).map("".join)


def split(pieces: list[str]) -> list[Thought | Text]:
    """Everything a splitter makes of a stream, neighbours of one kind joined."""
    splitter = ThoughtSplitter()
    joined: list[Thought | Text] = []
    for event in [*(event for piece in pieces for event in splitter.feed(piece)), *splitter.flush()]:
        if joined and type(joined[-1]) is type(event):
            joined[-1] = type(event)(joined[-1].text + event.text)
        else:
            joined.append(event)
    return joined


def said(events: list[Thought | Text]) -> str:
    """The answer."""
    return "".join(event.text for event in events if isinstance(event, Text))


@pytest.mark.parametrize(
    ("stream", "thought", "text"),
    [
        ("<|channel>thought\nLet me see.<channel|>30 seconds [1].", "Let me see.", "30 seconds [1]."),
        ("<|channel>thought\n<channel|>30 seconds.", "", "30 seconds."),
        ("<think>\nhm\n</think>\n\n30 seconds.", "\nhm\n", "30 seconds."),
        ("<thought>考える</thought>三十秒。", "考える", "三十秒。"),
        ("<THINK>a</Think>b", "a", "b"),
        ("Before <think>why</think>after", "why", "Before after"),
        ("30 </think>seconds<channel|>.", "", "30 seconds."),
        ("<think>never closed", "never closed", ""),
        ("<think>one<think>two</think>three", "onetwo", "three"),
        ("<|channel>thought", "", ""),
        ("<think>thought<|channel>", "thought", ""),
        ("<|channel>analysis goes on<channel|>x", "analysis goes on", "x"),
        ("a < b, c <think", "", "a < b, c <think"),
        ("<th<think>x</think>ought>y", "xy", ""),
        ("<t<th</think>ink>hink>y", "hink>y", "<t"),
    ],
)
def test_thoughts_and_text_are_told_apart(stream: str, thought: str, text: str) -> None:
    events = split([stream])
    assert (said(events), "".join(event.text for event in events if isinstance(event, Thought))) == (text, thought)


@settings(max_examples=1000)
@given(STREAMS, st.data())
def test_no_cut_changes_the_result(stream: str, data: st.DataObject) -> None:
    raw = stream.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    decoder = codecs.getincrementaldecoder("utf-8")()
    pieces = [decoder.decode(raw[start:end]) for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert split(pieces) == split([stream]) == split(list(stream))


@given(STREAMS)
def test_no_marker_reaches_the_answer(stream: str) -> None:
    answer = said(split([stream])).lower()
    assert not any(marker in answer for marker in MARKERS)


@given(st.text(alphabet="<>|/ thinkceal日本\n", max_size=60))
def test_text_without_markers_is_left_as_it_is(stream: str) -> None:
    if not any(marker in stream.lower() for marker in MARKERS):
        assert said(split(list(stream))) == stream.lstrip()


def test_text_comes_as_soon_as_it_is_certain() -> None:
    splitter = ThoughtSplitter()
    assert splitter.feed("Up to <") == [Text("Up to ")]
    assert splitter.feed("30 s") == [Text("<30 s")]
    assert splitter.feed("<thi") == []
    assert splitter.feed("nk>hm") == [Thought("hm")]
