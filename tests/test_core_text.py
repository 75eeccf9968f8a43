"""Words, sentences and widths: what search, chunker and citations all stand on."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean, compounds, flowing, fold, sentence_spans, shortened, tokens, trim, unspaced_share, width

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=200)
PROSE = st.text(alphabet="aB é日本語かな。！？.!? \n\u3000「」1-", max_size=80)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café CAFÉ", ["cafe", "cafe"]),
        ("東京都", ["東京", "京都"]),
        ("茶", ["茶"]),
        ("31Bの文脈", ["31b", "の文", "文脈"]),
        ("ガス", ["ガス"]),
        ("ｶﾞｽ ＡＢＣ１２", ["ガス", "abc12"]),
        ("262,144 = 262.144 = 262 144".replace(" 144", "\u00a0144"), ["262144", "262144", "262144"]),
        ("3.5 and 2,75", ["3", "5", "and", "2", "75"]),
        ("snake_case", ["snake", "case"]),
        ("改\n行", ["改行"]),
        ("हिन्दी", ["हिन्दी"]),
        ("", []),
    ],
    ids=["accents-and-case", "kanji-pairs", "lone-kanji", "mixed-scripts", "voiced-kana", "half-and-full-width", "digit-groups",
         "decimals", "underscore", "line-break-inside-a-word", "indic-marks", "nothing"],
)  # fmt: skip
def test_tokens_are_what_a_reader_would_look_for(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert tokens(fold(text)) == tokens(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一つ目。二つ目！三つ目？", ["一つ目。", "二つ目！", "三つ目？"]),
        ("「はい。」と言った。次。", ["「はい。」と言った。", "次。"]),
        ("Llegó el Sr. García. ¿Qué dijo? ¡Nada!", ["Llegó el Sr. García.", "¿Qué dijo?", "¡Nada!"]),
        ("It holds 3.5 GB, e.g. the U.S. file. Then it ends.", ["It holds 3.5 GB, e.g. the U.S. file.", "Then it ends."]),
        ("A line\nthat goes on. Done.", ["A line\nthat goes on.", "Done."]),
        ("First\n\nSecond", ["First", "Second"]),
        ("Items:\n- one\n- two", ["Items:", "- one", "- two"]),
    ],
    ids=["japanese", "quoted-speech", "spanish-abbreviation", "english-abbreviation", "pdf-lines", "paragraphs", "list"],
)
def test_sentences_end_where_a_reader_stops(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


@given(PROSE)
def test_sentences_are_in_order_and_lose_only_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))
    kept = "".join(text[start:end] for start, end in spans)
    assert "".join(kept.split()) == "".join(text.split())


def test_wide_characters_count_two_columns() -> None:
    assert (width("abc"), width("日本"), width("ｱ"), width("。「")) == (3, 4, 1, 4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a Low-Voltage device of the RX-200 series", ["lowvoltage", "rx200"]),
        ("state-of-the-art, non\u2011breaking, físico-químico", ["stateoftheart", "nonbreaking", "fisicoquimico"]),
        ("2026-11-28, 03-1234-5678, a - b, -x, one-two-three-four-five, --flag", []),
        ("東京-大阪", []),
    ],
    ids=["words-and-codes", "other-hyphens", "none", "unspaced"],
)
def test_hyphenated_words_have_a_form_without(text: str, expected: list[str]) -> None:
    assert compounds(text) == expected


def test_flowing_text_joins_japanese_lines_and_keeps_spaces_between_words() -> None:
    assert flowing("長い文は\n続く。 two\n words\u3000x") == "長い文は続く。 two words x"


@given(st.text(max_size=60))
def test_cleaned_text_can_be_stored_and_keeps_its_length(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")


def test_lone_surrogates_become_spaces() -> None:
    assert clean("a\ud800b\x00c\tn") == "a b c\tn"


@given(st.text(alphabet=" \n\u3000ab", max_size=12))
def test_trimming_is_strip_with_places(text: str) -> None:
    span = trim(text, 0, len(text))
    assert (text[span[0] : span[1]] if span else "") == text.strip()


def test_share_of_unspaced_letters() -> None:
    assert unspaced_share("日本ab") == 0.5
    assert unspaced_share("123") == 0.0


@given(st.text(max_size=300), st.integers(1, 100))
def test_a_shortened_text_is_one_line_of_at_most_the_limit(text: str, limit: int) -> None:
    line = shortened(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert line == " ".join(text.split()) or (line.endswith("…") and len(line) == limit)
