"""The words of a question in one sentence: a passage that says much holds many words of any question, a sentence only those it is about.

The passage's heading and the header of its table count with each of its sentences.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from core.text import compounds, flowing, tokens
from core.types import Hit
from rag.windows import window_spans
from store.search.lexical import WordsOf
from store.search.usual import usual_anywhere

# Words of the scripts that put spaces between words.
_SPACED_WORD = re.compile("[^\\W_\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]+")
# A name of one word may be that of many.
_FEWEST_NAMES = 2
# Passages that may hold a word which still tells one thing from all others.
_RARE = 3


@dataclass(frozen=True, slots=True)
class Held:
    """What the heading and one sentence of a passage hold together, and whether its document is asked for.

    `share` (0..1) is the highest of the question's weighted tokens; `named` whether there is a sentence with all of its names, two or more;
    `exact` whether two of these stand hardly anywhere else. `document` tells whether the question holds the title or the file's name.
    """

    share: float = 0.0
    named: bool = False
    exact: bool = False
    document: bool = False


def names(question: str, usual: Collection[str]) -> frozenset[str]:
    """Tokens written with a capital or a digit, but for `usual` ones, which begin a sentence.

    >>> sorted(names("What is the email of Preston Lozano?", {"what"}))
    ['lozano', 'preston']
    """
    found = (word for word in _SPACED_WORD.findall(question) if any(map(str.isupper, word)) or any(map(str.isdigit, word)))
    return frozenset(token for word in found for token in tokens(word) if token not in usual)


def held(asked: WordsOf, named: frozenset[str], hit: Hit) -> Held:
    """What one sentence of a passage holds of a question whose names are `named`."""
    possible = sum(asked.weights.values())
    share, together = 0.0, False
    for words in _sentences(hit):
        share = max(share, sum(weight for word, weight in asked.weights.items() if word in words))
        together = together or (len(named) >= _FEWEST_NAMES and named <= words)
    rare = sum(asked.holding.get(name, 0) <= _RARE for name in named) >= _FEWEST_NAMES
    document = any(_is_named(name, asked.weights.keys()) for name in (hit.title, PurePath(hit.source).stem))
    return Held(share / possible if possible else 0.0, together, together and rare, document)


def _is_named(name: str, question: Collection[str]) -> bool:
    """Whether all tokens of a document's name, but for usual words, are among those of a question."""
    telling = set(tokens(name)) - usual_anywhere()
    return bool(telling) and telling <= set(question)


def _sentences(hit: Hit) -> Iterator[frozenset[str]]:
    """The tokens of each sentence with those of the heading."""
    around = _words(f"{hit.heading}\n{hit.context}")
    for start, end in window_spans(hit.text):
        yield around | _words(hit.text[start:end])


def _words(text: str) -> frozenset[str]:
    text = flowing(text)
    return frozenset(tokens(text)) | frozenset(compounds(text))
