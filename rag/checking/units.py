"""Units of measure in English, Spanish and Japanese, each with its dimension and its size in the dimension's base unit. Data."""

from __future__ import annotations

import re
from decimal import Decimal

# A bare "B" is no unit: "12B" is twelve billion parameters far more often than twelve bytes.
# Dimension: {unit as written, in a regular expression: size}. Japanese units follow the number without a border.
_TABLE: dict[str, dict[str, str]] = {
    "bytes": {
        r"bytes?|バイト": "1", r"[kK]B|kilobytes?|キロバイト": "1e3", r"MB|megabytes?|メガバイト": "1e6", r"GB|gigabytes?|ギガバイト": "1e9",
        r"TB|terabytes?|テラバイト": "1e12", r"KiB": "1024", r"MiB": "1048576", r"GiB": "1073741824",
    },
    "bytes a second": {
        r"kB/s": "1e3", r"MB/s": "1e6", r"GB/s": "1e9", r"[kK]bit/s|kbps": "125",
        r"Mbit/s|Mbps": "125e3", r"Gbit/s|Gbps": "125e6",
    },
    "length": {
        r"mm|millimet(?:er|re)s?|milímetros?|ミリメートル|ミリ": "1e-3", r"cm|centimet(?:er|re)s?|centímetros?|センチメートル|センチ": "1e-2",
        r"m|met(?:er|re)s?|metros?|メートル": "1", r"km|kilomet(?:er|re)s?|kilómetros?|キロメートル": "1e3",
        r"inch(?:es)?|pulgadas?|インチ": "0.0254",
        r"ft|feet|foot|pies": "0.3048", r"miles?|millas?|マイル": "1609.344",
    },
    "mass": {
        r"mg|milligrams?|miligramos?|ミリグラム": "1e-3", r"g|grams?|grammes?|gramos?|グラム": "1",
        r"kg|kilos?|kilogram(?:me)?s?|kilogramos?|キログラム|キロ": "1e3",
        r"t|tonnes?|tons?|toneladas?|トン": "1e6", r"lbs?|pounds? of weight": "453.59237",
        r"oz|ounces?|onzas?": "28.349523125",
    },
    "volume": {
        r"ml|mL|millilit(?:er|re)s?|mililitros?|ミリリットル": "1e-3", r"cl": "1e-2",
        r"dl|dL|デシリットル": "1e-1", r"l|L|lit(?:er|re)s?|litros?|リットル": "1",
        r"m³|m3|cubic met(?:er|re)s?|metros? cúbicos?|立方メートル": "1e3",
    },
    "area": {
        r"m²|m2|square met(?:er|re)s?|metros? cuadrados?|平方メートル|平米": "1",
        r"ha|hectares?|hectáreas?|ヘクタール": "1e4", r"acres?|エーカー": "4046.8564224", r"km²|km2|平方キロメートル": "1e6",
        r"畳|tatami(?: mats?)?|tatamis": "1.62",
    },
    "time": {
        r"ms|milliseconds?|milisegundos?|ミリ秒": "1e-3", r"s|sec(?:ond)?s?|segundos?|秒間?": "1",
        r"min|minutes?|minutos?|分間?": "60",
        r"h|hours?|horas?|hrs?|時間": "3600", r"days?|días?|日間?": "86400", r"weeks?|semanas?|週間?": "604800",
    },
    "span": {
        r"months?|mes(?:es)?|(?:か|ヶ|カ|ヵ|箇)月(?:間|分)?": "1",
        r"years?|años?|年間|年(?!\d)|[歳才]": "12", r"decades?|décadas?": "120",
    },
    "temperature": {r"°\s?C|℃|degrees? Celsius|grados?(?: Celsius| centígrados)?|degrees?|度": "1"},
    "temperature F": {r"°\s?F|℉|degrees? Fahrenheit|grados? Fahrenheit": "1"},
    "percent": {
        r"%|％|per ?cent|por ciento|パーセント": "1", r"割": "10", r"‰|per mille|per mil|por mil|パーミル": "0.1",
    },
    "percentage points": {r"percentage points?|puntos porcentuales|punto porcentual|(?:%|％|パーセント)ポイント": "1"},
    "power": {r"W|watts?|vatios?|ワット": "1", r"kW|kilowatts?|kilovatios?|キロワット": "1e3", r"MW|megawatts?": "1e6"},
    "energy": {r"Wh": "1", r"kWh|キロワット時": "1e3", r"MWh": "1e6"},
    "voltage": {r"mV": "1e-3", r"V|volts?|voltios?|ボルト": "1", r"kV": "1e3"},
    "current": {r"mA": "1e-3", r"A|amps?|amperios?|アンペア": "1"},
    "charge": {r"mAh": "1e-3", r"Ah": "1"},
    "frequency": {r"Hz|hertz|ヘルツ": "1", r"kHz": "1e3", r"MHz": "1e6", r"GHz": "1e9"},
    "sound": {r"dB|decibel(?:s|es|ios)?|デシベル": "1"},
    "pressure": {r"bars?|bares": "1e5", r"psi": "6894.757", r"hPa": "100", r"kPa": "1e3", r"Pa": "1"},
    "rotation": {r"rpm|revolutions? per minute|revoluciones por minuto|回転": "1"},
    "speed": {
        r"km/h|kilómetros por hora|kilomet(?:er|re)s (?:per|an) hour|時速": "1",
        r"mph|miles (?:per|an) hour": "1.609344", r"m/s": "3.6",
    },
    "yield": {r"t/ha": "1", r"kg/ha": "1e-3"},
    "flow": {r"m[lL]/h": "1", r"[lL]/h": "1e3"},
    "pixels": {r"px|pixels?|píxeles|ピクセル|画素": "1"},
    "EUR": {r"€|euros?|EUR|ユーロ": "1", r"céntimos?": "0.01"},
    "USD": {r"US\$|\$|dollars?|dólares|dólar|USD|ドル": "1", r"cents": "0.01"},
    "GBP": {r"£|pounds?|libras?|GBP|ポンド": "1", r"pence|penny|peniques?|ペンス": "0.01"},
    "JPY": {r"¥|￥|円|yen(?:es)?|JPY": "1"},
    "CHF": {r"CHF|(?:Swiss )?francs?|francos?(?: suizos?)?|(?:スイス)?フラン": "1"},
    "CNY": {r"CNY|RMB|yuan(?:es)?|人民元|元(?!年)": "1"},
    "KRW": {r"₩|KRW|wones|ウォン": "1"},
    "MXN": {r"MXN|(?:Mexican )?pesos?(?: mexicanos?)?|ペソ": "1"},
    "INR": {r"₹|INR|rupees?|rupias?|ルピー": "1"},
    "SEK": {r"SEK": "1"}, "NOK": {r"NOK": "1"}, "DKK": {r"DKK": "1"}, "CAD": {r"CAD": "1"}, "AUD": {r"AUD": "1"}, "PLN": {r"PLN|zł": "1"},
}  # fmt: skip
# Signs and codes that may stand before an amount, with their currency.
CURRENCIES = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY", "₩": "KRW", "₹": "INR",
    **{code: code for code in ("EUR", "USD", "GBP", "JPY", "CHF", "CNY", "KRW", "MXN", "INR", "SEK", "NOK", "DKK", "CAD", "AUD", "PLN")},
}  # fmt: skip
MONEY = tuple(dict.fromkeys(CURRENCIES.values()))
_LATIN_END = r"(?![A-Za-zÀ-ÿ²³])"


def _entries() -> list[tuple[str, str, Decimal]]:
    found = [
        (word, dimension, Decimal(size))
        for dimension, units in _TABLE.items()
        for words, size in units.items()
        for word in _alternatives(words)
    ]
    return sorted(found, key=lambda entry: -len(entry[0]))


def _alternatives(words: str) -> list[str]:
    """The alternatives of an expression that stand outside parentheses."""
    found, depth = [""], 0
    for sign in words:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found


_ENTRIES = _entries()
_LONG = re.compile(r"[a-zà-ÿ]{3,}")


# Words of three letters and more are read in any case; "m" and "M", "mb" and "MB" are not the same.
def _expression(at: int, word: str) -> str:
    cased = f"(?i:{word})" if _LONG.match(word) else word
    return f"(?P<u{at}>{cased})" + (_LATIN_END if re.search(r"[A-Za-zÀ-ÿ)?]\Z", word) else "")


_PATTERN = "|".join(_expression(at, word) for at, (word, _, _) in enumerate(_ENTRIES))
UNIT = re.compile(rf"[ \u00a0\u202f]?-?(?:{_PATTERN})")


def unit_of(match: re.Match[str]) -> tuple[str, Decimal]:
    """Dimension and size of the unit that `UNIT` matched."""
    name = match.lastgroup
    assert name is not None, "one of the alternatives matched"
    _, dimension, size = _ENTRIES[int(name[1:])]
    return dimension, size
