"""The values in a text (numbers with units, money, dates, times of day) in a form that can be compared across ways of writing. Pure.

"3.5 GB", "3,5 GB" and "3500 MB" are one value; so are "1.2 million", "120万" and "1,2 millones", "1 September 2024" and "2024年9月1日".
Where a number can be read in two ways ("1.234"), both readings are kept and one that agrees is enough.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from rag.checking.closeness import close, days_are_months, rounds_to
from rag.checking.dates import Day, clock_times, dates
from rag.checking.units import CURRENCIES, MONEY, UNIT, unit_of

# Texts whose reading is kept: an answer is held against the same sentences for each of its claims.
_KEPT = 4_096
DATE, CLOCK, COUNT, IDENTIFIER = "date", "clock", "count", "identifier"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value: characters `start` to `end` of its text; what it can be read as, in the base unit of its dimension.

    `bound` is "most" or "least" where the words beside say so. `soft` values ("one", "a") say little: nothing is contradicted by them.
    `named` numbers belong to a name ("Aqualine 50") and are words rather than values. `about` ones are told as rounded. The value of an
    identifier (a telephone number) is 1 followed by its digits.
    """

    start: int
    end: int
    text: str
    dimension: str
    values: tuple[Decimal, ...] = ()
    days: tuple[Day, ...] = ()
    bound: str = ""
    soft: bool = False
    named: bool = False
    about: bool = False

    def same(self, other: Quantity) -> bool:
        """Whether both can be the same value; a bare number agrees with one that has a unit, and with a year.

        One that is `about` a value agrees with what it may be rounded from.
        """
        dimensions = {self.dimension, other.dimension}
        if dimensions == {DATE, COUNT}:
            days, values = self.days or other.days, self.values or other.values
            return any(day.month == 0 and day.year == value for day in days for value in values)
        if dimensions == {DATE}:
            return any(mine.agrees(theirs) for mine in self.days for theirs in other.days)
        if dimensions == {"time", "span"}:
            times, spans = (self, other) if self.dimension == "time" else (other, self)
            return any(days_are_months(time, span) for time in times.values for span in spans.values)
        if DATE in dimensions or (len(dimensions) > 1 and (COUNT not in dimensions or IDENTIFIER in dimensions)):
            return False
        if dimensions == {COUNT, "span"} and any(
            12 * mine == theirs or mine == 12 * theirs for mine in self.values for theirs in other.values
        ):  # "under 18" and "menores de 18 años"
            return True
        if self.about and any(rounds_to(theirs, mine) for mine in self.values for theirs in other.values):
            return True
        measured = not dimensions & {COUNT, CLOCK, IDENTIFIER, *MONEY}
        return any(mine == theirs or (measured and close(mine, theirs)) for mine in self.values for theirs in other.values)

    def comparable(self, other: Quantity) -> bool:
        """Whether the two could stand for one another: a weight for a weight, a date for a date."""
        return self.dimension == other.dimension


_DIGITS = r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
# A number of more characters is no value of anything; decimals of this length cannot overflow.
_LONGEST = 40
_SCALE = (
    r"(?:(?:mil millones|millones|millón|millions?|billions?|billones|thousand|trillions?|mil|bn|[kK]|M)(?![A-Za-zÀ-ÿ])"
    r"|(?:百万|千万|十億|億|万|千|兆))"
)
# Signs in words; "al menos" and "más o menos" are none.
_MINUS = r"(?i:\bminus |\bnegative |(?<!\bal )(?<!\blo )(?<!\bo )\bmenos |マイナス|零下|氷点下)"
_BELOW_ZERO = re.compile(r"\s*(?:below (?:zero|freezing)|bajo cero)\b", re.IGNORECASE)
_SCALES = {
    "mil millones": 10**9, "millones": 10**6, "millón": 10**6, "million": 10**6, "millions": 10**6, "billion": 10**9, "billions": 10**9,
    "billones": 10**12, "thousand": 10**3, "trillion": 10**12, "trillions": 10**12, "mil": 10**3, "bn": 10**9, "k": 10**3, "m": 10**6,
    "百万": 10**6, "千万": 10**7, "十億": 10**9, "億": 10**8, "万": 10**4, "千": 10**3, "兆": 10**12,
}  # fmt: skip
_WORDS: dict[str, int | Decimal] = {
    "zero": 0, "cero": 0, "one": 1, "un": 1, "uno": 1, "una": 1, "two": 2, "dos": 2, "three": 3, "tres": 3, "four": 4,
    "cuatro": 4, "five": 5, "cinco": 5, "six": 6, "seis": 6, "seven": 7, "siete": 7, "eight": 8, "ocho": 8, "nine": 9,
    "nueve": 9, "ten": 10, "diez": 10, "eleven": 11, "once": 11, "twelve": 12, "doce": 12, "thirteen": 13, "trece": 13,
    "fourteen": 14, "catorce": 14, "fifteen": 15, "quince": 15, "sixteen": 16, "dieciséis": 16, "seventeen": 17,
    "eighteen": 18, "dieciocho": 18, "nineteen": 19, "twenty": 20, "veinte": 20, "thirty": 30, "treinta": 30, "forty": 40,
    "cuarenta": 40, "fifty": 50, "cincuenta": 50, "sixty": 60, "sesenta": 60, "ninety": 90, "noventa": 90, "hundred": 100,
    "cien": 100, "a": 1, "an": 1, "half": Decimal("0.5"), "half a": Decimal("0.5"), "half an": Decimal("0.5"),
    "medio": Decimal("0.5"), "media": Decimal("0.5"), "dozen": 12, "docena": 12, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5,
    "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "半": Decimal("0.5"),
}  # fmt: skip
# Words that count nothing where no unit follows.
_ARTICLES = ("a", "an", "half", "half a", "half an", "un", "una", "uno", "one", "once", "media", "medio", "半")
# Behind another value these mean "each": "31 pounds a night".
_EACH = ("a", "an", "un", "una")
_VALUE_BEFORE = re.compile(r"\d\S*(?: [^\s\d]+){0,2} \Z")
_LATIN_WORD = "|".join(sorted((word for word in _WORDS if word.isascii() or word == "dieciséis"), key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)\]\0])[-−]|{_MINUS})?(?<![A-Za-zÀ-ÿ_\d])(?<!\d[.,])(?<![A-Za-z]-)"
    rf"(?P<digits>{_DIGITS})(?:[ \u00a0]?(?P<scale>{_SCALE}))?"
    r"(?P<more>(?:\d[\d,.]*(?:億|万|千))*(?:\d+(?=[^\d.,]|\Z))?)"
    rf"|(?<![\w-])(?P<word>(?i:{_LATIN_WORD}))(?:[ -](?P<wordscale>{_SCALE}|hundred))?(?![A-Za-zÀ-ÿ])"
    r"|(?P<kanji>[一二三四五六七八九十半])(?=年|か月|ヶ月|カ月|日|週|時間|分|秒|割|人|名|回|個|台|円|本|枚|つ)"
)
# Letters right behind digits that make a name of them ("31B", "5G", "26B-A4B"), where they are no unit; "20C", "2x4", "300 dpi" stay values.
_NAME_AFTER = re.compile(r"(?![CFx])(?:[A-Zb](?![A-Za-zÀ-ÿ]|\.[A-Za-z])|[A-Za-z]+-?\d)")
# "7B parameters" and "$3B" are thousands of millions.
_BILLIONS = re.compile(r"[bB](?= ?(?:(?:de |effective |active |total )?(?:parameters|params|parámetros|tokens)\b|パラメ|トークン))")
_BILLIONS_OF_MONEY = re.compile(r"[bB](?![A-Za-zÀ-ÿ\d])")
_CURRENCY = re.compile(
    rf"(?<![A-Za-z])(?P<sign>{'|'.join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))})[ \u00a0]?\Z"
)
# An amount behind a currency that may be its own.
_AMOUNT_NEXT = re.compile(r"[ \u00a0]?\d[\d.,]*")
# Full-width forms of ASCII, each by one character.
_NARROW = {0xFF01 + at: 0x21 + at for at in range(94)}
# Digits in groups that are no number: telephone numbers, numbers of accounts.
_IDENTIFIER = re.compile(
    r"(?<![\w.,/+-])(?:"
    r"(?:\+\d{1,3}[ \u00a0-]?\(?\d{1,5}\)?|\(\d{1,5}\)[ \u00a0-]?\d{2,5}|0\d{1,5})(?:[ \u00a0-]\d{2,6}){1,5}"
    r"|\d{1,6}(?:-\d{1,7}){2,5}|\d{2,4}(?:\.\d{2,4}){2,4})(?![\w%])(?![.,/-]\d)"
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_ABOUT_BEFORE = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|close to|some|circa|ca\.|unos|unas|casi|cerca de|alrededor de"
    r"|aproximadamente|en torno a)|約|およそ|ほぼ|だいたい)\s*(?:a |an |un |una |los |las |the )?\W{0,2}\Z",
    re.IGNORECASE,
)
_ABOUT_AFTER = re.compile(
    r"\s*(?:or so\b|approximately\b|aproximadamente\b|more or less\b|más o menos\b|ほど|程度|前後|くらい|ぐらい|近く|弱(?!点)|強(?![いくさ]))"
)
_HALF = re.compile(r" and a half| y medi[oa]|半(?!額|分|年)")
_CONNECTS = re.compile(r"\s*(?:-|–|—|~|〜|～|to|and|or|a|y|o|hasta|から|、|/)\s*\Z")
_JOINS = re.compile(r"(?:\s*(?:and|y|,|、|と)?\s*)\Z")
_NAME_BEFORE = re.compile(r"(?:\b[A-ZÀ-Þ][\w'’-]*|[ァ-ヶー]{3,})[ \u00a0]\Z|[ぁ-ヶー一-龯]」?\Z")
_CAPITAL_WORD = re.compile(r"\b([A-ZÀ-Þ][\w'’-]*)[ \u00a0]\Z")
_NO_NAMES = frozenset(
    re.findall(
        r"\S+",
        "In On At From To By Of The A An And Or Up About Only Over Under Between After Before Since Until For With En El La Los "
        "Las De Del Desde Hasta Son Es Unos Unas Hay Con Por Para Cada Sobre Entre Tras Cuesta Dura Pesa Serves Store Version Add "
        "Fry Rinse Use Bake Cook Takes Costs There Hubo Tiene Tienen Necesita Quedan Dice Pesan Cuestan ",
    )
)
_MOST_BEFORE = re.compile(
    r"(?:up to|at most|no more than|not more than|maximum of|less than|fewer than|under|below|within|hasta|máximo de|máximo|menos de|debajo de"
    r"|no más de"
    r"|inferior(?:es)? al?|menor(?:es)? (?:de|que|a)|最大|最長|最高|上限は?)\s*(?:un |una |de |los |las |a |the )?\W{0,2}\Z",
    re.IGNORECASE,
)
_LEAST_BEFORE = re.compile(
    r"(?:at least|no less than|no fewer than|minimum of"
    r"|(?<!no )(?<!not )more than|over|above|al menos|por lo menos|mínimo de|mínimo|(?<!no )más de|encima de"
    r"|superior(?:es)? al?|mayor(?:es)? (?:de|que|a)|exceeding|a partir de"
    r"|最低|最小|最短)\s*(?:un |una |de |los |las |a |the )?\W{0,2}\Z",
    re.IGNORECASE,
)
_MOST_AFTER = re.compile(
    r"\s*(?:at most|or less|or fewer|or under|como máximo|o menos|以下|まで(?!に)|未満|以内|より低|より少な|より短|を下回|が限度|を限度)"
)
_LEAST_AFTER = re.compile(r"\s*(?:or more|or above|o más|como mínimo|以上|より高|より多|より長|を上回|を?超え)")


# Of dates and times of day alone.
_UNTIL_BEFORE = re.compile(r"\b(?:by|until|till|before|no later than|antes del?|hasta) (?:el |las? |the )?\Z", re.IGNORECASE)
_UNTIL_AFTER = re.compile(r"\s*(?:より前|の前(?!日))")
_SINCE_BEFORE = re.compile(r"\b(?:after|not before|después del?) (?:el |las? |the )?\Z", re.IGNORECASE)
_SINCE_AFTER = re.compile(r"\s*(?:より後|の後|を過ぎ|以降)")


def quantities(text: str) -> list[Quantity]:
    """The values of a text in their order; offsets count characters of `text`."""
    return [*_quantities(text)]


@functools.lru_cache(maxsize=_KEPT)
def _quantities(text: str) -> tuple[Quantity, ...]:
    narrow = text.translate(_NARROW)
    moments = [*_moments(narrow)]
    moments += [
        one for one in _identifiers(narrow) if not any(one.start < other.end and other.start < one.end for other in moments)
    ]
    rest = narrow
    for moment in moments:
        rest = rest[: moment.start] + "\0" * (moment.end - moment.start) + rest[moment.end :]
    found = sorted([*moments, *_joined(rest, [*_numbers(rest)])], key=lambda quantity: quantity.start)
    apart: list[Quantity] = []
    for quantity in found:
        if quantity.start < quantity.end and (not apart or apart[-1].end <= quantity.start):
            apart.append(quantity)
    return tuple(_bounded(text, narrow, quantity) for quantity in apart)


def _moments(text: str) -> Iterator[Quantity]:
    for start, end, days in dates(text):
        yield Quantity(start, end, text[start:end], DATE, days=days)
    for start, end, minutes in clock_times(text):
        yield Quantity(start, end, text[start:end], CLOCK, tuple(Decimal(one) for one in minutes))


def _identifiers(text: str) -> Iterator[Quantity]:
    for match in _IDENTIFIER.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if 7 <= len(digits) <= _LONGEST and not _GROUPED.fullmatch(match[0]):
            yield Quantity(match.start(), match.end(), match[0], IDENTIFIER, (Decimal("1" + digits),))


def _numbers(text: str) -> Iterator[Quantity]:
    taken = 0  # the end of the last number with its unit
    for match in _NUMBER.finditer(text):
        values = _values(match)
        if not values:
            continue
        unit = UNIT.match(text, match.end())
        end = match.end()
        dimension = COUNT
        before = text[max(0, match.start() - 24) : match.start()]
        currency = _CURRENCY.search(before)
        start = match.start()
        if currency is not None and start - len(currency[0]) >= taken:
            dimension, start = CURRENCIES[currency["sign"]], match.start() - len(currency[0])
            values, end = _in_billions(values, end, _BILLIONS_OF_MONEY.match(text, end))
        elif unit is not None and _is_of_next(text, match, unit):
            pass
        elif unit is not None and not (match["word"] in ("a", "an", "A") and unit[0].strip().startswith("-")):
            dimension, size = unit_of(unit)
            end = unit.end()
            half = _HALF.match(text, end)
            if half is not None and dimension in ("time", "span"):
                values, end = tuple(value + Decimal("0.5") for value in values), half.end()
            values = tuple(value * size for value in values)
        elif match["digits"] and not match["scale"]:
            values, end = _in_billions(values, end, _BILLIONS.match(text, end))
            if end == match.end() and _NAME_AFTER.match(text, end):
                continue
        if dimension.startswith("temperature"):
            below = _BELOW_ZERO.match(text, end)
            values, dimension = _celsius(values, dimension, below=below is not None), "temperature"
            end = below.end() if below else end
        word = match["word"] or match["kanji"]
        if word and dimension == COUNT and word.lower() in _ARTICLES:
            continue
        taken = end
        each = (word or "").lower() in _EACH and _VALUE_BEFORE.search(before) is not None
        soft = bool(word) and not match["wordscale"] and (each or dimension == COUNT or values[:1] == (Decimal(1),))
        named = dimension == COUNT and not word and not match["scale"] and _named(before)
        yield Quantity(start, end, text[start:end].strip(), dimension, values, soft=soft, named=named)


def _in_billions(values: tuple[Decimal, ...], end: int, scale: re.Match[str] | None) -> tuple[tuple[Decimal, ...], int]:
    """The values and where they end, with the "B" behind them read as a thousand millions; as they are where there is none."""
    return (tuple(value * 10**9 for value in values), scale.end()) if scale is not None else (values, end)


def _is_of_next(text: str, match: re.Match[str], unit: re.Match[str]) -> bool:
    """Whether a currency between a whole number and an amount ("2 CHF 120.00") is that of the amount."""
    if unit_of(unit)[0] not in MONEY or unit[0].strip() not in CURRENCIES or "." in match[0] or "," in match[0]:
        return False
    after = _AMOUNT_NEXT.match(text, unit.end())
    if after is None or not re.search(r"[.,]\d{2}\Z", after[0].rstrip(".,")):
        return False
    own = UNIT.match(text, after.end())
    return own is None or unit_of(own)[0] not in MONEY


def _celsius(values: tuple[Decimal, ...], dimension: str, *, below: bool) -> tuple[Decimal, ...]:
    """Temperatures in degrees Celsius; one in Fahrenheit is also read as rounded to whole degrees."""
    if below:
        values = tuple(-abs(value) for value in values)
    if dimension == "temperature":
        return values
    exact = [(value - 32) * 5 / 9 for value in values]
    return tuple(dict.fromkeys([*exact, *(value.to_integral_value() for value in exact)]))


def _named(before: str) -> bool:
    word = _CAPITAL_WORD.search(before)
    return word is not None and word[1] not in _NO_NAMES and not word[1].isdigit()


def _values(match: re.Match[str]) -> tuple[Decimal, ...]:
    if match["kanji"]:
        return (Decimal(_WORDS[match["kanji"]]),)
    if match["word"]:
        scale = match["wordscale"]
        return (Decimal(_WORDS[match["word"].lower()]) * (100 if scale == "hundred" else _SCALES.get((scale or "").lower(), 1)),)
    scale = _SCALES.get(match["scale"] if match["scale"] in _SCALES else (match["scale"] or "").lower(), 1)
    more = sum((one for one in _compound(match["more"])), Decimal(0))
    sign = -1 if match["sign"] else 1
    return tuple(sign * (value * scale + more) for value in readings(match["digits"]))


def _compound(text: str) -> Iterator[Decimal]:
    for digits, scale in re.findall(r"(\d[\d,.]*)(億|万|千)?", text):
        yield from (value * _SCALES.get(scale, 1) for value in readings(digits)[:1])


def readings(digits: str) -> tuple[Decimal, ...]:
    """What digits with signs between them can mean; where grouping is possible it comes first.

    >>> readings("1,234.5"), readings("3,5"), readings("1.234")
    ((Decimal('1234.5'),), (Decimal('3.5'),), (Decimal('1234'), Decimal('1.234')))
    """
    if len(digits) > _LONGEST:
        return ()
    plain = unicodedata.normalize("NFKC", digits).replace(" ", "").replace("'", "").replace("’", "").strip(".,")
    signs = [sign for sign in plain if sign in ".,"]
    try:
        if not signs:
            return (Decimal(plain),)
        last = plain.rsplit(signs[-1], 1)[1]
        if len(set(signs)) == 2 or (len(signs) == 1 and len(last) != 3):
            whole, part = plain.rsplit(signs[-1], 1)
            return (Decimal(whole.replace(",", "").replace(".", "") + "." + part),)
        grouped = Decimal(plain.replace(",", "").replace(".", ""))
        if len(signs) == 1:
            decimal = Decimal(plain.replace(",", "."))
            return (decimal,) if plain.startswith("0") else (grouped, decimal)
    except InvalidOperation:
        return ()
    return (grouped,)


def _joined(text: str, found: list[Quantity]) -> Iterator[Quantity]:
    """Parts of one duration added up ("3 hours 25 minutes"); the unit of a range given to both its ends ("10 to 20 °C")."""
    at = 0
    while at < len(found):
        one = found[at]
        after = found[at + 1] if at + 1 < len(found) else None
        between = text[one.end : after.start] if after is not None else "?"
        if (
            after is not None
            and one.dimension == after.dimension == "time"
            and _JOINS.match(between)
            and 86400 > one.values[0] > after.values[0]
        ):
            yield Quantity(one.start, after.end, text[one.start : after.end], "time", (one.values[0] + after.values[0],))
            at += 2
            continue
        if (
            after is not None
            and one.dimension == COUNT
            and after.dimension not in (COUNT, *MONEY)
            and not one.named
            and _CONNECTS.match(between)
        ):
            size = _size_of(after)
            if after.dimension == "temperature":
                fahrenheit = "F" in after.text.upper()
                values = _celsius(one.values, "temperature F" if fahrenheit else "temperature", below=False)
                one = Quantity(one.start, one.end, one.text, after.dimension, values, soft=one.soft)
            elif size is not None:
                one = Quantity(
                    one.start, one.end, one.text, after.dimension, tuple(value * size for value in one.values), soft=one.soft
                )
        elif after is not None and one.dimension == COUNT and after.dimension in MONEY and _CONNECTS.match(between):
            one = Quantity(one.start, one.end, one.text, after.dimension, one.values)
        yield one
        at += 1


def _size_of(quantity: Quantity) -> Decimal | None:
    match = _NUMBER.match(quantity.text)
    values = _values(match) if match else ()
    return quantity.values[0] / values[0] if values and values[0] and quantity.values else None


def _bounded(text: str, narrow: str, quantity: Quantity) -> Quantity:
    """The value with what the words beside it say of it, and its own text as it is written."""
    before, after = narrow[max(0, quantity.start - 32) : quantity.start], narrow[quantity.end : quantity.end + 24]
    most = _MOST_BEFORE.search(before) or _MOST_AFTER.match(after)
    least = _LEAST_BEFORE.search(before) or _LEAST_AFTER.match(after)
    if quantity.dimension in (DATE, CLOCK):
        most = most or _UNTIL_BEFORE.search(before) or _UNTIL_AFTER.match(after)
        least = least or _SINCE_BEFORE.search(before) or _SINCE_AFTER.match(after)
    bound = "most" if most and not least else "least" if least and not most else ""
    about = _ABOUT_BEFORE.search(before) is not None or _ABOUT_AFTER.match(after) is not None
    return replace(quantity, text=text[quantity.start : quantity.end].strip(), bound=bound, about=about)
