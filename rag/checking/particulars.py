"""Words of closed classes and tokens with digits in a text: what a claim must share with its passages to the letter. Pure.

Weekdays, months, seasons, ordinals, quarters of a year, eras, fractions, how many times, number words, ratios, versions and codes, in
English, Spanish and Japanese, in one form: "Q1 2025" and "primer trimestre" are one particular, "Mondays" and "月曜日" another.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rag.checking.quantities import COUNT, Quantity, quantities


@dataclass(frozen=True, slots=True)
class Particular:
    """A particular: characters `start` to `end` of its text, its class, and what it says within the class.

    Those of the same class rule each other out where the rest of two statements is the same. `loose` ones may be told in other words
    ("first": "initial"), so that their lack alone says nothing.
    """

    start: int
    end: int
    text: str
    kind: str
    value: str
    loose: bool = False


def _named(*words: str) -> dict[int, str]:
    return dict(enumerate(words, start=1))


_WEEKDAYS = _named(
    r"mondays?|lunes|月曜日?", r"tuesdays?|martes|火曜日?", r"wednesdays?|mi[ée]rcoles|水曜日?", r"thursdays?|jueves|木曜日?",
    r"fridays?|viernes|金曜日?", r"saturdays?|s[áa]bados?|土曜日?", r"sundays?|domingos?|日曜日?",
)  # fmt: skip
_MONTHS = _named(
    "january|enero", "february|febrero", "(?<=in )March|(?<=since )March|(?<=until )March|marzo", "april|abril",
    "(?<=in )May|(?<=since )May|(?<=until )May|mayo", "june|junio", "july|julio", "august|agosto",
    "september|sep?tiembre", "october|octubre", "november|noviembre", "december|diciembre",
)  # fmt: skip
_MONTHS = {number: f"{words}|(?<!\\d){number}月(?!\\d)" for number, words in _MONTHS.items()}
_SEASONS = _named(
    r"(?<=in )spring|spring(?=time)|(?<=the )spring|primavera|春(?=に|の|は|が|から|まで|季|頃|、|。|\Z|で)",
    r"summer|verano|夏(?=に|の|は|が|から|まで|季|頃|、|。|\Z|で)",
    r"autumn|(?<=in )fall|(?<=in the )fall|otoño|秋(?=に|の|は|が|から|まで|季|頃|、|。|\Z|で)",
    r"winter|invierno|冬(?=に|の|は|が|から|まで|季|頃|、|。|\Z|で)",
)
_NTH = _named(
    "first|1st|primer[oa]?|第[1一]", "second|2nd|segund[oa]|第[2二]", "third|3rd|tercer[oa]?|第[3三]", "fourth|4th|cuart[oa]|第[4四]",
    "fifth|5th|quint[oa]|第[5五]", "sixth|6th|sext[oa]|第[6六]", "seventh|7th|séptim[oa]|第[7七]", "eighth|8th|octav[oa]|第[8八]",
    "ninth|9th|noven[oa]|第[9九]", "tenth|10th|décim[oa]|第(?:10|十)",
)  # fmt: skip
_QUARTERS = {
    number: rf"(?:{words.split('|第')[0]})[ -](?:quarter|trimestre)|\bQ{number}(?!\d)|第[{number}{'一二三四'[number - 1]}]四半期"
    for number, words in _NTH.items()
    if number <= 4
}
_HALVES = {
    1: r"first half|primera mitad|primer semestre|\bH1\b|上半期|前半",
    2: r"second half|segunda mitad|segundo semestre|\bH2\b|下半期|後半",
}
_ERAS = {
    1: r"(?<=\d)\s?(?:B\.?C\.?E?\.?|a\.\s?C\.)(?![A-Za-z])|before Christ|antes de Cristo|紀元前",
    2: r"(?<=\d)\s?(?:A\.?D\.?|C\.?E\.|d\.\s?C\.)(?![A-Za-z])|\bAD(?= ?\d)|después de Cristo|西暦",
}
_CLASSES: dict[str, dict[int, str]] = {
    "quarter": _QUARTERS, "half": _HALVES, "weekday": _WEEKDAYS, "month": _MONTHS, "season": _SEASONS, "era": _ERAS,
}  # fmt: skip
_EXACT_CASE = ("month", "era")
_ORDINAL = {
    number: rf"(?:{words})(?! half| quarter| trimestre|四半期|s?\b of\b)(?!\w*曜)" for number, words in _NTH.items() if number != 2
}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10, "tercio": 3, "cuarto": 4, "quinto": 5, "décimo": 10}
_HOW_MANY = {
    "a": 1, "one": 1, "un": 1, "two": 2, "dos": 2, "three": 3, "tres": 3, "four": 4, "cuatro": 4, "five": 5, "cinco": 5, "nine": 9,
    "nueve": 9,
    **{sign: number for number, sign in enumerate("一二三四五六七八九十", start=1)},
}  # fmt: skip
_FRACTION = re.compile(
    r"\b(?P<many>a|one|two|three|four|nine|un|dos|tres|cuatro|nueve)[ -](?P<part>third|quarter|fifth|tenth|tercio|cuarto|quinto|décimo)s?"
    r"(?=[ ](?:of|de|del)\b|[.,;:!?]|\Z)"
    r"|(?P<half>(?<!first )(?<!second )\bhalf (?:of\b|the\b)|\bone half\b|\bla mitad\b|半分|半数)"
    r"|(?P<under>[\d一二三四五六七八九十]{1,4})分の(?P<over>[\d一二三四五六七八九十]{1,4})",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\b(?P<once>once|una vez)(?= (?:an?|per|every|each|daily|weekly|monthly|yearly|al|por|cada|a la)\b)"
    r"|\b(?P<twice>twice)\b|\b(?P<thrice>thrice)\b"
    r"|\b(?P<n>\d{1,3}|two|three|four|five|six|ten|dos|tres|cuatro|cinco|seis|diez) (?:times|veces)\b|(?P<ja>\d{1,3}|[一二三四五六七八九十])回",
    re.IGNORECASE,
)
_TIMES_WORDS = {**_HOW_MANY, "six": 6, "seis": 6, "ten": 10, "diez": 10}
_RATIO = re.compile(r"(?<![\d:.,])(?P<a>\d{1,3})\s?(?:[:：∶]|対|\bto\b|\ba\b)\s?(?P<b>\d{1,3})(?![\d:：]|[.,]\d)")
_SIGNED_RATIO = re.compile(r"[:：∶対]")
_VERSION = re.compile(r"(?<![\w.])(?:v(?P<marked>\d+(?:\.\d+)+)|(?P<long>\d+(?:\.\d+){2,}))(?![\w]|\.\d)", re.IGNORECASE)
_CODE = re.compile(r"(?<![\w.-])(?=[A-Za-z\d-]{0,24}\d)(?P<letters>[A-Z][A-Za-z]{0,7})-?(?P<rest>\d[A-Za-z\d-]{0,15})(?![\w])")
_NAME = re.compile(r"((?P<version>\b[vV]ersi[oó]n|バージョン)|\b[A-ZÀ-Þ][\w'’-]*)[ \u00a0]?\Z")
_YEAR = re.compile(r"(?:1\d|20)\d\d\Z")
_ALL_WEEK = re.compile(r"\b(?:every day|daily|all week|todos los días|a diario|cada día)\b|毎日|年中無休", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:to|through|until|till|a|al|hasta|から|-|–|—|~|〜|～)\s*(?:(?:el|los) )?\Z", re.IGNORECASE)


def _pattern(words: str, *, cased: bool) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-zÀ-ÿ])(?:{words})(?![A-Za-zÀ-ÿ])", 0 if cased else re.IGNORECASE)


_CLOSED = [
    (kind, number, _pattern(words, cased=kind == "era"), kind == "ordinal")
    for kind, values in {**_CLASSES, "ordinal": _ORDINAL}.items()
    for number, words in values.items()
]


def particulars(text: str) -> list[Particular]:
    """The particulars of a text in order; of two that overlap the one of the more telling class stays."""
    text = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    found: list[Particular] = []
    taken = bytearray(len(text))
    for one in (*_fractions(text), *_times(text), *_versions(text), *_closed(text), *_codes(text), *_counts(text)):
        if not any(taken[one.start : one.end]):
            found.append(one)
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
    return sorted(found, key=lambda one: one.start)


def held_weekdays(text: str) -> set[str]:
    """The weekdays that a text tells of, those between the two of a range included."""
    days = [one for one in particulars(text) if one.kind == "weekday"]
    held = {one.value for one in days}
    for one, other in itertools.pairwise(days):
        if _RANGE.match(unicodedata.normalize("NFKC", text)[one.end : other.start]):
            first, last = int(one.value), int(other.value)
            held |= {str((first - 1 + step) % 7 + 1) for step in range((last - first) % 7 + 1)}
    return held | {str(day) for day in range(1, 8)} if _ALL_WEEK.search(text) else held


def _closed(text: str) -> Iterator[Particular]:
    for kind, number, pattern, loose in _CLOSED:
        for match in pattern.finditer(text):
            yield Particular(match.start(), match.end(), match[0].strip(), kind, str(number), loose)


def _fractions(text: str) -> Iterator[Particular]:
    for match in _FRACTION.finditer(text):
        if match["half"]:
            value = Fraction(1, 2)
        elif match["under"]:
            under, over = _whole(match["under"]), _whole(match["over"])
            if not under:
                continue
            value = Fraction(over, under)
        else:
            value = Fraction(_HOW_MANY[match["many"].lower()], _PARTS[match["part"].lower()])
        yield Particular(match.start(), match.end(), match[0], "fraction", str(value))


def _whole(text: str) -> int:
    return int(text[:6]) if text.isdecimal() else _HOW_MANY.get(text, 0)


def _times(text: str) -> Iterator[Particular]:
    for match in _TIMES.finditer(text):
        number = match["n"] or match["ja"]
        value = _TIMES_WORDS.get(number.lower()) or number if number else 1 if match["once"] else 2 if match["twice"] else 3
        yield Particular(match.start(), match.end(), match[0], "times", str(value), loose=True)


def _versions(text: str) -> Iterator[Particular]:
    for match in _VERSION.finditer(text):
        yield Particular(match.start(), match.end(), match[0], "version", match["marked"] or match["long"])
    for match in _RATIO.finditer(text):
        if _SIGNED_RATIO.search(match[0]) and len(match["b"]) != 2:
            yield Particular(match.start(), match.end(), match[0], "ratio", f"{match['a']}:{match['b']}")


def _codes(text: str) -> Iterator[Particular]:
    for match in _CODE.finditer(text):
        letters = match["letters"].casefold()
        yield Particular(
            match.start(), match.end(), match[0], f"code {letters}", letters + match["rest"].replace("-", "").casefold()
        )
    for one in quantities(text):
        name = _NAME.search(text, max(0, one.start - 40), one.start)
        if name is not None and (one.named or name["version"]) and not _YEAR.match(one.text):
            yield Particular(one.start, one.end, one.text, f"number of {name[1].casefold()}", one.text)


def _counts(text: str) -> Iterator[Particular]:
    for one in quantities(text):
        if one.dimension == COUNT and not one.named and one.values[0] != 1:
            yield Particular(one.start, one.end, one.text, f"count {_counted(text, one)}", str(one.values[0].normalize()))


def _counted(text: str, one: Quantity) -> str:
    """The word behind a number, in a form that endings change little."""
    word = re.match(r"\s*([A-Za-zÀ-ÿ]+|[^\W\d_])?", text[one.end :])
    return (word[1] or "").casefold()[:5].rstrip("s") if word else ""
