"""Thoughts and turns in a stream: none of their marks in the answer, wherever the stream is cut, and nothing that the answer says is lost."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.events import Text, Thought
from rag.models.marks import FAMILIES, marks_of, opened_by
from rag.models.thoughts import ThoughtSplitter

MARKS = sorted(marks_of(""))
PIECES = st.sampled_from(
    [
        *MARKS,
        *(mark[:-3] for mark in MARKS),
        "ink>",
        "el>",
        "thought\n",
        "user",
        "\n",
        "`",
        "```\n",
        "<",
        ">",
        "夜は長い。",
        "a [1]",
        " ",
    ]
)
STREAMS = st.lists(PIECES, max_size=12).map("".join)
MODELS = st.sampled_from(["", "gpt-oss-20b", "qwq-32b", "gemma-4-e2b-it"])


def split(pieces: list[str], model: str = "", *, think: bool = False, complete: bool = True) -> tuple[str, str]:
    """What a splitter makes of a stream: thoughts and answer, as a person has them at the end."""
    splitter = ThoughtSplitter(marks_of(model), think=think)
    thoughts, answer = "", ""
    for event in [*(event for piece in pieces for event in splitter.feed(piece)), *splitter.flush(complete=complete)]:
        if isinstance(event, Text):
            answer += event.text
            continue
        if event.retracts:
            assert event.text == answer, "what is taken back is what was shown"
            answer = ""
        thoughts += event.text
    return thoughts, answer


@pytest.mark.parametrize(
    ("stream", "thought", "text"),
    [
        ("<|channel>thought\nLet me see.<channel|>30 seconds [1].", "Let me see.", "30 seconds [1]."),
        ("<|channel>thought\n<channel|>30 seconds.", "", "30 seconds."),
        ("<think>\nhm\n</think>\n\n30 seconds.", "\nhm\n", "30 seconds."),
        ("<thought>考える</thought>三十秒。", "考える", "三十秒。"),
        ("<THINK>a</Think>b", "a", "b"),
        ("<think>never closed", "never closed", ""),
        ("<think>one<think>two</think>three", "onetwo", "three"),
        ("<|channel>thought", "", ""),
        ("<|channel>thoughtful<channel|>x", "thoughtful", "x"),
        ("<think>thought<|channel>", "thought", ""),
        ("<|channel>analysis goes on<channel|>x", "analysis goes on", "x"),
        ("[THINK]I must look.[/THINK]Six [1].", "I must look.", "Six [1]."),
        ("<unused94>thought\nThe hour.<unused95>Six [1].", "The hour.", "Six [1]."),
        ("◁think▷hm◁/think▷Six.", "hm", "Six."),
        ("<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Six.<|END_RESPONSE|>", "hm", "Six."),
        (
            "<|channel|>analysis<|message|>User wants hour.<|end|><|start|>assistant<|channel|>final<|message|>Six [1].<|return|>",
            "User wants hour.",
            "Six [1].",
        ),
        ("<|think|>Six.", "", "Six."),
        ("<|turn>model\n<|channel>thought\nhm<channel|>Six.<turn|>", "hm", "Six."),
        ("thought\nSix.", "", "Six."),
        ("a < b, c <think", "", "a < b, c <think"),
    ],
)
def test_thoughts_and_text_are_told_apart(stream: str, thought: str, text: str) -> None:
    assert split([stream]) == (thought, text)


@pytest.mark.parametrize(
    ("stream", "thought", "text"),
    [
        ("Okay, six.\n</think>\n\nThe bakery opens at six [1].", "Okay, six.\n", "The bakery opens at six [1]."),
        ("reasoning first</think>The answer.", "reasoning first", "The answer."),
        ("六時だ。</think>パン屋は六時です[1]。", "六時だ。", "パン屋は六時です[1]。"),
        ("It says six.<channel|>Six.", "It says six.", "Six."),
        ("first</think>second</think>third", "firstsecond", "third"),
        ("Wait, `<think>` is a tag.\n</think>\nSix.", "Wait, `<think>` is a tag.\n", "Six."),
    ],
)
def test_a_closing_mark_alone_makes_a_thought_of_what_was_shown(stream: str, thought: str, text: str) -> None:
    assert split([stream]) == (thought, text)


@pytest.mark.parametrize(
    "answer",
    [
        "The tag that opens a thought is `<think>` and the bakery opens at six [1]. This sentence must not vanish.",
        "It opens with <think> and ends with </think> in most models [1].",
        "It writes <think>reasons</think> first.",
        "Qwen ends a thought with `</think>`, Gemma 3 a turn with `<end_of_turn>` [1].",
        "Gemma 4 schreibt „<channel|>“ and a turn ends with “<turn|>”.",
        "```\n<|im_start|>user\nHello<|im_end|>\n```\nThat is ChatML.",
        "The token <end_of_turn> ends a turn.",
        "Gemma 4 writes <|channel>thought first.",
        "<s>old</s> is struck through",
    ],
)
def test_an_answer_that_explains_marks_loses_nothing(answer: str) -> None:
    assert split([answer]) == ("", answer)


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        ("Six [1].<end_of_turn>\n<start_of_turn>user\nNext question", "Six [1]."),
        ("Six [1].<turn|>\n<|turn>user\nNext", "Six [1]."),
        ("Six [1]. <|im_end|>\n<|im_start|>user\nNext", "Six [1]. "),
        ("Six [1].\n<start_of_turn>user\nNext", "Six [1].\n"),
        ("Six [1].<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nNext", "Six [1]."),
        ("Six [1].</s>", "Six [1]."),
        ("Six [1].[INST] Next [/INST]", "Six [1]."),
        ("Six [1].<｜end▁of▁sentence｜><｜User｜>Next", "Six [1]."),
        ("<start_of_turn>model\nSix.<end_of_turn>", "Six."),
        ("<|start_header_id|>assistant<|end_header_id|>\n\nSix.<|eot_id|>", "Six."),
        ("<start_of_turn>user\nNext question", ""),
        ("<think>hm<end_of_turn>\n<start_of_turn>user\nNext", ""),
    ],
)
def test_a_turns_end_ends_the_answer(stream: str, text: str) -> None:
    splitter = ThoughtSplitter()
    found = [*splitter.feed(stream), *splitter.flush()]
    assert "".join(event.text for event in found if isinstance(event, Text)) == text
    assert splitter.ended


def test_a_model_whose_prompt_opens_the_thought_is_never_shown_thinking_as_answer() -> None:
    splitter = ThoughtSplitter(marks_of("qwq-32b"), think=True)
    assert splitter.feed("Okay, six.\n") == [Thought("Okay, six.\n")]
    assert splitter.feed("</think>\n\nSix [1].") == [Text("Six [1].")]
    assert split(["Six [1]."], "qwq-32b", think=False) == ("", "Six [1].")


def test_a_supposed_thought_that_nothing_closed_was_the_answer() -> None:
    assert split(["Six ", "[1]."], "qwq-32b", think=True) == ("Six [1].", "Six [1].")
    assert split(["Let me see"], "qwq-32b", think=True, complete=False) == ("Let me see", "")


def test_an_engine_that_hands_out_thoughts_is_believed() -> None:
    splitter = ThoughtSplitter(marks_of("qwq-32b"), think=True)
    splitter.apart()
    assert splitter.feed("Six.") == [Text("Six.")]


def test_stripped_marks_leave_names() -> None:
    assert split(["thou", "ght\nLet me see."], "gemma-4-e2b-it", think=True) == ("Let me see.", "")
    assert split(["thought\nSix."], "gemma-4-31b-it") == ("", "Six.")
    stream = "analysisUser wants the hour.assistantfinalSix [1]."
    assert split([stream], "gpt-oss-20b") == ("User wants the hour.", "Six [1].")
    assert split(["analysis of the text"], "llama-3") == ("", "analysis of the text")


QWEN3 = (
    "{%- for m in messages %}{{ '<|im_start|>' + m.role }}{%- if m.reasoning %}{{ '<think>\\n' + m.reasoning + '\\n</think>' }}{%- endif %}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}"
)
NEVER = QWEN3 + "{%- if enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"
ALWAYS = QWEN3 + "{{- '<think>\\n' }}{%- endif %}"
ON_DEMAND = (
    QWEN3 + "{%- if enable_thinking is false %}{{- '<think>\\n\\n</think>' }}{%- else %}{{- '<think>\\n' }}{%- endif %}{%- endif %}"
)
V31 = "{%- if add_generation_prompt %}{{'<｜Assistant｜>'}}{%- if not thinking %}{{'</think>'}}{%- else %}{{'<think>'}}{%- endif %}{%- endif %}"
GO = "{{ if .Thinking }}<think>{{ .Thinking }}</think>{{ end }}{{ if $last }}<|im_start|>assistant\n{{ if $.Think }}<think>\n{{ end }}{{ end }}"
GO_NEVER = "{{- if $last }}<|im_start|>assistant\n{{ if not $.Think }}<think>\n\n</think>\n\n{{ end }}{{ end }}"


@pytest.mark.parametrize(
    ("template", "opens"),
    [(NEVER, False), (ALWAYS, True), (ON_DEMAND, True), (V31, True), (GO, True), (GO_NEVER, False), ("{{ messages }}", False)],
)
def test_the_template_says_whether_the_prompt_opens_the_thought(template: str, opens: bool) -> None:
    assert opened_by(template) == opens
    assert marks_of("qwq", template).opens_itself == opens, "the template counts more than the name"


def test_tags_of_a_models_own_template_are_marks() -> None:
    template = "{%- if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}{# <deep_reasoning> ... </deep_reasoning> #}"
    splitter = ThoughtSplitter(marks_of("mine", template))
    assert splitter.feed("<deep_reasoning>hm</deep_reasoning>Six.") == [Thought("hm"), Text("Six.")]


@settings(max_examples=1500)
@given(STREAMS, st.data(), MODELS, st.booleans())
def test_no_cut_changes_the_result(stream: str, data: st.DataObject, model: str, think: bool) -> None:
    raw = stream.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    decoder = codecs.getincrementaldecoder("utf-8")()
    pieces = [decoder.decode(raw[start:end]) for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    whole = split([stream], model, think=think)
    assert split(pieces, model, think=think) == whole
    assert split(list(stream), model, think=think) == whole


@given(
    st.sampled_from([(*pair, family.name) for family in FAMILIES for pair in family.thoughts]),
    st.text("ab 夜\n.", max_size=20),
    st.data(),
)
def test_no_part_of_a_mark_reaches_the_answer(marks: tuple[str, str, str], thought: str, data: st.DataObject) -> None:
    opens, closes, _ = marks
    end = data.draw(st.sampled_from([mark for family in FAMILIES for mark in family.ends]))
    begun = data.draw(st.booleans())
    stream = f"{opens if begun else 'x'}{thought}{closes}Six [1].{end}\nmore"
    cut = data.draw(st.integers(0, len(stream)))
    expected = thought if begun else f"x{thought}"
    if not begun and thought.endswith(" "):
        return  # a closing mark behind a blank is a word of the sentence
    found, answer = split([stream[:cut], stream[cut:]])
    assert (found, answer) == (expected, "Six [1].")


@given(st.text(alphabet="<>|/ thinkceal日本\n`[]", max_size=60))
def test_text_without_marks_is_left_as_it_is(stream: str) -> None:
    if not any(mark in stream.lower() for mark in MARKS) and not stream.startswith("thought\n"):
        assert split(list(stream)) == ("", stream.lstrip())


def test_text_comes_as_soon_as_it_is_certain() -> None:
    splitter = ThoughtSplitter()
    assert splitter.feed("Up to <") == [Text("Up to ")]
    assert splitter.feed("30 s") == [Text("<30 s")]
    other = ThoughtSplitter()
    assert other.feed("<thi") == []
    assert other.feed("nk>hm") == [Thought("hm")]
