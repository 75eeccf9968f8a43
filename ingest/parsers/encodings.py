"""Bytes of unknown encoding to text.

In order: a byte order mark; UTF-16 by where its null bytes are; ISO-2022-JP by its escapes; UTF-8, which no other encoding imitates over
some length; then EUC-JP, CP932 and CP1252 by how much what they give looks like writing. What looks like none of these goes to
charset-normalizer. The scores and their weights were set on 47 texts of a few words to a page and tried on 1,476 others (docs/decisions.md).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import DocumentFault, ParserFailed, ReadingWarning, UnknownEncoding
from core.sentences import Phrase
from core.text import clean

_MARKED = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
BYTE_ORDER_MARKS = tuple(mark for mark, _ in _MARKED)
# What browsers take a declaration for (https://encoding.spec.whatwg.org/#names-and-labels): the encoding that people then really used.
_MEANT = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "iso8859-1": "cp1252",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "iso-8859-9": "cp1254", "tis-620": "cp874",
    "iso-2022-jp": "iso2022_jp_ext", "x-euc-jp": "euc_jp", "unicode": "utf-16", "cp-850": "cp850", "utf8": "utf-8", "x-unknown": "",
}  # fmt: skip
# Encodings whose text is ASCII to look at: they are believed where they are declared.
_SEVEN_BIT = frozenset(
    {"utf-7", "iso2022_kr", "iso-2022-kr", "iso2022_jp_ext", "hz-gb-2312", "hz", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3"}
)
# Encodings of other scripts, from which charset-normalizer chooses first.
_OTHERS = ["gb18030", "big5", "cp949", "cp1251", "koi8_r", "cp1253", "cp1250", "cp1254", "cp1255", "cp1256", "cp874"]
# Characters looked at: enough to tell, and no more time for a long text than for a short one.
_SAMPLE = 100_000
# Least score at which a text counts as Japanese, and as western.
_LEAST_JAPANESE = 0.45
_LEAST_WESTERN = 0.45
# A winner that is not this far ahead of the next is a guess.
_SURE_LEAD = 0.2
_SURE_SCORE = 0.6
# Share of half-width kana that counts against a text: two bytes of EUC-JP are two of them in CP932.
_HALF_WIDTH_WEIGHT = 0.5
_JAPANESE = re.compile("[\u3000-\u303f\u3041-\u30ff\u4e00-\u9fff\uff01-\uff9f\uffe5〜①-⑳Ⅰ-Ⅻⅰ-ⅹ㈱㈲℡№髙﨑]")
_KANJI = re.compile("[\u4e00-\u9fff\uf900-\ufaff]")
_HALF_WIDTH_KANA = re.compile("[\uff61-\uff9f]")
_KANA = re.compile("[\u3041-\u30ff]")
_ACCENTED = "[À-ÖØ-öø-ÿŒœŠšŽžŸ]"
# A letter with an accent stands beside an ASCII letter, or beside another one that does, or is a word of its own ("à", "ó").
_WESTERN_LETTER = re.compile(
    rf"(?<=[A-Za-z]){_ACCENTED}{{1,2}}(?![Ð-ÿ]{{2}})|{_ACCENTED}{{1,2}}(?=[A-Za-z])|(?<![^\s(«“¿¡]){_ACCENTED}(?![^\s,.;)»”])"
)
_WESTERN_SIGN = re.compile("[¡¿«»“”‘’–—…€£§©®°ºª·•×½¼¾±µ²³™\u00a0†´¨]")
# Positions that no writing of this project's languages has in UTF-16: control characters, surrogates, private use, noncharacters.
_NO_WRITING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff]")
_READABLE = re.compile("[\t\n\r -~\u00a0-\u024f\u0370-\u04ff\u2000-\u22ff\u2460-\u24ff\u3000-\u30ff\u4e00-\u9fff\uff01-\uff9f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with `\\n` line ends, the Python name of the encoding that was taken, and what its reader should know."""

    text: str
    encoding: str
    warnings: tuple[Phrase, ...] = ()


def decode(data: bytes, name: str, given: str = "", declared: str = "") -> Decoded:
    """Bytes as text.

    `given` is the encoding that the person named: it is taken whatever the bytes look like. `declared` is what the document says of
    itself: it is taken where the bytes are valid in it, but never against valid UTF-8 with characters beyond ASCII.

    Raises:
        UnknownEncoding: there is no encoding called `given`.
        ParserFailed: no encoding makes text of it.
    """
    if given:
        encoding = known_encoding(given)
        if encoding is None:
            raise UnknownEncoding(name=name, encoding=given)
        return _forced(data, encoding)
    for mark, encoding in _MARKED:
        if data.startswith(mark):
            return _forced(data, encoding)
    encoding = utf_16_without_mark(data) or ""
    if encoding:
        return _forced(data, encoding)
    said = known_encoding(declared) if declared else None
    if said in _SEVEN_BIT and data.isascii() and (text := _strict(data, said)) is not None:
        return Decoded(_tidy(text), said)
    # ISO-2022-JP is pure ASCII to look at: its escapes tell it from UTF-8.
    for encoding in ("iso2022_jp_ext", "utf-8") if b"\x1b$" in data and data.isascii() else ("utf-8",):
        text = _strict(data, encoding)
        if text is not None:
            return Decoded(_tidy(text), encoding)
    if said and (text := _strict(data, said)) is not None:
        return Decoded(_tidy(text), said)
    return _by_look(data, name)


def known_encoding(label: str) -> str | None:
    """The Python name of a text encoding, as browsers take its label; None where there is none of that name."""
    label = label.strip().strip("\"'").lower()
    meant = _MEANT.get(label, label)
    try:
        found = codecs.lookup(meant)
        b"a ".decode(found.name, errors="replace").encode(found.name, errors="replace")  # not of bytes to bytes ("hex")
    except (LookupError, ValueError, TypeError, AttributeError, AssertionError):
        return None
    return meant if found.name not in ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape") else None


def utf_16_without_mark(data: bytes) -> str | None:
    """The byte order of UTF-16 that begins without a mark, None where bytes are no such text.

    Letters of ASCII, line ends and spaces have a null byte in every second place. Japanese in one line may have none: then both orders are
    tried, and bytes that are no UTF-8 have to give kana.
    """
    sample = data[: _SAMPLE * 2 // 4 * 4]
    sample = sample[: len(sample) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if even or odd:
        order = "utf-16-le" if odd > even else "utf-16-be"
        return order if min(even, odd) <= max(even, odd) // 20 and _reads(sample, order) else None
    if len(data) % 2 or len(data) < 8 or _strict(data, "utf-8") is not None:
        return None
    return next((order for order in ("utf-16-le", "utf-16-be") if _reads(sample, order, japanese=True)), None)


def _reads(sample: bytes, order: str, *, japanese: bool = False) -> bool:
    """Whether bytes read as writing in UTF-16 of this byte order."""
    text = sample.decode(order, errors="ignore")
    if not text or _NO_WRITING.search(text.lstrip("\ufeff")):
        return False
    if japanese:
        kana = len(_KANA.findall(text))
        return len(_JAPANESE.findall(text)) >= 0.9 * len(text) and kana >= 0.2 * len(text) and _common_kanji(text) >= 0.6
    # Two letters of ASCII are one kanji of UTF-16, seldom a common one.
    return len(_READABLE.findall(text)) >= 0.9 * len(text) and _common_kanji(text) >= 0.6


def _by_look(data: bytes, name: str) -> Decoded:
    """The text in the encoding whose characters look most like writing."""
    japanese = [(japanese_score(text), encoding, text) for encoding, text in _texts(data, ("euc_jp", "cp932"))]
    western = [(western_score(text), encoding, text) for encoding, text in _texts(data, ("cp1252",))]
    first = max(japanese, default=(0.0, "", ""), key=lambda one: one[0])
    other = max(western, default=(0.0, "", ""), key=lambda one: one[0])
    if first[0] >= _LEAST_JAPANESE and first[0] >= other[0]:
        ranked = sorted((one[0] for one in japanese + western), reverse=True)
        return _judged(first, ranked)
    if other[0] >= _LEAST_WESTERN or (western and not _other_script(data)):
        return _judged(other, sorted((one[0] for one in japanese + western), reverse=True))
    return _at_large(data, name)


def _texts(data: bytes, encodings: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for encoding in encodings:
        text = _strict(data, encoding)
        if text is not None:
            yield encoding, text


def _judged(best: tuple[float, str, str], ranked: list[float]) -> Decoded:
    score, encoding, text = best
    sure = score >= _SURE_SCORE and (len(ranked) < 2 or ranked[0] - ranked[1] >= _SURE_LEAD)
    return Decoded(_tidy(text), encoding, () if sure else (ReadingWarning.ENCODING_GUESSED(encoding=encoding),))


def japanese_score(text: str) -> float:
    """How much the characters beyond ASCII look like Japanese, at most 1: their share of Japanese characters, times the share of kanji that
    are common ones (level 1 of JIS X 0208), less half of the share of half-width kana.
    """
    beyond = _beyond_ascii(text)
    if not beyond:
        return 0.0
    share = len(_JAPANESE.findall(beyond)) / len(beyond)
    half = len(_HALF_WIDTH_KANA.findall(beyond)) / len(beyond)
    return share * _common_kanji(beyond) - _HALF_WIDTH_WEIGHT * half


def _common_kanji(text: str) -> float:
    """Share of the kanji that are in level 1 of JIS X 0208 (rows 16 to 47), the 2,965 common ones; 1 where there is none."""
    kanji = _KANJI.findall(text)
    common = sum(0xB0 <= (one.encode("euc_jp", "ignore") or b"\0")[0] <= 0xCF for one in kanji)
    return common / len(kanji) if kanji else 1.0


def western_score(text: str) -> float:
    """Share (0..1) of the characters beyond ASCII that are letters with accents within words, or the usual signs."""
    sample = text[:_SAMPLE]
    beyond = _beyond_ascii(text)
    if not beyond:
        return 0.0
    letters = sum(len(match[0]) for match in _WESTERN_LETTER.finditer(sample))
    return min(1.0, (letters + len(_WESTERN_SIGN.findall(sample))) / len(beyond))


def _beyond_ascii(text: str) -> str:
    return re.sub("[\x00-\x7f]+", "", text[:_SAMPLE])


def _other_script(data: bytes) -> bool:
    """Whether bytes beyond ASCII are so many that they are no accents: western languages write one letter in twenty with one."""
    sample = data[:_SAMPLE]
    return len(sample.translate(None, bytes(range(128)))) >= len(sample) / 4


def _at_large(data: bytes, name: str) -> Decoded:
    """The likeliest encoding by charset-normalizer, told as a guess."""
    from charset_normalizer import from_bytes

    sample = data[:_SAMPLE]
    best = from_bytes(sample, cp_isolation=_OTHERS).best() or from_bytes(sample).best()
    if best is None:
        raise ParserFailed(name=name, media_type="text", detail=DocumentFault.NO_ENCODING())
    text = data.decode(best.encoding, errors="replace")
    return Decoded(_tidy(text), best.encoding, (ReadingWarning.ENCODING_GUESSED(encoding=best.encoding),))


def _forced(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    broken = text.count("\ufffd") - (data.count(b"\xef\xbf\xbd") if encoding.startswith("utf-8") else 0)
    warnings = (ReadingWarning.BYTES_UNREADABLE(count=broken, encoding=encoding),) if broken > 0 else ()
    return Decoded(_tidy(text), encoding, warnings)


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        return None


def _tidy(text: str) -> str:
    return clean(text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff"))
