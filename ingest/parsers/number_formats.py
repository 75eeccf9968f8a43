"""Numbers and dates as a spreadsheet shows them, by the format code of their cell.

Codes: ISO/IEC 29500-1, 18.8.31. A code may name a locale ([$-C0A], [$€-407]): its separators and names of months are then used; without one
they are those of English. What is shown may round or leave out a part, so the stored value is given beside it where it differs.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: '"$"#,##0', 6: '"$"#,##0', 7: '"$"#,##0.00', 8: '"$"#,##0.00', 9: "0%",
    10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "m/d/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yyyy h:mm", 27: "yyyy/m/d", 28: "m月d日", 29: "m月d日", 30: "m/d/yy",
    31: 'yyyy"年"m"月"d"日"', 32: 'h"時"mm"分"', 33: 'h"時"mm"分"ss"秒"', 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)", 41: "#,##0;(#,##0)", 42: '"$"#,##0;("$"#,##0)', 43: "#,##0.00;(#,##0.00)", 44: '"$"#,##0.00;("$"#,##0.00)',
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@", 55: 'yyyy"年"m"月"', 56: 'm"月"d"日"', 57: "yyyy/m/d",
}  # fmt: skip
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<skipped>.)|\*(?P<filled>.)|\[(?P<bracket>[^\]]*)\]|(?P<ampm>AM/PM|A/P|上午/下午)'
    r"|(?P<exponent>E[+-]0+)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|e+|g+|a{3,4}|b+)|(?P<number>[0#?,.]+(?:/[0#?\d]+)?)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_GENERAL = re.compile(r"(?i)(\[[^\]]*\])*(general|standard|g/標準|estándar)?")
_ELAPSED = re.compile(r"(?i)h+|m+|s+")
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)\s*(-?[\d.]+)")
# Languages, by the low ten bits of a locale's number, that write a comma for the decimal point, and what parts thousands there.
_COMMA = {
    0x0A: ".", 0x07: ".", 0x10: ".", 0x16: ".", 0x13: ".", 0x06: ".", 0x1F: ".", 0x0C: "\u00a0", 0x19: "\u00a0", 0x15: "\u00a0",
    0x1D: "\u00a0", 0x14: "\u00a0", 0x0B: "\u00a0", 0x05: "\u00a0", 0x22: "\u00a0",
}  # fmt: skip
# Spanish of Mexico, Guatemala, Panama, the Dominican Republic, El Salvador, Honduras, Nicaragua, Puerto Rico, the United States.
_POINT = frozenset({0x80A, 0x100A, 0x180A, 0x1C0A, 0x440A, 0x480A, 0x4C0A, 0x500A, 0x540A})
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "ja": "月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日",
}
_ERAS = (
    (dt.date(2019, 5, 1), "令和", "R"),
    (dt.date(1989, 1, 8), "平成", "H"),
    (dt.date(1926, 12, 25), "昭和", "S"),
)
_LAST_DAY = 2_958_465


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the sections of a code: its tokens, what it is for, its locale."""

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None
    locale: int
    dated: bool


def shown(value: float, code: str, *, from_1904: bool = False) -> str:
    """A number as its cell shows it, and the stored value in brackets where that says something else.

    >>> shown(0.125, "0.0%"), shown(6519.45, "#,##0.00 [$€-C0A]"), shown(45001, "dd/mm/yyyy")
    ('12.5% (0.125)', '6.519,45 € (6519.45)', '16/03/2023 (2023-03-16)')
    """
    plain = f"{value:.15g}"
    if _GENERAL.fullmatch(code) or code == "@":
        return plain
    section, alone = _chosen(value, _sections(code))
    if section is None:
        return plain
    if section.dated:
        moment = _moment(value, from_1904=from_1904)
        text = _dated(value, moment, section) if moment is not None else ""
        counted = any(kind == "elapsed" for kind, _ in section.tokens)  # a length of time, no moment
        stored = plain if moment is None or counted else _iso(moment, value)
    else:
        text, stored = _numbered(value, section, alone=alone), plain
    text = " ".join(text.split())
    same = stored.lstrip("-") in text.replace(",", "") or not text
    return (text or stored) if same else f"{text} ({stored})"


def is_date(code: str) -> bool:
    """Whether a format shows a date or a time."""
    return not _GENERAL.fullmatch(code) and any(section.dated for section in _sections(code)[:1])


@functools.lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[tuple[str, str]]] = []
    part: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(code[:500]):
        kind = match.lastgroup or "other"
        if kind == "other" and match[0] == ";":
            parts.append(part)
            part = []
        else:
            part.append((kind, match[kind]))
    return tuple(_section(one) for one in [*parts, part])


def _section(tokens: list[tuple[str, str]]) -> _Section:
    condition, locale = None, 0
    kept: list[tuple[str, str]] = []
    for kind, text in tokens:
        if kind != "bracket":
            kept.append((kind, text))
        elif text.startswith("$"):
            symbol, _, number = text[1:].rpartition("-") if "-" in text else (text[1:], "", "")
            locale = int(number, 16) & 0xFFFF if re.fullmatch(r"[0-9A-Fa-f]{1,8}", number) else locale
            kept.append(("quoted", symbol))
        elif (found := _CONDITION.fullmatch(text)) is not None:
            condition = (found[1], float(found[2])) if found[2].count(".") < 2 else None
        elif _ELAPSED.fullmatch(text):
            kept.append(("elapsed", text.lower()))
    dated = any(kind in ("date", "elapsed", "ampm") for kind, _ in kept)
    return _Section(tuple(kept), condition, locale, dated)


def _chosen(value: float, sections: tuple[_Section, ...]) -> tuple[_Section | None, bool]:
    """The section for a value, and whether it shows the sign by itself."""
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None or _holds(value, *section.condition):
                return section, False
        return None, False
    if value < 0 and len(sections) > 1:
        return sections[1], True
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


def _holds(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound, ">": value > bound, "=": value == bound, "<=": value <= bound, ">=": value >= bound, "<>": value != bound,
    }[sign]  # fmt: skip


def _numbered(value: float, section: _Section, *, alone: bool) -> str:
    """A number by the tokens of its section; `alone` says that the section stands for negative numbers and shows its own sign."""
    tokens = section.tokens
    pattern = "".join(text for kind, text in tokens if kind == "number")
    scaled = abs(value) * 100 ** sum(kind == "other" and text == "%" for kind, text in tokens)
    pattern, thousands = _unscaled(pattern)
    scaled /= 1000**thousands
    exponent = next((text for kind, text in tokens if kind == "exponent"), "")
    digits = _scientific(scaled, pattern, exponent) if exponent else _digits(scaled, pattern, section.locale)
    out: list[str] = []
    placed = False
    for kind, text in tokens:
        if kind == "number":
            out.append("" if placed else digits)
            placed = True
        elif kind in ("quoted", "escaped", "other", "date"):
            out.append(f"{value:.15g}" if text == "@" else text)
        elif kind == "skipped":
            out.append(" ")
    shown_zero = not any(character in "123456789" for character in digits)
    return ("-" if value < 0 and not alone and placed and not shown_zero else "") + "".join(out).strip()


def _unscaled(pattern: str) -> tuple[str, int]:
    """A pattern without the commas at its end, each of which divides by a thousand."""
    whole, point, part = pattern.partition(".")
    bare = whole.rstrip(",") if whole.strip(",") else whole
    after = part.rstrip(",")
    return bare + point + after, len(whole) - len(bare) + len(part) - len(after)


def _digits(value: float, pattern: str, locale: int) -> str:
    if "/" in pattern:
        return f"{value:.15g}"
    whole, _, part = pattern.partition(".")
    least, most = part.count("0"), min(len(part), 30)
    text = f"{value:.{most}f}"
    left, _, right = text.partition(".")
    right = right[:least] + right[least:].rstrip("0")
    left = left.lstrip("0").rjust(min(whole.count("0"), 30), "0")
    decimal, group = _separators(locale)
    if "," in whole:
        left = f"{int(left):,}".replace(",", group) if left else ""
    return f"{left}{decimal}{right}" if right else left


def _scientific(value: float, pattern: str, exponent: str) -> str:
    mantissa, _, power = f"{value:.{len(pattern.partition('.')[2])}e}".partition("e")
    sign = "-" if power.startswith("-") else "+" if exponent[1] == "+" else ""
    return f"{mantissa}E{sign}{power[1:].lstrip('0').rjust(len(exponent) - 2, '0')}"


def _separators(locale: int) -> tuple[str, str]:
    group = _COMMA.get(locale & 0x3FF) if locale and locale not in _POINT else None
    return (",", group) if group else (".", ",")


def _moment(value: float, *, from_1904: bool) -> dt.datetime | None:
    """The moment that a serial number of days stands for; the sheet's calendar has a day too much in 1900."""
    days = value + 1462 if from_1904 else value
    if not 0 <= days < _LAST_DAY + 1:
        return None
    start = dt.datetime(1899, 12, 30) if days >= 60 else dt.datetime(1899, 12, 31)  # cells have no zone
    return start + dt.timedelta(milliseconds=round(days * 86_400_000))


def _iso(moment: dt.datetime, value: float) -> str:
    """A moment in ISO 8601, whichever of date and time it has."""
    if value < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat(sep="T", timespec="seconds")


def _dated(value: float, moment: dt.datetime, section: _Section) -> str:
    return "".join(_date_parts(value, moment, section))


def _date_parts(value: float, moment: dt.datetime, section: _Section) -> Iterator[str]:
    tokens = section.tokens
    halves = any(kind == "ampm" for kind, _ in tokens)
    language = {0x0A: "es", 0x11: "ja"}.get(section.locale & 0x3FF, "en")
    named = [text[0].lower() if kind in ("date", "elapsed") else "" for kind, text in tokens]
    for index, (kind, text) in enumerate(tokens):
        if kind == "elapsed":
            unit = {"h": 24, "m": 1440, "s": 86_400}[text[0]]
            yield str(int(value * unit + 1e-6)).rjust(len(text), "0")
        elif kind == "ampm":
            yield ("AM" if moment.hour < 12 else "PM") if len(text) > 3 else ("A" if moment.hour < 12 else "P")
        elif kind == "date":
            before = next((one for one in reversed(named[:index]) if one), "")
            after = next((one for one in named[index + 1 :] if one), "")
            minutes = text[0].lower() == "m" and len(text) < 3 and (before == "h" or after == "s")
            yield _date_part(text.lower(), moment, language, halves=halves, minutes=minutes)
        elif kind in ("quoted", "escaped", "other", "number"):
            yield text
        elif kind == "skipped":
            yield " "


def _date_part(text: str, moment: dt.datetime, language: str, *, halves: bool, minutes: bool) -> str:
    first, count = text[0], len(text)
    if minutes:
        return f"{moment.minute:0{count}}"
    months = _MONTHS.get(language, _MONTHS["en"]).split()
    days = _DAYS[language].split()
    hour = (moment.hour % 12 or 12) if halves else moment.hour
    era = next((one for one in _ERAS if moment.date() >= one[0]), None)
    match first:
        case "y":
            return f"{moment.year:04}" if count > 2 else f"{moment.year % 100:02}"
        case "m" if count > 2:
            name = months[moment.month - 1]
            return name if count == 4 else name[:1] if count == 5 else name[:3]
        case "m":
            return f"{moment.month:0{count}}"
        case "d" if count > 2:
            return days[moment.weekday()] if count > 3 else days[moment.weekday()][:3]
        case "d":
            return f"{moment.day:0{count}}"
        case "a":
            return _DAYS["ja"].split()[moment.weekday()][: 1 if count == 3 else 3]
        case "h":
            return f"{hour:0{min(count, 2)}}"
        case "s":
            _, point, part = text.partition(".")
            fraction = f"{moment.microsecond // 1000:03}"[: len(part)].ljust(len(part), "0") if point else ""
            return f"{moment.second:0{min(count - len(point) - len(part), 2)}}{point}{fraction}"
        case "g" if era is not None:
            return era[2] if count == 1 else era[1][:1] if count == 2 else era[1]
        case "e":
            return str(moment.year - era[0].year + 1) if era is not None else str(moment.year)
        case _:
            return ""
