"""The answer of a reader that quotes: sentences of the documents, and above them the model's short answer where it is borne out.

The quotes are there before the model is asked. The model is given nothing else, and its words are shown only where they stand in one of the
quotes and are supported as an answer to the question; what it says beside that is left out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.errors import KaedamaError
from core.text import flowing, fold, tokens
from core.types import Hit, Verdict
from rag.asked_value import Asked, asked_value
from rag.checking.statements import stands_in
from rag.checking.verify import Checker
from rag.citations import without_marks
from rag.events import Event, Failed, Finished, Judged, LeftOut, Outcome, OutReason, Quoted, Text, Usage
from rag.models.base import AnswerModel
from rag.plan.planner import Prepared
from rag.quoting import Quote
from rag.refusals import is_refusal
from rag.retries import answer_events

# A longer text is no short answer, in words or pairs of signs.
_LONGEST_WORDS = 40
# Language-centred cosines of the question and the best sentence of a quote, chosen on questions about a manual in three languages
# (docs/measurements.md). From here on the first quote speaks so surely of what is asked that words of the model may stand above it.
_SURE = 0.5
# Below this the answer comes with a warning; where the model found none, from a nearer sentence on, and far away it is told as not there.
_THIN = 0.4
_THIN_DECLINED = 0.55
_FAR_DECLINED = 0.3
_FIRST_MARK = re.compile(r"[\[［【]\s*1\s*[\]］】]")
# A number of a range, "6 to 8", is half of a value.
_RANGE = r"\s*(?:to|and|a|y|-|–|—|~|〜|から|ないし|または|or|o)\s*"


@dataclass(frozen=True, slots=True)
class Short:
    """What the model said: its words where they are borne out, with their verdicts; `declined` where it said that there is no answer."""

    text: str = ""
    verdicts: tuple[Verdict, ...] = ()
    declined: bool = False


def as_passages(quotes: Sequence[Quote]) -> tuple[Hit, ...]:
    """Each quote as a passage of its own, for the model; it keeps the rank of the passage that it is from."""
    return tuple(replace(one.hit, text=one.text, start=one.hit.start + one.start, end=one.hit.start + one.end) for one in quotes)


def with_the_rest_left_out(made: Prepared, hits: Sequence[Hit]) -> Prepared:
    """The plan, with the passages that no quote is from as left out."""
    given = {hit.rank for hit in made.plan.passages}
    rest = tuple(LeftOut(hit.rank, OutReason.FEW_PASSAGES) for hit in hits if hit.rank not in given)
    return replace(made, plan=replace(made.plan, left_out=rest))


def quoted_events(
    model: AnswerModel, made: Prepared, quotes: Sequence[Quote], checker: Checker, question: str, answer: list[str]
) -> Iterator[Event]:
    """The quotes, the short answer if it stands, and the end. What is shown of the short answer is added to `answer`."""
    yield Quoted(tuple(quote.citation(number) for number, quote in enumerate(quotes, start=1)))
    begun = time.perf_counter()
    said: list[str] = []
    usage: Usage | None = None
    seconds: dict[str, float] = {}
    try:
        for event in answer_events(model, made.plan.messages, made.options):
            seconds.setdefault("first_token", time.perf_counter() - begun)
            if isinstance(event, Text):
                said.append(event.text)
            elif isinstance(event, Usage):
                usage = event
    except KaedamaError as error:
        yield Failed(error, "", usage)
        return
    seconds["generate"] = time.perf_counter() - begun
    short = borne_out("".join(said), quotes, checker, question)
    if short.text:
        answer.append(short.text)
        yield Text(short.text)
        yield Judged(short.verdicts)
    yield Finished(outcome(quotes, short), short.text, usage, seconds | {"verify": checker.seconds})


def borne_out(said: str, quotes: Sequence[Quote], checker: Checker, question: str) -> Short:
    """What the model said, where it names the first quote, which holds it and speaks of what is asked; nothing where one of this fails.

    The nearer quote is the likelier place of the answer, and a model as small as this one is mostly wrong where it takes another.
    """
    words = flowing(without_marks(said))
    if not tokens(words) or is_refusal(words):
        return Short(declined=is_refusal(words))
    best = quotes[0]
    bare = fold(words).strip(" .。!！「」『』\"'“”")
    if best.near < _SURE or not _FIRST_MARK.search(said) or not _is_answer(words, question):
        return Short()
    text = fold(flowing(best.text))
    if not stands_in(bare, text) or (bare.isdecimal() and _half_of_range(bare, text)):
        return Short()
    text = f"{words} [1]"
    verdicts = (*checker.feed(text).verdicts, *checker.flush().verdicts)
    if not verdicts or any(not verdict.support.ticked for verdict in verdicts):
        return Short()
    return Short(text, verdicts)


def _is_answer(words: str, question: str) -> bool:
    """Whether words may answer the question: few, not its own, and a number where it asks for one."""
    if len(tokens(words)) > _LONGEST_WORDS or set(tokens(words)) <= set(tokens(question)):
        return False
    return asked_value(question) is not Asked.NUMBER or any(letter.isdigit() for letter in words)


def _half_of_range(number: str, text: str) -> bool:
    return re.search(rf"(?<!\d){number}{_RANGE}\d|\d{_RANGE}{number}(?!\d)", text) is not None


def outcome(quotes: Sequence[Quote], short: Short) -> Outcome:
    """Whether the quotes are told as an answer, with a warning, or as what came nearest to something that the documents do not hold."""
    near = max((quote.near for quote in quotes), default=0.0)
    if short.declined and near < _FAR_DECLINED:
        return Outcome.REFUSED
    thin = near < (_THIN_DECLINED if short.declined else _THIN)
    return Outcome.UNSURE if thin and not short.text else Outcome.ANSWERED
