"""The marks that chat formats put around thoughts and turns, one row a family of models (data; pure).

Sources: each family's chat template as published with its weights, and
https://ai.google.dev/gemma/docs/core/prompt-formatting-gemma4, https://cookbook.openai.com/articles/openai-harmony.
All rows are looked for whatever the model's name is, since names lie and engines differ in what they leave; the name and the
template decide only what would be ambiguous: whether the prompt has opened the thought already, and what is left of stripped marks.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


class Kind(enum.Enum):
    """What a mark does."""

    OPEN = enum.auto()  # a thought begins
    CLOSE = enum.auto()  # a thought ends
    HEADER = enum.auto()  # a turn or a channel begins; its name follows
    USER = enum.auto()  # a turn of somebody else begins, without a name
    MODEL = enum.auto()  # a turn of the model's begins, without a name
    END = enum.auto()  # the turn ends
    DROP = enum.auto()  # stands in a prompt only and says nothing in an answer
    FINAL = enum.auto()  # what is left of the mark between thought and answer where an engine strips special tokens


@dataclass(frozen=True, slots=True)
class Family:
    """A row. `models` is a pattern of names; `thoughts` are pairs (opens, closes); `bare` is what stripping leaves of an opening mark.

    `opens_itself`: pattern of the names whose template ends with an opened thought, for engines that do not hand out the template.
    """

    name: str
    models: str = ""
    thoughts: tuple[tuple[str, str], ...] = ()
    headers: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    bare: str = "thought\n"
    bare_end: str = ""
    opens_itself: str = ""


FAMILIES = (
    Family(
        "Gemma 4",
        r"gemma-?4",
        thoughts=(("<|channel>", "<channel|>"),),
        headers=("<|turn>",),
        ends=("<turn|>",),
        drops=("<|think|>",),
    ),
    Family("Gemma 1 to 3", headers=("<start_of_turn>",), ends=("<end_of_turn>", "<eos>"), drops=("<bos>",)),
    Family("MedGemma", r"medgemma", thoughts=(("<unused94>", "<unused95>"),)),
    Family(
        "Qwen, and others with ChatML",
        r"qw[eq]|smollm|nemotron|minimax|hermes|olmo",
        thoughts=(("<think>", "</think>"),),
        headers=("<|im_start|>",),
        ends=("<|im_end|>", "<|endoftext|>"),
        opens_itself=r"qwq|qwen-?3.*thinking",
    ),
    Family(
        "DeepSeek",
        r"deepseek",
        users=("<｜User｜>",),
        answers=("<｜Assistant｜>",),
        ends=("<｜end▁of▁sentence｜>",),
        drops=("<｜begin▁of▁sentence｜>",),
        opens_itself=r"deepseek-?r1|r1-distill",
    ),
    Family("Mistral", r"mistral|magistral", thoughts=(("[THINK]", "[/THINK]"),), users=("[INST]",), ends=("[/INST]", "</s>")),
    Family(
        "gpt-oss (harmony)",
        r"gpt-?oss",
        headers=("<|start|>", "<|channel|>"),
        ends=("<|end|>", "<|return|>", "<|call|>"),
        drops=("<|message|>",),
        bare="analysis",
        bare_end="assistantfinal",
    ),
    Family(
        "Llama",
        r"llama",
        headers=("<|start_header_id|>", "<|header_start|>"),
        ends=("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|eot|>"),
        drops=("<|begin_of_text|>", "<|end_header_id|>", "<|header_end|>"),
    ),
    Family("Granite", r"granite", headers=("<|start_of_role|>",), drops=("<|end_of_role|>",)),
    Family("Phi and GLM", r"phi|glm", users=("<|user|>", "<|system|>", "<|observation|>"), answers=("<|assistant|>",)),
    Family(
        "Command",
        r"command|aya",
        thoughts=(("<|START_THINKING|>", "<|END_THINKING|>"),),
        users=("<|USER_TOKEN|>", "<|SYSTEM_TOKEN|>"),
        answers=("<|CHATBOT_TOKEN|>",),
        ends=("<|END_RESPONSE|>", "<|END_OF_TURN_TOKEN|>"),
        drops=("<|START_RESPONSE|>", "<|START_OF_TURN_TOKEN|>"),
    ),
    Family("Kimi", r"kimi", thoughts=(("◁think▷", "◁/think▷"),)),
    Family("Seed", r"seed", thoughts=(("<seed:think>", "</seed:think>"),)),
    Family(
        "OpenThinker",
        r"openthinker",
        thoughts=(("<|begin_of_thought|>", "<|end_of_thought|>"),),
        ends=("<|end_of_solution|>",),
        drops=("<|begin_of_solution|>",),
    ),
    Family(
        "EXAONE and tuned models",
        r"exaone",
        thoughts=(("<thought>", "</thought>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")),
    ),
)
# After these opening marks the thought's name may follow on the same line.
NAMED = frozenset({"<|channel>", "<unused94>"})
# Names of turns that are not the model's, and of channels that hold thoughts.
OTHERS = frozenset({"user", "human", "system", "developer", "tool"})
THOUGHT_CHANNELS = frozenset({"analysis", "commentary", "thought"})
# The longest name of a turn or channel, in characters; whatever runs on longer is no name.
LONGEST_NAME = 64
# Where the name of a turn or channel ends; harmony puts a channel straight behind a turn's name.
NAME_ENDS = re.compile(r"\n|<\|end_header_id\|>|<\|header_end\|>|<\|message\|>|<\|end_of_role\|>|(?=<\|channel\|>)")
_LONGEST_NAME_END = "<|end_header_id|>"
_TEMPLATE_CLOSER = re.compile(r"</([a-z:_]*(?:think|thought|reason|reflect)[a-z_]*)>", re.IGNORECASE)
# How far back the end of a template in Go is looked at, in characters.
_GO_TAIL = 400
_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Marks:
    """Finds the marks of one model in text. `opens_itself` tells that the prompt ends with an opened thought when thinking is asked for."""

    __slots__ = ("_kinds", "_openers", "_pattern", "_prefixes", "bare", "bare_closes", "opens_itself")

    def __init__(self, kinds: Iterable[tuple[str, Kind, str]], *, bare: str, opens_itself: bool) -> None:
        rows = list(kinds)
        self.bare = bare
        self.bare_closes = any(kind is Kind.FINAL for _, kind, _ in rows)
        self.opens_itself = opens_itself
        self._kinds = {_folded(mark): kind for mark, kind, _ in rows}
        self._openers = {_folded(mark): _folded(opener) for mark, _, opener in rows if opener}
        longest_first = sorted(self._kinds, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE | re.ASCII)
        self._prefixes = {mark[:end] for mark in self._kinds for end in range(1, len(mark))}

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def search(self, text: str) -> re.Match[str] | None:
        """The first whole mark of a text."""
        return self._pattern.search(text)

    def kind(self, mark: str) -> Kind:
        """What a mark that `search` found does."""
        return self._kinds[_folded(mark)]

    def opener(self, mark: str) -> str:
        """The mark that a closing mark belongs to, in lower case."""
        return self._openers.get(_folded(mark), "")

    def certain(self, text: str) -> int:
        """How many characters of a text without whole marks cannot begin a mark, whatever follows."""
        longest = max(map(len, self._prefixes))
        for start in range(max(0, len(text) - longest), len(text)):
            if _folded(text[start:]) in self._prefixes:
                return start
        return len(text)


def marks_of(model: str, template: str = "") -> Marks:
    """The marks of a model by its name and, where the engine hands it out, its chat template (Jinja or Ollama's Go)."""
    return _built(model.lower(), template)


@functools.lru_cache(maxsize=64)
def _built(model: str, template: str) -> Marks:
    own = next((family for family in FAMILIES if family.models and re.search(family.models, model)), Family("unknown"))
    rows: list[tuple[str, Kind, str]] = []
    tags = dict.fromkeys(_TEMPLATE_CLOSER.findall(template))
    pairs = [pair for family in FAMILIES for pair in family.thoughts] + [(f"<{tag}>", f"</{tag}>") for tag in tags]
    for opens, closes in pairs:
        rows += [(opens, Kind.OPEN, ""), (closes, Kind.CLOSE, opens)]
    for family in FAMILIES:
        rows += [(mark, Kind.HEADER, "") for mark in family.headers]
        rows += [(mark, Kind.USER, "") for mark in family.users]
        rows += [(mark, Kind.MODEL, "") for mark in family.answers]
        rows += [(mark, Kind.END, "<s>" if mark == "</s>" else "") for mark in family.ends]
        rows += [(mark, Kind.DROP, "") for mark in family.drops]
    if own.bare_end:
        rows.append((own.bare_end, Kind.FINAL, ""))
    by_name = any(family.opens_itself and re.search(family.opens_itself, model) for family in FAMILIES)
    return Marks(rows, bare=own.bare, opens_itself=opened_by(template) if template else by_name)


def opened_by(template: str) -> bool:
    """Whether the prompt that a template makes ends with a thought opened and not closed."""
    _, generation, tail = template.rpartition("add_generation_prompt")
    if not generation:  # Go: what stands behind the last turn of the assistant's
        tail = template.rpartition("assistant")[2][-_GO_TAIL:]
    for tag in {*_TEMPLATE_CLOSER.findall(template), "think"}:
        empty = re.compile(rf"<{tag}>(?:\s|\\n)*</{tag}>")
        if f"<{tag}>" in empty.sub("", tail):
            return True
    return False


def name_end(text: str) -> tuple[int, int] | None:
    """Where the name of a turn or channel ends and what follows it begins; None while that is open."""
    match = NAME_ENDS.search(text)
    return match.span() if match else None


def may_be_name(text: str) -> bool:
    """Whether a text may still become a name and the mark that ends it."""
    return len(text) <= LONGEST_NAME + len(_LONGEST_NAME_END)


def _folded(text: str) -> str:
    """ASCII letters in lower case, everything else and the length unchanged."""
    return text.translate(_LOWER)
