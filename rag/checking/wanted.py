"""What kind of value a question asks for, where its words tell. Pure."""

from __future__ import annotations

import re

from rag.checking.quantities import CLOCK, COUNT, DATE
from rag.checking.units import MONEY, UNIT, unit_of

_TIMES = ("time", "span", DATE, CLOCK)
# A question's words and the dimensions that answer it.
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"what time|a qué hora|何時(?!間)", (CLOCK, "time")),
    (r"\bwhen\b|since when|what date|which day|cuándo|qué día|qué fecha|いつ|何月|何日", _TIMES),
    (
        r"how long|how often|cuánto (?:dura|tiempo)|cuánto tarda|cada cuánto|どのくらいの期間|何時間|何分|何年|何か月|何日間|期間",
        _TIMES,
    ),
    (
        r"how (?:large|big) .*\b(?:bits?|files?|downloads?|models?|disks?)\b|cuánto (?:ocupan?|espacio)|容量|ファイルサイズ",
        ("bytes", "area", "volume", "length"),
    ),
    (r"how heavy|weigh|cuánto pesa|peso|重さ|何(?:キロ|グラム|kg)", ("mass",)),
    (
        r"how (?:much does .* cost|expensive)|what .* (?:cost|price|fee)\b|price|cuánto cuesta|cuánto vale|precio|いくら|値段|価格|何円",
        MONEY,
    ),
    (r"how (?:hot|cold|warm)|temperature|temperatura|何度|温度", ("temperature", "temperature F")),
    (r"how (?:fast)|speed|velocidad|速度|時速", ("speed", "bytes a second", "rotation")),
    (r"how long (?:is|are|was|were)\b", (*_TIMES, "length")),
    (r"how (?:tall|high|wide|far|deep)|qué altura|altura|a qué distancia|高さ|距離|何(?:メートル|センチ|m\b)", ("length",)),
    (
        r"(?:limit|number|maximum|window|size|límite|número|máximo|ventana|cantidad|tamaño)[^?¿,;]{0,16} tokens\b|token limit"
        r"|トークン(?:数|の上限)",
        (COUNT,),
    ),
    (r"\b(?:what|which)(?: [\w'’]+){0,4} version\b|qué versión|cuál es la versión|(?:どの|何の)バージョン", (COUNT, DATE)),
    (r"[人員件個台本枚回棟店]数|\bnumber of|número de", (COUNT,)),
    (r"what percentage|qué porcentaje|何(?:パーセント|%|％|割)|割合", ("percent",)),
)
# What joins two questions, and two things that are asked for, into one.
_TWO = re.compile(r"\band\b|,|;|\by\b|、|と|また|それぞれ", re.IGNORECASE)
_HOW_MANY = re.compile(r"(?:how many|how much|cuánt[oa]s?|何)\s*(?P<unit>[^\s?？、。]+)", re.IGNORECASE)


def wanted_kinds(question: str) -> frozenset[str]:
    """The dimensions of values that answer a question; empty where its words do not tell."""
    found: set[str] = set()
    for words, kinds in _KINDS:
        if re.search(words, question, re.IGNORECASE):
            found.update(kinds)
    for match in _HOW_MANY.finditer(question):
        unit = UNIT.match(match["unit"])
        if unit is not None:
            found.add(unit_of(unit)[0])
        elif re.match(r"(?:how many|cuánt[oa]s\b|何)", match[0], re.IGNORECASE) and not found:
            found.update((COUNT, "percent"))
    return frozenset(found)


def counted_in(question: str) -> str:
    """What a question counts ("how many olives"); "" where it counts nothing, or asks for a unit of measure."""
    match = _HOW_MANY.search(question)
    return match["unit"] if match is not None and UNIT.match(match["unit"]) is None else ""


def asks_once(question: str) -> bool:
    """Whether a question asks for one value: one that joins two things may be answered sentence by sentence with values of other kinds."""
    kinds = [kinds for words, kinds in _KINDS if re.search(words, question, re.IGNORECASE)]
    return _TWO.search(question) is None and all(set(one) <= set(kinds[-1]) for one in kinds)
