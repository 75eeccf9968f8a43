"""Dates and times of day in English, Spanish and Japanese, in one form. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = (
    "jan(?:uary)?|ene(?:ro)?", "feb(?:ruary|rero)?", "mar(?:ch|zo)?", "apr(?:il)?|abr(?:il)?", "may(?:o)?", "june?|jun(?:io)?",
    "july?|jul(?:io)?", "aug(?:ust)?|ago(?:sto)?", "sept?(?:ember|iembre)?", "oct(?:ober|ubre)?", "nov(?:ember|iembre)?",
    "dec(?:ember)?|dic(?:iembre)?",
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
# First years of Japanese eras, less one.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<![\d/])(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<![\d/.,])(?P<d>\d{2})/(?P<m>\d{2})(?![\d/]|[.,]\d)"),
    re.compile(r"(?:(?:(?P<era>令和|平成|昭和|大正|明治)(?P<ey>\d{1,2}|元)|(?P<y>\d{4}))\s*年\s*)(?:(?P<m>\d{1,2})\s*月(?:\s*(?P<d>\d{1,2})\s*日)?)?(?!間)"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})\s*月(?:\s*(?P<d>\d{1,2})\s*日)?"),
    re.compile(
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|º)?\s+(?:de\s+|of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?:de(?:l)?\s+)?(?P<y>\d{{4}}))?",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y>\d{{4}}))?", re.IGNORECASE),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.?,?\s+(?:de(?:l)?\s+)?(?P<y>\d{{4}})(?!\d)", re.IGNORECASE),
    re.compile(
        r"(?:(?<=\b[Ii]n )|(?<=\b[Ee]n )|(?<=\bof )|(?<=\b[Dd]e )|(?<=\b[Ss]ince )|(?<=\bto )|(?<=\b[Uu]ntil )"
        r"|(?<=\b[Bb]y )|(?<=\b[Hh]asta )|(?<=\b[Aa]fter )|(?<=\b[Bb]efore )|(?<=\ba )|(?<=\b[Dd]esde )|(?<=\b[Ff]rom ))"
        r"(?P<y>1[5-9]\d\d|20\d\d)(?![\d.,]?\d)"
        r"(?!\s?(?:[%€$£]|(?:[kKMGT]?B|[kKMG]?[WV]h?|[kKMG]?Hz|[kcm]?m|[mk]?g|[mcd]?[lL]|h|s|ms|min|px|ha|t|MB/s|km/h|°C)\b))"),
)  # fmt: skip
# Here day and month may have changed places.
_EITHER = _DATES[1:3]
# "Gemma 4 may" is no day of May.
_MAY = re.compile(r"\d\s+may\Z")
_HOURS = ("una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce")
_CLOCKS = (
    re.compile(r"(?<![\d:.,])(?P<h>\d{1,2})[:：](?P<min>\d{2})(?![\d:])(?:\s*(?P<half>[ap])\.?\s?m\b\.?)?", re.IGNORECASE),
    re.compile(r"(?<![\d:.,])(?P<h>\d{1,2})(?:\.(?P<min>\d{2}))?\s*(?P<half>[ap])\.?\s?m\b\.?", re.IGNORECASE),
    re.compile(r"(?P<half>午前|午後|夜|夕方|朝)?(?P<h>\d{1,2})時(?!間)(?:(?P<min>\d{1,2})分|(?P<thirty>半))?"),
    re.compile(r"\blas (?P<h>\d{1,2})(?![\d:.,])(?: de la (?P<half>mañana|tarde|noche))?"),
    re.compile(rf"\blas? (?P<hour>{'|'.join(_HOURS)})(?P<thirty> y media)? de la (?P<half>mañana|tarde|noche)", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A date; 0 for what is not said."""

    year: int
    month: int
    day: int

    def agrees(self, other: Day) -> bool:
        """Whether what both say is the same; they must have something in common."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        said = [mine == theirs for mine, theirs in pairs if mine and theirs]
        return bool(said) and all(said)


def dates(text: str) -> Iterator[tuple[int, int, tuple[Day, ...]]]:
    """Start, end and readings of every date of a text (3/4/2025 has two)."""
    taken: list[tuple[int, int]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken) or _MAY.search(match[0]):
                continue
            parts = match.groupdict()
            year = int(parts.get("y") or 0)
            if parts.get("era"):
                year = _ERAS[parts["era"]] + (1 if parts["ey"] == "元" else int(parts["ey"]))
            month = month_of(parts["month"]) if parts.get("month") else int(parts.get("m") or 0)
            day = int(parts.get("d") or 0)
            days = [Day(year, month, day)]
            if pattern in _EITHER and month != day:
                days.append(Day(year, day, month))
            days = [one for one in days if one.month <= 12 and one.day <= 31 and (one.year or one.month)]
            if days:
                taken.append(match.span())
                yield match.start(), match.end(), tuple(days)


def month_of(word: str) -> int:
    """The number of a month by its name in English or Spanish."""
    return next(number for number, pattern in enumerate(_MONTHS, start=1) if re.fullmatch(pattern, word, re.IGNORECASE))


def clock_times(text: str) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Start, end and readings, in minutes from midnight, of every time of day of a text."""
    taken: list[tuple[int, int]] = []
    for pattern in _CLOCKS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            parts = match.groupdict()
            hour = int(parts["h"]) if parts.get("h") else _HOURS.index(parts["hour"].lower()) + 1
            minute = int(parts.get("min") or (30 if parts.get("thirty") else 0))
            half = (parts.get("half") or "").lower()
            if hour <= 24 and minute < 60:
                taken.append(match.span())
                if half in ("p", "午後", "夜", "夕方", "tarde", "noche") and hour < 12:
                    hour += 12
                elif half in ("a", "午前", "朝", "mañana") and hour == 12:
                    hour = 0
                yield match.start(), match.end(), (60 * hour + minute,)
