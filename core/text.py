"""What every floor must agree on about text: where sentences end, what a word is, how wide it stands.

Pure functions over Unicode text; standard library only. Japanese is written without spaces, so a "word" there is a pair of
neighbouring kana or kanji: pairs need no dictionary and find what a dictionary would cut apart [1].

[1] McNamee and Mayfield, Character N-Gram Tokenization for European Language Text Retrieval, 2004; for Japanese bigrams:
    Ogawa and Matsuda, Overlapping Statistical Word Indexing, SIGIR 1997.
"""

from __future__ import annotations

import itertools
import re
import unicodedata

# Scripts that are written without spaces: Thai, Lao, Myanmar, Khmer, kana, CJK ideographs with their extensions.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"[{_UNSPACED}]+|(?:[^\W_{_UNSPACED}][\u0591-\u08ff\u0900-\u0dff]*)+")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]").match
# A word of at most four parts; U+2010 is a hyphen, and so are those that fold to it.
_HYPHENATED = re.compile(rf"(?<![\w-])[^\W_{_UNSPACED}]+(?:[-\u2010][^\W_{_UNSPACED}]+){{1,3}}(?![\w-])")
# "5,500,000", "5.500.000" and "5 500 000" are one number in three countries.
_GROUPED_DIGITS = re.compile(r"(?<=\d)[.,\u00a0\u202f'’](?=\d{3}(?!\d))")
# Combining accents of Latin, Greek and Cyrillic. The kana voicing marks U+3099 and U+309A are other letters and stay.
_ACCENTS = re.compile(r"[\u0300-\u036f]")
# A line break between two characters of an unspaced script is layout, not a word boundary.
_SOFT_BREAK = re.compile(rf"(?<=[{_UNSPACED}、。，．！？」』）])[ \t\u3000]*\n[ \t\u3000]*(?=[{_UNSPACED}「『（])")

# Written with a point that ends no sentence (Spanish and English), by length because a look-behind needs a fixed width.
_NO_ABBREVIATION = (
    r"(?<!\b[A-ZÁÉÍÓÚÑ]\.)"
    r"(?<!\b(?:Sr|Dr|Mr|Ms|St|vs|No|Nº|pp|Ud|Jr|cf|ca|al)\.)"
    r"(?<!\b(?:Sra|Dra|Mrs|Uds|etc|Fig|fig|Art|art|Vol|vol|núm|Núm|pág|cap|Inc|Ltd|Rev|Gen|e\.g|i\.e)\.)"
)
PARAGRAPH_END = r"\n[ \t\u3000]*\n\s*"
SENTENCE_END = (
    r"(?<=[。！？｡])(?![」』）】〉》”’\"'\)\]。！？｡\s])"
    r"|(?<=[。！？｡」』）】〉》])\s+"
    rf"|(?:(?<=[.!?…])|(?<=[.!?…][\"'”’\)\]»]))(?<![。！？]){_NO_ABBREVIATION}\s+(?=[^a-zà-öø-ÿ\s])"
)
_BREAK = re.compile(f"(?:{PARAGRAPH_END})|(?:{SENTENCE_END})|\\n(?=[ \\t]*(?:[-*+•・|#>]|\\d+[.)])[ \\t])")


# Wide and full-width characters (Unicode TR 11), in runs because counting them one by one is what takes the time.
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    "\U0001f300-\U0001faff\U00020000-\U0003fffd]+"
)


def fold(text: str) -> str:
    """Text with the differences removed that a person does not mind: width, case, accents, digit grouping."""
    text = unicodedata.normalize("NFKC", _GROUPED_DIGITS.sub("", text)).casefold()  # NFKC makes a no-break space a space
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return _GROUPED_DIGITS.sub("", unicodedata.normalize("NFC", text))


def tokens(text: str) -> list[str]:
    """Search tokens in reading order: words of spaced scripts, character pairs of unspaced ones (a lone character stays one).

    >>> tokens("Año 2026: 東京都のGemma")
    ['ano', '2026', '東京', '京都', '都の', 'gemma']
    """
    found: list[str] = []
    for run in _RUN.findall(flowing(fold(text))):
        if not _IS_UNSPACED(run) or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[at : at + 2] for at in range(len(run) - 1))
    return found


def compounds(text: str) -> list[str]:
    """Words written with a hyphen as they are written without, folded, in reading order: whether the hyphen is the word's own, or one that a
    line's end left in it, cannot always be told. Numbers alone have none.

    >>> compounds("a low-voltage RX-200 of 2024-11-28")
    ['lowvoltage', 'rx200']
    """
    if "-" not in text and "\u2010" not in text and "\u2011" not in text:
        return []
    joined = (re.sub("[-\u2010]", "", match[0]) for match in _HYPHENATED.finditer(flowing(fold(text))))
    return [word for word in joined if not word.isdecimal()]


def flowing(text: str) -> str:
    """Text as it reads aloud: line breaks inside unspaced writing vanish, other white space becomes one space.

    Offsets do not survive this; it is for models and for search, never for citations.
    """
    return " ".join(_SOFT_BREAK.sub("", text).split())


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of every sentence, white space around it excluded. In order, disjoint; only white space lies between.

    A paragraph's end, a list item or a heading ends a sentence too; a single line break does not (PDF lines).
    """
    cuts = [0, *(match.end() for match in _BREAK.finditer(text)), len(text)]
    trimmed = (trim(text, start, end) for start, end in itertools.pairwise(cuts))
    return [span for span in trimmed if span is not None]


def trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without white space at its ends, or None where nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def width(text: str) -> int:
    """Columns a text takes in a fixed-width font: wide East Asian characters count two. A fair measure of how much it says."""
    if text.isascii():
        return len(text)
    return len(text) + sum(map(len, _WIDE.findall(text)))


def unspaced_share(text: str) -> float:
    """Share (0..1) of the letters that belong to scripts written without spaces."""
    letters = [character for character in text if character.isalpha()]
    return sum(_IS_UNSPACED(character) is not None for character in letters) / len(letters) if letters else 0.0


def clean(text: str) -> str:
    """Text that can be stored and shown: lone surrogates and control characters other than tab and newline become spaces.

    Length is kept, so that offsets into the raw text stay valid.
    """
    return _UNSTORABLE.sub(" ", text)


class Halves:
    """Puts characters together that a stream cut into their two surrogates; a half without its other half becomes U+FFFD.

    JSON writes a character beyond U+FFFF as two escapes, and a server may send them in two pieces.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """The text that is whole after this piece."""
        text, self._held = self._held + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return whole(text)

    def flush(self) -> str:
        """What is left at the end."""
        held, self._held = self._held, ""
        return whole(held)


def whole(text: str) -> str:
    """Text whose surrogates are characters; lone ones are U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def shortened(text: str, limit: int) -> str:
    """A text in one line of at most `limit` characters; what was cut off is an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
