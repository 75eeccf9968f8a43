"""Measures of retrieval and of short answers, as pure functions. Every share is 0..1; the printing side makes percent of it.

Rankings are ids, best first, each once; `relevant` is the set of right ids and must not be empty.
"""

from __future__ import annotations

import itertools
import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.types import Support

# Where the middle 95 % of a normal distribution end, in standard deviations.
_Z_95 = 1.959964
# Shares of the questions within which a latency lies.
_LATENCIES = {"p50": 0.5, "p90": 0.9, "p95": 0.95}
# After case folding: Basic Latin, Latin-1 and the two blocks after it.
_LATIN = r"[a-z\u00df-\u024f]"
_MARK = re.compile(r"\[(\d+)\]")
# One list for both languages, because a Spanish question is often asked of an English passage and the other way round.
_ARTICLES = re.compile(r"\b(?:a|an|the|el|la|los|las|un|una)\b")


def ndcg(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Normalised discounted cumulative gain of the first `k`, 0..1, every relevant id worth the same.

    Järvelin and Kekäläinen, Cumulated Gain-Based Evaluation of IR Techniques, 2002; discount log2(rank + 1), ranks from 1.
    """
    gain = sum(1 / math.log2(rank + 1) for rank, item in enumerate(ranked[:k], start=1) if item in relevant)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), k) + 1))
    return gain / ideal


def recall(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Share of the relevant ids that are among the first `k`, 0..1."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant)


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 / rank of the first relevant id, 0 where none is among the first `k`; its mean is MRR@k (Voorhees, TREC-8, 1999)."""
    return next((1 / rank for rank, item in enumerate(ranked[:k], start=1) if item in relevant), 0.0)


def first_is_right(ranked: Sequence[str], relevant: Collection[str]) -> float:
    """R@1: 1 where the best id is relevant, else 0."""
    return float(bool(ranked) and ranked[0] in relevant)


def answer_tokens(text: str, language: str) -> list[str]:
    """What two answers are compared by: lower-case words without punctuation and articles; characters in Japanese.

    The normalisation of SQuAD (Rajpurkar et al., 2016, evaluate-v1.1.py), with the articles of Spanish too and characters for
    Japanese as JSQuAD has it (Kurihara et al., JGLUE, 2022). Full and half width are one (NFKC).
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    plain = "".join(c for c in folded if c not in string.punctuation and not unicodedata.category(c).startswith("P"))
    if language == "ja":
        return [character for character in plain if not character.isspace()]
    return _ARTICLES.sub(" ", plain).split()


def token_f1(answer: str, gold: Iterable[str], language: str) -> float:
    """Harmonic mean of token precision and recall against the likest of the right answers, 0..1 (SQuAD F1)."""
    mine = answer_tokens(answer, language)
    return max((_overlap(mine, answer_tokens(item, language)) for item in gold), default=0.0)


def _overlap(mine: list[str], theirs: list[str]) -> float:
    common = sum((Counter(mine) & Counter(theirs)).values())
    return 2 * common / (len(mine) + len(theirs)) if common else float(mine == theirs)


def exact_match(answer: str, gold: Iterable[str], language: str) -> float:
    """1 where the answer is one of the right ones after normalisation, else 0 (SQuAD EM)."""
    mine = answer_tokens(answer, language)
    return float(any(mine == answer_tokens(item, language) for item in gold))


def holds_answer(text: str, gold: Iterable[str]) -> float:
    """1 where one of the right answers stands in a text, else 0. Width, case and white space do not count; numbers and words are whole."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return float(any(pattern.search(folded) for pattern in map(_standing, gold) if pattern is not None))


def _standing(answer: str) -> re.Pattern[str] | None:
    """What finds an answer in folded text; None for an answer without a character."""
    letters = "".join(unicodedata.normalize("NFKC", answer).casefold().split())
    if not letters:
        return None
    # Digits that follow each other stay one number.
    gaps = ["" if one.isdigit() and other.isdigit() else r"\s*" for one, other in itertools.pairwise(letters)]
    body = "".join(re.escape(one) + gap for one, gap in zip(letters, [*gaps, ""], strict=True))
    return re.compile(_beside(letters[0], before=True) + body + _beside(letters[-1], before=False))


def _beside(letter: str, *, before: bool) -> str:
    """What keeps a number or a word of Latin letters whole at one end: none of its kind stands beside. Other scripts have no spaces."""
    if letter.isdigit():
        return r"(?<!\d)(?<!\d[.,])" if before else r"(?![.,]?\d)"
    if re.fullmatch(_LATIN, letter):
        return f"(?<!{_LATIN})" if before else f"(?!{_LATIN})"
    return ""


def marks(answer: str) -> list[int]:
    """The numbers that an answer cites as [n], in order."""
    return [int(number) for number in _MARK.findall(answer)]


def without_marks(answer: str) -> str:
    """The answer's own words, without the [n] in them."""
    return _MARK.sub(" ", answer).strip()


def cites_right(answer: str, number: int) -> float:
    """1 where the first mark of the answer is `number`, else 0: also where there is no mark."""
    return float(marks(answer)[:1] == [number])


@dataclass(frozen=True, slots=True)
class Detection:
    """How well something was told apart. Shares 0..1; NaN where nothing was (to be) detected."""

    precision: float
    recall: float


def detection(found: Sequence[bool], true: Sequence[bool]) -> Detection:
    """Precision and recall of refusals (or of anything): `found` says what was done, `true` what was right to do."""
    both = sum(a and b for a, b in zip(found, true, strict=True))
    return Detection(both / sum(found) if any(found) else math.nan, both / sum(true) if any(true) else math.nan)


@dataclass(frozen=True, slots=True)
class Citing:
    """How well one answer cites. Shares 0..1; `precision` is NaN where it cites nothing."""

    precision: float
    recall: float


def citing(cited: Collection[str], relevant: Collection[str]) -> Citing:
    """Citation precision (cited places that are right) and recall (right places that are cited) of one answer.

    Precision and recall of sets (Manning, Raghavan and Schütze, Introduction to Information Retrieval, 2008, 8.3) over the places of
    labelled passages. ALCE (Gao et al., 2023, arXiv 2305.14627, 4.3) has a model judge each statement instead; `supported_share` is our
    figure of that kind.
    """
    found = set(cited) & set(relevant)
    return Citing(len(found) / len(set(cited)) if cited else math.nan, len(found) / len(set(relevant)))


def supported_share(supports: Sequence[Support]) -> float:
    """Share of judged sentences that are quoted or supported, 0..1; NaN of none. The attribution score of AIS (Rashkin et al., 2023)."""
    return mean([float(support.ticked) for support in supports])


def latency(seconds: Sequence[float]) -> dict[str, float | None]:
    """Seconds within which half, 90 % and 95 % of the questions were answered; None of nothing."""
    return {name: rounded(quantile(seconds, share), 2) for name, share in _LATENCIES.items()}


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive scores above a negative, ties half: the ROC AUC (Hanley and McNeil, 1982). NaN without either."""
    if not positive or not negative:
        return math.nan
    order = np.sort(np.asarray(negative, float))
    below = np.searchsorted(order, positive, side="left").mean()
    not_above = np.searchsorted(order, positive, side="right").mean()
    return float((below + not_above) / 2 / len(order))


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; NaN of nothing."""
    return math.fsum(values) / len(values) if values else math.nan


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie, linear between neighbours; .5 is the median; NaN of nothing."""
    return float(np.quantile(np.asarray(values, float), share)) if values else math.nan


def interval(values: Sequence[float], *, samples: int = 1000, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean by the percentile bootstrap (Efron, 1979); the same values give the same interval."""
    if not values:
        return math.nan, math.nan
    given = np.asarray(values, float)
    random = np.random.default_rng(seed)
    means = [given[random.integers(0, len(given), len(given))].mean() for _ in range(samples)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def wilson(held: int, count: int) -> tuple[float, float]:
    """95 % interval of a share of `count` yes-or-no outcomes by Wilson's score (1927): honest also near 0 and 1, and of few.

    https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
    """
    if not count:
        return math.nan, math.nan
    share, square = held / count, _Z_95**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z_95 / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    # Rounding must not leave the share itself outside at its ends.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def rounded(value: float, digits: int) -> float | None:
    """A figure to be shown; None for NaN, which JSON has no number for."""
    return None if math.isnan(value) else round(value, digits)


def percent(share: float) -> float | None:
    """A share as percent with two decimals; None for NaN."""
    return rounded(100 * share, 2)


def percents(bounds: tuple[float, float]) -> list[float | None]:
    """Both ends of an interval as percent."""
    return [percent(bound) for bound in bounds]


def of_defined(values: Iterable[float]) -> list[float]:
    """The values that are one, without NaN."""
    return [value for value in values if not math.isnan(value)]
