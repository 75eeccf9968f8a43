"""How usual a word is in any text and in any question: what a small library cannot tell of its own words.

In a library of three passages every word is rare, "what" and "is" as much as a name. The calibration text, which says and asks all kinds of
things in each of its languages, knows better.
"""

from __future__ import annotations

import functools
import json
import math
from collections import Counter
from collections.abc import Mapping

from core.text import tokens
from store.search.centring import CALIBRATION

# A word of a single calibration text may be that text's subject.
_FEWEST = 2


def rarity(texts: int, holding: int) -> float:
    """The weight of a token that `holding` of `texts` texts hold: BM25's inverse document frequency, which is never negative in this form [1].

    [1] Lucene's BM25Similarity, lucene.apache.org/core/9_0_0/core/org/apache/lucene/search/similarities/BM25Similarity.html
    """
    return math.log(1 + (texts - holding + 0.5) / (holding + 0.5))


@functools.cache
def usual_anywhere() -> frozenset[str]:
    """The tokens that are usual in any language of the calibration: of a short question the language may be told wrongly."""
    languages = json.loads(CALIBRATION.read_text("utf-8"))["languages"]
    return frozenset(token for language in languages for token in usual_words(language))


@functools.cache
def usual_words(language: str) -> Mapping[str, float]:
    """The rarity of tokens that several questions or several passages of the calibration hold; empty for a language that it lacks."""
    corpus = json.loads(CALIBRATION.read_text("utf-8"))
    if language not in corpus["languages"]:
        return {}
    least: dict[str, float] = {}
    for part in (corpus["questions"], corpus["passages"]):
        holding = Counter(token for item in part for token in set(tokens(item[language])))
        for token, count in holding.items():
            if count >= _FEWEST:
                least[token] = min(rarity(len(part), count), least.get(token, math.inf))
    return least
