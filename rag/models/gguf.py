"""The head of a GGUF file, read without loading it: what model it is, how much it reads, and whether its template can think.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Little-endian, versions 2 and 3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import FileFault
from core.sentences import Phrase

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
# Type number: format of struct. 8 and 9 are strings and arrays.
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# A damaged file must not make us read gigabytes: no real head has more of anything.
_MOST_ENTRIES = 10_000
_LONGEST_TEXT = 16_000_000
_LONGEST_ARRAY = 10_000_000


class NotGgufError(ValueError):
    """The bytes are not those of a GGUF file; `fault` says why."""

    def __init__(self, fault: Phrase) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class GgufHead:
    """What a GGUF file says of itself. `adapter` marks a LoRA adapter; `template` is the chat template, "" where it has none."""

    architecture: str
    name: str
    window: int
    template: str
    adapter: bool

    @property
    def thinks(self) -> bool:
        """Whether its template has a switch for thinking."""
        return "enable_thinking" in self.template


def read_head(path: Path) -> GgufHead:
    """Read the head of a file.

    Raises:
        OSError: the file cannot be read.
        NotGgufError: it is not GGUF, or ends before its head does.
    """
    with path.open("rb") as stream:
        values = _values(stream)
    architecture = str(values.get("general.architecture", ""))
    window = values.get(f"{architecture}.context_length", 0)
    return GgufHead(
        architecture,
        str(values.get("general.name", path.stem)),
        window if isinstance(window, int) else 0,
        str(values.get("tokenizer.chat_template", "")),
        values.get("general.type") == "adapter",
    )


def _values(stream: BinaryIO) -> dict[str, object]:
    if stream.read(4) != _MAGIC:
        raise NotGgufError(FileFault.NOT_GGUF())
    version = _number(stream, "I")
    if version not in (2, 3):
        raise NotGgufError(FileFault.GGUF_VERSION(version=version))
    _number(stream, "Q")  # how many tensors
    entries = _number(stream, "Q")
    if entries > _MOST_ENTRIES:
        raise NotGgufError(FileFault.GGUF_GARBLED())
    return {_text(stream): _value(stream, int(_number(stream, "I"))) for _ in range(int(entries))}


def _value(stream: BinaryIO, kind: int) -> object:
    """A value; arrays (the vocabulary) are passed over."""
    if kind == _STRING:
        return _text(stream)
    if kind == _ARRAY:
        inner, count = int(_number(stream, "I")), int(_number(stream, "Q"))
        if count > _LONGEST_ARRAY:
            raise NotGgufError(FileFault.GGUF_GARBLED())
        if inner in _NUMBERS:
            stream.seek(count * struct.calcsize("<" + _NUMBERS[inner]), 1)
        else:
            for _ in range(count):
                _value(stream, inner)
        return None
    if kind not in _NUMBERS:
        raise NotGgufError(FileFault.GGUF_GARBLED())
    return _number(stream, _NUMBERS[kind])


def _text(stream: BinaryIO) -> str:
    length = int(_number(stream, "Q"))
    if length > _LONGEST_TEXT:
        raise NotGgufError(FileFault.GGUF_GARBLED())
    return _exactly(stream, length).decode("utf-8", "replace")


def _number(stream: BinaryIO, code: str) -> int | float:
    layout = "<" + code
    value: int | float = struct.unpack(layout, _exactly(stream, struct.calcsize(layout)))[0]
    return value


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise NotGgufError(FileFault.GGUF_CUT())
    return data
