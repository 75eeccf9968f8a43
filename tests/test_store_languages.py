"""The language of a text is that of the words that carry its grammar."""

from __future__ import annotations

import pytest

from store.languages import UNKNOWN, language_of

AMONG = ("en", "es", "ja")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What does 文脈長 mean?", "en"),
        ("What is 替え玉?", "en"),
        ("How do I say ありがとうございます in Spanish?", "en"),
        ("What does です mean?", "en"),
        ("How much is 生ビール at the 居酒屋?", "en"),
        ("Is the context length (文脈長) of the 31B larger?", "en"),
        ("¿Qué significa 文脈長?", "es"),
        ("¿Cuánto dura la garantía del 保証書?", "es"),
        ("Explica 替え玉 en dos frases", "es"),
        ("31Bの文脈長は?", "ja"),
        ("Gemma 4 E2B の audio は 30 seconds ですか", "ja"),
        ("machine learning model の精度は?", "ja"),
        ("Ollama で gemma4:e2b を起動するには?", "ja"),
        ("What is love という曲の発売日は?", "ja"),
        ("文脈長?", "ja"),
        ("営業時間", "ja"),
        ("EmbeddingGemmaは何トークン", "ja"),
        ("ラーメン", "ja"),
        ("What is the context length?", "en"),
        ("¿Cuántos tokens admite?", "es"),
        ("Loudspeaker?", "en"),
        ("12 + 30?", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_the_words_that_carry_the_grammar_decide(text: str, language: str) -> None:
    assert language_of(text, AMONG) == language


def test_a_long_text_in_kanji_alone_is_told_apart() -> None:
    assert language_of("我們今天下午在圖書館討論這個問題，然後一起去吃飯。") == "zh"
    assert language_of("本日の会議では、来年度の予算について話し合い、その後に工場を見学しました。") == "ja"


def test_a_japanese_passage_with_many_terms_stays_japanese() -> None:
    passage = "KaedamaはRAG (retrieval augmented generation) のパイプラインで、Ollama、vLLM、llama.cppなどのサーバーを利用します。"
    assert language_of(passage) == "ja"


def test_a_short_list_in_kanji_is_japanese_where_japanese_writes_all_of_it() -> None:
    assert language_of("個人情報保護方針 東京都千代田区") == "ja"
    assert language_of("中华人民共和国个人信息保护法") == "zh"
    assert language_of("中华人民共和国个人信息保护法", AMONG) == "ja", "the person's documents hold no Chinese"
