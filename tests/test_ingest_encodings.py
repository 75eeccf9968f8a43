"""Encodings: each is told from bytes alone, whatever little of the text lies beyond ASCII; a guess says that it is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnknownEncoding
from ingest.formats import recognised
from ingest.parsers.encodings import decode, known_encoding, utf_16_without_mark

JAPANESE_ENCODINGS = ("cp932", "euc_jp", "utf-8", "iso2022_jp", "utf-16-le", "utf-16-be")
WORDS = [
    "駐車場", "料金表", "見積書.xlsx", "これわてすと", "東京", "ﾃｽﾄ商事", "カメラ", "品名,数量\nねじ,120\n", "# 設定を読む\nx = 1\n", "注意!",
]  # fmt: skip
ONLY_CP932 = ["①番線", "髙橋様", "㈱山田", "Ⅳ章", "№5 見本"]
WESTERN = [
    "25°C", "año", "¿Qué?", "mañana", "Straße", "café", "10 €", "“quoted”", "Año;Nº\n1;2\n", "naïve", "ÁRBOL", "ação", "d’été", "AÑO 2026",
]  # fmt: skip


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-8", "iso2022_jp"])
def test_a_word_of_japanese_is_enough(text: str, encoding: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("not in this encoding")
    assert decode(data, "a.txt").text == text


@pytest.mark.parametrize("text", ONLY_CP932)
def test_signs_that_only_windows_has_are_read(text: str) -> None:
    assert decode(text.encode("cp932"), "a.txt").text == text


@pytest.mark.parametrize("text", WESTERN)
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_a_western_word_is_enough(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "a.txt").text == text


def texts(shared: Path, name: str) -> list[str]:
    with (shared / "qa" / f"{name}.docs.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def rights(samples: Iterator[str], encoding: str, count: int) -> int:
    """How many of the first samples that the encoding has come back equal."""
    right = done = 0
    for text in samples:
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        right += decode(data, "a.txt").text == text
        done += 1
        if done == count:
            break
    assert done == count
    return right


def mostly_ascii(shared: Path) -> Iterator[str]:
    """English paragraphs with 3, 8 or 30 characters of Japanese somewhere in them."""
    english, japanese = texts(shared, "pyfaq_en") + texts(shared, "xquad_en"), texts(shared, "jaquad") + texts(shared, "jsquad")
    plain = [text.encode("ascii", "ignore").decode() for text in english]
    for number, piece in enumerate(japanese):
        length = (3, 8, 30)[number % 3]
        begin = piece[number % 7 :][:length]
        around = plain[number % len(plain)]
        if len(begin) == length and any("\u3041" <= one <= "\u9fff" for one in begin):
            yield f"{around[:200]} {begin}\n{around[200:500]}".replace("\r", "")


def spanish(shared: Path) -> Iterator[str]:
    """Spanish paragraphs, and single Spanish words among ASCII."""
    paragraphs = texts(shared, "xquad_es") + texts(shared, "pyfaq_es")
    for number, text in enumerate(text.lstrip("\ufeff") for text in paragraphs):
        yield text
        word = next((word for word in text.split() if not word.isascii() and word.isalpha()), "")
        if word:
            yield f"value = {number}  # {word} of the list\nprint(value)\n"


@pytest.mark.parametrize(
    ("samples", "encoding", "count", "least"),
    [
        pytest.param(mostly_ascii, "cp932", 292, 291, id="mostly ASCII, CP932"),
        pytest.param(mostly_ascii, "euc_jp", 292, 289, id="mostly ASCII, EUC-JP"),
        pytest.param(mostly_ascii, "utf-8", 292, 292, id="mostly ASCII, UTF-8"),
        pytest.param(spanish, "cp1252", 200, 200, id="Spanish, CP1252"),
        pytest.param(spanish, "utf-8", 200, 200, id="Spanish, UTF-8"),
        pytest.param(lambda shared: iter(texts(shared, "jsquad")), "cp932", 200, 200, id="Japanese, CP932"),
        pytest.param(lambda shared: iter(texts(shared, "jaquad")), "euc_jp", 200, 200, id="Japanese, EUC-JP"),
    ],
)
def test_texts_of_the_wild_come_back_equal(
    shared: Path, samples: Callable[[Path], Iterator[str]], encoding: str, count: int, least: int
) -> None:
    assert rights(samples(shared), encoding, count) >= least


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    ["El niño comió.\n", "Words\r\nand lines\r\n", "吾輩は猫である。名前はまだ無い。", "第1章\n吾輩は猫である。\n"],
    ids=lambda text: text[:5],
)
def test_utf_16_without_its_mark_is_text(text: str, order: str) -> None:
    data = text.encode(order)
    assert recognised("a.txt", data).media_type == "text/plain"
    assert decode(data, "a.txt").text == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "data", [bytes(range(256)), b"\0\0\0\1" * 20, b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0", b"abc\0def\0ghi\0\0"]
)
def test_binary_data_is_not_taken_for_utf_16(data: bytes) -> None:
    assert utf_16_without_mark(data) is None


def test_the_case_files_are_read(shared: Path) -> None:
    cases = shared / "findings" / "cases" / "08-utf16-without-bom"
    texts = [decode((cases / name).read_bytes(), name).text for name in ("utf16_bom.txt", "utf16_nobom.txt")]
    assert "\0" not in texts[1]
    assert texts[0].isprintable() or "\n" in texts[0]


def test_what_the_person_names_is_taken() -> None:
    data = "日本".encode("euc_jp")
    assert decode(data, "a.txt", given="EUC-JP").text == "日本"
    assert decode(data, "a.txt", given="latin-1").text == "ÆüËÜ"
    with pytest.raises(UnknownEncoding, match="no character encoding called “klingon”"):
        decode(data, "a.txt", given="klingon")


@pytest.mark.parametrize("label", ["hex", "rot13", "idna", "zip", "base64", "undefined", "no such", "", "\0"])
def test_what_is_no_encoding_of_text_is_none(label: str) -> None:
    assert known_encoding(label) is None


def test_a_declaration_counts_less_than_valid_utf_8() -> None:
    assert decode("La peña".encode(), "a.html", declared="iso-8859-1").text == "La peña"
    assert decode("La peña".encode("cp1252"), "a.html", declared="iso-8859-1").text == "La peña"
    assert decode("Привет".encode("koi8_r"), "a.html", declared="koi8-r").text == "Привет"


def test_a_guess_says_that_it_is_one_and_a_sure_one_does_not() -> None:
    unsure = decode("Привет, мир. Это письмо о погоде и о рыбалке.".encode("cp1251"), "a.txt")
    assert [phrase.code for phrase in unsure.warnings] == ["ReadingWarning.ENCODING_GUESSED"]
    assert not decode("El niño comió en la montaña.".encode("cp1252"), "a.txt").warnings
    assert not decode("吾輩は猫である。名前はまだ無い。".encode("cp932"), "a.txt").warnings
    broken = decode(b"\xef\xbb\xbfgood \xff bad", "a.txt")
    assert [phrase.code for phrase in broken.warnings] == ["ReadingWarning.BYTES_UNREADABLE"]


_JAPANESE_TEXT = st.text(
    st.sampled_from("あいうえおかきくけこさしすせそタチツテトナニヌネノ日本語東京駅前通学校。、"), min_size=12, max_size=60
)


@given(_JAPANESE_TEXT, st.sampled_from(JAPANESE_ENCODINGS))
@settings(deadline=None, max_examples=150)
def test_japanese_goes_round_through_every_encoding(text: str, encoding: str) -> None:
    lines = f"見出し\n{text}\n"
    assert decode(lines.encode(encoding), "a.txt").text == lines


_SPANISH_WORDS = st.lists(
    st.sampled_from(["el", "la", "casa", "niño", "árbol", "¿cuándo?", "según", "café;", "piñas,", "montaña.", "«más»"]), max_size=20
)


@given(_SPANISH_WORDS.map(" ".join), st.sampled_from(["cp1252", "utf-8", "utf-16"]))
@settings(deadline=None, max_examples=150)
def test_spanish_goes_round_through_every_encoding(text: str, encoding: str) -> None:
    lines = f"La mañana en el año nuevo: {text}"
    assert decode(lines.encode(encoding), "a.txt").text == lines
