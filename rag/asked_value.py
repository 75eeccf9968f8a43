"""What kind of value a question asks for, and whether a sentence has one that the question does not name already. Pure.

Two kinds are told apart, by words of grammar in the languages of the page: a number (how many, when, which port), and something that is
written to the letter (a command, a file, a package, what is to be typed). Other questions have none.
"""

from __future__ import annotations

import enum
import re

from core.text import fold
from rag.checking.quantities import COUNT
from rag.checking.wanted import wanted_kinds


class Asked(enum.Enum):
    """The kind of value that answers a question."""

    NUMBER = enum.auto()
    LITERAL = enum.auto()


_THINGS = (
    "command|file|directory|folder|path|package|program|tool|setting|option|parameter|variable|key|flag|address|url|name|code",
    "orden|comando|archivo|fichero|directorio|carpeta|ruta|paquete|programa|herramienta|ajuste|opción|parámetro|variable|tecla|dirección"
    "|nombre|código",
    "コマンド|ファイル|ディレクトリー?|フォルダー?|パス|パッケージ|プログラム|ツール|設定項目|設定|オプション|パラメーター?|変数|キー|アドレス|名前|コード",
)
_LITERAL = re.compile(
    rf"\b(?:which|what)(?: [\w'-]+){{0,3}} (?:{_THINGS[0]})s?\b|\b(?:to|should|do|must|can) (?:I )?(?:type|enter|run|write)\b|\bcalled\b"
    rf"|\b(?:qué|cuál)(?: [^\W\d]+){{0,3}} (?:{_THINGS[1]})(?:e?s)?\b|\b(?:escribir|introducir|ejecutar|teclear|se llama)\b"
    rf"|(?:{_THINGS[2]})名?(?:は|を|で|に)?(?:何|どれ|どの)|(?:どの|何という|何の)(?:{_THINGS[2]})|と(?:打|入力)|を実行",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|often|large|big|far|high)\b|\bwhen\b"
    r"|\b(?:which|what)(?: [\w'-]+){0,3} (?:number|port|value|size|percentage|year|date|time|version|limit|amount)\b"
    r"|\bcuánt[oa]s?\b|\bcuándo\b"
    r"|\bqué(?: [^\W\d]+){0,3} (?:número|puerto|valor|tamaño|porcentaje|año|fecha|hora|versión|límite|cantidad)\b"
    r"|いくつ|いくら|いつ|どのくらい|どれくらい|何(?:番|日|年|月|時|分|秒|個|人|回|件|台|本|枚|円|文字|倍|歳|度|割|%|％|パーセント)",
    re.IGNORECASE,
)
# Something written to the letter: behind a prompt, with signs or digits within a word, in quotation marks, a manual page, an option.
_CODE = re.compile(
    r"(?:^|\s)[$#]\s+\S+|[A-Za-z~./][\w~+-]*[/_.:=@-][\w/.:=@~-]*\w|\b\w+\(\d\w?\)|[“”\"`][A-Za-z][^“”\"`]{1,40}[“”\"`]"
    r"|\b[a-z]+\d\w*|\b[a-z]+[A-Z]\w*|(?<=\s)--?[a-z][\w-]*"
)
_DIGITS = re.compile(r"\d+")


def asked_value(question: str) -> Asked | None:
    """The kind of value that a question asks for; None where its words do not tell."""
    if _LITERAL.search(question):
        return Asked.LITERAL
    # "何" before other words counts nothing: a count is told by the words above.
    return Asked.NUMBER if _NUMBER.search(question) or wanted_kinds(question) - {COUNT, "percent"} else None


def has_value(kind: Asked | None, text: str, question: str) -> bool:
    """Whether a text has a value of this kind that does not stand in the question."""
    if kind is None:
        return False
    asked = fold(question)
    if kind is Asked.NUMBER:
        known = _DIGITS.findall(asked)
        return any(number not in known for number in _DIGITS.findall(fold(text)))
    return any(fold(found[0]).strip(' “”"`$#') not in asked for found in _CODE.finditer(text))
